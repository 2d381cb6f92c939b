"""From a case to a program: each theme in turn adds its columns and rows."""

from __future__ import annotations

from dataclasses import dataclass

from capcoop.case.case import Case
from capcoop.case.places import line_capacity
from capcoop.model.balances import Balances, add_balances
from capcoop.model.channels import add_channel_capacity, add_flows
from capcoop.model.limits import add_limits
from capcoop.model.lines import add_activities, add_line_capacity
from capcoop.model.objective import add_objective
from capcoop.model.options import add_decisions, keep_standing, new_capacity, standing_capacity
from capcoop.model.paths import add_paths
from capcoop.model.powerflow import add_power_flow
from capcoop.model.program import Draft, Program
from capcoop.model.quantities import Parts
from capcoop.model.trade import add_needs, add_trade


@dataclass(frozen=True, eq=False)
class Model:
    """A program with the parts it was made of; what `solve` and `plan` work on."""

    case: Case
    parts: Parts
    balances: Balances
    program: Program


def build(case: Case) -> Model:
    """Build the mixed-integer program of a case.

    Raises CaseError where a limit counts nothing that can be decided and does not hold.
    """
    draft = Draft()
    capacity = line_capacity(case)
    decisions = add_decisions(draft, case)
    new = new_capacity(case, decisions, capacity.position)
    standing = standing_capacity(new, decisions)
    activities = add_activities(draft, case, capacity)
    flows = add_flows(draft, case)
    purchases, sales = add_trade(draft, case, "purchases"), add_trade(draft, case, "sales")
    needs = add_needs(draft, case)
    add_line_capacity(draft, case, capacity, activities, standing)
    keep_standing(draft, case, standing, capacity.stock, capacity.line, capacity.site)
    add_channel_capacity(draft, case, flows, standing)
    add_power_flow(draft, case, flows, decisions)
    balances = add_balances(draft, case, activities, flows, purchases, sales, needs)
    add_paths(draft, case, decisions, needs)
    parts = Parts(case, capacity, activities, decisions, new, standing, flows, purchases, sales, needs)
    add_limits(draft, parts)
    add_objective(draft, parts)
    return Model(case, parts, balances, draft.program())
