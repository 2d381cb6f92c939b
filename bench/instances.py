"""Seeded instances of one planning problem, as plain arrays and as a case of capcoop.

The problem, in full, so that anyone can build it with any tool. Lines at sites make products from products; links
carry some of the products between neighbouring sites; everything can be imported, and what is made can be thrown
away at a small cost. For every period t (present value factor d[t]):

    activity[k, t]      of line k                          capacity[k, t]   of line k
    units[k, t]         new units of line k (size U[k])    retired[k, t]    capacity closed, at most the existing one
    flow[a, t]          of pair a (a link, a product)      room[l, t]       capacity of link l
    extension[l, t]     new capacity of link l             import[q, t], disposal[w, t] at a site, of a product

    minimise   sum over t of d[t] (running cost activity + fixed cost capacity + freight flow + fixed cost room
                                   + import price import + disposal cost disposal)
               + annuity x (d[t] + d[t+1] + ...) for each new unit of capacity decided in t
    balance    made - used + arrived - sent + imported - disposed = need       for each site, product, t
    line       activity <= capacity;  capacity[t] = capacity[t-1] + U units - retired;  sum over t of retired <= existing
    link       sum over its pairs of weight x flow <= room;  room[t] = room[t-1] + extension
    bounds     units <= most units, extension <= most extension, in each period
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

    from capcoop.case.case import Case

Codes = NDArray[np.int64]
Values = NDArray[np.float64]
# Name of a size -> sites, products, periods, neighbours of each site.
SIZES = {"XS": (6, 4, 3, 3), "S": (20, 6, 5, 6), "M": (60, 12, 10, 10), "L": (180, 20, 15, 10)}
RAW, INTERMEDIATE, FINAL = 0, 1, 2
RATE = 0.06
DISPOSAL_COST = 0.05


@dataclass(frozen=True)
class Instance:
    """The arrays of one instance; periods and products run along the last axes.

    line_* : one value a line (recipe: line x product, + made, - used). link_* : one value a link.
    pair_* : one value for each product that may use a link. import_* : one row for each site and product.
    disposal_* : sites and products of what some line makes there. need : site x product x period.
    """

    sites: int
    products: int
    periods: int
    line_site: Codes
    line_recipe: Values
    line_cost: Values
    line_fixed_cost: Values
    line_annuity: Values
    line_existing: Values
    line_unit: Values
    line_most_units: Values
    link_from: Codes
    link_to: Codes
    link_arrives: Values
    link_existing: Values
    link_annuity: Values
    link_fixed_cost: Values
    link_most_extension: Values
    pair_link: Codes
    pair_product: Codes
    pair_weight: Values
    pair_cost: Values
    import_site: Codes
    import_product: Codes
    import_price: Values
    disposal_site: Codes
    disposal_product: Codes
    need: Values
    present: Values

    @property
    def unpriced(self) -> float:
        """The fixed cost of existing links, which no decision changes."""
        return float(self.link_fixed_cost @ self.link_existing * self.present.sum())


@dataclass(frozen=True)
class Technologies:
    """Every recipe, the product it is for, its running cost; layer, weight and price of every product."""

    recipe: Values
    product: Codes
    cost: Values
    layer: Codes
    weight: Values
    price: Values


def _technologies(random: np.random.Generator, products: int) -> Technologies:
    """Draw one recipe for each raw product and two for each other one, from products of lower layers."""
    raw = max(1, products // 3)
    layer = np.repeat([RAW, INTERMEDIATE, FINAL], [raw, raw, products - 2 * raw])
    weight = np.round(random.uniform(0.5, 1.5, products), 2)
    price = np.zeros(products)
    price[:raw] = np.round(random.uniform(8, 20, raw), 2)
    recipes, owners, costs = [], [], []
    for product in range(products):
        for variant in range(1 if layer[product] == RAW else 2):
            recipe = _recipe(random, layer, product)
            cost = np.round(random.uniform(2, 6) * (1 + layer[product]), 2)
            recipes.append(recipe)
            owners.append(product)
            costs.append(cost)
            if layer[product] != RAW and variant == 0:
                inputs = -(recipe * price)[recipe < 0].sum()
                price[product] = np.round((inputs + cost) * random.uniform(1.25, 1.7) + 4, 2)
    return Technologies(np.array(recipes), np.array(owners), np.array(costs), layer, weight, price)


def _recipe(random: np.random.Generator, layer: Codes, product: int) -> Values:
    """Draw one to three inputs and, for three recipes in ten, a by-product."""
    recipe = np.zeros(len(layer))
    recipe[product] = 1.0
    if layer[product] == RAW:
        return recipe
    lower = np.flatnonzero(layer < layer[product])
    wanted = int(random.integers(1, 4))
    inputs = random.choice(lower, min(len(lower), wanted), replace=False)
    recipe[inputs] = -np.round(random.uniform(0.15, 0.6, len(inputs)), 3)
    if random.random() < 0.3:
        extra = int(random.integers(0, len(layer)))
        if recipe[extra] == 0:
            recipe[extra] = np.round(random.uniform(0.05, 0.2), 3)
    return recipe


def _lines(random: np.random.Generator, known: Technologies, sites: int) -> tuple[Codes, Codes, Values]:
    """Draw a few technologies for each site; return site, technology and running cost of each line."""
    count = len(known.recipe)
    each = min(count, max(3, len(known.layer) // 3))
    technology = np.concatenate([np.sort(random.choice(count, each, replace=False)) for _ in range(sites)])
    cost = np.round(known.cost[technology] * random.uniform(0.8, 1.2, len(technology)), 3)
    return np.repeat(np.arange(sites), each), technology, cost


def _needs(random: np.random.Generator, layer: Codes, sites: int, periods: int) -> Values:
    """Draw needs by site, product and period: none of raw products, few of intermediate ones."""
    size = random.lognormal(0, 0.7, sites) * 50
    growth = 1 + random.uniform(0.0, 0.04, len(layer))
    level = size[:, None, None] * random.uniform(0.3, 1.0, (sites, len(layer), 1))
    need = level * growth[None, :, None] ** np.arange(periods)
    need[:, layer == RAW] = 0
    need[:, layer == INTERMEDIATE] *= 0.2
    return np.round(need, 3)


def _imports(random: np.random.Generator, price: Values, sites: int, periods: int) -> tuple[Codes, Codes, Values]:
    """Draw what imports cost: remote sites pay more, and prices move over time; return site, product and prices."""
    remote = random.uniform(1.02, 1.35, sites)
    trend = 1 + random.uniform(-0.01, 0.03, len(price))
    site, product = np.divmod(np.arange(sites * len(price)), len(price))
    local = price[product] * remote[site]
    return site, product, np.round(local[:, None] * trend[product][:, None] ** np.arange(periods), 4)


def make(size: str = "S", seed: int = 1) -> Instance:
    """Return the instance of a size; the order of the draws is part of its definition."""
    sites, products, periods, neighbours = SIZES[size]
    random = np.random.default_rng(seed)
    place = random.uniform(0, 1000, (sites, 2))
    between = np.hypot(place[:, None, 0] - place[None, :, 0], place[:, None, 1] - place[None, :, 1])
    start = np.repeat(np.arange(sites), neighbours)
    end = np.argsort(between, axis=1)[:, 1 : neighbours + 1].ravel()
    distance = between[start, end]
    known = _technologies(random, products)
    site, technology, cost = _lines(random, known, sites)
    lines = len(site)
    need = _needs(random, known.layer, sites, periods)
    held = random.random(lines) < 0.35
    existing = np.where(held, np.round(random.uniform(20, 200, lines), 1), 0.0)
    unit = np.round(random.uniform(20, 120, lines), 0)
    annuity = np.round(known.price[known.product[technology]] * random.uniform(0.08, 0.22, lines), 3)
    fixed_cost = np.round(annuity * random.uniform(0.15, 0.5, lines), 3)
    pair_link, pair_product = np.nonzero(random.random((len(start), products)) < 0.8)
    pair_weight = known.weight[pair_product]
    link_held = random.random(len(start)) < 0.4
    link_existing = np.where(link_held, np.round(random.uniform(10, 120, len(start)), 1), 0.0)
    link_annuity = np.round(0.15 + 0.004 * distance, 4)
    import_site, import_product, import_price = _imports(random, known.price, sites, periods)
    made = np.zeros((sites, products), bool)
    line, product = np.nonzero(known.recipe[technology] > 0)
    made[site[line], product] = True
    disposal_site, disposal_product = np.nonzero(made)
    return Instance(
        sites=sites,
        products=products,
        periods=periods,
        line_site=site,
        line_recipe=known.recipe[technology],
        line_cost=cost,
        line_fixed_cost=fixed_cost,
        line_annuity=annuity,
        line_existing=existing,
        line_unit=unit,
        line_most_units=np.full(lines, 6.0),
        link_from=start,
        link_to=end,
        link_arrives=np.round(1 - distance / 1000 * 0.02, 5),
        link_existing=link_existing,
        link_annuity=link_annuity,
        link_fixed_cost=np.round(0.1 * link_annuity, 5),
        link_most_extension=np.full(len(start), 500.0),
        pair_link=pair_link,
        pair_product=pair_product,
        pair_weight=pair_weight,
        pair_cost=np.round(0.2 + 0.012 * distance[pair_link] * pair_weight, 4),
        import_site=import_site,
        import_product=import_product,
        import_price=import_price,
        disposal_site=disposal_site,
        disposal_product=disposal_product,
        need=need,
        present=(1 + RATE) ** -np.arange(periods, dtype=float),
    )


def as_case(instance: Instance, *, whole: bool = False) -> Case:
    """Return the instance as a case of capcoop, tables in memory.

    A line of the instance is a line and a process that share a name; capacity is closed by builds of an option whose
    package takes one unit of capacity away. With `whole`, lines are built in whole units.
    """
    from capcoop.case.case import Case
    from capcoop.case.settings import Settings
    from capcoop.schema import TABLES

    frames = dict(_places(instance)) | dict(_capacity(instance)) | dict(_options(instance, whole=whole)) | dict(_trade(instance))
    complete = {table: frames[table] if table in frames else _frame(table) for table in TABLES}
    return Case("instance", Settings(title="A seeded instance", discount_rate=0.0, penalty=None), complete)


Tables = Iterator[tuple[str, "pl.DataFrame"]]


def _frame(table: str, **columns: Any) -> pl.DataFrame:  # noqa: ANN401  (whatever polars makes a column of)
    """Return a table with all columns of the schema; those not given are blank."""
    import polars as pl

    from capcoop.case.read import KINDS
    from capcoop.schema import TABLES

    kinds = {column.name: KINDS[column.kind] for column in TABLES[table]}
    if not columns:
        return pl.DataFrame(schema=kinds)
    given = pl.DataFrame(columns)
    return given.select(pl.col(name).cast(kind) if name in columns else pl.lit(None, kind).alias(name) for name, kind in kinds.items())


def _named(word: str, codes: Codes) -> list[str]:
    """Return a name for each code."""
    return [f"{word} {code}" for code in codes.tolist()]


def _places(instance: Instance) -> Tables:
    periods = np.arange(instance.periods)
    yield "periods", _frame("periods", period=_named("period", periods), start=periods, weight=instance.present)
    yield "sites", _frame("sites", site=_named("site", np.arange(instance.sites)))
    yield "products", _frame("products", product=_named("product", np.arange(instance.products)))


def _capacity(instance: Instance) -> Tables:
    line = np.arange(len(instance.line_site))
    name, site = _named("line", line), np.array(_named("site", instance.line_site))
    yield "lines", _frame("lines", line=name, fixed_cost=instance.line_fixed_cost)
    yield "processes", _frame("processes", process=name, line=name, cost=instance.line_cost)
    maker, product = np.nonzero(instance.line_recipe)
    quantity = instance.line_recipe[maker, product]
    yield "recipes", _frame("recipes", process=_named("line", maker), product=_named("product", product), quantity=quantity)
    held = np.flatnonzero(instance.line_existing)
    yield "stock", _frame("stock", site=site[held], line=_named("line", held), capacity=instance.line_existing[held])


def _options(instance: Instance, *, whole: bool) -> Tables:
    import polars as pl

    site, line = _named("site", instance.line_site), _named("line", np.arange(len(instance.line_site)))
    link = np.arange(len(instance.link_from))
    held = np.flatnonzero(instance.line_existing)
    opened, closed = _named("open line", np.arange(len(line))), _named("close line", held)
    most = instance.line_unit * instance.line_most_units
    size = {"unit_size": instance.line_unit} if whole else {"maximum_size": most}
    new = _frame("options", option=opened, site=site, line=line, build_cost=instance.line_annuity, charge=["annual"] * len(line), **size)
    wider = _frame(
        "options",
        option=_named("widen link", link),
        channel=_named("link", link),
        build_cost=instance.link_annuity + instance.link_fixed_cost,
        charge=["annual"] * len(link),
        maximum_size=instance.link_most_extension,
    )
    less = _frame("options", option=closed, whole=[False] * len(held), maximum_builds=instance.line_existing[held])
    yield "options", pl.concat([new, less, wider])
    kept = {"site": [site[k] for k in held], "line": [line[k] for k in held]}
    yield "packages", _frame("packages", option=closed, **kept, capacity=np.full(len(held), -1.0))
    if whole:
        yield "option_periods", _frame("option_periods", option=opened, maximum_builds=instance.line_most_units)


def _trade(instance: Instance) -> Tables:
    site, product, period = np.nonzero(instance.need)
    names = {"site": _named("site", site), "product": _named("product", product), "period": _named("period", period)}
    yield "needs", _frame("needs", **names, quantity=instance.need[site, product, period])
    row, period = (index.ravel() for index in np.indices(instance.import_price.shape))
    names = {
        "purchase": ["import"] * len(row),
        "site": _named("site", instance.import_site[row]),
        "product": _named("product", instance.import_product[row]),
        "period": _named("period", period),
    }
    yield "purchases", _frame("purchases", **names, price=instance.import_price.ravel())
    site, product = instance.disposal_site, instance.disposal_product
    names = {"sale": ["disposal"] * len(site), "site": _named("site", site), "product": _named("product", product)}
    yield "sales", _frame("sales", **names, price=np.full(len(site), -DISPOSAL_COST))
    link = _named("link", np.arange(len(instance.link_from)))
    ends = {"from": _named("site", instance.link_from), "to": _named("site", instance.link_to)}
    loss = np.round(1 - instance.link_arrives, 5)
    yield "channels", _frame("channels", channel=link, **ends, capacity=instance.link_existing, loss=loss)
    names = {"channel": _named("link", instance.pair_link), "product": _named("product", instance.pair_product)}
    yield "freight", _frame("freight", **names, cost=instance.pair_cost, use=instance.pair_weight)
