"""What must hold in every table, told from the schema alone: required cells, bounds, choices, names, keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

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


def check_tables(frames: Frames, files: Mapping[str, str]) -> Iterator[Problem]:
    """Yield every fault that the schema alone can tell."""
    names = known_names(frames)
    for name, table in TABLES.items():
        frame = frames[name]
        place = Place(files, name)
        if frame.is_empty():
            continue
        for column in table:
            yield from _check_required(frame, column, place)
            if column.kind == "name" or (column.kind == "text" and column.name not in PROSE):
                yield from _check_letters(frame, column, place)
            if column.name == table.names:
                for row, _ in _first(frame, pl.col(column.name) == ANY, column.name):
                    yield place.problem(row, column.name, f"'{ANY}'", "stands for all and cannot be a name", "choose another name")
            if column.kind == "number":
                yield from _check_bounds(frame, column, place)
            if column.kind == "choice":
                yield from _check_choices(frame, column, place)
            if column.refers:
                yield from _check_references(frame, table, column, names, place)
        yield from _check_keys(frame, table, place)


def _first(frame: pl.DataFrame, wrong: pl.Expr, column: str) -> list[tuple[int, object]]:
    return frame.filter(wrong).select(ROW, column).head(SHOWN_PER_RULE).rows()


def _check_required(frame: pl.DataFrame, column: Column, place: Place) -> Iterator[Problem]:
    if column.required:
        for row, _ in _first(frame, pl.col(column.name).is_null(), column.name):
            yield place.problem(row, column.name, "a blank", "is not allowed here", column.sentence[0].lower() + column.sentence[1:])


def _check_letters(frame: pl.DataFrame, column: Column, place: Place) -> Iterator[Problem]:
    for row, found in _first(frame, pl.col(column.name).str.contains(r"\p{C}"), column.name):
        yield place.problem(row, column.name, f"{found!r}", "holds characters that cannot be shown", "type the name again")


def _check_bounds(frame: pl.DataFrame, column: Column, place: Place) -> Iterator[Problem]:
    cell = pl.col(column.name)
    remedy = "write a number" if column.required else "leave the cell blank if the figure is unknown"
    for row, found in _first(frame, cell.is_nan() | (cell.is_infinite() & ~(pl.lit(column.infinite) & (cell > 0))), column.name):
        yield place.problem(row, column.name, f"{found}", "is not a finite number", remedy)
    finite = ~cell.is_nan()
    if column.lower is not None:
        below = cell <= column.lower if column.above else cell < column.lower
        for row, found in _first(frame, finite & below & cell.is_finite(), column.name):
            yield place.problem(row, column.name, f"{found:g}", f"must be {'above' if column.above else 'at least'} {column.lower:g}")
    if column.upper is not None:
        for row, found in _first(frame, finite & (cell > column.upper) & cell.is_finite(), column.name):
            yield place.problem(
                row, column.name, f"{found:g}", f"must be at most {column.upper:g}", "write 40 % as 0.4" if column.upper == 1 else ""
            )


def _check_choices(frame: pl.DataFrame, column: Column, place: Place) -> Iterator[Problem]:
    for row, found in _first(frame, ~pl.col(column.name).is_in(list(column.choices)), column.name):
        yield place.problem(row, column.name, f"'{found}'", "is not allowed here", suggestion(str(found), column.choices))


def _check_references(frame: pl.DataFrame, table: Table, column: Column, names: Mapping[str, list[str]], place: Place) -> Iterator[Problem]:
    allowed = [name for refers in column.refers for name in names[refers]]
    if table.name == "limits" and column.name == "period":
        allowed = [*allowed, HORIZON]
    where = " or ".join(column.refers)
    for row, found in _first(frame, ~pl.col(column.name).is_in(allowed), column.name):
        remedy = suggestion(str(found), allowed) or ("name it there" if allowed else "there are none")
        rule, remedy = ("cannot stand here", "name one") if found == ANY else (f"is not in {where}", remedy)
        yield place.problem(row, column.name, f"'{found}'", rule, remedy)


def _check_keys(frame: pl.DataFrame, table: Table, place: Place) -> Iterator[Problem]:
    if not table.keys:
        return
    complete = frame.drop_nulls([key for key in table.keys if table[key].required])
    texts = pl.concat_str([pl.col(key).cast(pl.String).fill_null("*") for key in table.keys], separator=";")
    twice = complete.with_columns(_key=texts, _first=pl.col(ROW).first().over(list(table.keys))).filter(pl.col("_first") != pl.col(ROW))
    for row, first, key in twice.select(ROW, "_first", "_key").head(SHOWN_PER_RULE).rows():
        yield place.problem(row, None, f"key '{key}'", f"is there already in row {abs(first)}", "keep one of the two rows")
