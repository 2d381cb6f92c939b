"""run(case) -> a folder with the request, the log, the plan's tables and the outcome. Every interface calls it."""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from capcoop.case import Case, read_case
from capcoop.errors import SolveError, UsageError
from capcoop.model.build import Model, build
from capcoop.plan import Plan, extract, save_plan
from capcoop.plan.verify import Verdict, verify
from capcoop.solve.baseline import without_options
from capcoop.solve.highs import Watcher
from capcoop.solve.method import solve

OUTCOME, REQUEST, LOG, TABLES, BASELINE = "outcome.json", "request.json", "log.txt", "tables", "baseline"


@dataclass(frozen=True)
class Result:
    """A finished run: its folder, the case, the plan, the baseline (None: there is none, `why` says so) and the verdict."""

    folder: Path
    case: Case
    plan: Plan
    baseline: Plan | None
    why: str
    verdict: Verdict


def run(
    path: str | Path,
    folder: str | Path | None = None,
    scenario: str | None = None,
    sets: Sequence[str] = (),
    *,
    watch: Watcher | None = None,
    stop: threading.Event | None = None,
) -> Result:
    """Read, build, solve, check and save a case.

    Parameters
    ----------
    path : the case's folder. folder : the run's folder (default: runs/CASE/TIME); it must be new or empty.
    scenario, sets : as in `read_case`. watch, stop : as in `solve`.

    Raises
    ------
    CaseError, UsageError, SolveError. The run's folder then says `"status": "failed"` and why.
    """
    case = read_case(path, scenario, sets)
    target = _claim(folder, case)
    request = {
        "case": case.name,
        "scenario": scenario,
        "sets": list(sets),
        "settings": case.settings.model_dump(),
        "started": datetime.now(UTC).isoformat(),
    }
    _write(target / REQUEST, request)
    _write(target / OUTCOME, {"case": case.name, "status": "running"})
    try:
        return _run(case, target, watch, stop)
    except BaseException as error:
        _write(target / OUTCOME, {"case": case.name, "status": "failed", "reason": str(error) or type(error).__name__})
        raise


def plan_case(case: Case, *, watch: Watcher | None = None, stop: threading.Event | None = None) -> Plan:
    """Build and solve a case in memory; return its plan. Raises CaseError and SolveError as `build` and `solve` do."""
    model = build(case)
    return extract(model, solve(model.program, case.settings.solver, watch, stop))


def _run(case: Case, target: Path, watch: Watcher | None, stop: threading.Event | None) -> Result:
    model = build(case)
    plan = extract(model, solve(model.program, case.settings.solver, watch, stop, str(target / LOG)))
    verdict = verify(case, plan)
    baseline, why = _baseline(model)
    save_plan(plan, target / TABLES)
    outcome: dict[str, Any] = {
        **plan.outcome,
        "check": {k: v for k, v in asdict(verdict).items() if k != "faults"} | {"faults": list(verdict.faults)[:50]},
    }
    outcome["baseline"] = None if baseline is None else baseline.objective
    if baseline is None:
        outcome["no_baseline"] = why
    else:
        save_plan(baseline, target / BASELINE)
    _write(target / OUTCOME, outcome)
    return Result(target, case, Plan(outcome, plan.tables), baseline, why, verdict)


def _baseline(model: Model) -> tuple[Plan | None, str]:
    if not model.case.size("options"):
        return None, "the case has no options"
    alone = without_options(model)
    try:
        return extract(alone, solve(alone.program, model.case.settings.solver)), ""
    except SolveError as error:
        return None, f"without building {error}"


def _claim(folder: str | Path | None, case: Case) -> Path:
    """Return the run's folder, made new."""
    if folder is None:
        base = Path("runs") / (re.sub(r"[^\w@. -]", "_", case.name)[:100].strip(". ") or "case")
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        target = next(path for i in range(1000) if not (path := base / (stamp if i == 0 else f"{stamp}-{i}")).exists())
    else:
        target = Path(folder)
        if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / REQUEST).exists())):
            raise UsageError(f"{target} holds other files; choose a new folder for the run")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{target} cannot be made: {error.strerror}") from error
    return target


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
    part = path.with_suffix(".part")
    part.write_text(to_json(values), encoding="utf-8")
    part.replace(path)
