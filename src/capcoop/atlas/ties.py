"""What ties a country to a supplier of equipment: trade, money, treaties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from capcoop.atlas.countries import Country
from capcoop.atlas.figures import Figure, chosen, nearest, rows

# What is known, once a row stands for it: title; whether only China has figures of it.
MONEY = {
    "debt_stock_owed": ("debt owed to the supplier", True),
    "official_finance_commitments": ("official finance committed, 2000 to 2014", True),
    "china_fdi_flow": ("direct investment in the year", True),
    "currency_swap_amount": ("currency swap", True),
}
TREATIES = {
    "partnership_level": ("partnership", True),
    "bri_mou_year": ("Belt and Road memorandum", True),
    "bri_cooperation_document_signed": ("Belt and Road cooperation document", True),
    "bri_exit_year": ("left the Belt and Road", True),
    "capacity_cooperation_priority": ("priority country of capacity cooperation", True),
    "capacity_cooperation_framework": ("framework of capacity cooperation", True),
    "bit_signed_year": ("investment treaty signed", False),
    "bit_in_force_year": ("investment treaty in force", True),
    "dtt_signed_year": ("double-tax treaty signed", True),
    "fta_in_force_year": ("free-trade agreement in force", True),
    "fta_asean_in_force_year": ("free-trade area of ASEAN and China", True),
    "fta_rcep_member": ("regional partnership RCEP", True),
    "fta_signed": ("free-trade agreement signed", True),
    "currency_swap_by_2011": ("currency swap by 2011", True),
}
# Only one of these can be expected, or most countries rightly have none: without a row they are not named as unknown.
OPTIONAL = {
    "bri_cooperation_document_signed",
    "bri_exit_year",
    "bit_in_force_year",
    "fta_asean_in_force_year",
    "fta_rcep_member",
    "fta_signed",
    "currency_swap_by_2011",
}
TRADE = {"exports_to_partner": "exports to the supplier", "imports_from_partner": "imports from the supplier"}
SHARES = {
    "exports_to_partner_share": "share of the exports of goods",
    "imports_from_partner_share": "share of the imports of goods",
}
PARTNERSHIPS = {5: "all-weather or permanent", 4: "comprehensive strategic", 3: "strategic", 2: "comprehensive cooperative", 1: "other"}


@dataclass(frozen=True)
class Tie:
    """One tie: `words` say what the figure stands for where it is a mark or a level."""

    tie: str
    title: str
    figure: Figure
    words: str = ""


@dataclass(frozen=True)
class Trade:
    """Trade in goods in one year, as the country's exports and imports, MUSD; None where it is unknown."""

    year: int
    exports: Figure | None
    imports: Figure | None


@dataclass(frozen=True)
class Ties:
    """All ties to one supplier; `unknown` holds the titles of those that no row tells of, which does not mean that there are none."""

    supplier: str
    name: str
    trade: tuple[Trade, ...]
    shares: tuple[Tie, ...]
    money: tuple[Tie, ...]
    treaties: tuple[Tie, ...]
    unknown: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether any row tells of the two countries."""
        return bool(self.trade or self.shares or self.money or self.treaties)


def suppliers() -> list[str]:
    """Return the codes of the suppliers to which ties are known."""
    return sorted(rows("ties").get_column("partner").cast(pl.String).drop_nulls().unique())


def ties_of(country: Country, supplier: Country, year: int | None) -> Ties:
    """Return the ties of a country to a supplier.

    Amounts, shares and treaties are those nearest to `year` (the latest without one); trade is of every year.
    """
    found = rows("ties", country=country.code, partner=supplier.code)
    by_metric = {str(key[0]): frame for key, frame in found.partition_by("metric", as_dict=True).items()}
    expected = {
        metric: title
        for metric, (title, china) in (MONEY | TREATIES).items()
        if metric not in OPTIONAL and (supplier.code == "CHN" or not china)
    }
    expected = TRADE | SHARES | expected
    return Ties(
        supplier.code,
        supplier.name,
        _trade(by_metric),
        _ties(by_metric, SHARES, year),
        _ties(by_metric, {metric: title for metric, (title, _) in MONEY.items()}, year),
        _ties(by_metric, {metric: title for metric, (title, _) in TREATIES.items()}, year),
        tuple(title for metric, title in expected.items() if metric not in by_metric),
    )


def _trade(by_metric: Mapping[str, pl.DataFrame]) -> tuple[Trade, ...]:
    by_year = {
        (metric, year): chosen(frame.filter(pl.col("year") == year))
        for metric, frame in by_metric.items()
        if metric in TRADE
        for year in frame.get_column("year").unique()
    }
    years = sorted({year for _, year in by_year})
    return tuple(Trade(year, by_year.get(("exports_to_partner", year)), by_year.get(("imports_from_partner", year))) for year in years)


def _ties(by_metric: Mapping[str, pl.DataFrame], titles: Mapping[str, str], year: int | None) -> tuple[Tie, ...]:
    out = []
    for metric, title in titles.items():
        one = chosen(nearest(by_metric[metric], year)) if metric in by_metric else None
        if one is not None:
            words = "yes" if one.unit.startswith("flag") else PARTNERSHIPS[round(one.value)] if metric == "partnership_level" else ""
            out.append(Tie(metric, title, one, words))
    return tuple(out)
