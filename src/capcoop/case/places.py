"""Where things may be, told from the tables alone: lines and processes at sites, channels in directions, options in periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import Case

Mask = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]
TOLERANCE = 1e-9


@dataclass(frozen=True)
class LineCapacity:
    """Every line at a site: codes, dense map (line, site) -> position (-1: cannot exist), stock by position and period."""

    line: Codes
    site: Codes
    position: np.ndarray
    stock: Values


def line_capacity(case: Case) -> LineCapacity:
    """Return where lines may stand: where stock, an option or a package names them."""
    lines, sites = case.size("lines"), case.size("sites")
    stock = case["stock"]
    place, named = stock.cascade.expand({}, 1, ("site", "line"))
    del place
    exists = np.zeros((lines, sites), bool)
    exists[named["line"], named["site"]] = True
    for table in ("options", "packages"):
        line, site = case[table].codes("line"), case[table].codes("site")
        held = (line >= 0) & (site >= 0)
        exists[line[held], site[held]] = True
    line, site = np.nonzero(exists)
    position = np.full((lines, sites), -1)
    position[line, site] = np.arange(len(line))
    periods = case.size("periods")
    targets = {"site": np.repeat(site, periods), "line": np.repeat(line, periods), "period": np.tile(np.arange(periods), len(site))}
    capacity = stock.lookup("capacity", **targets) if len(stock) else np.full(len(site) * periods, np.nan)
    return LineCapacity(line, site, position, np.nan_to_num(capacity).reshape(len(line), periods))


def line_uses(case: Case) -> tuple[Codes, Codes, Values]:
    """Return process, line and use of every line that a process uses."""
    processes, more = case["processes"], case["process_lines"]
    own = processes.codes("line")
    held = np.flatnonzero(own >= 0)
    process = np.concatenate([held, more.codes("process")])
    line = np.concatenate([own[held], more.codes("line")])
    return process, line, np.concatenate([processes.numbers("use")[held], more.numbers("use")])


def process_places(case: Case, capacity: LineCapacity) -> tuple[Codes, Codes]:
    """Return the pairs (process, site) where every line may stand, the placements allow it and a recipe is written."""
    shape = (case.size("processes"), case.size("sites"))
    allowed = np.ones(shape, bool)
    process, line, _ = line_uses(case)
    np.logical_and.at(allowed, process, capacity.position[line] >= 0)
    placed = rows_at(case, "placements")
    named = np.unique(case["placements"].codes("process"))
    allowed[named] &= placed[named]
    return np.nonzero(allowed & rows_at(case, "recipes"))  # type: ignore[return-value]


def rows_at(case: Case, table: str) -> Mask:
    """Return whether a row of placements or recipes names the process at the site, or at every site."""
    out = np.zeros((case.size("processes"), case.size("sites")), bool)
    process, site = case[table].codes("process"), case[table].codes("site")
    out[process[site < 0]] = True
    out[process[site >= 0], site[site >= 0]] = True
    return out


def directions(case: Case) -> dict[str, Codes]:
    """Return channel, sending and receiving site and mode of every direction of every channel."""
    channels = case["channels"]
    both = np.flatnonzero(channels.flags("both_ways"))
    channel = np.concatenate([np.arange(len(channels)), both])
    start, end = channels.codes("from"), channels.codes("to")
    ends = {"from": np.concatenate([start, end[both]]), "to": np.concatenate([end, start[both]])}
    return {"channel": channel, **ends, "mode": case.mode[channel]}


def standing_periods(case: Case) -> Mask:
    """Return whether what is decided stands, by option, decision period and period."""
    options, times = case["options"], case.times
    lead, life = options.numbers("lead_years"), options.numbers("life")
    opening = times.start[None, :] + lead[:, None]
    now = times.start[None, None, :]
    stands = (now >= opening[:, :, None] - TOLERANCE) & (now < (opening + life[:, None])[:, :, None] - TOLERANCE)
    period = np.arange(case.size("periods"))
    first, last = options.codes("first"), options.codes("last")
    offered = (period >= np.where(first < 0, 0, first)[:, None]) & (period <= np.where(last < 0, len(period), last)[:, None])
    return stands & offered[:, :, None]
