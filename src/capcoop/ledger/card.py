"""The report card: what was agreed, by country, sector, channel and financing, what came of it, and the trade beside it.

Deals are agreements and projects that are more than proposed; proposals are told apart. Packages, funds and loan totals hold deals or
are pledges of them: they stand in lists of their own and are never added to the deals. Money is added by currency; nothing is converted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from capcoop.ledger.database import Ledger
from capcoop.ledger.look import Asked, _facts
from capcoop.ledger.trade import trade_of
from capcoop.ledger.vocabulary import DEALS, KINDS, STATUSES, name_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

Record = dict[str, Any]
GROUPS = {"country": "host", "sector": "sector", "channel": "channel", "financing": "financing", "status": "status"}
KEYS = ("kind", "host", "sector", "channel", "financing", "status", "first_status", "currency", "partner")
MOST_LISTED = 100
WORK_MEMORY = "128MB"
NOT_STATED = "not stated"
MONEY, PROPOSED = "USD", "proposed"


def card(ledger: Ledger, wanted: Asked) -> Record:
    """Return the report card as plain values: selection, totals, groups, packages, funds, loans, moved, trade."""
    return ledger.read(lambda connection: _card(ledger, _roomy(connection), wanted))


def _roomy(connection: Connection) -> Connection:
    """Let PostgreSQL group a large ledger in memory, for this reading alone: its usual 4 MiB would send it to disk."""
    from sqlalchemy import text

    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY}'"))
    return connection


def _card(ledger: Ledger, connection: Connection, wanted: Asked) -> Record:
    sums = _sums(connection, wanted)
    proposed = pl.col("status") == PROPOSED
    deals = sums.filter(pl.col("kind").is_in(DEALS), ~proposed)
    lists = {kind: _listed(connection, wanted, kind, sums) for kind in ("package", "fund", "loans")}
    return {
        "ledger": ledger.place,
        "selection": selection(wanted),
        "records": int(sums.get_column("count").sum()),
        "kinds": {kind: int(sums.filter(pl.col("kind") == kind).get_column("count").sum()) for kind in sums.get_column("kind").unique()},
        "total": _total(deals),
        "proposals": _total(sums.filter(pl.col("kind").is_in(DEALS), proposed)),
        "by": {name: _group(deals, column) for name, column in GROUPS.items()},
        "packages": lists["package"],
        "funds": lists["fund"],
        "loans": lists["loans"],
        "moved": _moved(connection, wanted, deals),
        "trade": trade_of(connection, _hosts(wanted, sums), wanted.partner or _partner(sums)),
    }


def selection(wanted: Asked) -> Record:
    """Return what was asked for in words."""
    return {
        "visit": wanted.visit,
        "country": wanted.host and name_of(wanted.host),
        "partner": wanted.partner and name_of(wanted.partner),
        "period": wanted.period and list(wanted.period),
    }


def _sums(connection: Connection, wanted: Asked) -> pl.DataFrame:
    """Return the number and the value of records by everything that the card groups by: one pass over an index."""
    from sqlalchemy import func, select

    from capcoop.ledger.tables import Agreement

    columns = [getattr(Agreement, name) for name in KEYS]
    figures = [func.count().label("count"), func.count(Agreement.amount).label("valued"), func.sum(Agreement.amount).label("amount")]
    found = connection.execute(select(*columns, *figures).where(*wanted.where()).group_by(*columns)).all()
    schema = {**dict.fromkeys(KEYS, pl.String), "count": pl.Int64, "valued": pl.Int64, "amount": pl.Float64}
    return pl.DataFrame([tuple(row) for row in found], schema=schema, orient="row")


def _total(deals: pl.DataFrame) -> Record:
    by_money = deals.filter(pl.col("valued") > 0).group_by("currency").agg(pl.col("amount", "valued").sum()).sort("currency")
    other = [row for row in by_money.iter_rows(named=True) if row["currency"] != MONEY]
    usd = by_money.filter(pl.col("currency") == MONEY)
    return {
        "deals": int(deals.get_column("count").sum()),
        "valued": int(deals.get_column("valued").sum()),
        "musd": usd.item(0, "amount") if usd.height else None,
        "other": [{"currency": row["currency"], "millions": row["amount"], "valued": row["valued"]} for row in other],
    }


def _group(deals: pl.DataFrame, column: str) -> list[Record]:
    dollars = pl.when(pl.col("currency") == MONEY).then(pl.col("amount"))
    totals = [pl.col("count").sum(), pl.col("valued").sum(), dollars.sum().alias("sum"), dollars.is_not_null().any().alias("known")]
    found = deals.group_by(column).agg(*totals).sort("count", column, descending=[True, False])
    rows = [
        {"name": _shown(column, name), "deals": count, "valued": valued, "musd": amount if known else None}
        for name, count, valued, amount, known in found.select(column, "count", "valued", "sum", "known").iter_rows()
    ]
    if column == "status":
        order = {name: place for place, name in enumerate((*STATUSES, NOT_STATED))}
        rows.sort(key=lambda row: order[row["name"]])
    return rows


def _shown(column: str, value: str) -> str:
    if not value:
        return NOT_STATED
    return name_of(value) if column == "host" else value.replace(";", ", ")


def _listed(connection: Connection, wanted: Asked, kind: str, sums: pl.DataFrame) -> Record:
    """Return the records of a kind with all their readings, at most a hundred of the latest, and what is told of their items."""
    from sqlalchemy import select

    from capcoop.ledger.tables import Agreement, ReadingRow

    count = int(sums.filter(pl.col("kind") == kind).get_column("count").sum())
    if not count:
        return {"count": 0, "listed": []}
    of_kind = [*wanted.where(), Agreement.kind == kind]
    latest = select(Agreement.__table__).where(*of_kind).order_by(Agreement.date.desc(), Agreement.record).limit(MOST_LISTED)
    rows = [dict(row) for row in connection.execute(latest).mappings()][::-1]
    names = [row["record"] for row in rows]
    readings: dict[str, list[Record]] = {}
    for one in _facts(connection, ReadingRow, names):
        readings.setdefault(one["record"], []).append(_reading(one))
    items = _items(connection, names)
    told = [_told(row, readings.get(row["record"], []), items.get(row["record"])) for row in rows]
    return {"count": count, "listed": told}


def _items(connection: Connection, names: Sequence[str]) -> dict[str, Record]:
    from sqlalchemy import func, select

    from capcoop.ledger.tables import Agreement

    inside = (Agreement.part_of.in_(names), Agreement.kind != "package")
    own = select(Agreement.part_of, func.count(), func.count(Agreement.amount)).where(*inside).group_by(Agreement.part_of)
    return {name: {"items": count, "valued": valued} for name, count, valued in connection.execute(own)}


def _told(row: Mapping[str, Any], readings: Iterable[Record], items: Record | None) -> Record:
    kept = ("record", "kind", "title", "host", "date", "visit", "part_of", "status", "amount", "currency", "bound", "verified")
    return {**{name: row[name] for name in kept}, "host_name": name_of(row["host"]), "readings": list(readings), "inside": items}


def _reading(row: Mapping[str, Any]) -> Record:
    kept = ("quantity", "amount", "unit", "bound", "headline", "millions", "currency", "source", "verified", "note")
    return {name: row[name] for name in kept}


def _moved(connection: Connection, wanted: Asked, deals: pl.DataFrame) -> Record:
    """Return what has gone on since it was first told: how many, and the latest with every stage."""
    from sqlalchemy import select

    from capcoop.ledger.tables import Agreement, StageRow

    known = deals.filter(pl.col("first_status") != "")
    on = known.filter(pl.col("status") != pl.col("first_status")).get_column("count").sum()
    done = deals.filter(pl.col("status").is_in(["building", "operating"])).get_column("count").sum()
    # Named by what they are not, and found in the index alone, so that the database reads from the latest on instead of sorting.
    others = [kind for kind in KINDS if kind not in DEALS]
    changed = [*wanted.where(), Agreement.kind.not_in(others), Agreement.status.not_in([Agreement.first_status, PROPOSED])]
    order = (Agreement.status_on.desc(), Agreement.record.desc())
    latest = (
        select(Agreement.record)
        .with_hint(Agreement, "INDEXED BY agreements_moved", "sqlite")
        .where(*changed)
        .order_by(*order)
        .limit(MOST_LISTED)
        .subquery()
    )
    whole = select(Agreement.__table__).where(Agreement.record.in_(select(latest.c.record))).order_by(*order)
    rows = [dict(row) for row in connection.execute(whole).mappings()] if on else []
    stages: dict[str, list[Record]] = {}
    for one in _facts(connection, StageRow, [row["record"] for row in rows]):
        stages.setdefault(one["record"], []).append({name: one[name] for name in ("status", "date", "source", "verified")})
    told = [
        {"record": row["record"], "title": row["title"], "host": row["host"], "host_name": name_of(row["host"])}
        | {"stages": sorted(stages[row["record"]], key=lambda one: one["date"])}
        for row in rows
    ]
    return {"known": int(known.get_column("count").sum()), "moved": int(on), "under_way": int(done), "listed": told}


def _hosts(wanted: Asked, sums: pl.DataFrame) -> list[str]:
    """Return whose trade is told: the country asked for, else those of the deals and packages, the most first."""
    if wanted.host is not None:
        return [wanted.host]
    counted = sums.filter(pl.col("kind").is_in([*DEALS, "package", "trade"]))
    found = counted.group_by("host").agg(pl.col("count").sum()).sort("count", "host", descending=[True, False])
    return found.get_column("host").head(8).to_list()


def _partner(sums: pl.DataFrame) -> str | None:
    """Return the partner of most records; None where none is told."""
    known = sums.filter(pl.col("partner") != "").group_by("partner").agg(pl.col("count").sum())
    return None if known.is_empty() else str(known.sort("count", "partner", descending=[True, False]).item(0, "partner"))
