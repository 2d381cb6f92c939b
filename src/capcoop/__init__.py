"""capcoop: plan international production-capacity cooperation. The public names, loaded when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from capcoop.views import register

if TYPE_CHECKING:
    from capcoop.case import Case, check_case, convert_case, read_case, write_case
    from capcoop.errors import CapcoopError, CaseError, InfeasibleError, Problem, SolveError, UnboundedError, UsageError
    from capcoop.financing import Financed, plan_financed
    from capcoop.library import built_in_cases, find_case
    from capcoop.model.build import Model, build
    from capcoop.plan import Plan, extract, load_plan, save_plan
    from capcoop.plan.verify import Verdict, verify
    from capcoop.report.compare import Comparison, compare
    from capcoop.roadmap import RoadMap, road_map
    from capcoop.runs import Result, plan_case, run
    from capcoop.solve.explain import Explanation, explain
    from capcoop.sweeps import Answer, BreakEven, Sweep, break_even, until_of

_HOMES = {
    "capcoop.case": ("Case", "check_case", "convert_case", "read_case", "write_case"),
    "capcoop.errors": ("CapcoopError", "CaseError", "InfeasibleError", "Problem", "SolveError", "UnboundedError", "UsageError"),
    "capcoop.financing": ("Financed", "plan_financed"),
    "capcoop.library": ("built_in_cases", "find_case"),
    "capcoop.model.build": ("Model", "build"),
    "capcoop.plan": ("Plan", "extract", "load_plan", "save_plan"),
    "capcoop.plan.verify": ("Verdict", "verify"),
    "capcoop.report.compare": ("Comparison", "compare"),
    "capcoop.roadmap": ("RoadMap", "road_map"),
    "capcoop.runs": ("Result", "plan_case", "run"),
    "capcoop.solve.explain": ("Explanation", "explain"),
    "capcoop.sweeps": ("Answer", "BreakEven", "Sweep", "break_even", "until_of"),
}
# How plans and cases show themselves in a notebook.
register(dict.fromkeys(("case_html", "plan_html", "plan_map", "plan_chart"), "capcoop.report.notebook"))
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Answer",
    "BreakEven",
    "CapcoopError",
    "Case",
    "CaseError",
    "Comparison",
    "Explanation",
    "Financed",
    "InfeasibleError",
    "Model",
    "Plan",
    "Problem",
    "Result",
    "RoadMap",
    "SolveError",
    "Sweep",
    "UnboundedError",
    "UsageError",
    "Verdict",
    "break_even",
    "build",
    "built_in_cases",
    "check_case",
    "compare",
    "convert_case",
    "explain",
    "extract",
    "find_case",
    "load_plan",
    "plan_case",
    "plan_financed",
    "read_case",
    "road_map",
    "run",
    "save_plan",
    "until_of",
    "verify",
    "write_case",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  (any public name)
    if name not in _HOME:
        raise AttributeError(f"module 'capcoop' has no attribute '{name}'")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
