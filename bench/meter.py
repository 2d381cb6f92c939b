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
    """What a stage took: CPU seconds of all threads, and the most memory above its start, in MiB (NaN where unknown)."""

    cpu: float = 0.0
    peak: float = float("nan")


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Measure what happens inside."""
    measured, resident = Stage(), _memory("VmRSS")
    with contextlib.suppress(OSError):
        (PROCESS / "clear_refs").write_text("5")  # the peak starts anew
    started = time.process_time()
    yield measured
    measured.cpu = time.process_time() - started
    measured.peak = _memory("VmHWM") - resident


def _memory(key: str) -> float:
    with contextlib.suppress(OSError):
        found = re.search(rf"{key}:\s*(\d+) kB", (PROCESS / "status").read_text())
        if found:
            return int(found[1]) / 1024
    return float("nan")
