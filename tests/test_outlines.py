"""Outlines of countries: what the package holds, a user's own, and how they are cut at the edge of a view."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capcoop.errors import UsageError
from capcoop.report.page import outlines
from capcoop.report.page.outlines import built_in, cut, read_outlines, within

SQUARE = [[10.0, 0.0], [20.0, 0.0], [20.0, 10.0], [10.0, 10.0], [10.0, 0.0]]


def area(ring: np.ndarray[Any, Any]) -> float:
    x, y = ring.T
    return float(abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2)


def saved(folder: Path, held: Any) -> Path:
    path = folder / "own.geojson"
    path.write_text(held if isinstance(held, str) else json.dumps(held), encoding="utf-8")
    return path


def shape(*rings: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"ISO_A3": "KAZ", "name": "Kazakhstan"}, "geometry": {"type": "Polygon", "coordinates": rings}}


@pytest.mark.parametrize(("scale", "countries", "kilobytes"), [("world", 170, 170), ("countries", 230, 400)])
def test_the_package_holds_the_countries_of_the_world(scale: str, countries: int, kilobytes: int) -> None:
    held = built_in(scale)
    assert len(set(held.country)) > countries
    assert {"KAZ", "CHN", "PER", "BRA", "FJI", "RUS", "XKX"} <= set(held.country)
    assert "ATA" not in held.country
    assert (outlines.FOLDER / f"{scale}.parquet").stat().st_size < kilobytes * 1000
    for ring in held.rings:
        assert np.array_equal(ring[0], ring[-1])
        assert len(ring) >= 4
        assert abs(np.diff(ring[:, 0])).max() < 180  # none jumps at the antimeridian
        assert np.allclose(ring * 100, np.rint(ring * 100))


def test_no_ring_of_a_world_map_crosses_its_edge_and_no_land_is_lost() -> None:
    held = built_in("world")
    total = sum(area(ring) for ring in held.rings)
    for centre in (0.0, 150.0, -90.0):
        low, high = (centre - 180, -90.0), (centre + 180, 90.0)
        parts = [part for _, part in within(held, low, high)]
        assert all(part[:, 0].min() >= low[0] and part[:, 0].max() <= high[0] for part in parts)
        assert sum(area(part) for part in parts) == pytest.approx(total, rel=1e-9)


def test_russia_lies_on_both_edges_of_a_map_cut_at_180_degrees() -> None:
    held = built_in("world")
    parts = [part for number, part in within(held, (-180, -90), (180, 90)) if held.country[number] == "RUS"]
    assert min(part[:, 0].min() for part in parts) == -180
    assert max(part[:, 0].max() for part in parts) == 180


def test_a_ring_is_cut_to_a_window() -> None:
    ring = np.array(SQUARE)
    assert area(cut(ring, (0, 0), (30, 30))) == pytest.approx(100)
    assert area(cut(ring, (15, -5), (30, 30))) == pytest.approx(50)
    assert area(cut(ring, (12, 2), (18, 8))) == pytest.approx(36)
    assert not len(cut(ring, (30, 0), (40, 10)))
    notched = np.array([[0, 0], [10, 0], [10, 10], [5, 1], [0, 10], [0, 0]], dtype=float)
    assert area(cut(notched, (0, 0), (10, 5))) == pytest.approx(area(notched) - 2 * (25 / 9 * 5 / 2))


def test_own_outlines_replace_those_of_the_package(tmp_path: Path) -> None:
    hole = [[12.0, 2.0], [13.0, 2.0], [13.0, 3.0], [12.0, 2.0]]
    crossing = [[170.0, 0.0], [-170.0, 0.0], [-170.0, 10.0], [170.0, 10.0], [170.0, 0.0]]
    many = {"type": "Feature", "geometry": {"type": "MultiPolygon", "coordinates": [[SQUARE], [crossing]]}, "properties": None}
    held = read_outlines(saved(tmp_path, {"type": "FeatureCollection", "features": [shape(SQUARE, hole), many]}))
    assert not held.own
    assert held.country == ("KAZ", "KAZ", "", "")
    assert held.polygon == (0, 0, 2, 3)
    assert area(held.rings[3]) == pytest.approx(200)  # 20 degrees wide, not 340
    bare = read_outlines(saved(tmp_path, shape(SQUARE)["geometry"]))
    assert bare.country == ("",)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[" * 200_000, "cannot be read as JSON"),
        ("\x00\xff", "cannot be read as JSON"),
        ({"type": "FeatureCollection", "features": []}, "holds no Polygon"),
        ({"type": "Point", "coordinates": [0, 0]}, "holds no Polygon"),
        (None, "holds no Polygon"),
        (shape("no ring"), "no list of pairs"),
        (shape([[[0, 0]], 3]), "no list of pairs"),
        (shape({"a": 1}), "no list of pairs"),
        (shape([[0, 0], [0, 1], [1, 1], [1, 0]]), "is not closed"),
        (shape([[500000.0, 4000000.0], [500001.0, 4000000.0], [500001.0, 4000001.0], [500000.0, 4000000.0]]), "leaves the Earth"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 0], [1, 0], [1, 1], [NaN, 0]]]}', "leaves the Earth"),
        ({"type": "Polygon", "coordinates": {"a": 1}}, "no list of rings"),
        ({"type": "MultiPolygon", "coordinates": 7}, "no list of rings"),
    ],
)
def test_a_file_that_is_none_ends_in_a_sentence(held: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read_outlines(saved(tmp_path, held))
    assert len(str(caught.value).splitlines()) == 1


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_outlines(saved(tmp_path, {"type": "FeatureCollection", "features": [shape([[0, 0]]), shape(SQUARE), shape("x")]}))
    first, second = str(caught.value).splitlines()
    assert "feature 1" in first
    assert "feature 3" in second


def test_a_file_beyond_measure_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, shape(SQUARE))
    monkeypatch.setattr(outlines, "MOST_POINTS", 4)
    with pytest.raises(UsageError, match="more than 4 points"):
        read_outlines(path)
    monkeypatch.setattr(outlines, "LARGEST", 10)
    with pytest.raises(UsageError, match="simplify"):
        read_outlines(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_outlines(tmp_path / "nowhere.geojson")
