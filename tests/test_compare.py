"""Runs side by side: what differs is shown, what is equal is counted, unlike things are never subtracted."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from capcoop import UsageError, built_in_cases, compare, run
from capcoop.cli import app
from capcoop.errors import InfeasibleError

GOLDEN = Path(__file__).parent / "golden" / "compare-yemen-cement.txt"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of one case: as it is, with a scenario, with a dear currency, and one that has no plan; and one of another case."""
    folder = tmp_path_factory.mktemp("runs")
    yemen = built_in_cases()["yemen-cement"]
    run(yemen, folder / "base")
    run(yemen, folder / "free", "free")
    run(yemen, folder / "again")
    run(yemen, folder / "euro", sets=["currency=million EUR"])
    with pytest.raises(InfeasibleError):
        run(yemen, folder / "failed", sets=["purchases/import;import-port;cement/limit=0"])
    run(built_in_cases()["mexico-steel"], folder / "other")
    return folder


def shown(*arguments: str | Path, width: str = "80") -> tuple[int, str]:
    done = CliRunner(env={"COLUMNS": width}).invoke(app, ["compare", *map(str, arguments)])
    assert "Traceback" not in done.output
    return done.exit_code, "\n".join(line.rstrip() for line in done.output.splitlines()) + "\n"


def copy(runs: Path, name: str, to: Path) -> Path:
    return Path(shutil.copytree(runs / name, to / "copy"))


def test_the_whole_output(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs)
    code, text = shown("base", "free")
    assert code == 0
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_equal_runs_differ_in_nothing(runs: Path) -> None:
    comparison = compare([runs / "base", runs / "again"])
    assert not any(frame["differs"].any() for frame in comparison.tables.values())
    _, text = shown(runs / "base", runs / "again")
    assert "Asked: the same in all." in text
    assert "Built (number of builds, and capacity): the same in all.\n(the same in all: 9)" in text


def test_rounding_is_no_difference(runs: Path, tmp_path: Path) -> None:
    folder = copy(runs, "base", tmp_path)
    for name in ("builds", "balances", "prices", "costs"):
        file = folder / "tables" / f"{name}.parquet"
        frame = pl.read_parquet(file)
        frame.with_columns(pl.selectors.float() * (1 + 5e-7) + 1e-12).write_parquet(file)
    assert not any(frame["differs"].any() for frame in compare([runs / "base", folder]).tables.values())
    file = folder / "tables" / "prices.parquet"
    pl.read_parquet(file).with_columns(pl.col("price") * (1 + 1e-5)).write_parquet(file)
    found = compare([runs / "base", folder])
    assert found["prices"]["differs"].any()
    assert not found["amounts"]["differs"].any()


def test_figures_are_those_of_the_tables(runs: Path) -> None:
    found = compare([runs / "base", runs / "free", runs / "again"])
    costs = pl.read_parquet(runs / "free" / "tables" / "costs.parquet")
    for component, _, value, _, differs in found["costs"].iter_rows():
        assert value == pytest.approx(costs.filter(component=component)["present_cost"].sum())
        assert differs
    builds = {row[:3]: row[4:] for row in found["builds"].iter_rows()}
    assert builds["dry-kiln-small-mafrak", "1986-88", "builds"] == (1.0, 0.0, 1.0, True)
    assert builds["dry-kiln-large-mafrak", "1986-88", "capacity"] == (0.0, 1000.0, 0.0, True)
    cement = found["amounts"].filter(product="cement", measure="made", period="1986-88")
    assert cement.select("run 1", "run 2").row(0) == pytest.approx((1320.0, 1820.0))
    distance = (found["prices"]["run 2"] - found["prices"]["run 1"]).abs()
    assert distance[0] == distance.max()


def test_other_money_is_never_subtracted(runs: Path) -> None:
    found = compare([runs / "base", runs / "euro", runs / "free"])
    assert found.names("costs") == found.names("prices") == ["run 1", "run 3"]
    assert found.names("builds") == ["run 1", "run 2", "run 3"]
    assert "run 2 counts in million EUR, run 1 in million YER: its costs and prices are left out." in found.notes
    _, text = shown(runs / "base", runs / "euro")
    assert "Cost: not compared" in text
    assert "Prices: not compared" in text


def test_other_discounting_is_told(runs: Path, tmp_path: Path) -> None:
    folder = copy(runs, "base", tmp_path)
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    request["settings"]["discount_rate"] = 0.12
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    assert compare([runs / "base", folder]).notes == ("run 2 discounts otherwise than run 1: part of the difference in cost is only that.",)
    assert compare([runs / "base", runs / "free"]).notes == ()


def test_periods_follow_each_other(runs: Path) -> None:
    builds = compare([runs / "free", runs / "base"])["builds"].filter(option="mill-mafrak")
    assert builds["period"].to_list() == ["1986-88", "1989-91"]


def test_another_case_is_told(runs: Path) -> None:
    code, text = shown(runs / "base", runs / "other")
    assert code == 0
    assert "run 2 plans another case (mexico-steel) than run 1 (yemen-cement)" in " ".join(text.split())


def test_other_units_stand_apart(runs: Path, tmp_path: Path) -> None:
    folder = copy(runs, "base", tmp_path)
    for name in ("balances", "prices"):
        file = folder / "tables" / f"{name}.parquet"
        pl.read_parquet(file).with_columns(unit=pl.lit("t")).write_parquet(file)
    found = compare([runs / "base", folder])
    assert [note for note in found.notes if note.startswith("cement is counted in kt and in t")]
    row = found["amounts"].filter(product="cement", measure="made", period="1986-88", unit="t")
    assert row.select("run 1", "run 2").row(0) == pytest.approx((0.0, 1320.0))


def test_a_run_without_a_plan_is_told_in_a_sentence(runs: Path, tmp_path: Path) -> None:
    code, text = shown(runs / "failed", runs / "base", runs / "free")
    assert code == 0
    assert "has no plan: no plan meets every need and every limit." in " ".join(text.split())
    assert "against run 2" in text
    unfinished = copy(runs, "base", tmp_path)
    (unfinished / "outcome.json").write_text('{"status": "running"}', encoding="utf-8")
    code, text = shown(runs / "base", unfinished)
    assert code == 2
    assert "is not finished" in text


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("everything", [[], ["--all"]])
def test_it_fits_eighty_columns(runs: Path, everything: list[str], count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs)
    _, text = shown(*["base", "free", "again", "euro"][:count], *everything)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert ("* differs: 5 of 5" in text) is bool(everything)


def test_json(runs: Path) -> None:
    _, text = shown(runs / "base", runs / "free", "--json")
    record = json.loads(text)
    assert record["runs"]["run 2"]["objective"] == pytest.approx(1591.5928, rel=1e-6)
    assert record["builds"]["equal"] == 3
    assert {row["setting"] for row in record["asked"]["rows"]} == {"scenario"}
    _, text = shown(runs / "base", runs / "free", "--json", "--all")
    assert len(json.loads(text)["builds"]["rows"]) == len(record["builds"]["rows"]) + 3


def damaged_note(text: str) -> Any:
    return lambda folder: (folder / "outcome.json").write_text(text, encoding="utf-8")


def damaged_table(**columns: Any) -> Any:
    def damage(folder: Path) -> None:
        file = folder / "tables" / "prices.parquet"
        pl.read_parquet(file).with_columns(**columns).write_parquet(file)

    return damage


def linked(folder: Path) -> None:
    file = folder / "tables" / "prices.parquet"
    file.unlink()
    file.symlink_to("/etc/hostname")


def pipe(folder: Path) -> None:
    (folder / "tables" / "costs.parquet").unlink()
    os.mkfifo(folder / "tables" / "costs.parquet")


def cut(folder: Path) -> None:
    file = folder / "tables" / "builds.parquet"
    file.write_bytes(file.read_bytes()[:-40])


def large(folder: Path) -> None:
    with (folder / "request.json").open("wb") as file:
        file.truncate(2**30)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damaged_note("{"), "outcome.json cannot be read as JSON"),
        (damaged_note("[" * 100_000), "outcome.json cannot be read as JSON"),
        (damaged_note("[]"), "outcome.json holds no object"),
        (damaged_note("{}"), "outcome.json states no status and objective"),
        (damaged_note('{"status": "optimal", "objective": "12"}'), "outcome.json states no status and objective"),
        (damaged_note('{"status": "optimal", "objective": 1' + "0" * 400 + "}"), "outcome.json states no status and objective"),
        (damaged_note('{"status": "failed", "reason": "\\u001b[2J"}'), "has no plan: \\x1b[2J"),
        (damaged_table(price=pl.lit("x")), "tables/prices.parquet has no column price of figures"),
        (damaged_table(price=pl.lit([1.0])), "tables/prices.parquet has no column price of figures"),
        (lambda folder: (folder / "tables" / "costs.parquet").unlink(), "tables/costs.parquet is missing"),
        (pipe, "tables/costs.parquet is missing"),
        (cut, "tables/builds.parquet cannot be read as Parquet"),
        (linked, "tables/prices.parquet is a link out of the folder"),
        (large, "request.json is far too large"),
    ],
)
def test_damaged_runs_are_told(runs: Path, tmp_path: Path, damage: Any, message: str) -> None:
    folder = copy(runs, "base", tmp_path)
    damage(folder)
    code, text = shown(runs / "base", folder, runs / "free", width="1000")
    assert code == 0
    assert message in text
    assert "\x1b" not in text


def test_odd_values_are_only_shown(runs: Path, tmp_path: Path) -> None:
    folder = copy(runs, "base", tmp_path)
    damaged_table(product=pl.lit("[red]\x1b]0;x\x07" + "y" * 5000), price=pl.lit(float("nan")))(folder)
    request = {"sets": 5, "scenario": ["x"], "settings": {"solver": 3, "title": "\x1b[2J", "price_year": [1]}}
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    code, text = shown(runs / "base", folder, "--all")
    assert code == 0, text
    assert "\x1b" not in text


def test_empty_tables_are_nothing(runs: Path, tmp_path: Path) -> None:
    folder = copy(runs, "base", tmp_path)
    for name in ("builds", "balances", "prices", "costs"):
        file = folder / "tables" / f"{name}.parquet"
        pl.read_parquet(file).clear().write_parquet(file)
    assert compare([runs / "base", folder])["builds"]["differs"].all()
    code, text = shown(folder, folder)
    assert code == 0, text


def test_what_is_no_run_is_refused(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a run of capcoop plan"):
        compare([runs / "base", tmp_path])
    with pytest.raises(UsageError, match="two or more"):
        compare([runs / "base"])
    assert shown(runs / "base", runs / "nowhere")[0] == 2
