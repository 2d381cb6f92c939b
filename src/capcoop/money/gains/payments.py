"""Flows of assets: who pays for them, who works for them, who is paid by them, and what they cost that no one pays for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.money.gains.conditions import Conditions
from capcoop.money.gains.flows import ROLES, Account, Flow, account, some
from capcoop.money.gains.ground import Ground
from capcoop.money.gains.lending import Lent
from capcoop.money.gains.settle import Settled


@dataclass(frozen=True)
class Bank:
    """The countries (codes) of lender and insurer of a loan on each asset, and whether both are public."""

    lender: Codes
    insurer: Codes
    public: np.ndarray

    def repeated(self, times: int) -> Bank:
        """Return the banks of all rows so many times over."""
        return Bank(*(np.tile(own, times) for own in vars(self).values()))

    @property
    def account(self) -> Account:
        """The account of each lender."""
        return Account(np.where(self.public, ROLES.index("policy banks"), ROLES.index("lenders")), self.lender)

    @property
    def cover(self) -> Account:
        """The account of each insurer."""
        return Account(np.where(self.public, ROLES.index("public insurers"), ROLES.index("insurers")), self.insurer)


@dataclass(frozen=True)
class Parties:
    """The countries of the parties of each asset (codes); banks : of each loan."""

    home: Codes
    supplier: Codes
    fund: Codes
    banks: tuple[Bank, ...]

    def repeated(self, times: int) -> Parties:
        """Return the parties of all rows so many times over."""
        home, supplier, fund = (np.tile(own, times) for own in (self.home, self.supplier, self.fund))
        return Parties(home, supplier, fund, tuple(bank.repeated(times) for bank in self.banks))

    def at_home(self, role: str) -> Account:
        """Return the account of a role in each asset's own country."""
        return account(role, self.home)


def asset_flows(who: Parties, conditions: Conditions, ground: Ground, settled: Settled) -> list[Flow]:
    """Return the flows of assets, a row each."""
    rows = np.arange(len(who.home))
    made = (*_operating(who), *_sharing(who))
    flows = [Flow(kind, payer, payee, settled.yearly[name], rows) for kind, payer, payee, name in made]
    flows += [flow for bank, lent in zip(who.banks, settled.lent, strict=True) for flow in _lending(who, bank, lent, ground, rows)]
    flows += list(_owning(who, conditions, ground, settled, rows))
    flows += list(_building(who, ground, settled, rows))
    return some(iter([*flows, *_costs(who, conditions, ground, settled, rows)]))


Named = tuple[str, Account | None, Account | None, str]
Paid = tuple[str, Account | None, Account | None, Values]


def _operating(who: Parties) -> Iterator[Named]:
    """Yield (kind, payer, payee, name of the amounts) of operation."""
    assets, market = who.at_home("assets"), who.at_home("market")
    yield "sales", market, assets, "sales"
    yield "agreed prices", who.at_home("users"), assets, "parity"
    yield "inputs", assets, market, "inputs"
    yield "running cost", assets, who.at_home("suppliers"), "running cost"
    yield "running wages", assets, who.at_home("workers"), "running wages"
    yield "cost of supply", who.at_home("suppliers"), None, "running cost"
    yield "damage of emissions", who.at_home("environment"), None, "damage"
    yield "time in transit", who.at_home("owners"), None, "time in transit"
    # What is leased, year by year.
    yield "equipment", assets, account("contractors", who.supplier), "equipment"
    yield "equipment duty", assets, who.at_home("government"), "equipment duty"
    yield "local works", assets, who.at_home("suppliers"), "local works"
    yield "cost of supply", who.at_home("suppliers"), None, "local works"
    yield "building wages", assets, who.at_home("workers"), "building wages"


def _sharing(who: Parties) -> Iterator[Named]:
    """Yield what government, communities and who bears damage get."""
    assets, government = who.at_home("assets"), who.at_home("government")
    yield "royalty", assets, government, "royalty"
    yield "profit tax", assets, government, "profit tax"
    yield "carbon payment", assets, who.at_home("environment"), "carbon payment"
    yield "community fund", assets, who.at_home("communities"), "community fund"


def _lending(who: Parties, bank: Bank, lent: Lent, ground: Ground, rows: Codes) -> Iterator[Flow]:
    """Yield what is paid for one loan: when it is drawn, by year, and at the end."""
    assets, lender = who.at_home("assets"), bank.account
    once: tuple[Paid, ...] = (
        ("funds raised", None, lender, lent.raised),
        ("loan", lender, assets, lent.amount),
        ("front fee", assets, lender, lent.front_fee),
        ("premium", assets, bank.cover, lent.premium),
    )
    for kind, payer, payee, amounts in once:
        yield Flow(kind, payer, payee, amounts, rows, None, ground.opening, ground.opening_factor, loan=lent.name)
    yearly: tuple[Paid, ...] = (
        ("interest", assets, lender, lent.interest),
        ("principal", assets, lender, lent.principal),
        ("expected loss", lender, None, lent.loss),
        ("cost of funds", lender, None, lent.cost_of_funds),
        ("claims", bank.cover, lender, lent.claims),
    )
    for kind, payer, payee, amounts in yearly:
        yield Flow(kind, payer, payee, amounts, rows, loan=lent.name)
    last, end = np.full(len(rows), lent.balance.shape[1] - 1), np.full(len(rows), ground.end_factor)
    yield Flow("loan paid off at the end", assets, lender, lent.left, rows, None, last, end, loan=lent.name)
    yield Flow("cost of funds", lender, None, np.where(lent.raised > 0, lent.left, 0.0), rows, None, last, end, loan=lent.name)


def _owning(who: Parties, conditions: Conditions, ground: Ground, settled: Settled, rows: Codes) -> Iterator[Flow]:
    """Yield equity, dividends and what is left at the end, by owner."""
    terms, assets = conditions.terms, who.at_home("assets")
    partner, fund = terms["supplier_equity"], terms["fund_equity"]
    last, end = np.full(len(rows), settled.yearly["sales"].shape[1] - 1), np.full(len(rows), ground.end_factor)
    for owner, share in (
        (who.at_home("owners"), 1 - partner - fund),
        (account("owners", who.supplier), partner),
        (account("funds", who.fund), fund),
    ):
        yield Flow("dividends", assets, owner, settled.yearly["dividends"] * share[:, None], rows)
        yield Flow("equity", owner, assets, settled.once["equity"] * share, rows, None, ground.opening, ground.opening_factor)
        yield Flow("loan paid off at the end", owner, assets, settled.ended["balance"] * share, rows, None, last, end)
        yield Flow("value left", None, owner, settled.ended["end value"] * share, rows, None, last, end)


def _building(who: Parties, ground: Ground, settled: Settled, rows: Codes) -> Iterator[Flow]:
    """Yield what is paid once, when the asset opens."""
    assets, suppliers, contractors = who.at_home("assets"), who.at_home("suppliers"), account("contractors", who.supplier)
    for kind, payer, payee, name in (
        ("equipment", assets, contractors, "equipment"),
        ("equipment duty", assets, who.at_home("government"), "equipment duty"),
        ("local works", assets, suppliers, "local works"),
        ("cost of supply", suppliers, None, "local works"),
        ("building wages", assets, who.at_home("workers"), "building wages"),
    ):
        yield Flow(kind, payer, payee, settled.once[name], rows, None, ground.opening, ground.opening_factor)


def _costs(who: Parties, conditions: Conditions, ground: Ground, settled: Settled, rows: Codes) -> Iterator[Flow]:
    """Yield what equipment and labour really cost, the worth of foreign exchange, and the tax on wages."""
    terms, contractors = conditions.terms, account("contractors", who.supplier)
    workers, government = who.at_home("workers"), who.at_home("government")
    premium = np.where(who.home != who.supplier, terms["currency_premium"], 0.0)
    for name, kind, payer, payee, share in (
        ("equipment", "cost of equipment", contractors, None, 1 - terms["equipment_margin"]),
        ("equipment", "foreign exchange", government, None, premium),
        ("running wages", "labour", workers, None, terms["labour_cost"]),
        ("running wages", "tax on wages", workers, government, terms["wage_tax"]),
        ("building wages", "labour", workers, None, terms["labour_cost"]),
        ("building wages", "tax on wages", workers, government, terms["wage_tax"]),
    ):
        yield Flow(kind, payer, payee, settled.yearly[name] * share[:, None], rows)
        if name in settled.once:
            yield Flow(kind, payer, payee, settled.once[name] * share, rows, None, ground.opening, ground.opening_factor)
