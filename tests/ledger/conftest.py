"""Every test of the ledger that asks for `database` runs on SQLite and, where its programs are there, on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from cluster import VARIABLE, cluster, programs

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server: that of CAPCOOP_TEST_POSTGRESQL, or one of its own."""
    if given := os.environ.get(VARIABLE):
        yield given
        return
    if programs() is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql, or CAPCOOP_TEST_POSTGRESQL with the URL of a server")
    with cluster() as url:
        yield url


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new, empty database."""
    if request.param == "sqlite":
        yield str(tmp_path / "ledger.sqlite")
        return
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url

    url, name = make_url(request.getfixturevalue("server")), f"t{uuid4().hex[:12]}"
    engine = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()
