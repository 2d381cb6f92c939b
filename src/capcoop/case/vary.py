"""Figures of a case that take other values in memory: nothing is read again, and every value is checked as if it had been read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from capcoop.case import judge_again, raw_case, stated
from capcoop.case.cascade import Codes, Values
from capcoop.case.case import Case
from capcoop.case.checks import number_faults
from capcoop.case.convert import convert
from capcoop.case.formats import told
from capcoop.case.read import ROW, Raw, absent
from capcoop.case.scenarios import apply_changes, key_texts, normal_keys, parse_sets
from capcoop.case.settings import Settings, Solver, judge_settings
from capcoop.errors import CaseError, Problem, UsageError, suggestion
from capcoop.schema import TABLES, Column

FORMS = "write TABLE/KEY/COLUMN, OPTION.COLUMN (such as works.build_cost) or a setting"
CELL = re.compile(r"\s*(?P<table>\w+)\s*/(?P<key>.*)/\s*(?P<column>\w+)\s*", re.DOTALL)
OPTION = re.compile(r"\s*(?P<key>[^/]+)\.(?P<column>\w+)\s*")
# Settings that are numbers; those of PLAIN change neither names nor units, so that the tables stay as they are.
SETTINGS = ("discount_rate", "penalty", "base_year", "price_year", *Solver.model_fields)
PLAIN = ("discount_rate", "penalty", *Solver.model_fields)
UNCHANGEABLE = ("changes", "limit_terms")
WILD = re.compile(r"[*?]")
# How many names a sentence shows.
SHOWN = 3


@dataclass(frozen=True)
class Cells:
    """Cells of one column: where they stand, and what they say in the units of their rows (NaN: nothing)."""

    table: str
    column: Column
    rows: Codes
    said: Values


@dataclass(frozen=True)
class Setting:
    """A setting: its name, that of the group it lies in (or ''), and its value (None: not stated)."""

    name: str
    group: str
    said: float | None


def pattern(text: str) -> Callable[[str], bool]:
    """Return whether a name fits a pattern, in which `*` stands for any letters and `?` for one."""
    form = re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in text), re.DOTALL)
    return lambda name: form.fullmatch(name) is not None


def listed(names: Iterable[str]) -> str:
    """Return the first few names, and how many more there are."""
    words = list(names)
    more = len(words) - SHOWN
    return ", ".join(words[:SHOWN]) + (f" and {more} more" if more > 0 else "")


class Varied:
    """A case whose figures take other values.

    One figure takes a value, in the unit of its row. Several are scaled together: the number multiplies what each of them says.
    `targets` are what was asked for.
    """

    def __init__(self, path: str | Path, targets: Sequence[str], scenario: str | None = None, sets: Sequence[str] = ()) -> None:
        """Read a case as `read_case` does; rules between tables are checked for each value.

        Raises
        ------
        UsageError : a target names no figure. CaseError : a table breaks a rule of its own.
        """
        self.targets = tuple(targets)
        raw, self._name = raw_case(path, scenario, sets)
        found = [_found(raw, target) for target in self.targets]
        added = {one.keys[0] for one in found if one.new}
        for one in found:
            if one.new:
                raw = apply_changes(raw, parse_sets([f"{one.table}/{one.keys[0]}/{one.column}=1"]), f"--vary {one.target}")
        self._raw = raw
        self._settings, self._frames, problems = stated(raw)
        self._raise(problems)
        self._rows = {table: frame.get_column(ROW) for table, frame in self._frames.items()}
        self._figures = _figures(found, self._settings, self._frames, added)
        self._case, self._factors = self._converted(self._settings)
        self._named = False  # whether the names are known to break no rule between tables

    @property
    def count(self) -> int:
        """How many figures are varied."""
        return sum(1 if isinstance(one, Setting) else len(one.rows) for one in self._figures)

    @property
    def single(self) -> bool:
        """Whether one figure takes a value; else several are scaled together."""
        return self.count == 1

    @property
    def present(self) -> float | None:
        """The value now; of several figures 1; None where nothing is stated."""
        if not self.single:
            return 1.0
        (one,) = self._figures
        said = one.said if isinstance(one, Setting) else float(one.said[0])
        return None if said is None or not np.isfinite(said) else said

    @property
    def label(self) -> str:
        """What is varied, in words."""
        words = listed(self.targets)
        return words if self.single else f"{words} ({self.count} figures), times"

    @property
    def lowest(self) -> tuple[float, bool]:
        """The least number that the columns allow, and whether it is itself shut out."""
        columns = [one.column for one in self._figures if isinstance(one, Cells)]
        bounds = [column.lower for column in columns if column.lower is not None]
        return max(bounds, default=-np.inf), any(column.above for column in columns)

    @property
    def highest(self) -> float:
        """The largest number that the columns allow."""
        most = np.inf
        for one in self._figures:
            if isinstance(one, Cells) and one.column.upper is not None:
                largest = 1.0 if self.single else float(np.nanmax(one.said))
                most = min(most, one.column.upper / largest if largest > 0 else np.inf)
        return most

    @property
    def options(self) -> frozenset[str]:
        """The options whose own figures are varied."""
        found: set[str] = set()
        for one in self._figures:
            if isinstance(one, Cells) and "option" in TABLES[one.table].keys:
                found |= set(self._frames[one.table].get_column("option").gather(one.rows).drop_nulls())
        return frozenset(found)

    @property
    def case(self) -> Case:
        """The case as it is; its rules between tables are not checked yet."""
        return self._case

    @property
    def unit(self) -> str:
        """The unit of the value, as its row states it; '' where there is none, and of a factor."""
        (one, *_) = self._figures
        if not self.single or isinstance(one, Setting):
            return ""
        row = self._frames[one.table].row(int(one.rows[0]), named=True)
        amount = row.get("unit") or _unit_of(self._frames, one.table, row)
        if not amount and "{unit}" in one.column.unit:
            return ""
        return one.column.unit.format(money=row.get("currency") or self._settings.currency, unit=amount)

    def at(self, number: float) -> tuple[Case, tuple[Problem, ...]]:
        """Return the case at a value (of several figures: a factor), and why it can have no plan.

        Raises CaseError where a rule is broken.
        """
        self._raise([problem for one in self._figures if isinstance(one, Cells) for problem in self._faults(one, number)])
        case = self.unchecked(number)
        try:
            hopeless = judge_again(case, self._rows, self._raw.files, numbers=self._named)
        except CaseError as error:
            self._raise(error.problems)
            raise
        self._named = True
        return case, tuple(told(problem, self._raw) for problem in hopeless)

    def _raise(self, problems: Sequence[Problem]) -> None:
        if problems:
            raise CaseError(told(problem, self._raw) for problem in problems)

    def _new(self, said: Values | float, number: float) -> Values:
        """Return what figures say at a number; what is endless stays so."""
        return np.where(np.isinf(said), said, number if self.single else np.multiply(said, number))

    def _faults(self, one: Cells, number: float) -> Iterator[Problem]:
        cells = pl.Series(self._new(one.said, number), nan_to_null=not np.isnan(number))
        for found, rule, remedy in number_faults(one.column, cells):
            yield Problem(f"--vary {listed(self.targets)}", None, None, found, rule, remedy)

    def unchecked(self, number: float) -> Case:
        """Return the case at a value (of several figures: a factor), whatever rules it breaks."""
        settings, base, factors = self._settings_at(number), self._case, self._factors
        if any(isinstance(one, Setting) and one.name not in PLAIN for one in self._figures):
            base, factors = self._converted(settings)
        frames: dict[str, pl.DataFrame] = {}
        for one, factor in zip((one for one in self._figures if isinstance(one, Cells)), factors, strict=True):
            cells = self._new(one.said, number) * factor
            frames[one.table] = _with_cells(frames.get(one.table, base.frames[one.table]), one, cells)
        return base.with_numbers(settings, frames)

    def _settings_at(self, number: float) -> Settings:
        """Return the settings at a number, checked."""
        changed = [one for one in self._figures if isinstance(one, Setting)]
        if not changed:
            return self._settings
        values: dict[str, Any] = self._settings.model_dump()
        for one in changed:
            held = values[one.group] if one.group else values
            held[one.name] = float(self._new(np.nan if one.said is None else one.said, number))
        settings, problems = judge_settings(values)
        self._raise([replace(problem, file=f"--vary {listed(self.targets)}") for problem in problems])
        return settings

    def _converted(self, settings: Settings) -> tuple[Case, list[Values]]:
        """Return the case with its figures as they are, and what each varied cell's own unit is in those of the case."""
        varied = [one for one in self._figures if isinstance(one, Cells)]
        frames = dict(self._frames)
        for one in varied:
            frames[one.table] = _with_cells(frames[one.table], one, np.ones(len(one.rows)))
        frames, problems = convert(frames, self._raw.files, settings)
        self._raise(problems)
        factors = [frames[one.table].get_column(one.column.name).gather(one.rows).to_numpy() for one in varied]
        for one, factor in zip(varied, factors, strict=True):
            frames[one.table] = _with_cells(frames[one.table], one, one.said * factor)
        return Case(self._name, settings, {table: frame.drop(ROW) for table, frame in frames.items()}), factors


def _with_cells(frame: pl.DataFrame, cells: Cells, values: Values) -> pl.DataFrame:
    """Return a table with other values in some cells of a column; NaN is a blank."""
    column = frame.get_column(cells.column.name).to_numpy(writable=True)
    column[cells.rows] = values
    return frame.with_columns(pl.Series(cells.column.name, column, nan_to_null=True))


def _unit_of(frames: Mapping[str, pl.DataFrame], table: str, row: Mapping[str, Any]) -> str:
    """Return the unit of the product, line or channel of a row ('': none is stated)."""
    if row.get("option") and table != "options":
        own = frames["options"].filter(pl.col("option") == row["option"])
        return _unit_of(frames, "options", own.row(0, named=True)) if own.height else ""
    for key, named in (("product", "products"), ("line", "lines"), ("channel", "channels")):
        if row.get(key):
            own = frames[named].filter(pl.col(key) == row[key])
            return str(own.get_column("unit")[0] or "") if own.height else ""
    return ""


# ------------------------------------------------------------------------------------------------------------ finding what is meant


@dataclass(frozen=True)
class Found:
    """What a target names before anything is judged: keys of a table's rows and a column; no table: a setting.

    new : whether the row is not there yet.
    """

    target: str
    table: str
    keys: tuple[str, ...]
    column: str
    new: bool = False


def _found(raw: Raw, target: str) -> Found:
    """Return what a target names. Raises UsageError where it names nothing."""
    cell, option = CELL.fullmatch(target), OPTION.fullmatch(target)
    if cell is not None:
        return _cells_found(raw, target, cell["table"], cell["key"].strip(), cell["column"])
    name = target.strip()
    if name in SETTINGS or name.startswith("exchange_rates."):
        return Found(target, "", (), name)
    if option is not None:
        return _cells_found(raw, target, "options", option["key"].strip(), option["column"])
    near = suggestion(name, SETTINGS) if name else ""
    raise UsageError(f"--vary {target}: no figure is called so; {near if near.startswith('did') else FORMS}")


def _cells_found(raw: Raw, target: str, table: str, key: str, column: str) -> Found:
    """Return the rows whose key fits; a key without a wild card that no row has is that of a new row."""
    names = [name for name in TABLES if name not in UNCHANGEABLE]
    if table not in names:
        raise UsageError(f"--vary {target}: '{table}' is not a table that can be changed; {suggestion(table, names) or FORMS}")
    schema = TABLES[table]
    numbers = [one.name for one in schema.columns if one.kind == "number" and not one.key]
    if column not in numbers:
        hint = suggestion(column, numbers) or "columns of numbers: " + ", ".join(numbers)
        raise UsageError(f"--vary {target}: '{column}' is not a column of numbers of {table}; {hint}")
    there = key_texts(schema, raw.frames.get(table, absent(table))).to_list()
    exact = normal_keys(schema, pl.Series([key]))[0]
    if not WILD.search(key) and exact in there:
        return Found(target, table, (exact,), column)
    fits = [pattern(part) for part in exact.split(";")]
    kept = [text for text in there if all(fit(part) for fit, part in zip(fits, text.split(";"), strict=False))]
    if kept:
        return Found(target, table, tuple(kept), column)
    if WILD.search(key) or table == "options":
        hint = suggestion(key, there)
        raise UsageError(f"--vary {target}: no row of {table} has the key '{key}'" + (f"; {hint}" if hint else ""))
    return Found(target, table, (exact,), column, new=True)


def _figures(found: Sequence[Found], settings: Settings, frames: Mapping[str, pl.DataFrame], added: set[str]) -> list[Cells | Setting]:
    """Return what is meant, each figure once; of several, those that state nothing are left out. Raises UsageError where none does."""
    places: dict[tuple[str, str], dict[int, None]] = {}
    own: dict[str, Setting] = {}
    for one in found:
        if not one.table:
            own[one.column] = _setting(settings, one.column)
            continue
        at = {text: i for i, text in enumerate(key_texts(TABLES[one.table], frames[one.table]).to_list())}
        places.setdefault((one.table, one.column), {}).update(dict.fromkeys(at[key] for key in one.keys))
    several = len(own) + sum(map(len, places.values())) > 1
    out: list[Cells | Setting] = list(own.values())
    lost = [name for name, one in own.items() if one.said is None] if several else []
    for (table, column), rows in places.items():
        keys = key_texts(TABLES[table], frames[table]).to_list()
        said = frames[table].get_column(column).to_numpy(writable=True)
        kept = np.array(sorted(rows))
        values = np.where([keys[i] in added for i in kept], np.nan, said[kept])
        kept, values = (kept[~np.isnan(values)], values[~np.isnan(values)]) if several else (kept, values)
        lost += [] if len(kept) else [f"{table}.{column}"]
        out.append(Cells(table, TABLES[table][column], kept, values))
    if lost:
        raise UsageError(f"{listed(lost)} is not stated there; only what is stated can be scaled together")
    return out


def _setting(settings: Settings, name: str) -> Setting:
    """Return a setting and its value."""
    group, _, inner = ("solver", "", name) if name in Solver.model_fields else name.rpartition(".")
    held = settings.exchange_rates if group == "exchange_rates" else vars(settings.solver if group else settings)
    value = held.get(inner)
    return Setting(inner, group, None if value is None else float(value))
