"""The terms and loans that a case states for each asset, as arrays; a deal is another set of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import Case, Rows
from capcoop.money.gains.assets import Built
from capcoop.schema import TABLES

TERMS = tuple(column.name for column in TABLES["terms"].columns if column.kind == "number")
LOAN_NUMBERS = tuple(column.name for column in TABLES["loans"].columns if column.kind == "number")
LOCAL = "local_share"


@dataclass(frozen=True)
class Offer:
    """A loan that is offered on each row: its numbers (n each, NaN where none is offered), and from whom.

    name : '' for the only one. lender, insurer : countries, '' where unknown. public : are both public?
    """

    name: str
    numbers: dict[str, Values]
    lender: tuple[str, ...]
    insurer: tuple[str, ...]
    profile: tuple[str, ...]
    public: np.ndarray

    def repeated(self, times: int) -> Offer:
        """Return the offer on all rows so many times over."""
        numbers = {name: np.tile(values, times) for name, values in self.numbers.items()}
        words = (self.lender * times, self.insurer * times, self.profile * times)
        return Offer(self.name, numbers, *words, np.tile(self.public, times))

    def beside_none(self, rows: int) -> Offer:
        """Return the offer on the rows, then on so many to which nothing is lent."""
        numbers = {name: np.append(values, np.full(rows, np.nan)) for name, values in self.numbers.items()}
        nobody = ("",) * rows
        words = (self.lender + nobody, self.insurer + nobody, self.profile + ("sculpted",) * rows)
        return Offer(self.name, numbers, *words, np.append(self.public, np.ones(rows, bool)))


@dataclass(frozen=True)
class Conditions:
    """Terms of assets: name -> one number for each row (n), the local share of outlays too; the loans offered; the country of the fund."""

    terms: dict[str, Values]
    fund: tuple[str, ...]
    offers: tuple[Offer, ...]

    @property
    def loans(self) -> dict[str, Values]:
        """The numbers of the only loan, or of the first."""
        return self.offers[0].numbers

    @property
    def profile(self) -> tuple[str, ...]:
        """How the only loan, or the first, is repaid."""
        return self.offers[0].profile

    def repeated(self, times: int) -> Conditions:
        """Return the conditions of all rows so many times over, one round after the other."""
        terms = {name: np.tile(values, times) for name, values in self.terms.items()}
        return Conditions(terms, self.fund * times, tuple(offer.repeated(times) for offer in self.offers))


def conditions_of(case: Case, assets: Built) -> Conditions:
    """Return the terms of each asset; what names no lender has that of the supplier, and no insurer that of the lender."""
    terms, targets = case["terms"], {"country": assets.country, "option": assets.option}
    fund = _either(words_of(terms, "fund", targets), assets.supplier)
    numbers = {name: terms.lookup(name, **targets) for name in TERMS} | {LOCAL: assets.local}
    return Conditions(numbers, fund, offers_of(case, targets, assets.supplier))


def offers_of(case: Case, targets: Mapping[str, Codes], supplier: tuple[str, ...]) -> tuple[Offer, ...]:
    """Return the loans that a case offers on each of some options in countries: the only one, or each that has a name."""
    loans, length = case["loans"], len(supplier)
    found = []
    for code, name in enumerate(case.names["loans"] or ("",)):
        own = {**targets, "loan": np.full(length, code if case.names["loans"] else -1)}
        numbers = {column: loans.lookup(column, **own) for column in LOAN_NUMBERS}
        lender = _either(words_of(loans, "lender", own), supplier)
        insurer = _either(words_of(loans, "insurer", own), lender)
        profile = tuple(word or "sculpted" for word in words_of(loans, "profile", own))
        public = np.array([word != "no" for word in words_of(loans, "public", own)], bool)
        found.append(Offer(name, numbers, lender, insurer, profile, public))
    return tuple(found)


def terms_of_countries(case: Case) -> dict[str, Values]:
    """Return the terms that no option states, of each country and, last, of places without one: of what existed and is traded."""
    count = case.size("countries")
    targets = {"country": np.append(np.arange(count), -1), "option": np.full(count + 1, -1)}
    return {name: case["terms"].lookup(name, **targets) for name in TERMS} | {LOCAL: np.zeros(count + 1)}


def _either(words: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word or other for word, other in zip(words, others, strict=True))


def words_of(rows: Rows, column: str, targets: Mapping[str, Codes]) -> tuple[str, ...]:
    """Return the text that the cascade gives each target ('' where none is stated; yes and no as words)."""
    cells = rows.frame.get_column(column)
    if rows.table[column].kind == "flag":
        cells = cells.replace_strict({True: "yes", False: "no"}, default=None)
    stated = np.where(cells.is_not_null().to_numpy(), np.arange(len(rows)), np.nan) if len(rows) else np.zeros(0)
    length = len(next(iter(targets.values())))
    found = rows.cascade.values(targets, length, stated)[0]
    words = cells.to_list()
    return tuple("" if np.isnan(i) else str(words[int(i)]) for i in found)
