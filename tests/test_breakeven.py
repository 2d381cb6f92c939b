"""Break-evens solved by hand, and the figures that they vary: one, several together, settings; what cannot be varied is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

import instances
from capcoop import BreakEven, CaseError, Sweep, UsageError, break_even, find_case, plan_case, read_case, until_of, write_case
from capcoop.case.vary import Varied
from capcoop.sweeps import targets_and_ends
from support import write_example
from test_cli import capcoop

# A works of any size makes at 1 a unit what is bought at 7: with an annuity at 10 % over 10 years it pays up to 6 / 0.1627454 = 36.867.
RECOVERY = 0.1 / (1 - 1.1**-10)
SETTINGS = {"discount_rate": 0.1, "currency": "million USD"}
TABLES: dict[str, list[dict[str, str]]] = {
    "sites": [{"site": "port"}],
    "products": [{"product": "urea", "unit": "kt"}],
    "lines": [{"line": "plant", "unit": "kt/year"}],
    "processes": [{"process": "make", "line": "plant", "cost": "1"}],
    "recipes": [{"process": "make", "product": "urea", "quantity": "1"}],
    "options": [{"option": "works", "site": "port", "line": "plant", "build_cost": "20", "life": "10"}],
    "needs": [{"site": "port", "product": "urea", "quantity": "10"}],
    "purchases": [{"purchase": "abroad", "site": "port", "product": "urea", "price": "7"}],
}
# The same works in whole units of 10 at 3 a unit and year, and 12 for each: 42 + 10 against 70.
WHOLE = {"build_cost": "3", "fixed_build_cost": "12", "unit_size": "10", "charge": "annual"}


def tables(**changes: Any) -> dict[str, list[dict[str, str]]]:
    return {**TABLES, **changes}


def works(**cells: str) -> list[dict[str, str]]:
    return [{**TABLES["options"][0], **cells}]


def search(folder: Path, *vary: str, until: str | None = None, sets: tuple[str, ...] = (), **more: Any) -> BreakEven:
    sweep = Sweep(folder, sets=sets)
    targets, ends = targets_and_ends(vary)
    varied = sweep.vary(*targets)
    meant = until_of(until, varied.case.names["options"], sorted(varied.options))
    return break_even(sweep, varied, meant, ends.of(varied), **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_example(tmp_path / "urea", SETTINGS, TABLES)


# ------------------------------------------------------------------------------------------------------------------ solved by hand


@pytest.mark.parametrize("target", ["works.build_cost", "options/works/build_cost", "w*.build_cost", "options/work?/build_cost"])
def test_the_annuity_that_equals_the_gap_in_price(folder: Path, target: str) -> None:
    found = search(folder, target)
    (change,) = found.changes
    assert change.exact
    assert change.value == pytest.approx(6 / RECOVERY, rel=1e-9)
    assert (change.before, change.after) == ("built", "not built")
    assert change.below.builds == {"works": pytest.approx(10)}
    assert change.above.builds == {}
    assert change.below.cost == pytest.approx(70 / 1.1)
    assert change.above.cost == pytest.approx(change.below.cost, rel=1e-12)
    assert change.within == pytest.approx(0, abs=1e-6)
    assert (found.present, found.unit) == (20, "million USD/kt/year")


def test_a_range_that_ends_too_early_is_widened_and_one_that_is_asked_for_is_not(folder: Path) -> None:
    near = search(folder, "works.build_cost", sets=("options/works/build_cost=1",))
    assert near.high == 100
    assert near.changes[0].value == pytest.approx(6 / RECOVERY)
    assert search(folder, "works.build_cost=0:30").changes == ()
    assert search(folder, "works.build_cost=x1.5:2").changes[0].value == pytest.approx(6 / RECOVERY)
    assert search(folder, "works.build_cost=25:").changes[0].value == pytest.approx(6 / RECOVERY)


def test_whole_units_with_a_fixed_cost(tmp_path: Path) -> None:
    folder = write_example(tmp_path, {}, tables(options=works(**WHOLE)))
    (fixed,) = search(folder, "works.fixed_build_cost").changes
    assert fixed.exact
    assert fixed.value == pytest.approx(30)
    small, size = search(folder, "works.unit_size=1:100", every=True).changes  # a coefficient: 3 x size + 12 + 10 = 70 at the size of 16
    assert small.low - 1e-9 <= 4 <= small.high + 1e-9  # 3 x size + 12 + size = 7 x size
    assert size.low - 1e-9 <= 16 <= size.high + 1e-9
    assert size.high - size.low <= 1e-4 * 16
    assert size.below.builds == {"works": pytest.approx(16, rel=1e-4)}
    assert size.above.builds == {}
    assert max(size.below.gap, size.above.gap) <= 1e-7


def test_the_need_at_which_a_whole_works_pays(tmp_path: Path) -> None:
    folder = write_example(tmp_path, {}, tables(options=works(**WHOLE)))
    found = search(folder, "needs/port;urea/quantity", until="works")  # 42 + need = 7 x need
    (change,) = found.changes
    assert change.low <= 7 <= change.high
    assert found.solves <= 6  # halving takes twenty
    assert change.high - change.low <= 1e-3
    assert (change.before, change.after) == ("not built", "built")
    (second,) = search(folder, "needs/port;urea/quantity=x0.5:3", until="works=20").changes  # 42 + 7 = 7 x 7
    assert second.low <= 17 <= second.high


def test_units_that_are_no_plan_at_the_other_end(tmp_path: Path) -> None:
    bought = [{**TABLES["purchases"][0], "limit": "9"}]
    folder = write_example(tmp_path, {}, tables(options=works(**WHOLE), purchases=bought))
    found = search(folder, "needs/port;urea/quantity=1:18", until="works")  # without a works nothing above 9 can be had
    assert found.changes[0].value == pytest.approx(7, rel=1e-4)
    assert found.solves <= 6


def test_a_need_above_the_stock_is_built_for_and_found_in_a_few_steps(tmp_path: Path) -> None:
    stock = [{"site": "port", "line": "plant", "capacity": "8"}]
    folder = write_example(tmp_path, SETTINGS, tables(stock=stock))
    found = search(folder, "needs/port;urea/quantity", until="works")
    (change,) = found.changes
    assert change.low <= 8 <= change.high
    assert change.high - change.low <= 1e-4 * 8.01
    assert found.solves <= 9  # halving takes twenty


def test_the_rate_at_which_the_annuity_is_the_gap(tmp_path: Path) -> None:
    folder = write_example(tmp_path, SETTINGS, tables(options=works(build_cost="30")))
    rate = brentq(lambda r: r / (1 - (1 + r) ** -10) - 0.2, 0.01, 0.5)
    (change,) = search(folder, "discount_rate", until="works").changes
    assert change.exact
    assert change.value == pytest.approx(rate, rel=1e-6)


def test_the_cost_that_is_asked_for(folder: Path) -> None:
    (change,) = search(folder, "works.build_cost", until="cost=50").changes
    assert change.low <= (50 * 1.1 - 10) / 10 / RECOVERY <= change.high  # (10 + 10 x annuity) / 1.1 = 50
    assert change.below.cost == pytest.approx(50, rel=1e-3)


def segments(tmp_path: Path) -> Path:
    """Two segments of a railway from mine to port, 10 and 20 a year and unit; by road it costs 60."""
    channels = [
        {"channel": "one", "from": "mine", "to": "pass", "mode": "rail", "capacity": "0"},
        {"channel": "two", "from": "pass", "to": "port", "mode": "rail", "capacity": "0"},
        {"channel": "road", "from": "mine", "to": "port", "mode": "road", "cost": "60"},
    ]
    rows = [
        {"option": f"rail-segment-{name}", "channel": name, "build_cost": cost, "charge": "annual", "life": "30"}
        for name, cost in (("one", "10"), ("two", "20"))
    ]
    made = {
        "sites": [{"site": "mine"}, {"site": "pass"}, {"site": "port"}],
        "products": [{"product": "ore", "unit": "Mt"}],
        "channels": channels,
        "freight": [{"channel": "*"}],
        "options": rows,
        "needs": [{"site": "port", "product": "ore", "quantity": "5"}],
        "purchases": [{"purchase": "dig", "site": "mine", "product": "ore", "price": "1"}],
    }
    return write_example(tmp_path / "rail", {}, made)


@pytest.mark.parametrize("vary", [("rail-segment-*.build_cost",), ("rail-segment-one.build_cost", "options/rail-segment-two/build_cost")])
@pytest.mark.parametrize("until", ["built", "not-built", "rail-segment-one,rail-segment-two", "rail-*"])
def test_several_figures_are_scaled_together(tmp_path: Path, vary: tuple[str, ...], until: str) -> None:
    found = search(segments(tmp_path), *vary, until=until)
    (change,) = found.changes
    assert change.value == pytest.approx(2)  # 30 x 2 = 60
    assert set(change.below.builds) == {"rail-segment-one", "rail-segment-two"}
    assert change.above.builds == {}
    assert (found.present, found.unit) == (1, "")


def two_works() -> dict[str, list[dict[str, str]]]:
    """A large works at 2 a unit and year, of 4, and a small one at 4, of any size: they pay from prices of 3 and 5."""
    cheap = {**works(option="cheap", build_cost="2", charge="annual", maximum_size="4")[0]}
    dear = {**works(option="dear", build_cost="4", charge="annual")[0]}
    return tables(options=[cheap, dear])


def test_of_several_changes_those_beside_the_present_value_or_all(tmp_path: Path) -> None:
    folder = write_example(tmp_path, {}, two_works())
    price = "purchases/abroad;port;urea/price"
    found = search(folder, f"{price}=0:10", sets=(f"{price}=4.5",))
    assert [change.value for change in found.changes] == [pytest.approx(3), pytest.approx(5)]
    found = search(folder, f"{price}=0:10", sets=(f"{price}=7",), between=9)
    assert [change.value for change in found.changes] == [pytest.approx(5)]
    assert found.beyond == 1
    assert (found.changes[0].before, found.changes[0].after) == ("cheap", "cheap, dear")
    found = search(folder, f"{price}=0:10", sets=(f"{price}=7",), every=True, between=9)
    assert [change.value for change in found.changes] == [pytest.approx(3), pytest.approx(5)]
    assert next(state for _, state, _ in found.points) == "nothing"


def test_where_a_plan_ends(tmp_path: Path) -> None:
    bought = [{**TABLES["purchases"][0], "limit": "20"}]
    folder = write_example(tmp_path, SETTINGS, tables(purchases=bought, options=works(maximum_size="5")))
    (change,) = search(folder, "needs/port;urea/quantity=3:", until="works=1").changes  # built wherever there is a plan, up to 25
    assert (change.before, change.after) == ("1 or more", "no plan")
    assert change.low <= 25 <= change.high
    assert change.above.cost is None
    nothing = search(folder, "needs/port;urea/quantity=30:40", until="works")
    assert nothing.changes == ()
    assert {state for _, state, _ in nothing.points} == {"no plan"}


def test_running_costs_and_conditions_that_never_hold(folder: Path) -> None:
    found = search(folder, "processes/make/cost=0:6", until="works", sets=(f"options/works/build_cost={4 / RECOVERY}",))
    assert [change.value for change in found.changes] == [pytest.approx(3)]  # 4 + 3 = 7
    assert search(folder, "works.build_cost", until="works=20").changes == ()


# ------------------------------------------------------------------------------------------ options whose own costs are varied


def many_works(count: int, seed: int) -> tuple[dict[str, list[dict[str, str]]], list[float]]:
    """Products that are bought, or made by whole works of their own; and the factor of its building costs at which each work pays.

    n works make up to 10 n at 1 a unit: they save (price - 1) x min(need, 10 n) a year, and cost n x (3 x 10 + fixed) times the factor.
    """
    random = np.random.default_rng(seed)
    prices, needs, fixed = random.uniform(3, 9, count), random.uniform(4, 60, count), random.uniform(5, 60, count)
    units = np.arange(1, 8)[:, None]
    factors = ((prices - 1) * np.minimum(needs, 10 * units) / (units * (30 + fixed))).max(axis=0)
    names = [f"p{i}" for i in range(count)]
    own = {"build_cost": "3", "unit_size": "10", "charge": "annual"}
    made = {
        "sites": [{"site": "port"}],
        "products": [{"product": name, "unit": "kt"} for name in names],
        "lines": [{"line": f"line-{name}", "unit": "kt/year"} for name in names],
        "processes": [{"process": f"make-{name}", "line": f"line-{name}", "cost": "1"} for name in names],
        "recipes": [{"process": f"make-{name}", "product": name, "quantity": "1"} for name in names],
        "options": [
            {"option": f"works-{name}", "site": "port", "line": f"line-{name}", "life": "10", "fixed_build_cost": repr(float(cost)), **own}
            for name, cost in zip(names, fixed, strict=True)
        ],
        "needs": [{"site": "port", "product": name, "quantity": repr(float(need))} for name, need in zip(names, needs, strict=True)],
        "purchases": [
            {"purchase": f"buy-{name}", "site": "port", "product": name, "price": repr(float(price))}
            for name, price in zip(names, prices, strict=True)
        ],
    }
    return made, factors.tolist()


@pytest.mark.parametrize(("count", "seed"), [(1, 1), (3, 2), (3, 3), (7, 4), (70, 5)])  # from 60 on parts are looked at apart
@pytest.mark.parametrize("sets", [(), ("gap=0.3",)])
def test_the_factor_at_which_the_first_of_many_whole_works_pays(tmp_path: Path, count: int, seed: int, sets: tuple[str, ...]) -> None:
    made, factors = many_works(count, seed)
    folder = write_example(tmp_path, {}, made)
    found = search(folder, "*.build_cost=x0.001:100", "*.fixed_build_cost", until="built", sets=sets)
    (change,) = found.changes
    assert change.exact
    assert change.value == pytest.approx(max(factors), rel=1e-7)  # the gap of the case does not matter
    assert (change.before, change.after) == ("built", "not built")
    assert change.above.builds == {}
    assert len(change.below.builds) == 1
    assert change.below.cost == pytest.approx(change.above.cost, rel=1e-9)
    assert found.solves <= 8


@pytest.mark.parametrize("count", [7, 70])
@pytest.mark.parametrize("sets", [(), ("gap=0.3",)])
def test_other_whole_works_do_not_blur_the_entry_of_one(tmp_path: Path, count: int, sets: tuple[str, ...]) -> None:
    """The others are chosen within the gap of the case, which moves the costs of both sides alike."""
    made, factors = many_works(count, 6)
    folder = write_example(tmp_path, {}, made)
    for number in (0, int(np.argmax(factors))):
        name = f"works-p{number}"
        (change,) = search(folder, f"{name}.build_cost=x0.001:100", f"{name}.fixed_build_cost", sets=sets).changes
        assert change.exact
        assert change.value == pytest.approx(factors[number], rel=1e-6)
        assert change.within <= 1e-6


@pytest.mark.parametrize("seed", [2, 3, 4, 7, 8, 10])
def test_one_of_several_whole_works_leaves_where_it_does_however_loose_the_plans_on_the_way(tmp_path: Path, seed: int) -> None:
    made, factors = many_works(4, seed)
    folder = write_example(tmp_path, {}, made)
    targets = ("*.build_cost=x0.05:20", "*.fixed_build_cost")
    (one,) = search(folder, *targets, until="works-p0").changes
    assert one.value == pytest.approx(factors[0], rel=1e-6)
    (both,) = search(folder, *targets, until="works-p1,works-p2").changes
    assert both.value == pytest.approx(min(factors[1:3]), rel=1e-6)
    around = [
        change.value for change in search(folder, *targets, until="change").changes
    ]  # on each side of the present value, where there is
    assert all(min(abs(value - factor) for factor in factors) < 1e-5 for value in around)
    assert [value > 1 for value in around] == sorted({factor > 1 for factor in factors})


def test_plans_far_from_the_entry_are_known_and_not_proven_unless_asked_for(tmp_path: Path) -> None:
    made, factors = many_works(3, 2)
    factor = max(factors)
    folder = write_example(tmp_path, {}, made)
    targets = ("*.build_cost=x0.1:9", "*.fixed_build_cost")
    found = search(folder, *targets, until="built")
    known = {value: answer for value, _, answer in found.points}
    sweep = Sweep(folder)
    varied = sweep.vary("*.build_cost", "*.fixed_build_cost")
    for value in (0.1, 1.0, 9.0):
        cost, least = known[value].cost, sweep.point(varied, value).answer.cost
        assert cost is not None
        assert least is not None
        assert cost >= least * (1 - 1e-9)
        assert np.isnan(known[value].gap) == (value < factor)
        if value > factor:
            assert cost == pytest.approx(least)  # above the entry nothing is cheaper, and that is proven
    assert max(answer.gap for _, _, answer in search(folder, *targets, until="built", between=1).points) <= 1e-7


def test_an_option_that_must_be_built_or_never_pays_does_not_enter(tmp_path: Path) -> None:
    made, factors = many_works(3, 2)
    factor = max(factors)
    folder = write_example(tmp_path, {}, made)
    targets = (f"*.build_cost=x{factor * 1.01}:{factor * 2}", "*.fixed_build_cost")
    assert search(folder, *targets, until="built").changes == ()
    assert search(folder, f"*.build_cost=x0.01:{factor * 0.99}", "*.fixed_build_cost", until="built").changes == ()
    alone = write_example(tmp_path / "alone", {}, {**made, "purchases": made["purchases"][1:]})
    found = search(alone, "*.build_cost=x0.01:100", "*.fixed_build_cost", until="built")
    assert found.changes == ()
    assert {state for _, state, _ in found.points} == {"built"}


def test_a_linear_entry_takes_few_plans(folder: Path, tmp_path: Path) -> None:
    found = search(folder, "works.build_cost=0:1000")  # the line is worth from 6 a unit and year on, so that prices do not tell the entry
    assert found.changes[0].value == pytest.approx(6 / RECOVERY, rel=1e-9)
    assert found.solves <= 6
    large = write_case(instances.as_case(instances.make("S")), tmp_path / "S", "parquet")
    found = search(large, "open line 0.build_cost=0:27.65", until="built")
    assert found.solves <= 4  # halving takes eighteen
    value = found.changes[0].value
    sweep = Sweep(large)
    states = ["open line 0" in sweep.at("open line 0.build_cost", value * side).builds for side in (0.9999, 1.0001)]
    assert states == [True, False]


def test_a_whole_option_among_others_of_the_same_cost() -> None:
    """Where an option enters whose cost moves with that of others is no entry of all; the plans on both sides are proven anew."""
    sets = ("threads=1", "gap=1e-9")
    found = search(find_case("yemen-cement"), "dry-kiln-*.fixed_build_cost=x0.2:5", until="dry-kiln-medium-amran", sets=sets)
    (change,) = found.changes
    assert change.within <= 1e-4 * change.value
    assert found.solves <= 6  # halving takes eighteen
    sweep = Sweep(find_case("yemen-cement"), sets=sets)
    built = [
        "dry-kiln-medium-amran" in sweep.at("options/dry-kiln-*/fixed_build_cost", change.value * side).builds for side in (0.9998, 1.0002)
    ]
    assert built == [True, False]


# ------------------------------------------------------------------------------------------------------------- values in memory


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("options/works/build_cost", 3.5),
        ("options/works/maximum_total", 4.0),
        ("needs/port;urea/quantity", 12.0),
        ("purchases/abroad;port;urea/price", 2.0),
        ("purchases/abroad;port;urea/limit", 6.0),
        ("stock/port;plant/capacity", 3.0),
        ("discount_rate", 0.2),
        ("penalty", 5.0),
        ("exchange_rates.EUR", 2.0),
        ("price_year", 2030.0),
    ],
)
def test_a_value_in_memory_is_the_value_that_is_read(tmp_path: Path, target: str, value: float) -> None:
    priced = [{**TABLES["purchases"][0], "currency": "thousand EUR", "unit": "Mt", "price": "7000000"}]
    folder = write_example(tmp_path, {**SETTINGS, "exchange_rates": {"EUR": 1.5}}, tables(purchases=priced))
    case, hopeless = Varied(folder, [target]).at(value)
    again = read_case(folder, sets=[f"{target}={value!r}"])
    assert hopeless == ()
    assert case.settings == again.settings
    for table, frame in again.frames.items():
        assert case.frames[table].equals(frame), table
    assert plan_case(case).objective == pytest.approx(plan_case(again).objective)


def test_a_factor_scales_what_is_stated_and_leaves_the_rest(tmp_path: Path) -> None:
    rows = [
        {"purchase": "a", "site": "port", "product": "urea", "price": "7", "limit": "3"},
        {"purchase": "b", "site": "port", "product": "urea", "price": "8", "limit": "inf"},
        {"purchase": "c", "site": "port", "product": "urea", "price": "9"},
    ]
    varied = Varied(write_example(tmp_path, SETTINGS, tables(purchases=rows)), ["purchases/*/limit"])
    assert (varied.count, varied.present, varied.single) == (2, 1.0, False)
    case, _ = varied.at(2.0)
    assert case.frames["purchases"]["limit"].to_list() == [6, np.inf, None]
    assert varied.case.frames["purchases"]["limit"].to_list() == [3, np.inf, None]


@pytest.mark.parametrize(
    ("target", "value", "told"),
    [
        ("lines/plant/availability", 1.5, "--vary lines/plant/availability: 1.5 must be at most 1"),
        ("works.unit_size", 0.0, "--vary works.unit_size: 0 must be above 0"),
        ("works.build_cost", float("nan"), "nan is not a finite number"),
        ("works.life", 1e-5, "options.csv row 2, column life: 1e-05 is less than an hour"),
        ("discount_rate", 20.0, "--vary discount_rate, column discount_rate: 20.0 must be below 10"),
        ("needs/prt;urea/quantity", 5.0, "'prt' is not in sites; did you mean 'port'?"),
    ],
)
def test_a_value_that_breaks_a_rule_is_told(folder: Path, target: str, value: float, told: str) -> None:
    with pytest.raises(CaseError) as error:
        Varied(folder, [target]).at(value)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("vary", "until", "told"),
    [
        ("wroks.build_cost", None, "no row of options has the key 'wroks'; did you mean 'works'?"),
        ("works.bild_cost", None, "'bild_cost' is not a column of numbers of options; did you mean 'build_cost'?"),
        ("options/works/supplier", None, "'supplier' is not a column of numbers of options"),
        ("option_points/works/size", None, "'size' is not a column of numbers of option_points"),
        ("optoins/works/build_cost", None, "'optoins' is not a table that can be changed; did you mean 'options'?"),
        ("limit_terms/x/coefficient", None, "'limit_terms' is not a table that can be changed"),
        ("discont_rate", None, "did you mean 'discount_rate'?"),
        ("", None, "write TABLE/KEY/COLUMN"),
        ("needs/*;steel/quantity", None, "no row of needs has the key '*;steel'"),
        ("works.maximum_size", None, "is not stated now, which tells no range; say where to look, such as works.maximum_size=1:100"),
        ("purchases/*/limit", None, "is not stated"),
        ("works.build_cost=9:1", None, "there is nothing between 9 and 1"),
        ("works.build_cost=1:2:3", None, "a range is written FROM:TO"),
        ("works.build_cost=a:3", None, "'a' is not a number; a range is written FROM:TO"),
        ("works.build_cost=:", None, "a range is written FROM:TO"),
        ("works.build_cost", "wroks", "--until wroks: no option is called so; did you mean 'works'?"),
        ("works.build_cost", "works=many", "'many' is not a number"),
        ("works.build_cost", "biult", "did you mean 'built'?"),
        ("works.maximum_size=x0.5:2", None, "is not stated now, so that there are no multiples of it"),
        ("*/*/build_cost", None, "write TABLE/KEY/COLUMN"),
    ],
)
def test_what_cannot_be_searched_is_told_in_a_sentence(folder: Path, vary: str, until: str | None, told: str) -> None:
    with pytest.raises(UsageError) as error:
        search(folder, vary, until=until)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_two_ranges_and_absolute_values_of_several_figures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two of --vary say where to look"):
        search(segments(tmp_path), "rail-segment-one.build_cost=1:2", "rail-segment-two.build_cost=1:2")
    with pytest.raises(UsageError, match="names 2 figures; write multiples of what they say"):
        search(segments(tmp_path), "rail-*.build_cost=1:9")
    with pytest.raises(UsageError, match="the case has no options"):
        search(find_case("mexico-steel"), "needs/*/quantity", until="built")


# ------------------------------------------------------------------------------------------------------------------ the command


def test_the_command(folder: Path, tmp_path: Path) -> None:
    done = capcoop("breakeven", folder, "--vary", "works.build_cost", "--until", "built", "--points", "9", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for words in ("Works: built below 36.8674 million USD/kt/year, not built above it", "1.84 times the present value", "▲", "●", "█"):
        assert words in " ".join(done.stdout.split())
    record = json.loads(capcoop("breakeven", folder, "--vary", "works.build_cost", "--json", cwd=tmp_path).stdout)
    assert record["changes"][0]["value"] == pytest.approx(6 / RECOVERY)
    assert record["changes"][0]["below"]["builds"] == {"works": pytest.approx(10)}
    assert record["present"] == 20


def test_the_command_says_that_nothing_changes_or_that_there_is_no_plan(folder: Path, tmp_path: Path) -> None:
    done = capcoop("breakeven", folder, "--vary", "works.build_cost=1:30", cwd=tmp_path)
    assert done.returncode == 0
    assert "No change: works: built from 1 to 30 million USD/kt/year" in " ".join(done.stdout.split())
    sets = ("--set", "purchases/abroad;port;urea/limit=1", "--set", "options/works/maximum_total=1")
    done = capcoop("breakeven", folder, "--vary", "works.build_cost", *sets, cwd=tmp_path)
    assert done.returncode == 3
    assert "There is no plan anywhere" in done.stdout
    done = capcoop("breakeven", folder, "--vary", "wroks.build_cost", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'works'?" in done.stderr
    assert capcoop("breakeven", folder, cwd=tmp_path).returncode == 2
