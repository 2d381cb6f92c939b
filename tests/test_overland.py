"""Ways along waypoints: lengths by hand, corridors against published lengths, and waypoints that cannot be right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from capcoop import UsageError
from capcoop.geo.elevation import terrain_of
from capcoop.geo.land import detour, great_circle, route_length
from capcoop.geo.overland import detours, misplaced, overland_route
from capcoop.geo.places import cities

LUCAS, AGUA_BOA, MARA_ROSA = (-13.071, -55.915), (-14.05, -52.159), (-14.016, -49.177)
XINGU, ESTREITO = (-3.472, -51.198), (-20.462, -47.122)
SAN_JUAN, VICUNA, ALMATY, SHU, SANTOS = (-31.537, -68.526), (-30.035, -70.713), (43.252, 76.912), (43.605, 73.762), (-23.961, -46.334)


def test_a_way_is_straight_legs_times_the_detours_of_their_terrain() -> None:
    waypoints = [LUCAS, AGUA_BOA, MARA_ROSA]
    found = overland_route(waypoints, "rail")
    assert found.straight == pytest.approx(great_circle(waypoints[:-1], waypoints[1:]))
    assert found.straight_length == pytest.approx(route_length(waypoints))
    flat, hill, mountain = (detour("rail", terrain).factor for terrain in ("flat", "hill", "mountain"))
    for leg in range(2):
        shares = found.terrain
        by_hand = flat * (shares.flat[leg] + shares.sea[leg]) + hill * shares.hill[leg] + mountain * shares.mountain[leg]
        assert found.detours[leg] == pytest.approx(by_hand)
    assert found.lengths == pytest.approx(found.straight * found.detours)
    assert found.length == pytest.approx(found.lengths.sum())
    assert found.detour == pytest.approx(found.length / found.straight_length)
    # The plan of this railway has 505 and 383 km.
    assert found.lengths == pytest.approx([505, 383], rel=0.02)


def test_terrain_makes_ways_longer() -> None:
    plain, andes = overland_route([LUCAS, AGUA_BOA], "road"), overland_route([SAN_JUAN, VICUNA], "road")
    assert plain.detour == pytest.approx(detour("road", "flat").factor, abs=0.01)
    assert andes.detour == pytest.approx(detour("road", "mountain").factor, abs=0.01)


def test_the_detours_of_many_ways_are_those_of_each() -> None:
    starts, ends = np.array([LUCAS, SAN_JUAN, SHU]), np.array([AGUA_BOA, VICUNA, ALMATY])
    together = detours(terrain_of(starts, ends), "rail")
    assert together == pytest.approx([overland_route([start, end], "rail").detour for start, end in zip(starts, ends, strict=True)])


def test_where_no_route_of_a_terrain_is_known_the_detour_over_all_holds() -> None:
    assert overland_route([XINGU, ESTREITO], "power line").detours == pytest.approx([detour("power line").factor])


def test_a_way_over_the_antimeridian_is_the_short_one() -> None:
    anadyr, nome = (64.73, 177.5), (64.5, -165.4)
    found = overland_route([anadyr, nome], "road")
    assert found.straight_length == pytest.approx(float(great_circle(anadyr, nome)))
    assert found.straight_length < 850
    assert found.terrain.sea[0] > 0.2
    assert overland_route([nome, anadyr], "road").length == pytest.approx(found.length)
    assert overland_route([(64.73, 177.5), (64.5, 360 - 165.4)], "road").length == pytest.approx(found.length)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (
            lambda: overland_route([SANTOS, (-25.0, -30.0), LUCAS], "rail", ["Santos", "Nowhere", "Lucas"]),
            r"'Nowhere' \(latitude -25, longitude -30\) is at sea; mend its coordinates, or leave it out",
        ),
        (
            lambda: overland_route([LUCAS, SANTOS[::-1]], "rail", ["Lucas", "Santos"]),
            r"'Santos' \(latitude -46.334, longitude -23.961\) is at sea; were latitude and longitude swapped\?",
        ),
        (
            lambda: overland_route([SHU, ALMATY[::-1]], "road"),
            r"point 2 \(latitude 76.912, longitude 43.252\) is at sea; were latitude and longitude swapped\?",
        ),
        (
            lambda: overland_route([SHU, SHU, ALMATY], "road", ["Shu", "Shu again", "Almaty"]),
            r"'Shu' \(.*\) and 'Shu again' \(.*\) are the same place; leave one out, or mend its coordinates",
        ),
        (lambda: overland_route([SHU], "road"), "a way needs two waypoints or more"),
        (lambda: overland_route([SHU, ALMATY], "pipeline"), "'pipeline' is not a mode over land whose detour is known; known: rail, road"),
        (lambda: overland_route([SHU, ALMATY], "submarine cable"), "'submarine cable' is not a mode over land .*; that goes by sea"),
        (lambda: overland_route([SHU, (43.0, 400.0)], "road"), "longitude beyond 360 degrees"),
        (lambda: misplaced([SHU], countries=["kaz"]), "did you mean 'KAZ'"),
    ],
)
def test_what_is_no_way_is_told_in_a_sentence(ask: Callable[[], object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        ask()


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(UsageError) as told:
        overland_route([LUCAS, LUCAS, (0.0, -25.0), (1.0, -26.0)], "rail", ["a", "b", "c", "d"])
    assert len(str(told.value).splitlines()) == 3
    assert "'c' (latitude 0, longitude -25) is at sea" in str(told.value)


def test_points_far_from_their_country_are_found_even_on_land() -> None:
    lusaka, nairobi = (-15.42, 28.28), (-1.283, 36.817)
    assert misplaced([lusaka, nairobi], ["Lusaka", "Nairobi"], ["ZMB", "KEN"]) == ()
    # Swapped, both stay on land.
    cairo, riyadh = (30.04, 31.24), (24.71, 46.68)
    assert misplaced([cairo[::-1], riyadh], ["Cairo", "Riyadh"], ["EGY", "SAU"]) == ()  # 170 km off: nothing can be seen
    (one,) = misplaced([riyadh[::-1]], ["Riyadh"], ["SAU"])
    assert one.startswith("'Riyadh' (latitude 46.68, longitude 24.71) lies 2")
    assert one.endswith("km from every known town of SAU; were latitude and longitude swapped?")
    (two,) = misplaced([(-33.45, -70.65)], ["Almaty"], ["KAZ"])
    assert two.endswith("of KAZ; mend its coordinates, or leave it out")


def test_no_town_is_misplaced() -> None:
    table = cities()
    points = table.select("latitude", "longitude").to_numpy()
    assert misplaced(points, table.get_column("name").to_list(), table.get_column("country").to_list()) == ()


def test_most_swapped_towns_are_found() -> None:
    table = cities().filter("capital", pl.col("longitude").abs() <= 90)
    swapped = table.select("longitude", "latitude").to_numpy()
    away = great_circle(swapped, swapped[:, ::-1])
    found = misplaced(swapped, countries=table.get_column("country").to_list())
    assert len(found) >= 0.95 * np.count_nonzero(away > 2000)
    assert all(sentence.endswith("were latitude and longitude swapped?") for sentence in found)
