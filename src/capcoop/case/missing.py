"""Hard needs that cannot be supplied, each told with the nearest link of its chain that is missing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes
from capcoop.case.case import Case
from capcoop.case.checks import SHOWN_PER_RULE, Place
from capcoop.case.places import Mask, directions, line_capacity, line_uses
from capcoop.case.reach import Supply, supplied, supply_of, with_capacity
from capcoop.errors import Problem

SHOWN_NAMES, SHOWN_LINKS = 3, 6
# The solver cannot tell a need below this from nothing.
LEAST_NEED = 1e-6


def check_needs(case: Case, rows: Mapping[str, pl.Series], files: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each row of needs, site and product that nothing can supply. `rows` gives the row numbers."""
    row, node, period = _hard_needs(case)
    if not len(row):
        return
    supply = supply_of(case)
    wanted = np.zeros_like(supply.bought)
    wanted[node, period] = True
    held = supplied(supply, wanted)
    lost = np.flatnonzero(~held[node, period])
    if not len(lost):
        return
    place, chains = Place(files, "needs"), Chains(case, supply, held)
    groups = np.unique(np.column_stack([row[lost], node[lost]]), axis=0)
    for i, at in groups[:SHOWN_PER_RULE].tolist():
        when = np.unique(period[lost][(row[lost] == i) & (node[lost] == at)])
        missing, remedy = chains.explain(at, int(when[0]))
        rule = f"cannot be supplied{chains.during(when)}: {missing}"
        yield place.problem(rows["needs"][i], None, chains.name(at), rule, remedy)
    yield from place.more(rows["needs"][groups[:, 0]], None)


def _hard_needs(case: Case) -> tuple[Codes, Codes, Codes]:
    """Return row of needs, node and period of every need that must be met."""
    needs = case["needs"]
    _, targets = needs.cascade.expand({}, 1, needs.table.keys)
    row = np.full(len(targets["site"]), -1)
    for hit in needs.cascade.rows(targets, len(row)):
        row = np.where(row < 0, hit, row)
    hard = np.isnan(case["products"].stated("penalty")) & (case.settings.penalty is None)
    kept = np.flatnonzero((needs.stated("quantity")[row] > LEAST_NEED) & hard[targets["product"]])
    node = targets["site"] * case.size("products") + targets["product"]
    return row[kept], node[kept], targets["period"][kept]


class Lookup:
    """The rows that hold a key, found in no time."""

    def __init__(self, keys: Codes) -> None:
        """Sort the rows by their key."""
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]

    def __call__(self, key: int) -> Codes:
        """Return the rows that hold the key."""
        first, last = np.searchsorted(self.keys, [key, key + 1])
        return self.order[first:last]


class Chains:
    """The chains of supply of a case, walked from a need backwards."""

    def __init__(self, case: Case, supply: Supply, held: Mask) -> None:
        """Prepare the walk; `held` says by node and period what can be supplied."""
        self.case, self.supply, self.held = case, supply, held
        self.products = case.size("products")
        made, used = np.flatnonzero(supply.entry_quantity > 0), np.flatnonzero(supply.entry_quantity < 0)
        self.pair_of, self.makers_of = supply.entry_pair[made], Lookup(supply.entry_node[made])
        self.input_of, self.inputs_of = supply.entry_node[used], Lookup(supply.entry_pair[used])
        self.links_to = Lookup(supply.link_receiver)
        self.way = directions(case)
        self.ways_to = Lookup(self.way["to"])
        self.capacity = line_capacity(case)
        self.has_line, _ = with_capacity(case, self.capacity)

    def explain(self, need: int, period: int) -> tuple[str, str]:
        """Return what is missing for a need in a period, and the remedy.

        The walk goes along ever longer chains: at each node it looks for a single thing whose repair would supply it, and
        else goes on to what the processes and channels that lead there lack.
        """
        queue: deque[tuple[int, tuple[str, ...]]] = deque([(need, ())])
        seen = {need}
        path: tuple[str, ...] = ()
        while queue:
            node, path = queue.popleft()
            further = {before: hop for hop, before in self._lacks(node, period) if before not in seen}
            found = self._repair(node, period)
            if found is None and not further and not self.supply.able[self._makers(node), period].any():
                found = self._source(node, period)
            if found is not None:
                return _chain((*path, found[0])), found[1]
            seen.update(further)
            queue.extend((before, (*path, hop)) for before, hop in further.items())
        circle = "making that takes more of it than it yields"
        return _chain((*path, circle)), f"add a purchase, a process or a channel for {self.name(need)}"

    def name(self, node: int) -> str:
        """Return the product and the site of a node."""
        return f"'{self._product(node)}' at '{self._site(node)}'"

    def during(self, periods: Codes) -> str:
        """Return `in 2015, 2020`; nothing where all periods are meant."""
        every = len(periods) == self.case.size("periods")
        return "" if every else " in " + _some([self.case.names["periods"][t] for t in periods.tolist()])

    def _makers(self, node: int) -> Codes:
        """Return the pairs (process, site) that make a node."""
        return self.pair_of[self.makers_of(node)]

    def _lacks(self, node: int, period: int) -> Iterator[tuple[str, int]]:
        """Yield what processes and channels that could supply a node lack: (sentence, node)."""
        supply = self.supply
        for pair in self._makers(node).tolist():
            if supply.able[pair, period]:
                inputs = self.input_of[self.inputs_of(pair)]
                for before in inputs[~self.held[inputs, period]].tolist():
                    yield f"process '{self._process(supply.pair_process[pair])}' needs {self.name(before)}", before
        for link in self.links_to(node).tolist():
            if supply.link_open[link, period]:
                before = int(supply.link_sender[link])
                yield f"channel '{self._channel(supply.link_channel[link])}' needs {self.name(before)}", before

    def _repair(self, node: int, period: int) -> tuple[str, str] | None:
        """Return the single thing that keeps a node from being supplied, and the remedy; None where there is none."""
        supply, held = self.supply, self.held[:, period]
        for pair in self._makers(node).tolist():
            if not supply.able[pair, period] and held[self.input_of[self.inputs_of(pair)]].all():
                return self._standstill(pair, period)
        for link in self.links_to(node).tolist():
            if held[supply.link_sender[link]]:
                channel, sender = self._channel(supply.link_channel[link]), self._site(supply.link_sender[link])
                return f"channel '{channel}' from '{sender}' carries nothing", "state its capacity, or an option that adds some"
        ways = self.ways_to(node // self.products)
        barred = ways[held[self.way["from"][ways] * self.products + node % self.products]]
        if len(barred):
            channel, sender = self._channel(self.way["channel"][barred[0]]), self.case.names["sites"][self.way["from"][barred[0]]]
            return f"no row of freight lets '{self._product(node)}' use channel '{channel}' from '{sender}'", "add a row to freight.csv"
        return None

    def _standstill(self, pair: int, period: int) -> tuple[str, str]:
        """Return why a process that has its inputs cannot run."""
        process, site = self.supply.pair_process[pair], self.supply.pair_site[pair]
        user, line, use = line_uses(self.case)
        for own in line[(user == process) & (use > 0)].tolist():
            if not self.has_line[self.capacity.position[own, site], period]:
                return self._lineless(own, process), "state its stock, or an option that adds some"
        return f"process '{self._process(process)}' has a maximum of 0 there", "raise it in placements.csv"

    def _source(self, node: int, period: int) -> tuple[str, str]:
        """Return what is missing where nothing leads to a node."""
        site, product = divmod(node, self.products)
        held = self._makers(node)
        if len(held):
            return self._standstill(int(held[0]), period)
        elsewhere = np.flatnonzero(self.held[product :: self.products, period])
        if len(elsewhere):
            sites = _some([self.case.names["sites"][other] for other in elsewhere.tolist()])
            return f"no channel brings it there from {sites}", "add a channel, or a row to freight.csv"
        recipes, remedy = self.case["recipes"], f"add a purchase, a process or a channel for {self.name(node)}"
        makers = np.unique(recipes.codes("process")[(recipes.codes("product") == product) & (recipes.stated("quantity") > 0)])
        if not len(makers):
            return "nothing makes, brings or sells it", remedy
        process, (user, line, _) = makers[0], line_uses(self.case)
        absent = line[(user == process)][self.capacity.position[line[user == process], site] < 0]
        if len(absent):
            return self._lineless(int(absent[0]), process), "state its stock, or an option that adds some"
        return f"process '{self._process(process)}' may not run there", f"add '{self._site(node)}' to its rows in placements.csv"

    def _lineless(self, line: int, process: int) -> str:
        return f"line '{self.case.names['lines'][line]}' of process '{self._process(process)}' has no capacity there"

    def _process(self, code: int) -> str:
        return self.case.names["processes"][code]

    def _channel(self, code: int) -> str:
        return self.case.names["channels"][code]

    def _product(self, node: int) -> str:
        return self.case.names["products"][node % self.products]

    def _site(self, node: int) -> str:
        return self.case.names["sites"][node // self.products]


def _chain(links: tuple[str, ...]) -> str:
    """Return the links of a chain in words, the inner ones of a long chain counted."""
    if len(links) > SHOWN_LINKS:
        links = (*links[:2], f"{len(links) - 4} more links", *links[-2:])
    return f"{', '.join(links[:-1])}, and {links[-1]}" if len(links) > 1 else links[0]


def _some(names: list[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - SHOWN_NAMES
    return ", ".join(f"'{name}'" for name in names[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
