"""Needs that nothing can supply: never a case that has a plan, always the link that was taken out, and exact where sizes do not matter."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

pytest.importorskip("pulp")

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from capcoop import CaseError, InfeasibleError, Problem, UnboundedError, check_case
from capcoop.case import Case
from capcoop.case.missing import check_needs
from capcoop.case.reach import supplied, supply_of
from strategies import cases
from support import case_of, plan_of, write_example
from tiny import Example, example, read

SLOW = tuple(HealthCheck)
CAPACITY = "site, line, capacity / A, kiln, 5 / A, mill, 5"
CHAIN = {
    "periods": "period, start / p1, 2020 / p2, 2021",
    "sites": "site / A / B",
    "products": "product / cement / clinker / limestone",
    "lines": "line / kiln / mill",
    "stock": CAPACITY,
    "processes": "process, line / bake, kiln / grind, mill",
    "recipes": "process, product, quantity / bake, clinker, 1 / bake, limestone, -1.5 / grind, cement, 1 / grind, clinker, -0.8",
    "purchases": "purchase, site, product, price / quarry, A, limestone, 1",
    "channels": "channel, from, to / rail, A, B",
    "freight": "channel, product / rail, *",
    "needs": "site, product, quantity / B, cement, 1",
}
RAIL = "channel 'rail' needs 'cement' at 'A'"
GRIND = f"{RAIL}, process 'grind' needs 'clinker' at 'A'"
BAKE = f"{GRIND}, process 'bake' needs 'limestone' at 'A'"
STOCK = "state its stock, or an option that adds some"
REMOVED = {
    "the purchase": (
        {"purchases": ""},
        "",
        f"{BAKE}, and nothing makes, brings or sells it",
        "add a purchase, a process or a channel for 'limestone' at 'A'",
    ),
    "the purchase at that site": (
        {"purchases": "purchase, site, product, price / quarry, B, limestone, 1"},
        "",
        f"{BAKE}, and no channel brings it there from 'B'",
        "add a channel, or a row to freight.csv",
    ),
    "the purchase in a period": (
        {"purchases": "purchase, site, product, period, price / quarry, A, limestone, p1, 1"},
        " in 'p2'",
        f"{BAKE}, and nothing makes, brings or sells it",
        "add a purchase, a process or a channel for 'limestone' at 'A'",
    ),
    "the stock": (
        {"stock": "site, line, capacity / A, mill, 5 / A, kiln, 0"},
        "",
        f"{GRIND}, and line 'kiln' of process 'bake' has no capacity there",
        STOCK,
    ),
    "the stock in a period": (
        {"stock": "site, line, period, capacity / A, mill, , 5 / A, kiln, p2, 5"},
        " in 'p1'",
        f"{GRIND}, and line 'kiln' of process 'bake' has no capacity there",
        STOCK,
    ),
    "the line": (
        {"stock": "site, line, capacity / A, mill, 5"},
        "",
        f"{GRIND}, and line 'kiln' of process 'bake' has no capacity there",
        STOCK,
    ),
    "the option in time": (
        {"stock": "site, line, capacity / A, mill, 5", "options": "option, site, line, lead_years, life / new, A, kiln, 1, 20"},
        " in 'p1'",
        f"{GRIND}, and line 'kiln' of process 'bake' has no capacity there",
        STOCK,
    ),
    "the size of the option": (
        {"stock": "site, line, capacity / A, mill, 5", "options": "option, site, line, maximum_total, life / new, A, kiln, 0, 20"},
        "",
        f"{GRIND}, and line 'kiln' of process 'bake' has no capacity there",
        STOCK,
    ),
    "the placement": (
        {"placements": "process, site / bake, B"},
        "",
        f"{GRIND}, and process 'bake' may not run there",
        "add 'A' to its rows in placements.csv",
    ),
    "the leave to run": (
        {"placements": "process, site, maximum / bake, A, 0"},
        "",
        f"{GRIND}, and process 'bake' has a maximum of 0 there",
        "raise it in placements.csv",
    ),
    "the recipe": (
        {
            "products": "product / cement / clinker",
            "lines": "line / mill",
            "stock": "site, line, capacity / A, mill, 5",
            "processes": "process, line / grind, mill",
            "recipes": "process, product, quantity / grind, cement, 1 / grind, clinker, -0.8",
            "purchases": "",
        },
        "",
        f"{GRIND}, and nothing makes, brings or sells it",
        "add a purchase, a process or a channel for 'clinker' at 'A'",
    ),
    "the freight": (
        {"freight": "channel, product / rail, clinker"},
        "",
        "no row of freight lets 'cement' use channel 'rail' from 'A'",
        "add a row to freight.csv",
    ),
    "the capacity of the channel": (
        {"channels": "channel, from, to, capacity / rail, A, B, 0"},
        "",
        "channel 'rail' from 'A' carries nothing",
        "state its capacity, or an option that adds some",
    ),
    "the channel": (
        {"channels": "channel, from, to / rail, B, A"},
        "",
        "no channel brings it there from 'A'",
        "add a channel, or a row to freight.csv",
    ),
    "all but a circle of channels": (
        {
            **dict.fromkeys(("lines", "stock", "processes", "recipes", "purchases"), ""),
            "products": "product / cement",
            "channels": "channel, from, to, both_ways / rail, A, B, yes",
        },
        "",
        f"{RAIL}, and nothing makes, brings or sells it",
        "add a purchase, a process or a channel for 'cement' at 'A'",
    ),
}


def problems(one: Example) -> list[Problem]:
    with tempfile.TemporaryDirectory() as folder:
        return check_case(write_example(Path(folder) / "case", one.settings, one.tables))[1]


def altered(changed: dict[str, str]) -> Example:
    one = example(None, {}, **CHAIN)
    return replace(one, tables=one.tables | {table: read(text) if text else [] for table, text in changed.items()})


def test_a_whole_chain_is_no_problem() -> None:
    assert problems(altered({})) == []


@pytest.mark.parametrize("link", REMOVED)
def test_the_link_that_was_taken_out_is_named(link: str) -> None:
    changed, when, missing, remedy = REMOVED[link]
    assert list(map(str, problems(altered(changed)))) == [f"needs.csv row 2: 'cement' at 'B' cannot be supplied{when}: {missing}; {remedy}"]


@pytest.mark.parametrize(
    "changed",
    [
        {"needs": "site, product, quantity / B, cement, 0"},
        {"products": "product, penalty / cement, 9 / clinker, / limestone,"},
        {"stock": "", "options": "option, site, line, life / a, A, kiln, 9 / b, A, mill, 9"},
        {
            "stock": "site, line, capacity / A, mill, 5",
            "options": "option, life / a, 9",
            "packages": "option, site, line, capacity / a, A, kiln, 2",
        },
        {"channels": "channel, from, to, capacity / rail, A, B, 0", "options": "option, channel, life / a, rail, 9"},
        {"channels": "channel, from, to, both_ways / rail, B, A, yes"},
    ],
)
def test_what_can_be_supplied_or_need_not_be_is_no_problem(changed: dict[str, str]) -> None:
    assert problems(altered(changed)) == []


def test_a_long_chain_is_told_in_short() -> None:
    sites = [f"s{i}" for i in range(20)]
    tables = {
        "sites": [{"site": site} for site in sites],
        "products": [{"product": "g"}],
        "channels": [{"channel": f"c{i}", "from": sites[i], "to": sites[i + 1]} for i in range(19)],
        "freight": [{"product": "*"}],
        "needs": [{"site": "s19", "product": "g", "quantity": "1"}],
    }
    (problem,) = problems(Example({}, tables, None))
    assert problem.rule == (
        "cannot be supplied: channel 'c18' needs 'g' at 's18', channel 'c17' needs 'g' at 's17', 16 more links, "
        "channel 'c0' needs 'g' at 's0', and nothing makes, brings or sells it"
    )


CIRCLE = {
    "sites": "site / A",
    "products": "product, disposal / coal, yes / power, yes",
    "processes": "process / mine / plant",
    "needs": "site, product, quantity / A, power, 1",
}


def test_a_circle_that_yields_more_than_it_takes_supplies_itself() -> None:
    recipes = "process, product, quantity / mine, coal, 1 / mine, power, -0.1 / plant, power, 3 / plant, coal, -1"
    one = example(None, {}, **CIRCLE, recipes=recipes)
    assert problems(one) == []
    with tempfile.TemporaryDirectory() as folder:
        assert plan_of(case_of(Path(folder), one.settings, one.tables)).objective == pytest.approx(0)


def test_a_circle_that_takes_more_than_it_yields_does_not() -> None:
    recipes = "process, product, quantity / mine, coal, 1 / mine, power, -4 / plant, power, 3 / plant, coal, -1"
    (problem,) = problems(example(None, {}, **CIRCLE, recipes=recipes))
    assert "process 'plant' needs 'coal' at 'A', and making that takes more of it than it yields" in str(problem)


def hard(one: Example) -> Case:
    """The case with every need to be met, whether or not anything can."""
    with tempfile.TemporaryDirectory() as folder:
        case = case_of(Path(folder), one.settings | {"penalty": 100.0}, one.tables)
    case = case.replace(products=case.frames["products"].with_columns(penalty=pl.lit(None, pl.Float64)))
    return Case(case.name, case.settings.model_copy(update={"penalty": None}), case.frames)


def faults(case: Case) -> list[Problem]:
    return list(check_needs(case, {"needs": pl.Series(range(2, case["needs"].frame.height + 2))}, {}))


def has_plan(case: Case) -> bool:
    try:
        plan_of(case)
    except UnboundedError:
        return True
    except (InfeasibleError, CaseError):
        return False
    return True


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(cases(), st.data())
def test_a_case_with_a_plan_is_never_blamed(one: Example, data: st.DataObject) -> None:
    """Random cases of every kind, from which a few rows of supply were taken out."""
    tables = dict(one.tables)
    for table in ("purchases", "stock", "freight", "recipes"):
        rows = tables.get(table, [])
        kept = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))) if rows else []
        tables[table] = [row for row, keep in zip(rows, kept, strict=True) if keep or table == "recipes"]
    tables["limits"] = tables["limit_terms"] = []
    if tables.get("channels") and not tables["freight"]:
        tables["freight"] = [{"product": "*"}]
    try:
        case = hard(replace(one, tables=tables))
    except CaseError:  # a price stood in a row that was taken out
        reject()
    if faults(case):
        assert not has_plan(case)


@st.composite
def sizeless(draw: st.DrawFn) -> Example:
    """A case in which no size matters: what can be supplied at all can be supplied in any amount."""
    goods, sites = ["a", "b", "c", "d"], ["A", "B", "C"]
    quantity = st.sampled_from([-2, -1, -0.5, 0.5, 1, 2, 3])
    recipes = draw(st.lists(st.dictionaries(st.sampled_from(goods), quantity, min_size=1, max_size=3), max_size=5))
    recipes = [recipe for recipe in recipes if max(recipe.values()) > 0]
    ways = draw(
        st.lists(st.tuples(st.sampled_from(sites), st.sampled_from(sites), st.sampled_from(["", "0.5", "0.9"]), st.booleans()), max_size=4)
    )
    ways = [way for way in ways if way[0] != way[1]]
    spots = draw(st.lists(st.tuples(st.sampled_from(["", *sites]), st.sampled_from(goods)), max_size=len(recipes), unique=True))
    bought = draw(st.lists(st.tuples(st.sampled_from(sites), st.sampled_from(goods)), max_size=1))
    needed = draw(st.tuples(st.sampled_from(sites), st.sampled_from(goods)))
    tables = {
        "sites": [{"site": site} for site in sites],
        "products": [{"product": good, "disposal": "yes"} for good in goods],
        "processes": [{"process": f"k{k}"} for k in range(len(recipes))],
        "recipes": [
            {"process": f"k{k}", "product": good, "quantity": f"{n:g}"} for k, recipe in enumerate(recipes) for good, n in recipe.items()
        ],
        "placements": [{"process": f"k{k}", "site": site} for k, (site, _) in enumerate(spots) if site],
        "channels": [
            {"channel": f"w{i}", "from": start, "to": end, "loss": loss, "both_ways": "yes" if both else ""}
            for i, (start, end, loss, both) in enumerate(ways)
        ],
        "freight": [{"product": "*"}] if ways else [],
        "purchases": [{"purchase": "p", "site": site, "product": good, "price": "1"} for site, good in bought],
        "needs": [{"site": site, "product": good, "quantity": "1" if (site, good) == needed else "0"} for site in sites for good in goods],
    }
    return Example({"title": "sizeless"}, tables, None)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(sizeless())
def test_where_no_size_matters_it_is_exact(one: Example) -> None:
    case = hard(one)
    assert bool(faults(case)) is not has_plan(case)


def test_a_large_case_takes_no_time() -> None:
    sys.path.insert(0, str(Path(__file__).parent.parent / "bench"))
    from instances import as_case, make

    case = as_case(make("M"))
    start = time.perf_counter()
    supply = supply_of(case)
    assert supplied(supply, np.ones_like(supply.bought)).all()
    assert time.perf_counter() - start < 0.5
