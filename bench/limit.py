"""The yardstick: the matrix of an instance written column by column with numpy, and handed to HiGHS in one call.

No names, no checks, no tables: about the least work that any program can do that builds this model.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from instances import DISPOSAL_COST, Codes, Instance, Values

Small = NDArray[np.int32]


@dataclass(frozen=True)
class Matrix:
    """A linear program by columns, as HiGHS takes it."""

    cost: Values
    lower: Values
    upper: Values
    row_lower: Values
    row_upper: Values
    starts: Small
    indices: Small
    values: Values

    @property
    def bytes(self) -> int:
        """The memory of its arrays."""
        return sum(array.nbytes for array in vars(self).values())


class Writer:
    """Two arrays for the coefficients, filled from left to right."""

    def __init__(self, size: int) -> None:
        """Reserve `size` coefficients."""
        self.indices, self.values = np.empty(size, np.int32), np.empty(size)
        self.filled = 0

    def place(self, *shape: int) -> tuple[Small, Values]:
        """Return the next places, row numbers and coefficients, in a shape."""
        size = int(np.prod(shape))
        part = slice(self.filled, self.filled + size)
        self.filled += size
        return self.indices[part].reshape(shape), self.values[part].reshape(shape)


@dataclass(frozen=True)
class Rows:
    """The first row of each kind; rows of a kind run over things, then periods."""

    balance: int
    use: int
    state: int
    link_use: int
    link_state: int
    closing: int
    height: int


def rows_of(instance: Instance) -> Rows:
    """Lay out the rows."""
    lines, links, periods = len(instance.line_site), len(instance.link_from), instance.periods
    sizes = [instance.sites * instance.products, lines, lines, links, links]
    starts = np.concatenate([[0], np.cumsum(sizes)]) * periods
    balance, use, state, link_use, link_state, closing = starts.tolist()
    return Rows(balance, use, state, link_use, link_state, closing, closing + np.count_nonzero(instance.line_existing))


def _activities(writer: Writer, instance: Instance, rows: Rows) -> Codes:
    """Write the activities: the entries of the recipe, then the capacity; return the entries of each line's columns."""
    periods, lines = instance.periods, len(instance.line_site)
    line, product = np.nonzero(instance.line_recipe)
    count = np.bincount(line, minlength=lines)
    indices, values = writer.place((len(line) + lines) * periods)
    head = ((np.cumsum(count + 1) - count - 1) * periods)[:, None] + (count + 1)[:, None] * np.arange(periods)
    time = np.arange(periods)
    at = head[line] + (np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count))[:, None]
    indices[at] = (rows.balance + (instance.line_site[line] * instance.products + product) * periods)[:, None] + time
    values[at] = instance.line_recipe[line, product][:, None]
    at = head + count[:, None]
    indices[at] = rows.use + np.arange(lines * periods).reshape(lines, periods)
    values[at] = 1.0
    return count + 1


def _states(writer: Writer, count: int, periods: int, use: int, state: int) -> None:
    """Write capacities: they bound the use, and carry over from each period into the next (the last one does not)."""
    indices, values = writer.place(count, 3 * periods - 1)
    pattern = np.array([[use + time, state + time, state + time + 1] for time in range(periods)]).ravel()[:-1]
    indices[:] = (np.arange(count) * periods)[:, None] + pattern
    values[:] = np.tile([-1.0, 1.0, -1.0], periods)[:-1]


def _units_and_closing(writer: Writer, instance: Instance, rows: Rows, held: Codes) -> None:
    """Write new units and, for existing lines, what is closed."""
    lines, periods = len(instance.line_site), instance.periods
    time = np.arange(periods)
    indices, values = writer.place(lines, periods)
    indices[:] = rows.state + np.arange(lines)[:, None] * periods + time
    values[:] = -instance.line_unit[:, None]
    indices, values = writer.place(len(held), periods, 2)
    indices[:, :, 0] = rows.state + held[:, None] * periods + time
    indices[:, :, 1] = rows.closing + np.arange(len(held))[:, None]
    values[:] = 1.0


def _flows(writer: Writer, instance: Instance, rows: Rows) -> None:
    """Write the flows: sent, arrived, link used."""
    periods = instance.periods
    link, product, time = instance.pair_link, instance.pair_product, np.arange(periods)
    indices, values = writer.place(len(link), periods, 3)
    for entry, first in enumerate(
        (
            rows.balance + (instance.link_from[link] * instance.products + product) * periods,
            rows.balance + (instance.link_to[link] * instance.products + product) * periods,
            rows.link_use + link * periods,
        )
    ):
        indices[:, :, entry] = first.astype(np.int32)[:, None] + time.astype(np.int32)
    values[:, :, 0] = -1.0
    values[:, :, 1] = instance.link_arrives[link][:, None]
    values[:, :, 2] = instance.pair_weight[:, None]


def _singles(writer: Writer, instance: Instance, rows: Rows) -> None:
    """Write the columns of one coefficient: extensions, imports, disposals."""
    links, periods, products = len(instance.link_from), instance.periods, instance.products
    imported = instance.import_site * products + instance.import_product
    disposed = instance.disposal_site * products + instance.disposal_product
    singles = ((rows.link_state, np.arange(links), -1.0), (rows.balance, imported, 1.0), (rows.balance, disposed, -1.0))
    for start, thing, sign in singles:
        indices, values = writer.place(len(thing), periods)
        indices[:] = start + thing[:, None] * periods + np.arange(periods)
        values[:] = sign


def _sides(instance: Instance, rows: Rows, held: Codes) -> tuple[Values, Values]:
    """Return the bounds of the rows."""
    low, high = np.zeros(rows.height), np.zeros(rows.height)
    for side in (low, high):
        side[: rows.use] = instance.need.ravel()
        side[rows.state : rows.link_use : instance.periods] = instance.line_existing
        side[rows.link_state : rows.closing : instance.periods] = instance.link_existing
    low[rows.use : rows.state] = low[rows.link_use : rows.link_state] = low[rows.closing :] = -np.inf
    high[rows.closing :] = instance.line_existing[held]
    return low, high


def fill(instance: Instance) -> Matrix:
    """Return the linear program of an instance: activity, capacity, units, closing, flow, room, extension, import, disposal."""
    rows, periods, present = rows_of(instance), instance.periods, instance.present
    lines, links, pairs = len(instance.line_site), len(instance.link_from), len(instance.pair_link)
    held = np.flatnonzero(instance.line_existing)
    imports, disposals = len(instance.import_site), len(instance.disposal_site)
    recipes, states = np.count_nonzero(instance.line_recipe), (lines + links) * (3 * periods - 1)
    writer = Writer(int((recipes + 2 * lines + 2 * len(held) + 3 * pairs + links + imports + disposals) * periods + states))
    entries = _activities(writer, instance, rows)
    _states(writer, lines, periods, rows.use, rows.state)
    _units_and_closing(writer, instance, rows, held)
    _flows(writer, instance, rows)
    _states(writer, links, periods, rows.link_use, rows.link_state)
    _singles(writer, instance, rows)
    state = np.append(np.full(periods - 1, 3), 2)
    per_column = [np.repeat(entries, periods), np.tile(state, lines), np.repeat([1, 2, 3], np.array([lines, len(held), pairs]) * periods)]
    per_column += [np.tile(state, links), np.ones((links + imports + disposals) * periods, np.int64)]
    starts = np.concatenate([[0], np.cumsum(np.concatenate(per_column))]).astype(np.int32)
    tail = present[::-1].cumsum()[::-1]
    cost = np.concatenate(
        [
            np.outer(instance.line_cost, present).ravel(),
            np.outer(instance.line_fixed_cost, present).ravel(),
            np.outer(instance.line_annuity * instance.line_unit, tail).ravel(),
            np.zeros(len(held) * periods),
            np.outer(instance.pair_cost, present).ravel(),
            np.outer(instance.link_fixed_cost, present).ravel(),
            np.outer(instance.link_annuity, tail).ravel(),
            (instance.import_price * present).ravel(),
            np.tile(DISPOSAL_COST * present, disposals),
        ]
    )
    upper = np.full(len(cost), np.inf)
    upper[2 * lines * periods : 3 * lines * periods] = np.repeat(instance.line_most_units, periods)
    extensions = len(cost) - (links + imports + disposals) * periods
    upper[extensions : extensions + links * periods] = np.repeat(instance.link_most_extension, periods)
    return Matrix(cost, np.zeros(len(cost)), upper, *_sides(instance, rows, held), starts, writer.indices, writer.values)


def load(matrix: Matrix) -> highspy.Highs:
    """Hand the linear program to HiGHS."""
    solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.passModel(
        len(matrix.cost),
        len(matrix.row_lower),
        len(matrix.values),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        matrix.cost,
        matrix.lower,
        matrix.upper,
        matrix.row_lower,
        matrix.row_upper,
        matrix.starts,
        matrix.indices,
        matrix.values,
        np.zeros(len(matrix.cost), np.int32),
    )
    return solver


def build(instance: Instance) -> highspy.Highs:
    """Fill the matrix and hand it over."""
    return load(fill(instance))
