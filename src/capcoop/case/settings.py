"""case.toml: what a case is about, its money, its discounting and the solver's limits."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError, field_validator

from capcoop.errors import Problem, suggestion

FILE = "case.toml"
LEAST_RATE = 1e-6
# A rule in the words of the tables, by the type of pydantic's error.
RULES = {
    **dict.fromkeys(("float_parsing", "float_type"), "is not a number"),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "is not a whole number"),
    "finite_number": "is not a finite number",
    "string_type": "is not text",
    "literal_error": "is not allowed here; allowed: {expected}",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be below {lt:g}",
    "less_than_equal": "must be at most {le:g}",
}


class Solver(BaseModel):
    """Limits of the solver: relative gap of whole-number plans, seconds, threads."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    gap: float = Field(default=1e-7, ge=0, le=1)
    time_limit: float = Field(default=600.0, gt=0)
    threads: int = Field(default=2, ge=1)


class Settings(BaseModel):
    """The settings of a case.

    `discount_rate` is a share per year, `timing` says when in a year payments fall, `penalty` is the cost of a unit
    of need that is not delivered (None: needs are hard), `exchange_rates` give the case's currency per unit of another.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    title: str = ""
    description: str = ""
    currency: str = "money"
    price_year: int | None = None
    discount_rate: float = Field(default=0.0, gt=-1, lt=10)
    timing: Literal["start", "middle", "end"] = "end"
    base_year: float | None = None
    penalty: float | None = Field(default=None, ge=0)
    solver: Solver = Solver()
    exchange_rates: dict[str, PositiveFloat] = {}
    parties: dict[str, Any] = {}

    @field_validator("discount_rate")
    @classmethod
    def _not_nearly_zero(cls, rate: float) -> float:
        if 0 < abs(rate) < LEAST_RATE:
            raise ValueError(f"it is nearer to 0 than {LEAST_RATE:g}; write 0")
        return rate


def parse_settings(text: str) -> tuple[dict[str, Any], list[Problem]]:
    """Read TOML text into plain values; the values are judged by `judge_settings`."""
    try:
        return tomllib.loads(text), []
    except RecursionError:
        return {}, [Problem(FILE, None, None, "the settings", "lie in each other too deep", "write them plainly")]
    except ValueError as error:
        return {}, [Problem(FILE, None, None, str(error) + ":", "the file must be valid TOML", "correct the line named here")]


def judge_settings(values: Mapping[str, Any]) -> tuple[Settings, list[Problem]]:
    """Turn plain values into `Settings`, or into one problem for each fault."""
    try:
        return Settings(**values), []
    except ValidationError as error:
        return Settings(), [_problem(fault) for fault in error.errors()]


def _problem(fault: Any) -> Problem:  # noqa: ANN401  (pydantic's error record)
    place = [str(part) for part in fault["loc"]]
    key = ".".join(place)
    if fault["type"] == "extra_forbidden":
        fields = Solver.model_fields if place[0] == "solver" else Settings.model_fields
        return Problem(FILE, None, key, f"'{place[-1]}'", "is not a setting", suggestion(place[-1], fields))
    rule, bounds = RULES.get(fault["type"]), fault.get("ctx", {})
    if rule is None:
        rule = "is not allowed here: " + str(bounds.get("error") or fault["msg"][0].lower() + fault["msg"][1:])
    return Problem(FILE, None, key, repr(fault["input"]), rule.format(**bounds), remedy_of(fault))


def remedy_of(fault: Any) -> str:  # noqa: ANN401
    """Return what to write instead where a share is written as a percentage; else ''."""
    found = fault["input"]
    if fault["type"] == "float_parsing" and isinstance(found, str) and found.strip().endswith("%"):
        return "write a share: 0.08 for 8 %"
    return ""
