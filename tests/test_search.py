"""The search for good plans in whole units: rounding, parts, and that what it hands over never changes the optimum."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import instances
import tiny
from capcoop.case.settings import Solver
from capcoop.errors import CapcoopError, UnboundedError
from capcoop.model.build import build
from capcoop.plan import extract
from capcoop.plan.verify import verify
from capcoop.solve import method
from capcoop.solve.board import Board
from capcoop.solve.method import solve
from capcoop.solve.neighbourhood import Surroundings, improve
from capcoop.solve.rounding import Counts, counts_of, relax, relax_and_fix
from strategies import cases
from support import case_of
from test_properties import read
from tiny import Example

SLOW = tuple(HealthCheck)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(method, "PATIENCE_SECONDS", 0.0)


def test_counts_are_rounded_cumulatively() -> None:
    counts = Counts(np.arange(5), np.array([0, 3]), np.array([0, 0, 0, 1, 1]))
    wanted = np.array([0.4, 0.4, 0.4, 1.6, 0.2])
    sums = counts.cumulative(wanted)
    assert np.allclose(sums, [0.4, 0.8, 1.2, 1.6, 1.8])
    assert np.allclose(counts.single(np.round(sums)), [0, 1, 0, 2, 0])
    assert np.allclose(counts.distance(wanted), [0.4, 0.4])


def test_a_plan_found_on_the_way_does_not_hide_that_the_cost_falls_without_end(tmp_path: Path) -> None:
    tables = {
        "slices": "slice, hours / dry, 2190 / wet, 6570",
        "sites": "site / A",
        "products": "product, disposal / steel, / glass, / slag, yes",
        "lines": "line, minimum_use / mill, 0.1",
        "processes": "process, line, use, profile, cost / buy, , , , / rent, , 0.5, flat, / sell, mill, , , -0.5 / melt, mill, , ,",
        "recipes": "process, product, quantity / buy, steel, 1 / rent, steel, 1 / sell, slag, 1 / melt, steel, 1",
        "availability": "slice, share / , / dry,",
        "options": "option, site, line, life, maximum_size / build, A, mill, 10, 1",
        "packages": "option, site, line, capacity / build, A, mill, 1",
        "needs": "site, product, quantity / , steel, 5 / , glass, 0",
    }
    program = build(case_of(tmp_path, {"title": "endless"}, {name: tiny.read(text) for name, text in tables.items()})).program
    assert program.whole.any()
    with pytest.raises(UnboundedError):
        solve(program, Solver())


def test_a_board_keeps_the_best() -> None:
    board = Board()
    assert board.gap == np.inf
    assert board.offer(np.ones(1), 10.0)
    assert not board.offer(np.zeros(1), 11.0)
    board.raise_bound(8.0)
    board.raise_bound(7.0)
    assert board.best[1] == 10.0
    assert board.gap == pytest.approx(0.2)


def test_relaxing_and_fixing_gives_an_early_plan_near_the_bound() -> None:
    program = build(instances.as_case(instances.make("XS"), whole=True)).program
    board, counts = Board(), counts_of(program)
    relaxed = relax(program, board)
    assert relaxed is not None
    relax_and_fix(program, counts, *relaxed, board)
    values, objective = board.best
    assert values is not None
    assert np.allclose(values[program.whole], np.round(values[program.whole]))
    assert board.gap < 0.1
    early = objective

    over = threading.Timer(3.0, board.over.set)
    over.start()
    improve(program, counts, relaxed[1], board)
    values, objective = board.best
    assert values is not None
    assert objective < early
    assert objective == pytest.approx(float(program.cost @ values) + program.constant)
    loads = Surroundings(program).matrix @ values
    assert (loads >= program.row_lower - 1e-6).all()
    assert (loads <= program.row_upper + 1e-6).all()


def test_a_part_holds_what_its_columns_can_change() -> None:
    program = build(instances.as_case(instances.make("XS"), whole=True)).program
    around = Surroundings(program)
    values = np.random.default_rng(1).random(len(program.cost))
    free = np.zeros(len(values), bool)
    free[::7] = True
    part = around.part(free, values)
    small = part.program
    assert part.columns.tolist() == np.flatnonzero(free).tolist()
    assert small.constant + float(small.cost @ values[free]) == pytest.approx(program.constant + float(program.cost @ values))
    rows = np.flatnonzero(around.touched(free))
    own = Surroundings(small).matrix @ values[free]
    slack = (around.matrix @ values)[rows] - program.row_upper[rows]
    ends = np.isfinite(program.row_upper[rows])
    assert np.allclose((own - small.row_upper)[ends], slack[ends])


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(cases())
def test_a_search_beside_the_proof_changes_no_optimum(one: Example) -> None:
    try:
        case = read(one)
        program = build(case).program
        assume(program.whole.any())
        alone = solve(program, Solver(threads=1))
    except CapcoopError:
        assume(False)
    beside = solve(program, Solver(threads=2))
    assert beside.objective == pytest.approx(alone.objective, rel=1e-6, abs=1e-6)


def test_the_plan_of_a_search_passes_the_check() -> None:
    case = instances.as_case(instances.make("XS"), whole=True)
    model = build(case)
    seen: list[float | None] = []
    solution = solve(model.program, Solver(gap=0.01, threads=2), lambda progress: seen.append(progress.gap))
    assert solution.status == "optimal"
    assert solution.gap <= 0.01
    assert verify(case, extract(model, solution)).ok


def test_a_search_that_is_stopped_keeps_its_best_plan() -> None:
    case = instances.as_case(instances.make("S"), whole=True)
    program = build(case).program
    stop = threading.Event()
    solution = solve(program, Solver(gap=0.0, threads=2), lambda progress: stop.set() if progress.best else None, stop)
    assert solution.status == "interrupted"
    assert 0 < solution.gap < 1
