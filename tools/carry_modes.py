"""Make the figures of the modes, src/capcoop/corridors/modes.csv, from a collection of cited figures.

    python tools/carry_modes.py FOLDER [--to src/capcoop/corridors]

FOLDER holds channel_costs.csv, lines.csv, corridors.csv and grid_and_cables.csv, each row with its unit, year, source and `verified`. Which
row stands for which mode is chosen here, row by row; docs/decisions/0030-modes.md says why. Several rows of one figure: the value is the
median of those that were read in their source, the range goes from the lowest to the highest of all, also of those that only widen it.
Money becomes USD at the mean rate of its year; no inflation is added, so every figure keeps the year of its prices.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from capcoop.atlas.figures import figure, table
from capcoop.geo.sea import sea_route

TERRAINS = ("", "flat", "hill", "mountain")
PARAMETERS = (
    *(
        "capital_cost",
        "second_track",
        "station_cost",
        "tunnel_cost",
        "bridge_cost",
        "tunnel_share",
        "bridge_share",
        "unit_capacity",
        "fixed_cost",
    ),
    *(
        "build_years",
        "life",
        "freight",
        "handling",
        "border_cost",
        "transhipment",
        "loss",
        "station_loss",
        "electricity_use",
        "speed",
        "border_days",
    ),
)
COLUMNS = ("mode", "parameter", "terrain", "value", "low", "high", "unit", "price_year", "year", "source", "verified", "stated", "note")
PREFIX = {"M": 1e6, "bn": 1e9, "": 1.0}
CENTS = {"US cent": ("USD", 0.01), "fen": ("CNY", 0.01)}
MONEY = re.compile(r"^(?:(M|bn) )?(US cent|fen|USD|EUR|GBP|CNY|BRL|INR|KZT)(?:2025|2010)?\b")
COUNTRY = {"KZT": "KAZ"}  # currencies of which the atlas knows single years


@dataclass(frozen=True)
class Row:
    """One figure as its source states it: value, range, unit, year (of the prices, where it is money), source, was it read, note."""

    value: float
    low: float
    high: float
    unit: str
    year: int | None
    source: str
    verified: bool
    stated: str
    note: str = ""

    def times(self, factor: float, how: str = "") -> Row:
        """Return the row in another unit; `how` says by which rule."""
        note = "; ".join(part for part in (self.note, how) if part)
        return replace(self, value=self.value * factor, low=self.low * factor, high=self.high * factor, note=note)


@dataclass(frozen=True)
class Choice:
    """A figure of a mode: the rows that give its value, those that only widen its range, and what to say of it."""

    mode: str
    parameter: str
    unit: str
    rows: tuple[Row, ...]
    terrain: str = ""
    spread: tuple[Row, ...] = ()
    note: str = ""


class Collection:
    """The tables of the collection."""

    def __init__(self, folder: Path) -> None:
        """Remember where they are."""
        self.folder = folder

    @cache  # noqa: B019  (one collection a run)
    def table(self, name: str) -> pl.DataFrame:
        """Return a table as text."""
        return pl.read_csv(self.folder / f"{name}.csv", infer_schema=False)

    def row(self, name: str, words: str, **columns: str) -> Row:
        """Return the one row of a table with the given cells whose text holds `words`."""
        frame = self.table(name)
        text = pl.concat_str(pl.all().fill_null(""), separator="|")
        found = frame.filter(text.str.contains(words, literal=True), *(pl.col(key) == value for key, value in columns.items()))
        if found.height != 1:
            raise SystemExit(f"{found.height} rows of {name} hold {words!r} with {columns}, not one")
        cells = found.row(0, named=True)
        low, high = cells["value_low"], cells["value_high"]
        value = float(cells["value"]) if cells["value"] else (float(low) + float(high)) / 2
        low, high = float(low or value), float(high or value)
        year = int(cells["year"][:4]) if cells["year"] else None
        stated = cells["value"] or f"{cells['value_low']} to {cells['value_high']}"
        row = Row(
            value,
            low,
            high,
            cells["unit"],
            year,
            cells["source"],
            cells["verified"] == "yes",
            f"{stated} {cells['unit']}",
            cells["note"] or "",
        )
        return dollars(row)


def dollars(row: Row) -> Row:
    """Return a row in USD where it is money: at the mean rate of its year, or the nearest that the atlas knows."""
    found = MONEY.match(row.unit)
    if not found:
        return row
    prefix, currency = found.groups()
    currency, factor = CENTS.get(currency, (currency, 1.0))
    factor *= PREFIX[prefix or ""]
    if currency != "USD":
        rate, year = rate_of(currency, row.year)
        factor *= rate
        row = replace(row, stated=f"{row.stated} at {rate:.5g} USD of {year}")
    return replace(row.times(factor), unit=MONEY.sub("USD", row.unit))


def rate_of(currency: str, year: int | None) -> tuple[float, int]:
    """Return USD for one unit of a currency, and the year of that rate."""
    if currency in COUNTRY:
        found = figure("conditions", None, "exchange_rate", COUNTRY[currency], year=year)
        if found is None or found.year is None:
            raise SystemExit(f"the atlas has no rate of {currency}")
        return 1 / found.value, found.year
    rates = table("rates").filter(pl.col("currency") == currency)
    found_rate = rates.filter(pl.col("year") == year)
    if found_rate.is_empty():
        raise SystemExit(f"the atlas has no rate of {currency} of {year}")
    return found_rate.item(0, "usd"), int(found_rate.item(0, "year"))


def read(
    value: float,
    unit: str,
    year: int | None,
    source: str,
    low: float | None = None,
    high: float | None = None,
    note: str = "",
    *,
    verified: bool = True,
) -> Row:
    """Return a row that was read elsewhere, or (not `verified`) is from memory or a rule."""
    span = "" if low is None or high is None else f" ({low:g} to {high:g})"
    row = Row(
        value, value if low is None else low, value if high is None else high, unit, year, source, verified, f"{value:g}{span} {unit}", note
    )
    return dollars(row)


def fitted(collection: Collection, kind: str, indicator: str) -> tuple[Row, Row]:
    """Return constant and slope (per km) of a figure of the candidate lines of PLEXOS-World, which all lie on one straight line."""
    frame = collection.table("grid_and_cables").filter(pl.col("note").fill_null("").str.starts_with(kind))
    key = ["iso3", "partner_iso3"]
    parts = [
        frame.filter(pl.col("indicator") == f"interconnector_candidate_{name}").select(*key, pl.col("value").cast(pl.Float64).alias(name))
        for name in ("distance", indicator)
    ]
    both = parts[0].join(parts[1], on=key)
    km, values = both.get_column("distance").to_numpy(), both.get_column(indicator).to_numpy()
    slope, constant = np.polyfit(km, values, 1)
    if abs(constant + slope * km - values).max() > max(0.06, 1e-3 * values.max()):  # losses are given to a tenth of a percent
        raise SystemExit(f"the {indicator} of {kind} is no straight line of the distance")
    source = "derived: straight line through the candidate lines of PLEXOS-World (after Zappa et al. 2019) via OSeMOSYS/osemosys_global"
    unit, year = ("USD/MW", 2010) if indicator == "cost" else ("percent", 2019)
    note = f"{both.height} lines of {km.min():.0f} to {km.max():.0f} km"

    def row(one: float, per: str) -> Row:
        return Row(one, one, one, unit + per, year, source, verified=True, stated=f"{one:.5g} {unit}{per}", note=note)

    return row(max(float(constant), 0.0), ""), row(float(slope), "/km")


def rails(c: Collection) -> list[Choice]:
    """Return the figures of railways."""
    cost = [
        c.row("channel_costs", words, parameter="capex_per_km")
        for words in ("Mara Rosa-Agua Boa", "Ferrograo", "Borzhakty", "Addis Ababa", "Brazil part")
    ]
    kenya, laos, peru = (
        c.row("channel_costs", words, parameter="capex_per_km") for words in ("Mombasa-Nairobi SGR, 472", "China-Laos", "Peru part")
    )
    flat, hill = tuple(cost), (*cost[3:], kenya)
    second = (
        c.row("channel_costs", "Almaty-Shu second track", parameter="capex_per_km"),
        read(
            826e7 / 150,
            "INR/km",
            2012,
            "made-in-china.com (SteelGuru): Jagdalpur - Kirandul, 150 km for 8.26 bn INR",
            note="year from memory",
            verified=False,
        ),
    )
    first = {"flat": middle(flat), "hill": middle(hill), "mountain": laos.value}
    more = middle(second, every=True)
    least_more, most_more = min(row.low for row in second), max(row.high for row in second)
    rule = "first track of the terrain and a second one, which is dearer in hills and mountains by as much as the first"
    both = {
        terrain: read(
            one + more * one / first["flat"],
            "USD/km",
            2016,
            "a rule of ours over the figures of rail and of second tracks",
            note=rule,
            verified=False,
        )
        for terrain, one in first.items()
    }
    spans = {
        terrain: (min(r.low for r in rows), max(r.high for r in rows))
        for terrain, rows in (("flat", flat), ("hill", hill), ("mountain", (laos, peru)))
    }
    speed = [read(v * 24, "km/day", y, SOURCE_ADB, note="speed without delay") for v, y in ((41.6, 2021), (53.9, 2022))]
    slow = read(12.4 * 24, "km/day", 2022, SOURCE_ADB, note="speed with delay, in the year of closures")
    dwell = tuple(read(hours / 24, "day", year, SOURCE_ADB) for hours, year in ((51.9, 2021), (40.6, 2022)))
    gauge = tuple(read(usd / 20, "USD/t", year, SOURCE_ADB) for usd, year in ((177.8, 2021), (215.0, 2022)))
    crane = read(
        5.75, "USD/t", 2014, "general trade knowledge (from memory, unverified)", 4, 7.5, "one move of a container of 20 t", verified=False
    )
    planned = [
        c.row("corridors", words, item=item).times(1e6)
        for words, item in (("two_ocean_railway|whole route", "demand_initial"), ("ferrograo", "demand_2050"))
    ]
    carried = read(60e6, "t/year", None, "R&H Railway Consultants (rhrailway.co.za): ore line to Saldanha, capacity after phase 1C")
    least = c.row("corridors", "FICO Mara Rosa-Agua Boa", item="demand").times(1e6)
    most = c.row("corridors", "two_ocean_railway|whole route", item="demand_after_25_years").times(1e6)
    capacity = (planned[0], planned[1], carried)
    freight = tuple(
        c.row("channel_costs", words, parameter="freight_price", mode="rail")
        for words in ("SGR promise", "to Jan 2015", "from Feb 2015", "India average")
    )
    build = tuple(c.row("corridors", words, item="construction_time") for words in ("two_ocean_railway|whole route", "FETAB"))
    borders = c.row("channel_costs", "international haul", parameter="border_crossing_markup").times(0.01)
    works = [c.row("corridors", "china_laos", item=item) for item in ("tunnel_length", "bridge_length")]
    cases = "planned or carried traffic, which a line is built for; not a measured limit"
    made = "included in the capital cost of the terrain, not to be added"
    out = []
    for mode in ("rail", "rail-double"):
        out += [
            *(
                Choice(mode, "capital_cost", "USD/km", rows, terrain, spread=wide)
                for terrain, rows, wide in (("flat", flat, ()), ("hill", hill, ()), ("mountain", (laos,), (peru,)))
                if mode == "rail"
            ),
            *(
                Choice(
                    mode,
                    "capital_cost",
                    "USD/km",
                    (replace(both[t], low=spans[t][0] + least_more, high=spans[t][1] + most_more * first[t] / first["flat"]),),
                    t,
                )
                for t in both
                if mode == "rail-double"
            ),
            *(
                (Choice(mode, "second_track", "USD/km", second, "flat", note="beside an existing track; the median of both"),)
                if mode == "rail-double"
                else ()
            ),
            Choice(mode, "tunnel_share", "share", (works[0].times(1 / 417, "of 417 km planned"),), "mountain", note=made),
            Choice(mode, "bridge_share", "share", (works[1].times(1 / 417, "of 417 km planned"),), "mountain", note=made),
            Choice(mode, "freight", "USD/t/km", freight, note="per tonne and km"),
            Choice(mode, "border_cost", "share", (borders,), note="of the freight, at each border crossed"),
            Choice(
                mode,
                "transhipment",
                "USD/t",
                gauge,
                spread=(crane,),
                note="where the gauge changes; all fees of Central Asian crossings, most of which change it",
            ),
            Choice(mode, "border_days", "day", dwell, note="Central Asian crossings, most of which change the gauge"),
            Choice(mode, "speed", "km/day", tuple(speed), spread=(slow,)),
            Choice(mode, "build_years", "year", build, note="of lines of 4,500 to 5,300 km; a short line takes less"),
            Choice(mode, "life", "year", (reference(30),), note="a period of appraisal; the track bed lasts longer"),
        ]
    twice = read(
        3 * middle(capacity),
        "t/year",
        None,
        "railway engineering (from memory, unverified)",
        2 * middle(capacity),
        4 * middle(capacity),
        "two to four times a single track",
        verified=False,
    )
    out += [
        Choice("rail", "unit_capacity", "t/year", capacity, spread=(least, most), note=cases),
        Choice("rail-double", "unit_capacity", "t/year", (twice,)),
        Choice(
            "rail-double",
            "bridge_cost",
            "USD/km",
            (c.row("channel_costs", "viaduct", parameter="viaduct_capex_per_km"),),
            note="of a viaduct of a high-speed line",
        ),
    ]
    return out


SOURCE_ADB = "Asian Development Bank, CAREC Corridor Performance Measurement and Monitoring (cpmm.carecprogram.org, report 2022)"


def reference(years: float, low: float | None = None, high: float | None = None) -> Row:
    """Return a reference period of the European Union for appraising investments."""
    source = "Commission Delegated Regulation (EU) 480/2014, annex I, reference periods (from memory, unverified)"
    return read(years, "year", 2014, source, low, high, verified=False)


def middle(rows: tuple[Row, ...], *, every: bool = False) -> float:
    """Return the median of the rows that were read in their source; of all where none was, or `every` one counts."""
    known = [row.value for row in rows if row.verified or every] or [row.value for row in rows]
    return float(np.median(known))


def roads(c: Collection) -> list[Choice]:
    """Return the figures of roads."""
    two = c.row("channel_costs", "new rural two-lane road", parameter="capex_per_km")
    four = c.row(
        "channel_costs", "four-lane road|", parameter="capex_per_km", context="United States, new rural or suburban four-lane road"
    )
    memory = [c.row("channel_costs", f"World Bank projects, new {lanes}-lane", parameter="capex_per_km") for lanes in ("two", "four")]
    kazakh = read(  # at the rate that the article itself gives
        807e9 / 1004 / 792e9 * 2.16e9,
        "USD/km",
        2018,
        "derived: astanatimes.com 2018-11, 807 bn KZT for 1,004 km, 792 bn KZT are 2.16 bn USD",
        note="lanes not told",
    )
    paved = c.row("channel_costs", "1.3 bn USD after extra works", parameter="capex_per_km")
    railway = {choice.terrain: middle(choice.rows) for choice in rails(c) if (choice.mode, choice.parameter) == ("rail", "capital_cost")}
    price = tuple(
        c.row("channel_costs", f"|freight_price|{words}", mode="road")
        for words in (
            *(
                "Pakistan",
                "Brazil",
                "United States|",
                "China",
                "Western Europe",
                "Durban",
                "Lome",
                "Mombasa-Kampala",
                "Douala",
                "Kenya before",
            ),
            *("United States trucking", "India average"),
        )
    )
    speed = read(42.0 * 24, "km/day", 2022, SOURCE_ADB, note="speed without delay, day and night")
    slow = read(23.4 * 24, "km/day", 2022, SOURCE_ADB, note="speed with delay")
    borders = c.row("channel_costs", "international haul", parameter="border_crossing_markup").times(0.01)
    tunnel = c.row("channel_costs", "per tube-km", parameter="tunnel_capex_per_km")
    out = []
    for mode, cost, wide, cars in (("road", two, (memory[0], kazakh), 3200.0), ("road-4-lane", four, (memory[1],), 8800.0)):
        level = cost.value
        for terrain in ("hill", "mountain"):
            ratio = railway[terrain] / railway["flat"]
            least = paved.value if (mode, terrain) == ("road", "mountain") else cost.low
            note = f"flat land times {ratio:.2f}, the ratio of railways: no new road in such land is known" + (
                "; low: the Interoceanic Highway, on an existing track" if least == paved.value else ""
            )
            rule = read(
                level * ratio,
                "USD/km",
                cost.year,
                "a rule of ours over the figures of flat land and of railways",
                note=note,
                verified=False,
            )
            out.append(
                Choice(
                    mode,
                    "capital_cost",
                    "USD/km",
                    (replace(rule, low=least, high=max(cost.high, *(w.high for w in wide)) * ratio),),
                    terrain,
                )
            )
        source = (
            "Federal Highway Administration, HPMS Field Manual, appendix N"
            if mode == "road"
            else "Highway Capacity Manual 2000 (from memory, unverified)"
        )
        lorries = cars / 0.10 / 2 / 2 * 10 * 365
        note = f"{cars:.0f} cars an hour, 10 % of a day in the busiest; lorries of two cars' room and 10 t in half of it: rules of ours"
        out += [
            Choice(mode, "capital_cost", "USD/km", (cost,), "flat", spread=wide),
            Choice(
                mode,
                "unit_capacity",
                "t/year",
                (read(lorries, "t/year", None, f"derived: {source}", lorries / 4, lorries, note, verified=False),),
            ),
            Choice(mode, "freight", "USD/t/km", price, note="per tonne and km"),
            Choice(mode, "border_cost", "share", (borders,), note="of the freight, at each border crossed"),
            Choice(mode, "border_days", "day", tuple(read(h / 24, "day", y, SOURCE_ADB) for h, y in ((13.6, 2021), (9.9, 2022)))),
            Choice(mode, "speed", "km/day", (speed,), spread=(slow,)),
            Choice(
                mode,
                "tunnel_cost",
                "USD/km",
                (tunnel,),
                note="one tube of the planned Agua Negra tunnel; for a base tunnel that the user adds",
            ),
            Choice(mode, "life", "year", (reference(27.5, 25, 30),)),
        ]
    return out


def waters(c: Collection) -> list[Choice]:
    """Return the figures of ships and barges."""
    trips = []
    for words, ends, year in (
        ("Tubarao-Qingdao", ((-20.29, -40.24), (36.07, 120.32)), ("2014-08", "2020-06", "2021-08")),
        ("Western Australia-China", ((-20.31, 118.58), (36.07, 120.32)), ("2020-06",)),
        ("Port Hedland-Qingdao", ((-20.31, 118.58), (36.07, 120.32)), ("2021-08",)),
    ):
        km = sea_route(*ends).length
        trips += [
            c.row("channel_costs", words, parameter="freight_price_per_trip", year=at).times(1 / km, f"over {km:.0f} km by sea")
            for at in year
        ]
    bulk = c.row("channel_costs", "dry bulk, world range", parameter="handling_tariff")
    berths = tuple(c.row("channel_costs", words, parameter="terminal_capex") for words in ("Paradip", "Kuryk"))
    chancay = sea_route((-11.59, -77.28), (31.37, 121.55)).length
    days = c.row("corridors", "Chancay port", item="voyage_to_china_after").value
    speed = read(chancay / days, "km/day", 2024, f"derived: {chancay:.0f} km from Chancay to Shanghai in 20 days (acrejornal.com.br)")
    ratio = c.row("channel_costs", "Brazil, grain", mode="barge", parameter="price_relative_to_road")
    road = c.row("channel_costs", "|freight_price|Brazil", mode="road")
    grain = road.times(ratio.value, "0.4 of the price by road (Esalq-Log)")
    return [
        Choice("sea", "freight", "USD/t/km", tuple(trips), note="of the largest bulk carriers; smaller ships cost more"),
        Choice("sea", "handling", "USD/t", (bulk,), note="one move, loading or discharging; a voyage has two"),
        Choice("sea", "station_cost", "USD/(t/year)", berths, note="of one port; a channel has two"),
        Choice("sea", "speed", "km/day", (speed,)),
        Choice("sea", "life", "year", (reference(25),)),
        Choice("barge", "freight", "USD/t/km", (c.row("channel_costs", "India inland water", parameter="freight_price"), grain)),
        Choice("barge", "handling", "USD/t", (bulk,), note="one move, loading or discharging; a voyage has two"),
    ]


def power(c: Collection) -> list[Choice]:
    """Return the figures of power lines and the gas pipeline."""
    lines = {kind: (fitted(c, kind, "cost"), fitted(c, kind, "loss")) for kind in ("HVAC", "HVDC", "Subsea")}

    def danish(mode: str) -> Row:
        return c.row("channel_costs", "generic, Europe", mode=mode)

    pair = c.row("channel_costs", "two onshore stations together", parameter="capex_per_kw").times(1000 / 2)
    built = c.row("channel_costs", "Belo Monte bipole 1", parameter="capex_per_mw_km")
    (whole, each), _ = lines["HVDC"]
    share = built.value * 2076 / (whole.value + each.value * 2076)
    how = f"{share:.2f} of the value: what bipole 1 of Belo Monte cost, of what the value makes of its 2,076 km"
    low = [row.times(share, how) for row in (whole, each)]
    memory = c.row("channel_costs", "line-commutated", parameter="loss_per_station").times(0.01)
    pypsa = "PyPSA-Eur, config.default.yaml, transmission_efficiency"
    uhv = c.row("channel_costs", "+-800 kV", parameter="loss_per_1000km").times(0.01)
    lost = (lines["HVDC"][1][1].times(10), uhv, read(0.023, "1/1000 km", None, pypsa))
    stations = (lines["HVDC"][1][0].times(0.005), read(0.01, "share", None, pypsa))
    size = c.row("lines", "bmte.com.br: Belo Monte", line_type="hvdc_line", parameter="unit_size")
    times = [c.row("lines", "permit Jan 2016", line_type="hvdc_line", parameter="construction_time")]
    phases = c.row("corridors", "bipole 2", item="construction_time").times(1 / 12)
    life = {mode: c.row("lines", "", line_type=f"{mode}_line", parameter="lifetime") for mode in ("hvac", "hvdc")}
    fixed = {mode: c.row("lines", "", line_type=f"{mode}_line", parameter="opex_fixed").times(0.01) for mode in ("hvac", "hvdc")}
    wet = read(0.025, "share", 2025, danish("HVDC submarine").source)
    out = [
        Choice("hvac", "capital_cost", "USD/MW/km", (lines["HVAC"][0][1],), spread=(danish("HVAC overhead"),)),
        Choice("hvac", "station_cost", "USD/MW", (lines["HVAC"][0][0].times(0.5),), note="of one end; a line has two"),
        Choice("hvac", "loss", "1/1000 km", (lines["HVAC"][1][1].times(10),), note="known of lines up to 366 km"),
        Choice("hvdc", "capital_cost", "USD/MW/km", (each,), spread=(low[1], danish("HVDC overhead"))),
        Choice(
            "hvdc", "station_cost", "USD/MW", (whole.times(0.5),), spread=(low[0].times(0.5), pair), note="of one converter; a line has two"
        ),
        Choice("hvdc", "loss", "1/1000 km", lost, note="of the line alone, at full load"),
        Choice("hvdc", "station_loss", "share", stations, spread=(memory,), note="of one converter; a line has two"),
        Choice("hvdc", "unit_capacity", "MW", (size,), note="a bipole of +-800 kV"),
        Choice("hvdc", "build_years", "year", (phases,), spread=tuple(times), note="with permits; low: the works alone"),
        Choice("hvdc-submarine", "capital_cost", "USD/MW/km", (lines["Subsea"][0][1],), spread=(danish("HVDC submarine"),)),
        Choice(
            "hvdc-submarine",
            "station_cost",
            "USD/MW",
            (lines["Subsea"][0][0].times(0.5),),
            spread=(pair,),
            note="of one converter; a cable has two",
        ),
        Choice("hvdc-submarine", "loss", "1/1000 km", (lines["Subsea"][1][1].times(10),)),
        Choice(
            "hvdc-submarine",
            "station_loss",
            "share",
            (lines["Subsea"][1][0].times(0.005),),
            spread=(memory,),
            note="of one converter; a cable has two",
        ),
        Choice("hvdc-submarine", "fixed_cost", "share", (wet,), note="of the capital cost, each year"),
        Choice("hvdc-submarine", "life", "year", (replace(life["hvdc"], note="of submarine cables too"),)),
        Choice(
            "pipeline",
            "capital_cost",
            "USD/MW/km",
            (c.row("channel_costs", "CH4 pipeline", parameter="capex_per_mw_km"),),
            note="MW of gas",
        ),
        Choice("pipeline", "electricity_use", "MWh/MWh/1000 km", (c.row("channel_costs", "compressors", parameter="electricity_use"),)),
        Choice(
            "pipeline",
            "fixed_cost",
            "share",
            (read(0.015, "share", 2025, "PyPSA/technology-data outputs (EUR of 2025)"),),
            note="of the capital cost, each year",
        ),
        Choice("pipeline", "life", "year", (c.row("lines", "", line_type="gas_pipeline", parameter="lifetime"),)),
    ]
    for mode in ("hvac", "hvdc"):
        out += [
            Choice(mode, "fixed_cost", "share", (fixed[mode],), note="of the capital cost, each year"),
            Choice(mode, "life", "year", (life[mode],)),
        ]
    return out


def fibres(c: Collection) -> list[Choice]:
    """Return the figures of fibre cables."""
    cost = {
        words: c.row("channel_costs", words, parameter="capex_per_km")
        for words in ("long-haul base case", "United States middle-mile", "SAIL", "Humboldt", "1990s")
    }
    sail = c.row("corridors", "sail_cable", item="capacity").times(1000, "four fibre pairs")
    life = read(25, "year", 2017, "subtelforum.com (SAIL); OSP Magazine 2014 (submerged plant in general)")
    return [
        Choice(
            "fibre",
            "capital_cost",
            "USD/km",
            (cost["long-haul base case"],),
            spread=(cost["United States middle-mile"],),
            note="no split by terrain is known",
        ),
        Choice(
            "fibre",
            "unit_capacity",
            "Gbit/s",
            (replace(sail, verified=False, note="that of four fibre pairs of SAIL; land cables have more pairs"),),
        ),
        Choice("fibre", "life", "year", (reference(17.5, 15, 20),)),
        Choice(
            "submarine-cable",
            "capital_cost",
            "USD/km",
            (cost["SAIL"], cost["Humboldt"]),
            spread=(cost["1990s"],),
            note="landings included as far as the totals have them",
        ),
        Choice("submarine-cable", "unit_capacity", "Gbit/s", (sail,)),
        Choice("submarine-cable", "life", "year", (life,)),
    ]


def tidy(choice: Choice) -> tuple[object, ...]:
    """Return a choice as a row of the table."""
    known = [row for row in choice.rows if row.verified] or list(choice.rows)
    every = (*choice.rows, *choice.spread)
    value, low, high = middle(choice.rows), min(row.low for row in every), max(row.high for row in every)
    years = sorted({row.year for row in every if row.year})
    prices = "" if "USD" not in choice.unit or not years else f"{years[0]}" if len(years) == 1 else f"{years[0]}-{years[-1]}"
    notes = dict.fromkeys(part for text in (choice.note, *(row.note for row in every)) for part in text.split("; ") if part)
    stated = dict.fromkeys(row.stated for row in every)
    sources = dict.fromkeys(row.source for row in every)
    ranged = low < value or high > value
    cells = (round_to(value), round_to(low) if ranged else None, round_to(high) if ranged else None)
    marks = (" | ".join(sources), "yes" if all(row.verified for row in known) else "no", " | ".join(stated), "; ".join(notes))
    return (
        choice.mode,
        choice.parameter,
        choice.terrain or None,
        *cells,
        choice.unit,
        prices or None,
        years[-1] if years else None,
        *marks,
    )


def round_to(value: float) -> float:
    """Return a figure to six digits."""
    return float(f"{value:.6g}")


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description="Make the figures of the modes from a collection of cited figures.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=Path, default=Path(__file__).parent.parent / "src" / "capcoop" / "corridors")
    given = parser.parse_args()
    c = Collection(given.folder)
    order = pl.read_csv(given.to / "kinds.csv").get_column("mode").to_list()
    choices = sorted(
        (*rails(c), *roads(c), *waters(c), *power(c), *fibres(c)),
        key=lambda choice: (order.index(choice.mode), PARAMETERS.index(choice.parameter), TERRAINS.index(choice.terrain)),
    )
    rows = [tidy(choice) for choice in choices]
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row", infer_schema_length=None)
    frame.write_csv(given.to / "modes.csv")
    print(f"Wrote {frame.height} figures of {frame.get_column('mode').n_unique()} modes")


if __name__ == "__main__":
    main()
