"""What the government of a country has to carry its debt with: figures of the World Bank, and what a small table states from memory.

Debt is told where a figure of the year exists, within five years of the prices; what no source tells stays blank.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.figures import Figure, figure

TOPIC = "Governments"
NEAR = 5  # years: debt of another time says nothing of how much more can be carried
SHARES = {"exports": "exports_share", "revenue": "central_government_revenue"}  # of GDP
UNKNOWN = "Service of public external debt: figures of the World Bank hold that of companies too, so that it is left blank."
TOLD = {"source": "figures of governments, see ASSUMPTIONS.md", "verified": False}


@cache
def _stated() -> pl.DataFrame:
    with files("capcoop.atlas").joinpath("figures", "governments.csv").open("rb") as file:
        return pl.read_csv(file, infer_schema=False).with_columns(pl.col("low", "high").cast(pl.Float64), pl.col("year").cast(pl.Int64))


def _one(term: str, host: str) -> dict[str, Any] | None:
    found = _stated().filter(pl.col("country") == host, pl.col("term") == term)
    return found.row(0, named=True) if found.height else None


def government_rows(host: str, base: int, book: Assumptions) -> list[dict[str, Any]]:
    """Return the table `governments`: a row of the host, for all periods, in million USD of the year of prices; nothing without its GDP."""
    product = figure("countries", None, "gdp", host, year=base, within=NEAR, until=book.until)
    if product is None:
        book.miss("GDP of the year of prices: unknown, so that nothing is told of what the government can carry.")
        return []
    gdp = book.use(TOPIC, "gross domestic product", product, "as it is throughout the horizon").value
    row: dict[str, Any] = {"country": host, "gdp": gdp}
    for name, metric in SHARES.items():
        share = figure("conditions", None, metric, host, year=base, within=NEAR, until=book.until)
        if share is None:
            book.miss(f"{name.capitalize()} of the country: unknown, and so are the ratios of debt to it.")
        else:
            row[name] = round(book.use(TOPIC, f"{name} of the country", share).value / 100 * gdp, 4)
    owed = figure("countries", None, "external_debt_present_value", host, year=base, within=NEAR, until=book.until)
    if owed is None:
        book.miss(f"Public external debt near {base}: unknown, so that ratios tell what the plan adds alone.")
    else:
        row["debt"] = book.use(TOPIC, "present value of public external debt", owed).value
    book.miss(UNKNOWN)
    prices = figure("conditions", None, "inflation_cpi", "USA", year=base, until=book.until)
    inflation = None if prices is None else round(book.use(TOPIC, "inflation of the dollar, in which it borrows", prices).value / 100, 6)
    return [{**row, **_words(host, base, gdp, book), "inflation": inflation, "currency": "million USD", "year": str(base), **TOLD}]


def _words(host: str, base: int, gdp: float, book: Assumptions) -> dict[str, Any]:
    """Return what the small table states of a country: its capacity, whether it borrows on markets, all its debt."""
    capacity, market, debt = (_one(term, host) for term in ("debt_capacity", "market_access", "public_debt"))
    for one in (capacity, market):
        if one is not None:
            what = f"{one['term'].replace('_', ' ')}: {one['value']}"
            book.use(TOPIC, what, Figure(1.0, None, None, "", one["year"], one["source"], one["verified"] == "yes", one["note"] or ""))
    if capacity is None and market is None:
        book.miss("Capacity of the country to carry debt: unknown, so that its ratios have no thresholds.")
    row: dict[str, Any] = {"debt_capacity": capacity and capacity["value"], "market_access": (market["value"] == "yes") if market else None}
    if debt is not None and abs(debt["year"] - base) <= NEAR:
        share = float(debt["value"])
        told = Figure(
            share, debt["low"], debt["high"], debt["unit"], debt["year"], debt["source"], debt["verified"] == "yes", debt["note"] or ""
        )
        row["public_debt"] = round(book.use(TOPIC, "all public debt", told).value / 100 * gdp, 4)
    return row
