"""Elevation of the world, what is land and what is sea, and the terrain on the way from one point to another.

The grid is NOAA's ETOPO1 (Amante and Eakins 2009; public domain) sampled every 0.1 degrees, 11 km; `tools/carry_elevation.py` made the
file. It tells high from low and rough from smooth, which is enough for what a km costs; no railway can be laid out on it. Points are rows
of latitude and longitude in degrees, distances are km, heights m above the sea.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capcoop.geo.land import EARTH_RADIUS, Floats, directions, great_circle, located

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]
ROWS, COLUMNS, PER_DEGREE = 1801, 3600, 10
SPACING = 10.0  # km between the samples of a profile, at most: about a cell
AT_ONCE = 1_000_000  # samples of one step: 100 MB
TERRAINS = ("flat", "hill", "mountain", "sea")
FLAT, HILL, MOUNTAIN, SEA = range(4)
# The rule of the classes; see `classes`.
AROUND = 2  # cells to either side over which the slope is averaged
GENTLE, STEEP = 5.0, 15.0  # m per km


@dataclass(frozen=True)
class Grid:
    """The world from south to north and from 180 degrees west to 179.9 east (1801 x 3600 codes), the metres of each code (256).

    Codes grow with the height on land; those below `land` are sea.
    """

    codes: Bytes
    heights: NDArray[np.int16]
    land: int


@cache
def grid() -> Grid:
    """Read the grid of the package."""
    with files("capcoop.geo").joinpath("elevation.npz").open("rb") as file, np.load(file, allow_pickle=False) as held:
        codes = np.cumsum(held["steps"], axis=1, dtype=np.uint8)
        heights = np.zeros(256, dtype=np.int16)
        heights[: len(held["heights"])] = held["heights"]
        return Grid(codes, heights, int(held["land"]))


def _cells(points: Floats) -> tuple[Integers, Integers]:
    """Return row and column of the node nearest to each point."""
    rows = np.rint((points[:, 0] + 90) * PER_DEGREE).astype(np.int64)
    return rows, np.rint((points[:, 1] + 180) * PER_DEGREE).astype(np.int64) % COLUMNS


def elevation(points: ArrayLike, names: Sequence[str] | None = None) -> Floats:
    """Return the height of points (n x 2) in m, between the four nodes around each; below 0 at sea, and on some land.

    It is the height of the country around: in mountains some hundred m from that of the town in the valley, or of the peak.

    Raises
    ------
    UsageError : a coordinate is missing or out of range.
    """
    return _height(located(points, names))


def _height(points: Floats) -> Floats:
    """Return the heights of points on the Earth, by bilinear interpolation."""
    world = grid()
    row, column = (points[:, 0] + 90) * PER_DEGREE, (points[:, 1] + 180) * PER_DEGREE
    south = np.minimum(row.astype(np.int64), ROWS - 2)
    west = np.floor(column).astype(np.int64)
    up, right = row - south, column - west
    west %= COLUMNS
    east = (west + 1) % COLUMNS
    metres = world.heights
    low, high = ((1 - right) * metres[world.codes[at, west]] + right * metres[world.codes[at, east]] for at in (south, south + 1))
    return np.asarray((1 - up) * low + up * high)


def is_land(points: ArrayLike, names: Sequence[str] | None = None) -> NDArray[np.bool_]:
    """Return which points (n x 2) are on land: those with land in any of the nine cells around, so that every port is.

    Lakes are land; the Caspian is sea. Islands smaller than a cell, 11 km, may be missing.

    Raises
    ------
    UsageError : a coordinate is missing or out of range.
    """
    world = grid()
    row, column = _cells(located(points, names))
    steps = np.arange(-1, 2)
    rows = np.clip(row[:, None, None] + steps[:, None], 0, ROWS - 1)
    return np.asarray((world.codes[rows, (column[:, None, None] + steps) % COLUMNS] >= world.land).any(axis=(1, 2)))


@dataclass(frozen=True)
class Profile:
    """Samples along great circles, one pair of points after the other, both ends among them (m in all).

    pair : the pair of each sample. points : m x 2 degrees. distance : km from the start. height : m. sea : is it at sea?
    """

    pair: Integers
    points: Floats
    distance: Floats
    height: Floats
    sea: NDArray[np.bool_]


def profile(starts: ArrayLike, ends: ArrayLike, spacing: float = SPACING) -> Profile:
    """Return the heights along the great circles from starts to ends (n x 2 each), sampled evenly at most `spacing` km apart.

    The way is the shorter one, over the antimeridian or a pole where that is it; between opposite points it is any of all.

    Raises
    ------
    UsageError : a coordinate is missing or out of range.
    """
    pair, points, distance, _ = _samples(located(starts), located(ends), spacing)
    world = grid()
    return Profile(pair, points, distance, _height(points), world.codes[_cells(points)] < world.land)


def _samples(starts: Floats, ends: Floats, spacing: float) -> tuple[Integers, Floats, Floats, Floats]:
    """Return pair, place, km from the start, and weight of each sample; the weights of a pair sum to 1."""
    length = great_circle(starts, ends)
    counts = np.maximum(np.ceil(length / spacing), 1).astype(np.int64)  # steps; samples are one more
    pair = np.repeat(np.arange(len(counts)), counts + 1)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(counts + 1) - counts - 1, counts + 1)
    weight = np.where((step == 0) | (step == counts[pair]), 0.5, 1.0) / counts[pair]
    distance = length[pair] * step / counts[pair]
    first, ahead = _courses(starts, ends)
    angle = (distance / EARTH_RADIUS)[:, None]
    x, y, z = (first[pair] * np.cos(angle) + ahead[pair] * np.sin(angle)).T
    points = np.degrees(np.column_stack([np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)]))
    return pair, points, distance, weight


def _courses(starts: Floats, ends: Floats) -> tuple[Floats, Floats]:
    """Return the starts as vectors of length one, and the vectors at right angles to them that point to the ends (n x 3 each)."""
    first, last = directions(starts), directions(ends)
    ahead = last - (first * last).sum(axis=1, keepdims=True) * first
    length = np.linalg.norm(ahead, axis=1, keepdims=True)
    # One point, or two opposite ones: any way is as short; take the one along the meridian.
    latitude, longitude = np.radians(starts).T
    north = np.column_stack([-np.sin(latitude) * np.cos(longitude), -np.sin(latitude) * np.sin(longitude), np.cos(latitude)])
    return first, np.where(length > 1e-9, ahead / np.maximum(length, 1e-9), north)


@cache
def classes() -> Bytes:
    """Return the terrain of every node of the grid as its place in `TERRAINS` (1801 x 3600).

    The rule is our own, since the classes of the literature (Meybeck et al. 2001) rest on relief, which calls a plain that rises evenly a
    mountain. It is the slope between neighbouring nodes, 11 km apart, as the mean of the 5 x 5 around and of both directions, the sea
    counting as 0 m: below 5 m per km flat, from 15 m per km mountain, between them hill. Of the land north of Antarctica that makes 55 %
    flat, 24 % hill and 21 % mountain, and the Kazakh steppe, Mato Grosso and the North China Plain flat, the way from Addis Ababa to
    Djibouti hill, Laos, the Andes and the Alps mountain. Altitude has no part in it.
    """
    world = grid()
    at_sea = world.codes < world.land
    metres = world.heights.astype(np.float32)
    metres[: world.land] = 0
    surface = metres[world.codes]
    apart = np.float32(np.radians(1 / PER_DEGREE) * EARTH_RADIUS)  # km between two rows; columns are nearer to each other
    latitude = np.radians(np.arange(ROWS, dtype=np.float32) / PER_DEGREE - 90)
    slope = abs(np.diff(surface, axis=1, append=surface[:, :1])) / (apart * np.maximum(np.cos(latitude), 0.05))[:, None]
    slope[:-1] += abs(np.diff(surface, axis=0)) / apart
    mean = _mean(_mean(slope, 0), 1) / 2
    found = np.full(mean.shape, HILL, dtype=np.uint8)
    found[mean < GENTLE] = FLAT
    found[mean >= STEEP] = MOUNTAIN
    found[at_sea] = SEA
    return found


def _mean(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Return the mean over AROUND nodes to either side; columns go on around the Earth, rows end at the poles."""
    width = ((0, 0), (AROUND, AROUND))
    padded = np.pad(values, width[:: 1 if axis else -1], mode="wrap" if axis else "edge")
    shifts = range(2 * AROUND + 1)
    total = sum(padded[:, shift : shift + COLUMNS] if axis else padded[shift : shift + ROWS] for shift in shifts)
    return np.asarray(total / len(shifts), dtype=np.float32)


@dataclass(frozen=True)
class Terrain:
    """What lies between pairs of points (n each): the shares of the great circle by terrain, which sum to 1; highest point and climb in m.

    length : km of the great circle. highest : of all samples, below 0 where all are at sea. climb : the sum of all rises from start to
    end, the sea counting as 0 m; the way back climbs more or less. Both are those of country 11 km wide, not of a track.
    """

    length: Floats
    flat: Floats
    hill: Floats
    mountain: Floats
    sea: Floats
    highest: Floats
    climb: Floats


def terrain_of(starts: ArrayLike, ends: ArrayLike, spacing: float = SPACING) -> Terrain:
    """Return the terrain between starts and ends (n x 2 each), sampled along great circles at most `spacing` km apart.

    Raises
    ------
    UsageError : a coordinate is missing or out of range.
    """
    first, last = located(starts), located(ends)
    length = great_circle(first, last)
    parts = [_terrain(first[part], last[part], spacing) for part in _parts(length, spacing)]
    return Terrain(length, *(np.concatenate([part[row] for part in parts]) for row in range(6)))


def _parts(length: Floats, spacing: float) -> Iterator[slice]:
    """Yield the pairs in parts that keep the memory small."""
    samples = np.cumsum(length / spacing + 2)
    start = 0
    while start < len(length) or start == 0:
        before = samples[start - 1] if start else 0.0
        stop = max(int(np.searchsorted(samples, before + AT_ONCE)), start + 1)
        yield slice(start, stop)
        start = stop


def _terrain(starts: Floats, ends: Floats, spacing: float) -> Floats:
    """Return the shares of the four terrains, the highest point and the climb of each pair (6 x n)."""
    pair, points, _, weight = _samples(starts, ends, spacing)
    count = len(starts)
    if not count:
        return np.zeros((6, 0))
    cells = _cells(points)
    shares = np.bincount(pair * 4 + classes()[cells], weight, minlength=4 * count).reshape(count, 4).T
    height = _height(points)
    opening = np.searchsorted(pair, np.arange(count))
    surface = np.where(grid().codes[cells] < grid().land, 0.0, height)
    rise = np.maximum(np.diff(surface, append=0.0), 0.0)
    rise[np.append(opening[1:], len(pair)) - 1] = 0.0  # from the end of one pair to the start of the next
    return np.vstack([shares, np.maximum.reduceat(height, opening), np.add.reduceat(rise, opening)])
