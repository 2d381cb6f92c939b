"""Terms of a project against what lenders accept and against the rules of export credit.

Lenders of countries that keep to the OECD Arrangement are bound by it; to others (China, India, Brazil, Russia) it is a benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.errors import UsageError, printable
from capcoop.money.debt import DISCOUNT, PublicLoan, grant_element
from capcoop.money.loans import Floats
from capcoop.money.premium import CATEGORIES, Cover, classification, minimum_premium
from capcoop.money.project.finance import ARRANGEMENT, Project
from capcoop.money.project.projectfile import ProjectFile
from capcoop.money.project.syndicate import Syndicated
from capcoop.money.project.tranchefile import Lending
from capcoop.money.project.tranches import PROFILES, Financing, Tranche
from capcoop.money.rules import rule_table
from capcoop.money.terms import Contract, Credit, Violation, check_terms, is_bound, rule, tied_aid_discount

HALF = 0.5  # of a year: payments of a yearly period fall twice in it, the first after half of it
STANDARD = ("equal-principal", "annuity")  # profiles whose first instalment is bounded; that of others is by their average life


def refusals(what: Project, financing: Financing) -> list[str]:
    """Return a sentence for each term that no lender accepts, with the rule and the remedy; terms are numbers, of one project."""
    found = [told for one in financing.tranches for told in _refused(what, one, single=len(financing.tranches) == 1)]
    if not np.all(np.asarray(financing.coverage) >= 1):
        told = f"the debt-service coverage is {financing.coverage:g}: below 1 the cash does not pay the debt"
        found.append(f"{told}; lenders ask for 1.2 or more")
    if not 0 < financing.gearing < 1:
        found.append(f"the gearing is {financing.gearing:g}, but lies between 0 and 1: owners pay 15 % at least ({ARRANGEMENT})")
    return list(dict.fromkeys(found))


def _refused(what: Project, one: Tranche, *, single: bool) -> list[str]:
    cash, life = what.operation.cash.min(axis=0), what.operation.cash.shape[1]
    years, name = int(np.max(one.years)), "the loan" if single else f"the tranche {one.name}"
    found = []
    if one.profile not in PROFILES:
        found.append(f"the repayment profile is '{printable(one.profile)}', but one of {', '.join(PROFILES)}")
    if not 1 <= years <= life:
        found.append(f"{name} runs {years} years, but the asset {life}: no loan outlasts its asset ({ARRANGEMENT}); shorten it")
    elif (cash[:years] <= 0).any():
        year = int((cash[:years] <= 0).argmax()) + 1
        found.append(f"cash available for debt service is {cash[year - 1]:g} in year {year} of operation: it is positive while a loan runs")
    return found


def check(what: Project, financing: Financing) -> None:
    """Raise UsageError where a term is refused; all of them are named in one message."""
    wrong = refusals(what, financing)
    if wrong:
        raise UsageError("; ".join(wrong))


@dataclass(frozen=True)
class Remark:
    """A term of a tranche that breaks a rule, and whether its lender is bound by the rule."""

    tranche: str
    lender: str
    bound: bool
    broken: Violation

    def __str__(self) -> str:
        """Say it in one sentence."""
        head = f"Rule broken: {self.lender} is bound" if self.bound else f"Benchmark: {self.lender} is not bound"
        return f"{head}, and of {printable(self.tranche)} {self.broken}."


def remarks(asked: ProjectFile, found: Syndicated) -> list[Remark]:
    """Return every term of a tranche that breaks a rule of export credit; lenders of the host, or of no stated country, have none."""
    told = []
    for index, one in enumerate(asked.lendings()):
        if one.lender is not None and asked.country is not None and one.lender != asked.country:
            broken = [*_terms(asked, found, index, one), *_prices(asked, found, index, one)]
            told += [Remark(one.name, one.lender, is_bound(one.lender), each) for each in broken]
    return told


def _terms(asked: ProjectFile, found: Syndicated, index: int, one: Lending) -> list[Violation]:
    """Return what is wrong with amount, years, first instalment and average life."""
    value = float("inf") if one.contract is None else one.contract
    contract = Contract(value, one.local, float(found.cash.shape[1]), asked.scope)
    amount = float(found.draws[index, 0].sum()) - (float(found.insurers[index, 0, 0]) if one.insurance.pays == "financed" else 0.0)
    first = one.first - HALF if one.profile in STANDARD else HALF
    credit = Credit(amount, float(one.years), first, float(found.average_lives[index, 0]))
    return check_terms(contract, credit, asked.country or "")


def _prices(asked: ProjectFile, found: Syndicated, index: int, one: Lending) -> list[Violation]:
    """Return what is wrong with a premium that is stated, a fixed rate below its reference, and tied aid that is hardly any aid."""
    broken, premium = [], float(found.premium[index, 0])
    least = minimum_of(asked, found, index, one)
    if one.insurance.premium is not None and least is not None and premium < least:
        source = str(rule_table("premium").item(0, "source"))
        broken.append(Violation("the premium, of which more is asked for,", premium, round(least, 6), source, verified=True))
    reference = reference_of(one)
    if reference is not None and one.rate is not None and one.rate < reference and not one.tied:
        source, verified = rule("margin over government bonds", "until 15 July 2024")[1:]
        broken.append(Violation("the fixed rate, of which more is asked for,", one.rate, reference, source, verified))
    if one.tied and (element := concessionality(found, index, one)) > 0:
        allowed, source, verified = rule("concessionality of tied aid", "every tied aid")
        if element < allowed:
            told = "the concessionality of the tied loan, of which more is asked for,"
            broken.append(Violation(told, round(element, 4), allowed, source, verified))
    return broken


def minimum_of(asked: ProjectFile, found: Syndicated, index: int, one: Lending) -> float | None:
    """Return the minimum premium of a tranche in its host; None where the Arrangement sets none."""
    state = classification(asked.country or "") if asked.country else ""
    if state not in {str(category) for category in CATEGORIES}:
        return None
    drawdown, life = float(found.draws.shape[2] - 1), float(found.average_lives[index, 0])
    own = one.insurance
    buyer = "SOV" if one.sovereign else own.buyer
    asked_cover = Cover(int(state), buyer, float(one.years), drawdown, life, own.commercial, own.political, own.quality)
    try:
        return minimum_premium(asked_cover).rate
    except UsageError:
        return None


def reference_of(one: Lending) -> float | None:
    """Return the reference rate of a tranche's currency, as stated or from its bond yield; None where it is not known."""
    if one.reference is not None:
        return one.reference
    return one.interest if one.bond_yield is not None else None


def concessionality(found: Syndicated, index: int, one: Lending) -> float:
    """Return how concessional a tranche is at the discount rate of tied aid; at 5 % where its reference rate is not known."""
    reference = reference_of(one)
    return grant_element(public_loan(found, index, one), DISCOUNT if reference is None else tied_aid_discount(reference))


def public_loan(found: Syndicated, index: int, one: Lending) -> PublicLoan:
    """Return a tranche as a loan that is drawn at t = 0, in its own currency, with its fees and premium at the start."""
    before = found.draws.shape[2] - 1
    parts = found.parts_of_principal[index, 0, : one.years]
    fee = one.front_fee + (0.0 if one.insurance.pays == "running" else float(found.premium[index, 0]))
    shares: Floats = np.concatenate([np.zeros(before), parts / parts.sum()])
    shares = np.maximum(shares, 0.0) / np.maximum(shares, 0.0).sum()
    return PublicLoan(1.0, one.interest, 0.0, float(before + one.years), 1, fee, parts=tuple(shares.tolist()))
