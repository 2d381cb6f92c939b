"""Why there is no plan, as text for a terminal."""

from __future__ import annotations

import shlex
import textwrap

from capcoop.errors import printable
from capcoop.solve.explain import Explanation, Member
from capcoop.solve.repairs import Repair, number


def explanation_text(found: Explanation, money: str, width: int = 10_000) -> str:
    """Return an explanation in lines of at most `width` letters; `money` is that of the case. `--set` arguments stay in one line."""
    lines = {"plan": _plan, "conflict": _conflict, "endless": _endless, "unknown": _unknown}[found.status](found, money)
    return "\n".join(_wrapped(printable(line), width) for line in lines)


def _wrapped(line: str, width: int) -> str:
    if line.lstrip().startswith("--set"):
        return line
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(line, width, subsequent_indent=indent + "  ", break_long_words=False, break_on_hyphens=False)


def _plan(_found: Explanation, _money: str) -> list[str]:
    return ["There is a plan: every need and every limit can be met, and nothing earns without end."]


def _unknown(_found: Explanation, _money: str) -> list[str]:
    return ["The time ended before it was known whether there is a plan; allow more with --time-limit."]


def _conflict(found: Explanation, money: str) -> list[str]:
    head = "There is no plan in whole builds" if found.whole else "There is no plan"
    count = len(found.members)
    lines = [f"{head}: these contradict each other." if count > 1 else f"{head}: this cannot be met."]
    lines += [f"  {member.sentence} ({_where(member)})" for member in found.members]
    if not found.proven:
        lines.append("This was not proven to be the smallest contradiction: the time ended.")
    elif count > 1:
        lines.append("Leave out any one of them, and the others can be met.")
    if found.links:
        lines += ["", "They meet in these balances:" if count > 1 else "It fails at:", *(f"  {link}" for link in found.links)]
    return lines + _repairs(found, money)


def _where(member: Member) -> str:
    """Return where a member is stated, or that no row does so."""
    if member.stated:
        return f"{member.table}.csv, row {member.key}, {member.column}"
    if member.table == "availability":
        return f"lines.csv, row {member.key.split(';')[0]}, {member.column}"
    return f"{member.table}.csv has no row for it"


def _repairs(found: Explanation, money: str) -> list[str]:
    lines = []
    others = [one for one in found.singles if found.least is None or one.changes != found.least.changes]
    if found.least is not None:
        lines += ["", "A plan is possible after:", *_repair(found.least, money)]
    if others:
        lines += ["", "Any one of these alone is enough, too:" if found.least is not None else "Any one of these alone is enough:"]
        for one in others:
            lines += _repair(one, money)
    if not lines:
        lines = ["", "No change of these figures was found that makes a plan possible."]
    return lines


def _repair(one: Repair, money: str) -> list[str]:
    lines = [f"  {change.sentence}" for change in one.changes]
    if one.sets:
        lines.append("    " + " ".join(f"--set {shlex.quote(text)}" for text in one.sets))
    if one.cost is not None:
        lines.append(f"    least cost then: {number(float(f'{one.cost:.7g}'), money)}")
    return lines


def _endless(found: Explanation, money: str) -> list[str]:
    lines = ["There is no least cost: these steps together earn without end.", *(f"  {step}" for step in found.steps)]
    lines.append(f"This earns {number(float(f'{found.gain:.7g}'), money)} in present value, each time.")
    if found.least is not None:
        lines += ["", "This ends it:", *_repair(found.least, money)]
    else:
        lines += ["", "State a limit on one of them, or correct a price."]
    return lines
