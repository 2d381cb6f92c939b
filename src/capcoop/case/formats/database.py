"""A case in a database: DuckDB or SQLite, a table for each table and `case` for the settings.

Only plain tables are read, each with one query that the program writes itself: what a file could make a database do (views,
triggers, virtual tables, generated columns, extensions, other files) is refused or switched off.
"""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.case.formats.settings_table import read_settings, settings_rows
from capcoop.case.formats.source import CASE, OWN, SETTING, VALUE, Content, Found, Source, new_file, series_of, starred, written
from capcoop.case.read import MOST_BYTES, MOST_CELLS, Places, numbered
from capcoop.errors import Problem, UsageError, library

SECONDS = 5.0
LONGEST_CELL = 1 << 20
VIEW = ("is a view", "write its rows as a table")
GUARDS = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "memory_limit": "500MB",
    "threads": "2",
}
SCALARS = ("VARCHAR", "BOOLEAN", "DATE", "TIME", "DECIMAL", "FLOAT", "DOUBLE", "ENUM")
# Actions of SQLite's authorizer that reading a plain table needs.
READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA}
SLOW = (f"takes more than {SECONDS:g} seconds to read", "leave out what is not needed")
# What a DuckDB file suffers from, by a word in DuckDB's message.
DUCKDB_FAULTS = {
    "interrupt": SLOW,
    "encrypt": ("is encrypted", "write it without a password"),
    "lock on file": ("is held by another program", "close that program"),
    "storage version": ("was written by another version of DuckDB", "write it again with this version, or as Parquet files"),
    "out of memory": ("takes too much memory to read", "leave out what is not needed"),
    "": ("cannot be read: it is damaged, or no DuckDB file", "copy or write it again"),
}
SQLITE_FAULTS = {
    "interrupt": SLOW,
    "too big": (f"has a cell of more than {LONGEST_CELL} letters", "shorten it"),
    "": ("cannot be read: it is damaged, encrypted, or no SQLite file", "copy or write it again"),
}
Loader = Callable[[Any, str, str, list[Problem]], pl.DataFrame | None]


def read_duckdb(path: Path, problems: list[Problem]) -> Source:
    """Find the tables of a DuckDB file. Raises UsageError where it holds no case."""
    library("duckdb", "duckdb", "reading a DuckDB file")
    return _read(path, problems, _open_duckdb, _duckdb_tables, _load_duckdb)


def read_sqlite(path: Path, problems: list[Problem]) -> Source:
    """Find the tables of a SQLite file. Raises UsageError where it holds no case."""
    return _read(path, problems, _open_sqlite, _sqlite_tables, _load_sqlite)


def _read(path: Path, problems: list[Problem], opening: Any, listing: Any, loader: Loader) -> Source:  # noqa: ANN401
    """Read the settings, and find the tables, of a database."""
    places = Places(f"{path.name} ", "table {}", f"table {CASE}")
    beside = [Path(f"{path}{end}") for end in (".wal", "-wal", "-journal")]
    journal = next((file for file in beside if file.exists() and file.stat().st_size), None)
    if journal is not None:
        rule = f"has changes that are not in it yet ({journal.name})"
        problems.append(Problem(path.name, None, None, "the database", rule, "close the program that writes it"))
        return Source(places)
    try:
        with opening(path) as connection:
            names, refused = listing(connection)
            if CASE not in names | refused.keys():
                raise UsageError(f"{path} is not a case: it has no table {CASE} with columns {SETTING} and {VALUE}")
            places_of = {name: f"{path.name} table {name}" for name in refused if not name.startswith(OWN)}
            problems += [Problem(place, None, None, "the table", *refused[name]) for name, place in places_of.items()]
            place = places.home + places.settings
            frame = loader(connection, CASE, place, problems) if CASE in names else None
    except _Unreadable as error:
        problems.append(Problem(path.name, None, None, "the database", *error.args))
        return Source(places)
    settings, rows = ({}, {}) if frame is None else read_settings(frame, place, problems)
    places = Places(places.home, places.table, places.settings, rows)
    tables = sorted(name for name in names if name != CASE and not name.startswith(OWN))
    return Source(places, settings, None, _found(path, tables, places, opening, loader), tuple(n for n in names if n.startswith(OWN)))


def _found(path: Path, names: list[str], places: Places, opening: Any, loader: Loader) -> Iterator[Found]:  # noqa: ANN401
    with opening(path) as connection:
        for name in names:
            place = places.home + places.table.format(name)
            yield Found(name, place, lambda problems, name=name, place=place: _loaded(loader, connection, name, place, problems))  # type: ignore[misc]


def _loaded(loader: Loader, connection: Any, name: str, place: str, problems: list[Problem]) -> pl.DataFrame | None:  # noqa: ANN401
    try:
        return loader(connection, name, place, problems)
    except _Unreadable as error:
        problems.append(Problem(place, None, None, "the table", *error.args))
        return None


class _Unreadable(Exception):  # noqa: N818  (it never leaves this module)
    """What is wrong with a database, and the remedy."""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _open_duckdb(path: Path) -> Iterator[Any]:
    duckdb = library("duckdb", "duckdb", "reading a DuckDB file")
    with _duckdb_errors(), duckdb.connect(str(path), read_only=True, config=GUARDS) as connection:
        connection.execute("SET enable_progress_bar = false; SET lock_configuration = true")
        yield connection


@contextmanager
def _duckdb_errors() -> Iterator[None]:
    """Turn what DuckDB, or a table made of its answer, says of a file into one kind of error."""
    duckdb = library("duckdb", "duckdb", "reading a DuckDB file")
    try:
        yield
    except duckdb.Error as error:
        text = str(error).lower()
        found = next((why for word, why in DUCKDB_FAULTS.items() if word in text), DUCKDB_FAULTS[""])
        raise _Unreadable(*found) from error
    except (UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        raise _Unreadable(*DUCKDB_FAULTS[""]) from error


@contextmanager
def _in_time(connection: Any) -> Iterator[None]:  # noqa: ANN401  (a connection of either library)
    """Interrupt what takes too long."""
    timer = threading.Timer(SECONDS, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _duckdb_tables(connection: Any) -> tuple[set[str], dict[str, tuple[str, str]]]:  # noqa: ANN401
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal AND schema_name = 'main'").fetchall()
    views = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'").fetchall()
    return {name for (name,) in tables}, {name: VIEW for (name,) in views}


def _load_duckdb(connection: Any, name: str, place: str, problems: list[Problem]) -> pl.DataFrame | None:  # noqa: ANN401
    sql = "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = ? ORDER BY column_index"
    columns = connection.execute(sql, [name]).fetchall()
    odd = [
        (column, kind)
        for column, kind in columns
        if not (kind.startswith(SCALARS) or kind.endswith(("INT", "INTEGER"))) or kind.endswith("]")
    ]
    for column, kind in odd:
        problems.append(Problem(place, None, column, f"cells of kind {kind}", "cannot be read", "write text or numbers"))
    read = [(column, kind) for column, kind in columns if (column, kind) not in odd]
    texts = " + ".join(f"coalesce(sum(strlen({_quoted(column)})), 0)" for column, kind in read if kind == "VARCHAR") or "0"
    with _duckdb_errors(), _in_time(connection):
        ((rows, size),) = connection.execute(f"SELECT count(*), {texts} FROM main.{_quoted(name)}").fetchall()  # noqa: S608
        if _too_large(rows * len(columns), int(size), place, problems) or not read:
            return None
        cells = ", ".join(_quoted(column) for column, _ in read)
        frame = pl.DataFrame(connection.sql(f"SELECT {cells} FROM main.{_quoted(name)}"))  # noqa: S608
    return numbered(frame, 1)


def _too_large(cells: int, size: int, place: str, problems: list[Problem]) -> bool:
    if cells <= MOST_CELLS and size <= MOST_BYTES:
        return False
    rule = f"is larger than {MOST_BYTES >> 20} MB of text or {MOST_CELLS} cells"
    problems.append(Problem(place, None, None, "the table", rule, "leave out what is not needed"))
    return True


@contextmanager
def _open_sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with _sqlite_errors(), closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_CELL)
        connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY)
        yield connection


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    """Turn what SQLite says of a file into one kind of error."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        text = str(error)
        found = next((why for word, why in SQLITE_FAULTS.items() if word in text), SQLITE_FAULTS[""])
        raise _Unreadable(*found) from error


def _sqlite_tables(connection: sqlite3.Connection) -> tuple[set[str], dict[str, tuple[str, str]]]:
    names, refused = set(), {}
    for kind, name, text in connection.execute("SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'view')").fetchall():
        if name.startswith("sqlite_"):
            continue
        if kind == "view":
            refused[name] = VIEW
        elif str(text).lstrip().upper().startswith("CREATE VIRTUAL"):
            refused[name] = ("is a virtual table", "write it as a plain table")
        else:
            names.add(name)
    return names, refused


def _load_sqlite(connection: sqlite3.Connection, name: str, place: str, problems: list[Problem]) -> pl.DataFrame | None:
    with _sqlite_errors(), _in_time(connection):
        info = connection.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
        generated, columns = [row[1] for row in info if row[6]], [row[1] for row in info if not row[6]]
        rule = "is generated by an expression"
        problems += [Problem(place, None, column, "the column", rule, "write its values") for column in generated]
        if not columns:
            return None
        cells = ", ".join(map(_quoted, columns))
        cursor = connection.execute(f"SELECT {cells} FROM main.{_quoted(name)}{_in_order(connection, name)}")  # noqa: S608
        rows = cursor.fetchmany(MOST_CELLS // len(columns) + 1)
    if _too_large(len(rows) * len(columns), 0, place, problems):
        return None
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    frame = pl.DataFrame([_column(column, held, place, problems) for column, held in zip(columns, values, strict=True)])
    return numbered(frame, 1)


def _in_order(connection: sqlite3.Connection, name: str) -> str:
    """Return the clause that keeps rows in the order in which they were written: an index could give them in another."""
    listed = connection.execute(f"PRAGMA main.table_list({_quoted(name)})").fetchall()
    without_rowid = any(row[4] for row in listed)
    return "" if without_rowid else " ORDER BY rowid"


def _column(name: str, cells: tuple[Any, ...], place: str, problems: list[Problem]) -> pl.Series:
    """Return the cells of one column of SQLite, where each may be of a kind of its own."""
    row = next((row for row, cell in enumerate(cells, start=1) if isinstance(cell, bytes)), None)
    if row is None:
        return series_of(name, cells)
    problems.append(Problem(place, row, name, "a BLOB", "cannot be read", "write text or numbers"))
    return pl.Series(name, [None] * len(cells), pl.String)


def write_duckdb(content: Content, target: Path) -> None:
    """Write a case as a DuckDB file."""
    duckdb = library("duckdb", "duckdb", "writing a DuckDB file")
    with new_file(target) as part, tempfile.TemporaryDirectory() as folder, duckdb.connect(str(part)) as connection:
        for name, frame in _all_tables(content):
            cells = frame if name == CASE else starred(frame, name)
            path = Path(folder) / "table.parquet"
            cells.write_parquet(path)
            connection.execute(f"CREATE TABLE {_quoted(name)} AS SELECT * FROM read_parquet(?)", [str(path)])  # noqa: S608
        connection.execute("CHECKPOINT")


def write_sqlite(content: Content, target: Path) -> None:
    """Write a case as a SQLite file; yes and no as words."""
    with new_file(target) as part, closing(sqlite3.connect(part)) as connection:
        for name, frame in _all_tables(content):
            cells = frame if name == CASE else written(frame, name)
            columns = [f"{_quoted(column)} {'REAL' if kind == pl.Float64 else 'TEXT'}" for column, kind in cells.schema.items()]
            connection.execute(f"CREATE TABLE {_quoted(name)} ({', '.join(columns)})")
            places = ", ".join("?" * cells.width)
            # SQLite has no NaN: it would store a blank.
            rows = (tuple("nan" if cell != cell else cell for cell in row) for row in cells.iter_rows())  # noqa: PLR0124
            connection.executemany(f"INSERT INTO {_quoted(name)} VALUES ({places})", rows)  # noqa: S608
        connection.commit()


def _all_tables(content: Content) -> Iterator[tuple[str, pl.DataFrame]]:
    yield CASE, pl.DataFrame(list(settings_rows(content.settings)), {SETTING: pl.String, VALUE: pl.String}, orient="row")
    yield from content.frames.items()
