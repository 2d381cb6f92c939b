"""What must hold of every case: the plan costs what the textbook formulation finds, passes the check, and scales."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

pytest.importorskip("pulp")

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import textbook
from capcoop.case import Case, read_case, write_case
from capcoop.errors import CaseError, InfeasibleError, UnboundedError
from capcoop.plan import Plan
from capcoop.plan.verify import verify
from strategies import cases, with_money, with_option, with_unit, without_need
from support import case_of, plan_of
from tiny import Example

SLOW = tuple(HealthCheck)
few = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=SLOW)
NO_PLAN = "no plan"


def read(one: Example) -> Case:
    with tempfile.TemporaryDirectory() as folder:
        return case_of(Path(folder), one.settings, one.tables)


def planned(one: Example) -> tuple[Case | None, Plan | str]:
    """Return the plan, or why there is none. A need or a limit that nothing can meet is an error, and means no plan as well."""
    try:
        case = read(one)
        return case, plan_of(case)
    except (InfeasibleError, CaseError):
        return None, NO_PLAN
    except UnboundedError:
        return None, "unbounded"


def by_textbook(one: Example) -> tuple[str, float | None]:
    try:
        status, objective = textbook.solve(one.settings, one.tables)
    except ValueError:
        return NO_PLAN, None
    return (NO_PLAN if status == "infeasible" else status), objective


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(cases())
def test_plan_is_that_of_the_textbook_and_passes_the_check(one: Example) -> None:
    status, objective = by_textbook(one)
    case, plan = planned(one)
    if isinstance(plan, str):
        assert plan == status
        return
    assert status == "optimal"
    assert case is not None
    assert plan.objective == pytest.approx(objective, rel=1e-6, abs=1e-6)
    verdict = verify(case, plan)
    assert verdict.faults == ()
    assert verdict.objective == pytest.approx(objective, rel=1e-6, abs=1e-6)


@few
@given(cases(limits=False), st.sampled_from([1e-9, 1e-3, 7.0, 1e4, 1e10]))
def test_money_scales_the_cost(one: Example, factor: float) -> None:
    _, plan = planned(one)
    _, scaled = planned(with_money(one, factor))
    if isinstance(plan, str) or isinstance(scaled, str):
        assert plan == scaled
    else:
        assert scaled.objective == pytest.approx(factor * plan.objective, rel=1e-6, abs=1e-6 * factor)


@few
@given(cases(limits=False), st.sampled_from([1e-7, 1e-3, 8.0, 1e4, 1e7]))
def test_unit_of_a_product_leaves_the_cost(one: Example, factor: float) -> None:
    """Counting a product in another unit changes its figures and nothing else."""
    _, plan = planned(one)
    case, scaled = planned(with_unit(one, "good1", factor))
    if isinstance(plan, str) or isinstance(scaled, str):
        assert plan == scaled
    else:
        assert case is not None
        assert scaled.objective == pytest.approx(plan.objective, rel=1e-6, abs=1e-6)
        assert verify(case, scaled).faults == ()


@few
@given(cases(limits=False), st.data())
def test_one_more_option_never_costs_more(one: Example, data: st.DataObject) -> None:
    """An option that need not be built can be left alone."""
    more = data.draw(with_option(one))
    assume(more is not None)
    assert more is not None
    _, plan = planned(one)
    _, richer = planned(more)
    if isinstance(plan, Plan) and isinstance(richer, Plan):
        assert richer.objective <= plan.objective + 1e-6 * max(1.0, abs(plan.objective))
    elif isinstance(plan, Plan):
        assert richer == "unbounded"


@few
@given(cases(limits=False), st.data())
def test_one_need_less_never_costs_more(one: Example, data: st.DataObject) -> None:
    """Where a surplus may be thrown away, what met the need can still be made."""
    disposable = {row["product"] for row in one.tables["products"] if row["disposal"] == "yes"}
    less = data.draw(without_need(one, disposable))
    assume(less is not None)
    assert less is not None
    _, plan = planned(one)
    _, easier = planned(less)
    if isinstance(plan, Plan) and isinstance(easier, Plan):
        assert easier.objective <= plan.objective + 1e-6 * max(1.0, abs(plan.objective))
    elif isinstance(plan, Plan):
        assert easier == "unbounded"


@few
@given(cases(), st.sampled_from(["csv", "parquet"]))
def test_written_case_reads_the_same(one: Example, tables: Literal["csv", "parquet"]) -> None:
    soft = replace(one, settings={"penalty": 100.0, **one.settings})  # a need that nothing can meet keeps a case from being read
    case = read(soft)
    with tempfile.TemporaryDirectory() as folder:
        again = read_case(write_case(case, Path(folder) / "again", tables))
        assert again == case
