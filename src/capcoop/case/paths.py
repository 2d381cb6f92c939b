"""Paths: over how many ways that share no channel a need can be reached, and from where, told from the tables alone.

A path of a need begins at a site where its product can come from: where it may be bought, or where a process that makes it may run
and all its lines stand. It leads over channels that the product may use and that stand to the need's site. Paths may begin at the same
site and may meet at sites, but no two share a channel. A channel or line stands without a build where it has capacity, of which no
package takes any; a build makes it stand where each build adds capacity to it for certain (a unit size, a least size above 0, a
package). How much can flow is left aside, and so is what feeds a process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes, Values, distinct, join
from capcoop.case.case import Case
from capcoop.case.checks import SHOWN_PER_RULE, Place
from capcoop.case.places import Mask, directions, line_capacity, line_uses, process_places
from capcoop.case.reach import any_of, bought_nodes, buildable
from capcoop.errors import Problem

SHOWN_NAMES = 3


@dataclass(frozen=True)
class PathNeeds:
    """Needs that ask for several paths: the row of needs, site, product, period and how many."""

    row: Codes
    site: Codes
    product: Codes
    period: Codes
    paths: Values

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.row)


@dataclass(frozen=True)
class Adders:
    """Builds that add capacity for certain: the option, and the position of the line or the channel (-1: the other one)."""

    option: Codes
    line_position: Codes
    channel: Codes


@dataclass(frozen=True)
class Ways:
    """Where paths may lead and begin.

    link_* : channel, both ends and product of every flow that freight allows; stands: does its channel stand without a build?
    pair_* : process, site and product that it makes; open: may it run, by period? use_pair, use_line: its lines, by position.
    line, line_stands : the line of each position, and whether it stands, by period.
    bought : can a node (site x products + product) be bought, by period?
    """

    link_channel: Codes
    link_from: Codes
    link_to: Codes
    link_product: Codes
    link_stands: Mask
    pair_process: Codes
    pair_site: Codes
    pair_product: Codes
    pair_open: Mask
    use_pair: Codes
    use_line: Codes
    line: Codes
    line_stands: Mask
    bought: Mask
    adders: Adders


def path_needs(case: Case) -> PathNeeds:
    """Return the needs above zero that ask for more than one path; of several parts of a year, the most paths count."""
    needs = case["needs"]
    if not (needs.stated("paths") > 1).any():
        return PathNeeds(*(np.zeros(0, np.int64),) * 4, np.zeros(0))
    _, targets = needs.cascade.expand({}, 1, needs.table.keys)
    rows = np.arange(len(needs), dtype=float)
    quantity, paths, row = needs.cascade.values(targets, len(targets["site"]), needs.stated("quantity"), needs.stated("paths"), rows)
    kept = np.flatnonzero((quantity > 0) & (paths > 1))
    sizes = tuple(case.size(table) for table in ("sites", "products", "periods"))
    code = np.ravel_multi_index(tuple(targets[key][kept] for key in ("site", "product", "period")), sizes)
    codes, first, group = np.unique(code, return_index=True, return_inverse=True)
    most = np.zeros(len(codes))
    np.maximum.at(most, group, paths[kept])
    site, product, period = np.unravel_index(codes, sizes)
    return PathNeeds(row[kept][first].astype(np.int64), site, product, period, most)


def adders_of(case: Case, position: np.ndarray) -> Adders:
    """Return the builds that add capacity for certain; `position` of each line at each site."""
    options, packages, points = case["options"], case["packages"], case["option_points"]
    unit, least = options.stated("unit_size"), np.nan_to_num(options.stated("minimum_size"))
    point = np.full(len(options), np.inf)
    np.minimum.at(point, points.codes("option"), points.stated("size"))
    certain = np.where(np.isinf(point), (unit > 0) | (least > 0), point > 0) & case.counted
    own, more = np.flatnonzero(certain), np.flatnonzero(packages.stated("capacity") > 0)
    option = np.concatenate([own, packages.codes("option")[more]])
    line, site, channel = (np.concatenate([options.codes(c)[own], packages.codes(c)[more]]) for c in ("line", "site", "channel"))
    held = (line >= 0) & (site >= 0)
    line_position = np.full(len(option), -1)
    line_position[held] = position[line[held], site[held]]
    kept = np.flatnonzero(held | (channel >= 0))
    found = np.unique(np.column_stack([option, line_position, channel])[kept], axis=0).T
    return Adders(*found)


def ways_of(case: Case) -> Ways:
    """Return where paths may lead and begin."""
    capacity, packages = line_capacity(case), case["packages"]
    lessened = packages.stated("capacity") < 0
    taken = np.zeros(case.size("channels"), bool)
    taken[packages.codes("channel")[lessened & (packages.codes("channel") >= 0)]] = True
    stated = case["channels"].stated("capacity")
    channel, start, end, product, use = _links(case)
    stands = ((np.isnan(stated) | (stated > 0)) & ~taken)[channel] | (use == 0)
    line_stands = capacity.stock > 0
    less = np.flatnonzero(lessened & (packages.codes("line") >= 0) & (packages.codes("site") >= 0))
    line_stands[capacity.position[packages.codes("line")[less], packages.codes("site")[less]]] = False
    process, site = process_places(case, capacity)
    pair, made = case["recipes"].cascade.expand({"process": process, "site": site}, len(process), ("product",))
    quantity = case["recipes"].lookup("quantity", process=process[pair], product=made["product"], site=site[pair])
    makes = np.flatnonzero(quantity > 0)
    process, site, made_product = process[pair[makes]], site[pair[makes]], made["product"][makes]
    user, line, used = line_uses(case)
    use_pair, entry = join(process, np.where(used > 0, user, -1))
    use_line = capacity.position[line[entry], site[use_pair]]
    return Ways(
        link_channel=channel,
        link_from=start,
        link_to=end,
        link_product=product,
        link_stands=stands,
        pair_process=process,
        pair_site=site,
        pair_product=made_product,
        pair_open=_open(case, process, site),
        use_pair=use_pair,
        use_line=use_line,
        line=capacity.line,
        line_stands=line_stands,
        bought=bought_nodes(case),
        adders=adders_of(case, capacity.position),
    )


def _links(case: Case) -> tuple[Codes, Codes, Codes, Codes, Values]:
    """Return channel, both ends, product and use of capacity of every flow that freight allows."""
    freight, way = case["freight"], directions(case)
    at, allowed = freight.cascade.expand(way, len(way["channel"]), ("product",))
    product = allowed["product"]
    use = freight.lookup("use", **{key: codes[at] for key, codes in way.items()}, product=product)
    return way["channel"][at], way["from"][at], way["to"][at], product, use


def _open(case: Case, process: Codes, site: Codes) -> Mask:
    """Return whether placements let each process at a site run, by period."""
    placements, open_ = case["placements"], np.ones((len(process), case.size("periods")), bool)
    if len(placements) and len(process):
        pair, period = (codes.ravel() for codes in np.indices(open_.shape))
        most = placements.lookup("maximum", process=process[pair], site=site[pair], period=period)
        open_ = (most != 0).reshape(open_.shape)
    return open_


def check_paths(case: Case, rows: Mapping[str, pl.Series], files: Mapping[str, str], *, hard: bool) -> Iterator[Problem]:
    """Yield a problem for each row of needs and site that too few paths reach, whatever is built.

    hard : look at the needs that must be met, of which there is no plan then; else at those that may stay unmet at a price.
    """
    needs = path_needs(case)
    must = np.isnan(case["products"].stated("penalty")) & (case.settings.penalty is None)
    asked = np.flatnonzero(must[needs.product] == hard)
    if not len(asked):
        return
    network, place = Network(case, ways_of(case)), Place(files, "needs")
    seen: set[tuple[int, ...]] = set()
    for one in asked.tolist():
        key = (int(needs.row[one]), int(needs.site[one]), int(needs.product[one]))
        if key not in seen and len(seen) < SHOWN_PER_RULE:
            found = network.lacking(*key[1:], int(needs.period[one]), float(needs.paths[one]))
            if found is not None:
                seen.add(key)
                yield place.problem(rows["needs"][key[0]], "paths", f"{needs.paths[one]:g}", f"finds {found.rule}", found.remedy)


def sentence_of(case: Case, site: int, product: int, period: int, *, paths: float) -> str:
    """Return where all paths pass that can lead to a site, whatever is built ('' where they are enough)."""
    found = Network(case, ways_of(case)).lacking(site, product, period, paths)
    return "" if found is None else f"There is {found.rule}."


@dataclass(frozen=True)
class Lack:
    """How many paths there can be at most, where all of them pass, and what helps."""

    rule: str
    remedy: str


class Network:
    """What can stand of the channels and lines of a case, for the most paths that can be had."""

    def __init__(self, case: Case, ways: Ways) -> None:
        """Mark by period what stands or may be built."""
        self.case, self.ways = case, ways
        built = buildable(case)[1][ways.adders.option]
        held = ways.adders.line_position >= 0
        self.channels = any_of(built[~held], ways.adders.channel[~held], case.size("channels"))
        self.lines = ways.line_stands | any_of(built[held], ways.adders.line_position[held], len(ways.line_stands))

    def lacking(self, site: int, product: int, period: int, paths: float) -> Lack | None:
        """Return what is lacking where too few paths lead to a site; None where there are enough."""
        ways, names = self.ways, self.case.names
        mine = np.flatnonzero(ways.link_product == product)
        stands = ways.link_stands[mine] | self.channels[ways.link_channel[mine], period]
        starts = self._starts(product, period)
        if site in starts:
            return None
        most, cut = _disjoint(ways.link_from[mine], ways.link_to[mine], stands, starts, site, self.case.size("sites"))
        if most >= paths:
            return None
        crossing = ways.link_channel[mine[cut]]
        through = [names["channels"][one] for one in distinct(crossing[stands[cut]]).tolist()]
        count = "only 1 path" if most == 1 else f"only {most} paths" if most else "no path"
        rule = f"{count} of '{names['products'][product]}' to '{names['sites'][site]}', whatever is built"
        rule += f": all pass channel{'s' if len(through) > 1 else ''} {_some(through)}" if through else ""
        return Lack(rule, self._remedy(distinct(crossing[~stands[cut]])))

    def _starts(self, product: int, period: int) -> Codes:
        """Return the sites where a path of a product may begin."""
        ways = self.ways
        lame = np.zeros(len(ways.pair_process), bool)
        lame[ways.use_pair[~self.lines[ways.use_line, period]]] = True
        makers = ways.pair_site[(ways.pair_product == product) & ways.pair_open[:, period] & ~lame]
        return np.union1d(np.flatnonzero(ways.bought[product :: self.case.size("products"), period]), makers)

    def _remedy(self, closed: Codes) -> str:
        """Return what helps; closed: channels that would help, were they certain to stand."""
        options = self.case["options"]
        sizeless = np.flatnonzero(np.isin(options.codes("channel"), closed) & (options.codes("channel") >= 0))
        if not len(sizeless):
            return "add a channel beside them, or ask for fewer"
        named = _some([self.case.names["options"][one] for one in sizeless.tolist()])
        return f"state unit_size or minimum_size of option {named}: one of any size makes no path"


def _disjoint(start: Codes, end: Codes, stands: Mask, starts: Codes, site: int, sites: int) -> tuple[int, Codes]:
    """Return the most paths that share no channel, and the links that cross the cut nearest to where they begin (closed ones too).

    By the theorem of Ford and Fulkerson (1956): a flow of at most 1 through each channel. Both directions of a channel are links
    of their own; flows that use both cancel.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    ends = (np.concatenate([start[stands], np.full(len(starts), sites)]), np.concatenate([end[stands], starts]))
    room = np.concatenate([np.ones(int(stands.sum()), np.int32), np.full(len(starts), len(start) + 1, np.int32)])
    graph = csr_array((room, ends), shape=(sites + 1,) * 2)
    found = maximum_flow(graph, sites, site)
    rest = csr_array(graph - found.flow)
    rest.eliminate_zeros()
    reached = np.zeros(sites + 1, bool)
    reached[breadth_first_order(rest, sites, return_predecessors=False)] = True
    return int(found.flow_value), np.flatnonzero(reached[start] & ~reached[end])


def _some(names: list[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - SHOWN_NAMES
    return ", ".join(f"'{name}'" for name in names[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
