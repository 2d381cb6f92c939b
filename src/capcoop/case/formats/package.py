"""datapackage.json: a Frictionless Data Package that describes the tables of a folder or archive.

It says nothing that the schema does not: types, bounds and choices come from there. Keys are declared where the data package's
rules can hold for them; ours also know blank cells and `*`, which mean all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import polars as pl

from capcoop.case.formats.source import Content
from capcoop.schema import SETS, TABLES, Column, Table

TYPES = {"name": "string", "text": "string", "choice": "string", "number": "number", "flag": "boolean"}
KEY_OF = {table: key for key, table in SETS.items()}


def describe(content: Content, tables: Literal["csv", "parquet"]) -> dict[str, Any]:
    """Return the descriptor of a case's tables."""
    package: dict[str, Any] = {"profile": "tabular-data-package" if tables == "csv" else "data-package"}
    package["name"] = re.sub(r"[^a-z0-9._-]+", "-", content.name.lower()).strip("-") or "case"
    package |= {key: content.settings[key] for key in ("title", "description") if content.settings.get(key)}
    package["resources"] = [_resource(TABLES[name], frame, content.frames, tables) for name, frame in content.frames.items()]
    return package


def _resource(table: Table, frame: pl.DataFrame, frames: Mapping[str, pl.DataFrame], tables: Literal["csv", "parquet"]) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(table[name]) for name in frame.columns], "missingValues": [""]}
    if table.keys and all(key in frame.columns and not frame.get_column(key).null_count() for key in table.keys):
        schema["primaryKey"] = list(table.keys)
    keys = [_foreign_key(table[name], target, table) for name in frame.columns if (target := _target(table[name], frame, frames))]
    if keys:
        schema["foreignKeys"] = keys
    resource: dict[str, Any] = {"name": table.name, "path": f"{table.name}.{tables}", "description": f"One row: {table.row}."}
    if tables == "csv":
        resource |= {"profile": "tabular-data-resource", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8"}
    else:
        resource |= {"format": "parquet", "mediatype": "application/vnd.apache.parquet"}
    return {**resource, "schema": schema}


def _field(column: Column) -> dict[str, Any]:
    bounds = {"minimum": column.lower, "maximum": column.upper, "enum": list(column.choices) or None}
    constraints = {"required": True} if column.required else {}
    constraints |= {rule: bound for rule, bound in bounds.items() if bound is not None}  # type: ignore[misc]
    field: dict[str, Any] = {"name": column.name, "type": TYPES[column.kind], "description": column.sentence}
    if column.kind == "flag":
        field |= {"trueValues": ["yes"], "falseValues": ["no"]}
    return {**field, "constraints": constraints} if constraints else field


def _target(column: Column, frame: pl.DataFrame, frames: Mapping[str, pl.DataFrame]) -> str:
    """Return the table that every cell of a column names a row of; '' where some cell is blank or names none."""
    target = column.refers[0] if len(column.refers) == 1 else ""
    if target not in KEY_OF or target not in frames:
        return ""
    cells, names = frame.get_column(column.name), frames[target].get_column(KEY_OF[target])
    sound = names.is_unique().all() and not cells.null_count() and cells.is_in(names.implode()).all()
    return target if sound else ""


def _foreign_key(column: Column, target: str, table: Table) -> dict[str, Any]:
    resource = "" if target == table.name else target
    return {"fields": [column.name], "reference": {"resource": resource, "fields": [KEY_OF[target]]}}
