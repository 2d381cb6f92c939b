"""The tables of docs/finance.md: funds, the planner's rules for them, and prices of political risk."""

from __future__ import annotations

from collections.abc import Sequence

from capcoop.money.rules import rule_table

Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def tables() -> dict[str, Table]:
    """Return every table of the page by the name of its mark."""
    return {"funds": _funds(), "fund rules": _rules(), "political risk": _political_risk()}


def _read(verified: bool) -> str:  # noqa: FBT001  (a cell of a table)
    return "" if verified else "not verified"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.4g} %"


def _funds() -> Table:
    rows = [
        [
            row["fund"],
            f"{row['size']:g} {row['currency']}",
            row["owners"],
            row["instruments"],
            row["sectors"],
            "" if row["smallest_ticket"] is None else f"{row['smallest_ticket']:g} to {row['largest_ticket']:g}",
            _percent(row["largest_share"]),
            _percent(row["hurdle"]),
            row["note"] or "",
            f"{row['source']} ({row['year']})",
            _read(row["verified"]),
        ]
        for row in rule_table("funds").iter_rows(named=True)
    ]
    return ("fund", "size", "owners", "instruments", "sectors", "ticket", "share below", "hurdle", "more", "source", ""), rows


def _rules() -> Table:
    table = rule_table("fund_rules")
    rows = [[row["rule"], f"{row['value']:g}", row["unit"], row["source"], _read(row["verified"])] for row in table.iter_rows(named=True)]
    return ("rule", "value", "unit", "source", ""), rows


def _political_risk() -> Table:
    rows = [
        [
            row["provider"],
            row["peril"],
            row["base"],
            "" if row["lowest_price"] is None else f"{100 * row['lowest_price']:.4g} to {100 * row['highest_price']:.4g} %",
            _percent(row["largest_cover"]),
            _number(row["longest_years"]),
            _number(row["waiting_days"]),
            row["note"] or "",
            row["source"],
            _read(row["verified"]),
        ]
        for row in rule_table("political_risk").iter_rows(named=True)
    ]
    return ("provider", "peril", "of", "a year", "cover up to", "years", "days of waiting", "more", "source", ""), rows
