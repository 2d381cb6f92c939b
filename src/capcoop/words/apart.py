"""Processes that read documents for this one, each within its own memory and time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from capcoop.words import extract

LONGEST = 60.0  # seconds that one document may take
MOST_READERS = 4
MOST_ANSWER = 8 * extract.MOST_CHARACTERS  # bytes


@dataclass(frozen=True)
class Reader:
    """A process that reads documents, with the pipes of what it is asked and of what it answers."""

    process: subprocess.Popen[bytes]
    asked: IO[bytes]
    answers: IO[bytes]

    def read(self, path: Path, kind: str) -> dict[str, Any] | None:
        """Return what a document says; None where the process did not outlive it."""
        late = threading.Timer(LONGEST, self.process.kill)
        late.start()
        try:
            self.asked.write(json.dumps([str(path), kind]).encode() + b"\n")
            self.asked.flush()
            length = int.from_bytes(self.answers.read(8), "big")
            told = self.answers.read(length) if 0 < length <= MOST_ANSWER else b""
            return json.loads(told) if len(told) == length and told else None
        except (OSError, ValueError):
            return None
        finally:
            late.cancel()

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        with contextlib.suppress(OSError, ValueError):
            self.process.communicate()


def _start() -> Reader | None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command, no_window = [sys.executable, "-P", extract.__file__], getattr(subprocess, "CREATE_NO_WINDOW", 0)
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=nowhere, creationflags=no_window)  # noqa: S603
    except (OSError, ValueError):
        return None
    return Reader(process, process.stdin, process.stdout) if process.stdin and process.stdout else None


def read_apart(asked: Sequence[tuple[Path, str]]) -> list[dict[str, Any]]:
    """Return what documents say, or why they are not read, in their order.

    Each is a path and one of the kinds of `extract.KINDS`. A document at which a process dies or takes longer than LONGEST is refused.
    """
    if not asked:
        return []
    count = min(MOST_READERS, os.cpu_count() or 1, len(asked))
    with _readers(count) as idle, ThreadPoolExecutor(count) as threads:
        return list(threads.map(lambda one: _one(idle, *one), asked))


def _one(idle: queue.SimpleQueue[Reader | None], path: Path, kind: str) -> dict[str, Any]:
    reader = idle.get() or _start()
    told = reader.read(path, kind) if reader else None
    if told is None and reader:
        reader.end()
        reader = None
    idle.put(reader)
    return told or {"refused": [f"takes more than {LONGEST:.0f} seconds or too much memory to read", "split it"]}


@contextlib.contextmanager
def _readers(count: int) -> Iterator[queue.SimpleQueue[Reader | None]]:
    """Keep places for `count` processes, started when first asked for, ended at the end."""
    idle: queue.SimpleQueue[Reader | None] = queue.SimpleQueue()
    for _ in range(count):
        idle.put(None)
    try:
        yield idle
    finally:
        with contextlib.suppress(queue.Empty):
            while True:
                reader = idle.get_nowait()
                if reader:
                    reader.end()
