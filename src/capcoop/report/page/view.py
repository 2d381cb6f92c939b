"""The part of the world that a map shows, and how degrees become points of the picture.

Every projection here is cylindrical, so that a turn round the Earth is a step to the side: a line that leaves at one edge comes in at the
other. Points are rows of longitude and latitude in degrees; places in the picture are x to the right and y downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.geo.land import Floats

# For maps of the world: Patterson, Savric, Jenny, "Introducing the Patterson cylindrical projection", Cartographic Perspectives 78 (2014).
PATTERSON = (1.0148, 0.23185, -0.14499, 0.02406)
WIDE = 110.0  # degrees of longitude from which a map is one of the world
WORLD = (-57.0, 78.0)  # degrees of latitude: where people live
LEAST = 5.0  # degrees that a map shows at least, each way
MARGIN = 0.12
# Share of the sites, share of the width, and least number of sites that make a part of a map one of its own.
CLOSE, NARROW, FEW = 0.75, 0.25, 6
SHAPES = (0.42, 0.78)  # height of a picture as a share of its width, at least and at most
MERCATOR_ENDS, MERCATOR_USED = 85.0, 75.0  # degrees of latitude at which Mercator's map is cut, and beyond which it is not used


@dataclass(frozen=True)
class View:
    """A window on the Earth: its western edge and width in degrees, its northern and southern edge, the size of the picture."""

    west: float
    span: float
    south: float
    north: float
    width: float
    wide: bool

    @property
    def scale(self) -> float:
        """Points of the picture to a degree of longitude."""
        return self.width / self.span

    @property
    def height(self) -> float:
        """Height of the picture."""
        top, bottom = _upwards(np.array([self.north, self.south]), wide=self.wide)
        return round(float(top - bottom) * self.scale, 1)

    @property
    def low(self) -> tuple[float, float]:
        """South-western corner, a little outside the picture."""
        return self.west - self.span / 50, max(self.south - self.span / 50, -90.0)

    @property
    def high(self) -> tuple[float, float]:
        """North-eastern corner, a little outside the picture."""
        return self.west + self.span * 1.02, min(self.north + self.span / 50, 90.0)

    def place(self, points: Floats) -> Floats:
        """Return where points (n x 2, unwrapped) lie in the picture (n x 2)."""
        top = _upwards(np.array([self.north]), wide=self.wide)
        return np.column_stack([(points[:, 0] - self.west) * self.scale, (top - _upwards(points[:, 1], wide=self.wide)) * self.scale])

    def unwrapped(self, longitude: Floats) -> Floats:
        """Return longitudes in the turn that begins at the western edge (of a world map: the one that the picture shows)."""
        return self.west + (longitude - self.west) % 360


def _upwards(latitude: Floats, *, wide: bool) -> Floats:
    """Return how far up the map a latitude lies, in degrees at the equator."""
    if not wide:
        held = np.radians(np.clip(latitude, -MERCATOR_ENDS, MERCATOR_ENDS))
        return np.degrees(np.log(np.tan(np.pi / 4 + held / 2)))
    angle = np.radians(latitude)
    square = angle**2
    first, second, third, fourth = PATTERSON
    return np.degrees(angle * (first + square**2 * (second + square * (third + square * fourth))))


def _latitude(up: float, *, wide: bool) -> float:
    """Return the latitude that lies so far up the map."""
    every = np.linspace(-90.0 if wide else -MERCATOR_ENDS, 90.0 if wide else MERCATOR_ENDS, 3601)
    return float(np.interp(up, _upwards(every, wide=wide), every))


def gap_of(longitude: Floats, starts: Floats, ends: Floats) -> float:
    """Return the longitude at which to cut the Earth: in a gap between places that the fewest lines cross, of these the widest.

    starts, ends : longitudes of both ends of each line, unwrapped (the difference says which way it goes).
    """
    around = np.unique(longitude % 360)
    widths = np.diff(np.concatenate([around, around[:1] + 360]))
    middles = (around + widths / 2) % 360
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    # A line covers the middle where some turn of it lies between its ends.
    crossed = (np.floor((high[None] - middles[:, None]) / 360) > np.floor((low[None] - middles[:, None]) / 360)).sum(axis=1)
    return float(middles[np.lexsort([-widths, crossed])[0]])


def view_of(sites: Floats, lanes: Floats, starts: Floats, ends: Floats, width: float) -> View:
    """Return a window that shows all sites and lanes (n x 2 each) with a margin; where they lie all around, the whole world.

    starts, ends : longitudes of both ends of each line, unwrapped. A map of the world shows the latitudes where people live, and more
    where a site lies beyond them.
    """
    cut = gap_of(sites[:, 0], starts, ends)
    points = np.concatenate([sites, lanes])
    along = cut + (points[:, 0] - cut) % 360
    west, east = float(along.min()), float(along.max())
    south, north = float(points[:, 1].min()), float(points[:, 1].max())
    span = east - west
    wide = span * (1 + 2 * MARGIN) > WIDE or max(-south, north) > MERCATOR_USED
    low, high = _upwards(np.array([south, north]), wide=wide).tolist()
    margin = max(MARGIN * span, MARGIN * (high - low), LEAST / 4)
    if span + 2 * margin > 0.8 * 360:
        return View(cut, 360.0, min(south - 4, WORLD[0]), max(north + 4, WORLD[1]), width, wide=True)
    west, span = west - margin, span + 2 * margin
    return _shaped(west, max(span, LEAST), low - margin, high + margin, width, wide=wide)


def nearer(view: View, points: Floats, width: float) -> View | None:
    """Return a view of the part of a map where most sites lie close together; None where they do not.

    points : of the sites (n x 2, unwrapped). The part is the narrowest that holds three of four.
    """
    along = np.sort(points[:, 0])
    count = int(np.ceil(CLOSE * len(along)))
    if len(along) < FEW:
        return None
    spans = along[count - 1 :] - along[: len(along) - count + 1]
    first = int(spans.argmin())
    if spans[first] > NARROW * view.span:
        return None
    margin = max(0.05 * spans[first], 0.5)
    inside = (points[:, 0] >= along[first] - margin) & (points[:, 0] <= along[first + count - 1] + margin)
    held = points[inside]
    return view_of(held, held[:0], held[:, 0], held[:, 0], width)


def _shaped(west: float, span: float, low: float, high: float, width: float, *, wide: bool) -> View:
    """Return a view widened to a picture that is neither a strip nor a tower."""
    flat, tall = SHAPES
    up = max(high - low, flat * span)
    grown = max(span, up / tall)
    middle = (low + high) / 2
    south, north = (_latitude(middle + sign * up / 2, wide=wide) for sign in (-1, 1))
    return View(west - (grown - span) / 2, grown, south, north, width, wide=wide)
