"""The minimum premium for export credit by the formula of the OECD Arrangement, in force since 15 July 2023.

The premium is a share of the principal, flat, payable up front. Shares and rates are fractions, times are years.
Formula: Arrangement on Officially Supported Export Credits, Annex VI (TAD/PG(2023)7; Regulation (EU) 1233/2011, consolidated 31.12.2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from capcoop.errors import UsageError, printable, suggestion
from capcoop.money.rules import rule_table

BUYERS = ("SOV+", "SOV", "CC1", "CC2", "CC3", "CC4", "CC5")
QUALITIES = ("below", "standard", "above")
CATEGORIES = tuple(range(1, 8))
HIGH_INCOME, NOT_CLASSIFIED = "high-income", "not-classified"
# Beyond LONG years a speculative obligor has a rebate of REBATE a year, at most REBATE_CAP in the formula.
LONG, REBATE, REBATE_CAP = 10.0, 0.018, 0.15
FULL = 0.95  # the cover for which the coefficients are stated
SOVEREIGN_SHARE = 0.9  # of the sovereign's premium, for political cover alone of a buyer that is none
MOST_LOCAL_CURRENCY, MOST_ENHANCEMENT = 0.20, 0.35


class MarketBenchmarkRequired(UsageError):  # noqa: N818  (the words of the rule)
    """The Arrangement sets no minimum here: the premium must be that of the market, which the user has to state."""


@dataclass(frozen=True)
class Cover:
    """What a premium is asked for.

    category : of the country, 1 to 7. buyer : of `BUYERS`. drawdown, repayment : years; `average_life` (years from the starting point
    of credit) stands in for the repayment where principal is not repaid in equal half-yearly parts. commercial, political : share covered.
    quality : of `QUALITIES`, of the product. local_currency, enhancement : factors of mitigation. speculative : is the obligor rated BB+ or
    worse; None: not rated, so the rule by category and buyer.
    """

    category: int
    buyer: str
    repayment: float
    drawdown: float = 0.0
    average_life: float | None = None
    commercial: float = FULL
    political: float = FULL
    quality: str = "standard"
    local_currency: float = 0.0
    enhancement: float = 0.0
    speculative: bool | None = None

    @property
    def horizon(self) -> float:
        """The horizon of risk: half the drawdown plus the repayment, or plus that of equal half-yearly parts with the same average life."""
        repayment = self.repayment if self.average_life is None else equivalent_repayment(self.average_life)
        return 0.5 * self.drawdown + repayment


@dataclass(frozen=True)
class Premium:
    """A premium as a share of principal, and the parts it comes of.

    country, buyer : parts of the sum, in per cent before the factors. cover_factor : for cover beyond 95 %. rebate : for the term.
    floored : it is the sovereign's, below which no other buyer may be priced.
    """

    rate: float
    horizon: float
    country: float
    buyer: float
    cover_factor: float
    rebate: float
    floored: bool = False


def equivalent_repayment(average_life: float) -> float:
    """Return the years of equal half-yearly principal that have a weighted average life (years): (life - 0.25) / 0.5."""
    return (average_life - 0.25) / 0.5


def average_life(years: float, payments: int = 2) -> float:
    """Return the weighted average life in years of equal principal over `years`, paid so many times a year."""
    return (years + 1 / payments) / 2


def minimum_premium(cover: Cover) -> Premium:
    """Return the minimum premium of a cover.

    A buyer that is no sovereign is never priced below its sovereign; with political cover alone it is priced at nine tenths of it.

    Raises
    ------
    UsageError : a term is outside its range, or the Arrangement has no coefficient for the buyer in the category.
    """
    _check(cover)
    found = _priced(cover, cover.buyer)
    if cover.buyer in ("SOV+", "SOV"):
        return found
    sovereign = _priced(cover, "SOV")
    if cover.commercial == 0:
        return _with_rate(sovereign, SOVEREIGN_SHARE * sovereign.rate, floored=False)
    return found if found.rate >= sovereign.rate else _with_rate(found, sovereign.rate, floored=True)


def _with_rate(premium: Premium, rate: float, *, floored: bool) -> Premium:
    return Premium(rate, premium.horizon, premium.country, premium.buyer, premium.cover_factor, premium.rebate, floored)


def _priced(cover: Cover, buyer: str) -> Premium:
    """Return the formula's premium for a buyer."""
    category, horizon, most = cover.category, cover.horizon, max(cover.commercial, cover.political)
    country = (coefficient("a", category) * horizon + coefficient("b", category)) * most / FULL * (1 - cover.local_currency)
    own = coefficient("c", category, buyer) * cover.commercial / FULL * horizon * (1 - cover.enhancement)
    factor = 1.0 if most <= FULL else 1 + (most - FULL) / (1 - FULL) * coefficient("cover slope", category)
    is_speculative = (buyer, category) in _speculative() if cover.speculative is None else cover.speculative
    rebate = REBATE * (horizon - LONG) if horizon > LONG and is_speculative else 0.0
    quality = coefficient(f"quality {cover.quality}", category)
    better = 0.9 if buyer == "SOV+" else 1.0
    percent = (country + own) * quality * factor * better * (1 - min(rebate, REBATE_CAP))
    return Premium(percent / 100, horizon, country, own, factor, rebate)


def _check(cover: Cover) -> None:
    """Raise UsageError where a term of a cover is outside its range."""
    if cover.category not in CATEGORIES:
        raise UsageError(f"the category of a country is 1 to 7, not {cover.category}; category 0 and high-income countries have no minimum")
    for word, known, what in ((cover.buyer, BUYERS, "buyer category"), (cover.quality, QUALITIES, "quality of a product")):
        if word not in known:
            raise UsageError(f"'{printable(word)}' is not a {what}; {suggestion(word, known) or 'known: ' + ', '.join(known)}")
    if (cover.buyer, cover.category) not in _coefficients():
        priced = [buyer for buyer in BUYERS if (buyer, cover.category) in _coefficients()]
        raise UsageError(f"the Arrangement has no premium for {cover.buyer} in category {cover.category}; it has {', '.join(priced)}")
    ranges = (
        (cover.commercial, 0.0, 1.0, "commercial cover"),
        (cover.political, 0.0, 1.0, "political cover"),
        (cover.local_currency, 0.0, MOST_LOCAL_CURRENCY, "the factor of local currency"),
        (cover.enhancement, 0.0, MOST_ENHANCEMENT, "the factor of credit enhancement"),
        (cover.drawdown, 0.0, 100.0, "drawdown, in years,"),
        (cover.horizon, 0.0, 100.0, "the horizon of risk, in years,"),
    )
    for value, low, high, what in ranges:
        if not low <= value <= high:
            raise UsageError(f"{what} is {value:g}, but lies between {low:g} and {high:g}")
    if cover.horizon == 0:
        raise UsageError("a credit without drawdown and repayment has no premium; state the years of repayment")


@cache
def _table() -> dict[str, dict[tuple[str, int], float]]:
    found: dict[str, dict[tuple[str, int], float]] = {}
    for name, buyer, category, value in rule_table("premium").select("coefficient", "buyer", "category", "value").iter_rows():
        found.setdefault(name, {})[buyer or "", category] = value
    return found


def coefficient(name: str, category: int, buyer: str = "") -> float:
    """Return a coefficient of the formula by its name, the category of the country, and for `c` the buyer."""
    return _table()[name][buyer, category]


def _coefficients() -> dict[tuple[str, int], float]:
    return _table()["c"]


def _speculative() -> dict[tuple[str, int], float]:
    """Return the buyers, by category, that count as speculative grade where no rating is given."""
    return _table()["speculative"]


def category_of(country: str, on: date | None = None) -> int:
    """Return the category of a country (ISO 3166 alpha-3), 1 to 7, on a day (None: the latest known).

    Raises
    ------
    MarketBenchmarkRequired : the country is in category 0 or of high income: no minimum holds, the premium must be the market's.
    UsageError : it is not classified, so the user has to choose; or it is unknown.
    """
    state = classification(country, on)
    if state == NOT_CLASSIFIED:
        raise UsageError(f"{printable(country)} is not classified by the OECD: state its category, 1 to 7")
    if state in ("0", HIGH_INCOME):
        why = "is in category 0" if state == "0" else "is a country of high income"
        raise MarketBenchmarkRequired(f"{printable(country)} {why}, for which no minimum premium holds: state the market's premium")
    return int(state)


def classification(country: str, on: date | None = None) -> str:
    """Return the class of a country: "0" to "7", `high-income` or `not-classified`; raises UsageError where the country is unknown."""
    rows = rule_table("country_categories").filter(pl.col("country") == country)
    if rows.is_empty():
        raise UsageError(f"no category of '{printable(country)}' is known: write the ISO 3166 code of a country, or state its category")
    dated = rows.filter(pl.col("valid_from") <= (on.isoformat() if on else "9999")).sort("valid_from")
    return str((rows.sort("valid_from") if dated.is_empty() else dated).item(0 if dated.is_empty() else -1, "category"))
