"""One case in every format: read, written, converted and described, it stays the same case."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from capcoop import UsageError, check_case, convert_case, plan_case, read_case, run, write_case
from capcoop.case import scenarios_of
from capcoop.case.formats import read_raw
from capcoop.case.formats.settings_table import ABOUT, settings_rows
from capcoop.case.settings import Settings, Solver
from capcoop.cli import app
from capcoop.errors import CaseError
from capcoop.library import built_in_cases
from capcoop.schema import TABLES
from strategies import cases
from support import case_of, write_example
from tiny import Example

NAMES = ("case", "case.zip", "case.duckdb", "case.sqlite", "case.xlsx")
# The world has forty thousand rows: test_world.py reads and converts it, once. The countries that the atlas makes are alike: one of them.
ATLAS = {name for name, folder in built_in_cases().items() if (folder / "ASSUMPTIONS.md").exists()} - {"kazakhstan", "peru"}
BUILT_IN = {name: folder for name, folder in built_in_cases().items() if name not in ATLAS}
# Each example writes files: a failing one is shown as it was drawn.
few = settings(
    max_examples=15, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate), suppress_health_check=tuple(HealthCheck)
)


def cells(path: Path) -> dict[str, pl.DataFrame]:
    """What stands in the tables, before anything is converted."""
    return {name: frame.drop("_row") for name, frame in read_raw(path).frames.items() if frame.height}


def assert_same_cells(path: Path, other: Path) -> None:
    left, right = cells(path), cells(other)
    assert left.keys() == right.keys()
    for name in left:
        assert_frame_equal(left[name], right[name], check_exact=True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", BUILT_IN)
def test_built_in_cases(case: str, name: str, tmp_path: Path) -> None:
    origin = BUILT_IN[case]
    whole = read_case(origin)
    assert read_case(write_case(whole, tmp_path / "written" / name)) == whole
    beside = tuple(other for other in ("ASSUMPTIONS.md", "README.md", "overrides") if (origin / other).exists())
    assert convert_case(origin, tmp_path / name) == beside
    assert read_case(tmp_path / name) == whole
    assert read_case(tmp_path / name).name == "case"
    assert_same_cells(origin, tmp_path / name)
    assert scenarios_of(tmp_path / name) == scenarios_of(origin)
    for scenario in scenarios_of(origin)[:2]:
        assert read_case(tmp_path / name, scenario) == read_case(origin, scenario)


@few
@given(cases(), st.sampled_from(NAMES), st.sampled_from(["csv", "parquet"]))
def test_random_cases(one: Example, name: str, tables: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            case = case_of(Path(folder) / "origin", one.settings, one.tables)
        except CaseError:
            return
        assert read_case(write_case(case, Path(folder) / name, tables)) == case
        convert_case(Path(folder) / "origin", Path(folder) / "converted" / name, tables)
        assert_same_cells(Path(folder) / "origin", Path(folder) / "converted" / name)


LETTERS = st.characters(codec="utf-8", exclude_characters="\ufffe\uffff\0")
PROSE = st.text(LETTERS, max_size=12)
TITLE = PROSE.map(str.strip)  # blanks around a text do not count
FIGURES = st.floats(allow_nan=False)


@few
@given(st.lists(st.tuples(PROSE, FIGURES), min_size=1, max_size=6), st.sampled_from(NAMES), st.sampled_from(["csv", "parquet"]))
def test_any_text_and_any_figure(rows: list[tuple[str, float]], name: str, tables: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        origin = write_example(Path(folder) / "origin", {"title": "t"}, {})
        frame = pl.DataFrame({"site": [f"s{i}" for i in range(len(rows))], "note": [text for text, _ in rows]})
        frame.with_columns(latitude=pl.Series([figure for _, figure in rows])).write_parquet(origin / "sites.parquet")
        convert_case(origin, Path(folder) / name, tables)
        assert_same_cells(origin, Path(folder) / name)


VALUES = st.one_of(st.booleans(), st.integers(-9, 9), st.floats(allow_nan=False, allow_infinity=False), PROSE, st.lists(PROSE, max_size=2))
KEYS = st.text(LETTERS, min_size=1, max_size=6)


@few
@given(TITLE, st.dictionaries(KEYS, st.floats(0.1, 9)), st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES)), st.sampled_from(NAMES))
def test_any_settings(title: str, rates: dict[str, float], parties: dict[str, Any], name: str) -> None:
    stated = Settings(title=title, exchange_rates=rates, parties=parties, solver=Solver(gap=1e-9, threads=3), price_year=2014)
    with tempfile.TemporaryDirectory() as folder:
        origin = write_example(Path(folder) / "origin", stated.model_dump(exclude_none=True, exclude_defaults=True), {})
        before, _ = check_case(origin)
        assert before is None  # it has no site; what matters here is what is read
        convert_case(origin, Path(folder) / name)
        again = Settings(**read_raw(Path(folder) / name).settings)
        assert again.parties == stated.parties
        assert again == stated


def test_every_setting_has_a_line_in_the_workbook() -> None:
    free = {"exchange_rates", "solver", "parties"}
    assert {*Settings.model_fields} - free <= {*ABOUT}
    assert {f"solver.{name}" for name in Solver.model_fields} <= {*ABOUT}
    values = {"n": "12", "t": "KAZ", "l": [1, 2], "e": "", "f": 0.5}
    expected = {"n": '"12"', "t": "KAZ", "l": "[1,2,]", "e": '""', "f": "0.5"}
    found = dict(settings_rows({"title": "12", "parties": {"a.b": values}}))
    assert found == {"title": "12", **{f'parties."a.b".{key}': text for key, text in expected.items()}}


def test_comments_of_case_toml_stay_between_folders_and_zip_files(tmp_path: Path) -> None:
    convert_case(BUILT_IN["yemen-cement"], tmp_path / "a")
    text = (tmp_path / "a" / "case.toml").read_text(encoding="utf-8") + "\n# a remark\n"
    (tmp_path / "a" / "case.toml").write_text(text, encoding="utf-8")
    convert_case(tmp_path / "a", tmp_path / "b.zip")
    convert_case(tmp_path / "b.zip", tmp_path / "c", "parquet")
    assert (tmp_path / "c" / "case.toml").read_text(encoding="utf-8") == text


def test_a_zip_file_with_one_folder_at_its_top(tmp_path: Path) -> None:
    origin = BUILT_IN["mexico-steel"]
    with zipfile.ZipFile(tmp_path / "steel.zip", "w") as archive:
        for file in origin.iterdir():
            archive.write(file, f"mexico/{file.name}")
        archive.writestr("__MACOSX/mexico/._case.toml", "x")
    assert read_case(tmp_path / "steel.zip") == read_case(origin)
    assert read_case(tmp_path / "steel.zip").name == "steel"


def test_files_are_told_by_their_bytes(tmp_path: Path) -> None:
    origin = BUILT_IN["mexico-steel"]
    for made, renamed in (("a.sqlite", "a.db"), ("b.duckdb", "b.db"), ("c.xlsx", "c.zip"), ("d.zip", "d.case")):
        convert_case(origin, tmp_path / made)
        (tmp_path / made).rename(tmp_path / renamed)
        assert read_case(tmp_path / renamed) == read_case(origin)


def test_databases_that_others_made(tmp_path: Path) -> None:
    """Whole numbers, real booleans, decimals and dates; tables and columns of the user's own are told or left alone."""
    make = (
        'CREATE TABLE "case" (setting TEXT, value TEXT, note TEXT);'
        "INSERT INTO \"case\" VALUES ('title', 't', 'x'), ('solver.gap', '0.5', NULL);"
        "CREATE TABLE sites (site INTEGER PRIMARY KEY); INSERT INTO sites VALUES (1), (2);"
        "CREATE TABLE products (product TEXT, disposal BOOLEAN); INSERT INTO products VALUES ('g', true);"
        "CREATE TABLE needs (site INTEGER, product TEXT, quantity DECIMAL(6, 2), year DATE);"
        "INSERT INTO needs VALUES (2, 'g', 1.25, '2015-03-01'), (1, 'g', 7, NULL); CREATE TABLE _mine (a BLOB);"
        "CREATE UNIQUE INDEX i ON needs (site, product, quantity, year);"
    )
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as lite, duckdb.connect(str(tmp_path / "a.duckdb")) as duck:
        lite.executescript(make)
        duck.execute(make)
    one, other = (read_case(tmp_path / f"a.{kind}", plannable=False) for kind in ("sqlite", "duckdb"))
    assert one == other
    assert one.frames["needs"].get_column("quantity").to_list() == [1.25, 7]
    assert one.frames["needs"].get_column("site").to_list() == ["2", "1"]
    assert one.frames["needs"].get_column("year").to_list() == ["2015-03-01", None]
    assert one.frames["products"].get_column("disposal").to_list() == [True]
    assert one.settings.solver.gap == 0.5


# ---- the data package


def validate(folder: Path) -> list[str]:
    """What the frictionless package says against a data package, in a process of its own: it warns of its own making."""
    code = (
        "import sys, json; from frictionless import Package;"
        "report = Package('datapackage.json').validate();"
        "print(json.dumps([str(row) for row in report.flatten(['type', 'message'])]), report.stats['tasks'])"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    faults, _, tasks = done.stdout.strip().rpartition(" ")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert int(tasks) == len(package["resources"]) == len(list(folder.glob("*.csv")))
    found: list[str] = json.loads(faults)
    return found


@pytest.mark.parametrize("case", BUILT_IN)
def test_built_in_cases_are_sound_data_packages(case: str, tmp_path: Path) -> None:
    convert_case(BUILT_IN[case], tmp_path / "case")
    assert validate(tmp_path / "case") == []


def test_the_data_package_tells_types_bounds_and_keys(tmp_path: Path) -> None:
    convert_case(BUILT_IN["kazakhstan"], tmp_path / "case.zip")
    with zipfile.ZipFile(tmp_path / "case.zip") as archive:
        package = json.loads(archive.read("datapackage.json"))
        archive.extractall(tmp_path / "out")
    assert package["profile"] == "tabular-data-package"
    schemas = {resource["name"]: resource["schema"] for resource in package["resources"]}
    assert schemas["sites"]["primaryKey"] == ["site"]
    assert {"fields": ["product"], "reference": {"resource": "products", "fields": ["product"]}} in schemas["needs"]["foreignKeys"]
    fields = {field["name"]: field for field in schemas["sites"]["fields"]}
    assert fields["latitude"]["constraints"] == {"minimum": -90.0, "maximum": 90.0}
    (tmp_path / "out" / "needs.csv").write_text("site,product,period,slice,quantity\nnowhere,cement,,,-5\n", encoding="utf-8")
    found = " ".join(validate(tmp_path / "out"))
    assert "foreign-key" in found or "ForeignKey" in found or "constraint" in found


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=tuple(HealthCheck))
@given(cases())
def test_random_cases_are_sound_data_packages(one: Example) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            case = case_of(Path(folder) / "origin", one.settings, one.tables)
        except CaseError:
            return
        write_case(case, Path(folder) / "again")
        assert validate(Path(folder) / "again") == []


# ---- the command line


def test_convert_and_plan_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["convert", "yemen-cement", "cement.xlsx"])
    assert done.exit_code == 0, done.output
    assert "Wrote cement.xlsx." in done.stdout
    assert "README.md" in done.stdout
    assert CliRunner().invoke(app, ["check", "cement.xlsx"]).exit_code == 0
    done = CliRunner().invoke(app, ["plan", "cement.xlsx", "--json"])
    assert json.loads(done.stdout)["objective"] == pytest.approx(1620.2778, rel=1e-6)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["cement"]
    assert CliRunner().invoke(app, ["convert", "cement.xlsx", "folder", "--tables", "parquet"]).exit_code == 0
    assert (tmp_path / "folder" / "needs.parquet").is_file()
    assert CliRunner().invoke(app, ["convert", "cement.xlsx", "other", "--tables", "xml"]).exit_code == 2
    assert CliRunner().invoke(app, ["convert", "cement.xlsx", "cement.xlsx"]).exit_code == 2


def test_new_writes_a_workbook_to_fill_in(tmp_path: Path) -> None:
    import python_calamine

    path = tmp_path / "my.xlsx"
    assert CliRunner().invoke(app, ["new", str(path)]).exit_code == 0
    assert python_calamine.CalamineWorkbook.from_path(path).sheet_names == ["guide", "case", *TABLES]
    assert [str(problem) for problem in check_case(path)[1]] == [
        "my.xlsx sheet products: no product is named; name it in sheet products",
        "my.xlsx sheet sites: no site is named; name it in sheet sites",
    ]
    with zipfile.ZipFile(path) as archive:
        needs = archive.read(f"xl/worksheets/sheet{3 + list(TABLES).index('needs')}.xml").decode()
        lines = archive.read(f"xl/worksheets/sheet{3 + list(TABLES).index('lines')}.xml").decode()
        notes = archive.read(f"xl/comments{1 + list(TABLES).index('needs')}.xml").decode()
    assert "<formula1>'products'!$A$2:$A$1001</formula1>" in needs
    assert '<formula1>"year,hour"</formula1>' in lines
    assert 'state="frozen"' in needs
    assert "Blank or * means all." in notes
    assert "Unit: unit/year." in notes


@pytest.mark.parametrize("name", ["my.zip", "my.duckdb", "my.sqlite"])
def test_new_tells_what_is_not_filled_in_by_hand(name: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["new", str(tmp_path / name)])
    assert done.exit_code == 2
    assert "an empty case is a folder or a .xlsx workbook; fill one in, then: capcoop convert FROM TO" in done.output


def test_new_copies_from_and_to_every_format(tmp_path: Path) -> None:
    case = read_case(BUILT_IN["mexico-steel"])
    for source, target in (("mexico-steel", "a.xlsx"), ("a.xlsx", "b.duckdb"), ("b.duckdb", "c"), ("c", "d.zip")):
        origin = source if source in BUILT_IN else str(tmp_path / source)
        assert CliRunner().invoke(app, ["new", str(tmp_path / target), "--case", origin]).exit_code == 0
        assert read_case(tmp_path / target) == case


def test_a_run_of_a_file(tmp_path: Path) -> None:
    convert_case(BUILT_IN["mexico-steel"], tmp_path / "steel.sqlite")
    result = run(tmp_path / "steel.sqlite", tmp_path / "run")
    assert result.plan.objective == pytest.approx(538.8112, rel=1e-6)
    assert plan_case(read_case(tmp_path / "steel.sqlite")).objective == pytest.approx(result.plan.objective)


def test_a_target_that_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cases are not written as \.ods; write a folder, a \.zip file of one"):
        convert_case(BUILT_IN["mexico-steel"], tmp_path / "a.ods")
    with pytest.raises(UsageError, match="is there already"):
        convert_case(BUILT_IN["mexico-steel"], write_case(read_case(BUILT_IN["mexico-steel"]), tmp_path / "a.zip"))
