"""The objective: everything paid, weighted by period, told apart by component."""

from __future__ import annotations

import numpy as np

from capcoop.case.cascade import pick
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
    activities = parts.activities
    placements = case["placements"]
    targets = {"process": activities.process, "site": activities.site, "period": activities.period}
    placed = placements.cascade.values(targets, len(activities.columns), placements.stated("cost"))[0]
    cost = np.where(np.isnan(placed), case["processes"].numbers("cost")[activities.process], placed)
    draft.charge("processes", activities.columns, cost * weight[activities.period])
    draft.charge("purchases", parts.purchases.columns, parts.purchases.price * weight[parts.purchases.period])
    draft.charge("sales", parts.sales.columns, -parts.sales.price * weight[parts.sales.period])
    draft.charge("freight", parts.flows.columns, parts.flows.cost * weight[parts.flows.period])
    soft = parts.needs.unmet >= 0
    draft.charge("unmet needs", parts.needs.unmet[soft], parts.needs.penalty[soft] * weight[parts.needs.period[soft]])
