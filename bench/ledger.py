"""The report card of a ledger of 1,000,000 records: `python bench/ledger.py [--count N] [--database PLACE]`.

The records are made by the database itself, each with its event, two readings of its value and two stages, spread over countries,
sectors, channels, financing and years; one in a hundred is a package. Then cards are read, each three times, and the median is
told. The database must be new; without --database it is a SQLite file that is deleted in the end.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import text

from capcoop.atlas.countries import countries
from capcoop.atlas.products import SECTORS
from capcoop.ledger.card import card
from capcoop.ledger.database import Ledger, open_ledger
from capcoop.ledger.look import Asked, record_of
from capcoop.ledger.vocabulary import STATUSES

LIMIT = 1.0  # seconds that a card may take
REPEATS = 3
HOSTS = 60
SELECTIONS = {
    "everything": Asked(),
    "one country": Asked(host="KAZ"),
    "a region": Asked(host="LAC"),
    "one visit": Asked(visit="visit-7"),
    "two years": Asked(period=(2014, 2015)),
    "one partner": Asked(partner="CHN"),
}


def pick(words: list[str], number: str, step: int) -> str:
    """Return an expression of SQL that picks a word by a number."""
    cases = " ".join(f"WHEN {place} THEN '{word}'" for place, word in enumerate(words))
    return f"CASE ({number} / {step}) % {len(words)} {cases} END"


EMPTY = '{"attributes":{},"readings":[],"stages":[],"papers":[],"source":"","verified":false,"note":""}'
RECORD, YEAR, YES = "'R' || i", "CAST(2000 + i % 25 AS TEXT)", "i > 0"
EVENTS = ("'k' || i", RECORD, "1", "'2026'", "'bench'", "''", f"'{EMPTY}'", "''")


def amounts(place: int) -> tuple[str, ...]:
    """Return the expressions of the figures of a reading."""
    amount = f"i % 5000 + {place}"
    return RECORD, "1", f"{place}", "'value'", amount, "'million USD'", "''", YES, amount


def fill(ledger: Ledger, count: int) -> None:
    """Let the database make the records."""
    hosts = ["KAZ", "BRA", *[code for code in countries() if code not in {"KAZ", "BRA"}][: HOSTS - 2]]
    status = pick(list(STATUSES[1:7]), "i", 3)
    kind = "CASE WHEN i % 100 = 0 THEN 'package' WHEN i % 3 = 0 THEN 'project' ELSE 'agreement' END"
    between = (pick(hosts, "i", 1), pick(["CHN", "DEU", "JPN"], "i", 7), "''")
    ways = (pick(["", "logistics", "power", "information"], "i", 11), pick(["", "credit", "fund"], "i", 13))
    told = (RECORD, "1", kind, "'Agreement ' || i", *between, pick(list(SECTORS), "i", 5), "''", *ways)
    state = (f"{YEAR} || '-05-19'", "'visit-' || (i % 1000)", "''", "''", status, YEAR, "'signed'", YEAR)
    columns: dict[str, list[tuple[str, ...]]] = {
        "events (key, record, version, made_at, made_by, source, body, digest)": [EVENTS],
        "agreements": [(*told, *state, "i % 5000", "'USD'", "''", YES, YES)],
        "readings": [(f"'r{k}-' || i", *amounts(k), "'USD'", "'bench'", YES, "''") for k in range(2)],
        "stages": [(f"'s{k}-' || i", RECORD, "1", f"{k}", word, YEAR, "'bench'", YES, "''") for k, word in enumerate(("'signed'", status))],
    }
    for table, rows in columns.items():
        for row in rows:
            insert(ledger, table, row, count)
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if ledger.engine.dialect.name == "sqlite" else "VACUUM ANALYZE")


def insert(ledger: Ledger, table: str, row: Sequence[str], count: int) -> None:
    """Insert `count` rows, the expressions of which count with `i`."""
    numbers = f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n) AS n"  # noqa: S608
    series = numbers if ledger.engine.dialect.name == "sqlite" else f"generate_series(1, {count}) AS n(i)"
    statement = f"INSERT INTO {table} SELECT {', '.join(row)} FROM {series}"  # noqa: S608
    ledger.write(lambda connection: connection.execute(text(statement.replace(":", "\\:"))))


def median(work: Callable[[], object]) -> tuple[float, float]:
    """Return the median seconds, and those of this process's processors, of some runs of `work`, after one that warms up."""
    work()
    taken = []
    for _ in range(REPEATS):
        began, busy = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - began, time.process_time() - busy))
    return statistics.median(one for one, _ in taken), statistics.median(one for _, one in taken)


def measure(place: str, count: int) -> bool:
    """Fill a ledger, read its cards, print what they take; return whether all stay within the limit."""
    ledger = open_ledger(place, new=True)
    began = time.perf_counter()
    fill(ledger, count)
    print(f"{ledger.engine.dialect.name}: {count:,} records made in {time.perf_counter() - began:.0f} s")
    taken = {name: median(lambda wanted=wanted: card(ledger, wanted)) for name, wanted in SELECTIONS.items()}  # type: ignore[misc]
    assert card(ledger, Asked())["records"] == count  # noqa: S101  (what is timed is the whole)
    for name, (seconds, busy) in taken.items():
        print(f"  card of {name}: {seconds:.3f} s (this process {busy:.3f} s)")
    print(f"  one record with its history: {median(lambda: record_of(ledger, 'R77'))[0]:.4f} s")
    ledger.close()
    return max(seconds for seconds, _ in taken.values()) < LIMIT


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--database")
    asked = parser.parse_args()
    if asked.database:
        good = measure(asked.database, asked.count)
    else:
        with tempfile.TemporaryDirectory() as folder:
            good = measure(str(Path(folder) / "ledger.sqlite"), asked.count)
    print(f"every card in less than {LIMIT:g} s" if good else f"a card took more than {LIMIT:g} s")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
