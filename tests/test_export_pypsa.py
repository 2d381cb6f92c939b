"""PyPSA finds the same least cost in what is exported, and what it cannot hold is refused.

The files are checked wherever the tests run; solving them needs PyPSA (the extra `bench`) and is left out where it is not installed.
"""

from __future__ import annotations

import csv
import json
import logging
import subprocess
import sys
import tempfile
import warnings
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from capcoop import built_in_cases, read_case
from capcoop.case import Case
from capcoop.case.settings import Solver
from capcoop.errors import CapcoopError, UsageError
from capcoop.export.pypsa import export_pypsa
from capcoop.export.refused import refusals
from capcoop.model.build import build
from capcoop.solve.method import solve
from strategies import cases
from support import case_of
from test_powerflow import CHAIN, LOOP, PJM, TWO_LINES, as_transport, grid, lines
from tiny import EXAMPLES, Example, example, read

needs_pypsa = pytest.mark.skipif(find_spec("pypsa") is None, reason="PyPSA is not installed")
TWO_PERIODS = "period, start, years / p1, 2020, 5 / p2, 2025, 10"
SLICES = "slice, hours / peak, 1000 / day, 3000 / night, 4760"


def case_from(one: Example) -> Case:
    with tempfile.TemporaryDirectory() as folder:
        return case_of(Path(folder), one.settings, one.tables)


def by_pypsa(case: Case) -> float:
    """Export a case, read it with PyPSA, solve it there as the command says; return the cost."""
    import pypsa

    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        written = export_pypsa(case, Path(place) / "network")
        network = pypsa.Network(Path(place) / "network")
        more = {"multi_investment_periods": True} if written.several else {}
        options = {"mip_rel_gap": 1e-9, "output_flag": False}
        status, reason = network.optimize(include_objective_constant=True, solver_name="highs", solver_options=options, **more)
        assert (status, reason) == ("ok", "optimal")
        return float(network.objective) + written.constant


def ours(case: Case) -> float:
    return solve(build(case).program, Solver(threads=1, gap=1e-9)).objective


PLANT = {
    "lines": "line, per, availability, fixed_cost / coal, hour, 0.9, 20000 / sun, hour, , 5000",
    "availability": "line, slice, share / sun, peak, 0.6 / sun, day, 0.4 / sun, night, 0",
    "stock": "site, line, capacity / A, coal, 40",
    "processes": "process, line, use, cost / burn, coal, 1, 25 / shine, sun, 1, 0",
    "recipes": "process, product, quantity / burn, power, 1 / shine, power, 1",
}
EXPAND = grid(
    lines("AB A B 60 1", "BC B C 40 1", "AC A C 30 2"),
    generators="site, price, MW / C, 90, ",
    needs="site, MW / B, 50 / C, 40",
    slices=SLICES,
    periods=TWO_PERIODS,
    **PLANT,
    options=f"""option, site, line, channel, build_cost, life, first, last, maximum_total
        coal-new, A, coal,   , 900000, 30, p1, p1, 50
        sun-A, A, sun,   , 500000, 20, , ,
        sun-B, B, sun,   , 600000, 8, , ,
        wire, , , AB, 100000, inf, p1, p1, 100
        wire-AC, , , AC, {0.2e6:g}, inf, p1, p1, 100""",
)
POWER: dict[str, Example] = {
    "two lines": TWO_LINES,
    "two links": as_transport(TWO_LINES),
    "loop": LOOP,
    "loop of links": as_transport(LOOP),
    "five buses": PJM,
    "five buses of links": as_transport(PJM),
    "chain of links with an option": replace(
        as_transport(CHAIN), tables={**as_transport(CHAIN).tables, "options": [{**CHAIN.tables["options"][0], "build_cost": "8760"}]}
    ),
    "expansion": replace(EXPAND, settings={"title": "expansion", "discount_rate": 0.07}),
    "expansion of links": replace(as_transport(EXPAND), settings={"title": "expansion", "discount_rate": 0.07}),
}
WHOLE = [
    {**row, "unit_size": "15", "maximum_total": "", "maximum_builds": "4" if row["option"] == "coal-new" else ""}
    for row in EXPAND.tables["options"]
    if not row["channel"]
]
POWER["whole units"] = replace(POWER["expansion"], tables={**EXPAND.tables, "options": WHOLE})
LOSSY = [{**row, "reactance": "", "loss": "0.05", "cost": "1"} for row in EXPAND.tables["channels"]]
POWER["losses and freight"] = replace(POWER["expansion"], tables={**EXPAND.tables, "channels": LOSSY})
POWER["outlays"] = replace(
    POWER["expansion"],
    tables={
        **EXPAND.tables,
        "options": [{**row, "charge": "outlay", "lead_years": "5" if row["site"] else ""} for row in EXPAND.tables["options"]],
    },
)
POWER["prices and limits by period"] = replace(
    POWER["losses and freight"],
    tables={
        **POWER["losses and freight"].tables,
        "purchases": read(
            """purchase, site, product, period, price, limit
            spot, C, power, p1, 40, 90000 / spot, C, power, p2, 55, 60000 / far, *, power, , 200, """
        ),
        "sales": read("sale, site, product, period, price, limit / out, A, power, p2, 35, 50000"),
        "products": read("product, sliced, penalty, disposal / power, yes, 150, yes"),
        "needs": read("site, product, period, slice, quantity / B, power, , peak, 90000 / B, power, p2, , 500000 / C, power, , , 300000"),
    },
)
COGENERATION = example(
    None,
    {"discount_rate": 0.05},
    sites="site / A / B",
    slices="slice, hours / winter, 3000 / summer, 5760",
    products="product, sliced, disposal / power, yes, no / heat, yes, yes / gas, no, no / steel, no, no",
    lines="line, per, minimum_use, annual_availability / turbine, hour, 0.2, / hydro, hour, , 0.4 / mill, year, ,",
    stock="site, line, capacity / A, turbine, 30 / B, hydro, 20 / B, mill, 50000",
    processes="""process, line, use, cost
        both, turbine, 1, 2 / power-only, turbine, 0.8, 1 / run, hydro, , 0.5 / melt, mill, 1, 5 / boil, , , 1""",
    process_lines="process, line, use / melt, arc, 0.002",
    recipes="""process, product, quantity / both, gas, -2.5 / both, power, 1 / both, heat, 1.2 / power-only, gas, -2 / power-only, power, 1
        run, power, 1 / melt, power, -0.6 / melt, steel, 1 / boil, gas, -1.1 / boil, heat, 1""",
    channels="channel, from, to, capacity, per, loss, cost, both_ways / wire, A, B, 25, hour, 0.04, 0.5, yes / pipe, A, B, , , , 0.1, yes",
    freight="channel, product, use / wire, power, 1 / wire, heat, 0.5 / pipe, gas, 1",
    purchases="purchase, site, product, price, limit / gas, A, gas, 20, / gas-B, B, gas, 35, 40000 / grid, B, power, 120, 100000",
    needs="site, product, quantity / A, power, 90000 / A, heat, 60000 / B, heat, 20000 / B, steel, 40000",
)
COGENERATION.tables["lines"].append({"line": "arc", "per": "hour", "minimum_use": "", "annual_availability": ""})
COGENERATION.tables["stock"].append({"site": "B", "line": "arc", "capacity": "12"})
POWER["cogeneration, shared lines, yearly goods"] = COGENERATION


@needs_pypsa
@pytest.mark.parametrize("name", POWER)
def test_pypsa_finds_the_same_cost(name: str) -> None:
    case = case_from(POWER[name])
    assert by_pypsa(case) == pytest.approx(ours(case), rel=1e-6)


def test_the_cases_of_power_are_not_trivial() -> None:
    """Kirchhoff's law costs something in each network that has it, and the large one builds of everything."""
    for with_law, without in (("two lines", "two links"), ("loop", "loop of links"), ("expansion", "expansion of links")):
        assert ours(case_from(POWER[with_law])) > ours(case_from(POWER[without])) * 1.001


@needs_pypsa
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=tuple(HealthCheck))
@given(cases(limits=False))
def test_random_cases_cost_the_same_there_or_are_refused(one: Example) -> None:
    try:
        case = case_from(one)
        objective = ours(case)
    except CapcoopError:
        assume(False)
    assume(build(case).program.cost.any())  # PyPSA refuses a network that costs nothing
    if not refusals(build(case)):
        assert by_pypsa(case) == pytest.approx(objective, rel=1e-6, abs=1e-5)


# ---------------------------------------------------------------------------------------------------------- refusals

REFUSED = {
    "13-peak": None,
    "08-conversion": "packages.csv (convert): PyPSA has no one decision that changes several capacities",
    "07-points": "option_points.csv (new): PyPSA has no size curves",
    "09-horizon": "limits.csv (deposit): PyPSA has no rules of one's own over several components",
    "12-two-builds": "options.csv (new): PyPSA has no builds of a size between bounds, and no fixed cost of a build",
    "11-placements": "placements.csv (P): PyPSA has no least or most yearly activity of a link",
    "04-slices": "processes.csv (mill): PyPSA has no process that runs evenly over the slices",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_pypsa_cannot_hold_is_refused(name: str, tmp_path: Path) -> None:
    one, told = EXAMPLES[name], REFUSED[name]
    case = case_of(tmp_path / "case", one.settings, one.tables)
    if told is None:
        assert export_pypsa(case, tmp_path / "network").components["links"] == 1
        return
    with pytest.raises(UsageError) as refused:
        export_pypsa(case, tmp_path / "network")
    assert f"- {told}" in str(refused.value)
    assert not (tmp_path / "network").exists()


def test_everything_refused_is_told_at_once(tmp_path: Path) -> None:
    rows = [{**row, "loss": "0.1", "cost": "2"} for row in CHAIN.tables["channels"]]
    more = {
        "channels": rows,
        "limits": read("limit, sense, value / cap, <=, 5e6"),
        "limit_terms": read("limit, quantity / cap, flow"),
    }
    with pytest.raises(UsageError) as refused:
        export_pypsa(case_of(tmp_path / "case", CHAIN.settings, {**CHAIN.tables, **more}), tmp_path / "network")
    assert str(refused.value).splitlines() == [
        "PyPSA cannot hold this case:",
        "- limits.csv (cap): PyPSA has no rules of one's own over several components",
        "- channels.csv (AB, BC, AC): PyPSA's lines have no share lost on the way",
        "- freight.csv (AB, BC, AC): PyPSA's lines carry free of charge",
        "- channels.csv (AC): PyPSA holds the voltage law even for lines that are not built",
        "Nothing was written",
    ]


def test_turkey_is_refused_for_its_rules_and_its_hydro() -> None:
    with pytest.raises(UsageError) as refused, tempfile.TemporaryDirectory() as place:
        export_pypsa(read_case(built_in_cases()["turkey-power"]), Path(place) / "network")
    told = str(refused.value)
    assert "limits.csv (reserve, hydro-share, lignite-2-total, lignite-3-total)" in told
    assert "annual_availability" in told


@needs_pypsa
def test_turkey_without_its_rules_and_with_hydro_as_an_even_share() -> None:
    """What is left of Turkey when its rules go, its hydro is bounded in each slice, and each scheme is decided in one year."""
    found = read_case(built_in_cases()["turkey-power"])
    import polars as pl

    options = found.frames["options"].with_columns(first=pl.col("first").fill_null("1983"), last=pl.col("first").fill_null("1983"))
    case = found.replace(
        limits=found.frames["limits"].clear(),
        limit_terms=found.frames["limit_terms"].clear(),
        options=options,
        lines=found.frames["lines"].with_columns(
            availability=pl.min_horizontal("availability", pl.col("annual_availability").fill_null(1)),
            annual_availability=pl.lit(None, pl.Float64),
        ),
        option_periods=found.frames["option_periods"].filter(~pl.col("option").str.starts_with("hydro")),
    )
    assert by_pypsa(case) == pytest.approx(ours(case), rel=1e-6)


# ------------------------------------------------------------------------------------------------------- the command


def capcoop(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "capcoop", *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cwd)


def test_the_command_writes_a_folder_and_says_how_to_solve_it(tmp_path: Path) -> None:
    from support import write_example

    write_example(tmp_path / "loop", LOOP.settings, LOOP.tables)
    done = capcoop("export", "pypsa", "loop", "network", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "n = pypsa.Network('network')" in done.stdout
    with (tmp_path / "network" / "lines.csv").open(encoding="utf-8") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert {name: (row["x"], row["s_nom"]) for name, row in rows.items()} == {
        "AB": ("1.0", "1000.0"),
        "BC": ("1.0", "1000.0"),
        "AC": ("1.0", "100.0"),
    }
    again = capcoop("export", "pypsa", "loop", "network", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (2, "network is not an empty folder; choose another name.\n")
    refused = capcoop("export", "pypsa", "turkey-power", "other", cwd=tmp_path)
    assert refused.returncode == 2
    assert not (tmp_path / "other").exists()
    shown = json.loads(capcoop("export", "pypsa", "loop", "third", "--set", "needs/C;power/quantity=8760", "--json", cwd=tmp_path).stdout)
    assert shown == {
        "status": "ok",
        "folder": "third",
        "components": {"buses": 3, "loads": 1, "generators": 2, "lines": 3},
        "constant": 0.0,
        "multi_investment_periods": False,
    }


@needs_pypsa
def test_what_the_command_prints_is_what_finds_the_cost(tmp_path: Path) -> None:
    from support import write_example

    one = POWER["expansion"]
    folder = write_example(tmp_path / "case", one.settings, one.tables)
    shown = capcoop("export", "pypsa", "case", "network", cwd=tmp_path).stdout
    script = "\n".join(line.strip() for line in shown.splitlines() if line.startswith("  ") and "capcoop plan" not in line)
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert float(done.stdout.split()[-1]) == pytest.approx(ours(read_case(folder)), rel=1e-6), done.stderr
