"""What each new asset pays to whom: outlay and its financing, operation, tax, debt service, and what is left to owners.

Rows are assets, or assets times deals: all arrays have one row each (n) and, where years matter, a column for each year of the horizon.
Money is in constant prices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Values
from capcoop.money.gains.conditions import Conditions
from capcoop.money.gains.ground import Ground
from capcoop.money.gains.horizon import Horizon
from capcoop.money.gains.lending import Lent, borrowed


@dataclass(frozen=True)
class Settled:
    """Yearly payments (n x years) and those made once (n), at opening or at the end of the horizon.

    once : equipment, equipment duty, local works, building wages, loan, premium, equity; at opening. ended : the balance of loans that is
    paid back at the end, and the value left in the asset. yearly : everything else. lent : each loan alone, of which these hold the sums.
    """

    once: dict[str, Values]
    ended: dict[str, Values]
    yearly: dict[str, Values]
    lent: tuple[Lent, ...]


def settle(ground: Ground, conditions: Conditions, horizon: Horizon) -> Settled:
    """Return all payments of each row under its conditions."""
    terms, cash, years = conditions.terms, ground.cash, len(horizon)

    def share(name: str) -> Values:
        return terms[name][:, None]

    parts = _outlay_parts(ground, terms)
    paid_yearly = np.where(ground.annual[:, None] & ground.stands(years), horizon.share, 0.0)
    lease = {name: amount[:, None] * paid_yearly for name, amount in parts.items()}
    once = {name: np.where(ground.annual, 0.0, amount) for name, amount in parts.items()}
    parity = (1 - share("users_share")) * cash.parity
    costs = cash.running + cash.fixed
    damage = share("carbon_price") * cash.emissions
    yearly = {
        "sales": cash.sales,
        "parity": parity,
        "inputs": cash.inputs,
        "running cost": (1 - share("running_wages")) * costs,
        "running wages": share("running_wages") * costs,
        "royalty": share("royalty") * np.maximum(cash.sales + parity, 0.0),
        "carbon payment": share("carbon_payment") * damage,
        **lease,
    }
    earned = yearly["sales"] + yearly["parity"]
    before_tax = earned - sum(amount for name, amount in yearly.items() if name not in {"sales", "parity"})
    debt = borrowed(ground, conditions, before_tax)
    service, tax = debt.interest + debt.principal, debt.tax
    profit = before_tax - tax - debt.interest - debt.depreciation
    yearly |= {"profit tax": tax, "interest": debt.interest, "principal": debt.principal}
    yearly["community fund"] = share("community_fund") * np.maximum(profit, 0.0)
    yearly["dividends"] = before_tax - tax - service - yearly["community fund"]
    yearly |= {"damage": damage, "time in transit": cash.transit}
    once |= {"loan": debt.amount, "premium": debt.premium}
    once["equity"] = np.where(ground.annual, 0.0, ground.outlay) + debt.front_fee + debt.premium - debt.amount
    return Settled(once, {"balance": debt.left, "end value": ground.end_value}, yearly, debt.lent)


def _outlay_parts(ground: Ground, terms: dict[str, Values]) -> dict[str, Values]:
    """Return the outlay as equipment from abroad, its duty, local works and wages (n each)."""
    local, foreign = terms["local_share"] * ground.outlay, (1 - terms["local_share"]) * ground.outlay
    duty = foreign * terms["equipment_duty"] / (1 + terms["equipment_duty"])
    wages = terms["building_wages"] * local
    return {"equipment": foreign - duty, "equipment duty": duty, "local works": local - wages, "building wages": wages}
