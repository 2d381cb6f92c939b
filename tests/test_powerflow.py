"""Power flow on AC lines: hand-solved networks, candidates against every way of building them, cycles that close."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import product as every
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capcoop.case import Case, check_case
from capcoop.case.settings import Solver
from capcoop.errors import InfeasibleError, UnboundedError
from capcoop.model.build import build
from capcoop.model.update import update
from capcoop.plan import Plan
from capcoop.plan.verify import verify
from capcoop.solve.apart import parts_of
from capcoop.solve.explain import explain
from capcoop.solve.method import solve
from capcoop.solve.resolve import Resolver
from support import case_of, plan_of, write_example
from tiny import Example, example, read

YEAR = 8760.0
few = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=tuple(HealthCheck))


def grid(channels: str, *, generators: str, needs: str, sites: str = "A / B / C", **tables: str) -> Example:
    """A power case: generators are purchases with a price per MWh and a limit in MW, needs are in MW, lines in MW and ohm at 1 kV."""
    hourly = [f"gen {row['site']} {row['price']}, {row['site']}, power, {row['price']}, {_yearly(row['MW'])}" for row in read(generators)]
    wanted = [f"{row['site']}, power, {_yearly(row['MW'])}" for row in read(needs)]
    common = {
        "sites": f"site / {sites}",
        "products": "product, unit, sliced / power, MWh, yes",
        "channels": channels,
        "freight": "product / power",
        "purchases": "purchase, site, product, price, limit / " + " / ".join(hourly),
        "needs": "site, product, quantity / " + " / ".join(wanted),
    }
    return example(None, {}, **common | tables)


def _yearly(text: str) -> str:
    return f"{float(text) * YEAR:.10g}" if text else ""


def lines(*rows: str) -> str:
    """Channels from rows `name from to MW reactance`."""
    cells = [row.split() for row in rows]
    return "channel, from, to, capacity, per, both_ways, reactance / " + " / ".join(
        f"{name}, {start}, {end}, {size}, hour, yes, {x if x != '-' else ''}" for name, start, end, size, x in cells
    )


def planned(one: Example) -> tuple[Case, Plan]:
    """Plan a case, and check the plan."""
    with tempfile.TemporaryDirectory() as folder:
        case = case_of(Path(folder), one.settings, one.tables)
    plan = plan_of(case)
    assert verify(case, plan).faults == ()
    return case, plan


def hourly(one: Example) -> float:
    """The least cost of an hour."""
    return planned(one)[1].objective / YEAR


def as_transport(one: Example) -> Example:
    """The same case with links whose flow is chosen."""
    rows = [{key: cell for key, cell in row.items() if key != "reactance"} for row in one.tables["channels"]]
    return replace(one, tables={**one.tables, "channels": rows})


def net(plan: Plan, start: dict[str, str]) -> dict[str, float]:
    """MW on each line, counted from its start."""
    out = dict.fromkeys(start, 0.0)
    for row in plan["flows"].iter_rows(named=True):
        out[row["channel"]] += row["sent"] / YEAR * (1 if row["from"] == start[row["channel"]] else -1)
    return out


# ------------------------------------------------------------------------------------------------------ hand-solved

TWO_LINES = grid(
    lines("near A B 60 1", "far A B 60 2"), sites="A / B", generators="site, price, MW / A, 10, / B, 50, ", needs="site, MW / B, 100"
)


def test_two_buses_with_two_lines() -> None:
    """Two lines side by side, of 1 and 2 ohm, share as 2 to 1. The nearer one is full at 60 MW, when both together carry 90 MW.

    Of 100 MW, 90 come at 10 and 10 are made on the spot at 50: 900 + 500 = 1400 an hour. As links they would carry all: 1000.
    """
    case, plan = planned(TWO_LINES)
    assert plan.objective / YEAR == pytest.approx(1400)
    assert net(plan, {"near": "A", "far": "A"}) == pytest.approx({"near": 60, "far": 30})
    assert hourly(as_transport(TWO_LINES)) == pytest.approx(1000)
    del case


LOOP = grid(
    lines("AB A B 1000 1", "BC B C 1000 1", "AC A C 100 1"),
    generators="site, price, MW / A, 10, / B, 30, ",
    needs="site, MW / C, 180",
)


def test_three_buses_in_a_loop() -> None:
    """Equal lines: of what A sends to C two thirds go straight and a third round by B; of what B sends, one third goes round by A.

    The line AC holds 100: 2a/3 + b/3 <= 100 with a + b = 180, so a = 120 and b = 60: 120 x 10 + 60 x 30 = 3000 an hour. Links would
    send 100 straight and 80 round: 1800. One more MW at C: 2 MW more of B and 1 MW less of A keep AC at 100, so it costs
    2 x 30 - 10 = 50, more than any plant.
    """
    _, plan = planned(LOOP)
    assert plan.objective / YEAR == pytest.approx(3000)
    assert net(plan, {"AB": "A", "BC": "B", "AC": "A"}) == pytest.approx({"AB": 20, "BC": 80, "AC": 100})
    price = dict(plan["prices"].select("site", "price").iter_rows())
    assert price == pytest.approx({"A": 10, "B": 30, "C": 50})
    assert hourly(as_transport(LOOP)) == pytest.approx(1800)


def test_square_with_a_diagonal() -> None:
    """A square and its diagonal AC, all of 1 ohm, from A to C: B and D lie halfway, so the diagonal carries twice what each side does.

    Through A to C go 2 + 1 + 1 parts; with 40 MW on the diagonal they are 80 MW. Of 100 MW, 20 are made at C: 80 x 10 + 20 x 50 = 1800.
    """
    square = grid(
        lines("AB A B 90 1", "BC B C 90 1", "CD C D 90 1", "DA D A 90 1", "AC A C 40 1"),
        sites="A / B / C / D",
        generators="site, price, MW / A, 10, / C, 50, ",
        needs="site, MW / C, 100",
    )
    _, plan = planned(square)
    assert plan.objective / YEAR == pytest.approx(1800)
    start = {"AB": "A", "BC": "B", "CD": "C", "DA": "D", "AC": "A"}
    assert net(plan, start) == pytest.approx({"AB": 20, "BC": 20, "CD": -20, "DA": -20, "AC": 40})


PJM = grid(
    lines("AB A B 400 2.81", "AD A D 426 3.04", "AE A E 426 0.64", "BC B C 426 1.08", "CD C D 426 2.97", "DE D E 240 2.97"),
    sites="A / B / C / D / E",
    generators="site, price, MW / A, 14, 40 / A, 15, 170 / C, 30, 520 / D, 40, 200 / E, 10, 600",
    needs="site, MW / B, 300 / C, 300 / D, 400",
)


def test_five_buses_of_pjm() -> None:
    """The PJM five-bus system (Li and Bo, Small test systems for power system economic studies, IEEE PES General Meeting 2010).

    Both plants at A run full (210 MW at 2560 - 10 = 560 + 2550 = 3110 an hour), E and C share the other 790 MW so that the line from E to D
    holds 240. Of 1 MW from E to C, s = 0.368487 goes over ED (reactances in series: to A 0.64, round by B 3.89; the network solved below),
    and the flows with all 790 MW from C fix e = 466.51: 3110 + 4665.1 + 30 x 323.49 = 17479.9 an hour.
    """
    reactance = {"AB": 2.81, "AD": 3.04, "AE": 0.64, "BC": 1.08, "CD": 2.97, "DE": 2.97}
    sites = "ABCDE"
    laplacian = np.zeros((5, 5))
    for name, x in reactance.items():
        i, j = (sites.index(letter) for letter in name)
        laplacian[[i, j], [i, j]] += 1 / x
        laplacian[[i, j], [j, i]] -= 1 / x
    inverse = np.linalg.pinv(laplacian)

    def over_ed(injected: list[float]) -> float:
        angle = inverse @ np.array(injected)
        return float((angle[4] - angle[3]) / reactance["DE"])

    share = over_ed([0, 0, -1, 0, 1])
    e = (240 - over_ed([210, -300, 490, -400, 0])) / share
    cost = 40 * 14 + 170 * 15 + e * 10 + (790 - e) * 30
    _, plan = planned(PJM)
    assert e == pytest.approx(466.51, abs=0.01)
    assert plan.objective / YEAR == pytest.approx(cost)
    assert plan.objective / YEAR == pytest.approx(17479.9, abs=0.05)
    price = dict(plan["prices"].select("site", "price").iter_rows())
    assert price == pytest.approx({"A": 16.977, "B": 26.384, "C": 30, "D": 39.943, "E": 10}, abs=0.01)


def test_losses_are_taken_from_what_is_sent() -> None:
    """One line of a tree, loss 10 %: 90 MW at B need 100 MW sent. Beside a second line the flows that are sent share by reactance.

    Of 100 MW sent over two equal lines each carries 50, whatever their losses: 45 and 50 MW arrive, 95 in all.
    """
    text = "channel, from, to, capacity, per, both_ways, reactance, loss / near, A, B, , hour, yes, 1, 0.1 / far, A, B, , hour, yes, 1, "
    one = grid(text, sites="A / B", generators="site, price, MW / A, 10, ", needs="site, MW / B, 95")
    _, plan = planned(one)
    assert plan.objective / YEAR == pytest.approx(1000)
    assert net(plan, {"near": "A", "far": "A"}) == pytest.approx({"near": 50, "far": 50})


def test_only_the_ratio_of_reactances_matters() -> None:
    """Ohm at 380 kV and per unit on a base of 100 MVA tell the same lines as ohm at 1 kV."""
    rows = [{**row, "reactance": f"{float(row['reactance']) * 380**2 * 1e-4:g}", "voltage": "380"} for row in LOOP.tables["channels"]]
    assert hourly(replace(LOOP, tables={**LOOP.tables, "channels": rows})) == pytest.approx(3000)


def test_power_flow_holds_in_every_slice_and_period() -> None:
    """The loop with 180 MW for 2000 hours and 90 MW for the others, in two periods of which the second needs twice as much at night.

    Up to 150 MW A sends all (2/3 of 150 is 100). Per hour: 3000 by day, 90 x 10 = 900 by night, and 180 MW cost 3000 again.
    """
    one = grid(
        LOOP_LINES,
        generators="site, price, MW / A, 10, / B, 30, ",
        needs="site, MW / C, 1",
        periods="period, weight / p1, 1 / p2, 1",
        slices="slice, hours / day, 2000 / night, 6760",
    )
    rows = [("day", "p1", 180), ("night", "p1", 90), ("day", "p2", 180), ("night", "p2", 180)]
    hours = {"day": 2000, "night": 6760}
    needs = [{"site": "C", "product": "power", "period": p, "slice": k, "quantity": str(mw * hours[k])} for k, p, mw in rows]
    _, plan = planned(replace(one, tables={**one.tables, "needs": needs}))
    assert plan.objective == pytest.approx(2000 * 3000 + 6760 * 900 + YEAR * 3000)


LOOP_LINES = lines("AB A B 1000 1", "BC B C 1000 1", "AC A C 100 1")

# ------------------------------------------------------------------------------------------------------- candidates

CHAIN = grid(
    lines("AB A B 100 1", "BC B C 100 1", "AC A C 0 1"),
    generators="site, price, MW / A, 10, / C, 50, ",
    needs="site, MW / C, 120",
    options="option, channel, unit_size, maximum_builds, build_cost, charge / short-cut, AC, 20, 1, 0, annual",
)


def with_option(one: Example, **cells: str) -> Example:
    return replace(one, tables={**one.tables, "options": [{**row, **cells} for row in one.tables["options"]]})


def test_a_short_cut_that_chokes_the_network_is_not_built() -> None:
    """Over AB and BC go 100 MW: 100 x 10 + 20 x 50 = 2000. A short cut AC of 20 MW would take 2/3 of what is sent.

    So with it only 30 MW pass: 300 + 90 x 50 = 4800, although it costs nothing; links would carry 120 for 1200.
    """
    _, plan = planned(CHAIN)
    assert plan.objective / YEAR == pytest.approx(2000)
    assert plan["builds"].height == 0
    _, forced = planned(with_option(CHAIN, minimum_builds="1"))
    assert forced.objective / YEAR == pytest.approx(4800)
    assert hourly(as_transport(CHAIN)) == pytest.approx(1200)


def test_a_second_circuit_of_low_reactance_takes_most() -> None:
    """A line of 1 ohm and 50 MW beside a new one of 0.25 ohm and 50 MW: they share as 1 to 4, so 62.5 MW pass, not 100.

    It costs 8760 a MW a year, 50 an hour; what it brings is 12.5 x (50 - 10) = 500 an hour.
    62.5 x 10 + 37.5 x 50 + 50 = 2550.
    """
    one = grid(
        lines("old A B 50 1", "new A B 0 0.25"),
        sites="A / B",
        generators="site, price, MW / A, 10, / B, 50, ",
        needs="site, MW / B, 100",
        options=f"option, channel, unit_size, maximum_builds, build_cost, charge / second, new, 50, 1, {YEAR:g}, annual",
    )
    _, plan = planned(one)
    assert plan.objective / YEAR == pytest.approx(2550)
    assert plan["builds"]["builds"].to_list() == [1]


def test_a_candidate_is_a_link_to_nowhere_until_it_stands() -> None:
    """The short cut can be decided in the first of two periods and stands from the second on: the law binds it only then."""
    later = grid(
        lines("AB A B 100 1", "BC B C 100 1", "AC A C 0 1"),
        generators="site, price, MW / A, 10, / C, 50, ",
        needs="site, MW / C, 120",
        periods="period, start, weight / p1, 2020, 1 / p2, 2021, 1",
        options="""option, channel, unit_size, minimum_builds, maximum_builds, build_cost, charge, last, lead_years
            short-cut, AC, 20, 1, 1, 0, annual, p1, 1""",
    )
    _, plan = planned(later)
    assert plan.objective / YEAR == pytest.approx(2000 + 4800)


sizes = st.sampled_from([20, 50, 80])
reactances = st.sampled_from([0.25, 0.5, 1, 2, 3])


@st.composite
def meshes(draw: Any) -> tuple[list[str], list[tuple[str, int]], str, str]:
    """Lines that stand, candidates with their sizes, generators and needs, between four or five sites."""
    names = "ABCDE"[: draw(st.integers(4, 5))]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=3, max_size=8))
    stands = [draw(st.integers(0, 99)) < 65 for _ in chosen]
    rows = [
        f"w{i} {a} {b} {draw(sizes) if there else 0} {draw(reactances)}"
        for i, ((a, b), there) in enumerate(zip(chosen, stands, strict=True))
    ]
    candidates = [(f"w{i}", draw(sizes)) for i, there in enumerate(stands) if not there]
    generators = " / ".join(["site, price, MW", *(f"{name}, 90, " for name in names), f"{names[0]}, 10, ", f"{names[1]}, 20, 60"])
    needs = " / ".join(["site, MW", *(f"{name}, {draw(st.sampled_from([0, 30, 70]))}" for name in names[1:]), f"{names[0]}, 5"])
    return rows, candidates, generators, needs


def mesh(rows: list[str], candidates: list[tuple[str, int]], generators: str, needs: str) -> Example:
    sites = " / ".join(sorted({row.split(",")[0].strip() for row in generators.split("/")[1:]}))
    options = [f"{name}, {name}, {size}, 1, {2 * YEAR:g}, annual" for name, size in candidates]
    more = {"options": "option, channel, unit_size, maximum_builds, build_cost, charge / " + " / ".join(options)} if options else {}
    return grid(lines(*rows), sites=sites, generators=generators, needs=needs, **more)


@few
@given(meshes())
def test_around_every_cycle_flow_times_reactance_is_zero(found: tuple[list[str], list[tuple[str, int]], str, str]) -> None:
    """Cycles are those of the incidence matrix: every vector of lines that it maps to nothing."""
    rows, candidates, generators, needs = found
    _, plan = planned(mesh(*found))
    built = set(plan["builds"]["channel"].to_list())
    standing = [row.split() for row in rows if row.split()[3] != "0" or row.split()[0] in built]
    flow = net(plan, {name: start for name, start, *_ in (row.split() for row in rows)})
    assert all(flow[name] == 0 for name, _ in candidates if name not in built)
    incidence = np.zeros((5, len(standing)))
    for i, (_, start, end, *_) in enumerate(standing):
        incidence["ABCDE".index(start), i], incidence["ABCDE".index(end), i] = 1.0, -1.0
    _, sizes_, basis = np.linalg.svd(incidence)
    cycles = basis[int((sizes_ > 1e-9).sum()) :]
    drops = np.array([flow[name] * float(x) for name, *_, x in standing])
    assert cycles @ drops == pytest.approx(np.zeros(len(cycles)), abs=1e-5)
    del generators, needs


@few
@given(meshes())
def test_candidates_are_built_as_the_best_of_all_ways_to_build(found: tuple[list[str], list[tuple[str, int]], str, str]) -> None:
    """With the lines of each choice as if they stood, and those left out not there, the program has no candidate and no big number."""
    rows, candidates, generators, needs = found
    size = dict(candidates)
    costs = []
    for chosen in every((False, True), repeat=len(candidates)):
        built = {name for (name, _), there in zip(candidates, chosen, strict=True) if there}
        kept = [row.split() for row in rows if row.split()[0] not in size or row.split()[0] in built]
        fixed = [" ".join([name, a, b, str(size.get(name, mw)), x]) for name, a, b, mw, x in kept]
        if fixed:
            costs.append(hourly(mesh(fixed, [], generators, needs)) + 2 * sum(size[name] for name in built))
    if costs and len(costs) == 2 ** len(candidates):
        assert hourly(mesh(*found)) == pytest.approx(min(costs))


def test_parts_that_a_candidate_joins() -> None:
    """Two islands, A-B and C-D, that only new lines can join: the ends of a line that is not built may turn freely against each other.

    With both new lines the four form a ring of 1 ohm each: what goes from A to D splits evenly at A... over B and C it is 2 lines each way.
    """
    one = grid(
        lines("AB A B 100 1", "CD C D 100 1", "AC A C 0 1", "BD B D 0 1"),
        sites="A / B / C / D",
        generators="site, price, MW / A, 10, / D, 50, ",
        needs="site, MW / D, 90",
        options=f"""option, channel, unit_size, maximum_builds, build_cost, charge
            west, AC, 60, 1, {YEAR:g}, annual / east, BD, 30, 1, {YEAR:g}, annual""",
    )
    _, plan = planned(one)
    # West alone: 60 x 10 + 30 x 50 + 60 = 2160. Both: the halves are equal, so 30 each: 60 x 10 + 30 x 50 + 90 = 2190.
    assert plan.objective / YEAR == pytest.approx(2160)
    _, both = planned(with_option(one, minimum_builds="1"))
    assert both.objective / YEAR == pytest.approx(2190)


# ------------------------------------------------------------------------------------------ everything else still holds


def test_the_check_finds_flows_of_a_transport_model() -> None:
    case, _ = planned(LOOP)
    _, plan = planned(as_transport(LOOP))
    verdict = verify(case, plan)
    assert not verdict.ok
    (fault,) = [fault for fault in verdict.faults if "voltage law" in fault]
    assert fault.startswith("The flow of power on ")


def test_the_check_finds_one_wrong_flow() -> None:
    case, plan = planned(PJM)
    for row in range(plan["flows"].height):
        sent = plan["flows"]["sent"].to_list()
        sent[row] *= 1.001
        wrong = replace(plan, tables={**plan.tables, "flows": plan["flows"].with_columns(pl.Series("sent", sent))})
        assert any("voltage law" in fault for fault in verify(case, wrong).faults)


def test_changed_needs_and_prices_are_written_over() -> None:
    case, _ = planned(CHAIN)
    model = build(case)
    more = case.replace(needs=case.frames["needs"].with_columns(pl.col("quantity") * 0.5))
    dear = more.replace(purchases=more.frames["purchases"].with_columns(pl.col("price") * 2))
    found, wanted = update(model, dear).program, build(dear).program
    for name in ("cost", "lower", "upper", "row_lower", "row_upper", "starts", "indices", "values"):
        assert np.array_equal(getattr(found, name), getattr(wanted, name)), name


def test_solving_again_with_another_reactance_or_need() -> None:
    """With AB of 2 ohm, 3/4 of what A sends and 1/4 of what B sends go over AC: 3a/4 + b/4 <= 100 with a + b = 180, so a = 110.

    110 x 10 + 70 x 30 = 3200. With a need of 150 at C and AB of 1 ohm, A sends all: 1500.
    """
    case, _ = planned(LOOP)
    first = pl.col("channel") == "AB"
    weaker = case.replace(channels=case.frames["channels"].with_columns(reactance=pl.when(first).then(2.0).otherwise(pl.col("reactance"))))
    less = case.replace(needs=case.frames["needs"].with_columns(quantity=pl.lit(150 * YEAR)))
    resolver = Resolver(build(case), Solver(threads=1))
    found = [resolver.solve(other).objective / YEAR for other in (None, weaker, less, case)]
    assert found == pytest.approx([3000, 3200, 1500, 3000])


def test_limits_count_flows_of_ac_lines() -> None:
    """At most 10 MW from A to B: of a MW at A a third goes there, and of one at B a third comes back. a/3 - b/3 <= 10 and a + b = 180."""
    one = replace(
        LOOP,
        tables={
            **LOOP.tables,
            "limits": read(f"limit, sense, value / weak, <=, {10 * YEAR:g}"),
            "limit_terms": read("limit, quantity, channel, site, coefficient / weak, flow, AB, A, 1"),
        },
    )
    assert hourly(one) == pytest.approx(105 * 10 + 75 * 30)


def test_why_there_is_no_plan_names_the_line_and_its_law(tmp_path: Path) -> None:
    """Lines of 60 MW each, side by side, cannot bring 100 MW: by the voltage law they are full at 90."""
    tables = {**TWO_LINES.tables, "purchases": [row for row in TWO_LINES.tables["purchases"] if row["site"] == "A"]}
    case = case_of(tmp_path, {}, tables)
    with pytest.raises(InfeasibleError):
        plan_of(case)
    told = explain(case)
    assert told.status == "conflict"
    assert [one.sentence for one in told.members] == [
        f"Need of power at B: {100 * YEAR:g} MWh/year",
        "Capacity of channel near: 60; an AC line, whose flow follows from voltage angles",
    ]
    assert {repair.sets for repair in told.singles} == {("channels/near/capacity=66.66666667",), ("needs/B;power/quantity=788400",)}


def test_what_earns_without_end_over_ac_lines_is_told(tmp_path: Path) -> None:
    """Power bought at 1 and sold at 2 three lines away; nothing bounds the lines."""
    rows = [{**row, "capacity": ""} for row in LOOP.tables["channels"]]
    tables = {**LOOP.tables, "channels": rows, "sales": read("sale, site, product, price / out, C, power, 20")}
    case = case_of(tmp_path, {}, tables)
    with pytest.raises(UnboundedError):
        plan_of(case)
    told = explain(case)
    assert told.status == "endless"
    assert told.gain == pytest.approx(10)
    assert any("sell power at C" in step for step in told.steps)
    assert not any("angle" in step for step in told.steps)


def test_parts_of_a_program_keep_a_network_together(tmp_path: Path) -> None:
    """Two loops of two products, with 40 whole units each, fall into two parts; angles go with their lines."""
    text = [
        [f"{name}{g}", a, b, mw, x]
        for g in "12"
        for name, a, b, mw, x in (row.split() for row in ("AB A B 90 1", "BC B C 90 1", "AC A C 20 1"))
    ]
    channels = read(lines(*(" ".join(row) for row in text)))
    lots = [f"{i}-{g}, C, plant{g}, {1 + i % 7}, {3 + i}, annual, 1" for g in "12" for i in range(40)]
    tables = {
        "sites": read("site / A / B / C"),
        "products": read("product, sliced / power1, yes / power2, yes"),
        "channels": channels,
        "freight": [{"channel": row["channel"], "product": f"power{row['channel'][-1]}"} for row in channels],
        "lines": read("line, per / plant1, hour / plant2, hour"),
        "processes": read("process, line / run1, plant1 / run2, plant2"),
        "recipes": read("process, product, quantity / run1, power1, 1 / run2, power2, 1"),
        "options": read("option, site, line, unit_size, build_cost, charge, maximum_builds / " + " / ".join(lots)),
        "purchases": read("purchase, site, product, price, limit / buy, A, power1, 0.001, 9e6 / buy, A, power2, 0.001, 9e6"),
        "needs": read("site, product, quantity / C, power1, 700000 / C, power2, 800000"),
    }
    case = case_of(tmp_path, {}, tables)
    program = build(case).program
    parts = parts_of(program)
    assert sum(part.whole > 0 for part in parts) == 2
    block = program.column_blocks["angle"]
    angles = np.concatenate([part.columns[(part.columns >= block.start) & (part.columns < block.start + block.size)] for part in parts])
    assert sorted(angles.tolist()) == block.ids.tolist()
    apart = solve(program, Solver(threads=1, gap=1e-6))
    assert verify(case, plan_of(case)).faults == ()
    assert apart.status == "optimal"


# -------------------------------------------------------------------------------------------------------- bad input

FAULTS = {
    "one way": (
        {"channels": [{**LOOP.tables["channels"][0], "both_ways": "no"}, *LOOP.tables["channels"][1:]]},
        "channels.csv row 2, column both_ways: no stands on an AC line (it has a reactance); write yes",
    ),
    "no reactance": (
        {"channels": [{**LOOP.tables["channels"][0], "reactance": "0"}, *LOOP.tables["channels"][1:]]},
        "channels.csv row 2, column reactance: 0 must be above 0",
    ),
    "two products": (
        {"products": read("product, sliced / power, yes / heat, yes"), "freight": read("product / *")},
        "channels.csv row 2, column channel: 'AB' is an AC line (it has a reactance) and carries several products",
    ),
    "one direction": (
        {"freight": [{"channel": "AB", "from": "A", "product": "power"}, {"channel": "BC", "product": "power"}]},
        "channels.csv row 2, column channel: 'AB' is an AC line (it has a reactance), but freight allows one direction only",
    ),
    "over the year": (
        {"products": read("product, sliced / power, no"), "slices": read("slice, hours / day, 4380 / night, 4380")},
        "channels.csv row 2, column channel: 'AB' is an AC line (it has a reactance) of a product that is balanced over the year",
    ),
    "no use": (
        {"freight": [{"product": "power", "use": "0"}]},
        "channels.csv row 2, column channel: 'AB' is an AC line (it has a reactance) whose freight uses none of it",
    ),
    "taken away": (
        {
            "options": read("option, charge, maximum_builds / end, annual, 1"),
            "packages": read("option, channel, capacity / end, AB, -10"),
        },
        "packages.csv row 2, column capacity: -10 takes capacity away from an AC line",
    ),
    "bit by bit": (
        {"channels": CHAIN.tables["channels"], "options": read("option, channel, charge / more, AC, annual")},
        "options.csv row 2, column option: 'more' adds capacity bit by bit to an AC line (it has a reactance) that does not stand yet",
    ),
    "twice": (
        {"channels": CHAIN.tables["channels"], "options": read("option, channel, unit_size, charge / more, AC, 10, annual")},
        "options.csv row 2, column maximum_builds: a blank lets an AC line (it has a reactance) be built more than once",
    ),
    "no bound": (
        {
            "channels": [{**row, "capacity": "" if row["channel"] == "AB" else row["capacity"]} for row in CHAIN.tables["channels"]],
            "options": CHAIN.tables["options"],
        },
        "channels.csv row 4, column channel: 'AC' is an AC line not built yet whose angles nothing bounds",
    ),
    "reactances too far apart": (
        {"channels": [{**row, "reactance": "1e-9" if row["channel"] == "AB" else row["reactance"]} for row in LOOP.tables["channels"]]},
        "channels.csv row 3, column reactance: 1 (over voltage squared) is more than 1,000,000 times that of another line of its grid",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_bad_input_is_told(name: str, tmp_path: Path) -> None:
    tables, told = FAULTS[name]
    _, problems = check_case(write_example(tmp_path, {}, {**LOOP.tables, **tables}))
    assert [str(problem) for problem in problems if str(problem).startswith(told)] != [], [str(problem) for problem in problems]
