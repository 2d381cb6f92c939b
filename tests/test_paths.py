"""Needs that must be reached over several paths that share no channel: by hand, against networkx, checked, explained, solved again."""

from __future__ import annotations

import tempfile
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from capcoop import CaseError, explain
from capcoop.case import Case, check_case, judge_case
from capcoop.errors import InfeasibleError
from capcoop.model.build import build
from capcoop.model.update import update
from capcoop.plan import Plan
from capcoop.plan.verify import verify
from capcoop.solve import apart
from capcoop.solve.method import solve
from capcoop.solve.resolve import Resolver
from support import case_of, plan_of, write_example
from tiny import example

TRIANGLE = {
    "sites": "site / A / B / C",
    "channels": "channel, from, to, capacity, both_ways / ab, A, B, 10, yes / bc, B, C, 10, yes / ac, A, C, 0, yes",
    "freight": "channel, product / *, g",
    "purchases": "purchase, site, product, price / buy, A, g, 1",
    "options": "option, channel, unit_size, build_cost, charge / new, ac, 10, 0.7, annual",
}
CHAIN = {**TRIANGLE, "channels": "channel, from, to, capacity / ab, A, B, 10 / bc, B, C, 10", "options": "option"}
MILL = {
    "lines": "line / mill",
    "processes": "process, line / make, mill",
    "recipes": "process, product, quantity / make, g, 1",
    "options": "option, site, line, unit_size, build_cost, charge / mill, B, mill, 10, 0.5, annual",
}


def need(paths: object, site: str = "C", quantity: object = 5) -> dict[str, str]:
    return {"needs": f"site, product, quantity, paths / {site}, g, {quantity}, {paths}"}


def read(tables: dict[str, str], settings: dict[str, Any] | None = None) -> Case:
    one = example(None, settings or {}, **tables)
    with tempfile.TemporaryDirectory() as folder:
        return case_of(Path(folder), one.settings, one.tables)


def planned(tables: dict[str, str], settings: dict[str, Any] | None = None) -> Plan:
    """Return the plan; it passes the check."""
    case = read(tables, settings)
    plan = plan_of(case)
    assert verify(case, plan).faults == ()
    return plan


def told(tables: dict[str, str], settings: dict[str, Any] | None = None) -> list[str]:
    one = example(None, settings or {}, **tables)
    with tempfile.TemporaryDirectory() as folder:
        return [str(problem) for problem in check_case(write_example(Path(folder), one.settings, one.tables))[1]]


def test_a_ring_is_closed_where_two_paths_are_asked_for() -> None:
    assert planned({**TRIANGLE, **need("")}).objective == pytest.approx(5)
    assert planned({**TRIANGLE, **need(2)}).objective == pytest.approx(5 + 10 * 0.7)


def test_the_cheapest_second_path_may_be_a_detour() -> None:
    """A-D-C costs 3 + 2, A-C 7: two builds instead of one, over a site where nothing is needed."""
    detour = {
        "sites": "site / A / B / C / D",
        "channels": TRIANGLE["channels"] + " / ad, A, D, 0, yes / cd, C, D, 0, yes",
        "options": TRIANGLE["options"] + " / ad, ad, 1, 3, annual / cd, cd, 1, 2, annual",
    }
    assert planned({**TRIANGLE, **detour, **need(2)}).objective == pytest.approx(10)
    assert planned({**TRIANGLE, **detour, **need(3)}).objective == pytest.approx(17)


def test_paths_may_meet_at_a_site_but_share_no_channel() -> None:
    """Two channels from A to B and two from B to C: two paths through B, though not three."""
    meeting = "channel, from, to / 1, A, B / 2, A, B / 3, B, C / 4, B, C"
    assert planned({**CHAIN, "channels": meeting, **need(2)}).objective == pytest.approx(5)
    assert any("only 2 paths" in text for text in told({**CHAIN, "channels": meeting, **need(3)}))


def test_a_path_uses_no_direction_that_a_channel_has_not() -> None:
    assert planned({**TRIANGLE, "channels": TRIANGLE["channels"].replace("C, 0, yes", "C, 5, no"), "options": "option", **need(2)})
    against = TRIANGLE["channels"].replace("A, C, 0, yes", "C, A, 5, no")
    assert told({**TRIANGLE, "channels": against, "options": "option", **need(2)})


def test_a_channel_that_the_product_may_not_use_makes_no_path() -> None:
    barred = {**TRIANGLE, "freight": "channel, product / ab, g / bc, g"}
    (text,) = told({**barred, **need(2)})
    assert "only 1 path of 'g' to 'C'" in text


def test_paths_may_begin_at_different_sites() -> None:
    two = {**CHAIN, "channels": "channel, from, to / ac, A, C / bc, B, C"}
    assert told({**two, **need(2)})
    both = "purchase, site, product, price / buy, A, g, 1 / buy, B, g, 9"
    assert planned({**two, "purchases": both, **need(2)}).objective == pytest.approx(5)
    shut = "purchase, site, product, price, limit / buy, A, g, 1, / buy, B, g, 9, 0"
    assert told({**two, "purchases": shut, **need(2)})


def test_a_product_made_at_the_site_needs_no_channel() -> None:
    assert planned({**CHAIN, **need(4, "A")}).objective == pytest.approx(5)


def test_a_path_begins_with_a_line_only_where_it_stands() -> None:
    """A second path can begin only at B, where a mill would cost 5."""
    tables = {**CHAIN, **MILL, "channels": "channel, from, to / ac, A, C / bc, B, C"}
    assert planned({**tables, **need(1)}).objective == pytest.approx(5 * 0 + 5)
    assert planned({**tables, **need(2)}).objective == pytest.approx(5)
    dear = {**tables, "options": MILL["options"].replace("0.5", "2")}
    assert planned({**dear, **need(1)}).objective == pytest.approx(5)
    assert planned({**dear, **need(2)}).objective == pytest.approx(20)
    closed = {**dear, "placements": "process, site, maximum / make, B, 0"}
    assert told({**closed, **need(2)})
    assert planned({**dear, **need(2), "stock": "site, line, capacity / B, mill, 3"}).objective == pytest.approx(2)


def test_a_package_makes_a_channel_stand_and_what_it_takes_from_one_does_not_count() -> None:
    package = {
        "options": "option, fixed_build_cost, charge / new, 3, annual",
        "packages": "option, channel, capacity / new, ac, 4",
    }
    assert planned({**TRIANGLE, **package, **need(2)}).objective == pytest.approx(8)
    package["packages"] += " / new, ab, -1"
    (text,) = told({**TRIANGLE, **package, **need(2)})
    assert "only 1 path" in text


def test_chain_says_which_channels_all_paths_pass() -> None:
    (text,) = told({**CHAIN, **need(2)})
    assert text == (
        "needs.csv row 2, column paths: 2 finds only 1 path of 'g' to 'C', whatever is built: all pass channel 'ab'; "
        "add a channel beside them, or ask for fewer"
    )


def test_an_option_of_any_size_makes_no_path_and_is_named() -> None:
    (text,) = told({**TRIANGLE, "options": "option, channel, build_cost, charge / new, ac, 0.7, annual", **need(2)})
    assert text.endswith("state unit_size or minimum_size of option 'new': one of any size makes no path")


def test_a_least_size_and_the_points_of_a_curve_make_a_path_only_above_nothing() -> None:
    sized = "option, channel, minimum_size, maximum_size, build_cost, charge / new, ac, {}, 10, 1, annual"
    assert planned({**TRIANGLE, "options": sized.format(2), **need(2)}).objective == pytest.approx(7)
    assert told({**TRIANGLE, "options": sized.format(0), **need(2)})
    points = "option, size, cost / new, 1, 4 / new, 5, 6 / new, 9, 7"
    curve = {"options": "option, channel, charge / new, ac, annual", "option_points": points}
    assert planned({**TRIANGLE, **curve, **need(2)}).objective == pytest.approx(9)
    curve["option_points"] = curve["option_points"].replace("new, 1, 4", "new, 0, 4")
    assert told({**TRIANGLE, **curve, **need(2)})


def test_what_may_stay_unmet_is_met_in_the_share_of_its_paths() -> None:
    """One path of two: half of the need, 2.5, counts as not met, unless the ring for 7 costs less than that."""
    assert planned({**TRIANGLE, **need(2)}, {"penalty": 2}).objective == pytest.approx(2.5 * 2 + 2.5)
    assert planned({**TRIANGLE, **need(2)}, {"penalty": 5}).objective == pytest.approx(12)
    lame = example(None, {"penalty": 5}, **{**CHAIN, **need(2)})
    with tempfile.TemporaryDirectory() as folder:
        judged = judge_case(write_example(Path(folder), lame.settings, lame.tables))
    assert judged.hopeless == ()
    assert any("only 1 path" in str(note) for note in judged.notes)


def test_each_period_has_its_own_paths() -> None:
    """The ring is needed in the second of two years only, and is decided then: its life would end before otherwise."""
    timed = {
        **TRIANGLE,
        "periods": "period, start, weight / p1, 2020, 1 / p2, 2021, 1",
        "options": "option, channel, unit_size, build_cost, charge, life / new, ac, 10, 0.7, annual, 1",
        "needs": "site, product, period, quantity, paths / C, g, , 5, / C, g, p2, , 2",
    }
    timed["needs"] = "site, product, period, quantity, paths / C, g, p1, 5, 1 / C, g, p2, 5, 2"
    plan = planned(timed)
    assert plan.objective == pytest.approx(17)
    assert plan["builds"].filter(pl.col("builds") > 0).get_column("period").to_list() == ["p2"]


def test_of_the_parts_of_a_year_the_most_paths_count() -> None:
    sliced = {
        **TRIANGLE,
        "slices": "slice, hours / day, 4380 / night, 4380",
        "products": "product, sliced / g, yes",
        "needs": "site, product, slice, quantity, paths / C, g, day, 3, 2 / C, g, night, 2,",
    }
    assert planned(sliced).objective == pytest.approx(12)
    assert planned(sliced, {"penalty": 2}).objective == pytest.approx(7.5)


@pytest.mark.parametrize(("paths", "text"), [("1.5", "is no whole number"), ("0", "must be at least 1"), ("inf", "is not a finite number")])
def test_paths_are_whole_numbers(paths: str, text: str) -> None:
    (problem,) = told({**TRIANGLE, **need(paths)})
    assert text in problem


def test_the_check_finds_a_missing_path() -> None:
    """The plan for one path, and the plan whose builds are taken out, do not keep a case that asks for two."""
    two = read({**TRIANGLE, **need(2)})
    (fault,) = verify(two, planned({**TRIANGLE, **need(1)})).faults
    assert "Fewer paths of g that share no channel reach C" in fault
    assert verify(read({**TRIANGLE, **need(2)}, {"penalty": 9}), planned({**TRIANGLE, **need(1)})).faults


def test_parts_of_builds_make_parts_of_paths() -> None:
    half = TRIANGLE["options"].replace("charge /", "charge, whole /") + ", no"
    loose = TRIANGLE["channels"].replace("B, 10", "B, 0") + " / ab2, A, B, 10, yes"
    assert planned({**TRIANGLE, "options": half, "channels": loose, **need(2)}).objective == pytest.approx(12)


def test_a_limit_that_forbids_the_ring_is_explained() -> None:
    poor = {
        **TRIANGLE,
        **need(2),
        "limits": "limit, sense, value / money, <=, 5",
        "limit_terms": "limit, quantity / money, investment",
    }
    found = explain(read(poor))
    assert found.status == "conflict"
    words = {member.sentence for member in found.members}
    assert "Paths of g to C that share no channel: 2 paths" in words
    assert any("money" in word for word in words)
    assert {single.sets for single in found.singles} >= {("needs/C;g/paths=1",), ("limits/money/value=7",)}


def test_a_missing_path_is_explained_though_the_case_is_refused() -> None:
    one = example(None, {}, **{**CHAIN, **need(2)})
    with tempfile.TemporaryDirectory() as folder:
        path = write_example(Path(folder), one.settings, one.tables)
        with pytest.raises(CaseError, match="only 1 path"):
            judge_case(path).sound()
        found = explain(judge_case(path).sound(plannable=False))
    assert found.status == "conflict"
    assert "Paths of g to C that share no channel: 2 paths" in {member.sentence for member in found.members}
    assert found.links[-1] == "There is only 1 path of 'g' to 'C', whatever is built: all pass channel 'ab'."


def test_changed_needs_and_limits_give_the_model_that_would_be_built() -> None:
    case = read({**TRIANGLE, **need(2)}, {"penalty": 5})
    model = build(case)
    resolver = Resolver(model)
    for table, column, value in (
        ("needs", "quantity", 0.0),
        ("needs", "quantity", 3.0),
        ("purchases", "limit", 0.0),
        ("needs", "paths", 3.0),
    ):
        other = case.replace(**{table: case.frames[table].with_columns(pl.lit(value).alias(column))})
        one, two = update(model, other).program, build(other).program
        for name in ("cost", "lower", "upper", "row_lower", "row_upper", "starts", "indices", "values"):
            assert np.array_equal(getattr(one, name), getattr(two, name)), (table, value, name)
        assert resolver.solve(other).objective == pytest.approx(solve(two, other.settings.solver).objective)


def _random(seed: int) -> tuple[dict[str, str], list[tuple[int, int, float]], list[int], int]:
    """Return a case of one need at site 0, its channels (ends, cost of a build; 0: it stands), where it can be bought, the paths."""
    random = np.random.default_rng(seed)
    sites = int(random.integers(4, 7))
    ends = random.integers(0, sites, (int(random.integers(8, 13)), 2)).tolist()
    links = [(a, b, float(random.integers(0, 6))) for a, b in ends if a != b]
    starts = sorted({int(one) for one in random.integers(1, sites, 2)})
    channels = [f"c{i}, s{a}, s{b}, {0 if cost else 9}, yes" for i, (a, b, cost) in enumerate(links)]
    options = [f"o{i}, c{i}, 9, {cost:g}, annual, 1" for i, (_, _, cost) in enumerate(links) if cost]
    return (
        {
            "sites": "site / " + " / ".join(f"s{i}" for i in range(sites)),
            "channels": "channel, from, to, capacity, both_ways / " + " / ".join(channels),
            "freight": "channel, product / *, g",
            "purchases": "purchase, site, product, price / " + " / ".join(f"buy, s{one}, g, 0" for one in starts),
            "options": "option, channel, unit_size, fixed_build_cost, charge, maximum_builds / " + " / ".join(options)
            if options
            else "option",
        },
        links,
        starts,
        int(random.integers(2, 4)),
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_cheapest_builds_are_those_that_networkx_finds(seed: int) -> None:
    """Of all sets of builds the cheapest with enough edge-disjoint paths, counted by another library."""
    networkx = pytest.importorskip("networkx")
    tables, links, starts, paths = _random(seed)

    def enough(chosen: tuple[int, ...]) -> bool:
        graph = networkx.DiGraph()
        graph.add_nodes_from(["begin", 0])
        for i, (a, b, cost) in enumerate(links):
            for start, end in ((a, b), (b, a)) if not cost or i in chosen else ():
                room = graph[start][end]["capacity"] if graph.has_edge(start, end) else 0
                graph.add_edge(start, end, capacity=room + 1)
        for one in starts:
            graph.add_edge("begin", one, capacity=paths)
        return bool(networkx.maximum_flow_value(graph, "begin", 0) >= paths)

    built = [i for i, link in enumerate(links) if link[2]]
    costs = [sum(links[i][2] for i in some) for size in range(len(built) + 1) for some in combinations(built, size) if enough(some)]
    try:
        case = read({**tables, **need(paths, "s0", 1)})
        plan = plan_of(case)
    except (CaseError, InfeasibleError):
        assert costs == []
        return
    assert plan.objective == pytest.approx(min(costs))
    assert verify(case, plan).faults == ()


def test_rings_are_solved_apart_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two triangles that share nothing: each part of the program keeps its paths."""
    two = {
        "sites": "site / A / B / C / D / E / F",
        "products": "product / g / h",
        "channels": TRIANGLE["channels"] + " / de, D, E, 10, yes / ef, E, F, 10, yes / df, D, F, 0, yes",
        "freight": "channel, product / *, *",
        "purchases": TRIANGLE["purchases"] + " / buy, D, h, 1",
        "options": TRIANGLE["options"] + " / other, df, 10, 0.9, annual",
        "needs": "site, product, quantity, paths / C, g, 5, 2 / F, h, 5, 2",
    }
    monkeypatch.setattr(apart, "FEWEST_WHOLE", 1)
    model = build(read(two))
    assert len(apart.parts_of(model.program)) == 3
    assert planned(two).objective == pytest.approx(10 + 7 + 9)


def _mixed(seed: int) -> tuple[dict[str, str], dict[str, Any]]:
    """Return a random ring with everything that makes channels and lines stand: two periods, mills, packages, curves, parts of builds."""
    random = np.random.default_rng(seed)
    sites = [f"s{i}" for i in range(int(random.integers(3, 6)))]

    def one(*values: object) -> Any:
        return values[int(random.integers(0, len(values)))]

    ends = [(a, b) for a, b in random.integers(0, len(sites), (9, 2)).tolist() if a != b]
    channels = [f"c{i}, s{a}, s{b}, {one('', 0, 0, 4)}, {one('yes', 'no')}, {one('', '', 0.5)}" for i, (a, b) in enumerate(ends)]
    grown = [i for i, channel in enumerate(channels) if channel.split(", ")[3]]
    options = [f"o{i}, , , c{i}, {one('2,', ',2', '0.5,')}, {one(1, 3, 6)}, {one('', 'no')}, {one('', 1)}, {one(1, 9)}" for i in grown]
    mills = [f"m{site}, {site}, mill, , {one('3,', ',2')}, {one(2, 5)}, , , 9" for site in sites if one(True, False)]
    bundle = [f"p, {one('c' + str(i), 'c' + str(grown[0]))}, {one(2, -1)}" for i in grown[:1]]
    head = "option, site, line, channel, unit_size, minimum_size, fixed_build_cost, whole, lead_years, life"
    rows = [*options, *mills, *(["p, , , , , , 4, , , 9"] if bundle else [])]
    tables = {
        "sites": "site / " + " / ".join(sites),
        "periods": "period, start, weight / t1, 2020, 1 / t2, 2021, 1",
        "lines": "line / mill",
        "stock": f"site, line, capacity / {one(*sites)}, mill, {one(0, 2)}",
        "processes": "process, line, cost / make, mill, 2",
        "recipes": "process, product, quantity / make, g, 1",
        "placements": f"process, site, period, maximum / make, , , / make, {one(*sites)}, t1, 0",
        "channels": "channel, from, to, capacity, both_ways, loss / " + " / ".join(channels),
        "freight": f"channel, product, use / *, g, 1 / c0, g, {one(0, 1)}",
        "purchases": "purchase, site, product, period, price, limit"
        f" / buy, {one(*sites)}, g, , 1, / shut, {one(*sites)}, g, t2, 1, {one(0, 5)}",
        "options": f"{head}, maximum_size, charge / "
        + " / ".join(f"{row}, 9, annual" if ",2" in row else f"{row}, , annual" for row in rows),
        "packages": "option, channel, capacity / " + " / ".join(bundle) if bundle else "option",
        "needs": f"site, product, period, quantity, paths / s0, g, , 2, {one(2, 3)} / {one(*sites[1:])}, g, t2, 1, {one(1, 2)}",
    }
    return tables, {"penalty": one(3, 8, None)}


@pytest.mark.parametrize("seed", range(80))
def test_random_rings_cost_what_the_textbook_says(seed: int) -> None:
    pytest.importorskip("pulp")
    import textbook

    tables, settings = _mixed(seed)
    one = example(None, settings, **tables)
    status, objective = textbook.solve({k: v for k, v in one.settings.items() if v is not None}, one.tables)
    if status == "infeasible":
        with pytest.raises((CaseError, InfeasibleError)):
            plan_of(read(tables, settings))
        return
    case = read(tables, settings)
    plan = plan_of(case)
    assert status == "optimal"
    assert plan.objective == pytest.approx(objective, rel=1e-6, abs=1e-6)
    assert verify(case, plan).faults == ()
