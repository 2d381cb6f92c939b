"""A run folder read again with care: whatever is wrong with it ends in one sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.errors import UsageError, printable
from capcoop.plan.tables import schema_of

REQUEST, OUTCOME, TABLES = "request.json", "outcome.json", "tables"
COMPARED = ("builds", "balances", "prices", "costs")
# A file beyond these is not one that a run wrote.
LARGEST_NOTE = 16 * 2**20
MOST_ROWS = 10_000_000
SHOWN_LETTERS = 200


class _DamagedError(Exception):
    """A file of a run that cannot be used; the message is the predicate of a sentence."""


@dataclass(frozen=True, eq=False)
class SavedRun:
    """What a run folder says.

    request, outcome : what was asked and what came of it, plain values. tables : those of `COMPARED`; none where there is no plan.
    why : why there is no plan to compare, as the rest of a sentence that begins with the run; empty where there is one.
    """

    folder: Path
    request: Mapping[str, Any]
    outcome: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame]
    why: str = ""

    @property
    def scenario(self) -> str:
        """The scenario that was planned; empty for the case itself."""
        return cell(self.request.get("scenario") or "")

    @property
    def case(self) -> str:
        """The name of the case, without its scenario."""
        return cell(self.outcome.get("case", "")).removesuffix(f"@{self.scenario}")

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings of the case as they were planned with."""
        found = self.request.get("settings")
        return found if isinstance(found, dict) else {}

    @property
    def money(self) -> str:
        """The money of its costs and prices, with its year where the case states one."""
        year = self.settings.get("price_year")
        return cell(self.outcome.get("currency", "money")) + (f" of {cell(year)}" if year is not None else "")

    def figure(self, name: str) -> float | None:
        """Return a figure of the outcome; None where there is none."""
        value = self.outcome.get(name)
        return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def words(value: Any) -> str:  # noqa: ANN401  (any plain value)
    """Write a plain value on one line, with nothing that a terminal would obey."""
    return printable(value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False))


def cell(value: Any) -> str:  # noqa: ANN401  (any plain value)
    """Write a plain value for people: as `words` does, and not too long."""
    text = words(value)
    return text if len(text) <= SHOWN_LETTERS else text[: SHOWN_LETTERS - 1] + "…"


def read_run(folder: str | Path) -> SavedRun:
    """Read a run folder. Raises UsageError where it is none; a run without a plan, or a damaged one, says so in `why`."""
    place = Path(folder)
    if not (place / REQUEST).is_file() and not (place / OUTCOME).is_file():
        raise UsageError(f"{printable(str(place))} is not a run of capcoop plan: it has no {REQUEST}")
    request: dict[str, Any] = {}
    outcome: dict[str, Any] = {}
    try:
        request, outcome = _note(place, REQUEST), _note(place, OUTCOME)
        why = _unfinished(outcome)
        if why:
            return SavedRun(place, request, outcome, {}, why)
        return SavedRun(place, request, outcome, {name: _table(place, name) for name in COMPARED})
    except _DamagedError as damage:
        return SavedRun(place, request, outcome, {}, str(damage))


def _unfinished(outcome: Mapping[str, Any]) -> str:
    status = outcome.get("status")
    if status == "running":
        return "is not finished: it is still running, or was broken off"
    if status == "failed":
        return f"has no plan: {cell(outcome.get('reason', 'it failed'))}"
    try:
        known = math.isfinite(outcome["objective"])
    except (KeyError, TypeError, OverflowError):
        known = False
    return "" if known and isinstance(status, str) else f"is damaged: {OUTCOME} states no status and objective"


def _own_file(folder: Path, name: str) -> Path:
    """Return a file of the run; it must be an ordinary file inside the folder."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _DamagedError(f"is damaged: {name} is a link out of the folder")
    if not path.is_file():
        raise _DamagedError(f"is not complete: {name} is missing")
    return path


def _note(folder: Path, name: str) -> dict[str, Any]:
    path = _own_file(folder, name)
    if path.stat().st_size > LARGEST_NOTE:
        raise _DamagedError(f"is damaged: {name} is far too large")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise _DamagedError(f"is damaged: {name} cannot be read as JSON") from None
    if not isinstance(values, dict):
        raise _DamagedError(f"is damaged: {name} holds no object")
    return values


def _table(folder: Path, table: str) -> pl.DataFrame:
    """Read one table of a plan, with exactly its columns."""
    name = f"{TABLES}/{table}.parquet"
    path = _own_file(folder, name)
    wanted = schema_of(table)
    try:
        found = pl.read_parquet_schema(path)
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        rows = frame.select(pl.len()).collect().item()
        lacking = [column for column, kind in wanted.items() if found.get(column) != kind]
        if rows <= MOST_ROWS and not lacking:
            return frame.select(list(wanted)).collect()
    except (Exception, pl.exceptions.PanicException):  # noqa: BLE001  (a damaged file raises many kinds of error)
        raise _DamagedError(f"is damaged: {name} cannot be read as Parquet") from None
    if rows > MOST_ROWS:
        raise _DamagedError(f"is damaged: {name} is far too large")
    kind = "text" if wanted[lacking[0]] == pl.String else "figures"
    raise _DamagedError(f"is damaged: {name} has no column {lacking[0]} of {kind}")
