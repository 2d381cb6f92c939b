"""What each country brings to a plan: the plans of all coalitions of countries, and the Shapley value of each country.

A coalition builds with its own sites and suppliers alone; all other countries go on trading as they do. It is worth what its plan saves
against the baseline. Countries that lend only do not change the plan, and are no players.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from capcoop.case.case import Case
from capcoop.errors import SolveError, UsageError
from capcoop.model.build import Model, build
from capcoop.money.bargaining import shapley
from capcoop.plan.extract import extract_tables
from capcoop.plan.tables import Plan
from capcoop.solve.baseline import with_options
from capcoop.solve.resolve import Resolver

MOST_COUNTRIES = 10
Coalition = frozenset[str]
SCHEMA = {"country": pl.String, **dict.fromkeys(("alone", "last", "share", "share_of_gain"), pl.Float64)}


@dataclass(frozen=True)
class Shares:
    """What each country brings: the table `shapley`, the worth of every coalition, and how many plans were made for them.

    gap : how far, in money, the cost of any of these plans can be above the least.
    """

    table: pl.DataFrame
    worth: Mapping[Coalition, float]
    plans: int
    gap: float

    @property
    def gain(self) -> float:
        """What all countries together save."""
        return max(self.worth.items(), key=lambda one: len(one[0]))[1] if self.worth else 0.0


def needed_countries(case: Case) -> list[Coalition]:
    """Return the countries that each option needs: those of all places where it builds, and its supplier's (blank: the host's)."""
    options, packages, channels = case["options"], case["packages"], case["channels"]
    names, country = case.names["countries"], case.country
    found: list[set[str]] = [{supplier} if supplier else set() for supplier in options.frame.get_column("supplier").fill_null("")]
    ends = {end: channels.codes(end) for end in ("from", "to")} if len(channels) else {}

    def place(option: int, site: int, channel: int) -> None:
        sites = [site, *(int(codes[channel]) for codes in ends.values() if channel >= 0)]
        found[option] |= {names[country[one]] for one in sites if one >= 0 and country[one] >= 0}

    for rows, owner in ((options, np.arange(len(options))), (packages, packages.codes("option") if len(packages) else np.zeros(0, int))):
        for option, site, channel in zip(owner.tolist(), rows.codes("site").tolist(), rows.codes("channel").tolist(), strict=True):
            place(option, site, channel)
    return [frozenset(one) for one in found]


def shares_of(case: Case, plan: Plan, baseline: Plan) -> Shares:
    """Return the Shapley value of each country that hosts or supplies an option of a case.

    plan : that of all countries together. baseline : without any options.

    Raises
    ------
    UsageError : too many countries, or a coalition without a plan.
    """
    needed = needed_countries(case)
    players = sorted(frozenset().union(*needed))
    if len(players) > MOST_COUNTRIES:
        told = f"{len(players)} countries host or supply options, which would take {2 ** len(players)} plans"
        raise UsageError(f"{told}; the Shapley value is told of {MOST_COUNTRIES} countries at most: remove options that matter little")
    plans = _Plans(case, needed, plan, baseline)
    every = [frozenset(one) for size in range(len(players), 0, -1) for one in combinations(players, size)]
    worth = {one: plans.worth(one) for one in every}
    values = shapley(players, worth)
    return Shares(_table(players, worth, values), worth, plans.made, plans.gap)


def _table(players: Sequence[str], worth: Mapping[Coalition, float], values: Mapping[str, float]) -> pl.DataFrame:
    everybody = frozenset(players)
    total = worth.get(everybody, 0.0)
    rows = [
        {
            "country": player,
            "alone": worth[frozenset({player})],
            "last": total - worth.get(everybody - {player}, 0.0),
            "share": values[player],
            "share_of_gain": values[player] / total if total else None,
        }
        for player in players
    ]
    return pl.DataFrame(rows, schema=SCHEMA).sort("share", descending=True, maintain_order=True)


class _Plans:
    """Plans of coalitions, from the largest to the smallest; one whose builds a smaller coalition can make too is its plan as well."""

    def __init__(self, case: Case, needed: Sequence[Coalition], plan: Plan, baseline: Plan) -> None:
        """Take the plan of all countries and the baseline as known."""
        self.needed, self.baseline, self.made = needed, baseline.objective, 0
        self.options = {name: number for number, name in enumerate(case.names["options"])}
        self.gap = float(plan.outcome.get("gap") or 0.0) * abs(plan.objective)
        everybody: Coalition = frozenset().union(*needed)
        # (coalition, countries that its plan needs, cost)
        self.known = [(everybody, self._used(plan["builds"]), plan.objective)]
        self._case = case
        self._model: Model | None = None
        self._resolver: Resolver | None = None

    def worth(self, coalition: Coalition) -> float:
        """Return what the plan of a coalition saves. Raises UsageError where it has none."""
        allowed = np.array([one <= coalition for one in self.needed], bool)
        if not allowed.any():
            return 0.0
        for larger, used, cost in self.known:
            if used <= coalition <= larger:
                return self.baseline - cost
        used, cost = self._solve(coalition, allowed)
        self.known.append((coalition, used, cost))
        return self.baseline - cost

    def _solve(self, coalition: Coalition, allowed: np.ndarray) -> tuple[Coalition, float]:
        if self._model is None:
            self._model = build(self._case)
        model = with_options(self._model, allowed)
        if self._resolver is None:
            self._resolver = Resolver(model)
        try:
            solution = self._resolver.solve_model(model)
        except SolveError as error:
            told = f"{', '.join(sorted(coalition))} alone cannot carry out what the case demands of their options"
            raise UsageError(f"{told} ({error}); lower minimum_builds, or leave out --rule shapley") from None
        self.made += 1
        self.gap = max(self.gap, solution.gap * abs(solution.objective))
        return self._used(extract_tables(model, solution, ("builds",))["builds"]), solution.objective

    def _used(self, builds: pl.DataFrame) -> Coalition:
        """Return the countries that a plan's builds need."""
        built = builds.filter((pl.col("builds").fill_null(0.0) > 0) | (pl.col("new_capacity").fill_null(0.0) > 0)).get_column("option")
        return frozenset().union(*(self.needed[self.options[name]] for name in built.unique()))
