"""Production lines that can be built: recipes, real sizes, costs by supplier, lead and life, each from the figures of lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import polars as pl

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.countries import countries
from capcoop.atlas.demand import derived
from capcoop.atlas.figures import Figure, chosen, figure, rows
from capcoop.errors import UsageError

TOPIC = "Lines"
RUN_DAYS = 330.0
# GJ per t of heavy fuel oil, which the recipe of glass is stated in (IPCC Guidelines 2006, volume 2, table 1.2, from memory).
HEAVY_OIL = 40.4
# t CO2 per GJ (IPCC Guidelines 2006, volume 2, table 1.4: other bituminous coal, natural gas; from memory).
BURNT = {"coal": 0.0946, "natural-gas": 0.0561}
# Rules where no figure is known: shares of the cost of a line, upkeep a year, years.
CIVIL_SHARE, TECHNOLOGY_SHARE, UPKEEP, LEAD, LIFE = 0.35, 0.15, 0.02, 2, 25.0
CHINA, EUROPE = "CHN", "EUR"


@dataclass(frozen=True)
class Technology:
    """How a product is made on a kind of line.

    line : the kind of capacity. made_of : figures of this name. inputs : product -> parameter, units per unit made.
    fuels : any of which gives the heat, GJ per t, that the parameter `heat` times `factor` states; `worst`: its high value is taken.
    running : parameter of the cost of a unit made; upkeep : of keeping a unit of capacity a year.
    """

    line: str
    makes: str
    made_of: str
    sector: str
    inputs: tuple[tuple[str, str], ...]
    fuels: tuple[str, ...] = ()
    heat: str = ""
    factor: float = 1.0
    worst: bool = False
    running: str = ""
    upkeep: str = ""
    process_emissions: str = ""


_KILN = Technology(
    "cement-kiln",
    "clinker",
    "cement_integrated",
    "building materials",
    (("limestone", "input_limestone"), ("electricity", "input_electricity_clinker")),
    ("coal", "natural-gas"),
    "input_thermal",
    worst=True,
    running="opex_variable_clinker",
    process_emissions="co2_process",
)
TECHNOLOGIES = {
    one.line: one
    for one in (
        _KILN,
        replace(_KILN, line="cement-kiln-best", worst=False),
        Technology(
            "cement-mill",
            "cement",
            "cement_integrated",
            "building materials",
            (("clinker", "input_clinker"), ("gypsum", "input_gypsum")),
            running="opex_variable_grinding",
        ),
        Technology(
            "float-line",
            "flat-glass",
            "float_glass",
            "building materials",
            (
                ("sand", "input_sand"),
                ("soda-ash", "input_soda_ash"),
                ("limestone", "input_dolomite_limestone"),
                ("electricity", "input_electricity"),
            ),
            ("natural-gas",),
            "input_heavy_oil",
            HEAVY_OIL,
            process_emissions="co2_process",
        ),
        Technology(
            "steel-minimill",
            "steel",
            "steel_eaf_minimill",
            "steel",
            (("scrap", "input_scrap"), ("electricity", "input_electricity")),
            ("natural-gas",),
            "input_natural_gas",
            running="opex_other",
        ),
        Technology(
            "steelworks",
            "steel",
            "steel_bf_bof",
            "steel",
            (("iron-ore", "input_iron_ore"), ("coking-coal", "input_met_coal"), ("scrap", "input_scrap")),
            ("coal",),
            "input_thermal_coal",
            running="opex_other",
        ),
        Technology(
            "aluminium-smelter",
            "aluminium",
            "aluminium_smelter",
            "nonferrous metals",
            (("alumina", "input_alumina"), ("electricity", "input_electricity")),
            upkeep="opex_fixed",
        ),
        Technology("urea-plant", "urea", "ammonia_urea", "chemicals", (), ("natural-gas",), "input_natural_gas"),
    )
}


@dataclass(frozen=True)
class Plant:
    """What a supplier offers as one project.

    line : whose capacity it adds, `size` (a parameter, and what turns it into kt a year) a build. kiln : its size where one comes along.
    cost : parameter of its capital cost, USD per t/y. built_by : whose contracts that cost is of (empty: the world's).
    mills_of : the plant whose mills alone it is: it costs their share of that one.
    europe : the cost from Europe where another figure states it: theme, country, subject, metric, and USD of it per t/y.
    """

    name: str
    line: str
    size: tuple[str, float]
    cost: str
    built_by: str = ""
    kiln: tuple[str, float] | None = None
    europe: tuple[str, str, str, str, float] | None = None
    mills_of: str = ""


PLANTS = {
    one.name: one
    for one in (
        Plant(
            "cement-works",
            "cement-mill",
            ("unit_size", 1.0),
            "capex",
            CHINA,
            ("unit_size_clinker", RUN_DAYS / 1000),
            ("supply", EUROPE, "building_materials", "capital_cost_cement_plant", 1.0),
        ),
        Plant("grinding-station", "cement-mill", ("unit_size", 1.0), "capex", mills_of="cement-works"),
        # 700 t a day, for the 328.5 days that the line of 600 t a day and 197.1 kt a year runs.
        Plant(
            "glass-works",
            "float-line",
            ("unit_size_annual", 1.0),
            "capex",
            CHINA,
            None,
            ("lines", "", "float_glass", "capex_total", 229_950.0),
        ),
        Plant("minimill", "steel-minimill", ("unit_size", 1.0), "capex"),
        Plant("integrated-steelworks", "steelworks", ("unit_size", 1.0), "capex"),
        Plant("smelter", "aluminium-smelter", ("unit_size", 1.0), "capex"),
        Plant("fertiliser-works", "urea-plant", ("unit_size", 1.0), "capex"),
    )
}


def parameter(made_of: str, name: str, book: Assumptions, unit: str = "") -> Figure | None:
    """Return a figure of a line, noted; of units that begin so where several are stated. None: the atlas has none."""
    frame = rows("lines", made_of, name).filter(pl.col("unit").cast(pl.String).str.starts_with(unit))
    found = chosen(frame)
    return None if found is None else book.use(TOPIC, f"{made_of}: {name}".replace("_", " "), found)


def needed(made_of: str, name: str, book: Assumptions, unit: str = "") -> Figure:
    """Return a figure of a line. Raises UsageError where the atlas has none."""
    found = parameter(made_of, name, book, unit)
    if found is None:
        raise UsageError(f"the atlas has no figure of {name} for {made_of}")
    return found


def size_of(made_of: str, size: tuple[str, float], book: Assumptions) -> float:
    """Return the capacity of one build, kt a year."""
    return needed(made_of, size[0], book).value * size[1]


def recipes_of(technology: Technology, book: Assumptions) -> dict[str, dict[str, float]]:
    """Return fuel -> product -> units per unit made, negative where used; one recipe under '' where nothing is burnt."""
    used = {product: -needed(technology.made_of, name, book).value for product, name in technology.inputs}
    if technology.line == "cement-mill":
        total, kiln = (needed(technology.made_of, name, book) for name in ("input_electricity", "input_electricity_clinker"))
        used["electricity"] = -(total.value + used["clinker"] * kiln.value)
        used["limestone"] = -(1 + used["clinker"] + used["gypsum"])
    if not technology.fuels:
        return {"": {technology.makes: 1.0, **used}}
    heat = needed(technology.made_of, technology.heat, book)
    burnt = (heat.high if technology.worst and heat.high else heat.value) * technology.factor
    if technology.line == "urea-plant":
        burnt *= needed(technology.made_of, "input_ammonia", book).value
    return {fuel: {technology.makes: 1.0, **used, fuel: -burnt} for fuel in technology.fuels}


def emissions_of(technology: Technology, recipe: dict[str, float], book: Assumptions) -> float:
    """Return t CO2 per t made: from the process itself and from what is burnt."""
    process = parameter(technology.made_of, technology.process_emissions, book) if technology.process_emissions else None
    return (process.value if process else 0.0) - sum(BURNT.get(product, 0.0) * amount for product, amount in recipe.items())


def running_cost(technology: Technology, book: Assumptions) -> Figure | None:
    """Return USD per t made beside inputs; None: no figure is known, and nothing is charged."""
    return parameter(technology.made_of, technology.running, book, "USD") if technology.running else None


def upkeep_cost(technology: Technology, book: Assumptions) -> float:
    """Return USD a year per t/y of capacity: the figure, else a share of the capital cost."""
    if technology.upkeep:
        return needed(technology.made_of, technology.upkeep, book).value
    if technology.made_of == "cement_integrated":
        cost = mills_cost(book)[0] if technology.line == "cement-mill" else needed(technology.made_of, "capex_clinker", book, "USD")
        return cost.value * needed(technology.made_of, "opex_fixed", book, "% of clinker capex").value / 100
    cost = needed(technology.made_of, "capex", book, "USD")
    if technology.running:
        return 0.0  # what it costs to run holds upkeep
    return cost.value * book.rule(TOPIC, "upkeep where no figure is known", UPKEEP, "of the capital cost a year", "as for process plant")


def mills_cost(book: Assumptions) -> tuple[Figure, float]:
    """Return what the mills of cement works cost, USD per t/y of cement, and their share of the whole: what the kiln leaves, of Europe's.

    Raises UsageError where the atlas lacks the cost of either.
    """
    works = PLANTS["cement-works"]
    whole = _of_europe(works)
    kiln, clinker = needed("cement_integrated", "capex_clinker", book, "USD"), works.kiln
    if whole is None or clinker is None:
        raise UsageError("the atlas has no capital cost of cement works from Europe")
    part = size_of("cement_integrated", clinker, book) / size_of("cement_integrated", works.size, book)
    left = whole.value - part * kiln.value
    rule = f"{whole.value:.4g} for works from Europe less {part:.3g} t of clinker at {kiln.value:.4g} for its kiln"
    return derived(left, "USD per t/y cement", rule, whole, kiln), left / whole.value


def lead_years(plant: Plant, book: Assumptions) -> int:
    """Return whole years from the decision to the first product."""
    built = parameter(TECHNOLOGIES[plant.line].made_of, "construction_time", book)
    if built is not None:
        return max(1, round(built.value))
    return int(book.rule(TOPIC, "years of building where no figure is known", LEAD, "years", "as for cement and glass"))


def life_years(plant: Plant, book: Assumptions) -> float:
    """Return the years that a line stands."""
    life = parameter(TECHNOLOGIES[plant.line].made_of, "lifetime", book)
    return life.value if life else book.rule(TOPIC, "life where no figure is known", LIFE, "years", "as for other heavy industry")


def jobs_of(technology: Technology) -> float | None:
    """Return direct jobs per kt a year, of the first plant whose figure says for how much; None: unknown."""
    for value, unit in rows("lines", technology.made_of, "jobs_operation").select("value", "unit").iter_rows():
        found = re.search(r"per ([\d.]+) (Mt|kt)/y", unit)
        if found and value:
            return float(value / (float(found[1]) * (1000 if found[2] == "Mt" else 1)))
    return None


@dataclass(frozen=True)
class Offer:
    """What a line costs from a supplier, USD per t/y, where the equipment is of `supplier` and the key technology of `technology`.

    best : it burns no more than the best. source, year, verified : of the cost.
    """

    plant: Plant
    supplier: str
    technology: str
    cost: float
    best: bool
    source: str
    year: int | None
    verified: bool
    rule: str


def offers(plant: Plant, suppliers: tuple[str, ...], book: Assumptions) -> tuple[Offer, ...]:
    """Return what each supplier offers, and each pair in which the technology of one makes the equipment of another burn less.

    A pair costs what the equipment's supplier asks, but the share of key technology at the price of its owner.
    """
    own = tuple(_offer(plant, supplier, book) for supplier in suppliers)
    pairs = []
    for one in own:
        for other in own:
            if other.best and not one.best:
                share = book.rule(
                    TOPIC, "share of key technology in the cost of a line", TECHNOLOGY_SHARE, "of the cost", "for third-country cooperation"
                )
                cost = (1 - share) * one.cost + share * other.cost
                source = " | ".join(dict.fromkeys((one.source, other.source)))
                rule = f"{100 * share:.0f} % of the cost at the price of {other.supplier}"
                pairs.append(Offer(plant, one.supplier, other.supplier, cost, True, source, one.year, False, rule))  # noqa: FBT003
    return (*own, *pairs)


def _offer(plant: Plant, supplier: str, book: Assumptions) -> Offer:
    cost, factor, rule = _cost(PLANTS[plant.mills_of] if plant.mills_of else plant, supplier)
    if plant.mills_of:
        mills, share = mills_cost(book)
        rule = "; ".join(part for part in (rule, f"{100 * share:.3g} % of {plant.mills_of}: its mills ({mills.rule})") if part)
        factor *= share
    asked = replace(cost, value=cost.value * factor, low=None, high=None, unit="USD per t/y") if factor != 1 else cost
    book.use("Capital costs", f"{plant.name} from {supplier}", asked, rule)
    best = plant.kiln is not None and supplier != CHINA
    return Offer(plant, supplier, supplier, asked.value, best, cost.source, cost.year, cost.verified and not rule, rule)


def _of_europe(plant: Plant) -> Figure | None:
    """Return the cost of a plant from Europe, USD per t/y; None: no figure of its own."""
    if plant.europe is None:
        return None
    theme, country, subject, metric, per = plant.europe
    frame = rows(theme, subject, metric, country or None).filter(pl.col("unit").cast(pl.String).str.starts_with("USD per"))
    found = chosen(frame.filter(pl.col("stated").cast(pl.String).str.contains("EUR|GBP")))
    return found if found is None or per == 1 else replace(found, value=found.value / per, low=None, high=None, unit="USD per t/y")


def _cost(plant: Plant, supplier: str) -> tuple[Figure, float, str]:
    """Return the figure that a supplier's cost rests on, what multiplies it, and the rule where it is not his own figure."""
    technology = TECHNOLOGIES[plant.line]
    world = chosen(rows("lines", technology.made_of, plant.cost).filter(pl.col("unit").cast(pl.String).str.starts_with("USD per t/y")))
    if world is None:
        raise UsageError(f"the atlas has no capital cost of {technology.made_of}")
    if supplier == plant.built_by:
        return world, 1.0, ""
    sector = technology.sector.replace(" ", "_")
    own = figure("supply", sector, "capital_cost_cement_plant", supplier) if plant.name == "cement-works" else None
    if own is not None:
        return own, 1.0, ""
    europe = _of_europe(plant) if countries()[supplier].region == "Europe" else None
    if europe is not None:
        return europe, 1.0, ""
    ratio = figure("supply", sector, "relative_capital_cost", supplier) if supplier == CHINA else None
    if ratio is not None:
        return world, ratio.value, f"{ratio.value:.3g} of the cost of others ({ratio.source}); {ratio.unit}"
    whose = "of Chinese contracts" if plant.built_by else "of the world"
    return world, 1.0, f"no figure of this supplier: the cost {whose}"
