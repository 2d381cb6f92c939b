"""What runs and flows: permission, bounds, and the capacity of lines and channels in every slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, join
from capcoop.case.case import Case
from capcoop.plan.verify.building import Places
from capcoop.plan.verify.findings import Findings, Mask
from capcoop.plan.verify.listing import Listing, spread, summed
from capcoop.schema import DAYS


@dataclass(frozen=True)
class Uses:
    """Capacity of each line that a unit of each process uses up."""

    process: Codes
    line: Codes
    use: Values


def line_uses(case: Case) -> Uses:
    """Return the own line of each process and its further lines; a row for the own line replaces its use."""
    processes, more = case["processes"], case["process_lines"]
    own = processes.codes("line")
    replaced = np.isin(
        np.arange(len(own)) * (case.size("lines") + 1) + own, more.codes("process") * (case.size("lines") + 1) + more.codes("line")
    )
    kept = np.flatnonzero((own >= 0) & ~replaced)
    return Uses(
        np.concatenate([kept, more.codes("process")]),
        np.concatenate([own[kept], more.codes("line")]),
        np.concatenate([processes.numbers("use")[kept], more.numbers("use")]),
    )


def _named_sites(case: Case, table: str) -> Mask:
    """Return by process and site whether a row of the table names it, or all sites."""
    rows = case[table]
    process, site = rows.codes("process"), rows.codes("site")
    found = np.zeros((case.size("processes"), case.size("sites")), bool)
    found[process[site < 0]] = True
    found[process[site >= 0], site[site >= 0]] = True
    return found


def may_run(case: Case, places: Places, uses: Uses) -> Mask:
    """Return (process, site) -> may it run there: every line may stand there, placements and a recipe name it."""
    missing = np.zeros((case.size("processes"), case.size("sites")), np.int64)
    np.add.at(missing, uses.process, places.place[uses.line] < 0)
    placed = _named_sites(case, "placements")
    placed[~np.isin(np.arange(len(placed)), case["placements"].codes("process"))] = True
    return np.asarray((missing == 0) & placed & _named_sites(case, "recipes"))


def check_activity(findings: Findings, listing: Listing, allowed: Mask) -> None:
    """Check where processes run, and the bounds of their placements."""
    case, amounts = findings.case, listing.figures["activity"]
    process, site, period = listing.at("process", "site", "period")
    where = {"process": process, "site": site, "period": period}
    check_slices(findings, listing, case)
    findings.at_most(-amounts, 0.0, np.abs(amounts), "{process} at {site} runs backwards in {period}", **where)
    findings.never((amounts != 0) & ~allowed[process, site], "{process} may not run at {site}, but does in {period}", **where)
    periods = case.size("periods")
    yearly = summed((*allowed.shape, periods), (process, site, period), amounts)
    place = np.nonzero(allowed)
    targets = {
        "process": np.repeat(place[0], periods),
        "site": np.repeat(place[1], periods),
        "period": np.tile(np.arange(periods), len(place[0])),
    }
    low, high = (case["placements"].lookup(column, **targets) for column in ("minimum", "maximum"))
    runs = yearly[place].ravel()
    findings.at_most(np.nan_to_num(low), runs, np.nan_to_num(low), "{process} at {site} runs less than its minimum in {period}", **targets)
    findings.at_most(
        runs, np.where(np.isnan(high), np.inf, high), runs, "{process} at {site} runs more than its maximum in {period}", **targets
    )


def check_slices(findings: Findings, listing: Listing, case: Case) -> None:
    """Require that flat processes name no slice and free ones do."""
    if case.size("slices") > 1:
        process, site, period, part = listing.at("process", "site", "period", "slice")
        wrong = case["processes"].choice("profile", "flat")[process] != (part < 0)
        sentence = "{process} at {site} in {period} {slice} must name a slice if it is free, and none if it is flat"
        findings.never(wrong, sentence, process=process, site=site, period=period, slice=part)


def line_loads(case: Case, activity: Listing, places: Places, uses: Uses) -> Values:
    """Return the capacity used by place of lines, period and slice."""
    row, part, factor = spread(activity.codes["slice"], case.times.share)
    entry, use = join(activity.codes["process"][row], uses.process)
    row, part = row[entry], part[entry]
    load = uses.use[use] * activity.figures["activity"][row] * factor[entry]
    place = places.place[uses.line[use], activity.codes["site"][row]]
    held = place >= 0
    shape = (places.lines, case.size("periods"), case.size("slices"))
    return summed(shape, (place[held], activity.codes["period"][row][held], part[held]), load[held])


def spans(case: Case, table: str, codes: Codes) -> Values:
    """Return what a unit of capacity gives in each slice: hours if it is counted by hour, else the share of the year."""
    return np.where(case[table].choice("per", "hour")[codes][:, None], case.times.hours, case.times.share)


def check_lines(findings: Findings, places: Places, loads: Values, standing: Values, scale: Values) -> None:
    """Check capacity and minimum use in every slice, and availability over the year."""
    case, count = findings.case, places.lines
    table, lines, shape = case["availability"], case["lines"], loads.shape
    line, site = places.line[:, None, None], places.site[:, None, None]
    period, part = np.arange(shape[1])[None, :, None], np.arange(shape[2])[None, None, :]
    targets = {
        key: np.broadcast_to(codes, shape).ravel() for key, codes in (("line", line), ("site", site), ("period", period), ("slice", part))
    }
    span = spans(case, "lines", places.line)[:, None, :]
    full, magnitude = standing[:count, :, None] * span, scale[:count, :, None] * span

    def stated(column: str, parent: str, asked: dict[str, Codes]) -> Values:
        own = table.lookup(column, **asked)
        return np.where(np.isnan(own), lines.numbers(parent)[asked["line"]], own)

    share = stated("share", "availability", targets).reshape(shape)
    least = stated("minimum_use", "minimum_use", targets).reshape(shape)
    where = {"line": line, "site": site, "period": period, "slice": part}
    size = np.maximum(loads, magnitude)
    findings.at_most(loads, share * full, size, "{line} at {site} in {period} {slice} runs beyond its capacity", **where)
    findings.at_most(
        np.where(least > 0, least * full, -np.inf), loads, size, "{line} at {site} in {period} {slice} runs below its minimum use", **where
    )
    yearly = {key: np.broadcast_to(codes[..., 0], shape[:2]).ravel() for key, codes in (("line", line), ("site", site), ("period", period))}
    annual = stated("annual_share", "annual_availability", {**yearly, "slice": np.full(len(yearly["line"]), -1)}).reshape(shape[:2])
    with np.errstate(invalid="ignore"):
        most = np.where(np.isnan(annual), np.inf, annual * full.sum(axis=2))
    sentence = "{line} at {site} in {period} runs beyond its availability over the year"
    findings.at_most(loads.sum(axis=2), most, size.sum(axis=2), sentence, line=line[..., 0], site=site[..., 0], period=period[..., 0])


def check_standing(findings: Findings, places: Places, new: Values, scale: Values, listing: Listing) -> None:
    """Check that no capacity falls below zero, and the plan's table of capacity."""
    count, shape = places.lines, new.shape
    channels = np.arange(shape[0] - count)
    none = np.full(shape[0], -1)
    line, site, channel = none.copy(), none.copy(), none.copy()
    line[:count], site[:count], channel[count:] = places.line, places.site, channels
    where = {"line": line[:, None], "site": site[:, None], "channel": channel[:, None], "period": np.arange(shape[1])[None, :]}
    existing = np.where(np.isinf(places.existing), 0.0, places.existing)
    bounded = np.isfinite(places.existing)
    size = existing + scale
    findings.at_most(
        -(existing + new),
        np.where(bounded, 0.0, np.inf),
        size,
        "More of {line} {channel} {site} is taken away in {period} than stands",
        **where,
    )
    place = np.where(listing.codes["channel"] >= 0, count + listing.codes["channel"], -1)
    own = (listing.codes["line"] >= 0) & (listing.codes["site"] >= 0)
    place[own] = places.place[listing.codes["line"][own], listing.codes["site"][own]]
    keys = {key: listing.codes[key] for key in ("line", "site", "channel", "period")}
    findings.never(place < 0, "No capacity of {line} {channel} can stand at {site} in {period}", **keys)
    held = place >= 0
    for column, expected in (("existing", existing), ("new", new), ("standing", existing + new)):
        stated = summed(shape, (place[held], listing.codes["period"][held]), listing.figures[column][held])
        findings.equal(
            stated,
            expected,
            size,
            f"The plan states the {column} capacity of {{line}} {{channel}} at {{site}} in {{period}} wrongly",
            **where,
        )


@dataclass(frozen=True)
class Freight:
    """Freight, cost of the time in transit and channel capacity of a unit of each flow."""

    cost: Values
    transit: Values
    use: Values


def freight_of(findings: Findings, listing: Listing) -> Freight:
    """Check directions and permission of flows, what arrives and what is paid; return their unit costs and uses."""
    case, channels, table = findings.case, findings.case["channels"], findings.case["freight"]
    channel, sender, receiver, product, period = listing.at("channel", "from", "to", "product", "period")
    start, end = channels.codes("from")[channel], channels.codes("to")[channel]
    onward = (sender == start) & (receiver == end)
    back = (sender == end) & (receiver == start) & channels.flags("both_ways")[channel]
    where = {"channel": channel, "from": sender, "to": receiver, "product": product, "period": period}
    targets = {"channel": channel, "from": sender, "to": receiver, "mode": case.mode[channel], "product": product}
    sent = listing.figures["sent"]
    findings.never(~(onward | back), "{channel} does not lead from {from} to {to} ({product} in {period})", **where)
    findings.never(
        ~table.cascade.matched(targets, len(listing)), "{product} may not use {channel} from {from} to {to}, but does in {period}", **where
    )
    findings.at_most(-sent, 0.0, np.abs(sent), "The flow of {product} on {channel} from {from} in {period} is negative", **where)
    cost = table.lookup("factor", **targets) * channels.numbers("cost")[channel] + table.lookup("cost", **targets)
    cost += table.lookup("cost_per_distance", **targets) * channels.numbers("distance")[channel]
    arrived = sent * (1.0 - channels.numbers("loss")[channel])
    findings.equal(
        listing.figures["arrived"], arrived, sent, "What arrives of {product} from {from} by {channel} in {period} is wrong", **where
    )
    findings.equal(
        listing.figures["freight"],
        sent * cost,
        np.abs(sent * cost),
        "The freight of {product} from {from} by {channel} in {period} is wrong",
        **where,
    )
    years = channels.numbers("days")[channel] / DAYS
    worth = case["products"].numbers("value")[product]
    transit = np.where(np.isnan(worth), 0.0, worth * years) * max(0.0, case.settings.discount_rate)
    return Freight(cost, transit, table.lookup("use", **targets))


def check_channels(findings: Findings, listing: Listing, freight: Freight, capacity: Values, scale: Values) -> None:
    """Check that all flows of a channel fit its capacity in every slice. `capacity` by channel and period."""
    case = findings.case
    row, part, factor = spread(listing.codes["slice"], case.times.share)
    shape = (*capacity.shape, case.size("slices"))
    load = (listing.figures["sent"] * freight.use)[row] * factor
    loads = summed(shape, (listing.codes["channel"][row], listing.codes["period"][row], part), load)
    channel = np.arange(shape[0])
    span = spans(case, "channels", channel)[:, None, :]
    with np.errstate(invalid="ignore"):
        most = np.where(np.isinf(capacity)[:, :, None], np.inf, capacity[:, :, None] * span)
    where = {"channel": channel[:, None, None], "period": np.arange(shape[1])[None, :, None], "slice": np.arange(shape[2])[None, None, :]}
    findings.at_most(
        loads,
        most,
        np.maximum(loads, scale[:, :, None] * span),
        "What {channel} carries in {period} {slice} is beyond its capacity",
        **where,
    )
