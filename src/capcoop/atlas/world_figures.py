"""What the case of the world is made of: every country with what it needs, what it can make already, and the ways between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from capcoop.atlas.assumptions import Assumption, Assumptions
from capcoop.atlas.case import EXISTING, TRADED, WORTH
from capcoop.atlas.countries import countries
from capcoop.atlas.demand import UREA_NITROGEN, UREA_SHARE
from capcoop.atlas.existing import TOPIC as CAPACITY
from capcoop.atlas.existing import building_share, existing_capacity, known_capacity, utilisation
from capcoop.atlas.figures import figure
from capcoop.atlas.lines import PLANTS, TECHNOLOGIES, Offer, Plant, offers, size_of
from capcoop.atlas.needs import yearly_needs
from capcoop.atlas.routes import Booleans, Floats, Nation, Routes, nations, routes
from capcoop.atlas.ways import EXPORTERS

SPAN = 5
# What was made in a year so near to the base year shows that it could be made.
MADE = 5
# Large exporters of raw materials beside those of `EXPORTERS`; from memory.
ALSO_FROM = {
    "iron-ore": ("BRA",),
    "coking-coal": ("USA",),
    "coal": ("AUS", "COL"),
    "alumina": ("BRA",),
    "soda-ash": ("USA", "TUR"),
}


@dataclass(frozen=True, eq=False)
class World:
    """What the tables are made of.

    base : the year whose figures are known. spans : name, first year and years of each period. nations : the sites, in order.
    needs : country, product, period, quantity (kt a year), source, verified, note. held : product -> kt a year that each nation can make;
    told : where that comes from, by product and country.
    ways : routes among the nations and the exporters of raw materials, the nations first. own : notes by country; book : notes of all.
    """

    base: int
    spans: tuple[tuple[str, int, int], ...]
    suppliers: tuple[str, ...]
    nations: tuple[Nation, ...]
    needs: pl.DataFrame
    held: dict[str, Floats]
    told: dict[tuple[str, str], Assumption]
    ways: Routes
    own: dict[str, Assumptions]
    book: Assumptions

    @cached_property
    def codes(self) -> list[str]:
        """The countries, as their sites are called."""
        return [nation.country.code for nation in self.nations]

    @cached_property
    def peak(self) -> dict[str, Floats]:
        """Product -> the most that each nation needs in a year of any period."""
        found = self.needs.group_by("product", "country").agg(pl.col("quantity").max())
        known = {(product, code): quantity for product, code, quantity in found.iter_rows()}
        return {product: np.array([known.get((product, code), 0.0) for code in self.codes]) for product in EXISTING}

    @cached_property
    def offered(self) -> dict[str, Floats]:
        """Plant -> how many of it each nation may build: for its own need, and as much again as it makes; none where it is too large."""
        found = {}
        for plant in PLANTS.values():
            technology = TECHNOLOGIES[plant.line]
            size = size_of(technology.made_of, plant.size, self.book)
            need, held = self.peak[technology.makes], self.held[technology.makes]
            found[plant.name] = np.where(np.maximum(need, held) < WORTH * size, 0.0, np.ceil((need + held) / size))
        return found

    @cached_property
    def lines(self) -> dict[str, Booleans]:
        """Line -> where it stands or may be built."""
        found = {line: self.held[product] > 0 for product, (line, _) in EXISTING.items()}
        found["cement-kiln"] = found["cement-mill"].copy()
        for plant in PLANTS.values():
            places = self.offered[plant.name] > 0
            offer = cheapest(plant, self)
            for line in (plant.line, *([kiln_of(offer)] if plant.kiln else [])):
                found[line] = found.get(line, np.zeros(len(self.nations), dtype=bool)) | places
        return found


def gathered(first: int, last: int, suppliers: tuple[str, ...], codes: list[str]) -> World:
    """Gather needs, capacities and ways. Countries without any way to others are left out, and told."""
    base, book = first - 1, Assumptions()
    sellers = {"CHN", *(origin for product in TRADED for origin in origins(product))}
    among = nations([*codes, *sorted(sellers - set(codes))])
    ways = routes(among, book)
    reached = np.isfinite(ways.cost.min(axis=0))
    cut_off = [code for code, ok in zip(codes, reached[: len(codes)].tolist(), strict=True) if not ok]
    if cut_off:
        book.miss(f"A way to {', '.join(cut_off)}: no port at the sea network and no border is known, so it is no site.")
        codes = [code for code in codes if code not in cut_off]
        ways = ways.without(cut_off)
    starts = range(first, last + 1, SPAN)
    spans = tuple((f"{start}-{min(start + SPAN - 1, last)}", start, min(SPAN, last - start + 1)) for start in starts)
    own = {code: Assumptions() for code in codes}
    yearly = pl.concat(
        [yearly_needs(countries()[code], base, first, last, (), own[code]).with_columns(country=pl.lit(code)) for code in codes]
    )
    today = {
        (code, product): need for code, product, need in yearly.filter(year=first).select("country", "product", "ordinary").iter_rows()
    }
    held, told = {product: np.zeros(len(codes)) for product in EXISTING}, {}
    for product in EXISTING:
        for index, code in enumerate(codes):
            held[product][index] = held_capacity(code, product, base, today.get((code, product), 0.0), own[code])
            told[product, code] = next(reversed(own[code].used.values()))
    return World(base, spans, suppliers, ways.nations[: len(codes)], _by_period(yearly, spans), held, told, ways, own, book)


def _by_period(yearly: pl.DataFrame, spans: tuple[tuple[str, int, int], ...]) -> pl.DataFrame:
    """Return the mean need of a year in each period."""
    period = pl.col("year").replace_strict({year: name for name, start, years in spans for year in range(start, start + years)})
    told = pl.format("ordinary {} + catching up {}", pl.col("ordinary").mean().round(1), pl.col("programme").mean().round(1))
    means = yearly.group_by("country", "product", period.alias("period"), maintain_order=True).agg(
        (pl.col("ordinary") + pl.col("programme")).mean().round(3).alias("quantity"),
        pl.col("source").first(),
        (pl.col("verified").first() & (pl.col("programme").max() == 0)).alias("verified"),
        told.alias("told"),
        pl.col("note").first(),
    )
    return means.with_columns(note=pl.concat_str("told", "note", separator="; ", ignore_nulls=True)).drop("told")


def held_capacity(code: str, product: str, base: int, need: float, own: Assumptions) -> float:
    """Return what a country can make already, kt a year, by the rules of `existing_capacity`, noted; with three rules of the world.

    A stated capacity below what was made within MADE years misses plants: production over the usual use of capacity counts instead. Urea
    comes from the country's ammonia as the world's does, where no urea plant is listed. Of steel the share counts that goes into buildings.
    """
    line, output = EXISTING[product]
    plant = next(one for one in PLANTS.values() if one.line == line)
    size = size_of(TECHNOLOGIES[line].made_of, plant.size, Assumptions())
    stated = known_capacity(code, output, base)
    made = figure("output", "ammonia_N" if product == "urea" else output, "production", code, year=base, within=MADE)
    if product == "urea" and stated is None and made is not None:
        rule = f"ammonia x {UREA_SHARE.value:g} that becomes urea / {UREA_NITROGEN:g} N, as in the world"
        return own.use(CAPACITY, f"urea in {base}, from ammonia", made, rule).value * UREA_SHARE.value / UREA_NITROGEN
    if product != "urea" and stated is not None and made is not None and made.value > stated.value:
        share, how = utilisation(output) or (1.0, "")
        rule = f"production over a use of {share:.2f}, {how}, for the capacity that is stated is less than what was made"
        return own.use(CAPACITY, f"{product} in {base}, from what was made beyond what is stated", made, rule).value / share
    held = existing_capacity(code, output, base, need, size, own)
    return held * building_share() if product == "steel" else held


def origins(product: str) -> tuple[str, ...]:
    """Return the countries that sell a raw material to the world."""
    return (EXPORTERS[product], *ALSO_FROM.get(product, ()))


def cheapest(plant: Plant, world: World) -> Offer:
    """Return the offer that costs least; of equal ones the first supplier's."""
    return min(offers(plant, world.suppliers, world.book), key=lambda offer: offer.cost)


def kiln_of(offer: Offer) -> str:
    """Return the line that the kiln of a cement works is."""
    return "cement-kiln-best" if offer.best else "cement-kiln"
