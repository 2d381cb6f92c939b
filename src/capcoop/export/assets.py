"""What stands at a place, as PyPSA knows it: parts that are there from one period to another, of fixed size or to be sized."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.export.sheets import Calendar, Cell
from capcoop.model.build import Model


@dataclass(frozen=True)
class Asset:
    """A part of a place's capacity, in units per hour.

    label : option and period of the decision ('' for what exists). size : of what exists (None: to be sized, between least and
    most, in modules where unit > 0, at a yearly cost per unit). first, last : the periods from and to which it stands.
    """

    label: str
    size: float | None
    least: float
    most: float
    unit: float
    cost: float
    first: int
    last: int

    def cells(self, calendar: Calendar, factor: float, letter: str = "p") -> dict[str, Cell]:
        """Return the cells of a component of which a unit carries 1 / factor units of capacity."""
        out: dict[str, Cell] = dict(calendar.span(self.first, self.last))
        if self.size is not None:
            return {**out, f"{letter}_nom": self.size * factor}
        out |= {f"{letter}_nom_extendable": True, f"{letter}_nom_max": self.most * factor, "capital_cost": self.cost / factor}
        out |= {f"{letter}_nom_min": self.least * factor} if self.least else {}
        return out | ({f"{letter}_nom_mod": self.unit * factor} if self.unit else {})


def unlimited(letter: str = "p") -> dict[str, Cell]:
    """Return the cells of a component without bound: it may be of any size, at no cost."""
    return {f"{letter}_nom_extendable": True, "capital_cost": 0.0}


def runs(amounts: Values, *, single: bool) -> Iterator[tuple[int, int]]:
    """Yield the first and the last period of every stretch in which an amount is the same and not zero (single: of each period)."""
    edges = np.flatnonzero(np.r_[True, (np.diff(amounts) != 0) | single, True]) if len(amounts) > 1 else np.array([0, len(amounts)])
    for first, after in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if amounts[first]:
            yield first, after - 1


class Places:
    """The capacity of every line at a site and every channel as assets."""

    def __init__(self, model: Model, calendar: Calendar) -> None:
        """Take a model whose options PyPSA can express."""
        self.case, self.parts, self.program, self.calendar = model.case, model.parts, model.program, calendar

    def of_line(self, position: int, *, single: bool) -> list[Asset]:
        """Return the assets of a line at a site (single: what exists has a part for each period)."""
        line = int(self.parts.capacity.line[position])
        rate = self._rate("lines", line)
        fixed = float(self.case["lines"].numbers("fixed_cost")[line])
        stock = self.parts.capacity.stock[position]
        found = [Asset("", float(stock[first]) * rate, 0, 0, 0, 0, first, last) for first, last in runs(stock, single=single)]
        site = int(self.parts.capacity.site[position])
        options = self.case["options"]
        mine = np.flatnonzero((options.codes("line") == line) & (options.codes("site") == site))
        return found + self._decided(mine, rate, fixed)

    def of_channel(self, channel: int) -> list[Asset]:
        """Return the assets of a channel whose capacity is bounded."""
        rate, last = self._rate("channels", channel), len(self.calendar.years) - 1
        capacity = float(self.case["channels"].stated("capacity")[channel])
        found = [Asset("", capacity * rate, 0, 0, 0, 0, 0, last)] if capacity > 0 else []
        return found + self._decided(np.flatnonzero(self.case["options"].codes("channel") == channel), rate, 0.0)

    def _rate(self, table: str, code: int) -> float:
        """Return what a unit of capacity gives in an hour."""
        return 1.0 if self.case[table].choice("per", "hour")[code] else 1.0 / self.calendar.total

    def _decided(self, options: Codes, rate: float, fixed: float) -> list[Asset]:
        """Return an asset for each decision of some options; `fixed` is the yearly cost of a unit that stands."""
        own, found = self.parts.decisions, []
        for option in options.tolist():
            unit = np.nan_to_num(float(self.case["options"].stated("unit_size")[option]))
            table = (own.build_option, own.build_period, own.build_column, own.build_cost)
            if not unit:
                table = (own.size_option, own.size_period, own.size_column, own.size_cost)
            mine = np.flatnonzero(table[0] == option)
            for i in mine.tolist():
                period, column, cost = int(table[1][i]), int(table[2][i]), float(table[3][i])
                stands = np.flatnonzero(own.stands[option, period])
                yearly = cost / (unit or 1.0) * float(own.present[option, period]) / float(self.case.times.weight[stands].sum())
                least, most = self._bounds(option, period, column, unit, alone=len(mine) == 1)
                whole = unit if self.program.whole[column] else 0.0
                label = self.case.names["options"][option] + (f" {self.case.names['periods'][period]}" if self.calendar.several else "")
                size = (least * rate, most * rate, whole * rate)
                found.append(Asset(label, None, *size, (yearly + fixed) / rate, int(stands[0]), int(stands[-1])))
        return found

    def _bounds(self, option: int, period: int, column: int, unit: float, *, alone: bool) -> tuple[float, float]:
        """Return least and most capacity of a decision; the bounds of the horizon are those of a decision that is alone."""
        options, table = self.case["options"], self.case["option_periods"]
        low, high = (np.array([side[column] * (unit or 1.0)]) for side in (self.program.lower, self.program.upper))
        at = {"option": np.array([option]), "period": np.array([period])}
        lows, highs = [low, table.lookup("minimum_new", **at)], [high, table.lookup("maximum_new", **at)]
        if alone:
            lows.append(options.stated("minimum_builds")[[option]] * unit)
            highs += [
                options.stated("maximum_builds")[[option]] * unit if unit else np.array([np.nan]),
                options.stated("maximum_total")[[option]],
            ]
        return float(np.fmax.reduce(lows)[0]), float(np.fmin.reduce(highs)[0])
