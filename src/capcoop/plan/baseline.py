"""The baseline of a model, planned: what there is without building anything."""

from __future__ import annotations

from capcoop.errors import SolveError
from capcoop.model.build import Model
from capcoop.plan.extract import extract
from capcoop.plan.tables import Plan
from capcoop.solve.baseline import without_options
from capcoop.solve.method import solve


def baseline_of(model: Model) -> tuple[Plan | None, str]:
    """Return the baseline of a model; None where there is none, with the reason."""
    if not model.case.size("options"):
        return None, "the case has no options"
    alone = without_options(model)
    try:
        return extract(alone, solve(alone.program, model.case.settings.solver)), ""
    except SolveError as error:
        return None, f"without building {error}"
