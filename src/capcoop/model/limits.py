"""The user's own linear rules: terms matched with quantities, one row for each period and each repeated value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, composite, join, pick
from capcoop.case.case import DIMENSIONS, Case, codes_of
from capcoop.case.rules import ATTRIBUTES, each_of
from capcoop.errors import CaseError, Problem
from capcoop.model.program import Draft
from capcoop.model.quantities import ONCE, Parts, entries
from capcoop.schema import FILTERS, HORIZON, QUANTITIES, SENSES

NEVER = -2


@dataclass(frozen=True)
class Rules:
    """The rules: limit, period (-1: the horizon), value and sense of each; `at[limit, period]` finds one (last column: horizon)."""

    limit: Codes
    period: Codes
    value: Values
    sense: np.ndarray
    at: np.ndarray
    each: list[tuple[str, ...]]


@dataclass(frozen=True)
class Records:
    """Matched entries: rule, values of the repeated attributes (NEVER: counts in all), column (-1: constant), coefficient."""

    rule: Codes
    values: np.ndarray
    column: Codes
    coefficient: Values


def rules_of(case: Case) -> Rules:
    """Return the rules that the table limits states, one for each period or one for the horizon."""
    limits, frame, periods = case["limits"], case.frames["limits"], case.size("periods")
    count, limit = case.size("limits"), limits.codes("limit")
    horizon = frame.get_column("period").fill_null("").eq(HORIZON).to_numpy()
    period = np.where(horizon, periods, limits.codes("period"))
    # The row of each limit and period (last column: the horizon), and the general row that fills its blank cells.
    named, general = np.full((count, periods + 1), -1), np.full(count, -1)
    rows, apart = np.arange(len(limits)), period >= 0
    named[limit[apart], period[apart]] = rows[apart]
    general[limit[~apart]] = rows[~apart]
    stated = named >= 0
    stated[:, :periods] |= (general >= 0)[:, None]
    k, t = np.nonzero(stated)
    at = np.full((count, periods + 1), -1)
    at[k, t] = np.arange(len(k))

    def cells(column: np.ndarray) -> np.ndarray:
        own = pick(column, named[k, t], missing=np.nan)
        return np.where(np.isnan(own), pick(column, general[k], missing=np.nan), own)

    senses = codes_of(frame.get_column("sense"), SENSES).astype(float)
    sense = np.array(SENSES)[cells(np.where(senses < 0, np.nan, senses)).astype(np.int64)]
    texts = frame.filter(frame.get_column("each").is_not_null()).select("limit", "each").unique("limit")
    each = {name: each_of(text) for name, text in texts.iter_rows()}
    own_each = [each.get(name, ()) for name in case.names["limits"]]
    return Rules(k, np.where(t == periods, -1, t), cells(limits.stated("value")), sense, at, own_each)


def _groups(case: Case, rules: Rules) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...], Codes]]:
    """Yield (quantity, named filters, repeated attributes, rows) of terms that are alike."""
    terms = case["limit_terms"]
    kinds = sorted(set(rules.each))
    number = {each: i for i, each in enumerate(kinds)}
    each = np.array([number[own] for own in rules.each], np.int64)[terms.codes("limit")]
    mask = np.zeros(len(terms), np.int64)
    for name in FILTERS:
        mask = mask * 2 + (terms.codes(name) >= 0)
    quantity = codes_of(terms.frame.get_column("quantity"), QUANTITIES)
    keys, group = np.unique(np.stack([quantity, mask, each], axis=1), axis=0, return_inverse=True)
    for i, (what, named, kind) in enumerate(keys.tolist()):
        filters = tuple(name for place, name in enumerate(reversed(FILTERS)) if named >> place & 1)[::-1]
        yield QUANTITIES[what], filters, kinds[kind], np.flatnonzero(group.ravel() == i)


def _match(parts: Parts, rules: Rules, quantity: str, filters: tuple[str, ...], each: tuple[str, ...], rows: Codes) -> Records:
    """Return the records of a group of terms that count one quantity and name the same filters."""
    terms, case = parts.case["limit_terms"], parts.case
    own = entries(parts, quantity, by_line="line" in (*filters, *each), by_slice="slice" in (*filters, *each))
    sizes = [int(max(terms.codes(name).max(), own.attributes[name].max(initial=-1))) + 2 for name in filters]
    asked = composite([terms.codes(name)[rows] for name in filters], sizes, len(rows))
    offered = composite(
        [np.where(own.attributes[name] < 0, size, own.attributes[name]) for name, size in zip(filters, sizes, strict=True)],
        sizes,
        len(own.column),
    )
    term, entry = join(asked, offered)
    limit, period = terms.codes("limit")[rows][term], own.attributes["period"][entry]
    coefficient = terms.numbers("coefficient")[rows][term] * own.coefficient[entry]
    values = (
        np.stack([own.attributes[name][entry] if name in ATTRIBUTES[quantity] else np.full(len(entry), NEVER) for name in each], axis=1)
        if each
        else np.zeros((len(entry), 0), np.int64)
    )
    years = np.ones(len(entry)) if quantity in ONCE else case.times.years[period]
    yearly, horizon = rules.at[limit, period], rules.at[limit, -1]
    column = own.column[entry]
    parts_ = [(rule >= 0, rule, factor) for rule, factor in ((yearly, np.ones(len(entry))), (horizon, years))]
    counted = [(held & ~(values == -1).any(axis=1), rule, factor) for held, rule, factor in parts_]
    return Records(
        np.concatenate([rule[held] for held, rule, _ in counted]),
        np.concatenate([values[held] for held, _, _ in counted]),
        np.concatenate([column[held] for held, _, _ in counted]),
        np.concatenate([(coefficient * factor)[held] for held, _, factor in counted]),
    )


def _repeat(case: Case, records: Records, each: tuple[str, ...]) -> Records:
    """Let records that never have a repeated attribute count for every value of it."""
    without = records.values == NEVER
    if not each or not without.any() or (without == without[0]).all():
        return records
    sizes = [case.size(DIMENSIONS[name]) for name in each]
    combos = np.indices(sizes).reshape(len(each), -1)
    lacking = without.any(axis=1)
    kept = [(np.flatnonzero(~lacking), records.values[~lacking])]
    for pattern in np.unique(without[lacking], axis=0):
        rows = np.flatnonzero((without == pattern).all(axis=1))
        known = np.flatnonzero(~pattern)
        spans = [sizes[i] for i in known]
        own = composite([records.values[rows, i] for i in known], spans, len(rows))
        mine, combo = join(own, composite([combos[i] for i in known], spans, combos.shape[1]))
        kept.append((rows[mine], combos.T[combo]))
    rows = np.concatenate([row for row, _ in kept])
    return Records(records.rule[rows], np.concatenate([values for _, values in kept]), records.column[rows], records.coefficient[rows])


def add_limits(draft: Draft, parts: Parts) -> None:
    """Add the rows of every limit. A rule without variables that holds is dropped; one that does not raises CaseError."""
    case = parts.case
    if not len(case["limits"]):
        return
    rules = rules_of(case)
    by_each: dict[tuple[str, ...], list[Records]] = {}
    for quantity, filters, each, rows in _groups(case, rules):
        by_each.setdefault(each, []).append(_match(parts, rules, quantity, filters, each, rows))
    met: set[int] = set()
    problems: list[Problem] = []
    for each, found in by_each.items():
        if not _repeats(case, each):
            continue
        joined = Records(*(np.concatenate([getattr(part, name) for part in found]) for name in ("rule", "values", "column", "coefficient")))
        records = _repeat(case, joined, each)
        met |= set(records.rule.tolist())
        shared = np.unique(joined.rule[(joined.values == NEVER).any(axis=1)])
        problems += _values_without_terms(case, rules, each, records, shared)
        problems += _add_rows(draft, case, rules, each, records)
    for rule in sorted(set(range(len(rules.limit))) - met):
        if _repeats(case, rules.each[rules.limit[rule]]) and not _holds(0.0, str(rules.sense[rule]), float(rules.value[rule])):
            problems.append(_broken(case, rules, rule, 0.0))
    if problems:
        raise CaseError(problems)


def _repeats(case: Case, each: tuple[str, ...]) -> bool:
    """Return whether the attributes that a limit is repeated for have values at all."""
    return all(case.size(DIMENSIONS[name]) for name in each)


def _holds(left: float, sense: str, right: float) -> bool:
    slack = 1e-9 * max(1.0, abs(right))
    return {"<=": left <= right + slack, ">=": left >= right - slack, "=": abs(left - right) <= slack}[sense]


def _broken(case: Case, rules: Rules, rule: int, left: float) -> Problem:
    name = case.names["limits"][rules.limit[rule]]
    found = f"limit '{name}' counts nothing that can be decided and comes to {left:g}"
    return Problem(
        "limits.csv", None, "value", found, f"but must be {rules.sense[rule]} {rules.value[rule]:g}", "check the filters of its terms"
    )


def _values_without_terms(case: Case, rules: Rules, each: tuple[str, ...], records: Records, shared: Codes) -> list[Problem]:
    """Return the rules that are broken by nothing at all at some repeated value; `shared` have terms that count in all."""
    total = int(np.prod([case.size(DIMENSIONS[name]) for name in each])) if each else 1
    keys = np.unique(np.column_stack([records.rule, records.values]), axis=0)
    met = np.bincount(keys[:, 0], minlength=len(rules.limit))
    return [
        _broken(case, rules, int(rule), 0.0)
        for rule in np.setdiff1d(keys[:, 0], shared)
        if met[rule] < total and not _holds(0.0, str(rules.sense[rule]), float(rules.value[rule]))
    ]


def _add_rows(draft: Draft, case: Case, rules: Rules, each: tuple[str, ...], records: Records) -> list[Problem]:
    """Add the rows of the limits that repeat over the same attributes; return the rules that cannot hold."""
    keys, row = np.unique(np.column_stack([records.rule, records.values]), axis=0, return_inverse=True)
    constant = np.bincount(row, np.where(records.column < 0, records.coefficient, 0.0), minlength=len(keys))
    decided = np.bincount(row, (records.column >= 0) & (records.coefficient != 0), minlength=len(keys)) > 0
    rule = keys[:, 0]
    side, sense = rules.value[rule] - constant, rules.sense[rule]
    problems = [
        _broken(case, rules, int(rule[i]), float(constant[i]))
        for i in np.flatnonzero(~decided)
        if not _holds(float(constant[i]), str(sense[i]), float(rules.value[rule[i]]))
    ]
    kept = np.flatnonzero(decided)
    index = {"limit": rules.limit[rule[kept]], "period": rules.period[rule[kept]]}
    index |= {name: np.maximum(keys[kept, 1 + i], -1) for i, name in enumerate(each)}
    place = np.full(len(keys), -1)
    place[kept] = draft.rows(
        "limit " + ";".join(each) if each else "limit",
        index,
        unit="as its terms",
        sentence="Limit {limit} holds in {period}" + "".join(f" {{{name}}}" for name in each) + ".",
        lower=np.where(sense[kept] == "<=", -np.inf, side[kept]),
        upper=np.where(sense[kept] == ">=", np.inf, side[kept]),
    )
    mine = np.flatnonzero((records.column >= 0) & (place[row] >= 0))
    draft.add(place[row[mine]], records.column[mine], records.coefficient[mine])
    return problems
