"""Methods against the examples that their library publishes, and acceptability against areas of the simplex found by hand."""

from __future__ import annotations

import time

import numpy as np
import pytest

from capcoop.roadmap.acceptability import acceptability, drawn_weights
from capcoop.roadmap.draws import Scores, scores_of, triangular
from capcoop.roadmap.methods import METHODS, preference, preferences, weights_of

# The decision tables and answers that pymcdm prints in the documentation of each method.
FIVE = np.array([[78, 56, 34, 6], [4, 45, 3, 97], [18, 2, 50, 63], [9, 14, 11, 92], [85, 9, 100, 29]], dtype=float)
THREE = np.array([[4, 3, 2], [3, 2, 4], [5, 1, 3]], dtype=float)


def test_vikor_of_the_library_s_example() -> None:
    found = preference("vikor", FIVE, np.full(4, 0.25))
    assert 1 - found == pytest.approx([0.5679, 0.7667, 1, 0.7493, 0], abs=5e-5)


def test_promethee_of_the_library_s_example() -> None:
    assert preference("promethee", THREE, np.array([0.5, 0.3, 0.2])) == pytest.approx([0.1, -0.3, 0.2])


def test_topsis_of_the_library_s_example() -> None:
    """The cost criterion of the example is turned round, as the road map does with every figure where less is better."""
    table = np.array([[-1, 3000], [-2, 3750], [-5, 4500]], dtype=float)
    assert preference("topsis", table, np.array([0.5, 0.5])) == pytest.approx([0.5, 0.617, 0.5], abs=5e-4)


def test_weights_by_the_textbook() -> None:
    """Entropy: a criterion that tells nothing apart has no weight, two that mirror each other share it; a zero is no surprise."""
    table = np.array([[0.2, 0.5, 0.8], [0.5, 0.5, 0.5], [0.8, 0.5, 0.2]])
    assert weights_of("entropy", table) == pytest.approx([0.5, 0, 0.5])
    assert weights_of("critic", table) == pytest.approx([0.5, 0, 0.5])
    shares = np.array([[0.0, 0.5], [1.0, 0.5 + 1e-9]])
    assert weights_of("entropy", shares)[0] == pytest.approx(1.0, abs=1e-6)
    assert weights_of("equal", table) == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("method", METHODS)
def test_many_draws_are_what_the_library_says_of_each(method: str) -> None:
    generator = np.random.default_rng(5)
    scores = generator.random((6, 9, 4)).round(1)  # rounded, so that some are equal
    scores[3, :, 2] = 0.4  # a criterion in which all are equal
    weights = generator.dirichlet(np.ones(4), 6)
    weights[4] = [0.5, 0.5, 0, 0]
    found = preferences(method, scores, weights)
    if method == "promethee":
        weights[3, 2] = 0.0
        weights[3] /= weights[3].sum()
    assert found == pytest.approx(np.stack([preference(method, *pair) for pair in zip(scores, weights, strict=True)]))


def certain(table: list[list[float]]) -> Scores:
    array = np.array(table)
    return scores_of(array, array, array, [column for column in array.T], np.eye(array.shape[1]))  # noqa: C416


def test_acceptability_is_the_share_of_the_weights_that_put_one_first() -> None:
    """Two criteria: A = (1, 0) wins with w > 0.6, B = (0, 1) with w < 0.4, C = (0.6, 0.6) between, so 40, 40 and 20 % of the weights."""
    found = acceptability(certain([[1, 0], [0, 1], [0.6, 0.6]]), "sum", 40_000, 1)
    assert found.ranks[:, 0] == pytest.approx([0.4, 0.4, 0.2], abs=0.01)
    assert found.ranks[2, 1] == pytest.approx(0.8, abs=0.01)  # never last
    assert found.central_weights[:, 0] == pytest.approx([0.8, 0.2, 0.5], abs=0.01)
    assert found.confidence == pytest.approx([1, 1, 1])
    assert found.ranks.sum(axis=0) == pytest.approx(np.ones(3))
    assert found.ranks.sum(axis=1) == pytest.approx(np.ones(3))


def test_acceptability_over_a_triangle_of_weights() -> None:
    """Three criteria: each corner wins where its weight exceeds t = 0.5, a triangle of (1 - t)^2 = 1/4 of the area; the rest is D's."""
    found = acceptability(certain([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]]), "sum", 40_000, 2)
    assert found.ranks[:, 0] == pytest.approx([0.25] * 4, abs=0.01)
    assert found.central_weights[0] == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=0.01)


def test_uncertain_figures_are_drawn() -> None:
    """One criterion. A is anywhere in what is known (0.1, 0.4, 0.9), B 0.5 for certain: A wins in a third; C's triangle has mean 0.4."""
    value = np.array([[np.nan], [0.5], [0.3]])
    low, high = np.array([[np.nan], [0.5], [0.1]]), np.array([[np.nan], [0.5], [0.8]])
    scores = scores_of(low, value, high, [np.array([0.1, 0.4, 0.9])], np.ones((1, 1)))
    assert scores.central[:, 0] == pytest.approx([0.4666667, 0.5, 0.3])
    drawn = scores.draw(np.random.default_rng(3), 40_000)[:, :, 0]
    assert np.unique(drawn[:, 0]) == pytest.approx([0.1, 0.4, 0.9])
    assert (drawn[:, 0] > 0.5).mean() == pytest.approx(1 / 3, abs=0.01)
    assert drawn[:, 2].mean() == pytest.approx((0.1 + 0.3 + 0.8) / 3, abs=0.005)
    assert drawn[:, 2].min() >= 0.1
    assert drawn[:, 2].max() <= 0.8
    found = acceptability(scores, "sum", 20_000, 4)
    assert found.confidence[0] == pytest.approx(1 / 3 * 0.97, abs=0.06)


def test_a_triangle_may_lean_to_an_end() -> None:
    ends = np.array([0.0]), np.array([0.0]), np.array([1.0])
    assert triangular(np.array([0.0, 0.75, 1.0]), *ends) == pytest.approx([0, 0.5, 1])


def test_weights_around_given_ones() -> None:
    around = np.array([0.7, 0.3, 0.0])
    drawn = drawn_weights(np.random.default_rng(6), 20_000, 3, around)
    assert drawn.sum(axis=1) == pytest.approx(np.ones(20_000))
    assert drawn.mean(axis=0) == pytest.approx(around, abs=0.005)
    assert (drawn[:, 2] == 0).all()
    assert drawn[:, 0].std() == pytest.approx(np.sqrt(0.21 / 21), rel=0.05)


def test_the_same_seed_gives_the_same_answer_and_ten_thousand_draws_take_seconds() -> None:
    generator = np.random.default_rng(7)
    value = generator.random((200, 30))
    value[generator.random((200, 30)) < 0.4] = np.nan
    known = [column[~np.isnan(column)] for column in value.T]
    weights = np.kron(np.eye(3), np.full((10, 1), 0.1))
    scores = scores_of(value, value, value, known, weights)
    start = time.perf_counter()
    found = acceptability(scores, "topsis", 10_000, 8)
    assert time.perf_counter() - start < 30
    assert (found.ranks == acceptability(scores, "topsis", 10_000, 8).ranks).all()
    assert found.among_first(10).sum() == pytest.approx(10)
