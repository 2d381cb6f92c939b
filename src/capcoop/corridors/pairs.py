"""Which sites a channel may link: near ones, as a sparse graph that holds together, instead of all pairs."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import ConvexHull, KDTree, QhullError

from capcoop.geo.land import Floats, directions

Integers = NDArray[np.int64]
FEW = 12  # up to so many sites all pairs are looked at
BEYOND = 1 + 1e-9


def land_pairs(points: Floats, nearest: int) -> Integers:
    """Return pairs of sites (m x 2, each once, lower index first) for channels over land.

    A pair is in where no third site lies in or on the ball that has the two at its ends (the graph of Gabriel and Sokal 1969, on
    chords of the sphere): that graph links all sites, holds the shortest tree over them, and leaves out links that pass near another
    site. Each site's `nearest` neighbours are in besides.
    """
    count = len(points)
    if count < 2:
        return np.zeros((0, 2), dtype=np.int64)
    places = directions(points)
    tree = KDTree(places)
    wanted = _neighbours(places, count)
    middles = places[wanted].mean(axis=1)
    halves = np.linalg.norm(places[wanted[:, 0]] - places[wanted[:, 1]], axis=1) / 2
    gabriel = wanted if count == 2 else wanted[tree.query(middles, 3)[0][:, 2] > halves * BEYOND]  # nearest are the two themselves
    near = _sorted(tree.query(places, min(nearest, count - 1) + 1)[1]) if nearest else np.zeros((0, 2), dtype=np.int64)
    return np.unique(np.concatenate([gabriel, near]), axis=0)


def sea_pairs(lengths: Floats, nearest: int | None) -> Integers:
    """Return pairs of ports (m x 2) by the km between them (n x n, inf where no way leads).

    All that a way leads between; with `nearest` each port's nearest, and the shortest tree over all, so that every port is reached.
    """
    count = len(lengths)
    if nearest is None or count - 1 <= nearest:
        first, second = np.triu_indices(count, 1)
        open_ = np.isfinite(lengths[first, second])
        return np.column_stack([first, second])[open_]
    apart = np.where(np.isfinite(lengths), lengths, 0.0)
    np.fill_diagonal(apart, 0.0)
    tree = np.column_stack(minimum_spanning_tree(apart).nonzero())
    own = np.where(np.eye(count, dtype=bool), np.inf, lengths)
    order = np.argsort(own, axis=1, kind="stable")[:, :nearest]
    near = np.column_stack([np.repeat(np.arange(count), nearest), order.ravel()])
    near = near[np.isfinite(own[near[:, 0], near[:, 1]])]
    pairs = np.sort(np.concatenate([tree, near]), axis=1).astype(np.int64)
    return np.unique(pairs, axis=0)


def _neighbours(places: Floats, count: int) -> Integers:
    """Return pairs that hold those of Gabriel: edges of the convex hull, which is Delaunay's graph on a sphere; of few sites all pairs."""
    if count > FEW:
        with suppress(QhullError):  # all sites on one circle
            corners = ConvexHull(places).simplices
            edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
            found: Integers = np.unique(np.sort(edges, axis=1), axis=0).astype(np.int64)
            return found
    every: Integers = np.column_stack(np.triu_indices(count, 1)).astype(np.int64)
    return every


def _sorted(near: NDArray[np.int64]) -> Integers:
    """Return pairs, lower index first, from each site's row of neighbours (the site itself among them)."""
    site = np.repeat(np.arange(len(near)), near.shape[1])
    pairs: Integers = np.sort(np.column_stack([site, near.ravel()]), axis=1).astype(np.int64)
    apart: Integers = pairs[pairs[:, 0] != pairs[:, 1]]
    return apart
