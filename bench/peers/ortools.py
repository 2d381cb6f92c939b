"""OR-tools MathOpt: one object for each variable and row. Its clock stops at the exported model, before HiGHS holds it."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from ortools.math_opt.python import mathopt
from scipy import sparse

from instances import DISPOSAL_COST, Instance

PACKAGE = "ortools"
Rows = list[list[Any]]


def build(instance: Instance) -> Any:  # noqa: ANN401  (the exported model)
    """Build the instance and export it, as MathOpt does before every solve."""
    return _model(instance).export_model()


def solver(exported: Any) -> Any:  # noqa: ANN401
    """Return a HiGHS with the exported model."""
    columns, rows, matrix = exported.variables, exported.linear_constraints, exported.linear_constraint_matrix
    width, height = len(columns.ids), len(rows.ids)
    cost = np.zeros(width)
    cost[exported.objective.linear_coefficients.ids] = exported.objective.linear_coefficients.values
    places = (np.array(matrix.row_ids), np.array(matrix.column_ids))
    table = sparse.csc_array((np.array(matrix.coefficients), places), shape=(height, width))
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.silent()
    sides = (np.array(part) for part in (columns.lower_bounds, columns.upper_bounds, rows.lower_bounds, rows.upper_bounds))
    starts, indices = table.indptr.astype(np.int32), table.indices.astype(np.int32)
    highs.passModel(width, height, table.nnz, 1, 1, 0.0, cost, *sides, starts, indices, table.data, np.zeros(width, np.int32))
    return highs


class _Builder:
    """Variables and rows by thing and period."""

    def __init__(self, periods: int) -> None:
        self.model, self.periods = mathopt.Model(), range(periods)

    def variables(self, cost: np.ndarray, most: np.ndarray | None = None) -> Rows:
        """Add a variable for each entry of the cost, each row of which has one upper bound."""
        bounds = [float("inf")] * len(cost) if most is None else most.tolist()
        found = [[self.model.add_variable(lb=0.0, ub=bound) for _ in self.periods] for bound in bounds]
        for row, prices in zip(found, cost.tolist(), strict=True):
            for variable, price in zip(row, prices, strict=True):
                self.model.objective.set_linear_coefficient(variable, price)
        return found

    def rows(self, lower: np.ndarray, upper: np.ndarray) -> Rows:
        """Add a row for each entry of the bounds."""
        pairs = zip(lower.tolist(), upper.tolist(), strict=True)
        return [[self.model.add_linear_constraint(lb=low, ub=high) for low, high in zip(*pair, strict=True)] for pair in pairs]

    def add(self, row: list[Any], variables: list[Any], coefficient: float) -> None:
        """Add one coefficient in every period."""
        for constraint, variable in zip(row, variables, strict=False):
            constraint.set_coefficient(variable, coefficient)


def _model(instance: Instance) -> mathopt.Model:
    present, products, periods = instance.present, instance.products, instance.periods
    tail = present[::-1].cumsum()[::-1]
    own = _Builder(periods)
    activity = own.variables(np.outer(instance.line_cost, present))
    capacity = own.variables(np.outer(instance.line_fixed_cost, present))
    units = own.variables(np.outer(instance.line_annuity * instance.line_unit, tail), instance.line_most_units)
    held = np.flatnonzero(instance.line_existing).tolist()
    closed = own.variables(np.zeros((len(held), periods)))
    flow = own.variables(np.outer(instance.pair_cost, present))
    room = own.variables(np.outer(instance.link_fixed_cost, present))
    wider = own.variables(np.outer(instance.link_annuity, tail), instance.link_most_extension)
    bought = own.variables(instance.import_price * present)
    thrown = own.variables(np.outer(np.full(len(instance.disposal_site), DISPOSAL_COST), present))
    need = instance.need.reshape(-1, periods)
    balance = own.rows(need, need)
    for line, product in zip(*(part.tolist() for part in np.nonzero(instance.line_recipe)), strict=True):
        place = int(instance.line_site[line]) * products + product
        own.add(balance[place], activity[line], float(instance.line_recipe[line, product]))
    used = own.rows(np.full((len(room), periods), -np.inf), np.zeros((len(room), periods)))
    link = instance.pair_link
    sender, receiver = (ends[link] * products + instance.pair_product for ends in (instance.link_from, instance.link_to))
    columns = (link, sender, receiver, instance.link_arrives[link], instance.pair_weight)
    for pair, (way, start, end, arrives, weight) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        own.add(balance[start], flow[pair], -1.0)
        own.add(balance[end], flow[pair], arrives)
        own.add(used[way], flow[pair], weight)
    for place, variables in enumerate(bought):
        own.add(balance[place], variables, 1.0)
    for waste, place in enumerate((instance.disposal_site * products + instance.disposal_product).tolist()):
        own.add(balance[place], thrown[waste], -1.0)
    limited = own.rows(np.full((len(activity), periods), -np.inf), np.zeros((len(activity), periods)))
    for variables, row in zip(activity, limited, strict=True):
        own.add(row, variables, 1.0)
    state = _states(own, limited, capacity, instance.line_existing, units, instance.line_unit)
    _states(own, used, room, instance.link_existing, wider, np.ones(len(room)))
    existing = instance.line_existing[held]
    closing = own.rows(np.full((len(held), 1), -np.inf), existing[:, None])
    for variables, line, (row,) in zip(closed, held, closing, strict=True):
        own.add(state[line], variables, 1.0)
        own.add([row] * periods, variables, 1.0)
    return own.model


def _states(own: _Builder, limited: Rows, standing: Rows, existing: np.ndarray, new: Rows, size: np.ndarray) -> Rows:
    """Let standing capacity limit its rows, and carry it over from period to period; return the rows that carry it over."""
    side = np.outer(existing, np.eye(1, len(own.periods)))
    state = own.rows(side, side)
    for limit, row, variables, added, unit in zip(limited, state, standing, new, size.tolist(), strict=True):
        own.add(limit, variables, -1.0)
        own.add(row, variables, 1.0)
        own.add(row[1:], variables, -1.0)
        own.add(row, added, -unit)
    return state
