"""What differs between runs: what was asked, cost, builds, prices, amounts; the first run with a plan is the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.errors import UsageError, printable
from capcoop.report.saved import SavedRun, cell, read_run, words

# Values whose difference is below this part of the larger one are equal, and so are those of no account beside the largest.
EQUAL, NOTHING = 1e-6, 1e-9
AMOUNTS = ("made", "bought", "sold", "unmet")
KEYS = {
    "builds": ("option", "period", "measure", "unit"),
    "amounts": ("product", "measure", "period", "unit"),
    "prices": ("product", "site", "period", "slice", "unit"),
    "costs": ("component",),
}
MONEY = ("costs", "prices")
DISCOUNTING = ("discount_rate", "timing", "base_year")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs side by side.

    runs : name (`run 1`, `run 2`, ...) -> run. notes : sentences on what cannot be compared.
    tables : asked (setting), costs (component), builds (option, period, measure), amounts (product, measure, period) and
    prices (product, site, period, slice), each with a column for every run that can be compared in it, and `differs`.
    """

    runs: Mapping[str, SavedRun]
    notes: tuple[str, ...]
    tables: Mapping[str, pl.DataFrame]

    def __getitem__(self, table: str) -> pl.DataFrame:
        """Return a table."""
        return self.tables[table]

    def names(self, table: str) -> list[str]:
        """Return the names of the runs that a table has columns for."""
        return [name for name in self.tables[table].columns if name in self.runs]


def compare(folders: Sequence[str | Path]) -> Comparison:
    """Compare runs by their folders.

    Parameters
    ----------
    folders : two or more run folders. The first that holds a plan is the reference of the others.

    Raises
    ------
    UsageError : a folder is no run, or fewer than two runs hold a plan.
    """
    if len(folders) < 2:
        raise UsageError("name two or more run folders to compare")
    runs = {f"run {place}": read_run(folder) for place, folder in enumerate(folders, start=1)}
    notes = [f"{name} ({printable(str(run.folder))}) {run.why}." for name, run in runs.items() if run.why]
    planned = {name: run for name, run in runs.items() if not run.why}
    if len(planned) < 2:
        raise UsageError("there are not two plans to compare:\n" + "\n".join(notes).removesuffix("."))
    priced, told = _of_one_money(planned)
    notes += [*_other_cases(planned), *told, *_other_discounting(priced), *_other_units(planned)]
    shown = {table: priced if table in MONEY else planned for table in KEYS}
    tables = {
        "asked": _asked({name: run for name, run in runs.items() if run.request}),
        **{table: _side_by_side(table, shown[table]) for table in KEYS},
    }
    prices = tables["prices"].sort("_distance", descending=True, nulls_last=True, maintain_order=True)
    tables = {name: frame.drop("_distance", strict=False) for name, frame in (tables | {"prices": prices}).items()}
    return Comparison(runs, tuple(notes), tables)


def as_record(comparison: Comparison, *, everything: bool) -> dict[str, Any]:
    """Return the comparison as plain values, for `--json`: what differs, or with `everything` also what is equal."""
    runs = {
        name: {
            "folder": str(run.folder),
            "case": run.case,
            "scenario": run.scenario or None,
            "status": run.outcome.get("status"),
            "currency": run.money,
            **{key: run.figure(key) for key in ("objective", "bound", "gap")},
        }
        for name, run in comparison.runs.items()
    }
    record: dict[str, Any] = {"runs": runs, "notes": list(comparison.notes)}
    for name, frame in comparison.tables.items():
        same = int((~frame["differs"]).sum())
        record[name] = {"equal": same, "rows": (frame if everything else frame.filter("differs")).to_dicts()}
    return record


def _asked(runs: Mapping[str, SavedRun]) -> pl.DataFrame:
    """Return case, scenario, sets and every setting of each run as text; a description asks for nothing."""
    columns = {}
    for name, run in runs.items():
        settings = dict(run.settings)
        inner = settings.pop("solver", None)
        flat = settings | ({f"solver.{key}": value for key, value in inner.items()} if isinstance(inner, dict) else {})
        sets = run.request.get("sets")
        texts = {words(key): words(value) for key, value in flat.items() if value not in (None, "") and key != "description"}
        columns[name] = {
            "case": run.case,
            "scenario": run.scenario,
            "set": words("; ".join(map(str, sets)) if isinstance(sets, list) else ""),
        }
        columns[name] |= texts | ({"financed": "yes"} if run.request.get("financed") is True else {})
    names = list(dict.fromkeys(key for texts in columns.values() for key in texts))
    frame = pl.DataFrame({"setting": names, **{name: [texts.get(key) or None for key in names] for name, texts in columns.items()}})
    frame = frame.cast(pl.String)
    return frame.with_columns(differs=pl.concat_list(list(runs)).list.n_unique() > 1)


def _other_cases(runs: Mapping[str, SavedRun]) -> list[str]:
    """Say which runs plan another case than the reference."""
    first, reference = next(iter(runs.items()))
    return [
        f"{name} plans another case ({run.case}) than {first} ({reference.case}): only what has the same names can be compared."
        for name, run in runs.items()
        if run.case != reference.case
    ]


def _of_one_money(runs: Mapping[str, SavedRun]) -> tuple[dict[str, SavedRun], list[str]]:
    """Return the runs that count in the money of the reference, and a sentence for each other one."""
    first, reference = next(iter(runs.items()))
    notes = [
        f"{name} counts in {run.money}, {first} in {reference.money}: its costs and prices are left out."
        for name, run in runs.items()
        if run.money != reference.money
    ]
    return {name: run for name, run in runs.items() if run.money == reference.money}, notes


def _other_discounting(runs: Mapping[str, SavedRun]) -> list[str]:
    """Say which runs discount otherwise than the reference: their present values differ by that as well."""
    first, reference = next(iter(runs.items()))
    return [
        f"{name} discounts otherwise than {first}: part of the difference in cost is only that."
        for name, run in runs.items()
        if any(run.settings.get(key) != reference.settings.get(key) for key in DISCOUNTING)
    ]


def _other_units(runs: Mapping[str, SavedRun]) -> list[str]:
    """Say which products do not have the same unit in all runs; their rows stand apart."""
    found = pl.concat(run.tables["balances"].select("product", "unit").unique() for run in runs.values())
    units = (
        found.group_by("product").agg(pl.col("unit").fill_null("").unique().sort()).filter(pl.col("unit").list.len() > 1).sort("product")
    )
    return [
        f"{cell(product)} is counted in {' and in '.join(map(cell, several))}: amounts in different units stand in rows of their own."
        for product, several in units.iter_rows()
    ]


def _long(table: str, run: SavedRun) -> pl.DataFrame:
    """Return the figures of one run, by the keys of a compared table, in the column `value`."""
    if table == "costs":
        return run.tables["costs"].group_by("component", maintain_order=True).agg(value=pl.col("present_cost").sum())
    if table == "prices":
        return run.tables["prices"].select(*KEYS["prices"], value="price")
    if table == "builds":
        built = run.tables["builds"].select("option", "period", "unit", "builds", capacity="new_capacity")
        long = built.unpivot(["builds", "capacity"], index=["option", "period", "unit"], variable_name="measure").drop_nulls("value")
        measures = long.with_columns(unit=pl.when(measure="builds").then(pl.lit("builds")).otherwise("unit"))
    else:
        amounts = run.tables["balances"].group_by("product", "period", "unit", maintain_order=True).agg(pl.col(AMOUNTS).sum())
        measures = amounts.unpivot(AMOUNTS, index=["product", "period", "unit"], variable_name="measure")
    return measures.select(*KEYS[table], "value")


def _sorted_by(table: str, runs: Mapping[str, SavedRun]) -> list[pl.Expr]:
    """Return what the rows are sorted by: the name, for amounts the measure, then periods as they follow each other."""
    periods = pl.concat(run.tables["prices"].get_column("period") for run in runs.values()).drop_nulls().unique(maintain_order=True)
    place = pl.col("period").replace_strict(periods, range(len(periods)), default=None, return_dtype=pl.Int64)
    measure = pl.col("measure").replace_strict(AMOUNTS, range(len(AMOUNTS)), default=None, return_dtype=pl.Int64)
    return [pl.col(KEYS[table][0]), *([measure] if table == "amounts" else []), place]


def _side_by_side(table: str, runs: Mapping[str, SavedRun]) -> pl.DataFrame:
    """Return one row for each key, a column for each run, whether they differ, and how far they are apart.

    What a run does not name is nothing in it: 0, but of a price, which is not known.
    """
    long = pl.concat(_long(table, run).with_columns(_run=pl.lit(name)) for name, run in runs.items())
    each = [pl.col("value").filter(pl.col("_run") == name).sum().alias(name) for name in runs]
    if table == "prices":
        each = [pl.col("value").filter(pl.col("_run") == name).first().alias(name) for name in runs]
    wide = long.group_by(KEYS[table], maintain_order=True).agg(each)
    if table in {"builds", "amounts"}:
        wide = wide.sort(_sorted_by(table, runs), maintain_order=True)
    if table == "amounts":
        wide = wide.filter(pl.any_horizontal(pl.col(list(runs)) != 0))
    kind = "measure" if table == "builds" else KEYS[table][0]
    largest = pl.max_horizontal(pl.col(list(runs)).abs())
    scale = largest.max() if table == "costs" else largest.max().over(kind)
    scale = pl.when(scale > 0).then(scale).otherwise(1.0)
    reference, others = next(iter(runs)), list(runs)[1:]
    apart = [(pl.col(other) - pl.col(reference)).abs() for other in others]
    differ = [
        (pl.col(other).is_null() != pl.col(reference).is_null())
        | (distance > pl.max_horizontal(EQUAL * pl.max_horizontal(pl.col(other).abs(), pl.col(reference).abs()), NOTHING * scale))
        for other, distance in zip(others, apart, strict=True)
    ]
    return wide.with_columns(
        differs=pl.any_horizontal(*differ, pl.lit(value=False)).fill_null(value=False),
        _distance=pl.max_horizontal(*apart, pl.lit(0.0)) / scale,
    )
