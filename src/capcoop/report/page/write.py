"""The page of one run: its chapters in the order in which a reader asks."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from capcoop.errors import printable
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Section
from capcoop.report.page.html import Page, Tile
from capcoop.report.page.sections.assumptions import assumptions_section, settings_figure
from capcoop.report.page.sections.built import built_section
from capcoop.report.page.sections.checks import checks_section
from capcoop.report.page.sections.cooperation import report_card_section, road_map_section
from capcoop.report.page.sections.costs import costs_section
from capcoop.report.page.sections.debt import debt_section
from capcoop.report.page.sections.financing import financing_section
from capcoop.report.page.sections.gap import gap_section
from capcoop.report.page.sections.parties import parties_section
from capcoop.report.page.sections.places import places_section
from capcoop.report.page.sections.prices import prices_section
from capcoop.report.page.sections.public import public_section
from capcoop.report.page.sections.sensitivity import sensitivity_section
from capcoop.report.page.sentences import sentences
from capcoop.report.page.texts import Texts

# In the order in which a reader asks.
CHAPTERS: tuple[Callable[[Facts, Texts], Section | None], ...] = (
    gap_section,
    places_section,
    built_section,
    costs_section,
    financing_section,
    parties_section,
    public_section,
    debt_section,
    road_map_section,
    report_card_section,
    prices_section,
    sensitivity_section,
    assumptions_section,
    checks_section,
)


def page_of(facts: Facts, texts: Texts) -> Page:
    """Return the page of a run; of one without a plan, why there is none."""
    answer = Section("answer", texts("answer.title"), sentences(facts, texts))
    asked = Section("asked", texts("assumptions.settings"), (), (settings_figure(facts, texts),))
    chapters = (asked,) if facts.plan is None else tuple(chapter(facts, texts) for chapter in CHAPTERS)
    sections = (answer, *(section for section in chapters if section is not None))
    about = printable(str(facts.run.settings.get("description") or ""))
    return Page(facts.title, texts("page.kind"), about, tiles_of(facts, texts), sections)


def tiles_of(facts: Facts, texts: Texts) -> tuple[Tile, ...]:
    """Return the figures that are read first."""
    if facts.plan is None:
        return ()
    money = texts.currency(facts.money)
    found = [Tile(texts.number(facts.plan.objective), texts("tile.cost", money=money))]
    if facts.baseline is not None:
        saved = facts.baseline.objective - facts.plan.objective
        key = "tile.saved" if saved >= 0 else "tile.dearer"
        found.append(Tile(texts.number(abs(saved)), texts(key, money=money)))
    builds = facts.plan["builds"]
    if facts.known[0].size("options"):
        found.append(Tile(texts.number(float(builds["investment"].sum())), texts("tile.investment", money=money)))
        jobs = float(builds["jobs"].sum() or 0.0)
        found += [Tile(texts.number(jobs), texts("tile.jobs"))] if jobs else []
    if "parties" in facts.appraisal:
        parties = facts.appraisal["parties"].filter(pl.col("group") != "outside")
        found.append(Tile(texts.number(float(parties["gain"].sum())), texts("tile.gains", money=money)))
    return tuple(found)
