"""The ways of large corridors: their waypoints in order, what is published of them, and how long they are to be expected.

Two tables inside the package, carried by `tools/carry_corridors.py`. Waypoints are towns along a way, no surveyed line: measured along
them a way comes out shorter than it is. Distances are km, heights m.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from capcoop.errors import UsageError, printable, suggestion
from capcoop.geo.elevation import Terrain, terrain_of
from capcoop.geo.land import Floats, detour, detour_routes, route_length
from capcoop.geo.overland import AT_SEA, overland_route
from capcoop.geo.sea import sea_distances


@cache
def _table(name: str) -> pl.DataFrame:
    with files("capcoop.geo").joinpath(f"{name}.csv").open("rb") as file:
        return pl.read_csv(file).with_columns(verified=pl.col("verified") == "yes")


def waypoints() -> pl.DataFrame:
    """Return the waypoints of every way in order.

    Columns: corridor, way, mode, sequence, name, country, latitude, longitude (degrees), year, source, verified, note.
    """
    return _table("waypoints")


def facts() -> pl.DataFrame:
    """Return what is published of the ways; several sources of one figure stand side by side.

    Columns: corridor, way, item (length, tunnel length, bridge length, distance saved in km; altitude in m), value or low and high, unit,
    year (blank: the source has none), source, verified, note.
    """
    return _table("corridors")


@dataclass(frozen=True)
class Way:
    """A way of a corridor: its mode, and the names, countries and positions (n x 2 degrees) of its waypoints in order."""

    corridor: str
    name: str
    mode: str
    names: tuple[str, ...]
    countries: tuple[str, ...]
    points: Floats


def ways() -> dict[str, Way]:
    """Return every way by its name."""
    return {str(name): _way(rows.sort("sequence")) for (name,), rows in waypoints().group_by("way", maintain_order=True)}


def _way(rows: pl.DataFrame) -> Way:
    """Return the way that the rows of its waypoints make."""
    corridor, name, mode = rows.select("corridor", "way", "mode").row(0)
    names, countries = (tuple(rows.get_column(column)) for column in ("name", "country"))
    return Way(corridor, name, mode, names, countries, rows.select("latitude", "longitude").to_numpy())


@dataclass(frozen=True)
class Measured:
    """A way as it is measured.

    straight : km along its waypoints. expected : km with the detour of its terrain, or of its mode at sea. lanes : km along the sea lanes
    (a cable alone). published : all lengths that are published. factor : the first of them over straight; None without one.
    own : is this very way one of those that the detours come from, so that expected is no independent figure?
    shares : of flat, hill, mountain and sea on the straight way. highest : m of the highest sample.
    """

    way: Way
    straight: float
    expected: float
    lanes: float | None
    published: tuple[float, ...]
    factor: float | None
    own: bool
    shares: tuple[float, float, float, float]
    highest: float


def measured(name: str) -> Measured:
    """Return a way measured along its waypoints, beside its published lengths.

    Raises
    ------
    UsageError : no way has that name.
    """
    known = ways()
    if name not in known:
        raise UsageError(
            f"no way of a corridor is called '{printable(name)}'; {suggestion(name, known) or 'capcoop.geo.corridors.ways() has all'}"
        )
    way = known[name]
    straight = route_length(way.points)
    if way.mode == AT_SEA:
        expected, terrain = straight * detour(AT_SEA).factor, terrain_of(way.points[:-1], way.points[1:])
        lanes: float | None = float(np.trace(sea_distances(way.points, names=way.names), offset=1))
    else:
        route = overland_route(way.points, way.mode, way.names, way.countries)
        expected, terrain, lanes = route.length, route.terrain, None
    lengths = facts().filter(pl.col("way") == name, pl.col("item") == "length").get_column("value").drop_nulls().to_list()
    factor = lengths[0] / straight if lengths else None
    return Measured(
        way, straight, expected, lanes, tuple(lengths), factor, _own(way, lengths), _shares(terrain), float(terrain.highest.max())
    )


def _shares(terrain: Terrain) -> tuple[float, float, float, float]:
    """Return the shares of flat, hill, mountain and sea over all legs."""
    parts = (terrain.flat, terrain.hill, terrain.mountain, terrain.sea)
    flat, hill, mountain, sea = (float((part * terrain.length).sum() / terrain.length.sum()) for part in parts)
    return flat, hill, mountain, sea


def _own(way: Way, lengths: list[float]) -> bool:
    """Return whether the detours come from the published length of a way, or from those of all its legs."""
    routes = detour_routes().filter(mode=way.mode)
    legs = {f"{start} - {end}" for start, end in zip(way.names[:-1], way.names[1:], strict=True)}
    return not set(lengths).isdisjoint(routes.get_column("length").to_list()) or legs <= set(routes.get_column("route"))
