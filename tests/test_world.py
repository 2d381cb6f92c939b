"""The case of the world: countries alone are sites, nothing gets lost, ways and duties are paid as by hand, and a cut of it is planned."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from capcoop import check_case, convert_case, find_case, plan_case, read_case, verify
from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.countries import countries
from capcoop.atlas.demand import catching_up, ordinary_demand
from capcoop.atlas.existing import building_share, utilisation
from capcoop.atlas.figures import AREAS
from capcoop.atlas.gather import gather
from capcoop.atlas.new import Made
from capcoop.atlas.prices import tariff
from capcoop.atlas.routes import ROAD, nations, routes
from capcoop.atlas.world import make_world
from capcoop.atlas.world_figures import held_capacity
from capcoop.atlas.world_trade import candidates, union_of
from capcoop.case import formats
from capcoop.cli import app
from capcoop.geo.land import great_circle
from capcoop.geo.sea import sea_distances

# Four landlocked ones among them, one of which (Uzbekistan) has only landlocked neighbours but one.
CUT = ("CHN", "EGY", "IND", "KAZ", "NPL", "RUS", "TUR", "UZB")
SEA, RAIL, RAIL_DETOUR, ROAD_RATE, PORTS = 0.0012, 0.024118498500000002, 1.222, 0.05, 11.0


@cache
def cut() -> Made:
    return make_world(only=CUT)


@cache
def whole() -> Made:
    return make_world()


def table(made: Made, name: str) -> pl.DataFrame:
    return made.content.frames[name]


def test_sites_are_countries_and_no_areas() -> None:
    sites = table(whole(), "sites").get_column("site").to_list()
    assert set(sites) == set(countries()) - {"PLW"}  # Koror lies too far from the sea lanes
    assert not set(sites) & set(AREAS)
    assert "A way to PLW" in whole().assumptions
    assert table(cut(), "sites").get_column("site").to_list() == list(CUT)
    kinds = dict(table(cut(), "sites").select("site", "kind").iter_rows())
    assert [code for code in CUT if kinds[code] == "market"] == [code for code in CUT if countries()[code].landlocked]


@pytest.mark.parametrize("made", [cut, whole])
def test_every_site_can_buy_what_it_needs(made: Callable[[], Made]) -> None:
    one = made()
    ways = table(one, "channels").select("channel", "to").join(table(one, "freight").select("channel", "product"), on="channel")
    bought = ways.select(site="to", product="product").unique()
    makers = table(one, "stock").select("site").unique().get_column("site").to_list()
    needs = table(one, "needs").filter(pl.col("quantity") > 0).select("site", "product").unique()
    alone = needs.join(bought, on=["site", "product"], how="anti")
    assert alone.filter(~pl.col("site").is_in(makers)).is_empty()
    assert set(table(one, "channels").get_column("to")) == set(table(one, "sites").get_column("site"))


@pytest.mark.parametrize(("product", "name"), [("cement", "cement"), ("steel", "finished_steel"), ("urea", "urea")])
def test_needs_are_the_sum_over_countries(product: str, name: str) -> None:
    total = 0.0
    for code in CUT:
        ordinary = [ordinary_demand(code, name, 2021).in_year(year) or 0.0 for year in range(2022, 2027)]
        more = catching_up(code, 2022, 2026, 2021).filter(product=name).get_column("central").to_list()
        total += (sum(ordinary) + sum(more)) / 5
    needs = table(cut(), "needs").filter(product=product, period="2022-2026")
    assert needs.height == len(CUT)
    assert needs.get_column("quantity").sum() == pytest.approx(total, rel=1e-6)
    world = table(whole(), "needs").filter(product=product, period="2022-2026").filter(pl.col("site").is_in(list(CUT)))
    assert_frame_equal(world, needs, check_row_order=False)


def test_ways_by_land_and_by_sea_as_by_hand() -> None:
    among = nations(CUT)
    ways, place = routes(among, Assumptions()), {code: index for index, code in enumerate(CUT)}
    kazakhstan, russia, egypt, turkey = (among[place[code]] for code in ("KAZ", "RUS", "EGY", "TUR"))
    people = sum(city.people for city in kazakhstan.cities)
    straight = [
        min(float(great_circle(np.array(start.point), np.array(city.point))) for start in russia.cities) for city in kazakhstan.cities
    ]
    km = sum(away * city.people / people for away, city in zip(straight, kazakhstan.cities, strict=True))
    assert ways.mode[place["RUS"], place["KAZ"]] == "rail"
    assert ways.cost[place["RUS"], place["KAZ"]] == pytest.approx(km * RAIL_DETOUR * RAIL, rel=1e-4)
    sea = sea_distances([gate.point for gate in (*turkey.gates, *egypt.gates)])
    people, cost = sum(city.people for city in egypt.cities), 0.0
    for city in egypt.cities:
        costs = [
            sea[i, len(turkey.gates) + j] * SEA + float(great_circle(np.array(gate.point), np.array(city.point))) * RAIL_DETOUR * RAIL
            for i in range(len(turkey.gates))
            for j, gate in enumerate(egypt.gates)
        ]
        cost += min(costs) * city.people / people
    assert ways.mode[place["TUR"], place["EGY"]] == "sea"
    assert ways.cost[place["TUR"], place["EGY"]] == pytest.approx(cost + PORTS, rel=1e-4)
    assert not np.isfinite(np.diag(ways.cost)).any()
    assert np.isfinite(ways.cost[~np.eye(len(CUT), dtype=bool)]).all()


def test_roads_where_a_country_has_no_railway() -> None:
    chad, niger = nations(("TCD", "NER"))
    assert chad.mode == ROAD
    ways = routes((chad, niger), Assumptions())
    assert ways.mode[0, 1] == "road"
    assert ways.cost[0, 1] > ways.km[0, 1] * ROAD_RATE * 0.99


def test_duty_is_due_on_value_and_way_and_not_within_a_union() -> None:
    channels = dict(table(cut(), "channels").select("channel", "cost").iter_rows())
    duty = {(channel, product): cost for channel, product, cost in table(cut(), "freight").select("channel", "product", "cost").iter_rows()}
    assert duty["RUS-KAZ", "cement"] == 0
    rate = tariff("KAZ", "intermediate", Assumptions())
    assert rate > 0
    # The price of cement of 2021: 36.4 USD/t, fob Viet Nam.
    assert duty["CHN-KAZ", "cement"] == pytest.approx(rate * (36.4 + channels["CHN-KAZ"]), abs=2e-3)
    assert union_of(["DEU", "FRA", "GBR", "USA", "MEX", "JPN"]).sum() == 6 + 2 + 2


def test_capacity_follows_its_rules() -> None:
    own = Assumptions()
    share = utilisation("cement")
    assert share is not None
    # China: 1,178 Mt are listed, 2,000 Mt were made in 2023.
    assert held_capacity("CHN", "cement", 2021, 0.0, own) == pytest.approx(2_000_000 / share[0])
    # Egypt: 4,500 kt of nitrogen in ammonia in 2023, 55 % of which becomes urea of 46 %.
    assert held_capacity("EGY", "urea", 2021, 0.0, own) == pytest.approx(4500 * 0.55 / 0.46)
    # Turkey: 34,000 kt of crude steel in 2023.
    assert held_capacity("TUR", "steel", 2021, 0.0, own) == pytest.approx(34_000 * building_share(), rel=0.01)
    assert held_capacity("NPL", "aluminium", 2021, 10.0, own) == 0
    stock = table(cut(), "stock")
    assert stock.get_column("source").null_count() == 0
    kilns = dict(stock.filter(site="EGY").select("line", "capacity").iter_rows())
    assert kilns["cement-kiln"] == 60_000  # stated for 2023
    assert {"CHN", "IND"} <= set(stock.filter(line="float-line").get_column("site"))


def test_makers_that_are_cheapest_or_largest() -> None:
    landed = np.array([[np.inf, 1.0, 2.0], [3.0, np.inf, 4.0], [5.0, 6.0, np.inf]])
    makers, buyers, made = np.array([True, True, False]), np.array([True, True, True]), np.array([0.0, 9.0, 0.0])
    kept = candidates(landed, makers, buyers, made, 1)
    # The first sells where it is cheapest, the second is large, the third makes nothing.
    assert kept.tolist() == [[False, True, True], [True, False, True], [False, False, False]]
    assert not candidates(landed, makers, np.array([True, True, False]), made, 1)[:, 2].any()


def test_plants_have_real_sizes_and_stand_where_they_are_not_far_too_large() -> None:
    options = table(cut(), "options")
    assert set(options.filter(pl.col("option").str.starts_with("smelter")).get_column("unit_size")) == {250.0}
    assert options.filter(option="smelter-NPL").is_empty()
    assert options.filter(option="smelter-KAZ").height == 1  # 250 kt are made
    peak = table(cut(), "needs").filter(site="NPL", product="cement").get_column("quantity").max()
    held = table(cut(), "stock").filter(site="NPL", line="cement-mill").item(0, "capacity")
    assert options.filter(option="cement-works-NPL").item(0, "maximum_builds") == np.ceil((peak + held) / 1000)
    assert table(cut(), "packages").filter(option="cement-works-NPL").item(0, "capacity") == 825


def test_the_plan_of_the_cut_holds_and_nobody_sells_what_he_does_not_make(tmp_path: Path) -> None:
    formats.write(cut().content, tmp_path / "cut")
    case = read_case(tmp_path / "cut")
    plan = plan_case(case)
    assert plan.outcome["status"] == "optimal"
    assert verify(case, plan).ok
    sent = plan["flows"].group_by("from", "product", "period").agg(pl.col("sent").sum())
    made = {
        (site, product, period): amount for site, product, period, amount in _made(plan["activity"], table(cut(), "recipes")).iter_rows()
    }
    assert sent.height
    for site, product, period, amount in sent.select("from", "product", "period", "sent").iter_rows():
        assert amount <= made[site, product, period] + 1e-3


def _made(activity: pl.DataFrame, recipes: pl.DataFrame) -> pl.DataFrame:
    both = activity.join(recipes.filter(pl.col("quantity") > 0).select("process", "product", "quantity"), on="process")
    return both.group_by("site", "product", "period").agg((pl.col("activity") * pl.col("quantity")).sum())


def test_figures_of_countries_are_told_together() -> None:
    one, other, book = Assumptions(), Assumptions(), Assumptions()
    one.rule("Needs", "cement", 100.0, "kt", "why")
    other.rule("Needs", "cement", 300.0, "kt", "why")
    one.rule("Prices", "power", 10.0, "USD/MWh", "why")
    other.miss("A railway.")
    gather({"AAA": one, "BBB": other}, book)
    assert book.used["Needs", "cement, of 2 countries"].value == 400
    assert book.used["Prices", "power, of 1 countries"].value == 10
    assert book.unknown == ["A railway. So in 1 countries: BBB."]


def test_the_built_in_case_is_what_the_atlas_makes(tmp_path: Path) -> None:
    formats.write(whole().content, tmp_path / "world", "parquet")
    for path in (tmp_path / "world").glob("*.parquet"):
        built_in = pl.read_parquet(find_case("world") / path.name)
        assert_frame_equal(built_in, pl.read_parquet(path), rel_tol=1e-9)  # else: python tools/make_world.py
    assert (find_case("world") / "ASSUMPTIONS.md").read_text(encoding="utf-8") == whole().assumptions


def test_the_built_in_case_passes_its_check_and_survives_a_change_of_format(tmp_path: Path) -> None:
    case, problems = check_case(find_case("world"))
    assert not problems
    assert case is not None
    assert set(convert_case(find_case("world"), tmp_path / "world.zip")) == {"ASSUMPTIONS.md", "README.md"}
    assert read_case(tmp_path / "world.zip").frames["needs"].get_column("quantity").sum() == pytest.approx(
        case.frames["needs"].get_column("quantity").sum()
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["--host", "KAZ"], "--world makes a case of all countries; it goes with --supplier and --years alone"),
        (["--overrides", "mine"], "--world makes a case of all countries; it goes with --supplier and --years alone"),
        (["--years", "1990-1999"], "the years 1990-1999 are outside the data; write years from 2010 to 2050"),
        (["--supplier", "Germani"], "'Germani' is not a country; did you mean 'Germany'?"),
        (["--supplier", "CHN", "--supplier", "China"], "--supplier CHN is there twice"),
    ],
)
def test_what_cannot_be_made(asked: list[str], message: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["new", str(tmp_path / "case"), "--world", *asked])
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "case").exists()
