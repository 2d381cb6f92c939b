"""Many scenarios of one case, in which needs and prices of imports move by 2 %: each way to solve them all.

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
from capcoop.solve.highs import load
from registry import Record

SCENARIOS, CHANGE = 20, 0.02
CHANGED = {"needs": "quantity", "purchases": "price"}


@dataclass(frozen=True)
class Way:
    """How the scenarios of a case are solved."""

    begin: Callable[[Case], Any]
    again: Callable[[Any, Case], float]


def _from_nothing(_: Any, case: Case) -> float:  # noqa: ANN401
    """Build the scenario and solve it by the interior point method."""
    solver = load(build(case).program)
    solver.setOptionValue("solver", "ipx")
    solver.run()
    return float(solver.getInfo().objective_function_value)


# The first is what the others are measured against.
WAYS = {"rebuild and solve": Way(lambda _: None, _from_nothing)}


def scenarios(case: Case, seed: int = 2) -> Iterator[Case]:
    """Yield the scenarios: every need and every price times a number between 0.98 and 1.02."""
    random = np.random.default_rng(seed)
    for _ in range(SCENARIOS):
        changed = {}
        for table, column in CHANGED.items():
            factor = random.uniform(1 - CHANGE, 1 + CHANGE, case.frames[table].height)
            changed[table] = case.frames[table].with_columns(pl.col(column) * pl.Series(factor))
        yield case.replace(**changed)


def measure(name: str, size: str) -> Record:
    """Solve all scenarios of an instance one way in this process, after those of a tiny one."""
    way = WAYS[name]
    for one in ("XS", size):
        case = instances.as_case(instances.make(one))
        state, several = way.begin(case), list(scenarios(case))
        with meter.stage() as stage:
            optima = [way.again(state, scenario) for scenario in several]
    return {"cpu": stage.cpu, "peak": stage.peak, "optima": optima}
