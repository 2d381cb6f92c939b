"""Debt of governments: what a plan adds to it, by hand, against the framework's own numbers, and what stays unknown."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from capcoop import Case, Plan
from capcoop.appraise import appraisal_of
from capcoop.money.debt import PublicLoan, constant_discount, framework_value, grant_element, present_value, values_left
from capcoop.report.parties import appraisal_shown
from support import case_of
from test_appraise import BY_HAND, frame, planned
from tiny import read

# What carries debt in section 4.4 of the framework's tests: GDP 50 000, exports 12 000, revenue 9 000, 16 000 owed, 1 500 served.
ECONOMY = {"gdp": 50_000.0, "exports": 12_000.0, "revenue": 9_000.0, "debt": 16_000.0, "debt_service": 1_500.0, "debt_capacity": "medium"}
LOAN = {"rate": 0.06, "years": 8, "gearing": 0.6, "coverage": 1.0, "profile": "equal-principal", "lender": "BNK", "front_fee": 0.01}


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Plan, Plan]:
    tables = {name: read(text) for name, text in BY_HAND.items()}
    return planned(case_of(tmp_path_factory.mktemp("hand") / "case", {"title": "by hand", "discount_rate": 0.08}, tables))


def tables_of(by_hand: tuple[Case, Plan, Plan], loan: Mapping[str, object], *governments: Mapping[str, object]) -> dict[str, pl.DataFrame]:
    case, plan, baseline = by_hand
    agreed = case.replace(loans=frame("loans", {**LOAN, **loan}), governments=frame("governments", *map(dict, governments)))
    return dict(appraisal_of(agreed, plan, baseline).tables)


@pytest.mark.parametrize(
    ("rate", "first", "years", "value"), [(0.02, 7, 20, 424.869330789), (0.06, 3, 12, 638.133285)], ids=["cheap", "dear"]
)
def test_values_of_loans_are_those_of_the_framework(rate: float, first: int, years: int, value: float) -> None:
    loan = PublicLoan(600, rate, first, years)
    left = values_left(loan.yearly_service()[None], np.array([0.05]))
    assert left[0, 0] == pytest.approx(value, abs=1e-6)
    assert left[0, 0] == pytest.approx(present_value(loan), abs=1e-9)
    assert left[0, -1] == pytest.approx(loan.yearly_service()[-1] / 1.05)


def test_inflation_turns_rates_in_money_into_rates_in_constant_prices() -> None:
    assert constant_discount(np.array([0.02, np.nan])).tolist() == pytest.approx([1.05 / 1.02 - 1, 0.05])


def test_debt_by_hand(by_hand: tuple[Case, Plan, Plan]) -> None:
    found = tables_of(by_hand, {"owed": 0.75, "guaranteed": 0.25, "default_probability": 0.02, "loss_given_default": 0.5}, ECONOMY)
    face = 0.6 * 200 / (1 - 0.6 * 0.01)
    debt = found["debt"]
    owed = [face * (1 - k / 8) if k < 8 else 0.0 for k in range(10)]
    assert debt.get_column("year").to_list() == list(range(2020, 2030))
    assert debt.get_column("owed").to_list() == pytest.approx([0.75 * one for one in owed])
    assert debt.get_column("guaranteed").to_list() == pytest.approx([0.25 * one for one in owed])
    assert debt.get_column("expected_calls").to_list() == pytest.approx([0.01 * 0.25 * one for one in owed])
    service = [face / 8 + 0.06 * owed[k] if k < 8 else 0.0 for k in range(10)]
    assert debt.get_column("service").to_list() == pytest.approx([0.75 * one for one in service])
    # At 6 % the framework counts the face; all of it is lent abroad.
    assert debt.get_column("present_value").to_list() == pytest.approx(owed)
    rows = {(row["indicator"], row["year"]): row for row in found["debt_ratios"].iter_rows(named=True)}
    to_gdp = rows["present value of external debt to GDP", 2020.0]
    assert (to_gdp["without"], to_gdp["added"]) == (pytest.approx(32.0), pytest.approx(face / 500))
    assert (to_gdp["threshold"], to_gdp["state"]) == (40.0, "within")
    service_2021 = rows["external debt service to revenue", 2021.0]
    assert service_2021["with_plan"] == pytest.approx(100 * (1500 + service[1]) / 9000)
    assert len(rows) == 40


def test_grant_elements_are_those_of_a_loan_to_a_government(by_hand: tuple[Case, Plan, Plan]) -> None:
    for rate, inflation in ((0.02, None), (0.02, 0.02), (0.06, 0.0)):
        found = tables_of(by_hand, {"owed": 1.0, "rate": rate, "premium": 0.05}, ECONOMY | {"inflation": inflation})
        one = found["public_loans"].row(0, named=True)
        told = PublicLoan(one["loan"], rate, 0, 8, fee=0.01)
        discount = 1.05 / (1 + (inflation or 0.0)) - 1
        assert one["grant_element"] == pytest.approx(grant_element(told, discount))
        assert one["with_premium"] == pytest.approx(one["grant_element"] - 0.05)
        assert one["concessional"] == "no"
        value = found["debt"].get_column("present_value")[0]
        assert value == pytest.approx(min(present_value(told, discount), one["loan"]))
        if not inflation:
            assert value == pytest.approx(framework_value(told))


def test_a_threshold_is_passed_in_the_year_in_which_it_is(by_hand: tuple[Case, Plan, Plan]) -> None:
    economy = ECONOMY | {"gdp": 1000.0, "debt": 300.0, "debt_capacity": "medium"}
    ratios = tables_of(by_hand, {"guaranteed": 1.0}, economy)["debt_ratios"]
    to_gdp = ratios.filter(pl.col("indicator") == "present value of external debt to GDP")
    face = 0.6 * 200 / (1 - 0.6 * 0.01)
    with_plan = [30 + face * (1 - k / 8) / 10 for k in range(8)]
    states = ["breached" if one > 40 else "near" if one > 39 else "within" for one in with_plan]
    assert to_gdp.get_column("state").to_list()[:8] == states
    assert states[0] == "breached"
    assert "within" in states


def test_what_is_unknown_stays_unknown(by_hand: tuple[Case, Plan, Plan]) -> None:
    found = tables_of(by_hand, {"guaranteed": 1.0}, {"country": "HOM", "gdp": 1000.0})
    ratios = found["debt_ratios"]
    to_gdp = ratios.filter(pl.col("indicator") == "present value of external debt to GDP")
    assert to_gdp.get_column("added")[0] == pytest.approx(0.6 * 200 / (1 - 0.6 * 0.01) / 10)
    assert ratios.select("without", "with_plan", "threshold", "state").null_count().row(0) == (40, 40, 40, 40)
    assert ratios.filter(pl.col("indicator").str.contains("exports")).get_column("added").null_count() == 20
    # How often the loan fails is not stated, so nobody knows what guarantees will cost; once it is repaid, nothing.
    assert found["debt"].get_column("expected_calls").to_list() == [None] * 8 + [0.0] * 2


def test_loans_from_home_are_no_external_debt_and_markets_have_a_screen_of_their_own(by_hand: tuple[Case, Plan, Plan]) -> None:
    economy = {"gdp": 1000.0, "public_debt": 650.0, "financing_need": 140.0, "market_access": True}
    found = tables_of(by_hand, {"owed": 1.0, "lender": "HOM"}, economy)
    face = 0.6 * 200 / (1 - 0.6 * 0.01)
    assert found["debt"].get_column("present_value").to_list() == [0.0] * 10
    screen = {row["indicator"]: row for row in found["debt_ratios"].filter(pl.col("year") == 2020).iter_rows(named=True)}
    assert screen["public debt to GDP"]["with_plan"] == pytest.approx((650 + face) / 10)
    assert screen["public debt to GDP"]["state"] == "breached"
    need = screen["gross financing need to GDP"]
    assert (need["with_plan"], need["threshold"]) == (pytest.approx((140 + face / 8 + 0.06 * face) / 10), 15.0)


def test_without_public_loans_and_figures_there_is_nothing_to_tell(by_hand: tuple[Case, Plan, Plan]) -> None:
    found = tables_of(by_hand, {})
    assert all(found[name].is_empty() for name in ("debt", "debt_ratios", "public_loans"))


def test_a_loan_that_outlasts_the_horizon_is_valued_to_its_end(tmp_path: Path) -> None:
    # Five years of the ten that the line lives; the loan runs for eight.
    tables = {name: read(text) for name, text in {**BY_HAND, "periods": "period, start, years / p, 2020, 5"}.items()}
    found = tables_of(planned(case_of(tmp_path, {"discount_rate": 0.08}, tables)), {"owed": 1.0, "rate": 0.02}, ECONOMY)
    loan = found["public_loans"].get_column("loan")[0]
    assert found["debt"].height == 5
    assert found["debt"].get_column("present_value")[0] == pytest.approx(present_value(PublicLoan(loan, 0.02, 0, 8)))
    assert found["debt"].get_column("owed")[4] == pytest.approx(loan / 2)


def shown(by_hand: tuple[Case, Plan, Plan], loan: Mapping[str, object], *governments: Mapping[str, object]) -> str:
    screen = Console(width=80, file=io.StringIO())
    case, plan, baseline = by_hand
    agreed = case.replace(loans=frame("loans", {**LOAN, **loan}), governments=frame("governments", *map(dict, governments)))
    screen.print(appraisal_shown(appraisal_of(agreed, plan, baseline)))
    return screen.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_debt_is_shown_with_the_first_year_in_which_a_limit_is_passed(by_hand: tuple[Case, Plan, Plan]) -> None:
    text = shown(by_hand, {"guaranteed": 1.0}, ECONOMY | {"gdp": 1000.0, "debt": 300.0, "debt_ceiling": 100.0})
    face = 0.6 * 200 / (1 - 0.6 * 0.01)
    assert f"It guarantees {face:.1f} for the plan at most, in 2020." in text
    assert "external debt / GDP" in text
    assert "2020/never" in text
    assert f"In 2020 new debt is {face:.1f} where the debt_ceiling is 100 MONEY." in text.replace(by_hand[0].settings.currency, "MONEY")
    assert "none is concessional (35 %)" in text
    assert "unknown" not in text.replace("What guarantees will cost is unknown", "").lower()


def test_what_is_not_known_is_named(by_hand: tuple[Case, Plan, Plan]) -> None:
    text = shown(by_hand, {"owed": 1.0}, {"gdp": 1000.0})
    assert "Unknown: debt, exports, debt_service, revenue of HOM, in governments.csv." in text
    assert "Debt of the government" not in shown(by_hand, {})
