"""Writing: every change is an event; facts and the state of the record follow from it, in the same transaction."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from capcoop.errors import UsageError, printable
from capcoop.ledger.database import Ledger
from capcoop.ledger.entries import ATTRIBUTES, Attributes, Entry, State, canonical, fact_key, hash_of, new_state

if TYPE_CHECKING:
    from sqlalchemy import Connection

AT_ONCE = 500  # entries looked up together, within what a database takes in one statement
WHO = "CAPCOOP_USER"


@dataclass(frozen=True)
class Written:
    """What came of entries: names of records that are new, that were changed, and that held all of it already."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()


def author(name: str | None) -> str:
    """Return who is writing: the name given, CAPCOOP_USER, or the user of the machine."""
    if name or (name := os.environ.get(WHO)):
        return printable(name)
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def write_entries(ledger: Ledger, entries: Iterable[Entry], by: str) -> Written:
    """Write entries in one transaction: all of them or none. What is in the ledger already is left as it is.

    Blank attributes of an entry of a known record stay as they are; others replace those of the record, and the event tells both.

    Raises
    ------
    UsageError : a fact is added to a record that is not there; the database cannot be written.
    """
    named = [entry.named() for entry in entries]
    return ledger.write(lambda connection: _write(connection, named, by))


def _write(connection: Connection, entries: Sequence[Entry], by: str) -> Written:
    batch = _Batch(connection, by)
    for start in range(0, len(entries), AT_ONCE):
        some = entries[start : start + AT_ONCE]
        batch.look_up(some)
        for entry in some:
            batch.take(entry)
        batch.put()
    return Written(tuple(batch.new), tuple(batch.changed), tuple(batch.same))


class _Batch:
    """Entries on their way into the database."""

    def __init__(self, connection: Connection, by: str) -> None:
        self.connection, self.by = connection, by
        self.new: dict[str, None] = {}
        self.changed: dict[str, None] = {}
        self.same: dict[str, None] = {}
        self.states: dict[str, State] = {}
        self.digests: dict[str, str] = {}
        self.keys: set[str] = set()
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.fresh: set[str] = set()

    def look_up(self, entries: Sequence[Entry]) -> None:
        """Read what the ledger holds of the records, keys and facts of some entries."""
        from sqlalchemy import select

        from capcoop.ledger.tables import Event, PaperRow, ReadingRow, StageRow

        records = list({entry.record for entry in entries})
        unknown = [record for record in records if record not in self.states]
        self.states |= states_of(self.connection, unknown)
        last = select(Event.record, Event.digest).where(Event.record.in_(unknown)).order_by(Event.version)
        self.digests |= dict(self.connection.execute(last).all())
        wanted = [entry.key for entry in entries]
        self.keys.update(self.connection.execute(select(Event.key).where(Event.key.in_(wanted))).scalars())
        for table in (ReadingRow, StageRow, PaperRow):
            self.keys.update(self.connection.execute(select(table.key).where(table.record.in_(records))).scalars())

    def take(self, entry: Entry) -> None:
        """Turn one entry into rows."""
        if entry.key in self.keys:
            self.same[entry.record] = None
            return
        before = self.states.get(entry.record, new_state(entry.record))
        if not before.version and not (entry.attributes.kind and entry.attributes.title):
            raise UsageError(f"there is no record '{printable(entry.record)}' in the ledger; capcoop ledger list shows them")
        body = self._fresh(entry, before)
        if before.version and not (body["attributes"] or body["readings"] or body["stages"] or body["papers"]):
            self.same[entry.record] = None
            return
        self._event(entry, body, before.after(body))
        (self.changed if before.version and entry.record not in self.new else self.new)[entry.record] = None

    def _fresh(self, entry: Entry, before: State) -> dict[str, Any]:
        """Return what an entry adds to a record; what it changes is told with what was there before."""
        told: dict[str, Any] = {kind: self._unknown(entry.record, getattr(entry, kind)) for kind in ("readings", "stages", "papers")}
        body = replace(entry, **told).body()
        known = asdict(before.attributes)
        body["attributes"] = {name: value for name, value in body["attributes"].items() if known[name] != value}
        if before.version and body["attributes"]:
            body["before"] = {name: known[name] for name in body["attributes"]}
        return body

    def _unknown(self, record: str, facts: Sequence[Any]) -> tuple[Any, ...]:
        fresh = {fact_key(record, fact): fact for fact in facts}
        return tuple(fact for key, fact in fresh.items() if key not in self.keys)

    def _event(self, entry: Entry, body: Mapping[str, Any], after: State) -> None:
        event: dict[str, Any] = {
            "key": entry.key,
            "record": entry.record,
            "version": after.version,
            "made_at": datetime.now(UTC).isoformat(),
            "made_by": self.by,
            "source": entry.source,
            "body": canonical(body),
        }
        event["digest"] = digest_of(self.digests.get(entry.record, ""), event)
        self.digests[entry.record] = event["digest"]
        self._add("events", event)
        for table, rows in fact_rows(entry.record, after.version, body).items():
            for row in rows:
                self._add(table, row)
                self.keys.add(row["key"])
        self.keys.add(entry.key)
        self.states[entry.record] = after
        self.fresh.add(entry.record)

    def _add(self, table: str, row: dict[str, Any]) -> None:
        self.rows.setdefault(table, []).append(row)

    def put(self) -> None:
        """Insert the rows: events first, on which the others depend; then the states of the records."""
        from sqlalchemy import insert

        from capcoop.ledger.tables import Agreement, Base

        for table in ("events", "readings", "stages", "papers"):
            if rows := self.rows.pop(table, []):
                self.connection.execute(insert(Base.metadata.tables[table]), rows)
        if self.fresh:
            present = set(states_of(self.connection, sorted(self.fresh)))
            rows = [state_row(self.states[record]) for record in self.fresh]
            made = [row for row in rows if row["record"] not in present]
            if made:
                self.connection.execute(insert(Agreement.__table__), made)  # type: ignore[arg-type]
            _update(self.connection, [row for row in rows if row["record"] in present])
            self.fresh.clear()


def _update(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    from sqlalchemy import bindparam, update

    from capcoop.ledger.tables import Agreement

    if rows:
        columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "record"}
        statement = update(Agreement).where(Agreement.record == bindparam("of")).values(columns)
        told = [{"of": row["record"], **{f"new_{name}": row[name] for name in columns}} for row in rows]
        connection.execute(statement, told, execution_options={"synchronize_session": False})


def digest_of(before: str, event: Mapping[str, Any]) -> str:
    """Return the digest of an event, chained to that of the record's event before: a changed history no longer fits."""
    told = [event[name] for name in ("key", "record", "version", "made_at", "made_by", "source", "body")]
    return hash_of([before, *told])


def fact_rows(record: str, version: int, body: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the tables of facts that an event's body stands for."""
    from capcoop.ledger.entries import Paper, Reading, Stage

    out: dict[str, list[dict[str, Any]]] = {}
    for table, kind in (("readings", Reading), ("stages", Stage), ("papers", Paper)):
        for place, plain in enumerate(body[table]):
            fact = kind(**plain)
            row = {"key": fact_key(record, fact), "record": record, "version": version, **plain}
            if isinstance(fact, Reading):
                row |= {"millions": fact.millions, "currency": fact.currency}
            if not isinstance(fact, Paper):
                row["place"] = place
            out.setdefault(table, []).append(row)
    return out


def state_row(state: State) -> dict[str, Any]:
    """Return the row of `agreements` of a state."""
    plain = asdict(state)
    return {**plain.pop("attributes"), **plain}


def states_of(connection: Connection, records: Sequence[str]) -> dict[str, State]:
    """Return the states of some records, as `agreements` holds them."""
    from sqlalchemy import select

    from capcoop.ledger.tables import Agreement

    out = {}
    for start in range(0, len(records), AT_ONCE):
        chosen = select(Agreement.__table__).where(Agreement.record.in_(records[start : start + AT_ONCE]))
        for row in connection.execute(chosen).mappings():
            out[row["record"]] = state_of(row)
    return out


def state_of(row: Mapping[Any, Any]) -> State:
    """Return the state that a row of `agreements` holds."""
    attributes = Attributes(**{name: row[name] for name in ATTRIBUTES})
    rest = {name: row[name] for name in row if name not in ATTRIBUTES}
    return State(attributes=attributes, **{str(name): value for name, value in rest.items()})


def faults(ledger: Ledger) -> tuple[int, list[str]]:
    """Fold every event again and compare: return how many events there are, and what does not follow from them."""
    return ledger.read(_faults)


def _faults(connection: Connection) -> tuple[int, list[str]]:
    from sqlalchemy import select

    from capcoop.ledger.tables import Agreement, Event, PaperRow, ReadingRow, StageRow

    found: list[str] = []
    states: dict[str, State] = {}
    digests: dict[str, str] = {}
    keys: dict[str, set[str]] = {"readings": set(), "stages": set(), "papers": set()}
    count = 0
    for event in connection.execute(select(Event.__table__).order_by(Event.record, Event.version)).mappings():
        count += 1
        record, body = event["record"], json.loads(event["body"])
        before = states.get(record, new_state(record))
        states[record] = before.after(body)
        if event["version"] != before.version + 1:
            found.append(f"{record}: event {before.version + 1} is missing")
        told = {str(name): value for name, value in event.items()}
        if event["digest"] != digest_of(digests.get(record, ""), told):
            found.append(f"{record}: event {event['version']} was changed after it was written")
        digests[record] = event["digest"]
        for table, rows in fact_rows(record, event["version"], body).items():
            keys[table].update(row["key"] for row in rows)
    there = {row["record"]: state_of(row) for row in connection.execute(select(Agreement.__table__)).mappings()}
    wrong = [name for name in sorted({*states, *there}) if states.get(name) != there.get(name)]
    found += [f"{name}: the record does not follow from its events" for name in wrong]
    for table, row in (("readings", ReadingRow), ("stages", StageRow), ("papers", PaperRow)):
        if set(connection.execute(select(row.key)).scalars()) != keys[table]:
            found.append(f"the table {table} does not follow from the events")
    return count, found
