"""Projects of the ledger as committed options of a case: what is decided already is built, whatever it costs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.case import Case, formats, read_case
from capcoop.case.formats import Content
from capcoop.case.read import ROW
from capcoop.case.settings import judge_settings
from capcoop.case.write import stated
from capcoop.errors import Problem, UsageError, printable, suggestion
from capcoop.ledger.database import Ledger
from capcoop.ledger.look import record_of
from capcoop.schema import TABLES

TABLE = "option_periods"
FORM = "write RECORD, RECORD=OPTION, RECORD=OPTION@PERIOD or RECORD=OPTION@PERIOD:AMOUNT"


@dataclass(frozen=True)
class Commitment:
    """So much of an option (builds where `counted`, else capacity) that is decided in a period because of a record."""

    record: str
    option: str
    period: str
    amount: float
    counted: bool
    source: str
    verified: bool


def commit_projects(ledger: Ledger, source: Path, target: Path, projects: Sequence[str]) -> list[str]:
    """Write a copy of a case in which `option_periods` asks for at least what the projects build. Return a sentence for each.

    Raises
    ------
    UsageError : a project, option or period is unknown, a project is stopped, or its date lies outside the case. CaseError : as
    `read_case`; also where the case contradicts itself with them.
    """
    case = read_case(source)
    asked = [_commitment(ledger, case, text) for text in projects]
    problems: list[Problem] = []
    origin = formats.find(source, problems)
    raw = formats.raw_of(origin, problems)
    settings, _ = judge_settings(raw.settings)
    frames = {name: frame.drop(ROW) for name, frame in raw.frames.items()}
    frames[TABLE] = _with(frames.get(TABLE), asked)
    content = Content(case.name, settings.model_dump(exclude_unset=True, exclude_none=True), stated(frames), origin.text)
    formats.write(content, target)
    read_case(target)
    return [f"{one.record}: {one.option} in {one.period}, at least {_size(one)}" for one in asked]


def _size(one: Commitment) -> str:
    if not one.counted:
        return f"{one.amount:g} of new capacity"
    return f"{one.amount:g} build{'s' if one.amount != 1 else ''}"


def _commitment(ledger: Ledger, case: Case, text: str) -> Commitment:
    name, equals, rest = text.partition("=")
    record = record_of(ledger, name.strip())
    if record["status"] == "stopped":
        raise UsageError(f"{printable(name)} is stopped, so that it is not committed; leave it out")
    planned: dict[str, Any] = json.loads(record["option"]) if record["option"] else {}
    rest, colon, amount = rest.partition(":")
    option, at, period = rest.partition("@")
    option = option.strip() or planned.get("option", "")
    if not option or (equals and not rest):
        raise UsageError(f"{printable(name)} names no option of the case; {FORM}")
    known = case.names["options"]
    if option not in known:
        raise UsageError(f"'{printable(option)}' is not an option of the case; {suggestion(option, known) or FORM}")
    counted = bool(case.counted[known.index(option)])
    chosen = _period(case, record, period if at else planned.get("period", "") if planned.get("option") == option else "")
    size = planned.get("builds" if counted else "new_capacity") if planned.get("option") == option else None
    return Commitment(
        record["record"],
        option,
        chosen,
        _amount(name, amount if colon else "", size, counted=counted),
        counted,
        record["source"],
        record["verified"],
    )


def _amount(name: str, text: str, planned: float | None, *, counted: bool) -> float:
    """Return how much is committed: what is asked, what was planned, one build; of capacity it must be said."""
    if text:
        try:
            amount = float(text)
        except ValueError:
            amount = -1.0
        if not 0 < amount < 1e12 or (counted and amount != round(amount)):
            raise UsageError(f"'{printable(text)}' is not an amount{' of whole builds' if counted else ''}; {FORM}")
        return amount
    if planned:
        return float(planned)
    if counted:
        return 1.0
    raise UsageError(f"{printable(name)} names no amount, and its option has no builds of a size; {FORM}")


def _period(case: Case, record: dict[str, Any], text: str) -> str:
    """Return the period named, else that of the record's date."""
    names = case.names["periods"]
    if text:
        if text not in names:
            raise UsageError(f"'{printable(text)}' is not a period of the case; {suggestion(text, names) or FORM}")
        return text
    name = printable(record["record"])
    if not record["date"]:
        raise UsageError(f"{name} has no date; name the period: {FORM}")
    year, times = int(record["date"][:4]), case.times
    if not times.start[0] <= year < times.end:
        span = f"{times.start[0]:g} to {times.end - 1:g}"
        raise UsageError(f"{name} is of {year}, and the case plans {span}; name the period if it is to be decided in one: {FORM}")
    return names[int((times.start <= year).sum()) - 1]


def _with(frame: pl.DataFrame | None, asked: Sequence[Commitment]) -> pl.DataFrame:
    """Return the table with the least builds or capacity of each option and period; what was asked there before counts too, if more."""
    sums: dict[tuple[str, str], dict[str, Any]] = {}
    for one in asked:
        row = sums.setdefault((one.option, one.period), {"amount": 0.0, "counted": one.counted, "names": [], "verified": True})
        row["amount"] += one.amount
        row["names"].append(one.record)
        row["verified"] = row["verified"] and one.verified
    rows = [
        {
            "option": option,
            "period": period,
            "minimum_builds" if row["counted"] else "minimum_new": row["amount"],
            "source": f"ledger: {', '.join(row['names'])}",
            "verified": row["verified"],
        }
        for (option, period), row in sums.items()
    ]
    empty = pl.DataFrame(schema={column.name: _KINDS[column.kind] for column in TABLES[TABLE]})
    before = (
        empty
        if frame is None
        else pl.concat([empty, frame.select(pl.col(name).cast(empty.schema[name]) for name in frame.columns)], how="diagonal")
    )
    _check_units(before, sums)
    added = pl.concat([empty, pl.DataFrame(rows)], how="diagonal_relaxed").select(empty.columns)
    both = pl.concat([before, added])
    least = [pl.col(name).max() for name in ("minimum_builds", "minimum_new")]
    other = [
        pl.col(name).drop_nulls().first()
        for name in empty.columns
        if name not in {"option", "period", "minimum_builds", "minimum_new", "source"}
    ]
    source = pl.col("source").drop_nulls().str.join(" | ").replace("", None)
    return both.group_by("option", "period", maintain_order=True).agg(*least, *other, source).select(empty.columns)


def _check_units(before: pl.DataFrame, sums: Mapping[tuple[str, str], Any]) -> None:
    """Refuse to add to a row that counts in a unit of its own."""
    for option, period in before.filter(pl.col("unit").is_not_null()).select("option", "period").iter_rows():
        if (option, period) in sums:
            place = f"the row of {printable(option)} in {printable(period)} in {TABLE} states a unit of its own"
            raise UsageError(f"{place}; state its figures in the unit of the option, and commit again")


_KINDS: dict[str, Any] = {"name": pl.String, "text": pl.String, "choice": pl.String, "number": pl.Float64, "flag": pl.Boolean}
