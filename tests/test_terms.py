"""Terms of export credit against the Arrangement, and what a premium costs however it is paid."""

from __future__ import annotations

import pytest

from capcoop.money.premium import Cover, minimum_premium
from capcoop.money.terms import (
    Contract,
    Credit,
    all_in_cost,
    balances,
    check_terms,
    financed_premium,
    is_bound,
    reference_rate,
    running_premium,
    support_ceiling,
    tied_aid_discount,
)

RATE = minimum_premium(Cover(5, "CC1", 10, 0.5)).rate


def test_support_ceiling() -> None:
    """A contract of 100 with local costs of 60: 85 + 50 in most countries, 85 + 40 in those of high income."""
    contract = Contract(100, 60)
    assert support_ceiling(contract, "KAZ") == pytest.approx(135)
    assert support_ceiling(contract, "POL") == pytest.approx(125)


def test_terms_within_the_rules() -> None:
    assert not check_terms(Contract(100, 50, life=20), Credit(135, 15, average_life=8.9, down_payment=15), "KAZ")
    assert not check_terms(Contract(100, 0, life=25, scope="climate"), Credit(85, 22, average_life=13.2), "KAZ")


def test_terms_that_break_rules_are_all_told() -> None:
    contract = Contract(100, 60, life=12, scope="fossil")
    credit = Credit(140, 14, first=1.0, average_life=8.0, largest=0.3, down_payment=10)
    told = [str(one) for one in check_terms(contract, credit, "KAZ")]
    assert len(told) == 8
    assert told[0].startswith("the amount of the credit is 140, the rule allows 135 (OECD Arrangement")
    assert any(one.startswith("the repayment in years is 14, the rule allows 12") for one in told)
    assert any(one.startswith("the average life in years is 8, the rule allows 7.2") and "not verified" in one for one in told)
    assert any(one.startswith("the down payment, of which more is asked for, is 0.1, the rule allows 0.15") for one in told)
    assert any(one.startswith("the shortest repayment") for one in map(str, check_terms(Contract(100), Credit(85, 1.5), "KAZ")))


def test_who_is_bound() -> None:
    assert [is_bound(code) for code in ("DEU", "JPN", "TUR", "CHN", "IND", "BRA", "RUS")] == [True] * 3 + [False] * 4


def test_reference_rates() -> None:
    assert reference_rate(0.0390, 0.0100, 0.0020) == pytest.approx(0.0510)
    assert tied_aid_discount(0.04) == pytest.approx(0.055)


def test_a_premium_however_it_is_paid() -> None:
    assert financed_premium(100, RATE) == pytest.approx(110.275322191, abs=1e-6)
    assert running_premium(RATE, balances(10, 1), 1, 0.06) == pytest.approx(0.021177698, abs=1e-6)
    assert running_premium(RATE, balances(10, 2), 2, 0.06) == pytest.approx(0.021766225, abs=1e-6)
    period = all_in_cost(0.06, balances(10, 2), 2, RATE)
    assert period == pytest.approx(0.041757234, abs=1e-6)
    assert (2 * period, (1 + period) ** 2 - 1) == pytest.approx((0.083514468, 0.085258135), abs=1e-6)
