"""Badly scaled cases: the answer does not depend on the units, and a warning names the figures that are far from one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capcoop import InfeasibleError, explain, plan_case, read_case, verify
from capcoop.model.build import build
from capcoop.solve.resolve import Resolver
from capcoop.solve.scaling import is_badly_scaled, scales_of
from support import case_of, plan_of, write_example
from test_cli import capcoop
from tiny import read

TABLES = {
    "sites": [{"site": "port"}],
    "products": [{"product": "urea"}],
    "lines": [{"line": "plant", "fixed_cost": "2"}],
    "processes": [{"process": "make", "line": "plant", "cost": "1"}],
    "recipes": [{"process": "make", "product": "urea", "quantity": "1"}],
    "options": [{"option": "plant", "site": "port", "line": "plant", "build_cost": "3", "life": "10", "charge": "annual"}],
    "needs": [{"site": "port", "product": "urea", "quantity": "5e-8"}],
    "purchases": [{"purchase": "abroad", "site": "port", "product": "urea", "price": "7"}],
}


def test_a_tiny_need_is_met(tmp_path: Path) -> None:
    case = case_of(tmp_path / "tiny", {}, TABLES)
    plan = plan_case(case)
    assert plan.objective == pytest.approx(6 * 5e-8, rel=1e-9)
    assert plan["builds"]["new_capacity"].to_list() == pytest.approx([5e-8])
    assert plan["prices"]["price"].to_list() == pytest.approx([6.0])
    assert verify(case, plan).ok


def test_the_warning_names_the_figure(tmp_path: Path) -> None:
    case_of(tmp_path / "tiny", {}, TABLES)
    shown = capcoop("plan", "tiny", "--out", "run", cwd=tmp_path)
    assert shown.returncode == 0
    text = " ".join(shown.stdout.split())
    assert "Warning: figures far from one were scaled before solving" in text
    assert "5e-08 (a figure of: What is made, received and bought of urea at port" in text


def test_sound_figures_are_left_alone(tmp_path: Path) -> None:
    case = case_of(tmp_path / "sound", {}, TABLES | {"needs": [{"site": "port", "product": "urea", "quantity": "5"}]})
    program = build(case).program
    assert scales_of(program) is None
    assert plan_case(case).outcome["warnings"] == []


def test_scales_are_powers_of_two_and_keep_whole_units(tmp_path: Path) -> None:
    options = [dict(TABLES["options"][0], unit_size="1e-8")]
    program = build(case_of(tmp_path / "tiny", {}, TABLES | {"options": options})).program
    scales = scales_of(program)
    assert scales is not None
    assert (np.log2(scales.rows) % 1 == 0).all()
    assert (np.log2(scales.columns) % 1 == 0).all()
    assert (scales.columns[program.whole] == 1).all()
    assert program.whole.any()


def test_no_zero_is_handed_over(tmp_path: Path) -> None:
    ways = {"sites": [{"site": "port"}, {"site": "town"}], "freight": [{"product": "urea", "use": "0"}]}
    channels = [{"channel": "wide", "from": "port", "to": "town", "capacity": "5"}]
    program = build(case_of(tmp_path / "wide", {}, TABLES | ways | {"channels": channels})).program
    assert program.values.all()
    assert scales_of(program) is not None


def test_a_bound_that_is_endless_to_the_solver_is_no_figure(tmp_path: Path) -> None:
    ways = {"sites": [{"site": "port"}, {"site": "town"}], "freight": [{"product": "urea", "cost": "1"}]}
    channels = [{"channel": "road", "from": "port", "to": "town", "capacity": "1e30"}]
    needs = [{"site": "town", "product": "urea", "quantity": "5"}]
    tables = TABLES | ways | {"channels": channels, "needs": needs}
    case = case_of(tmp_path / "wide", {}, tables)
    assert scales_of(build(case).program) is None
    tiny = case_of(tmp_path / "tiny", {}, tables | {"needs": [dict(needs[0], quantity="5e-8")]})
    for one, need in ((case, 5.0), (tiny, 5e-8)):
        plan = plan_case(one)
        assert plan.objective == pytest.approx(7 * need, rel=1e-9)
        assert verify(one, plan).ok


def limited(need: float, limit: float, **more: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """What is needed, and what of it can be bought; nothing can be built."""
    needs, purchases = [dict(TABLES["needs"][0], quantity=repr(need))], [dict(TABLES["purchases"][0], limit=repr(limit))]
    return TABLES | {"options": [], "needs": needs, "purchases": purchases} | more


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e12])
def test_what_cannot_be_met_is_explained_whatever_its_size(tmp_path: Path, size: float) -> None:
    case = case_of(tmp_path / "case", {}, limited(5 * size, 2 * size))
    with pytest.raises(InfeasibleError):
        plan_case(case)
    found = explain(case)
    assert found.status == "conflict"
    assert found.proven
    assert {(one.table, one.value) for one in found.members} == {("needs", 5 * size), ("purchases", 2 * size)}
    assert {change.table: change.new for one in found.singles for change in one.changes} == {
        "needs": pytest.approx(2 * size),
        "purchases": pytest.approx(5 * size),
    }
    assert sorted(one.cost or 0.0 for one in found.singles) == pytest.approx([14 * size, 35 * size])


def test_what_earns_little_without_end_is_explained(tmp_path: Path) -> None:
    sales = [{"sale": "out", "site": "port", "product": "urea", "price": "1e-9"}]
    purchases = [dict(TABLES["purchases"][0], price="1e-10")]
    write_example(tmp_path, {}, TABLES | {"sales": sales, "purchases": purchases})
    found = explain(read_case(tmp_path, plannable=False))
    assert found.status == "endless"
    assert found.gain == pytest.approx(9e-10)


def test_solving_again_scales_where_it_must(tmp_path: Path) -> None:
    resolver = Resolver(build(case_of(tmp_path / "case", {}, TABLES)))
    for need in (5e-8, 5.0, 5e-8, 2e-8, 7.0):
        case = case_of(tmp_path / "case", {}, TABLES | {"needs": [dict(TABLES["needs"][0], quantity=repr(need))]})
        assert resolver.solve(case).objective == pytest.approx(6 * need)
    with pytest.raises(InfeasibleError):
        resolver.solve(case_of(tmp_path / "none", {}, limited(5e-8, 2e-8)))


def test_a_straight_size_curve_leaves_no_rounding_to_scale(tmp_path: Path) -> None:
    """Slopes of (0.007 - 0.004) / 3 and (0.009 - 0.007) / 2 differ by rounding alone; once that was scaled up, and plans came out wrong."""
    tables = {
        "sites": read("site / A"),
        "products": read("product / g"),
        "lines": read("line / L"),
        "processes": read("process, line / make, L"),
        "recipes": read("process, product, quantity / make, g, 1"),
        "options": read("option, site, line, charge / new, A, L, annual"),
        "option_points": read("option, size, cost / new, 2, 0.004 / new, 5, 0.007 / new, 7, 0.009"),
        "needs": read("site, product, quantity / A, g, 6"),
    }
    case = case_of(tmp_path, {}, tables)
    assert not is_badly_scaled(build(case).program)
    assert plan_of(case).objective == pytest.approx(0.008)


@pytest.mark.parametrize("price", ["1e-300", "1e-40"])
def test_a_figure_next_to_nothing_does_not_make_the_others_endless(price: str, tmp_path: Path) -> None:
    offers = [*TABLES["purchases"], {"purchase": "gift", "site": "port", "product": "urea", "price": price, "limit": "2"}]
    case = case_of(tmp_path / "case", {}, TABLES | {"purchases": offers, "needs": [dict(TABLES["needs"][0], quantity="5")]})
    plan = plan_case(case)
    assert plan.objective == pytest.approx(3 * 6)
    assert verify(case, plan).ok
