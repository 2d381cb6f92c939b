"""Rows that state their own unit or currency, converted to what the case counts in."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from capcoop.case.read import ROW
from capcoop.case.settings import Settings
from capcoop.errors import Problem
from capcoop.schema import TABLES, Table
from capcoop.units import money_factor, unit_factor


def convert(
    frames: Mapping[str, pl.DataFrame], files: Mapping[str, str], settings: Settings
) -> tuple[dict[str, pl.DataFrame], list[Problem]]:
    """Return the frames with every figure in the case's units and money, and the rows that cannot be converted."""
    problems: list[Problem] = []
    bases = {
        table: _names_to_units(frames[table], key) for table, key in (("products", "product"), ("lines", "line"), ("channels", "channel"))
    }
    own = frames["options"]
    bases["options"] = dict(zip(own.get_column("option"), _line_units(own, bases), strict=True))
    out = {}
    for name, frame in frames.items():
        table = TABLES[name]
        if "currency" in frame.columns and frame.get_column("currency").null_count() < frame.height and "currency" not in table.keys:
            frame = _convert_money(table, frame, files.get(name, name), settings, problems)  # noqa: PLW2901
        if table.measures and frame.get_column("unit").null_count() < frame.height:
            frame = _convert_units(table, frame, files.get(name, name), bases, problems)  # noqa: PLW2901
        out[name] = frame
    return out, problems


def _names_to_units(frame: pl.DataFrame, key: str) -> dict[str, str | None]:
    return dict(zip(frame.get_column(key), frame.get_column("unit"), strict=True))


def _line_units(frame: pl.DataFrame, bases: Mapping[str, Mapping[str, str | None]]) -> list[str | None]:
    pairs = zip(frame.get_column("line"), frame.get_column("channel"), strict=True)
    return [bases["lines"].get(line) if line is not None else bases["channels"].get(channel) for line, channel in pairs]


def _base_units(table: Table, frame: pl.DataFrame, bases: Mapping[str, Mapping[str, str | None]]) -> list[str | None]:
    """Return for each row the unit in which its figures must be stated in the end."""
    if table.measures == "product":
        return [bases["products"].get(product) for product in frame.get_column("product")]
    if table.name in {"option_periods", "option_points"}:
        return [bases["options"].get(option) for option in frame.get_column("option")]
    if "channel" in frame.columns:
        return _line_units(frame, bases)
    return [bases["lines"].get(line) for line in frame.get_column("line")]


def _convert_money(table: Table, frame: pl.DataFrame, file: str, settings: Settings, problems: list[Problem]) -> pl.DataFrame:
    labels = frame.get_column("currency")
    factors = {label: money_factor(label, settings.currency, settings.exchange_rates) for label in labels.drop_nulls().unique()}
    for label, factor in factors.items():
        if factor is None:
            row = frame.filter(pl.col("currency") == label).get_column(ROW)[0]
            rule = f"has no exchange rate to {settings.currency}"
            problems.append(Problem(file, row, "currency", f"'{label}'", rule, "state it in case.toml under [exchange_rates]"))
    by_row = pl.Series([1.0 if label is None else factors[label] or 1.0 for label in labels], dtype=pl.Float64)
    scaled = [(pl.col(c.name) * by_row**c.money).alias(c.name) for c in table.columns if c.money]
    return frame.with_columns(*scaled, currency=pl.lit(None, pl.String))


def _convert_units(
    table: Table, frame: pl.DataFrame, file: str, bases: Mapping[str, Mapping[str, str | None]], problems: list[Problem]
) -> pl.DataFrame:
    factors = []
    reported: set[tuple[str, str | None]] = set()
    for row, label, base in zip(frame.get_column(ROW), frame.get_column("unit"), _base_units(table, frame, bases), strict=True):
        factor = 1.0 if label is None else None if base is None else unit_factor(label, base)
        if factor is None and (label, base) not in reported:
            reported.add((label, base))
            what = "the product" if table.measures == "product" else "the line or channel"
            rule = f"cannot be converted to '{base}'" if base is not None else f"has nothing to be converted to: {what} has no unit"
            problems.append(Problem(file, row, "unit", f"'{label}'", rule, f"use a unit of the same kind as that of {what}"))
        factors.append(1.0 if factor is None else factor)
    factor_column = pl.Series(factors, dtype=pl.Float64)
    scaled = [(pl.col(c.name) * factor_column**c.amount).alias(c.name) for c in table.columns if c.amount]
    return frame.with_columns(*scaled, unit=pl.lit(None, pl.String))
