"""The tables of a ledger. `events` is the history; readings, stages and papers are its facts; `agreements` follows from it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NUMBER = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in a column of its own type


class Base(DeclarativeBase):
    """All tables of the ledger."""


class Event(Base):
    """One change: who made it, when, from which source, and what it says; `digest` chains it to the record's event before."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("record", "version"),)
    sequence: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    record: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)


class ReadingRow(Base):
    """One reading of one figure; `millions` of `currency` where it is money."""

    __tablename__ = "readings"
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    record: Mapped[str] = mapped_column(Text, index=True)
    version: Mapped[int] = mapped_column(Integer)
    place: Mapped[int] = mapped_column(Integer)
    quantity: Mapped[str] = mapped_column(Text)
    amount: Mapped[float]
    unit: Mapped[str] = mapped_column(Text)
    bound: Mapped[str] = mapped_column(Text)
    headline: Mapped[bool]
    millions: Mapped[float | None]
    currency: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    verified: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)


class StageRow(Base):
    """How far a record had come on a date."""

    __tablename__ = "stages"
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    record: Mapped[str] = mapped_column(Text, index=True)
    version: Mapped[int] = mapped_column(Integer)
    place: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Text)
    date: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    verified: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)


class PaperRow(Base):
    """A document attached to a record."""

    __tablename__ = "papers"
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    record: Mapped[str] = mapped_column(Text, index=True)
    version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    place: Mapped[str] = mapped_column(Text)
    stored: Mapped[bool]
    source: Mapped[str] = mapped_column(Text)


class Agreement(Base):
    """A record as it stands, written with the event from which it follows; the indices serve the report card."""

    __tablename__ = "agreements"
    __table_args__ = (
        # Everything that the card groups or filters by, so that it reads the index alone.
        Index(
            "agreements_card",
            "host",
            "kind",
            "sector",
            "channel",
            "financing",
            "status",
            "first_status",
            "currency",
            "partner",
            "visit",
            "date",
            "amount",
        ),
        Index("agreements_kind", "kind", "host", "date"),
        # In the order of what moved last, with all that its list is filtered by.
        Index("agreements_moved", "status_on", "record", "kind", "status", "first_status", "host", "partner", "visit", "date"),
        Index("agreements_part", "part_of"),
        Index("agreements_visit", "visit"),
    )
    record: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(Text)
    partner: Mapped[str] = mapped_column(Text)
    parties: Mapped[str] = mapped_column(Text)
    sector: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    financing: Mapped[str] = mapped_column(Text)
    date: Mapped[str] = mapped_column(Text)
    visit: Mapped[str] = mapped_column(Text)
    part_of: Mapped[str] = mapped_column(Text)
    option: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    status_on: Mapped[str] = mapped_column(Text)
    first_status: Mapped[str] = mapped_column(Text)
    first_on: Mapped[str] = mapped_column(Text)
    amount: Mapped[float | None]
    currency: Mapped[str] = mapped_column(Text)
    bound: Mapped[str] = mapped_column(Text)
    verified: Mapped[bool]
    chosen: Mapped[bool]
