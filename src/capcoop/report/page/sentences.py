"""The answer in five sentences, generated from the numbers of a run."""

from __future__ import annotations

import shlex

import polars as pl

from capcoop.errors import printable
from capcoop.report.page.columns import country_name, listed
from capcoop.report.page.facts import Facts
from capcoop.report.page.sections.built import builds_of
from capcoop.report.page.sections.checks import OPTIMAL, percent
from capcoop.report.page.texts import Texts
from capcoop.report.summary import TINY, gaps, imports

NAMED = 3
# A gain below this share of the largest is none, as in the table of `capcoop plan`.
EVEN = 1e-6


def sentences(facts: Facts, texts: Texts) -> tuple[str, ...]:
    """Return the answer: what is missing, what is built, what it costs, who gains, what remains and how sure that is.

    Where there is no plan: that there is none, why, and what tells more.
    """
    if facts.plan is None:
        return (texts("answer.none", why=_why(facts)), texts("answer.explain", case=_asked(facts)))
    return (_missing(facts, texts), _built(facts, texts), _cost(facts, texts), _gain(facts, texts), _remains(facts, texts))


def _why(facts: Facts) -> str:
    """Return why there is no plan, in the words in which the run was refused; of an unfinished or damaged run, what is wrong with it."""
    if facts.run.outcome.get("status") == "failed":
        return printable(str(facts.run.outcome.get("reason") or "")).removesuffix(".")
    return f"this run {facts.run.why}"


def _asked(facts: Facts) -> str:
    """Return the case with the scenario and the changes that were asked for, as a command line takes them."""
    words = [facts.run.case or facts.run.folder.name, *(["--scenario", facts.run.scenario] if facts.run.scenario else [])]
    words += [word for change in facts.run.request.get("sets") or () for word in ("--set", printable(str(change)))]
    return shlex.join(words)


def _missing(facts: Facts, texts: Texts) -> str:
    case, plan = facts.known
    frame = gaps(case, plan, facts.baseline)
    lacking = frame.filter(pl.col("gap") > TINY)
    begin = "answer.missing" if facts.baseline is not None else "answer.missing-alone"
    if lacking.is_empty():
        return texts(f"{begin}-nothing", count=frame.height, span=facts.span)
    prices = plan["prices"].group_by("product").agg(pl.col("price").abs().mean())
    # What is needed comes before what is only used up, which is often bought as a matter of course.
    needed = lacking.filter(pl.col("plan_need") > TINY)
    ranked = (
        (lacking if needed.is_empty() else needed)
        .join(prices, on="product", how="left")
        .with_columns(worth=pl.col("gap") * pl.col("price"))
    )
    first = ranked.sort("worth", descending=True, nulls_last=True, maintain_order=True).row(0, named=True)
    wanted = first["wanted"] if facts.baseline is None else first["baseline_need"] + first["baseline_used"]
    return texts(
        begin,
        count=frame.height,
        span=facts.span,
        lacking=lacking.height,
        product=first["product"],
        gap=f"{texts.number(first['gap'])} {first['unit']}".strip(),
        wanted=f"{texts.number(wanted)} {first['unit']}".strip(),
    )


def _built(facts: Facts, texts: Texts) -> str:
    case, plan = facts.known
    if not case.size("options"):
        return texts("answer.no-options")
    frame = builds_of(facts, texts)
    if frame.is_empty():
        return texts("answer.nothing-built")
    count = frame.height
    first = frame.row(0, named=True)
    what = texts("answer.at", what=first["what"], where=first["where"]) if first["where"] else first["what"]
    size = f"{texts.number(first['size'])} {first['unit'] or ''}".strip()
    codes = plan["builds"].sort("investment", descending=True, maintain_order=True)["supplier"].drop_nulls().unique(maintain_order=True)
    partners = [country_name(code, texts.language) for code in codes if code]
    told = listed(partners[:NAMED], texts) if partners else ""
    if partners and plan["builds"]["supplier"].null_count():
        told = texts("answer.part-stated", partners=told)
    return texts(
        "answer.built" if partners else "answer.built-alone",
        count=count,
        investment=texts.money(float(frame["investment"].sum()), facts.money),
        what=what,
        size=size if first["size"] else texts("answer.no-size"),
        period=first["period"] or "",
        partners=told,
    )


def _cost(facts: Facts, texts: Texts) -> str:
    _, plan = facts.known
    cost = texts.money(plan.objective, facts.money)
    if facts.baseline is None:
        return texts("answer.cost-alone" if facts.known[0].size("options") else "answer.cost", cost=cost)
    saved = facts.baseline.objective - plan.objective
    if abs(saved) <= EVEN * abs(facts.baseline.objective):
        return texts("answer.cost-same", cost=cost)
    share = saved / abs(facts.baseline.objective) if facts.baseline.objective else None
    key = "answer.cost-saved" if saved > 0 else "answer.cost-more"
    return texts(key, cost=cost, saved=texts.money(abs(saved), facts.money), share=abs(share) if share is not None else None)


def _gain(facts: Facts, texts: Texts) -> str:
    if "parties" not in facts.appraisal:
        if facts.baseline is None:
            return texts("answer.gain-no-baseline" if facts.known[0].size("options") else "answer.gain-no-options")
        return texts("answer.gain-unknown")
    table = facts.appraisal["parties"].filter(pl.col("group") != "outside")
    least = EVEN * float(table["gain"].abs().max() or 0.0)  # type: ignore[arg-type]
    moved = table.filter(pl.col("gain").abs() > least).sort("gain", descending=True, maintain_order=True)
    if moved.is_empty():
        return texts("answer.gain-nobody")
    total = texts.money(float(table["gain"].sum()), facts.money)
    losers = moved.filter(pl.col("gain") < 0).sort("gain", maintain_order=True)
    winners = moved.filter(pl.col("gain") > 0)
    if winners.is_empty():
        return texts("answer.gain-none", count=losers.height, total=total, loser=_party(losers.row(0, named=True), facts, texts))
    first = _party(winners.row(0, named=True), facts, texts)
    if losers.is_empty():
        return texts("answer.gain-all", total=total, first=first)
    return texts("answer.gain-some", total=total, first=first, count=losers.height, loser=_party(losers.row(0, named=True), facts, texts))


def _party(row: dict[str, object], facts: Facts, texts: Texts) -> str:
    role = texts.word("role", str(row["role"]))
    country = country_name(str(row["country"]), texts.language) if row["country"] else texts("page.no-country")
    gain = float(row["gain"])  # type: ignore[arg-type]
    return texts("answer.party", role=role, country=country, gain=("+" if gain > 0 else "") + texts.money(gain, facts.money))


def _remains(facts: Facts, texts: Texts) -> str:
    case, plan = facts.known
    bought = imports(case, plan).filter(pl.col("quantity") > TINY)
    unmet = plan["unmet"].filter(pl.col("unmet") > TINY)
    if not unmet.is_empty():
        left = texts("answer.unmet", count=unmet["product"].n_unique())
    elif bought.is_empty():
        left = texts("answer.no-imports")
    else:
        left = texts("answer.imports", count=bought["product"].n_unique())
    return f"{left} {_sure(facts, texts)}"


def _sure(facts: Facts, texts: Texts) -> str:
    gap, check = facts.run.figure("gap"), facts.run.outcome.get("check")
    if isinstance(check, dict) and check.get("ok") is not True:
        return texts("answer.check-failed")
    if facts.run.outcome.get("status") != "optimal":
        return texts("answer.stopped")
    return texts("answer.proven") if gap is None or gap <= OPTIMAL else texts("answer.within", gap=percent(gap, texts))
