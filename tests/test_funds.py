"""Funds of cooperation as data: every figure has a source, what is not known stays blank, and defaults say that they are defaults."""

from __future__ import annotations

import polars as pl
import pytest

from capcoop.errors import UsageError
from capcoop.money.funds import fund_named, fund_rules, funds
from capcoop.money.rules import rule_table


def test_funds_are_facts_with_sources() -> None:
    silk_road = fund_named("Silk Road Fund")
    assert (silk_road.size, silk_road.currency, silk_road.year) == (40_000, "million USD", 2014)
    assert silk_road.smallest_ticket is None
    assert silk_road.sectors == ("infrastructure", "resources", "industrial cooperation")
    assert len(funds()) == rule_table("funds").height == 8
    assert all(one.source and one.year and one.size > 0 for one in funds().values())
    assert [name for name, one in funds().items() if not one.verified] == ["China-Africa Industrial Capacity Cooperation Fund"]


def test_a_rule_that_is_not_known_of_a_fund_is_the_planner_s_and_says_so() -> None:
    asean, silk_road = fund_rules("China-ASEAN Investment Cooperation Fund"), fund_rules("Silk Road Fund")
    assert (asean.smallest_ticket, asean.largest_ticket, asean.largest_share) == (50, 150, 0.5)
    assert asean.assumed == ("hurdle", "earliest exit", "latest exit")
    assert "smallest ticket" in silk_road.assumed
    assert silk_road.hurdle == pytest.approx(0.10)
    assert not rule_table("fund_rules")["verified"].any()


def test_an_unknown_fund() -> None:
    with pytest.raises(UsageError, match="'Silk Raod Fund' is not a fund that capcoop knows; did you mean 'Silk Road Fund'"):
        fund_named("Silk Raod Fund")


def test_prices_of_political_risk_are_ranges_with_sources() -> None:
    table = rule_table("political_risk")
    priced = table.drop_nulls("lowest_price")
    assert (priced["lowest_price"] <= priced["highest_price"]).all()
    assert priced["highest_price"].max() < 0.05  # type: ignore[operator]
    assert table["source"].null_count() == 0
    assert table.filter(pl.col("source").str.contains("from memory") & pl.col("verified")).is_empty()
    assert set(table["base"]) == {"equity", "loan"}
