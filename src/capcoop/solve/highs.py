# ruff: noqa: FBT003  (HiGHS takes its options by position)
"""HiGHS: one hand-over of the whole program, runs that can be stopped, outcomes judged, prices with whole units fixed."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from highspy import _Highs as Highs  # type: ignore[attr-defined]  # the public class prints a banner before it can be silenced

from capcoop.case.cascade import Values
from capcoop.case.settings import Solver
from capcoop.errors import InfeasibleError, SolveError, UnboundedError
from capcoop.model.program import Program

# Above this many coefficients the interior point method beats the simplex method by far on plans.
LARGE = 60_000
# Above this many, what building leaves behind is worth giving back before HiGHS copies the program (tens of MB, milliseconds).
VAST = 1_000_000
# A plan costs what HiGHS says up to so much of it.
TOLD_RIGHT = 1e-6
Status = highspy.HighsModelStatus
Event = highspy.cb.HighsCallbackType
INTERRUPTS = (Event.kCallbackMipInterrupt, Event.kCallbackSimplexInterrupt, Event.kCallbackIpmInterrupt)


@dataclass(frozen=True)
class Progress:
    """How far a run is: seconds, best objective so far (None: no plan yet), proven bound, relative gap."""

    seconds: float
    best: float | None
    bound: float | None
    gap: float | None


@dataclass(frozen=True)
class Solution:
    """Values of all columns, prices of all rows (with whole units fixed), and how good it is.

    status : optimal; else the best plan found so far: enough (as was asked), time limit, interrupted.
    gap : proven relative distance from the optimum.
    """

    status: str
    objective: float
    bound: float
    gap: float
    seconds: float
    values: Values
    prices: Values
    reduced_costs: Values


Watcher = Callable[[Progress], None]


def load(program: Program) -> Highs:
    """Hand the program to HiGHS in one call, which copies it."""
    if len(program.values) >= VAST:
        _return_freed_memory()
    # One process keeps one pool of threads; a run with another number of threads needs a new one.
    Highs.resetGlobalScheduler(True)
    solver = Highs()
    solver.setOptionValue("output_flag", False)
    status = solver.passModel(
        len(program.cost),
        len(program.row_lower),
        len(program.values),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        program.constant,
        program.cost,
        program.lower,
        program.upper,
        program.row_lower,
        program.row_upper,
        program.starts,
        program.indices,
        program.values,
        program.whole.astype(np.int32),
    )
    if status == highspy.HighsStatus.kError:
        raise SolveError("HiGHS refused the program: a coefficient is too large, or not a number")
    return solver


def _return_freed_memory() -> None:
    """Return what building has freed to the system where the C library keeps it (glibc); elsewhere do nothing."""
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def as_relaxation(solver: Highs, program: Program) -> Highs:
    """Let whole units be any number, and choose the method for a linear program of this size."""
    columns = np.flatnonzero(program.whole).astype(np.int32)
    solver.changeColsIntegrality(len(columns), columns, np.zeros(len(columns), np.uint8))
    return with_linear_method(solver, program)


def with_linear_method(solver: Highs, program: Program) -> Highs:
    """Choose the method for a linear program: interior point with crossover when it is large, else the simplex method."""
    if len(program.values) >= LARGE:
        solver.setOptionValue("solver", "ipx")
    return solver


def interruptible(solver: Highs, over: threading.Event) -> Highs:
    """Let the event end any run of the solver."""

    def on_event(_kind: Any, _text: str, _out: Any, ask: Any, _data: Any) -> None:  # noqa: ANN401
        if over.is_set():
            ask.user_interrupt = True

    solver.setCallback(on_event, None)
    for kind in INTERRUPTS:
        solver.startCallback(kind)
    return solver


def judge(solver: Highs, program: Program, limits: Solver, seconds: float) -> Solution:
    """Read the outcome; where HiGHS cannot tell infeasible from unbounded, ask again without presolve."""
    status = solver.getModelStatus()
    if status == Status.kUnboundedOrInfeasible:
        solver.setOptionValue("presolve", "off")
        solver.run()
        status = solver.getModelStatus()
    if status == Status.kInfeasible:
        raise InfeasibleError("no plan meets every need and every limit")
    if status in (Status.kUnbounded, Status.kUnboundedOrInfeasible):
        raise UnboundedError("the cost falls without end: something can be sold for more than it costs, in any amount")
    info = solver.getInfo()
    words = {Status.kOptimal: "optimal", Status.kTimeLimit: "time limit", Status.kInterrupt: "interrupted"}
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if len(program.cost) == 0 or (status == Status.kModelEmpty):
        if (program.row_lower > 0).any() or (program.row_upper < 0).any():
            raise InfeasibleError("no plan meets every need and every limit")
        return Solution(
            "optimal",
            program.constant,
            program.constant,
            0.0,
            seconds,
            np.zeros(len(program.cost)),
            np.zeros(len(program.row_lower)),
            np.zeros(len(program.cost)),
        )
    if status not in words or not feasible:
        reason = words.get(status, solver.modelStatusToString(status).lower())
        raise SolveError(
            f"no plan was found in {seconds:.0f} s ({reason}); allow more time or a larger gap ({limits.time_limit:g} s, {limits.gap:g})"
        )
    found = solver.getSolution()
    whole = bool(program.whole.any())
    return Solution(
        words[status],
        info.objective_function_value,
        info.mip_dual_bound if whole else info.objective_function_value,
        info.mip_gap if whole else 0.0,
        seconds,
        np.array(found.col_value),
        np.array(found.row_dual),
        np.array(found.col_dual),
    )


def costs_as_told(program: Program, values: Values, objective: float) -> bool:
    """Return whether values cost what HiGHS says; without values there is nothing to doubt.

    Where presolve betters the plan that a run starts from, HiGHS (1.16) may tell the better cost with the values it started from.
    """
    cost = program.constant + float(program.cost @ values) if len(values) == len(program.cost) else objective
    return bool(abs(cost - objective) <= TOLD_RIGHT * max(1.0, abs(objective)))


def price(solver: Highs, program: Program, solution: Solution) -> Solution:
    """Fix whole units at what was found and solve the rest once more: exact values and prices."""
    columns = np.flatnonzero(program.whole).astype(np.int32)
    fixed = np.round(solution.values[columns])
    solver.changeColsIntegrality(len(columns), columns, np.zeros(len(columns), np.uint8))
    solver.changeColsBounds(len(columns), columns, fixed, fixed)
    for option, value in (("time_limit", highspy.kHighsInf), ("presolve", "choose")):
        solver.setOptionValue(option, value)
    with_linear_method(solver, program).clearSolver()
    solver.run()
    if solver.getModelStatus() != Status.kOptimal:
        return solution
    found = solver.getSolution()
    objective = solver.getInfo().objective_function_value
    gap = max(0.0, objective - solution.bound) / max(abs(objective), 1e-12) if solution.bound < objective else 0.0
    return replace(
        solution,
        objective=objective,
        gap=gap,
        values=np.array(found.col_value),
        prices=np.array(found.row_dual),
        reduced_costs=np.array(found.col_dual),
    )
