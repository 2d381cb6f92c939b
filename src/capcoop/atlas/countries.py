"""Countries by any name that people use: ISO codes, English names, and what was probably meant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from capcoop.atlas.figures import table
from capcoop.errors import UsageError, printable, suggestion

# Names in use that neither the atlas nor ISO 3166 has.
ALSO = {
    "turkey": "TUR",
    "ivory coast": "CIV",
    "cape verde": "CPV",
    "swaziland": "SWZ",
    "burma": "MMR",
    "czech republic": "CZE",
    "macedonia": "MKD",
    "great britain": "GBR",
    "uk": "GBR",
    "uae": "ARE",
    "drc": "COD",
    "dr congo": "COD",
    "holland": "NLD",
    "east timor": "TLS",
}


@dataclass(frozen=True)
class Country:
    """What does not change from year to year; `risk_class` is that of the OECD, 0 best to 7 worst, None where it gives none."""

    code: str
    name: str
    region: str
    subregion: str | None
    capital: str | None
    latitude: float | None
    longitude: float | None
    landlocked: bool
    borders: tuple[str, ...]
    risk_class: int | None


@cache
def countries() -> dict[str, Country]:
    """Return every country of the atlas by its ISO 3166 alpha-3 code."""
    facts = table("countries").sort("country").drop("risk_status", "source").with_columns(pl.col("borders").fill_null([]))
    rows = facts.rename({"country": "code"}).iter_rows(named=True)
    return {row["code"]: Country(**{**row, "borders": tuple(row["borders"])}) for row in rows}


def find_country(text: str) -> Country:
    """Return the country that a code or a name stands for.

    Raises
    ------
    UsageError : no country is called so, or the atlas has no figures of it; with the nearest name.
    """
    import pycountry

    known, wanted = countries(), text.strip()
    if wanted.upper() in known:
        return known[wanted.upper()]
    by_name = {country.name.casefold(): country.code for country in known.values()} | ALSO
    if wanted.casefold() in by_name:
        return known[by_name[wanted.casefold()]]
    try:
        code = pycountry.countries.lookup(wanted).alpha_3
    except LookupError:
        alike = [code for code in known if code[:2] == wanted[:2].upper()]
        hint = suggestion(wanted, alike if len(wanted) <= 3 else [country.name for country in known.values()])
        raise UsageError(f"'{printable(text)}' is not a country; {hint or 'write its ISO code of three letters, such as KAZ'}") from None
    if code not in known:
        raise UsageError(f"the atlas has no figures of {printable(text)} ({code})")
    return known[code]
