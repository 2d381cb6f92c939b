"""From a country, its needs and its suppliers to a complete case, every row with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.countries import Country
from capcoop.atlas.existing import building_share, existing_capacity
from capcoop.atlas.figures import Figure
from capcoop.atlas.governments import government_rows
from capcoop.atlas.lines import (
    CIVIL_SHARE,
    PLANTS,
    TECHNOLOGIES,
    TOPIC,
    Plant,
    emissions_of,
    jobs_of,
    lead_years,
    life_years,
    offers,
    recipes_of,
    running_cost,
    size_of,
    upkeep_cost,
)
from capcoop.atlas.sites import GATES, WORKS, Place
from capcoop.atlas.terms import loan_rows, open_rows, term_rows
from capcoop.atlas.ways import Ways
from capcoop.schema import TABLES

MONEY = {"currency": "thousand USD"}
# A line is offered where the country needs at least this share of what one of real size makes.
WORTH = 0.5
UNITS = {"electricity": "GWh", "coal": "TJ", "natural-gas": "TJ"}
# What is moved within the country, beside what is needed there.
MOVED = ("clinker",)
LOCAL, TRADED = ("limestone", "gypsum", "sand"), ("soda-ash", "scrap", "iron-ore", "coking-coal", "alumina", "coal")
# The line that existing capacity for a product is counted as, and the name of the product among figures of output.
EXISTING = {
    "cement": ("cement-mill", "cement"),
    "flat-glass": ("float-line", "flat_glass"),
    "steel": ("steelworks", "crude_steel"),
    "aluminium": ("aluminium-smelter", "aluminium"),
    "urea": ("urea-plant", "urea"),
}
SECTOR = {one.makes: one.sector for one in TECHNOLOGIES.values()}


@dataclass(frozen=True)
class Question:
    """What a case is about.

    base : the year whose figures are known; first, last : of the plan. suppliers : ISO codes, in the order of their wish.
    needs : product, year, ordinary, low, programme, high (kt a year; low to high are the programme's), source, verified, note.
    """

    host: Country
    suppliers: tuple[str, ...]
    base: int
    first: int
    last: int
    discount_rate: float
    title: str
    needs: pl.DataFrame


Rows = dict[str, list[dict[str, Any]]]


def tables_of(question: Question, places: tuple[Place, ...], ways: Ways, book: Assumptions) -> dict[str, pl.DataFrame]:
    """Return the tables of the case by name, each column in its kind."""
    peak = {product: float(value) for product, value in _peaks(question.needs).items()}
    plants = [plant for plant in PLANTS.values() if _worth(plant, peak, book)]
    lines = sorted(
        {line for plant in plants for line in _lines_of(plant)} | {EXISTING[product][0] for product in peak if product in EXISTING}
    )
    lines += ["cement-kiln"] if "cement-mill" in lines and "cement-kiln" not in lines else []
    rows: Rows = {name: [] for name in TABLES}
    rows["periods"] = [{"period": str(year), "start": year, "years": 1} for year in range(question.first, question.last + 1)]
    rows["sites"] = [_site(place) for place in places]
    add_lines(rows, lines, book)
    _add_stock(rows, question, peak, places, book)
    for plant in plants:
        _add_options(rows, plant, question, places, peak, book)
    made = {TECHNOLOGIES[line].makes for line in lines}
    used = {row["product"] for row in rows["recipes"]}
    _add_trade(rows, question, [product for product in (*peak, *MOVED) if product in made | set(peak)], places, ways)
    _add_inputs(rows, question, used - made, places, ways, book)
    rows["products"] = [
        {
            "product": name,
            "unit": UNITS.get(name, "kt"),
            "sector": SECTOR.get(name, ""),
            "channel": "power" if name == "electricity" else "logistics",
        }
        for name in sorted(used | set(peak))
    ]
    _add_terms(rows, question, places, book)
    frames = {name: typed(name, some) for name, some in rows.items() if some}
    return frames | {"needs": needs_table(question, places)}


def _add_terms(rows: Rows, question: Question, places: tuple[Place, ...], book: Assumptions) -> None:
    """Say how parties share, on what credit, and which terms are open."""
    host, base = question.host.code, question.base
    gates = tuple(sorted({place.owner for place in places if place.kind in GATES and place.owner != host}))
    rows["terms"] = term_rows(host, base, book, gates)
    rows["loans"] = loan_rows(host, question.suppliers, rows["options"], base, book)
    rows["negotiable"] = open_rows(book, loans=bool(rows["loans"]))
    rows["governments"] = government_rows(host, base, book)


def _peaks(needs: pl.DataFrame) -> dict[str, float]:
    total = needs.group_by("product", maintain_order=True).agg(
        pl.max_horizontal(pl.col("ordinary") + pl.col("programme")).max().alias("peak")
    )
    return dict(total.iter_rows())


def _lines_of(plant: Plant) -> tuple[str, ...]:
    return (plant.line, "cement-kiln", "cement-kiln-best") if plant.kiln else (plant.line,)


def _worth(plant: Plant, peak: dict[str, float], book: Assumptions) -> bool:
    """Return whether a plant of real size is not far too large for the country; noted where it is."""
    technology = TECHNOLOGIES[plant.line]
    need, size = peak.get(technology.makes, 0.0), size_of(technology.made_of, plant.size, book)
    if need and need < WORTH * size:
        book.miss(f"{plant.name} is not offered: one makes {size:,.0f} kt a year, and at most {need:,.0f} kt are needed.")
    return need >= WORTH * size


def typed(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as a table with the columns that any of them has, in the order of the schema."""
    kinds = {"number": pl.Float64, "flag": pl.Boolean}
    named = {column.name for row in rows for column in TABLES[table] if row.get(column.name) is not None}
    schema = {column.name: kinds.get(column.kind, pl.String) for column in TABLES[table] if column.name in named}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def cited(figure: Figure, note: str = "") -> dict[str, Any]:
    """Return the columns that tell where a figure comes from."""
    told = "; ".join(part for part in (figure.rule, note) if part)
    return {"source": figure.source, "year": figure.year, "verified": figure.verified and not note, "note": told or None}


RULE = "rule of the atlas, see ASSUMPTIONS.md"


def _site(place: Place) -> dict[str, Any]:
    note = f"{place.people:,.0f} people" if place.people else place.title
    return {
        "site": place.name,
        "country": place.owner,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "kind": place.kind,
        "source": place.source,
        "year": place.year,
        "verified": place.verified,
        "note": note,
    }


def add_lines(rows: Rows, lines: list[str], book: Assumptions) -> None:
    """Add each line with its processes, one for each fuel, and their recipes."""
    for line in lines:
        technology = TECHNOLOGIES[line]
        running = running_cost(technology, book)
        rows["lines"].append(
            {
                "line": line,
                "unit": "kt",
                "per": "year",
                "sector": technology.sector,
                "fixed_cost": upkeep_cost(technology, book),
                "jobs": jobs_of(technology),
                "source": f"figures of {technology.made_of}, see ASSUMPTIONS.md",
                **MONEY,
            }
        )
        for fuel, recipe in recipes_of(technology, book).items():
            process = f"{line}-{fuel}" if fuel else line
            cost = (
                {"cost": running.value, **cited(running)} if running else {"source": RULE, "note": "no running cost is known beside inputs"}
            )
            emissions = emissions_of(technology, recipe, book)
            rows["processes"].append({"process": process, "line": line, "use": 1.0, "emissions": emissions, **MONEY, **cost})
            rows["recipes"] += [
                {
                    "process": process,
                    "product": product,
                    "quantity": amount,
                    "source": f"figures of {technology.made_of}, see ASSUMPTIONS.md",
                }
                for product, amount in recipe.items()
            ]


def _add_stock(rows: Rows, question: Question, peak: dict[str, float], places: tuple[Place, ...], book: Assumptions) -> None:
    """Spread the capacity that stands already over the cities by their people; kilns hold the clinker of the mills."""
    cities = [place for place in places if place.people]
    people = sum(place.people for place in cities)
    base = dict(question.needs.filter(pl.col("year") == question.first).select("product", "ordinary").iter_rows())
    for product in peak:
        line, output = EXISTING[product]
        plant = next(one for one in PLANTS.values() if one.line == line)
        size = size_of(TECHNOLOGIES[line].made_of, plant.size, book)
        held = existing_capacity(question.host.code, output, question.base, base[product], size, book)
        if product == "steel":
            why = "steel that goes into buildings, as in the world: the rest is other goods"
            held *= book.rule("Existing capacity", "share of steel capacity for building steel", building_share(), "of capacity", why)
        if not held:
            continue
        told = {"source": RULE, "verified": False, "note": "the country's capacity, by the people of its cities"}
        spread = [(line, held)]
        if line == "cement-mill":
            clinker = -next(iter(recipes_of(TECHNOLOGIES[line], book).values()))["clinker"]
            spread.append(("cement-kiln", held * clinker))
        rows["stock"] += [
            {"site": place.name, "line": name, "capacity": round(amount * place.people / people, 4), **told}
            for name, amount in spread
            for place in cities
        ]


def _add_options(
    rows: Rows, plant: Plant, question: Question, places: tuple[Place, ...], peak: dict[str, float], book: Assumptions
) -> None:
    """Offer a plant of real size at every city, from every supplier and with every technology that is worth it."""
    technology = TECHNOLOGIES[plant.line]
    size, lead, life = size_of(technology.made_of, plant.size, book), lead_years(plant, book), life_years(plant, book)
    most = int(np.ceil(peak[technology.makes] / size)) + 1
    civil = book.rule(TOPIC, "share of civil works, done by the host", CIVIL_SHARE, "of the cost of a line", "no figure is known")
    for offer in offers(plant, question.suppliers, book):
        pair = offer.supplier if offer.supplier == offer.technology else f"{offer.supplier}-with-{offer.technology}"
        for place in places:
            if place.kind not in WORKS:
                continue
            name = f"{plant.name}-{pair}-{place.name}".lower()
            rows["options"].append(
                {
                    "option": name,
                    "site": place.name,
                    "line": plant.line,
                    "unit_size": size,
                    "build_cost": round(offer.cost, 4),
                    "charge": "annuity",
                    "maximum_builds": most,
                    "lead_years": lead,
                    "life": life,
                    "supplier": offer.supplier,
                    "technology": offer.technology,
                    "local_share": civil,
                    "source": offer.source,
                    "year": offer.year,
                    "verified": offer.verified,
                    "note": offer.rule or None,
                    **MONEY,
                }
            )
            if plant.kiln:
                kiln = "cement-kiln-best" if offer.best else "cement-kiln"
                told = {"source": f"figures of {technology.made_of}, see ASSUMPTIONS.md"}
                rows["packages"].append(
                    {"option": name, "site": place.name, "line": kiln, "capacity": size_of(technology.made_of, plant.kiln, book), **told}
                )


def _add_trade(rows: Rows, question: Question, products: list[str], places: tuple[Place, ...], ways: Ways) -> None:
    """Add what is bought at the gates, and the channels on which it and what is made at home travels."""
    for gate in places:
        if gate.kind not in GATES:
            continue
        for product in products:
            for origin, price in ways.landed_at(gate, product).items():
                rows["purchases"].append(
                    {
                        "purchase": f"from-{origin}".lower(),
                        "site": gate.name,
                        "product": product,
                        "price": round(price.total, 4),
                        "origin": origin if origin in question.suppliers else None,
                        **cited(price.figure, price.note),
                        **MONEY,
                    }
                )
    rows["channels"] = ways.channels()
    rates = ways.rates()
    rows["freight"] = [
        {"mode": mode, "product": product, "cost_per_distance": rate, "source": RULE, **MONEY}
        for mode, rate in rates.items()
        for product in products
    ]


def _add_inputs(rows: Rows, question: Question, products: set[str], places: tuple[Place, ...], ways: Ways, book: Assumptions) -> None:
    """Add what plants buy where they stand: raw materials of the place, power and gas, and goods of the world with all freight."""
    from capcoop.atlas.prices import electricity_price, gas_price, local_price

    local = {"electricity": electricity_price, "natural-gas": gas_price}
    for product in sorted(products):
        if product in local:
            price = local[product](question.host.code, question.base, book)
        elif product in LOCAL:
            price = local_price(product, question.base, book)
        else:
            for place in places:
                if place.kind in WORKS:
                    found = ways.delivered(place, product)
                    rows["purchases"].append(
                        {
                            "purchase": "world",
                            "site": place.name,
                            "product": product,
                            "price": round(found.total, 4),
                            **cited(found.figure, found.note),
                            **MONEY,
                        }
                    )
            continue
        home = {"purchase": "home", "product": product, "price": round(price.value, 4), "origin": question.host.code}
        rows["purchases"].append({**home, **cited(price), **MONEY})


def by_city(question: Question, places: tuple[Place, ...]) -> pl.DataFrame:
    """Return the needs of the question for every city: site, period, and its share of all, by its people."""
    cities = [place for place in places if place.people]
    people = sum(place.people for place in cities)
    share = pl.DataFrame({"site": [place.name for place in cities], "share": [place.people / people for place in cities]})
    return question.needs.join(share, how="cross").with_columns(period=pl.col("year").cast(pl.String))


def amount(*parts: pl.Expr | str) -> pl.Expr:
    """Return what a city needs of parts of the needs, kt a year."""
    return (pl.sum_horizontal(*parts) * pl.col("share")).round(4)


def needs_table(question: Question, places: tuple[Place, ...]) -> pl.DataFrame:
    """Return the needs of every city by its people."""
    told = pl.format(
        "ordinary {} + programme {}", (pl.col("ordinary") * pl.col("share")).round(2), (pl.col("programme") * pl.col("share")).round(2)
    )
    return by_city(question, places).select(
        "site",
        "product",
        "period",
        amount("ordinary", "programme").alias("quantity"),
        "source",
        pl.lit(str(question.base)).alias("year"),
        "verified",
        pl.concat_str(told, pl.col("note"), separator="; ", ignore_nulls=True).alias("note"),
    )
