"""Hostile, damaged and mistaken files of every format: each ends in one sentence, soon, and in little memory."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import xlsxwriter

from capcoop import UsageError, check_case, convert_case, read_case, write_case
from support import write_example

SETTINGS = {"title": "t", "currency": "USD"}
TABLES: dict[str, list[dict[str, str]]] = {
    "sites": [{"site": "almaty"}, {"site": "astana"}],
    "products": [{"product": "cement", "unit": "kt"}],
    "needs": [{"site": "almaty", "product": "cement", "quantity": "50"}, {"site": "astana", "product": "cement", "quantity": "7"}],
    "purchases": [{"purchase": "abroad", "site": "*", "product": "cement", "price": "90"}],
}
Sheets = dict[str, list[list[Any]]]
Make = Callable[[Path], Path]
MAKERS: dict[str, tuple[Make, str]] = {}


def fault(message: str) -> Callable[[Make], Make]:
    """Register a file and the sentence that it must end in."""

    def keep(make: Make) -> Make:
        MAKERS[make.__name__] = (make, message)
        return make

    return keep


def problems(path: Path) -> list[str]:
    try:
        return [str(problem) for problem in check_case(path)[1]]
    except UsageError as error:
        return [str(error)]


def folder(at: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    write_example(at / "case", SETTINGS, TABLES)
    for name, content in (files or {}).items():
        (at / "case" / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return at / "case"


def zipped(at: Path, more: Mapping[str, str | bytes | zipfile.ZipInfo] | None = None, root: str = "") -> Path:
    """A sound zip file of the case, with more members."""
    path = at / "case.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder(at).iterdir()):
            if file.name not in (more or {}):
                archive.write(file, root + file.name)
        for name, content in (more or {}).items():
            archive.writestr(name, content)  # type: ignore[arg-type]
    return path


def sheets() -> Sheets:
    made: Sheets = {"case": [["setting", "value"], *([key, value] for key, value in SETTINGS.items())]}
    for name, rows in TABLES.items():
        made[name] = [list(rows[0]), *(list(row.values()) for row in rows)]
    made["needs"] = [["site", "product", "quantity"], ["almaty", "cement", 50], ["astana", "cement", 7]]
    return made


def book(at: Path, change: Callable[[Any, dict[str, Any]], None] | None = None, /, **changed: list[list[Any]]) -> Path:
    """A sound workbook, then what `change` does to it."""
    path = at / "case.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        made = {}
        for name, rows in (sheets() | changed).items():
            made[name] = workbook.add_worksheet(name)
            for row, cells in enumerate(rows):
                made[name].write_row(row, 0, cells)
        if change:
            change(workbook, made)
    return path


def rewritten(path: Path, member: str, old: str, new: str) -> Path:
    """Change the text of a member of a zip file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old.encode() in parts[member]
    parts[member] = parts[member].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def converted(at: Path, name: str) -> Path:
    convert_case(folder(at), at / name)
    return at / name


def lite(at: Path, *statements: str) -> Path:
    path = converted(at, "case.sqlite")
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def duck(at: Path, *statements: str) -> Path:
    path = converted(at, "case.duckdb")
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


# ---- zip


@fault("case.zip: 300 MB of files are more than 256 MB; keep only the case, its large tables as Parquet")
def zip_bomb(at: Path) -> Path:
    return zipped(at, {f"part{i}.bin": bytes(30 << 20) for i in range(10)})


@fault("case.zip: 'needs.csv' is packed more than 250 times; take it out, or write it again")
def zip_of_high_ratio(at: Path) -> Path:
    return zipped(at, {"needs.csv": b"site,product,quantity\n" + bytes(20 << 20)})


@fault("case.zip/needs.csv: the file is a damaged zip file; copy or write it again")
def zip_that_understates_its_size(at: Path) -> Path:
    path = zipped(at, {"needs.csv": b"site,product,quantity\n" + b"almaty,cement,5\n" * 100_000})
    true = (22 + 16 * 100_000).to_bytes(4, "little")
    data = path.read_bytes()
    assert true in data
    path.write_bytes(data.replace(true, (100).to_bytes(4, "little")))
    return path


@fault("case.zip: the archive holds more than 1000 files; keep only the case in it")
def zip_of_many_members(at: Path) -> Path:
    return zipped(at, {f"{i}": b"" for i in range(1001)})


@fault("case.zip: the archive holds more than 1000 files; keep only the case in it")
def zip_of_very_many_members(at: Path) -> Path:
    return zipped(at, {f"{i:09}": b"" for i in range(70_000)})


@fault("case.zip: '../needs.csv' leads out of the archive; write the archive again, with plain names")
def zip_that_climbs(at: Path) -> Path:
    return zipped(at, {"../needs.csv": b"site\n"})


@fault("case.zip: '/etc/needs.csv' leads out of the archive; write the archive again, with plain names")
def zip_of_absolute_names(at: Path) -> Path:
    return zipped(at, {"/etc/needs.csv": b"site\n"})


@fault("case.zip: 'C:needs.csv' leads out of the archive; write the archive again, with plain names")
def zip_of_drive_names(at: Path) -> Path:
    return zipped(at, {"C:needs.csv": b"site\n"})


@fault(r"case.zip: '\x00lices.csv' is not the name of a file; write the archive again, with plain names")
def zip_without_a_name(at: Path) -> Path:
    path = zipped(at, {"slices.csv": b"slice,hours\n"})
    path.write_bytes(path.read_bytes().replace(b"slices.csv", b"\0lices.csv"))
    return path


@fault("case.zip: 'slices.csv' is a link; put the file itself there")
def zip_of_links(at: Path) -> Path:
    info = zipfile.ZipInfo("slices.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(at)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    return path


@fault("case.zip: 'needs.csv' is protected by a password; write the archive without one")
def zip_with_a_password(at: Path) -> Path:
    path = zipped(at)
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02", data.rindex(b"needs.csv") - 60)
    data[entry + 8] |= 1
    path.write_bytes(data)
    return path


@fault("case.zip: 'inner.zip' is an archive in the archive; unpack it there, or take it out")
def zip_in_a_zip(at: Path) -> Path:
    return zipped(at, {"inner.zip": b"PK\x05\x06" + bytes(18)})


@fault("case.zip: the file is not a whole zip file; copy or write it again")
def zip_cut_short(at: Path) -> Path:
    path = zipped(at)
    path.write_bytes(path.read_bytes()[:-200])
    return path


@fault("case.zip/needs.csv: the file is a damaged zip file; copy or write it again")
def zip_with_wrong_bytes(at: Path) -> Path:
    path = zipped(at)
    data = bytearray(path.read_bytes())
    start = data.index(b"needs.csv") + 9
    data[start : start + 20] = b"\xff" * 20
    path.write_bytes(data)
    return path


@fault("case.zip: 'needs.csv' is there twice; keep one of them")
@pytest.mark.filterwarnings("ignore:Duplicate name")
def zip_with_a_name_twice(at: Path) -> Path:
    path = zipped(at)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("needs_csv", "site\n")
    path.write_bytes(path.read_bytes().replace(b"needs_csv", b"needs.csv"))
    return path


@fault("case.zip: 'a/case.toml' and 'b/case.toml' are two cases; keep one of them")
def zip_of_two_folders(at: Path) -> Path:
    return zipped(at, {"b/case.toml": b""}, root="a/")


@fault("is not a case: it holds no case.toml, at its root or in one folder")
def zip_of_something_else(at: Path) -> Path:
    with zipfile.ZipFile(at / "case.zip", "w") as archive:
        archive.writestr("letter.txt", "x")
    return at / "case.zip"


@fault("case.zip: 'needs.csv' is packed in a way that is not read; write a plain zip file")
def zip_packed_otherwise(at: Path) -> Path:
    info = zipfile.ZipInfo("needs.csv")
    info.compress_type = zipfile.ZIP_LZMA
    path = at / "case.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(folder(at) / "case.toml", "case.toml")
        archive.writestr(info, "site\n", zipfile.ZIP_LZMA)
    return path


@fault("case.zip/needs.csv row 2, column quantity: 'fifty' is not a number; write it like 1234.5")
def zip_with_a_wrong_cell(at: Path) -> Path:
    return zipped(at, {"needs.csv": "site,product,quantity\nalmaty,cement,fifty\n"})


@fault("case.zip/case/case.toml, column discount_rate: 'dear' is not a number")
def zip_with_a_wrong_setting(at: Path) -> Path:
    path = zipped(at, root="case/")
    return rewritten(path, "case/case.toml", 'currency = "USD"', 'discount_rate = "dear"')


# ---- Excel


@fault("case.xlsx sheet nedes: 'nedes' is not a table of a case; did you mean 'needs'?")
def sheet_of_a_wrong_name(at: Path) -> Path:
    return book(at, nedes=[["site"], ["almaty"]])


@fault("case.xlsx sheet needs row 3, column site: 'astanna' is not in sites; did you mean 'astana'?")
def sheet_with_a_wrong_name(at: Path) -> Path:
    return book(at, needs=[["site", "product", "quantity"], ["almaty", "cement", 5], ["astanna", "cement", 5]])


@fault("case.xlsx sheet needs row 2, column quantity: '2015-03-01' is a date; make the cell a number and type the figure again")
def sheet_with_a_date(at: Path) -> Path:
    import datetime as dt

    def change(workbook: Any, made: dict[str, Any]) -> None:
        made["needs"].write_datetime(1, 2, dt.datetime(2015, 3, 1), workbook.add_format({"num_format": "d mmm"}))  # noqa: DTZ001

    return book(at, change)


@fault(
    "case.xlsx sheet needs row 2, column quantity: #DIV/0! in cell C2 is an error of the spreadsheet;"
    " correct the formula, or type the figure"
)
def sheet_with_an_error(at: Path) -> Path:
    return book(at, lambda _, made: made["needs"].write_formula(1, 2, "=1/0", None, "#DIV/0!"))


@fault(
    "case.xlsx sheet needs row 2, column quantity: the formula in cell C2 was never computed;"
    " open the workbook in a spreadsheet and save it"
)
def sheet_with_a_formula_without_value(at: Path) -> Path:
    return book(at, lambda _, made: made["needs"].write_formula(1, 2, "=A1+1", None, ""))


@fault("case.xlsx sheet needs row 1: cells A1:B1 are merged, so that only the first holds a value; unmerge them and fill each cell")
def sheet_with_a_merged_heading(at: Path) -> Path:
    return book(at, lambda _, made: made["needs"].merge_range("A1:B1", "site"))


@fault("case.xlsx sheet needs row 2: cells A2:A3 are merged, so that only the first holds a value; unmerge them and fill each cell")
def sheet_with_merged_cells(at: Path) -> Path:
    return book(at, lambda _, made: made["needs"].merge_range("A2:A3", "almaty"))


@fault("case.xlsx sheet needs row 2, column quantity: '1 234.5' is not a number; write it without thousands separators: 1234.5")
def sheet_with_thousands(at: Path) -> Path:
    return book(at, needs=[["site", "product", "quantity"], ["almaty", "cement", "1 234.5"]])


@fault("case.xlsx sheet needs: cell XFD1048576 stands far from the others; delete the rows and columns without use, up to there")
def sheet_with_a_cell_far_off(at: Path) -> Path:
    return book(at, lambda _, made: made["needs"].write_number("XFD1048576", 1))


@fault("case.xlsx sheet needs: cell A1048576 stands far from the others; delete the rows and columns without use, up to there")
def sheet_with_a_cell_far_down(at: Path) -> Path:
    return book(at, lambda _, made: made["needs"].write_number("A1048576", 1))


@fault("case.xlsx sheet needs: the sheet does not say where its cells are; open it in a spreadsheet and save it again as .xlsx")
def sheet_with_cells_without_place(at: Path) -> Path:
    return rewritten(book(at), "xl/worksheets/sheet4.xml", '<c r="C2">', "<c>")


@fault("case.xlsx sheet needs: the sheet does not say where its cells are; open it in a spreadsheet and save it again as .xlsx")
def sheet_that_hides_where_a_cell_is(at: Path) -> Path:
    return rewritten(book(at), "xl/worksheets/sheet4.xml", '<c r="C2">', '<c a="<" r="XFD1048576">')


@fault("case.xlsx sheet needs: the sheet does not say where its cells are; open it in a spreadsheet and save it again as .xlsx")
def sheet_of_tags_that_never_end(at: Path) -> Path:
    return rewritten(book(at), "xl/worksheets/sheet4.xml", '<c r="C2">', "<c " * 1_000_000 + '<c r="C2">')


@fault("case.xlsx: 'xl/worksheets/sheet1.xml' is packed more than 250 times; take it out, or write it again")
def workbook_bomb(at: Path) -> Path:
    return rewritten(book(at), "xl/worksheets/sheet1.xml", "<sheetData>", "<sheetData>" + " " * (20 << 20))


@fault("case.xlsx: 'xl/workbook.xml' declares a document type of its own; write the workbook again")
def workbook_with_entities(at: Path) -> Path:
    return rewritten(book(at), "xl/workbook.xml", "<workbook", '<!DOCTYPE a [<!ENTITY b "cccc">]><workbook')


@fault("case.xlsx: the workbook cannot be read; open it in a spreadsheet and save it again as .xlsx")
def workbook_in_an_unknown_encoding(at: Path) -> Path:
    return rewritten(book(at), "xl/workbook.xml", 'encoding="UTF-8"', 'encoding="UF-8"')


@fault("case.xlsx: the workbook cannot be read; open it in a spreadsheet and save it again as .xlsx")
def workbook_of_broken_xml(at: Path) -> Path:
    return rewritten(book(at), "xl/workbook.xml", "</workbook>", "")


@fault("is not a case: it has no sheet case with columns setting and value")
def workbook_without_settings(at: Path) -> Path:
    with xlsxwriter.Workbook(at / "case.xlsx") as workbook:
        workbook.add_worksheet("needs").write(0, 0, "site")
    return at / "case.xlsx"


@fault("case.xlsx sheet case row 3, column value: 'dear' is not a number")
def workbook_with_a_wrong_setting(at: Path) -> Path:
    return book(at, case=[["setting", "value"], ["title", "t"], ["discount_rate", "dear"]])


@fault("case.xlsx sheet case row 2, column setting: 'gapp' is not a setting; did you mean 'gap'?")
def workbook_with_an_unknown_setting(at: Path) -> Path:
    return book(at, case=[["setting", "value"], ["solver.gapp", 0.1]])


@fault("case.xlsx sheet case row 3, column setting: 'title' is there twice; keep one of the two rows")
def workbook_with_a_setting_twice(at: Path) -> Path:
    return book(at, case=[["setting", "value"], ["title", "a"], ["title", "b"]])


@fault("case.xlsx sheet case row 2, column setting: 'a b' is not the name of a setting; write it like solver.gap")
def workbook_with_a_setting_of_no_name(at: Path) -> Path:
    return book(at, case=[["setting", "value"], ["a b", 1]])


@fault("case.xlsx sheet case row 2, column setting: 'a = {} #' is not the name of a setting; write it like solver.gap")
def workbook_with_a_setting_that_is_toml(at: Path) -> Path:
    return book(at, case=[["setting", "value"], ["a = {} #", 1]])


@fault("case.xlsx sheet needs row 1: a heading is blank; name every column in this row, and leave the cells beside the table empty")
def sheet_with_a_blank_heading(at: Path) -> Path:
    return book(at, needs=[["site", "product", "quantity", ""], ["almaty", "cement", 5, "?"]])


@fault("column currency: 'EUR' has no exchange rate to USD; state it in sheet case, as a setting like exchange_rates.EUR")
def sheet_with_unknown_money(at: Path) -> Path:
    return book(at, purchases=[["purchase", "site", "product", "price", "currency"], ["abroad", "*", "cement", 9, "EUR"]])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("case.xls", "it is an Excel file of the kind before 2007; save it as .xlsx"),
        ("case.xlsm", "it is a workbook with macros; save it as .xlsx"),
        ("case.xlsb", "it is a binary workbook; save it as .xlsx"),
        ("case.ods", "it is an OpenDocument spreadsheet; save it as .xlsx"),
        ("needs.csv", "it is one table of a case; give the folder that holds it and its case.toml"),
        ("case.toml", "it is the settings of a case; give the folder that holds it"),
        ("case.tar", "it is an archive that is not read; pack the folder as .zip"),
        ("case.txt", "a case is a folder, a .zip file of one, a .xlsx workbook, a .duckdb or a .sqlite file"),
        ("case.duckdb", "it is damaged, encrypted, or no .duckdb file at all"),
        ("case.sqlite", "it is damaged, encrypted, or no .sqlite file at all"),
        ("case.zip", "it is damaged, encrypted, or no .zip file at all"),
        ("case.xlsx", "it is damaged, encrypted, or no .xlsx file at all"),
    ],
)
def test_files_that_are_no_case(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"anything at all, " * 100)
    assert problems(tmp_path / name) == [f"{tmp_path / name} is not a case: {message}"]


def test_a_workbook_with_a_password(tmp_path: Path) -> None:
    (tmp_path / "case.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000))
    assert "a workbook with a password, or of the kind before 2007; save it without one as .xlsx" in problems(tmp_path / "case.xlsx")[0]


# ---- databases


@fault("case.sqlite table nedes: 'nedes' is not a table of a case; did you mean 'needs'?")
def sqlite_with_a_wrong_table(at: Path) -> Path:
    return lite(at, "CREATE TABLE nedes (site TEXT)")


@fault("case.duckdb table nedes: 'nedes' is not a table of a case; did you mean 'needs'?")
def duckdb_with_a_wrong_table(at: Path) -> Path:
    return duck(at, "CREATE TABLE nedes (site TEXT)")


@fault("case.sqlite table needs row 2, column site: a BLOB cannot be read; write text or numbers")
def sqlite_with_a_blob(at: Path) -> Path:
    return lite(at, "UPDATE needs SET site = x'00ff' WHERE site = 'astana'")


@fault("case.duckdb table needs, column note: cells of kind BLOB cannot be read; write text or numbers")
def duckdb_with_a_blob(at: Path) -> Path:
    return duck(at, "ALTER TABLE needs ADD COLUMN note BLOB")


@fault("case.duckdb table needs, column note: cells of kind INTEGER[] cannot be read; write text or numbers")
def duckdb_with_a_list(at: Path) -> Path:
    return duck(at, "ALTER TABLE needs ADD COLUMN note INTEGER[]")


@fault("case.sqlite table sales: the table is a view; write its rows as a table")
def sqlite_with_an_endless_view(at: Path) -> Path:
    endless = "WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) SELECT a FROM r"
    return lite(at, f"CREATE VIEW sales AS {endless}")


@fault("case.duckdb table sales: the table is a view; write its rows as a table")
def duckdb_with_an_endless_view(at: Path) -> Path:
    return duck(at, "CREATE VIEW sales AS WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) SELECT a FROM r")


@fault("case.sqlite table slices: the table is a virtual table; write it as a plain table")
def sqlite_with_a_virtual_table(at: Path) -> Path:
    return lite(at, "CREATE VIRTUAL TABLE slices USING fts5(slice)")


@fault("case.sqlite table slices, column hours: the column is generated by an expression; write its values")
def sqlite_with_a_generated_column(at: Path) -> Path:
    return lite(at, "CREATE TABLE slices (slice TEXT, hours TEXT AS (printf('%900000d', 1)))")


@fault("case.sqlite table needs: the table has a cell of more than 1048576 letters; shorten it")
def sqlite_with_a_long_cell(at: Path) -> Path:
    return lite(at, "UPDATE needs SET site = printf('%2000000d', 1)")


@fault("case.sqlite: the database cannot be read: it is damaged, encrypted, or no SQLite file; copy or write it again")
def sqlite_that_is_damaged(at: Path) -> Path:
    path = converted(at, "case.sqlite")
    data = path.read_bytes()
    path.write_bytes(data[:100] + bytes(len(data) - 100))
    return path


@fault("case.sqlite table needs: the table cannot be read: it is damaged, encrypted, or no SQLite file; copy or write it again")
def sqlite_with_a_damaged_page(at: Path) -> Path:
    path = lite(at, "VACUUM")
    with closing(sqlite3.connect(path)) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'needs'").fetchall()
        ((size,),) = connection.execute("PRAGMA page_size").fetchall()
    data = bytearray(path.read_bytes())
    data[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(data)
    return path


@fault("case.duckdb: the database cannot be read: it is damaged, or no DuckDB file; copy or write it again")
def duckdb_that_is_damaged(at: Path) -> Path:
    path = converted(at, "case.duckdb")
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    return path


@fault("case.sqlite: the database has changes that are not in it yet (case.sqlite-wal); close the program that writes it")
def sqlite_with_a_log_beside(at: Path) -> Path:
    path = converted(at, "case.sqlite")
    Path(f"{path}-wal").write_bytes(b"x")
    return path


@fault("case.duckdb: the database has changes that are not in it yet (case.duckdb.wal); close the program that writes it")
def duckdb_with_a_log_beside(at: Path) -> Path:
    path = converted(at, "case.duckdb")
    Path(f"{path}.wal").write_bytes(b"x")
    return path


@fault("is not a case: it has no table case with columns setting and value")
def sqlite_without_settings(at: Path) -> Path:
    return lite(at, 'DROP TABLE "case"')


@fault("case.sqlite table case row 2, column value: 'x' is not a number")
def sqlite_with_a_wrong_setting(at: Path) -> Path:
    return lite(at, "UPDATE \"case\" SET setting = 'penalty', value = 'x' WHERE setting = 'currency'")


@fault("case.duckdb table needs row 1, column quantity: -5 must be at least 0")
def duckdb_with_a_wrong_figure(at: Path) -> Path:
    return duck(at, "UPDATE needs SET quantity = -5 WHERE site = 'almaty'")


@fault("case.duckdb table needs: the table is larger than 256 MB of text or 50000000 cells; leave out what is not needed")
def duckdb_with_one_text_many_times(at: Path) -> Path:
    return duck(
        at, "CREATE OR REPLACE TABLE needs AS SELECT repeat('a', 100000) AS site, 'cement' AS product, 1 AS quantity FROM range(3000)"
    )


# ---- folders


@fault("needs.csv: the file is not a plain file; put the table itself there")
def folder_with_a_pipe(at: Path) -> Path:
    (folder(at) / "needs.csv").unlink()
    os.mkfifo(at / "case" / "needs.csv")
    return at / "case"


@fault("needs.csv: the file is not a plain file; put the table itself there")
def folder_with_a_folder(at: Path) -> Path:
    (folder(at) / "needs.csv").unlink()
    (at / "case" / "needs.csv").mkdir()
    return at / "case"


@fault("needs.csv: the file is a link out of the case folder; put the table itself there")
def folder_with_an_endless_device(at: Path) -> Path:
    (folder(at) / "needs.csv").unlink()
    (at / "case" / "needs.csv").symlink_to("/dev/zero")
    return at / "case"


@fault("needs.csv: the file is larger than 256 MB; write the table as Parquet")
def folder_with_a_sparse_file(at: Path) -> Path:
    with (folder(at) / "needs.csv").open("ab") as file:
        file.truncate(20 << 30)
    return at / "case"


@fault("case.toml: the file is larger than 1 MB; keep only settings in it")
def folder_with_long_settings(at: Path) -> Path:
    return folder(at, {"case.toml": "#" * (2 << 20)})


@fault("case.zip: 'case.toml' is larger than 1 MB; keep it smaller, large tables as Parquet")
def zip_with_long_settings(at: Path) -> Path:
    return zipped(at, {"case.toml": "#" * (2 << 20)})


@fault("needs.xlsx: the table is in a kind of file that is not read; save it as CSV UTF-8")
def folder_with_csv_and_xlsx(at: Path) -> Path:
    return folder(at, {"needs.xlsx": b"PK"})


@fault("is not a case: it is neither a folder nor a plain file")
def pipe(at: Path) -> Path:
    os.mkfifo(at / "case.zip")
    return at / "case.zip"


@fault("needs.parquet: 100000000 rows are more than 50000000 cells; leave out what is not needed")
def parquet_bomb(at: Path) -> Path:
    (folder(at) / "needs.csv").unlink()
    quantities = pl.select(quantity=pl.repeat(0, 100_000_000, dtype=pl.Int8))
    quantities.write_parquet(at / "case" / "needs.parquet")
    return at / "case"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_files_that_may_not_be_read(tmp_path: Path) -> None:
    (folder(tmp_path) / "needs.csv").chmod(0)
    assert "needs.csv: the file cannot be read: Permission denied; see to it that it may be read" in problems(tmp_path / "case")


def test_a_file_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder(tmp_path)

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    true = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda file: refuse(file) if file.name == "needs.csv" else true(file))
    assert problems(path) == ["needs.csv: the file cannot be read: Permission denied; see to it that it may be read"]


# ---- cells


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("1,234.5", "'1,234.5' is not a number; write it without thousands separators: 1234.5"),
        ("1,234,567", "'1,234,567' is not a number; write it without thousands separators: 1234567"),
        ("1 234", "'1 234' is not a number; write it without thousands separators: 1234"),
        ("1\u202f234,5", "1\\u202f234,5' is not a number; write it without thousands separators and with a decimal point: 1234.5"),
        ("1.234,5", "'1.234,5' is not a number; write it without thousands separators and with a decimal point: 1234.5"),
        ("12,5", "'12,5' is not a number; write a decimal point: 12.5"),
        ("0,125", "'0,125' is not a number; write a decimal point: 0.125"),
        ("1,234", "'1,234' is not a number; write it like 1234.5"),
        ("2015-03-01", "'2015-03-01' is a date; make the cell a number and type the figure again"),
        ("1.3.2015", "'1.3.2015' is a date; make the cell a number and type the figure again"),
        ("03/01/2015", "'03/01/2015' is a date; make the cell a number and type the figure again"),
        ("12-Mar", "'12-Mar' is a date; make the cell a number and type the figure again"),
        ("12:30", "'12:30' is a time; make the cell a number and type the figure again"),
        ("#N/A", "'#N/A' is an error of the spreadsheet; correct the formula, or type the figure"),
        ("#REF!", "'#REF!' is an error of the spreadsheet; correct the formula, or type the figure"),
        ("#DIV/0!", "'#DIV/0!' is an error of the spreadsheet; correct the formula, or type the figure"),
        ("=A1+B1", "'=A1+B1' is a formula; write its value"),
        ("12.5 %", "'12.5 %' is a percentage; write it as a share: 0.125"),
        ("nan", "nan is not a finite number; write a number"),
        ("-inf", "-inf is not a finite number; write a number"),
        ("fifty", "'fifty' is not a number; write it like 1234.5"),
    ],
)
def test_cells_that_are_no_number(cell: str, message: str, tmp_path: Path) -> None:
    (found,) = problems(folder(tmp_path, {"needs.csv": f'site,product,quantity\nalmaty,cement,"{cell}"\n'}))
    assert found.startswith("needs.csv row 2, column quantity: ")
    assert found.endswith(message)


ROWS = "site,product,quantity\nalmaty,cement,5\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (ROWS.encode("utf-16"), "needs.csv: the file is UTF-16 text; save the file as CSV UTF-8"),
        (ROWS.encode("utf-16-le"), "needs.csv: the file is UTF-16 text; save the file as CSV UTF-8"),
        (ROWS.encode("utf-16-be"), "needs.csv: the file is UTF-16 text; save the file as CSV UTF-8"),
        (
            ROWS.replace("5", "“5”").encode("cp1252"),
            "row 2: byte 0x93 is not UTF-8 text but of a code page of Windows, such as Windows-1252; save",
        ),
        (ROWS.replace("m", "ä").encode("latin-1"), "needs.csv row 2: byte 0xe4 is not UTF-8 text; save the file as CSV UTF-8"),
        (ROWS.replace("5", "\0").encode(), "needs.csv row 2: a NUL byte is no text; save the file as CSV UTF-8"),
        (b"\xef\xbb\xbf", "needs.csv: the file is empty; write its heading, or delete the file"),
    ],
)
def test_texts_of_another_kind(data: bytes, message: str, tmp_path: Path) -> None:
    (found,) = problems(folder(tmp_path, {"needs.csv": data}))
    assert message in found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_are_read(end: str, mark: str, tmp_path: Path) -> None:
    text = mark + "site,product,quantity\nalmaty,cement,50\nastana,cement,7\n".replace("\n", end)
    assert read_case(folder(tmp_path / "a", {"needs.csv": text.encode()})) == read_case(folder(tmp_path / "b"))


def test_text_beyond_ascii_that_is_cut_between_two_pieces(tmp_path: Path) -> None:
    rows = "".join(f'almaty,cement,{i},"ж{"я" * (i % 7)}"\n' for i in range(60_000))
    path = folder(tmp_path, {"needs.csv": "site,product,quantity,note\n" + rows})
    assert "key 'almaty;cement;*;*' is there already" in problems(path)[0]


# ---- all of them


@pytest.mark.parametrize("name", MAKERS)
def test_fault(name: str, tmp_path: Path) -> None:
    make, message = MAKERS[name]
    path = make(tmp_path)
    start = time.monotonic()
    found = problems(path)
    assert time.monotonic() - start < 10
    assert any(text == message or text.endswith(message) for text in found), found


def test_a_sound_file_of_every_maker(tmp_path: Path) -> None:
    for made in (folder, zipped, book, lite, duck):
        at = tmp_path / made.__name__
        at.mkdir()
        assert problems(made(at)) == []


MEMORY = """
import sys
from capcoop import CapcoopError, check_case
try:
    check_case(sys.argv[1])
except CapcoopError:
    pass
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
HEAVY = ("zip_bomb", "zip_of_high_ratio", "workbook_bomb", "sheet_with_a_cell_far_off", "folder_with_a_sparse_file", "parquet_bomb")


def long_table(at: Path) -> Path:
    path = folder(at)
    rows = pl.select(site=pl.int_range(1_000_000).cast(pl.String))
    names = rows.select(site="s" + pl.col("site"))
    names.write_csv(path / "sites.csv")
    names.with_columns(product=pl.lit("cement"), quantity=0.5).write_csv(path / "needs.csv")
    return path


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from there")
@pytest.mark.parametrize("name", [*HEAVY, "duckdb_with_one_text_many_times", "long_table"])
def test_time_and_memory_are_bounded(name: str, tmp_path: Path) -> None:
    path = (MAKERS[name][0] if name in MAKERS else long_table)(tmp_path)
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True)
    assert time.monotonic() - start < 20  # starting the interpreter on a busy machine, too
    assert int(done.stdout) < 1_000_000  # kB


@pytest.mark.parametrize(
    ("module", "name", "message"),
    [
        ("python_calamine", "case.xlsx", "reading Excel needs the excel extra: pip install 'capcoop[excel]'"),
        ("duckdb", "case.duckdb", "reading a DuckDB file needs the duckdb extra: pip install 'capcoop[duckdb]'"),
    ],
)
def test_extras_name_themselves(module: str, name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = converted(tmp_path, name)
    monkeypatch.setitem(sys.modules, module, None)
    assert problems(path) == [message]


@pytest.mark.parametrize(("module", "name"), [("xlsxwriter", "new.xlsx"), ("duckdb", "new.duckdb")])
def test_extras_name_themselves_when_writing(module: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=r"writing .* needs the \w+ extra: pip install 'capcoop\[\w+\]'"):
        convert_case(folder(tmp_path), tmp_path / name)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["case.zip", "case.xlsx", "case.duckdb", "case.sqlite"])
def test_nothing_is_written_over(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("keep me", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already; choose another name"):
        convert_case(folder(tmp_path), tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8") == "keep me"


def test_nothing_is_left_behind_when_writing_fails(tmp_path: Path) -> None:
    long = folder(tmp_path, {"sites.csv": "site,note\nalmaty," + "x" * 40_000 + "\nastana,\n"})
    with pytest.raises(UsageError, match="sites, column note: a text cannot stand in a cell of Excel"):
        convert_case(long, tmp_path / "new.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["case"]


def test_a_row_that_csv_would_take_for_a_comment(tmp_path: Path) -> None:
    path = lite(tmp_path, "INSERT INTO sites VALUES ('# one')")
    with pytest.raises(UsageError, match="'# one' in sites would be a comment in CSV; rename it, or write Parquet"):
        convert_case(path, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    convert_case(path, tmp_path / "new", "parquet")
    assert read_case(tmp_path / "new") == read_case(path)


def test_a_case_with_faults_is_not_converted_where_a_cell_would_be_lost(tmp_path: Path) -> None:
    path = folder(tmp_path, {"needs.csv": "site,product,quantity\nalmaty,cement,x\n"})
    with pytest.raises(Exception, match="'x' is not a number"):
        convert_case(path, tmp_path / "new.xlsx")
    assert not (tmp_path / "new.xlsx").exists()


def test_reading_changes_nothing(tmp_path: Path) -> None:
    for made in (zipped, book, lite, duck):
        at = tmp_path / made.__name__
        at.mkdir()
        path = made(at)
        shutil.rmtree(at / "case", ignore_errors=True)
        before = path.read_bytes()
        write_case(read_case(path), io_folder := at / "again")
        assert path.read_bytes() == before
        assert sorted(file.name for file in at.iterdir()) == sorted([io_folder.name, path.name])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from there")
def test_a_member_larger_than_it_says_is_never_held(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("case.toml", "")
        archive.writestr("needs.csv", bytes(200 << 20))
    data = packed.getvalue().replace((200 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    (tmp_path / "case.zip").write_bytes(data)
    done = subprocess.run([sys.executable, "-c", MEMORY, str(tmp_path / "case.zip")], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 300_000  # kB


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from there")
def test_a_sheet_smaller_than_it_says_is_read(tmp_path: Path) -> None:
    path = rewritten(book(tmp_path), "xl/worksheets/sheet4.xml", '<dimension ref="A1:C3"/>', '<dimension ref="A1:XFD1048576"/>')
    assert read_case(path) == read_case(book(tmp_path))
    path = rewritten(path, "xl/worksheets/sheet4.xml", '<dimension ref="A1:C3"/>', '<dimension ref="A1:XFD1048576"/>')
    done = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 500_000  # kB
