"""The user's own rules, counted again from the plan's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from capcoop.case.cascade import Codes, Values, pick
from capcoop.case.case import DIMENSIONS, Case
from capcoop.case.rules import each_of
from capcoop.plan.verify.building import Added, Built, Places
from capcoop.plan.verify.findings import Findings, Mask
from capcoop.plan.verify.listing import Listing, grid, spread, summed
from capcoop.plan.verify.running import Uses
from capcoop.plan.verify.trading import Balances, Recipes
from capcoop.schema import FILTERS, HORIZON

# Counted by decision: in a rule over the horizon once, not for every year.
ONCE = ("new_capacity", "builds", "investment")


@dataclass(frozen=True)
class Counted:
    """Amounts of a quantity with their attributes (-1: blank)."""

    attributes: Mapping[str, Codes]
    amount: Values

    def take(self, rows: Codes, factor: Values | float = 1.0, **more: Codes) -> Counted:
        """Return some of the amounts, times a factor, with more attributes."""
        return Counted({**{key: codes[rows] for key, codes in self.attributes.items()}, **more}, self.amount[rows] * factor)


@dataclass(frozen=True)
class Quantities:
    """Everything that a limit may count, from the plan's tables."""

    case: Case
    listings: Mapping[str, Listing]
    recipes: Recipes
    balances: Balances
    built: Built
    places: Places
    added: Added
    standing: Values
    uses: Uses
    _found: dict[str, Counted] = field(default_factory=dict)

    def __getitem__(self, quantity: str) -> Counted:
        """Return a quantity, with the country of its sites."""
        if quantity not in self._found:
            found: Counted = getattr(self, "_" + quantity)()
            country = pick(self.case.country, found.attributes["site"])
            self._found[quantity] = Counted({**found.attributes, "country": country}, found.amount)
        return self._found[quantity]

    @cached_property
    def used_lines(self) -> Mask:
        """Whether a process uses a line, by process and line."""
        found = np.zeros((self.case.size("processes"), self.case.size("lines")), bool)
        found[self.uses.process, self.uses.line] = True
        return found

    def _activity(self) -> Counted:
        listing = self.listings["activity"]
        return Counted(dict(listing.codes), listing.figures["activity"])

    def _emissions(self) -> Counted:
        found = self._activity()
        return Counted(found.attributes, found.amount * self.case["processes"].numbers("emissions")[found.attributes["process"]])

    def _made(self) -> Counted:
        own = self.recipes
        return self._activity().take(own.row, np.maximum(own.quantity, 0.0), product=own.product)

    def _used(self) -> Counted:
        own = self.recipes
        return self._activity().take(own.row, np.maximum(-own.quantity, 0.0), product=own.product)

    def _flow(self) -> Counted:
        listing = self.listings["flows"]
        codes = {key: listing.codes[key] for key in ("channel", "product", "period", "slice")}
        return Counted(
            {**codes, "site": listing.codes["from"], "mode": pick(self.case.mode, listing.codes["channel"])}, listing.figures["sent"]
        )

    def _purchase(self) -> Counted:
        return Counted(dict(self.listings["purchases"].codes), self.listings["purchases"].figures["quantity"])

    def _sale(self) -> Counted:
        return Counted(dict(self.listings["sales"].codes), self.listings["sales"].figures["quantity"])

    def _unmet(self) -> Counted:
        return Counted(dict(self.listings["unmet"].codes), self.listings["unmet"].figures["unmet"])

    def _need(self) -> Counted:
        need = self.balances.parts["need"]
        at = np.nonzero(need)
        part = np.where(self.case.sliced[at[1]], at[3], -1)
        return Counted({"site": at[0], "product": at[1], "period": at[2], "slice": part}, need[at])

    def _where(self, place: Codes) -> dict[str, Codes]:
        """Return line, channel, mode and site of places (-1: no place); a channel is at its sending site."""
        count = self.places.lines
        line = np.where(place < count, place, -1)
        channel = np.where(place >= count, place - count, -1)
        site = np.where(channel >= 0, pick(self.case["channels"].codes("from"), channel), pick(self.places.site, line))
        return {"line": pick(self.places.line, line), "channel": channel, "mode": pick(self.case.mode, channel), "site": site}

    def _capacity(self) -> Counted:
        place, period = np.nonzero(np.isfinite(self.standing))
        return Counted({**self._where(place), "period": period}, self.standing[place, period])

    def _new_capacity(self) -> Counted:
        own = self.added
        amount = own.per_build[:, None] * self.built.builds[own.option] + own.per_unit[:, None] * self.built.new[own.option]
        entry, period = np.nonzero(amount)
        return Counted({**self._where(own.place[entry]), "option": own.option[entry], "period": period}, amount[entry, period])

    def _by_option(self, amounts: Values) -> Counted:
        options = self.case["options"]
        option, period = np.nonzero(amounts)
        own = np.full(len(options), -1)
        mine = self.added.per_unit > 0
        own[self.added.option[mine]] = self.added.place[mine]
        where = self._where(own[option])
        where["site"] = np.where(where["site"] < 0, options.codes("site")[option], where["site"])
        return Counted({**where, "option": option, "period": period}, amounts[option, period])

    def _builds(self) -> Counted:
        return self._by_option(self.built.builds)

    def _investment(self) -> Counted:
        return self._by_option(self.built.cost)


class Sums:
    """Left sides of one limit that is repeated for each value of some attributes: by value (flat) and period, and over the horizon."""

    def __init__(self, case: Case, each: tuple[str, ...]) -> None:
        """Start with nothing counted."""
        self.case, self.each = case, each
        self.shape = tuple(case.size(DIMENSIONS[name]) for name in each)
        periods = case.size("periods")
        self.yearly, self.yearly_size = np.zeros((*self.shape, periods)), np.zeros((*self.shape, periods))
        self.whole, self.whole_size = np.zeros(self.shape), np.zeros(self.shape)

    def add(self, found: Counted, coefficient: float, quantity: str) -> None:
        """Add a term: amounts whose repeated attribute is blank count in none, those that never have it in all."""
        kept = np.ones(len(found.amount), bool)
        own = [name for name in self.each if name in found.attributes]
        for name in own:
            kept &= found.attributes[name] >= 0
        rows = np.flatnonzero(kept)
        period = found.attributes["period"][rows]
        shape = (*(n if name in own else 1 for n, name in zip(self.shape, self.each, strict=True)), self.yearly.shape[-1])
        at = (*(found.attributes[name][rows] if name in own else np.zeros(len(rows), np.int64) for name in self.each), period)
        years = 1.0 if quantity in ONCE else self.case.times.years
        amounts = coefficient * found.amount[rows]
        total, size = summed(shape, at, amounts), summed(shape, at, np.abs(amounts))
        self.yearly += total
        self.yearly_size += size
        self.whole += (total * years).sum(axis=-1)
        self.whole_size += (size * years).sum(axis=-1)

    @property
    def places(self) -> dict[str, Codes]:
        """Codes of the repeated attributes, in the shape of the sums over the horizon."""
        return dict(zip(self.each, grid(self.shape), strict=True))


def _term(quantities: Quantities, row: Mapping[str, object], codes: Mapping[str, int], each: tuple[str, ...]) -> Counted:
    """Return what a term counts: amounts that match all its filters, told apart by line and slice where that matters."""
    quantity = str(row["quantity"])
    found, filters = quantities[quantity], dict(codes)
    lined = quantity in {"activity", "made", "used", "emissions"}
    if (lined or quantity == "flow") and ("slice" in filters or "slice" in each):
        entry, part, factor = spread(found.attributes["slice"], quantities.case.times.share)
        found = found.take(entry, factor, slice=part)
    kept = np.ones(len(found.amount), bool)
    if lined and "line" in filters:
        kept &= quantities.used_lines[found.attributes["process"], filters.pop("line")]
    for name, code in filters.items():
        kept &= found.attributes[name] == code if name in found.attributes else False
    found = found.take(np.flatnonzero(kept))
    if lined and "line" in each:
        entry, line = np.nonzero(quantities.used_lines[found.attributes["process"]])
        found = found.take(entry, line=line)
    return found


def _rules(case: Case, limit: int) -> Iterator[tuple[int | None, str, float, tuple[str, ...]]]:
    """Yield (period, sense, value, each) of a limit's rules (period None: over the horizon): the named row, then the general one."""
    frame = case.frames["limits"].filter(case.frames["limits"].get_column("limit") == case.names["limits"][limit])
    rows = {row["period"]: row for row in frame.iter_rows(named=True)}
    general = rows.get(None, {})
    for number, name in enumerate([*case.names["periods"], HORIZON]):
        own = rows.get(name)
        if own is None and (None not in rows or name == HORIZON):
            continue
        cells: dict[str, Any] = {**general, **{column: cell for column, cell in (own or {}).items() if cell is not None}}
        yield number if name != HORIZON else None, str(cells["sense"]), float(cells["value"]), each_of(cells.get("each"))


def check_limits(findings: Findings, quantities: Quantities) -> None:
    """Check every rule of every limit."""
    case = findings.case
    terms = case["limit_terms"]
    of_limit = terms.codes("limit")
    filters = {name: terms.codes(name) for name in FILTERS}
    for limit in range(case.size("limits")):
        sums: dict[tuple[str, ...], Sums] = {}
        for period, sense, value, each in _rules(case, limit):
            if each not in sums:
                sums[each] = Sums(case, each)
                for i in np.flatnonzero(of_limit == limit):
                    row = terms.frame.row(int(i), named=True)
                    codes = {name: int(column[i]) for name, column in filters.items() if column[i] >= 0}
                    coefficient = 1.0 if row["coefficient"] is None else float(row["coefficient"])
                    sums[each].add(_term(quantities, row, codes, each), coefficient, str(row["quantity"]))
            _check_rule(findings, sums[each], limit, period, sense, value)


def _check_rule(findings: Findings, sums: Sums, limit: int, period: int | None, sense: str, value: float) -> None:
    left = sums.whole if period is None else sums.yearly[..., period]
    size = np.maximum(sums.whole_size if period is None else sums.yearly_size[..., period], abs(value) if np.isfinite(value) else 0.0)
    where = {**sums.places, "limit": np.array(limit), "period": np.array(-1 if period is None else period)}
    named = " ".join(f"{{{name}}}" for name in sums.each)
    if sense in {"<=", "="}:
        findings.at_most(left, value, size, f"Limit {{limit}} is exceeded in {{period}} {named}", **where)
    if sense in {">=", "="}:
        findings.at_most(np.full(left.shape, value), left, size, f"Limit {{limit}} is not reached in {{period}} {named}", **where)
