"""The built-in ledger: the visits of 2013 to 2015 to Latin America and Kazakhstan and what followed, with their sources."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

from capcoop.ledger.database import BUILT_IN, Ledger, bring_up, sqlite_engine
from capcoop.ledger.entries import Entry
from capcoop.ledger.write import write_entries

TABLE = "agreements.csv"


@cache
def built_in_entries() -> tuple[Entry, ...]:
    """Return the records of the built-in ledger."""
    from capcoop.ledger.files import read_table

    with as_file(files("capcoop.ledger").joinpath(TABLE)) as path:
        return tuple(read_table(path))


def built_in_ledger() -> Ledger:
    """Return the built-in ledger as a database in memory; what is written into it is gone in the end."""
    ledger = Ledger(sqlite_engine(":memory:"), BUILT_IN, None)
    bring_up(ledger)
    write_entries(ledger, built_in_entries(), "capcoop")
    return ledger
