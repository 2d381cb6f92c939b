"""Rules between the tables of money: terms, loans, what is negotiable, and what governments carry."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from capcoop.case.cascade import Values, pick
from capcoop.case.case import Case, Rows
from capcoop.case.checks import Fault, Rule
from capcoop.schema import TABLES, Column

ARRANGEMENT = "OECD Arrangement on export credits"
SLACK = 1e-9
EQUITY = ("supplier_equity", "fund_equity")


def _at_own_key(rows: Rows, column: str) -> Values:
    """Return what the cascade gives the very key of each row."""
    return rows.lookup(column, **{key: rows.codes(key) for key in rows.table.keys})


def _equity(case: Case) -> Iterator[Fault]:
    terms = case["terms"]
    both = sum(_at_own_key(terms, name) for name in EQUITY)
    rule = "and fund_equity together are more than all of the equity"
    yield Fault("terms", EQUITY[0], np.asarray(both > 1), rule, "lower one of them: the rest is held in the country")


def _loans(case: Case) -> Iterator[Fault]:
    loans = case["loans"]
    rate, years = (_at_own_key(loans, name) for name in ("rate", "years"))
    for column, wrong, other in (
        ("years", np.isnan(years) & ~np.isnan(rate), "rate"),
        ("rate", np.isnan(rate) & ~np.isnan(years), "years"),
    ):
        yield Fault("loans", column, wrong, f"is unknown, but {other} is stated", "a loan needs both")
    rule, remedy = f"is all of it, but owners pay 15 % at least ({ARRANGEMENT})", "write a share below 1, such as 0.7"
    yield Fault("loans", "gearing", loans.stated("gearing") >= 1, rule, remedy)
    life = pick(case["options"].numbers("life"), loans.codes("option"), np.inf) if case.size("options") else np.full(len(loans), np.inf)
    yield from _shares(case)
    public = sum(_at_own_key(loans, name) for name in ("owed", "guaranteed"))
    rule, remedy = "and guaranteed together are more than all of the loan", "lower one of them: what a government owes needs no guarantee"
    yield Fault("loans", "owed", np.asarray(public > 1), rule, remedy)
    rule, remedy = f"is longer than the option's life: no loan outlasts its asset ({ARRANGEMENT})", "shorten it"
    yield Fault("loans", "years", years > life, rule, remedy)


def _shares(case: Case) -> Iterator[Fault]:
    """Yield where the loans of an option have shares of the debt that cannot be."""
    loans, names = case["loans"], case.names["loans"]
    options, count = case["options"], case.size("options")
    if not names or not count:
        return
    home = pick(case.country, options.codes("site"))
    targets = {"option": np.tile(np.arange(count), len(names)), "country": np.tile(home, len(names))}
    targets["loan"] = np.repeat(np.arange(len(names)), count)
    share, rate = (loans.lookup(name, **targets).reshape(len(names), count) for name in ("share", "rate"))
    stated = np.where(np.isnan(rate), np.nan, share)
    total, blank = np.nansum(stated, axis=0), (np.isnan(share) & ~np.isnan(rate)).any(axis=0)
    wrong = (total > 1 + SLACK) | (~blank & (total < 1 - SLACK) & ~np.isnan(rate).all(axis=0))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        found = f"{total[first]:g} in all for option '{case.names['options'][first]}'"
        yield Fault("loans", "share", None, "is not the whole debt", "let those of an asset's loans sum to 1, or leave one blank", found)


def _negotiable(case: Case) -> Iterator[Fault]:
    open_ = case["negotiable"]
    least, most = open_.stated("least"), open_.stated("most")
    yield Fault("negotiable", "least", least > most, "is more than most", "lower it, or raise most")
    words = open_.frame.get_column("term").to_list()
    columns = [_column(word) for word in words]
    highest = np.array([np.inf if c is None or c.upper is None else c.upper for c in columns])
    yield Fault("negotiable", "most", most > highest, "is more than the term can be", "write 40 % as 0.4")
    whole = np.array([word == "gearing" for word in words], bool) & (most >= 1)
    yield Fault("negotiable", "most", whole, f"lets a loan pay all, but owners pay 15 % at least ({ARRANGEMENT})", "write a share below 1")
    equity = np.array([word in EQUITY for word in words], bool)
    total = float(sum(max((m for w, m in zip(words, most, strict=True) if w == name), default=0.0) for name in EQUITY))
    rule = "and that of the other holder of equity may come to more than all of it"
    yield Fault("negotiable", "most", equity & (total > 1), rule, "lower one of the two")
    missing = np.array([word in {"rate", "gearing"} for word in words], bool) & (not len(case["loans"]))
    yield Fault(
        "negotiable", "term", missing, "is a term of a loan, but there is none", "state it in loans.csv, its years at least and its rate"
    )


def _column(term: str) -> Column | None:
    """Return the column of terms, loans or options that a term is."""
    return next((column for table in ("terms", "loans", "options") for column in TABLES[table] if column.name == term), None)


OF_MONEY: tuple[Rule, ...] = (_equity, _loans, _negotiable)
