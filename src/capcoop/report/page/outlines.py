"""Outlines of countries, the package's own or a user's GeoJSON, and how they are cut at the edge of a view.

Rings are arrays of longitude and latitude in degrees (n x 2, the last point equal to the first), unwrapped: they go on beyond 180 degrees
instead of jumping to -180, so that a view can have its edge anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from capcoop.errors import Problem, UsageError, printable
from capcoop.geo.land import Floats

FOLDER = Path(__file__).parent.parent / "outlines"
STEPS = 100.0  # of a degree, in which the package holds its outlines
SOURCE = "Natural Earth (public domain) by way of world-atlas 2.0.2"
# A file beyond these would make a page that no browser opens.
LARGEST, MOST_POINTS = 64 * 2**20, 400_000
SHOWN = 10
FEWEST = 4
CODES = ("ISO_A3", "iso_a3", "ADM0_A3", "adm0_a3", "iso3", "country", "id")
NAMES = ("NAME", "name", "ADMIN", "admin", "shapeName")
NESTED = {"Polygon": 2, "MultiPolygon": 3}


@dataclass(frozen=True, eq=False)
class Outlines:
    """Outlines of countries.

    country, name : of each ring, '' where unknown. polygon : number of the polygon that each ring belongs to; its holes follow it.
    rings : n x 2 each. source : whose they are. own : whether they are the package's.
    """

    country: tuple[str, ...]
    name: tuple[str, ...]
    polygon: tuple[int, ...]
    rings: tuple[Floats, ...]
    source: str
    own: bool = True


@cache
def built_in(scale: str) -> Outlines:
    """Return the package's outlines: `world` (1:110 million) or `countries` (1:50 million), without Antarctica."""
    table = pl.read_parquet(FOLDER / f"{scale}.parquet")
    polygon = (~table.get_column("hole")).cum_sum().to_list()
    points = table.select(pl.col("longitude", "latitude").explode()).to_numpy() / STEPS
    ends = np.cumsum(table.get_column("latitude").list.len().to_numpy())[:-1]
    country, name = (tuple(table.get_column(column).fill_null("").to_list()) for column in ("country", "name"))
    return Outlines(country, name, tuple(polygon), tuple(np.split(points, ends)), SOURCE)


def read_outlines(path: str | Path) -> Outlines:
    """Read a user's own outlines: a GeoJSON file (RFC 7946) of Polygons and MultiPolygons in degrees.

    Raises
    ------
    UsageError : it is no such file, or too large; every problem at once, one a line.
    """
    file = Path(path)
    shown = printable(str(path))
    try:
        size = file.stat().st_size
        if size > LARGEST:
            raise UsageError(f"{shown} has {size / 2**20:.0f} MiB, and outlines may have {LARGEST // 2**20}; simplify them first")
        held = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{shown} cannot be read as JSON; outlines are a GeoJSON file (.geojson)") from None
    return _judged(held, shown)


def _judged(held: Any, shown: str) -> Outlines:  # noqa: ANN401  (anything that JSON can hold)
    problems: list[Problem] = []
    found: list[tuple[str, str, int, Floats]] = []
    points = 0
    for number, feature in enumerate(_features(held), 1):
        properties = feature.get("properties")
        words = {**(properties if isinstance(properties, dict) else {}), "id": feature.get("id")}
        country, name = (_first(words, names) for names in (CODES, NAMES))
        for polygon in _polygons(feature, shown, number, problems):
            rings = [_ring(ring, shown, number, problems) for ring in polygon]
            mark = len(found)
            found += [(country, name, mark, ring) for ring in rings if ring is not None]
            points += sum(len(ring) for ring in rings if ring is not None)
    if points > MOST_POINTS:
        raise UsageError(f"{shown} has more than {MOST_POINTS:,} points; simplify its outlines first")
    if problems:
        raise UsageError("\n".join(str(problem) for problem in problems[:SHOWN]))
    if not found:
        raise UsageError(f"{shown} holds no Polygon or MultiPolygon; outlines are a GeoJSON file with at least one")
    countries, titles, polygons, kept = zip(*found, strict=True)
    return Outlines(countries, titles, polygons, kept, shown, own=False)


def _features(held: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """Yield the features of a GeoJSON object; a bare geometry is a feature without a name."""
    kind = held.get("type") if isinstance(held, dict) else None
    inner = held.get({"FeatureCollection": "features", "GeometryCollection": "geometries"}.get(str(kind), "")) if kind else None
    for each in inner if isinstance(inner, list) else [held]:
        if isinstance(each, dict):
            yield each if each.get("type") == "Feature" else {"geometry": each}


def _polygons(feature: dict[str, Any], shown: str, number: int, problems: list[Problem]) -> list[list[Any]]:
    """Return the polygons of a feature, each as a list of rings; other shapes and empty ones have none."""
    shape = feature.get("geometry")
    kind = shape.get("type") if isinstance(shape, dict) else None
    if kind not in NESTED:
        return []
    held = shape.get("coordinates") if isinstance(shape, dict) else None
    polygons = [held] if kind == "Polygon" else held
    if not isinstance(polygons, list) or not all(isinstance(each, list) for each in polygons):
        problems.append(Problem(shown, None, None, f"the {kind} of feature {number}", "has no list of rings", "see RFC 7946, section 3.1"))
        return []
    return polygons


def _ring(held: Any, shown: str, number: int, problems: list[Problem]) -> Floats | None:  # noqa: ANN401
    """Return a ring, unwrapped; None where it is none, which the problems tell."""
    try:
        points = np.array([point[:2] for point in held], dtype=np.float64)
    except (TypeError, ValueError, OverflowError, KeyError):
        points = np.zeros((0, 0))
    if points.ndim != 2 or points.shape[1] != 2:
        rule = "is no list of pairs of longitude and latitude"
    elif not np.isfinite(points).all() or abs(points[:, 0]).max() > 360 or abs(points[:, 1]).max() > 90:
        rule = "leaves the Earth; coordinates are degrees, longitude first (project it back to WGS 84)"
    elif len(points) < FEWEST or not np.array_equal(points[0], points[-1]):
        rule = "is not closed; its last point repeats the first, and it has four at least"
    else:
        along = np.unwrap(points[:, 0], period=360)
        # A ring around a pole cannot be unwrapped: it is left as it is, cut at 180 degrees.
        return np.column_stack([along, points[:, 1]]) if abs(along[0] - along[-1]) < 1 else points
    problems.append(Problem(shown, None, None, f"a ring of feature {number}", rule))
    return None


def _first(words: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the first of some properties that says anything, in short."""
    said = (words.get(name) for name in names)
    return next((str(value)[:80] for value in said if isinstance(value, str) and value.strip(" -9")), "")


def cut(ring: Floats, low: tuple[float, float], high: tuple[float, float]) -> Floats:
    """Return what of a ring lies within a rectangle (Sutherland and Hodgman 1974), closed again; no points where nothing does."""
    points = ring[:-1]
    for axis, bound, sign in ((0, low[0], 1.0), (0, high[0], -1.0), (1, low[1], 1.0), (1, high[1], -1.0)):
        points = _half(points, axis, bound, sign)
    return np.concatenate([points, points[:1]]) if len(points) >= FEWEST - 1 else np.zeros((0, 2))


def _half(points: Floats, axis: int, bound: float, sign: float) -> Floats:
    """Return what of an open ring lies on one side of a line along an axis."""
    inside = sign * (points[:, axis] - bound) >= 0
    if inside.all() or not len(points):
        return points
    if not inside.any():
        return np.zeros((0, 2))
    following = np.roll(points, -1, axis=0)
    (crossing,) = np.nonzero(inside != np.roll(inside, -1))
    start, end = points[crossing], following[crossing]
    share = (bound - start[:, axis]) / (end[:, axis] - start[:, axis])
    met = start + share[:, None] * (end - start)
    met[:, axis] = bound
    place = np.concatenate([np.flatnonzero(inside) * 2, crossing * 2 + 1])
    return np.concatenate([points[inside], met])[np.argsort(place, kind="stable")]


def within(outlines: Outlines, low: tuple[float, float], high: tuple[float, float]) -> Iterator[tuple[int, Floats]]:
    """Yield the number and the part of every ring that lies in a window of longitude and latitude, once round the Earth either way."""
    box = np.array([[ring.min(axis=0), ring.max(axis=0)] for ring in outlines.rings])
    for turn in (-360.0, 0.0, 360.0):
        shift = np.array([turn, 0.0])
        least, most = box[:, 0] + shift, box[:, 1] + shift
        met = ((least < high) & (most > low)).all(axis=1)
        whole = ((least >= low) & (most <= high)).all(axis=1)
        for number in np.flatnonzero(met).tolist():
            moved = outlines.rings[number] + shift
            part = moved if whole[number] else cut(moved, low, high)
            if len(part):
                yield number, part
