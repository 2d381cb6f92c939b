"""Flows through channels: which product may use which channel, what it costs, and the capacity that flows share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capcoop.case.cascade import Codes, Values, distinct, pick, ranges
from capcoop.case.case import Case
from capcoop.case.places import directions
from capcoop.model.lines import in_slices, spans
from capcoop.model.options import Standing
from capcoop.model.program import Derived, Draft
from capcoop.schema import DAYS


@dataclass(frozen=True)
class Flows:
    """The flow columns.

    pair_* : one value for each product that may use a channel in a direction: channel, sending and receiving site,
    product, unit cost, unit cost of the time in transit, use of the channel, share that arrives, how many columns. The columns
    of a pair follow each other: by period, and by slice if the product is sliced.
    first : position of the first column. What is said of each column is worked out when asked: there are many columns.
    """

    pair_channel: Codes
    pair_sender: Codes
    pair_receiver: Codes
    pair_product: Codes
    pair_cost: Values
    pair_transit: Values
    pair_use: Values
    pair_arrives: Values
    pair_sliced: np.ndarray
    pair_count: Codes
    periods: int
    slices: int
    first: int = 0

    @property
    def columns(self) -> Codes:
        """The position of each column."""
        return np.arange(self.first, self.first + len(self), dtype=np.int32)

    def __len__(self) -> int:
        """Return how many columns there are."""
        return int(self.pair_count.sum())

    @property
    def pair(self) -> Codes:
        """The pair of each column."""
        return np.repeat(np.arange(len(self.pair_count), dtype=np.int32), self.pair_count)

    @property
    def period(self) -> Codes:
        """The period of each column."""
        every = np.arange(self.periods, dtype=np.int32)
        return self._patterned(every, np.repeat(every, self.slices))

    @property
    def slice(self) -> Codes:
        """The slice of each column (-1: the year)."""
        return self._patterned(np.full(self.periods, -1, np.int32), np.tile(np.arange(self.slices, dtype=np.int32), self.periods))

    def _patterned(self, yearly: Codes, sliced: Codes) -> Codes:
        """Return one pattern for each pair of a yearly product, another for each pair of a sliced one."""
        if self.pair_sliced.all() or not self.pair_sliced.any():
            return np.tile(sliced if self.pair_sliced.any() else yearly, len(self.pair_count))
        member = ranges(np.where(self.pair_sliced, len(yearly), 0), self.pair_count)[1]
        return np.concatenate([yearly, sliced])[member]

    @property
    def channel(self) -> Codes:
        """The channel of each column."""
        return self.pair_channel[self.pair]

    @property
    def sender(self) -> Codes:
        """The sending site of each column."""
        return self.pair_sender[self.pair]

    @property
    def receiver(self) -> Codes:
        """The receiving site of each column."""
        return self.pair_receiver[self.pair]

    @property
    def product(self) -> Codes:
        """The product of each column."""
        return self.pair_product[self.pair]

    @property
    def cost(self) -> Values:
        """The unit cost of each column."""
        return self.pair_cost[self.pair]

    @property
    def transit(self) -> Values:
        """The unit cost of the time in transit, of each column."""
        return self.pair_transit[self.pair]

    @property
    def arrives(self) -> Values:
        """The share that arrives, of each column."""
        return self.pair_arrives[self.pair]


def transit_cost(case: Case, channel: Codes, product: Codes) -> Values:
    """Return what a unit of each product costs while it is on the way: its worth x days / 365 x discount rate.

    Baumol and Vinod, "An inventory theoretic model of freight transport demand", Management Science 16 (1970) 413-421. A worth
    that is not stated is not charged; at a rate below 0 nothing is, or goods would earn by travelling.
    """
    worth = np.nan_to_num(case["products"].stated("value"))[product]
    return worth * case["channels"].numbers("days")[channel] / DAYS * max(case.settings.discount_rate, 0.0)


def add_flows(draft: Draft, case: Case) -> Flows:
    """Add a column for each direction of a channel, product, period (and slice) that freight allows."""
    channels, freight = case["channels"], case["freight"]
    link = directions(case)
    channel, sender, receiver = link["channel"], link["from"], link["to"]
    at, allowed = freight.cascade.expand(link, len(channel), ("product",))
    product = allowed["product"]
    targets = {**{key: codes[at] for key, codes in link.items()}, "product": product}
    cells = freight.cascade.values(targets, len(at), *(freight.stated(c) for c in ("factor", "cost", "cost_per_distance", "use")))
    factor, cost, per_distance, use = (np.where(np.isnan(v), default, v) for v, default in zip(cells, (1.0, 0.0, 0.0, 1.0), strict=True))
    own = channel[at]
    unit_cost = factor * channels.numbers("cost")[own] + cost + per_distance * channels.numbers("distance")[own]
    arrives = 1.0 - channels.numbers("loss")[own]
    sliced, periods, slices = case.sliced[product], case.size("periods"), case.size("slices")
    each = np.where(sliced, slices, 1) * periods
    transit = transit_cost(case, own, product)
    flows = Flows(own, sender[at], receiver[at], product, unit_cost, transit, use, arrives, sliced, each, periods, slices)
    columns = draft.columns(
        "flow",
        Derived(
            flows, {"period": "period", "slice": "slice", "channel": "channel", "from": "sender", "to": "receiver", "product": "product"}
        ),
        unit="units of the product/year",
        sentence="Flow of {product} from {from} to {to} by {channel} in {period} {slice}.",
    )
    return replace(flows, first=int(columns[0]) if len(columns) else 0)


def add_channel_capacity(draft: Draft, case: Case, flows: Flows, standing: Standing) -> None:
    """Add the rows that keep all flows of a channel, both ways, within its capacity in every slice."""
    capacity = case["channels"].stated("capacity")
    bounded = np.isfinite(capacity)
    used = distinct(flows.pair_channel[bounded[flows.pair_channel]])
    if not len(used):
        return
    periods, slices = case.size("periods"), case.size("slices")
    dense = np.full(len(capacity), -1)
    dense[used] = np.arange(len(used))
    place, period, part = (i.ravel() for i in np.indices((len(used), periods, slices)))
    scale = spans(case, "channels", used)
    rows = draft.rows(
        "channel capacity",
        {"channel": used[place], "period": period, "slice": part},
        unit="capacity",
        sentence="What uses {channel} in {period} {slice} fits its capacity.",
        upper=(scale * capacity[used][:, None])[place, part],
    )
    held = bounded[flows.pair_channel]
    mine = slice(None) if held.all() else np.flatnonzero(held[flows.pair])
    pair, period, part, columns = (codes[mine] for codes in (flows.pair, flows.period, flows.slice, flows.columns))
    entry, each, factor = in_slices(part, np.ones(len(part), bool), case.times.share)
    pair = pair[entry]
    first = rows[0] + dense[flows.pair_channel].astype(np.int32) * (periods * slices)
    one_each = isinstance(mine, slice) and isinstance(entry, slice)
    add = draft.add_run if one_each else draft.add
    add(first[pair] + period[entry] * slices + each, columns[entry], flows.pair_use[pair] * factor)
    new = standing.new
    at = pick(dense, new.channel)
    added, row, each = standing.in_slices(at, periods, slices)
    draft.add(rows[row], new.column[added], -scale[at[added], each] * new.coefficient[added])
