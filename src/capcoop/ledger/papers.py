"""Documents of records: known by the SHA-256 of their bytes, copied into the store beside the ledger, or only referred to."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from capcoop.errors import UsageError, printable
from capcoop.ledger.database import Ledger
from capcoop.ledger.entries import Attributes, Entry, Paper
from capcoop.ledger.write import Written, write_entries

LONGEST = 1 << 30


def attach(ledger: Ledger, record: str, path: Path, by: str, source: str = "") -> tuple[Paper, Written]:
    """Attach a document to a record. The same bytes are kept once, and attached to a record once.

    Raises
    ------
    UsageError : there is no such file or record; the file is larger than 1 GB, or cannot be copied.
    """
    name = printable(str(path))
    if not path.is_file():
        raise UsageError(f"there is no file {name}")
    size = path.stat().st_size
    if size > LONGEST:
        raise UsageError(f"{name} is larger than {LONGEST >> 30} GB")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    place = str(path) if ledger.store is None else _kept(path, ledger.store, digest)
    paper = Paper(printable(path.name), digest, size, printable(place), ledger.store is not None, printable(source))
    return paper, write_entries(ledger, [Entry(Attributes(), printable(record), papers=(paper,), source=paper.source)], by)


def _kept(path: Path, store: Path, digest: str) -> str:
    """Copy a file into the store under its digest, whole or not at all; return its name there."""
    kept = f"{digest}{path.suffix[:12]}"
    target = store / kept
    if target.is_file() and target.stat().st_size == path.stat().st_size:
        return kept
    part = store / f".{digest}.{os.getpid()}.part"
    try:
        store.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, part)
        with part.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise UsageError(f"{printable(str(path))} changed while it was read; attach it again")
        part.replace(target)
    except OSError as error:
        raise UsageError(f"{printable(str(store))} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return kept
