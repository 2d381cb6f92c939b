"""The summary of a plan as small tables: the gap of every product, what is built, what stays imported, what it costs."""

from __future__ import annotations

from typing import Any

import polars as pl

from capcoop.case import Case
from capcoop.plan import Plan

TINY = 1e-6
FROM_BALANCES = ("need", "used", "made", "sold", "unmet")


def years_of(case: Case) -> pl.DataFrame:
    """Return the length of every period."""
    return pl.DataFrame({"period": list(case.names["periods"]), "years": case.times.years})


def _yearly(case: Case, frame: pl.DataFrame, keys: list[str], amounts: list[str]) -> pl.DataFrame:
    """Return yearly averages over the horizon."""
    weighted = frame.join(years_of(case), on="period").with_columns(pl.col(amounts) * pl.col("years"))
    total = float(case.times.years.sum())
    return weighted.group_by(keys, maintain_order=True).agg(pl.col(amounts).sum() / total)


def bought_abroad(case: Case, plan: Plan) -> pl.DataFrame:
    """Return the purchases of a plan that are imports: wherever the origin is not the site's own country."""
    sites = case.frames["sites"].select("site", "country")
    bought = plan["purchases"].join(sites, on="site", how="left")
    return bought.filter(pl.col("origin").is_null() | pl.col("country").is_null() | (pl.col("origin") != pl.col("country")))


def imports(case: Case, plan: Plan) -> pl.DataFrame:
    """Return product, origin, quantity a year of what is bought abroad."""
    return _yearly(case, bought_abroad(case, plan), ["product", "origin"], ["quantity"])


def gaps(case: Case, plan: Plan, baseline: Plan | None) -> pl.DataFrame:
    """Return for each product, as yearly averages: wanted, made and imported in the baseline and in the plan, unmet.

    Wanted is what is needed and what processes use up; products that nobody makes, imports or lacks are left out.
    """
    out = case.frames["products"].select("product", pl.col("unit").fill_null(""))
    for name, one in (("baseline", baseline), ("plan", plan)):
        if one is None:
            columns = pl.DataFrame(schema={"product": pl.String, **dict.fromkeys(FROM_BALANCES, pl.Float64)})
            bought = pl.DataFrame(schema={"product": pl.String, "imported": pl.Float64})
        else:
            columns = _yearly(case, one["balances"], ["product"], list(FROM_BALANCES))
            bought = imports(case, one).group_by("product").agg(imported=pl.col("quantity").sum())
        joined = columns.join(bought, on="product", how="full", coalesce=True).fill_null(0.0)
        renamed = joined.select("product", *(pl.col(c).alias(f"{name}_{c}") for c in (*FROM_BALANCES, "imported")))
        out = out.join(renamed, on="product", how="left")
    out = out.fill_null(0.0).with_columns(
        wanted=pl.col("plan_need") + pl.col("plan_used"),
        gap=(pl.col("baseline_imported") + pl.col("baseline_unmet"))
        if baseline is not None
        else (pl.col("plan_imported") + pl.col("plan_unmet")),
    )
    # A site that passes a product on neither makes nor wants it.
    shown = out.filter((pl.col("wanted") > TINY) & (pl.sum_horizontal("gap", "plan_made", "plan_imported", "baseline_made") > TINY))
    return shown.sort(pl.col("plan_need") > TINY, descending=True, maintain_order=True)


def builds(plan: Plan) -> pl.DataFrame:
    """Return line (else option), where, periods, builds, size, unit, supplier and investment of everything built, the largest first.

    A channel is named by its option: a single track, its doubling.
    """
    where = pl.coalesce("site", "channel").alias("where")
    frame = plan["builds"].with_columns(where, what=pl.coalesce("line", "option"))
    grouped = frame.group_by("what", "where", "period", "supplier", "unit", maintain_order=True).agg(
        builds=pl.when(pl.col("builds").is_not_null().any()).then(pl.col("builds").sum()),
        size=pl.col("new_capacity").sum(),
        investment=pl.col("investment").sum(),
    )
    return grouped.sort("investment", descending=True, maintain_order=True)


def costs(plan: Plan, baseline: Plan | None) -> pl.DataFrame:
    """Return component, present cost in the baseline and in the plan, and the difference."""

    def total(one: Plan, name: str) -> pl.DataFrame:
        return one["costs"].group_by("component", maintain_order=True).agg(pl.col("present_cost").sum().alias(name))

    frame = total(plan, "plan")
    if baseline is None:
        return frame.with_columns(baseline=pl.lit(None, pl.Float64), difference=pl.lit(None, pl.Float64))
    both = total(baseline, "baseline").join(frame, on="component", how="full", coalesce=True).fill_null(0.0)
    return both.with_columns(difference=pl.col("plan") - pl.col("baseline")).filter(
        (pl.col("plan").abs() > TINY) | (pl.col("baseline").abs() > TINY)
    )


def as_record(case: Case, plan: Plan, baseline: Plan | None) -> dict[str, Any]:
    """Return the summary as plain values, for `--json`."""
    return {
        "products": gaps(case, plan, baseline).to_dicts(),
        "builds": builds(plan).to_dicts(),
        "imports": imports(case, plan).to_dicts(),
        "costs": costs(plan, baseline).to_dicts(),
    }
