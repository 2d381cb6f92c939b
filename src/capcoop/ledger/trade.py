"""Trade between the parties over time: of the atlas, and as the ledger's own records tell it, never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from capcoop.ledger.look import AREA_MEMBERS, _facts, members
from capcoop.ledger.vocabulary import name_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

Record = dict[str, Any]
METRICS = ("exports_to_partner", "imports_from_partner")
BASE, SIGNED = 2000, 2014  # the year that trade is measured against, and the last before the visits of 2015


def trade_of(connection: Connection, hosts: Sequence[str], partner: str | None) -> list[Record]:
    """Return for each host the series of the atlas and that of the ledger, with growth."""
    if partner is None:
        return []
    told = [_host(connection, host, partner) for host in hosts]
    return [one for one in told if one["atlas"]["years"] or one["ledger"]["years"]]


def _host(connection: Connection, host: str, partner: str) -> Record:
    atlas, ledger = _atlas(host, partner), _ledger(connection, host, partner)
    names = {"host": host, "host_name": name_of(host), "partner": partner, "partner_name": name_of(partner)}
    return {**names, "atlas": atlas | _growth(atlas["years"]), "ledger": ledger | _growth(ledger["years"]) | _multiples(ledger["years"])}


def _atlas(host: str, partner: str) -> Record:
    """Return exports and imports of a country, or the sum over those of an area, million USD."""
    from capcoop.atlas.figures import rows

    within = members(host)[1:] if host in AREA_MEMBERS else [host]
    found = rows("ties", partner=partner).filter(
        pl.col("metric").cast(pl.String).is_in(METRICS), pl.col("country").cast(pl.String).is_in(within), pl.col("year").is_not_null()
    )
    sums = [
        pl.when(pl.col("metric").cast(pl.String) == metric).then(pl.col("value")).sum().alias(name)
        for metric, name in zip(METRICS, ("exports", "imports"), strict=True)
    ]
    told = [pl.col("country").n_unique().alias("countries"), pl.col("verified").all(), pl.col("metric").n_unique().alias("metrics")]
    by_year = found.group_by("year").agg(*sums, *told).filter(pl.col("metrics") == len(METRICS)).drop("metrics").sort("year")
    sources = found.get_column("source").cast(pl.String).unique().sort().to_list()
    notes = found.get_column("note").cast(pl.String).drop_nulls().unique().sort().to_list()
    years = by_year.with_columns(musd=pl.col("exports") + pl.col("imports")).to_dicts()
    return {"years": years, "sources": sources, "notes": notes}


def _ledger(connection: Connection, host: str, partner: str) -> Record:
    """Return trade as records tell it, million USD: of each year the first reading, and the others beside it."""
    from sqlalchemy import select

    from capcoop.ledger.tables import Agreement, ReadingRow

    own = (Agreement.kind == "trade", Agreement.host == host, Agreement.partner == partner)
    dates = dict(connection.execute(select(Agreement.record, Agreement.date).where(*own)).all())
    by_record: dict[str, list[Record]] = {}
    for row in _facts(connection, ReadingRow, list(dates)):
        if row["quantity"] == "trade" and row["currency"] == "USD":
            one = {"musd": row["millions"], **{name: row[name] for name in ("bound", "source", "verified", "note")}}
            by_record.setdefault(row["record"], []).append(one)
    years = [
        {"year": int(dates[record][:4]), **readings[0], "others": readings[1:]} for record, readings in by_record.items() if dates[record]
    ]
    return {"years": sorted(years, key=lambda one: one["year"])}


def _growth(years: Sequence[Record]) -> Record:
    """Return the growth a year between the first and the last year of full figures, and between 2000, 2014 and the last."""
    full = [(one["year"], one["musd"]) for one in years if not one.get("bound")]
    spans = [(full[0], full[-1])] if len(full) > 1 else []
    before = [one for one in full if one[0] <= SIGNED]
    if before and before[0] != before[-1]:
        spans = [(before[0], before[-1]), *([(before[-1], full[-1])] if full[-1] != before[-1] else [])]
    told = [
        {"from": start[0], "to": end[0], "multiple": end[1] / start[1], "yearly": (end[1] / start[1]) ** (1 / (end[0] - start[0])) - 1}
        for start, end in spans
        if start[1] > 0 and end[0] > start[0]
    ]
    return {"growth": told}


def _multiples(years: Sequence[Record]) -> Record:
    """Return how many times trade of 2014 was that of 2000, by each full reading of 2000."""
    by_year = {one["year"]: one for one in years}
    if BASE not in by_year or SIGNED not in by_year:
        return {"multiples": []}
    base, later = by_year[BASE], by_year[SIGNED]
    readings = [{name: base[name] for name in ("musd", "bound", "source", "verified")}, *base["others"]]
    return {
        "multiples": [
            {"from": BASE, "to": SIGNED, "base": one["musd"], "multiple": later["musd"] / one["musd"]}
            | {"source": one["source"], "verified": one["verified"]}
            for one in readings
            if not one["bound"] and one["musd"]
        ]
    }
