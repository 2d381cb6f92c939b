"""The built-in case of the Bright Road programme: what its data must say, and what its tables must state."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from capcoop import Result, built_in_cases, read_case, run
from capcoop.atlas.new import make_case
from capcoop.report.summary import gaps
from capcoop.schema import TABLES

FOLDER = built_in_cases()["kazakhstan"]
OWN = FOLDER / "overrides"
FIGURES = ("stock", "recipes", "purchases", "options", "needs", "channels", "freight")
# What only defines the case (the 1 that a process makes), and what ASSUMPTIONS.md tells the sources of, carry no mark.
ELSEWHERE = "case definition|see ASSUMPTIONS.md"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(FOLDER, tmp_path_factory.mktemp("run") / "kazakhstan")


def own(table: str) -> pl.DataFrame:
    return pl.read_csv(OWN / f"{table}.csv", infer_schema=False)


def test_baseline_imports_all_its_flat_glass(result: Result) -> None:
    assert result.baseline is not None
    row = gaps(result.case, result.plan, result.baseline).filter(pl.col("product") == "flat-glass").row(0, named=True)
    assert row["baseline_made"] == 0
    assert row["baseline_imported"] == pytest.approx(row["wanted"], rel=1e-6)
    assert row["baseline_unmet"] == 0


def test_plan_is_proven_checked_and_no_dearer_than_the_baseline(result: Result) -> None:
    assert result.plan.outcome["status"] == "optimal"
    assert result.plan.outcome["gap"] <= 2e-4
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
    wanted = {"cement", "flat-glass", "steel", "limestone", "sand", "soda-ash", "coal", "iron-ore", "scrap", "electricity"}
    assert wanted <= set(case.names["products"])
    assert case.frames["sites"].select(pl.col("latitude", "longitude").is_not_null().all()).row(0) == (True, True)


@pytest.mark.parametrize("table", FIGURES)
def test_every_figure_names_its_source(table: str) -> None:
    frame = read_case(FOLDER).frames[table]
    assert frame.get_column("source").null_count() == 0
    figures = frame.filter(~pl.col("source").str.contains(ELSEWHERE))
    assert figures.height > 0
    assert figures.get_column("verified").null_count() == 0


@pytest.mark.parametrize("table", sorted({path.stem for path in OWN.glob("*.csv")} - {"changes"}))
def test_every_own_row_names_its_source_or_takes_away(table: str) -> None:
    frame = own(table)
    left = frame.filter(pl.col("drop") == "yes") if "drop" in frame.columns else frame.head(0)
    assert frame.get_column("source").null_count() == left.height
    assert frame.filter(pl.col("source") != "case definition").get_column("verified").null_count() == 0


def test_hand_made_places_distances_and_works_stand_in_the_case() -> None:
    frames = read_case(FOLDER).frames
    for table, column in (("sites", "latitude"), ("channels", "distance")):
        keys = list(TABLES[table].keys)
        written = own(table).select(*keys, pl.col(column).cast(pl.Float64))
        assert frames[table].select(*keys, column).sort(keys).equals(written.sort(keys))
    mills = frames["stock"].filter(pl.col("line") == "cement-mill")
    assert mills.get_column("capacity").sum() == 11_850
    assert set(mills.get_column("site")) == {"astana", "karaganda", "shu", "aktau", "semey", "oskemen", "shymkent"}
    rails = frames["stock"].filter(pl.col("site") == "aktobe", pl.col("line") == "section-mill")
    assert rails.get_column("period").to_list() == [str(year) for year in range(2016, 2025)]
    gas = frames["purchases"].filter(pl.col("product") == "natural-gas").get_column("site")
    assert "pavlodar" not in gas.to_list()
    assert gas.null_count() == 0


def test_all_else_is_the_atlas_with_its_own_places_in_it() -> None:
    """The needs, lines and offers are those of the atlas, whatever the own tables say of places, works and prices."""
    plain = make_case("KAZ", ("nurly-zhol",), ("CHN", "DEU"), (2015, 2024)).content.frames
    frames = read_case(FOLDER).frames
    total = pl.col("quantity").sum()
    needs = (frame.group_by("product", "period").agg(total).sort("product", "period") for frame in (frames["needs"], plain["needs"]))
    wanted, atlas = (frame.get_column("quantity").to_numpy() for frame in needs)
    assert wanted == pytest.approx(atlas, rel=1e-4)
    columns = ("line", "supplier", "technology", "unit_size", "lead_years", "life", "build_cost")
    ours, theirs = (
        frame.filter(pl.col("line") != "section-mill").select(columns).unique().sort(columns)
        for frame in (frames["options"], plain["options"])
    )
    assert ours.drop("build_cost").equals(theirs.drop("build_cost"))
    # A case that was read counts in its own money, million USD; the atlas states thousand.
    assert 1000 * ours["build_cost"].to_numpy() == pytest.approx(theirs["build_cost"].to_numpy())


def test_readme_tells_what_is_known_better_and_compares_with_what_was_built() -> None:
    text = (Path(FOLDER) / "README.md").read_text(encoding="utf-8")
    for table in OWN.glob("*.csv"):
        assert f"`{table.stem}`" in text
    for word in ("ASSUMPTIONS.md", "What was built", "Kyzylorda", "197.1 kt", "14,350 kt"):
        assert word in text
