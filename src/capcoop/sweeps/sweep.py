"""A case that is planned again and again with other figures: read once, built once; each answer starts from the last one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from capcoop.case import Case, read_case
from capcoop.case.vary import Varied
from capcoop.errors import Problem, SolveError
from capcoop.model.build import Model, build
from capcoop.model.update import update
from capcoop.plan.extract import extract_tables
from capcoop.solve.highs import Solution
from capcoop.solve.resolve import Resolver


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


@dataclass(frozen=True, eq=False)
class Point:
    """One value, its answer and the solution behind it (None: there is no plan)."""

    value: float
    answer: Answer
    solution: Solution | None = None


class Sweep:
    """A case that is planned again and again with other figures."""

    def __init__(self, path: str | Path, scenario: str | None = None, sets: Sequence[str] = ()) -> None:
        """Take a case as `read_case` does; nothing is read or solved yet."""
        self.path, self.scenario, self.sets = path, scenario, tuple(sets)
        self.solves = 0
        self._resolver: Resolver | None = None
        self._checked: dict[tuple[Varied, float], tuple[Case, tuple[Problem, ...]]] = {}
        self._varied: dict[tuple[str, ...], Varied] = {}

    def vary(self, *targets: str) -> Varied:
        """Return the case with the figures that are to take other values.

        targets : `TABLE/KEY/COLUMN` (`*` and `?` in the key stand for any letters), `OPTION.COLUMN` or a setting.

        Raises
        ------
        UsageError : a target names no figure. CaseError : a table breaks a rule of its own.
        """
        if targets not in self._varied:
            self._varied[targets] = Varied(self.path, targets, self.scenario, self.sets)
        return self._varied[targets]

    def at(self, target: str, value: float) -> Answer:
        """Plan with one figure at a value, or several at a factor; target as in `vary`. Raises CaseError where the value breaks a rule."""
        return self.point(self.vary(target), value).answer

    def point(
        self,
        varied: Varied,
        value: float,
        gap: float | None = None,
        cheaper_than: Solution | None = None,
        *,
        rounded_first: bool = False,
    ) -> Point:
        """Plan at a value; gap, cheaper_than and rounded_first as in `Resolver.solve`. Raises CaseError where it breaks a rule."""
        known = (varied, value)
        case, hopeless = self._checked.pop(known) if known in self._checked else varied.at(value)
        if hopeless:
            return Point(value, without_plan(f"{value:g}", _told(hopeless)))
        return self._ask(f"{value:g}", value, case, gap, cheaper_than, rounded_first=rounded_first)

    def hopeless(self, varied: Varied, value: float) -> bool:
        """Return whether it is plain, before planning, that there is no plan at a value. Raises CaseError where it breaks a rule."""
        self._checked[varied, value] = varied.at(value)
        return bool(self._checked[varied, value][1])

    def scenarios(self, names: Sequence[str | None]) -> Iterator[Answer]:
        """Plan each scenario (None: the case as it is). Raises CaseError where one breaks a rule."""
        for name in names:
            yield self._ask(name or "as it is", float("nan"), read_case(self.path, name, self.sets)).answer

    def model(self, varied: Varied, value: float) -> Model:
        """Return the model at a value, which is neither checked nor solved."""
        case = varied.unchecked(value)
        if self._resolver is None:
            self._resolver = Resolver(build(case))
        return update(self._resolver.model, case)

    @property
    def currency(self) -> str:
        """The money of the costs."""
        return "cost" if self._resolver is None else f"cost, {self._resolver.model.case.settings.currency}"

    def _ask(
        self,
        label: str,
        value: float,
        case: Case,
        gap: float | None = None,
        cheaper_than: Solution | None = None,
        *,
        rounded_first: bool = False,
    ) -> Point:
        if self._resolver is None:
            self._resolver = Resolver(build(case))
        self.solves += 1
        try:
            solution = self._resolver.solve(case, gap, cheaper_than, rounded_first=rounded_first)
        except SolveError as error:
            return Point(value, without_plan(label, str(error)))
        return Point(value, answer_of(label, self._resolver.model, solution), solution)


def _told(problems: Sequence[Problem]) -> str:
    """Return the first problem, and how many more there are."""
    more = len(problems) - 1
    return str(problems[0]) + (f" (and {more} more)" if more else "")


def without_plan(label: str, why: str) -> Answer:
    """Return the answer where there is no plan."""
    return Answer(label, why, None, float("nan"), {}, {}, {}, {})


def answer_of(label: str, model: Model, solution: Solution) -> Answer:
    """Return what a solution of a model means."""
    tables = extract_tables(model, solution, ("builds", "unmet"))
    counts, sizes = (_summed(tables["builds"], "option", amount) for amount in ("builds", "new_capacity"))
    units, unmet = dict.fromkeys(counts, "builds") | _units(tables["builds"], "option", sizes), _summed(tables["unmet"], "product", "unmet")
    unmet_units = _units(tables["unmet"], "product", unmet)
    return Answer(label, solution.status, solution.objective, solution.gap, counts | sizes, unmet, units, unmet_units)


def _units(table: pl.DataFrame, key: str, names: Iterable[str]) -> dict[str, str]:
    """Return the unit of each name."""
    units = dict(table.select(key, "unit").iter_rows())
    return {name: units[name] for name in names}


def _summed(table: pl.DataFrame, key: str, amount: str) -> dict[str, float]:
    """Return the sums of an amount by key; a key without any is left out."""
    found = table.filter(pl.col(amount) != 0).group_by(key, maintain_order=True).agg(pl.col(amount).sum())
    return dict(zip(found[key].to_list(), found[amount].to_list(), strict=True))
