"""Whole units: how long until a plan is within 1 % of its proven bound, and until the first plan, in seconds of the clock."""

from __future__ import annotations

import instances
from capcoop import build
from capcoop.case.settings import Solver
from capcoop.solve.highs import Progress
from capcoop.solve.method import solve
from registry import Record

GAP = 0.01
SECONDS = {"S": 60.0, "M": 300.0}


def measure(size: str) -> Record:
    """Plan an instance in whole units, on two cores, in this process."""
    program = build(instances.as_case(instances.make(size), whole=True)).program
    seen: list[Progress] = []
    solution = solve(program, Solver(gap=GAP, time_limit=SECONDS[size], threads=2), seen.append)
    first = next((one.seconds for one in seen if one.best is not None), float("nan"))
    good = next((one.seconds for one in seen if one.gap is not None and one.gap <= 2 * GAP), float("nan"))
    return {"seconds": solution.seconds, "gap": solution.gap, "first": first, "good": good, "optimum": solution.objective}
