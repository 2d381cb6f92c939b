"""The condition whose change is sought: an option is built at all, all of several are, so much of one is, or the cost comes to a value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from capcoop.case.vary import listed, pattern
from capcoop.errors import UsageError, suggestion
from capcoop.sweeps.sweep import Answer

Kind = Literal["any", "all", "amount", "cost", "change"]
State = bool | frozenset[str] | None
# Less than this of an option is what the solver's tolerance leaves over, not a build.
LEAST_BUILT = 1e-6
WHAT_IS_BUILT = "what is built"
FORMS = "write built, not-built, change, OPTION[,OPTION], OPTION=AMOUNT or cost=VALUE"


@dataclass(frozen=True)
class Until:
    """A condition on a plan.

    any : at least one of the options is built. all : every one is. amount : so much of them in all. cost : the plan costs as much.
    change : which options are built.
    """

    kind: Kind
    options: tuple[str, ...] = ()
    amount: float = 0.0

    def state(self, answer: Answer) -> State:
        """Return whether the condition holds (of `change`: the options that are built); None where there is no plan."""
        if answer.cost is None:
            return None
        if self.kind == "change":
            return frozenset(name for name, amount in answer.builds.items() if amount > LEAST_BUILT)
        return self.measure(answer) > (0.0 if self.kind == "cost" else LEAST_BUILT if self.kind != "amount" else -LEAST_BUILT)

    def measure(self, answer: Answer) -> float:
        """Return a number that grows with what is asked for: above 0 the condition holds. NaN where there is no such number."""
        if answer.cost is None or self.kind == "change":
            return math.nan
        if self.kind == "cost":
            return answer.cost - self.amount
        amounts = [answer.builds.get(name, 0.0) for name in self.options]
        return min(amounts) if self.kind == "all" else sum(amounts) - self.amount

    def words(self, state: State) -> str:
        """Say what a state means."""
        if state is None:
            return "no plan"
        if isinstance(state, frozenset):
            return listed(sorted(state)) or "nothing"
        yes, no = {
            "any": ("built", "not built"),
            "all": ("built", "not built") if len(self.options) == 1 else ("all built", "not all built"),
            "amount": (f"{self.amount:g} or more", f"less than {self.amount:g}"),
            "cost": (f"above {self.amount:g}", f"at most {self.amount:g}"),
        }[self.kind]
        return yes if state else no

    @property
    def subject(self) -> str:
        """What the condition is about."""
        if self.kind in {"cost", "change"}:
            return {"cost": "the cost", "change": WHAT_IS_BUILT}[self.kind]
        return ("any of " if self.kind == "any" and len(self.options) > 1 else "") + listed(self.options)


def until_of(text: str | None, options: Sequence[str], varied: Sequence[str]) -> Until:
    """Return the condition that a text says.

    options : those of the case. varied : those whose own figures are varied, which `built` means (without any: all of the case).

    Raises UsageError where the text says none, or names no option.
    """
    word = (text or ("built" if varied else "change")).strip()
    if word in {"built", "not-built"}:
        if not options:
            raise UsageError("the case has no options, so that nothing can be built; --until cost=VALUE asks for a cost")
        return Until("any", tuple(varied) or tuple(options))
    if word == "change":
        return Until("change")
    name, equals, number = word.rpartition("=")
    if not equals:
        return Until("all", tuple(dict.fromkeys(one for part in word.split(",") for one in _options(part, options))))
    try:
        amount = float(number)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount):
        raise UsageError(f"--until {word}: '{number}' is not a number; {FORMS}")
    if name.strip() == "cost":
        return Until("cost", (), amount)
    return Until("amount", tuple(dict.fromkeys(one for part in name.split(",") for one in _options(part, options))), amount)


def _options(text: str, options: Sequence[str]) -> list[str]:
    """Return the options that a name or a pattern means."""
    fits = pattern(text.strip())
    found = [name for name in options if fits(name)]
    if not found:
        near = suggestion(text.strip(), [*options, "built", "not-built", "change"])
        raise UsageError(f"--until {text.strip()}: no option is called so; {near if near.startswith('did') else FORMS}")
    return found
