"""Desire for cooperation as documents show it: how often they speak of cooperation, by the countries that they name."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from capcoop.words.glossary import Variant, built_in
from capcoop.words.read import Document
from capcoop.words.terms import SHARE_OF, Counts, count_terms

SUPPLIER = "CHN"


def desire(documents: Sequence[Document], supplier: str = SUPPLIER, glossary: Sequence[Variant] | None = None) -> pl.DataFrame:
    """Return mentions of cooperation by country: country (ISO code), documents, mentions, per_10000; the most mentions first.

    Mentions are places of the glossary's terms marked as cooperation. Those of a document, and its words, are shared out among the
    countries that it names (without the supplier) in proportion to how often it names each, so that no mention is counted twice.
    `documents` are those that name the country; a document that names none counts for nobody. A country without a row is not named, which
    is not the same as unwilling.
    """
    variants = built_in() if glossary is None else glossary
    return mentions(count_terms(documents, variants, longest=1), supplier, variants)


def mentions(counts: Counts, supplier: str = SUPPLIER, glossary: Sequence[Variant] | None = None) -> pl.DataFrame:
    """Return the table of `desire` from counts, and a column `named`: how often the documents name the country."""
    own = len(counts.documents) - counts.reference
    terms = {one.term for one in (built_in() if glossary is None else glossary) if one.cooperation}
    cells = counts.cells.filter(pl.col("document") < own).join(counts.terms, left_on="term", right_on="row")
    spoken = cells.filter(pl.col("kind") == "glossary", pl.col("term_right").is_in(list(terms)))
    totals = spoken.group_by("document").agg(mentions=pl.col("count").sum())
    words = pl.DataFrame({"document": range(own), "words": counts.words[:own]}, schema={"document": pl.Int64, "words": pl.Int64})
    named = cells.filter(pl.col("kind") == "country", pl.col("term_right") != supplier)
    shares = named.select("document", "count", country="term_right", share=pl.col("count") / pl.col("count").sum().over("document"))
    joined = shares.join(words, on="document").join(totals, on="document", how="left").with_columns(pl.col("mentions").fill_null(0))
    table = joined.group_by("country").agg(
        documents=pl.len().cast(pl.Int64),
        mentions=(pl.col("mentions") * pl.col("share")).sum(),
        words=(pl.col("words") * pl.col("share")).sum(),
        named=pl.col("count").sum(),
    )
    rates = table.with_columns(per_10000=SHARE_OF * pl.col("mentions") / pl.col("words"))
    return rates.select("country", "documents", "mentions", "per_10000", "named").sort(-pl.col("mentions"), -pl.col("named"), "country")
