"""Balances: what is made, received and bought equals (or exceeds) what is used, sent, sold and needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, ranges
from capcoop.case.case import Case
from capcoop.model.channels import Flows
from capcoop.model.lines import Activities, in_slices
from capcoop.model.program import Draft
from capcoop.model.trade import Needs, Trade


@dataclass(frozen=True)
class Balances:
    """The balance rows by (site, product): dense map to the first row (-1: none), and rows per period."""

    first: Codes
    per_period: Codes
    rows: Codes

    def row(self, pair: Codes, period: Codes, part: Codes) -> Codes:
        """Return the row of a pair (site x products + product), a period and a slice (yearly rows: slice 0)."""
        return self.first[pair] + period * self.per_period[pair] + part


def add_balances(draft: Draft, case: Case, activities: Activities, flows: Flows, purchases: Trade, sales: Trade, needs: Needs) -> Balances:
    """Add a row for each site and product that anything touches, in each period (and slice, if the product is sliced)."""
    products, periods, slices = case.size("products"), case.size("periods"), case.size("slices")
    made = activities.pair_site[activities.recipe_pair] * products + activities.recipe_product
    sent, received = (end * products + flows.pair_product for end in (flows.pair_sender, flows.pair_receiver))
    bought, sold, needed = (part.site * products + part.product for part in (purchases, sales, needs))
    touched = np.zeros(case.size("sites") * products, bool)
    for codes in (made, sent, received, bought, sold, needed):
        touched[codes] = True
    pairs = np.flatnonzero(touched)
    sliced = case.sliced[pairs % max(products, 1)]
    per_period = np.where(sliced, slices, 1)
    owner, member = ranges(np.zeros(len(pairs), np.int64), per_period * periods)
    first, per = np.full(len(touched), -1), np.zeros(len(touched), np.int64)
    first[pairs], per[pairs] = np.cumsum(per_period * periods) - per_period * periods, per_period
    need = np.zeros(len(owner))
    place = first[needed] + needs.period * per[needed] + np.maximum(needs.slice, 0)
    need[place] = needs.amount
    site, product = np.divmod(pairs[owner], max(products, 1))
    period, part = np.divmod(member, per_period[owner])
    rows = draft.rows(
        "balance",
        {"site": site, "product": product, "period": period, "slice": np.where(sliced[owner], part, -1)},
        unit="units of the product/year",
        sentence="What is made, received and bought of {product} at {site} in {period} {slice} covers what is used, sent, sold and needed.",
        lower=need,
        upper=np.where(case["products"].flags("disposal")[product], np.inf, need),
    )
    balances = Balances(np.where(first < 0, -1, first + rows[:1].sum()), per, rows)
    _add_activities(draft, case, balances, activities, made)
    # The columns of a flow and the rows of a balance run alike over periods and slices.
    draft.add_run(ranges(balances.first[sent], flows.pair_count)[1], flows.columns, -1.0)
    draft.add_run(ranges(balances.first[received], flows.pair_count)[1], flows.columns, flows.arrives)
    for trade, codes, sign in ((purchases, bought, 1.0), (sales, sold, -1.0)):
        draft.add_run(balances.row(codes, trade.period, np.maximum(trade.slice, 0)), trade.columns, sign)
    soft = needs.unmet >= 0
    draft.add_run(rows[place[soft]], needs.unmet[soft], 1.0)
    return balances


def _add_activities(draft: Draft, case: Case, balances: Balances, activities: Activities, made: Codes) -> None:
    """Add what activities make and use; `made` is the (site, product) of each recipe entry."""
    entry, activity = activities.of_pairs(activities.recipe_pair)
    sliced = case.sliced[activities.recipe_product[entry]]
    where, part, factor = in_slices(activities.slice[activity], sliced, case.times.share)
    entry, activity = entry[where], activity[where]
    rows = balances.row(made[entry], activities.period[activity], part)
    draft.add(rows, activities.columns[activity], activities.recipe_quantity[entry] * factor)
