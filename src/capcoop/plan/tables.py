"""Plan: the answer as tidy tables, every column with its unit; saved as Parquet and CSV."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from capcoop.views import view

if TYPE_CHECKING:
    from capcoop.case import Case

Kind = Literal["text", "number"]


@dataclass(frozen=True)
class PlanColumn:
    """One column of a plan's table; in `unit`, {money} is the case's money and {unit} the row's own column `unit`."""

    name: str
    kind: Kind
    sentence: str
    unit: str = ""


def text(name: str, sentence: str) -> PlanColumn:
    """Return a column of names."""
    return PlanColumn(name, "text", sentence)


def number(name: str, unit: str, sentence: str) -> PlanColumn:
    """Return a column of figures."""
    return PlanColumn(name, "number", sentence, unit)


SITE = text("site", "The site.")
PRODUCT = text("product", "The product.")
PERIOD = text("period", "The period.")
SLICE = text("slice", "The slice; blank: the whole year.")
UNIT = text("unit", "Unit of the row's amounts.")
LINE = text("line", "The line; blank for a channel.")
CHANNEL = text("channel", "The channel; blank for a line.")

PLAN_TABLES: dict[str, tuple[PlanColumn, ...]] = {
    "builds": (
        text("option", "The option that is built."),
        SITE,
        LINE,
        CHANNEL,
        text("supplier", "Country that supplies the equipment."),
        text("technology", "Country whose technology it is."),
        text("period", "The period of the decision."),
        number("builds", "builds", "Number of builds; blank where any capacity may be added."),
        number("new_capacity", "{unit}", "Capacity of the option's own line or channel that is added."),
        UNIT,
        number("investment", "{money}", "Cost of what is built, undiscounted, as its charge states it."),
        number("present_cost", "{money}", "Its part of the objective."),
        number("jobs", "jobs", "Jobs on the new capacity, as lines.jobs states them; blank where they are unknown."),
    ),
    "capacity": (
        SITE,
        LINE,
        CHANNEL,
        PERIOD,
        number("existing", "{unit}", "Existing capacity."),
        number("new", "{unit}", "New capacity that stands, packages included."),
        number("standing", "{unit}", "Both together."),
        UNIT,
    ),
    "activity": (
        text("process", "The process."),
        SITE,
        PERIOD,
        SLICE,
        number("activity", "activity/year", "Yearly activity; of a slice: its part of the year."),
    ),
    "flows": (
        text("channel", "The channel."),
        text("from", "Where the flow starts."),
        text("to", "Where it ends."),
        text("mode", "Mode of the channel."),
        PRODUCT,
        PERIOD,
        SLICE,
        number("sent", "{unit}/year", "Amount sent."),
        number("arrived", "{unit}/year", "Amount that arrives."),
        UNIT,
        number("freight", "{money}/year", "Freight, paid on what is sent."),
    ),
    "purchases": (
        text("purchase", "The offer."),
        text("origin", "Country it comes from."),
        SITE,
        PRODUCT,
        PERIOD,
        SLICE,
        number("quantity", "{unit}/year", "Amount bought."),
        UNIT,
        number("price", "{money}/{unit}", "Price of a unit."),
        number("cost", "{money}/year", "Quantity times price."),
    ),
    "sales": (
        text("sale", "The offer."),
        text("destination", "Country it goes to."),
        SITE,
        PRODUCT,
        PERIOD,
        SLICE,
        number("quantity", "{unit}/year", "Amount sold."),
        UNIT,
        number("price", "{money}/{unit}", "Price of a unit."),
        number("revenue", "{money}/year", "Quantity times price."),
    ),
    "unmet": (
        SITE,
        PRODUCT,
        PERIOD,
        SLICE,
        number("need", "{unit}/year", "The need."),
        number("unmet", "{unit}/year", "What of it is not met."),
        UNIT,
    ),
    "balances": (
        SITE,
        PRODUCT,
        PERIOD,
        SLICE,
        number("made", "{unit}/year", "Made by processes."),
        number("used", "{unit}/year", "Used by processes."),
        number("received", "{unit}/year", "Arrived through channels."),
        number("sent", "{unit}/year", "Sent through channels."),
        number("bought", "{unit}/year", "Bought from outside."),
        number("sold", "{unit}/year", "Sold outside."),
        number("need", "{unit}/year", "The need."),
        number("unmet", "{unit}/year", "What of it is not met."),
        number("surplus", "{unit}/year", "Thrown away."),
        UNIT,
    ),
    "prices": (
        SITE,
        PRODUCT,
        PERIOD,
        SLICE,
        number("price", "{money}/{unit}", "Cost of one more unit in that period, with whole units fixed."),
        UNIT,
    ),
    "costs": (
        text("component", "Part of the objective."),
        text("period", "The period; of an outlay: that of the decision."),
        number("cost", "{money}/year", "Yearly payment in the period, undiscounted; of an outlay: the whole payment."),
        number("present_cost", "{money}", "Its part of the objective."),
    ),
    "binding": (
        text("kind", "What kind of rule binds."),
        text("rule", "The rule in a sentence."),
        number("value", "", "The bound that binds."),
        number("price", "{money}", "How much the objective rises if the bound rises by one."),
    ),
}
TYPES: dict[Kind, Any] = {"text": pl.String, "number": pl.Float64}


def schema_of(table: str) -> dict[str, Any]:
    """Return the polars schema of a plan's table."""
    return table_schema(PLAN_TABLES[table])


def table_schema(columns: Iterable[PlanColumn]) -> dict[str, Any]:
    """Return the polars schema of columns."""
    return {column.name: TYPES[column.kind] for column in columns}


@dataclass(frozen=True, eq=False)
class Plan:
    """The answer to a case.

    outcome : status, objective, bound, gap, seconds, currency and the sizes of the program; plain values.
    tables : name -> tidy polars frame with the columns of `PLAN_TABLES`; rows of nothing are left out.
    source : the case that it answers, or the folder of the run that holds both; None where only the tables are known.
    """

    outcome: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame]
    source: Case | Path | None = field(default=None, repr=False)

    def __getitem__(self, table: str) -> pl.DataFrame:
        """Return a table."""
        return self.tables[table]

    @property
    def objective(self) -> float:
        """The optimum: present cost of the plan in the case's money."""
        return float(self.outcome["objective"])

    def map(self, layer: str | None = None, **options: Any) -> Any:  # noqa: ANN401  (an Altair chart, of an extra)
        """Return the map as an Altair chart: sites, lines and channels by period.

        layer : `logistics`, `power` or `information`; the first that the plan has, unless said. options : `language` (en, es, ru, zh),
        `outlines` (a GeoJSON file), `near` (the part where most sites lie, if there is one).

        Raises
        ------
        UsageError : the extra `report` is not installed, the case is not known, or there is no such map.
        """
        return view("plan_map")(self, layer, **options)

    def chart(self, key: str, **options: Any) -> Any:  # noqa: ANN401
        """Return a chart of the page as an Altair chart, such as `gap`; options : `language`. Raises UsageError as `map` does."""
        return view("plan_chart")(self, key, **options)

    def _repr_html_(self) -> str:
        """Show the plan in a notebook: what it costs, what is built."""
        return str(view("plan_html")(self))


def save_plan(plan: Plan, folder: Path) -> None:
    """Write every table of a plan into `folder`, as `save_tables` does."""
    save_tables(plan.tables, PLAN_TABLES, str(plan.outcome.get("currency", "money")), folder)


def save_tables(tables: Mapping[str, pl.DataFrame], columns: Mapping[str, Iterable[PlanColumn]], money: str, folder: Path) -> None:
    """Write tables as Parquet and CSV into `folder`, with a note of the columns and units of those named in `columns`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
        frame.write_csv(folder / f"{name}.csv")
    notes = {
        table: {column.name: {"unit": column.unit.replace("{money}", money), "meaning": column.sentence} for column in own}
        for table, own in columns.items()
    }
    (folder / "columns.json").write_text(json.dumps(notes, indent=2), encoding="utf-8")


def clear_tables(inner: Path, tables: Iterable[str]) -> None:
    """Take away tables that were saved in a folder, and the folder if nothing else is in it; a link is cut, not followed."""
    if inner.is_symlink():
        inner.unlink()
    for name in (*(f"{table}.{kind}" for table in tables for kind in ("parquet", "csv")), "columns.json"):
        (inner / name).unlink(missing_ok=True)
    with suppress(OSError):  # it was never there, or holds other files
        inner.rmdir()
