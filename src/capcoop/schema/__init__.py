"""Every table and column of a case, once.

Reading, checking, unit conversion, the empty template, the docs page and the plan's headings all derive from
`TABLES`. A column says what a cell may hold, what a blank means, which names it refers to, and how its figure
scales when the money or the unit of its row changes.
"""

from __future__ import annotations

from capcoop.schema.column import ANY, COMMON, DAYS, HORIZON, HOURS, Column, Table, describe
from capcoop.schema.money import CAPACITIES, MONEY, NEGOTIABLE
from capcoop.schema.plan import BUILDING, CAPACITY, FILTERS, PLACES, QUANTITIES, RULES, SENSES, TRADE

__all__ = [
    "ANY",
    "CAPACITIES",
    "COMMON",
    "DAYS",
    "FILTERS",
    "GROUPS",
    "HORIZON",
    "HOURS",
    "NEGOTIABLE",
    "QUANTITIES",
    "SENSES",
    "SETS",
    "TABLES",
    "Column",
    "Table",
    "describe",
]

TABLES: dict[str, Table] = {table.name: table for table in (*PLACES, *CAPACITY, *BUILDING, *TRADE, *RULES, *MONEY)}
GROUPS = {
    "Places and products": PLACES,
    "Capacity and processes": CAPACITY,
    "Building": BUILDING,
    "Needs, trade and channels": TRADE,
    "Rules and scenarios": RULES,
    "Money": MONEY,
}
SETS = {table.names: table.name for table in TABLES.values() if table.names}
