"""The loop of plan and financing: what capital costs, once a plan is financed, goes back into the plan until both agree.

Round 0 plans at the discount rate of the case. Each further round multiplies what every option costs to build by what its capital
costs, as the financing of the round before has it; amounts of investment stay what is really paid. Where a plan passes the debt ceiling or
the budget of a government, all further rounds carry that as a limit. A round whose costs of capital were met before ends the loop: those of
the last one mean agreement. Those of an earlier one are a cycle: the options that alternate keep, from then on, the loan that they were
last given when they were built, even in rounds that do not build them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from capcoop.case import Case
from capcoop.case.cascade import Values
from capcoop.errors import InfeasibleError, UsageError
from capcoop.model.build import Model, build
from capcoop.model.program import Program
from capcoop.money.gains.capital import Capital, capital_of, debts_of, factors_of, offered
from capcoop.money.gains.ceilings import ceilings_of, loads_of, passed, with_ceilings
from capcoop.money.gains.ledger import ledger_of
from capcoop.money.gains.tables import FINANCING_TABLES
from capcoop.plan.baseline import baseline_of
from capcoop.plan.extract import extract
from capcoop.plan.tables import Plan, table_schema
from capcoop.solve.highs import Solution, Watcher
from capcoop.solve.method import solve
from capcoop.solve.resolve import with_units_of

MOST_ROUNDS = 10
CLOSE = 1e-6  # by so much costs of capital of two rounds may differ
ROUNDS_TABLE, LIMITS_TABLE = "financing_rounds", "financing_limits"
State = Literal["agreed", "cycle", "not agreed", "stopped"]
Ways = tuple[Watcher | None, threading.Event | None, str]


@dataclass(frozen=True, eq=False)
class Charge:
    """What a round plans with, or what its financing yields.

    cost : of capital (options; NaN: paid yearly). factor : by which it multiplies what building costs. enforced : which ceilings are
    limits. coefficients : of investment in them (ceilings x options x periods).
    """

    cost: Values
    factor: Values
    enforced: np.ndarray
    coefficients: Values

    @property
    def state(self) -> Values:
        """Everything that decides the next plan, as one row of numbers."""
        limits = self.coefficients * self.enforced[:, None, None]
        return np.concatenate([np.nan_to_num(self.cost), limits.ravel(), self.enforced.astype(np.float64)])


@dataclass(frozen=True, eq=False)
class Round:
    """One round: its plan, told at the case's own costs, and one value an option for what its financing yields.

    charged, following : what it planned with, and what its financing yields. gearing : what each loan pays of all uses (loans x options).
    objectives : present cost of the plan as it was charged, as its own financing has it, and at the case's own rate. loads : what of each
    ceiling it uses.
    """

    case: Case
    plan: Plan
    charged: Charge
    following: Charge
    gearing: Values
    capital: Capital
    objectives: tuple[float, float, float]
    loads: Values

    @property
    def change(self) -> Values:
        """By how much the cost of capital of each option differs from what was charged (0 where there is none)."""
        return np.nan_to_num(self.following.cost - self.charged.cost)


@dataclass(frozen=True, eq=False)
class Financed:
    """A plan that knows what its capital costs.

    case : as it was planned, with the ceilings that are limits. plan : told at the case's own costs, so that it can be checked and
    appraised. baseline : None where there is none, `why` says so. rounds : a row for each round and option. limits : one for each ceiling.
    state : agreed; cycle; not agreed after the last round; stopped early. kept : the round whose plan this is. cycle : first and last round
    of a cycle that was met, () for none. alternating : the options that changed with it. objective : present cost of the plan as its
    own financing has it. cheaper : an earlier round whose plan costs less as it is financed, -1 for none.
    """

    case: Case
    plan: Plan
    baseline: Plan | None
    why: str
    rounds: pl.DataFrame
    limits: pl.DataFrame
    state: State
    kept: int
    cycle: tuple[int, ...]
    alternating: tuple[str, ...]
    objective: float
    cheaper: int


def plan_financed(
    case: Case, *, watch: Watcher | None = None, stop: threading.Event | None = None, log: str = "", rounds: int = MOST_ROUNDS
) -> Financed:
    """Plan a case until the cost of capital that financing yields is that of the plan.

    Parameters
    ----------
    watch, stop, log : as in `solve`. rounds : most plans that are made, the first included.

    Raises
    ------
    UsageError : the case says nothing of terms, loans or options; CaseError and SolveError as `build` and `solve` do.
    """
    _require(case)
    loop = _Loop(case, (watch, stop, log))
    return loop.answer(loop.run(rounds))


def _require(case: Case) -> None:
    """Raise UsageError where a case has nothing to finance, or does not say how."""
    for table, what in (
        ("options", "there is nothing to build and to finance"),
        ("loans", "state loans.csv: rate and years at least"),
        ("terms", "state terms.csv: what owners ask for (hurdle) and what is taxed (profit_tax)"),
    ):
        if not len(case[table]):
            raise UsageError(f"--financed asks for what capital costs, but the case has no {table}; {what}")


class _Loop:
    """The rounds in the making."""

    def __init__(self, case: Case, ways: Ways) -> None:
        self.case, self.ways = case, ways
        self.own, self.model = offered(case), build(case)
        self.ceilings = ceilings_of(case, self.own)
        self.baseline, self.why = baseline_of(self.model)
        self.made: list[Round] = []
        self.known: Solution | None = None
        self.unbuilt = self.own.most.copy()  # the gearing of what a round does not build, by loan
        self.sized = np.full(self.unbuilt.shape, np.nan)  # the gearing of each option when it was last built, by loan
        self.since = 0  # rounds before were planned by other rules
        self.cycle: tuple[int, ...] = ()
        self.alternating: tuple[str, ...] = ()

    def run(self, rounds: int) -> State:
        """Plan until plan and financing agree; return how that ended."""
        count, annual = len(self.own.annual), self.own.annual
        rate = np.where(annual, np.nan, self.case.settings.discount_rate)
        none = np.zeros(len(self.ceilings), bool), self.ceilings.coefficients(np.zeros(self.unbuilt.shape))
        charge, state = Charge(rate, np.ones(count), *none), "not agreed"
        for _ in range(rounds):
            if not self._plan(charge):
                return "stopped"
            met = self._met()
            if met == len(self.made) - 1:
                return "agreed"
            if met >= 0:
                state = "cycle"
                if not self._hold(met):
                    break
            charge = self.made[-1].following
        return state  # type: ignore[return-value]

    def _plan(self, charge: Charge) -> bool:
        """Make a round; return whether it was planned to its end."""
        case = with_ceilings(self.case, self.ceilings, charge.coefficients, charge.enforced)
        model = self.model if case is self.case else build(case)
        program = charged_program(model, charge.factor)
        try:
            self.known = _solved(program, case, self.known, self.ways)
        except InfeasibleError as error:
            if not charge.enforced.any():
                raise
            raise InfeasibleError(f"{error} within {self._told(charge.enforced)}") from None
        plan = extract(model, self.known)
        done = self.known.status == "optimal"
        if done or not self.made:
            self.made.append(self._round(case, plan, charge))
        return done

    def _told(self, enforced: np.ndarray) -> str:
        return "the " + " and the ".join(name for name, held in zip(self.ceilings.names(self.case), enforced, strict=True) if held)

    def _round(self, case: Case, plan: Plan, charge: Charge) -> Round:
        """Return a round from its plan, which tells the charged objective."""
        gearing = self._gearing(plan) if plan.outcome["status"] == "optimal" else self.unbuilt
        capital = capital_of(self.own.loans, gearing)
        factor = factors_of(self.case, self.own, capital)
        coefficients = self.ceilings.coefficients(debts_of(self.own.loans, gearing))
        loads = loads_of(self.case, plan, coefficients)
        enforced = charge.enforced | passed(self.ceilings, loads)
        following = Charge(np.where(self.own.annual, np.nan, capital.cost), factor, enforced, coefficients)
        option = np.array([self.case.names["options"].index(name) for name in plan["builds"].get_column("option").to_list()], np.int64)
        present = plan["builds"].get_column("present_cost").to_numpy()
        at_own = plan.objective - float((charge.factor[option] - 1.0) @ present)
        as_financed = at_own + float((factor[option] - 1.0) @ present)
        told = Plan({**plan.outcome, "objective": at_own}, plan.tables)
        return Round(case, told, charge, following, gearing, capital, (plan.objective, as_financed, at_own), loads)

    def _gearing(self, plan: Plan) -> Values:
        """Return the share of uses that each loan pays (loans x options): as coverage sizes those of what is built, else `unbuilt`."""
        ledger = ledger_of(self.case, plan, self.baseline)
        count, options = len(ledger.built), len(self.own.annual)

        def by_option(amount: Values) -> Values:
            return np.asarray(np.bincount(ledger.built.option, amount[:count], minlength=options), np.float64)

        settled = ledger.settled
        debt, uses = np.stack([by_option(one.amount) for one in settled.lent]), by_option(settled.once["loan"] + settled.once["equity"])
        share = np.divide(debt, uses, out=np.zeros(debt.shape), where=uses > 0)
        self.sized = np.where(uses > 0, share, self.sized)
        return np.where(self.own.annual, 0.0, np.where(uses > 0, share, self.unbuilt))

    def _met(self) -> int:
        """Return the round that was charged what the last one yields; -1: none."""
        found = self.made[-1].following.state
        for number in range(len(self.made) - 1, min(self.since, len(self.made) - 1) - 1, -1):
            if np.abs(found - self.made[number].charged.state).max(initial=0.0) <= CLOSE:
                return number
        return -1

    def _hold(self, met: int) -> bool:
        """Let the options that alternate in a cycle keep the loan that they were last given; return whether that changes anything."""
        changing = _alternating(self.case, self.made[met:])
        names = self.case.names["options"]
        if not self.cycle:
            self.cycle, self.alternating = (met, len(self.made) - 1), tuple(names[i] for i in changing)
        held = self.unbuilt.copy()
        last_given = self.sized[:, changing]
        held[:, changing] = np.where(np.isnan(last_given), held[:, changing], last_given)
        if np.array_equal(held, self.unbuilt):
            return False
        self.unbuilt, self.since = held, len(self.made)
        last = self.made[-1]
        charged = Plan({**last.plan.outcome, "objective": last.objectives[0]}, last.plan.tables)
        self.made[-1] = self._round(last.case, charged, last.charged)
        return True

    def answer(self, state: State) -> Financed:
        """Return the answer: the last round; where nothing agrees, the one within all ceilings whose plan costs least as financed."""
        last = len(self.made) - 1
        sound = [number for number, one in enumerate(self.made) if not passed(self.ceilings, one.loads).any()] or [last]
        least = min(sound, key=lambda number: self.made[number].objectives[1])
        kept = least if state in {"cycle", "not agreed"} else last
        found = self.made[kept]
        less = found.objectives[1] - self.made[least].objectives[1]
        cheaper = least if less > max(self.case.settings.solver.gap, 1e-9) * abs(found.objectives[1]) else -1
        table = pl.concat([_rows(self.case, number, one) for number, one in enumerate(self.made)])
        limits = self._limits(found)
        record: dict[str, Any] = {
            "state": state,
            "rounds": len(self.made),
            "kept": kept,
            "cycle": list(self.cycle),
            "alternating": list(self.alternating),
        }
        record |= _figures(found) | {"cheaper": cheaper, "limits": limits.to_dicts()}
        plan = Plan({**found.plan.outcome, **_outcome(self.made, kept, state), "financed": record}, found.plan.tables)
        plan = Plan(plan.outcome, {**plan.tables, ROUNDS_TABLE: table, LIMITS_TABLE: limits})
        without = self.baseline, self.why
        return Financed(found.case, plan, *without, table, limits, state, kept, self.cycle, self.alternating, found.objectives[1], cheaper)

    def _limits(self, kept: Round) -> pl.DataFrame:
        """Return what each ceiling is used, and whether it binds: the plan without ceilings costs less, and passes it."""
        ceilings, binds, saved = self.ceilings, np.zeros(len(self.ceilings), bool), 0.0
        if kept.charged.enforced.any():
            free = _solved(charged_program(self.model, kept.charged.factor), self.case, None, self.ways)
            saved = kept.objectives[0] - free.objective
            if saved > max(self.case.settings.solver.gap, 1e-9) * abs(free.objective):
                loads = loads_of(self.case, extract(self.model, free), kept.charged.coefficients)
                binds = kept.charged.enforced & passed(ceilings, loads)
        countries, periods = self.case.names["countries"], self.case.names["periods"]
        frame = {
            "limit": list(ceilings.kind),
            "country": [countries[i] for i in ceilings.country],
            "period": [periods[i] for i in ceilings.period],
            "most": ceilings.value,
            "used": kept.loads,
            "enforced": ["yes" if held else "no" for held in kept.charged.enforced],
            "binds": ["yes" if bound else "no" for bound in binds],
            "cost": np.where(binds, saved, 0.0),
        }
        return pl.DataFrame(frame, schema=table_schema(FINANCING_TABLES[LIMITS_TABLE]))


def charged_program(model: Model, factor: Values) -> Program:
    """Return the program of a model with the building costs of each option multiplied; investment in limits stays what is paid."""
    own = model.parts.decisions
    cost = model.program.cost.copy()
    for option, period, column, amount in (
        (own.build_option, own.build_period, own.build_column, own.build_cost),
        (own.size_option, own.size_period, own.size_column, own.size_cost),
    ):
        np.add.at(cost, column, (factor[option] - 1.0) * amount * own.present[option, period])
    return replace(model.program, cost=cost)


def _solved(program: Program, case: Case, before: Solution | None, ways: Ways) -> Solution:
    """Return a plan of least cost within the gap of the case: in whole units the one of the round before, if that is one still."""
    limits = case.settings.solver
    start = with_units_of(before, program) if before is not None and program.whole.any() else None
    found = solve(program, limits, *ways, start)
    if start is None or found.status != "optimal":
        return found
    gap = max(start.objective - found.bound, 0.0) / max(abs(start.objective), 1e-300)
    return found if gap > limits.gap else replace(start, status="optimal", bound=found.bound, gap=gap, seconds=found.seconds)


def _outcome(made: Sequence[Round], kept: int, state: State) -> dict[str, Any]:
    """Return bound, gap and seconds of the kept plan at the case's own costs: no plan costs less than the bound of round 0."""
    objective, bound = made[kept].objectives[2], float(made[0].plan.outcome["bound"])
    gap = max(objective - bound, 0.0) / max(abs(objective), 1e-300) if np.isfinite(bound) else float("inf")
    seconds = round(sum(float(one.plan.outcome["seconds"]) for one in made), 3)
    return {"bound": bound, "gap": gap, "seconds": seconds} | ({} if state != "stopped" else {"status": "interrupted"})


def _figures(one: Round) -> dict[str, float]:
    """Return what the outcome says of the round that is kept."""
    charged, as_financed, _ = one.objectives
    change = float(np.abs(one.change).max(initial=0.0))
    return {"objective": as_financed, "charged_objective": charged, "gap": float(one.plan.outcome["gap"]), "largest_change": change}


def _amounts(case: Case, plan: Plan) -> tuple[Values, list[str]]:
    """Return how much of each option is built, and its unit: new capacity, or builds where it has no capacity of its own."""
    options = case["options"]
    lines, channels = options.codes("line"), options.codes("channel")
    own = (lines >= 0) | (channels >= 0)
    names = case.names["options"]
    totals = plan["builds"].group_by("option").agg(pl.col("new_capacity", "builds").sum())
    sizes = {name: (size, builds or 0.0) for name, size, builds in totals.iter_rows()}
    amounts = np.array([sizes.get(name, (0.0, 0.0))[0 if held else 1] for name, held in zip(names, own, strict=True)])
    of_lines, of_channels = case.unit("lines"), case.unit("channels")
    units = [of_lines[i] if i >= 0 else of_channels[j] if j >= 0 else "builds" for i, j in zip(lines, channels, strict=True)]
    return amounts, units


def _rows(case: Case, number: int, one: Round) -> pl.DataFrame:
    """Return the rows of a round."""
    amounts, units = _amounts(case, one.plan)
    count = len(amounts)
    frame = {
        "round": np.full(count, float(number)),
        "option": list(case.names["options"]),
        "built": amounts,
        "unit": units,
        "charged": one.charged.cost,
        "factor": one.charged.factor,
        "gearing": np.where(np.isnan(one.charged.cost), np.nan, one.gearing.sum(axis=0)),
        "cost_of_debt": one.capital.debt,
        "cost_of_capital": one.following.cost,
        "change": np.where(np.isnan(one.following.cost), np.nan, one.change),
        "objective": np.full(count, one.objectives[0]),
        "financed_objective": np.full(count, one.objectives[1]),
        "own_objective": np.full(count, one.objectives[2]),
    }
    return pl.DataFrame(frame, schema=table_schema(FINANCING_TABLES[ROUNDS_TABLE])).with_columns(pl.col(pl.Float64).fill_nan(None))


def _alternating(case: Case, ring: Sequence[Round]) -> list[int]:
    """Return the options whose builds differ between the rounds of a cycle."""
    amounts = np.stack([_amounts(case, one.plan)[0] for one in ring])
    spread = amounts.max(axis=0) - amounts.min(axis=0)
    return [int(i) for i in np.flatnonzero(spread > CLOSE * np.maximum(1.0, amounts.max(axis=0)))]
