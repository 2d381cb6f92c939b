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
class Conditions:
    """Terms of assets: name -> one number for each row (n), the local share of outlays too; loans alike, NaN where none is offered.

    fund, lender, insurer : countries, '' where unknown. profile : of each loan. public : are lender and insurer public?
    """

    terms: dict[str, Values]
    loans: dict[str, Values]
    fund: tuple[str, ...]
    lender: tuple[str, ...]
    insurer: tuple[str, ...]
    profile: tuple[str, ...]
    public: np.ndarray

    def repeated(self, times: int) -> Conditions:
        """Return the conditions of all rows so many times over, one round after the other."""
        return Conditions(
            {name: np.tile(values, times) for name, values in self.terms.items()},
            {name: np.tile(values, times) for name, values in self.loans.items()},
            self.fund * times,
            self.lender * times,
            self.insurer * times,
            self.profile * times,
            np.tile(self.public, times),
        )


def conditions_of(case: Case, assets: Built) -> Conditions:
    """Return the terms of each asset; what names no lender has that of the supplier, and no insurer that of the lender."""
    terms, loans = case["terms"], case["loans"]
    targets = {"country": assets.country, "option": assets.option}
    supplier = assets.supplier
    lender = _either(words_of(loans, "lender", targets), supplier)
    return Conditions(
        {name: terms.lookup(name, **targets) for name in TERMS} | {LOCAL: assets.local},
        {name: loans.lookup(name, **targets) for name in LOAN_NUMBERS},
        _either(words_of(terms, "fund", targets), supplier),
        lender,
        _either(words_of(loans, "insurer", targets), lender),
        tuple(word or "sculpted" for word in words_of(loans, "profile", targets)),
        np.array([word != "no" for word in words_of(loans, "public", targets)], bool),
    )


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
