"""Case: one planning question as frozen, typed tables with integer indices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl

from capcoop.case.cascade import Cascade, Codes, Values
from capcoop.case.settings import Settings
from capcoop.schema import HOURS, NEGOTIABLE, SETS, TABLES, Table
from capcoop.views import view

DIMENSIONS = {
    "site": "sites",
    "from": "sites",
    "to": "sites",
    "product": "products",
    "line": "lines",
    "process": "processes",
    "option": "options",
    "after": "options",
    "channel": "channels",
    "purchase": "purchases",
    "sale": "sales",
    "period": "periods",
    "slice": "slices",
    "first": "periods",
    "last": "periods",
    "country": "countries",
    "mode": "modes",
    "limit": "limits",
    "term": "terms",
    "loan": "loans",
}


@lru_cache(maxsize=64)
def _enum(names: tuple[str, ...]) -> pl.Enum:
    return pl.Enum(names)


def codes_of(cells: pl.Series, names: tuple[str, ...]) -> Codes:
    """Return the position of each cell among `names`; -1 where it is blank or not among them."""
    return codes_in(cells.to_frame(), {cells.name: names})[cells.name]


def codes_in(frame: pl.DataFrame, names: Mapping[str, tuple[str, ...]]) -> dict[str, Codes]:
    """Return the codes of some columns of a frame, as `codes_of` does; names : column -> names."""
    named = [column for column in names if names[column] and frame.get_column(column).null_count() < frame.height]
    physical = [pl.col(column).cast(_enum(names[column]), strict=False).to_physical() for column in named]
    found = {cells.name: cells.to_numpy() for cells in (frame.select_seq(physical) if named else ())}
    none = np.broadcast_to(np.int64(-1), frame.height)
    return {**dict.fromkeys(names, none), **{column: _signed(codes) for column, codes in found.items()}}


def _signed(codes: np.ndarray[Any, np.dtype[Any]]) -> Codes:
    """Return codes as whole numbers, -1 where one is blank."""
    return (np.where(np.isnan(codes), -1, codes) if codes.dtype.kind == "f" else codes).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one table as numpy columns: names as codes (-1: all), numbers as floats (NaN: not stated)."""

    table: Table
    frame: pl.DataFrame
    names: Mapping[str, tuple[str, ...]]
    _cache: dict[str, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.frame.height

    def codes(self, column: str) -> Codes:
        """Return the codes of a column of names."""
        if "codes" not in self._cache:  # of all columns at once, which is faster
            texts = (each for each, kind in self.frame.schema.items() if kind == pl.String and each in DIMENSIONS)
            names = {each: self.names[DIMENSIONS[each]] for each in texts}
            self._cache["codes"] = codes_in(self.frame, names)
        return self._cache["codes"][column]  # type: ignore[no-any-return]

    def stated(self, column: str) -> Values:
        """Return a column of numbers, NaN where it is not stated."""
        return self.frame.get_column(column).to_numpy(writable=True)

    def numbers(self, column: str) -> Values:
        """Return a column of numbers with the schema's default where it is not stated."""
        values = self.stated(column)
        default = self.table[column].default
        return values if default is None else np.where(np.isnan(values), float(default), values)

    def flags(self, column: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return a column of yes and no."""
        return _truths(self.frame.get_column(column), bool(self.table[column].default))

    def choice(self, column: str, word: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return whether a column of choices says `word`."""
        cells = self.frame.get_column(column)
        return _truths(cells == word if cells.null_count() < len(cells) else cells, self.table[column].default == word)

    def with_numbers(self, frame: pl.DataFrame) -> Rows:
        """Return the same rows with other numbers; what was worked out from the names is kept."""
        return Rows(self.table, frame, self.names, self._cache)

    @property
    def cascade(self) -> Cascade:
        """The rows as a cascade over the table's key columns."""
        if "cascade" not in self._cache:
            keys = {key: self.codes(key) for key in self.table.keys}
            self._cache["cascade"] = Cascade(keys, {key: len(self.names[DIMENSIONS[key]]) for key in keys})
        return self._cache["cascade"]  # type: ignore[no-any-return]

    def lookup(self, column: str, **targets: Codes) -> Values:
        """Return the cell of `column` that the cascade gives each target (default where none is stated)."""
        length = len(next(iter(targets.values())))
        values = self.cascade.values(targets, length, self.stated(column))[0]
        default = self.table[column].default
        return values if default is None else np.where(np.isnan(values), float(default), values)


@dataclass(frozen=True)
class Times:
    """Periods and slices as numbers.

    start, years, weight, outlay: one value a period; end: the year after the last; hours, share: one value a slice.
    """

    start: Values
    years: Values
    weight: Values
    outlay: Values
    end: float
    base_year: float
    hours: Values
    share: Values


@dataclass(frozen=True, eq=False)
class Case:
    """A planning question. Immutable: scenarios and edits make new cases.

    name : that of its folder, with the scenario.
    settings : case.toml.
    frames : table name -> typed polars frame with the columns of the schema; units and money converted.
    """

    name: str
    settings: Settings
    frames: Mapping[str, pl.DataFrame]

    def __eq__(self, other: object) -> bool:
        """Two cases are equal when their settings and all their tables are."""
        if not isinstance(other, Case):
            return NotImplemented
        return self.settings == other.settings and all(self.frames[t].equals(other.frames[t]) for t in TABLES)

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, table: str) -> Rows:
        """Return the rows of a table."""
        return self._rows[table]

    @cached_property
    def _rows(self) -> dict[str, Rows]:
        return {name: Rows(TABLES[name], self.frames[name], self.names) for name in TABLES}

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The names of everything: set -> names in order; a name's position is its code."""
        out = {table: _distinct(self.frames[table].get_column(key)) for key, table in SETS.items()}
        out["periods"] = out["periods"] or (str(self._first_year),)
        out["slices"] = out["slices"] or ("year",)
        out["countries"] = _distinct(self.frames["sites"].get_column("country"))
        out["modes"] = _distinct(self.frames["channels"].get_column("mode"))
        out["terms"] = NEGOTIABLE
        out["loans"] = _distinct(self.frames["loans"].get_column("loan"))
        return out

    def size(self, names: str) -> int:
        """Return how many names a set has."""
        return len(self.names[names])

    @property
    def _first_year(self) -> int:
        settings = self.settings
        return int(settings.base_year if settings.base_year is not None else settings.price_year or 1)

    @cached_property
    def times(self) -> Times:
        """Starts, lengths and weights of the periods, hours and shares of the slices."""
        periods, rate = self["periods"], self.settings.discount_rate
        count = self.size("periods")
        years = periods.numbers("years") if len(periods) else np.ones(1)
        stated = periods.stated("start") if len(periods) else np.full(1, np.nan)
        start = np.empty(count)
        for i in range(count):
            first = self._first_year if i == 0 else start[i - 1] + years[i - 1]
            start[i] = first if np.isnan(stated[i]) else stated[i]
        base = float(self.settings.base_year if self.settings.base_year is not None else start[0])
        timing = {"start": 0.0, "middle": 0.5, "end": 1.0}[self.settings.timing]
        with np.errstate(over="ignore", invalid="ignore"):  # years too far apart are told by the rules
            sums = years if rate == 0 else (1 - (1 + rate) ** -years) / (1 - 1 / (1 + rate))
            weight = (1 + rate) ** -(start - base + timing) * sums
            outlay = (1 + rate) ** -(start - base)
        if len(periods):
            own, own_outlay = periods.stated("weight"), periods.stated("outlay_weight")
            weight = np.where(np.isnan(own), weight, own)
            outlay = np.where(np.isnan(own_outlay), outlay, own_outlay)
        hours = self["slices"].numbers("hours") if len(self["slices"]) else np.array([HOURS])
        return Times(start, years, weight, outlay, float(start[-1] + years[-1]), base, hours, hours / hours.sum())

    @cached_property
    def sliced(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether each product's balance holds in every slice (with one slice: always)."""
        return self["products"].flags("sliced") | (self.size("slices") == 1)

    @cached_property
    def country(self) -> Codes:
        """The country of each site (-1: none)."""
        return self["sites"].codes("country")

    @cached_property
    def mode(self) -> Codes:
        """The mode of each channel (-1: none)."""
        return self["channels"].codes("mode")

    @cached_property
    def counted(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether each option is counted in builds (n exists); else any capacity may be added."""
        options = self["options"]
        out = np.zeros(len(options), bool)
        for column in ("unit_size", "fixed_build_cost", "minimum_size", "minimum_builds", "maximum_builds"):
            out |= ~np.isnan(options.stated(column))
        for table in ("option_points", "packages"):
            out[self[table].codes("option")] = True
        by_period = self["option_periods"]
        own = by_period.codes("option")
        for column in ("fixed_build_cost", "minimum_builds", "maximum_builds"):
            out[own[(own >= 0) & ~np.isnan(by_period.stated(column))]] = True
        return out

    def _repr_html_(self) -> str:
        """Show the case in a notebook: its title, its money and what its tables hold."""
        return str(view("case_html")(self))

    def unit(self, table: str) -> list[str]:
        """Return the unit of each product, line or channel ('' where none is stated)."""
        return self.frames[table].get_column("unit").fill_null("").to_list()

    def replace(self, **frames: pl.DataFrame) -> Case:
        """Return a case with other tables in place of some."""
        return Case(self.name, self.settings, {**self.frames, **frames})

    def with_numbers(self, settings: Settings, frames: Mapping[str, pl.DataFrame]) -> Case:
        """Return a case with other numbers, in tables with the same rows; what names alone decide is worked out once for both.

        settings : may differ in what names no period (not base_year or price_year).
        """
        other = Case(self.name, settings, {**self.frames, **frames})
        own = self._rows
        rows = {table: own[table].with_numbers(frame) for table, frame in frames.items()}
        vars(other).update(names=self.names, country=self.country, mode=self.mode, sliced=self.sliced, _rows={**own, **rows})
        return other


def _truths(cells: pl.Series, default: bool) -> np.ndarray[Any, np.dtype[np.bool_]]:  # noqa: FBT001
    """Return yes and no as numpy has them, `default` where a cell is blank."""
    blank = cells.null_count()
    if blank == len(cells):
        return np.full(blank, default)
    return (cells.fill_null(default) if blank else cells).to_numpy(writable=True)


def _distinct(cells: pl.Series) -> tuple[str, ...]:
    """Return the names in order, each once (Python's own dict is faster than polars at the lengths of a set)."""
    names = dict.fromkeys(cells.to_list())
    names.pop(None, None)
    return tuple(names)
