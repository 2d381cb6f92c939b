"""One question asked many times: a figure that takes several values, named scenarios, and the value at which the builds change.

The model is built once; each further answer starts from the last one (`solve/resolve.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from capcoop.case import read_case
from capcoop.errors import SolveError, UsageError
from capcoop.model.build import Model, build
from capcoop.plan import extract
from capcoop.solve.highs import Solution
from capcoop.solve.resolve import Resolver

BISECTIONS = 40


@dataclass(frozen=True)
class Answer:
    """What one value or scenario leads to.

    label : the value or the scenario. status : that of the plan, or why there is none. cost : None without a plan.
    gap : proven relative distance from the optimum. builds : new capacity by option (number of builds where it has no size).
    unmet : needs left unmet a year, by product. build_units, unmet_units : the unit of each of them.
    """

    label: str
    status: str
    cost: float | None
    gap: float
    builds: dict[str, float]
    unmet: dict[str, float]
    build_units: dict[str, str]
    unmet_units: dict[str, str]

    @property
    def built(self) -> frozenset[str]:
        """The options that are built at all."""
        return frozenset(self.builds)


class Sweep:
    """A case that is planned again and again with other figures."""

    def __init__(self, path: str | Path, scenario: str | None = None, sets: Sequence[str] = ()) -> None:
        """Take a case as `read_case` does; nothing is solved yet."""
        self.path, self.scenario, self.sets = path, scenario, tuple(sets)
        self._resolver: Resolver | None = None

    def at(self, target: str, value: float) -> Answer:
        """Plan with one figure changed: target is `TABLE/KEY/COLUMN` or a setting. Raises CaseError where the value breaks a rule."""
        return self._ask(f"{value:g}", self.scenario, [*self.sets, f"{target}={value!r}"])

    def scenarios(self, names: Sequence[str | None]) -> Iterator[Answer]:
        """Plan each scenario (None: the case as it is)."""
        for name in names:
            yield self._ask(name or "as it is", name, self.sets)

    def _ask(self, label: str, scenario: str | None, sets: Sequence[str]) -> Answer:
        case = read_case(self.path, scenario, sets)
        if self._resolver is None:
            self._resolver = Resolver(build(case))
        try:
            solution = self._resolver.solve(case)
        except SolveError as error:
            return Answer(label, str(error), None, float("nan"), {}, {}, {}, {})
        return _answer(label, self._resolver.model, solution)

    @property
    def currency(self) -> str:
        """The money of the costs."""
        return "cost" if self._resolver is None else f"cost, {self._resolver.model.case.settings.currency}"

    def break_even(self, target: str, low: float, high: float, tolerance: float = 1e-4) -> tuple[Answer, Answer]:
        """Return the plans on both sides of the value at which other options are built.

        tolerance : relative to the distance from low to high. Where builds change more than once, one of the changes is found.

        Raises
        ------
        UsageError : the same options are built at both ends.
        """
        below, above = self.at(target, low), self.at(target, high)
        if below.built == above.built:
            raise UsageError(f"the same options are built at {low:g} and at {high:g}: {', '.join(sorted(below.built)) or 'none'}")
        for _ in range(BISECTIONS):
            if abs(high - low) <= tolerance * max(abs(high), abs(low)):
                break
            middle = (low + high) / 2
            answer = self.at(target, middle)
            if answer.built == below.built:
                low, below = middle, answer
            else:
                high, above = middle, answer
        return below, above


def values_of(text: str) -> list[float]:
    """Return the values of `1,2,5` or `10:50:10` (from, to, step). Raises UsageError where it says none."""
    parts = text.split(":")
    try:
        if len(parts) == 3:
            first, last, step = (float(part) for part in parts)
            count = (last - first) / step
            if 0 <= count <= 10_000:
                return [float(value) for value in first + step * np.arange(int(count + 1e-9) + 1)]
        elif len(parts) == 1:
            return [float(part) for part in text.split(",")]
    except (ValueError, ZeroDivisionError, OverflowError):
        pass
    raise UsageError(f"'{text}' says no values; write them like 100,200,500 or 100:500:100 (from, to, step)")


def _answer(label: str, model: Model, solution: Solution) -> Answer:
    plan = extract(model, solution)
    counts, sizes = (_summed(plan["builds"], "option", amount) for amount in ("builds", "new_capacity"))
    units, unmet = dict.fromkeys(counts, "builds") | _units(plan["builds"], "option", sizes), _summed(plan["unmet"], "product", "unmet")
    unmet_units = _units(plan["unmet"], "product", unmet)
    return Answer(label, solution.status, solution.objective, solution.gap, counts | sizes, unmet, units, unmet_units)


def _units(table: pl.DataFrame, key: str, names: Iterable[str]) -> dict[str, str]:
    """Return the unit of each name."""
    units = dict(table.select(key, "unit").iter_rows())
    return {name: units[name] for name in names}


def _summed(table: pl.DataFrame, key: str, amount: str) -> dict[str, float]:
    """Return the sums of an amount by key; a key without any is left out."""
    found = table.filter(pl.col(amount) != 0).group_by(key, maintain_order=True).agg(pl.col(amount).sum())
    return dict(zip(found[key].to_list(), found[amount].to_list(), strict=True))
