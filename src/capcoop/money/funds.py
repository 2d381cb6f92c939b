"""Funds of cooperation: what is known of those that exist, and the rules by which one takes part in a project."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from capcoop.errors import UsageError, printable, suggestion
from capcoop.money.rules import rule_table


@dataclass(frozen=True)
class FundFacts:
    """A fund as its sources tell it; None: not known, which is neither zero nor without bound.

    size, smallest_ticket, largest_ticket : in `currency` ("million USD"). largest_share : of the equity of a project. hurdle : the yearly
    return that it asks for.
    """

    name: str
    size: float
    currency: str
    owners: str
    instruments: tuple[str, ...]
    sectors: tuple[str, ...]
    smallest_ticket: float | None
    largest_ticket: float | None
    largest_share: float | None
    hurdle: float | None
    source: str
    year: int
    verified: bool


@dataclass(frozen=True)
class FundRules:
    """How a fund takes part: tickets (million USD), largest share of the equity, hurdle (yearly return), and years until it may leave.

    assumed : the rules that are the planner's defaults and not facts of the fund.
    """

    smallest_ticket: float
    largest_ticket: float
    largest_share: float
    hurdle: float
    earliest_exit: int
    latest_exit: int
    assumed: tuple[str, ...]


@cache
def funds() -> dict[str, FundFacts]:
    """Return the funds by their names."""
    known = {}
    for row in rule_table("funds").drop("note").iter_rows(named=True):
        lists = {key: tuple(part.strip() for part in row[key].split(";")) for key in ("instruments", "sectors")}
        stated = {key: value for key, value in row.items() if key != "fund"}
        known[row["fund"]] = FundFacts(row["fund"], **{**stated, **lists})
    return known


def fund_named(name: str) -> FundFacts:
    """Return the facts of a fund; raises UsageError where there is none of that name."""
    if name not in funds():
        raise UsageError(f"'{printable(name)}' is not a fund that capcoop knows; {suggestion(name, funds()) or 'see docs/finance.md'}")
    return funds()[name]


def default_rule(rule: str) -> float:
    """Return one of the planner's default rules for funds; none of them is verified."""
    return float(rule_table("fund_rules").filter(pl.col("rule") == rule).item(0, "value"))


def fund_rules(name: str | None = None) -> FundRules:
    """Return how a fund takes part: by its own facts where they are known, by the planner's defaults where they are not."""
    facts = None if name is None else fund_named(name)
    defaults = {
        "smallest_ticket": default_rule("smallest ticket"),
        "largest_ticket": default_rule("largest ticket"),
        "largest_share": default_rule("largest share of the equity"),
        "hurdle": (default_rule("lowest hurdle") + default_rule("highest hurdle")) / 2,
    }
    known = {key: value for key in defaults if facts is not None and (value := getattr(facts, key)) is not None}
    exits = {"earliest_exit": int(default_rule("earliest exit")), "latest_exit": int(default_rule("latest exit"))}
    assumed = tuple(key.replace("_", " ") for key in (*defaults, *exits) if key not in known)
    return FundRules(**{**defaults, **known}, **exits, assumed=assumed)
