"""What a limit can count: every quantity as entries with attributes, one column (or a constant) and a coefficient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, join, pick
from capcoop.case.case import Case
from capcoop.case.places import LineCapacity
from capcoop.model.channels import Flows
from capcoop.model.lines import Activities, in_slices
from capcoop.model.options import Decisions, NewCapacity, Standing
from capcoop.model.trade import Needs, Trade

ONCE = ("new_capacity", "builds", "investment")


@dataclass(frozen=True)
class Parts:
    """Every part of the model that a limit may count."""

    case: Case
    capacity: LineCapacity
    activities: Activities
    decisions: Decisions
    new: NewCapacity
    standing: Standing
    flows: Flows
    purchases: Trade
    sales: Trade
    needs: Needs


@dataclass(frozen=True)
class Entries:
    """Attributes of each entry (-1: it has none), its column (-1: a constant) and its coefficient."""

    attributes: dict[str, Codes]
    column: Codes
    coefficient: Values

    def take(self, rows: Codes | slice) -> Entries:
        """Return some of the entries."""
        return Entries({name: codes[rows] for name, codes in self.attributes.items()}, self.column[rows], self.coefficient[rows])


def entries(parts: Parts, quantity: str, *, by_line: bool, by_slice: bool) -> Entries:
    """Return the entries of a quantity.

    by_line : an activity counts for every line it uses (else once). by_slice : yearly activities and flows count in
    each slice by its share of the hours (else once, without a slice).
    """
    found = QUANTITY[quantity](parts)
    if by_line and "pair" in found.attributes:
        used, use = join(found.attributes["pair"], parts.activities.use_pair)
        found = found.take(used)
        found.attributes["line"] = parts.activities.use_line[use]
    if by_slice and quantity in {"activity", "made", "used", "emissions", "flow"}:
        part = found.attributes["slice"]
        entry, row_slice, factor = in_slices(part, np.ones(len(part), bool), parts.case.times.share)
        found = found.take(entry)
        found.attributes["slice"] = row_slice
        found = Entries(found.attributes, found.column, found.coefficient * factor)
    if "site" in found.attributes:
        site = found.attributes["site"]
        found.attributes["country"] = pick(parts.case.country, site)
    return found


def _activity(parts: Parts) -> Entries:
    own = parts.activities
    pair = np.repeat(np.arange(len(own.pair_site)), own.count)
    attributes = {"pair": pair, "site": own.site, "process": own.process, "period": own.period, "slice": own.slice}
    return Entries(attributes, own.columns, np.ones(len(own.columns)))


def _emissions(parts: Parts) -> Entries:
    found = _activity(parts)
    factor = parts.case["processes"].numbers("emissions")[found.attributes["process"]]
    return Entries(found.attributes, found.column, factor).take(np.flatnonzero(factor))


def _recipe(parts: Parts, sign: float) -> Entries:
    own = parts.activities
    entry, activity = own.of_pairs(own.recipe_pair)
    quantity = sign * own.recipe_quantity[entry]
    attributes = {
        "pair": own.recipe_pair[entry],
        "site": own.site[activity],
        "process": own.process[activity],
        "product": own.recipe_product[entry],
        "period": own.period[activity],
        "slice": own.slice[activity],
    }
    return Entries(attributes, own.columns[activity], quantity).take(np.flatnonzero(quantity > 0))


def _places(parts: Parts, line_position: Codes, channel: Codes) -> dict[str, Codes]:
    """Return line, channel, mode and site of places; a channel sits at its sending site."""
    line, site = pick(parts.capacity.line, line_position), pick(parts.capacity.site, line_position)
    sender = pick(parts.case["channels"].codes("from"), channel)
    site, mode = np.where(channel >= 0, sender, site), pick(parts.case.mode, channel)
    return {"line": line, "site": site, "channel": channel, "mode": mode}


def _capacity(parts: Parts) -> Entries:
    periods, standing = parts.case.size("periods"), parts.standing
    channels = parts.case["channels"].stated("capacity")
    lines = len(parts.capacity.line)
    finite = np.flatnonzero(np.isfinite(channels))
    position = np.concatenate([standing.line_position, np.repeat(np.arange(lines), periods), np.full(len(finite) * periods, -1)])
    channel = np.concatenate([standing.channel, np.full(lines * periods, -1), np.repeat(finite, periods)])
    period = np.concatenate([standing.period, np.tile(np.arange(periods), lines + len(finite))])
    constant = np.concatenate([parts.capacity.stock.ravel(), np.repeat(channels[finite], periods)])
    column = np.concatenate([standing.column, np.full(len(constant), -1)])
    attributes = {**_places(parts, position, channel), "period": period}
    return Entries(attributes, column, np.concatenate([standing.coefficient, constant]))


def _new_capacity(parts: Parts) -> Entries:
    new = parts.new
    attributes = {**_places(parts, new.line_position, new.channel), "option": new.option, "period": new.period}
    return Entries(attributes, new.column, new.coefficient)


def _option_places(parts: Parts, option: Codes) -> dict[str, Codes]:
    options = parts.case["options"]
    line, site, channel = options.codes("line"), options.codes("site"), options.codes("channel")
    sites = parts.case.size("sites")
    position = pick(parts.capacity.position.ravel(), np.where((line >= 0) & (site >= 0), line * sites + site, -1))
    places = _places(parts, position[option], channel[option])
    alone = (places["site"] < 0) & (site[option] >= 0)
    places["site"] = np.where(alone, site[option], places["site"])
    return places


def _builds(parts: Parts) -> Entries:
    own = parts.decisions
    attributes = {**_option_places(parts, own.build_option), "option": own.build_option, "period": own.build_period}
    return Entries(attributes, own.build_column, np.ones(len(own.build_column)))


def _investment(parts: Parts) -> Entries:
    own = parts.decisions
    option = np.concatenate([own.build_option, own.size_option])
    period = np.concatenate([own.build_period, own.size_period])
    attributes = {**_option_places(parts, option), "option": option, "period": period}
    return Entries(attributes, np.concatenate([own.build_column, own.size_column]), np.concatenate([own.build_cost, own.size_cost]))


def _flow(parts: Parts) -> Entries:
    own = parts.flows
    attributes = {
        "site": own.sender,
        "channel": own.channel,
        "mode": pick(parts.case.mode, own.channel),
        "product": own.product,
        "period": own.period,
        "slice": own.slice,
    }
    return Entries(attributes, own.columns, np.ones(len(own.columns)))


def _trade(own: Trade, name: str) -> Entries:
    attributes = {name: own.name, "site": own.site, "product": own.product, "period": own.period, "slice": own.slice}
    return Entries(attributes, own.columns, np.ones(len(own.columns)))


def _need(parts: Parts) -> Entries:
    own = parts.needs
    attributes = {"site": own.site, "product": own.product, "period": own.period, "slice": own.slice}
    return Entries(attributes, np.full(len(own.site), -1), own.amount)


def _unmet(parts: Parts) -> Entries:
    found = _need(parts)
    return Entries(found.attributes, parts.needs.unmet, np.ones(len(found.column))).take(np.flatnonzero(parts.needs.unmet >= 0))


QUANTITY: dict[str, Callable[[Parts], Entries]] = {
    "activity": _activity,
    "made": lambda parts: _recipe(parts, 1.0),
    "used": lambda parts: _recipe(parts, -1.0),
    "capacity": _capacity,
    "new_capacity": _new_capacity,
    "builds": _builds,
    "investment": _investment,
    "flow": _flow,
    "purchase": lambda parts: _trade(parts.purchases, "purchase"),
    "sale": lambda parts: _trade(parts.sales, "sale"),
    "need": _need,
    "unmet": _unmet,
    "emissions": _emissions,
}
