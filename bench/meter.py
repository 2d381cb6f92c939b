"""CPU seconds and peak memory of a stage, and of the command `capcoop plan` as a whole."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROCESS = Path("/proc/self")


@dataclass
class Stage:
    """What a stage took: CPU seconds, those of processes it keeps among them, and the most memory above its start, in MiB (or NaN)."""

    cpu: float = 0.0
    peak: float = float("nan")


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Measure what happens inside."""
    measured, resident = Stage(), _memory("VmRSS")
    with contextlib.suppress(OSError):
        (PROCESS / "clear_refs").write_text("5")  # the peak starts anew
    started = _seconds()
    yield measured
    measured.cpu = _seconds() - started
    measured.peak = _memory("VmHWM") - resident


@dataclass(frozen=True)
class Ran:
    """What a command took: its exit code and what it said of errors, seconds of the clock and of the processor, peak memory in MiB."""

    code: int
    told: str
    clock: float
    cpu: float
    peak: float


def plan_apart(case: Path, run: Path, *sets: str) -> Ran:
    """Plan a case by the command line in a process of its own: reading, baseline, check and saving included."""
    words = [sys.executable, "-m", "capcoop", "plan", str(case), "--out", str(run), "--json"]
    started = time.perf_counter()
    child = subprocess.Popen(
        [*words, *(word for one in sets for word in ("--set", one))], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    told = child.stderr.read().decode().strip() if child.stderr else ""
    _, status, used = os.wait4(child.pid, 0)
    clock = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    return Ran(child.returncode, told, clock, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _seconds() -> float:
    """Return the CPU seconds of this process and of those it has started and that still run."""
    total = time.process_time()
    with contextlib.suppress(OSError, ValueError, IndexError):
        for text in [path.read_text() for path in PROCESS.glob("task/*/children")]:
            for child in text.split():
                threads = Path("/proc", child).glob("task/*/schedstat")
                total += sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
    return total


def _memory(key: str) -> float:
    with contextlib.suppress(OSError):
        found = re.search(rf"{key}:\s*(\d+) kB", (PROCESS / "status").read_text())
        if found:
            return int(found[1]) / 1024
    return float("nan")
