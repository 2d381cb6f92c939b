"""Payments and real gains of a plan as flows between accounts, and what they are worth to each party.

A flow has a payer and a payee, one of which may be nobody: what is used up or enjoyed (labour, damage, value left, goods from abroad)
is a real cost or benefit of one account. Accounts are a role in a country; roles of the outside and of books that must be even
(markets, assets) are no parties.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values

ENTERPRISES = ("owners", "traders", "contractors", "exporters", "lenders", "insurers", "funds")
SOCIETY = ("workers", "users", "communities", "environment")
GOVERNMENT = ("government", "policy banks", "public insurers")
OUTSIDE = ("suppliers", "buyers")
BOOKS = ("market", "assets")
ROLES = (*ENTERPRISES, *SOCIETY, *GOVERNMENT, *OUTSIDE, *BOOKS)
GROUPS = {
    **dict.fromkeys(ENTERPRISES, "enterprises"),
    **dict.fromkeys(SOCIETY, "society"),
    **dict.fromkeys(GOVERNMENT, "government"),
    **dict.fromkeys(OUTSIDE, "outside"),
    **dict.fromkeys(BOOKS, "books"),
}


@dataclass(frozen=True)
class Account:
    """A role, one for all rows or one of each (codes of ROLES), in the country of each row (codes)."""

    role: Codes
    country: Codes

    def party(self, countries: int) -> Codes:
        """Return the code of each row's party: role x countries + country."""
        return self.role * countries + self.country


def account(role: str, country: Codes) -> Account:
    """Return the account of one role."""
    return Account(np.full(len(country), ROLES.index(role)), country)


@dataclass(frozen=True)
class Flow:
    """Amounts of one kind (n x years, or n paid once), from payer to payee; either may be nobody.

    asset : of each amount (-1: none). when : index of the year of what is paid once; factor : present value of 1 then (None: of the years).
    loan : name of the loan it is for, where an asset has several.
    """

    kind: str
    payer: Account | None
    payee: Account | None
    amounts: Values
    asset: Codes
    product: Codes | None = None
    when: Codes | None = None
    factor: Values | None = None
    loan: str = ""

    @property
    def real(self) -> bool:
        """Whether it is a real cost or benefit of one account, not a payment."""
        return self.payer is None or self.payee is None

    def present(self, factors: Values) -> Values:
        """Return the present value (n)."""
        return np.asarray(self.amounts @ factors if self.factor is None else self.amounts * self.factor)


def gains_of(flows: Sequence[Flow], factors: Values, countries: int) -> Values:
    """Return the present value of what each role in each country receives less what it pays (roles x countries)."""
    return np.asarray(gains_of_rounds(flows, factors, countries, 1)[0])


def gains_of_rounds(flows: Sequence[Flow], factors: Values, countries: int, rounds: int) -> Values:
    """Return the same of rows that are repeated so many times, round by round (rounds x roles x countries)."""
    size = len(ROLES) * countries
    out = np.zeros(rounds * size)
    for flow in flows:
        start = np.repeat(np.arange(rounds), len(flow.amounts) // rounds) * size
        value = flow.present(factors)
        for side, sign in ((flow.payee, 1.0), (flow.payer, -1.0)):
            if side is not None:
                out += sign * np.bincount(start + side.party(countries), value, minlength=len(out))
    return out.reshape(rounds, len(ROLES), countries)


def some(flows: Iterator[Flow]) -> list[Flow]:
    """Return the flows that move anything."""
    return [flow for flow in flows if flow.amounts.size and flow.amounts.any()]
