"""Rows that state their own unit or currency, converted to what the case counts in."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from capcoop.case.checks import Place
from capcoop.case.read import ROW
from capcoop.case.settings import Settings
from capcoop.errors import Problem
from capcoop.schema import TABLES, Table
from capcoop.units import money_factor, unit_factor

Bases = pl.DataFrame


def convert(
    frames: Mapping[str, pl.DataFrame], files: Mapping[str, str], settings: Settings
) -> tuple[dict[str, pl.DataFrame], list[Problem]]:
    """Return the frames with every figure in the case's units and money, and the rows that cannot be converted."""
    problems: list[Problem] = []
    bases = {
        table: _names_to_units(frames[table], key) for table, key in (("products", "product"), ("lines", "line"), ("channels", "channel"))
    }
    own = frames["options"]
    bases["options"] = pl.DataFrame({"name": own.get_column("option"), "base": _line_units(own, bases)}).unique("name")
    out = {}
    for name, frame in frames.items():
        table = TABLES[name]
        if "currency" in frame.columns and frame.get_column("currency").null_count() < frame.height and "currency" not in table.keys:
            frame = _convert_money(table, frame, Place(files, name), settings, problems)  # noqa: PLW2901
        if table.measures and frame.get_column("unit").null_count() < frame.height:
            frame = _convert_units(table, frame, Place(files, name), bases, problems)  # noqa: PLW2901
        out[name] = frame
    return out, problems


def _names_to_units(frame: pl.DataFrame, key: str) -> Bases:
    """Return a table of names and their units."""
    return frame.select(pl.col(key).alias("name"), pl.col("unit").alias("base")).unique("name")


def _of(names: pl.Series, bases: Bases) -> pl.Series:
    """Return the unit of each name (blank where it has none)."""
    return names.to_frame("name").join(bases, on="name", how="left", maintain_order="left").get_column("base")


def _line_units(frame: pl.DataFrame, bases: Mapping[str, Bases]) -> pl.Series:
    """Return the unit of each row's line, or else of its channel."""
    lines, channels = _of(frame.get_column("line"), bases["lines"]), _of(frame.get_column("channel"), bases["channels"])
    return pl.select(pl.when(frame.get_column("line").is_not_null()).then(lines).otherwise(channels)).to_series()


def _base_units(table: Table, frame: pl.DataFrame, bases: Mapping[str, Bases]) -> pl.Series:
    """Return for each row the unit in which its figures must be stated in the end."""
    if table.measures == "product":
        return _of(frame.get_column("product"), bases["products"])
    if table.name in {"option_periods", "option_points"}:
        return _of(frame.get_column("option"), bases["options"])
    if "channel" in frame.columns:
        return _line_units(frame, bases)
    return _of(frame.get_column("line"), bases["lines"])


def _convert_money(table: Table, frame: pl.DataFrame, place: Place, settings: Settings, problems: list[Problem]) -> pl.DataFrame:
    labels = frame.get_column("currency")
    factors = {label: money_factor(label, settings.currency, settings.exchange_rates) for label in labels.drop_nulls().unique()}
    for label, factor in factors.items():
        if factor is None:
            row = frame.filter(pl.col("currency") == label).get_column(ROW)[0]
            rule = f"has no exchange rate to {settings.currency}"
            problems.append(place.problem(row, "currency", f"'{label}'", rule, "state it in case.toml under [exchange_rates]"))
    known = {label: factor or 1.0 for label, factor in factors.items()}
    by_row = labels.replace_strict(known, default=1.0, return_dtype=pl.Float64)
    scaled = [(pl.col(c.name) * by_row**c.money).alias(c.name) for c in table.columns if c.money]
    return frame.with_columns(*scaled, currency=pl.lit(None, pl.String))


def _convert_units(table: Table, frame: pl.DataFrame, place: Place, bases: Mapping[str, Bases], problems: list[Problem]) -> pl.DataFrame:
    stated = pl.DataFrame({ROW: frame.get_column(ROW), "label": frame.get_column("unit"), "base": _base_units(table, frame, bases)})
    pairs = stated.filter(pl.col("label").is_not_null()).unique(["label", "base"], keep="first", maintain_order=True)
    factors = []
    for row, label, base in pairs.iter_rows():
        factor = None if base is None else unit_factor(label, base)
        if factor is None:
            what = "the product" if table.measures == "product" else "the line or channel"
            rule, remedy = f"cannot be converted to '{base}'", f"use a unit of the same kind as that of {what}"
            if base is None:
                rule, remedy = f"has nothing to be converted to: {what} has no unit", "state that unit in its own table"
            problems.append(place.problem(row, "unit", f"'{label}'", rule, remedy))
        factors.append(1.0 if factor is None else factor)
    known = pairs.select("label", "base").with_columns(factor=pl.Series(factors, dtype=pl.Float64))
    factor_of_row = (
        stated.join(known, on=["label", "base"], how="left", nulls_equal=True, maintain_order="left").get_column("factor").fill_null(1.0)
    )
    scaled = [(pl.col(c.name) * factor_of_row**c.amount).alias(c.name) for c in table.columns if c.amount]
    return frame.with_columns(*scaled, unit=pl.lit(None, pl.String))
