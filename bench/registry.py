"""What is measured: cases, and contestants that build the same problem.

A contestant is a module with `build(source)`, which returns a HiGHS that holds the model and is what the clock measures.
It may also have `start(instance)` (what it starts from, before the clock; default: the instance's arrays), `solver(built)`
(a HiGHS from what it built, after the clock; default: that itself) and `unpriced(instance)` (cost that its form leaves out).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import instances

Record = dict[str, Any]
REFERENCE = "limit"
# Name -> module. The first is what the others are measured against; a contestant's package has its name.
CONTESTANTS = {
    REFERENCE: "limit",
    "capcoop": "peers.capcoop",
    "cvxpy": "peers.cvxpy",
    "linopy": "peers.linopy",
    "ortools": "peers.ortools",
    "pyomo": "peers.pyomo",
    "pypsa": "peers.pypsa",
}
SIZES = tuple(instances.SIZES)
BUILT_IN = ("kazakhstan",)
CASES = (*SIZES, *BUILT_IN)
# What is solved: every contestant's model up to size S; on M, which takes long, that of a few. No tool solves L in minutes.
SOLVED = {"XS": tuple(CONTESTANTS), "S": tuple(CONTESTANTS), "M": (REFERENCE, "capcoop", "linopy"), "L": ()}
# How often each is measured; those that take long on L only once.
REPEATS = {"XS": 3, "S": 5, "M": 3, "L": 3, "kazakhstan": 3}
LONG = ("ortools", "pyomo", "pypsa")
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Contestant:
    """The four functions of a contestant."""

    start: Callable[[instances.Instance], Any]
    build: Callable[[Any], Any]
    solver: Callable[[Any], Any]
    unpriced: Callable[[instances.Instance], float]


def installed(name: str) -> bool:
    """Return whether a contestant can be measured."""
    return name == REFERENCE or find_spec(name) is not None


def contestant(name: str) -> Contestant:
    """Import a contestant."""
    module = importlib.import_module(CONTESTANTS[name])

    def itself(what: Any) -> Any:  # noqa: ANN401
        return what

    return Contestant(
        getattr(module, "start", itself), module.build, getattr(module, "solver", itself), getattr(module, "unpriced", lambda _: 0.0)
    )
