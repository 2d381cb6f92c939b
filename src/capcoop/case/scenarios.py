"""Named scenarios: a list of changed cells laid over what was read. Nothing is written back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import polars as pl

from capcoop.case.read import ROW, Raw, cells_of, typed
from capcoop.case.settings import Settings, Solver
from capcoop.errors import Problem, UsageError, suggestion
from capcoop.schema import ANY, TABLES, Table

CASE = "case"
DROP = "drop"
SETTING = re.compile(r"\s*(?P<column>[\w.]+)\s*=(?P<value>.*)")
CELL = re.compile(r"\s*(?P<table>\w+)\s*/(?P<key>.*?)/\s*(?P<column>\w+)\s*=(?P<value>.*)")
FILE = "changes.csv"


def scenario_names(raw: Raw) -> list[str]:
    """Return the names of the scenarios of a case, in the order of their first row."""
    frame = raw.frames.get("changes")
    return [] if frame is None else frame.get_column("scenario").drop_nulls().unique(maintain_order=True).to_list()


def scenario_changes(raw: Raw, scenario: str) -> pl.DataFrame:
    """Return the changes of one scenario: _row, table, key, column, value."""
    names = scenario_names(raw)
    if scenario not in names:
        hint = suggestion(scenario, names) or "the case has no scenarios"
        raise UsageError(f"scenario '{scenario}' is not in {FILE}; {hint}")
    return raw.frames["changes"].filter(pl.col("scenario") == scenario).select(ROW, "table", "key", "column", "value")


def parse_sets(texts: Sequence[str]) -> pl.DataFrame:
    """Turn `discount_rate=0.08` and `needs/almaty;cement/quantity=500` into changes.

    Raises UsageError where a text has neither form.
    """
    rows: list[dict[str, Any]] = []
    for text in texts:
        found = SETTING.fullmatch(text) or CELL.fullmatch(text)
        if found is None or text != text.encode(errors="ignore").decode():
            raise UsageError(f"--set {text}: write SETTING=VALUE or TABLE/KEY/COLUMN=VALUE, such as needs/almaty;cement/quantity=500")
        cells = {name: (cell or "").strip() or None for name, cell in {"table": CASE, "key": "", **found.groupdict()}.items()}
        rows.append({ROW: 0, **cells})
    schema = {ROW: pl.Int64, "table": pl.String, "key": pl.String, "column": pl.String, "value": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def key_text(cells: Mapping[str, str | None]) -> str:
    """Write the key of a row as `--set` takes it: `*` for all, left out at the end."""
    words = [name or ANY for name in cells.values()]
    while len(words) > 1 and words[-1] == ANY:
        words.pop()
    return ";".join(words)


def apply_changes(raw: Raw, changes: pl.DataFrame, file: str = FILE) -> Raw:
    """Return what was read with the changes laid over it; a change that fits nothing is a problem."""
    out = replace(
        raw,
        settings=dict(raw.settings),
        frames=dict(raw.frames),
        files=dict(raw.files),
        problems=list(raw.problems),
        changed=dict(raw.changed),
    )
    for (table_name,), part in changes.group_by("table", maintain_order=True):
        if table_name == CASE:
            _change_settings(out, part, file)
        elif table_name in TABLES and table_name not in {"changes", "limit_terms"}:
            _change_table(out, TABLES[str(table_name)], part, file)
        else:
            found = str(table_name)
            rule = "has no key, so it cannot be changed" if found == "limit_terms" else "is not a table that can be changed"
            hint = "" if found in TABLES else suggestion(found, [CASE, *TABLES])
            out.problems.append(_fault(file, part[ROW][0], "table", f"'{found}'", rule, hint))
    return out


def _fault(file: str, row: int, column: str, found: str, rule: str, remedy: str) -> Problem:
    """Return a problem with a part of a change; what is no file has no columns."""
    return Problem(file, row or None, column if file == FILE else None, found, rule, remedy)


def _change_settings(raw: Raw, part: pl.DataFrame, file: str) -> None:
    for row, column, text in part.select(ROW, "column", "value").iter_rows():
        group, _, name = str(column).rpartition(".")
        group = "solver" if not group and name in Solver.model_fields and name not in Settings.model_fields else group
        if (group == "solver" and name in Solver.model_fields) or (group == "exchange_rates" and name):
            held = raw.settings.get(group, {})
            raw.settings[group] = {**held, name: text} if isinstance(held, dict) else held
            raw.changed[f"{group}.{name}"] = (file, row or None)
        elif column in Settings.model_fields and column not in {"solver", "parties", "exchange_rates"}:
            raw.settings[column] = text
            raw.changed[column] = (file, row or None)
        else:
            hint = suggestion(str(column), [*Settings.model_fields, *Solver.model_fields])
            raw.problems.append(_fault(file, row, "column", f"'{column}'", "is not a setting", hint))


def _change_table(raw: Raw, table: Table, part: pl.DataFrame, file: str) -> None:
    frame = raw.frames.get(table.name)
    if frame is None:
        frame = typed(table, pl.DataFrame({ROW: []}, schema={ROW: pl.Int64}).with_columns(*_blank_keys(table)), table.name, [])
    raw.files.setdefault(table.name, f"{table.name}.csv")
    part = part.with_columns(key=normal_keys(table, part.get_column("key")))
    long = pl.col("key").str.count_matches(";") >= max(len(table.keys), 1)
    for row, key in part.filter(long).select(ROW, "key").iter_rows():
        rule = f"has more cells than the key of {table.name}: " + ";".join(table.keys)
        raw.problems.append(_fault(file, row, "key", f"'{key}'", rule, "leave out what is too much"))
    part = part.filter(~long)
    if file == FILE:
        for row, key in part.filter(~pl.struct("key", "column").is_first_distinct()).select(ROW, "key").iter_rows():
            raw.problems.append(_fault(file, row, "key", f"'{key}'", "changes this column twice", "keep one of the two changes"))
    known = {column.name: column for column in table if not column.key}
    for row, column_name in part.filter(~pl.col("column").is_in([*known, DROP])).select(ROW, "column").iter_rows():
        raw.problems.append(
            _fault(file, row, "column", f"'{column_name}'", f"is not a column of {table.name}", suggestion(str(column_name), known))
        )
    dropped = part.filter(pl.col("column") == DROP)
    frame = frame.with_columns(_key=key_texts(table, frame))
    there = frame.get_column("_key").to_list()
    for row, key in dropped.filter(~pl.col("key").is_in(there)).select(ROW, "key").iter_rows():
        rule = f"is the key of no row of {table.name}, so that nothing can be dropped"
        raw.problems.append(_fault(file, row, "key", f"'{key}'", rule, suggestion(key, there)))
    frame = frame.filter(~pl.col("_key").is_in(dropped.get_column("key").to_list()))
    part = part.filter(pl.col("column").is_in(list(known)))
    frame = pl.concat([frame, _new_rows(table, frame, part, raw, file)])
    for (column_name,), cells in part.group_by("column", maintain_order=True):
        column = known[str(column_name)]
        values = cells_of(column, cells.get_column("value"), cells.get_column(ROW), file, raw.problems)
        readable = values.is_not_null() | cells.get_column("value").is_null()  # what cannot be read is told, and changes nothing
        change = pl.DataFrame({"_key": cells.get_column("key"), "_new": values, "_changed": readable}).unique("_key", keep="last")
        frame = frame.join(change, on="_key", how="left", maintain_order="left")
        frame = frame.with_columns(pl.when(pl.col("_changed")).then("_new").otherwise(column.name).alias(column.name)).drop(
            "_new", "_changed"
        )
    raw.frames[table.name] = frame.drop("_key")


def _blank_keys(table: Table) -> list[pl.Expr]:
    return [pl.lit(None, pl.String).alias(column.name) for column in table if column.required]


def _number_text(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError:
        return text


def normal_keys(table: Table, keys: pl.Series) -> pl.Series:
    """Return keys as `key_texts` writes them: blank cells as `*`, all cells there, numbers in one form."""
    numeric = [table[key].kind == "number" for key in table.keys]

    def normal(text: str | None) -> str:
        cells = [cell.strip() or ANY for cell in (text or "").split(";")]
        cells += [ANY] * (len(numeric) - len(cells))
        return ";".join(_number_text(cell) if is_number else cell for cell, is_number in zip_longest(cells, numeric))

    return pl.Series("key", [normal(text) for text in keys.to_list()], pl.String)


def key_texts(table: Table, frame: pl.DataFrame) -> pl.Series:
    """Return the key of each row: its key cells joined by `;`, blank ones as `*`."""
    numeric = [key for key in table.keys if table[key].kind == "number"]
    texts = frame.select(table.keys).with_columns(
        *(pl.Series(key, [None if v is None else repr(v) for v in frame.get_column(key).to_list()], pl.String) for key in numeric)
    )
    return texts.select(_key=pl.concat_str(pl.all().fill_null(ANY), separator=";")).to_series()


def _new_rows(table: Table, frame: pl.DataFrame, part: pl.DataFrame, raw: Raw, file: str) -> pl.DataFrame:
    """Return a row for each changed key that the table does not hold yet (its number: minus that of the change)."""
    added = part.filter(~pl.col("key").is_in(frame.get_column("_key").to_list())).unique("key", keep="first", maintain_order=True)
    cells = added.get_column("key").str.split(";")
    keys = {key: cells.list.get(i, null_on_oob=True).replace("*", None) for i, key in enumerate(table.keys)}
    blank = {column.name: pl.Series([None] * added.height, dtype=pl.String) for column in table if column.name not in keys}
    rows = typed(table, pl.DataFrame({ROW: -added.get_column(ROW), **keys, **blank}), file, raw.problems)
    return rows.with_columns(_key=added.get_column("key"))
