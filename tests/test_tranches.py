"""Several tranches and currencies: one is the single loan to the last digit, flows add up, coverage holds, premiums are worth the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capcoop.errors import UsageError
from capcoop.money.loans import Loan
from capcoop.money.premium import Cover
from capcoop.money.project.finance import Project, finance, project
from capcoop.money.project.syndicate import Syndicated, syndicate
from capcoop.money.project.tranches import Financing, Tranche
from capcoop.money.returns import internal_rates

GROWTH = 1.02 ** np.arange(20)
CAPITAL = [60.0, 90.0, 50.0]
COVER = Cover(4, "CC2", 10)
ONE = Tranche("loan", 1.0, 0.06, 10, commitment_fee=0.005, front_fee=0.015, premium=COVER)


def two(**changes: object) -> Financing:
    """A sculpted export credit in dollars, and a local loan in equal parts of principal that starts later."""
    buyer = replace(ONE, name="buyer credit", share=0.6, exchange=150.0, depreciation=0.04)
    local = Tranche("local bank", 0.4, 0.09, 8, first=3, profile="equal-principal", front_fee=0.01)
    return replace(Financing((buyer, local), coverage=1.3, gearing=0.7), **changes)  # type: ignore[arg-type]


def adds_up(what: Project, found: Syndicated) -> None:
    parties = found.owners + found.lenders.sum(axis=0) + found.insurers.sum(axis=0) + found.equity_insurer
    np.testing.assert_allclose(parties, found.project, atol=1e-9 * np.abs(found.project).sum())
    np.testing.assert_allclose(found.draws.sum(axis=(0, 2)), found.debt, rtol=1e-9)
    shares = np.stack([np.broadcast_to(one.share, found.debt.shape) for one in found.financing.tranches])
    np.testing.assert_allclose(found.draws.sum(axis=2), shares * found.debt, rtol=1e-9)
    uses = what.capital.sum(axis=1) + sum(found.during_construction.values())
    np.testing.assert_allclose(found.uses.sum(axis=1), uses, rtol=1e-9)
    start = what.capital.shape[1]
    np.testing.assert_allclose((found.principal / found.exchange[..., start:]).sum(axis=2), found.loans, rtol=1e-9)
    for values in (found.owners, found.lenders, found.insurers, found.project):
        assert np.isfinite(values).all()


@pytest.mark.parametrize("cash", [24.0, 30.0])
@pytest.mark.parametrize("profile", ["sculpted", "equal-principal", "annuity"])
@pytest.mark.parametrize("tax", [0.0, 0.25])
def test_one_tranche_is_the_single_loan(cash: float, profile: str, tax: float) -> None:
    what = project(CAPITAL, cash * GROWTH, tax=tax)
    loan = Loan(0.06, 10, commitment_fee=0.005, front_fee=0.015, premium=COVER, reserve=0.5, profile=profile)  # type: ignore[arg-type]
    single = finance(what, loan)
    found = syndicate(what, Financing((replace(ONE, profile=profile),), reserve=0.5))  # type: ignore[arg-type]
    np.testing.assert_allclose(found.debt, single.sized.debt, rtol=1e-10)
    for new, old in ((found.owners, single.owners), (found.lenders[0], single.lender), (found.insurers[0], single.insurer)):
        np.testing.assert_allclose(new, old, atol=1e-8)
    np.testing.assert_allclose(found.life_coverage(of_loan=True), single.loan_life_coverage[:, 0], rtol=1e-9)
    np.testing.assert_allclose(found.life_coverage(of_loan=False), single.project_life_coverage[:, 0], rtol=1e-9)
    assert found.by_gearing == single.sized.by_gearing
    adds_up(what, found)


def test_a_split_into_equal_tranches_changes_nothing() -> None:
    what = project(CAPITAL, 24.0 * GROWTH, tax=0.25)
    whole = syndicate(what, Financing((ONE,)))
    parts = syndicate(what, Financing(tuple(replace(ONE, name=name, share=share) for name, share in (("a", 0.3), ("b", 0.7)))))
    np.testing.assert_allclose(parts.owners, whole.owners, atol=1e-8)
    np.testing.assert_allclose(parts.lenders[0], 0.3 * whole.lenders[0], atol=1e-8)


def test_a_loan_in_another_currency_whose_rate_makes_up_for_depreciation() -> None:
    """At (1 + r) = (1 + own rate) / (1 + depreciation) an annuity-like sculpted loan costs the same in the project's currency."""
    what = project(CAPITAL, 24.0 * GROWTH)
    home = syndicate(what, Financing((replace(ONE, premium=0.0, commitment_fee=0.0, front_fee=0.0),)))
    abroad = replace(ONE, rate=1.06 / 1.04 - 1, exchange=7.0, depreciation=0.04, premium=0.0, commitment_fee=0.0, front_fee=0.0)
    found = syndicate(what, Financing((abroad,)))
    assert found.cost(0).only == pytest.approx(0.06, abs=1e-9)
    assert home.cost(0).only == pytest.approx(0.06, abs=1e-9)
    np.testing.assert_allclose(found.coverage[0, :10], 1.3, rtol=1e-9)
    adds_up(what, found)


def test_tranches_meet_the_coverage_together() -> None:
    what = project(CAPITAL, 24.0 * GROWTH, tax=0.2)
    found = syndicate(what, two())
    np.testing.assert_allclose(found.coverage[0, :8].min(), 1.3, rtol=1e-9)
    assert (found.coverage >= 1.3 * (1 - 1e-9)).all()
    # The sculpted tranche takes what the local bank leaves: the coverage is steady while both run.
    np.testing.assert_allclose(found.coverage[0, :10], 1.3, rtol=1e-9)
    assert (found.principal[1, 0, :2] == 0).all()
    assert (found.principal[1, 0, 2:8] > 0).all()
    assert found.own_coverage.min() > found.coverage.min()
    adds_up(what, found)


def test_premiums_financed_and_running() -> None:
    """Conversions of finance: D0 / (1 - u) where the principal pays the premium; a running spread of the same value on the balance."""
    what, rate = project(CAPITAL, 60.0 * GROWTH), 0.0931788
    plain = replace(ONE, profile="equal-principal", premium=rate, commitment_fee=0.0, front_fee=0.0)
    financed = syndicate(what, Financing((replace(plain, pays="financed"),), gearing=0.5))
    premium = financed.insurers[0, 0, 0]
    assert premium == pytest.approx(rate * financed.debt[0])
    net = financed.debt[0] - premium
    assert net / (1 - rate) == pytest.approx(financed.debt[0])
    assert financed.draws[0, 0, 0] > premium
    running = syndicate(what, Financing((replace(plain, pays="running"),), gearing=0.5))
    assert running.insurers[0, 0, :3] == pytest.approx(0)
    spread = running.insurers[0, 0, 3] / running.debt[0]
    assert spread == pytest.approx(0.021177698 * 1.06**2, abs=1e-6)  # two years later than up front
    value = running.insurers[0, 0] @ 1.06 ** -np.arange(23.0)
    assert value == pytest.approx(rate * running.debt[0])
    for found in (financed, running):
        adds_up(what, found)


def test_political_cover_of_a_tranche_and_of_the_equity() -> None:
    what = project(CAPITAL, 30.0 * GROWTH)
    covered = replace(ONE, premium=0.0, political=0.01)
    found = syndicate(what, Financing((covered,), equity_cover=0.009, equity_years=15))
    balances = np.concatenate([found.draws[0, 0].cumsum(), found.balance[0, 0, 1:]])
    np.testing.assert_allclose(found.insurers[0, 0], 0.01 * balances, rtol=1e-9, atol=1e-12)
    paid_in = np.pad(found.equity[0].cumsum(), (0, 12), mode="edge")
    np.testing.assert_allclose(found.equity_insurer[0, :15], 0.009 * paid_in, rtol=1e-9)
    assert (found.equity_insurer[0, 15:] == 0).all()
    adds_up(what, found)


def test_many_variants_at_once_are_each_alone() -> None:
    what = project(np.tile(CAPITAL, (3, 1)), np.array([22.0, 24.0, 40.0])[:, None] * GROWTH, tax=0.2)
    rates, years = np.array([0.05, 0.06, 0.08]), np.array([10, 12, 9])
    terms = two()
    buyer = replace(terms.tranches[0], rate=rates, years=years)
    many = syndicate(what, replace(terms, tranches=(buyer, terms.tranches[1])))
    adds_up(what, many)
    for index in range(3):
        own = replace(buyer, rate=float(rates[index]), years=int(years[index]))
        alone = syndicate(project(CAPITAL, what.operation.cash[index], tax=0.2), replace(terms, tranches=(own, terms.tranches[1])))
        np.testing.assert_allclose(many.owners[index], alone.owners[0], atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(20, 80), st.floats(0, 0.3), st.floats(0.2, 0.8), st.floats(0, 0.08), st.sampled_from(["up-front", "financed", "running"]),
    st.sampled_from(["sculpted", "equal-principal", "annuity", "stated"]), st.integers(1, 4),
)  # fmt: skip
def test_flows_add_up_whatever_the_terms(
    cash: float, tax: float, share: float, depreciation: float, pays: str, profile: str, first: int
) -> None:
    parts = (0.0,) * (first - 1) + (1 / (9 - first),) * (9 - first) if profile == "stated" else ()
    buyer = replace(ONE, share=share, depreciation=depreciation, exchange=3.0, pays=pays)  # type: ignore[arg-type]
    local = Tranche("local", 1 - share, 0.08, 8, first=first, profile=profile, parts=parts, political=0.005)  # type: ignore[arg-type]
    what = project(CAPITAL, cash * GROWTH, tax=tax)
    terms = Financing((buyer, local), equity_cover=0.01, equity_years=10)
    try:
        found = syndicate(what, terms)
    except UsageError:
        with pytest.raises(UsageError, match="does not pay the interest"):
            syndicate(what, terms)
        return
    adds_up(what, found)
    assert (found.coverage >= 1.3 * (1 - 1e-7)).all()
    assert found.gearing[0] <= 0.7 * (1 + 1e-9)
    assert found.by_gearing[0] or found.coverage.min() == pytest.approx(1.3, rel=1e-6)
    assert internal_rates(found.owners[0]).kind in ("unique", "multiple", "none")


def test_a_sculpted_tranche_pays_its_interest_where_others_take_most_of_the_cash() -> None:
    what = project(CAPITAL, 24.0 * GROWTH)
    quick = Tranche("bank", 0.5, 0.10, 6, profile="annuity")
    slow = Tranche("buyer credit", 0.5, 0.05, 18)
    found = syndicate(what, Financing((quick, slow)))
    adds_up(what, found)
    assert (found.principal >= -1e-9).all()
    assert found.principal[1, 0, 0] == pytest.approx(0, abs=1e-9)
    assert found.principal[1, 0, 17] > 0
    assert found.coverage.min() == pytest.approx(1.3, rel=1e-7)
