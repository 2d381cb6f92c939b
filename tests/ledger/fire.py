"""A ledger under fire: processes that write at once, killed at any moment and started again.

    python tests/ledger/fire.py --database URL_OR_FILE --count 10000 --processes 8

Every process writes its share of the agreements, each with a key of its own, and notes a number once the ledger has acknowledged
it. A killed process begins again after its last note, so that what was written without a note is written again. In the end every
agreement must be there once, every acknowledged one among them, every version of the records that all processes change too,
and the whole history must fold to the state that the tables show.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from capcoop.ledger.database import open_ledger
from capcoop.ledger.entries import Attributes, Entry, Reading, Stage
from capcoop.ledger.tables import Agreement, Event, ReadingRow
from capcoop.ledger.write import faults, write_entries

SHARED = 5  # records that every process changes
EVERY = 10  # one in so many agreements is followed by a change of a shared record


@dataclass(frozen=True)
class Outcome:
    """What is found after the fire."""

    agreements: int
    acknowledged: int
    lost: int
    doubled: int
    events: int
    expected_events: int
    faults: list[str]
    kills: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Nothing lost, nothing doubled, history complete."""
        return not (self.lost or self.doubled or self.faults) and self.events == self.expected_events


def entry_of(number: int) -> Entry:
    """Return agreement `number`."""
    told = Attributes(kind="agreement", title=f"Agreement {number}", host="KAZ", partner="CHN", sector="steel", date="2015-03-27")
    value = Reading("value", float(number % 100 + 1), "million USD", source="fire")
    return Entry(told, readings=(value,), stages=(Stage("signed", "2015-03-27", "fire"),), source="fire", key=f"fire-{number}")


def shared_entry(number: int) -> Entry:
    """Return the change of a shared record that follows agreement `number`."""
    value = Reading("value", float(number + 1), "million USD", source=f"fire {number}")
    return Entry(Attributes(), record=f"shared-{number // EVERY % SHARED}", readings=(value,), source="fire", key=f"shared-{number}")


def work(database: str, first: int, step: int, count: int, notes: Path) -> None:
    """Write every `step`-th agreement from the one after the last noted on."""
    ledger = open_ledger(database, new=True)
    done = notes.read_text(encoding="utf-8").split() if notes.exists() else []
    start = int(done[-1]) + step if done else first
    with notes.open("a", encoding="utf-8") as file:
        for number in range(start, count, step):
            write_entries(ledger, [entry_of(number)], f"process {first}")
            if number % EVERY == 0:
                write_entries(ledger, [shared_entry(number)], f"process {first}")
            file.write(f"{number}\n")
            file.flush()
    ledger.close()


def fire(database: str, count: int, processes: int, kills: int, seed: int = 1) -> Outcome:
    """Let processes write, kill one after the other `kills` times, and look at what is there."""
    began = time.monotonic()
    ledger = open_ledger(database, new=True)
    shared = [
        Entry(Attributes(kind="project", title=f"Shared {k}", host="KAZ", partner="CHN"), record=f"shared-{k}") for k in range(SHARED)
    ]
    write_entries(ledger, shared, "fire")
    ledger.close()
    chance = random.Random(seed)  # noqa: S311  (whom to kill, and when)
    with tempfile.TemporaryDirectory() as folder:
        notes = [Path(folder) / f"notes-{k}" for k in range(processes)]
        killed = _burn(database, count, notes, kills, chance)
        acknowledged = [int(line) for path in notes for line in path.read_text(encoding="utf-8").split()]
    return _judge(database, count, acknowledged, killed, time.monotonic() - began)


def _start(database: str, count: int, notes: list[Path], place: int) -> subprocess.Popen[bytes]:
    words = ["--worker", str(place), "--notes", str(notes[place])]
    asked = ["--database", database, "--count", str(count), "--processes", str(len(notes))]
    return subprocess.Popen([sys.executable, __file__, *asked, *words])


def _burn(database: str, count: int, notes: list[Path], kills: int, chance: random.Random) -> int:
    running = {place: _start(database, count, notes, place) for place in range(len(notes))}
    killed = 0
    while running:
        time.sleep(chance.uniform(0.05, 0.4))
        for place, process in list(running.items()):
            if process.poll() == 0:
                del running[place]
            elif process.returncode is not None:
                raise RuntimeError(f"process {place} ended with {process.returncode}")
        # One that has not written yet is left alone: what is killed are writers.
        targets = [place for place in running if notes[place].exists() and notes[place].stat().st_size]
        if targets and killed < kills:
            place = chance.choice(targets)
            os.kill(running[place].pid, signal.SIGKILL)
            killed += running[place].wait() == -signal.SIGKILL
            _whole_lines(notes[place])
            running[place] = _start(database, count, notes, place)
    return killed


def _whole_lines(notes: Path) -> None:
    """Take away a note that was cut short by the kill: it does not count as acknowledged."""
    data = notes.read_bytes()
    notes.write_bytes(data[: data.rfind(b"\n") + 1])


def _judge(database: str, count: int, acknowledged: list[int], killed: int, seconds: float) -> Outcome:
    ledger = open_ledger(database)
    names = [entry_of(number).named().record for number in range(count)]
    with ledger.engine.connect() as connection:
        there = list(connection.execute(select(Agreement.record).where(Agreement.kind == "agreement")).scalars())
        per = dict(connection.execute(select(Event.record, func.count()).group_by(Event.record)).all())
        readings = connection.execute(select(func.count()).select_from(ReadingRow)).scalar_one()
    lost = len({*names} - {*there}) + len({names[number] for number in acknowledged} - {*there})
    changes = len(range(0, count, EVERY))
    doubled = len(there) - len({*there}) + sum(per.get(name, 0) > 1 for name in names) + (readings != count + changes)
    events, wrong = faults(ledger)
    ledger.close()
    return Outcome(len(there), len(set(acknowledged)), lost, doubled, events, count + SHARED + changes, wrong, killed, seconds)


def main() -> int:
    """Run the fire, or one of its processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", type=int)
    parser.add_argument("--notes", type=Path)
    asked = parser.parse_args()
    if asked.worker is not None:
        work(asked.database, asked.worker, asked.processes, asked.count, asked.notes)
        return 0
    outcome = fire(asked.database, asked.count, asked.processes, asked.kills, asked.seed)
    print(outcome)
    print("nothing lost, nothing doubled, history complete" if outcome.ok else "FAILED")
    return 0 if outcome.ok else 1


if __name__ == "__main__":
    sys.exit(main())
