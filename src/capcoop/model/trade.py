"""Trade with the world outside the sites, and needs: purchases, sales, what is needed and what stays unmet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from capcoop.case.cascade import Codes, Values, ranges
from capcoop.case.case import Case
from capcoop.model.program import Draft


@dataclass(frozen=True)
class Trade:
    """Purchase or sale columns: name, site, product, period, slice (-1: the year), column, price."""

    name: Codes
    site: Codes
    product: Codes
    period: Codes
    slice: Codes
    columns: Codes
    price: Values


@dataclass(frozen=True)
class Needs:
    """Needs by row of a balance: site, product, period, slice (-1: the year), amount.

    unmet : the column of what is not delivered (-1: a hard need). penalty : its price.
    """

    site: Codes
    product: Codes
    period: Codes
    slice: Codes
    amount: Values
    unmet: Codes
    penalty: Values


def add_trade(draft: Draft, case: Case, table: Literal["purchases", "sales"]) -> Trade:
    """Add a column for each name, site, product, period (and slice) that a row of the table matches."""
    trade, name = case[table], {"purchases": "purchase", "sales": "sale"}[table]
    _, targets = trade.cascade.expand({}, 1, trade.table.keys)
    price, limit = trade.cascade.values(targets, len(targets["site"]), trade.stated("price"), trade.stated("limit"))
    if np.isnan(price).any():  # only where the limit is 0: nothing is traded
        priced = np.flatnonzero(~np.isnan(price))
        price, limit, targets = price[priced], limit[priced], {key: codes[priced] for key, codes in targets.items()}
    limit = np.where(np.isnan(limit), np.inf, limit)
    site, product, when, who = (targets[key] for key in ("site", "product", "period", name))
    slices = case.size("slices")
    parts = case.sliced[product] & (slices > 1)
    owner, part = ranges(np.zeros(len(product), np.int64), np.where(parts, slices, 1))
    part = np.where(case.sliced[product[owner]], part, -1)
    index = {name: who[owner], "site": site[owner], "product": product[owner], "period": when[owner], "slice": part}
    verb = {"purchases": "Purchase", "sales": "Sale"}[table]
    columns = draft.columns(
        name,
        index,
        unit="units of the product/year",
        sentence=f"{verb} {{{name}}} of {{product}} at {{site}} in {{period}} {{slice}}.",
        upper=np.where(parts[owner], np.inf, limit[owner]),
    )
    bounded = np.flatnonzero(parts & np.isfinite(limit))
    if len(bounded):
        rows = draft.rows(
            f"{name} limit",
            {name: who[bounded], "site": site[bounded], "product": product[bounded], "period": when[bounded]},
            unit="units of the product/year",
            sentence=f"{verb} {{{name}}} of {{product}} at {{site}} in {{period}} stays within its yearly limit.",
            upper=limit[bounded],
        )
        of = np.full(len(product), -1)
        of[bounded] = rows
        mine = of[owner] >= 0
        draft.add(of[owner[mine]], columns[mine], 1.0)
    return Trade(index[name], index["site"], index["product"], index["period"], part, columns, price[owner])


def slice_needs(case: Case) -> tuple[dict[str, Codes], Values]:
    """Return the need of every site, product, period and slice that the table names, in amounts of the slice."""
    needs = case["needs"]
    _, targets = needs.cascade.expand({}, 1, needs.table.keys)
    length = len(targets["site"])
    amount, of_slice = np.full(length, np.nan), np.zeros(length, bool)
    stated = needs.stated("quantity")
    named = needs.codes("slice") >= 0
    for hit in needs.cascade.rows(targets, length):
        new = (hit >= 0) & np.isnan(amount)
        amount[new], of_slice[new] = stated[hit[new]], named[hit[new]]
    share = case.times.share[targets["slice"]]
    return targets, np.where(of_slice, amount, amount * share)


def add_needs(draft: Draft, case: Case) -> Needs:
    """Gather needs by balance row and add a column for what stays unmet wherever a penalty is stated."""
    targets, amount = slice_needs(case)
    sliced = case.sliced[targets["product"]]
    part = np.where(sliced, targets["slice"], 0)
    periods, products, slices = case.size("periods"), case.size("products"), case.size("slices")
    code = ((targets["site"] * products + targets["product"]) * periods + targets["period"]) * slices + part
    rows, inverse = np.unique(code, return_inverse=True)
    total = np.bincount(inverse, amount, minlength=len(rows)).astype(float)
    rest, part = np.divmod(rows, slices)
    rest, period = np.divmod(rest, periods)
    site, product = np.divmod(rest, max(products, 1))
    part = np.where(case.sliced[product], part, -1)
    general = np.nan if case.settings.penalty is None else case.settings.penalty
    own = case["products"].stated("penalty")
    penalty = np.where(np.isnan(own), general, own)[product]
    soft = np.flatnonzero(~np.isnan(penalty) & (total > 0))
    columns = draft.columns(
        "unmet",
        {"site": site[soft], "product": product[soft], "period": period[soft], "slice": part[soft]},
        unit="units of the product/year",
        sentence="Need of {product} at {site} in {period} {slice} that is not met.",
        upper=total[soft],
    )
    unmet = np.full(len(rows), -1)
    unmet[soft] = columns
    return Needs(site, product, period, part, total, unmet, penalty)
