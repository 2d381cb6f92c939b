"""Programmes: what a country means to build, item by item, and the products that it takes year by year.

The items of the built-in ones are chosen by hand in `figures/programme_items.csv`: sources give totals beside their parts and contradict
each other, so each stated item is either used, with the share that counts, or left out with a reason. A user's programme is a CSV file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.atlas.countries import countries
from capcoop.atlas.figures import table
from capcoop.atlas.intensities import ASSETS, Asset, find_asset, intensities_of, intensity_table
from capcoop.case.read import ROW, csv_frame, typed
from capcoop.errors import Problem, UsageError, printable, suggestion
from capcoop.schema import Column, Table

NO_INTENSITY = "no intensity known"
# Units in which a quantity may be stated beside that of its asset, and how many of the latter one is.
UNITS = {
    ("million m2", "m2"): 1e6,
    ("thousand m2", "m2"): 1e3,
    ("thousand km", "km"): 1e3,
    ("GW", "MW"): 1e3,
    ("kW", "MW"): 1e-3,
    ("bn USD", "MUSD"): 1e3,
    ("units", "dwellings"): 1.0,
    ("thousand dwellings", "dwellings"): 1e3,
    ("million dwellings", "dwellings"): 1e6,
    ("ports", "terminals"): 1.0,
}
ITEMS = {"item": pl.String, "asset": pl.String, "quantity": pl.Float64, "unit": pl.String, "first": pl.Int32, "last": pl.Int32}
ITEMS |= {"source": pl.String, "verified": pl.Boolean, "note": pl.String}
FILE = Table(
    "a programme",
    "an item",
    (
        Column("asset", "text", "What is built, such as railway_double.", required=True),
        Column("quantity", "number", "How much of it, over all years.", required=True, lower=0.0),
        Column("unit", "text", "Unit of the quantity; blank: that of the asset."),
        Column("first", "number", "The first year of building.", required=True),
        Column("last", "number", "The last year of building.", required=True),
        Column("item", "text", "What it is, in words."),
    ),
)


@dataclass(frozen=True)
class Programme:
    """What is to be built.

    name : as it is asked for. items : item, asset, quantity, unit (of the asset), first, last, source, verified, note.
    left_out : item, reason.
    """

    name: str
    title: str
    country: str | None
    first: int
    last: int
    items: pl.DataFrame
    left_out: pl.DataFrame


@cache
def stated_items() -> pl.DataFrame:
    """Return every stated item of the built-in programmes beside what was chosen for it: asset, share, assumed, reason, note."""
    with files("capcoop.atlas").joinpath("figures", "programme_items.csv").open("rb") as file:
        choices = pl.read_csv(file, schema_overrides={"share": pl.Float64, "asset": pl.String, "assumed": pl.String, "reason": pl.String})
    choices = choices.rename({"note": "why"})
    return table("programmes").join(choices, on=["programme", "item"], how="left", maintain_order="left_right")


@cache
def built_in_programmes() -> dict[str, Programme]:
    """Return every built-in programme by name."""
    groups = stated_items().partition_by("programme", maintain_order=True)
    return {programme.name: programme for programme in map(_built_in, groups)}


def _built_in(rows: pl.DataFrame) -> Programme:
    title, country, first, last = rows.row(0)[:4]
    used = rows.filter(pl.col("asset").is_not_null())
    units = [(ASSETS[asset].unit, _factor(unit, ASSETS[asset])) for asset, unit in used.select("asset", "unit").iter_rows()]
    used = used.with_columns(
        quantity=pl.col("value") * pl.col("share") * pl.Series([factor for _, factor in units], dtype=pl.Float64),
        unit=pl.Series([unit for unit, _ in units], dtype=pl.String),
        note=pl.col("why"),
        verified=pl.col("verified") & (pl.col("assumed") == "no"),
    ).select(pl.col(name).cast(kind) for name, kind in ITEMS.items())
    unknown = pl.col("asset").is_in([name for name in ASSETS if not intensities_of(name)])
    left_out = pl.concat(
        (
            used.filter(unknown).select("item", reason=pl.lit(NO_INTENSITY)),
            rows.filter(pl.col("asset").is_null()).select("item", "reason"),
        )
    )
    return Programme(slug(title), title, country, first, last, used.filter(~unknown), left_out.unique(maintain_order=True))


def slug(title: str) -> str:
    """Return a title as a name to type: `Nurly Zhol` becomes `nurly-zhol`."""
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")


def _factor(unit: str, asset: Asset) -> float | None:
    """Return how many units of an asset one of a stated unit is; None where it measures something else."""
    return 1.0 if unit == asset.unit else UNITS.get((unit, asset.unit))


def find_programme(text: str, country: str | None = None) -> Programme:
    """Return a built-in programme by name, or the programme in a CSV file.

    Raises
    ------
    UsageError : there is none, or it is another country's; with the nearest name, or those of the country.
    """
    known = built_in_programmes()
    if text.casefold().endswith(".csv"):
        return read_programme(Path(text))
    name = slug(text)
    own = [programme.name for programme in known.values() if country in {None, programme.country}]
    if name in own:
        return known[name]
    if name in known:
        owner, asked = (countries()[code or ""].name for code in (known[name].country, country))
        raise UsageError(f"'{printable(text)}' is a programme of {owner}, not of {asked}")
    hint = suggestion(name, own) or (
        "a programme of your own is a .csv file"
        if own
        else f"the atlas has none of {countries()[country or ''].name}; leave it out, or write one as a .csv file"
    )
    raise UsageError(f"'{printable(text)}' is no programme; {hint}")


def read_programme(path: Path) -> Programme:
    """Read a user's programme: a CSV file with the columns asset, quantity, unit, first, last, and item, source, verified, note if wanted.

    Raises
    ------
    UsageError : the file cannot be used; every problem with its row and column.
    """
    problems: list[Problem] = []
    try:
        frame = csv_frame(path.read_bytes(), path.name, problems)
    except OSError as error:
        raise UsageError(f"{printable(str(path))} cannot be read: {error.strerror}") from None
    rows = pl.DataFrame() if frame is None else typed(FILE, frame, path.name, problems)
    if not problems and rows.is_empty():
        problems.append(Problem(path.name, None, None, "the programme", "has no items", "write a row for each thing to build"))
    faults = [] if problems else [fault for row in rows.iter_rows(named=True) for fault in _faults(row, path.name)]
    if problems or faults:
        raise UsageError("\n".join(map(str, problems or faults)))
    items = pl.DataFrame([_item(row, path.name) for row in rows.iter_rows(named=True)], ITEMS, orient="row")
    first, last = items.select(pl.col("first").min(), pl.col("last").max()).row(0)
    nothing = pl.DataFrame(schema={"item": pl.String, "reason": pl.String})
    return Programme(slug(path.stem) or "programme", path.stem, None, first, last, items, nothing)


def _faults(row: dict[str, Any], file: str) -> Iterator[Problem]:
    """Yield what is wrong with a row of a user's programme."""

    def fault(column: str, rule: str, remedy: str) -> Problem:
        cell = row[column]
        found = "a blank" if cell is None else f"{cell:g}" if isinstance(cell, float) else f"'{cell}'"
        return Problem(file, row[ROW], column, found, rule, remedy)

    asset = None
    try:
        asset = find_asset(row["asset"] or "")
    except UsageError:
        yield fault(
            "asset", "is nothing that the atlas knows to build", suggestion(row["asset"] or "", ASSETS) or "known: " + ", ".join(ASSETS)
        )
    if asset is not None and not intensities_of(asset.name):
        yield fault("asset", "has no intensity: no figure tells what it takes of any product", "leave the row out")
    if asset is not None and row["unit"] is not None and _factor(row["unit"], asset) is None:
        yield fault("unit", f"does not measure {asset.name}", f"write {asset.unit}")
    if row["quantity"] is None or not 0 <= row["quantity"] < float("inf"):
        yield fault("quantity", "is no quantity", "write a number, 0 or more")
    years = [row[name] for name in ("first", "last")]
    wrong = [name for name, year in zip(("first", "last"), years, strict=True) if year is None or year % 1 or not 1900 <= year <= 2200]
    for name in wrong:
        yield fault(name, "is no year", "write a year such as 2025")
    if not wrong and years[0] > years[1]:
        yield fault("last", f"is before {years[0]:g}, the first year", "write the years from first to last")


def _item(row: dict[str, Any], file: str) -> tuple[Any, ...]:
    """Return a sound row of a user's programme as an item."""
    asset = find_asset(row["asset"])
    factor = UNITS.get((row["unit"], asset.unit), 1.0)
    span = int(row["first"]), int(row["last"])
    verified = bool(row["verified"]) and row["source"] is not None
    return row["item"] or asset.title, asset.name, row["quantity"] * factor, asset.unit, *span, row["source"] or file, verified, row["note"]


def explode(items: pl.DataFrame, first: int | None = None, last: int | None = None) -> pl.DataFrame:
    """Return what items take: year, product, low, central, high, unit (kt), asset, item, source, verified.

    Each quantity is spread evenly over its years; with `first` and `last` only the years between them are returned.

    Raises
    ------
    UsageError : an item of which no intensity is known.
    """
    bare = next((name for name in items.get_column("asset").unique(maintain_order=True) if not intensities_of(name)), None)
    if bare is not None:
        raise UsageError(f"no figure tells what {ASSETS[bare].title} ({bare}) takes of any product; leave it out of the programme")
    taken = items.join(intensity_table(), on="asset", suffix="_taken", maintain_order="left_right")
    yearly = pl.col("quantity") / (pl.col("last") - pl.col("first") + 1) / 1e3
    out = taken.with_columns(
        *((yearly * pl.col(f"t_{level}")).alias(level) for level in ("low", "central", "high")),
        year=pl.int_ranges("first", pl.col("last") + 1, dtype=pl.Int32),
        unit=pl.lit("kt"),
        source=pl.concat_str("source", "source_taken", separator=" | "),
        verified=pl.col("verified") & pl.col("verified_taken"),
    ).explode("year")
    if first is not None:
        out = out.filter(pl.col("year") >= first)
    if last is not None:
        out = out.filter(pl.col("year") <= last)
    return out.select("year", "product", "low", "central", "high", "unit", "asset", "item", "source", "verified")


def needs_of(programmes: Iterable[Programme], first: int, last: int) -> pl.DataFrame:
    """Return what programmes take together in the years from first to last, as `explode` does."""
    return pl.concat([explode(programme.items, first, last) for programme in programmes])
