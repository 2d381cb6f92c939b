"""The tutorial is true: its files are written, its commands and Python run, and the outputs it shows are those that come.

Fences are told apart by their first line: `toml title="..."` and `csv title="..."` are files of the case, `console` holds
commands (`$ ...`) and their output, `python` is run in one session and the `text` fence after it is what it prints. Only
seconds, times in the names of run folders, and the size of rounding differences are made equal before the comparison.

`python tests/test_tutorial.py` writes the outputs that come into docs/tutorial.md, for a reader to look at.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).parent.parent / "docs" / "tutorial.md"
FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
CASE = "glass"
SAME = (
    (re.compile(r"\b\d+\.\d s$", re.MULTILINE), "0.1 s"),
    (re.compile(r"\b\d{8}-\d{6}(-\d+)?\b"), "20260101-120000"),
    (re.compile(r"\(largest\s+difference \S+\)"), "(largest difference 1e-16)"),
)


class Fence(NamedTuple):
    """A fenced block of the page: its kind, the file it is (or nothing), its text and where that stands in the page."""

    kind: str
    title: str | None
    text: str
    start: int
    end: int


def fences(page: str) -> list[Fence]:
    return [Fence(m[1], m[2], m[3], m.start(3), m.end(3)) for m in FENCE.finditer(page)]


def normal(text: str) -> str:
    """The same text without what differs from run to run, and without spaces at the ends of lines."""
    text = "\n".join(line.rstrip() for line in text.splitlines()).strip()
    for pattern, word in SAME:
        text = pattern.sub(word, text)
    return text


def command(line: str, folder: Path) -> str:
    """Run a command of the page; what it prints, errors included."""
    words = shlex.split(line)
    assert words[0] == "capcoop", line
    environment = {**os.environ, "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environment,
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.stdout


def session(text: str, names: dict[str, Any]) -> str:
    """Run Python as in one session; what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, str(PAGE), "exec"), names)  # noqa: S102  (the page's own code)
    return out.getvalue()


def outputs(page: str, folder: Path) -> Iterator[tuple[Fence, str]]:
    """Follow the page in an empty folder; yield every fence that shows an output, and what it should hold."""
    names: dict[str, Any] = {}
    printed = ""
    for fence in fences(page):
        if fence.title:
            (folder / CASE / fence.title).write_text(fence.text, encoding="utf-8")
        elif fence.kind == "console":
            lines = [line for line in fence.text.splitlines() if line.startswith("$ ")]
            yield fence, "\n\n".join(f"{line}\n{normal(command(line[2:], folder))}" for line in lines)
        elif fence.kind == "python":
            printed = session(fence.text, names)
        elif fence.kind == "text":
            yield fence, normal(printed)


def corrected(page: str, folder: Path) -> str:
    """The page with every output as it comes."""
    found = [(fence.start, fence.end, text) for fence, text in outputs(page, folder)]
    for start, end, text in reversed(found):
        page = f"{page[:start]}{text}\n{page[end:]}"
    return page


def test_every_output_of_the_tutorial_is_what_comes(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    seen = 0
    for fence, text in outputs(PAGE.read_text(encoding="utf-8"), tmp_path):
        assert normal(fence.text) == normal(text)
        seen += 1
    assert seen >= 10


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        PAGE.write_text(corrected(page, Path(place)), encoding="utf-8")


if __name__ == "__main__":
    main()
