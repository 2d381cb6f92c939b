"""The independent check agrees with every plan that is right, and finds every number that is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from capcoop import built_in_cases, read_case
from capcoop.case import Case
from capcoop.plan import PLAN_TABLES, Plan, load_plan, save_plan
from capcoop.plan.verify import verify
from support import case_of, plan_of
from tiny import EXAMPLES, MAKE, Example, example

PUBLISHED = [
    ("mexico-steel", None),
    ("egypt-fertiliser", None),
    ("egypt-fertiliser", "nutrients"),
    ("egypt-fertiliser", "shipments"),
    ("egypt-fertiliser", "nutrients-shipments"),
    ("latin-america-fertiliser", None),
    ("yemen-cement", None),
    ("yemen-cement", "free"),
    ("mexico-steel-expansion", None),
    ("turkey-power", None),
]
SOLVED = [name for name, one in EXAMPLES.items() if one.objective is not None]
# Prices, and with them the rules that bind, come from the solver's duals: nothing in the plan tells them.
CHECKED = {name: columns for name, columns in PLAN_TABLES.items() if name not in {"prices", "binding"}}


@pytest.mark.parametrize("name", SOLVED)
def test_tiny_examples_pass(name: str, tmp_path: Path) -> None:
    one = EXAMPLES[name]
    case = case_of(tmp_path, one.settings, one.tables)
    verdict = verify(case, plan_of(case))
    assert verdict.faults == ()
    assert verdict.ok
    assert verdict.largest <= 1e-6
    assert verdict.checked > 20
    assert verdict.objective == pytest.approx(one.objective, rel=1e-6)


@pytest.mark.parametrize(("name", "scenario"), PUBLISHED)
def test_published_models_pass(name: str, scenario: str | None) -> None:
    case = read_case(built_in_cases()[name], scenario)
    plan = plan_of(case)
    verdict = verify(case, plan)
    assert verdict.faults == ()
    assert verdict.objective == pytest.approx(plan.objective, rel=1e-6)


def test_saved_plan_passes(tmp_path: Path) -> None:
    case = read_case(built_in_cases()["turkey-power"])
    plan = plan_of(case)
    save_plan(plan, tmp_path / "tables")
    (tmp_path / "outcome.json").write_text(f'{{"status": "optimal", "objective": {plan.objective!r}}}', encoding="utf-8")
    assert verify(case, load_plan(tmp_path)).ok


def _with_cell(plan: Plan, table: str, column: str, row: int, value: float | str | None) -> Plan:
    frame = plan[table]
    cells = frame.get_column(column).to_list()
    cells[row] = value
    return replace(plan, tables={**plan.tables, table: frame.with_columns(pl.Series(column, cells, frame.schema[column]))})


def _wrong_plans(plan: Plan, shift: float) -> Iterator[tuple[str, Plan]]:
    """Yield the plan with one figure changed, for every column that holds one: the largest, and one in the middle."""
    for table, columns in CHECKED.items():
        for column in columns:
            if column.kind == "number" and plan[table].height:
                cells = plan[table].get_column(column.name).fill_null(0.0).abs()
                for row in {cells.arg_max(), plan[table].height // 2}:
                    if row is not None and cells[row] > 0.01:
                        value = plan[table].get_column(column.name)[row]
                        yield f"{table}.{column.name} row {row}", _with_cell(plan, table, column.name, row, value * shift)


@pytest.mark.parametrize("name", SOLVED)
@pytest.mark.parametrize("shift", [1.01, 0.99])
def test_one_wrong_figure_is_found(name: str, shift: float, tmp_path: Path) -> None:
    one = EXAMPLES[name]
    case = case_of(tmp_path, one.settings, one.tables)
    wrong = dict(_wrong_plans(plan_of(case), shift))
    assert wrong
    assert [place for place, plan in wrong.items() if verify(case, plan).ok] == []


@pytest.mark.parametrize("name", ["mexico-steel-expansion", "turkey-power", "latin-america-fertiliser"])
def test_one_wrong_figure_is_found_in_published_models(name: str) -> None:
    case = read_case(built_in_cases()[name])
    wrong = dict(_wrong_plans(plan_of(case), 1.01))
    assert len(wrong) > 10
    assert [place for place, plan in wrong.items() if verify(case, plan).ok] == []


def test_missing_and_double_rows_are_found(tmp_path: Path) -> None:
    one = EXAMPLES["03-channel-140"]
    case = case_of(tmp_path, one.settings, one.tables)
    plan = plan_of(case)
    for table in CHECKED:
        frame = plan[table]
        if frame.height:
            for other in (frame.slice(1), pl.concat([frame, frame.head(1)])):
                assert not verify(case, replace(plan, tables={**plan.tables, table: other})).ok, table


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_figures_that_are_none_are_found(value: float | None, tmp_path: Path) -> None:
    one = EXAMPLES["06-annuity"]
    case = case_of(tmp_path, one.settings, one.tables)
    plan = plan_of(case)
    for table, column in (("activity", "activity"), ("builds", "new_capacity"), ("capacity", "standing"), ("costs", "cost")):
        assert not verify(case, _with_cell(plan, table, column, 0, value)).ok, table


def test_unknown_names_are_found(tmp_path: Path) -> None:
    one = EXAMPLES["03-channel-140"]
    case = case_of(tmp_path, one.settings, one.tables)
    plan = plan_of(case)
    faults = verify(case, _with_cell(plan, "flows", "channel", 0, "wyre")).faults
    assert "The plan's table flows names the channel 'wyre', which the case does not have." in faults
    assert not verify(case, _with_cell(plan, "costs", "component", 0, "bribes")).ok
    assert not verify(case, _with_cell(plan, "costs", "period", 0, "someday")).ok
    assert not verify(case, _with_cell(plan, "purchases", "site", 0, None)).ok


def test_wrong_objective_is_found(tmp_path: Path) -> None:
    one = EXAMPLES["01-smelt"]
    case = case_of(tmp_path, one.settings, one.tables)
    plan = plan_of(case)
    verdict = verify(case, replace(plan, outcome={**plan.outcome, "objective": 60.01}))
    assert not verdict.ok
    assert verdict.objective == pytest.approx(60)
    assert verdict.largest == pytest.approx(0.01 / 60, rel=1e-3)
    assert verdict.faults == ("The objective is wrong by 0.01.",)
    assert verify(case, replace(plan, outcome={**plan.outcome, "objective": 60.01}), tolerance=1e-3).ok


def test_little_stays_in_a_plan_where_nothing_else_moves(tmp_path: Path) -> None:
    """What goes through the port is nothing beside the capital's need, but all there is at the port."""
    one = example(
        None,
        {},
        sites="site / port / village / hamlet / harbour / capital",
        channels="channel, from, to, mode / pv, port, village, road / ph, port, hamlet, road / hc, harbour, capital, rail",
        freight="channel, product / *, *",
        purchases="purchase, site, product, price / ship, port, g, 1 / ship, harbour, g, 1",
        needs="site, product, quantity / village, g, 0.000035 / hamlet, g, 0.0000016 / capital, g, 5000",
    )
    case = case_of(tmp_path, one.settings, one.tables)
    verdict = verify(case, plan_of(case))
    assert verdict.faults == ()


def _altered(one: Example, table: str, row: int, cells: Mapping[str, str] | None, folder: Path) -> Case:
    """Read the example with some cells of one row changed (None: without the row; a row too many is added)."""
    rows = [dict(cells_) for cells_ in one.tables.get(table, [])]
    if cells is None:
        del rows[row]
    elif row < len(rows):
        rows[row] |= cells
    else:
        rows.append(dict(cells))
    return case_of(folder, one.settings, {**one.tables, table: rows})


SIZED = example(
    60,
    {},
    **MAKE,
    periods="period / p1 / p2",
    options="option, site, line, build_cost, charge, maximum_size, fixed_build_cost / new, A, L, 1, annual, 6, 1",
    purchases="purchase, site, product, price / buy, A, g, 8",
    needs="site, product, quantity / A, g, 10",
)
UNITS = example(
    2,
    {},
    **{**MAKE, "lines": "line, jobs / L, 5"},
    options="option, site, line, unit_size, fixed_build_cost, charge / new, A, L, 2, 1, annual",
    needs="site, product, quantity / A, g, 4",
)
SOFT = example(7, {"penalty": 7}, needs="site, product, quantity / A, g, 1")
SURPLUS = example(
    0,
    {},
    **{**MAKE, "lines": "line, minimum_use / L, 1"},
    stock="site, line, capacity / A, L, 5",
    products="product, disposal / g, yes",
)


# A plan that was right, beside a case with one cell changed: what the check must say.
def soft(name: str) -> Example:
    """An example whose needs need not be met, so that it can be read when nothing supplies them."""
    return replace(EXAMPLES[name], settings={"penalty": 1000.0, **EXAMPLES[name].settings})


BROKEN: list[tuple[str, Example, str, int, Mapping[str, str] | None, str]] = [
    ("capacity", EXAMPLES["05-shares"], "stock", 1, {"capacity": "0.1"}, "coal at A in 1 runs beyond its capacity"),
    ("availability", EXAMPLES["05-shares"], "availability", 0, {"line": "coal", "share": "0.1"}, "coal at A in 1 runs beyond its capacity"),
    (
        "year",
        EXAMPLES["05-shares"],
        "lines",
        0,
        {"annual_availability": "0.4"},
        "hydro at A in 1 runs beyond its availability over the year",
    ),
    ("minimum use", EXAMPLES["05-shares"], "lines", 1, {"minimum_use": "0.3"}, "coal at A in 1 runs below its minimum use"),
    ("slice", EXAMPLES["04-slices"], "availability", 0, {"line": "plant", "slice": "night", "share": "0.2"}, "in 1 night runs beyond"),
    ("flat", EXAMPLES["04-slices"], "processes", 1, {"profile": "free"}, "mill at A in 1 must name a slice if it is free"),
    ("channel", EXAMPLES["03-channel-150"], "channels", 0, {"capacity": "140"}, "What wire carries in 1 is beyond its capacity by 10."),
    ("one way", EXAMPLES["03-channel-150"], "channels", 0, {"both_ways": "no"}, "wire does not lead from B to A"),
    ("freight", soft("13-peak"), "freight", 0, {"from": "B"}, "g may not use wire from A to B"),
    ("loss", EXAMPLES["03-channel-150"], "channels", 0, {"loss": "0.2"}, "What arrives of g from A by wire in 1 is wrong"),
    ("freight cost", EXAMPLES["03-channel-150"], "freight", 2, {"cost": "4"}, "The freight of g from A by wire in 1 is wrong"),
    ("purchase limit", EXAMPLES["02-cascade"], "purchases", 1, {"limit": "10"}, "More of g is bought by ship at A in p1 than its limit"),
    ("no purchase", soft("02-cascade"), "purchases", 3, {"site": "B"}, "Nothing lets g be bought by spot at A in p2"),
    ("purchase price", EXAMPLES["02-cascade"], "purchases", 1, {"price": "5"}, "The price of g, bought by ship at A in p1, is wrong by 1."),
    ("sale limit", EXAMPLES["14-emissions"], "sales", 0, {"limit": "1"}, "is sold by out at"),
    ("need", EXAMPLES["01-smelt"], "needs", 0, {"quantity": "11"}, "A lacks iron in 1 by 1."),
    ("surplus", EXAMPLES["01-smelt"], "products", 2, {"disposal": "no"}, "A has slag left over in 1 by 10."),
    ("recipe", EXAMPLES["14-emissions"], "recipes", 2, {"quantity": "-0.6"}, "B lacks coke in 1"),
    ("placement", EXAMPLES["11-placements"], "placements", 0, {"site": "A"}, "P may not run at B, but does in 1"),
    ("most", EXAMPLES["11-placements"], "placements", 0, {"maximum": "3"}, "P at B runs more than its maximum in 1 by 1."),
    (
        "least",
        EXAMPLES["11-placements"],
        "placements",
        0,
        {"minimum": "4.5", "maximum": "5"},
        "P at B runs less than its minimum in 1 by 0.5.",
    ),
    ("no line", EXAMPLES["11-placements"], "stock", 0, {"site": "A"}, "P may not run at B, but does in 1"),
    ("no recipe", EXAMPLES["11-placements"], "recipes", 0, {"site": "A"}, "P may not run at B, but does in 1"),
    ("second line", EXAMPLES["11-placements"], "process_lines", 0, {"process": "P", "line": "M"}, "P may not run at B, but does in 1"),
    ("penalty", SOFT, "products", 0, {"penalty": "8"}, "The cost of unmet needs in 1 is wrong by 1."),
    ("fewer", SOFT, "needs", 0, {"quantity": "0.5"}, "More g is unmet at A in 1 than may be by 0.5."),
    ("jobs", UNITS, "lines", 0, {"jobs": "6"}, "The jobs of new are wrong by 4."),
    ("whole", UNITS, "options", 0, {"unit_size": "3"}, "new in 1 is no multiple of its size"),
    ("once", UNITS, "options", 0, {"maximum_builds": "1"}, "new has too many builds over the horizon by 1."),
    ("thrice", UNITS, "options", 0, {"minimum_builds": "3"}, "new has too few builds over the horizon by 1."),
    ("total", UNITS, "options", 0, {"maximum_total": "3"}, "new adds too much over the horizon by 1."),
    ("period's builds", UNITS, "option_periods", 0, {"option": "new", "maximum_builds": "1"}, "new in 1 has too much builds by 1."),
    ("period's least builds", UNITS, "option_periods", 0, {"minimum_builds": "3"}, "new in 1 has too little builds by 1."),
    ("period's size", UNITS, "option_periods", 0, {"option": "new", "maximum_new": "3"}, "new in 1 has too much new capacity by 1."),
    ("period's least size", UNITS, "option_periods", 0, {"minimum_new": "5"}, "new in 1 has too little new capacity by 1."),
    ("period's cost", UNITS, "option_periods", 0, {"fixed_build_cost": "2"}, "The investment of new in 1 is too low by 2."),
    ("largest", SIZED, "options", 0, {"maximum_size": "4"}, "new in p1 is larger than its builds may be by 2."),
    ("smallest", SIZED, "options", 0, {"minimum_size": "5.5"}, "new in p1 is smaller than its builds may be by 1."),
    ("lead", SIZED, "options", 0, {"lead_years": "1"}, "The plan states the new capacity of L at A in p1 wrongly by 10."),
    ("life", SIZED, "options", 0, {"life": "1"}, "The plan states the new capacity of L at A in p2 wrongly by 10."),
    ("first", SIZED, "options", 0, {"first": "p2"}, "new is not offered in p1, but built"),
    ("build cost", SIZED, "options", 0, {"build_cost": "2"}, "The investment of new in p1 is too low by 10."),
    ("curve", EXAMPLES["07-points"], "option_points", 1, {"cost": "31"}, "The investment of new in 1 is too low"),
    ("end of curve", EXAMPLES["07-points"], "option_points", 2, {"size": "7"}, "new in 1 is larger than its builds may be by 1."),
    ("taken away", EXAMPLES["08-conversion"], "stock", 0, {"capacity": "3"}, "More of old A is taken away in 1 than stands by 1."),
    (
        "package",
        EXAMPLES["08-conversion"],
        "packages",
        1,
        {"capacity": "3"},
        "The plan states the new capacity of new at A in 1 wrongly by 1.",
    ),
    ("fixed cost", EXAMPLES["08-conversion"], "lines", 0, {"fixed_cost": "1"}, "The cost of fixed cost in 1 is wrong by 6."),
    ("limit", EXAMPLES["10-each"], "limits", 0, {"value": "3"}, "Limit quota is exceeded in p1 A by 1."),
    ("limit of a period", EXAMPLES["10-each"], "limits", 1, {"value": "4"}, "Limit quota is exceeded in p2 B by 1."),
    ("limit over the horizon", EXAMPLES["09-horizon"], "limits", 0, {"value": "20"}, "Limit deposit is exceeded in by 4."),
    ("limit from below", EXAMPLES["14-emissions"], "limits", 0, {"sense": ">=", "value": "21"}, "Limit carbon is not reached in 1 by 1."),
    ("least use", SURPLUS, "stock", 0, {"capacity": "6"}, "L at A in 1 runs below its minimum use by 1."),
    (
        "order",
        EXAMPLES["15-either-track"],
        "options",
        1,
        {"after": "single"},
        "double stands more often in p1 than single by 1.",
    ),
    ("days", EXAMPLES["17-transit"], "channels", 0, {"days": "146"}, "The cost of time in transit in p1 is wrong by 100."),
    ("worth", EXAMPLES["17-transit"], "products", 1, {"value": "500"}, "The present_cost of time in transit in p1 is wrong by 10."),
    ("charge", EXAMPLES["06-annuity"], "options", 0, {"charge": "outlay"}, "The cost of building in 2020 is wrong"),
    ("rate of the curve", EXAMPLES["06-annuity"], "options", 0, {"life": "9"}, "The present cost of new in 2020 is wrong"),
]


@pytest.mark.parametrize(("table", "row", "cells", "one", "words"), [pytest.param(b[2], b[3], b[4], b[1], b[5], id=b[0]) for b in BROKEN])
def test_broken_rule_is_named(table: str, row: int, cells: Mapping[str, str] | None, one: Example, words: str, tmp_path: Path) -> None:
    case = case_of(tmp_path / "right", one.settings, one.tables)
    plan = plan_of(case)
    assert verify(case, plan).ok
    if cells and cells.get("line") == "M":
        one = replace(one, tables={**one.tables, "lines": [{"line": "L"}, {"line": "M"}]})
    faults = verify(_altered(one, table, row, cells, tmp_path / "broken"), plan).faults
    assert any(words in fault for fault in faults), faults


def test_every_column_was_changed(tmp_path: Path) -> None:
    """Together the examples hold a figure in every column that the check covers."""
    changed: set[str] = set()
    for number, one in enumerate([*(EXAMPLES[name] for name in SOLVED), UNITS]):
        plan = plan_of(case_of(tmp_path / str(number), one.settings, one.tables))
        changed |= {place.split(" ")[0] for place, _ in _wrong_plans(plan, 1.01)}
    assert changed == {f"{table}.{column.name}" for table, columns in CHECKED.items() for column in columns if column.kind == "number"}
