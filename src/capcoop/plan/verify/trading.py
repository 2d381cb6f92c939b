"""What is bought, sold, needed and left unmet, and the balance of every product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, join
from capcoop.case.case import Case
from capcoop.plan.verify.findings import Findings
from capcoop.plan.verify.listing import Listing, check_slices, grid, spread, summed

COLUMNS = ("made", "used", "received", "sent", "bought", "sold", "need", "unmet")


@dataclass(frozen=True)
class Recipes:
    """What each row of the plan's activity makes (+) or uses (-): row, product, quantity per unit of activity."""

    row: Codes
    product: Codes
    quantity: Values


def recipes_of(case: Case, activity: Listing) -> Recipes:
    """Return the recipe of every activity: a row for its site replaces that for all sites, product by product."""
    table = case["recipes"]
    process, site = activity.at("process", "site")
    pairs, of_row = np.unique(process * (case.size("sites") + 1) + site, return_inverse=True)
    pair_process, pair_site = np.divmod(pairs, case.size("sites") + 1)
    pair, entry = join(pair_process, table.codes("process"))
    at = table.codes("site")[entry]
    kept = (at < 0) | (at == pair_site[pair])
    pair, entry, at = pair[kept], entry[kept], at[kept]
    code = pair * (case.size("products") + 1) + table.codes("product")[entry]
    order = np.lexsort((at < 0, code))
    first = order[np.r_[True, np.diff(code[order]) != 0][: len(order)]]
    row, chosen = join(of_row.ravel(), pair[first])
    entry = entry[first][chosen]
    return Recipes(row, table.codes("product")[entry], table.stated("quantity")[entry])


def check_trade(findings: Findings, listing: Listing, table: str) -> None:
    """Check permission, prices and yearly limits of purchases or sales."""
    case, (name, money, verb) = findings.case, {"purchases": ("purchase", "cost", "bought"), "sales": ("sale", "revenue", "sold")}[table]
    who, site, product, period = listing.at(name, "site", "product", "period")
    targets = {name: who, "site": site, "product": product, "period": period}
    check_slices(findings, listing, ~case.sliced[product], table.capitalize())
    amounts = listing.figures["quantity"]
    matched = case[table].cascade.matched(targets, len(listing))
    findings.never(~matched, f"Nothing lets {{product}} be {verb} by {{{name}}} at {{site}} in {{period}}", **targets)
    findings.at_most(
        -amounts, 0.0, np.abs(amounts), f"A negative amount of {{product}} is {verb} by {{{name}}} at {{site}} in {{period}}", **targets
    )
    price = case[table].lookup("price", **targets)
    findings.equal(
        listing.figures["price"],
        price,
        np.abs(price),
        f"The price of {{product}}, {verb} by {{{name}}} at {{site}} in {{period}}, is wrong",
        **targets,
    )
    paid = amounts * price
    findings.equal(
        listing.figures[money],
        paid,
        np.abs(paid),
        f"The {money} of {{product}}, {verb} by {{{name}}} at {{site}} in {{period}}, is wrong",
        **targets,
    )
    sizes = (case.size(table), case.size("sites"), case.size("products"), case.size("periods"))
    code = np.ravel_multi_index(tuple(targets.values()), sizes) if len(listing) else np.zeros(0, np.int64)
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    yearly = np.bincount(group.ravel(), amounts, minlength=len(first)).astype(float) if len(listing) else np.zeros(0)
    targets = {key: codes[first] for key, codes in targets.items()}
    limit = case[table].lookup("limit", **targets)
    findings.at_most(
        yearly, limit, yearly, f"More of {{product}} is {verb} by {{{name}}} at {{site}} in {{period}} than its limit", **targets
    )


def sliced_needs(case: Case) -> Values:
    """Return the need by site, product, period and slice, in amounts of the slice."""
    shape = (case.size("sites"), case.size("products"), case.size("periods"), case.size("slices"))
    site, product, period, part = (codes.ravel() for codes in grid(shape))
    table = case["needs"]
    row = table.cascade.values(
        {"site": site, "product": product, "period": period, "slice": part}, len(site), np.arange(len(table), dtype=float)
    )[0]
    amount = np.zeros(len(site))
    held = np.flatnonzero(~np.isnan(row))
    chosen = row[held].astype(np.int64)
    amount[held] = table.stated("quantity")[chosen] * np.where(table.codes("slice")[chosen] >= 0, 1.0, case.times.share[part[held]])
    return amount.reshape(shape)


def penalties(case: Case) -> Values:
    """Return the penalty of each product (NaN: its needs are hard)."""
    own = case["products"].stated("penalty")
    general = case.settings.penalty
    return np.where(np.isnan(own), np.nan if general is None else general, own)


class Balances:
    """Every part of every balance, by site, product, period and slice (of yearly products: slice 0 holds the year)."""

    def __init__(self, case: Case, listings: dict[str, Listing], recipes: Recipes) -> None:
        """Add up the plan's tables."""
        self.case = case
        self.shape = (case.size("sites"), case.size("products"), case.size("periods"), case.size("slices"))
        self.parts = {name: np.zeros(self.shape) for name in COLUMNS}
        self.parts["need"] = sliced_needs(case)
        activity, flows = listings["activity"], listings["flows"]
        row, part, factor = spread(activity.codes["slice"], case.times.share)
        entry, recipe = join(row, recipes.row)
        row, part = row[entry], part[entry]
        amount = recipes.quantity[recipe] * activity.figures["activity"][row] * factor[entry]
        where = (activity.codes["site"][row], recipes.product[recipe], activity.codes["period"][row])
        self._add("made", where, part, np.maximum(amount, 0.0))
        self._add("used", where, part, np.maximum(-amount, 0.0))
        loss = case["channels"].numbers("loss")[flows.codes["channel"]]
        self._enter("sent", flows, flows.figures["sent"], "from")
        self._enter("received", flows, flows.figures["sent"] * (1.0 - loss), "to")
        for name, table in (("bought", "purchases"), ("sold", "sales")):
            self._enter(name, listings[table], listings[table].figures["quantity"], "site")
        self._enter("unmet", listings["unmet"], listings["unmet"].figures["unmet"], "site")
        for amounts in self.parts.values():
            year = amounts[:, ~case.sliced]
            year[..., 0] = year.sum(axis=3)
            year[..., 1:] = 0.0
            amounts[:, ~case.sliced] = year
        self.came = sum((self.parts[name] for name in ("made", "received", "bought", "unmet")), np.zeros(self.shape))
        self.went = sum((self.parts[name] for name in ("used", "sent", "sold", "need")), np.zeros(self.shape))

    def _enter(self, name: str, listing: Listing, amounts: Values, site: str) -> None:
        self._add(name, listing.at(site, "product", "period"), np.maximum(listing.codes["slice"], 0), amounts)

    def _add(self, name: str, where: tuple[Codes, ...], part: Codes, amounts: Values) -> None:
        self.parts[name] += summed(self.shape, (*where, part), amounts)

    @property
    def places(self) -> dict[str, Codes]:
        """Codes that name every balance."""
        site, product, period, part = np.ogrid[tuple(slice(n) for n in self.shape)]
        return {"site": site, "product": product, "period": period, "slice": np.where(self.case.sliced[product], part, -1)}


def check_balances(findings: Findings, balances: Balances, listing: Listing, unmet: Listing) -> None:
    """Check every balance, the bounds of what is unmet, and the plan's own table of balances."""
    case, parts, where = findings.case, balances.parts, balances.places
    size = np.maximum(balances.came, balances.went)
    rest = balances.came - balances.went
    disposal = np.broadcast_to(case["products"].flags("disposal")[where["product"]], balances.shape)
    findings.at_most(-rest, 0.0, size, "{site} lacks {product} in {period} {slice}", **where)
    findings.at_most(np.where(disposal, -np.inf, rest), 0.0, size, "{site} has {product} left over in {period} {slice}", **where)
    soft = np.broadcast_to(~np.isnan(penalties(case))[where["product"]], balances.shape)
    most = np.where(soft, parts["need"], 0.0)
    findings.at_most(parts["unmet"], most, parts["need"], "More {product} is unmet at {site} in {period} {slice} than may be", **where)
    findings.at_most(-parts["unmet"], 0.0, parts["need"], "A negative amount of {product} is unmet at {site} in {period} {slice}", **where)
    check_slices(findings, unmet, ~case.sliced[unmet.codes["product"]], "Unmet need")
    check_slices(findings, listing, ~case.sliced[listing.codes["product"]], "The balance")
    own = (*unmet.at("site", "product", "period"), np.maximum(unmet.codes["slice"], 0))
    need = parts["need"][own]
    findings.equal(
        unmet.figures["need"],
        need,
        need,
        "The need for {product} at {site} in {period} is wrong beside what is unmet",
        **{k: unmet.codes[k] for k in ("product", "site", "period")},
    )
    at = (*listing.at("site", "product", "period"), np.maximum(listing.codes["slice"], 0))
    for column, amounts in {**parts, "surplus": np.where(disposal, np.maximum(rest, 0.0), 0.0)}.items():
        stated = summed(balances.shape, at, listing.figures[column])
        findings.equal(
            stated, amounts, size, f"The plan's balance of {{product}} at {{site}} in {{period}} {{slice}} states {column} wrongly", **where
        )
