"""The tiny examples that pin the meaning of the schema, as tables with their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Example:
    """A case in memory and its least cost (None: there is no plan)."""

    settings: dict[str, Any]
    tables: dict[str, list[dict[str, str]]]
    objective: float | None


def read(text: str) -> list[dict[str, str]]:
    """A table from text: one row a line or `/`, the first one names the columns."""
    rows = [line.strip() for line in text.replace("/", "\n").splitlines() if line.strip()]
    header, *body = [[cell.strip() for cell in row.split(",")] for row in rows]
    return [dict(zip(header, row, strict=True)) for row in body]


def example(objective: float | None, settings: dict[str, Any], /, **tables: str) -> Example:
    """One site A and one product g, unless said."""
    texts = {"sites": "site / A", "products": "product / g"} | tables
    parsed = {name: read(text) for name, text in texts.items()}
    return Example({"title": "tiny", **settings}, parsed, objective)


EXAMPLES: dict[str, Example] = {}

SMELT = {
    "processes": "process / smelt",
    "recipes": "process, product, quantity / smelt, ore, -2 / smelt, iron, 1 / smelt, slag, 1",
    "purchases": "purchase, site, product, price / ore, A, ore, 3",
    "needs": "site, product, quantity / A, iron, 10",
}
EXAMPLES["01-smelt"] = example(60, {}, **SMELT, products="product, disposal / ore, no / iron, no / slag, yes")
EXAMPLES["01-smelt-no-disposal"] = example(None, {}, **SMELT, products="product, disposal / ore, no / iron, no / slag, no")

CASCADE = {
    "periods": "period, weight / p1, 1 / p2, 1",
    "sites": "site / A / B",
    "needs": "site, product, quantity / *, g, 20",
    "purchases": """purchase, site, product, period, price, limit
        ship, *, g,   , 10,
        ship, A, g,   ,  4, 30
        ship, A, g, p2,   ,  0
        spot, *, g,   , 12,""",
}
EXAMPLES["02-cascade"] = example(720, {}, **CASCADE)
# What may not be bought needs no price.
EXAMPLES["02-cascade-closed"] = example(720, {}, **CASCADE | {"purchases": CASCADE["purchases"] + "\nclosed, A, g, p2, , 0"})

CHANNEL = {
    "sites": "site / A / B",
    "products": "product / g / h",
    "freight": """channel, mode, product, cost, cost_per_distance
        *   , *   , g, 9,
        *   , rail, g, 2, 0.01
        wire, *   , *, 3,""",
    "purchases": "purchase, site, product, price / buy, A, g, 10 / buy, B, h, 10",
    "needs": "site, product, quantity / B, g, 90 / A, h, 45",
}
for capacity, objective in ((140, 2950), (150, 2200)):
    EXAMPLES[f"03-channel-{capacity}"] = example(
        objective,
        {"penalty": 100},
        **CHANNEL,
        channels=f"""channel, from, to, mode, distance, cost, capacity, loss, both_ways
            wire, A, B, rail, 100, 1, {capacity}, 0.1, yes""",
    )

EXAMPLES["04-slices"] = example(
    53520,
    {},
    slices="slice, hours / day, 4000 / night, 4760",
    products="product, sliced / power, yes / steel, no",
    lines="line, per / plant, hour",
    stock="site, line, capacity / A, plant, 6",
    processes="process, line, profile, cost / run, plant, free, 1 / mill, , flat, ",
    recipes="process, product, quantity / run, power, 1 / mill, power, -1 / mill, steel, 1",
    purchases="purchase, site, product, price / grid, A, power, 5",
    needs="site, product, slice, quantity / A, steel, , 17520 / A, power, day, 20000",
)

EXAMPLES["05-shares"] = example(
    78840,
    {},
    products="product / power",
    lines="""line, per, annual_availability, minimum_use
        hydro, hour, 0.5,
        coal , hour,    , 0.2""",
    stock="site, line, capacity / A, hydro, 1 / A, coal, 1",
    processes="process, line, cost / hydro, hydro, 0 / coal, coal, 30",
    recipes="process, product, quantity / hydro, power, 1 / coal, power, 1",
    purchases="purchase, site, product, price / grid, A, power, 10",
    needs="site, product, quantity / A, power, 8760",
)

MAKE = {
    "lines": "line / L",
    "processes": "process, line / make, L",
    "recipes": "process, product, quantity / make, g, 1",
}
for charge in ("annuity", "outlay"):
    EXAMPLES[f"06-{charge}"] = example(
        25.677335,
        {"discount_rate": 0.1},
        **MAKE,
        periods="period, start / 2020, 2020 / 2021, 2021 / 2022, 2022",
        options=f"""option, site, line, build_cost, charge, lead_years, life
            new, A, L, 100, {charge}, 1, 10""",
        needs="site, product, period, quantity / A, g, 2021, 1 / A, g, 2022, 1",
    )

EXAMPLES["07-points"] = example(
    36,
    {},
    **MAKE,
    options="option, site, line, charge / new, A, L, annual",
    option_points="option, size, cost / new, 0, 10 / new, 5, 30 / new, 10, 40",
    purchases="purchase, site, product, price / buy, A, g, 6",
    needs="site, product, quantity / A, g, 8",
)

EXAMPLES["08-conversion"] = example(
    27,
    {},
    lines="line / old / new",
    stock="site, line, capacity / A, old, 10",
    processes="process, line, cost / slow, old, 3 / fast, new, 1",
    recipes="process, product, quantity / slow, g, 1 / fast, g, 1",
    options="option, site, fixed_build_cost, charge, maximum_builds / convert, A, 5, annual, 1",
    packages="option, site, line, capacity / convert, A, old, -4 / convert, A, new, 4",
    needs="site, product, quantity / A, g, 10",
)

EXAMPLES["09-horizon"] = example(
    54,
    {},
    periods="period, years, weight / p1, 2, 2 / p2, 3, 3",
    purchases="purchase, site, product, price / mine, A, g, 1 / spot, A, g, 5",
    limits="limit, period, sense, value / deposit, all, <=, 24",
    limit_terms="limit, quantity, purchase, coefficient / deposit, purchase, mine, 1",
    needs="site, product, quantity / A, g, 6",
)

EXAMPLES["10-each"] = example(
    48,
    {},
    periods="period / p1 / p2",
    sites="site / A / B",
    purchases="purchase, site, product, price / cheap, *, g, 1 / spot, *, g, 5",
    limits="limit, period, sense, value, each / quota, , <=, 4, site / quota, p2, , 5, ",
    limit_terms="limit, quantity, purchase, coefficient / quota, purchase, cheap, 1",
    needs="site, product, quantity / *, g, 6",
)

PLACEMENT = {
    "sites": "site / A / B",
    "lines": "line / L",
    "stock": "site, line, capacity / *, L, 10",
    "processes": "process, line / P, L",
    "recipes": "process, product, quantity / P, g, 1",
    "purchases": "purchase, site, product, price / buy, *, g, 3",
    "needs": "site, product, quantity / *, g, 10",
}
EXAMPLES["11-placements"] = example(56, {}, **PLACEMENT, placements="process, site, cost, maximum / P, B, 2, 4")
EXAMPLES["11-placements-anywhere"] = example(36, {}, **PLACEMENT, placements="process, site, cost, maximum / P, B, 2, 4 / P, *, 1, ")

BUILDS = {
    **MAKE,
    "options": """
        option, site, line, build_cost, fixed_build_cost, charge, minimum_size, maximum_size
        new   , A   , L   , 1         , 10              , annual, 3           , 5""",
    "purchases": "purchase, site, product, price / buy, A, g, 8",
    "needs": "site, product, quantity / A, g, 7",
}
EXAMPLES["12-two-builds"] = example(27, {}, **BUILDS)
EXAMPLES["12-one-build"] = example(31, {}, **BUILDS, option_periods="option, period, maximum_builds / *, *, 1")

EXAMPLES["13-peak"] = example(
    17.52,
    {},
    slices="slice, hours / peak, 876 / off, 7884",
    sites="site / A / B",
    products="product, sliced / g, yes",
    channels="channel, from, to, capacity, per / wire, A, B, 0, hour",
    freight="channel, product / wire, g",
    options="option, channel, build_cost, charge / wire, wire, 8.76, annual",
    purchases="purchase, site, product, price / source, A, g, 0",
    needs="site, product, slice, quantity / B, g, peak, 1752 / B, g, off, 7884",
)

EXAMPLES["14-emissions"] = example(
    -46,
    {},
    sites="site / A / B",
    products="product / g / coke",
    processes="process, cost, emissions / make, 1, 2",
    recipes="""process, product, site, quantity
        make, g   ,  , 1
        make, coke,  , -1
        make, coke, B, -0.5""",
    purchases="purchase, site, product, price / coke, *, coke, 4",
    sales="sale, site, product, price, limit / out, *, g, 10, 10",
    limits="limit, sense, value / carbon, <=, 20",
    limit_terms="limit, quantity, coefficient / carbon, emissions, 1",
    needs="site, product, quantity / A, g, 2",
)

# Two goods share a track both ways: grain loads both slices alike, boxes take twice the room and come mostly by day.
# p1: single 100 a year, day room 50: grain 30, boxes 10 of 30; p2: both tracks, day room 125: grain 50, boxes 30.
CORRIDOR = {
    "periods": "period, weight / p1, 1 / p2, 1",
    "slices": "slice, hours / day, 4380 / night, 4380",
    "sites": "site / A / B",
    "products": "product, sliced / grain, no / boxes, yes",
    "channels": "channel, from, to, mode, capacity, both_ways / track, A, B, rail, 0, yes",
    "freight": "channel, product, use / track, grain, / track, boxes, 2",
    "purchases": """purchase, site, product, price
        field, A, grain, 0
        field, B, grain, 5
        works, B, boxes, 0
        works, A, boxes, 4""",
    "needs": """site, product, period, slice, quantity
        B, grain, p1,      ,  60
        B, grain, p2,      , 100
        A, boxes,   , day  ,  30
        A, boxes,   , night,  10""",
}
TRACKS = """option, channel, unit_size, fixed_build_cost, charge, maximum_builds, after
    single, track, 100, 100, annual, 1,
    double, track, 150,  90, annual, 1, {}"""
EXAMPLES["15-double-track"] = example(370, {}, **CORRIDOR, options=TRACKS.format("single"))
EXAMPLES["15-either-track"] = example(280, {}, **CORRIDOR, options=TRACKS.format(""))
# A cheap second phase can be had at once, but only beside the first, which takes a year: 180 + 65 + 65.
PHASES = {
    **MAKE,
    "periods": "period, start, weight / p1, 2020, 1 / p2, 2021, 1 / p3, 2022, 1",
    "purchases": "purchase, site, product, price / spot, A, g, 10",
    "needs": "site, product, quantity / A, g, 18",
}
PHASE = """option, site, line, unit_size, fixed_build_cost, charge, lead_years, after
    first , A, L, 10, 60, annual, 1,
    second, A, L, 10,  5, annual, 0, {}"""
EXAMPLES["16-phases"] = example(310, {}, **PHASES, options=PHASE.format("first"))
EXAMPLES["16-phases-in-any-order"] = example(30, {}, **PHASES, options=PHASE.format(""))

# Goods worth much go by rail and those worth little by sea; a tenth of their worth is lost in a year on the way.
WAYS = {
    "periods": "period, weight / p1, 1",
    "sites": "site / A / B",
    "products": "product, value / cement, 50 / machines, 1000",
    "freight": "mode / *",
    "purchases": "purchase, site, product, price / works, A, *, 0",
    "needs": "site, product, quantity / B, cement, 100 / B, machines, 10",
}
# A unit of cement costs 1 + 1 by sea and 3 + 0.1 by rail, one of machines 1 + 20 and 3 + 2.
EXAMPLES["17-transit"] = example(
    250,
    {"discount_rate": 0.1},
    **WAYS,
    channels="channel, from, to, mode, cost, days / ship, A, B, sea, 1, 73 / train, A, B, rail, 3, 7.3",
)
# Trains wait 36.5 days at the border and machines are moved to other wagons there: 3 + 0.5 + 12 a unit.
EXAMPLES["17-transit-border"] = example(
    355,
    {"discount_rate": 0.1},
    **WAYS
    | {
        "sites": "site / A / east / west / B",
        "freight": "channel, product, cost / *, *, / border, machines, 0.5",
    },
    channels="""channel, from, to, mode, cost, days
        ship  , A   , B   , sea , 1  , 73
        train , A   , east, rail, 1.5, 3.65
        border, east, west, rail, 0  , 36.5
        onward, west, B   , rail, 1.5, 3.65""",
)
