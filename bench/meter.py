"""CPU seconds and peak memory of a stage."""

from __future__ import annotations

import contextlib
import re
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
