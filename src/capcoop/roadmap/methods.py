"""Methods that make one preference of several criteria: by pymcdm for one table, and the same over many draws at once.

Scores are 0 to 1 and the more the better; so are preferences, but for PROMETHEE II, whose net flow lies between -1 and 1.

    sum        weighted sum (Fishburn 1967)
    topsis     nearness to the best and distance from the worst (Hwang and Yoon 1981), scores stretched to 0..1 by criterion
    vikor      1 - Q of the compromise with v = 0.5 (Duckstein and Opricovic 1980)
    promethee  net flow of PROMETHEE II with the usual criterion (Brans and Vincke 1985): whether one is better, not by how much
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capcoop.errors import UsageError

Floats = NDArray[np.float64]
METHODS = ("topsis", "vikor", "promethee", "sum")
WEIGHTINGS = ("equal", "entropy", "critic")
COMPROMISE = 0.5  # of VIKOR: as much for the mean regret as for the largest
LEAST = 1e-12  # instead of a score of 0, which the library takes for one that tells most


def library() -> Any:  # noqa: ANN401  (a module without types)
    """Return pymcdm. Raises UsageError where the extra is missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pymcdm.methods
            import pymcdm.weights
    except ImportError:
        raise UsageError("the road map needs the extra `roadmap`; install it with pip install 'capcoop[roadmap]'") from None
    return pymcdm


def preference(method: str, scores: Floats, weights: Floats) -> Floats:
    """Return the preference of n alternatives by the library (scores n x m, weights m).

    A criterion without weight, or (but for the sum) in which all are equal, tells nothing and is left out; without any all are equal.
    """
    counts = weights > 0
    if method != "sum":
        counts &= np.ptp(scores, axis=0) > 0
    if not counts.any():
        return np.full(len(scores), 0.0 if method == "promethee" else 0.5)
    kept, share = scores[:, counts], weights[counts] / weights[counts].sum()
    methods = library().methods
    body = {
        "sum": lambda: methods.WSM(normalization_function=_as_it_is),
        "topsis": methods.TOPSIS,
        "vikor": lambda: methods.VIKOR(v=COMPROMISE),
        "promethee": lambda: methods.PROMETHEE_II("usual"),
    }[method]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that one alternative is the best in everything, as may be
        found = np.asarray(body(kept, share, np.ones(kept.shape[1])), dtype=np.float64)
    return 1 - found if method == "vikor" else found


def _as_it_is(column: Floats, cost: bool = False) -> Floats:  # noqa: ARG001, FBT001, FBT002  (as the library calls it)
    return column


def preferences(method: str, scores: Floats, weights: Floats) -> Floats:
    """Return the preferences in every draw (scores draws x n x m, weights draws x m): draws x n, as `preference` finds them one by one."""
    if method == "sum":
        return np.asarray(np.einsum("dnm,dm->dn", scores, weights))
    spread = np.ptp(scores, axis=1) > 0
    live = np.where(spread, weights, 0.0)
    live = live / np.maximum(live.sum(axis=1, keepdims=True), LEAST)
    return _OVER_DRAWS[method](scores, live)


def _stretched(scores: Floats) -> Floats:
    low, span = scores.min(axis=1, keepdims=True), np.ptp(scores, axis=1)[:, None, :]
    return np.asarray((scores - low) / np.where(span > 0, span, 1.0))


def _topsis(scores: Floats, weights: Floats) -> Floats:
    stretched = _stretched(scores)
    worst = np.sqrt(np.einsum("dnm,dm->dn", stretched**2, weights**2))
    best = np.sqrt(np.einsum("dnm,dm->dn", (1 - stretched) ** 2, weights**2))
    both = worst + best
    return np.asarray(np.where(both > 0, worst / np.where(both > 0, both, 1.0), 0.5))


def _vikor(scores: Floats, weights: Floats) -> Floats:
    regret = (1 - _stretched(scores)) * weights[:, None, :]
    parts = []
    for one in (regret.sum(axis=2), regret.max(axis=2)):
        span = np.ptp(one, axis=1, keepdims=True)
        parts.append((one - one.min(axis=1, keepdims=True)) / np.where(span > 0, span, 1.0))
    return np.asarray(1 - COMPROMISE * parts[0] - (1 - COMPROMISE) * parts[1])


def _promethee(scores: Floats, weights: Floats) -> Floats:
    from scipy.stats import rankdata

    count = scores.shape[1]
    flows = (2 * rankdata(scores, axis=1) - count - 1) / max(count - 1, 1)  # better than so many, less than so many
    return np.asarray(np.einsum("dnm,dm->dn", flows, weights))


_OVER_DRAWS: dict[str, Callable[[Floats, Floats], Floats]] = {"topsis": _topsis, "vikor": _vikor, "promethee": _promethee}


def weights_of(weighting: str, scores: Floats) -> Floats:
    """Return the weights of m criteria by a rule of the library, of scores n x m: equal, entropy (Shannon) or CRITIC (Diakoulaki 1995).

    A criterion in which all are equal has no weight by entropy or CRITIC.
    """
    out = np.zeros(scores.shape[1])
    spread = np.ptp(scores, axis=0) > 0
    if weighting == "equal" or spread.sum() < 2:
        return np.full(scores.shape[1], 1 / scores.shape[1])
    rule = {"entropy": "entropy_weights", "critic": "critic_weights"}[weighting]
    out[spread] = getattr(library().weights, rule)(np.maximum(scores[:, spread], LEAST))
    return out
