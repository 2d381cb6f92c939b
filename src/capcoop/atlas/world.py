"""One case of the whole world: every country is a site that needs, makes, builds, and trades with the others."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from capcoop.atlas.assumptions import text_of
from capcoop.atlas.case import EXISTING, MONEY, RULE, SECTOR, UNITS, Rows, add_lines, cited, typed
from capcoop.atlas.countries import countries
from capcoop.atlas.existing import TOPIC as CAPACITY
from capcoop.atlas.existing import building_share, known_capacity
from capcoop.atlas.gather import gather
from capcoop.atlas.lines import PLANTS, TECHNOLOGIES, TOPIC, Plant, life_years, recipes_of, size_of
from capcoop.atlas.needs import TOPIC as NEEDS
from capcoop.atlas.new import GAP, RATE, Made, checked_suppliers, checked_years
from capcoop.atlas.prices import TOPIC as PRICES
from capcoop.atlas.prices import quote
from capcoop.atlas.routes import Nation
from capcoop.atlas.world_figures import World, cheapest, gathered, kiln_of
from capcoop.atlas.world_trade import MADE_ON, NEAREST, add_inputs, trade_of
from capcoop.case.formats import Content
from capcoop.schema import TABLES

YEARS = (2022, 2031)


def make_world(
    years: tuple[int, int] | None = None,
    suppliers: Sequence[str] | None = None,
    *,
    only: Sequence[str] | None = None,
    nearest: int = NEAREST,
) -> Made:
    """Make the case of the world.

    Parameters
    ----------
    years : first and last of the plan, split into periods of five. suppliers : who sells equipment, by any name. only : codes of the
    countries that are sites; all. nearest : from how many makers that land a product cheapest each country may buy.

    Raises
    ------
    UsageError : the years are outside the data, a supplier is unknown or there twice, or no price of a good is known.
    """
    first, last = checked_years(years or YEARS)
    codes = list(only) if only is not None else list(countries())
    world = gathered(first, last, checked_suppliers(suppliers), codes)
    frames = tables_of_world(world, nearest)
    _weigh(world)
    gather(world.own, world.book)
    title = f"The world, {len(world.nations)} countries, {first} to {last}"
    settings = {
        "title": title,
        "description": "Who should build lines for cement, steel, flat glass, aluminium and urea, and who go on importing from whom? "
        "Made by the atlas; what it rests on stands in ASSUMPTIONS.md.",
        "currency": "million USD",
        "price_year": world.base,
        "base_year": world.base,
        "timing": "end",
        "discount_rate": RATE,
        "solver": {"gap": GAP, "time_limit": 900.0},
    }
    lead = (
        f"Made by the atlas of capcoop. Amounts are kt a year (GWh, TJ), money is of {world.base}, discounted at {100 * RATE:g} % a year. "
        "Figures of single countries stand in the rows of the tables, each with its source; here they are told together."
    )
    return Made(Content(title, settings, frames), text_of(world.book, title, lead))


def tables_of_world(world: World, nearest: int = NEAREST) -> dict[str, pl.DataFrame]:
    """Return the tables of the case by name."""
    rows: Rows = {name: [] for name in TABLES}
    rows["periods"] = [{"period": name, "start": start, "years": years} for name, start, years in world.spans]
    rows["sites"] = [_site(nation) for nation in world.nations]
    add_lines(rows, sorted(world.lines), world.book)
    _add_stock(rows, world)
    for plant in PLANTS.values():
        _add_plant(rows, plant, world)
    add_inputs(rows, world)
    rows["products"] = [
        {"product": name, "unit": UNITS.get(name, "kt"), "sector": SECTOR.get(name, ""), "channel": _channel_of(name)}
        for name in sorted({row["product"] for row in rows["recipes"]} | set(MADE_ON))
    ]
    frames = {name: typed(name, some) for name, some in rows.items() if some}
    needs = world.needs.rename({"country": "site"}).with_columns(year=pl.lit(world.base, pl.Float64))
    frames["needs"] = needs.select("site", "product", "period", "quantity", "source", "year", "verified", "note")
    return frames | trade_of(world, nearest)


def _channel_of(product: str) -> str:
    return "power" if product == "electricity" else "logistics"


def _site(nation: Nation) -> dict[str, object]:
    place = nation.site
    return {
        "site": nation.country.code,
        "country": nation.country.code,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "kind": place.kind,
        "source": place.source,
        "year": place.year,
        "verified": place.verified,
        "note": f"{nation.country.name}: {place.title}",
    }


def _add_stock(rows: Rows, world: World) -> None:
    """Add what stands; kilns as stated, else for the clinker of the mills."""
    clinker = -recipes_of(TECHNOLOGIES["cement-mill"], world.book)[""]["clinker"]
    why = "steel that goes into buildings, as in the world: the rest is other goods"
    share = world.book.rule(CAPACITY, "share of steel capacity for building steel", building_share(), "of capacity", why)
    for product, (line, _) in EXISTING.items():
        for code, held in zip(world.codes, world.held[product].tolist(), strict=True):
            if held <= 0:
                continue
            one = world.told[product, code]
            extra = f"of it {share:.3g} for steel in buildings" if product == "steel" else ""
            note = "; ".join(part for part in (f"{one.value:g} {one.unit}", one.rule, extra) if part)
            told = {"source": one.source or RULE, "year": one.year, "verified": one.verified and not one.rule and not extra, "note": note}
            rows["stock"].append({"site": code, "line": line, "capacity": round(held, 3), **told})
            if line == "cement-mill":
                stated = known_capacity(code, "clinker", world.base)
                kilns = {"capacity": round(held * clinker, 3), **told, "verified": False, "note": f"{note}; {clinker:g} t clinker per t"}
                if stated is not None:
                    kilns = {"capacity": stated.value, **cited(stated)}
                rows["stock"].append({"site": code, "line": "cement-kiln", **kilns})


def _add_plant(rows: Rows, plant: Plant, world: World) -> None:
    """Offer a plant of real size, of the cheapest supplier, everywhere where it is not far too large."""
    technology, offer, book = TECHNOLOGIES[plant.line], cheapest(plant, world), world.book
    size, life = size_of(technology.made_of, plant.size, book), life_years(plant, book)
    book.rule(TOPIC, "years of building", 0.0, "years", "decided so that a plant stands when its period begins")
    small = [code for code, most in zip(world.codes, world.offered[plant.name].tolist(), strict=True) if not most]
    if small:
        book.miss(f"{plant.name} is not offered in {len(small)} countries, for one makes {size:,.0f} kt a year, over twice their need.")
    for code, most in zip(world.codes, world.offered[plant.name].tolist(), strict=True):
        if not most:
            continue
        name = f"{plant.name}-{code}"
        rows["options"].append(
            {
                "option": name,
                "site": code,
                "line": plant.line,
                "unit_size": size,
                "build_cost": round(offer.cost, 4),
                "charge": "annuity",
                "maximum_builds": most,
                "life": life,
                "supplier": offer.supplier,
                "technology": offer.technology,
                "source": offer.source,
                "year": offer.year,
                "verified": offer.verified,
                "note": offer.rule or None,
                **MONEY,
            }
        )
        if plant.kiln:
            told = {"source": f"figures of {technology.made_of}, see ASSUMPTIONS.md"}
            kiln = size_of(technology.made_of, plant.kiln, book)
            rows["packages"].append({"option": name, "site": code, "line": kiln_of(offer), "capacity": kiln, **told})


def _weigh(world: World) -> None:
    """Tell the notes how much money a year moves with needs, and with prices of inputs if each country made what it needs itself."""
    for product, (line, _) in EXISTING.items():
        price = quote(product, None, world.base)[0].value / 1000
        recipe = next(iter(recipes_of(TECHNOLOGIES[line], world.book).values()))
        if line == "cement-mill":
            kiln = next(iter(recipes_of(TECHNOLOGIES["cement-kiln"], world.book).values()))
            recipe = {name: recipe.get(name, 0.0) - recipe["clinker"] * kiln.get(name, 0.0) for name in recipe.keys() | kiln.keys()}
        for code, most in zip(world.codes, world.peak[product].tolist(), strict=True):
            own = world.own[code]
            for name in (f"{product} in an ordinary year", f"{product} beyond ordinary needs, mean year"):
                if (NEEDS, name) in own.used:
                    own.weigh(NEEDS, name, own.used[NEEDS, name].value * price)
            for name in ("electricity", "natural-gas"):
                known = own.used.get((PRICES, name.replace("-", " ")))
                if known:
                    own.weigh(PRICES, known.name, -recipe.get(name, 0.0) * most * known.value / 1000)
        for name, amount in recipe.items():
            quoted = [one for topic, one in world.book.used if topic == PRICES and one.startswith((f"{name} of ", f"{name} near "))]
            for one in quoted:
                made = -amount * float(world.peak[product].sum()) / len(quoted)
                world.book.weigh(PRICES, one, made * world.book.used[PRICES, one].value / 1000)
