"""The built-in case of Belo Monte: what it builds, what its lines lose, and from which distance direct current is cheaper."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import polars as pl
import pytest

from capcoop import Result, built_in_cases, plan_case, read_case, run
from capcoop.schema import TABLES

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import belo_monte_lines as power  # type: ignore[import-not-found]  # noqa: E402  (a script's module)
import make_belo_monte as tool  # type: ignore[import-not-found]  # noqa: E402  (a script)

FOLDER = built_in_cases()["belo-monte"]
README = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(FOLDER, tmp_path_factory.mktemp("run") / "belo-monte")


def long_lines(folder: Path, scenario: str | None) -> dict[str, float]:
    builds = plan_case(read_case(folder, scenario))["builds"].filter(pl.col("channel").is_not_null(), pl.col("new_capacity") > 0)
    return dict(builds.select("channel", "new_capacity").iter_rows())


def test_the_plan_builds_the_dam_and_the_two_bipoles_that_were_built(result: Result) -> None:
    builds = result.plan["builds"].filter(pl.col("new_capacity") > 0)
    assert dict(builds.select("option", "new_capacity").iter_rows()) == pytest.approx({"belo-monte": 11.233, "dc-estreito": 4, "dc-rio": 4})
    assert result.plan.outcome["status"] == "optimal"
    assert result.verdict.ok
    assert result.baseline is not None
    assert result.plan.objective < result.baseline.objective


def test_losses_of_the_built_lines_are_within_5_to_8_percent(result: Result) -> None:
    flows, balances = result.plan["flows"], result.plan["balances"]
    for end in ("estreito", "rio"):
        sent = float(flows.filter(pl.col("channel") == f"dc-{end}")["sent"].sum())
        received = float(flows.filter(pl.col("channel") == f"{end}-grid")["arrived"].sum())
        assert sent > 10_000  # GWh
        assert 0.05 <= 1 - received / sent <= 0.08
        assert balances.filter(pl.col("site") == end)["surplus"].sum() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("scenario", "lines"),
    [
        ("ac-only", {"ac-estreito": 4.3, "ac-rio": 4.3}),
        ("near-the-load", {}),
        ("at-500-km", {"ac-estreito": 4.3, "ac-rio": 4.3}),
        ("at-1000-km", {"dc-estreito": 4.3, "dc-rio": 4.3}),
    ],
)
def test_long_lines_of_a_scenario(scenario: str, lines: dict[str, float]) -> None:
    assert long_lines(FOLDER, scenario) == pytest.approx(lines)


def test_neither_alternating_current_nor_plants_near_the_load_are_cheaper(result: Result) -> None:
    others = [plan_case(read_case(FOLDER, name)).objective for name in ("ac-only", "near-the-load")]
    assert min(others) > 1.02 * result.plan.objective


def test_break_even_lies_where_the_literature_puts_it() -> None:
    first, equal, last = tool.break_even(power.central())
    assert 500 <= first <= equal <= 800
    assert equal <= last <= 1000
    assert f"| central | {' | '.join(map(tool.shown, (first, equal, last)))} |" in README


def test_loadability_follows_the_curve_and_lies_between_its_points() -> None:
    assert power.loadability(300 * power.KM_PER_MILE) == pytest.approx(1.05)
    assert power.loadability(275 * power.KM_PER_MILE) == pytest.approx(1.125)  # half way from 1.2 to 1.05


def test_a_bipole_costs_what_the_notice_says() -> None:
    """5.1 bn BRL at 0.46533 USD are 2,373 million USD; 4 GW; 1.5 % a year over 40 years at 8 % are 17.89 % more."""
    way = power.hvdc(power.central(), 2076)
    assert way.cost * way.unit / 1.17886920 == pytest.approx(5100 * 0.46533, rel=1e-4)
    assert way.loss == pytest.approx(1 - 0.993**2 * 0.9625, rel=1e-6)  # two stations at 0.7 %, a line that leaves 3,850 of 4,000 MW


def test_a_circuit_is_plain_when_short_and_compensated_when_long() -> None:
    """At 500 km: 310.7 miles carry 1.0286 of 2,280 MW, two stations. At 900 km: 2,150 MW, two ends and two stations between."""
    lines = power.central()
    short, long = power.hvac(lines, 500), power.hvac(lines, 900)
    assert short.unit == pytest.approx(2.280 * (1.05 - 0.10 * (500 / power.KM_PER_MILE - 300) / 50))
    assert short.cost * short.unit == pytest.approx((lines.hvac_line * 500 + 2 * 63) * (1 + lines.upkeep))
    assert long.unit == 2.15
    assert long.cost * long.unit == pytest.approx((lines.hvac_line * 900 + 4 * 63) * (1 + lines.upkeep))
    assert long.loss == pytest.approx(900 / 160.9344 * 0.01)


def test_the_seasons_hold_the_energy_of_the_year() -> None:
    mean = tool.output()
    assert sum(days * mean[season] for season, days in tool.SEASONS.items()) == pytest.approx(4571 * 365)
    assert mean["flood"] < power.value("april_output")
    assert sum(row["hours"] for row in tool.slices()) == 8760
    assert sum(row["quantity"] for row in tool.needs()) == pytest.approx(665180 * 0.6667, rel=1e-6)


def test_the_tables_are_what_the_script_makes(tmp_path: Path) -> None:
    made = tool.write(tmp_path, power.central())
    names = {path.name for path in made.iterdir()}
    assert names == {path.name for path in FOLDER.iterdir()} - {"README.md"}
    for name in names:
        assert (made / name).read_bytes() == (FOLDER / name).read_bytes(), "run: python tools/make_belo_monte.py"


def test_the_readme_tells_the_plan_and_every_figure(result: Result) -> None:
    assert tool.row_of("as it is", result) in README
    assert tool.cited() in README, "run: python tools/make_belo_monte.py --plan"


def test_every_row_names_its_source_and_whether_it_was_read() -> None:
    for path in sorted(FOLDER.glob("*.csv")):
        if path.stem in {"changes", "limit_terms"}:
            continue
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert path.stem in TABLES
        assert all(row["source"] for row in rows), path.name
        assert all(row["verified"] for row in rows if row["source"] != "case definition"), path.name
    assert all(row["source"] and row["verified"] in {"yes", "no"} for row in power.figures().values())
    assert all(row["verified"] == "no" for row in power.figures().values() if "from memory" in row["source"])
