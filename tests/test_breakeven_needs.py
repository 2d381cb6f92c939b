"""Break-evens of needs in whole units: against all combinations of units, and proofs beside a known plan against those from nothing."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capcoop import Sweep
from capcoop.case.settings import Solver
from capcoop.model.build import build
from capcoop.solve import method
from capcoop.solve.method import solve
from capcoop.solve.resolve import with_units_of
from support import write_example
from test_breakeven import search

MOST_UNITS = 3
NEED, PRICE = 60.0, 9.0
TARGET = "needs/port;urea/quantity"


class Works:
    """Works of several sizes and running costs that make one product, which can also be bought."""

    def __init__(self, seed: int, count: int = 3) -> None:
        """Draw them."""
        random = np.random.default_rng(seed)
        self.sizes, self.costs = random.integers(6, 30, count).astype(float), random.uniform(0.5, 4, count)
        self.fixed = self.sizes * random.uniform(1.5, 4.5, count) + random.uniform(10, 40, count)
        self.names = [f"works-{place}" for place in range(count)]

    def write(self, folder: Path) -> Path:
        """Write the case."""
        rows: list[tuple[str, float, float, float]] = list(zip(self.names, self.sizes, self.costs, self.fixed, strict=True))
        made: dict[str, list[dict[str, Any]]] = {
            "sites": [{"site": "port"}],
            "products": [{"product": "urea", "unit": "kt"}],
            "lines": [{"line": f"line-{name}", "unit": "kt/year"} for name, *_ in rows],
            "processes": [{"process": f"make-{name}", "line": f"line-{name}", "cost": repr(float(cost))} for name, _, cost, _ in rows],
            "recipes": [{"process": f"make-{name}", "product": "urea", "quantity": "1"} for name, *_ in rows],
            "options": [
                {"option": name, "site": "port", "line": f"line-{name}", "life": "10", "charge": "annual"}
                | {"fixed_build_cost": repr(float(fixed)), "unit_size": repr(float(size)), "maximum_total": repr(float(MOST_UNITS * size))}
                for name, size, _, fixed in rows
            ],
            "needs": [{"site": "port", "product": "urea", "quantity": repr(NEED)}],
            "purchases": [{"purchase": "abroad", "site": "port", "product": "urea", "price": repr(PRICE)}],
        }
        return write_example(folder, {}, made)

    def least(self, need: float) -> tuple[float, np.ndarray, float]:
        """Return the least cost at a need, the units that cost it, and how much more the best with other works built costs."""
        units = np.array(list(product(range(MOST_UNITS + 1), repeat=len(self.sizes))))
        left, cost = np.full(len(units), need), units @ self.fixed
        for place in np.argsort(self.costs):
            made = np.minimum(left, units[:, place] * self.sizes[place])
            left, cost = left - made, cost + made * self.costs[place]
        cost = cost + left * PRICE
        best = int(np.argmin(cost))
        others = ((units > 0) != (units[best] > 0)).any(axis=1)
        return float(cost[best]), units[best], float(cost[others].min() - cost[best])


def built(works: Works, need: float) -> str:
    return ", ".join(name for name, count in zip(works.names, works.least(need)[1], strict=True) if count) or "nothing"


@pytest.mark.parametrize("seed", range(12))
def test_needs_in_whole_units_change_the_plan_where_all_combinations_of_units_do(tmp_path: Path, seed: int) -> None:
    works = Works(seed)
    found = search(works.write(tmp_path), f"{TARGET}=5:160", until="change", sets=("threads=1",))
    for value, words, answer in found.points:
        cost, _, apart = works.least(value)
        assert answer.cost == pytest.approx(cost, rel=1e-7)
        assert words == built(works, value) or apart <= 1e-6 * cost
    assert found.changes
    for change in found.changes:
        assert change.high - change.low <= 1e-4 * change.high
        assert change.below.cost == pytest.approx(works.least(change.low)[0], rel=1e-6)
        assert change.above.cost == pytest.approx(works.least(change.high)[0], rel=1e-6)
        aside = 1e-3 * change.value
        sides = [built(works, value) for value in (change.low - aside, change.high + aside)]
        assert sides == [change.before, change.after]
        assert change.before != change.after


@pytest.mark.parametrize("seed", range(6))
def test_one_works_enters_where_all_combinations_of_units_say(tmp_path: Path, seed: int) -> None:
    works = Works(seed)
    name = works.names[seed % 3]
    found = search(works.write(tmp_path), f"{TARGET}=5:160", until=name, sets=("threads=1",), between=9)
    values = [value for value, _, _ in found.points]
    truth = [name in built(works, value).split(", ") for value in values]
    changed = [pair for pair, states in zip(pairwise(values), pairwise(truth), strict=True) if states[0] != states[1]]
    assert bool(found.changes) == bool(changed)
    for change in found.changes:
        aside = 5e-4 * change.value
        states = [name in built(works, value).split(", ") for value in (change.low - aside, change.high + aside)]
        assert states == [change.before == "built", change.after == "built"]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("nodes", [0, 1, 500])
def test_a_proof_beside_a_known_plan_finds_what_one_from_nothing_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, nodes: int
) -> None:
    """Also where the known plan is bad, and where so few nodes are allowed that the usual search has to end it."""
    monkeypatch.setitem(method.BESIDE_A_PLAN, "mip_max_nodes", nodes)
    works = Works(seed, 4)
    sweep = Sweep(works.write(tmp_path), sets=("threads=1", "gap=0.05"))
    varied = sweep.vary(TARGET)
    limits: Solver = varied.case.settings.solver
    far = build(varied.at(150.0)[0]).program
    near = build(varied.at(70.0)[0]).program
    known = solve(far, limits)
    start = with_units_of(known, near)
    assert start is not None
    found = solve(near, limits, start=start, near=True)
    cost, _, _ = works.least(70.0)
    assert start.objective > cost
    assert found.objective == pytest.approx(float(near.cost @ found.values) + near.constant)
    assert cost * (1 - 1e-9) <= found.objective <= cost * (1.05 if nodes < 500 else 1 + 1e-7)
    assert found.bound <= cost * (1 + 1e-9)
