"""The sites of a case on the map, once they can lie where the case says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from capcoop.case.read import ROW
from capcoop.errors import CaseError, Problem, UsageError
from capcoop.geo.elevation import is_land
from capcoop.geo.land import Floats, great_circle
from capcoop.geo.places import cities

PORTS = ("port", "gateway", "landing")
# A site so far from every known city of its country is wrong where it would be so near to one with its coordinates swapped, in km.
LOST, FOUND = 500.0, 400.0
SAME = 0.01  # km


@dataclass(frozen=True)
class Places:
    """The sites with coordinates: names, countries ("" where none is said), degrees (n x 2), which are ports.

    rows : their rows in the table. without : the names of those without coordinates.
    """

    names: tuple[str, ...]
    countries: tuple[str, ...]
    points: Floats
    port: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rows: tuple[int, ...]
    without: tuple[str, ...]


def places_of(sites: pl.DataFrame, *, land: bool) -> Places:
    """Return the sites of a case that lie on the map.

    sites : the table with its row numbers. land : are channels over land wanted? Then no site may lie in the sea.

    Raises
    ------
    CaseError : with every site that lies where another one does, in the sea, or where its coordinates were swapped.
    UsageError : fewer than two sites have coordinates.
    """
    known = pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null()
    found = sites.filter(known).with_columns(pl.col("country", "kind").fill_null(""))
    without = tuple(sites.filter(~known).get_column("site").to_list())
    if found.height < 2:
        told = ", ".join(f"'{name}'" for name in without[:5]) + (f" and {len(without) - 5} more" if len(without) > 5 else "")
        verb = "has" if len(without) == 1 else "have"
        why = f"{told} {verb} none; state latitude and longitude in sites.csv" if without else "name more sites in sites.csv"
        raise UsageError(f"a channel needs two sites with coordinates, and the case has {found.height}: {why}")
    places = Places(
        tuple(found.get_column("site").to_list()),
        tuple(found.get_column("country").to_list()),
        found.select("latitude", "longitude").to_numpy(),
        found.get_column("kind").str.strip_chars().str.to_lowercase().is_in(PORTS).to_numpy(),
        tuple(found.get_column(ROW).to_list()),
        without,
    )
    problems = list(_problems(places, land=land))
    if problems:
        raise CaseError(problems)
    return places


def _problems(places: Places, *, land: bool) -> Iterator[Problem]:
    swapped = _swapped(places)
    for index in np.flatnonzero(swapped).tolist():
        rule = f"lies in no part of {places.countries[index]} that is known, and does with the two swapped"
        yield _problem(places, index, rule, "swap latitude and longitude")
    for index, other in _twins(places.points):
        yield _problem(places, index, f"is the very place of '{places.names[other]}'", "correct one of the two, or make them one site")
    if land:
        wet = ~is_land(places.points) & ~swapped & ~places.port
        remedy = "correct it, or propose channels by sea alone: --mode sea"
        for index in np.flatnonzero(wet).tolist():
            yield _problem(places, index, "lies in the sea, where no channel over land begins", remedy)


def _problem(places: Places, index: int, rule: str, remedy: str) -> Problem:
    latitude, longitude = places.points[index]
    found = f"'{places.names[index]}' (latitude {latitude:g}, longitude {longitude:g})"
    return Problem("sites.csv", places.rows[index], "latitude", found, rule, remedy)


def _swapped(places: Places) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which sites are far from every city of their country, and near to one with their coordinates swapped."""
    out = np.zeros(len(places.names), dtype=bool)
    towns = cities().select("country", "latitude", "longitude")
    of = np.array(places.countries)
    for country in sorted(set(places.countries) - {""}):
        known = towns.filter(pl.col("country") == country).select("latitude", "longitude").to_numpy()
        if len(known):
            (own,) = np.nonzero(of == country)
            here = great_circle(places.points[own][:, None], known[None]).min(axis=1)
            turned = places.points[own][:, ::-1]
            there = np.where(abs(turned[:, 0]) <= 90, great_circle(turned[:, None], known[None]).min(axis=1), np.inf)
            out[own] = (here > LOST) & (there < FOUND)
    return out


def _twins(points: Floats) -> Iterator[tuple[int, int]]:
    """Yield each site that lies where one before it does, and that one."""
    order = np.lexsort((points[:, 1], points[:, 0]))
    close = great_circle(points[order[:-1]], points[order[1:]]) < SAME
    for place in np.flatnonzero(close).tolist():
        first, second = sorted(order[place : place + 2].tolist())
        yield second, first
