"""Scores of criteria that are uncertain, and how they are drawn, many draws at once.

A score is a weighted mean of figures brought to 0..1. A figure with a range is drawn from a triangle over it with its top at the figure
(Johnson 1997); a figure that is missing, from what is known of it in all countries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """The scores of n alternatives by m criteria.

    central : n x m, with each missing figure at the mean of its distribution. fixed : n x m, what the certain figures add up to.
    low, top, high : ends and top of the triangles of ranged figures. first, count : where in `known` the distribution of each missing
    figure begins, and how long it is. parts : (ranged, then missing) x (n m), what each uncertain figure weighs, and where.
    """

    central: Floats
    fixed: Floats
    low: Floats
    top: Floats
    high: Floats
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    known: Floats
    parts: sparse.csr_matrix

    def draw(self, generator: np.random.Generator, draws: int) -> Floats:
        """Return scores drawn: draws x n x m."""
        if not self.parts.shape[0]:
            return np.broadcast_to(self.fixed, (draws, *self.fixed.shape))
        ranged = triangular(generator.random((draws, len(self.low))), self.low, self.top, self.high)
        places = self.first + (generator.random((draws, len(self.first))) * self.count).astype(np.int64)
        cells = np.hstack([ranged, self.known[places]])
        return np.asarray(self.fixed + np.asarray(cells @ self.parts).reshape(draws, *self.fixed.shape))


def triangular(chance: Floats, low: Floats, top: Floats, high: Floats) -> Floats:
    """Return the value of a triangle over low..high with its top at `top` below which a share `chance` of it lies (inverse transform)."""
    span, left = high - low, top - low
    rising = low + np.sqrt(chance * span * left)
    falling = high - np.sqrt((1 - chance) * span * (high - top))
    return np.asarray(np.where(chance * span <= left, rising, falling))


def scores_of(low: Floats, value: Floats, high: Floats, known: Sequence[Floats], weights: Floats) -> Scores:
    """Return the scores of figures brought to 0..1.

    low, value, high : n x k, NaN where a figure is missing. known : for each of k figures what a missing one is drawn from.
    weights : k x m, each column adding up to 1: what a figure weighs in a criterion.
    """
    count, criteria = len(value), weights.shape[1]
    missing = np.isnan(value)
    ranged = ~missing & (high > low)
    means = np.array([one.mean() if len(one) else np.nan for one in known])
    central = np.where(missing, means, value) @ weights
    fixed = np.where(missing | ranged, 0.0, value) @ weights
    rows, columns = (np.concatenate(pair) for pair in zip(np.nonzero(ranged), np.nonzero(missing), strict=True))
    alternative = np.repeat(rows, criteria) * criteria + np.tile(np.arange(criteria), len(rows))
    parts = sparse.csr_matrix(
        (weights[columns].ravel(), (np.repeat(np.arange(len(rows)), criteria), alternative)), shape=(len(rows), count * criteria)
    )
    parts.eliminate_zeros()
    sizes = np.array([len(one) for one in known], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    gone = np.nonzero(missing)[1]
    flat = np.concatenate(known) if known else np.zeros(0)
    return Scores(central, fixed, low[ranged], value[ranged], high[ranged], starts[gone], sizes[gone], flat, parts)
