"""Ten years planned from 2014, judged by what came: the scores by hand arithmetic, the page by its table, a row by a plan made now."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import backcast
import backcast_page
from backcast_page import score

# Four countries, lines of 100 kt: told, false alarm, missed, neither.
FOUR = pl.DataFrame(
    {
        "built": [300.0, 100.0, 0.0, 49.0],
        "real": [200.0, -80.0, 50.0, 10.0],
        "unit": [100.0] * 4,
        "need_before": [1000.0, 100.0, 500.0, 200.0],
    }
)


def test_hits_and_misses_are_counted_by_half_a_line() -> None:
    one = score(FOUR, "built")
    assert (one.hits, one.false, one.missed, one.neither) == (1, 1, 1, 1)
    assert one.right == 0.5
    assert one.skill == pytest.approx(1 / 2 - 1 / 2)


def test_ranks_and_errors_are_those_of_hand_arithmetic() -> None:
    one = score(FOUR, "built")
    # Ranks of built 4 3 1 2, of real 4 1 3 2: 1 - 6 (0 + 4 + 4 + 0) / (4 x 15) = 0.2.
    assert one.rank == pytest.approx(0.2)
    # Over need: built 0.3 1 0 0.245 (3 4 1 2), real 0.2 -0.8 0.1 0.05 (4 1 3 2): 1 - 6 (1 + 9 + 4 + 0) / 60 = -0.4.
    assert one.rank_of_need == pytest.approx(-0.4)
    # Errors of 10, 180, 10 and 19.5 % of the need.
    assert one.error == pytest.approx((10 + 19.5) / 2)
    assert (one.added, one.real) == (449.0, 180.0)


def test_table_holds_every_country_whose_later_capacity_is_known() -> None:
    known = {(country, product) for country, products in backcast.truths().items() for product in products}
    assert set(backcast.kept().select("country", "product").iter_rows()) == known
    assert len(known) > 140


def test_page_is_that_of_its_table() -> None:
    assert backcast.PAGE.read_text(encoding="utf-8") == backcast_page.page(backcast.kept())


def test_misses_are_explained_by_figures() -> None:
    row = {"need_before": 900.0, "need": 1000.0, "need_between": 950.0, "output_before": 900.0, "output_between": 1500.0, "year": 2021}
    assert "demand or exports grew more" in backcast_page.reason(row | {"stock": 0.0, "real": 800.0, "built": 0.0, "complete": True})
    told = backcast_page.reason(row | {"stock": 2000.0, "real": -300.0, "built": 0.0, "complete": False, "output_between": 950.0})
    assert "disagree" in told
    assert "not known" in told


def test_a_row_is_what_the_plan_of_now_says(tmp_path: Path) -> None:
    again = backcast.judged("ALB", backcast.truths()["ALB"], tmp_path)
    assert again.equals(backcast.kept().filter(country="ALB"))
