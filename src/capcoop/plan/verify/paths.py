"""The paths that needs ask for, counted again: for each of these needs the greatest flow through what the plan lets stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, join
from capcoop.case.case import Case
from capcoop.plan.verify.building import Built, Places
from capcoop.plan.verify.findings import Findings, Mask
from capcoop.plan.verify.listing import grid
from capcoop.plan.verify.running import Uses
from capcoop.plan.verify.trading import Balances

# A build may be a part of one (`whole` = no), and the greatest flow is found for whole numbers.
PARTS = 1_000_000


def check_paths(findings: Findings, places: Places, built: Built, balances: Balances, allowed: Mask, uses: Uses) -> None:
    """Check that so many paths as asked for reach the site of each need, in so far as it is met. `allowed` by process and site."""
    case = findings.case
    site, product, period, paths = _asked(case)
    if not len(site):
        return
    need, unmet = (balances.parts[name].sum(axis=3)[site, product, period] for name in ("need", "unmet"))
    there = _there(case, places, built)
    links = _Links(case, there[places.lines :])
    starts = _starts(case, places, there, allowed, uses)
    each = zip(site.tolist(), product.tolist(), period.tolist(), paths.tolist(), strict=True)
    found = np.array([links.most(one, good, when, starts, most) for one, good, when, most in each])
    sentence = "Fewer paths of {product} that share no channel reach {site} in {period} than asked for,"
    asked = paths * (1.0 - unmet / need)
    findings.at_most(asked, found + 1.0 / PARTS, paths, sentence, site=site, product=product, period=period)


def _asked(case: Case) -> tuple[Codes, Codes, Codes, Values]:
    """Return site, product, period and number of the paths asked for: the most of any part of the year with a need."""
    shape = (case.size("sites"), case.size("products"), case.size("periods"), case.size("slices"))
    if not (np.nan_to_num(case["needs"].stated("paths")) > 1).any():
        return (*(np.zeros(0, np.int64),) * 3, np.zeros(0))
    targets = dict(zip(("site", "product", "period", "slice"), (codes.ravel() for codes in grid(shape)), strict=True))
    quantity, paths = (case["needs"].lookup(column, **targets) for column in ("quantity", "paths"))
    most = np.where(quantity > 0, np.nan_to_num(paths), 0.0).reshape(shape).max(axis=3)
    site, product, period = np.nonzero(most > 1)
    return site, product, period, most[site, product, period]


def _there(case: Case, places: Places, built: Built) -> Values:
    """Return by place and period how much of one is there: 1 without a build (of what nothing is taken from), else the builds, up to 1."""
    options, packages, count = case["options"], case["packages"], len(places.existing)
    there = np.where(places.existing > 0, 1.0, 0.0)
    where, own = (_places_of(places, case, table) for table in ("packages", "options"))
    there[where[packages.stated("capacity") < 0]] = 0.0
    smallest = np.fmax(np.nan_to_num(options.stated("unit_size")), np.nan_to_num(options.stated("minimum_size")))
    sizes = case["option_points"].stated("size")
    for option in np.unique(case["option_points"].codes("option")).tolist():
        smallest[option] = sizes[case["option_points"].codes("option") == option].min()
    makes = np.zeros((count, len(options)))
    held = np.flatnonzero((smallest > 0) & (own >= 0))
    makes[own[held], held] = 1.0
    more = packages.stated("capacity") > 0
    makes[where[more], packages.codes("option")[more]] = 1.0
    standing = np.einsum("od,odt->ot", built.builds, built.stands.astype(float))
    return np.asarray(np.minimum(there + makes @ standing, 1.0))


def _places_of(places: Places, case: Case, table: str) -> Codes:
    """Return the place to which each row of options or packages adds (-1: none)."""
    line, site, channel = (case[table].codes(column) for column in ("line", "site", "channel"))
    place = np.where(channel >= 0, places.lines + channel, -1)
    held = np.flatnonzero((channel < 0) & (line >= 0) & (site >= 0))
    place[held] = places.place[line[held], site[held]]
    return place


def _starts(case: Case, places: Places, there: Values, allowed: Mask, uses: Uses) -> Values:
    """Return by site, product and period how much of one is there of what a path can begin with."""
    sites, products, periods = case.size("sites"), case.size("products"), case.size("periods")
    site, product, period = (codes.ravel() for codes in grid((sites, products, periods)))
    out = np.zeros((sites, products, periods))
    for purchase in range(case.size("purchases")):
        targets = {"purchase": np.full(len(site), purchase), "site": site, "product": product, "period": period}
        limit = case["purchases"].lookup("limit", **targets)
        offered = case["purchases"].cascade.matched(targets, len(site)) & (limit > 0)
        out = np.maximum(out, offered.reshape(out.shape))
    stands = np.broadcast_to(allowed[:, :, None], (*allowed.shape, periods)).astype(float)
    one, entry = join(np.arange(len(allowed)), np.where(uses.use > 0, uses.process, -1))
    for process, use in zip(one.tolist(), entry.tolist(), strict=True):
        place = places.place[uses.line[use]]
        stands[process] = np.minimum(stands[process], np.where((place >= 0)[:, None], there[place], 0.0))
    for process in range(len(allowed)):
        at, when = (codes.ravel() for codes in grid((sites, periods)))
        most = case["placements"].lookup("maximum", process=np.full(len(at), process), site=at, period=when)
        stands[process] *= (most != 0).reshape(sites, periods)
    makes = _makes(case)
    for process, good in np.argwhere(makes.any(axis=2)).tolist():
        out[:, good] += makes[process, good][:, None] * stands[process]
    return out


def _makes(case: Case) -> Mask:
    """Return whether each process makes some of each product at each site."""
    shape = (case.size("processes"), case.size("products"), case.size("sites"))
    process, product, site = (codes.ravel() for codes in grid(shape))
    if not len(process):
        return np.zeros(shape, bool)
    recipes = case["recipes"]
    targets = {"process": process, "product": product, "site": site}
    quantity = recipes.cascade.values(targets, len(process), recipes.stated("quantity"))[0]
    return np.asarray((np.nan_to_num(quantity) > 0).reshape(shape))


@dataclass(frozen=True)
class _Links:
    """The channels of a case, each way that it may be used, with how much of one stands in each period."""

    case: Case
    stands: Values

    def most(self, site: int, product: int, period: int, starts: Values, asked: float) -> float:
        """Return the greatest flow of paths to a site, each channel taken at most once; no more than is asked for."""
        from scipy.sparse import coo_array, csr_array
        from scipy.sparse.csgraph import maximum_flow

        case, sites = self.case, self.case.size("sites")
        channels, way = case["channels"], np.flatnonzero(case["channels"].flags("both_ways"))
        start, end = channels.codes("from"), channels.codes("to")
        sender, receiver = np.concatenate([start, end[way]]), np.concatenate([end, start[way]])
        channel = np.concatenate([np.arange(len(start)), way])
        targets = {
            "channel": channel,
            "from": sender,
            "to": receiver,
            "mode": case.mode[channel],
            "product": np.full(len(channel), product),
        }
        open_ = case["freight"].cascade.matched(targets, len(channel))
        free = case["freight"].lookup("use", **targets) == 0
        room = np.where(open_, np.where(free, 1.0, self.stands[channel, period]), 0.0)
        first = np.flatnonzero(starts[:, product, period] > 0)
        ends = np.concatenate([sender, np.full(len(first), sites), [site]]), np.concatenate([receiver, first, [sites + 1]])
        amounts = np.concatenate([room, asked * starts[first, product, period], [asked]])
        graph = coo_array((np.round(amounts * PARTS).astype(np.int64), ends), shape=(sites + 2,) * 2).tocsr()
        return float(maximum_flow(csr_array(graph.astype(np.int32)), sites, sites + 1).flow_value) / PARTS
