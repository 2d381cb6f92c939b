"""Distances along railways and roads: small graphs by hand, and, where the extra `roads` is installed, lines whose length is published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from capcoop import UsageError
from capcoop.geo import graph
from capcoop.geo.graph import Ways, bridged, built, has_graphs, network_distances, parsed, ways
from capcoop.geo.land import great_circle

KM = 1 / 111.195  # degrees of a km along the equator

# Two tracks along the equator, at 0 to 200 km and at 202 to 402 km, with a node every 20 km: a gap of 2 km between them.
LINE = [(0.0, (20 * index - 18 * (index > 10)) * KM) for index in range(22)]
EDGES = [(index, index + 1) for index in range(21) if index != 10]
TEXT = b"""
from scgraph.core import GeoGraph
graph=[{1: 2.5, 0: 0.0}, {0: 2.5, 2: 1e-05, 3: 4}, {1: 1e-05}, {1: 4}, {}]
nodes=[[-34.638, -58.381], [1, 2], [3.5, -4.25], [0.0, 0.1], [80.1, 179.9]]
world_geograph = GeoGraph(graph=graph, nodes=nodes)
"""


def line(nodes: list[tuple[float, float]] = LINE, edges: list[tuple[int, int]] = EDGES) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    points, ends = np.array(nodes), np.array(edges)
    return points, ends, great_circle(points[ends[:, 0]], points[ends[:, 1]])


def network(nodes: list[tuple[float, float]] = LINE, edges: list[tuple[int, int]] = EDGES) -> Ways:
    points, ends, lengths = line(nodes, edges)
    return built(points, *bridged(points, ends, lengths))


def test_the_text_of_a_graph_is_read_without_running_it() -> None:
    nodes, ends, lengths = parsed(TEXT)
    assert nodes.tolist() == [[-34.638, -58.381], [1, 2], [3.5, -4.25], [0, 0.1], [80.1, 179.9]]
    assert ends.tolist() == [[0, 1], [1, 2], [1, 3]]
    assert lengths.tolist() == [2.5, 1e-5, 4]


@pytest.mark.parametrize("text", [b"", b"graph=[]", TEXT.replace(b"{1: 4}, ", b""), TEXT.replace(b"1: 1e-05", b"1"), b"import os"])
def test_another_text_is_told_in_a_sentence(text: bytes) -> None:
    with pytest.raises(UsageError, match="are not those that capcoop reads: pip install"):
        parsed(text)


def test_a_gap_between_two_pieces_is_bridged() -> None:
    points, ends, lengths = line()
    joined, km = bridged(points, ends, lengths)
    new = [(pair, length) for pair, length in zip(joined.tolist(), km.tolist(), strict=True) if pair not in ends.tolist()]
    assert [pair for pair, _ in new] == [[10, 11]]
    assert new[0][1] == pytest.approx(2, abs=1e-3)
    assert len(built(points, joined, km).sizes) == 1


def test_a_wide_gap_stays() -> None:
    apart = [(0.0, longitude + (2 * KM if index > 10 else 0)) for index, (_, longitude) in enumerate(LINE)]
    assert len(network(apart).sizes) == 2


def test_a_dead_end_is_joined_to_another_track_of_its_own_piece() -> None:
    # A horseshoe: from (0, 0) east, up and back to 1 km above its start.
    shoe = [(0.0, 20 * k * KM) for k in range(6)] + [(20 * KM, 100 * KM)] + [(1 * KM, 20 * k * KM) for k in range(4, -1, -1)]
    found = network(shoe, [(index, index + 1) for index in range(len(shoe) - 1)])
    assert found.lengths[[0], [len(shoe) - 1]][0] == pytest.approx(1, abs=1e-3)
    # But not to its own neighbours, and nodes that are no ends stay as they are.
    assert found.lengths.nnz == 2 * len(shoe)


def answer(monkeypatch: pytest.MonkeyPatch, found: Ways) -> None:
    monkeypatch.setattr(graph, "ways", lambda _: found)


def test_distances_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, network())
    points = [(0.0, 0.0), (5 * KM, 200 * KM), (-3 * KM, 402 * KM + 20 * KM), (3.0, 3.0)]
    found = network_distances(points, "rail")
    assert found[0, 1] == pytest.approx(205, abs=0.1)
    assert found[0, 2] == pytest.approx(402 + np.hypot(3, 20), abs=0.1)
    assert found[1, 2] == pytest.approx(5 + 202 + np.hypot(3, 20), abs=0.1)
    assert np.isinf(found[3, :3]).all()
    assert found == pytest.approx(found.T)
    assert found.diagonal().tolist() == [0, 0, 0, 0]
    assert network_distances([], "rail").shape == (0, 0)
    # Two points with one node: the way between them, not to the node and back.
    assert network_distances([(1 * KM, 0.0), (2 * KM, 0.0)], "rail")[0, 1] == pytest.approx(1, abs=1e-3)


def test_the_nearest_piece_that_both_points_share_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    # The underground of a town, nearer than the main line, leads nowhere; a siding is too short to be a way.
    town = [(10 * KM, k * KM) for k in range(-30, 31)]
    siding = [(30 * KM, 0.0), (30 * KM, 10 * KM)]
    nodes = LINE + town + siding
    first = len(LINE)
    edges = EDGES + [(first + k, first + k + 1) for k in range(60)] + [(first + 61, first + 62)]
    answer(monkeypatch, network(nodes, edges))
    start, end, other, aside = (9 * KM, 0.0), (0.0, 402 * KM), (9 * KM, 20 * KM), (30 * KM, 5 * KM)
    found = network_distances([start, end, other, aside], "rail")
    assert found[0, 1] == pytest.approx(9 + 402, abs=0.1)
    assert found[0, 2] == pytest.approx(1 + 20 + 1, abs=0.1)
    assert found[0, 3] == pytest.approx(1 + 5 + 20, abs=0.1)


def test_ways_over_the_antimeridian_have_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [(0.0, 180 - 30 * KM), (0.0, 180 - KM), (0.0, -180 + KM), (0.0, -180 + 30 * KM)]
    answer(monkeypatch, network(nodes, [(0, 1), (2, 3)]))
    assert network_distances([nodes[0], nodes[3]], "road")[0, 1] == pytest.approx(60, abs=0.1)


def package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package scgraph_data with one small railway, and a cache folder."""
    home = folder / "scgraph_data"
    home.mkdir()
    (home / "__init__.py").touch()
    (home / "world_railways.py").write_bytes(TEXT)
    monkeypatch.syspath_prepend(str(folder))
    kept = folder / "cache" / "rail.npz"
    monkeypatch.setattr(graph, "_kept", lambda _: kept)
    monkeypatch.setattr(graph, "find_spec", lambda _: type("Spec", (), {"submodule_search_locations": [str(home)]}))
    return kept


def test_a_graph_is_kept_and_made_again_when_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = package(tmp_path, monkeypatch)
    first = ways.__wrapped__("rail")
    assert [path.name for path in kept.parent.iterdir()] == ["rail.npz"]
    (tmp_path / "scgraph_data" / "world_railways.py").write_bytes(b"")  # no longer read
    again = ways.__wrapped__("rail")
    assert (again.lengths != first.lengths).nnz == 0
    for damage in (b"", b"PK", kept.read_bytes()[:200]):
        kept.write_bytes(damage)
        with pytest.raises(UsageError, match="are not those that capcoop reads"):
            ways.__wrapped__("rail")
    np.savez(kept, nodes=np.zeros((2, 2)), ends=np.array([[0, 7]]), lengths=np.ones(1))
    (tmp_path / "scgraph_data" / "world_railways.py").write_bytes(TEXT)
    assert len(ways.__wrapped__("rail").nodes) == 5


def test_a_folder_that_cannot_be_written_to_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, monkeypatch)
    (tmp_path / "cache").write_text("a file, no folder")
    assert len(ways.__wrapped__("rail").nodes) == 5


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: network_distances([(0, 0)], "raill"), r"there is no graph of the mode 'raill'; did you mean 'rail'\?"),
        (lambda: network_distances([(0, 0)], "sea"), "there is no graph of the mode 'sea'; allowed: rail, road"),
        (lambda: network_distances([(0, 95), (95, 0)], "rail", ["a", "b"]), r"'b' \(latitude 95, longitude 0\) has a latitude beyond 90"),
    ],
)
def test_what_is_no_question_is_told_in_a_sentence(ask: Callable[[], object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        ask()


def test_without_the_extra_a_sentence_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "find_spec", lambda _: None)
    assert not has_graphs()
    with pytest.raises(UsageError, match=r"railways and roads need the roads extra: pip install --no-compile 'capcoop\[roads\]'"):
        ways.__wrapped__("rail")
    empty = type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    monkeypatch.setattr(graph, "find_spec", lambda _: empty)
    with pytest.raises(UsageError, match=r"the installed scgraph_data has no world_railways.py"):
        ways.__wrapped__("rail")


TOWNS = {
    "Urumqi": (43.8, 87.6),
    "Almaty": (43.25, 76.91),
    "Salta": (-24.79, -65.41),
    "Antofagasta": (-23.65, -70.4),
    "La Paz": (-16.5, -68.15),
    "Carajas": (-6.07, -49.9),
    "Sao Luis": (-2.53, -44.3),
    "Kunming": (25.04, 102.72),
    "Vientiane": (17.97, 102.61),
    "Addis Ababa": (9.02, 38.75),
    "Djibouti": (11.59, 43.15),
    "Mombasa": (-4.05, 39.66),
    "Nairobi": (-1.28, 36.82),
    "Santos": (-23.96, -46.33),
    "Callao": (-12.05, -77.13),
    "Tashkent": (41.26, 69.22),
    "Osh": (40.53, 72.8),
}


@pytest.fixture(scope="module")
def world() -> dict[str, np.ndarray]:
    if not has_graphs():
        pytest.skip("the extra roads is not installed")
    return {mode: network_distances(list(TOWNS.values()), mode) for mode in ("rail", "road")}


# Railways: 1,039 km were found with gaps bridged in another way; the others are lengths of the lines as their operators give them.
@pytest.mark.parametrize(
    ("mode", "start", "end", "km", "within"),
    [
        ("rail", "Urumqi", "Almaty", 1039, 0.01),
        ("rail", "Salta", "Antofagasta", 869, 0.01),
        ("rail", "Antofagasta", "La Paz", 1152, 0.01),
        ("rail", "Carajas", "Sao Luis", 892, 0.02),
        ("rail", "Kunming", "Vientiane", 1035, 0.03),
        ("rail", "Addis Ababa", "Djibouti", 756, 0.02),
        ("rail", "Mombasa", "Nairobi", 472, 0.05),
        ("rail", "Tashkent", "Osh", 441, 0.02),
        ("road", "Urumqi", "Almaty", 961, 0.01),
        ("road", "Tashkent", "Osh", 382, 0.01),
        ("road", "Kunming", "Vientiane", 1012, 0.01),
    ],
)
def test_lines_of_known_length(world: dict[str, np.ndarray], mode: str, start: str, end: str, km: float, within: float) -> None:
    names = list(TOWNS)
    assert world[mode][names.index(start), names.index(end)] == pytest.approx(km, rel=within)


def test_no_railway_leads_where_none_is(world: dict[str, np.ndarray]) -> None:
    names = list(TOWNS)
    assert np.isinf(world["rail"][names.index("Santos"), names.index("Callao")])
    assert np.isfinite(world["road"][names.index("Santos"), names.index("Callao")])


def test_no_way_is_shorter_than_the_great_circle(world: dict[str, np.ndarray]) -> None:
    points = np.array(list(TOWNS.values()))
    straight = great_circle(points[:, None], points[None])
    for found in world.values():
        assert (found >= straight - 2).all()  # nodes are rounded to 0.001 degrees
        assert found == pytest.approx(found.T)
