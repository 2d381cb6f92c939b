"""The objective, component by component, from the plan's amounts and the case's prices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from capcoop.case.cascade import Values
from capcoop.case.case import Case, codes_of
from capcoop.plan.tables import Plan
from capcoop.plan.verify.building import Built, Places
from capcoop.plan.verify.findings import Findings
from capcoop.plan.verify.listing import Listing, summed
from capcoop.plan.verify.running import Freight
from capcoop.plan.verify.trading import penalties

Payments = dict[str, tuple[Values, Values, Values]]


def _building(case: Case, built: Built) -> tuple[Values, Values, Values]:
    stands = built.stands.astype(float)
    yearly, size = (np.einsum("o,od,odt->t", built.yearly, cost, stands) for cost in (built.cost, np.abs(built.cost)))
    paid = built.cost[built.outlay]
    present = built.present[built.outlay]
    weight = case.times.weight
    return (
        yearly + paid.sum(axis=0),
        yearly * weight + (paid * present).sum(axis=0),
        size * weight + np.abs(paid * present).sum(axis=0) + np.abs(paid).sum(axis=0),
    )


def _fixed(case: Case, places: Places, new: Values, scale: Values) -> tuple[Values, Values]:
    rate = case["lines"].numbers("fixed_cost")[places.line][:, None]
    existing = places.existing[: places.lines]
    return (rate * (existing + new[: places.lines])).sum(axis=0), (np.abs(rate) * (existing + scale[: places.lines])).sum(axis=0)


def payments(
    case: Case, listings: Mapping[str, Listing], freight: Freight, built: Built, places: Places, new: Values, scale: Values
) -> Payments:
    """Return for each component its yearly payment, its part of the objective and the magnitude of what was added up, by period."""
    activity, flows, unmet = listings["activity"], listings["flows"], listings["unmet"]
    where = {key: activity.codes[key] for key in ("process", "site", "period")}
    placed = case["placements"].lookup("cost", **where)
    unit = np.where(np.isnan(placed), case["processes"].numbers("cost")[where["process"]], placed)
    price = {
        table: case[table].lookup("price", **{key: codes for key, codes in listings[table].codes.items() if key != "slice"})
        for table in ("purchases", "sales")
    }
    amounts = {
        "processes": (activity, activity.figures["activity"] * unit),
        "purchases": (listings["purchases"], listings["purchases"].figures["quantity"] * price["purchases"]),
        "sales": (listings["sales"], -listings["sales"].figures["quantity"] * price["sales"]),
        "freight": (flows, flows.figures["sent"] * freight.cost),
        "unmet needs": (unmet, unmet.figures["unmet"] * penalties(case)[unmet.codes["product"]]),
    }
    if freight.transit.any():
        amounts["time in transit"] = flows, flows.figures["sent"] * freight.transit
    weight = case.times.weight
    found: Payments = {"building": _building(case, built)}
    fixed, size = _fixed(case, places, new, scale)
    found["fixed cost"] = (fixed, fixed * weight, size * np.maximum(weight, 1.0))
    for component, (listing, cost) in amounts.items():
        yearly, size = (summed(weight.shape, listing.at("period"), part) for part in (cost, np.abs(cost)))
        found[component] = (yearly, yearly * weight, size * np.maximum(weight, 1.0))
    return found


def check_costs(findings: Findings, plan: Plan, found: Payments) -> float:
    """Check the plan's table of costs and its objective; return the objective found."""
    case, frame = findings.case, plan["costs"]
    period = np.arange(case.size("periods"))
    for component in frame.get_column("component").unique().to_list():
        if component not in found:
            findings.say(f"The plan's table costs has a component '{component}', which is none.")
    for component, (yearly, present, size) in found.items():
        rows = frame.filter(pl.col("component") == component)
        codes = codes_of(rows.get_column("period"), case.names["periods"])
        findings.never(codes < 0, f"The plan states {component} for a period that the case does not have")
        held = codes >= 0
        for column, expected in (("cost", yearly), ("present_cost", present)):
            stated = summed(period.shape, (codes[held],), rows.get_column(column).fill_null(np.nan).to_numpy()[held])
            findings.equal(stated, expected, size, f"The {column} of {component} in {{period}} is wrong", period=period)
    objective = float(sum(present.sum() for _, present, _ in found.values()))
    magnitude = float(sum(np.abs(present).sum() for _, present, _ in found.values()))
    findings.equal(np.array(plan.objective), objective, magnitude, "The objective is wrong")
    return objective
