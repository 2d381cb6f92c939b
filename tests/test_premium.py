"""The minimum premium of export credit: worked examples, its order, and the three states of countries without one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capcoop.errors import UsageError
from capcoop.money.premium import (
    BUYERS,
    CATEGORIES,
    Cover,
    MarketBenchmarkRequired,
    average_life,
    category_of,
    classification,
    equivalent_repayment,
    minimum_premium,
)
from capcoop.money.rules import rule_table

EXAMPLES = {
    "M1": (Cover(5, "CC1", 10, 0.5), 9.317880000),
    "M2": (Cover(3, "SOV", 10, 2), 4.200000000),
    "M3": (Cover(4, "CC2", 12, 3, commercial=1, political=1, quality="above", enhancement=0.20), 10.508500850),
    "M4": (Cover(7, "SOV", 15, 1.5), 17.145562500),
    "M5": (Cover(7, "SOV", 22, 4), 23.970000000),
    "M6": (Cover(6, "SOV+", 0, 2, average_life=7.25, local_currency=0.20), 9.631440000),
    "M7": (Cover(2, "CC3", 8.5, 1, commercial=0.90, quality="below"), 4.846711316),
    "M8": (Cover(1, "CC5", 5), 3.950000000),
    "M9": (Cover(4, "SOV", 15), 8.600000000),
    "M10": (Cover(5, "CC4", 10, commercial=1, political=1, quality="above"), 15.942773938),
}
PARTS = {  # horizon, country part, buyer part, factor of cover, rebate
    "M1": (10.25, 8.335, 1.025, 1, 0.0045),
    "M2": (11, 4.2, 0, 1, 0),
    "M3": (13.5, 8.184210526, 2.660210526, 1.01639, 0.063),
    "M4": (15.75, 19.125, 0, 1, 0.1035),
    "M5": (24, 28.2, 0, 1, 0.252),
    "M6": (15, 11.76, 0, 1, 0.09),
    "M7": (9, 2.15, 2.728421053, 1, 0),
    "M10": (10, 8.578947368, 6.536842105, 1.03657, 0),
}
PRICED = [(category, buyer) for category in CATEGORIES for buyer in BUYERS if not (buyer == "CC5" and category > 4)]
PRICED = [(c, b) for c, b in PRICED if not (b == "CC4" and c > 5) and not (b == "CC3" and c > 6)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_examples(name: str) -> None:
    cover, percent = EXAMPLES[name]
    assert 100 * minimum_premium(cover).rate == pytest.approx(percent, abs=1e-6)


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_the_worked_examples(name: str) -> None:
    found = minimum_premium(EXAMPLES[name][0])
    assert (found.horizon, found.country, found.buyer, found.cover_factor, found.rebate) == pytest.approx(PARTS[name], abs=1e-6)


def test_no_buyer_is_priced_below_its_sovereign() -> None:
    """Category 4 over 20 years: the rebate of the term would bring CC1 to 11.3475 %, below the sovereign's 11.35 %."""
    found = minimum_premium(Cover(4, "CC1", 20))
    assert 100 * found.rate == pytest.approx(11.35, abs=1e-9)
    assert found.floored
    assert not minimum_premium(Cover(4, "CC1", 18.3)).floored


def test_political_cover_alone_costs_nine_tenths_of_the_sovereign() -> None:
    sovereign = minimum_premium(Cover(3, "SOV", 10, commercial=0))
    assert minimum_premium(Cover(3, "CC2", 10, commercial=0)).rate == pytest.approx(0.9 * sovereign.rate)


@pytest.mark.parametrize("years", [8.5, 10, 15])
def test_equal_half_yearly_principal_has_its_own_length(years: float) -> None:
    assert equivalent_repayment(average_life(years)) == pytest.approx(years)


def test_yearly_principal_counts_as_half_a_year_longer() -> None:
    assert average_life(10, payments=1) == 5.5
    assert equivalent_repayment(5.5) == 10.5


@pytest.mark.parametrize(("category", "buyer"), sorted({(c, b) for c in CATEGORIES for b in BUYERS} - set(PRICED)))
def test_a_missing_coefficient_is_no_zero(category: int, buyer: str) -> None:
    with pytest.raises(UsageError, match=f"no premium for {buyer} in category {category}"):
        minimum_premium(Cover(category, buyer, 10))


@given(st.sampled_from(PRICED), st.floats(0.5, 25.9), st.floats(0.001, 0.1))
def test_a_longer_horizon_costs_more(what: tuple[int, str], years: float, more: float) -> None:
    cover = Cover(*what, repayment=years)
    assert minimum_premium(replace(cover, repayment=years + more)).rate > minimum_premium(cover).rate


@given(st.sampled_from(PRICED), st.floats(0.5, 26))
def test_a_worse_country_costs_more(what: tuple[int, str], years: float) -> None:
    category, buyer = what
    if (category + 1, buyer) in PRICED:
        assert minimum_premium(Cover(category + 1, buyer, years)).rate > minimum_premium(Cover(category, buyer, years)).rate


@given(st.sampled_from(PRICED), st.floats(0.5, 26))
def test_a_worse_buyer_costs_no_less(what: tuple[int, str], years: float) -> None:
    category, buyer = what
    worse = BUYERS[BUYERS.index(buyer) + 1] if buyer != BUYERS[-1] else buyer
    if (category, worse) in PRICED:
        assert minimum_premium(Cover(category, worse, years)).rate >= minimum_premium(Cover(category, buyer, years)).rate - 1e-15


@given(st.sampled_from(PRICED), st.floats(0.5, 26), st.floats(0.5, 0.99), st.floats(0, 0.01))
def test_more_cover_costs_no_less(what: tuple[int, str], years: float, share: float, more: float) -> None:
    cover = Cover(*what, repayment=years, commercial=share, political=share)
    larger = replace(cover, commercial=share + more, political=share + more)
    assert minimum_premium(larger).rate >= minimum_premium(cover).rate - 1e-15


def test_categories_of_countries() -> None:
    table = rule_table("country_categories")
    assert table.get_column("country").n_unique() == 201
    assert set(table.get_column("category").cast(str)) == {"0", "2", "3", "4", "5", "6", "7", "high-income", "not-classified"}
    assert table.select("country", "valid_from").is_duplicated().sum() == 0
    assert category_of("KAZ") == 5
    assert (category_of("VNM", date(2026, 2, 1)), category_of("VNM", date(2026, 7, 1)), category_of("VNM")) == (4, 3, 3)


def test_three_states_without_a_minimum_are_told_apart() -> None:
    assert (classification("SGP"), classification("DEU"), classification("BRB")) == ("0", "high-income", "not-classified")
    with pytest.raises(MarketBenchmarkRequired, match="SGP is in category 0"):
        category_of("SGP")
    with pytest.raises(MarketBenchmarkRequired, match="DEU is a country of high income"):
        category_of("DEU")
    with pytest.raises(UsageError, match="BRB is not classified by the OECD: state its category"):
        category_of("BRB")
    with pytest.raises(UsageError, match="no category of 'XYZ' is known"):
        category_of("XYZ")


@pytest.mark.parametrize(
    ("cover", "told"),
    [
        (Cover(0, "SOV", 10), "the category of a country is 1 to 7, not 0"),
        (Cover(5, "CC9", 10), "'CC9' is not a buyer category"),
        (Cover(5, "CC1", 10, quality="good"), "'good' is not a quality of a product"),
        (Cover(5, "CC1", 10, commercial=1.2), "commercial cover is 1.2, but lies between 0 and 1"),
        (Cover(5, "CC1", 10, enhancement=0.4), "the factor of credit enhancement is 0.4, but lies between 0 and 0.35"),
        (Cover(5, "CC1", -1), "the horizon of risk, in years, is -1"),
        (Cover(5, "CC1", float("nan")), "the horizon of risk, in years, is nan"),
        (Cover(5, "CC1", 0), "a credit without drawdown and repayment has no premium"),
    ],
)
def test_a_wrong_term_is_told(cover: Cover, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        minimum_premium(cover)
