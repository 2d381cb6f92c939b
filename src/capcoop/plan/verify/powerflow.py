"""Kirchhoff's voltage law on AC lines: around every cycle of lines that stand, flow times reactance sums to zero.

Angles are not asked for. Along a spanning forest of the lines the flows give each node a potential; every other line closes a cycle,
on which its own flow must agree with the potentials of its ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import Case
from capcoop.plan.verify.findings import Findings
from capcoop.plan.verify.listing import Listing, summed


@dataclass(frozen=True)
class Lines:
    """AC lines of one product that stand in a period: channel, ends, reactance (ohm / kV2)."""

    channel: Codes
    start: Codes
    end: Codes
    reactance: Values


def check_voltage_law(findings: Findings, flows: Listing, capacity: Values) -> None:
    """Check the flows of AC lines that stand. `capacity` by channel and period (inf: unbounded)."""
    case, channels = findings.case, findings.case["channels"]
    reactance = channels.stated("reactance") / channels.numbers("voltage") ** 2
    if np.isnan(reactance).all():
        return
    net = _net_flows(case, flows)
    for product in np.unique(flows.codes["product"]):
        carried = _carries(case, int(product))
        for period in range(case.size("periods")):
            at = np.flatnonzero(carried & ~np.isnan(reactance) & (capacity[:, period] > 0))
            if not len(at):
                continue
            own = Lines(at, channels.codes("from")[at], channels.codes("to")[at], reactance[at])
            _check_cycles(findings, own, net[at, product, period], int(product), period)


def _net_flows(case: Case, flows: Listing) -> Values:
    """Return what is sent onwards less what is sent backwards, by channel, product, period and slice."""
    channel, sender, product, period = flows.at("channel", "from", "product", "period")
    sign = np.where(sender == case["channels"].codes("from")[channel], 1.0, -1.0)
    shape = (case.size("channels"), case.size("products"), case.size("periods"), case.size("slices"))
    return summed(shape, (channel, product, period, np.maximum(flows.codes["slice"], 0)), sign * flows.figures["sent"])


def _carries(case: Case, product: int) -> np.ndarray:
    """Return which channels may carry a product."""
    channels = case["channels"]
    start, end = channels.codes("from"), channels.codes("to")
    targets = {"channel": np.arange(len(channels)), "from": start, "to": end, "mode": case.mode, "product": np.full(len(channels), product)}
    return case["freight"].cascade.matched(targets, len(channels))


@dataclass(frozen=True)
class Forest:
    """A spanning forest: parent of each node (roots are their own), the line that leads there, which lines are in it."""

    parent: Codes
    line: Codes
    member: np.ndarray


def _forest(start: Codes, end: Codes, count: int) -> Forest:
    """Return a spanning forest of lines between `count` nodes; of parallel lines the first is taken."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order, connected_components

    graph = coo_array((np.ones(len(start)), (start, end)), shape=(count + 1,) * 2)
    _, island = connected_components(graph, directed=False)
    roots = np.unique(island[:count], return_index=True)[1]
    ends = np.concatenate([start, roots]), np.concatenate([end, np.full(len(roots), count)])  # one node more holds all roots together
    joined = coo_array((np.ones(len(ends[0])), ends), shape=(count + 1,) * 2).tocsr()
    parent = breadth_first_order(joined, count, directed=False)[1][:count].astype(np.int64)
    parent = np.where(parent == count, np.arange(count), parent)
    keys, first = np.unique(np.minimum(start, end) * count + np.maximum(start, end), return_index=True)
    node = np.flatnonzero(parent != np.arange(count))
    line = np.full(count, -1)
    line[node] = first[np.searchsorted(keys, np.minimum(node, parent[node]) * count + np.maximum(node, parent[node]))]
    return Forest(parent, line, np.isin(np.arange(len(start)), line))


def _along(forest: Forest, steps: Values) -> Values:
    """Return the sum of steps (by node: from its parent to it) from the root to each node."""
    total, above = steps.copy(), forest.parent
    while (forest.parent[above] != above).any():
        total += steps[above]
        above = forest.parent[above]
    return total


def _check_cycles(findings: Findings, lines: Lines, flow: Values, product: int, period: int) -> None:
    """Check that each line which closes a cycle carries what the potentials of its ends drive. `flow` by line and slice."""
    nodes, ends = np.unique(np.concatenate([lines.start, lines.end]), return_inverse=True)
    start, end = ends.ravel()[: len(lines.channel)], ends.ravel()[len(lines.channel) :]
    forest = _forest(start, end, len(nodes))
    own = np.flatnonzero(~forest.member)
    if not len(own):
        return
    drop = flow * lines.reactance[:, None]
    node = np.flatnonzero(forest.line >= 0)
    steps = np.zeros((len(nodes), flow.shape[1]))
    steps[node] = drop[forest.line[node]] * np.where(start[forest.line[node]] == node, 1.0, -1.0)[:, None]
    potential, magnitude = _along(forest, steps), _along(forest, np.abs(steps))
    driven = (potential[start[own]] - potential[end[own]]) / lines.reactance[own, None]
    size = (magnitude[start[own]] + magnitude[end[own]]) / lines.reactance[own, None] + np.abs(flow[own])
    sentence = "The flow of {product} on {channel} in {period} {slice} is not what the voltage law gives around its cycle"
    where = {"product": np.array(product), "channel": lines.channel[own][:, None], "period": np.array(period)}
    findings.equal(flow[own], driven, size, sentence, **where, slice=np.arange(flow.shape[1])[None, :])
