"""The history of a ledger: append-only in both databases, idempotent, complete, and migrated without loss."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from capcoop.errors import UsageError
from capcoop.ledger.database import Ledger, migrate, open_ledger, sqlite_engine
from capcoop.ledger.entries import Attributes, Entry, Reading, Stage
from capcoop.ledger.look import record_of
from capcoop.ledger.papers import attach
from capcoop.ledger.write import faults, write_entries


def agreement(title: str = "Cement plant", *, key: str = "", record: str = "") -> Entry:
    told = Attributes(kind="agreement", title=title, host="KAZ", partner="CHN", date="2015-03-27", sector="building materials")
    value = Reading("value", 1.5, "billion USD", source="press")
    return Entry(told, readings=(value,), stages=(Stage("signed", "2015-03-27", "press"),), source="press", key=key, record=record)


def change(record: str, **more: object) -> Entry:
    return Entry(Attributes(), record, source="other press", **more)  # type: ignore[arg-type]


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    opened = open_ledger(database, new=True)
    yield opened
    opened.close()


def test_what_is_written_twice_is_there_once(ledger: Ledger) -> None:
    first = write_entries(ledger, [agreement()], "a")
    assert (len(first.new), first.same) == (1, ())
    again = write_entries(ledger, [agreement(), agreement()], "b")
    assert (again.new, again.changed, again.same) == ((), (), first.new)
    assert faults(ledger) == (1, [])


def test_a_key_of_the_client_is_written_once_whatever_it_says(ledger: Ledger) -> None:
    (name,) = write_entries(ledger, [agreement(key="k")], "a").new
    assert write_entries(ledger, [agreement("Another", key="k", record=name)], "a").same == (name,)
    assert record_of(ledger, name)["title"] == "Cement plant"


def test_readings_stand_side_by_side_and_the_first_verified_one_leads(ledger: Ledger) -> None:
    (name,) = write_entries(ledger, [agreement()], "a").new
    write_entries(ledger, [change(name, readings=(Reading("value", 3.0, "billion USD", verified=True),))], "b")
    write_entries(ledger, [change(name, readings=(Reading("value", 9.0, "billion USD", verified=True),))], "c")
    record = record_of(ledger, name)
    assert [one["amount"] for one in record["readings"]] == [1.5, 3.0, 9.0]
    assert record["amount"] == 3000.0
    write_entries(ledger, [change(name, readings=(Reading("value", 2.0, "billion USD", headline=True),))], "d")
    assert record_of(ledger, name)["amount"] == 2000.0
    assert [event["made_by"] for event in record_of(ledger, name)["history"]] == ["a", "b", "c", "d"]


def test_the_status_is_that_of_the_latest_date_in_whatever_order_it_is_told(ledger: Ledger) -> None:
    (name,) = write_entries(ledger, [agreement()], "a").new
    write_entries(ledger, [change(name, stages=(Stage("operating", "2019"),))], "a")
    write_entries(ledger, [change(name, stages=(Stage("building", "2017-05"),))], "a")
    record = record_of(ledger, name)
    assert (record["status"], record["status_on"], record["first_status"]) == ("operating", "2019", "signed")
    assert [one["status"] for one in record["stages"]] == ["signed", "building", "operating"]


def test_a_correction_tells_what_was_there_before(ledger: Ledger) -> None:
    (name,) = write_entries(ledger, [agreement()], "a").new
    write_entries(ledger, [Entry(Attributes(title="Glass plant"), name)], "b")
    record = record_of(ledger, name)
    assert record["title"] == "Glass plant"
    assert record["history"][1]["body"]["before"] == {"title": "Cement plant"}
    assert faults(ledger) == (2, [])


REFUSED = (
    "UPDATE events SET body = '{}'",
    "DELETE FROM events",
    "UPDATE readings SET amount = 1",
    "DELETE FROM readings",
    "UPDATE stages SET status = 'stopped'",
    "DELETE FROM stages",
    "DELETE FROM papers",
    "DELETE FROM agreements",
    "UPDATE agreements SET title = 'x'",
    "UPDATE agreements SET title = 'x', version = 7",
    (
        "INSERT INTO agreements SELECT 'new', version, kind, title, host, partner, parties, sector, topic, channel, financing, date, "
        "visit, part_of, option, status, status_on, first_status, first_on, amount, currency, bound, verified, chosen FROM agreements"
    ),
)
TABLES = ("events", "readings", "stages", "papers", "agreements")
ONLY_SQLITE = tuple(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" for table in TABLES)  # noqa: S608
ONLY_POSTGRESQL = ("TRUNCATE events", "TRUNCATE agreements")


def test_the_database_itself_refuses_to_change_history(ledger: Ledger, tmp_path: Path) -> None:
    (name,) = write_entries(ledger, [agreement()], "a").new
    document = tmp_path / "memorandum.txt"
    document.write_text("agreed", encoding="utf-8")
    attach(ledger, name, document, "a")
    own = ONLY_SQLITE if ledger.engine.dialect.name == "sqlite" else ONLY_POSTGRESQL
    for statement in (*REFUSED, *own):
        with pytest.raises(UsageError, match=r"append-only|only with the event"):
            ledger.write(lambda connection, statement=statement: connection.execute(text(statement)))  # type: ignore[misc]
    assert faults(ledger) == (2, [])


def test_a_fold_of_the_history_finds_what_was_changed_behind_it(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite"
    ledger = open_ledger(str(place), new=True)
    write_entries(ledger, [agreement(), agreement("Glass plant")], "a")
    with closing(sqlite3.connect(place, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER events_no_update")
        raw.execute("UPDATE events SET body = replace(body, '1.5', '9.5') WHERE sequence = 1")
        raw.execute("DROP TRIGGER readings_no_delete")
        raw.execute("DELETE FROM readings WHERE rowid = 2")
    told = "\n".join(faults(ledger)[1])
    for words in ("event 1 was changed after it was written", "does not follow from its events", "table readings"):
        assert words in told


def test_all_or_nothing(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="there is no record 'nowhere'"):
        write_entries(ledger, [agreement(), change("nowhere", stages=(Stage("signed"),))], "a")
    assert faults(ledger) == (0, [])


def test_documents_are_kept_once_and_found_again(tmp_path: Path) -> None:
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), new=True)
    (name,) = write_entries(ledger, [agreement()], "a").new
    document = tmp_path / "memorandum.pdf"
    document.write_bytes(b"%PDF agreed")
    paper, _ = attach(ledger, name, document, "a")
    assert attach(ledger, name, document, "a")[1].same == (name,)
    assert ledger.store is not None
    assert [path.read_bytes() for path in ledger.store.iterdir()] == [b"%PDF agreed"]
    assert record_of(ledger, name)["papers"][0]["digest"] == paper.digest
    with pytest.raises(UsageError, match="there is no file"):
        attach(ledger, name, tmp_path / "missing.pdf", "a")


def test_an_older_database_is_migrated_and_a_newer_one_refused(database: str) -> None:
    ledger = open_ledger(database, new=True)
    ledger.close()
    if ledger.engine.dialect.name == "sqlite":
        Path(database).unlink()
        older = Ledger(sqlite_engine(database), database, None)
    else:
        older = ledger
        with older.engine.begin() as connection:
            for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
                connection.execute(text(statement))
    older.write(lambda connection: migrate(connection, "0001"))
    cells = "'k', 'R1', 1, '2026', 'a', '', '{\"attributes\": {}, \"readings\": [], \"stages\": [], \"papers\": []}', 'd'"
    statement = f"INSERT INTO events (key, record, version, made_at, made_by, source, body, digest) VALUES ({cells})"  # noqa: S608
    older.write(lambda connection: connection.exec_driver_sql(statement))
    older.close()
    newer = open_ledger(database)
    events = newer.read(lambda connection: connection.execute(text("SELECT record FROM events")).scalars().all())
    assert list(events) == ["R1"]
    newer.read(lambda connection: connection.execute(text("SELECT * FROM papers")).all())
    newer.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '0099'")))
    newer.close()
    with pytest.raises(UsageError, match="written by a newer capcoop \\(form 0099"):
        open_ledger(database)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("missing.sqlite", "is not there"),
        ("other.txt", "not a SQLite file"),
        ("other.sqlite", "holds other tables"),
        ("mysql://a@b/c", "SQLite or PostgreSQL, not in mysql"),
        ("postgresql://nobody@127.0.0.1:1/none", "cannot be used"),
    ],
)
def test_what_is_no_ledger_is_told(place: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("a letter", encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as raw:
        raw.execute("CREATE TABLE mine (x)")
    with pytest.raises(UsageError, match=words):
        open_ledger(place if "://" in place else str(tmp_path / place))
