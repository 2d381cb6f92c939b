"""How the numbers were checked."""

from __future__ import annotations

from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Section
from capcoop.report.page.texts import Texts

OPTIMAL = 1e-9


def checks_section(facts: Facts, texts: Texts) -> Section:
    """Return the chapter."""
    outcome = facts.run.outcome
    check = outcome.get("check")
    said = [texts("checks.how")]
    if isinstance(check, dict):
        figures = {name: check.get(name) for name in ("checked", "largest")}
        counted = isinstance(figures["checked"], int) and isinstance(figures["largest"], int | float)
        if check.get("ok") is True and counted:
            said.append(texts("checks.held", count=figures["checked"], largest=f"{float(figures['largest'] or 0):.1g}"))
        else:
            faults = [str(fault) for fault in check.get("faults") or ()][:5]
            said.append(texts("checks.failed", faults="; ".join(faults)))
    said.append(proof(facts, texts))
    if facts.baseline is not None and "parties" in facts.appraisal:
        said.append(texts("checks.gains"))
    for kind in ("warnings", "notes"):
        said += [str(note) for note in outcome.get(kind) or ()][:10]
    return Section("checks", texts("checks.title"), tuple(said))


def proof(facts: Facts, texts: Texts) -> str:
    """Return how near to the least cost the plan is proven to be."""
    gap, status = facts.run.figure("gap"), facts.run.outcome.get("status")
    if status != "optimal":
        known = gap is not None and gap > 0
        return texts("checks.stopped", gap=gap) if known else texts("checks.stopped-unknown")
    return texts("checks.proven") if gap is None or gap <= OPTIMAL else texts("checks.within", gap=percent(gap, texts))


def percent(share: float, texts: Texts) -> str:
    """Write a small share as a percentage with two digits: 0.0094 %."""
    return f"{texts.number(float(f'{100 * share:.2g}'))}\N{NARROW NO-BREAK SPACE}%"
