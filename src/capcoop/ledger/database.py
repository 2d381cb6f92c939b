"""Opening a ledger: a SQLite file or a PostgreSQL database, brought to the newest form; transactions that survive other writers."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from capcoop.errors import UsageError, library, printable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

FILE, VARIABLE, STORE = "ledger.sqlite", "CAPCOOP_LEDGER", "CAPCOOP_LEDGER_STORE"
BUILT_IN = "built-in"
MAGIC = b"SQLite format 3\0"
NEWEST, OLDER = "0002", ("0001",)
WAIT = 60  # seconds that a writer of SQLite waits for another
TRIES = 20
LOCK = 0x636170636F6F70  # one at a time may bring a PostgreSQL database to the newest form
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Ledger:
    """An open ledger: its engine, where it is in words, and the folder that keeps documents (None: they are only referred to)."""

    engine: Engine
    place: str
    store: Path | None

    def write(self, work: Callable[[Connection], Answer]) -> Answer:
        """Run `work` in one transaction; where another writer was first, run it again from the start.

        Raises
        ------
        UsageError : the database cannot be written, or others were first twenty times.
        """
        from sqlalchemy.exc import DBAPIError

        for attempt in range(TRIES):
            try:
                with self.engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if not _passing(error):
                    raise UsageError(_told(self.place, error)) from error
                time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 6)))  # noqa: S311  (only to part the writers)
        raise UsageError(f"{self.place} was changed by others each of {TRIES} times; try again")

    def read(self, work: Callable[[Connection], Answer]) -> Answer:
        """Run `work` on one snapshot of the ledger. Raises UsageError where it cannot be read."""
        from sqlalchemy.exc import DBAPIError

        try:
            with self.engine.connect().execution_options(capcoop_read=True) as connection:
                return work(connection)
        except DBAPIError as error:
            raise UsageError(_told(self.place, error)) from error

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def open_ledger(database: str | None = None, *, new: bool = False) -> Ledger:
    """Open a ledger and bring it to the newest form.

    Parameters
    ----------
    database : a SQLite file, a URL such as `postgresql://user@host/name`, or `built-in`. None: what CAPCOOP_LEDGER names, else
    ledger.sqlite in the working folder. new : make the file where there is none; else it is an error.

    Raises
    ------
    UsageError : a library is missing, there is no such file, it is no ledger, or that of a newer capcoop.
    """
    library("sqlalchemy", "ledger", "the ledger")
    asked = database or os.environ.get(VARIABLE) or FILE
    if asked == BUILT_IN:
        from capcoop.ledger.built_in import built_in_ledger

        return built_in_ledger()
    return _server(asked) if "://" in asked else _file(Path(asked), new=new)


def _file(path: Path, *, new: bool) -> Ledger:
    shown = printable(str(path))
    if path.is_dir():
        raise UsageError(f"{shown} is a folder; name a file for the ledger")
    if not path.exists() and not new:
        raise UsageError(f"{shown} is not there; capcoop ledger import or add makes it, --database {BUILT_IN} shows the built-in ledger")
    if path.exists() and path.stat().st_size and not _is_sqlite(path):
        raise UsageError(f"{shown} is no ledger: it is not a SQLite file")
    if not path.parent.is_dir():
        raise UsageError(f"{shown} cannot be made: there is no folder {printable(str(path.parent))}")
    return _brought_up(Ledger(sqlite_engine(str(path)), shown, path.with_name(path.name + ".files")))


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _brought_up(ledger: Ledger) -> Ledger:
    try:
        bring_up(ledger)
    except BaseException:
        ledger.close()
        raise
    return ledger


def sqlite_engine(path: str) -> Engine:
    """Return an engine on a SQLite file or `:memory:`: write-ahead log, full syncing, and writers that queue from their first word."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool, StaticPool

    memory = path == ":memory:"
    pool = StaticPool if memory else NullPool

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False)
        raw.execute("PRAGMA trusted_schema = OFF")
        if not memory:
            _log_ahead(raw)
            raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA cache_size = -65536")
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=pool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("capcoop_read")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _log_ahead(raw: sqlite3.Connection) -> None:
    """Switch a file to the write-ahead log; SQLite does not wait for others here, so this does."""
    for attempt in range(TRIES):
        try:
            raw.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if attempt == TRIES - 1:
                raise
            time.sleep(0.05 * (attempt + 1))
        else:
            return


def _server(url: str) -> Ledger:
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        found = make_url(url)
    except ArgumentError:
        raise UsageError("the address of the ledger is no URL; write one such as postgresql://user@host/name") from None
    if found.get_backend_name() == "sqlite":
        return _file(Path(found.database or ""), new=True)
    if found.get_backend_name() not in {"postgresql", "postgres"}:
        name = printable(found.get_backend_name())
        raise UsageError(f"a ledger is kept in SQLite or PostgreSQL, not in {name}; write a file or postgresql://user@host/name")
    library("psycopg", "postgresql", "a ledger in PostgreSQL")
    own = found.set(drivername="postgresql+psycopg")
    store = os.environ.get(STORE)
    engine = create_engine(own, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    return _brought_up(Ledger(engine, printable(found.render_as_string(hide_password=True)), None if not store else Path(store)))


def bring_up(ledger: Ledger) -> None:
    """Bring a database to the newest form, in one transaction. Raises UsageError where it is of a newer capcoop, or no ledger."""
    found = ledger.read(_form)
    if found == NEWEST:
        return

    def step(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            from sqlalchemy import text

            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        found = _form(connection)  # another may have been first
        if found != NEWEST:
            _check_form(ledger, connection, found)
            migrate(connection)

    ledger.write(step)


def migrate(connection: Connection, target: str = "head") -> None:
    """Run alembic's steps up to `target` on a connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "capcoop.ledger:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def _form(connection: Connection) -> str | None:
    """Return the form of the tables; None where alembic has not been there."""
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _check_form(ledger: Ledger, connection: Connection, found: str | None) -> None:
    from sqlalchemy import inspect

    if found is None and (others := inspect(connection).get_table_names()):
        raise UsageError(f"{ledger.place} is no ledger: it holds other tables ({printable(', '.join(sorted(others)[:3]))}); name a new one")
    if found is not None and found not in OLDER:
        raise UsageError(f"{ledger.place} was written by a newer capcoop (form {printable(found)}, known up to {NEWEST}); update capcoop")


def _passing(error: Any) -> bool:  # noqa: ANN401  (an error of any driver)
    """Return whether another writer was first, so that the same work may succeed when it is done again."""
    from sqlalchemy.exc import IntegrityError

    text = str(error.orig)
    code = getattr(error.orig, "sqlstate", None)
    if isinstance(error, IntegrityError):
        return code == "23505" or "UNIQUE" in text
    return code in {"40001", "40P01"} or "locked" in text or "busy" in text


def _told(place: str, error: Any) -> str:  # noqa: ANN401  (an error of any driver)
    text = printable(str(error.orig).strip().split("\n")[0])
    return f"{place} cannot be used: {text.rstrip('.')}"
