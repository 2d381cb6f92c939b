"""Logistics: staged building, time in transit, goods that share a corridor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from capcoop.case import Case, judge_case
from capcoop.model.build import build
from capcoop.plan import Plan
from capcoop.plan.verify import verify
from capcoop.report.summary import builds, costs
from support import case_of, plan_of, write_example
from tiny import EXAMPLES, MAKE, PHASES, WAYS, Example, example, read


def case_in(folder: Path, one: Example) -> Case:
    return case_of(folder, one.settings, one.tables)


def planned(folder: Path, one: Example) -> Plan:
    """The plan of an example, checked against its optimum and by the independent check."""
    case = case_in(folder, one)
    plan = plan_of(case)
    assert plan.objective == pytest.approx(one.objective, rel=1e-6)
    assert verify(case, plan).faults == ()
    return plan


def built(plan: Plan) -> dict[tuple[str, str], float]:
    return {(row["option"], row["period"]): row["builds"] for row in plan["builds"].iter_rows(named=True)}


def test_a_second_track_waits_for_the_first(tmp_path: Path) -> None:
    assert built(planned(tmp_path / "after", EXAMPLES["15-double-track"])) == {("single", "p1"): 1, ("double", "p2"): 1}
    assert built(planned(tmp_path / "free", EXAMPLES["15-either-track"])) == {("double", "p1"): 1}


def test_the_summary_tells_the_tracks_apart(tmp_path: Path) -> None:
    built = builds(planned(tmp_path, EXAMPLES["15-double-track"]))
    assert built.select("what", "where", "size").rows() == [("single", "track", 100), ("double", "track", 150)]


def test_two_goods_share_the_room_of_each_slice(tmp_path: Path) -> None:
    plan = planned(tmp_path, EXAMPLES["15-double-track"])
    sent = {(row["product"], row["from"], row["period"], row["slice"]): row["sent"] for row in plan["flows"].iter_rows(named=True)}
    assert sent == {
        ("grain", "A", "p1", None): pytest.approx(60),
        ("grain", "A", "p2", None): pytest.approx(100),
        ("boxes", "B", "p1", "day"): pytest.approx(10),
        ("boxes", "B", "p1", "night"): pytest.approx(10),
        ("boxes", "B", "p2", "day"): pytest.approx(30),
        ("boxes", "B", "p2", "night"): pytest.approx(10),
    }


def test_a_second_phase_stands_only_while_the_first_does(tmp_path: Path) -> None:
    assert built(planned(tmp_path / "after", EXAMPLES["16-phases"])) == {("first", "p1"): 1, ("second", "p2"): 1}
    assert built(planned(tmp_path / "free", EXAMPLES["16-phases-in-any-order"])) == {("second", "p1"): 2}


def test_a_first_phase_that_ends_is_built_again(tmp_path: Path) -> None:
    """The first lasts a year at 30; a second of three years at 5 needs it in every one: (30 + 5) x 3, with 180 of buying saved in each."""
    options = """option, site, line, unit_size, fixed_build_cost, charge, life, after
        first , A, L, 10, 30, annual, 1,
        second, A, L, 10,  5, annual, 3, first"""
    plan = planned(tmp_path, example(105, {}, **PHASES, options=options))
    assert built(plan) == {("first", "p1"): 1, ("first", "p2"): 1, ("first", "p3"): 1, ("second", "p1"): 1}


def test_builds_are_counted_one_for_one(tmp_path: Path) -> None:
    """Three seconds at 1 would do, but two of them need two firsts: 2 x 10 + 1, or 2 x (10 + 1)."""
    options = """option, site, line, unit_size, fixed_build_cost, charge, after
        first , A, L, 2, 10, annual,
        second, A, L, 10, 1, annual, first"""
    one = {**MAKE, "needs": "site, product, quantity / A, g, 15", "options": options}
    assert built(planned(tmp_path, example(22, {}, **one))) == {("first", "1"): 2, ("second", "1"): 2}


def test_stages_of_a_corridor_follow_each_other(tmp_path: Path) -> None:
    """Three tracks in a chain, the later the cheaper: all stand, or none; the market asks for 25, which two can carry."""
    options = """option, channel, unit_size, fixed_build_cost, charge, maximum_builds, after
        third , way, 30,  1, annual, 1, second
        second, way, 15, 10, annual, 1, first
        first , way, 10, 90, annual, 1,"""
    one = {
        "sites": "site / A / B",
        "channels": "channel, from, to, capacity / way, A, B, 0",
        "freight": "channel / *",
        "options": options,
        "purchases": "purchase, site, product, price / mine, A, g, 0 / spot, B, g, 10",
    }
    assert built(planned(tmp_path / "25", example(100, {}, **one, needs="site, product, quantity / B, g, 25"))).keys() == {
        ("first", "1"),
        ("second", "1"),
    }
    assert len(built(planned(tmp_path / "30", example(101, {}, **one, needs="site, product, quantity / B, g, 30")))) == 3
    assert not built(planned(tmp_path / "9", example(80, {}, **one, needs="site, product, quantity / B, g, 8")))


def test_time_in_transit_is_a_cost_of_its_own(tmp_path: Path) -> None:
    plan = planned(tmp_path, EXAMPLES["17-transit"])
    paid = {row["component"]: row["cost"] for row in plan["costs"].iter_rows(named=True)}
    assert paid == {"freight": pytest.approx(130), "time in transit": pytest.approx(120)}
    assert costs(plan, None).filter(component="time in transit").get_column("plan").to_list() == [pytest.approx(120)]


def test_goods_worth_much_take_the_fast_way(tmp_path: Path) -> None:
    ways = {row["product"]: row["mode"] for row in planned(tmp_path, EXAMPLES["17-transit"])["flows"].iter_rows(named=True)}
    assert ways == {"cement": "sea", "machines": "rail"}


@pytest.mark.parametrize("rate", [0.0, -0.02])
def test_nothing_is_charged_or_earned_on_the_way_without_a_rate(rate: float, tmp_path: Path) -> None:
    one = EXAMPLES["17-transit"]
    plan = planned(tmp_path, replace(one, settings={"discount_rate": rate}, objective=110))
    assert "time in transit" not in plan["costs"].get_column("component").to_list()


def test_goods_of_unknown_worth_and_channels_without_days_change_nothing(tmp_path: Path) -> None:
    plain = EXAMPLES["03-channel-140"]
    settings = {**plain.settings, "discount_rate": 0.1}
    valued = {**plain.tables, "products": read("product, value / g, 700 / h, 0")}
    slow = {**plain.tables, "channels": [{**row, "days": "40"} for row in plain.tables["channels"]]}
    first, *others = (build(case_of(tmp_path / str(i), settings, tables)).program for i, tables in enumerate((plain.tables, valued, slow)))
    for other in others:
        for name in ("cost", "lower", "upper", "row_lower", "row_upper", "starts", "indices", "values"):
            assert np.array_equal(getattr(first, name), getattr(other, name)), name


def test_a_worth_in_another_money_is_converted(tmp_path: Path) -> None:
    products = [{**row, "currency": "EUR", "value": value} for row, value in zip(read(WAYS["products"]), ("25", "500"), strict=True)]
    one = EXAMPLES["17-transit"]
    settings = {**one.settings, "currency": "USD", "exchange_rates": {"EUR": 2.0}}
    planned(tmp_path, replace(one, settings=settings, tables={**one.tables, "products": products}))


def test_a_product_without_worth_on_a_slow_channel_is_worth_a_look(tmp_path: Path) -> None:
    one = EXAMPLES["17-transit"]
    tables = {**one.tables, "products": read("product, value / cement, / machines, 0")}
    notes = [str(note) for note in judge_case(write_example(tmp_path, one.settings, tables)).notes]
    rule = "a blank leaves the days on the way of its channels without cost; state what a unit is worth, or 0"
    assert notes == [f"products.csv row 2, column value: {rule}"]


def test_the_order_of_tracks_is_a_rule_that_binds(tmp_path: Path) -> None:
    """Of tracks that may be built in part the second, which carries more for its cost, is held back by the first."""
    options = """option, channel, unit_size, fixed_build_cost, charge, after, whole
        single, track, 100, 100, annual,       , no
        double, track, 150,  90, annual, single, no"""
    one = EXAMPLES["15-double-track"]
    binding = plan_of(case_of(tmp_path, one.settings, {**one.tables, "options": read(options)}))["binding"]
    rules = binding.filter(pl.col("kind") == "order").get_column("rule").to_list()
    assert "double stands in p1 no more often than single." in rules
