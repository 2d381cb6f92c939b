"""Mutated cases by the thousand: none may end in a traceback, take long, need much memory, or give a plan that fails its check.

    python tests/fuzz/fuzz.py [--count 10000] [--first 0] [--seed 1] [--workers 1] [--seconds N] [--keep DIR]

Case number n of a seed is always the same case, so that a run goes on where another ended (`--first`) and a finding can be
made again (`--first n --count 1`). Two of three cases are a tiny example of the tests or, seldom, a built-in case with bytes or
cells changed, in every form that cases can have; the third is a random case of tests/strategies.py with rows and cells changed. Workers are
processes of their own: one that dies or hangs is a finding, and another takes its place.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

for place in (".", ".."):
    sys.path.insert(0, str(Path(__file__).resolve().parent / place))

SLOW, HANGS, MEMORY = 10.0, 60.0, 2**30
FINDINGS = ("traceback", "unchecked", "slow", "memory", "dead")
# How often each form is mutated: DuckDB takes longer to open than a case to read.
FORMS = {"csv": 40, "parquet": 20, ".zip": 15, ".xlsx": 20, ".sqlite": 4, ".duckdb": 1}
# The larger a case, the rarer: in the mean, 92 of 100 are the tiny examples of the tests.
RARE, RARER = 0.08, 0.002
NAMES = ("mexico-steel", "yemen-cement", "latin-america-fertiliser", "turkey-power") * 6 + (
    "egypt-fertiliser",
    "mexico-steel-expansion",
) * 2
SETS = ("time_limit=2", "threads=1")


class Bases:
    """The cases that are mutated, in every form that `write_case` knows; each is written below a folder when it is first asked for."""

    def __init__(self, root: Path) -> None:
        """Remember the folder."""
        self.root = root

    def place(self, name: str, form: str) -> Path:
        """Return the place of a case in a form."""
        from capcoop import built_in_cases, read_case, write_case
        from support import write_example
        from tiny import EXAMPLES

        if name in EXAMPLES:
            folder = self.root / name / "csv"
            if not folder.exists():
                write_example(folder, EXAMPLES[name].settings, EXAMPLES[name].tables)
        else:
            folder = built_in_cases()[name]
        target = self.root / name / (f"case{form}" if form.startswith(".") else form)
        if form == "csv":
            return folder
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            write_case(read_case(folder, plannable=False), target, "parquet" if form == "parquet" else "csv")
        return target

    def drawn(self, random: Random) -> tuple[Path, str]:
        """Return the place and the form of a case drawn at random."""
        from tiny import EXAMPLES

        number = random.random()
        name = "kazakhstan" if number < RARER else random.choice(NAMES) if number < RARE else random.choice(list(EXAMPLES))
        form = random.choices(list(FORMS), list(FORMS.values()))[0]
        return self.place(name, form), form


def made(number: int, seed: int, bases: Bases, target: Path) -> tuple[Path, str]:
    """Write case number n of a seed below a folder; return its place and its form."""
    from mutate import mutate, mutate_archive, mutate_bytes
    from structure import write_structure

    random = Random(f"{seed}:{number}")  # noqa: S311
    if number % 3 == 2:
        return write_structure(target / "case", number // 3, str(seed), random), "structure"
    source, form = bases.drawn(random)
    copy = target / source.name
    if source.is_dir():
        shutil.copytree(source, copy)
        (copy / "README.md").unlink(missing_ok=True)
        mutate(copy, random)
    else:
        change = mutate_archive if form in {".zip", ".xlsx"} and random.random() < 0.7 else mutate_bytes
        copy.write_bytes(change(source.read_bytes(), random))
    return copy, form


def judged(path: Path) -> tuple[str, str]:
    """Check a case, plan it and verify the plan; return the outcome and, for a finding, what was found."""
    from capcoop import CapcoopError, check_case, plan_case, verify

    try:
        case, _ = check_case(path, None, SETS)
        if case is None:
            return "refused", ""
        verdict = verify(case, plan_case(case))
    except CapcoopError as error:
        return type(error).__name__, ""
    except BaseException as error:  # noqa: BLE001  (that is what is looked for)
        places = [frame for frame in traceback.extract_tb(error.__traceback__) if "capcoop" in frame.filename]
        return "traceback", f"{type(error).__name__}: {str(error)[:200]} in " + ", ".join(f"{f.name} {f.lineno}" for f in places[-3:])
    return ("planned", "") if verdict.ok else ("unchecked", "; ".join(verdict.faults[:2]))


def work(first: int, last: int, seed: int, keep: Path | None) -> None:
    """Judge the cases from first to last, one line of JSON each."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as text:  # noqa: S108  (memory, not disk)
        root = Path(text)
        bases = Bases(root / "bases")
        for number in range(first, last):
            target = root / "case"
            target.mkdir()
            path, form = made(number, seed, bases, target)
            start = time.perf_counter()
            outcome, found = judged(path)
            seconds = time.perf_counter() - start
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            if seconds > SLOW or memory > MEMORY:
                outcome, found = ("slow" if seconds > SLOW else "memory"), f"{seconds:.1f} s, {memory / 2**20:.0f} MiB, {outcome} {found}"
            if outcome in FINDINGS and keep:
                shutil.copytree(target, keep / f"{seed}-{number}", dirs_exist_ok=True)
            print(json.dumps([number, form, outcome, found, seconds, memory]), flush=True)
            shutil.rmtree(target)
            if memory > MEMORY:  # the peak of a process never falls: the next one starts afresh
                return


@dataclass(frozen=True)
class Outcome:
    """What became of a case: its number and form, the outcome and what was found, seconds, and bytes of its worker at their peak."""

    number: int
    form: str
    outcome: str
    found: str
    seconds: float
    memory: int


@dataclass
class Worker:
    """A process that judges every case of its span, and is replaced where it ends too early."""

    first: int
    last: int
    arguments: list[str]
    process: subprocess.Popen[bytes] = field(init=False)
    heard: float = field(init=False)
    buffer: bytes = b""

    def __post_init__(self) -> None:
        """Start the process."""
        environment = {**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, __file__, "--work", "--first", str(self.first), "--count", str(self.last - self.first), *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        self.heard, self.buffer = time.monotonic(), b""

    def next(self) -> Outcome | None:
        """Return the next outcome; None where none has come yet. A worker that is dead or hangs is a finding."""
        assert self.process.stdout is not None
        ended = False
        if b"\n" not in self.buffer and select.select([self.process.stdout], [], [], 0.2)[0]:
            chunk = os.read(self.process.stdout.fileno(), 2**16)
            self.buffer, ended = self.buffer + chunk, not chunk
        line, newline, rest = self.buffer.partition(b"\n")
        if newline:
            self.buffer = rest
            self.heard = time.monotonic()
            outcome = Outcome(*json.loads(line))
            self.first = outcome.number + 1
            if outcome.outcome == "memory" and self.first < self.last:
                self.process.wait()
                self.__post_init__()
            return outcome
        if ended or time.monotonic() - self.heard > HANGS:
            self.process.kill()
            code, number = self.process.wait(), self.first
            self.first += 1
            if self.first < self.last:
                self.__post_init__()
            return Outcome(number, "unknown", "dead", f"the worker ended with {code}", 0.0, 0)
        return None


def outcomes(first: int, count: int, workers: int, arguments: list[str]) -> Iterator[Outcome]:
    """Yield the outcome of each case, from all workers."""
    share = -(-count // workers)
    running = [Worker(at, min(at + share, first + count), arguments) for at in range(first, first + count, share)]
    try:
        while running:
            for worker in list(running):
                if outcome := worker.next():
                    yield outcome
                if worker.first >= worker.last:
                    running.remove(worker)
    finally:
        for worker in running:
            worker.process.kill()


def main() -> int:
    """Judge the cases and print a summary; return how many findings there were."""
    parser = argparse.ArgumentParser(description="Plan mutated cases and look for anything but a sentence or a right plan.")
    for name, default in (("count", 10000), ("first", 0), ("seed", 1), ("workers", 1), ("seconds", 10**6)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--keep", type=Path, help="folder for the cases of findings")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.first, given.first + given.count, given.seed, given.keep)
        return 0
    arguments = ["--seed", str(given.seed), *(["--keep", str(given.keep)] if given.keep else [])]
    counts: Counter[tuple[str, str]] = Counter()
    slowest, memory, start = (0.0, 0), 0, time.perf_counter()
    with suppress(KeyboardInterrupt):  # the summary of what was done so far
        for one in outcomes(given.first, given.count, given.workers, arguments):
            counts[one.form, one.outcome] += 1
            slowest, memory = max(slowest, (one.seconds, one.number)), max(memory, one.memory)
            if one.outcome in FINDINGS:
                print(f"case {one.number} ({one.form}): {one.outcome}: {one.found}", flush=True)
            if time.perf_counter() - start > given.seconds:
                break
    seconds, total = time.perf_counter() - start, counts.total()
    findings = sum(count for (_, outcome), count in counts.items() if outcome in FINDINGS)
    for form in sorted({form for form, _ in counts}):
        mine = {outcome: count for (of, outcome), count in counts.most_common() if of == form}
        print(f"  {form.lstrip('.')} {sum(mine.values())}: " + ", ".join(f"{outcome} {count}" for outcome, count in mine.items()))
    print(f"  slowest: case {slowest[1]} with {slowest[0]:.2f} s; most memory: {memory / 2**20:.0f} MiB")
    print(f"{total} cases of seed {given.seed} in {seconds:.0f} s ({total / seconds:.0f} a second); {findings} findings")
    return min(findings, 1)


if __name__ == "__main__":
    sys.exit(main())
