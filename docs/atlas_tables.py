"""The tables of docs/atlas.md: what the atlas covers, from whom, and where its sources contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from capcoop.atlas.countries import countries
from capcoop.atlas.figures import AREAS, table
from capcoop.atlas.indicators import INDICATORS
from capcoop.atlas.products import PRODUCTS
from capcoop.atlas.sources import parts_of, publisher_of, publishers

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
THEMES = {
    "output": "what a country makes, can make, uses and trades of a product in a year",
    "conditions": "a condition of a country in a year",
    "ties": "a tie of a country to a supplier",
    "grid": "power plants, grids and links between them",
    "countries": "people, money and debt of a country",
    "prices": "a price of a product at a place in a year",
    "supply": "what a country supplies to the world, and at what cost",
    "lines": "a parameter of a production line",
    "intensities": "the material in an asset, per unit of it",
    "channels": "a cost or loss of a channel",
}
EXTREMES = 12
KEY = ["theme", "country", "partner", "subject", "metric", "context", "year", "unit"]


def tables() -> dict[str, Table]:
    """Return every table of the page by the name of its mark."""
    figures = table("figures").with_columns(pl.col(pl.Categorical).cast(pl.String))
    best, worst = _extremes(figures)
    return {
        "themes": _themes(figures),
        "production": _by_year(figures, "production"),
        "capacity": _by_year(figures, "capacity"),
        "consumption": _by_year(figures, "consumption"),
        "trade": _trade(figures),
        "regions": _regions(figures),
        "best": best,
        "worst": worst,
        "conditions": _conditions(figures),
        "sources": _sources(),
        "left": _left_out(),
        "contradictions": _contradictions(figures),
    }


def size() -> str:
    """Return how much there is, in a sentence."""
    figures = table("figures")
    height = f"{figures.height:,}".replace(",", " ")
    return f"{height} figures of {len(countries())} countries, of which {_verified(figures):.1f} % were read in their source"


def _verified(frame: pl.DataFrame) -> float:
    """Return the percentage of rows that were read in their source."""
    return 100 * float(frame.get_column("verified").sum()) / frame.height


def _share(frame: pl.DataFrame) -> str:
    return f"{_verified(frame):.0f} %"


def _span(frame: pl.DataFrame) -> str:
    years = frame.get_column("year").drop_nulls().unique().sort().to_list()
    return "undated" if not years else f"{years[0]} to {years[-1]}" if len(years) > 1 else str(years[0])


def _countries(frame: pl.DataFrame) -> int:
    return frame.filter(~pl.col("country").is_in(AREAS)).get_column("country").drop_nulls().n_unique()


def _output(figures: pl.DataFrame, metric: str) -> pl.DataFrame:
    """Return the figures of output of the goods, under their own names, without areas."""
    names = {product.output: product.title for product in PRODUCTS.values() if product.output} | {"ammonia_N": "ammonia"}
    found = figures.filter(pl.col("theme") == "output", pl.col("metric") == metric, pl.col("subject").is_in(list(names)))
    return found.filter(~pl.col("country").is_in(AREAS)).with_columns(product=pl.col("subject").replace(names))


def _themes(figures: pl.DataFrame) -> Table:
    rows = []
    for theme, meaning in THEMES.items():
        own = figures.filter(pl.col("theme") == theme)
        rows.append([f"`{theme}`", meaning, str(own.height), str(_countries(own) or ""), _span(own), _share(own)])
    return ("theme", "one row is", "rows", "countries", "years", "verified"), rows


def _by_year(figures: pl.DataFrame, metric: str) -> Table:
    own = _output(figures, metric)
    years = own.get_column("year").unique().sort().to_list()
    counted = own.group_by("product", "year").agg(pl.col("country").n_unique())
    counts = {(product, year): count for product, year, count in counted.iter_rows()}
    made = [product.title for product in PRODUCTS.values() if product.title in set(own.get_column("product"))]
    every = {name: str(count) for name, count in own.group_by("product").agg(pl.col("country").n_unique()).iter_rows()}
    rows = [[title, *(str(counts.get((title, year), "")) for year in years), every[title]] for title in made]
    return ("product", *map(str, years), "any year"), rows


def _trade(figures: pl.DataFrame) -> Table:
    rows = []
    for metric in ("imports", "exports", "net_imports"):
        for (product,), own in _output(figures, metric).group_by("product", maintain_order=True):
            rows.append([str(product), metric.replace("_", " "), str(_countries(own)), _span(own)])
    for metric in ("electricity_imports", "electricity_exports"):
        own = figures.filter(pl.col("theme") == "grid", pl.col("metric") == metric)
        rows.append(["electricity", metric.removeprefix("electricity_"), str(_countries(own)), _span(own)])
    return ("product", "metric", "countries", "years"), sorted(rows)


def _regions(figures: pl.DataFrame) -> Table:
    region = {code: country.region for code, country in countries().items()}
    groups = sorted(set(region.values()))
    made = (
        _output(figures, "production").select("product", "country").unique().with_columns(region=pl.col("country").replace_strict(region))
    )
    counts = {(name, group): count for name, group, count in made.group_by("product", "region").len().iter_rows()}
    heading = [f"{group} ({sum(1 for one in region.values() if one == group)})" for group in groups]
    titles = [product.title for product in PRODUCTS.values()]
    return ("product", *heading), [[title, *(str(counts.get((title, group), "")) for group in groups)] for title in titles]


def _extremes(figures: pl.DataFrame) -> tuple[Table, Table]:
    """Return the countries of which most is known, and those of which least is."""
    metrics = pl.concat([_output(figures, metric) for metric in ("production", "capacity", "consumption", "imports", "exports")])
    goods = metrics.group_by("country").agg(products=pl.col("product").n_unique(), figures=pl.struct("product", "metric").n_unique())
    conditions = figures.filter(pl.col("metric").is_in(list(INDICATORS)), pl.col("partner").is_null(), pl.col("theme") != "ties")
    conditions = conditions.group_by("country").agg(conditions=pl.col("metric").n_unique())
    ties = figures.filter(pl.col("theme") == "ties").group_by("country").agg(ties=pl.struct("partner", "metric").n_unique())
    every = pl.DataFrame({"country": list(countries()), "name": [country.name for country in countries().values()]})
    for part in (goods, conditions, ties):
        every = every.join(part, on="country", how="left")
    shown = ["name", "products", "figures", "conditions", "ties"]
    ranked = every.fill_null(0).with_columns(sum=pl.col("figures") + pl.col("conditions")).sort(["sum", "name"], descending=[True, False])
    heading = (
        "country",
        f"products (of {len(PRODUCTS)})",
        "figures of products",
        f"conditions (of {len(INDICATORS)})",
        "ties to six suppliers",
    )

    def drawn(frame: pl.DataFrame) -> Table:
        return heading, [[str(cell) for cell in row] for row in frame.select(shown).iter_rows()]

    return drawn(ranked.head(EXTREMES)), drawn(ranked.tail(EXTREMES))


def _conditions(figures: pl.DataFrame) -> Table:
    rows = []
    for metric, indicator in INDICATORS.items():
        own = figures.filter(pl.col("theme") == indicator.theme, pl.col("metric") == metric, pl.col("partner").is_null())
        rows.append([indicator.group, indicator.title, f"`{metric}`", own.item(0, "unit"), str(_countries(own)), _span(own), _share(own)])
    return ("group", "condition", "name", "unit", "countries", "years", "verified"), rows


def _sources() -> Table:
    """Return the publishers with the rows that name them; a row may name several."""
    counted: dict[str, int] = {}
    themes: dict[str, set[str]] = {}
    used = table("figures").group_by("theme", "source").len()
    others = [(name, *row) for name in ("programmes", "rates") for row in table(name).group_by("source").len().iter_rows()]
    for theme, source, count in (*used.iter_rows(), *others):
        for part in parts_of(source):
            name = publisher_of(part).publisher
            counted[name] = counted.get(name, 0) + count
            themes.setdefault(name, set()).add(theme)
    licences = {one.publisher: one.licence for one in publishers()}
    order = sorted(counted, key=lambda name: (-counted[name], name))
    return ("publisher", "licence", "rows", "themes"), [
        [name, licences[name], str(counted[name]), ", ".join(sorted(themes[name]))] for name in order
    ]


def _left_out() -> Table:
    return ("publisher", "terms"), [[one.publisher, one.licence] for one in publishers() if not one.carried]


def _contradictions(figures: pl.DataFrame) -> Table:
    """Return what several rows state differently for the same country, thing, year and unit."""
    themes = ["output", "conditions", "ties", "grid", "countries"]
    rows = (
        figures.filter(pl.col("theme").is_in(themes), pl.col("value").is_not_null())
        .group_by(KEY)
        .agg(pl.col("value").sort())
        .filter(pl.col("value").list.n_unique() > 1)
        .sort("theme", "subject", "metric", "country", "year", nulls_last=True)
    )
    return ("country", "what", "year", "values"), [
        [row["country"], " ".join(_words(row[name] for name in ("subject", "metric"))), str(row["year"]), _values(row)]
        for row in rows.iter_rows(named=True)
    ]


def _words(cells: Iterable[str | None]) -> list[str]:
    return [cell.replace("_", " ") for cell in cells if cell]


def _values(row: dict[str, object]) -> str:
    return ", ".join(f"{value:,.6g}".replace(",", " ") for value in row["value"]) + f" {row['unit']}"  # type: ignore[attr-defined]
