"""Who gains from a plan, how it is paid for and what the deal is, drawn for a terminal of 80 columns."""

from __future__ import annotations

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from capcoop.appraise import Appraisal
from capcoop.errors import printable
from capcoop.money.gains.parties import Gains
from capcoop.report.governments import debt_shown
from capcoop.report.terminal import SHOWN_ROWS, figure, table_of, title_of

# A gain below this share of the largest is none.
TINY = 1e-6
REASONS = 2
# What is told together, since one is paid for the other.
TOGETHER = {
    **dict.fromkeys(("loan", "funds raised", "cost of funds", "interest", "principal", "front fee"), "lending"),
    **dict.fromkeys(("equity", "dividends", "value left"), "ownership"),
    **dict.fromkeys(("equipment", "cost of equipment"), "margin on equipment"),
    **dict.fromkeys(("purchases", "purchases from outside", "cost of goods", "purchases for outside", "sales to outside"), "trade"),
    **dict.fromkeys(("building wages", "running wages", "labour", "tax on wages"), "wages beyond other work"),
    **dict.fromkeys(("premium", "claims"), "insurance"),
    **dict.fromkeys(("needs", "agreed prices", "unmet needs"), "prices"),
}
PAID_OFF = "loan paid off at the end"
PERCENT = ("royalty", "carbon_payment", "community_fund", "users_share", "supplier_equity", "fund_equity", "rate", "gearing", "local_share")


def appraisal_shown(found: Appraisal) -> RenderableType:
    """Return the term sheet of every asset, the gain of every party and why, and the deal."""
    money = printable(found.case.settings.currency)
    parts: list[RenderableType] = [*_financing(found, money), *parties_block(found.gains, money)]
    return Group(*parts, *debt_shown(found.tables, money), *_deal(found, money), *_shapley(found, money))


def parties_block(gains: Gains, money: str) -> list[RenderableType]:
    """Return the table of who gains."""
    table = gains.table.filter(pl.col("group") != "outside")
    least = TINY * float(table.get_column("gain").abs().max() or 0.0)  # type: ignore[arg-type]
    moved = table.filter(pl.col("gain").abs() > least)
    if moved.is_empty():
        return [title_of("Nobody gains or loses: the plan is the baseline.")]
    out = table_of((("who", "left"), ("country", "left"), ("gain", "right"), ("most of it from", "left")))
    group = ""
    for row in moved.iter_rows(named=True):
        if row["group"] != group:
            group = row["group"]
            out.add_row(group, style="dim")
        out.add_row("  " + row["role"], row["country"] or "-", figure(row["gain"]), _reasons(gains.reasons, row["role"], row["country"]))
    out.add_section()
    out.add_row("all", "", figure(gains.total), "", style="bold")
    saved = f"The gains sum to what the economy gains: {figure(gains.surplus)} {money}."
    losers = [
        f"{role} {country or '(no country)'}" for role, country, gain in moved.select("role", "country", "gain").iter_rows() if gain < 0
    ]
    told = f"Losses: {_listed(losers)}." if losers else "Nobody loses."
    return [Text(), title_of(f"Who gains against the baseline ({money}, present value)"), out, Text(f"{saved} {told}")]


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _reasons(reasons: pl.DataFrame, role: str, country: str) -> str:
    """Return what moves the gain of a party most."""
    own = reasons.filter((pl.col("role") == role) & (pl.col("country") == country))
    names = {**TOGETHER, PAID_OFF: "ownership" if role in {"owners", "funds"} else "lending"}
    kinds = pl.col("kind").replace(names) if role != "government" else pl.col("kind")
    own = own.group_by(kinds, maintain_order=True).agg(pl.col("gain").sum()).sort(pl.col("gain").abs(), descending=True)
    largest = float(own.get_column("gain").abs().max() or 0.0)  # type: ignore[arg-type]
    told = [
        f"{kind} {'+' if gain > 0 else ''}{figure(gain)}".replace(" ", "\N{NO-BREAK SPACE}")
        for kind, gain in own.head(REASONS).select("kind", "gain").iter_rows()
        if abs(gain) > 0.01 * largest
    ]
    return ", ".join(told)


def _financing(found: Appraisal, money: str) -> list[RenderableType]:
    """Return how each asset is paid for."""
    rows = found.tables["financing"]
    if rows.is_empty():
        return [title_of("Nothing is built, so nothing is to be paid for.")]
    heads = ("asset", "outlay", "loan", "equity", "DSCR", "return on\nequity", "value to\nowners")
    table = table_of((head, "left" if head == "asset" else "right") for head in heads)
    largest = rows.sort("outlay", descending=True)
    for row in largest.head(SHOWN_ROWS).iter_rows(named=True):
        coverage = "-" if row["least_coverage"] is None else f"{row['least_coverage']:.2f}"
        rate = "-" if row["return_on_equity"] is None else f"{100 * row['return_on_equity']:.1f} %"
        table.add_row(
            row["asset"],
            *(figure(row[name]) for name in ("outlay", "loan", "equity")),
            coverage,
            rate,
            figure(row["owners_value"]),
        )
    parts: list[RenderableType] = [title_of(f"How it is paid for ({money}, constant prices)"), table]
    more = rows.height - SHOWN_ROWS
    if more > 0:
        parts.append(Text(f"... and {more} more rows in appraisal/financing.csv", style="dim"))
    parts += _several(found.tables["loans"], money)
    told = rows.filter(pl.col("remark").is_not_null()).group_by("remark", maintain_order=True).len()
    parts += [Text(f"{count} of {rows.height}: {remark}.", style="dim") for remark, count in told.iter_rows()]
    return parts


def _several(loans: pl.DataFrame, money: str) -> list[RenderableType]:
    """Return what each of several loans lends in all, and by whom."""
    own = loans.filter(pl.col("name").is_not_null())
    if own.is_empty():
        return []
    each = own.group_by("name", "lender", maintain_order=True).agg(
        pl.col("loan").sum(), rate=(pl.col("rate") * pl.col("loan")).sum() / pl.col("loan").sum(), years=pl.col("years").max()
    )
    table = table_of((("loan", "left"), ("lender", "left"), ("lends", "right"), ("rate", "right"), ("years", "right")))
    for row in each.iter_rows(named=True):
        table.add_row(row["name"], row["lender"] or "-", figure(row["loan"]), f"{100 * row['rate']:.2f} %", figure(row["years"]))
    return [Text(), title_of(f"Who lends ({money})"), table]


def _deal(found: Appraisal, money: str) -> list[RenderableType]:
    """Return the deal: the terms settled, and what each party gains by them."""
    deal = found.deal
    if deal is None or found.tables["financing"].is_empty():
        return []
    terms = table_of((("term", "left"), ("option", "left"), ("from", "right"), ("to", "right"), ("settled at", "right")))
    for term, option, least, most, settled in deal.terms.iter_rows():
        terms.add_row(term, option or "all", *(_value(term, value) for value in (least, most, settled)))
    gains = _gains(deal.gains)
    verdict = (
        "Every party gains, or at least does not lose."
        if deal.holds
        else f"No terms within these bounds make everybody gain: {deal.loser} still lacks {figure(deal.shortfall)} {money}."
    )
    name = {"leximin": "the party that gains least gains most", "nash": "the product of gains is largest (Nash)"}[deal.rule]
    return [Text(), title_of(f"The deal: {name}"), terms, Text(), gains, Text(verdict)]


def _shapley(found: Appraisal, money: str) -> list[RenderableType]:
    """Return what each country brings to the plan."""
    shares = found.shares
    if shares is None:
        return []
    title = [Text(), title_of(f"What each country brings to the plan (Shapley value, {money})")]
    if shares.table.is_empty():
        return [*title, Text("No country hosts or supplies anything that could be built.")]
    table = table_of((("country", "left"), ("alone", "right"), ("joining last", "right"), ("share", "right"), ("of the gain", "right")))
    for country, alone, last, share, part in shares.table.iter_rows():
        table.add_row(country, figure(alone), figure(last), figure(share), "-" if part is None else f"{100 * part:.1f} %")
    table.add_section()
    table.add_row("all", "", "", figure(shares.gain), "", style="bold")
    told = f"Share: what a country adds to what plans save, over all orders of joining. {shares.plans} more plans were made for it"
    proof = f", each proven within {figure(shares.gap)}." if shares.gap > TINY * abs(shares.gain) else "."
    return [*title, table, Text(told + proof, style="dim")]


def _value(term: str, value: float) -> str:
    return f"{100 * value:.1f} %" if term in PERCENT else f"{value:.1f} years" if term == "tax_holiday" else figure(value)


def _gains(gains: pl.DataFrame) -> Table:
    table = table_of((("who", "left"), ("country", "left"), ("gain as stated", "right"), ("gain in the deal", "right")))
    least = TINY * float(gains.select(pl.max_horizontal(pl.col("stated", "settled").abs().max())).item() or 0.0)
    for role, country, stated, settled in gains.filter(pl.max_horizontal(pl.col("stated", "settled").abs()) > least).iter_rows():
        table.add_row(role, country or "-", *(figure(value if abs(value) > least else 0.0) for value in (stated, settled)))
    return table
