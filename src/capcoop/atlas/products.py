"""The goods of the atlas: unit, customs heading, sector, and under which names the figures know them."""

from __future__ import annotations

from dataclasses import dataclass

SECTORS = (
    "steel",
    "nonferrous metals",
    "building materials",
    "railway",
    "electric power",
    "chemicals",
    "light industry and textiles",
    "vehicles",
    "communications",
    "construction machinery",
    "aerospace",
    "shipbuilding and ocean engineering",
)


@dataclass(frozen=True)
class Product:
    """A good.

    unit : of a yearly amount. hs : heading of the Harmonised System of 2022 (empty: none, such as electricity counts as 2716).
    output : its name among figures of output (empty: none there). sector : one of SECTORS, empty for raw materials and fuels.
    """

    name: str
    unit: str
    hs: str
    sector: str
    output: str = ""

    @property
    def title(self) -> str:
        """The name in words."""
        return self.name.replace("_", " ")


PRODUCTS = {
    product.name: product
    for product in (
        Product("cement", "kt", "2523.29", "building materials", "cement"),
        Product("clinker", "kt", "2523.10", "building materials", "clinker"),
        Product("flat_glass", "kt", "7005", "building materials", "flat_glass"),
        Product("crude_steel", "kt", "7206", "steel", "crude_steel"),
        Product("finished_steel", "kt", "7208-7217", "steel", "finished_steel"),
        Product("pig_iron", "kt", "7201", "steel", "pig_iron"),
        Product("aluminium", "kt", "7601", "nonferrous metals", "aluminium_primary"),
        Product("alumina", "kt", "2818.20", "nonferrous metals", "alumina"),
        Product("copper", "kt", "7403", "nonferrous metals", "copper_refined"),
        Product("urea", "kt", "3102.10", "chemicals", "urea"),
        Product("ammonia", "kt", "2814.10", "chemicals", "ammonia"),
        Product("refined_products", "kbbl/d", "2710", "chemicals", "refined_products"),
        Product("soda_ash", "kt", "2836.20", "chemicals", "soda_ash_natural"),
        Product("motor_vehicles", "vehicles", "8701-8705", "vehicles", "motor_vehicles"),
        Product("electricity", "GWh", "2716", "electric power", "electricity"),
        Product("iron_ore", "kt", "2601", "", "iron_ore"),
        Product("bauxite", "kt", "2606", "", "bauxite"),
        Product("copper_ore", "kt", "2603", "", "copper_mine"),
        Product("gypsum", "kt", "2520.10", "", "gypsum"),
        Product("lime", "kt", "2522", "", "lime"),
        Product("industrial_sand", "kt", "2505.10", "", "sand_industrial"),
    )
}
