"""Helpers that tests share: a case in memory written as a folder, read, planned."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from capcoop.case import Case, read_case
from capcoop.model.build import build
from capcoop.plan import Plan, extract
from capcoop.solve.method import solve


def write_example(folder: Path, settings: Mapping[str, Any], tables: Mapping[str, Sequence[Mapping[str, str]]]) -> Path:
    """Write case.toml and a CSV file for each table that has rows; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    stated = {key: value for key, value in settings.items() if value is not None}
    (folder / "case.toml").write_text(tomli_w.dumps(stated), encoding="utf-8")
    for name, rows in tables.items():
        if rows:
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)
    return folder


def case_of(folder: Path, settings: Mapping[str, Any], tables: Mapping[str, Sequence[Mapping[str, str]]]) -> Case:
    """Write a case and read it again."""
    return read_case(write_example(folder, settings, tables))


def plan_of(case: Case) -> Plan:
    """Build, solve and extract."""
    model = build(case)
    return extract(model, solve(model.program, case.settings.solver))
