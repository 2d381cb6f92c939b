"""Terms of export credit against the OECD Arrangement: how much may be supported, how long, at which interest; what a premium costs.

Amounts are in one currency; shares and rates are fractions; times are years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from capcoop.errors import UsageError
from capcoop.money.premium import HIGH_INCOME, classification
from capcoop.money.rules import rule_table

Floats = NDArray[np.float64]
Scope = Literal["standard", "climate", "fossil"]


@dataclass(frozen=True)
class Contract:
    """An export contract: its value, local costs beside it, the useful life of the goods, and what kind of project it is."""

    value: float
    local: float = 0.0
    life: float = float("inf")
    scope: Scope = "standard"


@dataclass(frozen=True)
class Credit:
    """An export credit: its amount without premium, years of repayment, years until the first instalment.

    average_life : years from the starting point of credit. largest : share of principal repaid within six months. down_payment : amount.
    """

    amount: float
    years: float
    first: float = 0.5
    average_life: float | None = None
    largest: float | None = None
    down_payment: float | None = None


@dataclass(frozen=True)
class Violation:
    """A term that breaks a rule: what was found, what the rule allows, and where the rule stands."""

    rule: str
    found: float
    allowed: float
    source: str
    verified: bool

    def __str__(self) -> str:
        """Say it in one sentence."""
        mark = "" if self.verified else "; the figure of the rule is not verified"
        return f"{self.rule} is {self.found:g}, the rule allows {self.allowed:g} ({self.source}{mark})"


def rule(name: str, applies: str) -> tuple[float, str, bool]:
    """Return the value of a rule of credit, its source, and whether it was read there."""
    found = rule_table("credit_terms").filter((pl.col("rule") == name) & (pl.col("applies") == applies))
    value, source, verified = found.select("value", "source", "verified").row(0)
    return float(value), str(source), bool(verified)


def is_bound(supplier: str) -> bool:
    """Return whether export credit of a country keeps to the Arrangement: a floor for its participants, a benchmark for others."""
    return supplier in rule_table("participants")["participant"].to_list()


def _wealth(host: str) -> str:
    return HIGH_INCOME if classification(host) == HIGH_INCOME else "other"


def support_ceiling(contract: Contract, host: str) -> float:
    """Return the most that may be supported, before the premium: a share of the contract, and local costs up to theirs."""
    share, most_local = rule("official support", "every credit")[0], rule("local cost", _wealth(host))[0]
    return share * contract.value + min(contract.local, most_local * contract.value)


def check_terms(contract: Contract, credit: Credit, host: str) -> list[Violation]:
    """Return every term of a credit that breaks the Arrangement, for a host country (ISO 3166 alpha-3)."""
    tenor, where, read = rule("longest repayment", contract.scope)
    tests = [
        ("the amount of the credit", credit.amount, support_ceiling(contract, host), *rule("official support", "every credit")[1:]),
        ("the share of local costs", contract.local / contract.value, *rule("local cost", _wealth(host))),
        ("the repayment in years", credit.years, tenor, where, read),
        ("the repayment in years, against the life of the goods,", credit.years, contract.life, where, read),
        ("the first instalment, in years,", credit.first, *rule("first instalment", "standard profile")),
    ]
    if credit.average_life is not None:
        ratio, source, verified = rule("average life", "every credit")
        tests.append(("the average life in years", credit.average_life, ratio * tenor, source, verified))
    if credit.largest is not None:
        tests.append(("the largest share repaid in six months", credit.largest, *rule("largest instalment", "project finance before 2023")))
    found = [Violation(*test) for test in tests if test[1] > test[2] * (1 + 1e-12)]
    for name, value, applies in (
        ("down payment", None if credit.down_payment is None else credit.down_payment / contract.value, "every credit"),
        ("shortest repayment", credit.years, "every credit"),
    ):
        least, source, verified = rule(name, applies)
        if value is not None and value < least:
            found.append(Violation(f"the {name}, of which more is asked for,", value, least, source, verified))
    return found


def reference_rate(bond_yield: float, margin: float, lock: float = 0.0) -> float:
    """Return the commercial interest reference rate: the yield of government bonds plus a margin, and what fixing it early costs."""
    return bond_yield + margin + lock


def tied_aid_discount(reference: float) -> float:
    """Return the discount rate of tied aid: a quarter of the way from the reference rate to 10 % (Arrangement, before 2023)."""
    return reference + (0.10 - reference) / 4 if reference < 0.10 else reference


def financed_premium(amount: float, rate: float) -> float:
    """Return the principal that leaves so much after a premium, a share of the principal, is paid out of it."""
    if not 0 <= rate < 1:
        raise UsageError(f"the premium is {rate:g}, but is a fraction below 1 of the principal")
    return amount / (1 - rate)


def balances(years: int, payments: int) -> Floats:
    """Return the balance of a credit of 1 before each payment, of equal parts of principal."""
    count = years * payments
    return 1 - np.arange(count) / count


def running_premium(rate: float, balance: ArrayLike, payments: int, discount: float) -> float:
    """Return the yearly spread on the balance that is worth a premium paid up front.

    balance : before each payment, of a credit of 1. discount : yearly, effective. rate = s sum(balance / payments x discount factor).
    """
    owed = np.asarray(balance, dtype=np.float64)
    factors = (1 + discount) ** (-np.arange(1, len(owed) + 1) / payments)
    return float(rate / (owed @ factors / payments))


def all_in_cost(rate: float, balance: ArrayLike, payments: int, premium: float) -> float:
    """Return the cost of a credit with its premium deducted at the start, as a rate for each payment period."""
    from capcoop.money.returns import internal_rates

    owed = np.asarray(balance, dtype=np.float64)
    principal = owed - np.append(owed[1:], 0.0)
    found = internal_rates(np.concatenate([[1 - premium], -(principal + owed * rate / payments)]))
    if found.only is None:
        raise UsageError("the credit has no cost that can be told: premium and payments do not make one rate of return")
    return found.only
