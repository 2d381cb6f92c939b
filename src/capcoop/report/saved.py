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
from capcoop.plan.saved import OUTCOME, DamagedError, read_note, read_table, unfinished

REQUEST = "request.json"
COMPARED = ("builds", "balances", "prices", "costs")
SHOWN_LETTERS = 200


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
        raise UsageError(f"{printable(str(place))} is not a run of capcoop plan, or one that was broken off at once: it has no {OUTCOME}")
    request: dict[str, Any] = {}
    outcome: dict[str, Any] = {}
    try:
        outcome = read_note(place, OUTCOME)
        why = unfinished(outcome)
        request = read_note(place, REQUEST)
        tables = {} if why else {name: read_table(place, name) for name in COMPARED}
    except DamagedError as damage:
        why, tables = str(damage), {}
    return SavedRun(place, request, outcome, tables, cell(why))
