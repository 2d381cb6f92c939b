"""Many scenarios of one case, in which needs, prices of imports, or both move by 2 %: each way to solve them all.

A way has `begin(case)`, which is not measured (what is at hand when the scenarios come), and `again(state, case)`, which
returns the optimum of one scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

import instances
import meter
from capcoop import Case, build
from capcoop.case.settings import Solver
from capcoop.solve.highs import load
from capcoop.solve.resolve import Resolver
from registry import Record

SCENARIOS = {"XS": 20, "S": 20, "M": 3}
CHANGE = 0.02
NEEDS, PRICES = ("needs", "quantity"), ("purchases", "price")
KINDS = {"needs": (NEEDS,), "prices": (PRICES,), "both": (NEEDS, PRICES), "one need": (NEEDS,), "one price": (PRICES,)}


@dataclass(frozen=True)
class Way:
    """How the scenarios of a case are solved."""

    begin: Callable[[Case], Any]
    again: Callable[[Any, Case], float]


def _from_nothing(_: Any, case: Case) -> float:  # noqa: ANN401
    """Build the scenario and solve it by the interior point method."""
    solver = load(build(case).program)
    solver.setOptionValue("solver", "ipx")
    solver.setOptionValue("threads", 1)
    solver.run()
    return float(solver.getInfo().objective_function_value)


def _begin(case: Case) -> Resolver:
    resolver = Resolver(build(case), Solver(threads=1))
    resolver.solve()
    return resolver


# The first is what the others are measured against.
WAYS = {
    "rebuild and solve": Way(lambda _: None, _from_nothing),
    "re-solve": Way(_begin, lambda resolver, case: resolver.solve(case).objective),
}


def scenarios(case: Case, kind: str, count: int, seed: int = 2) -> Iterator[Case]:
    """Yield the scenarios: every figure of a kind (or one of them) times a number between 0.98 and 1.02."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        changed = {}
        for table, column in KINDS[kind]:
            height = case.frames[table].height
            factor = random.uniform(1 - CHANGE, 1 + CHANGE, height)
            if kind.startswith("one"):
                factor[np.arange(height) != random.integers(height)] = 1.0
            changed[table] = case.frames[table].with_columns(pl.col(column) * pl.Series(factor))
        yield case.replace(**changed)


def measure(name: str, size: str) -> Record:
    """Solve all scenarios of an instance one way in this process, after those of a tiny one; CPU seconds by kind."""
    way, record = WAYS[name], Record(optima=[])
    for one in ("XS", size):
        case = instances.as_case(instances.make(one))
        state = way.begin(case)
        for kind in KINDS:
            several = list(scenarios(case, kind, SCENARIOS[one]))
            with meter.stage() as stage:
                optima = [way.again(state, scenario) for scenario in several]
            record[kind] = stage.cpu
            record["optima"] += optima if one == size else []
    return record
