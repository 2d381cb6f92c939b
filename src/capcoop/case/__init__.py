"""From tables in any format to a frozen, checked `Case`, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from capcoop.case.case import Case
from capcoop.case.checks import check_tables
from capcoop.case.convert import convert
from capcoop.case.formats import read_raw, told
from capcoop.case.missing import check_needs
from capcoop.case.overridden import overridden_rows
from capcoop.case.paths import check_paths
from capcoop.case.read import ROW, Raw, absent
from capcoop.case.rules import check_rules, endless_gains, notes_of
from capcoop.case.scenarios import apply_changes, parse_sets, scenario_changes, scenario_names
from capcoop.case.settings import Settings, judge_settings
from capcoop.case.write import convert_case, name_of, write_case
from capcoop.errors import CaseError, Problem, in_order
from capcoop.schema import TABLES

__all__ = ["Case", "Judgement", "check_case", "convert_case", "judge_case", "read_case", "scenarios_of", "write_case"]


@dataclass(frozen=True)
class Judgement:
    """A case, and all that is to be said of it.

    case : None where its tables break a rule. problems : the rules that are broken. hopeless : why there can be no plan (needs that
    nothing can supply, sales that earn without end). notes : what is allowed but may be a slip (what nothing uses, or other rows override).
    """

    case: Case | None
    problems: tuple[Problem, ...]
    hopeless: tuple[Problem, ...]
    notes: tuple[Problem, ...]

    def sound(self, *, plannable: bool = True) -> Case:
        """Return the case. Raises CaseError with every problem (what is hopeless is one where it must be `plannable`)."""
        problems = (*self.problems, *(self.hopeless if plannable else ()))
        if problems or self.case is None:
            raise CaseError(problems)
        return self.case


def read_case(path: str | Path, scenario: str | None = None, sets: Sequence[str] = (), *, plannable: bool = True) -> Case:
    """Read a case, lay a scenario and single changes over it, and check it.

    Parameters
    ----------
    path : folder with case.toml and its tables, a zip file of one, an Excel workbook, a DuckDB or SQLite file.
    scenario : name of a scenario of changes.csv.
    sets : changes like `discount_rate=0.08` or `needs/almaty;cement/quantity=500`.
    plannable : refuse a case, too, of which it is plain that it has no plan; `explain` says more about such a case.

    Raises
    ------
    CaseError : with every problem of the case.
    UsageError : the path is no case, or has no such scenario.
    """
    return judge_case(path, scenario, sets).sound(plannable=plannable)


def check_case(path: str | Path, scenario: str | None = None, sets: Sequence[str] = ()) -> tuple[Case | None, list[Problem]]:
    """Return the case, or None and every problem found in it. Raises UsageError as `read_case` does."""
    found = judge_case(path, scenario, sets)
    problems = sorted((*found.problems, *found.hopeless), key=in_order)
    return (None if problems else found.case), problems


def raw_case(path: str | Path, scenario: str | None = None, sets: Sequence[str] = ()) -> tuple[Raw, str]:
    """Return the tables as they are written, scenario and single changes laid over them, and the name of the case; nothing is judged."""
    raw = read_raw(Path(path))
    name = name_of(Path(path))
    if scenario is not None:
        raw = apply_changes(raw, scenario_changes(raw, scenario))
        name = f"{name}@{scenario}"
    if sets:
        raw = apply_changes(raw, parse_sets(sets), "--set")
    return raw, name


def judge_case(path: str | Path, scenario: str | None = None, sets: Sequence[str] = ()) -> Judgement:
    """Read a case as `read_case` does, and judge it. Raises UsageError as `read_case` does."""
    raw, name = raw_case(path, scenario, sets)
    found = _judge(raw, name)

    def in_words(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        return tuple(sorted((told(problem, raw) for problem in problems), key=in_order))

    return Judgement(found.case, in_words(found.problems), in_words(found.hopeless), in_words(found.notes))


def _judge(raw: Raw, name: str) -> Judgement:
    settings, complete, problems = stated(raw)
    if problems:
        return Judgement(None, tuple(problems), (), ())
    complete, problems = convert(complete, raw.files, settings)
    rows = {table: frame.get_column(ROW) for table, frame in complete.items()}
    case = Case(name, settings, {table: frame.drop(ROW) for table, frame in complete.items()})
    problems += check_rules(case, rows, raw.files)
    if problems:
        return Judgement(None, tuple(problems), (), ())
    hopeless = tuple(check_needs(case, rows, raw.files)) or tuple(check_paths(case, rows, raw.files, hard=True))
    hopeless += tuple(endless_gains(case, rows, raw.files))
    short = check_paths(case, rows, raw.files, hard=False)
    return Judgement(case, (), hopeless, (*notes_of(case, rows, raw.files), *short, *overridden_rows(case, rows, raw.files)))


def stated(raw: Raw) -> tuple[Settings, dict[str, pl.DataFrame], list[Problem]]:
    """Return settings and all tables in the units of their rows, and what is wrong with any of them alone."""
    problems = list(raw.problems)
    settings, faults = judge_settings(raw.settings)
    problems += faults
    complete = {table: raw.frames[table] if table in raw.frames else absent(table) for table in TABLES}
    # A cell that could not be read is blank now; its fault is reported once.
    unread = {(problem.file, problem.row, problem.column) for problem in problems}
    problems += [p for p in check_tables(complete, raw.files) if (p.file, p.row, p.column) not in unread or p.column is None]
    return settings, complete, problems


def judge_again(case: Case, rows: Mapping[str, pl.Series], files: Mapping[str, str], *, numbers: bool) -> tuple[Problem, ...]:
    """Return why a case in memory can have no plan. Raises CaseError where it breaks a rule between tables.

    rows : the row numbers of each table. files : the file of each table. numbers : the names are known to break none.
    """
    problems = tuple(check_rules(case, rows, files, numbers=numbers))
    if problems:
        raise CaseError(problems)
    return (*check_needs(case, rows, files), *endless_gains(case, rows, files))


def scenarios_of(path: str | Path) -> list[str]:
    """Return the names of the scenarios of a case."""
    return scenario_names(read_raw(Path(path)))
