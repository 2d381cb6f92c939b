"""Flows as one table of entries: who pays whom, in which year, for what. All else is a group-by of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes
from capcoop.case.case import Case
from capcoop.errors import UsageError
from capcoop.money.gains.flows import BOOKS, ROLES, Account, Flow
from capcoop.money.gains.ledger import Ledger
from capcoop.money.gains.tables import appraisal_schema

NONE = -1
# Of a year's turnover: the solver's own tolerances. On sound runs the books are even to 1e-9 and better.
EVEN = 1e-6


def entries_of(case: Case, ledger: Ledger, flows: Sequence[Flow]) -> pl.DataFrame:
    """Return the entries of flows, as a table of an appraisal; payer and payee are roles, each with its country.

    A payment has payer and payee; a real cost has a payer only, a real benefit a payee only.
    """
    schema = appraisal_schema("entries")
    parts = [_entries(ledger, flow, number) for number, flow in enumerate(flows)]
    if not parts:
        return pl.DataFrame(schema=schema)
    codes = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    horizon, countries = ledger.horizon, len(ledger.countries)
    roles, names = pl.Series([*ROLES, None], dtype=pl.String), pl.Series([*ledger.countries.names, None], dtype=pl.String)
    sides = {}
    for side in ("payer", "payee"):
        role, country = np.divmod(codes[side], countries)
        nobody = codes[side] < 0
        sides[side], sides[f"{side}_country"] = roles[np.where(nobody, len(ROLES), role)], names[np.where(nobody, countries, country)]
    kinds = pl.Series([flow.kind for flow in flows], dtype=pl.String)
    natures = pl.Series(["real" if flow.real else "payment" for flow in flows], dtype=pl.String)
    loans = pl.Series([flow.loan or None for flow in flows], dtype=pl.String)
    assets = pl.Series([*ledger.names, None], dtype=pl.String)
    products = pl.Series([*case.names["products"], None], dtype=pl.String)
    periods = pl.Series(case.names["periods"], dtype=pl.String)
    frame = pl.DataFrame(
        {
            "period": periods[horizon.period[codes["year"]]],
            "year": horizon.year[codes["year"]],
            **sides,
            "kind": kinds[codes["flow"]],
            "asset": assets[_or_last(codes["asset"], len(ledger.names))],
            "loan": loans[codes["flow"]],
            "product": products[_or_last(codes["product"], case.size("products"))],
            "amount": codes["amount"],
            "nature": natures[codes["flow"]],
            "present": codes["present"],
        }
    )
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items())


def _or_last(codes: Codes, last: int) -> Codes:
    return np.where(codes < 0, last, codes)


def _entries(ledger: Ledger, flow: Flow, number: int) -> dict[str, np.ndarray]:
    """Return the entries of a flow as codes; nothing is written of what is nothing."""
    if flow.factor is None or flow.when is None:
        row, year = np.nonzero(flow.amounts)
        amount, factor = flow.amounts[row, year], ledger.horizon.factor[year]
    else:
        row = np.flatnonzero(flow.amounts)
        year, amount, factor = flow.when[row], flow.amounts[row], flow.factor[row]
    countries = len(ledger.countries)

    def of(side: Account | None) -> Codes:
        return np.full(len(row), NONE) if side is None else side.party(countries)[row]

    return {
        "year": np.minimum(year, len(ledger.horizon) - 1),
        "payer": of(flow.payer),
        "payee": of(flow.payee),
        "flow": np.full(len(row), number),
        "asset": flow.asset[row],
        "product": np.full(len(row), NONE) if flow.product is None else flow.product[row],
        "amount": amount,
        "present": amount * factor,
    }


def sides_of(entries: pl.DataFrame) -> pl.DataFrame:
    """Return each entry once for each of its accounts: role, country, year, kind, amount (received +, paid -) and its present value."""
    both = [
        entries.select(
            "year",
            "kind",
            "nature",
            role=side,
            country=f"{side}_country",
            other=f"{other}_country",
            amount=sign * pl.col("amount"),
            present=sign * pl.col("present"),
        )
        for side, other, sign in (("payee", "payer", 1.0), ("payer", "payee", -1.0))
    ]
    return pl.concat(both).filter(pl.col("role").is_not_null())


def balance_of_books(entries: pl.DataFrame) -> pl.DataFrame:
    """Return what markets and assets are left with in each year, and the turnover of the year: role, country, year, left, turnover."""
    books = sides_of(entries).filter(pl.col("role").is_in(list(BOOKS)))
    turnover = entries.group_by("year").agg(turnover=pl.col("amount").abs().sum())
    left = books.group_by("role", "country", "year").agg(left=pl.col("amount").sum())
    return left.join(turnover, on="year").sort("role", "country", "year")


def check_books(entries: pl.DataFrame) -> None:
    """Require that markets and assets are left with nothing in any year.

    Raises
    ------
    UsageError : one is: the plan's tables do not fit the case.
    """
    uneven = balance_of_books(entries).filter(pl.col("left").abs() > EVEN * pl.col("turnover").clip(1.0))
    if not uneven.is_empty():
        role, country, year, left = uneven.select("role", "country", "year", "left").row(0)
        where = f"the {role} of {country or 'places without a country'} keep {left:.6g} in {year:.0f}"
        raise UsageError(f"payments are not even: {where}; the run's tables do not fit its case")


def budget_of(entries: pl.DataFrame) -> pl.DataFrame:
    """Return what each government receives and pays by year and kind; what no money stands behind is left out."""
    own = sides_of(entries).filter((pl.col("role") == "government") & (pl.col("nature") == "payment"))
    return own.group_by("country", "year", "kind").agg(pl.col("amount").sum()).sort("country", "year", "kind")


def payments_abroad(entries: pl.DataFrame) -> pl.DataFrame:
    """Return the balance of payments of each country: what it receives from and pays to other countries, by year and kind."""
    own = sides_of(entries).filter((pl.col("nature") == "payment") & (pl.col("country") != pl.col("other")))
    return own.group_by("country", "year", "kind").agg(pl.col("amount").sum()).sort("country", "year", "kind")
