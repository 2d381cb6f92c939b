"""The ways of large corridors: lengths along their towns against published ones, and the table they come from."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from capcoop import UsageError
from capcoop.geo.corridors import facts, measured, waypoints, ways
from capcoop.geo.land import route_length
from capcoop.geo.overland import AT_SEA, misplaced

ROOT = Path(__file__).parent.parent


# Straight along the waypoints; the published length; the factor between them.
@pytest.mark.parametrize(
    ("name", "straight", "published", "factor"),
    [
        ("northern route", 5179.6, 5300, 1.023),
        ("northern route in Brazil", 4093.3, 4400, 1.075),
        ("southern route", 4559.9, 5600, 1.228),
        ("bipole 1, Xingu - Estreito", 1940.1, 2076, 1.070),
        ("bipole 2, Xingu - Terminal Rio", 2275.7, 2518, 1.106),
        ("Almaty - Aktau by the trunk line", 2883.3, 3269, 1.134),
        ("Sinop - Miritituba", 845.4, 933, 1.104),
        ("Boten - Vientiane", 370.0, 414, 1.119),
        ("Addis Ababa - Djibouti", 559.2, 756, 1.352),
        ("Kribi - Fortaleza", 5434.9, 6000, 1.104),
        ("Valparaiso - Auckland - Sydney", 11792.1, 14810, 1.256),
    ],
)
def test_published_lengths_and_the_factor_that_explains_them(name: str, straight: float, published: float, factor: float) -> None:
    found = measured(name)
    assert found.straight == pytest.approx(straight, abs=0.5)
    assert found.published[0] == published
    assert found.factor == pytest.approx(factor, abs=1e-3)
    assert sum(found.shares) == pytest.approx(1)


def test_the_second_line_of_belo_monte_is_published_with_about_2540_km() -> None:
    assert max(measured("bipole 2, Xingu - Terminal Rio").published) == pytest.approx(2540, rel=0.003)


def test_a_quoted_length_shorter_than_any_railway_is_seen_as_such() -> None:
    two_ocean = measured("northern route")
    assert two_ocean.factor is not None
    assert not two_ocean.own
    built = [measured(name).factor or np.nan for name in ("Boten - Vientiane", "Addis Ababa - Djibouti", "Mombasa - Nairobi")]
    assert two_ocean.factor < min(built)
    assert two_ocean.expected == pytest.approx(6500, rel=0.01)
    assert two_ocean.shares == pytest.approx((0.64, 0.22, 0.14, 0.0), abs=0.01)
    assert measured("plan of 2025").factor == pytest.approx(0.955, abs=1e-3)  # less than straight: other towns


def test_lines_that_the_detours_come_from_are_marked() -> None:
    own = {name for name in ways() if measured(name).own}
    assert {"Boten - Vientiane", "FICO, Mara Rosa - Lucas do Rio Verde", "bipole 1, Xingu - Estreito", "Kribi - Fortaleza"} <= own
    assert own.isdisjoint({"northern route", "southern route", "Porto Alegre - Coquimbo", "Khorgos - Aktau, east to west"})


def test_a_way_without_a_published_length_has_no_factor() -> None:
    road = measured("Porto Alegre - Coquimbo")
    assert (road.published, road.factor, road.own) == ((), None, False)
    assert road.expected == pytest.approx(2459, abs=2)
    assert road.shares[2] == pytest.approx(0.25, abs=0.01)
    assert measured("over the Andes, Rodeo - Vicuna").highest > 4000  # the pass lies at 4,765 m


def test_cables_go_by_sea_and_over_the_antimeridian() -> None:
    pacific, atlantic = measured("Valparaiso - Auckland - Sydney"), measured("Kribi - Fortaleza")
    assert pacific.lanes is not None
    assert pacific.straight < pacific.lanes < pacific.published[0]
    assert atlantic.lanes == pytest.approx(atlantic.published[0], rel=0.01)
    assert pacific.shares[3] > 0.95


def test_every_waypoint_is_where_it_should_be() -> None:
    for way in ways().values():
        if way.mode != AT_SEA:
            assert misplaced(way.points, way.names, way.countries) == (), way.name
        assert route_length(way.points) > 0


def test_every_row_has_its_source() -> None:
    for table in (waypoints(), facts()):
        assert table.select(pl.col("corridor", "way", "source", "verified").null_count()).row(0) == (0,) * 4
    assert set(facts().get_column("way")) <= set(ways())
    assert facts().filter(pl.col("value").is_null() & (pl.col("low").is_null() | pl.col("high").is_null())).is_empty()
    assert set(facts().select("item", "unit").rows()) == {
        *((item, "km") for item in ("length", "tunnel length", "bridge length", "distance saved")),
        ("altitude", "m"),
    }


def test_an_unknown_way_is_told_in_a_sentence() -> None:
    with pytest.raises(UsageError, match=r"no way of a corridor is called 'northern rute'; did you mean 'northern route'\?"):
        measured("northern rute")


@pytest.fixture(scope="module")
def carrier() -> ModuleType:
    spec = importlib.util.spec_from_file_location("carry_corridors", ROOT / "tools" / "carry_corridors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_carries_figures_with_their_sources(carrier: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collection = pl.DataFrame(
        {
            "corridor": ["belo_monte_uhvdc", "belo_monte_uhvdc", "belo_monte_uhvdc", "belo_monte_uhvdc"],
            "segment": ["line ends", "bipole 1 Xingu-Estreito", "bipole 1 Xingu-Estreito", "somewhere"],
            "record_type": ["waypoint", "fact", "fact", "fact"],
            "item": ["location", "length", "voltage", "length"],
            "place": ["Anapu", None, None, None],
            "iso3": ["BRA", None, None, None],
            "lat": ["-3.472", None, None, None],
            "lon": ["-51.198", None, None, None],
            "value": [None, "2076", "800", "1"],
            "value_low": [None] * 4,
            "value_high": [None] * 4,
            "unit": ["decimal degrees", "km", "kV", "km"],
            "year": ["2024", "2017", "2017", "2017"],
            "source": ["GeoNames", "a line", "a line", "a line"],
            "verified": ["yes", "no", "yes", "yes"],
            "note": [None] * 4,
        },
        schema_overrides={"value_low": pl.String, "value_high": pl.String, "note": pl.String},
    )
    town = {"countrycode": "LA", "name": "Vientiane", "latitude": 17.96667, "longitude": 102.6}
    cities = {"1": {**town, "population": 840940}, "2": {**town, "latitude": 1.0, "population": 5}}
    (tmp_path / "cities500.json").write_text(json.dumps(cities), encoding="utf-8")
    lines = (
        ("belo-monte", "bipole 1, Xingu - Estreito", "power line", "belo_monte_uhvdc", "Anapu", ""),
        ("x", "y", "rail", "", "Vientiane LAO", "n"),
    )
    monkeypatch.setattr(carrier, "WAYS", lines)
    monkeypatch.setattr(carrier, "READ", ())
    found = carrier.waypoints(collection, tmp_path)
    assert found.select("name", "country", "latitude", "longitude", "source", "note").rows() == [
        ("Anapu", "BRA", -3.472, -51.198, "GeoNames", None),
        ("Vientiane", "LAO", 17.967, 102.6, carrier.GEONAMES, "n"),
    ]
    assert carrier.facts(collection).select("way", "item", "value", "unit", "year", "source", "verified").rows() == [
        ("bipole 1, Xingu - Estreito", "length", 2076.0, "km", 2017, "a line", "no")
    ]
