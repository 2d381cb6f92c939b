"""Distances by sea: shortest paths over the network of sea lanes of the package searoute, all pairs in one call.

The network (Eurostat's marnet, 9,708 nodes and 15,970 lanes) is read from the installed package. Points are rows of latitude
and longitude in degrees; distances are km.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from capcoop.errors import UsageError, printable, suggestion
from capcoop.geo.land import Floats, called, directions, great_circle, located

Integers = NDArray[np.int64]
# The canal by which the Caspian reaches the other seas, for river ships only; searoute has no name for it.
CANAL = "volga_don"
CANAL_WITHIN = ((47.7, 42.7), (48.6, 44.0))
PASSAGES = (
    *("babalmandab", "bering", "bosporus", "chili", "dardanelles", "gibraltar", "malacca"),
    *("northwest", "ormuz", "panama", "south_africa", "suez", "sunda", CANAL),
)
CLOSED = ("northwest",)
LANES = ("marnet_searoute.geojson", "segment.geojson")
PORTS = "ports.geojson"
DIGITS = 1e6  # searoute holds coordinates to six digits
# Beyond FAR from every node a point is at the sea only where a port is known NEAR it, and in no case beyond FARTHEST.
FAR, NEAR, FARTHEST = 100.0, 25.0, 250.0
AT_ONCE = 256  # points or sources of one step, each with a row over all nodes: 20 MB


@dataclass(frozen=True)
class Network:
    """The sea lanes: nodes (n x 2 degrees), the two nodes of each lane (m x 2), its km (m), its place in `PASSAGES` or -1 (m)."""

    nodes: Floats
    ends: Integers
    lengths: Floats
    passages: Integers


@cache
def network() -> Network:
    """Read the sea lanes of the installed searoute."""
    lines = [line for name in LANES for line in _lines(name)]
    points = np.array([point for line, _ in lines for point in line], dtype=np.float64)[:, ::-1]
    held, place = np.unique(np.rint(points * DIGITS).astype(np.int64), axis=0, return_inverse=True)
    sizes = np.array([len(line) for line, _ in lines])
    within = np.ones(len(points), dtype=bool)
    within[np.cumsum(sizes) - 1] = False  # no lane from the end of one line to the start of the next
    (start,) = np.nonzero(within)
    place = place.ravel()
    ends = np.sort(np.column_stack([place[start], place[start + 1]]), axis=1)
    passages = np.repeat([PASSAGES.index(name) if name in PASSAGES else -1 for _, name in lines], sizes)[start]
    first = np.argsort(-passages, kind="stable")  # of a lane drawn twice, the one that is named
    ends, chosen = np.unique(ends[first], axis=0, return_index=True)
    passages = passages[first][chosen]
    nodes = held / DIGITS
    both = nodes[ends]
    passages[((both >= CANAL_WITHIN[0]) & (both <= CANAL_WITHIN[1])).all(axis=(1, 2))] = PASSAGES.index(CANAL)
    # Nodes at 180 and -180 degrees are one place: a lane of no length, which a sparse matrix would not hold.
    lengths = np.maximum(great_circle(both[:, 0], both[:, 1]), 1e-6)
    return Network(nodes, ends, lengths, passages)


def _lines(name: str) -> Iterator[tuple[list[list[float]], str | None]]:
    """Yield every line of a file of searoute as points of longitude and latitude, with the passage it belongs to."""
    for feature in _features(name):
        shape = feature["geometry"]
        for line in shape["coordinates"] if shape["type"] == "MultiLineString" else [shape["coordinates"]]:
            yield line, feature["properties"].get("passage")


def _features(name: str) -> list[dict[str, Any]]:
    """Return the features of a file of searoute, without importing it: that takes longer than reading the file."""
    package = find_spec("searoute")
    folder = next(iter(package.submodule_search_locations or ()), "") if package else ""
    features: list[dict[str, Any]] = json.loads((Path(folder) / "data" / name).read_bytes())["features"]
    return features


@cache
def sea_ports() -> dict[str, tuple[float, float]]:
    """Return latitude and longitude of the ports of searoute by UN/LOCODE, inland ones among them; of a code with two, the first."""
    found: dict[str, tuple[float, float]] = {}
    for feature in _features(PORTS):
        longitude, latitude = feature["geometry"]["coordinates"]
        found.setdefault(feature["properties"]["port"], (latitude, longitude))
    return found


@lru_cache(maxsize=16)
def _graph(closed: tuple[str, ...]) -> csr_array:
    """Return the network without the closed passages, as a symmetric sparse matrix of km."""
    sea = network()
    is_open = ~np.isin(sea.passages, [PASSAGES.index(name) for name in closed])
    start, end = sea.ends[is_open].T
    rows, columns, lengths = np.concatenate([start, end]), np.concatenate([end, start]), np.tile(sea.lengths[is_open], 2)
    return csr_array((lengths, (rows, columns)), shape=(len(sea.nodes),) * 2)


def _known(closed: Sequence[str]) -> tuple[str, ...]:
    """Return the passages to close in order; raises UsageError where one is unknown."""
    names = (closed,) if isinstance(closed, str) else closed
    for name in names:
        if name not in PASSAGES:
            hint = suggestion(name, PASSAGES) or f"known: {', '.join(PASSAGES)}"
            raise UsageError(f"'{printable(name)}' is not a passage that can be closed; {hint}")
    return tuple(sorted(set(names)))


def _blocks(rows: NDArray[Any]) -> list[NDArray[Any]]:
    """Return rows in blocks that keep the memory small."""
    return np.array_split(rows, -(-len(rows) // AT_ONCE))


def _access(points: ArrayLike, names: Sequence[str] | None) -> tuple[Floats, Integers, Floats]:
    """Return the points, the nearest node of each, and the km to it; raises UsageError where one is not at the sea."""
    places = located(points, names)
    sea = network()
    if not len(places):
        return places, np.zeros(0, dtype=np.int64), np.zeros(0)
    where, lanes = directions(places), directions(sea.nodes).T
    nodes = np.concatenate([(block @ lanes).argmax(axis=1) for block in _blocks(where)])
    away = great_circle(places, sea.nodes[nodes])
    (far,) = np.nonzero(away > FAR)
    if far.size:
        ports = np.array(list(sea_ports().values()))
        to_port = great_circle(places[far][:, None], ports[None]).min(axis=1)
        dry = far[(to_port > NEAR) | (away[far] > FARTHEST)]
        if dry.size:
            who = called(places, int(dry[0]), names)
            raise UsageError(f"{who} is not at the sea: the nearest sea lane is {away[dry[0]]:.0f} km away; name a port, or go overland")
    return places, nodes, away


def sea_access(points: ArrayLike, names: Sequence[str] | None = None) -> Floats:
    """Return the km from each point (n x 2) straight to its node, the nearest of the network.

    Raises
    ------
    UsageError : a coordinate is out of range, or a point is not at the sea: no node within 100 km, and no known port within 25 km of it.
    """
    return _access(points, names)[2]


def sea_distances(points: ArrayLike, closed: Sequence[str] = CLOSED, names: Sequence[str] | None = None) -> Floats:
    """Return the km by sea between all points (n x 2), as an n x n array; inf where no open way leads.

    A distance is the shortest path between the nodes nearest to the two points, as searoute counts it, plus the straight way of
    each point to its node (`sea_access`), which searoute leaves out: tens of km as a rule, so that two ports are never zero km
    apart nor nearer than the great circle. Of points with the same node the network says nothing: they are a great circle apart.

    closed : passages that ships may not use, of `PASSAGES`, instead of the default, which is searoute's: to close Suez write
    ("northwest", "suez"), lest ships go by the Arctic. `volga_don`, which is not searoute's, keeps the ships of the Caspian there.
    names : what errors call the points.

    Raises
    ------
    UsageError : a passage is unknown, or a point is not at the sea (see `sea_access`).
    """
    graph = _graph(_known(closed))
    places, nodes, away = _access(points, names)
    if not len(places):
        return np.zeros((0, 0))
    sources, place = np.unique(nodes, return_inverse=True)
    between = np.concatenate([dijkstra(graph, indices=block)[:, sources] for block in _blocks(sources)])
    lengths = between[np.ix_(place, place)] + away[:, None] + away[None]
    together = nodes[:, None] == nodes[None]
    lengths[together] = great_circle(places[:, None], places[None])[together]
    return lengths


@dataclass(frozen=True)
class SeaRoute:
    """A way by sea: its km, its points (m x 2, both ends among them), and the passages it uses.

    Longitudes go on beyond 180 degrees where it crosses the antimeridian, so that it can be drawn as one line.
    """

    length: float
    points: Floats
    passages: tuple[str, ...]


def sea_route(start: Sequence[float], end: Sequence[float], closed: Sequence[str] = CLOSED) -> SeaRoute:
    """Return the shortest way by sea between two points (latitude, longitude); its length is that of `sea_distances`.

    Raises
    ------
    UsageError : as `sea_distances`, and where no open way leads.
    """
    shut = _known(closed)
    places, nodes, _ = _access([start, end], None)
    first, last = nodes.tolist()
    lengths, before = dijkstra(_graph(shut), indices=first, return_predecessors=True)
    if not np.isfinite(lengths[last]):
        raise UsageError(f"no way by sea leads from {called(places, 0, None)} to {called(places, 1, None)} with {', '.join(shut)} closed")
    path = [last]
    while path[-1] != first:
        path.append(int(before[path[-1]]))
    along = network().nodes[path[::-1]] if first != last else np.zeros((0, 2))
    points = np.concatenate([places[:1], along, places[1:]])
    points[:, 1] = np.unwrap(points[:, 1], period=360)
    return SeaRoute(float(great_circle(points[:-1], points[1:]).sum()), points, _passages(path))


def _passages(path: Sequence[int]) -> tuple[str, ...]:
    """Return the passages on a path of nodes, in the order of their names."""
    sea = network()
    steps = np.sort(np.column_stack([path[:-1], path[1:]]), axis=1)
    keys = sea.ends @ (len(sea.nodes), 1)  # lanes stand in the order of their ends
    used = sea.passages[np.searchsorted(keys, steps @ (len(sea.nodes), 1))]
    return tuple(PASSAGES[index] for index in np.unique(used[used >= 0]).tolist())
