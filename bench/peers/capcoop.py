"""capcoop: from the tables of a case in memory; reading them into codes, units and bounds of whole columns is counted."""

from __future__ import annotations

from typing import Any

from capcoop.case import Case
from capcoop.model.build import build as model_of
from capcoop.solve.highs import load
from instances import Instance, as_case

PACKAGE = "capcoop"
start = as_case


def build(case: Case) -> Any:  # noqa: ANN401  (a HiGHS with the model)
    """Build the model of the case and hand it to HiGHS."""
    return load(model_of(case).program)


def unpriced(instance: Instance) -> float:
    """Return the fixed cost of existing links, which no decision changes."""
    return instance.unpriced
