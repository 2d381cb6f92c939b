"""The term sheet of a single project: sources and uses, ratios, returns to each party, the waterfall, and what moves the answer most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from capcoop.errors import UsageError
from capcoop.money.loans import Floats, Loan, Term
from capcoop.money.project import Financed, Project, finance, put_price
from capcoop.money.projectfile import Fund, ProjectFile
from capcoop.money.returns import Rates, internal_rates, payback, present_value

STEP = 0.10  # of an amount, in the sensitivity table
POINT = 0.01  # of a rate


@dataclass(frozen=True)
class Sheet:
    """The terms of a project and what they lead to.

    sources, uses : amounts by name. ratios, returns : figures by name. waterfall : a row a year. sensitivity : change, down, up (present
    value of the owners with the figure lower and higher). base : that value as it is. fund : what a fund that leaves gets; None: no fund.
    """

    title: str
    currency: str
    sources: dict[str, float]
    uses: dict[str, float]
    ratios: dict[str, float | None]
    returns: dict[str, float | None]
    waterfall: pl.DataFrame
    sensitivity: pl.DataFrame
    base: float
    fund: dict[str, float | None] | None
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        tables = {"waterfall": self.waterfall.to_dicts(), "sensitivity": self.sensitivity.to_dicts()}
        plain = {name: getattr(self, name) for name in ("title", "currency", "sources", "uses", "ratios", "returns", "base", "fund")}
        return {**plain, **tables, "notes": list(self.notes)}


def term_sheet(asked: ProjectFile) -> Sheet:
    """Return the term sheet of a project file; raises UsageError where its terms break a rule."""
    loan, what = asked.terms(), asked.project()
    found = finance(what, loan)
    sized, costs = found.sized, {name: float(amounts[0]) for name, amounts in found.during_construction.items()}
    owners = internal_rates(found.owners[0])
    doubts = (_doubt(found.owners[0], "owners"), _doubt(found.project[0], "the project"))
    bound = "the gearing" if sized.by_gearing[0] else "the coverage of debt service"
    return Sheet(
        asked.title,
        asked.currency,
        {"loan": float(sized.debt[0]), "equity": float(sized.equity[0].sum())},
        {"outlays": float(what.capital[0].sum()), **{f"{name} until operation": value for name, value in costs.items() if value}},
        _ratios(found),
        {
            "project, internal rate of return": internal_rates(found.project[0]).only,
            "owners, internal rate of return": owners.only,
            f"owners, present value at {100 * asked.discount:g} %": present_value(asked.discount, found.owners[0]),
            "lender, internal rate of return": internal_rates(found.lender[0]).only,
            "loan and insurance, cost a year": found.cost_of_debt().only,
            "project, payback in years": payback(found.project[0]),
            "owners, payback in years": payback(found.owners[0]),
        },
        _waterfall(found),
        _sensitivity(asked, what, loan),
        present_value(asked.discount, found.owners[0]),
        _leaving(found, asked.fund, asked.discount) if asked.fund else None,
        (f"The loan is bounded by {bound}.", *filter(None, doubts)),
    )


def _doubt(flows: Floats, whose: str) -> str:
    """Return a warning where flows have no single rate of return."""
    rates: Rates = internal_rates(flows)
    if rates.kind == "unique":
        return ""
    roots = ", ".join(f"{100 * root:.2f} %" for root in rates.roots) or "none"
    return f"The flows of {whose} have {'several rates' if rates.roots else 'no rate'} of return ({roots}): decide on the present value."


def _ratios(found: Financed) -> dict[str, float | None]:
    sized, coverage = found.sized, found.coverage[0]
    return {
        "gearing": float(sized.gearing[0]),
        "debt-service coverage, least": float(coverage.min()),
        "debt-service coverage, mean": float(coverage.mean()),
        "loan-life coverage, first year": float(found.loan_life_coverage[0, 0]),
        "project-life coverage, first year": float(found.project_life_coverage[0, 0]),
        "average life in years": float(sized.repayment.average_life[0]),
        "premium, share of the loan": float(sized.premium[0]),
    }


def _waterfall(found: Financed) -> pl.DataFrame:
    """Return the cash of each year from what is earned down to what owners get."""
    sized, years = found.sized, found.owners.shape[1]
    start = years - found.cash.shape[1]

    def laid(values: Floats, at: int) -> Floats:
        row = np.zeros(years)
        row[at : at + len(values)] = values
        return row

    repayment = sized.repayment
    opening = np.cumsum(sized.draws[0]) - sized.draws[0]
    return pl.DataFrame(
        {
            "year": np.arange(years),
            "cash before tax": laid(found.cash[0] + found.tax[0], start),
            "tax": -laid(found.tax[0], start),
            "uses": -laid(sized.uses[0], 0),
            "drawn": laid(sized.draws[0], 0),
            "interest": -laid(repayment.interest[0], start),
            "principal": -laid(repayment.principal[0], start),
            "owners": found.owners[0],
            "balance": laid(np.concatenate([opening + sized.draws[0], repayment.opening[0] - repayment.principal[0]]), 0),
            "coverage": pl.Series(
                [None] * start + found.coverage[0].tolist() + [None] * (years - start - found.loan.years), dtype=pl.Float64
            ),
        }
    )


def _sensitivity(asked: ProjectFile, what: Project, loan: Loan) -> pl.DataFrame:
    """Return the owners' present value with each figure lower and higher, the largest swing first."""
    operation = what.operation

    def scaled(outlays: float = 1.0, cash: float = 1.0) -> Project:
        return Project(outlays * what.capital, replace(operation, cash=cash * operation.cash))

    def with_loan(**changes: Term) -> Loan:
        return replace(loan, **changes)  # type: ignore[arg-type]

    changes: dict[str, tuple[Callable[[int], Project], Callable[[int], Loan]]] = {
        f"outlays by {100 * STEP:.0f} %": (lambda sign: scaled(outlays=1 + sign * STEP), lambda _: loan),
        f"cash of operation by {100 * STEP:.0f} %": (lambda sign: scaled(cash=1 + sign * STEP), lambda _: loan),
        "interest by 1 point": (lambda _: what, lambda sign: with_loan(rate=np.maximum(loan.rate + sign * POINT, 0.0))),
        "coverage by 0.1": (lambda _: what, lambda sign: with_loan(coverage=np.maximum(loan.coverage + sign * 0.1, 1.0))),
        "gearing by 10 points": (lambda _: what, lambda sign: with_loan(gearing=np.clip(loan.gearing + sign * 0.1, 0.01, 0.99))),
        "years of the loan by 1": (lambda _: what, lambda sign: with_loan(years=min(max(loan.years + sign, 1), operation.cash.shape[1]))),
    }
    rows = [
        {"change": name, **{side: _owners_value(of(sign), on(sign), asked.discount) for side, sign in (("down", -1), ("up", 1))}}
        for name, (of, on) in changes.items()
    ]
    table = pl.DataFrame(rows, schema={"change": pl.String, "down": pl.Float64, "up": pl.Float64})
    swing = pl.max_horizontal("down", "up") - pl.min_horizontal("down", "up")
    return table.sort(swing.fill_null(np.inf), descending=True, maintain_order=True)


def _owners_value(what: Project, loan: Loan, discount: float) -> float | None:
    """Return the present value of owners; None where the changed terms carry no loan."""
    try:
        return present_value(discount, finance(what, loan).owners[0])
    except UsageError:
        return None


def _leaving(found: Financed, fund: Fund, discount: float) -> dict[str, float | None]:
    """Return what a fund gets that leaves by a put at its hurdle, and what is left to the other owners."""
    own = np.zeros(found.owners.shape[1])
    own[: fund.exit + 1] = fund.share * found.owners[0, : fund.exit + 1]
    price = put_price(own[: fund.exit + 1], fund.hurdle)
    own[fund.exit] += price
    others = found.owners[0] - own
    return {
        "price of the put": price,
        "fund, internal rate of return": internal_rates(own).only,
        "other owners, internal rate of return": internal_rates(others).only,
        f"other owners, present value at {100 * discount:g} %": present_value(discount, others),
    }
