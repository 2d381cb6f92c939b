"""Parquet files of anyone, tried apart first: on some damaged ones polars does not raise but ends its whole process.

The process that tries them is started at the first file and serves until this one ends. It is this very file run as a
script, which is why it imports nothing but polars.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

import polars as pl

Source = Path | bytes
LONGEST = 60.0  # seconds that one file may take


class UnreadableError(Exception):
    """A file that cannot be read as Parquet."""


class TooLargeError(Exception):
    """A file of more cells than allowed; the message is its number of rows."""


def read_parquet(source: Source, most_cells: int) -> pl.DataFrame:
    """Read a Parquet file, or the bytes of one.

    Raises
    ------
    UnreadableError, TooLargeError : it cannot be read; it holds more than `most_cells` cells.
    """
    if not tried(source, most_cells):
        raise UnreadableError
    return _read(source, most_cells)


def _read(source: Source, most_cells: int) -> pl.DataFrame:
    try:
        held = pl.scan_parquet(source, glob=False, hive_partitioning=False)
        rows = held.select(pl.len()).collect().item()
        if rows * len(held.collect_schema()) <= most_cells:
            return held.collect()
    except (Exception, pl.exceptions.PanicException):  # noqa: BLE001  (a damaged file raises many kinds of error)
        raise UnreadableError from None
    raise TooLargeError(str(rows))


def tried(source: Source, most_cells: int) -> bool:
    """Return whether another process outlives reading this file; True where no other process can be had.

    A second process is asked when the first one dies at once, since anyone may have ended that one.
    """
    request = (source.absolute() if isinstance(source, Path) else source, most_cells)
    began = time.monotonic()
    with LOCK:
        for _ in range(2):
            reader = _reader(os.getpid())
            if reader is None or reader.outlives(request):
                return True
            reader.end()
            _reader.cache_clear()
            if time.monotonic() - began >= LONGEST:
                break
    return False


LOCK = threading.Lock()
DONE = b"."


@dataclass(frozen=True)
class Reader:
    """The process that tries files, with the pipes of what it is asked and of what it answers."""

    process: subprocess.Popen[bytes]
    asked: IO[bytes]
    answers: IO[bytes]

    def outlives(self, request: tuple[Source, int]) -> bool:
        """Let it read a file; return whether it has, or has failed to, without dying or taking too long."""
        late = threading.Timer(LONGEST, self.process.kill)
        late.start()
        try:
            pickle.dump(request, self.asked)
            self.asked.flush()
            return self.answers.read(1) == DONE
        except OSError:
            return False
        finally:
            late.cancel()

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        with contextlib.suppress(OSError, ValueError):  # of pipes that broke or are closed
            self.process.communicate()


@lru_cache(maxsize=1)
def _reader(_: int) -> Reader | None:
    """Start the process that tries files, one for each process that asks; None where it does not start."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    # -P: this folder holds modules with the names of others. No window: Windows opens one for a notebook's process.
    command, no_window = [sys.executable, "-P", __file__], getattr(subprocess, "CREATE_NO_WINDOW", 0)
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=nowhere, creationflags=no_window)  # noqa: S603
    except (OSError, ValueError):
        return None
    if not (process.stdin and process.stdout):
        return None
    reader = Reader(process, process.stdin, process.stdout)
    atexit.register(reader.end)
    return reader if reader.answers.read(1) == DONE else None


def _serve() -> None:
    """Read every file that is asked for, and say so after each; end with the asking process."""
    sys.stdout.buffer.write(DONE)
    sys.stdout.flush()
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            source, most_cells = pickle.load(sys.stdin.buffer)  # noqa: S301  (from the process that started this one)
            with contextlib.suppress(UnreadableError, TooLargeError):
                _read(source, most_cells)
            sys.stdout.buffer.write(DONE)
            sys.stdout.flush()


if __name__ == "__main__":
    _serve()
