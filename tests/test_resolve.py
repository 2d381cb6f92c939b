"""Changed numbers: the model that is written over is the one that would be built, and solving again finds the same optimum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import instances
from capcoop.case import Case, read_case
from capcoop.case.settings import Solver
from capcoop.errors import CapcoopError, SolveError
from capcoop.library import find_case
from capcoop.model.build import build
from capcoop.model.program import Program
from capcoop.model.update import update
from capcoop.solve.changes import changes, same_shape
from capcoop.solve.method import solve
from capcoop.solve.resolve import Resolver, with_units_of
from strategies import cases
from test_properties import read
from tiny import EXAMPLES, Example

SLOW = tuple(HealthCheck)
few = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=SLOW)
CHANGEABLE = [
    ("needs", "quantity"),
    ("purchases", "price"),
    ("purchases", "limit"),
    ("sales", "price"),
    ("processes", "cost"),
    ("stock", "capacity"),
    ("recipes", "quantity"),
    ("channels", "capacity"),
    ("channels", "cost"),
    ("channels", "days"),
    ("freight", "cost"),
    ("products", "value"),
    ("options", "build_cost"),
    ("options", "fixed_build_cost"),
    ("option_periods", "build_cost"),
    ("lines", "fixed_cost"),
    ("channels", "cost"),
    ("freight", "cost"),
    ("freight", "cost_per_distance"),
    ("case", "discount_rate"),
    ("case", "penalty"),
]
some_changes = st.lists(st.tuples(st.sampled_from(CHANGEABLE), st.sampled_from([0.0, 0.9, 1.1, 2.0])), min_size=1, max_size=3)


def changed(case: Case, steps: list[tuple[tuple[str, str], float]]) -> Case:
    for (table, column), factor in steps:
        if table == "case":
            value = getattr(case.settings, column)
            case = case.with_numbers(case.settings.model_copy(update={column: None if value is None else value * factor}), {})
            continue
        case = case.replace(**{table: case.frames[table].with_columns(pl.col(column) * factor)})
    return case


def assert_same(one: Program, other: Program) -> None:
    for name in ("cost", "lower", "upper", "row_lower", "row_upper", "starts", "indices", "values", "whole"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert one.constants == other.constants


@few
@given(cases(), some_changes)
def test_an_updated_model_is_the_one_that_would_be_built(one: Example, steps: list[tuple[tuple[str, str], float]]) -> None:
    try:
        case = read(one)
        model, other = build(case), changed(case, steps)
        wanted = build(other)
    except CapcoopError:
        assume(False)
    found = update(model, other)
    assert found.case is other
    assert_same(found.program, wanted.program)


@pytest.mark.parametrize(
    ("name", "table", "column", "least"),
    [
        ("17-transit", "products", "value", 100 * 3 + 10 * 7),
        ("17-transit", "channels", "days", 100 * 3 + 10 * 7),
        ("17-transit", "channels", "cost", 100 * 3 + 10 * 8),
        ("17-transit-border", "freight", "cost", 100 * 2 + 10 * 16),
    ],
)
def test_freight_and_time_in_transit_are_written_over(name: str, table: str, column: str, least: float) -> None:
    case = read(EXAMPLES[name])
    model, other = build(case), changed(case, [((table, column), 2.0)])
    found = update(model, other)
    assert found.program.values is model.program.values
    assert_same(found.program, build(other).program)
    assert Resolver(model, Solver(threads=1)).solve(other).objective == pytest.approx(least)


def objective(solve_it: object) -> float | str:
    try:
        return solve_it().objective  # type: ignore[operator, no-any-return]
    except SolveError as error:
        return type(error).__name__


@few
@given(cases(), st.lists(some_changes, min_size=1, max_size=3))
def test_solving_again_finds_what_solving_anew_finds(one: Example, rounds: list[list[tuple[tuple[str, str], float]]]) -> None:
    try:
        case = read(one)
        resolver = Resolver(build(case), Solver(threads=1))
        others = [changed(case, steps) for steps in rounds]
        programs = [build(other).program for other in others]
    except CapcoopError:
        assume(False)
    objective(resolver.solve)
    for other, program in zip(others, programs, strict=True):
        again, anew = objective(lambda other=other: resolver.solve(other)), objective(lambda p=program: solve(p, Solver(threads=1)))
        assert again == (anew if isinstance(anew, str) else pytest.approx(anew, rel=1e-6, abs=1e-6))


def test_a_sweep_goes_on_after_a_case_without_a_plan() -> None:
    case = instances.as_case(instances.make("XS"))
    dear = case.replace(purchases=case.frames["purchases"].with_columns(pl.col("price") * 1.5))
    none = case.replace(
        purchases=case.frames["purchases"].with_columns(limit=pl.lit(0.0)),
        needs=case.frames["needs"].with_columns(pl.col("quantity") * 100),
    )
    resolver = Resolver(build(case))
    found = [objective(lambda other=other: resolver.solve(other)) for other in (case, dear, none, dear, case)]
    first, dearer = solve(build(case).program, Solver(threads=1)).objective, solve(build(dear).program, Solver(threads=1)).objective
    assert found == [pytest.approx(first), pytest.approx(dearer), "InfeasibleError", pytest.approx(dearer), pytest.approx(first)]
    assert first < dearer


def test_changes_are_told_by_kind() -> None:
    case = instances.as_case(instances.make("XS"))
    model = build(case)
    program = model.program
    dear = changes(program, update(model, changed(case, [(("purchases", "price"), 1.1)])).program)
    more = changes(program, update(model, changed(case, [(("needs", "quantity"), 1.1)])).program)
    parted = changes(replace(program, whole=np.ones_like(program.whole)), program)
    kept = [found.primal_feasible for found in (changes(program, program), dear, more, parted)]
    assert kept == [True, True, False, False]
    assert [len(found.costs) > 0 for found in (dear, more, parted)] == [True, False, False]
    assert len(parted.kinds) == len(program.cost)
    assert same_shape(program, update(model, changed(case, [(("needs", "quantity"), 1.1)])).program)
    assert not same_shape(program, build(instances.as_case(instances.make("S"))).program)


def test_a_plan_cheaper_than_a_known_one_need_not_be_the_best_and_a_proof_that_none_is_cheaper_ends_the_search() -> None:
    case = read_case(find_case("yemen-cement"), sets=("threads=1", "gap=1e-9"))
    model = build(case)
    dear = replace(model.program, cost=np.where(model.program.whole, 5 * model.program.cost, model.program.cost))
    known = with_units_of(solve(dear, case.settings.solver), model.program)  # what would be best if building cost five times as much
    assert known is not None
    best = solve(model.program, case.settings.solver)
    assert known.objective > best.objective * 1.001
    found = Resolver(model).solve(cheaper_than=known)
    assert best.objective * (1 - 1e-9) <= found.objective < known.objective
    assert found.bound <= best.objective * (1 + 1e-9)
    assert known.objective - found.objective >= 0.5 * (known.objective - found.bound)
    again = Resolver(model).solve(cheaper_than=best)
    assert again.objective == pytest.approx(best.objective, rel=1e-9)
    assert again.gap <= 1e-8
