"""The gap: what a country will want of each product, in ordinary years and for its programme, against what it can make.

Figures of what is made and can be made are those nearest to the base year, no more than LATER years after it: later ones would count
what the programme has built. Where capacity is unknown or a lower bound, the gap is no more than what that or the output leaves. Steel
for building is the exception: mills make other kinds too, so the gap is no less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from capcoop.atlas.countries import countries, find_country
from capcoop.atlas.demand import catching_up, derived, income_group, ordinary_demand, product_names
from capcoop.atlas.figures import Figure, by_country
from capcoop.atlas.products import PRODUCTS
from capcoop.atlas.programmes import NO_INTENSITY, Programme, built_in_programmes, find_programme, needs_of
from capcoop.atlas.years import years_of
from capcoop.errors import UsageError, printable, suggestion

LATER = 5
LEAST = re.compile("lower bound|incomplete|listed plants only")
LEVELS = ("low", "central", "high")
TEMIRTAU = "interfax.com 57228: Temirtau 2011, 3.684 Mt crude and 3.165 Mt rolled"
CRUDE = Figure(1.164, None, None, "t/t", 2011, TEMIRTAU, verified=False)  # crude steel for a tonne rolled
BUILDING_STEEL = "finished_steel"
FACTS = {
    "country": pl.String,
    "product": pl.String,
    "unit": pl.String,
    "base": pl.Float64,
    "base_year": pl.Int32,
    "growth": pl.Float64,
    "capacity": pl.Float64,
    "capacity_at_least": pl.Float64,
    "capacity_year": pl.Int32,
    "production": pl.Float64,
    "production_year": pl.Int32,
    "rank": pl.Int32,
    "ranked": pl.Int32,
    "share_imported": pl.Float64,
    "share_year": pl.Int32,
    "no_plant": pl.Boolean,
    "missing": pl.String,
}


@dataclass(frozen=True)
class Gap:
    """What is missing, product by product.

    products : a row for each country and product, amounts a year as the mean of the years asked: ordinary, programme (low, central,
    high), demand, capacity or capacity_at_least, gap_low, gap, gap_high or gap_at_most or gap_at_least; share_imported, no_plant, rank of
    the ranked, and the years of the figures. years : country, product, year, unit, ordinary, low, central, high (of the programme).
    Unknown is null; where nothing is known of what the programme takes, demand is the ordinary one.
    """

    first: int
    last: int
    programme: str
    products: pl.DataFrame
    years: pl.DataFrame
    notes: tuple[str, ...]


def ask(country: str | None, programmes: Sequence[str], years: str, product: str, *, everything: bool) -> Gap:
    """Return the gap of a country, or of every one, that words ask for.

    Raises
    ------
    UsageError : an unknown country, programme or product, years that cannot be, or both one country and all.
    """
    first, last = years_of(years)
    if everything:
        if country is not None or programmes:
            raise UsageError("--all shows every country on its way to its income group; leave out the country and --programme")
        if product not in product_names():
            raise UsageError(f"'{printable(product)}' is no product of a gap; {suggestion(product, product_names())}")
        return gaps_of_all(first, last)
    if country is None:
        raise UsageError("name a country, such as KAZ, or write --all")
    code = find_country(country).code
    return gap_of(code, first, last, [find_programme(name, code) for name in dict.fromkeys(programmes)])


def record(found: Gap) -> dict[str, Any]:
    """Return a gap as plain values for machines."""
    span = {"first": found.first, "last": found.last, "programme": found.programme}
    return {**span, "products": found.products.to_dicts(), "years": found.years.to_dicts(), "notes": list(found.notes)}


def gap_of(country: str, first: int, last: int, programmes: Sequence[Programme] = (), until: int | None = None) -> Gap:
    """Return the gap of a country in the years from first to last.

    Without a programme, use per head moves towards that of the country's income group. With `until` no figure of later years is used.
    """
    base = first - 1
    if programmes:
        needs = needs_of(programmes, first, last)
        title = ", ".join(f"{one.title} ({one.first}-{one.last})" for one in programmes)
    else:
        needs = catching_up(country, first, last, base, until)
        title = _default_title(country, base, until)
    notes = [*_notes_of(programmes, first, last), *_own(country, programmes)]
    return _gap([country], needs.with_columns(country=pl.lit(country)), (first, last), title, notes, until)


def gaps_of_all(first: int, last: int, until: int | None = None) -> Gap:
    """Return the gaps of all countries, each moving towards the use per head of its income group."""
    needs = [catching_up(country, first, last, first - 1, until).with_columns(country=pl.lit(country)) for country in countries()]
    title = "use per head moves towards that of the income group"
    return _gap(list(countries()), pl.concat(needs), (first, last), title, [], until)


def _default_title(country: str, base: int, until: int | None) -> str:
    group = income_group(country, base, until)
    return "no programme" if group is None else f"use per head moves towards that of countries of {group[0]} income"


def _notes_of(programmes: Iterable[Programme], first: int, last: int) -> list[str]:
    """Say what of programmes is not in the figures."""
    notes = []
    for one in programmes:
        bare = one.left_out.filter(pl.col("reason") == NO_INTENSITY).get_column("item").to_list()
        if bare:
            notes.append(f"{one.title}, not counted for want of an intensity: {', '.join(bare)}")
        if one.items.is_empty():
            reasons = ", ".join(one.left_out.filter(pl.col("reason") != NO_INTENSITY).get_column("reason").unique(maintain_order=True))
            notes.append(f"{one.title}: what it takes is unknown, as it states nothing that can be counted ({reasons or NO_INTENSITY})")
        elif one.last < first or one.first > last:
            notes.append(f"{one.title} builds in {one.first}-{one.last}, in none of the years asked for")
    return notes


def _own(country: str, programmes: Sequence[Programme]) -> list[str]:
    own = [one.name for one in built_in_programmes().values() if one.country == country]
    return [f"programmes of the country: {', '.join(own)} (--programme)"] if own and not programmes else []


def _gap(codes: list[str], needs: pl.DataFrame, span: tuple[int, int], title: str, notes: list[str], until: int | None) -> Gap:
    """Return the gap of countries with what their programmes need (country, year, product, low, central, high)."""
    first, last = span
    facts = pl.DataFrame([_facts(code, product, first - 1, until) for code in codes for product in product_names()], FACTS, orient="row")
    grid = facts.join(pl.DataFrame({"year": range(first, last + 1)}, {"year": pl.Int32}), how="cross")
    ordinary = pl.col("base") * (1 + pl.col("growth") / 100) ** (pl.col("year") - pl.col("base_year"))
    keys = ["country", "product", "year"]
    extra = needs.group_by(keys).agg(pl.col(*LEVELS).sum())
    grid = grid.with_columns(ordinary=ordinary).join(extra, on=keys, how="left", maintain_order="left")
    taken = pl.col("central").is_not_null().any().over("country", "product")  # else nothing is known of what the programme takes
    grid = grid.with_columns(pl.when(taken).then(pl.col(level).fill_null(0.0)).alias(level) for level in LEVELS)
    wanted = {level: pl.col("ordinary") + pl.col(level).fill_null(0.0) for level in LEVELS}
    bars = pl.col("product") == BUILDING_STEEL
    over = (wanted["central"] - pl.col("capacity_at_least")).clip(0)
    grid = grid.with_columns(
        *((wanted[level] - pl.col("capacity")).clip(0).alias(f"gap_{level}") for level in LEVELS),
        demand=wanted["central"],
        gap_at_most=pl.when(pl.col("capacity").is_null() & ~bars).then(over),
        gap_at_least=pl.when(pl.col("capacity").is_null() & bars).then(over),
    )
    amounts = ("ordinary", *LEVELS, "demand", *(f"gap_{level}" for level in LEVELS), "gap_at_most", "gap_at_least")
    means = grid.group_by("country", "product", maintain_order=True).agg(
        pl.when(pl.col(n).is_not_null().all()).then(pl.col(n).mean()).first().alias(n) for n in amounts
    )
    names = {level: "programme" if level == "central" else f"programme_{level}" for level in LEVELS} | {"gap_central": "gap"}
    facts = facts.insert_column(
        1, facts.get_column("country").replace_strict({one.code: one.name for one in countries().values()}).alias("name")
    )
    products = facts.drop("base", "base_year", "growth").join(means.rename(names), on=["country", "product"], maintain_order="left")
    return Gap(first, last, title, products, grid.select(*keys, "unit", "ordinary", *LEVELS), tuple(notes))


def _facts(country: str, product: str, base: int, until: int | None) -> tuple[object, ...]:
    demand = ordinary_demand(country, product, base, until)
    (capacity, whole), made = capacity_of(country, product, base, until), production(product, base, until).get(country)
    share = share_imported(country, product, base, until)
    growth = None if demand.growth is None else demand.growth.value
    can, dated = _dated(capacity)
    cells = (*_dated(demand.base), growth, can if whole else None, None if whole else can, dated, *_dated(made))
    no_plant = None if capacity is None else capacity.value == 0 and whole
    return country, product, demand.unit, *cells, *_rank(country, product, base, until), *_dated(share), no_plant, demand.missing


def _dated(one: Figure | None) -> tuple[float | None, int | None]:
    return (None, None) if one is None else (one.value, one.year)


@lru_cache(maxsize=512)
def _known(metric: str, output: str, year: int, until: int | None) -> dict[str, Figure]:
    latest = year + LATER if until is None else min(until, year + LATER)
    return by_country("output", metric, output, year, until=latest)


@lru_cache(maxsize=256)
def production(product: str, year: int, until: int | None = None) -> dict[str, Figure]:
    """Return what every country is known to make; rolled steel by its crude steel where only that is known."""
    stated = _known("production", PRODUCTS[product].output, year, until)
    if product != BUILDING_STEEL:
        return stated
    crude, rule = _known("production", "crude_steel", year, until), "all rolled steel, from crude steel"
    return {code: derived(one.value / CRUDE.value, "kt", rule, one, CRUDE) for code, one in crude.items()} | stated


@lru_cache(maxsize=8192)
def capacity_of(country: str, product: str, year: int, until: int | None = None) -> tuple[Figure | None, bool]:
    """Return what a country can make of a product, and whether that is all; False: at least that, or unknown."""
    stated = _known("capacity", PRODUCTS[product].output, year, until).get(country)
    made = production(product, year, until).get(country)
    if stated is not None and stated.unit != PRODUCTS[product].unit:  # power plants are counted in MW
        stated = None
    if stated is None:
        if made is None:
            return None, False
        rule = "nothing is made" if made.value == 0 else "capacity is no less than production"
        return derived(made.value, made.unit, rule, made), made.value == 0
    whole = LEAST.search(stated.note) is None
    if made is not None and made.value > stated.value:
        return derived(made.value, made.unit, "production, which is more than the capacity stated", made, stated), whole
    return stated, whole


@lru_cache(maxsize=8192)
def share_imported(country: str, product: str, year: int, until: int | None = None) -> Figure | None:
    """Return the part of consumption that comes from abroad, 0 to 1, where trade is known; None: unknown."""
    output = PRODUCTS[product].output
    used, bought, net = (_known(metric, output, year, until).get(country) for metric in ("consumption", "imports", "net_imports"))
    if used is not None and used.value > 0 and bought is not None:
        return derived(min(1.0, bought.value / used.value), "share", "imports / consumption", bought, used)
    if used is not None and used.value > 0 and net is not None:
        return derived(min(1.0, max(0.0, net.value / used.value)), "share", "net imports / consumption", net, used)
    made = production(product, year, until).get(country)
    return derived(1.0, "share", "nothing is made at home", made) if made is not None and made.value == 0 else None


def _rank(country: str, product: str, year: int, until: int | None) -> tuple[int | None, int | None]:
    """Return the place of a country among those that are known to make a product, and how many these are."""
    made = {code: one.value for code, one in production(product, year, until).items() if one.value > 0}
    if country not in made:
        return None, len(made) or None
    return 1 + sum(value > made[country] for value in made.values()), len(made)
