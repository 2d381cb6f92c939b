"""linopy: labelled variables and expressions, handed over in memory."""

from __future__ import annotations

from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from instances import DISPOSAL_COST, Instance

PACKAGE = "linopy"


def build(instance: Instance) -> Any:  # noqa: ANN401  (a HiGHS with the model)
    """Build the instance and hand it to HiGHS."""
    solver = _model(instance).to_highspy()
    solver.silent()
    return solver


def over(values: Any, *axes: pd.Index) -> xr.DataArray:  # noqa: ANN401
    """Return an array over axes."""
    return xr.DataArray(values, coords=list(axes))


def gathered(terms: Any, groups: np.ndarray, axis: pd.Index, to: pd.Index) -> Any:  # noqa: ANN401
    """Sum the terms along an axis into groups, and give every group a place."""
    return terms.groupby(over(groups, axis).rename(to.name)).sum().reindex({to.name: to}).fillna(0)


def before(variable: Any) -> Any:  # noqa: ANN401
    """Return the variable of the period before; nothing in the first."""
    return (1 * variable).shift(period=1).fillna(0)


def _model(instance: Instance) -> linopy.Model:
    period, line, link, pair, waste = (
        pd.RangeIndex(size, name=name)
        for name, size in (
            ("period", instance.periods),
            ("line", len(instance.line_site)),
            ("link", len(instance.link_from)),
            ("pair", len(instance.pair_link)),
            ("waste", len(instance.disposal_site)),
        )
    )
    place = pd.RangeIndex(instance.sites * instance.products, name="place")
    held = pd.Index(np.flatnonzero(instance.line_existing), name="line")

    present = over(instance.present, period)
    tail = over(instance.present[::-1].cumsum()[::-1].copy(), period)
    unit = over(instance.line_unit, line)
    everywhen = over(np.ones(instance.periods), period)
    model = linopy.Model()
    activity = model.add_variables(0, coords=[line, period], name="activity")
    capacity = model.add_variables(0, coords=[line, period], name="capacity")
    units = model.add_variables(0, over(instance.line_most_units, line) * everywhen, name="units")
    closed = model.add_variables(0, coords=[held, period], name="closed")
    flow = model.add_variables(0, coords=[pair, period], name="flow")
    room = model.add_variables(0, coords=[link, period], name="room")
    wider = model.add_variables(0, over(instance.link_most_extension, link) * everywhen, name="wider")
    bought = model.add_variables(0, coords=[place, period], name="bought")
    thrown = model.add_variables(0, coords=[waste, period], name="thrown")

    maker, product = np.nonzero(instance.line_recipe)
    entry = pd.RangeIndex(len(maker), name="entry")
    made = activity.sel(line=over(maker, entry)) * over(instance.line_recipe[maker, product], entry)
    sender, receiver = (
        ends[instance.pair_link] * instance.products + instance.pair_product for ends in (instance.link_from, instance.link_to)
    )
    terms = [
        gathered(made, instance.line_site[maker] * instance.products + product, entry, place),
        gathered(-1 * flow, sender, pair, place),
        gathered(flow * over(instance.link_arrives[instance.pair_link], pair), receiver, pair, place),
        gathered(-1 * thrown, instance.disposal_site * instance.products + instance.disposal_product, waste, place),
        1 * bought,
    ]
    need = over(instance.need.reshape(len(place), instance.periods), place, period)
    model.add_constraints(linopy.merge(terms) == need, name="balance")
    model.add_constraints(activity - capacity <= 0, name="line")
    at_first = over(np.eye(1, instance.periods)[0], period)
    kept = capacity - before(capacity) - units * unit + (1 * closed).reindex(line=line).fillna(0)
    model.add_constraints(kept == over(instance.line_existing, line) * at_first, name="state")
    model.add_constraints(closed.sum("period") <= over(instance.line_existing[held], held), name="closing")
    used = gathered(flow * over(instance.pair_weight, pair), instance.pair_link, pair, link)
    model.add_constraints(used - room <= 0, name="link")
    model.add_constraints(room - before(room) - wider == over(instance.link_existing, link) * at_first, name="link state")
    costs = (
        (activity, over(instance.line_cost, line) * present),
        (capacity, over(instance.line_fixed_cost, line) * present),
        (units, over(instance.line_annuity, line) * unit * tail),
        (flow, over(instance.pair_cost, pair) * present),
        (room, over(instance.link_fixed_cost, link) * present),
        (wider, over(instance.link_annuity, link) * tail),
        (bought, over(instance.import_price, place, period) * present),
        (thrown, DISPOSAL_COST * present),
    )
    model.add_objective(sum((variable * cost).sum() for variable, cost in costs))
    return model
