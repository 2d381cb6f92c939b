"""The map: sites, lines and channels, a layer each for goods, power and data."""

from __future__ import annotations

from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Section
from capcoop.report.page.maps import map_figures
from capcoop.report.page.texts import Texts


def places_section(facts: Facts, texts: Texts) -> Section | None:
    """Return the chapter; None where there is neither a channel nor a line."""
    case, plan = facts.known
    figures = map_figures(case, plan, texts, facts.outlines)
    return Section("map", texts("page.map"), (texts("page.map-about"),), figures) if figures else None
