"""What a plan builds, as proposals in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.atlas.countries import countries
from capcoop.atlas.products import PRODUCTS, SECTORS
from capcoop.case import Case, read_case
from capcoop.errors import UsageError, printable
from capcoop.ledger.entries import Attributes, Entry, Reading, Stage, canonical, hash_of
from capcoop.ledger.vocabulary import money_of
from capcoop.plan import load_plan
from capcoop.plan.saved import DamagedError, read_note
from capcoop.runs import CASE, REQUEST

TINY = 1e-9


def entries_of_run(run: Path) -> tuple[list[Entry], list[str]]:
    """Return a proposal for each option and period in which a plan builds, and what could not be told.

    The key of each follows from the case, the changes asked for and what is built: the same plan, recorded again, adds nothing.

    Raises
    ------
    UsageError : the folder holds no complete run, or a run without its case; nothing is built; a country is unknown.
    """
    plan = load_plan(run)
    try:
        request = read_note(run, REQUEST)
    except DamagedError as damage:
        raise UsageError(f"{printable(str(run))} {damage}") from None
    if not (run / CASE).is_file():
        raise UsageError(f"{printable(str(run))} does not hold its case ({CASE}); plan it again")
    case = read_case(run / CASE)
    built = plan["builds"].filter(
        (pl.col("builds").fill_null(1) > TINY) & ((pl.col("new_capacity").fill_null(1) > TINY) | pl.col("line").is_null())
    )
    if built.is_empty():
        raise UsageError(f"the plan in {printable(str(run))} builds nothing, so there is nothing to record")
    money = str(plan.outcome.get("currency", ""))
    notes = [] if money_of(money) else [f"The plan counts in '{money}', which is no currency of ISO 4217: values stay unknown."]
    facts = _Facts(case)
    entries = [facts.entry(row, request, money) for row in built.iter_rows(named=True)]
    if facts.strange:
        notes.append(f"No countries of the atlas, left blank as partner: {', '.join(sorted(facts.strange))}.")
    return entries, notes


class _Facts:
    """What the case tells of its sites, lines, channels and periods."""

    def __init__(self, case: Case) -> None:
        self.name = case.settings.title or case.name
        self.countries = _by(case, "sites", "site", "country")
        self.starts = _by(case, "channels", "channel", "from")
        self.sectors = _by(case, "lines", "line", "sector")
        self.years = dict(zip(case.names["periods"], case.times.start.astype(int).tolist(), strict=True))
        self.strange: set[str] = set()

    def entry(self, row: Mapping[str, Any], request: Mapping[str, Any], money: str) -> Entry:
        """Return the proposal of one row of builds."""
        site = row["site"] or self.starts.get(row["channel"] or "") or ""
        host = self.countries.get(site) or ""
        if host not in countries():
            found = f"'{printable(host)}'" if host else "no country"
            raise UsageError(f"site '{printable(site)}' of the case has {found}; write the code of its country in sites.csv, such as KAZ")
        told = self.sectors.get(row["line"] or "") or ""
        sector = PRODUCTS[told].sector if told in PRODUCTS else told  # cement is of building materials
        partner = row["supplier"] or ""
        if partner not in countries():
            self.strange |= {partner} - {""}
            partner = ""
        year = str(self.years[row["period"]])
        size = {name: row[name] for name in ("builds", "new_capacity") if row[name] is not None}
        asked = {name: request.get(name) for name in ("case", "scenario", "sets")}
        option = {"option": row["option"], "period": row["period"], **size, "unit": row["unit"] or "", **asked}
        source = f"plan of the case {self.name}" + (f", scenario {asked['scenario']}" if asked["scenario"] else "")
        attributes = Attributes(
            kind="project",
            title=self._title(row, site),
            host=host,
            partner=partner if partner != host else "",
            sector=sector if sector in SECTORS else "other",
            topic="" if told in SECTORS else told,
            date=year,
            option=canonical(option),
        )
        readings = (Reading("value", float(row["investment"]), money, source=source),) if row["investment"] and money_of(money) else ()
        key = hash_of(["plan", option, row["investment"], money])
        stages = (Stage("proposed", year, source),)
        return Entry(
            attributes,
            f"P{key[:12]}",
            readings,
            stages,
            source=source,
            note="proposed by a plan; the year is that of the decision",
            key=key,
        )

    def _title(self, row: Mapping[str, Any], site: str) -> str:
        """Return the option, its size and where it is, in words."""
        amount = row["new_capacity"]
        size = f", {amount:.6g} {row['unit'] or ''}".rstrip() if amount else f", {row['builds']:g} builds" if row["builds"] else ""
        place = f" at {site}" if site and site not in row["option"] else ""
        return f"{row['option']}{place}{size}"


def _by(case: Case, table: str, key: str, column: str) -> dict[str, str | None]:
    frame = case.frames[table]
    return dict(frame.select(key, column).iter_rows())
