"""Sweeps and break-evens as tables that a run keeps for its page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.case.vary import Varied
from capcoop.plan.beside import BESIDE, SENSITIVITY, read_beside, save_beside
from capcoop.plan.tables import table_schema
from capcoop.sweeps import Answer, BreakEven, Change

Rows = list[dict[str, Any]]
SWEEP, SCENARIOS, BREAK_EVEN = "sweep", "scenarios", "break-even"
TIMES = "\N{MULTIPLICATION SIGN}"
AS_IT_IS = "as it is"  # how a sweep names the case without a scenario


def of_sweep(target: str, unit: str, values: Sequence[float], answers: Sequence[Answer]) -> dict[str, pl.DataFrame]:
    """Return the tables of a sweep over values; without values, over scenarios."""
    study = {"study": target, "kind": SWEEP if values else SCENARIOS}
    stated: Sequence[float | None] = list(values) or [None] * len(answers)
    points = [_point(study, unit, value, "", answer) for value, answer in zip(stated, answers, strict=True)]
    return _framed({"points": points, "amounts": _amounts(study, answers)})


def varied_of(varied: Varied) -> tuple[str, str]:
    """Return what is varied in the words of a case, and its unit."""
    return ", ".join(varied.targets), varied.unit if varied.single else TIMES


def of_break_even(found: BreakEven, target: str, unit: str) -> dict[str, pl.DataFrame]:
    """Return the tables of a break-even: the planned values, the changes, and the plans on both sides of each."""
    study = {"study": f"{target}: {found.subject}", "kind": BREAK_EVEN}
    points = [_point(study, unit, value, state, answer) for value, state, answer in found.points]
    looked = {"subject": found.subject, "unit": unit, "present": found.present, "first": found.low, "last": found.high}
    changes: Rows = [study | looked | _change(change) for change in found.changes]
    sides = [study | side for change in found.changes for side in _sides(change)]
    amounts = _amounts(study, [answer for _, _, answer in found.points])
    return _framed({"points": points, "amounts": amounts, "changes": changes or [study | looked], "sides": sides})


def add_study(found: Mapping[str, pl.DataFrame], run: Path, money: str) -> None:
    """Add a study to those that a run keeps, in place of the same one of earlier."""
    before, keys = read_beside(run, SENSITIVITY), ["study", "kind"]
    own = found["points"].select(keys).unique()
    kept = {name: pl.concat([before[name].join(own, on=keys, how="anti"), found[name]]) if before else found[name] for name in found}
    save_beside(kept, SENSITIVITY, money, run)


def _framed(rows: Mapping[str, Rows]) -> dict[str, pl.DataFrame]:
    """Return every table of `sensitivity`; what is not finite is blank."""
    schemas = {name: table_schema(columns) for name, columns in BESIDE[SENSITIVITY].items()}
    frames = {name: pl.DataFrame(rows.get(name, []), schema, orient="row") for name, schema in schemas.items()}
    return {name: frame.with_columns(pl.when(pl.col(pl.Float64).is_finite()).then(pl.col(pl.Float64))) for name, frame in frames.items()}


def _point(study: Mapping[str, str], unit: str, value: float | None, state: str, answer: Answer) -> dict[str, Any]:
    own = {"unit": unit, "value": value, "label": answer.label, "state": state}
    return {**study, **own, "status": answer.status, "cost": answer.cost, "gap": answer.gap}


def _amounts(study: Mapping[str, str], answers: Sequence[Answer]) -> Rows:
    return [
        {**study, "label": answer.label, "measure": measure, "name": name, "amount": amount, "unit": units[name]}
        for answer in answers
        for measure, amounts, units in (("built", answer.builds, answer.build_units), ("unmet", answer.unmet, answer.unmet_units))
        for name, amount in amounts.items()
    ]


def _change(change: Change) -> dict[str, Any]:
    sides = {"cost_below": change.below.cost, "cost_above": change.above.cost}
    within = change.within if math.isfinite(change.within) else None
    return {"low": change.low, "high": change.high, "before": change.before, "after": change.after, **sides, "within": within}


def _sides(change: Change) -> Rows:
    units = change.below.build_units | change.above.build_units
    return [
        {"low": change.low, "option": name, "below": change.below.builds.get(name, 0.0), "above": change.above.builds.get(name, 0.0)}
        | {"unit": units[name]}
        for name in sorted(units)
    ]
