"""How channels run over a picture: bent lines between their ends, or sea lanes; each direction on its own side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capcoop.errors import UsageError
from capcoop.geo.land import Floats, great_circle
from capcoop.geo.sea import FAR, network, sea_route
from capcoop.report.page.view import View

POINTS = 9  # of a bent line
BEND, MOST_BEND = 0.07, 26.0  # of its length; points of the picture
ASIDE = 2.2  # points of the picture by which a lane of the sea lies to the right of its course
AT_SEA = ("sea", "canal")
MOST_LANES = 120  # sea lanes that are looked up for one map (some 10 ms each); where there are more, lines are bent
# Passages that a ship may be too large for, or shun: of the ways that follow, the one as long as the channel is drawn.
CLOSED = (("northwest",), ("northwest", "panama"), ("northwest", "suez"), ("northwest", "panama", "suez"))
# Shares by which a lane may be longer or shorter than its channel: to be taken at once, and to be taken for want of a better one.
NEAR, FARTHEST = 0.05, 0.3
RIVER = 1300.0  # km up a river that sea ships go (Iquitos is farther)
EDGE = 12.0  # points of the picture beyond its edge that lines go on, so that their ends are not seen
STEP = 2.0  # points of the picture between the points of a lane that are kept
STRAIGHT = 600  # channels from which lines have two points only


@dataclass(frozen=True, eq=False)
class Way:
    """One direction of a channel: its points in degrees, unwrapped (n x 2); `lane`: along the sea."""

    points: Floats
    lane: bool


def ways_of(starts: Floats, ends: Floats, modes: Sequence[str | None], lengths: Sequence[float]) -> list[Way]:
    """Return the way of each direction of a channel, from its start to its end (n x 2, longitude and latitude), the shorter way round.

    lengths : km of each channel, 0 where none is stated. One at sea follows the sea lane that is as long as it, if one is.
    """
    far = ends.copy()
    far[:, 0] = starts[:, 0] + (ends[:, 0] - starts[:, 0] + 180) % 360 - 180
    straight = [Way(np.array(pair), lane=False) for pair in zip(starts, far, strict=True)]
    at_sea = [number for number, mode in enumerate(modes) if mode in AT_SEA]
    if len(at_sea) <= MOST_LANES:
        for number in at_sea:
            lane = _lane(starts[number], ends[number], lengths[number])
            if lane is not None:
                straight[number] = Way(lane, lane=True)
    return straight


def _lane(start: Floats, end: Floats, length: float) -> Floats | None:
    """Return the way by sea that is as long as its channel, or nearly (the shortest where none is stated); None where there is none."""
    first, last = _shore(start), _shore(end)
    if first is None or last is None:
        return None
    inland = float(great_circle(start[::-1], first) + great_circle(end[::-1], last))
    found, least = None, FARTHEST
    for closed in CLOSED:
        try:
            route = sea_route(first.tolist(), last.tolist(), closed)
        except UsageError:
            return None
        off = abs(route.length + inland - length) / length if length else 0.0
        if off < least:
            found, least = route.points[:, ::-1], off
        if off <= NEAR:
            break
    if found is None or not inland:
        return found
    begin = found[0, 0] + (start[0] - found[0, 0] + 180) % 360 - 180
    finish = found[-1, 0] + (end[0] - found[-1, 0] + 180) % 360 - 180
    return np.concatenate([[[begin, start[1]]], found, [[finish, end[1]]]])


def _shore(point: Floats) -> Floats | None:
    """Return where a port meets the sea (latitude, longitude): where it lies or, up a river, the nearest sea lane; None far inland."""
    nodes = network().nodes
    away = great_circle(point[::-1][None], nodes)
    nearest = int(away.argmin())
    if away[nearest] > RIVER:
        return None
    shore: Floats = point[::-1] if away[nearest] <= FAR else nodes[nearest]
    return shore


def drawn(way: Way, view: View, rank: int, *, many: bool) -> Floats:
    """Return a way in the picture (n x 2): bent to the right of its course, the more the higher its rank among those of the same ends."""
    points = way.points.copy()
    points[:, 0] += view.unwrapped(points[:1, 0]) - points[:1, 0]
    place = view.place(points)
    if way.lane:
        return _aside(place, ASIDE * (1 + 2 * rank))
    start, end = place
    course = end - start
    length = float(np.hypot(*course))
    if many or length == 0:
        return place
    bend = min(BEND * length, MOST_BEND) * (1 + rank)
    middle = (start + end) / 2 + np.array([-course[1], course[0]]) / length * bend
    share = np.linspace(0, 1, POINTS)[:, None]
    return np.asarray((1 - share) ** 2 * start + 2 * share * (1 - share) * middle + share**2 * end)


def _aside(place: Floats, by: float) -> Floats:
    """Return a line moved to the right of its course, its ends kept."""
    along = np.cumsum(np.hypot(*np.diff(place, axis=0).T)) // STEP
    kept = np.concatenate([[True], np.diff(along, append=-1.0) != 0])  # the last of the points in each step
    place = place[kept]
    if len(place) < 3:
        return place
    course = np.gradient(place, axis=0)
    length = np.maximum(np.hypot(*course.T), 1e-9)[:, None]
    moved: Floats = place + np.column_stack([-course[:, 1], course[:, 0]]) / length * by
    moved[[0, -1]] = place[[0, -1]]
    return moved


def copies(line: Floats, view: View) -> list[Floats]:
    """Return the parts of a line that meet the picture, in every turn of the Earth: two if it crosses the edge."""
    turn = 360 * view.scale
    return [part for sign in (0, -1, 1) for part in _met(line + np.array([sign * turn, 0.0]), view)]


def _met(line: Floats, view: View) -> list[Floats]:
    """Return the parts of a line whose steps may meet the picture."""
    box = np.array([view.width, view.height])
    low, high = np.minimum(line[:-1], line[1:]), np.maximum(line[:-1], line[1:])
    met = ((high >= -EDGE) & (low <= box + EDGE)).all(axis=1)
    if met.all():
        return [line]
    bounds = np.flatnonzero(np.diff(np.concatenate([[False], met, [False]]).astype(np.int8)))
    return [line[start : end + 1] for start, end in bounds.reshape(-1, 2).tolist()]


def arrow_of(parts: Sequence[Floats], view: View) -> tuple[float, float, float]:
    """Return where the arrow of a way stands in the picture, x and y (NaN: nowhere), and its angle in degrees clockwise from upwards."""
    for part in parts:
        steps = np.diff(part, axis=0)
        lengths = np.hypot(*steps.T)
        along = np.cumsum(lengths)
        at = min(int(np.searchsorted(along, 0.55 * along[-1])), len(steps) - 1)
        share = (0.55 * along[-1] - (along[at] - lengths[at])) / max(lengths[at], 1e-9)
        x, y = part[at] + share * steps[at]
        if 0 <= x <= view.width and 0 <= y <= view.height:
            return float(x), float(y), float(np.degrees(np.arctan2(steps[at][0], -steps[at][1])))
    return float("nan"), float("nan"), 0.0
