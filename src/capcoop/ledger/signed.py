"""How many agreements and memoranda a ledger knows by country, as known at the end of a year.

A package counts with its stated number of documents, and what is part of it is not added to it; a package that states none counts with
its items. An agreement counts from the year in which it was first more than proposed, whatever became of it later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from capcoop.ledger.database import open_ledger
from capcoop.ledger.entries import STOPPED, Entry

if TYPE_CHECKING:
    from sqlalchemy import Connection

AGREEMENT, PACKAGE, DOCUMENTS = "agreement", "package", "documents"
WHOLES = (AGREEMENT, "project", "fund", PACKAGE)  # what can be part of each other
NOT_SIGNED = ("proposed", STOPPED)
DEEPEST = 20  # packages within each other
MOST_SOURCES = 8
TEXT = dict.fromkeys(("record", "kind", "host", "partner", "part_of", "date"), pl.String)
STAGES = {"record": pl.String, "status": pl.String, "date": pl.String, "source": pl.String, "verified": pl.Boolean}
READINGS = {"record": pl.String, "amount": pl.Float64, "headline": pl.Boolean, "source": pl.String, "verified": pl.Boolean}
OWN = ["record", "host"]


@dataclass(frozen=True)
class Facts:
    """Records (TEXT), their stages (STAGES) and readings of documents (READINGS), in the order in which they were written."""

    records: pl.DataFrame
    stages: pl.DataFrame
    readings: pl.DataFrame


@cache
def built_in_facts() -> Facts:
    """Return the facts of the built-in ledger; no database is needed."""
    from capcoop.ledger.built_in import built_in_entries

    return facts_of(built_in_entries())


def facts_of(entries: Sequence[Entry]) -> Facts:
    """Return the facts of entries that have names."""
    own = [entry for entry in entries if entry.attributes.kind in WHOLES]
    records = [(entry.record, *(getattr(entry.attributes, name) for name in list(TEXT)[1:])) for entry in own]
    stages = [(entry.record, one.status, one.date, one.source, one.verified) for entry in own for one in entry.stages]
    readings = [
        (entry.record, one.amount, one.headline, one.source, one.verified)
        for entry in own
        for one in entry.readings
        if one.quantity == DOCUMENTS
    ]
    return Facts(_frame(records, TEXT), _frame(stages, STAGES), _frame(readings, READINGS))


def facts_from(database: str, partner: str) -> tuple[Facts, str]:
    """Return the facts of a database that concern a partner (code), and where it is in words.

    Raises
    ------
    UsageError : the extra `ledger` is missing, or the database is no ledger.
    """
    ledger = open_ledger(database)
    try:
        return ledger.read(lambda connection: _facts(connection, partner)), ledger.place
    finally:
        ledger.close()


def _facts(connection: Connection, partner: str) -> Facts:
    from sqlalchemy import select

    from capcoop.ledger.tables import Agreement, ReadingRow, StageRow

    own = (Agreement.partner == partner, Agreement.kind.in_(WHOLES))
    records = connection.execute(select(*(getattr(Agreement, name) for name in TEXT)).where(*own))
    found = []
    for table, schema, more in ((StageRow, STAGES, ()), (ReadingRow, READINGS, (ReadingRow.quantity == DOCUMENTS,))):
        columns = [getattr(table, name) for name in schema]
        asked = select(*columns).join(Agreement, Agreement.record == table.record).where(*own, *more)
        found.append(_frame(map(tuple, connection.execute(asked.order_by(table.record, table.version, table.place))), schema))
    return Facts(_frame(map(tuple, records), TEXT), *found)


def _frame(rows: Iterable[tuple[object, ...]], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema, orient="row")


def signed(facts: Facts, partner: str, until: int) -> pl.DataFrame:
    """Return how many agreements and memoranda each host has signed with a partner by the end of a year.

    Columns: host, documents, low and high (over the readings of packages), year (of the latest), source, verified (all of it). A record
    without a date counts for nobody, since it is not known when it was signed.
    """
    known = _known(facts, partner, until)
    stated = known.filter(pl.col("kind") == PACKAGE).join(_stated(facts.readings), on="record")
    single = known.filter(pl.col("kind") == AGREEMENT).with_columns(pl.lit(1.0).alias(name) for name in (DOCUMENTS, "low", "high"))
    counted = pl.concat(
        [stated.drop("own_source", "own_verified"), single.rename({"own_source": "source", "own_verified": "verified"})], how="diagonal"
    )
    inside = _inside(facts.records, stated.select(OWN))
    named = pl.col("source").filter(pl.col("source") != "").unique(maintain_order=True)
    more = pl.when(named.len() > MOST_SOURCES).then(pl.format(" | and {} more", named.len() - MOST_SOURCES)).otherwise(pl.lit(""))
    return (
        counted.join(inside, on="record", how="anti")
        .sort("date", "record")
        .group_by("host", maintain_order=True)
        .agg(
            *(pl.col(name).sum() for name in (DOCUMENTS, "low", "high")),
            year=pl.col("date").str.head(4).max().cast(pl.Int32),
            source=named.head(MOST_SOURCES).str.join(" | ") + more,
            verified=pl.col("verified").all(),
        )
        .sort("host")
    )


def _known(facts: Facts, partner: str, until: int) -> pl.DataFrame:
    """Return the agreements and packages of a partner that were more than proposed by the end of a year, with that date.

    A record without any stage counts from its own date.
    """
    own = facts.records.filter(pl.col("partner") == partner, pl.col("kind").is_in([AGREEMENT, PACKAGE]))
    told = facts.stages.join(own.select("record", own_date="date"), on="record")
    dated = told.with_columns(date=pl.when(pl.col("date") == "").then("own_date").otherwise("date"))
    first = (
        dated.filter(~pl.col("status").is_in(NOT_SIGNED))
        .sort("date", maintain_order=True)
        .group_by("record", maintain_order=True)
        .agg(pl.col("date", "source", "verified").first())
    )
    joined = own.join(first.rename({"date": "on", "source": "own_source", "verified": "own_verified"}), on="record", how="left")
    untold = joined.join(told.select("record").unique(), on="record", how="anti").with_columns(on="date", own_verified=pl.lit(value=False))
    found = pl.concat([joined.filter(pl.col("on").is_not_null()), untold])
    found = found.with_columns(date="on", own_source=pl.col("own_source").fill_null("")).drop("on")
    return found.filter(pl.col("date") != "", pl.col("date").str.head(4).cast(pl.Int32, strict=False) <= until)


def _stated(readings: pl.DataFrame) -> pl.DataFrame:
    """Return of each record the number of documents shown first (the headline, else the first verified, else the first), and the range."""
    order = readings.sort("headline", "verified", descending=True, maintain_order=True)
    return order.group_by("record", maintain_order=True).agg(
        pl.col("amount").first().alias(DOCUMENTS),
        low=pl.col("amount").min(),
        high=pl.col("amount").max(),
        source=pl.col("source").filter(pl.col("source") != "").unique(maintain_order=True).str.join("; "),
        verified=pl.col("verified").first(),
    )


def _inside(records: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """Return the records that are part of a package of the same host which counts, however many packages lie between."""
    links = records.select("record", up="part_of")
    step = records.select(*OWN, up="part_of").filter(pl.col("up") != "")
    found, rings = [], []
    for _ in range(DEEPEST):
        rings.append(step.filter(pl.col("up") == pl.col("record")).select("record"))
        step = step.filter(pl.col("up") != pl.col("record"))
        hit = step.join(stated, left_on=["up", "host"], right_on=OWN, how="semi")
        found.append(hit.select("record"))
        step = step.join(links, left_on="up", right_on="record", suffix="_next").select(*OWN, up="up_next").filter(pl.col("up") != "")
        if step.is_empty():
            break
    # Packages that are part of each other in a ring are nobody's whole: each counts for itself.
    return pl.concat(found).unique().join(pl.concat(rings), on="record", how="anti")
