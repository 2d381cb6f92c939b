"""The formats of a case: a folder, a zip file of one, a DuckDB or SQLite file, an Excel workbook. Chosen here and nowhere else."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from capcoop.case.formats import archive, database, folder, furniture, workbook
from capcoop.case.formats.folder import Tables
from capcoop.case.formats.source import Content, Source, raw_of, told
from capcoop.case.read import Raw
from capcoop.case.settings import FILE
from capcoop.errors import Problem, UsageError

__all__ = ["Content", "Source", "Tables", "find", "is_file_name", "raw_of", "read_raw", "told", "write"]

WRITERS = {
    ".xlsx": furniture.write,
    ".duckdb": database.write_duckdb,
    ".sqlite": database.write_sqlite,
    ".sqlite3": database.write_sqlite,
    ".db": database.write_sqlite,
}
KINDS = "a folder, a .zip file of one, a .xlsx workbook, a .duckdb or a .sqlite file"
AGAIN = "save it as .xlsx"
# What a file is that is no case, by its ending or its first bytes, and what to do.
OTHERS = {
    ".xls": ("is an Excel file of the kind before 2007", AGAIN),
    ".xlsm": ("is a workbook with macros", AGAIN),
    ".xlsb": ("is a binary workbook", AGAIN),
    ".ods": ("is an OpenDocument spreadsheet", AGAIN),
    ".csv": ("is one table of a case", f"give the folder that holds it and its {FILE}"),
    ".parquet": ("is one table of a case", f"give the folder that holds it and its {FILE}"),
    ".toml": ("is the settings of a case", "give the folder that holds it"),
    ".gz": ("is an archive that is not read", "pack the folder as .zip"),
    ".tar": ("is an archive that is not read", "pack the folder as .zip"),
    ".7z": ("is an archive that is not read", "pack the folder as .zip"),
    ".rar": ("is an archive that is not read", "pack the folder as .zip"),
}
OLE, ZIP, SQLITE, DUCKDB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK", b"SQLite format 3\x00", b"DUCK"


def find(path: Path, problems: list[Problem]) -> Source:
    """Find the parts of a case, whatever its format. Raises UsageError where there is no case."""
    if path.is_dir():
        return folder.read(path, problems)
    if not path.exists():
        raise UsageError(f"{path} is not a case: there is nothing of that name")
    if not path.is_file():
        raise UsageError(f"{path} is not a case: it is neither a folder nor a plain file")
    suffix = path.suffix.lower()
    if suffix in OTHERS:
        rule, remedy = OTHERS[suffix]
        raise UsageError(f"{path} is not a case: it {rule}; {remedy}")
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    return _reader(path, start)(path, problems)


def _reader(path: Path, start: bytes) -> Callable[[Path, list[Problem]], Source]:
    """Return the reader of a file, told by its first bytes: an ending may say anything."""
    if start.startswith(ZIP):
        return workbook.read if path.suffix.lower() == ".xlsx" or _is_workbook(path) else archive.read
    if start == SQLITE:
        return database.read_sqlite
    if start[8:12] == DUCKDB:
        return database.read_duckdb
    if start.startswith(OLE):
        what = "it is a workbook with a password, or of the kind before 2007; save it without one as .xlsx"
    elif is_file_name(path):
        what = f"it is damaged, encrypted, or no {path.suffix.lower()} file at all"
    else:
        what = f"a case is {KINDS}"
    raise UsageError(f"{path} is not a case: {what}")


def _is_workbook(path: Path) -> bool:
    try:
        with archive.opened(path) as opened:
            return "xl/workbook.xml" in opened.namelist()
    except (archive.Unsafe, zipfile.BadZipFile):
        return False


def is_file_name(path: Path) -> bool:
    """Return whether a name asks for a file rather than a folder."""
    return path.suffix.lower() in {".zip", *WRITERS}


def read_raw(path: Path) -> Raw:
    """Read every table of a case. Faults are collected; only what is no case raises UsageError."""
    problems: list[Problem] = []
    return raw_of(find(path, problems), problems)


def write(content: Content, target: Path, tables: Tables = "csv") -> None:
    """Write a case in the format that the ending of the target says; a folder where it says none.

    Raises UsageError where something is there already, or a library is missing.
    """
    suffix = target.suffix.lower()
    if suffix == ".zip":
        archive.write(content, target, tables)
    elif suffix in WRITERS:
        WRITERS[suffix](content, target)
    elif suffix in OTHERS:
        raise UsageError(f"{target}: cases are not written as {suffix}; write {KINDS}")
    else:
        folder.write(content, target, tables)
