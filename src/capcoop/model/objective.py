"""The objective: everything paid, weighted by period, told apart by component."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from capcoop.case.cascade import Codes, Values, pick
from capcoop.model.program import Draft
from capcoop.model.quantities import Parts

COMPONENTS = ("building", "fixed cost", "processes", "purchases", "sales", "freight", "time in transit", "unmet needs")


def add_objective(draft: Draft, parts: Parts) -> None:
    """Charge every column; the fixed cost of existing capacity is a constant."""
    for _, columns, amounts in charges(parts):
        draft.charge(columns, amounts)
    fixed, capacity = _fixed_cost(parts), parts.capacity
    weight = parts.case.times.weight
    draft.constants["fixed cost"] = float((fixed[capacity.line][:, None] * capacity.stock * weight[None, :]).sum())


def charges(parts: Parts) -> Iterator[tuple[str, Codes, Values]]:
    """Yield (component, columns, present cost per unit of the column) of everything that decisions cost; a column may come twice."""
    own, weight = parts.decisions, parts.case.times.weight
    yield "building", own.build_column, own.build_cost * own.present[own.build_option, own.build_period]
    yield "building", own.size_column, own.size_cost * own.present[own.size_option, own.size_period]
    new, standing = parts.new, parts.standing
    held = np.flatnonzero((new.line_position >= 0)[standing.entry])
    rate = pick(_fixed_cost(parts), pick(parts.capacity.line, new.line_position), 0.0) * new.coefficient
    entry = standing.entry[held]
    yield "fixed cost", new.column[entry], rate[entry] * weight[standing.period[held]]
    for component, columns, period, unit_cost in running_costs(parts):
        yield component, columns, unit_cost * weight[period]


def _fixed_cost(parts: Parts) -> Values:
    """Return the fixed cost of a unit of each line."""
    return parts.case["lines"].numbers("fixed_cost") if parts.case.size("lines") else np.zeros(0)


def running_costs(parts: Parts) -> Iterator[tuple[str, Codes, Codes, Values]]:
    """Yield (component, columns, periods, unit costs) of everything that is paid by what runs, flows and is traded."""
    activities, placements = parts.activities, parts.case["placements"]
    targets = {"process": activities.process, "site": activities.site, "period": activities.period}
    placed = placements.cascade.values(targets, len(activities.columns), placements.stated("cost"))[0]
    own = parts.case["processes"].numbers("cost")[activities.process]
    yield "processes", activities.columns, activities.period, np.where(np.isnan(placed), own, placed)
    yield "purchases", parts.purchases.columns, parts.purchases.period, parts.purchases.price
    yield "sales", parts.sales.columns, parts.sales.period, -parts.sales.price
    yield "freight", parts.flows.columns, parts.flows.period, parts.flows.cost
    if parts.flows.pair_transit.any():  # there are many flows
        yield "time in transit", parts.flows.columns, parts.flows.period, parts.flows.transit
    soft = parts.needs.unmet >= 0
    yield "unmet needs", parts.needs.unmet[soft], parts.needs.period[soft], parts.needs.penalty[soft]
