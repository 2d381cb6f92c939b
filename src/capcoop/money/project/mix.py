"""The mix of owners, fund, tranches and insurance with the least weighted cost of capital: a mixed-integer linear program.

It chooses for each tranche whether it is had, for how many years, with which profile and with which insurance (see
`capcoop.money.project.candidates`); amounts are bounded by coverage in every year, gearing, lenders, insurers, tickets and share of the
fund, and the room of the host's public debt. The weighted cost is a ratio of linear functions: Dinkelbach (1967), "On nonlinear fractional
programming", *Management Science* 13, 492-498.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capcoop.errors import UsageError
from capcoop.money.loans import Floats
from capcoop.money.project.candidates import Candidates

ROUNDS, CLOSE, TINY = 8, 1e-10, 1e-7
LEAST = 1e-5  # of the outlays: the solver's whole numbers are whole up to a tolerance, and so is nothing
UNBOUNDED = 1e3  # times the outlays: no source is so large
SECONDS = 20.0  # for one program


@dataclass(frozen=True)
class FundOffer:
    """A fund: its yearly hurdle, tickets in the project's currency, and its largest share of the equity."""

    hurdle: float
    smallest: float
    largest: float
    share: float


@dataclass(frozen=True)
class Limits:
    """What bounds the mix.

    most, insured : of each tranche, infinite where nothing does. public_value, public_service : room of the host's public debt.
    """

    coverage: float
    gearing: float
    most: tuple[float, ...]
    insured: tuple[float, ...]
    fund: FundOffer | None
    public_value: float
    public_service: float


@dataclass(frozen=True)
class Money:
    """What the mix is for: outlays, cash and tax rate of each year (years), write-off of each year as a share of all uses (years).

    owners : what the owners ask for a year. reserve : years of debt service in a reserve account.
    """

    outlays: float
    cash: Floats
    tax: Floats
    written_off: Floats
    owners: float
    reserve: float

    @property
    def kept(self) -> float:
        """What is left of a unit of interest once it has lowered the tax."""
        return 1 - float(self.tax.mean())


@dataclass(frozen=True, eq=False)
class Mix:
    """The amounts of a mix (c), of fund and owners, and its weighted cost of capital after tax."""

    amounts: Floats
    fund: float
    owners: float
    cost: float


def best_mix(money: Money, known: Candidates, limits: Limits, cost: float = np.inf) -> Mix:
    """Return the mix of least weighted cost of capital; where none is below `cost`, owners alone at that cost.

    Raises
    ------
    UsageError : the solver finds none, which only broken bounds can bring about: owners alone are always a mix.
    """
    size = money.outlays  # the program counts in outlays, whose solver has absolute tolerances
    whole = _Whole(replace(money, outlays=1.0, cash=money.cash / size), known, _scaled(limits, size))
    mix = Mix(np.zeros(len(known.cost)), 0.0, 1.0, min(money.owners, cost))
    for _ in range(ROUNDS):
        found = whole.solved(mix.cost)
        done = found.cost >= mix.cost - CLOSE
        mix = found if found.cost < mix.cost else mix
        if done:
            break
    return Mix(size * mix.amounts, size * mix.fund, size * mix.owners, mix.cost)


def _scaled(limits: Limits, size: float) -> Limits:
    """Return limits in parts of a size; a limit that is larger than any mix is none."""
    fund = limits.fund and replace(limits.fund, smallest=limits.fund.smallest / size, largest=limits.fund.largest / size)
    bounds = {name: tuple(_bound(value / size) for value in getattr(limits, name)) for name in ("most", "insured")}
    value, service = _bound(limits.public_value / size), _bound(limits.public_service / size)
    return Limits(limits.coverage, limits.gearing, bounds["most"], bounds["insured"], fund, value, service)


def _bound(value: float) -> float:
    return value if value < UNBOUNDED else np.inf


class _Whole:
    """The program; columns: amounts (c), whether each is had (c), fund, whether it is in, owners, tax of each year."""

    def __init__(self, money: Money, known: Candidates, limits: Limits) -> None:
        self.money, self.known, self.limits = money, known, limits
        self.count, self.years = len(known.cost), len(money.cash)
        self.uses = known.uses + money.reserve * known.service[:, 0]
        self.width = 2 * self.count + 3 + self.years
        self.fund, self.joined, self.owners = 2 * self.count, 2 * self.count + 1, 2 * self.count + 2
        self.rows: list[Floats] = []
        self.lower: list[Floats] = []
        self.upper: list[Floats] = []
        self._state_sources()
        self._state_cash()
        self._state_bounds()

    def _add(self, rows: Floats, lower: Floats | float, upper: Floats | float) -> None:
        self.rows.append(rows)
        self.lower.append(np.broadcast_to(np.asarray(lower, np.float64), (len(rows),)))
        self.upper.append(np.broadcast_to(np.asarray(upper, np.float64), (len(rows),)))

    def _row(self, amounts: Floats, fund: float = 0.0, joined: float = 0.0, owners: float = 0.0) -> Floats:
        row = np.zeros((1, self.width))
        row[0, : self.count], row[0, self.fund], row[0, self.joined], row[0, self.owners] = amounts, fund, joined, owners
        return row

    def _state_sources(self) -> None:
        """State that all uses are paid; gearing; the fund's tickets and share."""
        money, limits = self.money, self.limits
        self._add(self._row(1 - self.uses, 1.0, 0.0, 1.0), money.outlays, money.outlays)
        self._add(self._row(1 - limits.gearing * self.uses), -np.inf, limits.gearing * money.outlays)
        offer = limits.fund or FundOffer(1.0, 0.0, 0.0, 0.0)
        largest = min(offer.largest, 2 * money.outlays)
        self._add(self._row(np.zeros(self.count), 1.0, -largest), -np.inf, 0.0)
        self._add(self._row(np.zeros(self.count), 1.0, -offer.smallest), 0.0, np.inf)
        self._add(self._row(np.zeros(self.count), 1 - offer.share, 0.0, -offer.share), -np.inf, 0.0)

    def _state_cash(self) -> None:
        """State that in every year coverage x service + tax <= cash, and tax >= rate x (cash - interest and the like - write-off)."""
        money, known = self.money, self.known
        paid = np.zeros((self.years, self.width))
        paid[:, : self.count] = self.limits.coverage * known.service.T
        paid[:, -self.years :] = np.eye(self.years)
        self._add(paid, -np.inf, np.maximum(money.cash, 0.0))
        taxed = np.zeros((self.years, self.width))
        taxed[:, : self.count] = money.tax[:, None] * (known.charges.T + money.written_off[:, None] * self.uses)
        taxed[:, -self.years :] = np.eye(self.years)
        self._add(taxed, money.tax * (money.cash - money.written_off * money.outlays), np.inf)

    def _state_bounds(self) -> None:
        """State that a tranche is had once; lenders, insurers and the host's public debt bound the amounts."""
        known, limits = self.known, self.limits
        chosen = np.zeros((self.count, self.width))
        chosen[:, : self.count] = np.eye(self.count)
        most = np.minimum(np.asarray(limits.most)[known.tranche.astype(int)], 2 * self.money.outlays)
        chosen[:, self.count : 2 * self.count] = -np.diag(most)
        self._add(chosen, -np.inf, 0.0)
        for index, (most, insured) in enumerate(zip(limits.most, limits.insured, strict=True)):
            own = (known.tranche == index).astype(np.float64)
            once = np.zeros((1, self.width))
            once[0, self.count : 2 * self.count] = own
            self._add(once, 0.0, 1.0)
            self._add(self._row(own), 0.0, most)
            self._add(self._row(own * known.insured), 0.0, insured)
        self._add(self._row(known.public_value), 0.0, limits.public_value)
        served = np.zeros((known.public_service.shape[1], self.width))
        served[:, : self.count] = known.public_service.T
        self._add(served, 0.0, limits.public_service)

    def solved(self, cost: float) -> Mix:
        """Return the mix for which yearly cost less `cost` x uses is least."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        objective = np.zeros(self.width)
        objective[: self.count] = self.known.cost * self.money.kept - cost * self.uses
        objective[self.fund] = self.limits.fund.hurdle if self.limits.fund else 1.0
        objective[self.owners] = self.money.owners
        whole = np.zeros(self.width)
        whole[self.count : 2 * self.count] = whole[self.joined] = 1
        upper = np.where(whole == 1, 1.0, np.inf)
        rules = LinearConstraint(np.vstack(self.rows), np.concatenate(self.lower), np.concatenate(self.upper))
        options = {"time_limit": SECONDS, "mip_rel_gap": 1e-9}
        found = milp(objective, constraints=rules, integrality=whole, bounds=Bounds(0.0, upper), options=options)
        if found.x is None:
            raise UsageError(f"no mix of capital is found: {found.message}")
        amounts = np.where(found.x[: self.count] > LEAST * self.money.outlays, found.x[: self.count], 0.0)
        fund, owners = float(found.x[self.fund]), float(found.x[self.owners])
        sums = self.known.cost @ amounts * self.money.kept + objective[self.fund] * fund + self.money.owners * owners
        return Mix(amounts, fund, owners, float(sums / (self.money.outlays + self.uses @ amounts)))
