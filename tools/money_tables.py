"""Tables of money of cases that a script makes: terms of countries as the atlas has them, a case's own beside them, loans, open terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.figures import figure
from capcoop.atlas.governments import government_rows
from capcoop.atlas.terms import constant, open_rows, stated_term, term_rows

Row = dict[str, str | float]
LOAN_YEAR = 2014  # of the credit of Kenya's railway
# Running costs of a case that only asks for ways are freight and rents: who is paid out of them, and where, is unknown.
OF_WAYS = ("duty", "running_wages", "carbon_price")


class Own(NamedTuple):
    """A term that a case states itself, and from where."""

    value: float
    source: str


def terms(host: str, base: int, own: Mapping[str, Own], leave: Sequence[str] = ("duty",)) -> Row:
    """Return the terms of a country: the atlas's but for those that are the case's own or left blank, with all their sources."""
    book = Assumptions()
    row = {name: value for name, value in term_rows(host, base, book)[0].items() if value is not None and name not in leave}
    used = {key[1].replace(" ", "_"): one for key, one in book.used.items()}
    sources = [one.source for name, one in used.items() if name in row and name not in own and one.source]
    idle = used.get("unemployment")
    told = dict.fromkeys([*sources, *([idle.source] if idle and "labour_cost" in row else []), *(one.source for one in own.values())])
    row |= {name: one.value for name, one in own.items()}
    return {**row, "source": " | ".join(told), "year": str(base), "verified": "no"}


def kenyan_loan(keys: Mapping[str, str], years: float, base: int = LOAN_YEAR) -> Row:
    """Return Chinese buyer credit on the terms of Kenya's railway, for lack of its own, in constant prices."""
    wanted = ("nominal_rate", "nominal_funding_rate", "front_fee", "premium", "gearing", "coverage")
    found = {name: one for name in wanted if (one := stated_term(name, supplier="CHN")) is not None}
    prices = figure("conditions", None, "inflation_cpi", "USA", year=base)
    if prices is None:
        raise LookupError(f"no inflation of the dollar is known near {base}")
    rates = {name.removeprefix("nominal_"): round(constant(found[name].value, prices.value / 100), 6) for name in wanted[:2]}
    rest = {name: found[name].value for name in wanted[2:]}
    sources = dict.fromkeys([*(one.source for one in found.values()), prices.source])
    told = "as Kenya's railway of 2014, which the government owes: this one has no credit yet"
    lender = {"lender": "CHN", "years": years, "owed": 1}
    return {**keys, **rates, **rest, **lender, "source": " | ".join(sources), "year": str(base), "verified": "no", "note": told}


def government(host: str, base: int, inflation: float | None = None) -> Row:
    """Return what the government of a country has to carry its debt with, as the atlas has it, with all its sources.

    inflation : by which rates of the case's loans were turned into constant prices; None: as in `kenyan_loan`.
    """
    book = Assumptions()
    prices = figure("conditions", None, "inflation_cpi", "USA", year=LOAN_YEAR)
    if inflation is None and prices is not None:
        inflation = round(prices.value / 100, 6)
    row = {name: value for name, value in government_rows(host, base, book)[0].items() if value is not None}
    words = {name: ("yes" if value else "no") if isinstance(value, bool) else value for name, value in row.items()}
    sources = dict.fromkeys(one.source for one in book.used.values() if one.source)
    return {**words, **({} if inflation is None else {"inflation": inflation}), "source": " | ".join(sources)}


def open_terms(*left_out: str) -> list[Row]:
    """Return the open terms of the atlas without some."""
    found = [row for row in open_rows(Assumptions(), loans=True) if row["term"] not in left_out]
    return [
        {name: ("yes" if value else "no") if name == "verified" else value for name, value in row.items() if value is not None}
        for row in found
    ]
