"""Project finance against worked cases: two without tax (coverage binds, gearing binds), one with tax, and identities that hold in all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capcoop.errors import UsageError
from capcoop.money.loans import Loan, carried, debt_at
from capcoop.money.premium import Cover
from capcoop.money.project.finance import Financed, finance, project, put_price
from capcoop.money.returns import internal_rates, payback, present_value

CAPITAL = [60.0, 90.0, 50.0]
LOAN = Loan(0.06, 10, coverage=1.30, gearing=0.70, commitment_fee=0.005, front_fee=0.015, premium=Cover(4, "CC2", 10))
GROWTH = 1.02 ** np.arange(20)


def close(found: object, wanted: object) -> None:
    parts = found if isinstance(found, tuple) else (found,)
    np.testing.assert_allclose(np.concatenate([np.ravel(part) for part in parts]), np.array(wanted, dtype=float).ravel(), atol=1e-6, rtol=0)


@pytest.fixture(scope="module")
def a1() -> Financed:
    return finance(project(CAPITAL, 24.0 * GROWTH), LOAN)


@pytest.fixture(scope="module")
def a2() -> Financed:
    return finance(project(CAPITAL, 30.0 * GROWTH), LOAN)


@pytest.fixture(scope="module")
def b() -> Financed:
    return finance(project(CAPITAL, 27.0 * GROWTH, tax=0.25), LOAN)


def test_a1_coverage_binds(a1: Financed) -> None:
    sized = a1.sized
    assert not sized.by_gearing
    close(sized.repayment.average_life, 6.193839031)
    close(100 * sized.premium, 9.910562584)
    close((sized.debt, sized.gearing, sized.equity.sum(), sized.uses.sum()), (147.378407440, 0.648929090, 79.731780270, 227.110187710))
    wanted = (9.621488966, 0.671993327, 2.210676112, 14.606029304, 0.0)
    close(tuple(a1.during_construction.values()), wanted)
    close(a1.coverage, np.full(10, 1.30))
    close(a1.project_life_coverage[0, 0], 2.184884152)


def test_a1_construction_and_repayment(a1: Financed) -> None:
    sized, repayment = a1.sized, a1.sized.repayment
    close(sized.uses, [76.816705, 93.478565, 56.814918])
    close(sized.draws, [49.848595, 60.660960, 36.868853])
    close(sized.equity, [26.968111, 32.817605, 19.946065])
    close(repayment.cash[0, [0, 4, 9]], [24.0, 25.978372, 28.682222])
    close(repayment.service[0, [0, 4, 9]], [18.461538, 19.983363, 22.063247])
    close(repayment.interest[0, [0, 4, 9]], [8.842704, 6.177855, 1.248863])
    close(repayment.principal[0, [0, 4, 9]], [9.618834, 13.805508, 20.814384])
    close(repayment.opening[0, [0, 4, 9]], [147.378407, 102.964244, 20.814384])


def test_a1_every_year_of_repayment(a1: Financed) -> None:
    repayment = a1.sized.repayment
    table = [
        (24.000000, 18.461538, 8.842704, 9.618834, 147.378407),
        (24.480000, 18.830769, 8.265574, 10.565195, 137.759573),
        (24.969600, 19.207385, 7.631663, 11.575722, 127.194379),
        (25.468992, 19.591532, 6.937119, 12.654413, 115.618657),
        (25.978372, 19.983363, 6.177855, 13.805508, 102.964244),
        (26.497939, 20.383030, 5.349524, 15.033506, 89.158735),
        (27.027898, 20.790691, 4.447514, 16.343177, 74.125229),
        (27.568456, 21.206505, 3.466923, 17.739581, 57.782052),
        (28.119825, 21.630635, 2.402548, 19.228086, 40.042471),
        (28.682222, 22.063247, 1.248863, 20.814384, 20.814384),
    ]
    parts = (repayment.cash, repayment.service, repayment.interest, repayment.principal, repayment.opening)
    close(np.stack([part[0] for part in parts], axis=1), table)
    close(np.cumsum(a1.sized.draws[0]), [49.848595, 110.509555, 147.378407])


def test_what_gearing_and_coverage_allow(a1: Financed, a2: Financed) -> None:
    one, two = (project(CAPITAL, first * GROWTH) for first in (24.0, 30.0))
    for what in (one, two):
        close(debt_at(what.capital, LOAN, a1.sized.premium, np.zeros(1), np.array([0.7])), 160.712604270)
    for what, wanted in ((one, 147.378407440), (two, 184.223009300)):
        close(carried(what.operation, LOAN, np.array([200.0])).opening[0, 0], wanted)
    close(0.5 * 2 + 2 * a1.sized.repayment.average_life - 0.5, 12.887678062)
    close(a2.loan_life_coverage, np.full((1, 10), 1.490175044))


def test_a1_keeps_the_rules_before_2023(a1: Financed) -> None:
    """Project finance until 2023: an average life of 7.25 years at most, and no more than a quarter repaid in half a year."""
    repayment = a1.sized.repayment
    assert repayment.average_life[0] <= 7.25
    close(100 * (repayment.principal[0] / a1.sized.debt[0]).max(), 14.123089)


def test_a1_returns(a1: Financed) -> None:
    close(internal_rates(a1.project[0]).only, 0.106466694)
    close(present_value(0.10, a1.project[0]), 10.030592068)
    close(internal_rates(a1.owners[0]).only, 0.120346758)
    close(present_value(0.12, a1.owners[0]), 0.272748509)
    close((payback(a1.project[0]), payback(a1.project[0], 0.10), payback(a1.owners[0])), (9.782677086, 19.779096334, 12.652422034))
    close(internal_rates(a1.lender[0]).only, 0.063663331)
    close(a1.cost_of_debt().only, 0.084878841)


def test_a2_gearing_binds(a2: Financed) -> None:
    sized = a2.sized
    assert sized.by_gearing
    close((sized.debt, sized.gearing, sized.equity.sum(), sized.uses.sum()), (160.712604270, 0.70, 68.876830401, 229.589434671))
    close(tuple(a2.during_construction.values()), (10.520832369, 0.730390012, 2.410689064, 15.927523226, 0.0))
    close(a2.coverage, np.full(10, 1.490175044))
    close(a2.project_life_coverage[0, 0], 2.504507567)
    close((internal_rates(a2.project[0]).only, present_value(0.10, a2.project[0])), (0.135374100, 58.323364052))
    close((internal_rates(a2.owners[0]).only, present_value(0.12, a2.owners[0])), (0.176516682, 42.450183346))
    close((payback(a2.project[0]), payback(a2.project[0], 0.10), payback(a2.owners[0])), (8.318378324, 13.843323125, 8.596360548))


def test_a2_with_a_reserve_account() -> None:
    found = finance(project(CAPITAL, 30.0 * GROWTH), replace(LOAN, reserve=0.5))
    close((found.sized.debt, found.during_construction["reserve account"]), (168.878463534, 10.577384788))


def test_b_with_tax(b: Financed) -> None:
    sized, repayment = b.sized, b.sized.repayment
    close((sized.debt, sized.gearing, sized.uses.sum(), sized.equity.sum()), (148.665067657, 0.654512870, 227.138494128, 78.473426471))
    close((repayment.average_life, 100 * sized.premium), (6.070914545, 9.773244231))
    close(tuple(b.during_construction.values()), (9.700873405, 0.678244560, 2.229976015, 14.529400149, 0.0))
    close((internal_rates(b.owners[0]).only, present_value(0.12, b.owners[0])), (0.118372654, -1.226168117))
    close(present_value(0.12, np.concatenate([np.zeros(3), b.tax[0]])), 21.645906025)
    close((b.tax[0, 0], repayment.cash[0, 0], repayment.service[0, 0]), (1.680793, 25.319207, 19.476313))
    close((b.tax[0, 9], repayment.cash[0, 9], repayment.service[0, 9]), (4.930066, 27.337433, 21.028795))
    untaxed = project(CAPITAL, 27.0 * GROWTH, tax=0.25)
    alone = np.hstack([-untaxed.capital, untaxed.operation.cash - untaxed.operation.taxed(np.zeros((1, 10)), np.array([200.0]))])
    close(internal_rates(alone[0]).only, 0.098307186)


def test_the_fund_s_put(a1: Financed) -> None:
    """A fund with 40 % of the equity leaves at t = 10 by a put that gives it 10 %."""
    fund = 0.4 * a1.owners[0, :11]
    price = put_price(fund, 0.10)
    close(price, 49.119707391)
    fund[10] += price
    sponsor = a1.owners[0].copy()
    sponsor[:11] -= fund
    close((internal_rates(sponsor).only, present_value(0.12, sponsor), present_value(0.12, fund)), (0.126881874, 4.022159095, -3.749410586))
    close(internal_rates(fund).only, 0.10)


def test_the_insurer_s_expected_loss(a1: Financed) -> None:
    """2 % a year of default, 60 % lost, 95 % covered, on the opening balances of t = 1..12, at 6 %."""
    opening = np.concatenate([np.cumsum(a1.sized.draws[0])[:2], a1.sized.repayment.opening[0]])
    years = np.arange(1, 13)
    loss = float((0.98 ** (years - 1) * 0.02 * 0.60 * 0.95 * opening * 1.06**-years).sum())
    close((loss, loss / (a1.sized.premium[0] * a1.sized.debt[0])), (8.268057232, 0.566072))


def test_values_of_the_parties_add_up(a1: Financed) -> None:
    for rate, wanted in ((0.10, (18.798957203, -23.374394439, 14.606029304)), (0.06, (79.736778517, 2.834788136, 14.606029304))):
        found = tuple(present_value(rate, flows) for flows in (a1.owners[0], a1.lender[0], a1.insurer[0]))
        close(found, wanted)
        close(sum(found), present_value(rate, a1.project[0]))


outlays = st.lists(st.floats(1, 200), min_size=1, max_size=5)
terms = st.builds(
    Loan,
    rate=st.floats(0, 0.15),
    years=st.integers(1, 15),
    coverage=st.floats(1, 2),
    gearing=st.floats(0.05, 0.9),
    commitment_fee=st.floats(0, 0.01),
    front_fee=st.floats(0, 0.02),
    premium=st.floats(0, 0.1),
    reserve=st.floats(0, 0.5),
    profile=st.sampled_from(["sculpted", "equal-principal", "annuity"]),
)


@settings(deadline=None)
@given(outlays, st.floats(5, 80), terms, st.floats(0, 0.4))
def test_identities_hold_for_any_terms(capital: list[float], cash: float, loan: Loan, tax: float) -> None:
    found = finance(project(capital, cash * 1.01 ** np.arange(20), tax=tax), loan)
    turnover = np.abs(found.project).sum()
    np.testing.assert_allclose(found.owners + found.lender + found.insurer, found.project, atol=1e-9 * turnover)
    sized = found.sized
    assert 0 <= sized.gearing[0] <= loan.gearing + 1e-12
    assert sized.draws.sum() == pytest.approx(sized.debt[0], rel=1e-7)
    assert sized.repayment.principal.sum() == pytest.approx(sized.debt[0], rel=1e-7)
    assert (found.coverage >= loan.coverage * (1 - 1e-7)).all()
    if loan.profile == "sculpted":
        np.testing.assert_allclose(found.loan_life_coverage, found.coverage, rtol=1e-6)
    for values in (found.owners, found.lender, found.insurer, found.coverage, found.project_life_coverage):
        assert np.isfinite(values).all()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"years": 25}, "the loan runs 25 years, but the asset 20: no loan outlasts its asset"),
        ({"coverage": 0.9}, "the debt-service coverage is 0.9: below 1 the cash does not pay the debt"),
        ({"gearing": 1.0}, "the gearing is 1, but lies between 0 and 1"),
        ({"rate": 6.0 * 10}, "the interest is 60, but is a fraction"),
        ({"premium": 9.9}, "the premium is 9.9, but is a fraction"),
    ],
)
def test_terms_that_break_a_rule_are_refused(change: dict[str, float], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        finance(project(CAPITAL, 24.0 * GROWTH), replace(LOAN, **change))  # type: ignore[arg-type]


def test_all_refusals_at_once_and_cash_that_pays_nothing() -> None:
    with pytest.raises(UsageError, match=r"runs 25 years.*; the debt-service coverage is 0.5.*; the gearing is 2"):
        finance(project(CAPITAL, 24.0 * GROWTH), replace(LOAN, years=25, coverage=0.5, gearing=2.0))
    with pytest.raises(UsageError, match="cash available for debt service is -5 in year 3 of operation"):
        finance(project(CAPITAL, [24.0, 24.0, -5.0, *[24.0] * 17]), LOAN)
    with pytest.raises(UsageError, match="in year 1 of operation the cash does not pay the interest"):
        finance(project(CAPITAL, [0.5, *[40.0] * 19]), LOAN)
