"""From the solver's values to a plan's tidy tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes, Values, pick
from capcoop.model.build import Model
from capcoop.model.names import named, texts, units
from capcoop.model.objective import running_costs
from capcoop.model.options import recovery_factor
from capcoop.plan.binding import binding_table
from capcoop.plan.scale import scale_warnings
from capcoop.plan.tables import PLAN_TABLES, Plan, schema_of
from capcoop.solve.highs import Solution

NEGLIGIBLE = 1e-9
# Less than the check allows for a place where nothing else moves, however much moves elsewhere.
MOST_DROPPED = 1e-7


def extract(model: Model, solution: Solution) -> Plan:
    """Return the plan that a solution of a model means."""
    tables = extract_tables(model, solution, tuple(PLAN_TABLES))
    rows, columns, coefficients = model.program.shape
    outcome = {
        "case": model.case.name,
        "status": solution.status,
        "objective": solution.objective,
        "bound": solution.bound,
        "gap": solution.gap,
        "seconds": round(solution.seconds, 3),
        "currency": model.case.settings.currency,
        "rows": rows,
        "columns": columns,
        "coefficients": coefficients,
        "whole_columns": int(model.program.whole.sum()),
        "warnings": scale_warnings(model),
    }
    return Plan(outcome, tables, model.case)


def extract_tables(model: Model, solution: Solution, names: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Return some of the tables of the plan that a solution of a model means."""
    clean = replace(solution, values=_clean(model, solution.values))
    makers = {
        "builds": _builds,
        "capacity": _capacity,
        "activity": _activity,
        "flows": _flows,
        "purchases": _purchases,
        "sales": _sales,
        "unmet": _unmet,
        "balances": _balances,
        "prices": _prices,
        "costs": _costs,
        "binding": binding_table,
    }
    return {
        name: makers[name](model, clean).select(pl.col(column).cast(kind) for column, kind in schema_of(name).items()) for name in names
    }


def _clean(model: Model, values: Values) -> Values:
    """Round whole columns and put what is negligible beside the largest value of its product (process, option) to zero."""
    out = np.where(model.program.whole, np.round(values), values)
    for block in model.program.column_blocks.values():
        part = out[block.start : block.start + block.size]
        kind = next((block.index[key] for key in ("product", "process", "option") if key in block.index), np.zeros(block.size, np.int64))
        largest = np.zeros(int(kind.max(initial=0)) + 1)
        np.maximum.at(largest, kind, np.abs(part))
        part[np.abs(part) <= np.minimum(NEGLIGIBLE * largest[kind], MOST_DROPPED)] = 0.0
    return np.clip(out, model.program.lower, model.program.upper)


def _periods(model: Model) -> int:
    return model.case.size("periods")


def _builds(model: Model, solution: Solution) -> pl.DataFrame:
    case, own, lists = model.case, model.parts.decisions, model.parts.decisions.menu
    size = (case.size("options"), _periods(model))
    builds, new, investment = (np.zeros(size) for _ in range(3))
    count, extra = solution.values[own.build_column], solution.values[own.size_column]
    np.add.at(builds, (own.build_option, own.build_period), count)
    np.add.at(new, (own.build_option, own.build_period), count * lists.base[own.build_variant])
    np.add.at(new, (own.size_option, own.size_period), extra)
    np.add.at(investment, (own.build_option, own.build_period), count * own.build_cost)
    np.add.at(investment, (own.size_option, own.size_period), extra * own.size_cost)
    option, period = np.nonzero((builds > 0) | (new > 0))
    options = case["options"]
    line, channel = options.codes("line")[option], options.codes("channel")[option]
    unit = np.where(line >= 0, units(case, "lines", line).to_numpy(), units(case, "channels", channel).to_numpy())
    counted = case.counted[option]
    return pl.DataFrame(
        {
            "option": named(case, "option", option),
            "site": named(case, "site", options.codes("site")[option]),
            "line": named(case, "line", line),
            "channel": named(case, "channel", channel),
            "supplier": texts(case, "options", "supplier", option),
            "technology": texts(case, "options", "technology", option),
            "period": named(case, "period", period),
            "builds": pl.Series(np.where(counted, builds[option, period], np.nan)).fill_nan(None),
            "new_capacity": new[option, period],
            "unit": pl.Series(unit.tolist(), dtype=pl.String),
            "investment": investment[option, period],
            "present_cost": investment[option, period] * own.present[option, period],
            "jobs": pl.Series(pick(case["lines"].stated("jobs"), line, np.nan) * new[option, period]).fill_nan(None),
        }
    )


def _capacity(model: Model, solution: Solution) -> pl.DataFrame:
    case, parts, standing = model.case, model.parts, model.parts.standing
    lines, channels, periods = len(parts.capacity.line), case.size("channels"), _periods(model)
    new = np.zeros((lines + channels, periods))
    place = np.where(standing.line_position >= 0, standing.line_position, lines + standing.channel)
    np.add.at(new, (place, standing.period), solution.values[standing.column] * standing.coefficient)
    bound = case["channels"].stated("capacity")
    existing = np.concatenate([parts.capacity.stock, np.repeat(np.where(np.isfinite(bound), bound, 0.0)[:, None], periods, axis=1)])
    at, period = np.nonzero((existing > 0) | (np.abs(new) > NEGLIGIBLE))
    own = np.where(at < lines, at, -1)
    line, channel = pick(parts.capacity.line, own), np.where(at < lines, -1, at - lines)
    unit = np.where(line >= 0, units(case, "lines", line).to_numpy(), units(case, "channels", channel).to_numpy())
    return pl.DataFrame(
        {
            "site": named(case, "site", pick(parts.capacity.site, own)),
            "line": named(case, "line", line),
            "channel": named(case, "channel", channel),
            "period": named(case, "period", period),
            "existing": existing[at, period],
            "new": new[at, period],
            "standing": existing[at, period] + new[at, period],
            "unit": pl.Series(unit.tolist(), dtype=pl.String),
        }
    )


def _activity(model: Model, solution: Solution) -> pl.DataFrame:
    case, own = model.case, model.parts.activities
    value = solution.values[own.columns]
    keep = np.flatnonzero(value)
    columns = {name: named(case, name, getattr(own, name)[keep]) for name in ("process", "site", "period", "slice")}
    return pl.DataFrame({**columns, "activity": value[keep]})


def _flows(model: Model, solution: Solution) -> pl.DataFrame:
    case, own = model.case, model.parts.flows
    sent = solution.values[own.columns]
    keep = np.flatnonzero(sent)
    return pl.DataFrame(
        {
            "channel": named(case, "channel", own.channel[keep]),
            "from": named(case, "from", own.sender[keep]),
            "to": named(case, "to", own.receiver[keep]),
            "mode": texts(case, "channels", "mode", own.channel[keep]),
            "product": named(case, "product", own.product[keep]),
            "period": named(case, "period", own.period[keep]),
            "slice": named(case, "slice", own.slice[keep]),
            "sent": sent[keep],
            "arrived": (sent * own.arrives)[keep],
            "unit": units(case, "products", own.product[keep]),
            "freight": (sent * own.cost)[keep],
        }
    )


def _purchases(model: Model, solution: Solution) -> pl.DataFrame:
    return _trade(model, solution, "purchases", "purchase", "origin", "cost")


def _sales(model: Model, solution: Solution) -> pl.DataFrame:
    return _trade(model, solution, "sales", "sale", "destination", "revenue")


def _trade(model: Model, solution: Solution, table: str, name: str, country: str, amount: str) -> pl.DataFrame:
    case, own = model.case, getattr(model.parts, table)
    quantity = solution.values[own.columns]
    keep = np.flatnonzero(quantity)
    targets = {name: own.name[keep], "site": own.site[keep], "product": own.product[keep], "period": own.period[keep]}
    return pl.DataFrame(
        {
            name: named(case, name, own.name[keep]),
            country: _looked_up(model, table, country, targets),
            "site": named(case, "site", own.site[keep]),
            "product": named(case, "product", own.product[keep]),
            "period": named(case, "period", own.period[keep]),
            "slice": named(case, "slice", own.slice[keep]),
            "quantity": quantity[keep],
            "unit": units(case, "products", own.product[keep]),
            "price": own.price[keep],
            amount: (quantity * own.price)[keep],
        }
    )


def _looked_up(model: Model, table: str, column: str, targets: dict[str, Codes]) -> pl.Series:
    """Return a text cell that the cascade gives each target."""
    rows = model.case[table]
    words = rows.frame.get_column(column)
    number = np.where(words.is_not_null().to_numpy(), np.arange(len(rows)), np.nan)
    row = rows.cascade.values(targets, len(targets["site"]), number)[0]
    return texts(model.case, table, column, np.nan_to_num(row, nan=-1).astype(np.int64))


def _unmet(model: Model, solution: Solution) -> pl.DataFrame:
    case, own = model.case, model.parts.needs
    unmet = np.zeros(len(own.amount))
    soft = own.unmet >= 0
    unmet[soft] = solution.values[own.unmet[soft]]
    keep = np.flatnonzero(unmet)
    columns = {name: named(case, name, getattr(own, name)[keep]) for name in ("site", "product", "period", "slice")}
    return pl.DataFrame({**columns, "need": own.amount[keep], "unmet": unmet[keep], "unit": units(case, "products", own.product[keep])})


def _balances(model: Model, solution: Solution) -> pl.DataFrame:
    """Return every balance, split into what comes and what goes, from the program's own coefficients."""
    from scipy.sparse import csc_array

    case, program = model.case, model.program
    block = program.row_blocks["balance"]
    matrix = program.matrix

    def part(name: str, sign: float) -> Values:
        """Return the sum of a block's terms of one sign in every balance."""
        columns = program.column_blocks[name]
        own = matrix[:, columns.start : columns.start + columns.size]
        signed = csc_array((np.maximum(sign * own.data, 0.0), own.indices, own.indptr), shape=own.shape)
        return (signed @ solution.values[columns.start : columns.start + columns.size])[block.start : block.start + block.size]  # type: ignore[no-any-return]

    need = program.row_lower[block.start : block.start + block.size]
    amounts = {
        "made": part("activity", 1.0),
        "used": part("activity", -1.0),
        "received": part("flow", 1.0),
        "sent": part("flow", -1.0),
        "bought": part("purchase", 1.0),
        "sold": part("sale", -1.0),
        "need": need,
        "unmet": part("unmet", 1.0),
    }
    left = amounts["made"] + amounts["received"] + amounts["bought"] + amounts["unmet"]
    gone = amounts["used"] + amounts["sent"] + amounts["sold"] + need
    rest = left - gone
    amounts["surplus"] = np.where(rest > NEGLIGIBLE * np.maximum(1.0, left), rest, 0.0)
    keep = np.flatnonzero((left > 0) | (gone > 0))
    columns = {name: named(case, name, block.index[name][keep]) for name in ("site", "product", "period", "slice")}
    return pl.DataFrame(
        {**columns, **{name: value[keep] for name, value in amounts.items()}, "unit": units(case, "products", block.index["product"][keep])}
    )


def _prices(model: Model, solution: Solution) -> pl.DataFrame:
    case, block = model.case, model.program.row_blocks["balance"]
    weight = case.times.weight[block.index["period"]]
    dual = solution.prices[block.start : block.start + block.size] if len(solution.prices) else np.zeros(block.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        price = np.where(weight > 0, dual / weight, np.nan)
    columns = {name: named(case, name, block.index[name]) for name in ("site", "product", "period", "slice")}
    return pl.DataFrame({**columns, "price": pl.Series(price).fill_nan(None), "unit": units(case, "products", block.index["product"])})


def _costs(model: Model, solution: Solution) -> pl.DataFrame:
    case = model.case
    rows: list[pl.DataFrame] = []
    for component, yearly, present in _payments(model, solution):
        keep = np.flatnonzero((yearly != 0) | (present != 0))
        columns = {"component": component, "period": named(case, "period", keep), "cost": yearly[keep], "present_cost": present[keep]}
        rows.append(pl.DataFrame(columns, schema=schema_of("costs")))
    return pl.concat(rows)


def _payments(model: Model, solution: Solution) -> Iterator[tuple[str, Values, Values]]:
    """Yield (component, yearly payment by period, its part of the objective by period)."""
    parts, times, periods = model.parts, model.case.times, _periods(model)
    yield ("building", *_building(model, solution))
    lines, standing = model.case["lines"].numbers("fixed_cost"), parts.standing
    held = standing.line_position >= 0
    rate = pick(lines, pick(parts.capacity.line, standing.line_position), 0.0)
    yearly = np.bincount(
        standing.period[held], (rate * standing.coefficient * solution.values[standing.column])[held], minlength=periods
    ).astype(float)
    yearly += (pick(lines, parts.capacity.line, 0.0)[:, None] * parts.capacity.stock).sum(axis=0)
    yield "fixed cost", yearly, yearly * times.weight
    for component, columns, period, unit_cost in running_costs(parts):
        yearly = np.bincount(period, unit_cost * solution.values[columns], minlength=periods).astype(float)
        yield component, yearly, yearly * times.weight


def _building(model: Model, solution: Solution) -> tuple[Values, Values]:
    """Return the payments for building: annuities in every period where it stands, outlays where they are decided."""
    case, own, times, periods = model.case, model.parts.decisions, model.case.times, _periods(model)
    spent = np.zeros((case.size("options"), periods))
    np.add.at(spent, (own.build_option, own.build_period), solution.values[own.build_column] * own.build_cost)
    np.add.at(spent, (own.size_option, own.size_period), solution.values[own.size_column] * own.size_cost)
    if not spent.any():
        return np.zeros(periods), np.zeros(periods)
    options = case["options"]
    outlay = options.choice("charge", "outlay")
    with np.errstate(divide="ignore"):
        recovery = recovery_factor(case.settings.discount_rate, options.numbers("life"))
    factor = np.where(options.choice("charge", "annual"), 1.0, recovery)
    yearly = (np.where(outlay, 0.0, factor)[:, None] * np.einsum("od,odt->ot", spent, own.stands.astype(float))).sum(axis=0)
    paid = spent[outlay]
    return yearly + paid.sum(axis=0), yearly * times.weight + (paid * own.present[outlay]).sum(axis=0)
