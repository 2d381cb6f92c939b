"""What moves a project most: each figure lower and higher, all variants as rows of one financing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from capcoop.errors import UsageError
from capcoop.money.loans import Floats, Operation
from capcoop.money.project.finance import Project
from capcoop.money.project.projectfile import ProjectFile
from capcoop.money.project.syndicate import Syndicated, syndicate
from capcoop.money.project.tranches import Financing
from capcoop.money.returns import internal_rates, present_value

SWING = 0.10  # of an amount, in the tornado
POINT = 0.01  # of a rate
STEPS = (-0.20, -0.10, 0.10, 0.20)
DELAYS = (1, 2)  # years


@dataclass(frozen=True, eq=False)
class Variant:
    """A change of a project: factors of outlays and interest, what is added to interest, coverage, gearing and years, and its cash."""

    change: str
    step: float
    cash: Floats
    outlays: float = 1.0
    interest: float = 1.0
    points: float = 0.0
    coverage: float = 0.0
    gearing: float = 0.0
    years: int = 0


def financed(what: Project, financing: Financing, variants: Sequence[Variant]) -> list[tuple[Syndicated, int] | None]:
    """Return the financing of each variant and its row in it; None where the changed terms carry no debt."""
    longest = int(max(np.max(one.years) for one in financing.tranches))
    paying = [one for one in variants if (one.cash[: longest + one.years] > 0).all()]
    places = {id(one): index for index, one in enumerate(paying)}
    try:
        whole = syndicate(*_rows(what, financing, paying)) if paying else None
        return [(whole, places[id(one)]) if whole is not None and id(one) in places else None for one in variants]
    except UsageError:
        return [_alone(what, financing, one) if id(one) in places else None for one in variants]


def _alone(what: Project, financing: Financing, one: Variant) -> tuple[Syndicated, int] | None:
    try:
        return syndicate(*_rows(what, financing, [one])), 0
    except UsageError:
        return None


def _rows(what: Project, financing: Financing, variants: Sequence[Variant]) -> tuple[Project, Financing]:
    """Return the variants as the rows of one project and its financing."""

    def column(name: str) -> Floats:
        return np.array([getattr(one, name) for one in variants], dtype=np.float64)

    operation = what.operation
    capital = column("outlays")[:, None] * what.capital
    tax = np.broadcast_to(operation.taxes, (len(variants), operation.cash.shape[1]))
    cash = np.stack([one.cash for one in variants])
    life = cash.shape[1]
    longer = np.array([one.years for one in variants])
    tranches = tuple(
        replace(
            one,
            rate=np.maximum(column("interest") * one.rate + column("points"), 0.0),
            years=one.years if one.profile == "stated" else np.clip(one.years + longer, one.first, life),
        )
        for one in financing.tranches
    )
    coverage = np.maximum(financing.coverage + column("coverage"), 1.0)
    gearing = np.clip(financing.gearing + column("gearing"), 0.01, 0.99)
    rows = Project(capital, Operation(cash, tax, operation.depreciation_years))
    return rows, replace(financing, tranches=tranches, coverage=coverage, gearing=gearing)


def tornado(asked: ProjectFile, what: Project, financing: Financing) -> pl.DataFrame:
    """Return the owners' present value with each figure lower and higher (change, down, up), the largest swing first; null: no debt."""
    cash = what.operation.cash[0]
    variants = [
        one
        for sign in (-1, 1)
        for one in (
            Variant(f"outlays by {100 * SWING:.0f} %", sign, cash, outlays=1 + sign * SWING),
            Variant(f"cash of operation by {100 * SWING:.0f} %", sign, (1 + sign * SWING) * cash),
            Variant("interest by 1 point", sign, cash, points=sign * POINT),
            Variant("coverage by 0.1", sign, cash, coverage=sign * 0.1),
            Variant("gearing by 10 points", sign, cash, gearing=sign * 0.1),
            Variant("years of the loan by 1", sign, cash, years=sign),
        )
    ]
    half = len(variants) // 2
    values = [None if one is None else present_value(asked.discount, one[0].owners[one[1]]) for one in financed(what, financing, variants)]
    columns = {"change": [one.change for one in variants[:half]], "down": values[:half], "up": values[half:]}
    table = pl.DataFrame(columns, schema={"change": pl.String, "down": pl.Float64, "up": pl.Float64})
    swing = pl.max_horizontal("down", "up") - pl.min_horizontal("down", "up")
    return table.sort(swing.fill_null(np.inf), descending=True, maintain_order=True)


def sensitivity(asked: ProjectFile, what: Project, financing: Financing, base: Syndicated) -> pl.DataFrame:
    """Return what each change leads to: change, step, value and rate of owners, coverage, loan.

    The loan is sized anew by the same terms, and value (present value), rate (of return) and loan are those it leads to. coverage : the
    least that the loan as it stands would have, were the change to come after it is signed. A null: no debt, or no single rate.
    """
    cash = what.operation.cash[0]
    variants = [Variant("as it is", 0.0, cash)]
    for step in STEPS:
        variants.append(Variant("outlays", step, cash, outlays=1 + step))
        if asked.operation.cash is None:
            variants.append(Variant("revenue", step, cash + step * asked.revenue))
            variants.append(Variant("costs", step, cash - step * asked.costs))
        else:
            variants.append(Variant("cash of operation", step, (1 + step) * cash))
        variants.append(Variant("interest", step, cash, interest=1 + step))
    order = ["as it is", "outlays", "revenue", "costs", "cash of operation", "interest"]
    variants.sort(key=lambda one: order.index(one.change))
    signed = _signed(what, base, variants)
    rows = [
        _told(asked, one, each, float(least))
        for one, each, least in zip(variants, financed(what, financing, variants), signed, strict=True)
    ]
    rows += [_late(asked, what, financing, base, years) for years in DELAYS]
    kinds = {"change": pl.String, "step": pl.Float64, "value": pl.Float64, "rate": pl.Float64, "coverage": pl.Float64, "loan": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _told(asked: ProjectFile, one: Variant, found: tuple[Syndicated, int] | None, least: float) -> tuple[object, ...]:
    if found is None:
        return one.change, one.step, None, None, least, None
    flows = found[0].owners[found[1]]
    return one.change, one.step, present_value(asked.discount, flows), internal_rates(flows).only, least, float(found[0].debt[found[1]])


def _signed(what: Project, base: Syndicated, variants: Sequence[Variant]) -> Floats:
    """Return the least coverage of the loan as it stands under each variant."""
    cash = np.stack([one.cash for one in variants])
    interest = np.array([one.interest for one in variants])[:, None] * base.interest.sum(axis=0)
    insurance, principal = base.insurance.sum(axis=0), base.principal.sum(axis=0)
    outlays = np.array([one.outlays - 1 for one in variants]) * what.capital.sum()
    operation = replace(what.operation, cash=cash)
    after = cash - operation.taxed(interest + insurance, base.uses.sum() + outlays)
    service = principal + interest + insurance
    owed = base.service[0] > 1e-9 * base.debt[0]
    return np.asarray((after[:, owed] / service[:, owed]).min(axis=1))


def _late(asked: ProjectFile, what: Project, financing: Financing, base: Syndicated, years: int) -> tuple[object, ...]:
    """Return what a later start of operation leads to: outlays stand when they did, the life of the asset is the same."""
    capital = np.pad(what.capital, ((0, 0), (0, years)))
    late = replace(what, capital=capital)
    one = Variant(f"{years} year{'s' * (years > 1)} late", float(years), what.operation.cash[0])
    arrived = np.concatenate([np.zeros(years), one.cash[:-years]]) if years < len(one.cash) else np.zeros_like(one.cash)
    least = _signed(what, base, [replace(one, cash=arrived)])[0]
    return _told(asked, one, _alone(late, financing, one), float(least))
