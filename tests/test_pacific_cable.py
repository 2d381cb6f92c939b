"""The cable across the Pacific: made by its tool, sound, and turning where its page says."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from capcoop import built_in_cases, plan_case, read_case
from capcoop.atlas.bandwidth import bandwidth
from capcoop.case import judge_case
from capcoop.plan import Plan
from capcoop.plan.verify import verify

FOLDER = built_in_cases()["pacific-cable"]
TOOL = Path(__file__).parent.parent / "tools" / "make_pacific_cable.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pacific_cable", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_pacific_cable"] = module
    spec.loader.exec_module(module)
    return module


def planned(scenario: str | None) -> Plan:
    """Return the plan of a scenario; it passes the check."""
    case = read_case(FOLDER, scenario)
    plan = plan_case(case)
    assert verify(case, plan).faults == ()
    return plan


def built(plan: Plan) -> set[str]:
    return set(plan["builds"].filter(pl.col("new_capacity") > 1e-6).get_column("option"))


def test_the_case_is_what_the_tool_makes(tool: ModuleType, tmp_path: Path) -> None:
    tool.make(tmp_path / "made")
    assert {path.name for path in FOLDER.iterdir()} - {"README.md"} == {path.name for path in (tmp_path / "made").iterdir()}
    for path in (tmp_path / "made").iterdir():
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), "run: python tools/make_pacific_cable.py"


def test_nothing_is_to_be_said_of_it() -> None:
    judged = judge_case(FOLDER)
    assert (judged.problems, judged.hopeless, judged.notes) == ((), (), ())


@pytest.mark.parametrize("table", ["needs", "channels", "options", "purchases", "sites"])
def test_every_row_says_where_its_figures_come_from(table: str) -> None:
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row for row in rows if not (row["source"] or row["note"])] == []
    assert [row for row in rows if row["source"] and row["verified"] not in {"yes", "no"}] == []


def test_needs_are_those_of_the_rule() -> None:
    """Brazil in 2028: users x 214 kbit/s, seven years of growth, 5 % of it. No row of a need is called verified: the share is not."""
    needs = read_case(FOLDER).frames["needs"]
    brazil = needs.filter((pl.col("site") == "sao-paulo") & (pl.col("period") == "2028-32")).get_column("quantity").item()
    whole = bandwidth("BRA").in_year(2028)
    assert whole is not None
    assert brazil == pytest.approx(0.05 * whole / 1000, abs=1e-4)
    assert not needs.get_column("verified").any()


def test_a_lease_costs_what_two_quotes_say(tool: ModuleType) -> None:
    price, low, high, _ = tool.lease()
    assert (low * 1e3, high * 1e3) == pytest.approx((0.3131, 0.3271), abs=1e-4)
    assert price == pytest.approx((low + high) / 2)


def test_a_cable_pays_at_five_percent_and_not_at_two() -> None:
    plan = planned(None)
    assert plan.objective == pytest.approx(1292.9, abs=0.5)
    assert built(plan) == {"peru-china", "data-centre-lima"}
    assert built(planned("asia-2")) == {"data-centre-lima"}
    assert built(planned("asia-10")) == {"humboldt", "data-centre-lima"}


def test_two_paths_are_there_and_cost_nothing() -> None:
    assert planned("two-paths").objective == pytest.approx(planned(None).objective, rel=1e-4)


def test_paths_past_north_america_have_a_price() -> None:
    """With a small need nothing pays but the ring; three paths at the full need take two cables and the fibre along the railway."""
    little, ring = planned("little-past-north-america"), planned("little-past-north-america-two-paths")
    assert built(little) == {"data-centre-lima"}
    assert built(ring) == {"humboldt", "data-centre-lima"}
    assert ring.objective - little.objective == pytest.approx(228, abs=2)
    three = planned("past-north-america-three-paths")
    assert built(three) == {"humboldt", "peru-china", "railway-fibre", "data-centre-lima"}
    assert three.objective - planned("past-north-america").objective == pytest.approx(441, abs=2)
