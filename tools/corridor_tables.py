"""What the makers of corridor cases share: figures with their sources, rows that carry them, distances, scenarios, files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from capcoop.geo.land import detour, great_circle, route_length

Cell = str | float
Row = dict[str, Cell]
Point = tuple[float, float]
LAST = ("source", "year", "verified", "note")
DEFINITION = "case definition"
NEAR = "position of the place, two decimals (from memory)"


@dataclass(frozen=True)
class Figure:
    """A figure, where and for which year it was read, and whether it was; `note` is what a reader should know of it."""

    value: float
    source: str
    year: int | None = None
    verified: bool = True
    note: str = ""

    def cells(self, note: str = "") -> Row:
        """Return the cells source, year, verified and note of a row that holds the figure."""
        told = "; ".join(part for part in (note, self.note) if part)
        return {"source": self.source, "year": self.year or "", "verified": "yes" if self.verified else "no", "note": told}

    def times(self, factor: float, how: str, *, verified: bool | None = None) -> Figure:
        """Return what is computed from the figure by a factor, as `how` says; it is verified as the figure is, unless told otherwise."""
        kept = self.verified if verified is None else verified
        return replace(self, value=self.value * factor, source=f"derived: {how}; {self.source}", verified=kept)


def assumed(value: float, note: str) -> Figure:
    """Return a figure that no source gives: from memory or by choice, never verified."""
    return Figure(value, "assumption of the case", None, verified=False, note=note)


def overland(points: Sequence[Point], mode: str, terrain: str | None = None) -> Figure:
    """Return the km along points by a mode: straight from each to the next, times the detour of the mode (in a terrain)."""
    found = detour(mode, terrain)
    straight = route_length(points)
    where = f"in {terrain} terrain" if terrain else "in all terrains"
    return Figure(
        round(straight * found.factor, 0),
        f"computed: {straight:.0f} km along waypoints x {found.factor:g} (median detour of {found.routes} {mode} routes {where})",
        2024,
        verified=False,
    )


def along_river(points: Sequence[Point], factor: Figure) -> Figure:
    """Return the km along points by river: straight times a detour of rivers, of which geo holds none."""
    straight = route_length(points)
    return Figure(
        round(straight * factor.value, 0),
        f"computed: {straight:.0f} km straight x {factor.value:.2f}; {factor.source}",
        2011,
        verified=False,
    )


def straight_line(start: Point, end: Point) -> float:
    """Return the great circle in km between two points."""
    return float(great_circle(start, end))


def number(value: float) -> str:
    """Return a figure as a cell: six significant digits, no exponent."""
    return np.format_float_positional(value, precision=6, fractional=False, trim="-")


@dataclass(frozen=True)
class Change:
    """One changed cell of a scenario."""

    table: str
    key: str
    column: str
    value: Cell
    note: str = ""


def changes(scenarios: Mapping[str, tuple[str, Iterable[Change]]]) -> list[Row]:
    """Return the rows of changes.csv: for each scenario its source, written in every row, and its changed cells."""
    return [
        {
            "scenario": name,
            "table": one.table,
            "key": one.key,
            "column": one.column,
            "value": one.value if isinstance(one.value, str) else number(one.value),
            "source": source,
            "note": one.note,
        }
        for name, (source, cells) in scenarios.items()
        for one in cells
    ]


def _cell(value: Cell) -> str:
    return value if isinstance(value, str) else number(value)


def site_rows(places: Mapping[str, tuple[str, float, float, str, str]]) -> list[Row]:
    """Return the rows of places: country, latitude, longitude, kind and source of the position of each site."""
    return [
        {
            "site": site,
            "country": country,
            "latitude": f"{latitude}",
            "longitude": f"{longitude}",
            "kind": kind,
            "source": source,
            "year": 2024,
            "verified": "no" if source == NEAR else "yes",
        }
        for site, (country, latitude, longitude, kind, source) in places.items()
    ]


def write(folder: Path, tables: Mapping[str, Sequence[Row]], settings: str) -> None:
    """Write tables and settings of a case into a folder, in place of those that are there; a column that is blank throughout stays out."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    for name, rows in tables.items():
        named = list(dict.fromkeys(column for row in rows for column in row if column not in LAST))
        columns = [column for column in (*named, *LAST) if any(row.get(column, "") != "" for row in rows)]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_cell(row.get(column, "")) for column in columns] for row in rows)
    (folder / "case.toml").write_text(settings, encoding="utf-8")
