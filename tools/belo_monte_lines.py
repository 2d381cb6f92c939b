"""What long power lines cost, carry and lose by their length, from the figures of tools/belo_monte.csv.

Direct current pays two converter stations whatever the length, and then less per km. Alternating current pays little at its ends, but
carries less the longer it is, unless stations with series capacitors stand in between, and it loses more on the way.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from capcoop.atlas.figures import table

FIGURES = Path(__file__).parent / "belo_monte.csv"
KM_PER_MILE = 1.609344
MWH_PER_MMBTU = 0.293071
# Loadability of an uncompensated line by its length in miles, in surge impedance loadings: H. P. St. Clair, Practical Concepts in
# Capability and Performance of Transmission Lines, AIEE Transactions 1953; Dunlop, Gutman and Marchenko, IEEE Transactions PAS-98, 1979.
ST_CLAIR = ((50, 100, 150, 200, 250, 300, 350, 400, 500, 600), (3.0, 2.0, 1.6, 1.35, 1.2, 1.05, 0.95, 0.85, 0.72, 0.62))
Row = dict[str, Any]


@cache
def figures() -> dict[str, Row]:
    """Return every figure by name: value, low, high (None: no range), unit, year, source, verified, note."""
    with FIGURES.open(encoding="utf-8", newline="") as file:
        return {
            row["name"]: {**row, **{column: float(row[column]) if row[column] else None for column in ("value", "low", "high")}}
            for row in csv.DictReader(file)
        }


def value(name: str) -> float:
    """Return the central value of a figure."""
    return float(figures()[name]["value"])


def mark(*names: str, note: str = "") -> Row:
    """Return source, year, verified and note of a row that rests on some figures."""
    rows = [figures()[name] for name in names]
    years = sorted({str(row["year"]) for row in rows})
    notes = [note, *(row["note"] for row in rows if len(rows) == 1)]
    return {
        "source": " | ".join(dict.fromkeys(row["source"] for row in rows)),
        "year": years[0] if len(years) == 1 else f"{years[0]}-{years[-1]}",
        "verified": "yes" if all(row["verified"] == "yes" for row in rows) else "no",
        "note": "; ".join(part for part in notes if part),
    }


def usd(currency: str, year: int) -> float:
    """Return US dollars for a unit of another money, the mean of a year (European Central Bank)."""
    return float(table("rates").filter(pl.col("currency") == currency, pl.col("year") == year).item(0, "usd"))


@dataclass(frozen=True)
class Lines:
    """What long lines cost and lose.

    hvdc_line : USD per MW and km. hvdc_stations : USD per MW, both ends. hvdc_loss, hvac_loss : share per 1,000 km. station_loss : share of
    each converter station. hvac_line : million USD per km and circuit. hvac_station : million USD per station and circuit.
    compensated, surge, thermal : MW a circuit, with stations between; at its surge impedance; at most. section : km between two stations.
    stable : do long lines carry less (the curve of St. Clair)? upkeep : present worth of upkeep, as a share of the cost.
    """

    hvdc_line: float
    hvdc_stations: float
    hvdc_loss: float
    station_loss: float
    hvac_line: float
    hvac_station: float
    hvac_loss: float
    compensated: float
    surge: float
    thermal: float
    section: float
    upkeep: float
    stable: bool = True


@dataclass(frozen=True)
class Way:
    """A line of some length: GW of one unit, million USD per GW with the present worth of its upkeep, share of power lost."""

    unit: float
    cost: float
    loss: float


def capital_recovery(rate: float, life: float) -> float:
    """Return the yearly payment for a unit of cost."""
    return rate / (1.0 - float((1.0 + rate) ** -life))


def upkeep(rate: float) -> float:
    """Return the present worth of a line's upkeep over its life, as a share of its cost."""
    return value("line_fixed_cost") / 100 / capital_recovery(rate, value("line_life"))


def central() -> Lines:
    """Return the central figures: Brazilian budgets for direct current, and the American ratio of the two for alternating current."""
    brl = usd("BRL", 2013)
    capacity = value("bipole_capacity")
    line = value("hvdc_line_budget") * 1e6 * brl / capacity / value("estreito_length")
    ratio = value("hvac_500_cost") / value("hvdc_500_cost")
    return Lines(
        hvdc_line=line,
        hvdc_stations=value("hvdc_station_budget") * 1e6 * brl / capacity,
        hvdc_loss=value("hvdc_loss") / 100 / value("estreito_length") * 1000,
        station_loss=value("station_loss") / 100,
        hvac_line=line * ratio * value("hvac_compensated") / 1e6,
        hvac_station=value("hvac_station_cost"),
        hvac_loss=value("hvac_loss") / 100 / (100 * KM_PER_MILE) * 1000,
        compensated=value("hvac_compensated"),
        surge=value("hvac_surge"),
        thermal=value("hvac_thermal"),
        section=value("hvac_section"),
        upkeep=upkeep(value("discount_rate")),
    )


def loadability(km: float) -> float:
    """Return what an uncompensated line of some length can carry, in surge impedance loadings."""
    return float(np.interp(km / KM_PER_MILE, *ST_CLAIR))


def hvdc(lines: Lines, km: float) -> Way:
    """Return a bipole: two stations, whatever the length, and a line."""
    cost = lines.hvdc_stations + lines.hvdc_line * km
    loss = 1 - (1 - lines.station_loss) ** 2 * (1 - lines.hvdc_loss * km / 1000)
    return Way(value("bipole_capacity") / 1000, cost / 1000 * (1 + lines.upkeep), loss)


def hvac(lines: Lines, km: float) -> Way:
    """Return a circuit of 765 kV: plain, or with compensated stations between its ends, whichever is cheaper per MW."""
    between = int(np.ceil(km / lines.section)) - 1
    plain = min(lines.thermal, lines.surge * loadability(km)) if lines.stable else lines.thermal
    designs = [(plain, 2), (lines.compensated, 2 + between)]
    unit, cost = min(((mw, lines.hvac_line * km + lines.hvac_station * stations) for mw, stations in designs), key=lambda d: d[1] / d[0])
    return Way(unit / 1000, cost / unit * 1000 * (1 + lines.upkeep), lines.hvac_loss * km / 1000)


WAYS: dict[str, Callable[[Lines, float], Way]] = {"hvdc": hvdc, "hvac": hvac}
SHORT = {"hvdc": "dc", "hvac": "ac"}
ON_LINES = {
    "hvdc": ("hvdc_line_budget", "hvdc_station_budget", "line_fixed_cost"),
    "hvac": ("hvdc_line_budget", "hvac_500_cost", "hvdc_500_cost", "hvac_compensated", "hvac_station_cost", "line_fixed_cost"),
}
ON_LOSSES = {"hvdc": ("hvdc_loss", "station_loss"), "hvac": ("hvac_loss",)}


def doubts() -> dict[str, tuple[Lines, tuple[str, ...]]]:
    """Return the lines, and cells of the case, of each figure that may be wrong."""
    own, euro = central(), usd("EUR", 2025)
    row = figures()
    circuit = value("hvac_compensated")
    mile = value("hvac_500_cost") / KM_PER_MILE
    american = replace(
        own,
        hvdc_line=value("hvdc_500_cost") / KM_PER_MILE,
        hvdc_stations=2 * value("us_station_cost"),
        hvac_line=mile * circuit / 1e6,
    )
    danish = replace(
        own,
        hvdc_line=value("europe_hvdc_cost") * euro,
        hvdc_stations=value("europe_station_cost") * 1000 * euro,
        hvac_line=value("europe_hvac_cost") * euro * own.thermal / 1e6,
    )
    gas = "purchases/market;southeast;natural-gas/price="
    stations = row["hvac_station_cost"]
    per_km = 100 / value("estreito_length") / 100 * 1000
    ratio = value("hvac_500_cost") / value("hvdc_500_cost")
    return {
        "central": (own, ()),
        "alternating-current stations at 40 million USD": (replace(own, hvac_station=stations["low"]), ()),
        "alternating-current stations at 100 million USD": (replace(own, hvac_station=stations["high"]), ()),
        "no stations in alternating current at all": (replace(own, hvac_station=0.0), ()),
        "alternating current 2.0 times as dear per MW-km (central: 2.4)": (replace(own, hvac_line=own.hvac_line * 2.0 / ratio), ()),
        "alternating current 2.7 times as dear per MW-km": (replace(own, hvac_line=own.hvac_line * 2.7 / ratio), ()),
        "direct-current loss of 1.5 % per 1,000 km": (replace(own, hvdc_loss=row["hvdc_loss"]["low"] * per_km / 100), ()),
        "direct-current loss of 3 % per 1,000 km": (replace(own, hvdc_loss=row["hvdc_loss"]["high"] * per_km / 100), ()),
        "alternating-current loss of 0.8 % per 100 miles": (replace(own, hvac_loss=own.hvac_loss * row["hvac_loss"]["low"]), ()),
        "gas at the price of Henry Hub": (own, (f"{gas}{row['gas_price']['low'] / MWH_PER_MMBTU / 1000:.6g}",)),
        "gas at the price of Japan": (own, (f"{gas}{row['gas_price']['high'] / MWH_PER_MMBTU / 1000:.6g}",)),
        "discount rate 5 %": (replace(own, upkeep=upkeep(0.05)), ("discount_rate=0.05",)),
        "discount rate 12 %": (replace(own, upkeep=upkeep(0.12)), ("discount_rate=0.12",)),
        "American costs of lines and converters": (american, ()),
        "Danish costs, alternating current at its thermal rating at any length": (replace(danish, stable=False), ()),
        "Danish costs, alternating current as it can be loaded": (danish, ()),
        "Brazilian costs, alternating current at its thermal rating at any length": (replace(own, stable=False), ()),
    }
