"""Running totals in place of single counts: the same program, whole in both directions, and decided sooner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capcoop import find_case, read_case
from capcoop.case.settings import Solver
from capcoop.model.build import build
from capcoop.model.program import Program
from capcoop.solve.apart import parts_of
from capcoop.solve.highs import as_relaxation, load
from capcoop.solve.method import solve
from capcoop.solve.totals import totals_of

CASES = ("peru", "yemen-cement")


def programs(name: str) -> list[Program]:
    return [part.program for part in parts_of(build(read_case(find_case(name))).program) if part.program.whole.any()]


@pytest.mark.parametrize("name", CASES)
def test_counts_and_totals_are_whole_in_both_directions(name: str) -> None:
    seen = 0
    for program in programs(name):
        totals = totals_of(program)
        if totals is None:
            continue
        seen += 1
        assert (totals.singles == np.round(totals.singles)).all()
        assert (totals.singles @ totals.sums == np.eye(len(totals.columns))).all()
        counts = np.random.default_rng(1).integers(0, 5, len(program.cost)).astype(float)
        assert (totals.plan(totals.changed(counts)) == counts).all()
    assert seen


@pytest.mark.parametrize("name", CASES)
def test_a_plan_costs_and_fits_the_same_in_either(name: str) -> None:
    for program in programs(name):
        totals = totals_of(program)
        if totals is None:
            continue
        counts = np.random.default_rng(2).integers(0, 5, len(program.cost)).astype(float)
        other, height = totals.changed(counts), len(program.row_lower)
        assert totals.program.cost @ other == pytest.approx(program.cost @ counts)
        rows = totals.program.matrix @ other
        assert rows[:height] == pytest.approx(program.matrix @ counts)
        # The rows added hold the counts that are no columns any more.
        assert set(rows[height:]) <= set(counts[totals.columns])
        assert np.isin(program.lower[totals.columns], totals.program.row_lower[height:]).all()
        relaxed = [as_relaxation(load(one), one) for one in (program, totals.program)]
        for solver in relaxed:
            solver.run()
        one, two = (solver.getInfo().objective_function_value for solver in relaxed)
        assert two == pytest.approx(one, rel=1e-7)


def test_a_total_stands_for_what_adds_to_one_capacity() -> None:
    (program,) = (part for part in programs("yemen-cement") if part.whole.any())
    totals = totals_of(program)
    assert totals is not None
    block = program.row_blocks["capacity"]
    rows = program.matrix.tocsr()[block.start : block.start + block.size][:, totals.columns].toarray()
    patterns = {tuple(row == value) for row in rows for value in set(row[row != 0])}
    stands = totals.sums[(totals.sums != np.eye(len(totals.columns))).any(axis=1)]
    assert len(stands)
    assert any(tuple(total == 1) in patterns for total in stands)


def test_plans_in_whole_units_are_those_of_branch_and_bound_without_totals(monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = programs("yemen-cement")
    limits = Solver(gap=0.0, threads=1)
    with_totals = solve(program, limits)
    monkeypatch.setattr("capcoop.solve.method.totals_of", lambda _program: None)
    without = solve(program, limits)
    assert with_totals.objective == pytest.approx(without.objective, rel=1e-9)
    assert (with_totals.status, without.status) == ("optimal", "optimal")


def test_programs_without_capacity_or_with_too_many_counts_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = programs("yemen-cement")
    assert totals_of(replace(program, row_blocks={})) is None
    assert totals_of(replace(program, whole=np.zeros(len(program.cost), bool))) is None
    monkeypatch.setattr("capcoop.solve.totals.MOST_WHOLE", 1)
    assert totals_of(program) is None
