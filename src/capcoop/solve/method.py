# ruff: noqa: FBT003  (HiGHS takes its options by position)
"""The method, chosen by size and kind (measured in bench/): how a program is solved, watched and stopped.

Linear and small: the simplex method. Linear and large: interior point with crossover. Whole units: branch and bound over totals, and
beside it, when it takes long, a search for good plans; each tells the other what it found.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import highspy
import numpy as np
from highspy import _Highs as Highs  # type: ignore[attr-defined]

from capcoop.case.settings import Solver
from capcoop.model.program import Program
from capcoop.solve.apart import parts_of, solve_apart
from capcoop.solve.board import Board
from capcoop.solve.highs import (
    INTERRUPTS,
    LARGE,
    Event,
    Progress,
    Solution,
    Status,
    Watcher,
    costs_as_told,
    judge,
    load,
    price,
    with_linear_method,
)
from capcoop.solve.neighbourhood import improve
from capcoop.solve.rounding import counts_of, relax, relax_and_fix
from capcoop.solve.scaling import scales_of
from capcoop.solve.totals import Totals, totals_of, unchanged

POLL_SECONDS = 0.1
# Most programs are solved to their end before this; a search beside would only cost.
PATIENCE_SECONDS = 2.0
# Good plans come from the search beside; what HiGHS would spend on the same is better spent on the proof.
BESIDE_A_SEARCH = {"mip_heuristic_effort": 0.01, "mip_heuristic_run_rins": False, "mip_heuristic_run_root_reduced_cost": False}
# Beside a good plan HiGHS need look for none, nor begin anew at the root, which such a plan tempts it to: what is left is the proof. Where
# so many nodes do not end it, the plan was not good enough, and the search goes on in the usual way.
BESIDE_A_PLAN = {
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_allow_restart": False,
    "mip_max_nodes": 500,
    "mip_rel_gap": 1e-9,
}
# Such a proof goes to the last while it is short, so that a known plan does not stay only because it is good enough for the gap.
EXACT_NODES = 100
# What the search hands over must be better than what branch and bound has by more than rounding errors.
LEAST_GAIN = 1e-9
Enough = Callable[[float, float], bool]


def solve(
    program: Program,
    limits: Solver,
    watch: Watcher | None = None,
    stop: threading.Event | None = None,
    log: str = "",
    start: Solution | None = None,
    enough: Enough | None = None,
    near: bool = False,  # noqa: FBT001, FBT002
) -> Solution:
    """Solve a program.

    Parameters
    ----------
    limits : gap, time limit, threads (from two on, a search for good plans runs beside branch and bound).
    watch : called now and then with the progress. stop : set it to end the run with the best plan so far.
    log : file for HiGHS's own log. start : a plan in whole units that is known already. near : it is nearly the best, so that the proof is
    all that takes time.
    enough : of branch and bound on a program of one part: whether the best cost so far and the bound are enough.

    Raises
    ------
    InfeasibleError, UnboundedError, or SolveError where no plan was found within the limits.
    """
    scales = scales_of(program)
    if scales is None:
        return _solve_parts(program, limits, watch, stop, log, start, partial(_solve, enough=enough, near=near))
    seen = None if watch is None else lambda progress: watch(scales.progress(progress))
    met = None if enough is None else lambda best, bound: enough(best / scales.cost, bound / scales.cost)
    return scales.solution(_solve_parts(scales.program(program), limits, seen, stop, log, None, partial(_solve, enough=met)))


def _solve_parts(
    program: Program,
    limits: Solver,
    watch: Watcher | None,
    stop: threading.Event | None,
    log: str,
    start: Solution | None,
    one: Callable[..., Solution],
) -> Solution:
    parts = parts_of(program)
    if len(parts) == 1:
        return one(program, limits, watch, stop, log, start)
    return solve_apart(program, parts, limits, watch, stop, log, start, one)


def _solve(
    program: Program,
    limits: Solver,
    watch: Watcher | None,
    stop: threading.Event | None,
    log: str,
    start: Solution | None,
    *,
    enough: Enough | None = None,
    near: bool = False,
) -> Solution:
    started = time.monotonic()
    totals = (totals_of(program) if len(program.values) < LARGE else None) or unchanged(program)
    solver = load(totals.program)
    _set_options(solver, program, limits, log)
    if not program.whole.any() and len(program.values) < LARGE:
        solver.run()
        return judge(solver, program, limits, time.monotonic() - started)
    board, stop = Board(limits.gap), stop or threading.Event()
    if start is not None:
        board.offer(start.values, start.objective)
    beside = near and start is not None and len(program.values) < LARGE
    tasks = [lambda: _prove(solver, board, totals, beside, enough)]
    if _searches(program, limits):
        tasks.append(lambda: _find(program, board))
    _run_all(tasks, board, lambda: _watch(board, limits, started, watch, stop))
    met = _is_enough(board, enough)
    return _outcome(solver, program, totals, limits, board, started, "enough" if met else "interrupted" if stop.is_set() else "time limit")


def _searches(program: Program, limits: Solver) -> bool:
    """Return whether a search for good plans runs beside the proof."""
    return bool(program.whole.any()) and limits.threads > 1


def _set_options(solver: Highs, program: Program, limits: Solver, log: str) -> None:
    options: dict[str, Any] = {
        "threads": max(1, limits.threads - 1) if program.whole.any() else limits.threads,
        "time_limit": limits.time_limit,
        "mip_rel_gap": limits.gap,
        "mip_abs_gap": 0.0,
        "mip_feasibility_tolerance": 1e-7,
    }
    if len(program.values) >= LARGE:
        options |= {"mip_lp_solver": "ipx", "mip_ipm_solver": "ipx"}
    if _searches(program, limits) and len(program.values) < LARGE:
        options |= BESIDE_A_SEARCH
    for name, value in options.items():
        solver.setOptionValue(name, value)
    if not program.whole.any():
        with_linear_method(solver, program)
    if log:
        solver.setOptionValue("log_to_console", False)
        solver.setOptionValue("log_file", log)
        solver.setOptionValue("output_flag", True)


def _prove(solver: Highs, board: Board, totals: Totals, beside: bool, enough: Enough | None) -> None:  # noqa: FBT001
    """Run HiGHS on the whole program with its totals: it tells its bounds and plans, and takes better plans from the board.

    beside : try first what only proves, beside the plan on the board (0048). enough : as in `solve`.
    """
    if beside and _prove_beside(solver, board, totals, enough):
        return
    _run(solver, board, totals, board.best[1], enough, board.goal)


def _prove_beside(solver: Highs, board: Board, totals: Totals, enough: Enough | None) -> bool:
    """Prove beside the plan on the board, with nothing that looks for others; return whether that came to an end.

    Where it ends with a cost and values that do not belong together (`costs_as_told`), once more without presolve.
    """
    goal = board.goal
    usual = {name: solver.getOptionValue(name)[1] for name in (*BESIDE_A_PLAN, "presolve")}
    ended = False
    for presolve in ("choose", "off"):
        board.goal = min(goal, BESIDE_A_PLAN["mip_rel_gap"])
        for name, value in {**BESIDE_A_PLAN, "presolve": presolve}.items():
            solver.setOptionValue(name, value)
        values, known = board.best
        solution = highspy.HighsSolution()
        solution.col_value = totals.changed(np.zeros(len(totals.program.cost)) if values is None else values).tolist()
        solver.setSolution(solution)
        _run(solver, board, totals, known, enough, goal)
        ended = solver.getModelStatus() != Status.kSolutionLimit
        if not ended or costs_as_told(totals.program, np.array(solver.getSolution().col_value), solver.getInfo().objective_function_value):
            break
        solver.clearSolver()
    board.goal = goal
    for name, value in usual.items():
        solver.setOptionValue(name, value)
    if not ended:
        solver.clearSolver()
    return ended


def _run(solver: Highs, board: Board, totals: Totals, known: float, enough: Enough | None, goal: float) -> None:
    """Run HiGHS once.

    known : cost of the plan that the run starts from, which the usual one is not given, as it takes longer (0034). goal : the gap that
    is enough when it has taken long.
    """

    def on_event(kind: Any, _text: str, out: Any, ask: Any, _data: Any) -> None:  # noqa: ANN401
        if kind == Event.kCallbackMipImprovingSolution:
            told, cost = np.array(out.mip_solution), out.objective_function_value
            if costs_as_told(totals.program, told, cost):
                board.offer(totals.plan(told), cost)
        elif kind == Event.kCallbackMipUserSolution:
            values, objective = board.best
            if values is not None and objective < min(known, out.mip_primal_bound) - LEAST_GAIN * max(1.0, abs(objective)):
                ask.setSolution(totals.changed(values))
        else:
            if kind == Event.kCallbackMipInterrupt:
                board.raise_bound(out.mip_dual_bound)
                if board.goal < goal and out.mip_node_count >= EXACT_NODES:
                    board.goal = goal
            if board.over.is_set() or _is_enough(board, enough):
                ask.user_interrupt = True

    solver.setCallback(on_event, None)
    for kind in (*INTERRUPTS, Event.kCallbackMipImprovingSolution, Event.kCallbackMipUserSolution):
        solver.startCallback(kind)
    solver.run()
    solver.setCallback(None, None)


def _is_enough(board: Board, enough: Enough | None) -> bool:
    """Return whether there is a plan, and it and the bound are enough."""
    values, objective = board.best
    return enough is not None and values is not None and enough(objective, board.bound)


def _find(program: Program, board: Board) -> None:
    """Look for good plans beside the proof."""
    if len(program.values) < LARGE:
        board.over.wait(PATIENCE_SECONDS)
    relaxed = None if board.over.is_set() else relax(program, board)
    if relaxed is not None:
        counts = counts_of(program)
        relax_and_fix(program, counts, *relaxed, board)
        improve(program, counts, relaxed[1], board)


def _watch(board: Board, limits: Solver, started: float, watch: Watcher | None, stop: threading.Event) -> None:
    """Tell the progress, and say when it is enough."""
    seconds = time.monotonic() - started
    if watch is not None:
        _, objective = board.best
        best, bound, gap = (value if np.isfinite(value) else None for value in (objective, board.bound, board.gap))
        watch(Progress(seconds, best, bound, gap))
    if stop.is_set() or board.gap <= board.goal or seconds > limits.time_limit:
        board.over.set()


def _run_all(tasks: list[Callable[[], None]], board: Board, look: Callable[[], None]) -> None:
    """Run tasks in threads until the first one, the proof, has ended; the main thread looks on and hears Ctrl-C."""
    faults: list[BaseException] = []

    def guarded(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as fault:  # noqa: BLE001  (raised again below, in the main thread)
            faults.append(fault)
            board.over.set()

    workers = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for worker in workers:
        worker.start()
    try:
        while workers[0].is_alive():
            workers[0].join(POLL_SECONDS)
            look()
    finally:
        # Whatever happens here, HiGHS must have left its callbacks before the solvers go away.
        board.over.set()
        for worker in workers:
            worker.join()
    if faults:
        raise faults[0]


def _outcome(solver: Highs, program: Program, totals: Totals, limits: Solver, board: Board, started: float, word: str) -> Solution:
    """Judge the run, whoever found the best plan; then fix its whole units for exact values and prices.

    word : the status where it is not proven to be the best.
    """
    status, info = solver.getModelStatus(), solver.getInfo()
    if program.whole.any() and info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        told = np.array(solver.getSolution().col_value)
        if costs_as_told(totals.program, told, info.objective_function_value):
            board.offer(totals.plan(told), info.objective_function_value)
    values, objective = board.best
    # A plan may have been found on the way to the proof that the cost falls without end.
    if values is None or status in (Status.kUnbounded, Status.kUnboundedOrInfeasible):
        return judge(solver, program, limits, time.monotonic() - started)
    board.raise_bound(info.mip_dual_bound)
    proven = status == Status.kOptimal or board.gap <= limits.gap
    unpriced = np.zeros(len(program.row_lower)), np.zeros(len(program.cost))
    found = Solution("optimal" if proven else word, objective, min(board.bound, objective), board.gap, 0.0, values, *unpriced)
    own = solver if totals.program is program else load(program)
    return replace(price(own, program, found), seconds=time.monotonic() - started)
