"""The loop of plan and financing: a choice turned by dear money, a plan that stays, a cycle, and what is refused."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from capcoop import Case, Financed, compare, load_plan, plan_case, plan_financed, run, verify
from capcoop.appraise import appraise
from capcoop.cli import app
from capcoop.errors import InfeasibleError, UsageError
from capcoop.money.gains.capital import Terms, capital_of, debts_of, offered
from capcoop.money.gains.ceilings import ceilings_of
from capcoop.report.financing import financing_shown
from capcoop.solve.highs import Solution
from capcoop.solve.method import solve
from support import case_of, write_example
from tiny import read

RATE = 0.08


def recovery(rate: float, life: float) -> float:
    """The capital recovery factor, written out."""
    return float(rate / (1 - (1 + rate) ** -life))


# Ten years at 8 %; a need of 10 a year, bought at 11 or made. `grand` is dear to build and cheap to run, `modest` the other way round.
TWO_MILLS: dict[str, str] = {
    "periods": "period, start, years / p, 2020, 10",
    "sites": "site, country / A, HOM",
    "products": "product / g",
    "lines": "line / big / small",
    "processes": "process, line, cost / run-big, big, 3 / run-small, small, 5.2",
    "recipes": "process, product, quantity / run-big, g, 1 / run-small, g, 1",
    "options": (
        "option, site, line, unit_size, fixed_build_cost, life, supplier, local_share, maximum_builds"
        " / grand, A, big, 10, 200, 10, SUP, 0.5, 1 / modest, A, small, 10, 60, 10, SUP, 0.5, 1"
    ),
    "needs": "site, product, quantity / A, g, 10",
    "purchases": "purchase, site, product, price, origin / ship, A, g, 11, SUP",
    "terms": "hurdle / 0.16",
    "loans": "rate, years, gearing, coverage, profile / 0.12, 10, 0.5, 1.2, annuity",
}
# Half of the capital from owners at 16 %, half as an annuity over the whole life at 12 %, without tax or fees.
LEVEL = 0.5 * recovery(0.16, 10) + 0.5 * recovery(0.12, 10)
ANNUITY = 1 / recovery(RATE, 10)


def two_mills(folder: Path, **tables: str) -> Case:
    texts = {**TWO_MILLS, **tables}
    return case_of(folder, {"title": "two mills", "discount_rate": RATE}, {name: read(text) for name, text in texts.items()})


def built(table: pl.DataFrame) -> set[str]:
    return set(table.get_column("option"))


def test_dear_money_turns_the_choice(tmp_path: Path) -> None:
    case = two_mills(tmp_path)
    assert built(plan_case(case)["builds"]) == {"grand"}
    found = plan_financed(case)
    assert built(found.plan["builds"]) == {"modest"}
    assert found.state == "agreed"
    assert verify(found.case, found.plan).ok
    # Told at the case's own rate the plan costs its outlay; at what financing costs, the level payment of ten years.
    assert found.plan.objective == pytest.approx(60 + 52 * ANNUITY)
    assert found.objective == pytest.approx((60 * LEVEL + 52) * ANNUITY)
    rows = found.rounds
    assert rows.get_column("round").unique().to_list() == [0, 1]
    last = {row["option"]: row for row in rows.filter(pl.col("round") == 1).iter_rows(named=True)}
    first = {row["option"]: row for row in rows.filter(pl.col("round") == 0).iter_rows(named=True)}
    assert first["grand"]["built"] == 10
    assert first["grand"]["factor"] == 1.0
    for name in ("grand", "modest"):
        assert last[name]["gearing"] == pytest.approx(0.5)
        assert last[name]["factor"] == pytest.approx(LEVEL / recovery(RATE, 10))
        cost = last[name]["cost_of_capital"]
        assert recovery(cost, 10) == pytest.approx(LEVEL)
        assert 0.12 < cost < 0.16
        assert last[name]["cost_of_debt"] == pytest.approx(0.12)
        assert last[name]["change"] == pytest.approx(0.0, abs=1e-9)
        assert first[name]["change"] == pytest.approx(cost - RATE)
    assert last["modest"]["objective"] == pytest.approx(found.objective)
    assert last["modest"]["own_objective"] == pytest.approx(found.plan.objective)


@pytest.mark.parametrize("charge", ["annuity", "outlay"])
def test_an_outlay_and_an_annuity_are_financed_alike(tmp_path: Path, charge: str) -> None:
    options = TWO_MILLS["options"].replace("local_share", "charge").replace("0.5, 1", f"{charge}, 1")
    found = plan_financed(two_mills(tmp_path, options=options))
    assert found.objective == pytest.approx((60 * LEVEL + 52) * ANNUITY)


def test_what_is_paid_yearly_is_not_financed(tmp_path: Path) -> None:
    options = (
        "option, site, line, unit_size, fixed_build_cost, life, charge, maximum_builds"
        " / grand, A, big, 10, 29.8, 10, annual, 1 / modest, A, small, 10, 60, 10, annuity, 1"
    )
    found = plan_financed(two_mills(tmp_path, options=options))
    row = found.rounds.filter((pl.col("option") == "grand") & (pl.col("round") == 1)).row(0, named=True)
    assert row["factor"] == 1.0
    assert row["cost_of_capital"] is None
    assert row["gearing"] is None


def test_nothing_changes_where_money_costs_the_discount_rate(tmp_path: Path) -> None:
    case = two_mills(tmp_path, terms="hurdle / 0.08", loans="rate, years, profile / 0.08, 6, equal-principal")
    own, found = plan_case(case), plan_financed(case)
    assert found.state == "agreed"
    assert found.rounds.get_column("round").unique().to_list() == [0]
    assert found.plan["builds"].equals(own["builds"])
    assert found.plan.objective == pytest.approx(own.objective)
    assert found.objective == pytest.approx(own.objective)
    assert found.rounds.get_column("cost_of_capital").to_list() == pytest.approx([0.08, 0.08])


# One mill of 300. Unbuilt it would be financed half by debt (level payment 0.1919, less than the 0.1933 that it may be), built only by as
# much as cash carries three times over: 58 / 3 a year, 0.364 of the outlay, level payment 0.196.
CYCLE = {
    "lines": "line / big",
    "processes": "process, line, cost / run-big, big, 5.2",
    "recipes": "process, product, quantity / run-big, g, 1",
    "options": "option, site, line, unit_size, fixed_build_cost, life, maximum_builds / grand, A, big, 10, 300, 10, 1",
    "loans": "rate, years, gearing, coverage, profile / 0.12, 10, 0.5, 3, annuity",
}


def test_a_cycle_is_told_and_its_cheapest_plan_is_kept(tmp_path: Path) -> None:
    found = plan_financed(two_mills(tmp_path, **CYCLE), rounds=3)
    debt = 58 / 3 / recovery(0.12, 10)
    level = ((300 - debt) * recovery(0.16, 10) + 58 / 3) / 300
    assert LEVEL * 300 + 52 < 110 < level * 300 + 52
    assert found.state == "cycle"
    assert found.cycle == (1, 2)
    assert found.alternating == ("grand",)
    gearing = found.rounds.filter(pl.col("round") == 0).get_column("gearing").item()
    assert gearing == pytest.approx(debt / 300)
    # Built and financed as it can be it costs more than imports, so imports are kept.
    costs = found.rounds.get_column("financed_objective").to_list()
    assert costs == pytest.approx([(level * 300 + 52) * ANNUITY, 110 * ANNUITY, (level * 300 + 52) * ANNUITY])
    assert found.kept == 1
    assert found.plan["builds"].is_empty()
    assert found.plan.objective == pytest.approx(110 * ANNUITY)


def test_what_alternates_keeps_the_loan_it_was_last_given(tmp_path: Path) -> None:
    found = plan_financed(two_mills(tmp_path, **CYCLE))
    assert found.state == "agreed"
    assert found.cycle == (1, 2)
    assert found.plan["builds"].is_empty()
    last = found.rounds.filter(pl.col("round") == pl.col("round").max()).row(0, named=True)
    assert last["round"] == 3
    assert last["gearing"] == pytest.approx(58 / 3 / recovery(0.12, 10) / 300)


def test_a_loan_that_outlasts_its_asset_leaves_owners_to_pay(tmp_path: Path) -> None:
    case = two_mills(tmp_path, loans="rate, years, profile / 0.01, 12, annuity")
    rows = plan_financed(case).rounds
    assert rows.get_column("gearing").to_list() == [0.0] * rows.height
    assert rows.get_column("cost_of_capital").to_list() == pytest.approx([0.16] * rows.height)


@pytest.mark.parametrize("table", ["terms", "loans", "options"])
def test_a_case_without_its_tables_is_told_in_one_sentence(tmp_path: Path, table: str) -> None:
    texts = {name: text for name, text in TWO_MILLS.items() if name != table}
    folder = write_example(tmp_path / "case", {"discount_rate": RATE}, {name: read(text) for name, text in texts.items()})
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["plan", str(folder), "--financed", "--out", str(tmp_path / "run")])
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"no {table}" in done.stderr
    assert "--financed" in done.stderr


# Two loans of one asset: of the debt, which pays 60 % of all uses, 2/3 are an export credit with fees, 1/3 a bank's.
SEVERAL = (
    "loan, rate, years, gearing, coverage, profile, share, front_fee, premium, owed, guaranteed"
    " / export, 0.05, 10, 0.6, 1.0, annuity, 0.6666666666666666, 0.01, 0.05, 0, 0.5"
    " / bank, 0.11, 4, 0.8, 1.0, equal-principal, , 0, 0, 1, 0"
)


def test_two_equal_loans_are_one(tmp_path: Path) -> None:
    one = TWO_MILLS["loans"].replace("rate,", "loan, rate,").replace("/ 0.12", "/ a, 0.12")
    both = one.replace("profile", "profile, share").replace("annuity", "annuity, 0.3") + " / b, 0.12, 10, 0.5, 1.2, annuity, "
    stated = {"own": TWO_MILLS["loans"], "single": one, "both": both}
    own, *others = (plan_financed(two_mills(tmp_path / name, loans=loans)) for name, loans in stated.items())
    numbers = [name for name, kind in own.rounds.schema.items() if kind.is_numeric()]
    for found in others:
        assert found.rounds.drop(numbers).equals(own.rounds.drop(numbers))
        for name in numbers:
            assert found.rounds.get_column(name).to_list() == pytest.approx(own.rounds.get_column(name).to_list(), abs=1e-9), name
        assert found.objective == pytest.approx((60 * LEVEL + 52) * ANNUITY)


def by_hand(hurdle: float, outlay: float = 1.0) -> tuple[float, float, list[float]]:
    """Level payment of the mix of SEVERAL, what it lends, and what lenders get in each of ten years, all written out."""
    uses = 1 / (1 - 0.6 * 2 / 3 * 0.06)
    export, bank = 0.4 * uses, 0.2 * uses
    paid = [export * recovery(0.05, 10) + (bank / 4 + 0.11 * bank * (1 - year / 4) if year < 4 else 0.0) for year in range(10)]
    equity = uses - export - bank
    worth = equity + sum(amount / (1 + hurdle) ** (year + 1) for year, amount in enumerate(paid))
    return outlay * recovery(hurdle, 10) * worth, outlay * (export * 0.94 + bank), [outlay * amount for amount in paid]


def test_two_different_loans_by_hand(tmp_path: Path) -> None:
    """The level payment serves both with their shares; the debt costs what equates what both lend, less fees, with what both get."""
    pyxirr = pytest.importorskip("pyxirr")
    found = plan_financed(two_mills(tmp_path, loans=SEVERAL))
    level, lent, paid = by_hand(0.16)
    assert found.state == "agreed"
    last = {row["option"]: row for row in found.rounds.filter(pl.col("round") == pl.col("round").max()).iter_rows(named=True)}
    for name in ("grand", "modest"):
        assert last[name]["gearing"] == pytest.approx(0.6)
        assert recovery(last[name]["cost_of_capital"], 10) == pytest.approx(level)
        assert last[name]["factor"] == pytest.approx(level / recovery(RATE, 10))
        assert last[name]["cost_of_debt"] == pytest.approx(pyxirr.irr([lent, *(-amount for amount in paid)]))
    assert built(found.plan["builds"]) == {"modest"}
    assert found.objective == pytest.approx((60 * level + 52) * ANNUITY)
    assert verify(found.case, found.plan).ok


def test_owners_get_their_hurdle_beside_both_loans(tmp_path: Path) -> None:
    """What the level payment leaves to owners after both loans returns exactly what they ask for."""
    pyxirr = pytest.importorskip("pyxirr")
    own = offered(two_mills(tmp_path, loans=SEVERAL))
    found = capital_of(own.loans, own.most)
    level, lent, paid = by_hand(0.16)
    assert found.level == pytest.approx([level, level])
    # Fees and premium are paid at the start: what owners pay is the outlay less what both loans bring after them.
    assert pyxirr.irr([lent - 1, *(float(found.level[0]) - amount for amount in paid)]) == pytest.approx(0.16)


def test_coverage_sizes_the_mix_that_is_charged(tmp_path: Path) -> None:
    """Where both together may not take more than the cash carries, both are smaller in proportion."""
    found = plan_financed(two_mills(tmp_path, loans=SEVERAL.replace("0.6, 1.0", "0.6, 4.0")))
    row = found.rounds.filter((pl.col("round") == pl.col("round").max()) & (pl.col("option") == "modest")).row(0, named=True)
    # Cash of 58 a year over 4; the first year asks for most: per unit lent 2/3 of the annuity, and a quarter and 11 % of a third.
    debt = 58 / 4 / (2 / 3 * recovery(0.05, 10) + (0.25 + 0.11) / 3)
    uses = 60 + debt * 2 / 3 * 0.06
    assert row["gearing"] == pytest.approx(min(0.6, debt / uses))
    assert debt / uses > 0.6  # of 60 the cash carries all: `grand` is the one that it bounds
    first = found.rounds.filter((pl.col("round") == 0) & (pl.col("option") == "grand")).row(0, named=True)
    debt = 80 / 4 / (2 / 3 * recovery(0.05, 10) + (0.25 + 0.11) / 3)
    assert first["gearing"] == pytest.approx(debt / (200 + debt * 2 / 3 * 0.06))
    assert first["gearing"] < 0.6


def test_a_loan_of_several_that_is_not_given_is_left_to_owners(tmp_path: Path) -> None:
    own = offered(two_mills(tmp_path, loans=SEVERAL.replace("bank, 0.11, 4", "bank, 0.11, 12")))
    assert own.most.tolist() == [pytest.approx([0.4, 0.4]), [0.0, 0.0]]


def test_ceilings_count_each_loan_as_far_as_it_is_public(tmp_path: Path) -> None:
    """Half of the export credit is guaranteed, all of the bank's owed: both stand as agreed against the ceiling, one against the budget."""
    case = two_mills(tmp_path, loans=SEVERAL, governments="country, debt_ceiling, budget / HOM, 20, 4")
    own = offered(case)
    found = ceilings_of(case, own)
    uses = 1 / (1 - 0.4 * 0.06)
    expected = {"debt ceiling": 0.5 * 0.4 * uses + 0.2 * uses, "budget": 0.2 * uses * (0.25 + 0.11)}
    coefficients = found.coefficients(debts_of(own.loans, own.most))
    assert [coefficients[row, 1, 0] for row in range(2)] == pytest.approx([expected[kind] for kind in found.kind])
    plan = plan_financed(case)
    assert plan.limits.filter(pl.col("limit") == "debt ceiling").item(0, "used") <= 20 * (1 + 1e-6)
    assert plan.limits.filter(pl.col("limit") == "debt ceiling").item(0, "enforced") == "yes"
    assert built(plan.plan["builds"]) == set()


def test_a_run_with_several_loans_from_the_command(tmp_path: Path) -> None:
    tables = {name: read(text) for name, text in {**TWO_MILLS, "loans": SEVERAL}.items()}
    folder = write_example(tmp_path / "case", {"discount_rate": RATE}, tables)
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["plan", str(folder), "--financed", "--out", str(tmp_path / "run")])
    assert done.exit_code == 0, done.output
    assert "Plan and financing agree" in " ".join(done.stdout.split())
    row = appraise(tmp_path / "run").tables["financing"].row(0, named=True)
    assert row["loan"] / (row["loan"] + row["equity"]) == pytest.approx(0.6)


# ------------------------------------------------------------------------------------------------------------ the run


def test_a_run_keeps_its_rounds_and_can_be_appraised(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "case", {"discount_rate": RATE}, {name: read(text) for name, text in TWO_MILLS.items()})
    place = tmp_path / "run"
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["plan", str(folder), "--financed", "--out", str(place)])
    assert done.exit_code == 0, done.output
    for words in ("modest", "cost of capital moves by", "14.0 %", "Plan and financing agree after 2 rounds"):
        assert words in " ".join(done.stdout.split()), done.stdout
    assert max(len(line) for line in done.stdout.splitlines() if str(tmp_path) not in line) <= 80
    saved = pl.read_parquet(place / "tables" / "financing_rounds.parquet")
    assert saved.height == 4
    notes = json.loads((place / "tables" / "columns.json").read_text(encoding="utf-8"))
    assert set(notes["financing_rounds"]) == set(saved.columns)
    outcome = json.loads((place / "outcome.json").read_text(encoding="utf-8"))
    assert outcome["financed"]["state"] == "agreed"
    assert outcome["financed"]["objective"] == pytest.approx((60 * LEVEL + 52) * ANNUITY)
    assert json.loads((place / "request.json").read_text(encoding="utf-8"))["financed"] is True
    assert load_plan(place).objective == pytest.approx(60 + 52 * ANNUITY)
    found = appraise(place)
    assert found.gains.total == pytest.approx(found.gains.surplus, abs=1e-9 * found.gains.turnover)
    row = found.tables["financing"].row(0, named=True)
    assert (row["outlay"], row["loan"]) == (pytest.approx(60.0), pytest.approx(30.0))
    own = tmp_path / "own"
    run(folder, own)
    asked = compare([own, place])["asked"]
    assert asked.filter(pl.col("setting") == "financed").row(0) == ("financed", None, "yes", True)
    # A later run without financing into the same folder takes the table away.
    run(folder, place)
    assert not (place / "tables" / "financing_rounds.parquet").exists()


def test_the_object_for_machines_holds_the_rounds(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "case", {"discount_rate": RATE}, {name: read(text) for name, text in TWO_MILLS.items()})
    done = CliRunner().invoke(app, ["plan", str(folder), "--financed", "--out", str(tmp_path / "run"), "--json"])
    record = json.loads(done.stdout)
    assert record["financed"]["state"] == "agreed"
    assert len(record["financing_rounds"]) == 4


# ------------------------------------------------------------------------------------------- ceilings of governments

# Half of each outlay is debt that the government of HOM owes (0.2) or guarantees (0.7). At 8 % for all, `grand` is built: 100 of debt, of
# which 90 count, and of which 0.2 x 100 x CRF(12 %, 10) are paid in a year; `modest` comes to 27.
OWED = {
    "loans": "rate, years, gearing, coverage, profile, owed, guaranteed / 0.08, 10, 0.5, 1.2, annuity, 0.2, 0.7",
    "terms": "hurdle / 0.08",
}


@pytest.mark.parametrize(
    ("stated", "kind", "plan", "used"),
    [
        ("debt_ceiling / HOM, 89", "debt ceiling", {"modest"}, 27.0),
        ("debt_ceiling / HOM, 91", "debt ceiling", {"grand"}, 90.0),
        ("debt_ceiling / HOM, 20", "debt ceiling", set(), 0.0),
        ("budget / HOM, 2.9", "budget", {"modest"}, 6 * recovery(0.08, 10)),
        ("budget / HOM, 3.0", "budget", {"grand"}, 20 * recovery(0.08, 10)),
    ],
)
def test_a_ceiling_is_a_limit_of_the_plan(tmp_path: Path, stated: str, kind: str, plan: set[str], used: float) -> None:
    case = two_mills(tmp_path, **OWED, governments=f"country, {stated}")
    found = plan_financed(case)
    assert built(found.plan["builds"]) == plan
    assert found.state == "agreed"
    row = found.limits.row(0, named=True)
    assert (row["limit"], row["country"]) == (kind, "HOM")
    assert row["used"] == pytest.approx(used)
    tight = plan != {"grand"}
    assert row["binds"] == ("yes" if tight else "no")
    costs = {"grand": 200 + 30 * ANNUITY, "modest": 60 + 52 * ANNUITY, "": 110 * ANNUITY}
    cost = costs["".join(plan)]
    assert found.plan.objective == pytest.approx(cost)
    assert row["cost"] == pytest.approx(cost - costs["grand"] if tight else 0.0)
    assert found.rounds.get_column("round").n_unique() == (2 if tight else 1)
    assert verify(found.case, found.plan).ok


def test_a_ceiling_that_needs_cannot_keep_is_told(tmp_path: Path) -> None:
    tables = OWED | {
        "purchases": "purchase, site, product, price, limit / ship, A, g, 11, 0",
        "governments": "country, debt_ceiling / HOM, 20",
    }
    with pytest.raises(InfeasibleError, match="within the debt ceiling of HOM in p"):
        plan_financed(two_mills(tmp_path, **tables))


def test_debt_counts_as_long_as_it_stands(tmp_path: Path) -> None:
    """Two periods: a loan of the first is partly repaid in the second, and one of the second does not count before it."""
    texts = (
        TWO_MILLS | OWED | {"periods": "period, start, years / p, 2020, 4 / q, 2024, 6", "governments": "country, debt_ceiling / HOM, 50"}
    )
    case = case_of(tmp_path, {"discount_rate": RATE}, {name: read(text) for name, text in texts.items()})
    found = ceilings_of(case, offered(case))
    service = recovery(0.08, 10)
    left = 1.08**4 - service * (1.08**4 - 1) / 0.08
    assert found.coefficients(np.array([[0.5, 0.5]]))[:, 0] == pytest.approx(np.array([[0.45, 0.0], [0.45 * left, 0.45]]))


def shown(found: Financed) -> str:
    """What a terminal of 80 columns shows of the loop, on one line."""
    target = Console(width=80, record=True, file=io.StringIO())
    target.print(*financing_shown(found), sep="\n")
    text = target.export_text()
    assert max(map(len, text.splitlines())) <= 80
    return " ".join(text.split())


def test_a_ceiling_that_binds_is_named(tmp_path: Path) -> None:
    told = shown(plan_financed(two_mills(tmp_path, **OWED, governments="country, debt_ceiling / HOM, 89")))
    assert (
        "The debt ceiling of HOM in p (89 money) binds: the plan comes to 27; without what binds it would cost 7.62 less as charged."
        in told
    )
    assert "Plan and financing agree after 2 rounds." in told
    told = shown(plan_financed(two_mills(tmp_path / "wide", **OWED, governments="country, debt_ceiling / HOM, 91")))
    assert "The debt ceiling of HOM in p (91 money) does not bind: the plan comes to 90." in told


def test_how_a_loop_ended_is_told(tmp_path: Path) -> None:
    case = two_mills(tmp_path)
    told = shown(plan_financed(case, rounds=1))
    assert "do not agree after 1 rounds" not in told
    assert "do not agree after 1 round: the cost of capital of" in told
    assert "still moves by 6 points. The plan of round 0 is kept" in told
    ring = shown(plan_financed(two_mills(tmp_path / "ring", **CYCLE)))
    assert "Rounds 1 and 2 would alternate without end (grand), so what alternates keeps the loan it was last given." in ring
    assert "Nothing is built, so nothing is to be financed." in ring


def test_a_loop_that_is_stopped_keeps_the_last_plan_that_was_proven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Round 1 ends before its proof, as Ctrl-C or the time limit make it."""
    rounds = []

    def broken(*arguments: Any, **more: Any) -> Solution:
        rounds.append(1)
        found = solve(*arguments, **more)
        return found if len(rounds) == 1 else replace(found, status="interrupted")

    monkeypatch.setattr("capcoop.financing.solve", broken)
    found = plan_financed(two_mills(tmp_path))
    assert (found.state, found.kept, built(found.plan["builds"])) == ("stopped", 0, {"grand"})
    assert found.plan.outcome["status"] == "interrupted"
    assert "Stopped after round 0, before plan and financing agreed; the plan of round 0 is kept." in shown(found)


def test_why_there_is_no_table_of_gains_is_told(tmp_path: Path) -> None:
    """Without imports there is no baseline to gain against; a case that says nothing of parties is not told of it."""
    texts = {**TWO_MILLS, "purchases": "purchase, site, product, price, limit / ship, A, g, 11, 0"}
    for name, tables in {"parties": texts, "none": {k: v for k, v in texts.items() if k not in {"terms", "loans"}}}.items():
        folder = write_example(tmp_path / name, {"discount_rate": RATE}, {table: read(text) for table, text in tables.items()})
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["plan", str(folder), "--out", str(tmp_path / f"run-{name}")])
        assert done.exit_code == 0
        why = "Who gains is not told: gains are measured against a baseline, and there is none: without building no plan meets every need"
        assert (why in " ".join(done.stdout.split())) == (name == "parties")
    done = CliRunner().invoke(app, ["plan", str(tmp_path / "parties"), "--out", str(tmp_path / "run"), "--json"])
    assert json.loads(done.stdout)["no_parties"].startswith("gains are measured against a baseline")


# ------------------------------------------------------------------------------------------------ the cost of capital

PROFILES = st.sampled_from(["sculpted", "equal-principal", "annuity"])


def terms(profile: str = "annuity", **own: float) -> Terms:
    """The terms of one option of an outlay of 1."""
    stated = {"hurdle": 0.12, "profit_tax": 0.0, "tax_holiday": 0.0, "rate": 0.05, "years": 8.0, "life": 20.0}
    stated |= {"front_fee": 0.0, "premium": 0.0} | own
    return Terms(**{name: np.array([value]) for name, value in stated.items()}, profile=(profile,))


@settings(deadline=None)
@given(st.floats(0.001, 0.5), st.floats(0, 0.95), st.integers(1, 30), st.floats(1, 60), PROFILES)
def test_at_one_rate_for_all_the_mix_does_not_matter(rate: float, gearing: float, years: int, life: float, profile: str) -> None:
    found = capital_of((terms(hurdle=rate, rate=rate, years=float(years), life=max(life, years), profile=profile),), np.array([[gearing]]))
    assert found.cost[0] == pytest.approx(rate, rel=1e-9)
    if gearing > 1e-6:
        assert found.debt[0] == pytest.approx(rate, rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "hurdle": st.floats(1e-4, 1.0),
            "profit_tax": st.floats(0, 1),
            "tax_holiday": st.floats(0, 20),
            "rate": st.floats(0, 1),
            "front_fee": st.floats(0, 1),
            "premium": st.floats(0, 1),
            "life": st.one_of(st.floats(1, 100), st.just(float("inf"))),
        }
    ),
    st.integers(1, 60),
    st.floats(0, 0.99),
    PROFILES,
)
def test_no_terms_make_a_cost_of_capital_that_is_no_number(own: dict[str, float], years: int, gearing: float, profile: str) -> None:
    term = float(years) if years <= own["life"] else 1.0
    try:
        found = capital_of((terms(**own, years=term, profile=profile),), np.array([[gearing]]))
    except UsageError as error:
        assert "eat up the whole loan" in str(error)  # noqa: PT017
        return
    assert np.isfinite(found.cost).all()
    assert np.isfinite(found.level).all()
    assert (found.cost >= 0).all()
    assert not np.isinf(found.debt).any()


def test_owners_get_their_hurdle_from_the_level_payment() -> None:
    """The level payment, less debt service after tax relief, returns to owners exactly what they ask for."""
    pyxirr = pytest.importorskip("pyxirr")
    own = terms(hurdle=0.14, profit_tax=0.25, tax_holiday=2.0, rate=0.06, years=7.0, front_fee=0.01, premium=0.07, life=15.0)
    found = capital_of((own,), np.array([[0.6]]))
    debt = 0.6 / (1 - 0.6 * 0.08)
    service, left = debt * recovery(0.06, 7), debt
    flows, lent = [-(1 + 0.08 * debt - debt)], [debt * (1 - 0.08)]
    for year in range(15):
        paid = (service - (0.25 if year >= 2 else 0.0) * 0.06 * left) if year < 7 else 0.0
        left = left * 1.06 - service if year < 7 else 0.0
        flows.append(float(found.level[0]) - paid)
        lent.append(-paid)
    assert pyxirr.irr(flows) == pytest.approx(0.14, abs=1e-9)
    assert pyxirr.irr(lent) == pytest.approx(found.debt[0], abs=1e-9)
    assert recovery(float(found.cost[0]), 15) == pytest.approx(found.level[0])
