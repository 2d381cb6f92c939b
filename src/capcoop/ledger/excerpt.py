"""What a ledger says of the countries of a plan: agreements between hosts and suppliers, what came of them, and where that is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.ledger.card import PROPOSED, card
from capcoop.ledger.database import Ledger
from capcoop.ledger.entries import Reading, Stage
from capcoop.ledger.look import Asked, _by_record, rows
from capcoop.ledger.vocabulary import DEALS, place_of

Row = dict[str, Any]
MOST = 2000


def excerpt_of(ledger: Ledger, pairs: Iterable[tuple[str, str]]) -> dict[str, pl.DataFrame]:
    """Return the tables `totals`, `values` and `deals` of a run for pairs of supplier and host; none where no deal is recorded.

    Raises
    ------
    UsageError : the ledger cannot be read.
    """
    totals, values, deals = list[Row](), list[Row](), list[Row]()
    for supplier, host in pairs:
        if None in {place_of(supplier)[0], place_of(host)[0]}:
            continue
        wanted, pair = Asked(host=host, partner=supplier), {"host": host, "partner": supplier}
        found = card(ledger, wanted)
        total, moved = found["total"], found["moved"]
        if not total["deals"] + found["proposals"]["deals"]:
            continue
        counts = {"deals": total["deals"], "proposals": found["proposals"]["deals"], "valued": total["valued"]}
        totals.append(pair | {"ledger": _name(ledger.place)} | counts | {name: moved[name] for name in ("known", "moved", "under_way")})
        deals += [pair | row for row in _deals(ledger, wanted)]
        sums = [{"currency": "USD", "millions": total["musd"], "valued": total["valued"] - sum(one["valued"] for one in total["other"])}]
        values += [pair | one for one in (*(sums if total["musd"] is not None else []), *total["other"])]
    if not totals:
        return {}
    return {
        "totals": pl.DataFrame(totals),
        "values": pl.DataFrame(values) if values else pl.DataFrame(schema=VALUE_COLUMNS),
        "deals": pl.DataFrame(deals, infer_schema_length=None) if deals else pl.DataFrame(schema=DEAL_COLUMNS),
    }


VALUE_COLUMNS = ["host", "partner", "currency", "millions", "valued"]
DEAL_COLUMNS = ["host", "partner", "record", "title", "date", "stage", "stages", "millions", "bound", "currency", "source", "verified"]


def _name(place: str) -> str:
    """Return the name of a ledger's file or database, without folders and servers: a page goes to people whom these do not concern."""
    return Path(place.partition("?")[0]).name


def _deals(ledger: Ledger, wanted: Asked) -> list[Row]:
    """Return the deals as rows, by date, `MOST` of a kind at most: the value and stage that the card counts, and who told them."""
    found = [row for kind in DEALS for row in rows(ledger, replace(wanted, kind=kind), MOST)[1] if row["status"] != PROPOSED]
    names = [row["record"] for row in found]
    readings = ledger.read(lambda connection: _by_record(connection, Reading, names))
    stages = ledger.read(lambda connection: _by_record(connection, Stage, names))
    told = [_deal(row, readings.get(row["record"], []), stages.get(row["record"], [])) for row in found]
    return sorted(told, key=lambda row: str(row["date"]))


def _deal(row: Row, readings: list[Reading], stages: list[Stage]) -> Row:
    """Return a deal as a row; its sources are those of its value and of every stage, else those of any reading."""
    ordered = sorted(stages, key=lambda one: one.date)
    value = [one for one in readings if one.millions is not None and (one.millions, one.currency) == (row["amount"], row["currency"])]
    facts: Sequence[Reading | Stage] = [*value, *ordered] or readings
    return {
        **{name: row[name] for name in ("record", "title", "date", "bound")},
        "stage": row["status"],
        "stages": "; ".join(f"{one.date} {one.status}".strip() for one in ordered),
        "millions": row["amount"],
        "currency": row["currency"] or "",
        "source": "; ".join(dict.fromkeys(one.source for one in facts if one.source)),
        "verified": "yes" if facts and all(one.verified for one in facts) else "no",
    }
