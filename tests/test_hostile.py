"""Hostile and untidy input: every one ends in a sentence, never in a wrong figure, a traceback or a file elsewhere."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from capcoop import CaseError, UsageError, check_case, convert_case, read_case, run
from capcoop.cli import app
from capcoop.units import unit_factor
from test_faults import write

NEEDS = "site,product,quantity\n"
CHANGES = "scenario,table,key,column,value\n"


def problems(folder: Path, scenario: str | None = None, sets: tuple[str, ...] = ()) -> str:
    return "\n".join(str(problem) for problem in check_case(folder, scenario, sets)[1])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"needs.csv": "a" * 200_000 + "\n1\n"}, "needs.csv row 1: field larger than field limit"),
        ({"needs.csv": "site,product,_row,quantity\nalmaty,cement,1,50\n"}, "'_row' is not a column of needs"),
        ({"needs.csv": NEEDS + "# old, cement, 5\n"}, "needs.csv row 2: a comment holds commas"),
        ({"needs.xlsx": b"PK"}, "needs.xlsx: the table is in a kind of file that is not read"),
        ({"sites.csv": "site\n*\nalmaty\n"}, "sites.csv row 2, column site: '*' stands for all"),
        ({"sites.csv": "site,country\nalmaty,\x1b[2J\n"}, "sites.csv row 2, column country: '\\x1b[2J' holds characters"),
        ({"case.toml": "price_year = " + "9" * 5000}, "case.toml: Exceeds the limit"),
        ({"case.toml": "discount_rate = 1e-17"}, "case.toml, column discount_rate: 1e-17 is not allowed here"),
        (
            {"case.toml": "discount_rate = 9\nbase_year = 9000", "periods.csv": "period,start\np,2020\n"},
            "is too far",
        ),
        ({"needs.csv": NEEDS + "almaty,cement,1e300\n"}, "needs.csv row 2, column quantity: 1e+300 is beyond 1e+18"),
        ({"recipes.csv": "process,product,quantity\ngrind,cement,1e-10\n"}, "1e-10 is nearer to 0 than 1e-08"),
    ],
)
def test_hostile_files(changed: dict[str, str | bytes], message: str, tmp_path: Path) -> None:
    assert message in problems(write(tmp_path, changed))


def test_an_endless_life_at_a_negative_rate_earns_nothing(tmp_path: Path) -> None:
    changed = {"case.toml": "discount_rate = -0.05", "options.csv": "option,line,site,unit_size,build_cost\nnew,mill,astana,100,5\n"}
    assert "has no annuity at a discount rate of -0.05" in problems(write(tmp_path, changed))


def test_old_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old = write(tmp_path / "old", {"needs.csv": "site,product,quantity\ralmaty,cement,50\r"})
    assert read_case(old) == read_case(write(tmp_path / "new", {}))


@pytest.mark.parametrize(
    "cells", [pl.Series([timedelta(1)]), pl.Series([[1.0]]), pl.Series([b"\xff"]), pl.Series([[1.0]], dtype=pl.Array(pl.Float64, 1))]
)
@pytest.mark.parametrize("column", ["quantity", "site", "verified", "_row"])
def test_parquet_of_odd_kinds(cells: pl.Series, column: str, tmp_path: Path) -> None:
    folder = write(tmp_path, {})
    (folder / "needs.csv").unlink()
    frame = pl.DataFrame({"site": ["almaty"], "product": ["cement"], "quantity": [50.0]})
    frame.with_columns(cells.alias(column)).write_parquet(folder / "needs.parquet")
    assert ("is not a column" if column == "_row" else "cannot be read; write text or numbers") in problems(folder)


def test_parquet_in_a_folder_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "case [v2]"
    folder.mkdir()
    write(folder, {})
    pl.DataFrame({"site": ["almaty"], "product": ["cement"], "quantity": [50.0]}).write_parquet(folder / "needs.parquet")
    (folder / "needs.csv").unlink()
    assert read_case(folder).frames["needs"].get_column("quantity").to_list() == [50.0]


def test_what_cannot_be_dropped_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, {})
    assert "did you mean 'almaty;cement;*;*'?" in problems(folder, sets=("needs/almaty;cemnt/drop=",))


def test_a_scenario_that_changes_a_cell_twice(tmp_path: Path) -> None:
    twice = CHANGES + "s,needs,almaty;cement,quantity,7\ns,needs,almaty;cement;*;*,quantity,9\n"
    assert "changes.csv row 3, column key: 'almaty;cement;*;*' changes this column twice" in problems(
        write(tmp_path, {"changes.csv": twice}), "s"
    )


def test_a_solver_that_is_no_table(tmp_path: Path) -> None:
    assert "case.toml, column solver" in problems(write(tmp_path, {"case.toml": "solver = 5"}), sets=("gap=1",))


def test_a_change_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--set"):
        check_case(write(tmp_path, {}), sets=("title=\udcff",))


@pytest.mark.parametrize("unit", ["ton", "tons", "kton", "mt", "0*t", "-1*t", "1e999 t", "·"])
def test_units_that_would_be_misread(unit: str) -> None:
    assert unit_factor(unit, "kt") is None


def test_a_run_stays_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "case").mkdir()
    changes = CHANGES + "../../../out,needs,almaty;cement,quantity,7\n"
    result = run(write(tmp_path / "case", {"changes.csv": changes}), scenario="../../../out")
    assert result.folder.parent.parent == Path("runs")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case", "runs"]


def test_nothing_that_a_terminal_would_obey_is_printed(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    settings = 'title = "[red]t\\u001b]0;x\\u0007"\ncurrency = "U\\u001b[2JS"\n'
    folder = write(tmp_path / "case", {"case.toml": settings, "changes.csv": CHANGES + "\x1b[2Js,case,,title,x\n"})
    wrong = CliRunner().invoke(app, ["plan", str(folder), "-s", "s"])
    assert wrong.exit_code == 2
    assert "\x1b" not in wrong.output
    (folder / "changes.csv").unlink()
    shown = CliRunner().invoke(app, ["plan", str(folder), "-o", str(tmp_path / "run")])
    assert shown.exit_code == 0
    assert "\x1b" not in shown.stdout
    assert "[red]t\\x1b]0;x" in shown.stdout


def test_case_error_names_the_fault_once(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="'x' is not a number"):
        read_case(write(tmp_path, {"needs.csv": NEEDS + "almaty,cement,x\n"}))


def test_names_that_a_spreadsheet_would_compute_stay_text_in_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    names = ["=1+1", "+x", "-2+3", "@SUM(1)", "http://example.org/a", "{=1}"]
    offers = "purchase,site,product,price\n" + "".join(f"{name},almaty,cement,95\n" for name in names)
    folder = write(tmp_path / "case", {"purchases.csv": offers})
    convert_case(folder, tmp_path / "book.xlsx")
    with zipfile.ZipFile(tmp_path / "book.xlsx") as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
    assert not [text for text in sheets if "<f>" in text or "<f " in text]
    assert check_case(tmp_path / "book.xlsx")[0].frames["purchases"]["purchase"].to_list() == names  # type: ignore[union-attr]
