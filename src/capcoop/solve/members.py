"""What a user stated, side by side: every bound of the program that a cell of a table set, and the cell it came from.

A member is one side of a row or a column: a need, a limit, a capacity, a bound on builds. What follows from the nature of
things (what is sent arrives, nothing is negative, a size fits its build) is no member: it always holds. Whole builds of an
option are a member too, although they bound nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from capcoop.case.cascade import Codes, Values, pick
from capcoop.case.case import DIMENSIONS, Case
from capcoop.model.build import Model
from capcoop.model.limits import rules_of
from capcoop.model.lines import line_shares, spans
from capcoop.model.names import sentences
from capcoop.model.program import Block
from capcoop.schema import HORIZON, TABLES

Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
FLAGS = ("disposal", "whole", "after")


@dataclass(frozen=True)
class Kind:
    """One kind of member.

    block, side : the block of which it bounds the lower or upper side. table, column : where the user states it.
    subject : the figure in words, with attributes. measure : whose unit the figure has. exact : does the figure hold both ways?
    """

    block: str
    side: Literal["lower", "upper"]
    table: str
    column: str
    subject: str
    measure: str
    exact: bool = False

    @property
    def upper(self) -> bool:
        """Whether it bounds the upper side."""
        return self.side == "upper"

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns of the row that states it."""
        return TABLES[self.table].keys

    @property
    def flag(self) -> bool:
        """Whether it is stated by yes or no, or by a name, so that it has no figure."""
        return self.column in FLAGS

    @property
    def rises(self) -> bool:
        """Whether relaxing it raises the figure."""
        return self.upper or self.block == "standing"

    @property
    def floored(self) -> bool:
        """Whether nothing remains of it when it is dropped: a bound of zero (else none)."""
        return not self.upper and self.table in {"needs", "placements", "options", "option_periods"}

    @property
    def word(self) -> str:
        """How the figure holds."""
        if self.table in {"needs", "stock", "channels"}:
            return ""
        return "exactly" if self.exact else "at most" if self.upper else "at least"


def _pair(block: str, table: str, column: str, subject: str, measure: str) -> tuple[Kind, Kind]:
    """Return the kinds of a least and a most figure."""
    least, most = (f"{word}_{column}".rstrip("_") for word in ("minimum", "maximum"))
    few = "fewest" if column == "builds" else "least"
    return (
        Kind(block, "lower", table, least, f"{few} {subject}", measure),
        Kind(block, "upper", table, most, f"most {subject}", measure),
    )


def _trade(block: str, name: str) -> Kind:
    """Return the kind of the limit on a purchase or a sale."""
    return Kind(block, "upper", f"{name}s", "limit", f"limit on {name} {{{name}}} of {{product}} at {{site}} in {{period}}", "product")


STANDS = "in {period} that can be taken away"
ROWS = (
    Kind("balance", "lower", "needs", "quantity", "need of {product} at {site} in {period} {slice}", "product"),
    Kind("balance", "upper", "products", "disposal", "surplus of {product} at {site} in {period} {slice}", "product"),
    _trade("purchase limit", "purchase"),
    _trade("sale limit", "sale"),
    *_pair("activity bounds", "placements", "", "activity of {process} at {site} in {period}", "activity"),
    Kind("capacity", "upper", "stock", "capacity", "capacity of {line} at {site} in {period} {slice}", "line"),
    Kind("annual availability", "upper", "stock", "capacity", "capacity over the year of {line} at {site} in {period}", "line"),
    Kind("minimum use", "lower", "availability", "minimum_use", "minimum use of {line} at {site} in {period} {slice}", "share"),
    Kind("channel capacity", "upper", "channels", "capacity", "capacity of channel {channel} in {period} {slice}", "channel"),
    *_pair("builds of a period", "option_periods", "builds", "builds of {option} decided in {period}", "builds"),
    *_pair("builds of the horizon", "options", "builds", "builds of {option} over the horizon", "builds"),
    *_pair("new capacity of a period", "option_periods", "new", "new capacity of {option} decided in {period}", "option"),
    Kind("new capacity of the horizon", "upper", "options", "maximum_total", "most new capacity of {option} over the horizon", "option"),
    Kind("order", "upper", "options", "after", "order of {option} and {after} in {period}", "builds"),
    Kind("standing", "lower", "stock", "capacity", f"capacity of {{line}} at {{site}} {STANDS}", "line"),
    Kind("standing", "lower", "channels", "capacity", f"capacity of channel {{channel}} {STANDS}", "channel"),
)
COLUMNS = (
    _trade("purchase", "purchase"),
    _trade("sale", "sale"),
    *_pair("activity", "placements", "", "activity of {process} at {site} in {period}", "activity"),
    *_pair("builds", "option_periods", "builds", "builds of {option} decided in {period}", "builds"),
    *_pair("sizes", "option_periods", "new", "new capacity of {option} decided in {period}", "option"),
    Kind("sizes", "upper", "options", "maximum_size", "most new capacity of {option} decided in {period}", "option"),
)
WHOLE = Kind("builds", "lower", "options", "whole", "size of {option}", "")


@dataclass(frozen=True)
class Members:
    """Every member: its kind, its place in its block, and the row or column it bounds.

    bound : the side as the program has it; free : the side when the member is dropped.
    figure : what the user's cell says (NaN: yes or no). factor : how far the bound moves when the figure moves by one.
    cell : the number of the user's cell; members that share a cell can only be changed together.
    source : the row of the table that states the figure (-1: none, or several). A row may speak for many places; cells
        are those of single places, or with `by_row` those of the rows as they are.
    """

    case: Case
    kinds: tuple[Kind, ...]
    kind: Codes
    place: Codes
    position: Codes
    row: Mask
    upper: Mask
    whole: Mask
    bound: Values
    free: Values
    figure: Values
    factor: Values
    cell: Codes
    source: Codes
    blocks: Mapping[tuple[str, bool], Block] = field(repr=False)
    by_row: bool = False

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.kind)

    def block(self, member: int) -> Block:
        """Return the block that a member bounds."""
        return self.blocks[self.kinds[self.kind[member]].block, bool(self.row[member])]

    def subject(self, member: int) -> str:
        """Return the figure of a member in words."""
        template = self.kinds[self.kind[member]].subject
        block = self.block(member)
        if template.startswith("limit {limit}") and block.index["period"][self.place[member]] < 0:
            template = template.replace("in {period}", "over the horizon")
        return told(self.case, template, block.index, self.place[member : member + 1])[0]

    def stated(self) -> Members:
        """Return the members with the rows that state them as their cells, where one row does."""
        figure, factor = self.figure.copy(), self.factor.copy()
        for number, kind in enumerate(self.kinds):
            mine = np.flatnonzero((self.kind == number) & (self.source >= 0))
            if len(mine) and not kind.flag and kind.table not in {"stock", "channels", "availability"}:
                figure[mine] = self.case[kind.table].stated(kind.column)[self.source[mine]]
                factor[mine] *= self.bound[mine] / figure[mine] if kind.table == "needs" else 1.0
        place = np.array([list(TABLES).index(kind.table) * 2 + kind.rises for kind in self.kinds])[self.kind]
        column = np.array([[column.name for column in TABLES[kind.table]].index(kind.column) for kind in self.kinds])[self.kind]
        known = self.source >= 0
        rows = np.stack([known, np.where(known, place, 0), np.where(known, column, 0), np.where(known, self.source, self.cell)], axis=1)
        return replace(self, figure=figure, factor=factor, cell=np.unique(rows, axis=0, return_inverse=True)[1].ravel(), by_row=True)

    def key(self, member: int) -> dict[str, str]:
        """Return the key of the user's row, blank for all."""
        kind, index, place = self.kinds[self.kind[member]], self.block(member).index, self.place[member]
        if self.by_row and self.source[member] >= 0:
            row = self.case.frames[kind.table].row(int(self.source[member]), named=True)
            return {name: row[name] or "" for name in kind.keys}
        out = {}
        for name in kind.keys:
            names = self.case.names[DIMENSIONS[name]]
            implied = name in {"period", "slice"} and not len(self.case[f"{name}s"])
            code = -1 if implied or name not in index else int(index[name][place])
            out[name] = names[code] if code >= 0 else ""
            if kind.table == "limits" and name == "period" and index[name][place] < 0:
                out[name] = HORIZON
        return out


def told(case: Case, template: str, index: Mapping[str, Codes], places: Codes) -> list[str]:
    """Fill a phrase for some members of a block; a case without periods names none."""
    if not len(case["periods"]):
        template = template.replace(" decided in {period}", "").replace(" in {period}", "")
    return [text.rstrip(".").rstrip() for text in sentences(case, template + ".", index, places).to_list()]


@dataclass(frozen=True)
class _Part:
    """Members of one kind, on their way into `Members`."""

    kind: Kind
    place: Codes
    bound: Values
    figure: Values
    factor: Values
    row: bool


def members_of(model: Model) -> Members:
    """Return every member of a model."""
    program, case = model.program, model.case
    parts = [*_row_parts(model), *_limit_parts(model), *_column_parts(model)]
    first = _first_whole_builds(model)
    nothing = np.full(len(first), np.nan)
    parts.append(_Part(WHOLE, first, nothing, nothing, np.zeros(len(first)), row=False))
    blocks = {(name, True): block for name, block in program.row_blocks.items()}
    blocks |= {(name, False): block for name, block in program.column_blocks.items()}
    sizes = [len(part.place) for part in parts]
    kinds = tuple(part.kind for part in parts)

    def spread(values: list[float] | list[bool] | list[int]) -> np.ndarray:
        return np.repeat(np.array(values), sizes)

    start = [blocks[part.kind.block, part.row].start for part in parts]
    place = np.concatenate([part.place for part in parts])
    free = spread([(np.inf if kind.upper else 0.0 if kind.floored else -np.inf) for kind in kinds])
    return Members(
        case,
        kinds,
        spread(list(range(len(parts)))),
        place,
        place + spread(start),
        spread([part.row for part in parts]),
        spread([kind.upper for kind in kinds]),
        spread([kind is WHOLE for kind in kinds]),
        np.concatenate([part.bound for part in parts]),
        free,
        np.concatenate([part.figure for part in parts]),
        np.concatenate([part.factor for part in parts]),
        _cells(parts, blocks),
        np.concatenate([_sources(case, part, blocks[part.kind.block, part.row].index) for part in parts]),
        blocks,
    )


def _first_whole_builds(model: Model) -> Codes:
    """Return the first count of builds of each option that is built in whole numbers."""
    decisions = model.parts.decisions
    counts = np.flatnonzero(model.program.whole[decisions.build_column])
    return counts[np.unique(decisions.build_option[counts], return_index=True)[1]]


def _cells(parts: list[_Part], blocks: Mapping[tuple[str, bool], Block]) -> Codes:
    """Return one number for each cell and direction in which it gives way; a yes or no has one for each member, a name does not."""
    places = sorted({(part.kind.table, part.kind.column) for part in parts})
    codes = []
    for part in parts:
        index = blocks[part.kind.block, part.row].index
        direction = np.full(len(part.place), int(part.kind.rises))
        columns = [np.full(len(part.place), places.index((part.kind.table, part.kind.column))), direction]
        absent = np.full(len(part.place), -1)
        columns += [np.asarray(index[name][part.place]) if name in index else absent for name in part.kind.keys]
        if part.kind.flag and part.kind.column != "after":
            columns.append(part.place)
        wide = np.full((len(part.place), 7), -1)
        wide[:, : len(columns)] = np.stack(columns, axis=1) if len(part.place) else wide[:, : len(columns)]
        codes.append(wide)
    return np.unique(np.concatenate(codes), axis=0, return_inverse=True)[1].ravel()


def _sources(case: Case, part: _Part, index: Mapping[str, Codes]) -> Codes:
    """Return the row that states the figure of each member (-1: none, or a row for each part of the year)."""
    kind, count = part.kind, len(part.place)
    rows = case[kind.table]
    if kind.table == "limits" or not count or not len(rows):
        return _limit_sources(case, part, index) if kind.table == "limits" else np.full(count, -1)
    targets = {name: np.asarray(index[name][part.place]) if name in index else np.full(count, -1) for name in kind.keys}
    if kind.flag:
        return targets[kind.keys[0]]
    slices = case.size("slices")
    yearly = kind.table == "needs" and slices > 1
    parts = np.arange(slices) if yearly else np.zeros(1, np.int64)
    if yearly:
        given = targets["slice"]
        targets = {name: np.repeat(codes, slices) for name, codes in targets.items()}
        targets["slice"] = np.where(np.repeat(given, slices) < 0, np.tile(parts, count), np.repeat(given, slices))
    elif "slice" in targets:
        targets["slice"] = np.maximum(targets["slice"], 0)
    found = np.full(count * len(parts), -1)
    stated = ~np.isnan(rows.stated(kind.column))
    for hit in rows.cascade.rows(targets, len(found)):
        found = np.where((found < 0) & (hit >= 0) & stated[hit], hit, found)
    table = found.reshape(count, len(parts))
    return np.where((table == table[:, :1]).all(axis=1), table[:, 0], -1)


def _limit_sources(case: Case, part: _Part, index: Mapping[str, Codes]) -> Codes:
    """Return the row of each limit: that of its period, or else the one for every period."""
    limit, period = np.asarray(index["limit"][part.place]), np.asarray(index["period"][part.place])
    rows, count = case["limits"], case.size("periods")
    valued = np.flatnonzero(~np.isnan(rows.stated("value")))
    horizon = case.frames["limits"].get_column("period").fill_null("").eq(HORIZON).to_numpy()
    own = np.where(horizon, count, rows.codes("period"))
    at = np.full((case.size("limits"), count + 2), -1)
    at[rows.codes("limit")[valued], own[valued]] = valued
    exact = at[limit, np.where(period < 0, count, period)]
    return np.where((exact < 0) & (period >= 0), at[limit, -1], exact)


def _row_parts(model: Model) -> Iterator[_Part]:
    program = model.program
    for kind in ROWS:
        block = program.row_blocks.get(kind.block)
        if block is None:
            continue
        side = (program.row_upper if kind.upper else program.row_lower)[block.start : block.start + block.size]
        held = np.isfinite(side)
        if kind.floored:
            held &= side > 0
        if kind.block == "builds of a period" and kind.upper:
            held &= side != 1.0  # one segment of a size curve a period
        if kind.block == "standing":
            held &= (block.index["channel"] >= 0) == (kind.table == "channels")
        place = np.flatnonzero(held)
        figure, factor = _figures(model, kind, block, place, side[place])
        yield _Part(kind, place, side[place], figure, factor, row=True)


def _figures(model: Model, kind: Kind, block: Block, place: Codes, side: Values) -> tuple[Values, Values]:
    """Return the figure in the user's cell, and how far the side moves with it."""
    case, ones = model.case, np.ones(len(place))
    index = {name: np.asarray(codes[place]) for name, codes in block.index.items()}
    if kind.flag:
        return np.full(len(place), np.nan), ones
    if kind.table == "channels":
        scale = ones if kind.block == "standing" else spans(case, "channels", index["channel"])[np.arange(len(place)), index["slice"]]
        return case["channels"].stated("capacity")[index["channel"]], scale
    if kind.table not in {"stock", "availability"}:
        return side, ones
    return _line_figures(model, kind, index)


def _line_figures(model: Model, kind: Kind, index: Mapping[str, Codes]) -> tuple[Values, Values]:
    """Return the stock (or the minimum use) behind rows of lines, and how far their sides move with it."""
    case, capacity = model.case, model.parts.capacity
    at, period = capacity.position[index["line"], index["site"]], index["period"]
    stock = capacity.stock[at, period]
    if kind.block == "standing":
        return stock, np.ones(len(at))
    shares, span = line_shares(case, capacity), spans(case, "lines", index["line"])
    if kind.block == "annual availability":
        return stock, shares.annual[at, period] * span.sum(axis=1)
    hours = span[np.arange(len(at)), index["slice"]]
    if kind.block == "minimum use":
        return shares.minimum[at, period, index["slice"]], hours * stock
    return stock, shares.share[at, period, index["slice"]] * hours


def _limit_parts(model: Model) -> Iterator[_Part]:
    program = model.program
    blocks = [block for name, block in program.row_blocks.items() if name == "limit" or name.startswith("limit ")]
    if not blocks:
        return
    rules = rules_of(model.case)
    for block in blocks:
        rows = slice(block.start, block.start + block.size)
        lower, upper = program.row_lower[rows], program.row_upper[rows]
        value = rules.value[rules.at[block.index["limit"], block.index["period"]]]
        more = "".join(f" {{{name}}}" for name in block.index if name not in {"limit", "period"})
        for end, side in _sides(lower, upper):
            for exact in (False, True):
                place = np.flatnonzero(np.isfinite(side) & ((lower == upper) == exact))
                kind = Kind(block.name, end, "limits", "value", "limit {limit} in {period}" + more, "", exact)
                yield _Part(kind, place, side[place], value[place], np.ones(len(place)), row=True)


def _sides(lower: Values, upper: Values) -> tuple[tuple[Literal["lower", "upper"], Values], ...]:
    return ("lower", lower), ("upper", upper)


def _column_parts(model: Model) -> Iterator[_Part]:
    program = model.program
    for kind in COLUMNS:
        block = program.column_blocks[kind.block]
        side = (program.upper if kind.upper else program.lower)[block.start : block.start + block.size]
        held = np.isfinite(side) if kind.upper else side > 0
        if kind.block == "builds":
            held &= ~model.parts.decisions.menu.once[model.parts.decisions.build_variant]
        if kind.block == "sizes" and kind.upper:
            width = model.parts.decisions.menu.piece_width[model.parts.decisions.size_piece]
            held &= (side == width) == (kind.column == "maximum_size")
        place = np.flatnonzero(held)
        yield _Part(kind, place, side[place], side[place], np.ones(len(place)), row=False)


def unit_of(members: Members, member: int) -> str:
    """Return the unit of a member's figure ('' where the case names none)."""
    case, kind = members.case, members.kinds[members.kind[member]]
    index, place = members.block(member).index, members.place[member]
    if kind.measure == "product":
        unit = case.unit("products")[index["product"][place]]
        return f"{unit}/year" if unit else ""
    if kind.measure in {"line", "channel"}:
        table, code = f"{kind.measure}s", index[kind.measure][place]
        unit = case.unit(table)[code]
        per = "hour" if case[table].choice("per", "hour")[code] else "year"
        return f"{unit}/{per}" if unit else ""
    if kind.measure == "option":
        options, code = case["options"], index["option"][place : place + 1]
        line, channel = pick(options.codes("line"), code), pick(options.codes("channel"), code)
        return case.unit("lines")[line[0]] if line[0] >= 0 else case.unit("channels")[channel[0]] if channel[0] >= 0 else ""
    return kind.measure if kind.measure == "builds" else ""
