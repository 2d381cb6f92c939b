"""Flows of assets: who pays for them, who works for them, who is paid by them, and what they cost that no one pays for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes
from capcoop.money.gains.conditions import Conditions
from capcoop.money.gains.flows import ROLES, Account, Flow, account, some
from capcoop.money.gains.settle import Ground, Settled


@dataclass(frozen=True)
class Parties:
    """The countries of the parties of each asset (codes), and whether its lender and insurer are public."""

    home: Codes
    supplier: Codes
    fund: Codes
    lender: Codes
    insurer: Codes
    public: np.ndarray

    def repeated(self, times: int) -> Parties:
        """Return the parties of all rows so many times over."""
        return Parties(*(np.tile(own, times) for own in vars(self).values()))

    def at_home(self, role: str) -> Account:
        """Return the account of a role in each asset's own country."""
        return account(role, self.home)

    @property
    def bank(self) -> Account:
        """The account of each lender."""
        return Account(np.where(self.public, ROLES.index("policy banks"), ROLES.index("lenders")), self.lender)

    @property
    def cover(self) -> Account:
        """The account of each insurer."""
        return Account(np.where(self.public, ROLES.index("public insurers"), ROLES.index("insurers")), self.insurer)


def asset_flows(who: Parties, conditions: Conditions, ground: Ground, settled: Settled) -> list[Flow]:
    """Return the flows of assets, a row each."""
    rows = np.arange(len(who.home))
    made = (*_operating(who), *_sharing(who), *_lending(who))
    flows = [Flow(kind, payer, payee, settled.yearly[name], rows) for kind, payer, payee, name in made]
    flows += list(_owning(who, conditions, ground, settled, rows))
    flows += list(_building(who, ground, settled, rows))
    return some(iter([*flows, *_costs(who, conditions, ground, settled, rows)]))


Named = tuple[str, Account | None, Account | None, str]


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


def _lending(who: Parties) -> Iterator[Named]:
    """Yield the service of loans."""
    assets = who.at_home("assets")
    yield "interest", assets, who.bank, "interest"
    yield "principal", assets, who.bank, "principal"
    yield "expected loss", who.bank, None, "expected loss"
    yield "cost of funds", who.bank, None, "cost of funds"
    yield "claims", who.cover, who.bank, "claims"


def _owning(who: Parties, conditions: Conditions, ground: Ground, settled: Settled, rows: Codes) -> Iterator[Flow]:
    """Yield equity, dividends and what is left at the end, by owner."""
    terms, assets = conditions.terms, who.at_home("assets")
    partner, fund = terms["supplier_equity"], terms["fund_equity"]
    last, end = np.full(len(rows), settled.balance.shape[1] - 1), np.full(len(rows), ground.end_factor)
    for owner, share in (
        (who.at_home("owners"), 1 - partner - fund),
        (account("owners", who.supplier), partner),
        (account("funds", who.fund), fund),
    ):
        yield Flow("dividends", assets, owner, settled.yearly["dividends"] * share[:, None], rows)
        yield Flow("equity", owner, assets, settled.once["equity"] * share, rows, None, ground.opening, ground.opening_factor)
        yield Flow("loan paid off at the end", owner, assets, settled.ended["balance"] * share, rows, None, last, end)
        yield Flow("value left", None, owner, settled.ended["end value"] * share, rows, None, last, end)
    yield Flow("loan paid off at the end", assets, who.bank, settled.ended["balance"], rows, None, last, end)
    yield Flow("cost of funds", who.bank, None, settled.ended["cost of funds"], rows, None, last, end)


def _building(who: Parties, ground: Ground, settled: Settled, rows: Codes) -> Iterator[Flow]:
    """Yield what is paid once, when the asset opens."""
    assets, suppliers, contractors = who.at_home("assets"), who.at_home("suppliers"), account("contractors", who.supplier)
    for kind, payer, payee, name in (
        ("equipment", assets, contractors, "equipment"),
        ("equipment duty", assets, who.at_home("government"), "equipment duty"),
        ("local works", assets, suppliers, "local works"),
        ("cost of supply", suppliers, None, "local works"),
        ("building wages", assets, who.at_home("workers"), "building wages"),
        ("funds raised", None, who.bank, "funds raised"),
        ("loan", who.bank, assets, "loan"),
        ("front fee", assets, who.bank, "front fee"),
        ("premium", assets, who.cover, "premium"),
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
