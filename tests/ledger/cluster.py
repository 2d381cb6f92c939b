"""A PostgreSQL server of one's own for as long as a test takes: in a new folder, on a socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "CAPCOOP_TEST_POSTGRESQL"  # the URL of a server that is there already, with a database for tests


def programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, the newest where there are several; None where there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0
    )
    known = shutil.which("initdb")
    return found[-1].parent if found else Path(known).parent if known else None


def _user() -> str | None:
    """Return whom the server has to run as; None: whoever runs this, who is not root."""
    if os.geteuid() != 0:
        return None
    names = {one.pw_name for one in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@contextmanager
def cluster() -> Iterator[str]:
    """Start a server and yield the URL of its database; stop it and delete it in the end."""
    home = programs()
    if home is None:
        raise FileNotFoundError("initdb")
    user = _user()
    before = [] if user is None else ["runuser", "-u", user, "--"]
    folder = Path(tempfile.mkdtemp(prefix="capcoop-pg-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        data, log = folder / "data", folder / "log"

        def call(*words: str | Path) -> None:
            subprocess.run([*before, *map(str, words)], check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        call(home / "initdb", "-D", data, "-U", "capcoop", "-A", "trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        call(home / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", f"-k {folder} -c listen_addresses=''", "start")
        try:
            yield f"postgresql://capcoop@/postgres?host={folder}"
        finally:
            call(home / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
