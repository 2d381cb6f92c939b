"""Who may sell to whom in the case of the world, what the way and the duty cost, and what plants pay for their inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.case import LOCAL, MONEY, RULE, Rows, cited, typed
from capcoop.atlas.existing import building_share
from capcoop.atlas.figures import Figure, figure
from capcoop.atlas.lines import TECHNOLOGIES, recipes_of
from capcoop.atlas.prices import FREIGHT, QUOTES, TONNES, electricity_price, gas_price, local_price, quote, tariff
from capcoop.atlas.prices import TOPIC as PRICES
from capcoop.atlas.routes import Booleans, Floats
from capcoop.atlas.world_figures import World, origins

# What is traded between countries, and the line that makes it. Each buys from so many of the cheapest makers, and of the largest.
MADE_ON = {
    "cement": ("cement-mill",),
    "clinker": ("cement-kiln", "cement-kiln-best"),
    "steel": ("steelworks", "steel-minimill"),
    "flat-glass": ("float-line",),
    "aluminium": ("aluminium-smelter",),
    "urea": ("urea-plant",),
}
NEAREST, LARGEST = 15, 10
# Raw materials that a country has of its own, by the name of its output.
ORES = {"iron-ore": "iron_ore", "alumina": "alumina"}
# Quotes that hold freight already: where from and where to, so that the price at the origin is told; or the same everywhere.
DELIVERED = {"iron-ore": ("AUS", "CHN")}
EVERYWHERE = ("scrap",)
# Bought at a price of the country itself.
PRICED: dict[str, Callable[[str, int, Assumptions], Figure]] = {
    "electricity": partial(electricity_price, business=False),
    "natural-gas": gas_price,
}
# Between the members of each no duty is due; from memory.
UNIONS = (
    "AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU SVK SVN ESP SWE AND MCO SMR TUR",
    "CHE LIE",
    "RUS BLR KAZ KGZ ARM",
    "SAU ARE KWT QAT BHR OMN",
    "ZAF BWA LSO NAM SWZ",
    "BRA ARG PRY URY",
    "KEN UGA TZA RWA BDI SSD",
    "USA CAN MEX",
)


def union_of(codes: Sequence[str]) -> Booleans:
    """Return which countries trade without duty: they are in one union, or the same."""
    member = {code: index for index, union in enumerate(UNIONS) for code in union.split()}
    own = np.array([member.get(code, -1 - index) for index, code in enumerate(codes)])
    return np.asarray(own[:, None] == own[None])


def trade_of(world: World, nearest: int = NEAREST) -> dict[str, pl.DataFrame]:
    """Return the channels between countries and what may travel on them: freight is a channel's cost, duty is a product's."""
    count, codes = len(world.nations), world.codes
    freight, free = world.ways.cost[:count, :count], union_of(codes)
    rate = np.array([tariff(code, "intermediate", world.own[code]) for code in codes])
    world.book.rule(FREIGHT, "duty within a customs union", 0.0, "%", "members from memory: " + "; ".join(UNIONS))
    parts = []
    for product in MADE_ON:
        price, told = quote(product, None, world.base)
        world.book.use(PRICES, f"{product}, on which duty is due", price, told)
        duty = np.where(free, 0.0, rate[None] * (price.value + np.where(np.isfinite(freight), freight, 0.0)))
        seller, buyer = np.nonzero(candidates(freight + duty, *_sides(world, product), _makes(world, product), nearest))
        way, due = freight[seller, buyer], duty[seller, buyer]
        parts.append(pl.DataFrame({"seller": seller, "buyer": buyer, "product": product, "way": way, "duty": due}))
    told = f"the {nearest} that land it cheapest and the {LARGEST} largest makers of each product"
    world.book.rule(FREIGHT, "makers that a country may buy from at most", nearest + LARGEST, "makers", told)
    return _tables(world, pl.concat(parts)) | _origin_rules()


def _origin_rules() -> dict[str, pl.DataFrame]:
    """Return the rules that nobody sells more than he makes: duties go by origin, not by the last port."""
    names = {product: f"no-re-export-of-{product}" for product in MADE_ON}
    limits = [
        {"limit": name, "sense": "<=", "value": 0.0, "each": "site", "note": "sent, less what is made there"} for name in names.values()
    ]
    terms = [
        {"limit": name, "quantity": quantity, "product": product, "coefficient": sign}
        for product, name in names.items()
        for quantity, sign in (("flow", 1.0), ("made", -1.0))
    ]
    return {"limits": typed("limits", limits), "limit_terms": typed("limit_terms", terms)}


def candidates(landed: Floats, makers: Booleans, buyers: Booleans, made: Floats, nearest: int) -> Booleans:
    """Return from whom (row) each country (column) may buy: the makers that land a product cheapest, and the largest."""
    ranked = np.where(makers[:, None], landed, np.inf)
    order = ranked.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    large = np.zeros(len(makers), dtype=bool)
    large[np.argsort(-made, kind="stable")[:LARGEST]] = True
    return np.isfinite(ranked) & ((order < nearest) | (large & (made > 0))[:, None]) & buyers[None]


def _sides(world: World, product: str) -> tuple[Booleans, Booleans]:
    """Return who makes or may make a product, and who needs it."""
    none = np.zeros(len(world.nations), dtype=bool)
    makers = np.any([world.lines.get(line, none) for line in MADE_ON[product]], axis=0)
    return makers, world.lines["cement-mill"] if product == "clinker" else world.peak[product] > 0


def _makes(world: World, product: str) -> Floats:
    return world.held["cement" if product == "clinker" else product]


def _tables(world: World, trade: pl.DataFrame) -> dict[str, pl.DataFrame]:
    codes = pl.Series(world.codes)
    seller, buyer = trade.get_column("seller").to_numpy(), trade.get_column("buyer").to_numpy()
    rows = trade.select(
        channel=pl.concat_str(codes[seller], pl.lit("-"), codes[buyer]),
        product="product",
        cost=pl.col("duty").round(3),
        source=pl.lit(RULE),
        note=pl.when(pl.col("duty") > 0).then(pl.lit("duty")).otherwise(pl.lit("no duty")),
        currency=pl.lit(MONEY["currency"]),
    )
    ways = world.ways
    channels = pl.DataFrame(
        {
            "channel": rows.get_column("channel"),
            "from": codes[seller],
            "to": codes[buyer],
            "mode": ways.mode[seller, buyer].tolist(),
            "distance": ways.km[seller, buyer].round(0),
            "cost": trade.get_column("way").round(3),
        }
    ).unique("channel", maintain_order=True)
    told = {"source": pl.lit(RULE), "verified": pl.lit(value=False), "currency": pl.lit(MONEY["currency"])}
    return {"channels": channels.with_columns(**told).sort("channel"), "freight": rows.sort("channel", "product")}


def add_inputs(rows: Rows, world: World) -> None:
    """Add what plants buy where they stand: power, gas, raw materials of the place or of the world, own ores."""
    used: dict[str, Booleans] = {}
    for line, places in world.lines.items():
        for recipe in recipes_of(TECHNOLOGIES[line], world.book).values():
            for product in recipe.keys() - MADE_ON.keys():
                used[product] = used.get(product, np.zeros(len(places), dtype=bool)) | places
    for product in sorted(used):
        where = [code for code, here in zip(world.codes, used[product].tolist(), strict=True) if here]
        if product in (*LOCAL, *EVERYWHERE):
            price = local_price(product, world.base, world.book)
            rows["purchases"].append({"purchase": "home", "product": product, "price": round(price.value, 4), **cited(price), **MONEY})
        elif product in PRICED:
            rows["purchases"] += [_bought("home", code, product, PRICED[product](code, world.base, world.own[code])) for code in where]
        else:
            rows["purchases"] += [row for code in where for row in _raw_material(world, product, code)]


def _bought(name: str, code: str, product: str, price: Figure, note: str = "") -> dict[str, Any]:
    return {"purchase": name, "site": code, "product": product, "price": round(price.value, 4), **cited(price, note), **MONEY}


def _raw_material(world: World, product: str, code: str) -> list[dict[str, Any]]:
    """Return the offers of a raw material in a country: what it digs itself, and what comes from the cheapest large exporter."""
    offers, own = [], world.own[code]
    if product in ORES and (dug := figure("output", ORES[product], "production", code, year=world.base)) is not None:
        own.use(PRICES, f"{product} of its own", dug, "without freight or duty")
        limit = dug.value * (building_share() if product == "iron-ore" else 1.0)
        note = f"up to what it makes, {dug.value:g} kt ({dug.source}), of iron ore the share of steel in buildings"
        offers.append({**_bought("home", code, product, _at_origin(world, product, code), note), "limit": round(limit, 3)})
    duty = tariff(code, QUOTES[product].tariff or "raw_materials", own)
    landed = {}
    for origin in origins(product):
        price, way = _at_origin(world, product, origin), _way(world, product, origin, code)
        due = 0.0 if union_of([origin, code])[0, 1] else duty * (price.value + way)
        if np.isfinite(way):
            told = f"price {price.value:.4g} + way {way:.4g} + duty {due:.4g}"
            world.book.use(PRICES, f"{product} of {origin}", price)
            landed[origin] = _bought("world", code, product, replace(price, value=price.value + way + due), told)
    if not landed:
        own.miss(f"A way for {product}: none is known, so it cannot be bought.")
        return offers
    origin = min(landed, key=lambda one: landed[one]["price"])
    return [*offers, {**landed[origin], "origin": origin}]


def _way(world: World, product: str, origin: str, code: str) -> float:
    """Return the freight of a unit of a raw material from one country to another; inf: there is no way."""
    places = {nation.country.code: index for index, nation in enumerate(world.ways.nations)}
    return 0.0 if origin == code else float(world.ways.cost[places[origin], places[code]]) * TONNES.get(product, 1.0)


def _at_origin(world: World, product: str, origin: str) -> Figure:
    """Return the price of a raw material where it is loaded."""
    price, rule = quote(product, origin, world.base)
    if product in DELIVERED:
        start, end = DELIVERED[product]
        way = _way(world, product, start, end)
        rule = "; ".join(part for part in (rule, f"delivered, less {way:.4g} for the way from {start} to {end}") if part)
        price = replace(price, value=price.value - way, low=None, high=None)
    return replace(price, rule=rule)
