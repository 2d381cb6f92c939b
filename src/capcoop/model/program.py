"""The narrow seam between the model and the solver: named blocks of columns and rows, one sparse matrix.

A `Draft` collects blocks and coefficients with a few verbs (`columns`, `rows`, `add`, `add_run`, `charge`); `Draft.program()`
freezes them into a `Program`. Nothing else knows positions in the matrix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capcoop.case.cascade import Codes, Values

Small = NDArray[np.int32]


class Derived(Mapping[str, Codes]):
    """Attributes of many members, worked out by their owner whenever they are asked for."""

    def __init__(self, owner: Sized, names: Mapping[str, str]) -> None:
        """Remember the owner (one member for each of its length) and where it keeps each attribute."""
        self.owner, self.names = owner, names

    def __getitem__(self, name: str) -> Codes:
        """Return an attribute of every member."""
        return getattr(self.owner, self.names[name])  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the attributes."""
        yield from self.names

    def __len__(self) -> int:
        """Return how many attributes there are."""
        return len(self.names)


def _members(index: Mapping[str, Codes]) -> int:
    """Return how many members an index has."""
    return len(index.owner) if isinstance(index, Derived) else len(next(iter(index.values())))


@dataclass(frozen=True)
class Block:
    """A named block of columns or rows.

    index : attribute -> code of each member; start : position of the first member.
    unit, sentence : for the maths page, the table of binding limits and the explanation of infeasibility.
    """

    name: str
    unit: str
    sentence: str
    start: int
    size: int
    index: Mapping[str, Codes]

    @property
    def ids(self) -> Codes:
        """The positions of its members."""
        return np.arange(self.start, self.start + self.size, dtype=np.int32)


@dataclass(frozen=True)
class Program:
    """A mixed-integer linear program: minimise cost @ x + constant, row_lower <= A x <= row_upper, lower <= x <= upper.

    The matrix is kept by columns: starts, indices, values. The constants are named parts of the objective.
    """

    column_blocks: Mapping[str, Block]
    row_blocks: Mapping[str, Block]
    cost: Values
    lower: Values
    upper: Values
    whole: np.ndarray[tuple[int], np.dtype[np.bool_]]
    row_lower: Values
    row_upper: Values
    starts: Small
    indices: Small
    values: Values
    constants: Mapping[str, float]

    @property
    def constant(self) -> float:
        """The part of the objective that no decision changes."""
        return float(sum(self.constants.values()))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, coefficients."""
        return len(self.row_lower), len(self.cost), len(self.values)

    @property
    def matrix(self) -> Any:  # noqa: ANN401  (scipy has no types)
        """The matrix as a sparse array by columns, over the same memory."""
        from scipy.sparse import csc_array

        return csc_array((self.values, self.indices, self.starts), shape=self.shape[:2])

    @property
    def owners(self) -> Codes:
        """The column of each coefficient."""
        return np.repeat(np.arange(len(self.cost)), np.diff(self.starts))


@dataclass
class Draft:
    """A program in the making."""

    column_blocks: dict[str, Block] = field(default_factory=dict)
    row_blocks: dict[str, Block] = field(default_factory=dict)
    constants: dict[str, float] = field(default_factory=dict)
    _cost: Values = field(default_factory=lambda: np.zeros(0))
    _bounds: list[tuple[Values, Values, np.ndarray]] = field(default_factory=list)
    _sides: list[tuple[Values, Values]] = field(default_factory=list)
    _terms: tuple[list[np.ndarray], ...] = field(default_factory=lambda: ([], [], []))
    _runs: list[tuple[int, np.ndarray, Values]] = field(default_factory=list)
    _size: int = 0
    _height: int = 0

    def columns(
        self,
        name: str,
        index: Mapping[str, Codes],
        *,
        unit: str,
        sentence: str,
        lower: Values | float = 0.0,
        upper: Values | float = np.inf,
        whole: np.ndarray | bool = False,
    ) -> Codes:
        """Add a block of columns; return their positions."""
        size = _members(index)
        block = Block(name, unit, sentence, self._size, size, index)
        self.column_blocks[name] = block
        self._size += size
        self._bounds.append((np.broadcast_to(lower, size), np.broadcast_to(upper, size), np.broadcast_to(whole, size)))
        return block.ids

    def rows(
        self,
        name: str,
        index: Mapping[str, Codes],
        *,
        unit: str,
        sentence: str,
        lower: Values | float = -np.inf,
        upper: Values | float = np.inf,
    ) -> Codes:
        """Add a block of rows; return their positions."""
        size = _members(index)
        block = Block(name, unit, sentence, self._height, size, index)
        self.row_blocks[name] = block
        self._height += size
        self._sides.append((np.broadcast_to(lower, size), np.broadcast_to(upper, size)))
        return block.ids

    def add(self, rows: Codes, columns: Codes, coefficients: Values | float) -> None:
        """Add coefficients; those of one place add up."""
        values = np.broadcast_to(np.asarray(coefficients, float), len(rows))
        for parts, part in zip(self._terms, (np.asarray(rows, np.int32), np.asarray(columns, np.int32), values), strict=True):
            parts.append(part)

    def add_run(self, rows: Codes, columns: Codes, coefficients: Values | float) -> None:
        """Add one coefficient to each of a run of neighbouring columns, in places that no other call touches."""
        values = np.broadcast_to(np.asarray(coefficients, float), len(rows))
        if np.ndim(coefficients) and not values.all():
            self.add(rows, columns, values)  # which drops zeros
        elif len(rows):
            self._runs.append((int(columns[0]), np.asarray(rows, np.int32), values))

    def charge(self, columns: Codes, amounts: Values) -> None:
        """Add amounts to the cost of columns."""
        if len(self._cost) < self._size:
            charged, self._cost = self._cost, np.zeros(self._size)
            self._cost[: len(charged)] = charged
        np.add.at(self._cost, columns, amounts)

    def program(self) -> Program:
        """Freeze the draft, and empty it of its coefficients; those of one place are summed, zeros dropped."""
        starts, indices, values = self._matrix()
        self.charge(np.zeros(0, np.int32), np.zeros(0))
        return Program(
            self.column_blocks,
            self.row_blocks,
            self._cost,
            _joined([lower for lower, _, _ in self._bounds], float),
            _joined([upper for _, upper, _ in self._bounds], float),
            _joined([whole for _, _, whole in self._bounds], bool),
            _joined([lower for lower, _ in self._sides], float),
            _joined([upper for _, upper in self._sides], float),
            starts,
            indices,
            values,
            dict(self.constants),
        )

    def _matrix(self) -> tuple[Small, Small, Values]:
        """Return starts, indices and values by column: in each column first the terms, then the runs.

        Parts are let go one by one, so that little is held twice.
        """
        first, rows, entries = self._summed_terms()
        counts = np.diff(first)
        for head, some, _ in self._runs:
            counts[head : head + len(some)] += 1
        starts = np.zeros(self._size + 1, np.int32)
        np.cumsum(counts, out=starts[1:])
        del counts
        indices, values = np.empty(int(starts[-1]), np.int32), np.empty(int(starts[-1]))
        terms = np.ones(len(indices), bool)
        free = starts[:-1] + np.diff(first).astype(np.int64)
        while self._runs:
            head, some, coefficients = self._runs.pop(0)
            place = free[head : head + len(some)]
            indices[place], values[place], terms[place] = some, coefficients, False
            place += 1
        indices[terms], values[terms] = rows, entries
        return starts, indices, values

    def _summed_terms(self) -> tuple[Small, Small, Values]:
        """Return the terms by column, those of one place summed."""
        from scipy.sparse import coo_array

        rows, columns, values = (_poured(parts, kind) for parts, kind in zip(self._terms, (np.int32, np.int32, float), strict=True))
        matrix = coo_array((values, (rows, columns)), shape=(self._height, self._size)).tocsc()
        matrix.eliminate_zeros()
        return matrix.indptr.astype(np.int32, copy=False), matrix.indices.astype(np.int32, copy=False), matrix.data


def _joined(parts: list, kind: type) -> np.ndarray:  # type: ignore[type-arg]
    """Return all parts as one array; a single part is copied only if it must be."""
    if len(parts) == 1:
        return np.ascontiguousarray(parts[0], kind)
    return np.concatenate(parts, dtype=kind, casting="unsafe") if parts else np.zeros(0, kind)


def _poured(parts: list, kind: type) -> np.ndarray:  # type: ignore[type-arg]
    """Return all parts as one array, and let go of them."""
    whole = _joined(parts, kind)
    parts.clear()
    return whole
