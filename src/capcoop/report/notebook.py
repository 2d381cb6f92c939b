"""How a case and a plan show themselves in a notebook: short tables, and the charts of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capcoop.case import Case
from capcoop.errors import UsageError, printable, suggestion
from capcoop.plan import Plan
from capcoop.report.terminal import figure

if TYPE_CHECKING:
    from capcoop.report.page.facts import Facts
    from capcoop.report.page.figure import Figure

SHOWN = 10
# What a case is made of, in the order in which a reader asks.
PARTS = ("sites", "products", "lines", "channels", "options", "needs", "purchases", "sales")
TABLE = "border-collapse:collapse;margin:.4em 0"
CELL = "padding:.1em .7em;border-bottom:1px solid #8884"


def case_html(case: Case) -> str:
    """Return a case in short: title, money, years, and how much its tables hold."""
    settings, periods = case.settings, case.names["periods"]
    span = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]} ({len(periods)} periods)"
    year = f" of {settings.price_year}" if settings.price_year is not None else ""
    facts = f"{settings.currency}{year}; {span}; discount rate {100 * settings.discount_rate:g} %"
    rows = [(name, figure(float(len(case[name])))) for name in PARTS if len(case[name])]
    return _html(settings.title or case.name, [f"case {case.name}", facts], _table(("table", "rows"), rows))


def plan_html(plan: Plan) -> str:
    """Return a plan in short: its cost, how sure it is, and what is built."""
    outcome = plan.outcome
    money = str(outcome.get("currency", "money"))
    gap = outcome.get("gap")
    proof = f", at most {100 * gap:.2g} % above the least cost" if isinstance(gap, int | float) and gap > 1e-9 else ""
    said = [f"{outcome.get('status', 'unknown')}{proof}; {figure(plan.objective)} {money}, present value"]
    builds = plan["builds"].sort("investment", descending=True)
    rows = [
        (
            row["period"],
            row["option"],
            row["site"] or row["channel"],
            f"{figure(row['new_capacity'])} {row['unit'] or ''}",
            figure(row["investment"]),
        )
        for row in builds.head(SHOWN).iter_rows(named=True)
    ]
    if not rows:
        return _html(f"Plan of {outcome.get('case', 'a case')}", [*said, "Nothing is built."], "")
    more = builds.height - len(rows)
    said += [f"Built: {builds.height}, for {figure(float(builds['investment'].sum()))} {money}{'; the largest:' if more else ':'}"]
    return _html(f"Plan of {outcome.get('case', 'a case')}", said, _table(("period", "option", "where", "new capacity", money), rows))


def _html(title: str, said: Iterable[str], table: str) -> str:
    lines = "<br>".join(_escaped(line) for line in said)
    return f"<div><strong>{_escaped(title)}</strong><br>{lines}{table}</div>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as a table; the last column is one of figures."""

    def cells(row: Sequence[Any], tag: str) -> str:
        last = len(row) - 1
        return "".join(
            f'<{tag} style="{CELL};text-align:{"right" if place == last else "left"}">{_escaped(cell)}</{tag}>'
            for place, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f'<table style="{TABLE}"><thead><tr>{cells(heads, "th")}</tr></thead><tbody>{body}</tbody></table>'


def _escaped(text: object) -> str:
    return escape(printable("" if text is None else str(text))[:200])


def plan_map(plan: Plan, layer: str | None = None, *, language: str = "en", outlines: str | Path | None = None, near: bool = False) -> Any:  # noqa: ANN401
    """Return the map of a plan as an Altair chart; see `Plan.map`."""
    from capcoop.report.page.maps import map_figures
    from capcoop.report.page.outlines import read_outlines
    from capcoop.report.page.texts import Texts

    own = None if outlines is None else read_outlines(outlines)
    figures = [one for one in map_figures(_case_of(plan), plan, Texts(language), own) if one.key.startswith("map-")]
    named = {one.key: one for one in figures}
    wanted = f"map-{layer}" if layer else next((key for key in named), "map-logistics")
    return _chart_of(named, f"{wanted}-near" if near else wanted, "map")


def plan_chart(plan: Plan, key: str, *, language: str = "en") -> Any:  # noqa: ANN401
    """Return a chart of the page of a plan as an Altair chart; see `Plan.chart`."""
    from capcoop.report.page.texts import Texts
    from capcoop.report.page.write import page_of

    page = page_of(_facts_of(plan), Texts(language))
    return _chart_of({one.key: one for section in page.sections for one in section.figures}, key, "chart")


def _facts_of(plan: Plan) -> Facts:
    """Return all that is known of a plan: what its run holds or, of one in memory, the case."""
    from capcoop.report.page.facts import facts_in_memory, read_facts

    return read_facts(plan.source) if isinstance(plan.source, Path) else facts_in_memory(_case_of(plan), plan)


def _chart_of(figures: dict[str, Figure], key: str, what: str) -> Any:  # noqa: ANN401
    """Return the chart of a figure; the first whose key begins so where none has the very key."""
    drawn = {name: one.chart for name, one in figures.items() if one.chart is not None}
    name = key if key in drawn else next((name for name in drawn if name.startswith(f"{key}-")), "")
    if not name:
        hint = suggestion(key, drawn) or f"it has: {', '.join(drawn) or 'none'}"
        raise UsageError(f"the plan has no {what} '{printable(key)}'; {hint}")
    return drawn[name]


def _case_of(plan: Plan) -> Case:
    if isinstance(plan.source, Case):
        return plan.source
    if plan.source is None:
        raise UsageError("the plan does not say which case it answers; take one of plan_case, run or load_plan")
    from capcoop.appraise import case_of

    return case_of(plan.source)
