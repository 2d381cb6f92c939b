"""What must hold in every table, told from the schema alone: required cells, bounds, choices, names, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from capcoop.case.case import Case
from capcoop.case.places import Mask
from capcoop.case.read import ROW
from capcoop.errors import Problem, suggestion
from capcoop.schema import ANY, HORIZON, SETS, TABLES, Column, Table

SHOWN_PER_RULE = 20
PROSE = ("source", "note")
Frames = Mapping[str, pl.DataFrame]


class Place:
    """Where a row came from: its own file, or changes.csv for rows that a scenario adds."""

    def __init__(self, files: Mapping[str, str], table: str) -> None:
        """Remember the file of the table."""
        self.file = files.get(table, f"{table}.csv")

    def where(self, row: int) -> str:
        """Return the place of a row in words: `needs.csv row 3`."""
        problem = self.problem(row, None, "", "")
        return problem.file if problem.row is None else f"{problem.file} row {problem.row}"

    def more(self, rows: pl.Series, column: str | None) -> Iterator[Problem]:
        """Yield a problem that counts the rows which break a rule beyond those that are shown."""
        if len(rows) > SHOWN_PER_RULE:
            count = len(rows) - SHOWN_PER_RULE
            rule = "breaks the same rule" if count == 1 else "break the same rule"
            yield self.problem(rows[SHOWN_PER_RULE], column, f"{count} more row{'s' if count > 1 else ''}", rule)

    def problem(self, row: int | None, column: str | None, found: str, rule: str, remedy: str = "") -> Problem:
        """Return a problem of a row; negative rows are those of changes.csv, 0 is the command line."""
        if row is not None and row <= 0:
            return Problem("changes.csv" if row else "--set", -row or None, column, found, rule, remedy)
        return Problem(self.file, row, column, found, rule, remedy)


def known_names(frames: Frames) -> dict[str, list[str]]:
    """Return the names that may be referred to, by set."""
    names = {table: frames[table].get_column(key).drop_nulls().unique(maintain_order=True).to_list() for key, table in SETS.items()}
    names["countries"] = frames["sites"].get_column("country").drop_nulls().unique(maintain_order=True).to_list()
    names["modes"] = frames["channels"].get_column("mode").drop_nulls().unique(maintain_order=True).to_list()
    return names


@dataclass(frozen=True)
class Fault:
    """Rows of a table that break a rule: a mask over its rows, or None where the table as a whole does.

    found : what was found, where it is not the cell itself.
    """

    table: str
    column: str | None
    wrong: Mask | None
    rule: str
    remedy: str
    found: str = ""


Rule = Callable[[Case], Iterator[Fault]]


@dataclass(frozen=True)
class Suspicion:
    """A rule of one column: the cells that break it, and what is told of one: (found, rule, remedy)."""

    column: str
    wrong: pl.Expr
    tell: Callable[[Any], tuple[str, str, str]]


def check_tables(frames: Frames, files: Mapping[str, str]) -> Iterator[Problem]:
    """Yield every fault that the schema alone can tell."""
    names = known_names(frames)
    for name, table in TABLES.items():
        frame = frames[name]
        place = Place(files, name)
        if frame.is_empty():
            continue
        columns = [column for column in table if column.required or frame.get_column(column.name).null_count() < frame.height]
        suspicions = [suspicion for column in columns for suspicion in _suspicions(table, column, names)]
        met = frame.select(suspicion.wrong.any().alias(str(i)) for i, suspicion in enumerate(suspicions)).row(0) if suspicions else ()
        for suspicion, wrong in zip(suspicions, met, strict=True):
            if wrong:
                cells = frame.filter(suspicion.wrong).select(ROW, suspicion.column)
                for row, found in cells.head(SHOWN_PER_RULE).rows():
                    yield place.problem(row, suspicion.column, *suspicion.tell(found))
                yield from place.more(cells.get_column(ROW), suspicion.column)
        yield from _check_keys(frame, table, place)


def _suspicions(table: Table, column: Column, names: Mapping[str, list[str]]) -> Iterator[Suspicion]:
    """Yield the rules of a column."""
    cell, sentence = pl.col(column.name), column.sentence[0].lower() + column.sentence[1:]
    if column.required:
        yield Suspicion(column.name, cell.is_null(), lambda _: ("a blank", "is not allowed here", f"fill in: {sentence}"))
    if column.kind == "name" or (column.kind == "text" and column.name not in PROSE):
        rule, remedy = "holds characters that cannot be shown", "type the name again"
        yield Suspicion(column.name, cell.str.contains(r"\p{C}"), lambda found: (f"{found!r}", rule, remedy))
    if column.name == table.names:
        yield Suspicion(column.name, cell == ANY, lambda _: (f"'{ANY}'", "stands for all and cannot be a name", "choose another name"))
    if column.kind == "number":
        yield from _number_suspicions(column)
    if column.kind == "choice":
        choices = column.choices
        yield Suspicion(
            column.name, ~cell.is_in(list(choices)), lambda found: (f"'{found}'", "is not allowed here", suggestion(found, choices))
        )
    if column.refers:
        yield _reference_suspicion(table, column, names)


def number_faults(column: Column, values: pl.Series) -> Iterator[tuple[str, str, str]]:
    """Yield (found, rule, remedy) for each rule of a column of numbers that one of the values breaks; blanks break none."""
    cells = pl.DataFrame({column.name: values})
    for suspicion in _number_suspicions(column):
        wrong = cells.filter(suspicion.wrong).get_column(column.name)
        if len(wrong):
            yield suspicion.tell(wrong[0])


def _number_suspicions(column: Column) -> Iterator[Suspicion]:
    cell = pl.col(column.name)
    unknown = "write a number" if column.required else "leave the cell blank if the figure is unknown"
    endless = cell.is_nan() | (cell.is_infinite() & ~(pl.lit(column.infinite) & (cell > 0)))
    yield Suspicion(column.name, endless, lambda found: (f"{found}", "is not a finite number", unknown))
    if column.lower is not None:
        below = cell <= column.lower if column.above else cell < column.lower
        least = f"must be {'above' if column.above else 'at least'} {column.lower:g}"
        yield Suspicion(column.name, below & cell.is_finite(), lambda found: (f"{found:g}", least, ""))
    if column.upper is not None:
        most, share = f"must be at most {column.upper:g}", "write 40 % as 0.4" if column.upper == 1 else ""
        yield Suspicion(column.name, (cell > column.upper) & cell.is_finite(), lambda found: (f"{found:g}", most, share))


def _reference_suspicion(table: Table, column: Column, names: Mapping[str, list[str]]) -> Suspicion:
    allowed = [name for refers in column.refers for name in names[refers]]
    if table.name == "limits" and column.name == "period":
        allowed = [*allowed, HORIZON]
    where = " or ".join(column.refers)

    def tell(found: str) -> tuple[str, str, str]:
        if found == ANY:
            return f"'{found}'", "cannot stand here", "name one"
        return f"'{found}'", f"is not in {where}", suggestion(found, allowed) or ("name it there" if allowed else "there are none")

    return Suspicion(column.name, ~pl.col(column.name).is_in(allowed), tell)


def _check_keys(frame: pl.DataFrame, table: Table, place: Place) -> Iterator[Problem]:
    if not table.keys or frame.height < 2:
        return
    complete = frame.drop_nulls([key for key in table.keys if table[key].required])
    texts = pl.concat_str([pl.col(key).cast(pl.String).fill_null("*") for key in table.keys], separator=";")
    twice = complete.with_columns(_key=texts, _first=pl.col(ROW).first().over(list(table.keys))).filter(pl.col("_first") != pl.col(ROW))
    for row, first, key in twice.select(ROW, "_first", "_key").head(SHOWN_PER_RULE).rows():
        yield place.problem(row, None, f"key '{key}'", f"is there already in row {abs(first)}", "keep one of the two rows")
    yield from place.more(twice.get_column(ROW), None)
