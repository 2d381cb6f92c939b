"""How much international bandwidth a country needs: its people, those of them who use the internet, and the bandwidth used per user.

    need (Gbit/s) = population x share of internet users x bandwidth per user (kbit/s) / 10^6 x (1 + industry)
    in a later year x (1 + growth) ^ years since the year of the bandwidth per user

The bandwidth per user is that of the ITU for the region of the country: all international bandwidth over all users, so that what firms use
in their offices is in it. It is known of the Americas and of Europe; elsewhere it must be stated. `industry` is what machines and works
need on top; no figure of it is known, and without one nothing is added. The growth is that of the world's international bandwidth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl

from capcoop.atlas.countries import countries
from capcoop.atlas.demand import derived
from capcoop.atlas.figures import Figure, figure
from capcoop.errors import UsageError

PER_USER, WORLD_TOTAL, GROWTH_YEARS = "international_bandwidth_per_user", "international_bandwidth", (2020, 2021)


@dataclass(frozen=True)
class Bandwidth:
    """The need of a country.

    base : Gbit/s in the year of the bandwidth per user (None: unknown; missing : what of it). growth : % a year.
    """

    base: Figure | None
    growth: Figure
    missing: str = ""

    def in_year(self, year: int) -> float | None:
        """Return the need in a year, Gbit/s; None: unknown. Nothing is said of years before that of the base."""
        if self.base is None or self.base.year is None or year < self.base.year:
            return None
        return float(self.base.value * (1 + self.growth.value / 100) ** (year - self.base.year))


@cache
def _figures() -> pl.DataFrame:
    with files("capcoop.atlas").joinpath("figures", "bandwidth.csv").open("rb") as file:
        return pl.read_csv(file).with_columns(verified=pl.col("verified") == "yes")


def _figure(area: str, metric: str, year: int) -> Figure | None:
    found = _figures().filter((pl.col("area") == area) & (pl.col("metric") == metric) & (pl.col("year") == year)).to_dicts()
    return Figure(found[0]["value"], None, None, found[0]["unit"], year, found[0]["source"], found[0]["verified"]) if found else None


def bandwidth_per_user(country: str) -> Figure | None:
    """Return the international bandwidth per internet user of the country's region, kbit/s; None: unknown."""
    return _figure(countries()[country].region, PER_USER, GROWTH_YEARS[1])


def bandwidth_growth() -> Figure:
    """Return by how much the world's international bandwidth grew in the last year that is known, %."""
    before, after = (_figure("world", WORLD_TOTAL, year) for year in GROWTH_YEARS)
    if before is None or after is None:
        raise UsageError("bandwidth.csv lacks the world's international bandwidth")
    rule = f"growth of the world's international bandwidth from {GROWTH_YEARS[0]} to {GROWTH_YEARS[1]}"
    return derived(100 * (after.value / before.value - 1), "%/y", rule, after, before)


def bandwidth(country: str, year: int | None = None, per_user: Figure | None = None, industry: float = 0.0) -> Bandwidth:
    """Return the international bandwidth that a country needs.

    Parameters
    ----------
    year : of the population and the share of users (the latest without one).
    per_user : kbit/s per internet user, with its year, in place of the ITU's; needed where the ITU's is not known.
    industry : what industry needs on top, as a share of the rest.

    Raises
    ------
    UsageError : `industry` is negative, `per_user` is not in kbit/s, or states no year.
    """
    if not industry >= 0:
        raise UsageError(f"industry is {industry:g}; it must be at least 0: 0.1 adds a tenth")
    if per_user is not None and (per_user.unit != "kbit/s" or per_user.year is None):
        raise UsageError(f"the bandwidth per user is in {per_user.unit or 'no unit'}; state it in kbit/s, with its year")
    growth, each = bandwidth_growth(), per_user or bandwidth_per_user(country)
    people, users = (figure("conditions", None, metric, country, year=year) for metric in ("population", "internet_users"))
    lacking = {"its population": people, "its share of internet users": users, "the bandwidth per user": each}
    missing = ", ".join(name for name, one in lacking.items() if one is None)
    if people is None or users is None or each is None:
        return Bandwidth(None, growth, missing)
    value = people.value * users.value / 100 * each.value / 1e6 * (1 + industry)
    rule = f"population of {people.year} x internet users of {users.year} x bandwidth per user of {each.year}"
    rule += f" x {1 + industry:g} for industry" if industry else ""
    return Bandwidth(derived(value, "Gbit/s", rule, each, people, users), growth)
