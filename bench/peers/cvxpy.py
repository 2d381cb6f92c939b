"""cvxpy: matrix variables and sparse incidence matrices; its standard form is handed to HiGHS."""

from __future__ import annotations

from typing import Any

import cvxpy
import highspy
import numpy as np
from scipy import sparse

from instances import DISPOSAL_COST, Instance

PACKAGE = "cvxpy"


def build(instance: Instance) -> Any:  # noqa: ANN401  (a HiGHS with the model)
    """Build the instance, let cvxpy bring it into its standard form, and hand that to HiGHS."""
    data = _problem(instance).get_problem_data(cvxpy.HIGHS)[0]
    matrix, side = data["A"].tocsc(), np.asarray(data["b"], float)
    rows, columns = matrix.shape
    floor = np.full(rows, -np.inf)
    floor[: data["dims"].zero] = side[: data["dims"].zero]
    lower, upper = (
        np.full(columns, free) if data.get(name) is None else data[name]
        for name, free in (("lower_bounds", -np.inf), ("upper_bounds", np.inf))
    )
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    starts, indices = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
    whole = np.zeros(columns, np.int32)
    solver.passModel(columns, rows, matrix.nnz, 1, 1, 0.0, data["c"], lower, upper, floor, side, starts, indices, matrix.data, whole)
    return solver


def _incidence(rows: np.ndarray, values: Any, height: int) -> Any:  # noqa: ANN401  (a number or an array; a sparse matrix)
    """Return the matrix with one value in each column, in a given row."""
    return sparse.csr_array((np.broadcast_to(values, len(rows)), (rows, np.arange(len(rows)))), shape=(height, len(rows)))


def _problem(instance: Instance) -> cvxpy.Problem:
    periods, products, lines, links = instance.periods, instance.products, len(instance.line_site), len(instance.link_from)
    places, pairs, wastes = instance.sites * products, len(instance.pair_link), len(instance.disposal_site)
    held = np.flatnonzero(instance.line_existing)

    def variable(height: int, most: np.ndarray | None = None) -> cvxpy.Variable:
        bounds = [0, np.inf if most is None else np.repeat(most[:, None], periods, axis=1)]
        return cvxpy.Variable((height, periods), bounds=bounds)

    activity, capacity, units = variable(lines), variable(lines), variable(lines, instance.line_most_units)
    closed, flow, room = variable(len(held)), variable(pairs), variable(links)
    wider, bought, thrown = variable(links, instance.link_most_extension), variable(places), variable(wastes)
    maker, product = np.nonzero(instance.line_recipe)
    made = sparse.csr_array(
        (instance.line_recipe[maker, product], (instance.line_site[maker] * products + product, maker)), shape=(places, lines)
    )
    link = instance.pair_link
    arrived = _incidence(instance.link_to[link] * products + instance.pair_product, instance.link_arrives[link], places)
    moved = arrived - _incidence(instance.link_from[link] * products + instance.pair_product, 1.0, places)
    disposed = _incidence(instance.disposal_site * products + instance.disposal_product, 1.0, places)
    step = sparse.eye_array(periods) - sparse.eye_array(periods, k=1)  # times this: the change from period to period
    begun = np.eye(1, periods)
    change = capacity @ step - sparse.diags_array(instance.line_unit) @ units
    constraints = [
        made @ activity + moved @ flow + bought - disposed @ thrown == instance.need.reshape(places, periods),
        activity <= capacity,
        change + _incidence(held, 1.0, lines) @ closed == instance.line_existing[:, None] * begun,
        cvxpy.sum(closed, axis=1) <= instance.line_existing[held],
        _incidence(link, instance.pair_weight, links) @ flow <= room,
        room @ step - wider == instance.link_existing[:, None] * begun,
    ]
    present = instance.present
    tail = present[::-1].cumsum()[::-1]
    costs = (
        (activity, np.outer(instance.line_cost, present)),
        (capacity, np.outer(instance.line_fixed_cost, present)),
        (units, np.outer(instance.line_annuity * instance.line_unit, tail)),
        (flow, np.outer(instance.pair_cost, present)),
        (room, np.outer(instance.link_fixed_cost, present)),
        (wider, np.outer(instance.link_annuity, tail)),
        (bought, instance.import_price * present),
        (thrown, np.outer(np.full(wastes, DISPOSAL_COST), present)),
    )
    return cvxpy.Problem(cvxpy.Minimize(sum(cvxpy.sum(cvxpy.multiply(cost, variable)) for variable, cost in costs)), constraints)
