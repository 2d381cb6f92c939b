"""The built-in case of the Bright Road programme: what its data must say, and what its tables must state."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from capcoop import Result, built_in_cases, read_case, run
from capcoop.report.summary import gaps

FOLDER = built_in_cases()["kazakhstan"]
FIGURES = ("stock", "recipes", "purchases", "options", "needs", "channels", "freight")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(FOLDER, tmp_path_factory.mktemp("run") / "kazakhstan")


def test_baseline_imports_all_its_flat_glass(result: Result) -> None:
    assert result.baseline is not None
    row = gaps(result.case, result.plan, result.baseline).filter(pl.col("product") == "flat-glass").row(0, named=True)
    assert row["baseline_made"] == 0
    assert row["baseline_imported"] == pytest.approx(row["wanted"], rel=1e-6)
    assert row["baseline_unmet"] == 0


def test_plan_is_proven_checked_and_no_dearer_than_the_baseline(result: Result) -> None:
    assert result.plan.outcome["status"] == "optimal"
    assert result.verdict.ok
    assert result.baseline is not None
    assert result.plan.objective <= result.baseline.objective


def test_builds_are_whole_real_units(result: Result) -> None:
    builds = result.plan["builds"].filter(pl.col("builds").is_not_null())
    assert not builds.is_empty()
    assert (builds["builds"] == builds["builds"].round()).all()


def test_case_covers_what_a_programme_needs() -> None:
    case = read_case(FOLDER)
    assert case.size("sites") >= 8
    wanted = {"cement", "flat-glass", "crude-steel", "limestone", "sand", "soda-ash", "coal", "iron-ore", "scrap", "electricity"}
    assert wanted <= set(case.names["products"])
    assert case.frames["sites"].select(pl.col("latitude", "longitude").is_not_null().all()).row(0) == (True, True)


@pytest.mark.parametrize("table", FIGURES)
def test_every_figure_names_its_source(table: str) -> None:
    frame = read_case(FOLDER).frames[table]
    assert frame.get_column("source").null_count() == 0
    # What only defines the case (the 1 that a process makes) is no figure.
    figures = frame.filter(pl.col("source") != "case definition")
    assert figures.height > 0
    assert figures.get_column("verified").null_count() == 0


def test_readme_lists_assumptions_and_compares_with_what_was_built() -> None:
    text = (Path(FOLDER) / "README.md").read_text(encoding="utf-8")
    assert "Assumptions" in text
    assert "Kyzylorda" in text
    assert "197 kt" in text
