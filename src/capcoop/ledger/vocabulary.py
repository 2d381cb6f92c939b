"""The words of the ledger: kinds of records, statuses, channels, financing, quantities, and what each cell may hold."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from capcoop.atlas.products import SECTORS as TWELVE
from capcoop.errors import UsageError, suggestion

# What a record is. Packages, loan totals and trade hold what others tell item by item: they are never added to them.
KINDS = {
    "agreement": "one agreement or document",
    "project": "one project",
    "fund": "a fund or a credit line for many projects",
    "package": "the totals of a visit or a list; never added to its items",
    "loans": "a total of loans over time; never added to agreements",
    "trade": "trade of one year",
}
DEALS = ("agreement", "project")
# How far it has come, in order. A record may be stopped at any stage.
STATUSES = ("proposed", "memorandum", "signed", "feasibility", "financed", "building", "operating", "stopped")
CHANNELS = ("logistics", "power", "information")
FINANCING = ("fund", "credit", "insurance", "grant")
SECTORS = (*TWELVE, "several", "other")
BOUNDS = ("at least", "at most", "about")
# What a figure counts, and whether it is money. Only `value` is added up in a card.
QUANTITIES = {
    "value": True,
    "documents": False,
    "projects": False,
    "jobs": False,
    "scholarships": False,
    "exports a year": True,
    "quota": True,
    "swap": True,
    "trade": True,
}
AREA = {"LAC": "Latin America and the Caribbean"}
SCALES = {
    "thousand": 1e-3,
    "k": 1e-3,
    "million": 1.0,
    "mn": 1.0,
    "m": 1.0,
    "billion": 1e3,
    "bn": 1e3,
    "trillion": 1e6,
}
FIRST_YEAR, LAST_YEAR = 1900, 2100
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


@cache
def currencies() -> frozenset[str]:
    """Return the codes of ISO 4217."""
    import pycountry

    return frozenset(one.alpha_3 for one in pycountry.currencies)


@cache
def money_of(unit: str) -> tuple[float, str] | None:
    """Return millions in one unit of money and its currency, such as (1000, 'USD') for `bn USD`; None where it is no money."""
    words = unit.split()
    if not words or len(words) > 2 or words[-1].upper() not in currencies():
        return None
    scale = 1e-6 if len(words) == 1 else SCALES.get(words[0].lower())
    return None if scale is None else (scale, words[-1].upper())


@cache
def date_fault(text: str) -> str:
    """Return why a text is no date, as the predicate of a sentence; empty where it is one."""
    if DATE.fullmatch(text) is None:
        return "is not a date"
    year, month, day = (int(part) for part in (text + "-01-01")[:10].split("-"))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return f"is not between {FIRST_YEAR} and {LAST_YEAR}"
    try:
        date(year, month, day)
    except ValueError:
        return "is no day of the calendar"
    return ""


@cache
def place_of(text: str) -> tuple[str | None, str]:
    """Return the code of a country or area, and the remedy where there is none."""
    from capcoop.atlas.countries import find_country

    if text.upper() in AREA:
        return text.upper(), ""
    try:
        return find_country(text).code, ""
    except UsageError as error:
        _, _, remedy = str(error).partition("; ")
        return None, remedy or "write its ISO code of three letters, such as KAZ"


@cache
def name_of(code: str) -> str:
    """Return the name of a country or area by its code; the code itself where it is neither."""
    from capcoop.atlas.countries import countries

    return AREA.get(code) or (countries()[code].name if code in countries() else code)


@cache
def words_of(text: str, allowed: tuple[str, ...]) -> tuple[str | None, str]:
    """Return words joined by `;` in the order of the list, each once; None, and the remedy, where one is not allowed."""
    words = [word.strip().lower() for word in text.split(";") if word.strip()]
    wrong = [word for word in words if word not in allowed]
    if wrong or not words:
        return None, suggestion(wrong[0] if wrong else "", allowed) or "allowed: " + ", ".join(allowed)
    return ";".join(word for word in allowed if word in words), ""
