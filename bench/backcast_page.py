"""What a plan of 2014 gets right: hits and misses, rank correlation, errors and the worst misses with their reasons, in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Any

import polars as pl

from capcoop.atlas.countries import countries
from page import table

RULES = {"built": "plan", "naive": "naive rule"}
LEAD = """Written by `python bench/backcast.py --write` from [backcast.csv](backcast.csv), which it keeps.
[The decision](decisions/0025-backcast.md) tells how and why it is done so.

For every country whose capacity in 2021 to 2024 is known, the atlas makes a case from figures of 2014 and before alone, and plans 2015 to
2024: no programme, equipment from China or Germany. What the plan adds by the year of the known capacity stands beside what was really
added, and beside a naive rule, the bar to beat: growth of the need times the country's own share in it. Both see the same need. A country
*added* where it is half a line or more. Lines, their costs and how far capacity is used count as known at any time. Amounts are kt a
year."""
LEGEND = """*Right*: both added, or both did not. *Skill*: share of additions told less share of false alarms (0: as good as guessing).
Rank correlations are Spearman's; none where a rule adds nothing anywhere."""
WORST = 12
FEWEST = 10
# Beyond these shares of what the plan saw, demand was another one.
MORE, LESS = 1.1, 0.9


@dataclass(frozen=True)
class Score:
    """How well a rule told what was added.

    countries : judged. hits : it and reality both added half a line or more; false : it alone; missed : reality alone; neither.
    rank, rank_of_need : Spearman's correlation of additions, and of additions over the need of 2014. error : median of the absolute
    difference, % of the need of 2014. added : its sum over the countries, kt a year; real : reality's.
    """

    countries: int
    hits: int
    false: int
    missed: int
    neither: int
    rank: float
    rank_of_need: float
    error: float
    added: float
    real: float

    @property
    def right(self) -> float:
        """Share of countries in which it and reality both added, or both did not."""
        return (self.hits + self.neither) / self.countries

    @property
    def skill(self) -> float:
        """Share of additions told less share of false alarms (Peirce 1884): 0 for guessing, 1 for always right; NaN where all are alike."""
        did, did_not = self.hits + self.missed, self.false + self.neither
        return self.hits / did - self.false / did_not if did and did_not else float("nan")


def score(rows: pl.DataFrame, rule: str) -> Score:
    """Return how well the column `rule` tells the column `real`; rows with product, real, unit, need_before and the rule's column."""
    said, was = pl.col(rule) >= pl.col("unit") / 2, pl.col("real") >= pl.col("unit") / 2
    need = pl.col("need_before")
    counts = rows.select(
        hits=(said & was).sum(),
        false=(said & ~was).sum(),
        missed=(~said & was).sum(),
        neither=(~said & ~was).sum(),
        rank=pl.corr(rule, "real", method="spearman"),
        rank_of_need=pl.corr(pl.col(rule) / need, pl.col("real") / need, method="spearman"),
        error=100 * ((pl.col(rule) - pl.col("real")).abs() / need).median(),
        added=pl.col(rule).sum(),
        real=pl.col("real").sum(),
    )
    return Score(rows.height, *counts.row(0))


def groups(found: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the rows that can be judged together, by name: products with FEWEST countries, cement also where all plants are known."""
    told = found.filter(pl.col("why").is_null())
    parts = {str(key[0]): part for key, part in told.sort("product").group_by("product", maintain_order=True) if part.height >= FEWEST}
    if "cement" in parts:
        whole = parts["cement"].filter("complete")
        parts = {"cement": parts["cement"], "cement, capacity of every plant known": whole} | parts
    return parts


def summary(found: pl.DataFrame) -> str:
    """Return the scores in a few lines."""
    return "\n".join(
        f"{name}, {RULES[rule]}: {one.hits} hits, {one.false} false alarms, {one.missed} missed, {one.neither} neither; "
        f"rank correlation {one.rank:.2f}, relative to need {one.rank_of_need:.2f}; median error {one.error:.0f} % of need"
        for name, rows in groups(found).items()
        for rule in RULES
        for one in (score(rows, rule),)
    )


def reason(row: dict[str, Any]) -> str:
    """Return what the figures say about a miss."""
    need, between, made, before = row["need"], row["need_between"], row["output_between"], row["output_before"]
    parts = []
    if row["real"] < 0:
        parts.append(f"capacity known in {row['year']} is less than output of 2014 over its usual use tells: two sources that disagree")
    if row["built"] < row["real"] and row["stock"] > need:
        parts.append(f"the plan saw idle plants: {row['stock']:,.0f} for a need of {need:,.0f} in {row['year']}")
    elif row["built"] < row["real"]:
        parts.append(f"the plan saw the need grow from {row['need_before']:,.0f} to {need:,.0f}")
    if made is not None and made > MORE * between:
        parts.append(f"made {made:,.0f} in 2017, the plan saw a need of {between:,.0f}: demand or exports grew more")
    elif made is not None and made < LESS * between:
        parts.append(f"made {made:,.0f} in 2017, the plan saw a need of {between:,.0f}: demand grew less, or was imported")
    elif made is not None and before is not None and row["built"] < row["real"]:
        parts.append(f"output went from {before:,.0f} to {made:,.0f} by 2017 as the plan saw: capacity grew ahead of demand")
    if not row["complete"]:
        parts.append("the capacity of some of its plants is not known")
    return "; ".join(parts) or "no figure tells"


def _number(value: float) -> str:
    return "none" if isnan(value) else f"{value:.2f}"


def _name(code: str) -> str:
    return countries()[code].name


def _scores(found: pl.DataFrame) -> str:
    head = (
        "judged by",
        "countries",
        "hits",
        "false alarms",
        "missed",
        "neither",
        "right",
        "skill",
        "rank correlation",
        "of additions over need",
        "median error, % of need",
        "added, Mt",
        "really, Mt",
    )
    rows = [
        (
            f"{name}: {RULES[rule]}",
            str(one.countries),
            *(str(count) for count in (one.hits, one.false, one.missed, one.neither)),
            f"{100 * one.right:.0f} %",
            *(_number(value) for value in (one.skill, one.rank, one.rank_of_need)),
            f"{one.error:.0f}",
            *(f"{value / 1000:,.1f}" for value in (one.added, one.real)),
        )
        for name, part in groups(found).items()
        for rule in RULES
        for one in (score(part, rule),)
    ]
    return table(head, rows)


def _misses(rows: pl.DataFrame) -> str:
    worst = rows.with_columns(miss=(pl.col("built") - pl.col("real")).abs()).sort("miss", descending=True).head(WORST)
    return table(
        ("country", "capacity 2014", "really added", "plan", "naive", "what the figures say"),
        [
            (_name(row["country"]), *(f"{row[key]:,.0f}" for key in ("stock", "real", "built", "naive")), reason(row))
            for row in worst.iter_rows(named=True)
        ],
    )


def _all(found: pl.DataFrame) -> str:
    told = found.filter(pl.col("why").is_null())
    keys = ("stock", "need_before", "need", "real", "built", "naive")
    return table(
        ("country", "product", "year", "capacity 2014", "need 2014", "need that year", "really added", "plan", "naive"),
        [
            (
                _name(row["country"]),
                row["product"],
                str(row["year"]) + ("" if row["complete"] else "*"),
                *(f"{row[key]:,.0f}" for key in keys),
            )
            for row in told.sort("product", "country").iter_rows(named=True)
        ],
    )


def noise(found: pl.DataFrame) -> str:
    """Return how far the yardstick itself agrees with output, which is counted each year."""
    both = found.filter(pl.col("why").is_null(), pl.col("output_before").is_not_null(), pl.col("output_between").is_not_null())
    cement = both.filter(product="cement").with_columns(more=pl.col("output_between") - pl.col("output_before"))
    truth, plan, naive = (cement.select(pl.corr(column, "more", method="spearman")).item() for column in ("real", "built", "naive"))
    return (
        f"How sure is the yardstick? In {cement.height} countries cement output is known for 2014 and 2017. The growth of output has a "
        f"rank correlation of {truth:.2f} with what was really added by these figures, {plan:.2f} with the plan and {naive:.2f} with the "
        "naive rule. Capacity of 2014 comes from output, that of 2021 from a list of plants: part of every miss is the difference of the "
        "two."
    )


def verdict(found: pl.DataFrame) -> str:
    """Return in a sentence for each group which of the two tells more."""
    lines = []
    for name, part in groups(found).items():
        plan, naive = score(part, "built"), score(part, "naive")
        lines.append(
            f"- **{name}**: the plan is right in {100 * plan.right:.0f} % of {plan.countries} countries (naive rule "
            f"{100 * naive.right:.0f} %), its rank correlation is {_number(plan.rank)} ({_number(naive.rank)}), its median error "
            f"{plan.error:.0f} % of the need ({naive.error:.0f} %). {_better(plan, naive)}"
        )
    return "\n".join(lines)


def _better(plan: Score, naive: Score) -> str:
    wins = [plan.right > naive.right, plan.rank > naive.rank, plan.error < naive.error]
    if all(wins):
        return "It beats the naive rule in all three."
    return "The naive rule does as well or better in all three." if not any(wins) else f"It beats the naive rule in {sum(wins)} of three."


def page(found: pl.DataFrame) -> str:
    """Return docs/backcast.md from the rows of docs/backcast.csv."""
    parts = [
        "# Ten years planned from 2014, and what came of them",
        LEAD,
        "## What comes out",
        verdict(found),
        _scores(found),
        f"{LEGEND} Every plan is proven to be within {100 * found.select(pl.max('gap')).item():.2g} % of the optimum.",
        noise(found),
        "## The worst misses",
        *(f"### {name}\n\n{_misses(part)}" for name, part in groups(found).items()),
        *_small(found),
        "## Every country",
        "`*`: a lower bound, since the capacity of some plants is not known.",
        _all(found),
    ]
    without = found.filter(pl.col("why").is_not_null())
    if without.height:
        rows = [(_name(row["country"]), row["product"], row["why"]) for row in without.iter_rows(named=True)]
        parts += ["### Not judged", table(("country", "product", "why"), rows)]
    return "\n\n".join(parts) + "\n"


def _small(found: pl.DataFrame) -> list[str]:
    """Return what there is of products with too few countries for a score, and of those without any."""
    told = found.filter(pl.col("why").is_null())
    few = told.filter(pl.len().over("product") < FEWEST)
    lines = [
        f"- {row['product']}, {_name(row['country'])}: really {row['real']:,.0f} by {row['year']}, plan {row['built']:,.0f}, naive "
        f"{row['naive']:,.0f}."
        for row in few.iter_rows(named=True)
    ]
    lines.append("- steel: the atlas knows no country's capacity of 2021 or later, so nothing can be judged.")
    return ["### Products with few figures", "\n".join(lines)]
