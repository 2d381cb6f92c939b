"""On which terms a made case shares its gains: taxes, wages, duty, damage, loans by supplier, and what is still open.

Figures of the world come first; where they have none, those of `figures/terms.csv` (of the country, else of every country) and
`figures/open_terms.csv`, in which what is assumed or from memory says so. What is in neither stays blank.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.figures import Figure, figure
from capcoop.atlas.prices import tariff
from capcoop.errors import UsageError
from capcoop.money.premium import Cover, category_of, minimum_premium

TOPIC, LOANS = "Terms", "Loans"
OF_HOST = ("profit_tax", "building_wages", "running_wages", "carbon_price", "equipment_margin", "export_margin")
OF_EVERY_LOAN = ("gearing", "coverage", "years", "guaranteed")
TOLD = {"source": "figures of terms, see ASSUMPTIONS.md", "verified": False}
UNKNOWN = (
    "What foreign exchange is worth beyond its rate: counted as nothing.",
    "A duty on equipment: works of other countries, whose costs these are, do not tell it, and laws on investment often free it; none.",
    "Royalties and mining taxes: none are due on what is made here; those on what is dug are in its price.",
    "How often loans fail: no loss is counted, so banks and insurers gain all that they are paid beyond the cost of money.",
    "Emissions abroad: damage is counted where plants of this case stand, and not where what is imported is made.",
)

ABROAD = "Who takes the duty: goods are bought at gates abroad here, so that it counts as part of their price, and no government gets it."


@cache
def _stated(name: str) -> pl.DataFrame:
    with files("capcoop.atlas").joinpath("figures", f"{name}.csv").open("rb") as file:
        return pl.read_csv(file, infer_schema_length=None).with_columns(verified=pl.col("verified") == "yes")


def stated_term(term: str, country: str = "", supplier: str = "") -> Figure | None:
    """Return a term as the data state it: of the country or the supplier, else of all; None: unknown."""
    rows = _stated("terms").filter(pl.col("term") == term)
    own = [pl.col(name) == code for name, code in (("country", country), ("supplier", supplier)) if code]
    every = rows.filter(pl.col("country").is_null(), pl.col("supplier").is_null())
    found = pl.concat([*(rows.filter(one) for one in own), every]).to_dicts()
    if not found:
        return None
    one = found[0]
    low, high = one["low"], one["high"]
    return Figure(one["value"], low, high, one["unit"], one["year"], one["source"], one["verified"], one["note"] or "")


def _used(book: Assumptions, topic: str, term: str, country: str = "", supplier: str = "") -> float | None:
    """Return a term and note it; None: unknown."""
    found = stated_term(term, country, supplier)
    name = term.replace("_", " ") + (f" of {supplier}" if supplier else "")
    return None if found is None else book.use(topic, name, found).value


def term_rows(host: str, base: int, book: Assumptions, gates: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the table `terms`: a row of the country; money in thousand USD for kt of emissions, which is USD/t.

    gates : other countries at whose gates goods are bought; the duty in their price is then nobody's, and sellers there have a row too.
    """
    taken = {term: _used(book, TOPIC, term, host) for term in OF_HOST}
    tax = _used(book, TOPIC, "wage_tax", host)
    if tax is None:
        book.miss("Taxes on wages: counted as none.")
    duty = None if gates else round(tariff(host, "intermediate", book), 6)
    if duty is not None:
        book.rule(TOPIC, "duty", duty, "of the price without it", "as on intermediate goods, whatever the product and the origin")
    cost = _labour_cost(host, base, tax or 0.0, book)
    for what in (*UNKNOWN, *((ABROAD,) if gates else ())):
        book.miss(what)
    named = {"country": host, "duty": duty, "labour_cost": cost, "wage_tax": tax, "currency": "thousand USD", "year": str(base)}
    beyond = [{"country": gate, "export_margin": taken["export_margin"], "year": str(base), **TOLD} for gate in gates]
    return [{**taken, **named, **TOLD}, *beyond]


def _labour_cost(host: str, base: int, tax: float, book: Assumptions) -> float | None:
    """Return what labour would yield elsewhere, of its wage: (1 - tax)(1 - unemployment); None: unknown.

    Source: European Commission, Guide to Cost-Benefit Analysis of Investment Projects 2014, shadow wages.
    """
    idle = figure("conditions", None, "unemployment", host, year=base, until=book.until)
    if idle is None:
        book.miss("Unemployment: unknown, so that workers are taken to earn as much elsewhere.")
        return None
    share = book.use(TOPIC, "unemployment", idle).value / 100
    why = "(1 - taxes on wages) x (1 - unemployment), the shadow wage of the EU's guide to cost-benefit analysis"
    return book.rule(TOPIC, "what labour would yield elsewhere", round((1 - tax) * (1 - share), 6), "of its wage", why)


def constant(nominal: float, inflation: float) -> float:
    """Return a yearly rate in constant prices: (1 + nominal) / (1 + inflation) - 1."""
    return (1 + nominal) / (1 + inflation) - 1


def _loan(host: str, supplier: str, base: int, book: Assumptions) -> dict[str, Any]:
    """Return the terms of a loan from a supplier's country."""
    prices = figure("conditions", None, "inflation_cpi", "USA", year=base, until=book.until)
    inflation = book.use(LOANS, "inflation of the dollar", prices).value / 100 if prices else 0.0
    if prices is None:
        book.miss("Inflation of the dollar: unknown, so that rates in money count as rates in constant prices.")
    every = {term: _used(book, LOANS, term) for term in OF_EVERY_LOAN}
    own = {term: _used(book, LOANS, term, supplier=supplier) for term in ("nominal_rate", "nominal_funding_rate", "front_fee")}
    rates = {term.removeprefix("nominal_"): round(constant(own.pop(term) or 0.0, inflation), 6) for term in tuple(own)[:2]}
    return {**every, **rates, **own, "premium": _premium(host, supplier, every["years"] or 0.0, book)}


def _premium(host: str, supplier: str, years: float, book: Assumptions) -> float | None:
    """Return what the supplier's agency is known to ask, else the minimum of the OECD Arrangement for a sovereign buyer; None: neither."""
    if (known := _used(book, LOANS, "premium", supplier=supplier)) is not None:
        return known
    drawdown = _used(book, LOANS, "drawdown") or 0.0
    try:
        found = minimum_premium(Cover(category_of(host), "SOV", years, drawdown)).rate
    except UsageError as error:
        book.miss(f"The premium of insured credit of {supplier}: {error}; counted as nothing.")
        return None
    why = f"minimum premium of the OECD Arrangement, category {category_of(host)}, sovereign buyer"
    return book.rule(LOANS, f"premium of {supplier}", round(found, 6), "of the loan", why)


def loan_rows(host: str, suppliers: tuple[str, ...], options: list[dict[str, Any]], base: int, book: Assumptions) -> list[dict[str, Any]]:
    """Return the table `loans`: the credit of the first supplier for all of the country, that of others for each of their options.

    A loan is never longer than what it pays for lives.
    """
    offers = {supplier: _loan(host, supplier, base, book) for supplier in suppliers}
    first = suppliers[0]
    rows = [{"country": host, **offers[first], **TOLD, "note": f"credit of {first}"}] if options else []
    for option in options:
        own, life = offers[option["supplier"]], float(option["life"])
        if option["supplier"] != first or life < own["years"]:
            rows.append({"option": option["option"], **own, "years": min(own["years"], float(int(life))), **TOLD})
            rows[-1]["note"] = f"credit of {option['supplier']}"
    return rows


def open_rows(book: Assumptions, *, loans: bool) -> list[dict[str, Any]]:
    """Return the table `negotiable`: which terms are open, and between which bounds; those of loans where there is one."""
    found = [row for row in _stated("open_terms").to_dicts() if loans or row["term"] not in {"rate", "gearing"}]
    for row in found:
        middle = (row["least"] + row["most"]) / 2
        what = f"{row['term'].replace('_', ' ')} of the deal"
        unit = "years" if row["term"] == "tax_holiday" else "share"
        bounds = Figure(middle, row["least"], row["most"], unit, row["year"], row["source"], row["verified"])
        book.use("What is open", what, bounds, "the middle of its bounds")
    return [{**row, "year": None if row["year"] is None else str(row["year"])} for row in found]
