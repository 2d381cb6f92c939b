"""The division of gains: transfers that make the worst-off party gain most (leximin), Nash bargaining, and the Shapley value.

Parties (p) and terms (k) stand in the order of their arrays. A gain is measured against what a party has without the deal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capcoop.errors import UsageError

Floats = NDArray[np.float64]
Gains = Callable[[Floats], Floats]  # terms (deals x k) -> gains (deals x p)
MOST_PLAYERS = 12
TIGHT = 1e-9  # relative: two gains closer than this are one
DRAWS, SHRINKS, SHRINK = 256, 80, 0.75


@dataclass(frozen=True)
class Deal:
    """Terms (k) and the gains (p) they lead to; `holds`: does every party gain, or at least not lose."""

    terms: Floats
    gains: Floats

    @property
    def holds(self) -> bool:
        """Whether no party is worse off than without the deal, up to rounding."""
        return bool((self.gains >= -TIGHT * max(1.0, float(np.abs(self.gains).max()))).all())

    @property
    def shortfall(self) -> float:
        """What the party that loses most still lacks; 0 where none does."""
        return float(max(0.0, -self.gains.min()))


def leximin(gains: ArrayLike, effects: ArrayLike, most: ArrayLike) -> Deal:
    """Return the transfers that make the worst-off party gain most, then the next, and so on.

    gains (p) : without transfers. effects (p x k) : on each party of one unit of each transfer. most (k) : the largest of each, from 0 on.
    A linear program for each party that is fixed in turn (Ogryczak, Pioro and Tomaszewski 2005).
    """
    base, matrix, upper = _arrays(gains, effects, most)
    parties, count = matrix.shape
    fixed = np.full(parties, -np.inf)
    terms = np.zeros(count)
    while not np.isfinite(fixed).all():
        free = ~np.isfinite(fixed)
        # Columns: the transfers, then the least gain z of the parties that are still free.
        rows = np.hstack([-matrix, free[:, None].astype(float)])
        sides = base - np.where(free, 0.0, fixed)
        terms, least = _best(np.append(np.zeros(count), -1.0), rows, sides, upper)
        slack = TIGHT * max(1.0, abs(least), float(np.abs(base).max()))
        floor = np.where(free, least, fixed) - slack
        stuck = [p for p in np.flatnonzero(free).tolist() if _largest(p, base, matrix, floor, upper) <= least + 10 * slack]
        for party in stuck or np.flatnonzero(free)[:1]:
            fixed[party] = least
    return Deal(terms, base + matrix @ terms)


def cheapest(gains: ArrayLike, effects: ArrayLike, most: ArrayLike) -> Deal | None:
    """Return the least transfers, summed, with which no party loses; None where there are none."""
    base, matrix, upper = _arrays(gains, effects, most)
    found = _program(np.ones(len(upper)), -matrix, base, [(0.0, float(u)) for u in upper])
    return None if found is None else Deal(found, base + matrix @ found)


def _arrays(gains: ArrayLike, effects: ArrayLike, most: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return gains, effects and bounds as numbers, once they fit each other."""
    base, matrix, upper = (np.asarray(values, dtype=np.float64) for values in (gains, effects, most))
    if matrix.shape != (len(base), len(upper)):
        raise UsageError(f"effects are one number for each of {len(base)} parties and {len(upper)} transfers, not {matrix.shape}")
    if not (np.isfinite(base).all() and np.isfinite(matrix).all() and np.isfinite(upper).all() and (upper >= 0).all()):
        raise UsageError("gains, effects and largest transfers are finite numbers, and no transfer is negative")
    return base, matrix, upper


def _best(cost: Floats, rows: Floats, sides: Floats, upper: Floats) -> tuple[Floats, float]:
    """Return the transfers of a program with the least gain as its last column, and that gain."""
    found = _program(cost, rows, sides, [*((0.0, float(u)) for u in upper), (None, None)])
    if found is None:
        raise UsageError("no transfers can be found: gains or effects are too large to be compared")
    return found[:-1], float(found[-1])


def _largest(party: int, base: Floats, matrix: Floats, floor: Floats, upper: Floats) -> float:
    """Return the most that a party can gain while the others keep what they have."""
    found = _program(-matrix[party], -matrix, base - floor, [(0.0, float(u)) for u in upper])
    return -np.inf if found is None else float(base[party] + matrix[party] @ found)


def _program(cost: Floats, rows: Floats, sides: Floats, bounds: Sequence[tuple[float | None, float | None]]) -> Floats | None:
    """Minimise cost x under rows x <= sides; None where that cannot be."""
    from scipy.optimize import linprog

    found = linprog(cost, A_ub=rows, b_ub=sides, bounds=bounds, method="highs")
    return np.asarray(found.x) if found.status == 0 else None


def best_deal(gains: Gains, lower: ArrayLike, upper: ArrayLike, worth: Callable[[Floats], Floats], seed: int = 0) -> Deal:
    """Return the best terms within bounds (k), where gains may depend on terms in any way.

    gains : of many deals at once. worth : of the gains of each deal (deals x p -> deals), such as `least_gain` or `nash_product`. Draws
    around the best deal so far in a box that shrinks (random search; Rastrigin 1963); the same seed gives the same deal.
    """
    low, high = (np.asarray(values, dtype=np.float64) for values in (lower, upper))
    if low.shape != high.shape or not (np.isfinite(low).all() and np.isfinite(high).all() and (low <= high).all()):
        raise UsageError("every term has a smallest and a largest value, finite, the smaller first")
    random = np.random.default_rng(seed)
    ends = np.stack([low, high])
    corners = ends[random.integers(0, 2, (DRAWS, len(low))), np.arange(len(low))]
    best = low.copy()
    top = float(worth(gains(best[None]))[0])
    width = high - low
    for turn in range(SHRINKS):
        draws = random.uniform(-1, 1, (DRAWS, len(low))) * (random.random((DRAWS, len(low))) < 0.7)
        tried = np.clip(best + draws * width, low, high) if turn else np.vstack([corners, random.uniform(low, high, (4 * DRAWS, len(low)))])
        values = worth(gains(tried))
        values = np.where(np.isfinite(values), values, -np.inf)
        index = int(values.argmax())
        if values[index] > top:
            best, top = tried[index], float(values[index])
        width = width * SHRINK
    return Deal(best, gains(best[None])[0])


def least_gain(gains: Floats) -> Floats:
    """Return the gain of the worst-off party, and a little of the next ones, so that ties are broken as leximin does."""
    ordered = np.sort(gains, axis=1)
    return np.asarray(ordered @ 1e-3 ** np.arange(gains.shape[1]))


def nash_product(weights: ArrayLike | None = None) -> Callable[[Floats], Floats]:
    """Return the worth of gains by Nash (1950): the weighted sum of their logarithms; minus infinity where a party loses."""

    def worth(gains: Floats) -> Floats:
        share = np.full(gains.shape[1], 1.0 / gains.shape[1]) if weights is None else np.asarray(weights, dtype=np.float64)
        return np.asarray(np.where((gains > 0).all(axis=1), np.log(np.maximum(gains, 1e-300)) @ share, -np.inf))

    return worth


def nash_shares(value: float, outside: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Return what each party gets of a value that can be divided freely: what it has outside, and its weight of the surplus.

    Raises
    ------
    UsageError : the value is less than what the parties have outside, or weights do not sum to one.
    """
    has = np.asarray(outside, dtype=np.float64)
    share = np.full(len(has), 1 / len(has)) if weights is None else np.asarray(weights, dtype=np.float64)
    if share.shape != has.shape or (share < 0).any() or not np.isclose(share.sum(), 1.0):
        raise UsageError("weights are one for each party, none negative, and sum to 1")
    if value < has.sum():
        raise UsageError(f"there is nothing to divide: the parties have {has.sum():g} outside, the deal is worth {value:g}")
    return np.asarray(has + share * (value - has.sum()))


def shapley(players: Sequence[str], worth: Mapping[frozenset[str], float]) -> dict[str, float]:
    """Return the Shapley value (1953) of each player: what it adds to a coalition, on average over all orders of joining.

    worth : of each coalition; the empty one is worth nothing.

    Raises
    ------
    UsageError : too many players to go through all coalitions, or a coalition without a worth.
    """
    count = len(players)
    if count > MOST_PLAYERS:
        raise UsageError(f"the Shapley value of {count} parties would need {2**count} coalitions; at most {MOST_PLAYERS} parties")
    values = {frozenset(): 0.0, **worth}
    missing = [s for n in range(1, count + 1) for s in map(frozenset, combinations(players, n)) if s not in values]
    if missing:
        raise UsageError(f"no worth is given of the coalition of {', '.join(sorted(missing[0]))}")
    found = dict.fromkeys(players, 0.0)
    for player in players:
        others = [other for other in players if other != player]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for chosen in map(frozenset, combinations(others, size)):
                found[player] += weight * (values[chosen | {player}] - values[chosen])
    return found
