"""Every published model and instance at its published optimum, through the general schema alone."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from capcoop import built_in_cases, plan_case, read_case

INSTANCES = Path(__file__).parent / "instances"
PUBLISHED = [
    ("mexico-steel", None, 538.8112),
    ("egypt-fertiliser", None, 58793.8227),
    ("egypt-fertiliser", "nutrients", 52627.3259),
    ("egypt-fertiliser", "shipments", 57723.4855),
    ("egypt-fertiliser", "nutrients-shipments", 52608.1536),
    ("latin-america-fertiliser", None, 64926.46),
    ("yemen-cement", None, 1620.2778),
    ("yemen-cement", "free", 1591.5928),
    ("mexico-steel-expansion", None, 12850.8607),
    ("turkey-power", None, 12657.7708),
]


@pytest.mark.parametrize(("name", "scenario", "optimum"), PUBLISHED)
def test_published_model(name: str, scenario: str | None, optimum: float) -> None:
    plan = plan_case(read_case(built_in_cases()[name], scenario))
    assert plan.objective == pytest.approx(optimum, rel=1e-6)
    assert plan.outcome["gap"] <= 1e-6


def _instances() -> list[tuple[str, float]]:
    with (INSTANCES / "optima.csv").open(encoding="utf-8") as file:
        return [(row["case"], float(row["optimum"])) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("name", "optimum"), _instances())
def test_instance(name: str, optimum: float) -> None:
    plan = plan_case(read_case(INSTANCES / name))
    assert plan.objective == pytest.approx(optimum, rel=1e-6)


def test_all_instances_are_there() -> None:
    assert len(_instances()) == 17


def test_yemen_builds_the_published_kilns() -> None:
    builds = plan_case(read_case(built_in_cases()["yemen-cement"], "free"))["builds"]
    kilns = {(row["option"], row["period"]) for row in builds.iter_rows(named=True) if row["builds"]}
    assert kilns == {("dry-kiln-large-mafrak", "1986-88"), ("dry-kiln-large-amran", "1992-94")}
