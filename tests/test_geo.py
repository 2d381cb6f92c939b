"""Distances against known ones, searoute and arithmetic; the places of the package; and sentences for what is no place."""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
import searoute
from searoute.data.marnet_dict import edge_list

from capcoop import UsageError
from capcoop.atlas.countries import countries
from capcoop.geo.land import EARTH_RADIUS, detour, detour_routes, great_circle, overland_distance, route_length
from capcoop.geo.places import ROLES, cities, cities_of, gates, gates_of, gateways_of, main_port
from capcoop.geo.sea import PASSAGES, network, sea_access, sea_distances, sea_ports, sea_route

SANTOS, CALLAO, CHANCAY, ROTTERDAM = (-23.96, -46.3), (-12.05, -77.15), (-11.59, -77.27), (51.95, 4.14)
SHANGHAI = (31.2, 121.8)  # the mouth of the Yangtze
SUVA, HONOLULU, ODESA, AKTAU, ALMATY = (-18.14, 178.44), (21.3, -157.87), (46.5, 30.74), (43.68, 51.21), (43.25, 76.91)
SUEZ = ("northwest", "suez")


def lanes_only(points: list[tuple[float, float]], closed: tuple[str, ...] = ("northwest",)) -> np.ndarray:
    """The part of the distances that searoute counts: without the way of each point to its node."""
    away = sea_access(points)
    return np.asarray(sea_distances(points, closed) - away[:, None] - away[None])


def test_the_network_is_that_of_searoute() -> None:
    sea = network()
    theirs = {frozenset({u, v}): data for u, ends in edge_list.items() for v, data in ends.items()}
    longitude_first = sea.nodes[sea.ends][:, :, ::-1].tolist()
    ours = [frozenset((float(x), float(y)) for x, y in lane) for lane in longitude_first]
    assert set(ours) == set(theirs)
    assert len(ours) == len(theirs) == 15970
    assert abs(sea.lengths - [theirs[lane]["weight"] for lane in ours]).max() <= 0.0501  # searoute rounds to 0.1 km
    named = {PASSAGES[index]: lane for index, lane in zip(sea.passages.tolist(), ours, strict=True) if index >= 0}
    assert set(named) == set(PASSAGES)
    for index, lane in zip(sea.passages.tolist(), ours, strict=True):
        name = theirs[lane].get("passage")
        expected = name if name in PASSAGES else None
        assert expected == (PASSAGES[index] if index >= 0 and lane != named["volga_don"] else None)


@pytest.mark.parametrize(
    ("start", "closed", "km"),
    [
        (SANTOS, ("northwest",), 20508),
        (CALLAO, ("northwest",), 17231),
        (CHANCAY, ("northwest",), 17231),
        (ROTTERDAM, ("northwest",), 19531),
        (ROTTERDAM, SUEZ, 24939),
    ],
)
def test_known_distances_to_shanghai(start: tuple[float, float], closed: tuple[str, ...], km: float) -> None:
    assert lanes_only([start, SHANGHAI], closed)[0, 1] == pytest.approx(km, rel=1e-3)
    assert sea_distances([start, SHANGHAI], closed)[0, 1] == pytest.approx(km, rel=0.015)
    assert sea_route(start, SHANGHAI, closed).length == pytest.approx(sea_distances([start, SHANGHAI], closed)[0, 1], abs=1e-3)


@pytest.mark.parametrize("closed", [("northwest",), SUEZ, ("northwest", "panama", "malacca")])
def test_any_pair_agrees_with_searoute(closed: tuple[str, ...]) -> None:
    ports = [sea_ports()[code] for code in ("BRSSZ", "CNSHA", "NLRTM", "FJSUV", "USNYC", "ZADUR", "RUMMK")]
    ours = lanes_only(ports, closed)
    for i, start in enumerate(ports):
        for j in range(i):
            found = searoute.searoute(list(start[::-1]), list(ports[j][::-1]), restrictions=list(closed))
            assert ours[i, j] == pytest.approx(found.properties["length"], rel=1e-3)


def test_the_way_to_the_network_counts() -> None:
    distances, away = sea_distances([CALLAO, CHANCAY, SHANGHAI]), sea_access([CALLAO, CHANCAY, SHANGHAI])
    nodes = searoute.searoute([*CALLAO[::-1]], [*SHANGHAI[::-1]]).geometry.coordinates
    ends = [nodes[0][::-1], nodes[-1][::-1]]
    assert away[[0, 2]] == pytest.approx(great_circle([CALLAO, SHANGHAI], ends))
    assert away == pytest.approx([60.1, 65.3, 7.5], abs=0.1)
    assert distances[0, 2] == pytest.approx(17231 + 60.1 + 7.5, abs=1)
    # Both ports have one node, so that searoute has them zero km apart.
    assert distances[0, 1] == pytest.approx(52.8, abs=0.1)
    assert distances[0, 1] == pytest.approx(great_circle(CALLAO, CHANCAY))
    assert distances.diagonal().tolist() == [0, 0, 0]
    assert distances == pytest.approx(distances.T)
    assert sea_distances([]).shape == (0, 0)
    assert sea_route(CALLAO, CHANCAY).points.tolist() == [list(CALLAO), list(CHANCAY)]


def test_a_way_over_the_antimeridian() -> None:
    assert great_circle((0, 179.5), (0, -179.5)) == pytest.approx(math.radians(1) * EARTH_RADIUS)
    assert sea_access([(-17.0, -179.9), (-17.0, 180.1)]) == pytest.approx(sea_access([(-17.0, -179.9)])[0])
    route = sea_route(SUVA, HONOLULU)
    assert great_circle(SUVA, HONOLULU) < route.length < 1.1 * great_circle(SUVA, HONOLULU)
    assert abs(np.diff(route.points[:, 1])).max() < 90
    assert route.points[-1, 1] == pytest.approx(HONOLULU[1] + 360)
    back = sea_route(HONOLULU, SUVA)
    assert back.length == pytest.approx(route.length)
    assert back.points[-1, 1] == pytest.approx(SUVA[1] - 360)


def test_passages_that_are_closed() -> None:
    assert sea_route(ROTTERDAM, SHANGHAI).passages == ("babalmandab", "gibraltar", "malacca", "suez")
    assert sea_route(ROTTERDAM, SHANGHAI, SUEZ).passages == ("panama",)
    assert "south_africa" in sea_route(ROTTERDAM, SHANGHAI, (*SUEZ, "panama")).passages
    assert sea_route(ROTTERDAM, SHANGHAI, ()).length < 16000  # by the Arctic
    assert np.isinf(sea_distances([ODESA, ROTTERDAM], ("bosporus",))[0, 1])
    assert np.isfinite(sea_distances([ODESA, ROTTERDAM])).all()
    assert sea_route(AKTAU, ROTTERDAM).passages == ("bosporus", "dardanelles", "gibraltar", "volga_don")
    with pytest.raises(UsageError, match=r"no way by sea leads from .* with volga_don closed"):
        sea_route(AKTAU, ROTTERDAM, ("volga_don",))


def test_great_circles_and_routes() -> None:
    assert great_circle((0, 0), (90, 0)) == pytest.approx(math.pi / 2 * EARTH_RADIUS)
    assert great_circle((0, 0), (0, 180)) == pytest.approx(math.pi * EARTH_RADIUS)
    assert great_circle(np.zeros((3, 1, 2)), np.zeros((1, 4, 2))).tolist() == np.zeros((3, 4)).tolist()
    assert route_length([(0, 0), (0, 90), (90, 0)]) == pytest.approx(math.pi * EARTH_RADIUS)
    assert route_length([(0, 0)]) == route_length([]) == 0


# Waypoints and lengths of corridors.csv of the collection of figures.
TWO_OCEAN = [(-21.64, -41.051), (-18.381, -44.456), (-14.311, -49.151), (-14.016, -49.177), (-14.05, -52.159), (-13.071, -55.915)]
TWO_OCEAN += [(-13.542, -58.82), (-12.741, -60.146), (-8.762, -63.904), (-9.975, -67.81), (-7.628, -72.678), (-8.379, -74.554)]
TWO_OCEAN += [(-9.295, -75.996), (-5.557, -80.822)]
XINGU, ESTREITO, TERMINAL_RIO = (-3.472, -51.198), (-20.462, -47.122), (-22.608, -43.709)


@pytest.mark.parametrize(
    ("waypoints", "straight", "published", "factor"),
    [
        (TWO_OCEAN, 5179.6, 5300, 1.023),
        ([XINGU, ESTREITO], 1940.1, 2076, 1.070),
        ([XINGU, TERMINAL_RIO], 2275.7, 2540, 1.116),
    ],
)
def test_corridors_along_their_waypoints(waypoints: list[tuple[float, float]], straight: float, published: float, factor: float) -> None:
    assert route_length(waypoints) == pytest.approx(straight, abs=0.5)
    assert published / route_length(waypoints) == pytest.approx(factor, abs=1e-3)


def test_detours_come_from_cited_routes() -> None:
    routes = detour_routes()
    assert routes.select(pl.col("source").is_not_null().all(), pl.col("factor").is_between(1, 2).all()).row(0) == (True, True)
    rail = detour("rail", "flat")
    assert (rail.factor, rail.low, rail.high, rail.routes) == (1.202, 1.104, 1.373, 8)
    assert rail.low < 1.133 < rail.high  # of the case of Kazakhstan
    kazakhstan = routes.filter(pl.col("route").str.starts_with("Almaty - Shu"))
    assert kazakhstan.get_column("factor").item() == pytest.approx(1.133, abs=1e-3)
    assert [detour("road", terrain).factor for terrain in ("flat", "hill", "mountain", None)] == [1.113, 1.236, 1.325, 1.248]
    one = overland_distance([(0, 0), (0, 0)], [(0, 1), (1, 0)], "road", "flat")
    assert one == pytest.approx(1.113 * math.radians(1) * EARTH_RADIUS)


def test_straight_lengths_are_those_between_the_cities_of_the_package() -> None:
    named = {
        "Chongqing - Duisburg": (("CHN", "Chongqing"), ("DEU", "Duisburg")),
        "Antofagasta - La Paz": (("CHL", "Antofagasta"), ("BOL", "La Paz")),
        "Tashkent - Osh": (("UZB", "Tashkent"), ("KGZ", "Osh")),
        "Santos - Callao": (("BRA", "Santos"), ("PER", "Callao")),
    }
    for route, ends in named.items():
        points = [cities_of(country).filter(pl.col("name") == name).select("latitude", "longitude").row(0) for country, name in ends]
        stated = detour_routes().filter(pl.col("route") == route).get_column("straight")
        assert stated.to_list() == pytest.approx([route_length(points)] * len(stated), abs=0.2)


def nowhere() -> object:
    return sea_distances([ALMATY, SHANGHAI], names=["Almaty", "Shanghai"])


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (nowhere, r"'Almaty' \(latitude 43.25, longitude 76.91\) is not at the sea: the nearest sea lane is 19\d\d km away"),
        (lambda: sea_distances([SANTOS[::-1], SHANGHAI[::-1]]), r"point 2 .* beyond 90 degrees; were latitude and longitude swapped\?"),
        (lambda: sea_distances([SANTOS, SHANGHAI], ("sues",)), r"'sues' is not a passage that can be closed; did you mean 'suez'\?"),
        (lambda: sea_access([(1.0, 2.0, 3.0)]), r"points are rows of latitude and longitude, not an array of shape \(1, 3\)"),
        (lambda: route_length([("x", "y")]), "every point needs two numbers, latitude and longitude"),
        (lambda: route_length([(0, 0), (0, math.nan)]), "point 2 .* has no latitude or no longitude"),
        (lambda: route_length([(0, 400)]), "longitude beyond 360 degrees"),
        (lambda: detour("monorail"), "no detour is known of the mode 'monorail'; known: rail, road, power line, submarine cable"),
        (lambda: detour("power line", "mountain"), "no detour is known of the mode 'power line' in the terrain 'mountain'; known: flat"),
        (lambda: cities_of("kaz"), r"no place is known in 'kaz'; did you mean 'KAZ'\?"),
        (lambda: main_port("Peru"), "no place is known in 'Peru'; write a country's ISO 3166 code of three letters, such as KAZ"),
    ],
)
def test_what_is_no_place_is_told_in_a_sentence(ask: Callable[[], object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        ask()


def test_a_port_inland_of_every_lane_is_at_the_sea_but_a_town_there_is_not() -> None:
    lamu, madrid = (-2.28, 40.9), (40.42, -3.7)
    assert sea_access([lamu])[0] == pytest.approx(223, abs=2)
    with pytest.raises(UsageError, match="not at the sea"):
        sea_access([madrid])


def test_every_port_has_a_node() -> None:
    ports = gates().filter(pl.col("role") != "border_crossing").unique("unlocode", maintain_order=True)
    points, names = ports.select("latitude", "longitude").to_numpy(), ports.get_column("name").to_list()
    away = sea_access(points, names)
    assert np.median(away) < 15
    far = {name: round(float(km)) for name, km in zip(names, away, strict=True) if km > 100}
    assert far == {
        "Manzanillo": 152,
        "Lae": 122,
        "Lamu": 223,
        "Ilo": 142,
        "Port Kamsar": 165,
        "Nacala": 119,
        "Gwadar": 117,
        "Mejillones": 117,
        "Kribi": 105,
        "Mongla": 100,
    }
    distances = sea_distances(points)
    assert np.isfinite(distances).all()
    assert (distances + 1e-6 >= great_circle(points[:, None], points[None])).all()
    apart = distances[~np.eye(len(points), dtype=bool)]
    assert apart.min() > 1
    shut = sea_distances(points, ("northwest", "volga_don"))
    rotterdam = names.index("Rotterdam")
    assert {name for name, km in zip(names, shut[rotterdam], strict=True) if np.isinf(km)} == {"Aktau", "Turkmenbasy"}


def test_every_place_has_a_position_a_source_and_a_country() -> None:
    for table in (cities(), gates()):
        assert (
            table.select(pl.col("name", "country", "latitude", "longitude", "year", "source", "verified").null_count()).row(0) == (0,) * 7
        )
        assert table.select((pl.col("latitude").abs() <= 90).all(), (pl.col("longitude").abs() <= 180).all()).row(0) == (True, True)
    assert set(gates().get_column("role")) == set(ROLES)
    assert gates().filter(pl.col("role") == "main_port").get_column("country").is_unique().all()


def test_cities() -> None:
    known = countries()
    assert set(cities().get_column("country")) >= set(known)
    assert set(known) - set(cities().filter("capital").get_column("country")) == {"MAC"}
    seats = {"KAZ": "Astana", "TZA": "Dodoma", "MMR": "Nay Pyi Taw", "BOL": "Sucre", "BEL": "Brussels", "BRA": "Brasília"}
    assert {country: cities_of(country).filter("capital").get_column("name").item() for country in seats} == seats
    assert cities_of("KAZ").get_column("name").head(3).to_list() == ["Almaty", "Astana", "Shymkent"]
    people = cities_of("BRA").get_column("population")
    assert people.is_sorted(descending=True)
    assert people.to_list()[0] > 12e6
    large = cities().filter(pl.col("population") >= 100_000)
    assert 6000 < large.height < cities().height
    unknown = cities().filter(pl.col("population").is_null())
    assert unknown.height > 0
    assert not cities().filter(pl.col("population") == 0).height


def test_quarters_of_a_city_can_be_left_out() -> None:
    angola = cities_of("AGO", apart=50)
    assert "Viana" in cities_of("AGO").get_column("name").to_list()[:5]
    assert angola.get_column("name").to_list()[:3] == ["Luanda", "Lubango", "Huambo"]
    points = angola.select("latitude", "longitude").to_numpy()
    away = great_circle(points[:, None], points[None])
    assert away[~np.eye(len(points), dtype=bool)].min() >= 50


def test_gates() -> None:
    aktau = main_port("KAZ")
    assert aktau is not None
    assert (aktau.name, aktau.unlocode, aktau.country) == ("Aktau", "KZAAU", "KAZ")
    assert main_port("ETH") is None
    assert main_port("ISL") is None  # unknown, though Iceland has ports
    assert gateways_of("ETH").get_column("name").to_list() == ["Djibouti", "Berbera", "Lamu"]
    assert gateways_of("BRA").is_empty()
    assert gates_of("KAZ").filter(pl.col("role") == "border_crossing").get_column("name").to_list() == ["Khorgos", "Dostyk-Alashankou"]
    landlocked = {code for code, country in countries().items() if country.landlocked}
    without = {code for code in landlocked if gateways_of(code).is_empty()}
    assert without == {"AND", "LIE", "SMR"}


def test_positions_that_were_wrong_are_mended_and_say_so() -> None:
    matadi = gates().filter(pl.col("name") == "Matadi")
    assert matadi.select("latitude", "longitude").row(0) == pytest.approx((-5.826, 13.469), abs=1e-3)
    mended = gates().filter(pl.col("note").str.contains("which was stated")).get_column("unlocode").unique().sort().to_list()
    assert mended == ["ARBUE", "CDMAT", "CNSHA", "EGALY", "GNCKY", "PKBQM", "SAJED", "USLAX"]


def test_the_tables_are_small_and_quick() -> None:
    folder = files("capcoop.geo").joinpath("places")
    contents = {name: folder.joinpath(f"{name}.parquet").read_bytes() for name in ("cities", "gates")}
    assert sum(map(len, contents.values())) < 1.5e6
    times = []
    for _ in range(5):
        started = time.perf_counter()
        for content in contents.values():
            pl.read_parquet(content)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.05


@pytest.fixture(scope="module")
def carrier() -> ModuleType:
    spec = importlib.util.spec_from_file_location("carry_places", Path(__file__).parent.parent / "tools" / "carry_places.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_mends_and_leaves_out(carrier: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    ports = pl.DataFrame(
        {
            "name": ["Matadi", "Callao", "Nowhere"],
            "unlocode": ["CDMAT", "PECLL", None],
            "latitude": [13.451, -12.0508, 1.0],
            "longitude": [-5.8238, -77.126, 2.0],
            "source": ["a list"] * 3,
            "note": [None] * 3,
        },
        schema_overrides={"note": pl.String},
    )
    mended = carrier.mended(ports)
    assert capsys.readouterr().out == "mended: Matadi (CDMAT), by 3022 km\n"
    assert mended.select("latitude", "longitude").rows() == [(-5.8262, 13.4692), (-12.0508, -77.126), (1.0, 2.0)]
    assert mended.get_column("source").to_list() == ["searoute 1.6.0 (position) | a list", "a list", "a list"]
    places = {"PER": np.array([[-12.0, -77.1]]), "BOL": np.array([[-16.5, -68.1]])}
    port = {"role": "main_port", "host": "PER", "country": "BOL", "latitude": -12.05, "longitude": -77.13}
    assert carrier.placed(port, places)
    assert not carrier.placed({**port, "latitude": -13.0}, places)
    assert not carrier.placed({**port, "role": "border_crossing"}, places)


def test_the_script_takes_the_largest_that_are_no_quarters(carrier: ModuleType) -> None:
    towns = pl.DataFrame({"latitude": [0.0, 0.1, 1.0, 2.0, 3.0, 4.0, 5.0], "longitude": [0.0] * 7})
    assert carrier.apart(towns) == [True, False, True, True, True, True, False]
    assert carrier.folded("São Luís 2") == "saoluis2"
