"""The modes of channels and their cited figures, from two tables inside the package. A figure without a row is unknown, never zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl

from capcoop.errors import UsageError, printable, suggestion

# What each figure is, in the order in which figures are told.
PARAMETERS = {
    "capital_cost": "capital cost per km",
    "second_track": "second track beside an existing one, per km",
    "station_cost": "station, converter or port at one end",
    "tunnel_cost": "tunnel, per km of tube",
    "bridge_cost": "bridge or viaduct, per km",
    "tunnel_share": "tunnels, share of the length",
    "bridge_share": "bridges, share of the length",
    "unit_capacity": "capacity of one build",
    "fixed_cost": "yearly cost, share of the capital cost",
    "build_years": "years to build",
    "life": "life",
    "freight": "freight per tonne and km",
    "handling": "handling, one move",
    "border_cost": "border crossing, share of the freight",
    "transhipment": "change of gauge",
    "loss": "loss per 1,000 km",
    "station_loss": "loss in one station",
    "electricity_use": "electricity of compressors",
    "speed": "speed",
    "border_days": "days at a border",
}


@dataclass(frozen=True)
class Figure:
    """A figure of a mode.

    parameter : of `PARAMETERS`. terrain : flat, hill or mountain; blank where it holds in all. low, high : None where one figure is known.
    price_year : year or years of the prices, where it is money. stated : what the sources say, before it was converted.
    """

    mode: str
    parameter: str
    terrain: str
    value: float
    low: float | None
    high: float | None
    unit: str
    price_year: str
    year: int | None
    source: str
    verified: bool
    stated: str
    note: str

    @property
    def least(self) -> float:
        """The low end of its range, the value where there is none."""
        return self.value if self.low is None else self.low

    @property
    def most(self) -> float:
        """The high end of its range, the value where there is none."""
        return self.value if self.high is None else self.high


@dataclass(frozen=True)
class Mode:
    """A mode of channels.

    kind : logistics, power or information, as products name it in `channel`. way : land, sea or river. detour : the routes that its detour
    is taken from. unit, per : how a case counts the capacity of its channels; measure : what a product's unit must convert to.
    carries : a pattern of the products that alone can go; blank: all that convert.
    figures : by parameter and terrain.
    """

    name: str
    title: str
    kind: str
    way: str
    detour: str
    unit: str
    per: str
    measure: str
    carries: str
    note: str
    figures: Mapping[tuple[str, str], Figure]

    def figure(self, parameter: str, terrain: str = "") -> Figure | None:
        """Return a figure, in a terrain the one that holds in all where there is no other; None: unknown."""
        return self.figures.get((parameter, terrain)) or self.figures.get((parameter, ""))


@cache
def modes() -> dict[str, Mode]:
    """Return every mode by its name."""
    figures: dict[str, dict[tuple[str, str], Figure]] = {}
    for row in _table("modes").with_columns(verified=pl.col("verified") == "yes").iter_rows(named=True):
        texts = {name: row[name] or "" for name in ("terrain", "price_year", "stated", "note")}
        one = Figure(**{**row, **texts})
        figures.setdefault(one.mode, {})[one.parameter, one.terrain] = one
    kinds = _table("kinds").with_columns(pl.col(pl.String).fill_null("")).rename({"mode": "name"})
    return {row["name"]: Mode(**row, figures=figures.get(row["name"], {})) for row in kinds.iter_rows(named=True)}


@cache
def gauges() -> dict[str, int]:
    """Return the main track gauge in mm of every country of which it is known (ISO 3166 alpha-3)."""
    return dict(_table("gauges").select("country", "gauge").iter_rows())


def find_modes(names: Sequence[str]) -> tuple[Mode, ...]:
    """Return modes by name, all of them where none is named. Raises UsageError where one is unknown."""
    known = modes()
    for name in names:
        if name not in known:
            hint = suggestion(name, known) or f"known: {', '.join(known)}"
            raise UsageError(f"'{printable(name)}' is not a mode; {hint}")
    return tuple(known[name] for name in dict.fromkeys(names or known))


def _table(name: str) -> pl.DataFrame:
    with files("capcoop.corridors").joinpath(f"{name}.csv").open("rb") as file:
        return pl.read_csv(file, schema_overrides={"price_year": pl.String, "year": pl.Int64, "value": pl.Float64})
