"""The CSV files of a PyPSA network: components with their cells, and series over its snapshots."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from capcoop.case.cascade import Values
from capcoop.case.case import Times
from capcoop.errors import UsageError, printable

# The version whose files these are.
PYPSA = "1.4.0"
Cell = str | float | bool


@dataclass(frozen=True)
class Calendar:
    """Periods and slices as investment periods and snapshots.

    years : first year of each period. several : are there investment periods? (One period of weight 1 needs none.)
    hours, total : hours of each slice, and of the year.
    """

    years: tuple[int, ...]
    several: bool
    hours: Values
    total: float
    times: Times
    slices: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Periods and slices."""
        return len(self.years), len(self.hours)

    def span(self, first: int, last: int) -> dict[str, Cell]:
        """Return the cells that let a component live from one period to another; none where that is always."""
        count = len(self.years)
        if first == 0 and last == count - 1:
            return {}
        end = float("inf") if last == count - 1 else self.years[last + 1] - self.years[first]
        return {"build_year": self.years[first], "lifetime": end}


@dataclass
class Sheets:
    """Components in the making: rows by list of components, and series by list and attribute."""

    calendar: Calendar
    rows: dict[str, dict[str, dict[str, Cell]]] = field(default_factory=dict)
    series: dict[tuple[str, str], dict[str, Values]] = field(default_factory=dict)

    def put(self, kind: str, name: str, cells: Mapping[str, Cell], **series: Values | float) -> str:
        """Add a component; return its name, which gets a number where it is taken. A series that never changes becomes a cell."""
        own = self.rows.setdefault(kind, {})
        unique, number = name, 2
        while unique in own:
            unique, number = f"{name} ({number})", number + 1
        own[unique] = dict(cells)
        for attribute, values in series.items():
            flat = np.broadcast_to(np.asarray(values, float), self.calendar.shape).ravel()
            if (flat == flat[0]).all():
                own[unique][attribute] = float(flat[0])
            else:
                self.series.setdefault((kind, attribute), {})[unique] = flat
        return unique

    def bus(self, name: str, carrier: str) -> str:
        """Return a bus, which is added when it is first named."""
        self.rows.setdefault("buses", {}).setdefault(name, {"carrier": carrier})
        self.rows.setdefault("carriers", {}).setdefault(carrier, {})
        return name


def write(sheets: Sheets, target: Path, title: str, meta: Mapping[str, Any]) -> None:
    """Write the files of a network into a new or empty folder. Raises UsageError where something is in the way."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{printable(str(target))} is not an empty folder; choose another name")
    part = target.absolute().with_name(f".{target.absolute().name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        _write_files(sheets, part, title, meta)
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(part.iterdir()):
            path.replace(target / path.name)
    except OSError as error:
        raise UsageError(f"{printable(str(target))} cannot be made: {error.strerror}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write_files(sheets: Sheets, folder: Path, title: str, meta: Mapping[str, Any]) -> None:
    _table(folder / "network.csv", ["", "name", "pypsa_version"], [[0, title, PYPSA]])
    (folder / "meta.json").write_text(json.dumps(dict(meta), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    head, times = _snapshots(sheets.calendar)
    weights = sheets.calendar.hours.tolist() * sheets.calendar.shape[0]
    names = list(sheets.calendar.slices) * sheets.calendar.shape[0]
    rows = [[i, *time, name, *[hours] * 3] for i, (time, name, hours) in enumerate(zip(times, names, weights, strict=True))]
    _table(folder / "snapshots.csv", ["", *head, "slice", "objective", "stores", "generators"], rows)
    if sheets.calendar.several:
        own = sheets.calendar.times
        rows = [list(row) for row in zip(sheets.calendar.years, own.weight.tolist(), own.years.tolist(), strict=True)]
        _table(folder / "investment_periods.csv", ["period", "objective", "years"], rows)
    for kind, components in sheets.rows.items():
        columns = list(dict.fromkeys(column for cells in components.values() for column in cells))
        _table(
            folder / f"{kind}.csv", ["name", *columns], [[name, *(cells.get(c, "") for c in columns)] for name, cells in components.items()]
        )
    for (kind, attribute), found in sheets.series.items():
        values = np.stack(list(found.values()), axis=1).tolist()
        _table(folder / f"{kind}-{attribute}.csv", ["", *found], [[i, *row] for i, row in enumerate(values)])


def _snapshots(calendar: Calendar) -> tuple[list[str], list[list[int]]]:
    """Return the columns that name snapshots, and their cells; slices are counted from 0."""
    periods, slices = calendar.shape
    if calendar.several:
        return ["period", "timestep"], [[year, k] for year in calendar.years for k in range(slices)]
    return ["snapshot"], [[k] for k in range(periods * slices)]


def _table(path: Path, head: list[str], rows: list[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
