"""Can every hard need be supplied at all? Told before anything is solved, by walking from purchases to needs.

A node is a product at a site; each period is a world of its own. A node is supplied by a purchase, by a process that
may run there and whose inputs are all supplied, or by a channel from a node that is supplied. Sizes are left aside:
what is said here must hold of every plan, so that a case which has a plan is never blamed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, distinct, join, ranges
from capcoop.case.case import Case
from capcoop.case.places import LineCapacity, Mask, directions, line_capacity, line_uses, process_places, standing_periods

# The widest spread of worths that may prove a circle idle; beyond it rounding could prove anything.
WIDEST = 1e6


@dataclass(frozen=True)
class Supply:
    """Everything that could supply a node (site x products + product), sizes left aside. Masks run over periods.

    bought : can the node be bought? pair_process, pair_site : a process at a site; able: has it lines and leave to run?
    entry_* : pair, node and quantity of each recipe entry. link_* : channel, sending and receiving node of each product
    that may use it, in the order of the sending nodes; open: has it capacity? arrives: the share; first, count: the links of
    each sending node.
    """

    bought: Mask
    pair_process: Codes
    pair_site: Codes
    able: Mask
    entry_pair: Codes
    entry_node: Codes
    entry_quantity: Values
    link_channel: Codes
    link_sender: Codes
    link_receiver: Codes
    link_open: Mask
    link_arrives: Values
    first: Codes
    count: Codes


def supply_of(case: Case) -> Supply:
    """Gather what could supply each node, in each period."""
    capacity = line_capacity(case)
    at_line, at_channel = with_capacity(case, capacity)
    process, site = process_places(case, capacity)
    pair, made = case["recipes"].cascade.expand({"process": process, "site": site}, len(process), ("product",))
    quantity = case["recipes"].lookup("quantity", process=process[pair], product=made["product"], site=site[pair])
    node = site[pair] * case.size("products") + made["product"]
    kept = np.flatnonzero(quantity)
    entries = (pair[kept], node[kept], quantity[kept])
    able = _able(case, capacity, at_line, process, site)
    channel, sender, receiver, open_, arrives = _links(case, at_channel)
    nodes = np.arange(case.size("sites") * case.size("products"))
    first = np.searchsorted(sender, nodes)
    count = np.searchsorted(sender, nodes, "right") - first
    return Supply(bought_nodes(case), process, site, able, *entries, channel, sender, receiver, open_, arrives, first, count)


def with_capacity(case: Case, capacity: LineCapacity) -> tuple[Mask, Mask]:
    """Return where capacity stands or may be built: by line position and period, and by channel and period."""
    options, packages = case["options"], case["packages"]
    stated = case["channels"].stated("capacity")
    at_line = capacity.stock > 0
    at_channel = np.repeat((np.isnan(stated) | (stated > 0))[:, None], case.size("periods"), axis=1)
    sized, built = buildable(case)
    more = np.flatnonzero(packages.stated("capacity") > 0)
    there = np.concatenate([sized, built[packages.codes("option")[more]]])
    line, site, channel = (np.concatenate([options.codes(c), packages.codes(c)[more]]) for c in ("line", "site", "channel"))
    held = np.flatnonzero((line >= 0) & (site >= 0))
    at_line |= any_of(there[held], capacity.position[line[held], site[held]], len(at_line))
    at_channel |= any_of(there[channel >= 0], channel[channel >= 0], len(at_channel))
    return at_line, at_channel


def buildable(case: Case) -> tuple[Mask, Mask]:
    """Return, by option and period, whether capacity of its own may stand, and whether any build of it may."""
    options, table, stands = case["options"], case["option_periods"], standing_periods(case)
    option, period = (i.ravel() for i in np.indices(stands.shape[:2]))
    bounds = table.stated("maximum_new"), table.stated("maximum_builds")
    new, builds = table.cascade.values({"option": option, "period": period}, len(option), *bounds)
    none = case.counted[option] & ((builds == 0) | (options.stated("maximum_builds")[option] == 0))
    small = (options.stated("maximum_size")[option] == 0) | (options.stated("maximum_total")[option] == 0) | (new == 0)
    shape = (*stands.shape[:2], 1)
    return (stands & ~(none | small).reshape(shape)).any(axis=1), (stands & ~none.reshape(shape)).any(axis=1)


def _able(case: Case, capacity: LineCapacity, at_line: Mask, process: Codes, site: Codes) -> Mask:
    """Return whether each process at a site has capacity of every line it uses up, and may run at more than 0."""
    user, line, use = line_uses(case)
    pair, row = join(process, np.where(use > 0, user, -1))
    able = ~any_of(~at_line[capacity.position[line[row], site[pair]]], pair, len(process))
    placements = case["placements"]
    if len(placements) and len(process):
        pair, period = (i.ravel() for i in np.indices(able.shape))
        most = placements.lookup("maximum", process=process[pair], site=site[pair], period=period)
        able &= (most != 0).reshape(able.shape)
    return able


def _links(case: Case, at_channel: Mask) -> tuple[Codes, Codes, Codes, Mask, Values]:
    """Return channel, sending and receiving node of every flow that freight allows, whether it is open, and the share that arrives."""
    freight, way, products = case["freight"], directions(case), case.size("products")
    at, allowed = freight.cascade.expand(way, len(way["channel"]), ("product",))
    product, channel = allowed["product"], way["channel"][at]
    use = freight.lookup("use", **{key: codes[at] for key, codes in way.items()}, product=product)
    arrives = 1.0 - case["channels"].numbers("loss")[channel]
    sender, receiver = way["from"][at] * products + product, way["to"][at] * products + product
    order = np.argsort(sender, kind="stable")
    open_ = (at_channel[channel] | (use == 0)[:, None]) & (arrives > 0)[:, None]
    return channel[order], sender[order], receiver[order], open_[order], arrives[order]


def bought_nodes(case: Case) -> Mask:
    """Return whether each node can be bought in each period."""
    trade, out = case["purchases"], np.zeros((case.size("sites") * case.size("products"), case.size("periods")), bool)
    _, targets = trade.cascade.expand({}, 1, trade.table.keys)
    limit = trade.lookup("limit", **targets)
    there = np.flatnonzero(limit > 0)
    out[(targets["site"] * case.size("products") + targets["product"])[there], targets["period"][there]] = True
    return out


def any_of(flags: Mask, group: Codes, count: int) -> Mask:
    """Return for each group whether any of its rows is true, column by column."""
    out = np.zeros((count, flags.shape[1]), bool)
    if len(group):
        order = np.argsort(group, kind="stable")
        ordered = group[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        out[ordered[starts]] = np.logical_or.reduceat(flags[order], starts)
    return out


def _runs(supply: Supply, held: Mask) -> Mask:
    """Return whether each process at a site may run when the nodes held are supplied."""
    used = np.flatnonzero(supply.entry_quantity < 0)
    return supply.able & ~any_of(~held[supply.entry_node[used]], supply.entry_pair[used], len(supply.able))


def _carried(supply: Supply, held: Mask) -> Mask:
    """Return the nodes held and all those that open channels lead to from them."""
    held = held.copy()
    fresh = np.flatnonzero(held.any(axis=1))
    while len(fresh):
        _, link = ranges(supply.first[fresh], supply.count[fresh])
        receivers = distinct(supply.link_receiver[link])
        arrived = held[supply.link_sender[link]] & supply.link_open[link]
        gained = any_of(arrived, np.searchsorted(receivers, supply.link_receiver[link]), len(receivers)) & ~held[receivers]
        held[receivers] |= gained
        fresh = receivers[gained.any(axis=1)]
    return held


def _settled(supply: Supply, held: Mask) -> Mask:
    """Supply nodes from those held, then from what that supplies, until nothing changes."""
    made = np.flatnonzero(supply.entry_quantity > 0)
    while True:
        out = any_of(_runs(supply, held)[supply.entry_pair[made]], supply.entry_node[made], len(held))
        after = _carried(supply, supply.bought | out)
        if np.array_equal(after, held):
            return held
        held = after


def supplied(supply: Supply, wanted: Mask) -> Mask:
    """Return the nodes that may be supplied; exact for those wanted, sizes left aside.

    From nothing upwards come the nodes whose chain begins at a purchase or at a process without inputs. From everything
    downwards go those that no chain can supply. Between the two are circles, such as a mine that needs the power of a
    plant that burns its coal; they are weighed where something wanted depends on them.
    """
    least = _settled(supply, np.zeros_like(supply.bought))
    if not (wanted & ~least).any():
        return least
    most = _settled(supply, np.ones_like(supply.bought))
    circles, runs = most & ~least, _runs(supply, most)
    for period in np.flatnonzero((wanted & circles).any(axis=0)).tolist():
        nodes = np.flatnonzero(circles[:, period])
        most[nodes[_idle(supply, runs[:, period], nodes, period)], period] = False
    return most


def _idle(supply: Supply, runs: Mask, nodes: Codes, period: int) -> Mask:
    """Return which nodes of circles can have nothing over in a period.

    They are those to which some worth can be given at which no process and no channel makes more than it takes in, for
    then all of them together have nothing over (Farkas). The linear program gives a worth to as many nodes as it can.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, eye_array, hstack, vstack

    count, pairs = len(nodes), len(supply.able)
    place = np.full(len(supply.bought), -1)
    place[nodes] = np.arange(count)
    entry = np.flatnonzero((place[supply.entry_node] >= 0) & runs[supply.entry_pair])
    link = np.flatnonzero(supply.link_open[:, period] & (place[supply.link_sender] >= 0) & (place[supply.link_receiver] >= 0))
    pair, quantity = supply.entry_pair[entry], supply.entry_quantity[entry]
    largest = np.zeros(pairs)
    np.maximum.at(largest, pair, np.abs(quantity))
    row = np.concatenate([pair, pairs + link, pairs + link])
    node = place[np.concatenate([supply.entry_node[entry], supply.link_receiver[link], supply.link_sender[link]])]
    value = np.concatenate([quantity / largest[pair], supply.link_arrives[link], np.full(len(link), -1.0)])
    gains = coo_array((value, (row, node)), shape=(pairs + len(supply.link_open), count)).tocsr()
    counted = eye_array(count)
    weighed = vstack([hstack([gains, coo_array(gains.shape)]), hstack([-counted, counted])])
    bounds = np.repeat([[0.0, WIDEST], [0.0, 1.0]], count, axis=0)
    found = linprog(np.repeat([0.0, -1.0], count), A_ub=weighed, b_ub=np.zeros(weighed.shape[0]), bounds=bounds, method="highs")
    return found.x[count:] > 0.5 if found.success else np.zeros(count, bool)
