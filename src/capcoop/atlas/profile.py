"""One country as the atlas knows it: what it makes, can make, uses and trades; its power; its conditions; its ties; what is unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from capcoop.atlas.countries import Country, find_country
from capcoop.atlas.figures import WEAK, Figure, chosen, nearest, rows, table
from capcoop.atlas.indicators import GROUPS, INDICATORS, Indicator
from capcoop.atlas.products import PRODUCTS, Product
from capcoop.atlas.sources import credits_of, parts_of
from capcoop.atlas.standing import Standing, standing_of_output, standings
from capcoop.atlas.ties import Ties, suppliers, ties_of
from capcoop.errors import UsageError

METRICS = ("production", "capacity", "consumption", "imports", "exports")
# Ammonia is counted by its nitrogen where its production is; trade in electricity stands among the figures of grids.
ELSEWHERE = {
    ("ammonia", "production"): ("output", "ammonia_N", "production"),
    ("electricity", "imports"): ("grid", "", "electricity_imports"),
    ("electricity", "exports"): ("grid", "", "electricity_exports"),
}
FUELS = {
    name: name.replace("_", " ")
    for name in ("coal", "gas", "oil", "nuclear", "hydro", "pumped_storage", "wind", "solar", "biomass", "geothermal", "other")
} | {"fossil": "all fossil together"}
# Names of groups of goods that read badly without their underscores.
GOODS = {
    "light_industry_footwear": "footwear",
    "light_industry_textiles": "textiles and clothing",
    "plastics_rubber": "plastics and rubber",
    "stone_glass_gems": "stone, glass and gems",
    "wood_paper": "wood and paper",
}
# How the sources of a country's name and risk class begin, which the rows of its people and money name as well.
FACTS = ("name/region/centroid:", "OECD country risk classification")
DEFAULT_SUPPLIER = "CHN"
Rows = Mapping[tuple[str, str, str], pl.DataFrame]


@dataclass(frozen=True)
class ProductFigures:
    """What is known of one product in one country; None is unknown, which is not zero. `standing` ranks its production."""

    product: Product
    production: Figure | None
    capacity: Figure | None
    consumption: Figure | None
    imports: Figure | None
    exports: Figure | None
    standing: Standing | None

    @property
    def known(self) -> bool:
        """Whether any figure is known."""
        return any(getattr(self, metric) is not None for metric in METRICS)


@dataclass(frozen=True)
class Fuel:
    """Power of one fuel.

    generation : GWh; share : percent of all generation of that year. capacity : MW by statistics; listed : MW of the plants in a list of
    plants, another reading of the same. The two are never added up.
    """

    fuel: str
    generation: Figure | None
    share: float | None
    capacity: Figure | None
    listed: Figure | None


@dataclass(frozen=True)
class Condition:
    """One condition of a country, and its place among all countries."""

    indicator: Indicator
    figure: Figure
    standing: Standing | None


@dataclass(frozen=True)
class Unknown:
    """What no row tells of: titles of products, conditions and ties, and of figures of products that are known in part."""

    products: tuple[str, ...]
    conditions: tuple[str, ...]
    ties: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """A country. `year` is the year asked for, None for the latest; `ties` is None where the country is the default supplier itself."""

    country: Country
    year: int | None
    products: tuple[ProductFigures, ...]
    power: tuple[Fuel, ...]
    conditions: tuple[Condition, ...]
    export_shares: tuple[tuple[str, Figure], ...]
    ties: Ties | None
    programmes: tuple[str, ...]
    unknown: Unknown


def profile(country: str, supplier: str | None = None, year: int | None = None) -> Profile:
    """Return what the atlas knows of a country, with its ties to a supplier (China unless said).

    Figures are those nearest to `year`, the earlier of two as near; without one, the latest. Each has its own year.

    Raises
    ------
    UsageError : no such country or supplier, the two are the same, or the atlas does not reach that year.
    """
    host = find_country(country)
    partner = find_country(supplier or DEFAULT_SUPPLIER)
    if partner == host and supplier is not None:
        raise UsageError(f"--supplier {supplier}: {host.name} cannot be its own supplier; name another country")
    first, last = years_of_figures()
    if year is not None and not first <= year <= last:
        raise UsageError(f"--year {year}: the atlas has figures of {first} to {last}")
    own = _rows_of(host.code)
    products = tuple(_product(own, host.code, product, year) for product in PRODUCTS.values())
    conditions = _conditions(own, host.code, year)
    ties = None if partner == host else ties_of(host, partner, year)
    told = {condition.indicator.metric for condition in conditions}
    unknown = Unknown(
        tuple(one.product.title for one in products if not one.known),
        tuple(indicator.title for metric, indicator in INDICATORS.items() if metric not in told),
        ties.unknown if ties else (),
    )
    return Profile(host, year, products, _power(own, year), conditions, _export_shares(own, year), ties, _programmes(host.code), unknown)


def years_of_figures() -> tuple[int, int]:
    """Return the first and the last year for which the atlas can be asked: those in which it counts people."""
    years = rows("conditions", metric="population").get_column("year")
    return int(years.min()), int(years.max())  # type: ignore[arg-type]


def _rows_of(country: str) -> Rows:
    """Return the rows of a country by theme, subject and metric; those on a pair of countries are left out."""
    frame = table("figures").filter(pl.col("country") == country, pl.col("partner").is_null())
    keys = ["theme", "subject", "metric"]
    parts = frame.partition_by(keys, as_dict=True, maintain_order=True)
    return {(str(theme), str(subject or ""), str(metric)): part for (theme, subject, metric), part in parts.items()}


def _figure(own: Rows, year: int | None, theme: str, subject: str, metric: str) -> Figure | None:
    frame = own.get((theme, subject, metric))
    return None if frame is None else chosen(nearest(frame, year))


def _product(own: Rows, country: str, product: Product, year: int | None) -> ProductFigures:
    def at(metric: str) -> tuple[str, str, str]:
        return ELSEWHERE.get((product.name, metric), ("output", product.output, metric))

    found = {metric: _figure(own, year, *at(metric)) for metric in METRICS}
    made = found["production"]
    standing = standing_of_output(country, at("production")[1], year if year is not None else made.year) if made else None
    return ProductFigures(product, **found, standing=standing)


def _power(own: Rows, year: int | None) -> tuple[Fuel, ...]:
    out = []
    for fuel, title in FUELS.items():
        generation = _figure(own, year, "output", f"electricity_{fuel}", "production")
        listed = _figure(own, year, "output", f"electricity_{fuel}", "capacity")
        capacity = _figure(own, year, "grid", "", f"capacity_{fuel}")
        all_of = own.get(("output", "electricity", "production"))
        whole = chosen(all_of.filter(pl.col("year") == generation.year)) if generation and all_of is not None else None
        share = 100 * generation.value / whole.value if generation and whole and whole.value else None
        if generation or listed or capacity:
            out.append(Fuel(title, generation, share, capacity, listed))
    return tuple(out)


def _conditions(own: Rows, country: str, year: int | None) -> tuple[Condition, ...]:
    found = {
        metric: one for metric, indicator in INDICATORS.items() if (one := _figure(own, year, indicator.theme, "", metric)) is not None
    }
    places: dict[str, Standing] = {}
    for theme in {INDICATORS[metric].theme for metric in found}:
        years = {m: f.year for m, f in found.items() if INDICATORS[m].theme == theme and INDICATORS[m].ranked and f.year is not None}
        places |= standings(theme, country, years)
    return tuple(Condition(INDICATORS[metric], one, places.get(metric)) for metric, one in found.items())


def _export_shares(own: Rows, year: int | None) -> tuple[tuple[str, Figure], ...]:
    """Return the shares of the world's exports by group of goods, the largest first."""
    groups = [(subject, frame) for (theme, subject, metric), frame in own.items() if (theme, metric) == ("supply", "world_export_share")]
    found = [
        (GOODS.get(subject, subject.replace("_", " ")), one)
        for subject, frame in groups
        if (one := chosen(nearest(frame, year))) is not None
    ]
    return tuple(sorted(found, key=lambda pair: (-pair[1].value, pair[0])))


def _programmes(country: str) -> tuple[str, ...]:
    found = table("programmes").filter(pl.col("country") == country).group_by("programme").agg(pl.col("first").min(), pl.col("last").max())
    return tuple(
        name if str(first) in name else f"{name} ({first}-{last})" for name, first, last in found.sort("first", "programme").iter_rows()
    )


def as_record(told: Profile) -> dict[str, Any]:
    """Return the profile as plain values, for `--json` and for printing.

    A figure has value, low, high, unit, year, source, publishers, verified, note, rule, and `estimate`: its source calls it an estimate
    or a lower bound. What is unknown is null.
    """
    conditions: dict[str, list[dict[str, Any]]] = {group: [] for group in GROUPS}
    for one in told.conditions:
        named = {"indicator": one.indicator.metric, "title": one.indicator.title, "unit": one.indicator.unit}
        conditions[one.indicator.group].append(named | {"figure": _plain(one.figure), "standing": _place(one.standing)})
    return {
        "country": asdict(told.country) | _origin(told.country.code),
        "year": told.year,
        "products": [
            asdict(one.product)
            | {"title": one.product.title}
            | {metric: _plain(getattr(one, metric)) for metric in METRICS}
            | {"standing": _place(one.standing)}
            for one in told.products
        ],
        "power": [
            {"fuel": one.fuel, "share": one.share} | {name: _plain(getattr(one, name)) for name in ("generation", "capacity", "listed")}
            for one in told.power
        ],
        "conditions": conditions,
        "export_shares": [{"goods": goods, "figure": _plain(one)} for goods, one in told.export_shares],
        "ties": _ties_record(told.ties),
        "programmes": list(told.programmes),
        "unknown": asdict(told.unknown),
    }


def _origin(country: str) -> dict[str, Any]:
    facts = table("countries").filter(pl.col("country") == country).row(0, named=True)
    return {"risk_status": facts["risk_status"], "source": facts["source"], "publishers": _publishers(facts["source"])}


def _publishers(source: str) -> list[str]:
    return [one.publisher for one in credits_of([source])]


def _publishers_of_figure(source: str) -> list[str]:
    """Return the publishers of a figure; where its row names also those of the country's name and risk class, without them."""
    parts = [part for part in parts_of(source) if not part.startswith(FACTS)]
    return [one.publisher for one in credits_of(parts or [source])]


def _plain(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {**asdict(figure), "estimate": bool(re.search(WEAK, figure.note)), "publishers": _publishers_of_figure(figure.source)}


def _place(standing: Standing | None) -> dict[str, Any] | None:
    return None if standing is None else {**asdict(standing), "quartile": standing.quartile}


def _ties_record(ties: Ties | None) -> dict[str, Any] | None:
    if ties is None:
        return None
    lists = {
        name: [{"tie": one.tie, "title": one.title, "figure": _plain(one.figure), "words": one.words} for one in getattr(ties, name)]
        for name in ("shares", "money", "treaties")
    }
    trade = [{"year": one.year, "exports": _plain(one.exports), "imports": _plain(one.imports)} for one in ties.trade]
    return {"supplier": ties.supplier, "name": ties.name, "known": ties.known, "known_suppliers": suppliers(), "trade": trade, **lists}
