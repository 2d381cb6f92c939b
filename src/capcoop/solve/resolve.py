"""Solving again after a change: the changed numbers go into the loaded solver, which starts from what it knows.

The method follows the kind of change (measured in bench/). A basis stays feasible when costs change, so the primal simplex method
goes on from it; it stays dual feasible when bounds and sides change, so the dual one does. Small programs go on from the last
basis. Large ones go back to the first, and only when few sides change: with many, interior point from nothing is as fast. Each
try has an iteration limit; where it is not enough, the program is solved from nothing.
"""

from __future__ import annotations

import time
from dataclasses import replace

import highspy
import numpy as np
from highspy import _Highs as Highs  # type: ignore[attr-defined]

from capcoop.case.case import Case
from capcoop.case.settings import Solver
from capcoop.model.build import Model
from capcoop.model.program import Program
from capcoop.model.update import update
from capcoop.solve.changes import Changes, changes, same_shape, write
from capcoop.solve.highs import LARGE, Solution, Status, judge, load, price, with_linear_method
from capcoop.solve.method import Enough, solve
from capcoop.solve.rounding import rounded
from capcoop.solve.scaling import is_badly_scaled

DUAL, PRIMAL = 1, 4
# Iterations that a warm start may take, as a share of rows and columns; past it, a cold start is cheaper.
PATIENCE = {"small": 1.0, "large": 0.03}
# Of a large program, more changed sides than this share of the rows are not worth a warm start.
FEW_SIDES = 0.02
# So many changed coefficients are written one by one; with more, the matrix is handed over anew.
FEW_COEFFICIENTS = 1_000
# Of what any plan might save beside a known one, so much is enough to go on from the one that does.
ENOUGH = 0.5
# So many plans in whole units are tried at other numbers before a search begins.
MOST_KNOWN = 3


class Resolver:
    """A model in a solver, ready to be solved again with other numbers.

    Linear programs go on from a basis. With whole units the last plan's units are tried first, and what they cost bounds
    the new search.
    """

    def __init__(self, model: Model, limits: Solver | None = None) -> None:
        """Take a model; nothing is solved yet."""
        self.model = model
        self.limits = limits or model.case.settings.solver
        self._solver: Highs | None = None
        self._basis: highspy.HighsBasis | None = None
        self._last: Solution | None = None
        self._plans: list[Solution] = []  # of programs in whole units, the last ones

    def solve(
        self, case: Case | None = None, gap: float | None = None, cheaper_than: Solution | None = None, *, rounded_first: bool = False
    ) -> Solution:
        """Solve the model, or that of a changed case.

        Parameters
        ----------
        gap : of a plan in whole units, instead of that of the case. cheaper_than : a plan in whole units for this case; the search ends
        with one that saves nearly as much as any could (status `enough`), or with the proof that none is cheaper.
        rounded_first : prove the first plan, too, beside a rounded one.

        Raises
        ------
        CaseError, InfeasibleError, UnboundedError or SolveError, as `build` and `solve` do; the next call starts from nothing.
        """
        model = self.model if case is None else update(self.model, case)
        return self.solve_model(model, gap, cheaper_than, rounded_first=rounded_first)

    def solve_model(
        self, model: Model, gap: float | None = None, cheaper_than: Solution | None = None, *, rounded_first: bool = False
    ) -> Solution:
        """Solve a model of the same shape, such as one with other bounds; all else as of `solve`."""
        known, self._last = self._last, None
        if model.program.whole.any():
            start = self._start(model.program, known, rounded_first) if cheaper_than is None else None
            self._last = self._solve_whole(model, start, gap, cheaper_than)
        elif is_badly_scaled(model.program):  # the scales would be others each time
            self.model, self._solver = model, None
            self._last = solve(model.program, self.limits)
        else:
            self._last = self._solve_linear(model, known)
        return self._last

    def _solve_whole(self, model: Model, start: Solution | None, gap: float | None, cheaper_than: Solution | None) -> Solution:
        self.model = model
        limits = self.limits if gap is None else self.limits.model_copy(update={"gap": gap})
        if cheaper_than is not None:
            return solve(model.program, limits, start=cheaper_than, enough=enough_beside(cheaper_than.objective, limits.gap), near=True)
        found = solve(model.program, limits, start=start, near=True)
        if len(model.program.values) < LARGE:
            self._plans = [found, *self._plans][:MOST_KNOWN]
        return found

    def _start(self, program: Program, known: Solution | None, rounded_first: bool) -> Solution | None:  # noqa: FBT001
        """Return the cheapest plan with the units of one that is known, or a rounded one; None without any."""
        plans = self._plans or ([] if known is None else [known])
        starts = [one for one in (with_units_of(plan, program) for plan in plans) if one is not None]
        found = rounded(program) if (plans or rounded_first) and len(program.values) < LARGE else None
        if found is not None:
            prices, reduced_costs = np.zeros(len(program.row_lower)), np.zeros(len(program.cost))
            starts.append(Solution("rounded", found[1], -np.inf, np.inf, 0.0, found[0], prices, reduced_costs))
        return min(starts, key=lambda one: one.objective, default=None)

    def _solve_linear(self, model: Model, known: Solution | None) -> Solution:
        started = time.monotonic()
        program = model.program
        old = self.model.program
        found = changes(old, program) if same_shape(old, program) else None
        self.model = model
        solver = self._solver
        if solver is None or known is None or found is None or len(found.kinds) or len(found.coefficients) > FEW_COEFFICIENTS:
            solver = self._solver = load(program)
            solver.setOptionValue("threads", self.limits.threads)
        else:
            write(solver, program, found)
            if self._go_on(solver, program, found):
                return judge(solver, program, self.limits, time.monotonic() - started)
        solver.clearSolver()
        solver.setOptionValue("time_limit", solver.getRunTime() + self.limits.time_limit)
        solver.setOptionValue("solver", "choose")
        solver.setOptionValue("simplex_strategy", DUAL)
        with_linear_method(solver, program).run()
        solution = judge(solver, program, self.limits, time.monotonic() - started)
        self._basis = solver.getBasis()
        return solution

    def _go_on(self, solver: Highs, program: Program, found: Changes) -> bool:
        """Solve from a known basis; return whether that came to an end."""
        size = "large" if len(program.values) >= LARGE else "small"
        if size == "large" and len(found.columns) + len(found.rows) > FEW_SIDES * len(program.row_lower):
            return False
        if size == "large" and self._basis is not None:
            solver.setBasis(self._basis)
        limit = int(PATIENCE[size] * sum(program.shape[:2])) + 100
        solver.setOptionValue("solver", "simplex")
        solver.setOptionValue("simplex_strategy", PRIMAL if found.primal_feasible else DUAL)
        solver.setOptionValue("simplex_iteration_limit", limit)
        solver.setOptionValue("time_limit", solver.getRunTime() + self.limits.time_limit)
        solver.run()
        solver.setOptionValue("simplex_iteration_limit", highspy.kHighsIInf)
        return bool(solver.getModelStatus() == Status.kOptimal)


def enough_beside(known: float, gap: float, share: float = ENOUGH) -> Enough:
    """Return whether no plan is cheaper than a known one by more than a gap, or one saves such a share of what any could save."""
    allowed = gap * abs(known)

    def enough(cost: float, bound: float) -> bool:
        saved, most = known - cost, known - bound
        return most <= allowed or (saved > allowed and saved >= share * most)

    return enough


def with_units_of(known: Solution, program: Program) -> Solution | None:
    """Return a known plan's whole units with the rest planned for a program; None where they do not fit it."""
    if len(known.values) != len(program.cost):
        return None
    units = np.round(known.values[program.whole])
    if (units < program.lower[program.whole]).any() or (units > program.upper[program.whole]).any():
        return None
    start = price(load(program), program, replace(known, objective=np.inf, bound=-np.inf))
    return start if np.isfinite(start.objective) else None
