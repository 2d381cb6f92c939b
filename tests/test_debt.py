"""Public debt: capacity, ratios and thresholds, grant elements of published loans, and the formula against the sum of payments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capcoop.errors import UsageError
from capcoop.money.debt import (
    Economy,
    PublicLoan,
    carrying_capacity,
    composite_indicator,
    debt_ratios,
    framework_value,
    grant_element,
    grant_element_formula,
    is_concessional,
    present_value,
    rating,
)

ECONOMY = Economy(gdp=50_000, exports=12_000, revenue=9_000, debt=16_000, service=1_500)


@pytest.mark.parametrize(
    ("terms", "indicator", "capacity"),
    [
        ((3.2, 0.055, 0.05, 0.42, 0.035), 2.953849000, "medium"),
        ((3.7, 0.052, 0.032, 0.4376, 0.03137), 3.063809498, "strong"),
        ((2.5, 0.02, 0.01, 0.25, 0.03), 2.206325000, "weak"),
    ],
)
def test_composite_indicator(terms: tuple[float, ...], indicator: float, capacity: str) -> None:
    found = composite_indicator(*terms)
    assert found == pytest.approx(indicator, abs=1e-6)
    assert carrying_capacity(found) == capacity


def test_both_bounds_are_medium() -> None:
    assert [carrying_capacity(x) for x in (2.6899, 2.69, 3.05, 3.0501)] == ["weak", "medium", "medium", "strong"]


def test_reserves_in_months_are_refused() -> None:
    with pytest.raises(UsageError, match="if these are months, divide by 12"):
        composite_indicator(3.2, 0.055, 0.05, 5, 0.035)
    with pytest.raises(UsageError, match=r"growth is 5\.5, but is a fraction"):
        composite_indicator(3.2, 5.5, 0.05, 0.42, 0.035)


@pytest.mark.parametrize(
    ("loan", "element"),
    [
        (PublicLoan(100, 0.0075, 6, 38, 2), 0.531740866),
        (PublicLoan(100, 0.02, 5, 20, 2), 0.268445779),
        (PublicLoan(100, 0.02, 7, 20, 2), 0.285708594),
        (PublicLoan(100, 0.02, 7, 20, 2, fee=0.0075), 0.278208594),
        (PublicLoan(100, 0.02, 7, 20, 1), 0.291884449),
        (PublicLoan(100, 0.03923, 5, 15, 2), 0.079715788),
        (PublicLoan(100, 0.03923, 5, 15, 2, fee=0.0693 + 0.0075), 0.002915788),
        (PublicLoan(100, 0.0, 10, 40, 2), 0.681537351),
        (PublicLoan(100, 0.07, 0.5, 10, 2), -0.095355279),
        (PublicLoan(100, 0.04, 0, 10, 2, bullet=True), 0.073402573),
    ],
)
def test_grant_elements(loan: PublicLoan, element: float) -> None:
    assert grant_element(loan) == pytest.approx(element, abs=1e-6)
    if not loan.bullet:
        assert grant_element_formula(loan) == pytest.approx(element, abs=1e-6)


def test_the_grant_element_of_irregular_repayment() -> None:
    """IDA's blend terms: 2 %, thirty years, 3.33 % of principal in each of years 6 to 25 and 6.67 % after."""
    blend = PublicLoan(100, 0.02, 0, 30, 2, parts=(0.0,) * 5 + (1 / 30,) * 20 + (1 / 15,) * 5)
    assert grant_element(blend) == pytest.approx(0.347642149, abs=1e-6)
    assert not is_concessional(blend)
    equal = PublicLoan(100, 0.02, 0, 20, 2, parts=(0.0,) * 5 + (1 / 15,) * 15)
    assert grant_element(equal) == pytest.approx(grant_element(PublicLoan(100, 0.02, 5, 20, 2)), abs=1e-12)
    with pytest.raises(UsageError, match=r"2 parts of principal sum to 0\.9: state one for each of 3 years"):
        PublicLoan(100, 0.02, 0, 3, parts=(0.5, 0.4))


def test_the_rate_at_which_a_loan_is_concessional() -> None:
    rate = 0.011071228
    assert grant_element(PublicLoan(100, rate, 5, 20, 2)) == pytest.approx(0.35, abs=1e-6)
    assert is_concessional(PublicLoan(100, rate - 1e-5, 5, 20, 2))
    assert not is_concessional(PublicLoan(100, rate + 1e-5, 5, 20, 2))


@given(st.sampled_from([1, 2, 4]), st.floats(0, 0.2), st.integers(0, 40), st.integers(1, 80), st.floats(0, 0.1))
def test_the_formula_is_the_sum_of_payments(payments: int, rate: float, first: int, more: int, fee: float) -> None:
    loan = PublicLoan(1000, rate, first / payments, (first + more) / payments, payments, fee)
    assert grant_element_formula(loan) == pytest.approx(grant_element(loan), abs=1e-9)
    neutral = payments * (1.05 ** (1 / payments) - 1)
    assert grant_element(PublicLoan(1000, neutral, loan.first, loan.years, payments)) == pytest.approx(0, abs=1e-9)


@given(st.floats(0, 0.04), st.integers(0, 15), st.integers(5, 30))
def test_a_cheaper_longer_loan_is_a_larger_grant(rate: float, first: int, more: int) -> None:
    loan = PublicLoan(1, rate, first, first + more)
    assert grant_element(PublicLoan(1, rate + 0.005, first, first + more)) < grant_element(loan)
    assert grant_element(PublicLoan(1, rate, first + 1, first + more)) > grant_element(loan)
    assert grant_element(PublicLoan(1, rate, first, first + more + 1)) > grant_element(loan)


def test_ratios_of_a_cheap_loan() -> None:
    loan = PublicLoan(600, 0.02, 7, 20)
    assert framework_value(loan) == pytest.approx(424.869330789, abs=1e-6)
    table = debt_ratios(ECONOMY, {"buyer credit": loan}, "medium")
    assert table["after"].to_list()[:2] == pytest.approx([32.849738662, 136.873911090], abs=1e-6)
    assert set(table["state"]) == {"within"}


def test_ratios_of_a_dear_loan_near_a_threshold() -> None:
    loan = PublicLoan(600, 0.06, 3, 12)
    assert framework_value(loan) == 600
    assert present_value(loan) == pytest.approx(638.133285, abs=1e-6)
    table = debt_ratios(ECONOMY, {"commercial": loan}, "medium")
    assert table["after"].to_list() == pytest.approx([33.2, 138.333333333, 13.355555556, 17.807407407], abs=1e-6)
    assert loan.yearly_service().max() == pytest.approx(102.666666667, abs=1e-6)
    assert loan.yearly_service().argmax() + 1 == 4
    assert table["state"].to_list() == ["within", "within", "within", "near"]
    assert table["headroom"].to_list()[-1] == pytest.approx(0.192592593, abs=1e-6)


def test_room_until_the_threshold() -> None:
    table = debt_ratios(ECONOMY, {}, "medium")
    assert table["room"].to_list()[:2] == pytest.approx([4_000, 5_600])


def test_rating() -> None:
    low = debt_ratios(ECONOMY, {}, "strong")
    high = debt_ratios(ECONOMY, {"big": PublicLoan(9_000, 0.06, 3, 12)}, "medium")
    assert (rating(low, low), rating(low, high), rating(high, high)) == ("low", "moderate", "high")


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ((0, 0.02, 5, 20), "the amount of a loan is more than nothing, not 0"),
        ((100, 2, 5, 20), r"the interest of a loan is 2, but is a fraction from 0 to 1"),
        ((100, 0.02, 20, 20), "principal is first due after 20 years, but the loan ends after 20"),
    ],
)
def test_terms_that_no_loan_has(terms: tuple[float, float, float, float], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        PublicLoan(*terms)
    with pytest.raises(UsageError, match="exports is 0, but must be known"):
        debt_ratios(Economy(1, 0, 1), {}, "weak")
