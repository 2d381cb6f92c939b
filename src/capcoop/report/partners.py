"""With whom a plan builds: suppliers of equipment, and the countries in which it stands."""

from __future__ import annotations

import polars as pl

from capcoop.case import Case
from capcoop.plan import Plan


def partners(case: Case, plan: Plan) -> list[tuple[str, str]]:
    """Return each pair of supplier and host of what is built, the largest investment first; suppliers of their own country are none.

    What a channel adds stands in the countries of both its ends.
    """
    builds = plan["builds"].filter(pl.col("builds").fill_null(1.0) > 0, pl.col("supplier").fill_null("") != "")
    lands = case.frames["sites"].select("site", host="country")
    ends = case.frames["channels"].select("channel", "from", "to").unpivot(index="channel", value_name="site").select("channel", "site")
    placed = pl.concat(
        [
            builds.filter(pl.col("site").is_not_null()).select("supplier", "site", "investment"),
            builds.filter(pl.col("site").is_null()).drop("site").join(ends, on="channel").select("supplier", "site", "investment"),
        ]
    )
    hosted = placed.join(lands, on="site").filter(pl.col("host").fill_null("") != "", pl.col("host") != pl.col("supplier"))
    ranked = hosted.group_by("supplier", "host").agg(pl.col("investment").sum())
    return list(ranked.sort("investment", "supplier", "host", descending=[True, False, False]).select("supplier", "host").iter_rows())
