"""Chapters of a page that other commands add to a run: sweeps and break-evens, the road map, agreements; and leftovers of broken writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from capcoop import Sweep, UsageError, run
from capcoop.appraise import case_of
from capcoop.cli.excerpts import keep_excerpts
from capcoop.plan import load_plan
from capcoop.plan.beside import BESIDE, SENSITIVITY, read_beside
from capcoop.report.page.documents import write_report
from capcoop.report.page.facts import read_facts
from capcoop.report.page.figure import Section
from capcoop.report.page.html import html_of
from capcoop.report.page.texts import LANGUAGES, Texts
from capcoop.report.page.write import page_of
from capcoop.report.partners import partners
from capcoop.report.sensitivity import varied_of
from test_cli import capcoop
from test_page import CHROMIUM, ONE_LINE, SCRIPT, Seen, browser, planned

__all__ = ["browser"]
# A run that builds nothing costs 170 kt x 310 = 52,700; works cost 200 x build_cost + 17,000: they part at 178.5.
BREAK_EVEN, PLAN = 178.5, 27_000.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that keeps a sweep, a break-even, both excerpts."""
    place = planned(tmp_path_factory.mktemp("chapters"))
    for words in (
        ("sweep", "--vary", "works.build_cost=50,100,400"),
        ("sweep", "--vary", "purchases/*/price=x0.1,1"),
        ("breakeven", "--vary", "works.build_cost", "--until", "built"),
    ):
        shown = capcoop(*words, "--run", place, cwd=place.parent)
        assert shown.returncode == 0, shown.stderr
        assert "capcoop report" in shown.stdout
    keep_excerpts(place, road_map=True, ledger="built-in")
    return place


def section(folder: Path, key: str, language: str = "en") -> Section | None:
    return next((one for one in page_of(read_facts(folder), Texts(language)).sections if one.key == key), None)


def test_a_run_without_them_has_one_line(tmp_path: Path) -> None:
    place = planned(tmp_path)
    keys = [one.key for one in page_of(read_facts(place), Texts()).sections]
    assert not {"road-map", "report-card", "sensitivity"} & set(keys)
    prices = section(place, "prices")
    assert prices is not None
    assert [text for text in prices.paragraphs if "breakeven" in text] == [Texts()("prices.hint")]


def test_sweep_and_break_even_are_those_of_the_run(folder: Path) -> None:
    tables = read_beside(folder, SENSITIVITY)
    costs = tables["points"].filter(study="works.build_cost").sort("value")["cost"].to_list()
    assert costs == pytest.approx([PLAN, 37_000, 52_700])
    change = tables["changes"].row(0, named=True)
    assert (change["low"], change["present"]) == (pytest.approx(BREAK_EVEN), 50)
    assert (change["before"], change["after"], change["cost_above"]) == ("built", "not built", pytest.approx(52_700))
    assert tables["sides"].select("option", "below", "above").rows() == [("works", 200, 0)]
    found = section(folder, "sensitivity")
    assert found is not None
    assert found.paragraphs[1].startswith("works.build_cost: the plan changes at 178.5")
    assert "Below it, works: built; above it: not built. Now it stands at 50" in found.paragraphs[1]
    price = next(figure for figure in found.figures if figure.title == "Cost of the plan: purchases/*/price")
    assert price.units["Value or scenario"] == "USD/kt"
    several = Sweep(folder / "case.zip").vary("works.build_cost", "purchases/*/price")
    assert varied_of(several) == ("works.build_cost, purchases/*/price", "\N{MULTIPLICATION SIGN}")
    prices = section(folder, "prices")
    assert prices is not None
    assert Texts()("prices.hint") not in prices.paragraphs


def test_asked_again_a_study_takes_its_own_place(tmp_path: Path) -> None:
    place = planned(tmp_path)
    for values in ("50,100", "60"):
        assert capcoop("sweep", "--run", place, "--vary", f"works.build_cost={values}", cwd=tmp_path).returncode == 0
    assert read_beside(place, SENSITIVITY)["points"]["value"].to_list() == [60]
    run(tmp_path / "case", place)
    assert not [name for name in BESIDE if (place / name).exists()]  # they told of the plan before


def test_only_the_case_of_the_run_is_asked(tmp_path: Path) -> None:
    place = planned(tmp_path)
    shown = capcoop("sweep", tmp_path / "case", "--run", place, "--vary", "discount_rate=0", cwd=tmp_path)
    assert (shown.returncode, shown.stderr.strip()) == (
        2,
        "--run takes the case as the run planned it; leave out CASE, --scenario and --set.",
    )
    shown = capcoop("breakeven", "--vary", "discount_rate", cwd=tmp_path)
    assert (shown.returncode, shown.stderr.strip()) == (2, "name a case, or a run with --run.")
    shown = capcoop("sweep", "--run", tmp_path / "case", "--vary", "discount_rate=0", cwd=tmp_path)
    assert shown.returncode == 2
    assert "Traceback" not in shown.stderr


def test_partners_are_suppliers_and_hosts(folder: Path, tmp_path: Path) -> None:
    assert partners(case_of(folder), load_plan(folder)) == [("CHN", "KAZ")]
    own = planned(tmp_path, {"options.csv": ONE_LINE["options.csv"].replace("CHN", "KAZ")})
    assert partners(case_of(own), load_plan(own)) == []
    with pytest.raises(UsageError, match="builds nothing with equipment from another country"):
        keep_excerpts(own, road_map=True, ledger=None)


def test_the_road_map_is_that_of_the_command(folder: Path) -> None:
    from capcoop.roadmap import road_map

    row = road_map("CHN").ranking.filter(country="KAZ").row(0, named=True)
    found = section(folder, "road-map")
    assert found is not None
    assert f"Kazakhstan has rank {row['rank']} of" in found.paragraphs[1]
    assert f"it ranks {row['rank_low']} to {row['rank_high']}" in found.paragraphs[1]
    sources = next(figure for figure in found.figures if figure.key == "road-map-figures").table
    assert sources["Source"].str.len_chars().min() > 3  # type: ignore[operator]


def test_every_part_of_a_road_map_and_stage_has_a_word() -> None:
    from capcoop.ledger.vocabulary import STATUSES
    from capcoop.roadmap.hierarchy import table

    parts = table("hierarchy")["part"].unique().to_list()
    assert len(parts) > 10
    assert [part for part in parts if not Texts().has(f"part.{part}")] == []
    assert [stage for stage in STATUSES if not Texts().has(f"stage.{stage}")] == []


def test_agreements_are_those_of_the_card(folder: Path) -> None:
    from capcoop.ledger.built_in import built_in_ledger
    from capcoop.ledger.card import card
    from capcoop.ledger.look import Asked

    told = card(built_in_ledger(), Asked(host="KAZ", partner="CHN"))
    found = section(folder, "report-card")
    assert found is not None
    total = told["total"]
    assert f"{total['deals']} agreements and projects" in found.paragraphs[1]
    assert f"{total['valued']} state a value, together {total['musd']:g} million USD" in found.paragraphs[1]
    table = found.figures[0].table
    assert table.height == total["deals"]
    assert table.filter(pl.col("Currency") == "USD")["Value, millions"].sum() == pytest.approx(total["musd"])
    assert table["Source"].str.len_chars().min() > 3  # type: ignore[operator]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_them(folder: Path, language: str) -> None:
    page = html_of(page_of(read_facts(folder), Texts(language)), Texts(language))
    for key in ("road-map", "report-card", "sensitivity"):
        assert Texts(language)(f"{key}.title") in page


def test_names_in_them_are_text(folder: Path, tmp_path: Path) -> None:
    import shutil

    place = tmp_path / "run"
    shutil.copytree(folder, place)
    points = place / SENSITIVITY / "points.parquet"
    pl.read_parquet(points).with_columns(study=pl.lit(SCRIPT), label=pl.lit(SCRIPT)).write_parquet(points)
    page = html_of(page_of(read_facts(place), Texts()), Texts())
    assert SCRIPT not in page
    points.write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"is damaged: sensitivity/points\.parquet cannot be read; take its folder sensitivity away"):
        read_facts(place)
    (place / SENSITIVITY / "columns.json").unlink()  # broken off before the end: not there yet
    assert section(place, "sensitivity") is None


def test_a_browser_draws_them(browser: object, folder: Path) -> None:
    assert CHROMIUM
    for width in (1280, 390):
        seen = Seen(browser, write_report([folder]), width)
        for key in ("road-map", "report-card", "sensitivity"):
            marks = f"[...document.querySelectorAll('#{key} [data-chart]')].map(e => e.querySelectorAll('svg path').length)"
            drawn = seen.page.evaluate(marks)
            assert drawn, key
            assert min(drawn) > 3, key
        assert seen.messages == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        seen.context.close()


def test_leftovers_of_broken_writes_go(tmp_path: Path) -> None:
    place = planned(tmp_path)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, kept = place / f".report.html.{gone.pid}.part", place / f".report.html.{os.getppid()}.part"
    for path in (left, kept):
        path.write_text("half a page")
    write_report([place])
    assert [left.exists(), kept.exists()] == [False, True]  # the other may still be written
    os.utime(kept, (1, 1))
    left.write_text("half a page")
    run(tmp_path / "case", place)
    assert [left.exists(), kept.exists()] == [False, False]
    assert json.loads((place / "outcome.json").read_text())["status"] == "optimal"
