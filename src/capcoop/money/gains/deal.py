"""The deal: which of the terms that are still open make every party at the table gain, on their true effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import Case
from capcoop.errors import UsageError
from capcoop.money.bargaining import best_deal, least_gain, nash_product
from capcoop.money.gains.conditions import Conditions
from capcoop.money.gains.flows import ROLES, gains_of, gains_of_rounds
from capcoop.money.gains.ledger import Ledger
from capcoop.money.gains.payments import asset_flows
from capcoop.money.gains.settle import settle

Rule = Literal["leximin", "nash"]
RULES: tuple[Rule, ...] = ("leximin", "nash")
# Sellers of what is no longer bought lose, but nobody asks them; traders and the outside neither gain nor lose.
ABSENT = ("traders", "exporters", "suppliers", "buyers", "market", "assets")
ROWS_AT_ONCE = 10000
# Gains below this share of the largest are no gains or losses.
TIGHT = 1e-9


@dataclass(frozen=True)
class Table:
    """A bargaining table: terms (k) with bounds, and how gains of parties (p) follow from them.

    term, option : of each (option -1: all). least, most : bounds.
    parties : (role, country) of those that a term may touch or that take part.
    """

    ledger: Ledger
    term: tuple[str, ...]
    option: Codes
    least: Values
    most: Values
    parties: tuple[tuple[str, str], ...]
    fixed: Values

    def gains(self, deals: Values) -> Values:
        """Return the gains (deals x p) of many deals (deals x k)."""
        width = max(1, ROWS_AT_ONCE // max(1, len(self.ledger.ground)))
        parts = [self._gains(deals[start : start + width]) for start in range(0, len(deals), width)]
        return np.concatenate(parts)

    def _gains(self, deals: Values) -> Values:
        ledger, rounds = self.ledger, len(deals)
        conditions = self.conditions(deals)
        ground = ledger.ground.repeated(rounds)
        flows = asset_flows(ledger.parties.repeated(rounds), conditions, ground, settle(ground, conditions, ledger.horizon))
        countries = len(ledger.countries)
        out = gains_of_rounds(flows, ledger.horizon.factor, countries, rounds)
        codes = [ROLES.index(role) * countries + ledger.countries.names.index(country) for role, country in self.parties]
        return np.asarray(out.reshape(rounds, -1)[:, codes] + self.fixed)

    def conditions(self, deals: Values) -> Conditions:
        """Return the conditions of all assets under each deal, one deal after the other."""
        ledger = self.ledger
        own, rows, rounds = ledger.conditions, len(ledger.ground), len(deals)
        new = len(ledger.built)
        terms, *loans = (
            {name: np.tile(v, (rounds, 1)) for name, v in part.items()} for part in (own.terms, *(offer.numbers for offer in own.offers))
        )
        for number, (term, option) in enumerate(zip(self.term, self.option, strict=True)):
            mine = np.arange(rows) < new
            if option >= 0:
                mine[:new] = ledger.built.option == option
            elif term == "users_share":
                mine[:] = True  # prices fall for all who sell
            for values in (terms[term],) if term in terms else (one[term] for one in loans):
                values[:, mine] = deals[:, number, None]
        flat = own.repeated(rounds)
        terms, *loans = ({name: v.ravel() for name, v in part.items()} for part in (terms, *loans))
        offers = (replace(offer, numbers=one) for offer, one in zip(flat.offers, loans, strict=True))
        return Conditions(terms, flat.fund, tuple(offers))


def table_of(case: Case, ledger: Ledger, before: Ledger) -> Table:
    """Return the bargaining table of a plan.

    Raises
    ------
    UsageError : the case leaves no term open.
    """
    rows = case["negotiable"]
    if not len(rows):
        raise UsageError("no term is open: state in negotiable.csv which terms may still be settled, and between which bounds")
    ordered = np.argsort(rows.codes("option"), kind="stable")  # that of one option comes after that of all, and wins
    words = rows.frame.get_column("term").to_list()
    countries = len(ledger.countries)
    base = gains_of(before.flows, before.horizon.factor, len(before.countries))
    outside = np.zeros((len(ROLES), countries))
    for i, name in enumerate(before.countries.names):
        outside[:, ledger.countries.names.index(name)] = base[:, i]
    whole = gains_of(ledger.flows, ledger.horizon.factor, countries)
    present = [
        (role, country)
        for i, role in enumerate(ROLES)
        if role not in ABSENT
        for j, country in enumerate(ledger.countries.names)
        if whole[i, j] or outside[i, j] or _takes_part(ledger, role, country)
    ]
    markets = gains_of(ledger.markets, ledger.horizon.factor, countries) - outside
    fixed = np.array([markets[ROLES.index(role), ledger.countries.names.index(country)] for role, country in present])
    return Table(
        ledger,
        tuple(words[i] for i in ordered),
        rows.codes("option")[ordered],
        rows.numbers("least")[ordered],
        rows.numbers("most")[ordered],
        tuple(present),
        fixed,
    )


def _takes_part(ledger: Ledger, role: str, country: str) -> bool:
    """Return whether a party with nothing at stake yet may come to have something by a term."""
    new = slice(0, len(ledger.built))
    code = ledger.countries.names.index(country)
    places = {"owners": (ledger.parties.supplier, ledger.parties.home), "funds": (ledger.parties.fund,)}
    at_home = {"communities", "government", "environment", "users", "workers"}
    where: Sequence[Codes] = (ledger.parties.home,) if role in at_home else places.get(role, ())
    return any(bool((codes[new] == code).any()) for codes in where)


@dataclass(frozen=True)
class Settlement:
    """A deal: terms with their values, gains of each party as stated and under the deal, and who falls short of its baseline most."""

    rule: Rule
    terms: pl.DataFrame
    gains: pl.DataFrame
    holds: bool
    shortfall: float
    loser: str


def settlement(case: Case, ledger: Ledger, before: Ledger, rule: Rule = "leximin", seed: int = 0) -> Settlement:
    """Return the deal that a rule chooses among the terms that the case leaves open.

    leximin : the party that gains least gains most, then the next. nash : the product of gains is largest (Nash 1950).

    Raises
    ------
    UsageError : no term is open, or there is no such rule.
    """
    if rule not in RULES:
        raise UsageError(f"'{rule}' is no rule of sharing; write one of {', '.join(RULES)}")
    table = table_of(case, ledger, before)
    probe = table.gains(np.stack([table.least, table.most, (table.least + table.most) / 2]))
    moves = np.ptp(probe, axis=0) > TIGHT * np.abs(probe).max(initial=1.0)
    worth = least_gain if rule == "leximin" else nash_product()

    def of_moving(deals: Values) -> Values:
        return table.gains(deals)[:, moves] if moves.any() else table.gains(deals)

    found = best_deal(of_moving, table.least, table.most, worth, seed)
    gains = table.gains(found.terms[None])[0]
    stated = gains_of(ledger.flows, ledger.horizon.factor, len(ledger.countries))
    own = [stated[ROLES.index(role), ledger.countries.names.index(country)] for role, country in table.parties]
    markets = gains_of(ledger.markets, ledger.horizon.factor, len(ledger.countries))
    at_table = [markets[ROLES.index(role), ledger.countries.names.index(country)] for role, country in table.parties]
    options = case.names["options"]
    terms = pl.DataFrame(
        {
            "term": table.term,
            "option": [options[i] if i >= 0 else None for i in table.option],
            "least": table.least,
            "most": table.most,
            "settled": found.terms,
        },
        schema_overrides={"option": pl.String},
    )
    told = pl.DataFrame(
        {
            "role": [role for role, _ in table.parties],
            "country": [country for _, country in table.parties],
            "stated": np.array(own) - (np.array(at_table) - table.fixed),
            "settled": gains,
        }
    )
    slack = TIGHT * max(1.0, float(np.abs(gains).max(initial=0.0)))
    worst = int(gains.argmin()) if len(gains) else -1
    holds = bool((gains >= -slack).all())
    loser = "" if holds else " ".join(table.parties[worst]).strip()
    return Settlement(rule, terms, told, holds, float(max(0.0, -gains.min(initial=0.0))), loser)
