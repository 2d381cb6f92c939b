"""Parts of a program that share nothing are solved one after the other: cement knows nothing of glass.

Branch and bound on all of them at once multiplies their trees instead of adding them. What can be bought in any amount at one price, or not
at all, binds nothing together: its rows, and the columns that buy, are copied into each part that uses it. The distance from the optimum
that is allowed for the whole is shared out by whole units; what a part leaves over goes to those after it, the largest last.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from capcoop.case.cascade import Codes
from capcoop.case.settings import Solver
from capcoop.model.program import Block, Program
from capcoop.solve.highs import Progress, Solution, Watcher, as_relaxation, load

# Fewer whole units than this are solved at once, together.
FEWEST_WHOLE = 60
# The smallest parts beyond so many are solved together.
MOST_PARTS = 12
PART_LOG = ".part"  # what the name of the log of the part at work ends with
# When it has been stopped, parts without a plan yet get a first one, within so many seconds.
FIRST_PLAN_SECONDS = 20.0
One = Callable[[Program, Solver, Watcher | None, threading.Event | None, str, Solution | None], Solution]


@dataclass(frozen=True)
class Part:
    """A part: where its columns and rows stand in the whole, and its own program."""

    columns: Codes
    rows: Codes
    program: Program

    @property
    def whole(self) -> int:
        """How many whole units it has."""
        return int(self.program.whole.sum())


def parts_of(program: Program) -> list[Part]:
    """Return the independent parts with whole units, the smallest first, led by all that has none; one part where there is no choice."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    height, width, _ = program.shape
    everything = [Part(np.arange(width), np.arange(height), program)]
    if program.whole.sum() < FEWEST_WHOLE:
        return everything
    bought, buys = _bought(program)
    owners = program.owners
    kept = ~bought[program.indices]
    ends = (program.indices[kept], owners[kept] + height)
    graph = coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(height + width,) * 2)
    count, label = connected_components(graph, directed=False)
    units = np.bincount(label[height:][program.whole], minlength=count)
    group = np.zeros(count, np.int64)  # group 0: without whole units
    group[np.argsort(-units, kind="stable")] = np.minimum(np.arange(1, count + 1), MOST_PARTS)
    group[units == 0] = 0
    groups = np.unique(group[units > 0])[::-1]
    if len(groups) < 2:
        return everything
    of_rows, of_columns = group[label[:height]], group[label[height:]]
    parts = []
    for one in (0, *groups):
        columns = of_columns == one
        rows = of_rows == one
        rows[bought] = one == 0
        rows[program.indices[columns[owners] & ~kept]] = True
        columns |= buys & np.bincount(owners[rows[program.indices]], minlength=width).astype(bool)
        parts.append(_part(program, columns, rows, bought if one else bought & False))
    return parts


def _bought(program: Program) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of what can be bought in any amount, or not at all, and is only used; and the columns that buy.

    In such a row every positive coefficient is that of a column which is in no other row, is not bounded above and not whole; every
    negative one that of a column which is not below 0; and the sides are not below 0. Then each part can buy for itself. Where nothing
    is positive and the lower side is 0, nothing can be used (a fuel that does not reach a place), whoever asks.
    """
    height, width, _ = program.shape
    owners, rows = program.owners, program.indices
    alone = (np.diff(program.starts) == 1) & ~program.whole & (program.lower == 0) & np.isinf(program.upper)
    gives = program.values > 0
    fits = np.where(gives, alone[owners], program.lower[owners] >= 0)
    wrong = np.bincount(rows[~fits], minlength=height) > 0
    given = (np.bincount(rows[gives], minlength=height) > 0) | (program.row_lower == 0)
    bought = ~wrong & given & (np.bincount(rows[~gives], minlength=height) > 0)
    bought &= (program.row_lower >= 0) & (np.isinf(program.row_upper) | (program.row_upper == program.row_lower))
    buys = np.zeros(width, bool)
    buys[owners[bought[rows] & gives]] = True
    return bought, buys


def _part(program: Program, columns: np.ndarray, rows: np.ndarray, free: np.ndarray) -> Part:
    """Cut a part out of a program; rows marked `free` lose their side, which another part holds.

    Of the blocks only builds and capacity are kept, which the search and the totals ask for.
    """
    at, across = np.flatnonzero(columns), np.flatnonzero(rows)
    place = np.full(len(rows), -1, np.int32)
    place[across] = np.arange(len(across))
    held = columns[program.owners] & rows[program.indices]
    counts = np.bincount(program.owners[held], minlength=len(columns))[at]
    least, most = program.row_lower[across], program.row_upper[across]
    cut = Program(
        _cut(program.column_blocks, "builds", columns),
        _cut(program.row_blocks, "capacity", rows),
        program.cost[at],
        program.lower[at],
        program.upper[at],
        program.whole[at],
        np.where(free[across], 0.0, least),
        np.where(free[across] & np.isfinite(most), 0.0, most),
        np.r_[0, np.cumsum(counts)].astype(np.int32),
        place[program.indices[held]],
        program.values[held],
        {},
    )
    return Part(at, across, cut)


def _cut(blocks: Mapping[str, Block], name: str, kept: np.ndarray) -> dict[str, Block]:
    """Return the block of a name with the members that are kept; nothing where there is no such block."""
    block = blocks.get(name)
    if block is None:
        return {}
    own = np.flatnonzero(kept[block.start : block.start + block.size])
    index = {key: np.asarray(codes)[own] for key, codes in block.index.items()}
    return {name: replace(block, start=int(np.count_nonzero(kept[: block.start])), size=len(own), index=index)}


def solve_apart(
    program: Program,
    parts: list[Part],
    limits: Solver,
    watch: Watcher | None,
    stop: threading.Event | None,
    log: str,
    start: Solution | None,
    one: One,
) -> Solution:
    """Solve the parts with `one`, and join what they give; raises what it raises. Each gets a share of the time left by its whole units."""
    began = time.monotonic()
    stop = stop or threading.Event()
    bounds = np.array([_relaxed(part) for part in parts])
    allowed = limits.gap * abs(bounds.sum() + program.constant)
    found: list[Solution] = []
    for number, part in enumerate(parts):
        left = max(1, sum(other.whole for other in parts[number:]))
        share = part.whole / left
        spare = max(limits.time_limit - (time.monotonic() - began), 1.0)
        size = max(abs(bounds[number]), 1e-9)
        asked = {"gap": min(max(allowed * share / size, 1e-12), 1.0), "time_limit": spare * share if part.whole else spare}
        halt = stop
        if stop.is_set():
            asked, halt = {"gap": 1.0, "time_limit": FIRST_PLAN_SECONDS}, threading.Event()
        seen = _seen(watch, began, found, bounds, number, program.constant)
        own = log + PART_LOG if log else ""
        solution = one(part.program, limits.model_copy(update=asked), seen, halt, own, _started(part, start))
        _append(log, own)
        allowed = max(allowed - max(solution.objective - solution.bound, 0.0), 0.0)
        found.append(solution)
    return joined(program, parts, found, limits, time.monotonic() - began, stopped=stop.is_set())


def _relaxed(part: Part) -> float:
    """Return the bound of the relaxation; -inf never: 0 where there is none, which only makes the gap asked for stricter."""
    solver = as_relaxation(load(part.program), part.program)
    solver.run()
    value = solver.getInfo().objective_function_value
    return float(value) if np.isfinite(value) else 0.0


def _started(part: Part, start: Solution | None) -> Solution | None:
    """Return the part of a plan that is known; what is bought is what the part itself uses, from the cheapest."""
    if start is None:
        return None
    program, values = part.program, start.values[part.columns].copy()
    bought, buys = _bought(program)
    values[buys] = 0.0
    lacking = np.where(bought, program.row_lower - program.matrix @ values, 0.0)
    first = np.lexsort((program.cost, program.indices[program.starts[:-1].clip(max=max(len(program.indices) - 1, 0))], ~buys))
    first = first[: np.count_nonzero(buys)]
    row = program.indices[program.starts[first]]
    cheapest = first[np.r_[True, np.diff(row) != 0]] if len(first) else first
    row = program.indices[program.starts[cheapest]]
    values[cheapest] = np.maximum(lacking[row], 0.0) / program.values[program.starts[cheapest]]
    return replace(start, objective=float(program.cost @ values), values=values)


def _seen(watch: Watcher | None, began: float, found: list[Solution], bounds: np.ndarray, number: int, constant: float) -> Watcher | None:
    """Return a watcher that tells of the whole: a best plan only when every part has one, the bounds of all."""
    if watch is None:
        return None
    solved = sum(one.objective for one in found) + constant
    proven = sum(one.bound for one in found) + constant
    later = float(bounds[number + 1 :].sum())

    def tell(progress: Progress) -> None:
        bound = proven + later + (bounds[number] if progress.bound is None else progress.bound)
        best = solved + progress.best if progress.best is not None and number == len(bounds) - 1 else None
        gap = None if best is None else max(best - bound, 0.0) / max(abs(best), 1e-12)
        watch(Progress(time.monotonic() - began, best, bound, gap))

    return tell


def _append(log: str, part: str) -> None:
    """Add the log of a part to that of the whole."""
    if log and Path(part).exists():
        with Path(log).open("ab") as whole:
            whole.write(Path(part).read_bytes())
        Path(part).unlink()


def joined(program: Program, parts: list[Part], found: list[Solution], limits: Solver, seconds: float, *, stopped: bool) -> Solution:
    """Put the solutions of the parts together as one of the whole."""
    values, prices = np.zeros(len(program.cost)), np.full(len(program.row_lower), -np.inf)
    for part, one in zip(parts, found, strict=True):
        values[part.columns] += one.values
        # What two parts buy costs each the same; a part that does not use it may set a lower price.
        prices[part.rows] = np.maximum(prices[part.rows], one.prices)
    reduced = program.cost - program.matrix.T @ prices
    objective, bound = (sum(getattr(one, name) for one in found) + program.constant for name in ("objective", "bound"))
    gap = max(objective - bound, 0.0) / max(abs(objective), 1e-12)
    enough = gap <= limits.gap or (all(one.status == "optimal" for one in found) and not stopped)
    word = "optimal" if enough else "interrupted" if stopped else "time limit"
    return Solution(word, objective, bound, gap, seconds, values, prices, reduced)
