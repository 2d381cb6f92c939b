"""Looking: records by what they are, one record with its whole history, and all of them for export."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from capcoop.errors import UsageError, printable, suggestion
from capcoop.ledger.database import Ledger
from capcoop.ledger.entries import Entry, Reading, Stage
from capcoop.ledger.vocabulary import date_fault, name_of, place_of
from capcoop.ledger.write import state_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

AREA_MEMBERS = {"LAC": "Americas"}


@dataclass(frozen=True)
class Asked:
    """Which records are meant; None: all. `period` holds the first and last year of the date; `host` may be an area."""

    visit: str | None = None
    host: str | None = None
    partner: str | None = None
    period: tuple[int, int] | None = None
    kind: str | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """Return the conditions on the records."""
        from capcoop.ledger.tables import Agreement

        out: list[ColumnElement[bool]] = []
        if self.visit is not None:
            out.append(Agreement.visit == self.visit)
        if self.host is not None:
            out.append(Agreement.host.in_(members(self.host)))
        if self.partner is not None:
            out.append(Agreement.partner == self.partner)
        if self.period is not None:
            first, last = self.period
            out += [Agreement.date >= str(first), Agreement.date < str(last + 1)]
        if self.kind is not None:
            out.append(Agreement.kind == self.kind)
        return out


def members(code: str) -> list[str]:
    """Return the codes that a host stands for: itself, and for an area its countries too."""
    if code not in AREA_MEMBERS:
        return [code]
    from capcoop.atlas.countries import countries

    inside = [one.code for one in countries().values() if one.region == AREA_MEMBERS[code] and one.code not in {"USA", "CAN", "GRL", "BMU"}]
    return [code, *inside]


def asked(
    ledger: Ledger, visit: str | None, country: str | None, partner: str | None, period: str | None, kind: str | None = None
) -> Asked:
    """Return what a request stands for.

    Raises
    ------
    UsageError : no such country, visit or period.
    """
    codes = []
    for text in (country, partner):
        code, remedy = (None, "") if text is None else place_of(text)
        if text is not None and code is None:
            raise UsageError(f"'{printable(text)}' is not a country; {remedy}")
        codes.append(code)
    return Asked(None if visit is None else _visit(ledger, visit), codes[0], codes[1], None if period is None else period_of(period), kind)


def period_of(text: str) -> tuple[int, int]:
    """Return the first and last year of `2014-2016` or `2015`. Raises UsageError."""
    first, _, last = text.partition("-")
    ends = (first.strip(), (last or first).strip())
    if not all(len(end) == 4 and not date_fault(end) for end in ends) or ends[0] > ends[1]:
        raise UsageError(f"--period {printable(text)} is no period; write years such as 2014-2016, or one year")
    return int(ends[0]), int(ends[1])


def _visit(ledger: Ledger, text: str) -> str:
    from sqlalchemy import select

    from capcoop.ledger.tables import Agreement

    known = ledger.read(lambda connection: list(connection.execute(select(Agreement.visit).distinct()).scalars()))
    names = sorted(name for name in known if name)
    low = text.strip().lower()
    found = [name for name in names if name.lower() == low] or [name for name in names if name.lower().startswith(low)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"'{printable(text)}' may be any of {printable(', '.join(found[:8]))}; name one of them")
    remedy = suggestion(low, names) if names else "no record of this ledger names a visit"
    raise UsageError(f"there is no visit '{printable(text)}' in the ledger; {remedy or 'capcoop ledger list shows them'}")


def rows(ledger: Ledger, wanted: Asked, most: int) -> tuple[int, list[dict[str, Any]]]:
    """Return how many records are meant, and the first `most` of them by date."""
    from sqlalchemy import func, select

    from capcoop.ledger.tables import Agreement

    def work(connection: Connection) -> tuple[int, list[dict[str, Any]]]:
        count = connection.execute(select(func.count()).select_from(Agreement).where(*wanted.where())).scalar_one()
        chosen = select(Agreement.__table__).where(*wanted.where()).order_by(Agreement.date, Agreement.record).limit(most)
        return count, [dict(row) for row in connection.execute(chosen).mappings()]

    return ledger.read(work)


def record_of(ledger: Ledger, name: str) -> dict[str, Any]:
    """Return a record as it stands, its readings, stages, papers, items, and every event of its history.

    Raises
    ------
    UsageError : there is no such record; with the nearest name.
    """
    return ledger.read(lambda connection: _record(connection, printable(name)))


def _record(connection: Connection, name: str) -> dict[str, Any]:
    from sqlalchemy import func, select

    from capcoop.ledger.tables import Agreement, Event, PaperRow, ReadingRow, StageRow

    row = connection.execute(select(Agreement.__table__).where(Agreement.record == name)).mappings().first()
    if row is None:
        known = list(connection.execute(select(Agreement.record).limit(10_000)).scalars())
        remedy = suggestion(name, known) or "capcoop ledger list shows them"
        raise UsageError(f"there is no record '{printable(name)}' in the ledger; {remedy}")
    out = dict(row) | {"host_name": name_of(row["host"]), "partner_name": name_of(row["partner"]) if row["partner"] else ""}
    out["readings"] = [dict(one) for one in _facts(connection, ReadingRow, [name])]
    out["stages"] = sorted((dict(one) for one in _facts(connection, StageRow, [name])), key=lambda one: one["date"])
    papers = select(PaperRow.__table__).where(PaperRow.record == name).order_by(PaperRow.version)
    out["papers"] = [dict(one) for one in connection.execute(papers).mappings()]
    out["items"] = connection.execute(select(func.count()).select_from(Agreement).where(Agreement.part_of == name)).scalar_one()
    events = connection.execute(select(Event.__table__).where(Event.record == name).order_by(Event.version)).mappings()
    out["history"] = [{**event, "body": json.loads(event["body"])} for event in events]
    first = out["history"][0]["body"]
    return out | {"source": first["source"], "note": first["note"]}


def _facts(connection: Connection, table: Any, records: Sequence[str]) -> list[Mapping[Any, Any]]:  # noqa: ANN401  (a table)
    from sqlalchemy import select

    chosen = select(table.__table__).where(table.record.in_(records)).order_by(table.record, table.version, table.place)
    return list(connection.execute(chosen).mappings())


def entries_of_ledger(ledger: Ledger, wanted: Asked) -> list[Entry]:
    """Return every record as one entry: as it stands, with all its readings and stages."""
    return ledger.read(lambda connection: _entries(connection, wanted))


def _entries(connection: Connection, wanted: Asked) -> list[Entry]:
    from sqlalchemy import select

    from capcoop.ledger.tables import Agreement, Event

    chosen = select(Agreement.__table__).where(*wanted.where()).order_by(Agreement.date, Agreement.record)
    states = [state_of(row) for row in connection.execute(chosen).mappings()]
    out: list[Entry] = []
    for start in range(0, len(states), 500):
        some = {state.record: state for state in states[start : start + 500]}
        readings, stages = _by_record(connection, Reading, list(some)), _by_record(connection, Stage, list(some))
        firsts = select(Event.record, Event.body).where(Event.record.in_(some), Event.version == 1)
        bodies = {record: json.loads(body) for record, body in connection.execute(firsts)}
        out += [
            Entry(
                state.attributes,
                name,
                tuple(readings.get(name, ())),
                tuple(stages.get(name, ())),
                source=bodies[name]["source"],
                verified=bodies[name]["verified"],
                note=bodies[name]["note"],
            )
            for name, state in some.items()
        ]
    return out


def _by_record(connection: Connection, kind: type[Reading | Stage], records: Sequence[str]) -> dict[str, list[Any]]:
    from capcoop.ledger.tables import ReadingRow, StageRow

    out: dict[str, list[Any]] = {}
    for row in _facts(connection, ReadingRow if kind is Reading else StageRow, records):
        out.setdefault(row["record"], []).append(kind(**{one.name: row[one.name] for one in fields(kind)}))
    return out


def history(ledger: Ledger) -> list[dict[str, Any]]:
    """Return every event, in the order in which they were written."""
    from sqlalchemy import select

    from capcoop.ledger.tables import Event

    return ledger.read(
        lambda connection: [dict(row) for row in connection.execute(select(Event.__table__).order_by(Event.sequence)).mappings()]
    )
