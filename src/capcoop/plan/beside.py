"""Tables that stand beside the plan in the folder of a run: what other commands found on it, for its page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from capcoop.errors import UsageError, printable
from capcoop.plan.saved import DamagedError, read_columns
from capcoop.plan.tables import PlanColumn, clear_tables, number, save_tables, table_schema, text

SENSITIVITY, ROAD_MAP, AGREEMENTS = "sensitivity", "road_map", "agreements"
COLUMNS = "columns.json"  # written last: without it a folder is not whole
STUDY = text("study", "What was varied, and for a break-even what was to change.")
SUPPLIER = text("supplier", "Country of the equipment, as ISO 3166 alpha-3 code.")
HOST = text("host", "Country in which something is built.")
PARTNER = text("partner", "The other side of the agreements: country of the equipment.")
SOURCE = text("source", "Where it is told.")
VERIFIED = text("verified", "Whether it was read in its source: yes or no.")

BESIDE: dict[str, dict[str, tuple[PlanColumn, ...]]] = {
    SENSITIVITY: {
        "points": (
            STUDY,
            text("kind", "sweep, scenarios or break-even."),
            text("unit", "Unit of the value; \N{MULTIPLICATION SIGN}: multiples of what stands there; blank: none is known."),
            number("value", "", "The value; blank for a scenario."),
            text("label", "The value or the scenario, as it is told."),
            text("state", "Of a break-even: what the condition is there."),
            text("status", "Status of the plan, or why there is none."),
            number("cost", "{money}", "Cost of the plan; blank: there is none."),
            number("gap", "", "Proven relative distance from the least cost; blank: not proven."),
        ),
        "amounts": (
            STUDY,
            text("kind", "As in points."),
            text("label", "As in points."),
            text("measure", "built, or unmet: a need that is not met."),
            text("name", "The option or the product."),
            number("amount", "{unit}", "New capacity, or what is lacking a year."),
            text("unit", "Its unit."),
        ),
        "changes": (
            STUDY,
            text("kind", "break-even."),
            text("subject", "What the condition is about."),
            text("unit", "As in points."),
            number("present", "", "The value now; blank: not stated."),
            number("first", "", "From where it was looked."),
            number("last", "", "Up to where."),
            number("low", "", "The change lies between this; blank: there is none."),
            number("high", "", "and this; equal where it is exact."),
            text("before", "What the condition is below."),
            text("after", "What it is above."),
            number("cost_below", "{money}", "Cost of the plan below; blank: there is none."),
            number("cost_above", "{money}", "Cost of the plan above; blank: there is none."),
            number("within", "", "How far off the value may be, as plans are proven within a gap; blank: not known."),
        ),
        "sides": (
            STUDY,
            text("kind", "break-even."),
            number("low", "", "The change, as in changes."),
            text("option", "An option that is built on one of the sides at least."),
            number("below", "{unit}", "What is built of it below."),
            number("above", "{unit}", "What is built of it above."),
            text("unit", "Its unit."),
        ),
    },
    ROAD_MAP: {
        "ranks": (
            SUPPLIER,
            HOST,
            text("tier", "developing or developed: those with whom it is ranked; blank: it is not ranked."),
            number("ranked", "", "How many countries are ranked in the tier."),
            number("rank", "", "The rank; blank: too little is known."),
            number("rank_low", "", "The best rank in 90 % of the draws."),
            number("rank_high", "", "The worst rank in 90 % of the draws."),
            number("score", "", "The score, 0 to 1."),
            number("low", "", "Its 5 % quantile over the draws."),
            number("high", "", "Its 95 % quantile."),
            number("known", "", "Share of the weight of all figures that is known."),
            number("draws", "", "How often weights and figures were drawn."),
            number("first", "", "First year of the road map."),
            number("last", "", "Last year of the road map."),
        ),
        "parts": (
            SUPPLIER,
            HOST,
            text("criterion", "fit, desire, conditions or foundation."),
            text("part", "Part of the criterion."),
            number("score", "", "Its score, 0 to 1; blank: unknown."),
            number("known", "", "Share of its weight that is known."),
        ),
        "figures": (
            SUPPLIER,
            HOST,
            text("criterion", "fit, desire, conditions or foundation."),
            text("part", "Part of the criterion."),
            text("title", "The figure."),
            number("value", "{unit}", "Its value."),
            text("unit", "Its unit."),
            number("year", "", "Its year; blank: none."),
            SOURCE,
            VERIFIED,
        ),
    },
    AGREEMENTS: {
        "totals": (
            HOST,
            PARTNER,
            text("ledger", "The ledger that was read."),
            number("deals", "", "Agreements and projects, without proposals, packages, funds and loans."),
            number("proposals", "", "Proposals, not among them."),
            number("valued", "", "How many of the deals state a value."),
            number("known", "", "Of how many a stage is known."),
            number("moved", "", "How many have gone on since they were first told."),
            number("under_way", "", "How many are being built or in operation."),
        ),
        "values": (
            HOST,
            PARTNER,
            text("currency", "The currency; nothing is converted."),
            number("millions", "", "Sum of the values of deals in millions of it."),
            number("valued", "", "How many deals state a value in it."),
        ),
        "deals": (
            HOST,
            PARTNER,
            text("record", "Name of the record in the ledger."),
            text("title", "What it is."),
            text("date", "Its date."),
            text("stage", "How far it has come; blank: not stated."),
            text("stages", "Every stage with its date, in their order."),
            number("millions", "", "Its value in millions of the currency; blank: none is stated."),
            text("bound", "about, more or less; blank: as stated."),
            text("currency", "The currency."),
            SOURCE,
            VERIFIED,
        ),
    },
}
Tables = dict[str, pl.DataFrame]


def save_beside(tables: Mapping[str, pl.DataFrame], name: str, money: str, run: Path) -> None:
    """Save the tables of `BESIDE[name]` in a run, in place of those that were there."""
    clear_beside(run, name)
    schemas = {table: table_schema(own) for table, own in BESIDE[name].items()}
    ordered = {
        table: tables[table].select(pl.col(column).cast(kind) for column, kind in schema.items()) for table, schema in schemas.items()
    }
    save_tables(ordered, BESIDE[name], money, run / name)


def clear_beside(run: Path, name: str) -> None:
    """Take away the tables of `BESIDE[name]`, and the folder if nothing else is in it; a link is cut, not followed."""
    clear_tables(run / name, BESIDE[name])


def read_beside(run: Path, name: str) -> Tables:
    """Read the tables of `BESIDE[name]`; none where they were never saved, or not to the end. Raises UsageError where one is damaged."""
    if not (run / name / COLUMNS).is_file():
        return {}
    return {table: _read(run, f"{name}/{table}.parquet", own) for table, own in BESIDE[name].items()}


def _read(run: Path, name: str, columns: tuple[PlanColumn, ...]) -> pl.DataFrame:
    try:
        return read_columns(run, name, table_schema(columns))
    except DamagedError:
        folder = name.partition("/")[0]
        told = f"{printable(str(run))} is damaged: {name} cannot be read; take its folder {folder} away, and make it again"
        raise UsageError(told) from None
