"""What a country can make already, in a year in which its capacity is seldom known."""

from __future__ import annotations

from functools import lru_cache

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.demand import rate_to_cement
from capcoop.atlas.figures import WORLD, Figure, by_country, figure, rows
from capcoop.atlas.products import PRODUCTS

TOPIC = "Existing capacity"
# A capacity of a year so near counts as that of the year asked for.
NEAR = 2
# Production of a year so near says what could be made.
RECENT = 3
FEWEST = 5


@lru_cache(maxsize=32)
def utilisation(product: str) -> tuple[float, str] | None:
    """Return production over capacity, and how it was found; None where nothing says.

    The median over all countries that state both for years at most two apart, if five do. Cement: the world's production times the
    clinker in it over the world's kilns, since capacities of single countries miss plants.
    """
    if product == "cement":
        made, kilns = (figure("output", name, metric, WORLD) for name, metric in (("cement", "production"), ("clinker", "capacity")))
        clinker = figure("lines", "cement_integrated", "input_clinker")
        if made is None or kilns is None or clinker is None:
            return None
        return made.value * clinker.value / kilns.value, f"that of the world's kilns in {kilns.year}"
    output = PRODUCTS[product].output
    shares = []
    for country, capacity in by_country("output", "capacity", output).items():
        own = figure("output", output, "production", country, year=capacity.year, within=NEAR)
        if own is not None and capacity.value > 0 and own.value > 0:
            shares.append(min(own.value / capacity.value, 1.0))
    return (sorted(shares)[len(shares) // 2], f"the median of {len(shares)} countries") if len(shares) >= FEWEST else None


@lru_cache
def building_share() -> float:
    """Return the share of the world's steel that goes into buildings: the steel of its cement over its crude steel."""
    cement, steel = (figure("output", name, "production", WORLD) for name in ("cement", "crude_steel"))
    if cement is None or steel is None:
        raise LookupError("the package has no output of the world")
    return cement.value * rate_to_cement("finished_steel").value / steel.value


def known_capacity(country: str, product: str, year: int, until: int | None = None) -> Figure | None:
    """Return the capacity of a year at most two away; None: unknown."""
    return figure("output", PRODUCTS[product].output, "capacity", country, year=year, within=NEAR, until=until)


def existing_capacity(country: str, product: str, year: int, need: float, line: float, book: Assumptions) -> float:
    """Return the yearly capacity to plan with, in the unit of the product, noted with the rule that gave it.

    In this order: the capacity that is stated for a year at most two away; production of a year at most three away over the usual
    utilisation; what the country is not listed for. In that last case: none where today's need is less than one line of real size
    makes, else the need, since lines stand where a market holds one.

    Parameters
    ----------
    need, line : what is needed in the year, and what one line makes; kt a year. book : its `until` bounds the country's figures; how far
    capacity is used counts, as lines do, as known at any time.
    """
    name = f"{PRODUCTS[product].title} in {year}"
    stated = known_capacity(country, product, year, book.until)
    if stated is not None:
        return book.use(TOPIC, name, stated).value
    made = figure("output", PRODUCTS[product].output, "production", country, year=year, within=RECENT, until=book.until)
    if made is not None:
        share, how = utilisation(product) or (1.0, "")
        rule = f"production over a use of {share:.2f}, {how}" if how else "production, a lower bound"
        return book.use(TOPIC, f"{name}, from what was made", made, rule).value / share
    if rows("output", PRODUCTS[product].output, None, country).height:
        book.miss(f"The capacity for {PRODUCTS[product].title} in {year}: the figures of other years are too far away.")
    enough = need >= line
    done = (
        "taken as today's need, for it would keep a line of real size busy"
        if enough
        else "taken as none, for one line makes more than is needed"
    )
    book.miss(f"The capacity for {PRODUCTS[product].title} in {year}: {done}.")
    return book.rule(TOPIC, name, need if enough else 0.0, PRODUCTS[product].unit, done)
