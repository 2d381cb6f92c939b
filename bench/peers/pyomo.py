"""Pyomo: a concrete model with one object for each variable and row, handed over by its persistent interface."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from pyomo import environ
from pyomo.contrib.appsi.solvers import Highs
from pyomo.core.expr.numeric_expr import LinearExpression

from instances import DISPOSAL_COST, Instance

PACKAGE = "pyomo"
Terms = list[tuple[float, Any]]


def build(instance: Instance) -> Any:  # noqa: ANN401  (a HiGHS with the model)
    """Build the instance and hand it to HiGHS."""
    solver = Highs()
    solver.set_instance(_model(instance))
    highs = solver._solver_model  # noqa: SLF001  (the one way to the solver that it fills)
    highs.setOptionValue("output_flag", False)  # noqa: FBT003
    return highs


def _sum(terms: Terms) -> LinearExpression:
    coefficients, variables = zip(*terms, strict=True)
    return LinearExpression(linear_coefs=coefficients, linear_vars=variables)


def _model(instance: Instance) -> environ.ConcreteModel:
    periods, lines, links = range(instance.periods), range(len(instance.line_site)), range(len(instance.link_from))
    places, pairs = range(instance.sites * instance.products), range(len(instance.pair_link))
    wastes, held = range(len(instance.disposal_site)), np.flatnonzero(instance.line_existing).tolist()
    existing, unit, most = (values.tolist() for values in (instance.line_existing, instance.line_unit, instance.line_most_units))
    room, widest = instance.link_existing.tolist(), instance.link_most_extension.tolist()
    model = environ.ConcreteModel()
    for name, things in (("activity", lines), ("capacity", lines), ("closed", held), ("flow", pairs), ("room", links)):
        model.add_component(name, environ.Var(things, periods, within=environ.NonNegativeReals))
    for name, things in (("bought", places), ("thrown", wastes)):
        model.add_component(name, environ.Var(things, periods, within=environ.NonNegativeReals))
    model.units = environ.Var(lines, periods, bounds=lambda _, line, __: (0, most[line]))
    model.wider = environ.Var(links, periods, bounds=lambda _, link, __: (0, widest[link]))
    balance, used = _terms(instance, model)
    need = instance.need.reshape(len(places), -1).tolist()

    def state(model: Any, line: int, time: int) -> Any:  # noqa: ANN401
        terms = [(1.0, model.capacity[line, time]), (-unit[line], model.units[line, time])]
        terms += [(-1.0, model.capacity[line, time - 1])] if time else []
        terms += [(1.0, model.closed[line, time])] if existing[line] else []
        return _sum(terms) == (0.0 if time else existing[line])

    def link_state(model: Any, link: int, time: int) -> Any:  # noqa: ANN401
        terms = [(1.0, model.room[link, time]), (-1.0, model.wider[link, time])]
        terms += [(-1.0, model.room[link, time - 1])] if time else []
        return _sum(terms) == (0.0 if time else room[link])

    def closing(model: Any, line: int) -> Any:  # noqa: ANN401
        return _sum([(1.0, model.closed[line, time]) for time in periods]) <= existing[line]

    model.balance = environ.Constraint(places, periods, rule=lambda _, place, time: _sum(balance[place, time]) == need[place][time])
    model.line = environ.Constraint(lines, periods, rule=lambda model, line, time: model.activity[line, time] <= model.capacity[line, time])
    model.state = environ.Constraint(lines, periods, rule=state)
    model.closing = environ.Constraint(held, rule=closing)
    model.link = environ.Constraint(
        links, periods, rule=lambda model, link, time: _sum([*used[link, time], (-1.0, model.room[link, time])]) <= 0
    )
    model.link_state = environ.Constraint(links, periods, rule=link_state)
    model.cost = environ.Objective(expr=_sum(_costs(instance, model)))
    return model


def _terms(instance: Instance, model: Any) -> tuple[dict[tuple[int, int], Terms], dict[tuple[int, int], Terms]]:  # noqa: ANN401
    """Return the terms of every balance, and those of the use of every link."""
    balance: dict[tuple[int, int], Terms] = defaultdict(list)
    used: dict[tuple[int, int], Terms] = defaultdict(list)
    periods, products = range(instance.periods), instance.products
    maker, product = np.nonzero(instance.line_recipe)
    place = instance.line_site[maker] * products + product
    for line, at, quantity in zip(maker.tolist(), place.tolist(), instance.line_recipe[maker, product].tolist(), strict=True):
        for time in periods:
            balance[at, time].append((quantity, model.activity[line, time]))
    link = instance.pair_link
    sender, receiver = (ends[link] * products + instance.pair_product for ends in (instance.link_from, instance.link_to))
    columns = (link, sender, receiver, instance.link_arrives[link], instance.pair_weight)
    for pair, (own, start, end, arrives, weight) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        for time in periods:
            flow = model.flow[pair, time]
            balance[start, time].append((-1.0, flow))
            balance[end, time].append((arrives, flow))
            used[own, time].append((weight, flow))
    for waste, at in enumerate((instance.disposal_site * products + instance.disposal_product).tolist()):
        for time in periods:
            balance[at, time].append((-1.0, model.thrown[waste, time]))
    for at, time in model.bought:
        balance[at, time].append((1.0, model.bought[at, time]))
    return balance, used


def _costs(instance: Instance, model: Any) -> Terms:  # noqa: ANN401
    present = instance.present
    tail = present[::-1].cumsum()[::-1]
    costs = (
        (model.activity, np.outer(instance.line_cost, present)),
        (model.capacity, np.outer(instance.line_fixed_cost, present)),
        (model.units, np.outer(instance.line_annuity * instance.line_unit, tail)),
        (model.flow, np.outer(instance.pair_cost, present)),
        (model.room, np.outer(instance.link_fixed_cost, present)),
        (model.wider, np.outer(instance.link_annuity, tail)),
        (model.bought, instance.import_price * present),
        (model.thrown, np.outer(np.full(len(instance.disposal_site), DISPOSAL_COST), present)),
    )
    return [term for variables, cost in costs for term in zip(cost.ravel().tolist(), variables.values(), strict=True)]
