"""Ordinary demand: what a country uses of a product in a year without any programme, by figures where there are some, else by rules.

    cement           consumption; else production + net imports; else production; else the median per head of the income group
    finished_steel   bars for building: STEEL_OF_CEMENT x cement
    flat_glass       GLASS_OF_CEMENT x cement
    aluminium, copper  the world's output x the country's share in the world's GDP
    urea             the world's output of ammonia, the part of it that becomes urea, x the share in the world's population
    electricity, refined_products  consumption

It grows with GDP. Every figure carries its sources and the rule that made it; what no rule gives is unknown, with what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median, quantiles

import polars as pl

from capcoop.atlas.figures import WORLD, Figure, by_country, figure
from capcoop.atlas.products import PRODUCTS

# Income per head in USD up to which the World Bank calls a country's low, lower middle, upper middle: by year.
THRESHOLDS = {2014: (1045.0, 4125.0, 12735.0), 2023: (1145.0, 4515.0, 14005.0)}
GROUPS = ("low", "lower middle", "upper middle", "high")
GROUP_SOURCE = "World Bank, income groups (from memory, unverified)"
# The world's cement in the year of the latest figure of its flat glass, kt.
WORLD_CEMENT = Figure(3_310_000.0, None, None, "kt", 2010, "USGS, world cement production 2010 (from memory, unverified)", verified=False)
UREA_SHARE = Figure(
    0.55, None, None, "t/t", None, "share of the world's ammonia that becomes urea (from memory, unverified)", verified=False
)
UREA_NITROGEN = 0.46
LEAST_GROWTH, MOST_GROWTH = 0.0, 8.0
CATCH_UP_YEARS = 10
SCALED = {"aluminium": "aluminium_primary", "copper": "copper_refined"}
STATED = ("electricity", "refined_products")


@dataclass(frozen=True)
class Demand:
    """The ordinary demand for one product.

    base : a year's amount; growth : % a year. Where they are None, `missing` tells what the rules would need.
    """

    product: str
    unit: str
    base: Figure | None
    growth: Figure | None
    missing: str = ""

    def in_year(self, year: int) -> float | None:
        """Return the demand in a year; None: unknown."""
        if self.base is None or self.growth is None or self.base.year is None:
            return None
        return float(self.base.value * (1 + self.growth.value / 100) ** (year - self.base.year))


def derived(value: float, unit: str, rule: str, *inputs: Figure, low: float | None = None, high: float | None = None) -> Figure:
    """Return a figure that a rule makes of others: their sources joined, verified where all are, of the year of the first."""
    sources = dict.fromkeys(source for one in inputs for source in one.source.split(" | ") if source)
    rules = dict.fromkeys(part for part in (*(one.rule for one in inputs), rule) if part)
    verified = all(one.verified for one in inputs)
    return Figure(value, low, high, unit, inputs[0].year, " | ".join(sources), verified, rule="; ".join(rules))


def product_names() -> tuple[str, ...]:
    """Return the products whose demand is known by a figure or a rule."""
    return tuple(_RULES)


@lru_cache(maxsize=8192)
def ordinary_demand(country: str, product: str, year: int, until: int | None = None) -> Demand:
    """Return the demand of a country for a product, from the figures nearest to `year`; with `until` from those known by then alone."""
    base, missing = _RULES[product](country, product, year, until)
    growth = growth_of(country, year, until)
    if base is not None and growth is None:
        missing = "its growth of GDP"
    return Demand(product, PRODUCTS[product].unit, base, growth, missing)


@lru_cache(maxsize=1024)
def growth_of(country: str, year: int, until: int | None = None) -> Figure | None:
    """Return by how much demand grows, % a year: as GDP in the year nearest, held within LEAST_GROWTH and MOST_GROWTH.

    The range takes in the mean of GDP growth over ten years. Without a figure it is the median of all countries.
    """
    known = by_country("conditions", "gdp_growth", None, year, until=until)
    means = by_country("conditions", "gdp_growth_mean", None, year, until=until)
    if not known:
        return None
    one, mean = known.get(country), means.get(country)
    if one is None:
        middle = median(other.value for other in known.values())
        return Figure(middle, None, None, "%/y", year, "", verified=False, rule="median growth of GDP of all countries")
    held = [min(max(value, LEAST_GROWTH), MOST_GROWTH) for value in (one.value, one.value if mean is None else mean.value)]
    rule = "demand grows with GDP"
    if held[0] != one.value:
        rule += f", held within {LEAST_GROWTH:g} and {MOST_GROWTH:g} % a year ({one.value:g} % stated)"
    return derived(held[0], "%/y", rule, one, low=min(held), high=max(held))


@lru_cache(maxsize=1024)
def income_group(country: str, year: int, until: int | None = None) -> tuple[str, Figure] | None:
    """Return the income group of a country and the GDP per head that puts it there; None: unknown."""
    wealth = _wealth(country, year, until)
    if wealth is None:
        return None
    steps = THRESHOLDS[min(THRESHOLDS, key=lambda known: abs(known - year))]
    return GROUPS[sum(wealth.value > step for step in steps)], wealth


def _wealth(country: str, year: int, until: int | None) -> Figure | None:
    stated = by_country("conditions", "gdp_per_capita", None, year, until=until).get(country)
    gdp, people = _gdp(year, until).get(country), population(year, until).get(country)
    if stated is not None or gdp is None or people is None:
        return stated
    return derived(gdp.value * 1e6 / people.value, "USD/person", "GDP / population", gdp, people)


def population(year: int, until: int | None = None) -> dict[str, Figure]:
    """Return the persons of every country nearest to a year."""
    return by_country("countries", "population", None, year, until=until)


def _gdp(year: int, until: int | None) -> dict[str, Figure]:
    return by_country("countries", "gdp", None, year, until=until)


def _output(metric: str, product: str, year: int, until: int | None) -> dict[str, Figure]:
    return by_country("output", metric, PRODUCTS[product].output, year, until=until)


def _used(country: str, product: str, year: int, until: int | None) -> Figure | None:
    """Return what a country is known to use: its consumption, else its output with trade, else its output alone."""
    used, made, net = (_output(metric, product, year, until).get(country) for metric in ("consumption", "production", "net_imports"))
    if used is not None:
        return used
    if made is None:
        return None
    if net is not None and net.year == made.year:
        return derived(made.value + net.value, made.unit, "production + net imports", made, net)
    return derived(made.value, made.unit, "production stands for consumption: its trade is not known", made)


@lru_cache(maxsize=256)
def per_head(product: str, group: str, year: int, until: int | None = None) -> tuple[float, float, float] | None:
    """Return the lower quartile, median and upper quartile of use per head in an income group, of countries whose use is known."""
    uses = []
    for country, people in population(year, until).items():
        used, income = _used(country, product, year, until), income_group(country, year, until)
        if used is not None and income is not None and income[0] == group:
            uses.append(used.value / people.value)
    return None if len(uses) < 4 else (quantiles(uses)[0], median(uses), quantiles(uses)[2])


Found = tuple[Figure | None, str]


def _cement(country: str, product: str, year: int, until: int | None) -> Found:
    used = _used(country, product, year, until)
    if used is not None:
        return used, ""
    people, income = population(year, until).get(country), income_group(country, year, until)
    if people is None or income is None:
        return None, "its population" if people is None else "its GDP per head"
    heads = per_head(product, income[0], year, until)
    if heads is None:
        return None, f"cement of countries of {income[0]} income"
    low, middle, high = (one * people.value for one in heads)
    rule = f"median per head of countries of {income[0]} income, {1e6 * heads[1]:.0f} kg; {GROUP_SOURCE}"
    found = derived(middle, "kt", rule, people, income[1], low=low, high=high)
    return replace(found, verified=False), ""


def _of_cement(country: str, product: str, year: int, until: int | None) -> Found:
    cement, missing = _cement(country, "cement", year, until)
    if cement is None:
        return None, missing
    rate = rate_to_cement(product)
    spread = [None if end is None else end * rate.value for end in (cement.low, cement.high)]
    return derived(cement.value * rate.value, "kt", rate.note, cement, rate, low=spread[0], high=spread[1]), ""


@lru_cache
def rate_to_cement(product: str) -> Figure:
    """Return the tonnes of steel bars or flat glass that go with a tonne of cement; `note` says how it was found."""
    if product == "finished_steel":
        kilograms = [figure("intensities", "building_rc_asia", metric) for metric in ("steel", "cement")]
        why = "steel for building alone, {:.3f} t per t of cement as in reinforced concrete buildings of Asia"
    else:
        kilograms = [figure("output", "flat_glass", "production", WORLD, year=WORLD_CEMENT.year), WORLD_CEMENT]
        why = "flat glass with cement as in the world of 2010, {:.4f} t per t"
    over, under = kilograms
    if over is None or under is None:
        raise LookupError(f"the package has no figure of {product}")
    rate = derived(over.value / under.value, "t/t", "", over, under)
    return replace(rate, note=why.format(rate.value))


def _scaled(country: str, product: str, year: int, until: int | None) -> Found:
    made = figure("output", SCALED[product], "production", WORLD, year=year, until=until)
    gdp, world = _gdp(year, until).get(country), sum(one.value for one in _gdp(year, until).values())
    if made is None or gdp is None:
        return None, "its GDP" if gdp is None else "the world's output"
    return derived(made.value * gdp.value / world, "kt", "the world's output x the share in the GDP of all countries (weak)", made, gdp), ""


def _urea(country: str, product: str, year: int, until: int | None) -> Found:  # noqa: ARG001  (rules are called alike)
    nitrogen = figure("output", "ammonia_N", "production", WORLD, year=year, until=until)
    people, world = population(year, until).get(country), sum(one.value for one in population(year, until).values())
    if nitrogen is None or people is None:
        return None, "its population" if people is None else "the world's output of ammonia"
    value = nitrogen.value * UREA_SHARE.value / UREA_NITROGEN * people.value / world
    rule = f"the world's ammonia x {UREA_SHARE.value:g} that becomes urea / {UREA_NITROGEN:g} N x the share in the population (weak)"
    return derived(value, "kt", rule, nitrogen, UREA_SHARE, people), ""


def _stated(country: str, product: str, year: int, until: int | None) -> Found:
    used = _used(country, product, year, until)
    return used, "" if used is not None else "its consumption"


_RULES: dict[str, Callable[[str, str, int, int | None], Found]] = {
    "cement": _cement,
    **dict.fromkeys(("finished_steel", "flat_glass"), _of_cement),
    **dict.fromkeys(SCALED, _scaled),
    "urea": _urea,
    **dict.fromkeys(STATED, _stated),
}


def catching_up(country: str, first: int, last: int, base: int, until: int | None = None) -> pl.DataFrame:
    """Return what a country needs beyond its ordinary demand when its use per head moves to that of its income group, as `explode` does.

    The way is even and takes CATCH_UP_YEARS from `base`; a country above its group needs nothing more. Low and high move to the quartiles.
    """
    rows = []
    people, income = population(base, until).get(country), income_group(country, base, until)
    for product in ("cement", "finished_steel", "flat_glass", "electricity"):
        own, heads = ordinary_demand(country, product, base, until).base, None
        if people is not None and income is not None:
            heads = per_head("electricity" if product == "electricity" else "cement", income[0], base, until)
        if own is None or heads is None or people is None or income is None:
            continue
        rate = 1.0 if product in {"cement", "electricity"} else rate_to_cement(product).value
        short = [max(0.0, one * rate * people.value - own.value) for one in heads]
        rows += [(year, product, *(min((year - base) / CATCH_UP_YEARS, 1) * one for one in short)) for year in range(first, last + 1)]
    frame = pl.DataFrame(
        rows, [("year", pl.Int32), ("product", pl.String), *((n, pl.Float64) for n in ("low", "central", "high"))], orient="row"
    )
    told = "" if income is None else f"use per head moves to that of countries of {income[0]} income in {CATCH_UP_YEARS} years"
    unit = pl.col("product").replace_strict({name: PRODUCTS[name].unit for name in _RULES})
    return frame.with_columns(
        unit=unit, asset=pl.lit("use_per_head"), item=pl.lit(told), source=pl.lit(GROUP_SOURCE), verified=pl.lit(value=False)
    )
