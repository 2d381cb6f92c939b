"""Distances over land: great circles, and how much longer than these railways, roads and lines are.

Points are rows of latitude and longitude in degrees; distances are km.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from capcoop.errors import UsageError, printable

Floats = NDArray[np.float64]
TERRAINS = ("flat", "hill", "mountain")
EARTH_RADIUS = 6371.0088  # km, the mean radius of the Geodetic Reference System 1980 (Moritz 2000)


def located(points: ArrayLike, names: Sequence[str] | None = None) -> Floats:
    """Return points as an array of latitude and longitude (n x 2), once they lie on the Earth; an error calls them by `names`.

    Raises
    ------
    UsageError : they are no pairs, a coordinate is missing, or one is out of range, as when the two are swapped.
    """
    try:
        array = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError("every point needs two numbers, latitude and longitude") from None
    if not array.size:
        return array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise UsageError(f"points are rows of latitude and longitude, not an array of shape {array.shape}")
    latitude, longitude = array.T
    for wrong, what in (
        (~np.isfinite(array).all(axis=1), "has no latitude or no longitude"),
        (abs(latitude) > 90, "has a latitude beyond 90 degrees; were latitude and longitude swapped?"),
        (abs(longitude) > 360, "has a longitude beyond 360 degrees"),
    ):
        if wrong.any():
            raise UsageError(f"{called(array, int(wrong.argmax()), names)} {what}")
    return array


def called(points: Floats, index: int, names: Sequence[str] | None) -> str:
    """Return a point as a sentence calls it: by its name, or its number from 1, with its coordinates."""
    latitude, longitude = points[index]
    name = f"'{printable(names[index])}'" if names else f"point {index + 1}"
    return f"{name} (latitude {latitude:g}, longitude {longitude:g})"


def great_circle(starts: ArrayLike, ends: ArrayLike) -> Floats:
    """Return the distance in km along the sphere between points (... x 2 each, broadcast against each other).

    The haversine formula (Sinnott 1984), on a sphere of the mean radius: within 0.6 % of the ellipsoid. It knows no antimeridian.
    """
    (latitude, longitude), (other, far) = (np.moveaxis(np.radians(np.asarray(p, dtype=np.float64)), -1, 0) for p in (starts, ends))
    square = np.sin((other - latitude) / 2) ** 2 + np.cos(latitude) * np.cos(other) * np.sin((far - longitude) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(square, 1.0))))


def directions(points: Floats) -> Floats:
    """Return points as vectors of length one; the product of two is the greater the nearer they lie on the sphere."""
    latitude, longitude = np.radians(points).T
    return np.column_stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])


def route_length(waypoints: ArrayLike) -> float:
    """Return the length in km of a route along its waypoints (n x 2), straight from each to the next."""
    points = located(waypoints)
    return float(great_circle(points[:-1], points[1:]).sum())


@dataclass(frozen=True)
class Detour:
    """How many km of a mode one km of great circle takes: the median of `routes` cited routes, and their range."""

    factor: float
    low: float
    high: float
    routes: int
    verified: bool
    source: str


@cache
def detour_routes() -> pl.DataFrame:
    """Return the routes that detours come from: mode, terrain, route, straight and length in km, factor, year, source, verified, note."""
    with files("capcoop.geo").joinpath("detours.csv").open("rb") as file:
        routes = pl.read_csv(file)
    return routes.with_columns(factor=pl.col("length") / pl.col("straight"), verified=pl.col("verified") == "yes")


def detour(mode: str, terrain: str | None = None) -> Detour:
    """Return the detour of a mode (rail, road, power line, submarine cable), in a terrain (flat, hill, mountain) or over all.

    It holds between neighbouring towns or waypoints. Where no route is known there is no factor, and none is made up.

    Raises
    ------
    UsageError : no route of the mode, or of the mode in the terrain, is known.
    """
    routes = detour_routes()
    for column, wanted in (("mode", mode), ("terrain", terrain)):
        if wanted is not None:
            known = routes.get_column(column).unique(maintain_order=True).to_list()
            if wanted not in known:
                what = f"the mode '{printable(mode)}'" + (f" in the terrain '{printable(wanted)}'" if column == "terrain" else "")
                raise UsageError(f"no detour is known of {what}; known: {', '.join(known)}")
            routes = routes.filter(pl.col(column) == wanted)
    factors = routes.get_column("factor").to_numpy()
    sources = " | ".join(routes.get_column("source").unique(maintain_order=True))
    low, middle, high = np.quantile(factors, (0.0, 0.5, 1.0)).round(3).tolist()
    return Detour(middle, low, high, routes.height, bool(routes.get_column("verified").all()), sources)


def terrain_detours(mode: str) -> tuple[Detour, ...]:
    """Return the detour of a mode in each of `TERRAINS`; that over all where no route in a terrain is known.

    Raises
    ------
    UsageError : no route of the mode is known.
    """
    known = detour_routes().filter(mode=mode).get_column("terrain").unique().to_list()
    return tuple(detour(mode, terrain if terrain in known else None) for terrain in TERRAINS)


def overland_distance(starts: ArrayLike, ends: ArrayLike, mode: str, terrain: str | None = None) -> Floats:
    """Return the distance in km between points (n x 2 each) by a mode over land: the great circle times the detour of `detour`."""
    return great_circle(located(starts), located(ends)) * detour(mode, terrain).factor
