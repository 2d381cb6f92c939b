"""What goods cost where they are made, and step by step on their way to a gate and to a site."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import polars as pl

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.countries import countries
from capcoop.atlas.figures import WORLD, Figure, by_country, chosen, figure, known_by, nearest, rows
from capcoop.errors import UsageError

TOPIC = "Prices"
FREIGHT = "Freight and tariffs"
PORTS = 2  # a cargo is loaded in one and unloaded in another
GJ_PER_MMBTU = 1.055056
# The share of generation from which gas counts as home-grown. A rule.
GAS_COUNTRY = 50.0


@dataclass(frozen=True)
class Quote:
    """Where the price of a product is found: subjects among prices, a pattern of their basis, what turns the unit into USD per unit here.

    tariff : the group of goods whose duty it pays; None: it does not cross a border.
    """

    subjects: tuple[str, ...]
    basis: str
    unit: str = "USD/t"
    factor: float = 1.0
    why: str = ""
    tariff: str | None = "intermediate"


QUOTES = {
    "cement": Quote(("cement", "cement_and_clinker"), "fob|export"),
    "clinker": Quote(("clinker",), "fob"),
    # 5 mm of glass of 2.5 t/m3.
    "flat-glass": Quote(("float_glass", "flat_glass"), "fob", "USD/m2", 80.0, "12.5 kg/m2: 5 mm at 2.5 t/m3"),
    "steel": Quote(("rebar",), "fob"),
    "aluminium": Quote(("aluminium",), "LME"),
    "urea": Quote(("urea",), "fob"),
    "soda-ash": Quote(("soda_ash",), "fob|plant"),
    "scrap": Quote(("steel_scrap",), "cfr|delivered", tariff="raw_materials"),
    "iron-ore": Quote(("iron_ore",), "cfr China", "USD/dmt", tariff="raw_materials"),
    "coking-coal": Quote(("coking_coal",), "fob Australia|benchmark", tariff="raw_materials"),
    "alumina": Quote(("alumina",), "fob Australia"),
    # 6,000 kcal/kg.
    "coal": Quote(("steam_coal",), "Richards Bay|Newcastle", factor=1 / 25.12, why="25.12 GJ/t", tariff="raw_materials"),
    "limestone": Quote(("crushed_stone",), "", tariff=None),
    "gypsum": Quote(("gypsum",), "crude", tariff=None),
    "sand": Quote(("silica_sand",), "", tariff=None),
}
# A tonne of freight per unit here: coal is counted in TJ.
TONNES = {"coal": 1 / 25.12}


@lru_cache(maxsize=4096)
def quote(product: str, origin: str | None, year: int, until: int | None = None) -> tuple[Figure, str]:
    """Return the price of a product at its origin (the world's where that country has none) nearest to a year, and the rule.

    until : as known in that year; where no figure is that old, the first later one.

    Raises UsageError where the atlas has no price at all.
    """
    spec = QUOTES[product]
    found = pl.concat([rows("prices", subject) for subject in spec.subjects])
    found = found.filter(pl.col("context").cast(pl.String).str.contains(spec.basis), pl.col("unit").cast(pl.String) == spec.unit)
    found = known_by(found, until)
    own = found.filter(pl.col("country") == origin) if origin else found.head(0)
    world = found.filter(pl.col("country") == WORLD)
    frame, rule = (own, "") if own.height else (world, "world price") if world.height else (found, "of other countries")
    price = chosen(nearest(frame, year))
    if price is None:
        raise UsageError(f"the atlas has no price of {product}")
    told = "; ".join(part for part in (rule, spec.why) if part)
    per = (price.value, price.low, price.high)
    value, low, high = (None if one is None else one * spec.factor for one in per)
    unit = "USD/GJ" if product == "coal" else "USD/t"
    return replace(price, value=value or 0.0, low=low, high=high, unit=unit), told


@dataclass(frozen=True)
class Step:
    """One step of a landed price: USD per unit of the product, and how it was reckoned."""

    name: str
    value: float
    how: str


@dataclass(frozen=True)
class Landed:
    """A price step by step, from where a good is made to where it is bought."""

    product: str
    steps: tuple[Step, ...]
    figure: Figure

    @property
    def total(self) -> float:
        """USD per unit of the product."""
        return sum(step.value for step in self.steps)

    @property
    def note(self) -> str:
        """The steps in words."""
        return " + ".join(f"{step.name} {step.value:.4g}" for step in self.steps)


def freight_rate(mode: str, book: Assumptions) -> float:
    """Return USD per tonne and kilometre: the median of what is known of a mode."""
    found = _charge(mode, "freight_price", "USD/tkm", book.until)
    rule = "of the largest bulk carriers; smaller ships cost more" if mode == "sea" else "median of countries"
    return book.use(FREIGHT, f"freight by {mode}", found, rule).value


def handling(book: Assumptions) -> float:
    """Return USD per tonne of dry bulk in one port."""
    return book.use(FREIGHT, "handling of dry bulk in a port", _charge("port", "handling_tariff", "USD/t", book.until)).value


@lru_cache
def _charge(mode: str, metric: str, unit: str, until: int | None) -> Figure:
    """Return a cost of a mode in one unit. Raises UsageError where the atlas has none."""
    stated = rows("channels", mode, metric).filter(pl.col("unit").cast(pl.String) == unit)
    found = chosen(known_by(stated, until))
    if found is None:
        raise UsageError(f"the atlas has no {metric.replace('_', ' ')} of {mode}")
    return found


def tariff(host: str, group: str, book: Assumptions) -> float:
    """Return the duty of a country on a group of goods as a share; the median of all countries where it has none."""
    metric = f"tariff_{group}{'' if group == 'raw_materials' else '_goods'}_weighted"
    found = figure("conditions", None, metric, host, until=book.until)
    name = f"duty on {group.replace('_', ' ')}{'' if group == 'raw_materials' else ' goods'}"
    if found is not None:
        return book.use(FREIGHT, name, found).value / 100
    every = sorted(one.value for one in by_country("conditions", metric, until=book.until).values())
    return book.rule(FREIGHT, name, every[len(every) // 2], "%", "unknown here: the median of all countries") / 100


def landed(
    product: str, origin: str | None, host: str, year: int, sea_km: float, land_km: float, land_mode: str, book: Assumptions
) -> Landed:
    """Return the price of a product after a way by sea (both ports paid; 0 km: none) and by land, with the duty of the host.

    Source of the order: the duty is on the value at the border (cost, insurance, freight).
    """
    price, rule = quote(product, origin, year, book.until)
    book.use(TOPIC, f"{product}{' of ' + origin if origin else ''} where it is made", price, rule)
    weight = TONNES.get(product, 1.0)
    steps = [Step("price", price.value, f"{price.value:.4g} {price.unit} ({price.year})")]
    if sea_km:
        rate = freight_rate("sea", book)
        steps.append(Step("sea", sea_km * rate * weight, f"{sea_km:.0f} km x {rate:.4g} USD/tkm"))
        port = handling(book)
        steps.append(Step("ports", PORTS * port * weight, f"{PORTS} x {port:.4g} USD/t"))
    if land_km:
        rate = freight_rate(land_mode, book)
        steps.append(Step(land_mode, land_km * rate * weight, f"{land_km:.0f} km x {rate:.4g} USD/tkm"))
    group = QUOTES[product].tariff
    if group and origin != host:
        share = tariff(host, group, book)
        value = sum(step.value for step in steps)
        steps.append(Step("duty", value * share, f"{100 * share:.4g} % of {value:.4g}"))
    return Landed(product, tuple(steps), price)


def local_price(product: str, year: int, book: Assumptions) -> Figure:
    """Return the price of a raw material that is dug near the plant: the nearest figure of any country, without freight."""
    price, rule = quote(product, None, year, book.until)
    return book.use(TOPIC, f"{product} near the plant", price, rule)


def electricity_price(host: str, year: int, book: Assumptions, *, business: bool = True) -> Figure:
    """Return what industry pays for electricity, USD/MWh: its own tariff, else another one, else the median of industry elsewhere.

    business : a tariff of business counts where no other is known. It is far above what a large plant pays, so that countries compared by
    it would differ by whether it is known.
    """
    tariffs = [("electricity_industrial", ""), ("electricity", "class not stated"), ("electricity_business", "tariff of business")]
    for subject, rule in tariffs if business else tariffs[:-1]:
        found = figure("prices", subject, None, host, year=year, until=book.until)
        if found is not None:
            return book.use(TOPIC, "electricity", found, rule)
    every = known_by(rows("prices", "electricity_industrial"), book.until)
    found = chosen(every.with_columns(verified=pl.lit(value=False)))
    if found is None:
        raise UsageError("the atlas has no price of electricity")
    return book.use(
        TOPIC,
        "electricity",
        found,
        f"unknown in {countries()[host].name}: median of the {every.height} countries whose industrial tariff is known",
    )


def gas_price(host: str, year: int, book: Assumptions) -> Figure:
    """Return the price of natural gas, USD/GJ: the American one where gas makes most electricity, the European import price elsewhere."""
    burnt, all_of = (
        figure("output", subject, "production", host, year=year, until=book.until) for subject in ("electricity_gas", "electricity")
    )
    rich = burnt is not None and all_of is not None and all_of.value > 0 and 100 * burnt.value / all_of.value >= GAS_COUNTRY
    frame = rows("prices", "natural_gas").filter(pl.col("context").cast(pl.String).str.starts_with("Henry Hub" if rich else "Europe"))
    found = chosen(nearest(known_by(frame, book.until), year))
    if found is None:
        raise UsageError("the atlas has no price of natural gas")
    rule = (
        f"{'American' if rich else 'European import'} price, for gas makes {'most' if rich else 'less than half'} of the electricity here"
    )
    per = replace(found, value=found.value / GJ_PER_MMBTU, unit="USD/GJ")
    return book.use(TOPIC, "natural gas", per, rule)
