"""Every way in which a tranche can be had (years, profile, way of paying the premium), for one unit of it, in the project's currency.

A candidate is a row: what one unit drawn of it costs and pays in each year. Outlays are drawn pro rata.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capcoop.money.debt import DISCOUNT
from capcoop.money.loans import Floats
from capcoop.money.project.compliance import STANDARD
from capcoop.money.project.projectfile import ProjectFile
from capcoop.money.project.syndicate import Syndicated
from capcoop.money.project.tranchefile import Insurance, Lending
from capcoop.money.project.tranches import PROFILES, Pays, Tranche, average_life, discounting, premiums, repaid, spreads, terms_of
from capcoop.money.terms import is_bound, rule

LOWEST, HIGHEST, HALVINGS = -0.5, 3.0, 60  # between which costs of credit are sought
GROWS = -1e-9  # of principal: the cash does not pay the interest of the year
SHORTEST = 2  # years of repayment that the Arrangement is about
RUNNING: tuple[Pays, ...] = ("running",)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Candidates (c) of all tranches.

    tranche : its place (c). terms : what each is. cost : yearly, with fees and insurance, before tax (c). uses : interest, fees and premium
    until operation (c). service, charges : of each year of operation, and what of it is taken off before tax (c x years). first_service :
    of the first year (c). public_value, public_service : present value and yearly service of what the host owes (c, c x all years), of
    sovereign tranches alone. life : weighted average (c). insured : the share that an insurer covers (c).
    """

    tranche: Floats
    terms: tuple[Tranche, ...]
    cost: Floats
    uses: Floats
    service: Floats
    charges: Floats
    public_value: Floats
    public_service: Floats
    life: Floats
    insured: Floats


@dataclass(frozen=True)
class Longest:
    """The longest years of a tranche, the longest average life, and where each limit stands."""

    years: int
    why: str
    life: float
    why_life: str


def longest_of(asked: ProjectFile, one: Lending, years: int) -> Longest:
    """Return what bounds the years and average life of a tranche: the offer, the asset, and for bound lenders the Arrangement."""
    found = [(one.years, "the lender's offer"), (years, "the life of the asset")]
    life, why_life = np.inf, ""
    if one.lender is not None and asked.country is not None and one.lender != asked.country and is_bound(one.lender):
        tenor, source, _ = rule("longest repayment", asked.scope)
        ratio, source_life, _ = rule("average life", "every credit")
        found.append((int(tenor), source))
        life, why_life = ratio * tenor, source_life
    return Longest(*min(found), life, why_life)


def candidates(asked: ProjectFile, base: Syndicated, longest: list[Longest]) -> Candidates:
    """Return the candidates of all tranches; base : the project as it is financed now, for the shape of its cash and draws."""
    found = [
        _of(base, (index, one, tranche), limit, profile, pays)
        for index, (lending, offered, limit) in enumerate(zip(asked.lendings(), base_terms(asked), longest, strict=True))
        for one, tranche in _insured_or_not(lending, offered)
        for profile in ((tranche.profile,) if tranche.profile == "stated" else PROFILES[:3])
        for pays in dict.fromkeys((one.insurance.pays, *RUNNING) if one.insurance.insures else (one.insurance.pays,))
    ]
    fields = ("tranche", "cost", "uses", "service", "charges", "public_value", "public_service", "life", "insured")
    arrays = {name: np.concatenate([getattr(each, name) for each in found]) for name in fields}
    return Candidates(terms=tuple(term for each in found for term in each.terms), **arrays)


def base_terms(asked: ProjectFile) -> tuple[Tranche, ...]:
    """Return the tranches as they are offered."""
    return asked.terms().tranches


def _insured_or_not(one: Lending, tranche: Tranche) -> list[tuple[Lending, Tranche]]:
    """Return a tranche as offered and, where the lender has a rate for it, without any cover."""
    if one.uninsured is None:
        return [(one, tranche)]
    bare = one.model_copy(update={"insurance": Insurance(), "rate": one.uninsured, "base": None, "bond_yield": None})
    return [(one, tranche), (bare, replace(tranche, rate=one.uninsured, premium=0.0, political=0.0))]


def _of(base: Syndicated, whose: tuple[int, Lending, Tranche], limit: Longest, profile: str, pays: str) -> Candidates:
    """Return the candidates of one tranche with a profile and a way of paying the premium, one for each number of years."""
    index, one, tranche = whose
    years, before = base.cash.shape[1], base.draws.shape[2] - 1
    shortest = max(int(np.max(tranche.first)), SHORTEST) if profile != "stated" else int(np.max(tranche.years))
    lengths = np.arange(min(shortest, limit.years), min(limit.years, years) + 1)
    if profile in STANDARD and limit.why_life and one.first > 1:
        lengths = lengths[:0]  # where the Arrangement binds, a standard profile begins within half a year
    own = replace(tranche, years=lengths, profile=profile, pays=pays, share=1.0)  # type: ignore[arg-type]
    terms = terms_of((own,), len(lengths), before, years)
    principal = np.broadcast_to(terms.principal, (1, len(lengths), years))
    spread = np.zeros((1, len(lengths), 1))
    ahead = terms.exchange[..., before + 1 :]
    if profile == "sculpted":
        cash = np.broadcast_to(base.cash[0] / ahead, (1, len(lengths), years))
        worth = (cash * discounting(terms, spread)).sum(axis=-1, keepdims=True)
        interest = repaid(terms, spread, cash / worth)
        principal = np.where(terms.sculpted, interest, principal)
    growing = principal[0].min(axis=-1) < GROWS
    life = average_life(principal)[0]
    kept = ~growing & (life <= limit.life + 1e-9)
    premium = premiums((own,), np.maximum(principal, 0.0), before)
    spread = spreads(premium, principal, terms.rate, before) if pays == "running" else spread
    opening = principal[..., ::-1].cumsum(axis=-1)[..., ::-1]
    drawn = base.draws[:, 0].sum(axis=0) / base.draws[:, 0].sum()
    at = terms.exchange[0, :, : before + 1]
    loan = (drawn / at).sum(axis=1)
    yearly = (terms.rate + spread) * opening + terms.political * (opening - principal)
    scale = loan[:, None] * ahead[0]
    charges, service = yearly[0] * scale, (yearly + principal)[0] * scale
    uses = _until_operation(terms.rate[0], own, drawn, at, loan)
    if pays != "running":
        uses[:, 0] += premium[0] * loan * at[:, 0]
    flows = np.hstack([uses - drawn, service])
    rate = terms.rate[0, :, 0]
    value = np.where(rate >= DISCOUNT, 1.0, _value(principal[0], terms.rate[0], before))
    public = np.hstack([np.zeros((len(lengths), before + 1)), service]) * one.sovereign
    told = Candidates(
        np.full(len(lengths), index),
        tuple(replace(own, years=int(length)) for length in lengths),
        _costs(flows),
        uses.sum(axis=1),
        service,
        charges,
        value * one.sovereign,
        public,
        life,
        np.full(len(lengths), max(one.insurance.commercial, one.insurance.political) if one.insurance.insures else 0.0),
    )
    return _chosen(told, kept)


def _chosen(found: Candidates, kept: np.ndarray) -> Candidates:
    fields = ("tranche", "cost", "uses", "service", "charges", "public_value", "public_service", "life", "insured")
    arrays = {name: getattr(found, name)[kept] for name in fields}
    return Candidates(terms=tuple(term for term, keep in zip(found.terms, kept, strict=True) if keep), **arrays)


def _until_operation(rate: Floats, own: Tranche, drawn: Floats, at: Floats, loan: Floats) -> Floats:
    """Return interest and fees in each year until operation (c x T + 1), without the premium, of one unit drawn."""
    owed = np.cumsum(drawn / at, axis=1)
    before = np.hstack([np.zeros((len(at), 1)), owed[:, :-1]])
    yearly = rate * before + np.asarray(own.commitment_fee) * (loan[:, None] - before)
    yearly[:, 0] = np.asarray(own.front_fee) * loan
    return np.asarray((yearly + np.asarray(own.political) * owed) * at)


def _value(principal: Floats, rate: Floats, before: int) -> Floats:
    """Return the present value at 5 % of one unit drawn at t = 0, never above 1 (see `capcoop.money.debt`)."""
    opening = principal[:, ::-1].cumsum(axis=1)[:, ::-1]
    factors = (1 + DISCOUNT) ** -np.arange(1.0, before + 1 + principal.shape[1])
    interest = rate[:, 0] * factors[:before].sum()
    return np.asarray(np.minimum((principal + rate * opening) @ factors[before:] + interest, 1.0))


def _costs(flows: Floats) -> Floats:
    """Return the internal rate (c) of flows of credit (c x years), which change their sign once: bisection of all at the same time."""
    low, high = np.full(len(flows), LOWEST), np.full(len(flows), HIGHEST)
    years = np.arange(flows.shape[1])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        dear = (flows * (1 + middle[:, None]) ** -years).sum(axis=1) > 0  # a lender still gains at this rate
        low, high = np.where(dear, middle, low), np.where(dear, high, middle)
    return np.asarray((low + high) / 2)
