"""What is written into a ledger: a record with its readings, statuses and documents, as plain values with a key of their content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from capcoop.ledger.vocabulary import money_of

STOPPED = "stopped"


@dataclass(frozen=True)
class Attributes:
    """What a record is, as text; blank: not stated. `date` may be a year or a month. `option`: JSON of a plan's build."""

    kind: str = ""
    title: str = ""
    host: str = ""
    partner: str = ""
    parties: str = ""
    sector: str = ""
    topic: str = ""
    channel: str = ""
    financing: str = ""
    date: str = ""
    visit: str = ""
    part_of: str = ""
    option: str = ""


ATTRIBUTES = tuple(one.name for one in fields(Attributes))


@dataclass(frozen=True)
class Reading:
    """One reading of one figure: `amount` in `unit`, a number of things or money such as `bn USD`; readings may contradict each other."""

    quantity: str
    amount: float
    unit: str = ""
    bound: str = ""
    headline: bool = False
    source: str = ""
    verified: bool = False
    note: str = ""

    @property
    def millions(self) -> float | None:
        """The amount in millions of its currency; None where it is no money."""
        money = money_of(self.unit)
        return None if money is None else round(self.amount * money[0], 6)

    @property
    def currency(self) -> str | None:
        """The code of its currency; None where it is no money."""
        money = money_of(self.unit)
        return None if money is None else money[1]


@dataclass(frozen=True)
class Stage:
    """How far a record had come on a date (blank: unknown)."""

    status: str
    date: str = ""
    source: str = ""
    verified: bool = False
    note: str = ""


@dataclass(frozen=True)
class Paper:
    """A document: its name, the SHA-256 of its bytes, their number, and where it lies (`stored`: in the store of the ledger)."""

    name: str
    digest: str
    size: int
    place: str
    stored: bool
    source: str = ""


@dataclass(frozen=True)
class Entry:
    """A change of one record: attributes (for a new record, all of them) and facts to be added.

    record : its name, blank for one that follows from the content. key : the client's own, blank for one of the content: an entry
    whose key is in the ledger already changes nothing. source, verified, note : of the attributes.
    """

    attributes: Attributes
    record: str = ""
    readings: tuple[Reading, ...] = ()
    stages: tuple[Stage, ...] = ()
    papers: tuple[Paper, ...] = ()
    source: str = ""
    verified: bool = False
    note: str = ""
    key: str = ""
    merged: Mapping[str, Any] = field(default_factory=dict)

    def named(self) -> Entry:
        """Return the entry with its key and its record's name."""
        key = self.key or hash_of(self.body() | {"record": self.record})
        return Entry(**{one.name: getattr(self, one.name) for one in fields(self)} | {"key": key, "record": self.record or f"L{key[:12]}"})

    def body(self) -> dict[str, Any]:
        """Return what the entry says as plain values, without blanks."""
        return {
            "attributes": {name: value for name, value in asdict(self.attributes).items() if value},
            "readings": [asdict(one) for one in self.readings],
            "stages": [asdict(one) for one in self.stages],
            "papers": [asdict(one) for one in self.papers],
            "source": self.source,
            "verified": self.verified,
            "note": self.note,
            **({"merged": dict(self.merged)} if self.merged else {}),
        }


def canonical(value: Any) -> str:  # noqa: ANN401  (any plain value)
    """Write plain values as JSON in one way only."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def hash_of(value: Any) -> str:  # noqa: ANN401  (any plain value)
    """Return the SHA-256 of plain values."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def fact_key(record: str, fact: Reading | Stage | Paper) -> str:
    """Return the key by which a fact of a record is known: the same fact is never there twice."""
    what = {name: value for name, value in asdict(fact).items() if name not in {"headline", "place", "stored"}}
    return hash_of([record, type(fact).__name__, what])


@dataclass(frozen=True)
class State:
    """A record as it stands: folded from its events, in order, by one rule."""

    record: str
    version: int
    attributes: Attributes
    status: str = ""
    status_on: str = ""
    first_status: str = ""
    first_on: str = ""
    amount: float | None = None
    currency: str = ""
    bound: str = ""
    verified: bool = False
    chosen: bool = False

    def after(self, body: Mapping[str, Any]) -> State:
        """Return the record after one more event.

        The value shown first is the reading marked as headline, else the first verified one, else the first. The status is the
        one of the latest date; of two on one date, that written later.
        """
        values: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        values["version"] += 1
        values["attributes"] = Attributes(**{**asdict(self.attributes), **body["attributes"]})
        for plain in body["readings"]:
            reading = Reading(**plain)
            better = reading.headline or values["amount"] is None or (reading.verified and not values["verified"] and not values["chosen"])
            if reading.quantity == "value" and better:
                told = {"amount": reading.millions, "currency": reading.currency or "", "bound": reading.bound}
                values |= told | {"verified": reading.verified, "chosen": reading.headline}
        for plain in body["stages"]:
            stage = Stage(**plain)
            if not values["status"] or not stage.date or stage.date >= values["status_on"]:
                values |= {"status": stage.status, "status_on": stage.date or values["status_on"]}
            if not values["first_status"] or (stage.date and stage.date < values["first_on"]):
                values |= {"first_status": stage.status, "first_on": stage.date}
        return State(**values)


def new_state(record: str) -> State:
    """Return a record before its first event."""
    return State(record, 0, Attributes())
