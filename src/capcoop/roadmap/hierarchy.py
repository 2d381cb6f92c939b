"""The hierarchy of the road map: criteria, their parts, the figures of each part, how each is brought to 0..1, and what it weighs.

All of it stands in tables/hierarchy.csv. `linear` brings a figure to 0..1 between `worst` and `best`; `rank` to its place among all
countries, ties sharing theirs; a `mark` is 1 where a row stands for it. Within a criterion figures weigh as `weight` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CRITERIA = ("fit", "desire", "conditions", "foundation")


@cache
def table(name: str) -> pl.DataFrame:
    """Return a table of the road map: hierarchy, policy, sectors, readiness or lines."""
    with files("capcoop.roadmap").joinpath("tables", f"{name}.csv").open("rb") as file:
        return pl.read_csv(file, infer_schema_length=None)


@dataclass(frozen=True)
class Measure:
    """One figure of the hierarchy.

    figure : its name, unique. product : whose gap it reads, empty for others.
    supplier : whose alone it can be, empty for any. worst, best : ends of a linear scale, None for ranks.
    """

    criterion: str
    part: str
    figure: str
    reading: str
    theme: str
    metrics: tuple[str, ...]
    ended: str
    normalisation: str
    worst: float | None
    best: float | None
    weight: float
    title: str
    falls: bool = False
    product: str = ""
    supplier: str = ""


@cache
def measures() -> tuple[Measure, ...]:
    """Return every figure of the hierarchy in its order."""
    out = []
    for row in table("hierarchy").iter_rows(named=True):
        same = {name: row[name] for name in ("criterion", "part", "figure", "reading", "normalisation", "worst", "best", "weight", "title")}
        metrics = tuple((row["metric"] or "").split(";"))
        own: dict[str, Any] = {"theme": row["theme"] or "", "ended": row["ended"] or "", "supplier": row["supplier"] or ""}
        out.append(Measure(metrics=metrics, falls=row["direction"] == "down", **own, **same))
    return tuple(out)


def scaled(measure: Measure, figures: Floats) -> Floats:
    """Return figures (n x 3: low, value, high; NaN unknown) brought to 0..1, where more is better; low and high swap where less is."""
    if measure.normalisation == "rank":
        out = _places(figures)
        out = 1 - out if measure.falls else out
    else:
        worst, best = measure.worst or 0.0, 1.0 if measure.best is None else measure.best
        out = np.clip((figures - worst) / (best - worst), 0.0, 1.0)
    return np.asarray(np.sort(out, axis=1))


def _places(figures: Floats) -> Floats:
    """Return the place of each figure among the known values: the share below it and half the share as large."""
    known = np.sort(figures[:, 1][~np.isnan(figures[:, 1])])
    if not len(known):
        return figures
    place = (np.searchsorted(known, figures, "left") + np.searchsorted(known, figures, "right")) / (2 * len(known))
    return np.asarray(np.where(np.isnan(figures), np.nan, place))
