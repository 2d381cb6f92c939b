"""What runs, flows and is traded in a plan, as money: yearly receipts and payments of every place in every period.

A place is a line at a site (or a process without a line), a channel, an offer to buy or an offer to sell. Places deal with each other
through the market of their site: what a place makes it sells there, what it uses it buys there, a channel buys at one end and sells at
the other. At the plan's own prices (duals) every market clears, so that payments sum to zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes, Values, pick
from capcoop.case.case import DIMENSIONS, Case, codes_of
from capcoop.case.places import line_capacity
from capcoop.errors import UsageError
from capcoop.model.channels import transit_cost
from capcoop.plan.tables import Plan

KEYS = ("site", "from", "to", "product", "process", "line", "channel", "period", "slice", "purchase", "sale", "option")


@dataclass(frozen=True)
class Listed:
    """A table of a plan: codes by column of names (-1: blank), figures by column of numbers."""

    codes: dict[str, Codes]
    figures: dict[str, Values]
    length: int


def listed(case: Case, frame: pl.DataFrame) -> Listed:
    """Return a table of a plan as codes of the case's names and as figures. Raises UsageError where it names what the case lacks."""
    codes = {key: codes_of(frame.get_column(key), case.names[DIMENSIONS[key]]) for key in KEYS if key in frame.columns}
    for key, found in codes.items():
        cells = frame.get_column(key)
        if int((found >= 0).sum()) + cells.null_count() < len(cells):
            raise UsageError(f"the run's tables do not fit its case: they name a {key} that the case does not have; plan the case again")
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    figures = {name: frame.get_column(name).cast(pl.Float64).fill_null(np.nan).to_numpy() for name in numbers}
    return Listed(codes, figures, frame.height)


@dataclass(frozen=True)
class Prices:
    """Prices of every product at every site where anything of it is.

    pairs : site x products + product of each row, ascending. by_slice : rows x periods x slices. mean : over the slices by their hours.
    """

    products: int
    pairs: Codes
    by_slice: Values
    mean: Values

    def at(self, site: Codes, product: Codes, period: Codes, part: Codes) -> Values:
        """Return the price of each row; slice -1 takes the mean of the year. Nothing has no price, which is 0."""
        pair = site * self.products + product
        row = np.minimum(np.searchsorted(self.pairs, pair), max(len(self.pairs) - 1, 0))
        if not len(self.pairs):
            return np.zeros(len(pair))
        price = np.where(part < 0, self.mean[row, period], self.by_slice[row, period, np.maximum(part, 0)])
        return np.where(self.pairs[row] == pair, price, 0.0)


def prices_of(case: Case, plan: Plan) -> Prices:
    """Return the prices of a plan.

    Raises
    ------
    UsageError : the plan has no prices.
    """
    rows = listed(case, plan["prices"])
    if not rows.length or np.isnan(rows.figures["price"]).all():
        raise UsageError("the plan has no prices: it was not solved to the end; plan again with a longer time_limit")
    site, product, period, part = (rows.codes[key] for key in ("site", "product", "period", "slice"))
    pairs, row = np.unique(site * case.size("products") + product, return_inverse=True)
    by_slice = np.zeros((len(pairs), case.size("periods"), case.size("slices")))
    price = np.nan_to_num(rows.figures["price"])
    yearly, row = (part < 0) | (by_slice.shape[2] == 1), row.ravel()
    by_slice[row[yearly], period[yearly]] = price[yearly, None]
    own = ~yearly
    by_slice[row[own], period[own], part[own]] = price[own]
    return Prices(case.size("products"), pairs, by_slice, by_slice @ case.times.share)


@dataclass(frozen=True)
class Places:
    """Lines where they may stand, sites for what needs no line, and channels, as one list: the site and the line (-1: none) of each."""

    site: Codes
    position: np.ndarray
    lines: int
    channels: int

    def of_line(self, site: Codes, line: Codes) -> Codes:
        """Return the place of a line (-1: no line) at a site."""
        standing = self.position[line, site] if len(self.position) else np.full(len(site), -1)
        return np.where((line >= 0) & (standing >= 0), standing, self.lines + site)

    def of_channel(self, channel: Codes) -> Codes:
        """Return the place of a channel."""
        return len(self) - self.channels + channel

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self.site)


def places_of(case: Case) -> Places:
    """Return every place of a case, whether anything is there or not."""
    capacity = line_capacity(case)
    starts = case["channels"].codes("from") if case.size("channels") else np.zeros(0, np.int64)
    site = np.concatenate([capacity.site, np.arange(case.size("sites")), starts])
    return Places(site, capacity.position, len(capacity.line), case.size("channels"))


@dataclass(frozen=True)
class Operation:
    """Yearly amounts of money of each place in each period (places x periods), none negative but by a negative price.

    sales, inputs : what is sold to and bought from the markets. running, fixed : costs of what runs (freight too), and of what stands.
    transit : cost of time on the way. emissions : in units of emissions. made : place, product, period and amount of what is made.
    """

    places: Places
    sales: Values
    inputs: Values
    running: Values
    fixed: Values
    transit: Values
    emissions: Values
    made: tuple[Codes, Codes, Codes, Values]


def summed(codes: Codes, amounts: Values, size: int) -> Values:
    """Return the sum of the amounts of each code from 0 to size - 1."""
    return np.bincount(codes, amounts, minlength=size).astype(np.float64, copy=False)


@dataclass
class _Books:
    """Sums by place and period in the making."""

    case: Case
    places: Places
    sums: dict[str, Values] = field(default_factory=dict)

    def add(self, kind: str, place: Codes, period: Codes, amount: Values) -> None:
        shape = (len(self.places), self.case.size("periods"))
        found = summed(place * shape[1] + period, amount, shape[0] * shape[1]).reshape(shape)
        self.sums[kind] = self.sums[kind] + found if kind in self.sums else found


def operation_of(case: Case, plan: Plan, prices: Prices) -> Operation:
    """Return what the places of a plan receive and pay at given prices."""
    books = _Books(case, places_of(case))
    made = _running(books, listed(case, plan["activity"]), prices)
    _standing(books, listed(case, plan["capacity"]))
    _flowing(books, listed(case, plan["flows"]), prices)
    sums = books.sums
    return Operation(books.places, sums["sales"], sums["inputs"], sums["running"], sums["fixed"], sums["transit"], sums["emissions"], made)


def _running(books: _Books, rows: Listed, prices: Prices) -> tuple[Codes, Codes, Codes, Values]:
    """Add what processes make, use and cost; return what is made."""
    case, places = books.case, books.places
    process, site, period, part = (rows.codes[key] for key in ("process", "site", "period", "slice"))
    activity = rows.figures["activity"]
    recipes = case["recipes"]
    row, found = recipes.cascade.expand({"process": process, "site": site}, rows.length, ("product",))
    product = found["product"]
    amount = activity[row] * recipes.lookup("quantity", process=process[row], product=product, site=site[row])
    value = amount * prices.at(site[row], product, period[row], part[row])
    place = places.of_line(site, case["processes"].codes("line")[process])
    makes = amount > 0
    books.add("sales", place[row][makes], period[row][makes], value[makes])
    books.add("inputs", place[row][~makes], period[row][~makes], -value[~makes])
    placements = case["placements"]
    own = placements.cascade.values({"process": process, "site": site, "period": period}, rows.length, placements.stated("cost"))[0]
    cost = np.where(np.isnan(own), case["processes"].numbers("cost")[process], own)
    books.add("running", place, period, activity * cost)
    books.add("emissions", place, period, activity * case["processes"].numbers("emissions")[process])
    return place[row][makes], product[makes], period[row][makes], amount[makes]


def _standing(books: _Books, rows: Listed) -> None:
    """Add what standing lines cost."""
    case, line = books.case, rows.codes["line"]
    held = np.flatnonzero(line >= 0)
    place = books.places.of_line(rows.codes["site"][held], line[held])
    cost = pick(case["lines"].numbers("fixed_cost"), line, 0.0)[held] if case.size("lines") else np.zeros(0)
    books.add("fixed", place, rows.codes["period"][held], rows.figures["standing"][held] * cost)


def _flowing(books: _Books, rows: Listed, prices: Prices) -> None:
    """Add what channels buy, sell and cost."""
    case = books.case
    channel, product, period, part = (rows.codes[key] for key in ("channel", "product", "period", "slice"))
    place = books.places.of_channel(channel)
    for kind, end, amount in (("inputs", "from", "sent"), ("sales", "to", "arrived")):
        books.add(kind, place, period, rows.figures[amount] * prices.at(rows.codes[end], product, period, part))
    books.add("running", place, period, rows.figures["freight"])
    books.add("transit", place, period, rows.figures["sent"] * (transit_cost(case, channel, product) if rows.length else 0.0))
