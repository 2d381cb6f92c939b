"""The division of gains: leximin, Nash and Shapley on known numbers, and their axioms on random games."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capcoop.errors import UsageError
from capcoop.money.bargaining import best_deal, cheapest, least_gain, leximin, nash_product, nash_shares, shapley

# Enterprise, society, government; a royalty (enterprise to government) and a community fund (enterprise to society).
GAINS, EFFECTS, MOST = [40, -6, -4], [[-1, -1], [0, 1], [1, 0]], [10, 8]


def test_leximin_of_a_royalty_and_a_community_fund() -> None:
    deal = leximin(GAINS, EFFECTS, MOST)
    assert deal.gains == pytest.approx([22, 2, 6], abs=1e-6)
    assert deal.terms == pytest.approx([10, 8], abs=1e-6)
    assert deal.holds


def test_cheapest_transfers_with_which_nobody_loses() -> None:
    deal = cheapest(GAINS, EFFECTS, MOST)
    assert deal is not None
    assert deal.terms == pytest.approx([4, 6], abs=1e-6)
    assert cheapest(GAINS, EFFECTS, [3, 8]) is None


def test_where_no_terms_help_the_largest_shortfall_is_told() -> None:
    deal = leximin(GAINS, EFFECTS, [10, 1])
    assert not deal.holds
    assert deal.shortfall == pytest.approx(5)


def test_leximin_goes_on_after_the_worst_off() -> None:
    """The first party can get nothing; of the others the poorer is raised as far as the richer can pay: (-1, 3, 3)."""
    deal = leximin([-1, 0, 6], [[0], [1], [-1]], [10])
    assert deal.gains == pytest.approx([-1, 3, 3], abs=1e-6)


def test_nash_with_free_transfers() -> None:
    assert nash_shares(100, [10, 5, 20]) == pytest.approx([31.666667, 26.666667, 41.666667], abs=1e-6)
    assert nash_shares(100, [10, 5, 20], [0.5, 0.3, 0.2]) == pytest.approx([42.5, 24.5, 33], abs=1e-6)
    with pytest.raises(UsageError, match="nothing to divide"):
        nash_shares(30, [10, 5, 20])


def test_nash_with_a_transfer_of_which_a_tenth_is_lost() -> None:
    """Most of (40 - T) (0.9 T - 5): T = 22.777778, gains 17.222222 and 15.5."""
    deal = best_deal(lambda terms: np.hstack([40 - terms, 0.9 * terms - 5]), [0], [40], nash_product())
    assert deal.terms == pytest.approx([22.777778], abs=1e-4)
    assert deal.gains == pytest.approx([17.222222, 15.5], abs=1e-4)


def test_a_search_over_terms_finds_what_the_linear_program_finds() -> None:
    effects = np.array(EFFECTS, dtype=float)
    deal = best_deal(lambda terms: np.array(GAINS) + terms @ effects.T, [0, 0], MOST, least_gain)
    assert deal.gains == pytest.approx([22, 2, 6], abs=1e-4)


def test_shapley_of_three_parties() -> None:
    names = ("enterprise", "supplier", "host")
    e, s, h = names
    worth = {frozenset(k): v for k, v in {(e,): 0, (s,): 0, (h,): 0, (e, s): 20, (e, h): 30, (s, h): 10, names: 100}.items()}
    assert list(shapley(names, worth).values()) == pytest.approx([38.333333, 28.333333, 33.333333], abs=1e-6)
    with pytest.raises(UsageError, match="no worth is given of the coalition of host, supplier"):
        shapley(names, {k: v for k, v in worth.items() if k != frozenset((s, h))})


games = st.integers(2, 5).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.floats(-100, 100), min_size=2**n - 1, max_size=2**n - 1)))


@given(games)
def test_axioms_of_the_shapley_value(game: tuple[int, list[float]]) -> None:
    count, numbers = game
    players = tuple("abcde"[:count])
    coalitions = [frozenset(s) for n in range(1, count + 1) for s in combinations(players, n)]
    worth = dict(zip(coalitions, numbers, strict=True))
    found = shapley(players, worth)
    assert sum(found.values()) == pytest.approx(worth[frozenset(players)], abs=1e-6)  # efficiency
    swap = {players[0]: players[1], players[1]: players[0]}
    even = {s: (worth[s] + worth[frozenset(swap.get(p, p) for p in s)]) / 2 for s in coalitions}
    symmetric = shapley(players, even)
    assert symmetric[players[0]] == pytest.approx(symmetric[players[1]], abs=1e-6)
    idle = {**worth, **{s | {"z"}: worth.get(s, 0.0) for s in [frozenset(), *coalitions]}}
    assert shapley((*players, "z"), idle)["z"] == pytest.approx(0, abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=3, max_size=3), st.lists(st.floats(0, 30), min_size=2, max_size=2))
def test_a_deal_that_holds_leaves_nobody_below(gains: list[float], most: list[float]) -> None:
    deal = leximin(gains, EFFECTS, most)
    assert deal.gains == pytest.approx(np.array(gains) + np.array(EFFECTS) @ deal.terms)
    assert (deal.terms >= -1e-9).all()
    assert (deal.terms <= np.array(most) + 1e-9).all()
    least = cheapest(gains, EFFECTS, most)
    if deal.gains.min() > 1e-6:
        assert deal.holds
        assert least is not None
    if least is not None:
        assert deal.gains.min() >= -1e-6


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="one number for each of 3 parties and 1 transfers"):
        leximin(GAINS, EFFECTS, [1])
    with pytest.raises(UsageError, match="finite numbers"):
        leximin([float("nan"), 0, 0], EFFECTS, MOST)
    with pytest.raises(UsageError, match="sum to 1"):
        nash_shares(100, [0, 0], [0.5, 0.6])
