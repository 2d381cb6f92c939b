"""How much more often a term is used here than there: how sure that is, and how large it is.

Log-likelihood G2 = 2 sum O ln(O / E) over the term in both sets of documents, with E by their numbers of words (Rayson and Garside 2000,
Comparing corpora using frequency profiling); 15.13 is reached by chance once in ten thousand. Log ratio = the binary logarithm of the
ratio of the two relative frequencies, half a word standing for none (Hardie 2014, Log Ratio: an informal introduction): 1 is twice as
often, 2 four times, -1 half as often.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

SURE = 15.13  # exceeded by chance once in ten thousand, at one degree of freedom
HALF = 0.5

Reals = NDArray[np.float64]


def _part(observed: Reals, expected: Reals) -> Reals:
    """Return O ln(O / E), 0 where nothing was observed."""
    ratio = np.divide(observed, expected, out=np.ones_like(observed), where=(observed > 0) & (expected > 0))
    part: Reals = observed * np.log(ratio)
    return part


def keyness(count: ArrayLike, words: float, other: ArrayLike, other_words: float) -> tuple[Reals, Reals]:
    """Return G2 and the log ratio of terms with `count` in `words` words here and `other` in `other_words` words there."""
    here, there = np.asarray(count, dtype=float), np.asarray(other, dtype=float)
    both = here + there
    share = words / (words + other_words)
    certainty = 2 * (_part(here, both * share) + _part(there, both * (1 - share)))
    ratio = np.log2((np.where(here > 0, here, HALF) / words) / (np.where(there > 0, there, HALF) / other_words))
    return np.maximum(certainty, 0), np.where(both > 0, ratio, 0.0)


def log_likelihood(both: ArrayLike, first: ArrayLike, second: ArrayLike, total: float) -> Reals:
    """Return Dunning's G2 of two words that stand together `both` times, `first` and `second` times in all, of `total` words."""
    a, row, column = (np.asarray(value, dtype=float) for value in (both, first, second))
    b, c = np.maximum(row - a, 0), np.maximum(column - a, 0)
    d = np.maximum(total - a - b - c, 0)
    sides = ((a, row, column), (b, row, total - column), (c, total - row, column), (d, total - row, total - column))
    certainty: Reals = 2 * np.sum([_part(cell, one * other / max(total, 1)) for cell, one, other in sides], axis=0)
    return certainty
