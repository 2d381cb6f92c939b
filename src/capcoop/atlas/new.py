"""A new case from a country, programmes and suppliers: the question is checked, the case is written with ASSUMPTIONS.md beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from capcoop.atlas.assumptions import Assumptions, text_of
from capcoop.atlas.case import EXISTING, Question, tables_of
from capcoop.atlas.countries import find_country
from capcoop.atlas.existing import TOPIC as CAPACITY
from capcoop.atlas.needs import GROWTH, yearly_needs
from capcoop.atlas.needs import TOPIC as NEEDS
from capcoop.atlas.overrides import NOTHING, laid_over, read_overrides
from capcoop.atlas.prices import TOPIC as PRICES
from capcoop.atlas.products import PRODUCTS
from capcoop.atlas.programmes import Programme, find_programme
from capcoop.atlas.scenarios import scenarios
from capcoop.atlas.sites import distinct_names, gates, markets
from capcoop.atlas.ways import Ways
from capcoop.atlas.years import FIRST_YEAR, years_of
from capcoop.case import formats
from capcoop.case.formats import Content
from capcoop.errors import UsageError, printable
from capcoop.schema import TABLES

SUPPLIERS = ("CHN", "DEU")
BASE, YEARS = 2014, 10
RATE, GAP = 0.1, 1e-4
FILE = "ASSUMPTIONS.md"


@dataclass(frozen=True)
class Made:
    """A case of the atlas: its content, and the text of ASSUMPTIONS.md."""

    content: Content
    assumptions: str


def make_case(
    host: str,
    programmes: Sequence[str] = (),
    suppliers: Sequence[str] | None = None,
    years: tuple[int, int] | None = None,
    discount_rate: float = RATE,
    *,
    until: int | None = None,
    overrides: str | Path | None = None,
) -> Made:
    """Make a case of a country.

    Parameters
    ----------
    host, suppliers : countries by any name (no suppliers: China and Germany). programmes : names or CSV files; none: use per head moves
    to that of the income group.
    years : first and last of the plan; else those of the programmes, else ten from 2015. until : from a
    country's figures and prices known by then alone.
    overrides : a folder with tables of one's own that stand in for the atlas's.

    Raises
    ------
    UsageError : what is asked for contradicts itself, or the atlas lacks a figure without which there is no case; in one sentence.
    CaseError : with every fault of the overrides.
    """
    country = find_country(host)
    sellers = checked_suppliers(suppliers, country.code)
    plans = [find_programme(text, country.code) for text in programmes]
    first, last = _years(years, plans)
    base = first - 1
    book = Assumptions(until)
    own = read_overrides(overrides, country) if overrides is not None else NOTHING
    places = own.places or distinct_names((*markets(country), *gates(country, sellers)))
    needs = yearly_needs(country, base, first, last, plans, book)
    title = f"{country.name}, {', '.join(plan.title for plan in plans) or 'catching up'}, {first} to {last}"
    question = Question(country, sellers, base, first, last, discount_rate, title, needs)
    ways = Ways(country, sellers, places, base, book, own.modes)
    frames = tables_of(question, places, ways, book)
    _weigh(frames, needs, book)
    frames = laid_over(frames, own, book, *(name for name in TABLES if name != "changes"))
    frames["changes"] = scenarios(question, places, frames, book.used[NEEDS, GROWTH].value)
    frames = laid_over(frames, own, book, "changes")
    settings = {
        "title": title,
        "description": f"Which lines would {country.name} build, where, when and with whose equipment, and what would it go on importing? "
        "Made by the atlas; what it rests on stands in ASSUMPTIONS.md.",
        "currency": "million USD",
        "price_year": base,
        "base_year": base,
        "timing": "end",
        "discount_rate": discount_rate,
        "solver": {"gap": GAP},
    }
    lead = (
        f"Made by the atlas of capcoop from {country.name}, {', '.join(plan.name for plan in plans) or 'no programme'}, suppliers "
        f"{', '.join(sellers)}. Amounts are kt a year (GWh, TJ), money is of {base}, discounted at {100 * discount_rate:g} % a year. "
        "Exports are not offered. The rows of the tables carry the same sources."
    )
    return Made(Content(title, settings, frames), text_of(book, title, lead))


def checked_suppliers(suppliers: Sequence[str] | None, host: str = "") -> tuple[str, ...]:
    """Return the codes of suppliers, China and Germany unless said; raises UsageError where one is unknown, there twice, or the host."""
    if suppliers is None:
        return tuple(code for code in SUPPLIERS if code != host)
    found = [find_country(text).code for text in suppliers]
    twice = next((code for code in found if found.count(code) > 1), None)
    if twice:
        raise UsageError(f"--supplier {twice} is there twice; name each supplier once")
    if host in found:
        raise UsageError(f"--supplier {host} is the host itself; name the countries that sell equipment")
    if not found:
        raise UsageError("no supplier is named; write --supplier CHN, for example")
    return tuple(found)


def _years(years: tuple[int, int] | None, plans: Sequence[Programme]) -> tuple[int, int]:
    if years is not None:
        return checked_years(years)
    first = max(min((plan.first for plan in plans), default=BASE + 1), FIRST_YEAR + 1)
    return first, first + YEARS - 1


def checked_years(years: tuple[int, int]) -> tuple[int, int]:
    """Return the first and the last year of a plan; raises UsageError where they are no span, or begin outside the data."""
    first, last = years_of(f"{years[0]}-{years[1]}")
    if first == FIRST_YEAR:
        raise UsageError(f"the years {first}-{last} leave no year before them whose figures are known; begin in {first + 1} or later")
    return first, last


def _weigh(frames: dict[str, pl.DataFrame], needs: pl.DataFrame, book: Assumptions) -> None:
    """Tell the collection how much money a year moves with each need, price and capacity: amounts at the cheapest landed price."""
    bought = frames["purchases"].filter(pl.col("site").is_not_null())
    cheapest = dict(bought.group_by("product").agg(pl.col("price").min()).iter_rows())
    growth = book.used[NEEDS, GROWTH].value / 100
    mean = needs.group_by("product", maintain_order=True).agg(pl.col("ordinary").mean(), pl.col("programme").mean(), pl.len())
    for product, ordinary, programme, years in mean.iter_rows():
        money = cheapest.get(product, 0.0) / 1000
        book.weigh(NEEDS, f"{product} in an ordinary year", ordinary * money)
        book.weigh(NEEDS, f"{product} beyond ordinary needs, mean year", programme * money)
        book.weigh(NEEDS, GROWTH, ordinary * money * growth * years / 2)
        for topic, name in list(book.used):
            if topic == PRICES and (name.startswith(f"{product} of") or name == f"{product} where it is made"):
                book.weigh(topic, name, (ordinary + programme) * money)
            elif topic == CAPACITY and name.startswith(f"{PRODUCTS[EXISTING[product][1]].title} in"):
                book.weigh(topic, name, min(book.used[topic, name].value, ordinary + programme) * money)


def write_made(made: Made, target: str | Path) -> tuple[Path, Path]:
    """Write a case, and ASSUMPTIONS.md inside its folder or beside its file; return both places."""
    path = Path(target)
    formats.write(made.content, path)
    told = path / FILE if path.is_dir() else path.with_name(f"{path.stem}-{FILE}")
    try:
        told.write_text(made.assumptions, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{printable(str(told))} cannot be written: {error.strerror}") from error
    return path, told
