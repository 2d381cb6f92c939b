"""Independent parts solved one after the other give the plan of the whole, its prices and its proven gap."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import capcoop.solve.apart
from capcoop import build, extract, verify
from capcoop.case import Case
from capcoop.solve.apart import parts_of
from capcoop.solve.highs import Progress
from capcoop.solve.method import solve
from strategies import cases
from support import case_of, plan_of
from test_properties import by_textbook, planned
from tiny import Example, read

PERIODS = "period, start, years / " + " / ".join(f"{year}, {year}, 1" for year in range(2020, 2026))


def two_goods(folder: Path, **changed: str) -> Case:
    """Two mills that share nothing but electricity, which is bought in any amount."""
    tables = {
        "periods": PERIODS,
        "sites": "site / A",
        "products": "product / steel / glass / power",
        "lines": "line / mill / float",
        "processes": "process, line / roll, mill / melt, float",
        "recipes": "process, product, quantity / roll, steel, 1 / roll, power, -2 / melt, glass, 1 / melt, power, -3",
        "options": """option, line, site, unit_size, build_cost, charge, life
            m, mill, A, 40, 3, annual, 30
            f, float, A, 30, 4, annual, 30""",
        "purchases": "purchase, site, product, price / grid, A, power, 1 / dear, A, power, 2 / ship, A, steel, 6 / ship, A, glass, 9",
        "needs": "site, product, quantity / A, steel, 70 / A, glass, 50 / A, power, 5",
    }
    return case_of(folder, {"title": "two goods"}, {name: read(text) for name, text in (tables | changed).items()})


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capcoop.solve.apart, "FEWEST_WHOLE", 1)


@pytest.mark.usefixtures("_small")
def test_what_is_bought_in_any_amount_binds_nothing_together(tmp_path: Path) -> None:
    case = two_goods(tmp_path / "case")
    model = build(case)
    rest, *parts = parts_of(model.program)
    assert [part.whole for part in (rest, *parts)] == [0, 6, 6]
    goods = case.names["products"]
    balance = model.program.row_blocks["balance"]
    product = np.asarray(balance.index["product"])
    for part, own in zip(parts, ("glass", "steel"), strict=True):
        rows = part.rows[(part.rows >= balance.start) & (part.rows < balance.start + balance.size)] - balance.start
        assert {goods[code] for code in product[rows]} in ({own, "power"}, {"power", "steel" if own == "glass" else "glass"})
    # 70 steel: one mill makes 40 (3 + 2 power a unit: 5), 30 more at a second mill for 120 + 60, or bought for 180; glass alike.
    whole = extract(model, solve(model.program, case.settings.solver))
    assert verify(case, whole).ok
    assert whole.objective == pytest.approx(6 * (120 + 40 * 2 + min(120 + 30 * 2, 30 * 6) + 120 + 30 * 3 + min(120 + 20 * 3, 20 * 9) + 5))


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    "purchases",
    [
        "purchase, site, product, price, limit / grid, A, power, 1, 100 / dear, A, power, 2, / ship, A, steel, 6, / ship, A, glass, 9,",
        "purchase, site, product, price, limit / grid, A, power, 1, 100 / ship, A, steel, 6, / ship, A, glass, 9,",
    ],
)
def test_what_is_limited_does(purchases: str, tmp_path: Path) -> None:
    assert len(parts_of(build(two_goods(tmp_path / "case", purchases=purchases)).program)) == 1


@pytest.mark.usefixtures("_small")
def test_what_nobody_offers_binds_nothing_together(tmp_path: Path) -> None:
    changed = {
        "products": "product / steel / glass / power / gas",
        "lines": "line / mill / float",
        "processes": "process, line / roll, mill / melt, float / roll-gas, mill / melt-gas, float",
        "recipes": """process, product, quantity / roll, steel, 1 / roll, power, -2 / melt, glass, 1 / melt, power, -3
            roll-gas, steel, 1 / roll-gas, gas, -1 / melt-gas, glass, 1 / melt-gas, gas, -1""",
    }
    case = two_goods(tmp_path / "case", **changed)
    assert [part.whole for part in parts_of(build(case).program)] == [0, 6, 6]
    plan = plan_of(case)
    assert verify(case, plan).ok
    assert plan.objective == pytest.approx(plan_of(two_goods(tmp_path / "without")).objective)


@pytest.mark.usefixtures("_small")
def test_what_is_also_made_does(tmp_path: Path) -> None:
    changed = {
        "lines": "line / mill / float / plant",
        "processes": "process, line / roll, mill / melt, float / burn, plant",
        "recipes": "process, product, quantity / roll, steel, 1 / roll, power, -2 / melt, glass, 1 / melt, power, -3 / burn, power, 1",
        "stock": "site, line, capacity / A, plant, 50",
    }
    assert len(parts_of(build(two_goods(tmp_path / "case", **changed)).program)) == 1


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(cases())
def test_the_plan_is_that_of_the_textbook(one: Example) -> None:
    before = capcoop.solve.apart.FEWEST_WHOLE
    capcoop.solve.apart.FEWEST_WHOLE = 1
    try:
        status, objective = by_textbook(one)
        case, plan = planned(one)
    finally:
        capcoop.solve.apart.FEWEST_WHOLE = before
    if isinstance(plan, str):
        assert plan == status
        return
    assert case is not None
    assert plan.objective == pytest.approx(objective, rel=1e-6, abs=1e-6)
    assert verify(case, plan).faults == ()


@pytest.mark.usefixtures("_small")
def test_a_plan_that_is_known_and_a_stop_at_once_still_give_a_plan(tmp_path: Path) -> None:
    case = two_goods(tmp_path / "case")
    program = build(case).program
    known = solve(program, case.settings.solver)
    seen: list[Progress] = []
    again = solve(program, case.settings.solver, seen.append, start=known)
    assert again.objective == pytest.approx(known.objective)
    assert again.bound <= again.objective + 1e-6
    stop = threading.Event()
    stop.set()
    stopped = solve(program, case.settings.solver, stop=stop)
    assert stopped.objective >= known.objective - 1e-6
    assert (program.matrix @ stopped.values >= program.row_lower - 1e-6).all()


@pytest.mark.usefixtures("_small")
def test_prices_make_every_reduced_cost_right(tmp_path: Path) -> None:
    program = build(two_goods(tmp_path / "case")).program
    found = solve(program, two_goods(tmp_path / "again").settings.solver)
    assert found.reduced_costs == pytest.approx(program.cost - program.matrix.T @ found.prices)
    free = ~program.whole & (found.values > 1e-6)
    assert found.reduced_costs[free] == pytest.approx(0, abs=1e-6)
