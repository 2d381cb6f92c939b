"""Places of the world, from tables inside the package: cities, ports, and the gates of landlocked countries.

Countries are ISO 3166 alpha-3 codes. A country without a row has no known place, which does not mean that it has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl

from capcoop.errors import UsageError, printable
from capcoop.geo.land import great_circle

ROLES = ("main_port", "other_port", "gateway_port", "border_crossing")


@cache
def _table(name: str) -> pl.DataFrame:
    with files("capcoop.geo").joinpath("places", f"{name}.parquet").open("rb") as file:
        return pl.read_parquet(file)


def cities() -> pl.DataFrame:
    """Return the cities of the world, the largest of each country first.

    Columns: name, country, latitude, longitude (degrees), population (persons; blank: unknown), capital (is it the seat?), year, source,
    verified. All with over 100,000 people, the largest of every country, and the capitals. Quarters of a city may be rows of their own.
    """
    return _table("cities")


def gates() -> pl.DataFrame:
    """Return ports and border crossings.

    Columns: country (that uses it), role (of `ROLES`), name, unlocode, host (country where it lies), latitude, longitude (degrees),
    harbour_size, corridor (the way to a gateway), year, source, verified, note.
    """
    return _table("gates")


def _of(table: pl.DataFrame, country: str) -> pl.DataFrame:
    """Return the rows of a country; raises UsageError where the code is none."""
    found = table.filter(pl.col("country") == country)
    if found.is_empty() and country not in (known := _codes()):
        upper = country.strip().upper()
        hint = f"did you mean '{upper}'?" if upper in known else "write a country's ISO 3166 code of three letters, such as KAZ"
        raise UsageError(f"no place is known in '{printable(country)}'; {hint}")
    return found


@cache
def _codes() -> tuple[str, ...]:
    return tuple(sorted({*cities().get_column("country"), *gates().get_column("country")}))


def cities_of(country: str, apart: float = 0.0) -> pl.DataFrame:
    """Return the cities of a country, the largest first (columns of `cities`).

    apart : km within which of several only the largest is returned, since quarters and suburbs are rows of their own. Their people are not
    added, for the figure of a city may already count them.
    """
    found = _of(cities(), country)
    if apart <= 0:
        return found
    points = found.select("latitude", "longitude").to_numpy()
    kept: list[int] = []
    for index in range(len(points)):
        if not kept or great_circle(points[kept], points[index]).min() >= apart:
            kept.append(index)
    return found[kept]


def gates_of(country: str) -> pl.DataFrame:
    """Return the ports, gateway ports and border crossings of a country, the more important first (columns of `gates`)."""
    return _of(gates(), country)


def gateways_of(country: str) -> pl.DataFrame:
    """Return the ports abroad by which a country reaches the sea, with the corridor to each; none where it needs none or none is known."""
    return gates_of(country).filter(pl.col("role") == "gateway_port")


@dataclass(frozen=True)
class Port:
    """A port: its UN/LOCODE, the country where it lies, its position in degrees, and where that was read."""

    name: str
    unlocode: str
    country: str
    latitude: float
    longitude: float
    year: int
    source: str
    verified: bool


def main_port(country: str) -> Port | None:
    """Return the main port of a country on its own coast, the Caspian included; None: none is known."""
    found = gates_of(country).filter(pl.col("role") == "main_port")
    return Port(**found.select(*Port.__dataclass_fields__).row(0, named=True)) if found.height else None
