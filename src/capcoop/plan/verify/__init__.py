"""The independent check that a saved plan keeps every rule of its case, and that its objective is what it says.

Everything is counted again from the plan's tables and the case, by formulas of its own; the program that was solved is
not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from capcoop.case.case import Case
from capcoop.plan.tables import Plan
from capcoop.plan.verify.building import check_builds, find_added, find_places, read_builds, standing_new
from capcoop.plan.verify.costs import check_costs, payments
from capcoop.plan.verify.findings import Findings
from capcoop.plan.verify.limits import Quantities, check_limits
from capcoop.plan.verify.listing import KEYS, check_slices, read_listing
from capcoop.plan.verify.paths import check_paths
from capcoop.plan.verify.powerflow import check_voltage_law
from capcoop.plan.verify.running import (
    check_activity,
    check_channels,
    check_lines,
    check_standing,
    freight_of,
    line_loads,
    line_uses,
    may_run,
)
from capcoop.plan.verify.trading import Balances, check_balances, check_trade, recipes_of

__all__ = ["Verdict", "verify"]


@dataclass(frozen=True)
class Verdict:
    """Whether a plan keeps its case.

    objective : counted again. largest : the largest relative violation. checked : how many conditions were looked at.
    faults : a sentence for each condition that fails, in the user's own names.
    """

    ok: bool
    objective: float
    largest: float
    checked: int
    faults: tuple[str, ...]


def verify(case: Case, plan: Plan, tolerance: float = 1e-6) -> Verdict:
    """Check a plan against its case.

    Parameters
    ----------
    tolerance : largest violation allowed, relative to the magnitude of the terms of a condition (at least 1).
    """
    findings = Findings(case, tolerance)
    listings = {table: read_listing(findings, plan, table) for table in KEYS}
    built = read_builds(findings, listings["builds"])
    check_builds(findings, built)
    places, uses = find_places(case), line_uses(case)
    added = find_added(case, places)
    new, scale = standing_new(places, built, added)
    check_standing(findings, places, new, scale, listings["capacity"])
    activity, flows = listings["activity"], listings["flows"]
    allowed = may_run(case, places, uses)
    check_activity(findings, activity, allowed)
    standing, magnitude = places.existing + new, places.existing + scale
    check_lines(findings, places, line_loads(case, activity, places, uses), standing, magnitude)
    check_slices(findings, flows, ~case.sliced[flows.codes["product"]], "The flow")
    freight = freight_of(findings, flows)
    check_channels(findings, flows, freight, standing[places.lines :], magnitude[places.lines :])
    check_voltage_law(findings, flows, standing[places.lines :])
    check_trade(findings, listings["purchases"], "purchases")
    check_trade(findings, listings["sales"], "sales")
    recipes = recipes_of(case, activity)
    balances = Balances(case, listings, recipes)
    check_balances(findings, balances, listings["balances"], listings["unmet"])
    check_paths(findings, places, built, balances, allowed, uses)
    check_limits(findings, Quantities(case, listings, recipes, balances, built, places, added, standing, uses))
    objective = check_costs(findings, plan, payments(case, listings, freight, built, places, new, scale))
    return Verdict(not findings.faults, objective, findings.largest, findings.checked, tuple(findings.faults))
