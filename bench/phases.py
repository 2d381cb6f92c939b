"""capcoop's way from a folder to a saved plan, phase by phase: CPU seconds and peak memory of each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import instances
import meter
from capcoop import build, extract, find_case, read_case, save_plan, verify, write_case
from capcoop.case.formats import read_raw
from capcoop.solve.highs import load
from capcoop.solve.method import solve
from registry import BUILT_IN, SOLVED, Record

PHASES = ("read", "read and check", "build", "hand-over", "solve", "extract", "save", "verify")


def measure(name: str) -> Record:
    """Take a case through all phases in this process, after a tiny one; L is not solved.

    Sizes of the family are read from Parquet, a built-in case from its own CSV. `read and check` reads once more.
    """
    with tempfile.TemporaryDirectory() as place:
        _pass(_folder("XS", Path(place)), Path(place), solved=True)
        return _pass(_folder(name, Path(place)), Path(place), solved=name in BUILT_IN or bool(SOLVED[name]))


def _folder(name: str, place: Path) -> Path:
    """Return the folder of a case."""
    if name in BUILT_IN:
        return find_case(name)
    return write_case(instances.as_case(instances.make(name)), tempfile.mkdtemp(dir=place), "parquet")


def _pass(folder: Path, place: Path, *, solved: bool) -> Record:
    record: Record = {}

    def take(phase: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401
        with meter.stage() as stage:
            found = work()
        record[phase] = {"cpu": stage.cpu, "peak": stage.peak}
        return found

    take("read", lambda: read_raw(folder))
    case = take("read and check", lambda: read_case(folder))
    model = take("build", lambda: build(case))
    take("hand-over", lambda: load(model.program))
    if solved:
        solution = take("solve", lambda: solve(model.program, case.settings.solver))
        plan = take("extract", lambda: extract(model, solution))
        take("save", lambda: save_plan(plan, place / f"plan {folder.name}"))
        take("verify", lambda: verify(case, plan))
    return record
