"""The objective: everything paid, weighted by period, told apart by component."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from capcoop.case.cascade import Codes, Values, pick
from capcoop.model.program import Draft
from capcoop.model.quantities import Parts

COMPONENTS = ("building", "fixed cost", "processes", "purchases", "sales", "freight", "unmet needs")


def add_objective(draft: Draft, parts: Parts) -> None:
    """Charge every column; the fixed cost of existing capacity is a constant."""
    case, weight = parts.case, parts.case.times.weight
    own = parts.decisions
    draft.charge("building", own.build_column, own.build_cost * own.present[own.build_option, own.build_period])
    draft.charge("building", own.size_column, own.size_cost * own.present[own.size_option, own.size_period])
    fixed = case["lines"].numbers("fixed_cost") if case.size("lines") else np.zeros(0)
    new, standing = parts.new, parts.standing
    held = np.flatnonzero((new.line_position >= 0)[standing.entry])
    rate = pick(fixed, pick(parts.capacity.line, new.line_position), 0.0) * new.coefficient
    entry = standing.entry[held]
    draft.charge("fixed cost", new.column[entry], rate[entry] * weight[standing.period[held]])
    draft.constants["fixed cost"] = float((fixed[parts.capacity.line][:, None] * parts.capacity.stock * weight[None, :]).sum())
    for component, columns, period, unit_cost in running_costs(parts):
        draft.charge(component, columns, unit_cost * weight[period])


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
    soft = parts.needs.unmet >= 0
    yield "unmet needs", parts.needs.unmet[soft], parts.needs.period[soft], parts.needs.penalty[soft]
