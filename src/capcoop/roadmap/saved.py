"""A road map as plain values for machines, and saved as a folder of tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from capcoop.errors import UsageError, printable
from capcoop.roadmap.hierarchy import CRITERIA
from capcoop.roadmap.ranking import RoadMap

NOTE = "roadmap.json"


def record(found: RoadMap) -> dict[str, Any]:
    """Return a road map as plain values."""
    return {**head(found), **{name: frame.to_dicts() for name, frame in found.tables.items()}}


def head(found: RoadMap) -> dict[str, Any]:
    """Return what was asked, the weights and the notes."""
    asked = found.request
    return {
        "supplier": asked.supplier,
        "asked_sectors": list(asked.sectors),
        "region": asked.region,
        "method": asked.method,
        "weighting": "given" if asked.weights is not None else asked.weighting,
        "weights": dict(zip(CRITERIA, found.weights, strict=True)),
        "draws": asked.draws,
        "seed": asked.seed,
        "first": asked.first,
        "last": asked.last,
        "words": None if asked.words is None else asked.words.place,
        "ledger": "built-in" if asked.ledger is None else asked.ledger.place,
        "notes": list(found.notes),
    }


def save(found: RoadMap, folder: Path) -> None:
    """Write every table as CSV and Parquet, and what was asked, last.

    Raises
    ------
    UsageError : the folder is a file, or holds other files than those of a road map.
    """
    name = printable(str(folder))
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{name} is a file; choose a new folder")
    own = {f"{table}.{kind}" for table in found.tables for kind in ("csv", "parquet")} | {NOTE}
    if folder.is_dir() and {path.name for path in folder.iterdir()} - own:
        raise UsageError(f"{name} holds other files; choose a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NOTE).unlink(missing_ok=True)
    for table, frame in found.tables.items():
        frame.write_csv(folder / f"{table}.csv")
        frame.write_parquet(folder / f"{table}.parquet")
    (folder / NOTE).write_text(json.dumps(head(found), indent=2, ensure_ascii=False, default=str), encoding="utf-8")
