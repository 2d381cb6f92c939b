"""PyPSA: a bus for each site and product, multi-port links as processes and flows, capacity as generators of a service.

What a line or a link can carry is a service with a bus of its own: generators of one build year each make it, processes
and flows use it up. PyPSA closes no capacity before its life ends, so that existing lines are generators of every
possible life, whose sizes one hand-written row bounds. The optimum is that of the others, the matrix is not.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pypsa
import xarray as xr

from instances import DISPOSAL_COST, Instance

PACKAGE = "pypsa"
ENOUGH = 1e5
FIRST_YEAR = 2030


def build(instance: Instance) -> Any:  # noqa: ANN401  (a HiGHS with the model)
    """Build the instance and hand it to HiGHS."""
    logging.disable(logging.WARNING)
    pypsa.options.api.legacy_string_dtype = False
    network = _network(instance)
    network.optimize.create_model(multi_investment_periods=True, include_objective_constant=False)
    _bound_existing(network, instance)
    solver = network.model.to_highspy()
    solver.silent()
    return solver


def unpriced(instance: Instance) -> float:
    """Return the fixed cost of existing links, which no decision changes."""
    return instance.unpriced


def _names(word: str, codes: Any) -> np.ndarray:  # noqa: ANN401  (integers)
    return np.array([f"{word} {code}" for code in np.asarray(codes).tolist()], object)


def _network(instance: Instance) -> pypsa.Network:
    years = FIRST_YEAR + np.arange(instance.periods)
    network = pypsa.Network()
    network.set_snapshots(pd.MultiIndex.from_product([years, [0]], names=["period", "timestep"]))
    network.investment_periods = years
    network.investment_period_weightings["years"] = 1.0
    network.investment_period_weightings["objective"] = instance.present
    places = np.arange(instance.sites * instance.products)
    lines, links = np.arange(len(instance.line_site)), np.arange(len(instance.link_from))
    network.add("Bus", np.concatenate([_names("place", places), _names("line", lines), _names("link", links)]))
    _trade(network, instance, places)
    _services(network, instance, years)
    _processes(network, instance, lines)
    link, product = instance.pair_link, instance.pair_product
    network.add(
        "Link",
        _names("flow", np.arange(len(link))),
        bus0=_names("place", instance.link_from[link] * instance.products + product),
        bus1=_names("place", instance.link_to[link] * instance.products + product),
        bus2=_names("link", link),
        efficiency=instance.link_arrives[link],
        efficiency2=-instance.pair_weight,
        p_nom=ENOUGH,
        marginal_cost=instance.pair_cost,
    )
    return network


def _trade(network: pypsa.Network, instance: Instance, places: np.ndarray) -> None:
    need = instance.need.reshape(len(places), -1)
    wanted = np.flatnonzero(need.any(axis=1))
    name = _names("need", wanted)
    network.add("Load", name, bus=_names("place", wanted), p_set=pd.DataFrame(need[wanted].T, network.snapshots, name))
    name, place = _names("import", places), _names("place", instance.import_site * instance.products + instance.import_product)
    network.add("Generator", name, bus=place, p_nom=ENOUGH, marginal_cost=pd.DataFrame(instance.import_price.T, network.snapshots, name))
    wastes = instance.disposal_site * instance.products + instance.disposal_product
    network.add("Generator", _names("disposal", wastes), bus=_names("place", wastes), p_nom=ENOUGH, sign=-1, marginal_cost=DISPOSAL_COST)


def _services(network: pypsa.Network, instance: Instance, years: np.ndarray) -> None:
    """Add what stands: new capacity by build year, existing lines by every life, existing links as they are."""
    line_cost, most = instance.line_annuity + instance.line_fixed_cost, instance.line_most_units * instance.line_unit
    link_cost = instance.link_annuity + instance.link_fixed_cost
    for word, cost, limit in (("line", line_cost, most), ("link", link_cost, instance.link_most_extension)):
        thing, period = (index.ravel() for index in np.indices((len(cost), len(years))))
        network.add(
            "Generator",
            _names(f"new {word}", range(len(thing))),
            bus=_names(word, thing),
            p_nom_extendable=True,
            p_nom_max=limit[thing],
            build_year=years[period],
            lifetime=np.inf,
            capital_cost=cost[thing],
        )
    held = np.repeat(np.flatnonzero(instance.line_existing), len(years))
    network.add(
        "Generator",
        _names("old line", range(len(held))),
        bus=_names("line", held),
        p_nom_extendable=True,
        p_nom_max=instance.line_existing[held],
        build_year=years[0],
        lifetime=np.tile(1.0 + np.arange(len(years)), len(held) // len(years)),
        capital_cost=instance.line_fixed_cost[held],
    )
    held = np.flatnonzero(instance.link_existing)
    network.add("Generator", _names("old link", held), bus=_names("link", held), p_nom=instance.link_existing[held])


def _processes(network: pypsa.Network, instance: Instance, lines: np.ndarray) -> None:
    """Add a link for each line, from its service to all the places of its recipe."""
    maker, product = np.nonzero(instance.line_recipe)
    count = np.bincount(maker, minlength=len(lines))
    port = np.arange(len(maker)) - np.repeat(np.cumsum(count) - count, count)
    place = _names("place", instance.line_site[maker] * instance.products + product)
    ports: dict[str, Any] = {}
    for number in range(int(count.max())):
        own = port == number
        bus, share = np.full(len(lines), "", object), np.ones(len(lines))
        bus[maker[own]], share[maker[own]] = place[own], instance.line_recipe[maker[own], product[own]]
        ports |= {f"bus{number + 1}": bus, "efficiency" + (str(number + 1) if number else ""): share}
    network.add("Link", _names("process", lines), bus0=_names("line", lines), p_nom=ENOUGH, marginal_cost=instance.line_cost, **ports)


def _bound_existing(network: pypsa.Network, instance: Instance) -> None:
    """Add that all parts of an existing line together are not larger than it."""
    held = np.flatnonzero(instance.line_existing)
    size = network.model.variables["Generator-p_nom"]
    parts = _names("old line", range(len(held) * instance.periods))
    own = size.sel({size.dims[0]: parts})
    owner = xr.DataArray(np.repeat(held, instance.periods), coords=[(size.dims[0], parts)], name="held")
    existing = xr.DataArray(instance.line_existing[held], coords=[("held", held)])
    network.model.add_constraints(own.groupby(owner).sum() <= existing, name="existing lines")
