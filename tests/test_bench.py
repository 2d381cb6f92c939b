"""The bench is fair: every contestant builds the same problem, and capcoop's scenarios can be solved in every way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import instances
import limit
import page
import registry
import resolve
import run
from capcoop import plan_case, read_case, write_case

SAME_MATRIX = ("cvxpy", "linopy", "ortools", "pyomo")


@pytest.fixture(scope="module")
def optimum() -> float:
    """The optimum of the smallest instance, by the limit."""
    return float(run.apart("race", registry.REFERENCE, "XS", solve=True)["optimum"])


@pytest.mark.parametrize("name", registry.CONTESTANTS)
def test_every_contestant_has_the_same_optimum(name: str, optimum: float) -> None:
    if not registry.installed(name):
        pytest.skip(f"{name} is not installed")
    record = run.apart("race", name, "XS", solve=True)  # in a process of its own: peers warn, and set options for all
    assert record["status"] == "Optimal"
    assert record["optimum"] == pytest.approx(optimum, rel=1e-9)
    if name in SAME_MATRIX:
        matrix = limit.fill(instances.make("XS"))
        shape = (len(matrix.row_lower), len(matrix.cost), len(matrix.values))
        assert tuple(record[key] for key in ("rows", "columns", "coefficients")) == shape


@pytest.mark.parametrize("size", ["XS", "S"])
def test_the_limit_is_as_large_as_its_formula(size: str) -> None:
    one = instances.make(size)
    lines, links, held = len(one.line_site), len(one.link_from), np.count_nonzero(one.line_existing)
    matrix = limit.fill(one)
    columns = (3 * lines + held + len(one.pair_link) + 2 * links + len(one.import_site) + len(one.disposal_site)) * one.periods
    assert len(matrix.cost) == columns
    assert len(matrix.row_lower) == (one.sites * one.products + 2 * lines + 2 * links) * one.periods + held


def test_an_instance_is_the_same_case_when_read_again(tmp_path: Path, optimum: float) -> None:
    case = instances.as_case(instances.make("XS"))
    again = read_case(write_case(case, tmp_path / "xs", "parquet"))
    assert plan_case(again).objective == pytest.approx(optimum - instances.make("XS").unpriced, rel=1e-9)


def test_whole_units_cost_no_less(optimum: float) -> None:
    whole = plan_case(instances.as_case(instances.make("XS"), whole=True)).objective + instances.make("XS").unpriced
    assert whole >= optimum * (1 - 1e-7)


def test_scenarios_move_needs_and_prices_only() -> None:
    case = instances.as_case(instances.make("XS"))
    several = list(resolve.scenarios(case, "both", 3))
    assert len(several) == 3
    for table, column in resolve.KINDS["both"]:
        share = several[0].frames[table].get_column(column) / case.frames[table].get_column(column)
        assert 0.98 <= share.min() < share.max() <= 1.02  # type: ignore[operator]
        assert several[0].frames[table].drop(column).equals(case.frames[table].drop(column))
    assert several[0] != several[1]
    one = next(resolve.scenarios(case, "one need", 1)).frames["needs"].get_column("quantity")
    assert (one != case.frames["needs"].get_column("quantity")).sum() == 1


def test_every_way_has_the_same_optima() -> None:
    found = {way: resolve.measure(way, "XS")["optima"] for way in resolve.WAYS}
    first = next(iter(found.values()))
    assert all(optima == pytest.approx(first, rel=1e-6) for optima in found.values())


def test_the_tables_of_the_smallest_case() -> None:
    names = [registry.REFERENCE, "capcoop"]
    results = run.measure(["XS"], ["build", "phases"], names, 1)
    assert page.disagreements(results) == []
    text = page.written(results)
    assert "| capcoop |" in text
    assert "extract" in text
    results.race["XS"]["capcoop"][0]["optimum"] *= 1.001
    assert "the optimum of capcoop" in page.disagreements(results)[0]


def test_what_is_no_case_is_told() -> None:
    done = subprocess.run([sys.executable, run.__file__, "XXL"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no case XXL" in done.stderr
