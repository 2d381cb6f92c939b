"""The tables of an appraisal for the documentation."""

from __future__ import annotations

from collections.abc import Iterator

from capcoop.money.gains.tables import APPRAISAL_TABLES, FINANCING_TABLES

SENTENCES = {
    "parties": "What each party gains.",
    "reasons": "The same by kind of payment or benefit.",
    "financing": "A row for everything that is built.",
    "loans": "A row for each loan that a new asset gets.",
    "budget": "What governments receive and pay, in constant prices.",
    "payments_abroad": "The balance of payments of each country, without reserves: the rest of it.",
    "debt": "What the plan adds to the debt of the government of each country in which it builds.",
    "debt_ratios": "The ratios of debt in each year, against their thresholds.",
    "public_loans": "A row for each loan that a government owes or guarantees.",
    "deal_terms": "The terms that the deal settles.",
    "deal_gains": "What each party at the table gains.",
    "shapley": "What each country brings to the plan, with `--rule shapley`.",
    "financing_rounds": "What each round of `plan --financed` built, charged and found, by option; in the run's folder `tables`.",
    "financing_limits": "The ceilings of governments that it met; in the same folder.",
    "entries": "Everything that is paid or enjoyed with the plan; all other tables are sums of it.",
}


def sections() -> Iterator[tuple[str, str, tuple[tuple[str, ...], list[tuple[str, str, str, str]]]]]:
    """Yield heading, sentence and rows of each table."""
    for name, columns in (APPRAISAL_TABLES | FINANCING_TABLES).items():
        rows = [(c.name, str(c.kind), f"`{c.unit}`" if c.unit else "", c.sentence) for c in columns]
        yield f"### {name}", SENTENCES[name], (("column", "kind", "unit", "meaning"), rows)
