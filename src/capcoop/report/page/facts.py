"""What a page tells: everything that a run folder holds, read once and with care. The solver is never needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from capcoop.appraise import appraisal_of, baseline_of, case_of, has_parties
from capcoop.case import Case
from capcoop.errors import UsageError, printable
from capcoop.money.gains.tables import APPRAISAL_TABLES, appraisal_schema
from capcoop.plan import Plan, load_plan
from capcoop.plan.beside import BESIDE, read_beside
from capcoop.plan.saved import TABLES, DamagedError, read_columns
from capcoop.report.page.outlines import Outlines
from capcoop.report.saved import SavedRun, read_run
from capcoop.runs import APPRAISAL

__all__ = ["TABLES", "Facts", "read_facts"]


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known of a run.

    case, plan : None where there is no plan; `run.why` says why. baseline : None where there is none. appraisal : its tables, those of the
    deal only where `capcoop appraise` saved them. unappraised : why there are none, a sentence; empty where nobody asked.
    outlines : a user's own, for the maps; None: those of the package. beside : tables by name and folder, as `BESIDE` has them.
    """

    run: SavedRun
    case: Case | None = None
    plan: Plan | None = None
    baseline: Plan | None = None
    appraisal: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    unappraised: str = ""
    outlines: Outlines | None = None
    beside: Mapping[str, Mapping[str, pl.DataFrame]] = field(default_factory=dict)

    @property
    def known(self) -> tuple[Case, Plan]:
        """The case and its plan; for chapters of runs that have one."""
        if self.case is None or self.plan is None:
            raise UsageError(f"{printable(str(self.run.folder))} {self.run.why}")
        return self.case, self.plan

    @property
    def title(self) -> str:
        """The title of the case, with its scenario; its name where it has none."""
        title = str(self.run.settings.get("title") or "") or self.run.case or self.run.folder.name
        return printable(f"{title} ({self.run.scenario})" if self.run.scenario else title)

    @property
    def money(self) -> str:
        """The money of the case, such as `million USD`."""
        return printable(str(self.run.settings.get("currency") or self.run.outcome.get("currency") or ""))

    @cached_property
    def periods(self) -> tuple[str, ...]:
        """Names of the periods, in their order."""
        return self.case.names["periods"] if self.case is not None else ()

    @cached_property
    def span(self) -> str:
        """The horizon: its first and last year where they are known, else the names of its first and last period."""
        case, _ = self.known
        starts = case.frames["periods"].get_column("start").drop_nulls()
        if len(starts) == len(self.periods) and len(starts):
            years = case.times.years
            first, last = round(starts[0]), round(starts[-1] + float(years[-1])) - 1
            return str(first) if last <= first else f"{first}\N{EN DASH}{last}"
        return self.periods[0] if len(self.periods) == 1 else f"{self.periods[0]} \N{EN DASH} {self.periods[-1]}"


def read_facts(folder: str | Path, outlines: Outlines | None = None) -> Facts:
    """Read all that a run folder holds. Raises UsageError where it is no run, or its case or tables are damaged."""
    run = read_run(folder)
    if run.why:
        return Facts(run)
    plan, case = load_plan(run.folder), case_of(run.folder)
    baseline = baseline_of(run.folder) if isinstance(run.outcome.get("baseline"), int | float) else None
    tables, why = _appraisal(run.folder, case, plan, baseline)
    beside = {name: read_beside(run.folder, name) for name in BESIDE}
    return Facts(run, case, plan, baseline, tables, why, outlines, beside)


def facts_in_memory(case: Case, plan: Plan) -> Facts:
    """Return what is known of a plan that was never saved: it has no baseline, and nothing of who gains."""
    request = {"case": case.name, "settings": case.settings.model_dump()}
    return Facts(SavedRun(Path(case.name), request, plan.outcome, plan.tables), case, plan)


def _appraisal(folder: Path, case: Case, plan: Plan, baseline: Plan | None) -> tuple[dict[str, pl.DataFrame], str]:
    """Return the saved appraisal or, where the case says how parties share, one made now without a deal."""
    if (folder / APPRAISAL).is_dir():
        return _saved(folder), ""
    if baseline is None or not has_parties(case):
        return {}, ""
    try:
        return dict(appraisal_of(case, plan, baseline, settle=False).tables), ""
    except UsageError as error:  # a plan that was stopped early has no prices
        return {}, printable(str(error))


def _saved(folder: Path) -> dict[str, pl.DataFrame]:
    """Return the tables that `capcoop appraise` saved."""
    found = {}
    for table in APPRAISAL_TABLES:
        name = f"{APPRAISAL}/{table}.parquet"
        if not (folder / name).exists():
            continue
        try:
            found[table] = read_columns(folder, name, appraisal_schema(table))
        except DamagedError as damage:
            raise UsageError(f"{printable(str(folder))} {damage}; appraise the run again") from None
    return found
