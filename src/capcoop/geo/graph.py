"""Distances along the railways and the trunk roads of the world: shortest paths over the graphs of the package scgraph_data.

The graphs come from OpenStreetMap (April 2024; Open Database License 1.0: credit OpenStreetMap contributors, and pass on a table made
from them under the same licence; none is part of this package). They need the extra `roads`. They know no gauge, no capacity, no
direction. Points are rows of latitude and longitude in degrees; distances are km.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from capcoop.errors import UsageError, printable, suggestion
from capcoop.geo.land import EARTH_RADIUS, Floats, directions, great_circle, located

Integers = NDArray[np.int64]
PACKAGE = "scgraph_data"
FILES = {"rail": "world_railways.py", "road": "world_highways.py"}
# Packages are compiled when installed, which takes minutes and GB for these and serves nothing here.
INSTALL = "pip install --no-compile 'capcoop[roads]'"
KINDS = {"nodes": np.float32, "ends": np.int32, "lengths": np.float32}  # of the arrays kept
FORMAT = 1  # of the files kept; raise it when what follows makes other graphs
GAP = 3.0  # km: what lies as near as this is taken as joined
HOPS = 4  # edges along which a neighbour is no other track
FAR = 50.0  # km from a point to its station or road, at most
SHORTEST = 1e-6  # km of an edge of no length, which a sparse matrix would not hold
AT_ONCE = 64  # sources of one step, each with a row over all nodes: 300 MB
LEAST = 50.0  # km of track that a piece must have to be a way between two points


@dataclass(frozen=True)
class Ways:
    """A graph: nodes (n x 2 degrees), the km between neighbours (n x n, symmetric), the piece of each node (n), the km of each piece."""

    nodes: Floats
    lengths: csr_array
    pieces: Integers
    sizes: Floats


@cache
def ways(mode: str) -> Ways:
    """Return the graph of a mode (rail, road), gaps bridged; read once from scgraph_data, then kept in the user's cache folder.

    Raises
    ------
    UsageError : the mode has no graph, or the extra `roads` is not installed.
    """
    if mode not in FILES:
        hint = suggestion(mode, FILES) or f"known: {', '.join(FILES)}"
        raise UsageError(f"there is no graph of the mode '{printable(mode)}'; {hint}")
    source = _source(mode)
    kept = _kept(mode)
    held = _read(kept) if kept else None
    if held is None:
        nodes, ends, lengths = parsed(source.read_bytes())
        ends, lengths = bridged(nodes, ends, lengths)
        held = {name: array.astype(KINDS[name]) for name, array in (("nodes", nodes), ("ends", ends), ("lengths", lengths))}
        if kept:
            _keep(kept, held)
    return built(held["nodes"].astype(np.float64), held["ends"].astype(np.int64), held["lengths"].astype(np.float64))


def has_graphs() -> bool:
    """Return whether the extra `roads` is installed."""
    return find_spec(PACKAGE) is not None


def _source(mode: str) -> Path:
    """Return the file of a graph. It is read as text: to import it takes up to a minute and 5 GB where nothing is compiled."""
    package = find_spec(PACKAGE)
    folder = next(iter(package.submodule_search_locations or ()), None) if package else None
    if folder is None:
        raise UsageError(f"distances along railways and roads need the roads extra: {INSTALL}")
    source = Path(folder) / FILES[mode]
    if not source.is_file():
        raise UsageError(f"the installed {PACKAGE} has no {FILES[mode]}; install the version that capcoop names: {INSTALL}")
    return source


def _kept(mode: str) -> Path | None:
    """Return where the graph of a mode is kept; None where there is no such place."""
    with contextlib.suppress(ImportError, PackageNotFoundError):
        from platformdirs import user_cache_path

        return user_cache_path("capcoop") / f"{mode}-{version(PACKAGE)}-{FORMAT}.npz"
    return None


def _read(kept: Path) -> dict[str, NDArray[Any]] | None:
    """Return what is kept; None where nothing is, or what is no graph: then it is made again."""
    with contextlib.suppress(Exception), kept.open("rb") as file, np.load(file, allow_pickle=False) as held:
        nodes, ends, lengths = (held[name].astype(kind) for name, kind in KINDS.items())
        shapes = nodes.shape[1:], ends.shape, lengths.shape[1:]
        if shapes == ((2,), (len(lengths), 2), ()) and ((ends >= 0) & (ends < len(nodes))).all() and (lengths > 0).all():
            return dict(zip(KINDS, (nodes, ends, lengths), strict=True))
    return None


def _keep(kept: Path, held: dict[str, NDArray[Any]]) -> None:
    """Keep a graph, whole or not at all; a folder that cannot be written to costs the time of reading again, no more."""
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            written = Path(folder) / kept.name
            np.savez_compressed(written, allow_pickle=False, **held)
            written.replace(kept)


def parsed(text: bytes) -> tuple[Floats, Integers, Floats]:
    """Return nodes (n x 2 degrees), both nodes of each edge (m x 2, the lower first), and its km (m), from the text of a graph.

    The text is Python: `graph=[{neighbour: km, ...}, ...]` with a dictionary for each node, and `nodes=[[latitude, longitude], ...]`.

    Raises
    ------
    UsageError : the text is something else.
    """
    parts = re.search(rb"graph ?= ?(\[.*?\])\s*nodes ?= ?(\[\[.*?\]\])", text, re.DOTALL)
    if parts is None:
        raise UsageError(f"the files of the installed {PACKAGE} are not those that capcoop reads: {INSTALL}")
    graph, nodes = parts.groups()
    points = np.fromstring(nodes.translate(None, b"[] \n").decode("ascii"), sep=",").reshape(-1, 2)
    entries = graph.strip(b"[]").split(b"}")[:-1]
    counts = np.array([entry.count(b":") for entry in entries])
    flat = re.sub(rb",+", b",", graph.replace(b":", b",").translate(None, b"[]{} \n")).strip(b",")
    pairs = np.fromstring(flat.decode("ascii"), sep=",")
    if len(counts) != len(points) or pairs.size != 2 * counts.sum():
        raise UsageError(f"the files of the installed {PACKAGE} are not those that capcoop reads: {INSTALL}")
    other, lengths = pairs.reshape(-1, 2).T
    ends = np.sort(np.column_stack([np.repeat(np.arange(len(points)), counts), other.astype(np.int64)]), axis=1)
    return points, *_simple(ends, lengths)


def _simple(ends: Integers, lengths: Floats) -> tuple[Integers, Floats]:
    """Return edges once each, the shortest of several, and none from a node to itself."""
    ends = np.sort(ends, axis=1)
    order = np.lexsort((lengths, ends[:, 1], ends[:, 0]))
    ends, lengths = ends[order], lengths[order]
    first = np.ones(len(ends), dtype=bool)
    first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    first &= ends[:, 0] != ends[:, 1]
    return ends[first], np.maximum(lengths[first], SHORTEST)


def _matrix(count: int, ends: Integers, lengths: Floats) -> csr_array:
    """Return edges as a symmetric sparse matrix of km."""
    start, end = ends.T
    return csr_array((np.tile(lengths, 2), (np.concatenate([start, end]), np.concatenate([end, start]))), shape=(count, count))


def built(nodes: Floats, ends: Integers, lengths: Floats) -> Ways:
    """Return the graph of nodes (n x 2 degrees), edges (m x 2 nodes) and their km (m)."""
    matrix = _matrix(len(nodes), ends, lengths)
    count, pieces = connected_components(matrix, directed=False)
    sizes = np.bincount(pieces[ends[:, 0]], weights=lengths, minlength=count)
    return Ways(nodes, matrix, pieces.astype(np.int64), np.asarray(sizes, dtype=np.float64))


def bridged(nodes: Floats, ends: Integers, lengths: Floats) -> tuple[Integers, Floats]:
    """Return the edges with those that close gaps of less than 3 km, which the graphs have at borders and stations.

    An end of track is joined to the nearest node that is not its own track, and two nodes of different pieces where each is the
    other's nearest. The gap counts as straight.
    """
    matrix = _matrix(len(nodes), ends, lengths)
    _, pieces = connected_components(matrix, directed=False)
    tree = cKDTree(EARTH_RADIUS * directions(nodes))
    joins = np.concatenate([_from_dead_ends(matrix, tree), _between_pieces(pieces, tree)])
    gaps = great_circle(nodes[joins[:, 0]], nodes[joins[:, 1]])
    return _simple(np.concatenate([ends, joins]), np.concatenate([lengths, gaps]))


def _near(some: Integers, tree: cKDTree, within: float) -> tuple[Integers, Integers, Floats]:
    """Return all pairs of one of some nodes and a node within so many km of it, and the km."""
    found = cKDTree(tree.data[some]).sparse_distance_matrix(tree, within, output_type="coo_matrix")
    return some[found.row], found.col.astype(np.int64), found.data


def _nearest(start: Integers, end: Integers, away: Floats) -> Integers:
    """Return for each start its nearest end, as pairs."""
    order = np.lexsort((end, away, start))
    start, end = start[order], end[order]
    first = np.ones(len(start), dtype=bool)
    first[1:] = start[1:] != start[:-1]
    return np.column_stack([start[first], end[first]])


def _from_dead_ends(matrix: csr_array, tree: cKDTree) -> Integers:
    """Return the joins of nodes with one neighbour, or none, to the nearest node that few edges do not lead to."""
    links = (matrix > 0).astype(np.int32)
    (dead,) = np.nonzero(np.diff(matrix.indptr) <= 1)
    start, end, away = _near(dead, tree, GAP)
    around = links[dead]
    for _ in range(HOPS - 1):
        around = ((around + around @ links) > 0).astype(np.int32)
    own = around.tocoo()
    count = np.int64(matrix.shape[0])
    known = np.isin(start * count + end, dead[own.row] * count + own.col)
    other = ~known & (start != end)
    return _nearest(start[other], end[other], away[other])


def _between_pieces(pieces: Integers, tree: cKDTree) -> Integers:
    """Return the pairs of nodes of different pieces of which each is the nearest of another piece to the other."""
    (some,) = np.nonzero(pieces != np.bincount(pieces).argmax())
    start, end, away = _near(some, tree, GAP)
    other = pieces[start] != pieces[end]
    start, end, away = start[other], end[other], away[other]
    there = _nearest(start, end, away)
    back = _nearest(end, start, away)
    keys = np.array([len(pieces), 1], dtype=np.int64)
    return np.asarray(there[np.isin(there @ keys, back[:, ::-1] @ keys)])


def network_distances(points: ArrayLike, mode: str, names: Sequence[str] | None = None) -> Floats:
    """Return the km along railways or roads between all points (n x 2), as an n x n array; inf where no way is known.

    A distance is the shortest path between two nodes plus the straight way of each point to its node. Of the pieces of the network that
    lie within 50 km of both points it is the nearest to them. Two points with one node are a great circle apart. A point far from every
    way has inf to all others.

    mode : rail or road.

    Raises
    ------
    UsageError : a coordinate is out of range, the mode has no graph, or the extra `roads` is not installed.
    """
    places = located(points, names)
    network = ways(mode)
    nodes, away = _access(places, network)
    result = np.full((len(places),) * 2, np.inf)
    if nodes.size:
        piece = np.array([(row + away).argmin(axis=1) for row in away])  # of each pair, the column of the piece nearest to both
        for column in np.unique(piece).tolist():
            (members,) = np.nonzero(np.isfinite(away[:, column]))
            whole = np.ix_(members, members)
            ends, access = nodes[members, column], away[members, column]
            between = _paths(network.lengths, ends) + access + access[:, None]
            same = ends == ends[:, None]
            between[same] = great_circle(places[members][:, None], places[members])[same]
            result[whole] = np.where(piece[whole] == column, between, result[whole])
    np.fill_diagonal(result, 0.0)
    return result


def _access(places: Floats, network: Ways) -> tuple[Integers, Floats]:
    """Return, for each place (row) and each piece near any of them (column), its nearest node and the km to it; inf: none is near."""
    (known,) = np.nonzero(network.sizes[network.pieces] >= LEAST)
    here, there = (cKDTree(EARTH_RADIUS * directions(points)) for points in (places, network.nodes[known]))
    found = here.sparse_distance_matrix(there, FAR, output_type="coo_matrix")
    node = known[found.col]
    pieces, column = np.unique(network.pieces[node], return_inverse=True)
    order = np.lexsort((-node, -found.data, found.row))  # of several the last, the nearest, stays
    nodes, away = np.full((len(places), len(pieces)), -1, dtype=np.int64), np.full((len(places), len(pieces)), np.inf)
    at = found.row[order], column[order]
    nodes[at] = node[order]
    away[at] = found.data[order]
    return nodes, away


def _paths(lengths: csr_array, nodes: Integers) -> Floats:
    """Return the shortest paths between all of some nodes."""
    sources, place = np.unique(nodes, return_inverse=True)
    blocks = np.array_split(sources, -(-len(sources) // AT_ONCE))
    between = np.concatenate([dijkstra(lengths, indices=block)[:, sources] for block in blocks])
    return np.asarray(between[np.ix_(place, place)])
