"""The seam between a format and a case: what was found, as untyped tables, and what is to be written.

A format is a module that turns a path into a `Source` and a `Content` into a file. All else (names of tables, types,
checks, scenarios, conversion) is the same for every format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.case.read import Places, Raw, typed
from capcoop.case.settings import FILE
from capcoop.errors import Problem, UsageError, suggestion
from capcoop.schema import ANY, TABLES

Load = Callable[[list[Problem]], pl.DataFrame | None]
OWN = "_"  # what begins so is the user's own, and no table of the case
GUIDE = "guide"
PACKAGE = "datapackage.json"
SETTING, VALUE, NOTE = "setting", "value", "note"
CASE = "case"
CHANGES = "changes.csv"


@dataclass(frozen=True)
class Found:
    """A table as it was found: its name, the place that problems name, and how to load it (None: it cannot be used)."""

    name: str
    place: str
    load: Load


@dataclass(frozen=True)
class Source:
    """A case as it was found.

    settings : plain values. text : case.toml as it stands, where there is one.
    tables : each table, loaded when it is asked for. left : what else is there, which is no part of the case.
    """

    places: Places
    settings: dict[str, Any] = field(default_factory=dict)
    text: str | None = None
    tables: Iterable[Found] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """A case as it is written: its name, settings (and their text, if it is to be kept), and tables without blank columns.

    settings : plain values of the right types. frames : table name -> typed columns of the schema, in its order.
    """

    name: str
    settings: Mapping[str, Any]
    frames: Mapping[str, pl.DataFrame]
    text: str | None = None


def raw_of(source: Source, problems: list[Problem]) -> Raw:
    """Return what was read, each table typed by the schema."""
    raw = Raw(settings=source.settings, problems=problems, places=source.places)
    for found in source.tables:
        if found.name not in TABLES:
            remedy = suggestion(found.name, TABLES) or "take it away, or begin its name with _: then it is not read"
            problems.append(Problem(found.place, None, None, f"'{found.name}'", "is not a table of a case", remedy))
        elif found.name in raw.files:
            there = raw.files[found.name]
            problems.append(Problem(found.place, None, None, "the table", f"is there twice, also as {there}", "keep one of them"))
        else:
            raw.files[found.name] = found.place
            frame = found.load(problems)
            if frame is not None:
                raw.frames[found.name] = typed(TABLES[found.name], frame, found.place, problems)
    return raw


FILE_NAME = re.compile(r"\b(" + "|".join(TABLES) + r")\.csv\b")


def told(problem: Problem, raw: Raw) -> Problem:
    """Return a problem in the words of the place that the case was read from: `sheet needs` for `needs.csv`, `--set` for a setting."""
    places = raw.places
    if problem.file == FILE and problem.column in raw.changed:
        file, row = raw.changed[problem.column]
        problem = replace(problem, file=file, row=row)
    if places == Places():
        return problem
    file, row, column = problem.file, problem.row, problem.column
    if file == FILE:
        file, row = places.home + places.settings, places.rows.get(column or "")
        if row is not None:
            column = VALUE if "is not a setting" not in problem.rule else SETTING
    elif known := FILE_NAME.fullmatch(file):
        file = raw.files.get(known[1], places.home + places.table.format(known[1]))
    remedy = problem.remedy
    if places.settings != FILE:
        remedy = remedy.replace(f"{FILE} under [exchange_rates]", f"{FILE}, as a setting like exchange_rates.EUR")
    rule, remedy = (
        FILE_NAME.sub(lambda name: places.table.format(name[1]), text).replace(FILE, places.settings) for text in (problem.rule, remedy)
    )
    return replace(problem, file=file, row=row, column=column, rule=rule, remedy=remedy)


def series_of(name: str, cells: Sequence[Any]) -> pl.Series:
    """Return a column of Python values: numbers where all are numbers, yes and no where all are, text otherwise."""
    kinds = {type(cell) for cell in cells} - {type(None)}
    if kinds <= {int, float}:
        return pl.Series(name, cells, pl.Float64, strict=False)
    if kinds == {bool}:
        return pl.Series(name, cells, pl.Boolean)
    if kinds == {str}:
        return pl.Series(name, cells, pl.String)
    return pl.Series(name, [cell if cell is None or isinstance(cell, str) else text_of(cell) for cell in cells], pl.String)


def text_of(cell: Any) -> str:  # noqa: ANN401  (any value of a cell)
    """Return a value as a user would type it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell).removesuffix(" 00:00:00")


def written(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return a frame as formats without types of their own hold it: flags as yes and no, blank keys that mean all as `*`."""
    flags = [
        pl.col(column).replace_strict([True, False], ["yes", "no"], return_dtype=pl.String)
        for column in frame.columns
        if frame.schema[column] == pl.Boolean
    ]
    return starred(frame, table).with_columns(*flags)


def starred(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return a frame with `*` in blank key cells that mean all: a row of blanks alone would be no row."""
    return frame.with_columns(pl.col(c.name).fill_null(ANY) for c in TABLES[table] if c.any and c.key and c.name in frame.columns)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Give a path beside a new file, which takes its name when all is written; nothing is left behind where that fails.

    Raises UsageError where the file is there already.
    """
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target} is there already; choose another name")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{target} cannot be made: {error.strerror}") from error
    part = target.with_name(f".{target.stem}.part{target.suffix}")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
