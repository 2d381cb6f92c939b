"""Write the generated pages: those on the schema, the maths, the tables of a plan, the atlas, modes, corridors and finance.

`python docs/generate.py` writes them; with `--check` it writes nothing and exits with 1 where a page is out of date.
The running text of each page is in docs/parts. The tables come from the schema, the blocks of columns and rows from
programs that are really built: those of the built-in cases, of the tests' small examples, and of the small cases below.
A block without a formula is an error, and so is a formula without a block.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS), str(DOCS.parent / "tests")]

import tomli_w  # noqa: E402  (after the path is set)

import appraisal_tables  # noqa: E402
import atlas_tables  # noqa: E402
import finance_tables  # noqa: E402
import mode_tables  # noqa: E402
import roadmap_tables  # noqa: E402
import waypoint_tables  # noqa: E402
from capcoop.case import read_case  # noqa: E402
from capcoop.case.rules import ATTRIBUTES  # noqa: E402
from capcoop.case.settings import Settings, Solver  # noqa: E402
from capcoop.library import built_in_cases  # noqa: E402
from capcoop.model.build import build  # noqa: E402
from capcoop.model.objective import COMPONENTS  # noqa: E402
from capcoop.model.program import Block, Program  # noqa: E402
from capcoop.plan import PLAN_TABLES  # noqa: E402
from capcoop.schema import COMMON, GROUPS, TABLES, Column, Table  # noqa: E402
from tiny import EXAMPLES, example  # noqa: E402

NOTICE = "<!-- Written by docs/generate.py from docs/parts/{name} and the program; change those, not this page. -->"

# ---------------------------------------------------------------------------------------------------- the schema's page

SETTINGS: dict[str, str] = {
    "title": "Shown above every summary.",
    "description": "The question that the case asks.",
    "currency": "What all money is counted in: an optional thousand, million or billion, and a code.",
    "price_year": "The year of the prices. It is also the first year where neither periods nor base_year state one.",
    "discount_rate": "Share per year by which later payments count less.",
    "timing": "When in a year its payments fall.",
    "base_year": "The year to which all payments are discounted; blank: the first period's start.",
    "penalty": "Cost of a unit of need that is not delivered. Blank: every need must be met.",
    "solver": "See below.",
    "exchange_rates": "The case's currency code per unit of another: `EUR = 1.1`.",
    "parties": "Kept for notes of your own; what parties agree on stands in terms, loans and negotiable.",
    "solver.gap": "Relative distance from the least cost at which the search for whole numbers may stop.",
    "solver.time_limit": "Seconds; then the best plan found is taken.",
    "solver.threads": "Threads of the solver.",
}

# What a cell means beyond its column's sentence.
NOTES: dict[str, str] = {
    "periods": "In order of time and without gaps. All amounts of the model are yearly rates that hold in every year of the period. A "
    "weight that is stated replaces the discount factors summed over the period's years (see the [maths](maths.md)).",
    "slices": "A slice holds the part of a yearly amount that falls in it. The share of a slice is its hours over all hours.",
    "sites": "Country codes are those that purchases name as origin: what is bought from another country counts as an import in the "
    "summary.",
    "products": "A product that is not sliced is balanced once a year; one that is sliced is balanced in every slice. Without disposal "
    "what is made must go somewhere. With a penalty (here or in case.toml) a need may stay unmet at that price; without one "
    "it must be met. `value` is what a unit is worth in trade; it is charged for the days on the way that `channels` state.",
    "lines": "Capacity `per` hour gives its hours in each slice (MW and MWh); capacity `per` year gives its share of the year (kt a "
    "year). `minimum_use` is a share of standing capacity itself, not of what is available. `fixed_cost` is paid on all "
    "standing capacity, existing and new.",
    "availability": "Cells that are blank fall back to the line's own. `annual_share` is that of the whole year; leave `slice` blank "
    "in its row.",
    "stock": "A line may stand at a site once a row of stock, an option or a package names the two. A blank site: every site has it. "
    "If only some periods are named, the others have none.",
    "processes": "A process may run at a site where every line it uses may stand, where `placements` allow it, and where it has a "
    "recipe. A process without a line may run everywhere. A flat process runs evenly over the hours of the year.",
    "process_lines": "A process that needs several lines at once (a kiln and a mill) names the first in `processes` and the others here.",
    "recipes": "A row for a site replaces the general one, product by product. Quantities are per unit of activity; 1 of the main "
    "product is a good choice.",
    "placements": "Once a process is named here, the list is complete: it runs only at the sites named (or at all, where a row leaves the "
    "site blank). Minimum and maximum bound the yearly activity.",
    "options": "A decision in a period gives capacity from its start plus `lead_years`, for `life` years; one that would stand in no "
    "period is not offered. An option is counted in builds when it states `unit_size`, `fixed_build_cost`, `minimum_size`, "
    "`minimum_builds` or `maximum_builds`, or has points or packages; several builds in one period are allowed unless "
    "bounded. Otherwise any capacity may be added, and `maximum_size` bounds each period. With `unit_size` each build has "
    "that size; else its size lies between `minimum_size` and `maximum_size`. `whole` = no lets the number of builds be a "
    "fraction. `after` names an option that must stand first (a single track before its doubling, one segment before the next): in "
    "every period no more builds of this one may stand than of that one. So both must be counted in builds, and where the life of the "
    "first ends within the horizon it must be built again. `charge`: an **annuity** is paid in every period in which the capacity "
    "stands; an **outlay** is paid once, less the value left at the end of the horizon; an **annual** cost is a yearly cost already.",
    "option_periods": "`*` for the option sets bounds for all options, but does not turn one into an option counted in builds.",
    "option_points": "Size and cost of one build are a weighted mean of neighbouring points. The first point may have size 0 and a "
    "cost: the fixed part. Where a slope falls (larger is cheaper per unit) an option is built at most once in a period. `build_cost` "
    "and `fixed_build_cost` come on top where stated.",
    "packages": "An option may have packages only and no line of its own. Capacity that is taken away (an upgrade, a conversion, early "
    "retirement) can never leave less than nothing.",
    "needs": "The most specific row replaces the others; rows never add up. A blank slice: spread over the slices by hours (the "
    "year's amount where the product is not sliced). `paths` asks for rings: so many paths that share no channel must lead to the site "
    "from where its product can come from (where it can be bought, or where a process that makes it may run and its lines stand), over "
    "channels that the product may use and that stand. Paths may begin at one site and meet at sites. How much a path could carry "
    "is left aside. Capacity from which a package takes some does not make a path by itself, and a build does only where each adds "
    "capacity for certain (a `unit_size`, a `minimum_size` above 0, a curve whose least point is above 0, a package). A need that may "
    "stay unmet is met at most in the share of the paths that it has: with one of two, half of it. Of several parts of a year, the "
    "most paths count.",
    "purchases": "One flow for each offer, site, product and period that some row fits. No row for a period: no trade. The limit holds "
    "for each such flow, over all slices together.",
    "sales": "Like purchases, with the sign turned.",
    "channels": "Freight is paid on what is sent; 1 less the loss arrives. Both directions share the capacity. An option needs a bound "
    "to add to: write capacity 0 where there is nothing yet. A yearly product loads each slice by its share of the hours. "
    "`days` counts all the time from sending to arriving: moving, waiting, handling, customs. A unit on the way ties up its "
    "`products.value` for so long, which costs value x days / 365 x discount rate. A border with a break of gauge is a channel of its own "
    "between its two sides: its days are the dwell, its `cost` (or `freight.cost`, product by product) the transfer, its capacity what the "
    "yard can handle. A channel with a `reactance` is an AC line, whose flow follows from voltage angles ([how](power.md#ac-lines)); "
    "options that add to its capacity leave its reactance as it is.",
    "freight": "A product may use a channel only where a row fits. Cost of a unit = `factor` x `channels.cost` + `cost` + "
    "`cost_per_distance` x `distance`.",
    "limits": "`each` repeats the rule for every value of an attribute (or of several, joined by `;`): a quantity that never has the "
    "attribute counts in all of them, an entry where it is blank in none. In a rule over the horizon (`all`) yearly amounts "
    "and capacity count times the years of the period; new_capacity, builds and investment count once. A rule that counts "
    "nothing that can be decided is dropped where it holds and an error where it does not.",
    "limit_terms": "An entry counts when all filters of the term fit it; one without such an attribute never does. What each quantity has "
    "is listed below.",
    "terms": "Shares are of one: 0.2 is 20 %. A row for an option comes before one for a country. What each term does is told "
    "[here](appraisal.md#what-is-counted-and-how).",
    "loans": "A loan needs `rate` and `years`; without them there is none. Its size follows from `gearing` and `coverage`. A row that "
    "leaves `loan` blank holds for every loan of the asset.",
    "negotiable": "The term of one option comes before that of all. Other terms stay as `terms`, `loans` and `options` state them.",
    "governments": "All cells are optional, and a blank is unknown, never nothing; `debt_ceiling` and `budget` bound nothing where they "
    "are blank. What the plan adds to the debt of a government is told [here](appraisal.md#debt-of-governments).",
    "changes": "See [scenarios and single changes](#scenarios-and-single-changes).",
}

QUANTITIES: dict[str, str] = {
    "activity": "activity of processes",
    "made": "what processes make",
    "used": "what processes use",
    "capacity": "standing capacity of lines and channels, existing and new",
    "new_capacity": "capacity decided, packages included",
    "builds": "number of builds decided",
    "investment": "undiscounted cost of what is decided, as its charge states it",
    "flow": "what is sent, counted at the sending site",
    "purchase": "what is bought outside",
    "sale": "what is sold outside",
    "need": "needs (a constant)",
    "unmet": "needs that are not met",
    "emissions": "emissions of processes",
}


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def markdown_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join([_row(heading), "|" + "---|" * len(heading), *map(_row, rows)])


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _kind(column: Column) -> str:
    if column.refers:
        return "name in " + " or ".join(f"`{table}`" if table in TABLES else table for table in column.refers)
    if column.kind == "choice":
        return " or ".join(f"`{choice}`" for choice in column.choices)
    return {"flag": "yes or no"}.get(column.kind, column.kind)


def _default(column: Column) -> str:
    if column.required:
        return "required"
    if column.default is not None:
        return _plain(column.default)
    return "all" if column.any and column.key else ""


def _bounds(column: Column) -> str:
    if column.kind != "number":
        return ""
    low, high = column.lower, column.upper
    texts = [] if low is None else [f"{'above' if column.above else 'at least'} {low:g}"]
    texts += [] if high is None else [f"at most {high:g}"]
    return ", ".join(texts) + (" or inf" if column.infinite else "")


def schema_table(table: Table) -> str:
    """Return the section of one table of the schema."""
    rows: list[tuple[str, ...]] = [
        (f"**{c.name}**" if c.key else c.name, _kind(c), f"`{c.unit}`" if c.unit else "", _default(c), _bounds(c), c.sentence)
        for c in table.columns
    ]
    own = {column.name for column in table.columns}
    common = ", ".join(f"`{column.name}`" for column in table if column.name not in own)
    key = ", ".join(f"`{name}`" for name in table.keys) or "none"
    parts = [
        f"### {table.name}",
        f"One row: {table.row}. {table.sentence}".rstrip(),
        f"Key: {key}. Also: {common}.",
        markdown_table(("column", "kind", "unit", "default", "bounds", "meaning"), rows),
        NOTES[table.name],
    ]
    if table.name == "limit_terms":
        rows = [(f"`{name}`", QUANTITIES[name], ", ".join(attributes)) for name, attributes in ATTRIBUTES.items()]
        parts.append(markdown_table(("quantity", "what it counts", "attributes"), rows))
    return "\n\n".join(parts)


def settings_table(model: type[Settings | Solver], prefix: str = "") -> str:
    """Return the settings of a model of case.toml."""
    rows: list[tuple[str, ...]] = []
    for name, field in model.model_fields.items():
        table = get_origin(field.annotation) is dict or field.annotation is Solver
        kinds = [part for part in (get_args(field.annotation) or (field.annotation,)) if part is not type(None)]
        if get_origin(field.annotation) is Literal:
            kind = " or ".join(f"`{word}`" for word in kinds)
        else:
            kind = "table" if table else {str: "text", int: "whole number", float: "number"}[kinds[0]]
        words = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))
        bounds = [f"{text} {_plain(getattr(rule, word))}" for rule in field.metadata for word, text in words if hasattr(rule, word)]
        default = "" if field.default is None or table or field.default == "" else _plain(field.default)
        rows.append((f"`{name}`", kind, default, ", ".join(bounds), SETTINGS[prefix + name]))
    return markdown_table(("setting", "kind", "default", "bounds", "meaning"), rows)


def schema_page() -> str:
    """Return docs/schema.md."""
    _same("a note", NOTES, TABLES)
    _same("a sentence", QUANTITIES, ATTRIBUTES)
    contents = [f"- {group}: " + ", ".join(f"[{table.name}](#{table.name})" for table in tables) for group, tables in GROUPS.items()]
    common = [(column.name, _kind(column), column.sentence) for column in COMMON]
    sections = [part for group, tables in GROUPS.items() for part in (f"## {group}", *map(schema_table, tables))]
    return _page(
        "schema.md",
        contents="\n".join(contents),
        settings=settings_table(Settings),
        solver=settings_table(Solver, "solver."),
        common=markdown_table(("column", "kind", "meaning"), common),
        tables="\n\n".join(sections),
    )


# ----------------------------------------------------------------------------------------------------- the maths' page

REPEATED = "limit for each"

COLUMN_FORMULAS: dict[str, str] = {
    "builds": r"""
$n_{vd}$: how often variant $v$ is built. A whole number, unless the option says `whole` = no. Where a slope falls the bounds are 0
and 1; else they are those of `option_periods`.

$$\underline{N}_{od} \le n_{vd} \le \overline{N}_{od}$$""",
    "sizes": r"""
$q_{jd}$: capacity of piece $j$. A free piece is all there is of its option: its bounds are `minimum_new` and the smaller of
`maximum_size` and `maximum_new`. Other pieces are at least 0; see the row *size*.

$$\underline{h}_{od} \le q_{jd} \le \min(\overline{q}_{o}, \overline{h}_{od})$$""",
    "activity": r"""
$x_{pstk}$. With one column in a year, minimum and maximum of `placements` are its bounds; else see the row *activity bounds*.

$$\underline{x}_{pst} \le x_{pst} \le \overline{x}_{pst}$$""",
    "flow": r"""
$f_{cabgtk}$: product $g$ sent from site $a$ to site $b$ through channel $c$; one column for each direction that is allowed.

$$f_{cabgtk} \ge 0$$""",
    "angle": r"""
$\Theta_{sgtk}$, only at the ends of AC lines; of any sign. At one site of each island (lines that hang together, candidates included)
it is 0. Angles are scaled to the flow of the slice and by the island's geometric mean of reactances $\overline{X}$, so that
coefficients are near 1.

$$-\infty \lt \Theta_{sgtk} \lt \infty$$""",
    "purchase": r"""
$u_{msgtk}$. An offer with limit 0 has no column. With one column in a year the limit is its bound; else see the row *purchase limit*.

$$0 \le u_{msgt} \le \overline{u}_{msgt}$$""",
    "sale": r"""
$e_{msgtk}$. An offer with limit 0 has no column. With one column in a year the limit is its bound; else see the row *sale limit*.

$$0 \le e_{msgt} \le \overline{e}_{msgt}$$""",
    "path": r"""
$X_{icab}$: how much of a path for need $i$ leads from site $a$ to site $b$ along channel $c$. Need $i$ is of product $g$ at site $s$ in
period $t$ and asks for $R_i > 1$ paths. Only where the product may use the channel, something arrives, and the channel stands or may be
built.

$$0 \le X_{icab} \le 1$$""",
    "path start": r"""
$Z_{ia}$: paths for need $i$ that begin at site $a$, where the product can be bought or is made by lines that stand. $Z_{iap}$: with
process $p$ there, of whose lines some have to be built.

$$0 \le Z_{iap} \le R_i$$""",
    "unmet": r"""
$z_{sgtk}$, only where a penalty is stated and there is a need $D$.

$$0 \le z_{sgtk} \le D_{sgtk}$$""",
}
ROW_FORMULAS: dict[str, str] = {
    "balance": r"""
With $\alpha_{pgs}$ the recipe (made positive, used negative) and $\lambda_c$ the loss. For a sliced product, in every slice:

$$\sum_p \alpha_{pgs} x_{pstk} + \sum_{c,a} (1-\lambda_c) f_{casgtk} - \sum_{c,b} f_{csbgtk} + \sum_m (u_{msgtk} - e_{msgtk})
+ z_{sgtk} = D_{sgtk}$$

With disposal, $\ge$ takes the place of $=$. For a product that is not sliced the same is summed over the slices, once a year.""",
    "capacity": r"""
With $U_{pl}$ the use of line $l$ per unit of activity and $A$ the availability:

$$\sum_p U_{pl} x_{pstk} \le A_{lstk} \eta_{lk} K_{lst}$$""",
    "minimum use": r"""
With $\mu$ the minimum use: a share of the capacity that stands, *not* of what is available. Only where it is above 0.

$$\sum_p U_{pl} x_{pstk} \ge \mu_{lstk} \eta_{lk} K_{lst}$$""",
    "annual availability": r"""
With $\overline{A}$ the annual availability. Only where it is stated.

$$\sum_k \sum_p U_{pl} x_{pstk} \le \overline{A}_{lst} \left(\sum_k \eta_{lk}\right) K_{lst}$$""",
    "activity bounds": r"""
Minimum and maximum of `placements`. Only for activities with a column for each slice.

$$\underline{x}_{pst} \le \sum_k x_{pstk} \le \overline{x}_{pst}$$""",
    "standing": r"""
Only for lines and channels from which some package takes capacity away.

$$K_{lst} \ge 0 \qquad K_{ct} \ge 0$$""",
    "channel capacity": r"""
With $\nu$ the capacity used per unit sent (`freight.use`); both directions count together. Only where the capacity is bounded.

$$\sum_{a,b} \sum_g \nu_{cabg} f_{cabgtk} \le \eta_{ck} K_{ct}$$""",
    "path channel": r"""
Only for channels that do not stand without a build, with $O_c$ the options of which each build adds to channel $c$ for certain.

$$X_{icab} \le \sum_{o \in O_c} \sum_{d: t \in P_{od}} N_{od}$$""",
    "path line": r"""
For each line $l$ of process $p$ that does not stand at site $a$ without a build, with $O_{la}$ the options of which each build adds to it
for certain.

$$Z_{iap} \le R_i \sum_{o \in O_{la}} \sum_{d: t \in P_{od}} N_{od}$$""",
    "path balance": r"""
For each site $a$ other than that of the need. What runs both ways along a channel cancels.

$$\sum_{c,b} X_{icba} + Z_{ia} + \sum_p Z_{iap} \ge \sum_{c,b} X_{icab}$$""",
    "paths": r"""
As many paths as asked for; of a need that may stay unmet, for the share that is met. There are $R_i$ paths that share no channel exactly
when there is such a flow (Menger 1927; Ford and Fulkerson 1956).

$$\sum_{c,b} X_{icbs} + Z_{is} + \sum_p Z_{isp} + R_i \frac{\sum_k z_{sgtk}}{\sum_k D_{sgtk}} \ge R_i$$""",
    "voltage law": r"""
With $X_c$ the reactance over the square of the voltage, and $a, b$ the ends of the line. Only for AC lines with capacity.

$$f_{cabgtk} - f_{cbagtk} = \frac{\overline{X}}{X_c} \left( \Theta_{agtk} - \Theta_{bgtk} \right)$$""",
    "voltage law if built": r"""
Only for AC lines without capacity (candidates), for each option that builds one. The number $M_{ck} = H_k \Delta_c / X_c$ follows from
the data: $\Delta_c$ is the length of the shortest path between the line's ends over standing lines, each as long as its reactance times the
most that it may ever carry in an hour; where no such path is, the largest length of a spanning forest of the island (no path, whatever is
built, is longer).

$$f_{cabgtk} - f_{cbagtk} - \frac{\overline{X}}{X_c} \left( \Theta_{agtk} - \Theta_{bgtk} \right)
\le M_{ck} \left( 1 - \sum_{v} \sum_{d: t \in P_{od}} n_{vd} \right)$$""",
    "voltage law if built, backwards": r"""
The same from below.

$$f_{cabgtk} - f_{cbagtk} - \frac{\overline{X}}{X_c} \left( \Theta_{agtk} - \Theta_{bgtk} \right)
\ge -M_{ck} \left( 1 - \sum_{v} \sum_{d: t \in P_{od}} n_{vd} \right)$$""",
    "purchase limit": r"""
Only for a sliced product, where there are several slices.

$$\sum_k u_{msgtk} \le \overline{u}_{msgt}$$""",
    "sale limit": r"""
Only for a sliced product, where there are several slices.

$$\sum_k e_{msgtk} \le \overline{e}_{msgt}$$""",
    "size": r"""
With $v(j)$ the variant to which piece $j$ belongs.

$$q_{jd} \le W_j n_{v(j) d}$$""",
    "size curve": r"""
Only for options with a size curve of rising slopes $\gamma_j$: the cost is a mean of the curve's points, so it is never above the
chord from the first point to the last.

$$\sum_{j} \left( \gamma_j - \frac{\sum_i \gamma_i W_i}{\sum_i W_i} \right) q_{jd} \le 0$$""",
    "builds of a period": r"""
Only for options with a falling slope, which have several variants: of all of them together one is built at most.

$$\underline{N}_{od} \le N_{od} \le \min(1, \overline{N}_{od})$$""",
    "new capacity of a period": r"""
Bounds of `option_periods`, for options that are counted in builds.

$$\underline{h}_{od} \le h_{od} \le \overline{h}_{od}$$""",
    "builds of the horizon": r"""
`minimum_builds` and `maximum_builds` of `options`.

$$\underline{N}_{o} \le \sum_d N_{od} \le \overline{N}_{o}$$""",
    "new capacity of the horizon": r"""
`maximum_total` of `options`.

$$\sum_d h_{od} \le \overline{h}_{o}$$""",
    "order": r"""
With $o'$ the option that $o$ comes after (`after` of `options`).

$$\sum_{d: t \in P_{od}} N_{od} \le \sum_{d: t \in P_{o'd}} N_{o'd}$$""",
    "limit": r"""
With $\epsilon_i$ the coefficient of term $i$, $F_{it}$ the entries of its quantity in period $t$ that fit all its filters, $Q$ their
amounts and $V$ the value. In one period:

$$\sum_i \epsilon_i \sum_{\iota \in F_{it}} Q_{\iota} \le V_{t}$$

Over the horizon (`all`), with $y_{it} = 1$ for new_capacity, builds and investment, and $y_{it} = Y_t$ for everything else:

$$\sum_i \epsilon_i \sum_t y_{it} \sum_{\iota \in F_{it}} Q_{\iota} \le V$$

or with $\ge$ or $=$, as its `sense` says. Needs and existing capacity are constants and move to the right.""",
    REPEATED: r"""
A limit with `each` has a row for every value $\xi$ of its attributes. An entry that has the attribute counts in the row of its value,
an entry of a quantity that never has it in all rows.

$$\sum_i \epsilon_i \sum_{\iota \in F_{it}(\xi)} Q_{\iota} \le V_{t}$$""",
}
COST_FORMULAS: dict[str, str] = {
    "building": r"""
$$\sum_o \sum_d \varphi_{od} \kappa_{od}$$""",
    "fixed cost": r"""
With $\Phi_l$ the fixed cost, paid on all standing capacity; the part of the stock is a constant.

$$\sum_t w_t \sum_{l,s} \Phi_l K_{lst}$$""",
    "processes": r"""
With $C$ the cost of `placements` where one is stated, else that of the process.

$$\sum_t w_t \sum_{p,s,k} C_{pst} x_{pstk}$$""",
    "purchases": r"""
With $\pi$ the price.

$$\sum_t w_t \sum_{m,s,g,k} \pi_{msgt} u_{msgtk}$$""",
    "sales": r"""
With $\pi$ the price; what is earned counts against the cost.

$$-\sum_t w_t \sum_{m,s,g,k} \pi_{msgt} e_{msgtk}$$""",
    "freight": r"""
Paid on what is sent, with $\chi$ = `factor` x `channels.cost` + `cost` + `cost_per_distance` x `distance`.

$$\sum_t w_t \sum_{c,a,b,g,k} \chi_{cabg} f_{cabgtk}$$""",
    "time in transit": r"""
The worth of goods that are tied up on the way, with $\vartheta$ the `value` of a product (not stated: not charged) and $\Delta$ the
`days` of a channel; Baumol and Vinod, "An inventory theoretic model of freight transport demand", *Management Science* 16 (1970)
413-421.

$$\sum_t w_t \sum_{c,a,b,g,k} \vartheta_g \frac{\Delta_c}{365} \max(r, 0) f_{cabgtk}$$""",
    "unmet needs": r"""
With $\zeta$ the penalty of the product, else that of the case.

$$\sum_t w_t \sum_{s,g,k} \zeta_g z_{sgtk}$$""",
}

ORDER = (
    "limit",
    "option",
    "after",
    "variant",
    "piece",
    "process",
    "purchase",
    "sale",
    "line",
    "channel",
    "from",
    "to",
    "site",
    "product",
    "period",
    "slice",
)

# Small cases with the blocks that neither the built-in cases nor the tests' examples have.
CANDIDATE = example(
    None,
    {},
    sites="site / A / B",
    channels="channel, from, to, capacity, both_ways, reactance / old, A, B, 6, yes, 1 / new, A, B, 0, yes, 1",
    freight="channel, product / *, g",
    options="option, channel, unit_size, maximum_builds, charge / new, new, 6, 1, annual",
    purchases="purchase, site, product, price / buy, A, g, 1",
    needs="site, product, quantity / B, g, 10",
)
EXTRA = example(
    None,
    {},
    slices="slice, hours / day, 4000 / night, 4760",
    products="product, sliced / g, yes",
    lines="line / L",
    processes="process, line / make, L",
    recipes="process, product, quantity / make, g, 1",
    placements="process, site, minimum, maximum / make, A, 1, 9",
    options="option, site, line, unit_size, charge / new, A, L, 5, annual",
    option_periods="option, period, maximum_new / new, , 10",
    purchases="purchase, site, product, price, limit / buy, A, g, 3, 4",
    sales="sale, site, product, price, limit / sell, A, g, 1, 2",
    needs="site, product, quantity / A, g, 8",
)


def programs() -> Iterator[Program]:
    """Yield the programs of the built-in cases, of the tests' small examples and of the cases above."""
    for folder in built_in_cases().values():
        yield build(read_case(folder)).program
    for one in (*EXAMPLES.values(), EXTRA, CANDIDATE):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "case.toml").write_text(tomli_w.dumps(one.settings), encoding="utf-8")
            for name, rows in one.tables.items():
                with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, list(rows[0]))
                    writer.writeheader()
                    writer.writerows(rows)
            yield build(read_case(folder)).program


def _same(what: str, written: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    """Fail where something has no text here, or a text belongs to nothing."""
    if lacking := set(wanted) - set(written):
        raise SystemExit(f"docs/generate.py: {what} is missing for {sorted(lacking)}")
    if idle := set(written) - set(wanted):
        raise SystemExit(f"docs/generate.py: {what} is there for {sorted(idle)}, which nothing has")


def _blocks(found: Iterable[Block], blocks: dict[str, Block]) -> None:
    """Keep one block of each name that has members; limits that repeat share one."""
    for block in found:
        name = REPEATED if block.name.startswith("limit ") else block.name
        known = blocks.get(name)
        if block.size and (known is None or (block.name, block.sentence) < (known.name, known.sentence)):
            blocks[name] = block


def _place(key: str) -> int:
    """Sort key: who, where, what, when."""
    return ORDER.index(key) if key in ORDER else 0


def _block_sections(kind: str, blocks: Mapping[str, Block], formulas: Mapping[str, str]) -> Iterator[str]:
    _same("a formula", formulas, blocks)
    for name, formula in formulas.items():
        block = blocks[name]
        index = ", ".join(f"`{key}`" for key in sorted(block.index, key=_place))
        shown = f" (here: `{block.name}`)" if name == REPEATED else ""
        yield f"### {name}\n\n> {block.sentence}\n\nOne {kind} for each {index}{shown}. Unit: {block.unit}.\n\n{formula.strip()}"


def maths_page() -> str:
    """Return docs/maths.md."""
    columns: dict[str, Block] = {}
    rows: dict[str, Block] = {}
    for program in programs():
        _blocks(program.column_blocks.values(), columns)
        _blocks(program.row_blocks.values(), rows)
    _same("a formula", COST_FORMULAS, dict.fromkeys(COMPONENTS))
    return _page(
        "maths.md",
        columns="\n\n".join(_block_sections("column", columns, COLUMN_FORMULAS)),
        rows="\n\n".join(_block_sections("row", rows, ROW_FORMULAS)),
        objective="\n\n".join(f"### {name}\n\n{formula.strip()}" for name, formula in COST_FORMULAS.items()),
    )


# ----------------------------------------------------------------------------------------------- the page of the answer

PLAN_SENTENCES: dict[str, str] = {
    "builds": "What is decided: one row for each option and period in which something is built.",
    "capacity": "What stands: one row for each line at a site, or channel with a bound, and period.",
    "activity": "What runs.",
    "flows": "What moves through channels.",
    "purchases": "What is bought outside the sites.",
    "sales": "What is sold outside the sites.",
    "unmet": "Needs that are not met, where a penalty allows it.",
    "balances": "Where every product at every site comes from and where it goes: made + received + bought + unmet "
    "= used + sent + sold + need + surplus.",
    "prices": "What one more unit would cost, for every balance.",
    "costs": "The objective by component and period. The column `present_cost` sums to the objective.",
    "binding": "The rules that hold the plan back, the dearest first. A negative price: a higher bound would make the plan cheaper.",
}


def plan_page() -> str:
    """Return docs/plan-tables.md."""
    _same("a sentence", PLAN_SENTENCES, PLAN_TABLES)
    sections = []
    for name, columns in PLAN_TABLES.items():
        rows = [(c.name, c.kind, f"`{c.unit}`" if c.unit else "", c.sentence) for c in columns]
        sections += [f"## {name}", PLAN_SENTENCES[name], markdown_table(("column", "kind", "unit", "meaning"), rows)]
    return _page("plan-tables.md", tables="\n\n".join(sections))


# --------------------------------------------------------------------------------------------------- the atlas' page


def atlas_page() -> str:
    """Return docs/atlas.md."""
    return _page("atlas.md", **{part: markdown_table(*found) for part, found in atlas_tables.tables().items()}, size=atlas_tables.size())


def modes_page() -> str:
    """Return docs/modes.md."""
    sections = []
    for heading, told, table in mode_tables.sections():
        sections += [heading, told, markdown_table(*table)]
    parts = {"size": mode_tables.size(), "modes": markdown_table(*mode_tables.overview()), "gauges": mode_tables.widths()}
    return _page("modes.md", figures="\n\n".join(sections), **parts)


def appraisal_page() -> str:
    """Return docs/appraisal.md."""
    sections = [part for heading, told, table in appraisal_tables.sections() for part in (heading, told, markdown_table(*table))]
    return _page("appraisal.md", tables="\n\n".join(sections))


def corridors_page() -> str:
    """Return docs/corridors.md."""
    return _page("corridors.md", **{part: markdown_table(*found) for part, found in waypoint_tables.tables().items()})


def finance_page() -> str:
    """Return docs/finance.md."""
    return _page("finance.md", **{part: markdown_table(*found) for part, found in finance_tables.tables().items()})


def roadmap_page() -> str:
    """Return docs/roadmap.md."""
    found = {part: markdown_table(*rows) for part, rows in roadmap_tables.tables().items()}
    return _page("roadmap.md", **found, **roadmap_tables.sentences())


def _page(name: str, **parts: str) -> str:
    """Return a page: its text in docs/parts with each mark `<!-- part -->` replaced."""
    text = (DOCS / "parts" / name).read_text(encoding="utf-8")
    for part, content in parts.items():
        mark = f"<!-- {part} -->"
        if mark not in text:
            raise SystemExit(f"docs/parts/{name} has no mark {mark}")
        text = text.replace(mark, content)
    return f"{NOTICE.format(name=name)}\n\n{text}"


def pages() -> dict[Path, str]:
    """Return the text of every generated page by its path."""
    return {
        DOCS / "schema.md": schema_page(),
        DOCS / "maths.md": maths_page(),
        DOCS / "plan-tables.md": plan_page(),
        DOCS / "atlas.md": atlas_page(),
        DOCS / "modes.md": modes_page(),
        DOCS / "corridors.md": corridors_page(),
        DOCS / "appraisal.md": appraisal_page(),
        DOCS / "finance.md": finance_page(),
        DOCS / "roadmap.md": roadmap_page(),
    }


def stale() -> list[str]:
    """Return the names of the generated pages that are not what they should be."""
    return [path.name for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or check them; return the exit code."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a page is out of date")
    options: Any = parser.parse_args(arguments)
    if options.check:
        old = stale()
        print("Out of date: " + ", ".join(old) + "; run python docs/generate.py" if old else "The pages are up to date.")
        return 1 if old else 0
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(f"Wrote docs/{path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
