"""Bad input, in a project's file and in a case's tables: one sentence with the rule; and no terms make a figure that is none."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capcoop import Case, Plan, check_case, plan_financed
from capcoop.appraise import Appraisal, appraisal_of
from capcoop.errors import UsageError
from capcoop.money.project.projectfile import read_project
from capcoop.money.project.sheet import term_sheet
from capcoop.schema import TABLES
from support import case_of, write_example
from test_appraise import BY_HAND, frame, planned
from test_money_commands import ROAD, refused
from tiny import read

# ------------------------------------------------------------------------------------------------------ project files

IN_FILES = {
    "a loan longer than the life": ("years = 10", "years = 25", "the asset 20: no loan outlasts its asset (OECD Arrangement"),
    "coverage below 1": (
        "years = 10",
        "years = 10\ncoverage = 0.9",
        "the debt-service coverage is 0.9: below 1 the cash does not",
    ),
    "negative cash": ("revenue = 30", "revenue = 3", "cash available for debt service is -3 in year 1 of operation"),
    "all by loan": (
        "years = 10",
        "years = 10\ngearing = 1.0",
        "the gearing is 1, but lies between 0 and 1: owners pay 15 %",
    ),
    "no risk class": ("category = 4", "", "no risk class is stated, but the minimum premium depends on it (OECD Arrangement"),
    "a class without a figure": ("category = 4", "category = 6", None),
    "unknown currency": ('"million USD"', '"million USS"', "'million USS' names no currency"),
}


@pytest.mark.parametrize("name", IN_FILES)
def test_bad_input_of_a_project_is_one_sentence(tmp_path: Path, name: str) -> None:
    old, new, told = IN_FILES[name]
    assert old in ROAD
    text = ROAD.replace(old, new, 1)
    if told is None:
        text, told = text.replace('buyer = "CC2"', 'buyer = "CC4"'), "no premium for CC4 in category 6"
    error = refused(tmp_path, text)
    assert told in error
    assert len(error.strip().splitlines()) <= 2


def test_a_tenor_over_the_rule_is_told_with_its_source(tmp_path: Path) -> None:
    file = tmp_path / "road.toml"
    text = ROAD.replace("years = 10", "years = 16").replace("[loan]", '[loan]\nlender = "DEU"')
    file.write_text('country = "KAZ"\n' + text, encoding="utf-8")
    notes = term_sheet(read_project(file)).notes
    assert any("DEU is bound, and of loan the repayment in years is 16, the rule allows 15 (OECD Arrangement" in note for note in notes)


# -------------------------------------------------------------------------------------------------------- case tables

IN_TABLES = {
    "a loan longer than the life": ({"loans": "option, rate, years / new, 0.05, 12"}, "no loan outlasts its asset (OECD Arrangement"),
    "coverage below 1": ({"loans": "rate, years, coverage / 0.05, 5, 0.9"}, "column coverage: 0.9 must be at least 1"),
    "all by loan": ({"loans": "rate, years, gearing / 0.05, 5, 1"}, "owners pay 15 % at least (OECD Arrangement"),
    "unknown currency": ({"terms": "carbon_price, currency / 5, USS"}, "column currency: "),
    "no return": ({"terms": "hurdle / 0"}, "column hurdle: 0"),
    "no number": ({"loans": "rate, years / nan, 5"}, "column rate: nan is not a finite number"),
    "no bound": ({"terms": "labour_cost / inf"}, "column labour_cost: inf is not a finite number"),
}


@pytest.mark.parametrize("name", IN_TABLES)
def test_bad_input_of_a_case_is_one_sentence(tmp_path: Path, name: str) -> None:
    texts, told = IN_TABLES[name]
    tables = {table: read(text) for table, text in {**BY_HAND, **texts}.items()}
    _, problems = check_case(write_example(tmp_path, {"discount_rate": 0.08, "currency": "USD"}, tables))
    found = [str(problem) for problem in problems if told in str(problem)]
    assert len(found) == 1, [str(problem) for problem in problems]
    assert len(found[0].splitlines()) == 1


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Plan, Plan]:
    tables = {name: read(text) for name, text in {**BY_HAND, "options": BY_HAND["options"].replace("200, 10,", "200, 30,")}.items()}
    return planned(case_of(tmp_path_factory.mktemp("input") / "case", {"title": "by hand", "discount_rate": 0.08}, tables))


def remark(found: Appraisal) -> str:
    return str(found.tables["financing"].get_column("remark").item() or "")


def test_cash_that_is_not_positive_gets_no_loan_and_is_told(by_hand: tuple[Case, Plan, Plan]) -> None:
    """At the plan's own prices a line that is not full earns its running cost alone: less what emissions cost there is no cash."""
    case, plan, baseline = by_hand
    agreed = case.replace(loans=frame("loans", {"rate": 0.05, "years": 8}), terms=frame("terms", {"royalty": 0.9}))
    found = appraisal_of(agreed, plan, baseline)
    assert remark(found) == "no loan: cash is not positive in each of its years"
    assert found.tables["financing"].get_column("loan").item() == 0.0


@pytest.mark.parametrize(
    ("lender", "years", "told"),
    [
        ("DEU", 15, ""),
        ("DEU", 16, "repayment of 16 years is beyond the 15 of DEU's rule, but for climate projects (OECD Arrangement"),
        ("DEU", 23, "repayment of 23 years breaks the rule of 22 at most, to which DEU is bound (OECD Arrangement"),
        ("CHN", 23, ""),
    ],
)
def test_a_tenor_over_the_rule_of_a_bound_lender_is_told(by_hand: tuple[Case, Plan, Plan], lender: str, years: int, told: str) -> None:
    case, plan, baseline = by_hand
    agreed = case.replace(loans=frame("loans", {"rate": 0.05, "years": years, "lender": lender}))
    found = remark(appraisal_of(agreed, plan, baseline))
    assert found.startswith(told) if told else found == ""


# --------------------------------------------------------------------------------------------- figures that are none

BOUNDS = {
    name: [
        (column.name, column.lower or 0.0, column.upper)
        for column in TABLES[name].columns
        if column.kind == "number" and column.name not in {"hurdle", "years", "coverage", "gearing", "depreciation_years"}
    ]
    for name in ("terms", "loans")
}


def drawn(data: st.DataObject, table: str) -> dict[str, Any]:
    """Any terms within the bounds of the schema, at their ends as well."""
    row: dict[str, Any] = {}
    for name, low, high in BOUNDS[table]:
        top = 2.0 if high is None else high
        row[name] = data.draw(st.one_of(st.none(), st.sampled_from([low, top]), st.floats(low, top)))
    return row


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=tuple(HealthCheck))
@given(st.data())
def test_no_terms_bring_a_figure_that_is_none_into_a_table(by_hand: tuple[Case, Plan, Plan], data: st.DataObject) -> None:
    case, plan, baseline = by_hand
    terms, loan = drawn(data, "terms"), drawn(data, "loans")
    if (terms["supplier_equity"] or 0.0) + (terms["fund_equity"] or 0.0) > 1:
        terms["fund_equity"] = 0.0
    if (loan["owed"] or 0.0) + (loan["guaranteed"] or 0.0) > 1:
        loan["owed"] = 0.0
    if data.draw(st.booleans()):  # else fees often eat up the loan
        loan |= {"front_fee": 0.01, "premium": 0.07}
    terms["hurdle"] = data.draw(st.one_of(st.none(), st.floats(1e-6, 1.0)))
    loan |= {"rate": loan["rate"] or 0.0, "years": data.draw(st.integers(1, 30)), "coverage": data.draw(st.floats(1, 5))}
    loan |= {
        "gearing": data.draw(st.sampled_from([0.0, 0.5, 0.99])),
        "profile": data.draw(st.sampled_from(["sculpted", "annuity", "equal-principal"])),
    }
    agreed = case.replace(terms=frame("terms", terms), loans=frame("loans", loan))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            tables = dict(appraisal_of(agreed, plan, baseline).tables)
            found = plan_financed(agreed)
        except UsageError as error:
            assert "eat up the whole loan" in str(error)  # noqa: PT017
            return
    tables |= {"rounds": found.rounds, "limits": found.limits, **found.plan.tables}
    for name, table in tables.items():
        for column in table.select(pl.col(pl.Float64)).iter_columns():
            assert column.drop_nulls().is_finite().all(), (name, column.name)
    assert np.isfinite(found.objective)
