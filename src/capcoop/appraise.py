"""appraise(run folder) -> who pays, who gains, and which terms make everybody gain; saved beside the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from capcoop.case import Case, read_case
from capcoop.errors import CaseError, UsageError, printable
from capcoop.money.gains import deal
from capcoop.money.gains.deal import Settlement, settlement
from capcoop.money.gains.entries import budget_of, check_books, entries_of, payments_abroad
from capcoop.money.gains.financed import financed, loans_given
from capcoop.money.gains.governments import debt_tables
from capcoop.money.gains.ledger import PRICINGS, Pricing, ledger_of
from capcoop.money.gains.parties import Gains, parties_of
from capcoop.money.gains.tables import APPRAISAL_TABLES, appraisal_schema
from capcoop.plan.saved import OUTCOME, DamagedError, load_plan, read_note, read_table
from capcoop.plan.tables import PLAN_TABLES, Plan, clear_tables, save_tables
from capcoop.runs import APPRAISAL, BASELINE, CASE
from capcoop.sweeps.coalitions import Shares, shares_of

Rule = Literal["leximin", "nash", "shapley"]
RULES: tuple[Rule, ...] = (*deal.RULES, "shapley")


@dataclass(frozen=True)
class Appraisal:
    """Who gains from a plan.

    gains : of every party. deal : what a rule settles; None where no term is open. shares : of countries, by the rule `shapley`. tables :
    those of `APPRAISAL_TABLES`, without those of the deal or of countries where there is none.
    """

    case: Case
    gains: Gains
    deal: Settlement | None
    tables: Mapping[str, pl.DataFrame]
    shares: Shares | None = None


def has_parties(case: Case) -> bool:
    """Return whether a case says anything of how parties share."""
    return any(len(case[table]) for table in ("terms", "loans", "negotiable", "governments"))


def gains_of(case: Case, plan: Plan, baseline: Plan, *, prices: Pricing = "parity") -> Gains:
    """Return who gains from a plan against its baseline. Raises UsageError as `appraisal_of` does."""
    agreed = _priced(case, prices)
    gains = parties_of(plan, ledger_of(agreed, plan, baseline, prices=prices), baseline, ledger_of(agreed, baseline, None))
    gains.check()
    return gains


def _priced(case: Case, prices: Pricing) -> Case:
    """Return the case without terms that a way of pricing takes no notice of: with `cost`, nobody shares a fall in prices.

    Raises
    ------
    UsageError : there is no such way.
    """
    if prices not in PRICINGS:
        raise UsageError(f"'{printable(str(prices))}' is no way of pricing; write one of {', '.join(PRICINGS)}")
    if prices != "cost":
        return case
    terms, open_ = case.frames["terms"], case.frames["negotiable"]
    unshared = terms.with_columns(users_share=pl.lit(None, pl.Float64))
    return case.replace(terms=unshared, negotiable=open_.filter(pl.col("term") != "users_share"))


def appraisal_of(
    case: Case, plan: Plan, baseline: Plan, rule: Rule = "leximin", *, prices: Pricing = "parity", settle: bool = True
) -> Appraisal:
    """Appraise a plan against its baseline.

    rule : by which the deal is chosen; `shapley` tells what each country brings to the plan instead. settle : whether a deal is
    sought at all. prices : what users pay: `parity` (as in the baseline, but for their share of a fall), `plan` (its own)
    or `cost` (cost and a margin).

    Raises
    ------
    UsageError : the plan has no prices, tables and case do not fit each other, or there is no such rule.
    """
    if rule not in RULES:
        raise UsageError(f"'{printable(str(rule))}' is no rule of sharing; write one of {', '.join(RULES)}")
    asked, case = case, _priced(case, prices)
    ledger, before = ledger_of(case, plan, baseline, prices=prices), ledger_of(case, baseline, None)
    gains = parties_of(plan, ledger, baseline, before)
    gains.check()
    settled = shares = None
    if rule == "shapley":
        shares = shares_of(case, plan, baseline)
    elif settle and len(case["negotiable"]):
        settled = settlement(case, ledger, before, rule)
    entries = entries_of(case, ledger, ledger.flows)
    check_books(entries)
    tables = {
        "parties": gains.table,
        "reasons": gains.reasons,
        "financing": financed(ledger),
        "loans": loans_given(ledger),
        "budget": budget_of(entries),
        "payments_abroad": payments_abroad(entries),
        **debt_tables(case, ledger),
        "entries": entries,
    }
    if settled is not None:
        tables |= {"deal_terms": settled.terms, "deal_gains": settled.gains}
    if shares is not None:
        tables["shapley"] = shares.table
    ordered = {name: tables[name].cast(appraisal_schema(name)) for name in APPRAISAL_TABLES if name in tables}  # type: ignore[arg-type]
    return Appraisal(asked, gains, settled, ordered, shares)


def appraise(folder: str | Path, rule: Rule = "leximin", *, prices: Pricing = "parity") -> Appraisal:
    """Appraise the plan of a run folder and save the tables in its folder `appraisal`.

    Raises
    ------
    UsageError : the folder holds no finished run with its case and a baseline; in one sentence, what is missing and what to do.
    """
    run = Path(folder)
    plan, case = load_plan(run), case_of(run)
    found = appraisal_of(case, plan, baseline_of(run), rule, prices=prices)
    save_appraisal(found, run / APPRAISAL)
    return found


def case_of(run: Path) -> Case:
    """Return the case of a run. Raises UsageError where its folder holds none that can be read."""
    if not (run / CASE).is_file() or (run / CASE).is_symlink():
        raise UsageError(f"{printable(str(run))} holds no {CASE}: it was planned by an earlier version; plan the case again")
    try:
        return read_case(run / CASE)
    except CaseError as error:
        raise UsageError(f"{printable(str(run))} is damaged: {CASE} cannot be read; {str(error).splitlines()[0]}") from None


def baseline_of(run: Path) -> Plan:
    """Return the baseline of a run. Raises UsageError where there is none, or it is damaged."""
    try:
        outcome = read_note(run, OUTCOME)
        if not isinstance(outcome.get("baseline"), int | float):
            why = printable(str(outcome.get("no_baseline", "none was planned")))
            raise UsageError(f"gains are measured against the baseline, and {printable(str(run))} has none: {why}")
        tables = {name: read_table(run, name, BASELINE) for name in PLAN_TABLES}
    except DamagedError as damage:
        raise UsageError(f"{printable(str(run))} {damage}") from None
    return Plan({**outcome, "objective": float(outcome["baseline"])}, tables)


def save_appraisal(found: Appraisal, folder: Path) -> None:
    """Write every table as Parquet and CSV, with a note of columns and units; those of an earlier appraisal go."""
    clear_tables(folder, APPRAISAL_TABLES)
    save_tables(found.tables, {name: APPRAISAL_TABLES[name] for name in found.tables}, found.case.settings.currency, folder)
