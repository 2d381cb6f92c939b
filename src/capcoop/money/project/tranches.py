"""Tranches of a project's debt: the terms of each, in its own currency, and how one unit of it is repaid.

Arrays have an axis of tranches (m), one of projects or of variants of one (n), and one of years. A term is one number, or one for each
project. Years of repayment are those of operation, counted from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from capcoop.money.loans import Floats, Term
from capcoop.money.premium import Cover, minimum_premium

Profile = Literal["sculpted", "equal-principal", "annuity", "stated"]
PROFILES: tuple[Profile, ...] = ("sculpted", "equal-principal", "annuity", "stated")
Pays = Literal["up-front", "financed", "running"]
PAYS: tuple[Pays, ...] = ("up-front", "financed", "running")
MOST, HALVINGS = 4.0, 60  # times the service of a sculpted tranche without a floor; it is sought to the last digits
Whole = int | NDArray[np.int64]


@dataclass(frozen=True)
class Tranche:
    """Terms of a tranche. Rates and shares are fractions, times are years.

    share : of the debt, at the exchange rates of drawing. years, first : of operation in which principal is paid last and first; interest
    alone is paid before. parts : of principal, a year of operation, of the profile `stated`. front_fee : on the whole tranche at the start.
    premium : of its export-credit insurance, on the whole tranche; or the cover by which the minimum premium prices it. pays : `up-front`
    (a use of money like others), `financed` (by a principal that is larger by it) or `running` (a yearly spread on the balance of the same
    value at the tranche's own rate). political : yearly price of separate political-risk cover, on the balance, paid in advance.
    exchange : the project's currency for one unit of the tranche's, at the start. depreciation : yearly, of the project's currency
    against it.
    """

    name: str
    share: Term
    rate: Term
    years: Whole
    first: Whole = 1
    profile: Profile = "sculpted"
    parts: tuple[float, ...] = ()
    commitment_fee: Term = 0.0
    front_fee: Term = 0.0
    premium: Term | Cover = 0.0
    pays: Pays = "up-front"
    political: Term = 0.0
    exchange: Term = 1.0
    depreciation: Term = 0.0


@dataclass(frozen=True)
class Financing:
    """The tranches of a project (or of each), and what bounds their sum.

    coverage : the least debt-service coverage ratio. gearing : most debt as a share of all uses of money. reserve : years of debt service
    in a reserve account. equity_cover : yearly price of political-risk cover of the equity, on what is paid in, in advance.
    equity_years : of that cover, from the first outlay on.
    """

    tranches: tuple[Tranche, ...]
    coverage: Term = 1.3
    gearing: Term = 0.7
    reserve: Term = 0.0
    equity_cover: Term = 0.0
    equity_years: int = 0


@dataclass(frozen=True, eq=False)
class Terms:
    """The numeric terms of all tranches: m x n x 1 each, but exchange rates m x n x (T + 1 + years) and fixed principal m x n x years."""

    share: Floats
    rate: Floats
    years: Floats
    first: Floats
    commitment_fee: Floats
    front_fee: Floats
    political: Floats
    exchange: Floats
    principal: Floats
    sculpted: NDArray[np.bool_]


def terms_of(tranches: tuple[Tranche, ...], count: int, before: int, years: int) -> Terms:
    """Return the terms of tranches for so many projects, years until operation (T) and years of operation."""

    def column(name: str) -> Floats:
        return np.stack([np.broadcast_to(np.asarray(getattr(one, name), np.float64), (count,)) for one in tranches])[..., None]

    rate, last, first = column("rate"), column("years"), column("first")
    path = column("exchange") * (1 + column("depreciation")) ** np.arange(before + 1 + years)
    kinds = np.array([one.profile for one in tranches])[:, None, None]
    principal = np.where(kinds == "annuity", _annuity(rate, first, last, years), _equal(first, last, years))
    for index, one in enumerate(tranches):
        if one.profile == "stated":
            principal[index] = np.pad(np.array(one.parts), (0, years - len(one.parts)))
    sculpted = kinds == "sculpted"
    fees = column("commitment_fee"), column("front_fee"), column("political")
    return Terms(column("share"), rate, last, first, *fees, path, np.where(sculpted, 0.0, principal), sculpted)


def _inside(first: Floats, last: Floats, years: int) -> Floats:
    """Return 1 in the years of operation in which principal is paid, else 0."""
    year = np.arange(1, years + 1)
    return ((year >= first) & (year <= last)).astype(np.float64)


def _equal(first: Floats, last: Floats, years: int) -> Floats:
    return np.asarray(_inside(first, last, years) / (last - first + 1))


def _annuity(rate: Floats, first: Floats, last: Floats, years: int) -> Floats:
    """Return the principal of an annuity of 1: it grows at the rate of interest."""
    growth = _inside(first, last, years) * (1 + rate) ** (np.arange(1, years + 1) - first)
    return np.asarray(growth / growth.sum(axis=-1, keepdims=True))


def discounting(terms: Terms, spread: Floats) -> Floats:
    """Return what a unit of service in each year (m x n x years) repays of a sculpted balance before its first principal; 0 outside.

    A balance B carries interest, a running spread, and the price p of political cover on what is left: B[k-1] = (DS[k] + (1 - p) B[k])
    / (1 + rate + spread).
    """
    count = np.arange(1, terms.principal.shape[-1] + 1) - terms.first
    inside = (count >= 0) & (count <= terms.years - terms.first)
    steps = np.where(inside, count, 0.0)
    return np.asarray(np.where(inside, (1 - terms.political) ** steps / (1 + terms.rate + spread) ** (steps + 1), 0.0))


def paying_interest(terms: Terms, spread: Floats, service: Floats) -> Floats:
    """Return the principal of one unit of sculpted tranches in proportion to a service, where that pays the interest; else none of it.

    What is served is a multiple of the service, found by bisection such that the whole unit is repaid (m x n x years).
    """
    low, high = np.zeros(service.shape[:-1]), np.full(service.shape[:-1], MOST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        little = repaid(terms, spread, middle[..., None] * service, least=0.0).sum(axis=-1) < 1
        low, high = np.where(little, middle, low), np.where(little, high, middle)
    principal = repaid(terms, spread, high[..., None] * service, least=0.0)
    total = principal.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(principal, total, out=np.zeros_like(principal), where=total > 0))


def repaid(terms: Terms, spread: Floats, service: Floats, least: float = -np.inf) -> Floats:
    """Return the principal (m x n x years) of one unit of sculpted tranches that have this service in each year from their first.

    least : the least principal of a year; the unit is then what all of it sums to.
    """
    years = service.shape[-1]
    balance = np.zeros((*service.shape[:-1], years + 1))
    balance[..., years] = 0.0
    grown = (1 + terms.rate + spread)[..., 0]
    for k in range(years, 0, -1):
        value = (service[..., k - 1] + (1 - terms.political[..., 0]) * balance[..., k]) / grown
        value = np.maximum(value, balance[..., k] + least)
        start = 1.0 if least == -np.inf else balance[..., k]
        balance[..., k - 1] = np.where(k > terms.years[..., 0], 0.0, np.where(k < terms.first[..., 0], start, value))
    return -np.diff(balance, axis=-1)


def average_life(principal: Floats) -> Floats:
    """Return the weighted average life (m x n) of principal (m x n x years) from the start of operation; 0 without a loan."""
    years, total = np.arange(1.0, principal.shape[-1] + 1), principal.sum(axis=-1)
    return np.asarray(np.divide(principal @ years, total, out=np.zeros(total.shape), where=total > 0))


def premiums(tranches: tuple[Tranche, ...], principal: Floats, drawdown: int) -> Floats:
    """Return the premium of each tranche (m x n) as a share of it: what is stated, or the minimum that its average life asks for."""
    lives = average_life(principal)
    found = np.zeros(lives.shape)
    for index, one in enumerate(tranches):
        if not isinstance(one.premium, Cover):
            found[index] = one.premium
            continue
        known, place = np.unique(lives[index], return_inverse=True)
        covers = (replace(one.premium, drawdown=float(drawdown), average_life=float(life)) for life in known)
        found[index] = np.array([minimum_premium(cover).rate for cover in covers])[place]
    return found


def spreads(premium: Floats, principal: Floats, rate: Floats, before: int) -> Floats:
    """Return the yearly spread (m x n x 1) on the balance that is worth a premium (m x n) paid so many years before operation.

    premium = spread x sum of balance x discount factor, at the tranche's own rate; see `capcoop.money.terms.running_premium`.
    """
    opening = principal[..., ::-1].cumsum(axis=-1)[..., ::-1]
    factors = (1 + rate) ** -np.arange(before + 1.0, before + principal.shape[-1] + 1)
    return np.asarray((premium / (opening * factors).sum(axis=-1))[..., None])
