"""The built-in cases of corridors: made by the tool, with sources, beside published lengths and freights, and what their plans say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from capcoop import Result, Sweep, built_in_cases, check_case, plan_case, read_case, run
from capcoop.geo.land import route_length

ROOT = Path(__file__).parent.parent
NAMES = ("two-ocean-railway", "two-ocean-tunnel")
RAILWAY, TUNNEL = (built_in_cases()[name] for name in NAMES)
CROSSINGS = ("cruzeiro-do-sul--pucallpa", "rio-branco--cusco")  # the segments that lead into Peru


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_corridor_cases", ROOT / "tools" / "make_corridor_cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_corridor_cases"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def railway(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(RAILWAY, tmp_path_factory.mktemp("railway") / "run")


@pytest.fixture(scope="module")
def tunnel(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(TUNNEL, tmp_path_factory.mktemp("tunnel") / "run")


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_what_the_tool_makes(name: str, tool: ModuleType, tmp_path: Path) -> None:
    tool.make(name, tmp_path / name)
    folder = built_in_cases()[name]
    assert {path.name for path in folder.iterdir()} - {"README.md"} == {path.name for path in (tmp_path / name).iterdir()}
    for path in (tmp_path / name).iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes(), f"run: python tools/make_corridor_cases.py {name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_is_sound(name: str) -> None:
    folder = built_in_cases()[name]
    names = read_case(folder).frames["changes"]["scenario"].unique(maintain_order=True).to_list()
    assert len(names) > 8
    for scenario in (None, *names):
        assert check_case(folder, scenario)[1] == [], scenario


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_names_its_source_and_whether_it_was_read(name: str) -> None:
    frames = read_case(built_in_cases()[name]).frames
    for table in ("sites", "needs", "placements", "channels", "freight", "options"):
        frame = frames[table]
        assert frame["source"].null_count() == 0, table
        assert frame.filter(pl.col("source") != "case definition")["verified"].null_count() == 0, table
        assumed = frame.filter(pl.col("source").str.contains("assumption|from memory") & pl.col("verified"))
        assert assumed.is_empty(), table
    assert frames["changes"]["source"].null_count() == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_way_over_land_and_sea_costs_something(name: str) -> None:
    freight = read_case(built_in_cases()[name]).frames["freight"]
    assert (freight["cost_per_distance"] > 0).all()


def test_the_length_of_the_railway_beside_the_published_one(tool: ModuleType) -> None:
    straight = route_length([tool.railway.point(site) for site in tool.railway.NORTHERN])
    assert straight == pytest.approx(5_180, rel=1e-3)
    assert 5_300 / straight == pytest.approx(1.023, abs=1e-3)  # the detour that the published length leaves
    names = [tool.railway.named(*pair) for pair in tool.railway.OF_WHOLE]
    lengths = read_case(RAILWAY).frames["channels"].filter(pl.col("channel").is_in(names))
    assert lengths.height == 13
    assert float(lengths["distance"].sum()) / straight == pytest.approx(1.22, abs=0.03)  # that of railways that were built
    shorter = read_case(RAILWAY, "as-short-as-published").frames["channels"].filter(pl.col("channel").is_in(names))
    assert shorter["distance"].sum() == pytest.approx(5_300, abs=10)


@pytest.mark.parametrize(("scenario", "total"), [(None, 60_000), ("capex-40", 40_000), ("capex-10", 10_000)])
def test_segments_cost_what_the_whole_line_does(scenario: str | None, total: float, tool: ModuleType) -> None:
    options = read_case(RAILWAY, scenario).frames["options"]
    tracks = {tool.railway.named(*pair): pair for pair in tool.railway.OF_WHOLE}
    first = options.filter(pl.col("option").is_in([f"{name}-track" for name in tracks]))
    assert first["fixed_build_cost"].sum() == pytest.approx(total, rel=1e-4)
    peru = first.filter(pl.col("channel").is_in([name for name, (_, end) in tracks.items() if tool.railway.PLACES[end][0] == "PER"]))
    assert peru["fixed_build_cost"].sum() == pytest.approx(total * 35 / 60, rel=1e-4)
    assert options.filter(pl.col("option") == "whole-line")["fixed_build_cost"].item() == pytest.approx(total)


def test_a_second_track_comes_after_the_first(railway: Result) -> None:
    options = railway.case.frames["options"].filter(pl.col("option").str.ends_with("-second-track"))
    assert options["after"].to_list() == [name.replace("-second-track", "-track") for name in options["option"]]


def test_soya_pays_about_what_its_exporters_say(tool: ModuleType) -> None:
    """The exporters (ANEC 2014) say 122 to 138 USD/t from Mato Grosso to Shanghai; the cheapest way that there is costs 4 % more."""
    ways = tool.carriage()
    paid = {told: ways.filter(pl.col("channel").is_in(names))["freight"].sum() for told, names in tool.ROUTES.items()}
    today = [cost for told, cost in paid.items() if told.startswith("lorry")]
    assert min(today) == pytest.approx(138, rel=0.06)
    assert paid["lorry to Santos"] == pytest.approx(130, rel=0.3)
    # The ship saves less than the longer train costs.
    assert paid["railway to Acu"] < paid["railway to Bayovar"]


def test_the_sea_from_bayovar_is_a_fifth_shorter(tool: ModuleType) -> None:
    lengths = tool.railway.sea_lengths()
    assert lengths["bayovar", "shanghai"][0] / lengths["santos", "shanghai"][0] == pytest.approx(0.82, abs=0.01)
    assert lengths["barcarena", "shanghai"][0] < lengths["barcarena", "shanghai"][1] - 1_500  # by Panama
    assert lengths["santos", "shanghai"][0] == lengths["santos", "shanghai"][1]  # by the Cape


@pytest.mark.parametrize("name", NAMES)
def test_plans_are_proven_checked_and_no_dearer_than_building_nothing(name: str, railway: Result, tunnel: Result) -> None:
    result = {RAILWAY.name: railway, TUNNEL.name: tunnel}[name]
    assert result.plan.outcome["status"] == "optimal"
    assert result.plan.outcome["gap"] <= 1e-4
    assert result.verdict.ok
    assert result.baseline is not None
    assert result.plan.objective <= result.baseline.objective * (1 + 1e-6)


def test_at_sixty_billion_no_segment_leads_into_peru(railway: Result) -> None:
    built = set(railway.plan["builds"].filter(pl.col("builds") > 0.5)["option"])
    assert "ferrograo" in built
    assert not built & {f"{name}-track" for name in CROSSINGS}


def test_all_that_is_wanted_overseas_comes_by_ship(railway: Result) -> None:
    case, plan = railway.case, railway.plan
    wanted = (
        case.frames["needs"]
        .filter(pl.col("site").is_in(["shanghai", "rotterdam"]))
        .group_by("product", "period")
        .agg(pl.col("quantity").sum())
    )
    by_ship = plan["flows"].filter(pl.col("mode").is_in(["sea", "canal"]), pl.col("to").is_in(["shanghai", "rotterdam"]))
    landed = by_ship.group_by("product", "period").agg(pl.col("sent").sum())
    both = wanted.join(landed, on=["product", "period"])
    assert both.height == wanted.height
    assert both["sent"].to_list() == pytest.approx(both["quantity"].to_list(), rel=1e-6)


def test_nothing_passes_where_snow_lies(tunnel: Result) -> None:
    flows = tunnel.plan["flows"].filter(pl.col("sent") > 1e-6)
    on = {way: set(flows.filter(pl.col("channel") == way)["slice"]) for way in ("agua-negra-pass", "cristo-redentor")}
    assert on == {"agua-negra-pass": {"summer"}, "cristo-redentor": {"summer", "winter"}}


def test_the_tunnel_does_not_pay_at_its_cost_but_would_at_half(tunnel: Result) -> None:
    assert tunnel.plan["builds"].filter(pl.col("builds") > 0.5).is_empty()
    asked = Sweep(TUNNEL)
    assert {cost: bool(asked.at("options/tunnel/fixed_build_cost", cost).built) for cost in (750.0, 1100.0)} == {750.0: True, 1100.0: False}


def test_a_tunnel_that_is_shut_in_snow_carries_nothing_then() -> None:
    plan = plan_case(read_case(TUNNEL, "shut-in-snow", ["options/tunnel/fixed_build_cost=1"]))
    used = plan["flows"].filter(pl.col("channel") == "agua-negra-tunnel", pl.col("sent") > 1e-6)
    assert set(used["slice"]) == {"summer", "winter"}


def test_at_ten_billion_the_railway_leads_to_the_atlantic() -> None:
    plan = plan_case(read_case(RAILWAY, "capex-10"))
    built = set(plan["builds"].filter(pl.col("builds") > 0.5)["option"])
    assert {"acu--corinto-track", "agua-boa--lucas-track"} <= built
    assert not built & {f"{name}-track" for name in CROSSINGS}


@pytest.mark.parametrize("name", NAMES)
def test_its_page_tells_every_scenario(name: str) -> None:
    folder = built_in_cases()[name]
    page = (folder / "README.md").read_text(encoding="utf-8")
    for scenario in read_case(folder).frames["changes"]["scenario"].unique(maintain_order=True):
        assert f"| {scenario} |" in page, scenario
    for heading in ("## The question", "## The answer", "## What the plans say", "## Sources", "## What is unknown and weak"):
        assert heading in page
