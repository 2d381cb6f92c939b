"""Several loans of one asset of a plan: sized together, kept apart in every entry, and the same as one where they are alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capcoop import Case, Plan, check_case
from capcoop.appraise import Appraisal, appraisal_of
from capcoop.money.gains.deal import table_of
from capcoop.money.gains.ledger import ledger_of
from support import case_of, write_example
from test_appraise import ANNUITY, BY_HAND, LOAN, TERMS, assert_even, frame, gains_by_role, planned, solved
from tiny import read

PROFILES = ("sculpted", "annuity", "equal-principal")


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Plan, Plan]:
    tables = {name: read(text) for name, text in BY_HAND.items()}
    return planned(case_of(tmp_path_factory.mktemp("hand") / "case", {"title": "by hand", "discount_rate": 0.08}, tables))


def appraised(by_hand: tuple[Case, Plan, Plan], *loans: dict[str, Any]) -> Appraisal:
    case, plan, baseline = by_hand
    return appraisal_of(case.replace(loans=frame("loans", *loans)), plan, baseline)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("coverage", [1.0, 2.5], ids=["gearing binds", "coverage binds"])
def test_two_halves_are_one_loan(by_hand: tuple[Case, Plan, Plan], profile: str, coverage: float) -> None:
    one = LOAN | {"profile": profile, "coverage": coverage, "years": 8, "lender": "BNK"}
    whole = appraised(by_hand, one)
    halves = appraised(by_hand, one | {"loan": "first", "share": 0.4}, one | {"loan": "second"})
    assert gains_by_role(halves) == pytest.approx(gains_by_role(whole), rel=1e-9)
    financing = [found.tables["financing"].drop("asset", "country", "supplier", "remark") for found in (whole, halves)]
    for column in financing[0].columns:
        assert financing[1][column].to_list() == pytest.approx(financing[0][column].to_list(), rel=1e-9), column
    amounts = dict(halves.tables["loans"].select("name", "loan").iter_rows())
    assert amounts["first"] / sum(amounts.values()) == pytest.approx(0.4)


def test_two_loans_by_hand(by_hand: tuple[Case, Plan, Plan]) -> None:
    case, _, _ = by_hand
    export = {"loan": "export", "share": 0.75, "rate": 0.04, "years": 8, "profile": "annuity", "lender": "SUP", "front_fee": 0.01}
    local = {"loan": "local", "rate": 0.07, "years": 5, "profile": "equal-principal", "lender": "HOM", "public": False}
    every = {"gearing": 0.6, "coverage": 1.0}
    found = appraised(by_hand, every, export, local)
    debt = 0.6 * 200 / (1 - 0.6 * 0.75 * 0.01)
    loans = {row["name"]: row for row in found.tables["loans"].iter_rows(named=True)}
    assert (loans["export"]["loan"], loans["local"]["loan"]) == (pytest.approx(0.75 * debt), pytest.approx(0.25 * debt))
    assert (loans["export"]["lender"], loans["local"]["lender"], loans["local"]["front_fee"]) == ("SUP", "HOM", 0.0)
    financing = found.tables["financing"].row(0, named=True)
    assert financing["loan"] == pytest.approx(debt)
    assert financing["rate"] == pytest.approx(0.75 * 0.04 + 0.25 * 0.07)
    # Every loan is kept apart in the entries, with its own bank.
    entries = found.tables["entries"].filter(pl.col("kind").is_in(["interest", "principal"])).sort("year")
    service = 0.75 * debt * 0.04 / (1 - 1.04**-8)
    paid = entries.filter(pl.col("loan") == "export").group_by("year", maintain_order=True).agg(pl.col("amount").sum())
    assert paid.get_column("amount").to_list() == pytest.approx([service] * 8)
    part = 0.25 * debt
    own = entries.filter(pl.col("loan") == "local")
    assert set(own.select("payee", "payee_country").rows()) == {("lenders", "HOM")}
    paid = own.group_by("year", maintain_order=True).agg(pl.col("amount").sum())
    assert paid.get_column("amount").to_list() == pytest.approx([part / 5 + 0.07 * part * (1 - k / 5) for k in range(5)])
    # Coverage counts the service of both.
    taxes = [0.25 * (80 - (200 + 0.0075 * debt) / 10 - interest) for interest in _interest(entries)]
    both = [service + (part / 5 + 0.07 * part * (1 - k / 5) if k < 5 else 0.0) for k in range(8)]
    assert financing["least_coverage"] == pytest.approx(min((80 - taxes[k]) / both[k] for k in range(8)))
    assert case.names["loans"] == ()


def _interest(entries: pl.DataFrame) -> list[float]:
    found = entries.filter(pl.col("kind") == "interest").group_by("year", maintain_order=True).agg(pl.col("amount").sum())
    return found.get_column("amount").to_list()


def test_coverage_of_both_bounds_the_debt_by_hand(by_hand: tuple[Case, Plan, Plan]) -> None:
    # Without tax cash is 80 a year; the first five years serve both loans.
    case, plan, baseline = by_hand
    every = {"gearing": 0.95, "coverage": 3.0, "rate": 0.05, "profile": "annuity"}
    loans = frame("loans", every, {"loan": "long", "share": 0.5, "years": 10}, {"loan": "short", "years": 5})
    found = appraisal_of(case.replace(loans=loans, terms=frame("terms", {})), plan, baseline)
    unit = sum(0.5 * 0.05 / (1 - 1.05**-years) for years in (10, 5))
    assert found.tables["financing"].row(0, named=True)["loan"] == pytest.approx(80 / 3.0 / unit)
    assert found.tables["financing"].row(0, named=True)["least_coverage"] == pytest.approx(3.0)


def test_a_loan_that_nobody_gives_is_left_to_owners_and_told(by_hand: tuple[Case, Plan, Plan]) -> None:
    every = {"gearing": 0.6, "coverage": 1.0, "rate": 0.05, "profile": "annuity"}
    found = appraised(by_hand, every, {"loan": "long", "share": 0.5, "years": 12}, {"loan": "short", "share": 0.5, "years": 5})
    financing = found.tables["financing"].row(0, named=True)
    assert financing["loan"] == pytest.approx(0.3 * 200)
    assert financing["remark"] == "no loan long: it outlasts the asset"


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=tuple(HealthCheck))
@given(st.data())
def test_identities_hold_with_random_loans(data: st.DataObject) -> None:
    case, plan, baseline = solved("yemen-cement")
    loans: list[dict[str, Any]] = [
        {
            **LOAN,
            "loan": name,
            "share": share,
            "rate": data.draw(st.sampled_from([0.0, 0.02, 0.09])),
            "years": data.draw(st.sampled_from([1, 3, 9])),
            "profile": data.draw(st.sampled_from(PROFILES)),
            "coverage": data.draw(st.sampled_from([1.0, 1.4, 4.0])),
            "gearing": data.draw(st.sampled_from([0.3, 0.9])),
            "lender": data.draw(st.sampled_from(["DEU", "YEM", None])),
            "funding_rate": data.draw(st.sampled_from([None, 0.03])),
        }
        for name, share in (("a", 0.5), ("b", None), ("c", None))
    ]
    agreed = case.replace(terms=frame("terms", TERMS), loans=frame("loans", *loans))
    found = appraisal_of(agreed, plan, baseline)
    assert_even(found, agreed, plan, baseline)
    financing, given_ = found.tables["financing"], found.tables["loans"]
    assert given_.get_column("loan").sum() == pytest.approx(financing.get_column("loan").sum())
    least = financing.get_column("least_coverage").drop_nulls()
    assert (least >= max(1.0, min(loan["coverage"] for loan in loans)) - 1e-9).all()
    assert (financing.get_column("loan") <= 0.9 * (financing.get_column("outlay") * 1.2)).all()


def test_open_terms_of_loans_are_those_of_each(by_hand: tuple[Case, Plan, Plan]) -> None:
    case, plan, baseline = by_hand
    loans = frame("loans", LOAN | {"loan": "a"}, LOAN | {"loan": "b", "rate": 0.08})
    agreed = case.replace(loans=loans, negotiable=frame("negotiable", {"term": "rate", "least": 0.01, "most": 0.06}))
    table = table_of(agreed, ledger_of(agreed, plan, baseline), ledger_of(agreed, baseline, None))
    offers = table.conditions(np.array([[0.02], [0.05]])).offers
    assert [offer.numbers["rate"][[0, len(offer.numbers["rate"]) // 2]].tolist() for offer in offers] == [[0.02, 0.05]] * 2
    assert len(table.gains(np.array([[0.02], [0.05]]))) == 2


FAULTS = {
    "too much": ("loan, rate, years, share / a, 0.05, 5, 0.7 / b, 0.05, 5, 0.6", "1.3 in all for option 'new' is not the whole debt"),
    "too little": ("loan, rate, years, share / a, 0.05, 5, 0.3 / b, 0.05, 5, 0.6", "0.9 in all for option 'new' is not the whole debt"),
    "twice": ("loan, rate, years / a, 0.05, 5 / a, 0.06, 5", "row 3"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_shares_that_cannot_be_are_told(name: str, tmp_path: Path) -> None:
    text, told = FAULTS[name]
    tables = {table: read(cells) for table, cells in {**BY_HAND, "loans": text}.items()}
    _, problems = check_case(write_example(tmp_path, {"discount_rate": 0.08}, tables))
    assert [str(one) for one in problems if str(one).startswith("loans.csv") and told in str(one)], [str(one) for one in problems]


def test_a_loan_without_interest_by_hand(by_hand: tuple[Case, Plan, Plan]) -> None:
    free = {"rate": 0.0, "years": 5, "gearing": 0.5, "coverage": 1.0, "profile": "annuity"}
    found = appraised(by_hand, free | {"loan": "a"}, free | {"loan": "b", "rate": 0.04})
    paid = found.tables["entries"].filter((pl.col("kind") == "principal") & (pl.col("loan") == "a"))
    assert paid.get_column("amount").to_list() == pytest.approx([10.0] * 5)
    assert found.gains.total == pytest.approx(found.gains.surplus, abs=1e-9 * ANNUITY * 100)
