"""Columns and tables as data: what a cell may hold, what a blank means, how its figure scales."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["name", "text", "number", "flag", "choice"]
ANY = "*"
HOURS = 8760.0
DAYS = 365.0
HORIZON = "all"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    kind: name (a key or a reference), text, number, flag (yes or no) or choice.
    refers: the tables in which a name must stand (one of them suffices).
    any: may the cell be blank or `*`, meaning all?
    default: what a blank means after the cascade; None: not stated.
    lower, upper: bounds of a number (inclusive; `above` makes the lower bound exclusive).
    money, amount: the power of the row's currency and of the row's unit in the figure.
    """

    name: str
    kind: Kind
    sentence: str
    key: bool = False
    any: bool = False
    refers: tuple[str, ...] = ()
    required: bool = False
    default: float | str | bool | None = None
    lower: float | None = None
    upper: float | None = None
    above: bool = False
    infinite: bool = False
    choices: tuple[str, ...] = ()
    money: int = 0
    amount: int = 0
    unit: str = ""

    @property
    def measured(self) -> bool:
        """Whether the figure changes with the row's unit or currency."""
        return bool(self.money or self.amount)


@dataclass(frozen=True)
class Table:
    """One table of a case: its name, what a row is, its columns (key columns first)."""

    name: str
    row: str
    columns: tuple[Column, ...]
    names: str = ""
    measures: Literal["", "product", "line"] = ""
    sentence: str = ""
    keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Derive the key columns."""
        object.__setattr__(self, "keys", tuple(column.name for column in self.columns if column.key))

    def __getitem__(self, name: str) -> Column:
        """Return the column called `name`."""
        for column in self:
            if column.name == name:
                return column
        raise KeyError(name)

    def __iter__(self) -> Iterator[Column]:
        """Iterate over the table's own columns, then the common ones that apply."""
        yield from self.columns
        own = {column.name for column in self.columns}
        for column in COMMON:
            meant = {"unit": bool(self.measures), "currency": any(other.money for other in self.columns)}
            if column.name not in own and meant.get(column.name, True):
                yield column


COMMON = (
    Column("unit", "text", "Unit in which the figures of this row are stated; blank: that of the product or line."),
    Column("currency", "text", "Money in which the figures of this row are stated; blank: that of the case."),
    Column("source", "text", "Where the figures come from."),
    Column("year", "text", "The year they refer to."),
    Column("verified", "flag", "Were they read in their source?"),
    Column("note", "text", "Anything a reader should know."),
)


def describe(column: Column) -> str:
    """Return what a user should know of a column, in sentences."""
    facts = [column.sentence]
    if column.choices:
        facts.append("One of: " + ", ".join(column.choices) + ".")
    if column.required:
        facts.append("Required.")
    elif column.any:
        facts.append("Blank or * means all.")
    elif column.default is not None:
        default = column.default
        shown = ("yes" if default else "no") if isinstance(default, bool) else f"{default:g}" if isinstance(default, float) else default
        facts.append(f"Default: {shown}.")
    if column.unit:
        facts.append("Unit: " + column.unit.format(money="money", unit="unit") + ".")
    return " ".join(facts)


def name(column: str, sentence: str, *, defines: bool = False, **more: object) -> Column:
    """Return a key column with a name of its own (`defines`) or a reference."""
    return Column(column, "name", sentence, key=True, required=defines, **more)  # type: ignore[arg-type]


def refer(column: str, tables: str, sentence: str, *, key: bool = True, any: bool = True, required: bool = False) -> Column:  # noqa: A002
    """Return a column that names a row of one of `tables` (space-separated)."""
    return Column(column, "name", sentence, key=key, any=any and not required, refers=tuple(tables.split()), required=required)


def number(column: str, sentence: str, **more: object) -> Column:
    """Return a column of numbers, not negative unless `lower=None` is said."""
    return Column(column, "number", sentence, **{"lower": 0.0, **more})  # type: ignore[arg-type]
