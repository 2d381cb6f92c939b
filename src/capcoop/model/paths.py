"""Paths that share no channel: for each need that asks for several, a flow of paths from where its product can come from.

Each direction of a channel that stands carries at most one path, and as many as are asked for arrive (Menger 1927; Ford and Fulkerson
1956). Where builds are whole numbers there is such a flow exactly when there are so many paths: parts of paths help nothing.
What counts as a path is told in `capcoop.case.paths`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, join, pick
from capcoop.case.case import Case
from capcoop.case.paths import PathNeeds, Ways, path_needs, ways_of
from capcoop.case.places import Mask
from capcoop.model.options import Decisions
from capcoop.model.program import Draft
from capcoop.model.trade import Needs


@dataclass(frozen=True)
class Builds:
    """Counts of builds that make a place stand.

    place : of each, place x periods + period; places are line positions, from `channels` on channels. column : of each.
    some : does any build make a place stand in a period?
    """

    place: Codes
    column: Codes
    channels: int
    periods: int
    some: Mask

    def of(self, place: Codes, period: Codes) -> tuple[Codes, Codes]:
        """Return, for each place and period, every column that makes it stand: (position asked for, column)."""
        asked, entry = join(place * self.periods + period, self.place)
        return asked, self.column[entry]

    def any(self, place: Codes, period: Codes) -> Mask:
        """Return whether some build makes each place stand in a period."""
        return np.asarray(self.some[place * self.periods + period])


@dataclass(frozen=True)
class Steps:
    """The columns of paths: the need that each serves, the sites that it leaves (-1: it begins) and reaches, its column."""

    need: Codes
    start: Codes
    end: Codes
    columns: Codes


def add_paths(draft: Draft, case: Case, decisions: Decisions, needs: Needs) -> None:
    """Add the columns and rows of the paths that needs ask for; none where each asks for one."""
    asked = path_needs(case)
    if not len(asked):
        return
    ways = ways_of(case)
    builds = _builds(case, decisions, ways)
    along = _along(draft, asked, ways, builds)
    first = _begin(draft, asked, ways, builds, case)
    _keep(draft, case, asked, along, first)
    _arrive(draft, case, asked, along, first, needs)


def _builds(case: Case, decisions: Decisions, ways: Ways) -> Builds:
    """Return the counts of builds that make channels and lines stand, in every period in which they do."""
    adders, periods, lines = ways.adders, case.size("periods"), len(ways.line_stands)
    build, adder = join(decisions.build_option, adders.option)
    entry, period = np.nonzero(decisions.stands[decisions.build_option[build], decisions.build_period[build]])
    place = np.where(adders.channel >= 0, lines + adders.channel, adders.line_position)[adder[entry]]
    code = place * periods + period
    some = np.zeros((lines + case.size("channels")) * periods, bool)
    some[code] = True
    return Builds(code, decisions.build_column[build[entry]], lines, periods, some)


def _along(draft: Draft, asked: PathNeeds, ways: Ways, builds: Builds) -> Steps:
    """Add a column for each need and direction of a channel that may stand, and rows that keep it to channels that do."""
    need, link = join(asked.product, ways.link_product)
    period, place = asked.period[need], builds.channels + ways.link_channel[link]
    stands = ways.link_stands[link]
    kept = np.flatnonzero((stands | builds.any(place, period)) & (ways.link_from[link] != asked.site[need]))
    need, link, period, place, stands = need[kept], link[kept], period[kept], place[kept], stands[kept]
    index = {
        "site": asked.site[need],
        "product": asked.product[need],
        "period": period,
        "channel": ways.link_channel[link],
        "from": ways.link_from[link],
        "to": ways.link_to[link],
    }
    columns = draft.columns(
        "path",
        index,
        unit="paths",
        sentence="Paths of {product} for {site} in {period} that lead from {from} to {to} along {channel}.",
        upper=1.0,
    )
    new = np.flatnonzero(~stands)
    if len(new):
        rows = draft.rows(
            "path channel",
            {key: codes[new] for key, codes in index.items()},
            unit="paths",
            sentence="A path of {product} for {site} in {period} leads from {from} to {to} along {channel} only where it is built.",
            upper=0.0,
        )
        draft.add(rows, columns[new], 1.0)
        at, column = builds.of(place[new], period[new])
        draft.add(rows[at], column, -1.0)
    return Steps(need, ways.link_from[link], ways.link_to[link], columns)


def _starts(asked: PathNeeds, ways: Ways, builds: Builds, sites: int, products: int) -> tuple[Codes, Codes, Codes]:
    """Return need, site and pair (-1: it stands without a build, or the product is bought there) of every place where paths may begin."""
    node, when = np.nonzero(ways.bought)
    periods = ways.bought.shape[1]
    bought, at = join(asked.product * periods + asked.period, node % products * periods + when)
    need, pair = join(asked.product, ways.pair_product)
    open_ = ways.pair_open[pair, asked.period[need]]
    need, pair = need[open_], pair[open_]
    entry, place = _unbuilt(asked, ways, need, pair)
    able, sure = np.ones(len(need), bool), np.ones(len(need), bool)
    able[entry[~builds.any(place, asked.period[need[entry]])]] = False
    sure[entry] = False
    site = ways.pair_site[pair]
    always = np.unique(np.concatenate([bought * sites + node[at] // products, (need * sites + site)[sure]]))
    others = np.flatnonzero(able & ~sure & ~np.isin(need * sites + site, always))
    return (
        np.concatenate([always // sites, need[others]]),
        np.concatenate([always % sites, site[others]]),
        np.concatenate([np.full(len(always), -1), pair[others]]),
    )


def _unbuilt(asked: PathNeeds, ways: Ways, need: Codes, pair: Codes) -> tuple[Codes, Codes]:
    """Return the lines of pairs that do not stand without a build in the period of a need: (position in `need`, line position)."""
    entry, use = join(pair, ways.use_pair)
    place = ways.use_line[use]
    lacks = ~ways.line_stands[place, asked.period[need[entry]]]
    return entry[lacks], place[lacks]


def _begin(draft: Draft, asked: PathNeeds, ways: Ways, builds: Builds, case: Case) -> Steps:
    """Add a column for each need and place where its paths may begin, and rows that keep it to lines that stand."""
    need, site, pair = _starts(asked, ways, builds, case.size("sites"), case.size("products"))
    index = {
        "site": asked.site[need],
        "product": asked.product[need],
        "period": asked.period[need],
        "from": site,
        "process": pick(ways.pair_process, pair),
    }
    columns = draft.columns(
        "path start",
        index,
        unit="paths",
        sentence="Paths of {product} for {site} in {period} that begin at {from} {process}.",
        upper=asked.paths[need],
    )
    entry, place = _unbuilt(asked, ways, need, pair)
    if len(entry):
        rows = draft.rows(
            "path line",
            {**{key: codes[entry] for key, codes in index.items()}, "line": ways.line[place]},
            unit="paths",
            sentence="Paths of {product} for {site} in {period} begin with {process} at {from} only where {line} is built.",
            upper=0.0,
        )
        draft.add(rows, columns[entry], 1.0)
        at, build = builds.of(place, asked.period[need[entry]])
        draft.add(rows[at], build, -asked.paths[need[entry[at]]])
    return Steps(need, np.full(len(need), -1), site, columns)


def _keep(draft: Draft, case: Case, asked: PathNeeds, along: Steps, first: Steps) -> None:
    """Add rows that let no more paths leave a site than reach it or begin there."""
    sites = case.size("sites")
    leaves = along.need * sites + along.start
    keys = np.unique(leaves)
    need, site = np.divmod(keys, sites)
    rows = draft.rows(
        "path balance",
        {"site": asked.site[need], "product": asked.product[need], "period": asked.period[need], "from": site},
        unit="paths",
        sentence="No more paths of {product} for {site} leave {from} in {period} than reach it or begin there.",
        lower=0.0,
    )
    place = np.full(len(asked) * sites, -1)
    place[keys] = rows
    draft.add(place[leaves], along.columns, -1.0)
    for steps in (along, first):
        row = place[steps.need * sites + steps.end]
        draft.add(row[row >= 0], steps.columns[row >= 0], 1.0)


def _arrive(draft: Draft, case: Case, asked: PathNeeds, along: Steps, first: Steps, needs: Needs) -> None:
    """Add rows by which as many paths arrive as a need asks for; of one that may stay unmet, for the share that is met."""
    rows = draft.rows(
        "paths",
        {"site": asked.site, "product": asked.product, "period": asked.period},
        unit="paths",
        sentence="As many paths of {product} that share no channel reach {site} in {period} as its need asks for.",
        lower=asked.paths,
    )
    for steps in (along, first):
        mine = steps.end == asked.site[steps.need]
        draft.add(rows[steps.need[mine]], steps.columns[mine], 1.0)
    sizes = tuple(case.size(table) for table in ("sites", "products", "periods"))
    asked_code, code = (np.ravel_multi_index((one.site, one.product, one.period), sizes) for one in (asked, needs))
    at, entry = join(asked_code, code)
    whole = np.bincount(at, needs.amount[entry], minlength=len(asked))
    soft = np.flatnonzero(needs.unmet[entry] >= 0)
    draft.add(rows[at[soft]], needs.unmet[entry[soft]], (asked.paths / whole)[at[soft]])
