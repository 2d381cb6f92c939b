"""Heights, land and sea, and the terrain of ways whose nature is known; sampled over the antimeridian and the poles too."""

from __future__ import annotations

import importlib.util
import math
import time
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest

from capcoop import UsageError
from capcoop.geo.elevation import TERRAINS, classes, elevation, grid, is_land, profile, terrain_of
from capcoop.geo.land import EARTH_RADIUS, great_circle
from capcoop.geo.places import cities, gates

ALMATY, SHU, KYZYLORDA, AKTOBE = (43.252, 76.912), (43.605, 73.762), (44.853, 65.509), (50.28, 57.207)
LUCAS, AGUA_BOA, SINOP = (-13.071, -55.915), (-14.05, -52.159), (-11.864, -55.503)
SAN_JUAN, VICUNA, ADDIS, DJIBOUTI = (-31.537, -68.526), (-30.035, -70.713), (9.025, 38.747), (11.589, 43.145)
BOTEN, VIENTIANE, MOMBASA, NAIROBI = (21.19, 101.68), (17.967, 102.6), (-4.055, 39.664), (-1.283, 36.817)


# Altitudes of towns that lie as high as the country around them, in m, as gazetteers give them.
@pytest.mark.parametrize(
    ("place", "metres", "within"),
    [
        ((-15.79, -47.88), 1172, 100),  # Brasilia
        ((39.74, -104.99), 1609, 60),  # Denver
        ((51.18, 71.446), 350, 30),  # Astana
        ((9.02, 38.75), 2355, 200),  # Addis Ababa
        ((-15.84, -69.33), 3812, 60),  # Lake Titicaca
        ((31.5, 35.48), -430, 60),  # the Dead Sea
        ((53.0, 107.5), 456, 60),  # Lake Baikal
        ((11.35, 142.2), -9000, 2500),  # the Mariana Trench
        ((0.0, -25.0), -3500, 1500),  # the middle of the Atlantic
    ],
)
def test_known_heights(place: tuple[float, float], metres: float, within: float) -> None:
    assert elevation([place])[0] == pytest.approx(metres, abs=within)


def test_narrow_seas_are_sea_to_the_terrain() -> None:
    assert terrain_of([(29.3, 34.75), (38.2, 22.6)], [(28.6, 34.6), (38.2, 22.7)]).sea.min() > 0.5  # the Gulfs of Aqaba and of Corinth


def test_heights_between_nodes_are_between_theirs() -> None:
    corners = elevation([(46.5, 8.0), (46.5, 8.1), (46.6, 8.0), (46.6, 8.1)])
    assert corners.max() - corners.min() > 300
    assert elevation([(46.55, 8.05)])[0] == pytest.approx(corners.mean())
    assert elevation([(46.5, 8.05)])[0] == pytest.approx(corners[:2].mean())
    assert elevation([]).shape == (0,)


def test_the_grid_has_no_seam() -> None:
    for latitude in (66.5, -17.9, 0.0, 90.0, -90.0):
        around = [(latitude, longitude) for longitude in (180.0, -180.0, 360.0 - 180.0, 540.0 - 360.0)]
        assert len(set(elevation(around).tolist())) == 1
        assert len(set(is_land(around).tolist())) == 1
    west, east = elevation([(66.5, 179.9)])[0], elevation([(66.5, -180.0)])[0]
    assert west != east
    assert elevation([(66.5, 179.95)])[0] == pytest.approx((west + east) / 2)


def test_every_city_and_gate_is_on_land_but_for_small_islands() -> None:
    table = cities()
    dry = is_land(table.select("latitude", "longitude").to_numpy())
    assert table.filter(~pl.Series(dry)).height <= 51
    large = table.filter(~pl.Series(dry) & (pl.col("population") > 100_000)).get_column("name").sort().to_list()
    assert large == ["Kafr ad Dawwār", "Male", "Nouadhibou", "Vũng Tàu"]
    assert is_land(gates().select("latitude", "longitude").to_numpy()).all()


@pytest.mark.parametrize(
    ("place", "land"),
    [
        ((0.0, -25.0), False),  # the Atlantic
        ((42.0, 50.5), False),  # the Caspian
        ((43.0, 35.0), False),  # the Black Sea, whose straits are narrower than a cell
        ((40.75, 28.2), False),  # Marmara
        ((29.0, 34.7), True),  # the Gulf of Aqaba, whose shores are nearer than a cell
        ((27.0, 51.0), False),  # the Persian Gulf
        ((47.12, 51.88), True),  # Atyrau, 22 m below the sea
        ((31.5, 35.48), True),
        ((42.7, 89.2), True),  # Turpan
        ((52.4, 4.9), True),  # Amsterdam
        ((53.5, 108.2), True),  # Baikal: lakes are land
        ((-23.96, -46.33), True),  # Santos
        ((-46.33, -23.96), False),  # the same, swapped
    ],
)
def test_land_and_sea(place: tuple[float, float], land: bool) -> None:
    assert is_land([place])[0] == land


# The classes of ways whose nature is known: plains and steppe, the escarpments of East Africa, the Andes, the Alps, northern Laos.
@pytest.mark.parametrize(
    ("start", "end", "terrain", "least"),
    [
        (SHU, KYZYLORDA, "flat", 0.9),
        (KYZYLORDA, AKTOBE, "flat", 0.95),
        (LUCAS, AGUA_BOA, "flat", 0.95),
        (SINOP, LUCAS, "flat", 0.95),
        ((36.6, 117.0), (39.9, 116.4), "flat", 0.8),  # Jinan - Beijing
        ((52.23, 21.01), (55.75, 37.62), "flat", 0.95),  # Warsaw - Moscow
        ((41.88, -87.63), (41.26, -95.93), "flat", 0.95),  # Chicago - Omaha
        ((25.0, 84.0), (28.6, 77.2), "flat", 0.9),  # the plain of the Ganges
        (ADDIS, DJIBOUTI, "hill", 0.6),
        (MOMBASA, NAIROBI, "hill", 0.6),
        ((-23.96, -46.33), (-23.55, -46.63), "hill", 0.8),  # Santos - Sao Paulo
        (BOTEN, VIENTIANE, "mountain", 0.6),
        (SAN_JUAN, VICUNA, "mountain", 0.9),
        ((-24.79, -65.41), (-23.65, -70.4), "mountain", 0.9),  # Salta - Antofagasta
        ((46.95, 7.45), (45.46, 9.19), "mountain", 0.8),  # Bern - Milan
        ((39.47, 75.99), (40.53, 72.8), "mountain", 0.9),  # Kashgar - Osh
        ((-3.8, -38.5), (3.9, 9.9), "sea", 0.95),  # Fortaleza - Kribi
    ],
)
def test_terrain_of_known_ways(start: tuple[float, float], end: tuple[float, float], terrain: str, least: float) -> None:
    found = terrain_of([start], [end])
    assert getattr(found, terrain)[0] >= least
    assert getattr(terrain_of([end], [start]), terrain)[0] == pytest.approx(getattr(found, terrain)[0])


def test_shares_sum_to_one_and_belong_to_their_pair() -> None:
    starts, ends = np.array([SHU, SAN_JUAN, ADDIS, SHU]), np.array([KYZYLORDA, VICUNA, DJIBOUTI, SHU])
    together = terrain_of(starts, ends)
    assert together.flat + together.hill + together.mountain + together.sea == pytest.approx(1)
    assert together.length == pytest.approx(great_circle(starts, ends))
    for index in range(4):
        alone = terrain_of(starts[index : index + 1], ends[index : index + 1])
        for name, values in vars(alone).items():
            assert values[0] == pytest.approx(getattr(together, name)[index]), name
    assert together.length[3] == together.climb[3] == 0
    assert together.flat[3] == 1
    assert terrain_of([], []).sea.shape == (0,)


def test_highest_point_and_climb() -> None:
    there, back = terrain_of([SAN_JUAN], [VICUNA]), terrain_of([VICUNA], [SAN_JUAN])
    heights = profile([SAN_JUAN], [VICUNA]).height
    assert there.highest == pytest.approx(back.highest)
    assert there.highest[0] == pytest.approx(heights.max())
    assert there.highest[0] > 3500  # the portals of the tunnel lie at 3,400 to 4,000 m
    assert there.climb[0] - back.climb[0] == pytest.approx(heights[-1] - heights[0])
    assert there.climb[0] >= heights.max() - heights[0]
    atlantic = terrain_of([(-3.0, -30.0)], [(-3.0, -20.0)])
    assert atlantic.sea[0] == pytest.approx(1)
    assert atlantic.climb[0] == 0
    assert atlantic.highest[0] < -1000


def test_samples_lie_evenly_on_the_great_circle() -> None:
    found = profile([SHU, (60.0, 170.0)], [KYZYLORDA, (60.0, -170.0)])
    for pair, (start, end) in enumerate(((SHU, KYZYLORDA), ((60.0, 170.0), (60.0, -170.0)))):
        mine = found.pair == pair
        points, distance = found.points[mine], found.distance[mine]
        assert points[0] == pytest.approx(start)
        assert points[-1] == pytest.approx(end)
        assert distance[[0, -1]] == pytest.approx([0, float(great_circle(start, end))])
        assert np.diff(distance) == pytest.approx(np.diff(distance)[0])
        assert np.diff(distance).max() <= 10
        assert great_circle(points[:-1], points[1:]) == pytest.approx(np.diff(distance), abs=1e-6)
    mine = found.pair == 1
    assert abs(found.points[mine, 1]).min() >= 170  # over the antimeridian, not around the Earth
    assert found.points[mine, 0].max() > 60.2
    closer = profile([SHU], [KYZYLORDA], spacing=1.0)
    assert len(closer.pair) == math.ceil(great_circle(SHU, KYZYLORDA)) + 1


def test_ways_without_one_direction() -> None:
    opposite = terrain_of([(0.0, 0.0), (90.0, 0.0), (10.0, 20.0)], [(0.0, 180.0), (-90.0, 0.0), (-10.0, -160.0)])
    assert opposite.length == pytest.approx(math.pi * EARTH_RADIUS)
    assert opposite.flat + opposite.hill + opposite.mountain + opposite.sea == pytest.approx(1)
    over = profile([(89.0, 0.0)], [(89.0, 180.0)])
    assert over.distance[-1] == pytest.approx(math.radians(2) * EARTH_RADIUS)
    assert over.points[:, 0].max() > 89.9


def test_land_is_half_flat_and_a_fifth_mountain() -> None:
    area = np.cos(np.radians(np.arange(1801) / 10 - 90))[:, None] * (classes() != TERRAINS.index("sea"))
    area[:300] = 0  # Antarctica
    shares = [area[classes() == place].sum() / area.sum() for place in range(3)]
    assert shares == pytest.approx([0.55, 0.24, 0.21], abs=0.01)
    assert area[300:].sum() / np.cos(np.radians(np.arange(300, 1801) / 10 - 90)).sum() / 3600 == pytest.approx(0.28, abs=0.02)


@pytest.mark.parametrize("wrong", [[(95.0, 10.0)], [(math.nan, 1.0)], [("a", "b")], [(1.0, 2.0, 3.0)]])
def test_what_is_no_point_is_told_in_a_sentence(wrong: Any) -> None:
    for ask in (elevation, is_land):
        with pytest.raises(UsageError, match="latitude"):
            ask(wrong)
    with pytest.raises(UsageError, match="latitude"):
        terrain_of(wrong, wrong)


def test_the_file_is_small_and_quick() -> None:
    assert len(files("capcoop.geo").joinpath("elevation.npz").read_bytes()) < 1e6
    points = np.random.default_rng(1).uniform((-50, -180), (65, 180), (10_000, 2))
    away = np.random.default_rng(2).uniform(-10, 10, (10_000, 2))

    def load() -> None:
        grid.cache_clear()
        grid()

    def many() -> None:
        terrain_of(points, points + away)  # 800 km at the mean

    classes()
    assert quickest(load) < 0.1  # 0.035 as a rule
    assert quickest(many) < 2.0  # 0.3 as a rule


def quickest(work: object) -> float:
    """Seconds of the processor, of the best of five: other work on the machine does not count."""
    assert callable(work)
    times = []
    for _ in range(5):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


@pytest.fixture(scope="module")
def carrier() -> ModuleType:
    spec = importlib.util.spec_from_file_location("carry_elevation", Path(__file__).parent.parent / "tools" / "carry_elevation.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def world() -> np.ndarray:
    """A world of land at 100 m with an ocean over the antimeridian, a shallow basin, a deep one, and a Caspian with dry shores."""
    heights = np.full((1801, 3600), 100.0)
    heights[900:1000, :50] = -3000.0
    heights[900:1000, -50:] = -3000.0
    heights[1500:1510, 100:110] = -100.0  # dry land below the sea
    heights[1500:1510, 200:210] = -500.0  # a sea with a strait too narrow for the grid
    heights[1260:1370, 2270:2330] = -10.0  # the basin of the Caspian
    heights[1280:1360, 2290:2320] = -600.0
    heights[1365:1368, 2275:2280] = -120.0  # a hole in its shore
    return heights


def test_the_script_tells_sea_from_land_below_the_sea(carrier: ModuleType) -> None:
    sea = carrier.sea_of(world())
    assert sea[950, 10]
    assert sea[950, -10]
    assert not sea[1505, 105]
    assert sea[1505, 205]
    assert sea[1320, 2300]
    assert not sea[1262, 2272]
    assert not sea[1366, 2277]
    assert sea.sum() == 100 * 100 + 10 * 10 + 80 * 30


def test_the_script_keeps_heights_within_a_step(carrier: ModuleType, tmp_path: Path) -> None:
    heights = world()
    heights[1100:1200, 500:1500] = np.random.default_rng(3).uniform(0, 5000, (100, 1000))
    sea = carrier.sea_of(heights)
    carrier.write(tmp_path / "one.npz", carrier.encoded(carrier.simpler(heights, sea), sea))
    carrier.write(tmp_path / "two.npz", carrier.encoded(carrier.simpler(heights, sea), sea))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz") as held:
        codes = np.cumsum(held["steps"], axis=1, dtype=np.uint8)
        assert ((codes >= held["land"]) == ~sea).all()
        assert abs(held["heights"][codes] - heights)[~sea].max() <= 30
