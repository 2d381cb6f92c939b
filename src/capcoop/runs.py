"""run(case) -> a folder with the request, the case, the log, the plan's tables and the outcome. Every interface calls it."""

from __future__ import annotations

import json
import math
import os
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from capcoop.case import Case, judge_case, write_case
from capcoop.errors import UsageError
from capcoop.financing import Financed, plan_financed
from capcoop.model.build import build
from capcoop.money.gains.tables import APPRAISAL_TABLES, FINANCING_TABLES
from capcoop.plan import PLAN_TABLES, Plan, extract, save_plan
from capcoop.plan.baseline import baseline_of
from capcoop.plan.beside import BESIDE, clear_beside
from capcoop.plan.saved import OUTCOME, TABLES
from capcoop.plan.tables import clear_tables, save_tables
from capcoop.plan.verify import Verdict, verify
from capcoop.solve.apart import PART_LOG
from capcoop.solve.highs import Watcher
from capcoop.solve.method import solve

REQUEST, LOG, LOCK, CASE, REPORT = "request.json", "log.txt", "run.lock", "case.zip", "report.html"
BASELINE, APPRAISAL = "baseline", "appraisal"
NOTES = (OUTCOME, REQUEST)
LONGEST = 3600.0  # seconds


@dataclass(frozen=True)
class Result:
    """A finished run: its folder, the case, the plan, the baseline (None: there is none, `why` says so) and the verdict.

    financed : how plan and financing came to agree, where that was asked for.
    """

    folder: Path
    case: Case
    plan: Plan
    baseline: Plan | None
    why: str
    verdict: Verdict
    financed: Financed | None = None


def run(
    path: str | Path,
    folder: str | Path | None = None,
    scenario: str | None = None,
    sets: Sequence[str] = (),
    *,
    watch: Watcher | None = None,
    stop: threading.Event | None = None,
    financed: bool = False,
) -> Result:
    """Read, build, solve, check and save a case.

    Parameters
    ----------
    path : the case's folder. folder : the run's folder (default: runs/CASE/TIME); new, empty, or that of an
    earlier run, which is overwritten. Until the outcome is written, last of all, it says `"status": "running"`.
    scenario, sets : as in `read_case`. watch, stop : as in `solve`. financed : plan until the cost of capital that financing yields is that
    of the plan, as `plan_financed` does.

    Raises
    ------
    CaseError, UsageError, SolveError. The run's folder then says `"status": "failed"` and why; where another run is at work in it,
    it is left alone.
    """
    judged = judge_case(path, scenario, sets)
    case = judged.sound()
    target = _claim(folder, case)
    request = {
        "case": case.name,
        "scenario": scenario,
        "sets": list(sets),
        "financed": financed,
        "settings": case.settings.model_dump(),
        "started": datetime.now(UTC).isoformat(),
    }
    with _alone(target):
        _write(target / OUTCOME, {"case": case.name, "status": "running"})
        try:
            _clear(target)
            _write(target / REQUEST, request)
            work = _run_financed if financed else _run
            return work(case, [str(note) for note in judged.notes], target, watch, stop)
        except BaseException as error:
            _write(target / OUTCOME, {"case": case.name, "status": "failed", "reason": str(error) or type(error).__name__})
            raise


def plan_case(case: Case, *, watch: Watcher | None = None, stop: threading.Event | None = None) -> Plan:
    """Build and solve a case in memory; return its plan. Raises CaseError and SolveError as `build` and `solve` do."""
    model = build(case)
    return extract(model, solve(model.program, case.settings.solver, watch, stop))


def _run(case: Case, notes: list[str], target: Path, watch: Watcher | None, stop: threading.Event | None) -> Result:
    model = build(case)
    plan = extract(model, solve(model.program, case.settings.solver, watch, stop, str(target / LOG)))
    return _saved(case, plan, baseline_of(model), notes, target)


def _run_financed(case: Case, notes: list[str], target: Path, watch: Watcher | None, stop: threading.Event | None) -> Result:
    found = plan_financed(case, watch=watch, stop=stop, log=str(target / LOG))
    result = _saved(found.case, found.plan, (found.baseline, found.why), notes, target)
    return replace(result, financed=found)


def _saved(case: Case, plan: Plan, without: tuple[Plan | None, str], notes: list[str], target: Path) -> Result:
    """Check and save a plan and its baseline; the outcome comes last."""
    verdict = verify(case, plan)
    baseline, why = without
    columns = PLAN_TABLES | {name: own for name, own in FINANCING_TABLES.items() if name in plan.tables}
    save_tables(plan.tables, columns, case.settings.currency, target / TABLES)
    write_case(case, target / CASE, "parquet")
    outcome: dict[str, Any] = {
        **plan.outcome,
        "notes": notes,
        "check": {k: v for k, v in asdict(verdict).items() if k != "faults"} | {"faults": list(verdict.faults)[:50]},
    }
    outcome["baseline"] = None if baseline is None else baseline.objective
    if baseline is None:
        outcome["no_baseline"] = why
    else:
        save_plan(baseline, target / BASELINE)
    _write(target / OUTCOME, outcome)
    return Result(target, case, Plan(outcome, plan.tables, case), baseline, why, verdict)


def _claim(folder: str | Path | None, case: Case) -> Path:
    """Return the run's folder, made new, or that of an earlier run."""
    if folder is not None:
        target = Path(folder)
        if target.exists() and not target.is_dir():
            raise UsageError(f"{target} is a file; choose a new folder for the run")
        if target.exists() and not _is_run(target):
            raise UsageError(f"{target} holds other files; choose a new folder for the run")
        return _made(target, known=True)
    base = Path("runs") / (re.sub(r"[^\w@. -]", "_", case.name)[:100].strip(". ") or "case")
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    for number in range(1000):
        with suppress(FileExistsError):  # that of a run that began in the same second
            return _made(base / (f"{stamp}-{number}" if number else stamp), known=False)
    raise UsageError(f"{base} holds a thousand runs of this second; name a folder for the run")


def _is_run(folder: Path) -> bool:
    """Return whether a folder is empty, or that of a run, however early it was broken off."""
    parts = {_part(folder / name) for name in NOTES} | {folder / LOCK}
    return any((folder / name).exists() for name in NOTES) or set(folder.iterdir()) <= parts


def _made(folder: Path, *, known: bool) -> Path:
    """Make a folder. Raises FileExistsError where it is there and not `known`."""
    try:
        folder.mkdir(parents=True, exist_ok=known)
    except FileExistsError:
        raise
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}") from error
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a run's folder; whatever ends the process lets go of it. Raises UsageError where another run holds it."""
    try:
        handle = _held(folder)
    except (BlockingIOError, FileExistsError):
        raise UsageError(f"{folder} is in use by another run; wait for its end, or choose another folder") from None
    try:
        yield
    finally:
        os.close(handle)


def _held(folder: Path) -> int:
    """Return an open handle that holds a folder: a lock on the folder itself or, on Windows, a file that goes when it is closed."""
    if sys.platform == "win32":
        return os.open(folder / LOCK, os.O_CREAT | os.O_EXCL | os.O_TEMPORARY)
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:
        pass  # a file system without locks
    return handle


def _clear(folder: Path) -> None:
    """Take away what an earlier run left in its folder, and nothing else; links are cut, not followed."""
    for own in (LOG, LOG + PART_LOG, CASE, REPORT):
        (folder / own).unlink(missing_ok=True)
    for inner, tables in ((TABLES, (*PLAN_TABLES, *FINANCING_TABLES)), (BASELINE, PLAN_TABLES), (APPRAISAL, APPRAISAL_TABLES)):
        clear_tables(folder / inner, tables)
    for name in BESIDE:
        clear_beside(folder, name)
    clear_parts(folder)


def clear_parts(folder: Path, name: str = "report.*") -> None:
    """Take away files that were never written to the end, as their process was; those of one at work stay. name : may hold `*`."""
    for path in folder.glob(f".{name}.*.part"):
        owner = path.name.split(".")[-2]
        if owner.isdecimal() and not _at_work(int(owner), path):
            with suppress(OSError):  # another has taken it away, or it is open
                path.unlink()


def _at_work(process: int, path: Path) -> bool:
    """Return whether a process may be writing a file: it is alive, and the file is no older than any page takes to write."""
    with suppress(OSError):
        if time.time() - path.lstat().st_mtime > LONGEST:
            return False
    if sys.platform == "win32":  # there a file that is open cannot be taken away
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return process != os.getpid()


def to_json(values: Any) -> str:  # noqa: ANN401  (any plain value)
    """Write plain values as strict JSON: what is not finite becomes null."""

    def strict(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return {key: strict(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [strict(inner) for inner in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return json.dumps(strict(values), indent=2, default=str, ensure_ascii=False, allow_nan=False)


def _write(path: Path, values: dict[str, Any]) -> None:
    """Write JSON so that a reader never sees half a file."""
    part = _part(path)
    part.unlink(missing_ok=True)
    part.write_text(to_json(values), encoding="utf-8")
    part.replace(path)


def _part(path: Path) -> Path:
    return path.with_suffix(".part")
