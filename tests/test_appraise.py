"""Who gains: payments that are even, gains that sum to what the economy gains, a case solved by hand, and deals."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from capcoop import Case, Plan, build, extract, find_case, read_case, run
from capcoop.appraise import Appraisal, appraisal_of, appraise
from capcoop.case import check_case, write_case
from capcoop.errors import CapcoopError, UsageError
from capcoop.money.bargaining import leximin
from capcoop.money.gains.deal import table_of
from capcoop.money.gains.entries import balance_of_books
from capcoop.money.gains.ledger import ledger_of
from capcoop.money.gains.parties import objective_of
from capcoop.plan import load_plan
from capcoop.schema import TABLES
from capcoop.solve.baseline import without_options
from capcoop.solve.method import solve
from strategies import cases
from support import case_of, write_example
from tiny import Example, read

EVEN = 1e-9
BUILT_IN = ("yemen-cement", "mexico-steel-expansion", "kazakhstan", "latin-america-fertiliser", "belo-monte")
TERMS = {
    "profit_tax": 0.2,
    "tax_holiday": 2,
    "royalty": 0.03,
    "duty": 0.05,
    "equipment_duty": 0.05,
    "building_wages": 0.4,
    "running_wages": 0.25,
    "labour_cost": 0.7,
    "wage_tax": 0.1,
    "currency_premium": 0.04,
    "carbon_price": 0.02,
    "carbon_payment": 0.3,
    "community_fund": 0.05,
    "users_share": 0.3,
    "equipment_margin": 0.12,
    "export_margin": 0.05,
    "supplier_equity": 0.2,
    "fund_equity": 0.1,
}
LOAN = {"rate": 0.05, "years": 5, "front_fee": 0.01, "premium": 0.05, "default_probability": 0.01, "loss_given_default": 0.6, "cover": 0.95}
LOAN |= {"funding_rate": 0.03, "gearing": 0.7, "coverage": 1.3}


def frame(table: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Return rows of a table with all of its columns."""
    kinds = {"number": pl.Float64, "flag": pl.Boolean}
    schema = {column.name: kinds.get(column.kind, pl.String) for column in TABLES[table]}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def with_terms(case: Case, terms: dict[str, Any], loan: dict[str, Any], *negotiable: dict[str, Any]) -> Case:
    return case.replace(terms=frame("terms", terms), loans=frame("loans", loan), negotiable=frame("negotiable", *negotiable))


@cache
def solved(name: str) -> tuple[Case, Plan, Plan]:
    """Return a built-in case without terms, its plan and its baseline."""
    none = {table: frame(table) for table in ("terms", "loans", "negotiable")}
    return planned(read_case(find_case(name)).replace(**none))


def planned(case: Case) -> tuple[Case, Plan, Plan]:
    model = build(case)
    alone = without_options(model)
    found = [extract(one, solve(one.program, case.settings.solver)) for one in (model, alone)]
    return case, found[0], found[1]


def assert_even(found: Appraisal, case: Case, plan: Plan, baseline: Plan) -> None:
    """Payments are even in every year, gains sum to the surplus, and the flows of each run cost its objective."""
    left = balance_of_books(found.tables["entries"])
    assert (left.get_column("left").abs() <= EVEN * left.get_column("turnover").clip(1.0)).all()
    gains = found.gains
    assert gains.total == pytest.approx(gains.surplus, abs=EVEN * max(gains.turnover, 1.0))
    for one, other in ((plan, baseline), (baseline, None)):
        ledger = ledger_of(case, one, other)
        assert objective_of(ledger, ledger.flows) == pytest.approx(one.objective, rel=1e-7, abs=1e-7 * max(gains.turnover, 1.0))
    for name, table in found.tables.items():
        for column in table.select(pl.col(pl.Float64)).iter_columns():
            assert column.drop_nulls().is_finite().all(), (name, column.name)


@pytest.mark.parametrize("name", BUILT_IN)
def test_identities_without_terms(name: str) -> None:
    case, plan, baseline = solved(name)
    found = appraisal_of(case, plan, baseline)
    assert_even(found, case, plan, baseline)
    # Without terms all that the plan saves goes to owners and traders, since users pay import parity.
    assert found.gains.total == pytest.approx(baseline.objective - plan.objective, rel=1e-7)
    rest = found.gains.table.filter(~pl.col("role").is_in(["owners", "traders"]))
    assert rest.get_column("gain").abs().max() <= 1e-7 * baseline.objective  # type: ignore[operator]


@pytest.mark.parametrize("name", BUILT_IN)
def test_identities_with_terms_loans_and_plan_prices(name: str) -> None:
    case, plan, baseline = solved(name)
    agreed = with_terms(case, TERMS, LOAN)
    for prices in ("parity", "plan", "cost"):
        found = appraisal_of(agreed, plan, baseline, prices=prices)
        assert_even(found, agreed, plan, baseline) if prices == "parity" else found.gains.check()
        assert {"workers", "government", "contractors"} <= set(found.gains.table.get_column("role"))


SHARE = st.sampled_from([0.0, 0.1, 0.4, 1.0])


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=tuple(HealthCheck))
@given(cases(), st.data())
def test_identities_of_random_cases_and_terms(tmp_path_factory: pytest.TempPathFactory, one: Example, data: st.DataObject) -> None:
    try:
        case, plan, baseline = planned(case_of(tmp_path_factory.mktemp("random"), one.settings, one.tables))
    except CapcoopError:
        assume(False)
    terms = {name: data.draw(SHARE) for name in TERMS if name not in {"tax_holiday", "supplier_equity", "fund_equity"}}
    terms |= {
        "tax_holiday": data.draw(st.sampled_from([0, 1, 3])),
        "supplier_equity": 0.3,
        "fund_equity": data.draw(st.sampled_from([0, 0.5])),
    }
    loan = LOAN | {"years": data.draw(st.sampled_from([1, 2, 5])), "profile": data.draw(st.sampled_from(["sculpted", "annuity"]))}
    agreed = with_terms(case, terms, loan)
    assume(all(one["prices"].get_column("price").is_not_null().any() for one in (plan, baseline)))
    found = appraisal_of(agreed, plan, baseline)
    assert_even(found, agreed, plan, baseline)


# ------------------------------------------------------------------------------------------------------ solved by hand

# Ten years at 8 %. A need of 10 a year, bought at 11 (10 and 10 % duty) or made on a line that costs 200 (half of it spent at home)
# and 3 a unit to run. The plan builds it in the first year; it lasts ten.
BY_HAND: dict[str, str] = {
    "periods": "period, start, years / p, 2020, 10",
    "sites": "site, country / A, HOM",
    "products": "product / g",
    "lines": "line / mill",
    "processes": "process, line, cost, emissions / run, mill, 3, 2",
    "recipes": "process, product, quantity / run, g, 1",
    "options": (
        "option, site, line, unit_size, fixed_build_cost, life, supplier, local_share, maximum_builds"
        " / new, A, mill, 10, 200, 10, SUP, 0.5, 1"
    ),
    "needs": "site, product, quantity / A, g, 10",
    "purchases": "purchase, site, product, price, origin / ship, A, g, 11, SUP",
    "terms": (
        "profit_tax, duty, building_wages, running_wages, labour_cost, carbon_price, equipment_margin, export_margin"
        " / 0.25, 0.1, 0.4, 0.5, 0.6, 0.5, 0.2, 0.1"
    ),
}
ANNUITY = (1 - 1.08**-10) / 0.08


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Plan, Plan]:
    tables = {name: read(text) for name, text in BY_HAND.items()}
    return planned(case_of(tmp_path_factory.mktemp("hand") / "case", {"title": "by hand", "discount_rate": 0.08}, tables))


def gains_by_role(found: Appraisal) -> dict[str, float]:
    rows = found.gains.table.select("role", "country", "gain").iter_rows()
    return {f"{role} {country}": gain for role, country, gain in rows if abs(gain) > 1e-9}


def test_gains_by_hand(by_hand: tuple[Case, Plan, Plan]) -> None:
    case, plan, baseline = by_hand
    assert plan.objective == pytest.approx(200 + 30 * ANNUITY)
    assert baseline.objective == pytest.approx(110 * ANNUITY)
    gains = gains_by_role(appraisal_of(case, plan, baseline))
    # Users pay 11 as before. A year: sales 110, running 30, depreciation 20, tax 0.25 x 60.
    profit_tax = 0.25 * (110 - 30 - 20)
    assert gains["owners HOM"] == pytest.approx((110 - 30 - profit_tax) * ANNUITY - 200)
    assert gains["government HOM"] == pytest.approx((profit_tax - 10) * ANNUITY)
    # Wages: 0.4 of the 100 spent at home, half of the running cost; labour would have earned 60 % of them elsewhere.
    assert gains["workers HOM"] == pytest.approx(0.4 * (0.4 * 100 + 0.5 * 30 * ANNUITY))
    assert gains["environment HOM"] == pytest.approx(-0.5 * 20 * ANNUITY)
    assert gains["contractors SUP"] == pytest.approx(0.2 * 100)
    assert gains["exporters SUP"] == pytest.approx(-0.1 * 100 * ANNUITY)
    assert set(gains) == {"owners HOM", "government HOM", "workers HOM", "environment HOM", "contractors SUP", "exporters SUP"}


def test_a_loan_by_hand(by_hand: tuple[Case, Plan, Plan]) -> None:
    case, plan, baseline = by_hand
    loan = {"rate": 0.05, "funding_rate": 0.03, "years": 8, "gearing": 0.6, "coverage": 1.0, "profile": "annuity", "front_fee": 0.01}
    agreed = case.replace(loans=frame("loans", loan | {"lender": "BNK"}))
    found = appraisal_of(agreed, plan, baseline)
    debt = 0.6 * 200 / (1 - 0.6 * 0.01)
    financing = found.tables["financing"].row(0, named=True)
    assert financing["loan"] == pytest.approx(debt)
    assert financing["equity"] == pytest.approx(200 + 0.01 * debt - debt)
    service = debt * 0.05 / (1 - 1.05**-8)
    balance = [debt * (1.05**8 - 1.05**k) / (1.05**8 - 1) for k in range(9)]
    discount = [1.08**-k for k in range(1, 9)]
    interest = [0.05 * b for b in balance[:-1]]
    # The bank earns the fee and two points on what is owed.
    gain = 0.01 * debt + sum(0.02 * b * d for b, d in zip(balance, discount, strict=False))
    gains = gains_by_role(found)
    assert gains["policy banks BNK"] == pytest.approx(gain)
    uses = 200 + 0.01 * debt
    taxes = [0.25 * (110 - 30 - uses / 10 - (interest[k] if k < 8 else 0.0)) for k in range(10)]
    owners = sum((80 - taxes[k] - (service if k < 8 else 0.0)) * 1.08 ** -(k + 1) for k in range(10)) - financing["equity"]
    assert gains["owners HOM"] == pytest.approx(owners)
    assert financing["least_coverage"] == pytest.approx(min((80 - taxes[k]) / service for k in range(8)))


def test_balance_of_payments_and_budget_by_hand(by_hand: tuple[Case, Plan, Plan]) -> None:
    case, plan, baseline = by_hand
    tables = appraisal_of(case, plan, baseline).tables
    home = tables["payments_abroad"].filter(pl.col("country") == "HOM")
    assert home.select("year", "kind", "amount").rows() == [(2020.0, "equipment", pytest.approx(-100.0))]
    budget = tables["budget"]
    assert budget.get_column("kind").unique().to_list() == ["profit tax"]
    assert budget.get_column("amount").to_list() == pytest.approx([15.0] * 10)


def test_users_share_gives_a_fall_in_prices_to_users(tmp_path: Path) -> None:
    # The line of 10 is not full, so that one more unit costs the plan its running cost, 3, and the baseline a purchase, 11.
    tables = {name: read(text) for name, text in {**BY_HAND, "needs": "site, product, quantity / A, g, 9"}.items()}
    case, plan, baseline = planned(case_of(tmp_path, {"discount_rate": 0.08}, tables))
    for share in (0.0, 0.5, 1.0):
        gains = gains_by_role(appraisal_of(case.replace(terms=frame("terms", {"users_share": share})), plan, baseline))
        assert gains.get("users HOM", 0.0) == pytest.approx(share * 9 * (11 - 3) * ANNUITY)
        assert gains["owners HOM"] == pytest.approx((1 - share) * 9 * (11 - 3) * ANNUITY - 200)
        assert sum(gains.values()) == pytest.approx(baseline.objective - plan.objective)


def test_cost_plus_prices_by_hand(by_hand: tuple[Case, Plan, Plan]) -> None:
    case, plan, baseline = by_hand
    unit = (30 + 200 / ANNUITY) / 10
    for margin in (0.0, 0.1):
        agreed = case.replace(terms=frame("terms", {"price_margin": margin, "users_share": 0.5}))
        found = appraisal_of(agreed, plan, baseline, prices="cost")
        gains = gains_by_role(found)
        paid = (1 + margin) * unit * 10
        assert gains["users HOM"] == pytest.approx((110 - paid) * ANNUITY)
        assert gains.get("owners HOM", 0.0) == pytest.approx((paid - 30) * ANNUITY - 200, abs=1e-9)
        assert found.gains.total == pytest.approx(baseline.objective - plan.objective)
        assert found.case is agreed


JOINT = {
    **{name: text for name, text in BY_HAND.items() if name != "terms"},
    "products": "product / g / h",
    "recipes": "process, product, quantity / run, g, 1 / run, h, 0.5",
    "needs": "site, product, quantity / A, g, 10 / A, h, 10",
    "purchases": "purchase, site, product, price / ship, A, g, 11 / ship, A, h, 4",
}


def test_cost_plus_prices_of_joint_products_and_of_what_is_partly_imported(tmp_path: Path) -> None:
    # 10 g and 5 h are made at a cost of 30 and the annuity of 200. h, of which 5 are bought at 4, is worth 4; g then bears the rest.
    case, plan, baseline = planned(case_of(tmp_path, {"discount_rate": 0.08}, {name: read(text) for name, text in JOINT.items()}))
    own = plan["prices"].filter(pl.col("product") == "g").get_column("price")[0]
    cost = 30 + 200 / ANNUITY
    to_g = cost * 10 * own / (10 * own + 5 * 4)
    gains = gains_by_role(appraisal_of(case, plan, baseline, prices="cost"))
    # Users pay cost for 10 g and 5 h, and 4 for each of the other 5 h.
    assert gains["users HOM"] == pytest.approx((110 + 40 - to_g - (cost - to_g) - 20) * ANNUITY)
    assert gains.get("owners HOM", 0.0) == pytest.approx(0.0, abs=1e-7)


def test_other_prices_are_refused(by_hand: tuple[Case, Plan, Plan]) -> None:
    with pytest.raises(UsageError, match="'free' is no way of pricing; write one of parity, plan, cost"):
        appraisal_of(*by_hand, prices="free")  # type: ignore[arg-type]


# -------------------------------------------------------------------------------------------------------------- deals


def test_a_deal_of_transfers_is_that_of_the_linear_program(by_hand: tuple[Case, Plan, Plan]) -> None:
    case, plan, baseline = by_hand
    terms = {"carbon_price": 0.5, "labour_cost": 1.0}
    agreed = with_terms(case, terms, {}, {"term": "carbon_payment", "least": 0, "most": 1}, {"term": "royalty", "least": 0, "most": 0.2})
    deal = appraisal_of(agreed, plan, baseline).deal
    assert deal is not None
    assert deal.holds
    table = table_of(agreed, ledger_of(agreed, plan, baseline), ledger_of(agreed, baseline, None))
    base, *ends = table.gains(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.2]]))
    effects = np.stack([end - base for end in ends], axis=1) / np.array([1.0, 0.2])
    moved = np.abs(effects).max(axis=1) > 1e-9
    exact = leximin(base[moved], effects[moved], [1.0, 0.2])
    settled = deal.gains.get_column("settled").to_numpy()[moved]
    assert np.sort(settled)[0] == pytest.approx(np.sort(exact.gains)[0], rel=1e-3)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.fixed_dictionaries(dict.fromkeys(("profit_tax", "duty", "running_wages", "labour_cost", "carbon_price"), SHARE)))
def test_a_deal_that_holds_leaves_nobody_below_the_baseline(by_hand: tuple[Case, Plan, Plan], terms: dict[str, float]) -> None:
    case, plan, baseline = by_hand
    open_ = ({"term": "royalty", "least": 0.0, "most": 0.1}, {"term": "tax_holiday", "least": 0.0, "most": 8.0})
    agreed = with_terms(case, terms, LOAN, *open_)
    deal = appraisal_of(agreed, plan, baseline).deal
    assert deal is not None
    worst = float(deal.gains.get_column("settled").min())  # type: ignore[arg-type]
    if deal.holds:
        # Told again from the terms themselves: the deal's terms as those of the case.
        values = dict(deal.terms.select("term", "settled").iter_rows())
        again = appraisal_of(agreed.replace(terms=frame("terms", terms | values)), plan, baseline)
        told = {(role, country): gain for role, country, gain in again.gains.table.select("role", "country", "gain").iter_rows()}
        for role, country, _, gain in deal.gains.iter_rows():
            assert told.get((role, country), 0.0) == pytest.approx(gain, abs=1e-7)
        assert worst >= -1e-6
    else:
        assert deal.shortfall == pytest.approx(-worst)
        assert deal.loser


def test_terms_of_one_option_come_before_those_of_all(by_hand: tuple[Case, Plan, Plan]) -> None:
    case, plan, baseline = by_hand
    rows = ({"term": "royalty", "option": "new", "least": 0.05, "most": 0.05}, {"term": "royalty", "least": 0.2, "most": 0.2})
    agreed = with_terms(case, {}, {}, *rows)
    table = table_of(agreed, ledger_of(agreed, plan, baseline), ledger_of(agreed, baseline, None))
    assert table.conditions(np.array([[0.2, 0.05]])).terms["royalty"].tolist()[0] == 0.05


# ---------------------------------------------------------------------------------------------------------- the folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("appraised")
    tables = {name: read(text) for name, text in BY_HAND.items()}
    case = write_example(place / "case", {"title": "by hand", "discount_rate": 0.08}, tables)
    run(case, place / "run")
    return place / "run"


def test_tables_are_saved_beside_the_plan(folder: Path) -> None:
    found = appraise(folder)
    for name, table in found.tables.items():
        assert pl.read_parquet(folder / "appraisal" / f"{name}.parquet").equals(table)
        assert (folder / "appraisal" / f"{name}.csv").is_file()
    notes = json.loads((folder / "appraisal" / "columns.json").read_text(encoding="utf-8"))
    assert set(notes) == set(found.tables)
    assert all(set(notes[name]) == set(table.columns) for name, table in found.tables.items())
    assert load_plan(folder).objective == pytest.approx(200 + 30 * ANNUITY)


def test_a_new_run_takes_away_the_appraisal_of_the_old_one(folder: Path, tmp_path: Path) -> None:
    again = shutil.copytree(folder, tmp_path / "again")
    appraise(again)
    assert (again / "appraisal" / "parties.csv").is_file()
    run(find_case("yemen-cement"), again)
    assert not (again / "appraisal").exists()


def test_a_run_without_its_case_or_its_baseline_is_told(folder: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(folder, tmp_path / "bare")
    (bare / "case.zip").unlink()
    with pytest.raises(UsageError, match=r"holds no case\.zip"):
        appraise(bare)
    alone = shutil.copytree(folder, tmp_path / "alone")
    outcome = json.loads((alone / "outcome.json").read_text(encoding="utf-8"))
    (alone / "outcome.json").write_text(json.dumps(outcome | {"baseline": None, "no_baseline": "the case has no options"}))
    with pytest.raises(UsageError, match="has none: the case has no options"):
        appraise(alone)


def test_tables_that_do_not_fit_the_case_are_told(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "other")
    path = other / "tables" / "activity.parquet"
    pl.read_parquet(path).with_columns(process=pl.lit("another")).write_parquet(path)
    with pytest.raises(UsageError, match="they name a process that the case does not have"):
        appraise(other)
    scaled = shutil.copytree(folder, tmp_path / "scaled")
    path = scaled / "tables" / "activity.parquet"
    pl.read_parquet(path).with_columns(pl.col("activity") * 2).write_parquet(path)
    with pytest.raises(UsageError, match="do not fit its case"):
        appraise(scaled)


FAULTS = {
    "equity": (
        {"terms": "supplier_equity, fund_equity / 0.7, 0.4"},
        "terms.csv row 2, column supplier_equity: 0.7 and fund_equity together",
    ),
    "loan without years": ({"loans": "rate / 0.05"}, "loans.csv row 2, column years: a blank is unknown, but rate is stated"),
    "all by loan": ({"loans": "rate, years, gearing / 0.05, 5, 1"}, "loans.csv row 2, column gearing: 1 is all of it"),
    "below one": ({"loans": "rate, years, coverage / 0.05, 5, 0.9"}, "loans.csv row 2, column coverage: 0.9 must be at least 1"),
    "too long": ({"loans": "option, rate, years / new, 0.05, 12"}, "loans.csv row 2, column years: 12 is longer than the option's life"),
    "bounds": ({"negotiable": "term, least, most / royalty, 0.3, 0.2"}, "negotiable.csv row 2, column least: 0.3 is more than most"),
    "guarantee": (
        {"loans": "option, owed, guaranteed / new, 0.6, 0.5"},
        "loans.csv row 2, column owed: 0.6 and guaranteed together are more than all of the loan",
    ),
    "gdp": ({"governments": "country, gdp / HOM, 0"}, "governments.csv row 2, column gdp: 0"),
    "percent": ({"negotiable": "term, least, most / royalty, 0, 20"}, "negotiable.csv row 2, column most: 20 is more than the term can be"),
    "no loan": ({"negotiable": "term, least, most / rate, 0, 0.1"}, "negotiable.csv row 2, column term: 'rate' is a term of a loan"),
    "unknown term": (
        {"negotiable": "term, least, most / roylty, 0, 0.1"},
        "negotiable.csv row 2, column term: 'roylty' is not allowed here",
    ),
    "unknown option": ({"terms": "option, royalty / old, 0.1"}, "terms.csv row 2, column option: 'old' is not in options"),
    "unknown country": ({"terms": "country, royalty / XXX, 0.1"}, "terms.csv row 2, column country: 'XXX' is not in countries"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_bad_terms_are_told(name: str, tmp_path: Path) -> None:
    texts, told = FAULTS[name]
    tables = {table: read(text) for table, text in {**BY_HAND, **texts}.items()}
    _, problems = check_case(write_example(tmp_path, {"discount_rate": 0.08}, tables))
    assert [str(p) for p in problems if str(p).startswith(told)], [str(p) for p in problems]


def test_terms_are_written_and_read_in_every_format(tmp_path: Path) -> None:
    tables = {name: read(text) for name, text in {**BY_HAND, "negotiable": "term, least, most / royalty, 0, 0.2"}.items()}
    case = case_of(tmp_path / "case", {"discount_rate": 0.08}, tables)
    for ending in ("zip", "sqlite"):
        again = read_case(write_case(case, tmp_path / f"case.{ending}"))
        assert all(again.frames[table].equals(case.frames[table]) for table in ("terms", "loans", "negotiable"))
