"""Several tranches on one project: how much they carry together, drawn and repaid in their currencies, and who gets what in each year.

Conventions are those of `capcoop.money.loans`; amounts are in the project's currency unless said otherwise. Sculpted tranches take what
the others leave of the cash at a steady coverage, and their interest at least; equal principal, annuities and stated parts follow their
own profile. Interest, fees, premiums, exchange rates, tax and the size of the debt are found together, as a fixed point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.errors import UsageError
from capcoop.money.loans import Floats
from capcoop.money.project.finance import Project
from capcoop.money.project.tranches import Financing, Terms, average_life, discounting, paying_interest, premiums, repaid, spreads, terms_of
from capcoop.money.returns import Rates, internal_rates

ROUNDS, CLOSE, STEPS = 400, 1e-13, 40


@dataclass(frozen=True, eq=False)
class Syndicated:
    """Projects with their tranches (m x n, or m x n x years), from t = 0 to the last year of operation where years are not those of it.

    debt : drawn in all (n). loans : each tranche in its own currency (m x n). premium : as a share of it (m x n). exchange : the project's
    currency for one unit of each, by year. uses, draws : until operation. reserve : in the account (n). by_gearing : does gearing bound
    the debt, not coverage (n). principal, interest, insurance : of each year of operation. cash, tax : of operation, after and for tax.
    project, owners (n x years), lenders, insurers (m x n x years), equity_insurer (n x years) : flows, positive where the party receives;
    owners, lenders and insurers add up to the project's, year by year.
    """

    financing: Financing
    debt: Floats
    loans: Floats
    premium: Floats
    exchange: Floats
    uses: Floats
    draws: Floats
    reserve: Floats
    by_gearing: np.ndarray
    principal: Floats
    interest: Floats
    insurance: Floats
    parts_of_principal: Floats
    cash: Floats
    tax: Floats
    project: Floats
    owners: Floats
    lenders: Floats
    insurers: Floats
    equity_insurer: Floats
    during_construction: dict[str, Floats]

    @property
    def gearing(self) -> Floats:
        """The debt as a share of all uses (n)."""
        return np.asarray(self.debt / self.uses.sum(axis=1))

    @property
    def equity(self) -> Floats:
        """What the owners pay in, each year until operation (n x T + 1)."""
        return np.asarray(self.uses - self.draws.sum(axis=0))

    @property
    def service(self) -> Floats:
        """The service of all tranches in each year of operation, with what their insurers get (n x years)."""
        return np.asarray((self.principal + self.interest + self.insurance).sum(axis=0))

    @property
    def coverage(self) -> Floats:
        """The cash over the service of all tranches (n x years); infinite once nothing is owed."""
        return _over(self.cash, self.service)

    @property
    def own_coverage(self) -> Floats:
        """The least of the cash over the service of each tranche alone (m x n)."""
        return np.asarray(_over(self.cash[None], self.principal + self.interest + self.insurance).min(axis=-1))

    @property
    def balance(self) -> Floats:
        """What is owed of each tranche at the end of each year from t = T on (m x n x years + 1), at the exchange rates of the year."""
        left = np.pad(self.parts_of_principal[..., ::-1].cumsum(axis=-1)[..., ::-1], ((0, 0), (0, 0), (0, 1)))
        return np.asarray(left * self.loans[..., None] * self.exchange[..., -left.shape[-1] :])

    @property
    def average_lives(self) -> Floats:
        """The weighted average life of each tranche (m x n)."""
        return average_life(self.parts_of_principal)

    def life_coverage(self, *, of_loan: bool) -> Floats:
        """Return the value of the cash ahead, until maturity or until the project ends, over the balance, in year 1 of operation (n).

        The rate is what the balance costs in each year, changes of exchange rates included.
        """
        owed = self.balance.sum(axis=0)
        paid = (self.principal + self.interest).sum(axis=0)
        cost = np.divide(owed[:, 1:] + paid, owed[:, :-1], out=np.ones_like(paid), where=owed[:, :-1] > CLOSE * owed[:, :1])
        last = np.where(owed[:, :-1] > CLOSE * owed[:, :1], cost, np.nan)
        for k in range(1, last.shape[1]):
            last[:, k] = np.where(np.isnan(last[:, k]), last[:, k - 1], last[:, k])
        kept = np.where(owed[:, :-1] > CLOSE * owed[:, :1], self.cash, 0.0) if of_loan else self.cash
        return np.asarray((kept / last.cumprod(axis=1)).sum(axis=1) / owed[:, 0])

    def cost(self, tranche: int, index: int = 0) -> Rates:
        """Return the yearly cost of a tranche and its insurance in the project's currency."""
        return internal_rates(self.lenders[tranche, index] + self.insurers[tranche, index])

    def cost_of_debt(self, index: int = 0) -> Rates:
        """Return the yearly cost of all tranches and their insurance together."""
        return internal_rates((self.lenders + self.insurers).sum(axis=0)[index])


def _over(cash: Floats, service: Floats) -> Floats:
    shown = np.broadcast_to(cash, service.shape)
    return np.asarray(np.divide(shown, service, out=np.full(service.shape, np.inf), where=service > CLOSE * np.abs(shown).max()))


@dataclass(frozen=True, eq=False)
class _Round:
    """What one round of the fixed point knows; m x n (x years), or n (x years)."""

    debt: Floats
    loans: Floats
    share_drawn: Floats  # by the debt, of what is not paid by a financed premium (n)
    premium: Floats
    spread: Floats
    cost: Floats  # all uses (n)
    charges: Floats  # interest and yearly insurance, taken off before tax (n x years)
    covered: Floats  # political cover paid until operation (m x n x T + 1)
    service: Floats  # (n x years)
    principal: Floats  # of one unit (m x n x years)
    uses: Floats
    draws: Floats
    limit: Floats  # by gearing (n)


def syndicate(what: Project, financing: Financing) -> Syndicated:
    """Return projects with the largest debt that their cash carries within gearing and coverage, split between the tranches.

    Raises
    ------
    UsageError : no debt within the terms is found, the cash does not pay the interest, or a minimum premium refuses its terms.
    """
    before, years = what.capital.shape[1] - 1, what.operation.cash.shape[1]
    terms = terms_of(financing.tranches, len(what.capital), before, years)
    now = _start(what, financing, terms)
    for _ in range(ROUNDS):
        last, now = now, _improved(what, financing, terms, now)
        if all(np.allclose(getattr(now, name), getattr(last, name), rtol=CLOSE, atol=0) for name in ("debt", "loans", "cost", "premium")):
            break
    else:
        raise UsageError("no debt is found within these terms: fees, premiums and interest grow with it without end; lower them")
    _refuse_growing(financing, now)
    return _told(what, financing, terms, now)


def _start(what: Project, financing: Financing, terms: Terms) -> _Round:
    """Return a first guess: gearing binds, and every sculpted tranche is repaid in equal parts."""
    cost = what.capital.sum(axis=1)
    gearing = np.broadcast_to(np.asarray(financing.gearing, np.float64), cost.shape)
    debt = gearing * cost
    loans = terms.share[..., 0] * debt / terms.exchange[..., 0]
    year = np.arange(1, what.operation.cash.shape[1] + 1)
    equal = ((year >= terms.first) & (year <= terms.years)) / (terms.years - terms.first + 1)
    principal = np.where(terms.sculpted, equal, terms.principal)
    premium = premiums(financing.tranches, principal, what.capital.shape[1] - 1)
    nothing = np.zeros_like(what.operation.cash)
    flat = np.zeros((*loans.shape, what.capital.shape[1]))
    spread = np.zeros((*loans.shape, 1))
    return _Round(debt, loans, gearing, premium, spread, cost, nothing, flat, nothing, principal, what.capital, flat, debt)


def _improved(what: Project, financing: Financing, terms: Terms, old: _Round) -> _Round:
    """Return the next round: tax, repayment, what the cash carries, and the money of construction."""
    cash = what.operation.cash - what.operation.taxed(old.charges, old.cost)
    ahead = terms.exchange[..., what.capital.shape[1] :]
    principal = _principal(terms, old, cash, ahead)
    premium = premiums(financing.tranches, principal, what.capital.shape[1] - 1)
    running = np.array([one.pays == "running" for one in financing.tranches])[:, None, None]
    spread = np.where(running, spreads(premium, principal, terms.rate, what.capital.shape[1] - 1), 0.0)
    opening = principal[..., ::-1].cumsum(axis=-1)[..., ::-1]
    yearly = (terms.rate + spread) * opening + terms.political * (opening - principal)
    owed = old.loans[..., None] * ahead
    service = ((yearly + principal) * owed).sum(axis=0)
    coverage = np.broadcast_to(np.asarray(financing.coverage, np.float64), old.debt.shape)
    room = _over(cash, service).min(axis=1) / coverage
    if (room <= 0).any():
        raise UsageError("the cash of operation does not pay for any debt after tax: raise it, or let the tranches start later")
    now = _Round(
        old.debt, old.loans, old.share_drawn, premium, spread, old.cost, (yearly * owed).sum(axis=0), old.covered, service, principal,
        old.uses, old.draws, old.limit,
    )  # fmt: skip
    uses, draws, covered = _construction(what, financing, terms, now)
    total, ahead_of_uses = uses.sum(axis=1), _financed(financing, terms, now).sum(axis=0)
    limit = np.asarray(financing.gearing, np.float64) * total
    debt = np.minimum(old.debt * room, limit)
    loans = (draws / terms.exchange[..., : draws.shape[-1]]).sum(axis=-1) * debt / draws.sum(axis=(0, 2))
    drawn = (debt - ahead_of_uses) / (total - ahead_of_uses)
    if not ((drawn > 0) & (drawn < 1)).all():
        raise UsageError("fees, premium and reserve eat up the whole loan; lower them, or the gearing")
    return _Round(debt, loans, drawn, premium, spread, total, now.charges, covered, service, principal, uses, draws, limit)


def _principal(terms: Terms, old: _Round, cash: Floats, ahead: Floats) -> Floats:
    """Return the principal of one unit of each tranche (m x n x years), sculpted ones out of what the others leave of the cash.

    Sculpted service is D_j (q cash - fixed) with one q for all of them, such that the D_j sum to 1 and every tranche is repaid: sum of
    loan_j / (q A_j - B_j) = 1, A and B the values of cash and fixed service. Newton from the left, where the sum is above 1.
    """
    if not terms.sculpted.any():
        return terms.principal
    count = np.arange(1, cash.shape[1] + 1)
    waiting = np.where(terms.sculpted & (count < terms.first), terms.rate + old.spread + terms.political, 0.0)
    opening = terms.principal[..., ::-1].cumsum(axis=-1)[..., ::-1]
    profile = terms.principal + (terms.rate + old.spread) * opening + terms.political * (opening - terms.principal)
    owed = old.loans[..., None] * ahead
    fixed = ((profile + waiting) * owed).sum(axis=0)
    chosen = terms.sculpted[:, 0, 0]
    weight = (discounting(terms, old.spread) / ahead)[chosen]
    value, less, loans = (cash * weight).sum(axis=-1), (fixed * weight).sum(axis=-1), old.loans[chosen]
    if (value <= 0).any():
        raise UsageError("the cash of operation does not pay for any debt after tax: raise it, or let the tranches start later")
    inverse = ((loans + less) / value).max(axis=0)
    for _ in range(STEPS if len(loans) > 1 else 0):
        gap = inverse * value - less
        step = ((loans / gap).sum(axis=0) - 1) / (loans * value / gap**2).sum(axis=0)
        inverse = inverse + step
        if (np.abs(step) <= CLOSE * inverse).all():
            break
    left = np.maximum(inverse[:, None] * cash - fixed, 0.0)
    service = np.zeros_like(terms.principal)
    service[chosen] = left / (left * weight).sum(axis=-1)[..., None] / ahead[chosen]
    principal = repaid(terms, old.spread, service)
    if len(terms.rate) > 1 and (principal < 0).any():
        principal = np.where(terms.sculpted, paying_interest(terms, old.spread, service), 0.0)
    return np.where(terms.sculpted, principal, terms.principal)


def _financed(financing: Financing, terms: Terms, now: _Round) -> Floats:
    """Return the premiums that a larger principal pays (m x n)."""
    financed = np.array([one.pays == "financed" for one in financing.tranches])[:, None]
    return np.where(financed, now.premium * now.loans * terms.exchange[..., 0], 0.0)


def _construction(what: Project, financing: Financing, terms: Terms, now: _Round) -> tuple[Floats, Floats, Floats]:
    """Return uses of money (n x T + 1), draws of the tranches, and political cover paid until operation (m x n x T + 1 each)."""
    whole = np.array([one.pays == "up-front" for one in financing.tranches])[:, None]
    rate, fee = terms.rate[..., 0], terms.commitment_fee[..., 0]
    upfront = terms.front_fee[..., 0] + np.where(whole, now.premium, 0.0)
    grown = _financed(financing, terms, now)
    split = (terms.share[..., 0] * now.debt - grown) / (now.debt - grown.sum(axis=0))
    uses, draws, covered = what.capital.astype(np.float64), np.zeros_like(now.draws), np.zeros_like(now.draws)
    balance = np.zeros_like(now.loans)
    for t in range(uses.shape[1]):
        at = terms.exchange[..., t]
        paid = upfront * now.loans if t == 0 else rate * balance + fee * (now.loans - balance)
        uses[:, t] += ((paid * at) + now.covered[..., t]).sum(axis=0)
        if t == uses.shape[1] - 1:
            uses[:, t] += np.asarray(financing.reserve) * now.service[:, 0]
        draws[..., t] = split * now.share_drawn * uses[:, t]
        if t == 0:
            uses[:, t] += grown.sum(axis=0)
            draws[..., t] += grown
        balance = balance + draws[..., t] / at
        covered[..., t] = terms.political[..., 0] * balance * at
    return uses, draws, covered


def _refuse_growing(financing: Financing, found: _Round) -> None:
    """Raise UsageError where a tranche would grow in a year: the cash does not pay its interest."""
    short = found.principal < -1e-9
    if short.any():
        tranche, _, year = (int(index[0]) for index in np.nonzero(short))
        name = f" of {financing.tranches[tranche].name}" if len(financing.tranches) > 1 else ""
        told = f"in year {year + 1} of operation the cash does not pay the interest{name}"
        raise UsageError(f"{told}; lengthen the loan, or start it later")


def _told(what: Project, financing: Financing, terms: Terms, found: _Round) -> Syndicated:
    """Return the flows of all parties."""
    start, years = what.capital.shape[1], what.operation.cash.shape[1]
    ahead = terms.exchange[..., start:]
    opening = found.principal[..., ::-1].cumsum(axis=-1)[..., ::-1]
    owed = found.loans[..., None] * ahead
    principal, interest = found.principal * owed, terms.rate * opening * owed
    insurance = (found.spread * opening + terms.political * (opening - found.principal)) * owed
    tax = what.operation.taxed((interest + insurance).sum(axis=0), found.uses.sum(axis=1))
    cash = what.operation.cash - tax
    service = (principal + interest + insurance).sum(axis=0)
    reserve = np.asarray(financing.reserve) * service[:, 0]
    held, release = np.zeros_like(found.uses), np.zeros_like(cash)
    held[:, -1] = reserve
    release[np.arange(len(cash)), terms.years.max(axis=0)[:, 0].astype(int) - 1] = reserve
    paid, premium = _paid(financing, terms, found)
    equity = found.uses - found.draws.sum(axis=0)
    cover = np.zeros((len(cash), start + years))
    standing = np.pad(equity.cumsum(axis=1), ((0, 0), (0, years)), mode="edge")
    cover[:, : financing.equity_years] = (np.asarray(financing.equity_cover)[..., None] * standing)[:, : financing.equity_years]
    owners = np.hstack([-equity, cash - service + release]) - cover
    insurers = np.concatenate([premium + found.covered, insurance], axis=-1)
    lenders = np.concatenate([sum(paid.values()) - found.draws, principal + interest], axis=-1)
    shown = {name: amounts.sum(axis=(0, 2)) for name, amounts in paid.items()}
    return Syndicated(
        financing, found.debt, found.loans, found.premium, terms.exchange, found.uses, found.draws, reserve,
        found.limit <= found.debt * (1 + 1e-9), principal, interest, insurance, found.principal, cash, tax,
        np.hstack([-(what.capital + held), cash + release]), owners, lenders, insurers, cover,
        {**shown, "premium": premium.sum(axis=(0, 2)), "political cover": found.covered.sum(axis=(0, 2)), "reserve account": reserve},
    )  # fmt: skip


def _paid(financing: Financing, terms: Terms, found: _Round) -> tuple[dict[str, Floats], Floats]:
    """Return what lenders get until operation by its name, and the premiums at the start (m x n x T + 1 each)."""
    at = terms.exchange[..., : found.draws.shape[-1]]
    drawn = (found.draws / at).cumsum(axis=-1)
    owed = np.concatenate([np.zeros_like(drawn[..., :1]), drawn[..., :-1]], axis=-1)
    later = np.ones_like(at)
    later[..., 0] = 0.0
    first = 1 - later
    loans = found.loans[..., None]
    yearly = np.array([one.pays == "running" for one in financing.tranches])[:, None, None]
    premium = np.where(yearly, 0.0, found.premium[..., None] * loans * at * first)
    shown = {
        "interest": terms.rate * owed * at,
        "commitment fee": terms.commitment_fee * (loans - owed) * at * later,
        "front fee": terms.front_fee * loans * at * first,
    }
    return shown, premium
