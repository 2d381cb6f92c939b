"""What the road map and the ledger say of the countries of a plan, kept in its run for its page."""

from __future__ import annotations

import sys
from pathlib import Path


def keep_excerpts(run: Path, *, road_map: bool, ledger: str | None) -> None:
    """Keep in a run what the road map and a ledger say of its hosts and suppliers; what is left out is told on standard error."""
    from capcoop.appraise import case_of
    from capcoop.errors import UsageError, printable
    from capcoop.plan import load_plan
    from capcoop.plan.beside import AGREEMENTS, ROAD_MAP, clear_beside, save_beside
    from capcoop.report.partners import partners

    plan, case = load_plan(run), case_of(run)
    pairs, money = partners(case, plan), case.settings.currency
    if not pairs:
        raise UsageError(f"the plan of {printable(str(run))} builds nothing with equipment from another country; there is no excerpt of it")
    if road_map:
        from capcoop.ledger.database import BUILT_IN
        from capcoop.roadmap.excerpt import excerpt_of

        found, left = excerpt_of(pairs, None if ledger == BUILT_IN else ledger)  # the built-in one is read in any case
        for sentence in left:
            print(f"{printable(sentence)}.", file=sys.stderr)
        clear_beside(run, ROAD_MAP)
        if found:
            save_beside(found, ROAD_MAP, money, run)
    if ledger is not None:
        from capcoop.ledger.database import open_ledger
        from capcoop.ledger.excerpt import excerpt_of as agreements_of

        told = agreements_of(open_ledger(ledger), pairs)
        clear_beside(run, AGREEMENTS)
        if told:
            save_beside(told, AGREEMENTS, money, run)
        else:
            print("The ledger holds no agreement between the host and the suppliers of this plan.", file=sys.stderr)
