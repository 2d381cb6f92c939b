"""Who gains: the present value of each party with the plan less that of the baseline, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from capcoop.errors import UsageError
from capcoop.money.gains.flows import GROUPS, ROLES, Flow, gains_of
from capcoop.money.gains.ledger import Ledger
from capcoop.plan.tables import Plan

# What the plan's objective counts, by kind of flow: as a cost, or as a benefit.
COSTS = (
    "running cost",
    "running wages",
    "equipment",
    "equipment duty",
    "local works",
    "building wages",
    "purchases from outside",
    "duty",
    "time in transit",
    "unmet needs",
)
BENEFITS = ("sales to outside", "value left")
# What the economy counts otherwise than the objective: what is paid is no cost, what it really costs is.
PAID = ("running wages", "building wages", "equipment", "purchases from outside", "duty", "equipment duty")
REAL = ("labour", "cost of equipment", "cost of goods", "damage of emissions", "expected loss", "cost of funds")
GIVEN = ("funds raised", "foreign exchange")
# The solver's own tolerances; on sound runs the two agree to 1e-9 of turnover and better.
EVEN = 1e-6


@dataclass(frozen=True)
class Gains:
    """Gains by party: the table, why (by kind of flow), the economic surplus as the objective tells it, and the turnover."""

    table: pl.DataFrame
    reasons: pl.DataFrame
    surplus: float
    turnover: float

    @property
    def total(self) -> float:
        """The sum of all gains."""
        return float(self.table.get_column("gain").sum())

    def check(self) -> None:
        """Require that gains sum to the surplus.

        Raises
        ------
        UsageError : they do not: the plan's tables do not fit the case.
        """
        if abs(self.total - self.surplus) > EVEN * self.turnover:
            raise UsageError(f"the gains sum to {self.total:.6g}, the surplus is {self.surplus:.6g}: the run's tables do not fit its case")


def parties_of(plan: Plan, ledger: Ledger, baseline: Plan, before: Ledger) -> Gains:
    """Return who gains from a plan against its baseline."""
    flows, others = ledger.flows, before.flows
    reasons = pl.concat([_by_kind(ledger, flows, 1.0), _by_kind(before, others, -1.0)])
    keys = ["group", "role", "country"]
    reasons = reasons.group_by([*keys, "kind"], maintain_order=True).agg(pl.col("with_plan", "baseline").sum())
    reasons = reasons.with_columns(gain=pl.col("with_plan") - pl.col("baseline"))
    table = reasons.group_by(keys, maintain_order=True).agg(pl.col("with_plan", "baseline", "gain").sum())
    order = {role: i for i, role in enumerate(ROLES)}
    table = table.sort(pl.col("role").replace_strict(order, return_dtype=pl.Int64), "country")
    surplus = (baseline.objective - plan.objective) + _beyond(ledger, flows) - _beyond(before, others)
    turnover = sum(
        float(np.abs(flow.present(own.horizon.factor)).sum()) for own, these in ((ledger, flows), (before, others)) for flow in these
    )
    parties = ~pl.col("group").is_in(["books"])
    return Gains(table.filter(parties), reasons.filter(parties), surplus, turnover)


def _by_kind(ledger: Ledger, flows: Sequence[Flow], sign: float) -> pl.DataFrame:
    """Return present values by party and kind, in the column of the plan or of the baseline."""
    countries, rows = len(ledger.countries), []
    kinds = list(dict.fromkeys(flow.kind for flow in flows))
    for kind in kinds:
        found = gains_of([flow for flow in flows if flow.kind == kind], ledger.horizon.factor, countries)
        role, country = np.nonzero(found)
        rows.append(
            pl.DataFrame(
                {
                    "group": [GROUPS[ROLES[i]] for i in role],
                    "role": [ROLES[i] for i in role],
                    "country": [ledger.countries.names[i] for i in country],
                    "kind": [kind] * len(role),
                    "with_plan": found[role, country] * (sign > 0),
                    "baseline": found[role, country] * (sign < 0),
                },
                schema=REASONS,
            )
        )
    return pl.concat(rows) if rows else pl.DataFrame(schema=REASONS)


REASONS = {
    "group": pl.String,
    "role": pl.String,
    "country": pl.String,
    "kind": pl.String,
    "with_plan": pl.Float64,
    "baseline": pl.Float64,
}


def _beyond(ledger: Ledger, flows: Sequence[Flow]) -> float:
    """Return what the economy gains beyond the objective: payments that are no cost, less costs that nobody pays."""
    present = dict.fromkeys((*PAID, *REAL, *GIVEN), 0.0)
    for flow in flows:
        if flow.kind in present:
            sign = -1.0 if flow.kind in GIVEN and flow.payee is None else 1.0
            present[flow.kind] += sign * float(flow.present(ledger.horizon.factor).sum())
    paid, real = sum(present[kind] for kind in PAID), sum(present[kind] for kind in REAL)
    return paid - real + sum(present[kind] for kind in GIVEN)


def objective_of(ledger: Ledger, flows: Sequence[Flow]) -> float:
    """Return the objective of a plan as its flows tell it: what is paid to the outside and used up, less what comes from there."""
    total = 0.0
    for flow in flows:
        sign = 1.0 if flow.kind in COSTS else -1.0 if flow.kind in BENEFITS else 0.0
        total += sign * float(flow.present(ledger.horizon.factor).sum())
    return total
