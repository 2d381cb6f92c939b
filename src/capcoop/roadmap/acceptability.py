"""How sure a ranking is: stochastic multicriteria acceptability analysis, SMAA-2 (Lahdelma and Salminen 2001).

Weights and uncertain figures are drawn many times, and each draw is ranked. The rank acceptability of an alternative is the share of
draws in which it takes a rank; its central weights are the mean of the weights that put it first; its confidence is the share of draws
of the figures in which it is first with those weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from capcoop.roadmap.draws import Scores
from capcoop.roadmap.methods import preferences

Floats = NDArray[np.float64]
CHUNK = 500
CONFIDENCE_DRAWS = 1000
# Of the weights drawn around given ones: a weight of 0.25 is off by 0.09 in the root mean square.
CONCENTRATION = 20.0
INTERVAL = (0.05, 0.95)


@dataclass(frozen=True)
class Acceptability:
    """What n alternatives come to over the draws.

    ranks : n x n, the share of draws in which each (row) takes each rank. low, high : n, the preference that 5 % of draws are below and
    above. central_weights : n x m, NaN where it is first in no draw; confidence : n, NaN there.
    """

    ranks: Floats
    low: Floats
    high: Floats
    central_weights: Floats
    confidence: Floats

    def among_first(self, places: int) -> Floats:
        """Return the share of draws in which each is among the first so many."""
        return np.asarray(self.ranks[:, :places].sum(axis=1))

    def rank_between(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return for each the ranks between which it is found in 90 % of the draws."""
        below = self.ranks.cumsum(axis=1)
        low, high = ((below >= share - 1e-12).argmax(axis=1) + 1 for share in INTERVAL)
        return low, high


def drawn_weights(generator: np.random.Generator, draws: int, criteria: int, around: Floats | None) -> Floats:
    """Return weights (draws x criteria): uniform over all that add up to 1, or spread around some (Dirichlet)."""
    if around is None:
        return generator.dirichlet(np.ones(criteria), draws)
    parts = generator.standard_gamma(np.maximum(around, 0.0) * CONCENTRATION, (draws, criteria))
    return np.asarray(parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-300))


def acceptability(scores: Scores, method: str, draws: int, seed: int, around: Floats | None = None) -> Acceptability:
    """Draw, rank and count.

    around : weights around which others are drawn; None: uniform over all. The same seed gives the same answer.
    """
    generator = np.random.default_rng(seed)
    count, criteria = scores.central.shape
    ranks, firsts = np.zeros((count, count)), np.zeros(count)
    weight_sums, values = np.zeros((count, criteria)), np.empty((draws, count), dtype=np.float32)
    places = np.broadcast_to(np.arange(count), (CHUNK, count))
    for start in range(0, draws, CHUNK):
        size = min(CHUNK, draws - start)
        weights = drawn_weights(generator, size, criteria, around)
        found = preferences(method, scores.draw(generator, size), weights)
        values[start : start + size] = found
        order = np.argsort(-found, axis=1, kind="stable")
        ranks += np.bincount((order * count + places[:size]).ravel(), minlength=count * count).reshape(count, count)
        np.add.at(weight_sums, order[:, 0], weights)
        firsts += np.bincount(order[:, 0], minlength=count)
    central = np.where(firsts[:, None] > 0, weight_sums / np.maximum(firsts, 1)[:, None], np.nan)
    low, high = np.quantile(values, INTERVAL, axis=0)
    return Acceptability(ranks / draws, low, high, central, _confidence(scores, method, central, generator))


def _confidence(scores: Scores, method: str, central: Floats, generator: np.random.Generator) -> Floats:
    drawn = scores.draw(generator, CONFIDENCE_DRAWS)
    best = partial(preferences, method, drawn)
    out = np.full(len(central), np.nan)
    for index in np.flatnonzero(~np.isnan(central[:, 0])):
        found = best(np.broadcast_to(central[index], (len(drawn), central.shape[1])))
        out[index] = (found.argmax(axis=1) == index).mean()
    return out
