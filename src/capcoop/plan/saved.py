"""A saved plan read again with care: its files may be those of a run that was broken off, or of anyone."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.errors import UsageError, printable
from capcoop.parquet import TooLargeError, UnreadableError, read_parquet
from capcoop.plan.tables import PLAN_TABLES, Plan, schema_of

OUTCOME, TABLES = "outcome.json", "tables"
# A file beyond these is not one that a run wrote.
LARGEST_NOTE = 16 * 2**20
MOST_CELLS = 100_000_000


class DamagedError(Exception):
    """A file of a run that cannot be used; the message is the predicate of a sentence."""


def load_plan(folder: str | Path) -> Plan:
    """Load the plan of a run folder.

    Raises
    ------
    UsageError : the folder holds no complete run; in one sentence, whether it is still running, has failed, or is damaged.
    """
    run = Path(folder)
    try:
        outcome = read_note(run, OUTCOME)
        why = unfinished(outcome)
        tables = {} if why else {name: read_table(run, name) for name in PLAN_TABLES}
    except DamagedError as damage:
        why = str(damage)
    if why:
        raise UsageError(f"{printable(str(run))} {why}")
    return Plan(outcome, tables, run)


def unfinished(outcome: Mapping[str, Any]) -> str:
    """Return why an outcome is not that of a plan, as the predicate of a sentence; empty where it is."""
    status = outcome.get("status")
    if status == "running":
        return "is not finished: it is still running, or was broken off"
    if status == "failed":
        return f"has no plan: {printable(str(outcome.get('reason', 'it failed')))}"
    try:
        known = math.isfinite(outcome["objective"])
    except (KeyError, TypeError, OverflowError):
        known = False
    return "" if known and isinstance(status, str) else f"is damaged: {OUTCOME} states no status and objective"


def read_note(folder: Path, name: str) -> dict[str, Any]:
    """Read a JSON object of a run folder. Raises DamagedError."""
    path = own_file(folder, name)
    try:
        if path.stat().st_size > LARGEST_NOTE:
            raise DamagedError(f"is damaged: {name} is far too large")
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise DamagedError(f"is damaged: {name} cannot be read as JSON") from None
    if not isinstance(values, dict):
        raise DamagedError(f"is damaged: {name} holds no object")
    return values


def read_table(folder: Path, table: str, inner: str = TABLES) -> pl.DataFrame:
    """Read one table of a run's plan (or of its baseline), with exactly its columns. Raises DamagedError."""
    return read_columns(folder, f"{inner}/{table}.parquet", schema_of(table))


def read_columns(folder: Path, name: str, wanted: Mapping[str, Any]) -> pl.DataFrame:
    """Read a Parquet file of a run with exactly the columns that are wanted, of their kinds. Raises DamagedError."""
    path = own_file(folder, name)
    try:
        frame = read_parquet(path, MOST_CELLS)
    except UnreadableError:
        raise DamagedError(f"is damaged: {name} cannot be read as Parquet") from None
    except TooLargeError:
        raise DamagedError(f"is damaged: {name} is far too large") from None
    lacking = [column for column, kind in wanted.items() if frame.schema.get(column) != kind]
    if not lacking:
        return frame.select(list(wanted))
    kind = "text" if wanted[lacking[0]] == pl.String else "figures"
    raise DamagedError(f"is damaged: {name} has no column {lacking[0]} of {kind}")


def own_file(folder: Path, name: str) -> Path:
    """Return a file of the run; it must be an ordinary file inside the folder."""
    path = folder / name
    try:
        inside, there = path.resolve().is_relative_to(folder.resolve()), path.is_file()
    except (OSError, RuntimeError):  # links in a ring
        inside, there = False, True
    if not inside:
        raise DamagedError(f"is damaged: {name} is a link out of the folder")
    if not there:
        raise DamagedError(f"is not complete: {name} is missing")
    return path
