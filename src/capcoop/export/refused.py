"""What PyPSA's network cannot hold, told all at once, so that nothing of a case is silently left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from capcoop.case.cascade import Codes, pick
from capcoop.case.case import Case
from capcoop.case.grid import is_ac, is_candidate, permits
from capcoop.case.places import standing_periods
from capcoop.model.build import Model
from capcoop.model.lines import line_shares

SHOWN = 6


def refusals(model: Model) -> list[str]:
    """Return a sentence for each kind of thing in a case that PyPSA cannot express; none where it can be exported."""
    rules: tuple[Callable[[Model], Iterator[str]], ...] = (_tables, _time, _options, _lines, _placements, _goods, _grids, _extensions)
    return [sentence for rule in rules for sentence in rule(model)]


def _named(case: Case, table: str, codes: Codes | np.ndarray) -> str:
    """Return the names of some members of a table, the first few of many."""
    names = [case.names[table][int(code)] for code in (np.flatnonzero(codes) if codes.dtype == bool else np.unique(codes))]
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _tables(model: Model) -> Iterator[str]:
    case = model.case
    for table, what in (
        ("limits", "rules of one's own over several components"),
        ("packages", "one decision that changes several capacities"),
        ("option_points", "size curves"),
    ):
        if len(case[table]):
            column = {"limits": "limits"}.get(table, "options")
            codes = case[table].codes("limit" if table == "limits" else "option")
            yield f"{table}.csv ({_named(case, column, codes)}): PyPSA has no {what}"


def _time(model: Model) -> Iterator[str]:
    times = model.case.times
    if len(times.start) > 1 and (times.start != np.round(times.start)).any():
        yield "periods.csv: PyPSA's investment periods begin with whole years"


def _options(model: Model) -> Iterator[str]:
    case, options = model.case, model.case["options"]
    own = np.isnan(options.stated("unit_size"))
    sized = (
        case.counted
        & own
        & ~np.isin(np.arange(len(options)), np.r_[case["packages"].codes("option"), case["option_points"].codes("option")])
    )
    if sized.any():
        yield f"options.csv ({_named(case, 'options', sized)}): PyPSA has no builds of a size between bounds, and no fixed cost of a build"
    offered = standing_periods(case).any(axis=2)
    several = offered.sum(axis=1) > 1
    bounded = np.isfinite(options.stated("maximum_total")) | np.isfinite(options.stated("maximum_builds"))
    bounded |= np.nan_to_num(options.stated("minimum_builds")) > 0
    if (several & bounded).any():
        names = _named(case, "options", several & bounded)
        yield f"options.csv ({names}): PyPSA has no bound on what is built over several periods; give first and last the same period"
    weighted = np.where(standing_periods(case), case.times.weight, 0.0).sum(axis=2)
    unpaid = np.asarray((offered & (weighted <= 0)).any(axis=1))
    if unpaid.any():
        yield f"options.csv ({_named(case, 'options', unpaid)}): PyPSA pays for nothing in periods of weight 0"


def _lines(model: Model) -> Iterator[str]:
    """Over several slices a yearly share bounds energy, which PyPSA knows only of generators of fixed size."""
    case, capacity = model.case, model.parts.capacity
    flat = case["processes"].choice("profile", "flat")
    if case.size("slices") > 1:
        own = np.unique(model.parts.activities.pair_process)
        if flat[own].any():
            yield f"processes.csv ({_named(case, 'processes', own[flat[own]])}): PyPSA has no process that runs evenly over the slices"
        annual = np.flatnonzero(~np.isnan(line_shares(case, capacity).annual).all(axis=1))
        both = np.intersect1d(annual, model.parts.new.line_position)
        if len(both):
            names = _named(case, "lines", capacity.line[both])
            yield f"lines.csv ({names}): PyPSA bounds the yearly energy of what exists, not of what is to be built (annual_availability)"


def _placements(model: Model) -> Iterator[str]:
    table = model.case["placements"]
    bounded = (table.stated("minimum") > 0) | np.isfinite(table.stated("maximum"))
    if bounded.any():
        names = _named(model.case, "processes", table.codes("process")[bounded])
        yield f"placements.csv ({names}): PyPSA has no least or most yearly activity of a link"


def _goods(model: Model) -> Iterator[str]:
    """Tell goods that load a channel evenly over the year; in PyPSA they would move in any slice."""
    case, flows = model.case, model.parts.flows
    bounded = np.isfinite(case["channels"].stated("capacity"))
    even = np.flatnonzero(~flows.pair_sliced & bounded[flows.pair_channel] & (flows.pair_use > 0))
    if len(even) and case.size("slices") > 1:
        names = _named(case, "products", flows.pair_product[even])
        yield f"products.csv ({names}): balanced over the year, they load a channel evenly over the slices, which PyPSA cannot; say sliced"


def _grids(model: Model) -> Iterator[str]:
    case, channels = model.case, model.case["channels"]
    ac, flows = is_ac(case), model.parts.flows
    lossy = ac & (channels.numbers("loss") > 0)
    if lossy.any():
        yield f"channels.csv ({_named(case, 'channels', lossy)}): PyPSA's lines have no share lost on the way"
    paid = flows.pair_channel[ac[flows.pair_channel] & (flows.pair_cost != 0)]
    if len(paid):
        yield f"freight.csv ({_named(case, 'channels', paid)}): PyPSA's lines carry free of charge"
    allowed = permits(case)
    least, most = np.full(len(channels), np.inf), np.full(len(channels), -np.inf)
    np.minimum.at(least, allowed.channel, allowed.use)
    np.maximum.at(most, allowed.channel, allowed.use)
    if (most > least).any():
        yield f"freight.csv ({_named(case, 'channels', most > least)}): PyPSA's lines have one capacity for both directions (use)"
    candidates = is_candidate(case) & np.isin(np.arange(len(channels)), model.case["options"].codes("channel"))
    if candidates.any():
        yield f"channels.csv ({_named(case, 'channels', candidates)}): PyPSA holds the voltage law even for lines that are not built"


def _extensions(model: Model) -> Iterator[str]:
    """Tell options on lines: a line of PyPSA has one size for the whole horizon, and its modules are counted from nothing."""
    case, options = model.case, model.case["options"]
    channel = options.codes("channel")
    mine = (channel >= 0) & pick(is_ac(case) & ~is_candidate(case), channel, missing=False).astype(bool)
    stands = standing_periods(case)
    always = np.asarray((stands.any(axis=2).sum(axis=1) == 1) & np.asarray(stands.all(axis=2)).any(axis=1))
    twice = np.bincount(channel[mine], minlength=max(case.size("channels"), 1))[channel] > 1
    changing = np.asarray(mine & (~always | twice))
    if changing.any():
        names = _named(case, "options", changing)
        yield f"options.csv ({names}): a line of PyPSA has one size in all periods, from one option that is decided in the first"
    whole = mine & case.counted
    if whole.any():
        yield f"options.csv ({_named(case, 'options', whole)}): PyPSA counts modules of a whole line, not of what is added to it"
