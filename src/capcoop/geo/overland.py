"""Ways over land along given waypoints: how long a railway, a road or a power line is between them, and whether they can be right.

Points are rows of latitude and longitude in degrees; distances are km.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capcoop.errors import UsageError, printable
from capcoop.geo.elevation import Terrain, is_land, terrain_of
from capcoop.geo.land import Floats, called, detour_routes, great_circle, located, terrain_detours
from capcoop.geo.places import cities, cities_of

AT_SEA = "submarine cable"  # the one mode of the detours that is none over land
NEAR_TOWN = 20.0  # km from a known town within which a point is on land whatever the grid says: islands smaller than its cells
ABROAD = 1500.0  # km from every known town of its country beyond which a point is not there
SAME = 0.001  # km within which two points are one


@dataclass(frozen=True)
class OverlandRoute:
    """The legs of a way from each waypoint to the next (n - 1 each).

    straight : km of the great circle. terrain : what lies on it. detours : km of the mode for each of these km.
    lengths : km to be expected, straight times detour.
    """

    straight: Floats
    terrain: Terrain
    detours: Floats
    lengths: Floats

    @property
    def straight_length(self) -> float:
        """Km from the first waypoint to the last, straight from each to the next."""
        return float(self.straight.sum())

    @property
    def length(self) -> float:
        """Km to be expected of the whole."""
        return float(self.lengths.sum())

    @property
    def detour(self) -> float:
        """Km to be expected for each straight one."""
        return self.length / self.straight_length


def overland_route(
    waypoints: ArrayLike, mode: str, names: Sequence[str] | None = None, countries: Sequence[str] | None = None
) -> OverlandRoute:
    """Return the legs of a way by rail, road or power line along its waypoints (n x 2).

    The detour of a leg is that of each terrain on it (`capcoop.geo.land.detour`), weighted by its share. A terrain in which no route of
    the mode is known counts with the detour over all terrains, water with that of flat land. A detour holds between neighbouring towns:
    along close waypoints, or a line that is drawn already, the way is shorter than what is to be expected here.

    names : what errors call the waypoints. countries : where they should lie (ISO 3166 alpha-3), to find misplaced ones.

    Raises
    ------
    UsageError : fewer than two waypoints; one that is at sea, that is the same as the one before, or that is far from its country; an
    unknown mode. All that is wrong with the waypoints is told at once.
    """
    _factors(mode)  # an unknown mode is told before anything else
    points = located(waypoints, names)
    if len(points) < 2:
        raise UsageError("a way needs two waypoints or more")
    wrong = (*misplaced(points, names, countries), *_repeated(points, names))
    if wrong:
        raise UsageError("\n".join(wrong))
    found = terrain_of(points[:-1], points[1:])
    longer = detours(found, mode)
    return OverlandRoute(found.length, found, longer, found.length * longer)


def detours(terrain: Terrain, mode: str) -> Floats:
    """Return how many km of a mode over land each km of great circle takes, by the terrain on it (n), as `overland_route` counts.

    Raises
    ------
    UsageError : no detour of the mode over land is known.
    """
    return np.asarray(_factors(mode) @ np.vstack([terrain.flat + terrain.sea, terrain.hill, terrain.mountain]))


def _factors(mode: str) -> Floats:
    """Return the detours of a mode over land in flat, hilly and mountainous terrain (3)."""
    modes = [name for name in detour_routes().get_column("mode").unique(maintain_order=True) if name != AT_SEA]
    if mode not in modes:
        hint = "that goes by sea: take the sea distance" if mode == AT_SEA else f"known: {', '.join(modes)}"
        raise UsageError(f"'{printable(mode)}' is not a mode over land whose detour is known; {hint}")
    return np.array([one.factor for one in terrain_detours(mode)])


def _repeated(points: Floats, names: Sequence[str] | None) -> tuple[str, ...]:
    """Return a sentence for each point that is the same as the one before."""
    (same,) = np.nonzero(great_circle(points[:-1], points[1:]) < SAME)
    return tuple(
        f"{called(points, index, names)} and {called(points, index + 1, names)} are the same place; leave one out, or mend its coordinates"
        for index in same.tolist()
    )


def misplaced(points: ArrayLike, names: Sequence[str] | None = None, countries: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return a sentence for each point (n x 2) that cannot be a place on land, or not one of its country; none where all can.

    A point is at sea where the grid of heights has no land around it and no known town lies within 20 km; it is not in its country where
    every known town of it lies over 1,500 km away. Where it would be right with latitude and longitude swapped, the sentence says so.

    Raises
    ------
    UsageError : a coordinate is missing or out of range, or a country is unknown.
    """
    places = located(points, names)
    swapped = places[:, ::-1]
    possible = abs(swapped[:, 0]) <= 90
    swapped = np.where(possible[:, None], swapped, places)
    wet, wet_swapped = ~_dry(places), ~_dry(swapped)
    away, away_swapped = _abroad(places, swapped, countries or ())
    mended = possible & ~wet_swapped & (_nearer(places, swapped, wet) if countries is None else away_swapped <= ABROAD)
    sentences = []
    for index in np.nonzero(wet | (away > ABROAD))[0].tolist():
        what = "is at sea" if wet[index] else f"lies {away[index]:.0f} km from every known town of {(countries or ())[index]}"
        remedy = "were latitude and longitude swapped?" if mended[index] else "mend its coordinates, or leave it out"
        sentences.append(f"{called(places, index, names)} {what}; {remedy}")
    return tuple(sentences)


def _dry(points: Floats) -> NDArray[np.bool_]:
    """Return which points are on land, small islands among them."""
    dry = is_land(points)
    (wet,) = np.nonzero(~dry)
    if wet.size:
        towns = cities().select("latitude", "longitude").to_numpy()
        dry[wet] = great_circle(points[wet][:, None], towns[None]).min(axis=1) <= NEAR_TOWN
    return dry


def _abroad(places: Floats, swapped: Floats, countries: Sequence[str]) -> tuple[Floats, Floats]:
    """Return the km from each point, as it is and swapped, to the nearest known town of its country; 0 without countries."""
    away, away_swapped = np.zeros(len(places)), np.zeros(len(places))
    of = np.array(countries)
    for country in dict.fromkeys(countries):
        towns = cities_of(country).select("latitude", "longitude").to_numpy()
        mine = of == country
        for result, points in ((away, places), (away_swapped, swapped)):
            result[mine] = great_circle(points[mine][:, None], towns[None]).min(axis=1)
    return away, away_swapped


def _nearer(places: Floats, swapped: Floats, wet: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which points lie nearer to one of the others on land when swapped; all where no other is on land."""
    if wet.all() or not len(places):
        return np.ones(len(places), dtype=bool)
    others = places[~wet]
    here, there = (great_circle(points[:, None], others[None]) for points in (places, swapped))
    here[great_circle(places[:, None], others[None]) < SAME] = np.inf  # itself
    return np.asarray(there.min(axis=1) < here.min(axis=1))
