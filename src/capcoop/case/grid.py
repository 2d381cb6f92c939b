"""AC lines: channels with a stated reactance, whose flow follows from voltage angles (the linear, lossless "DC" power flow).

The flow of a line, net of both directions, is the difference of the angles of its ends over its reactance. Angles are counted per
product; what matters of reactances is their ratio within an island, the lines that hang together. A line with capacity obeys at all
times. A candidate, of capacity 0 with options, obeys once it is built; until then its ends may be any angle apart that the rest of
the island allows, which `reach` bounds from the data (Binato, Pereira, Granville: A new Benders decomposition approach to solve power
transmission network design problems, IEEE Transactions on Power Systems 16, 2001).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capcoop.case.cascade import Codes, Values, pick
from capcoop.case.case import Case
from capcoop.case.places import Mask, directions, standing_periods


@dataclass(frozen=True)
class Permits:
    """What freight lets AC lines carry: channel, product, back (does it go backwards?) and use of capacity of each flow."""

    channel: Codes
    product: Codes
    back: Mask
    use: Values


@dataclass(frozen=True)
class Grid:
    """AC lines that stand or may be built, and carry something.

    channel, start, end, product : codes of each line. reactance : ohm / kV2 (per unit on a base of 1 MVA).
    candidate : does it stand only once it is built? start_node, end_node : positions among the nodes.
    node_site, node_product, node_island : the ends of lines; islands are counted from 0.
    mean : geometric mean of the reactances of each island.
    """

    channel: Codes
    start: Codes
    end: Codes
    product: Codes
    reactance: Values
    candidate: Mask
    start_node: Codes
    end_node: Codes
    node_site: Codes
    node_product: Codes
    node_island: Codes
    mean: Values

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self.channel)

    @property
    def island(self) -> Codes:
        """The island of each line."""
        return self.node_island[self.start_node]

    @property
    def references(self) -> Codes:
        """The first node of each island, whose angle is zero."""
        return np.unique(self.node_island, return_index=True)[1]

    @property
    def susceptance(self) -> Values:
        """Mean reactance of the island over that of the line, which keeps coefficients near one."""
        return self.mean[self.island] / self.reactance


def is_ac(case: Case) -> Mask:
    """Return whether each channel is an AC line."""
    return ~np.isnan(case["channels"].stated("reactance"))


def is_candidate(case: Case) -> Mask:
    """Return whether each channel is an AC line without capacity."""
    return np.asarray(is_ac(case) & (case["channels"].stated("capacity") == 0))


def permits(case: Case) -> Permits:
    """Return what freight lets AC lines carry."""
    way, freight = directions(case), case["freight"]
    own = np.flatnonzero(is_ac(case)[way["channel"]])
    way = {name: codes[own] for name, codes in way.items()}
    at, allowed = freight.cascade.expand(way, len(own), ("product",))
    targets = {**{name: codes[at] for name, codes in way.items()}, **allowed}
    use = freight.lookup("use", **targets) if len(freight) else np.zeros(0)
    back = targets["from"] != case["channels"].codes("from")[targets["channel"]]
    return Permits(targets["channel"], targets["product"], back, use)


def builders(case: Case) -> tuple[Codes, Codes]:
    """Return (option, channel) of every option that adds to a channel, as its own or by a package."""
    options, packages = case["options"], case["packages"]
    own, other = options.codes("channel"), packages.codes("channel")
    held, more = np.flatnonzero(own >= 0), np.flatnonzero((other >= 0) & (packages.stated("capacity") > 0))
    pairs = np.concatenate([np.stack([held, own[held]], axis=1), np.stack([packages.codes("option")[more], other[more]], axis=1)])
    found = np.unique(pairs, axis=0)
    return found[:, 0], found[:, 1]


def grid_of(case: Case) -> Grid:
    """Return the AC lines of a case. Each carries one product both ways, as the rules require."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    channels, allowed = case["channels"], permits(case)
    product = np.full(len(channels), -1)
    product[allowed.channel] = allowed.product
    added = np.isin(np.arange(len(channels)), builders(case)[1])
    candidate = is_candidate(case)
    line = np.flatnonzero(is_ac(case) & (product >= 0) & (~candidate | added))
    start, end = channels.codes("from")[line], channels.codes("to")[line]
    ends = np.concatenate([start, end]) * max(case.size("products"), 1) + np.tile(product[line], 2)
    nodes, node = np.unique(ends, return_inverse=True)
    start_node, end_node = node.ravel()[: len(line)], node.ravel()[len(line) :]
    graph = coo_array((np.ones(len(line)), (start_node, end_node)), shape=(len(nodes),) * 2)
    count, island = connected_components(graph, directed=False) if len(nodes) else (0, np.zeros(0, np.int64))
    reactance = channels.stated("reactance")[line] / channels.numbers("voltage")[line] ** 2
    own = island[start_node]
    mean = np.exp(np.bincount(own, np.log(reactance), minlength=count) / np.maximum(np.bincount(own, minlength=count), 1))
    site, good = np.divmod(nodes, max(case.size("products"), 1))
    return Grid(line, start, end, product[line], reactance, candidate[line], start_node, end_node, site, good, island, mean)


def most_flow(case: Case, grid: Grid) -> Values:
    """Return the largest flow that each line may ever carry, in units of its product per hour (inf: nothing bounds it)."""
    allowed, channels = permits(case), case["channels"]
    use = np.full(len(channels), np.inf)
    np.minimum.at(use, allowed.channel, allowed.use)
    capacity = channels.stated("capacity")
    most = np.where(np.isnan(capacity), np.inf, capacity) + _most_new(case)
    hours = np.where(channels.choice("per", "hour"), 1.0, case.times.hours.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((most / hours / use)[grid.channel])


def _most_new(case: Case) -> Values:
    """Return the most capacity that options may add to each channel over the horizon (inf: nothing bounds it)."""
    options, packages, points = case["options"], case["packages"], case["option_points"]
    builds, new = _most_decided(case, "maximum_builds"), _most_decided(case, "maximum_new")
    size = np.where(np.isnan(options.stated("unit_size")), options.stated("maximum_size"), options.stated("unit_size"))
    size = np.where(np.isnan(size), np.inf, size)
    largest = np.zeros(len(options))
    np.maximum.at(largest, points.codes("option"), points.stated("size"))
    size = np.where(largest > 0, largest, size)
    offered = standing_periods(case).any(axis=2).sum(axis=1)
    times = np.where(case.counted, builds, offered)
    with np.errstate(invalid="ignore"):
        own = np.where((times == 0) | (size == 0), 0.0, times * size)
        own = np.fmin(np.minimum(own, new), options.stated("maximum_total"))
        extra = np.where(builds[packages.codes("option")] == 0, 0.0, builds[packages.codes("option")] * packages.stated("capacity"))
    out = np.zeros(case.size("channels"))
    for channel, amount in ((options.codes("channel"), own), (packages.codes("channel"), np.maximum(extra, 0.0))):
        np.add.at(out, channel[channel >= 0], amount[channel >= 0])
    return out


def _most_decided(case: Case, column: str) -> Values:
    """Return a bound of option_periods summed over the periods in which an option is offered; of builds no more than the option's own."""
    options, table = case["options"], case["option_periods"]
    offered = standing_periods(case).any(axis=2)
    option, period = (codes.ravel() for codes in np.indices(offered.shape))
    stated = table.lookup(column, option=option, period=period) if len(table) else np.full(len(option), np.nan)
    bound = np.where(np.isnan(stated), np.inf, stated).reshape(offered.shape)
    total = np.where(offered, bound, 0.0).sum(axis=1)
    return np.asarray(np.fmin(total, options.stated("maximum_builds")) if column == "maximum_builds" else total)


def reach(case: Case, grid: Grid) -> Values:
    """Return how far the angles of the ends of each candidate may be apart while it is not built (0 for other lines).

    In units of the product per hour x ohm / kV2. Between ends that standing lines connect: the shortest path over these of largest flow x
    reactance. Else no path, whatever is built, is longer than the spanning forest of the island with the largest sum, and parts that
    nothing connects may be turned against each other at will.
    """
    from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree

    out = np.zeros(len(grid))
    wanted = np.flatnonzero(grid.candidate)
    if not len(wanted):
        return out
    length = most_flow(case, grid) * grid.reactance
    standing = _graph(grid, np.where(~grid.candidate & np.isfinite(length), length, np.nan))
    starts, row = np.unique(grid.start_node[wanted], return_inverse=True)
    out[wanted] = dijkstra(standing, directed=False, indices=starts)[row.ravel(), grid.end_node[wanted]]
    apart = wanted[np.isinf(out[wanted])]
    forest = minimum_spanning_tree(_graph(grid, np.where(np.isfinite(length), -length, np.nan))).tocoo()
    widest = np.bincount(grid.node_island[forest.coords[0]], -forest.data, minlength=len(grid.mean))
    widest[grid.island[np.isinf(length)]] = np.inf
    out[apart] = widest[grid.island[apart]]
    return out


def _graph(grid: Grid, weight: Values) -> Any:  # noqa: ANN401  (scipy has no types)
    """Return the lines as a graph of nodes; of parallel lines the one of least weight counts, lines of weight NaN are left out."""
    from scipy.sparse import csr_array

    count = len(grid.node_site)
    held = np.flatnonzero(~np.isnan(weight))
    low, high = np.minimum(grid.start_node, grid.end_node)[held], np.maximum(grid.start_node, grid.end_node)[held]
    order = np.lexsort((weight[held], high, low))
    low, high, kept = low[order], high[order], weight[held][order]
    first = np.r_[True, (np.diff(low) != 0) | (np.diff(high) != 0)][: len(low)]
    return csr_array((kept[first], (low[first], high[first])), shape=(count, count))


def built_by(case: Case, grid: Grid) -> tuple[Codes, Codes]:
    """Return (option, position in the grid) of every option that builds a candidate."""
    place = np.full(case.size("channels"), -1)
    place[grid.channel[grid.candidate]] = np.flatnonzero(grid.candidate)
    option, channel = builders(case)
    line = pick(place, channel)
    return option[line >= 0], line[line >= 0]
