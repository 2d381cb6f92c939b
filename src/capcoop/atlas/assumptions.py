"""Every figure and rule that a generated case rests on, collected as it is used, and told in ASSUMPTIONS.md."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from capcoop.atlas.figures import Figure

# How far a figure without a range may be off, for ranking alone: read in its source, from memory, set by a rule.
DOUBT_READ, DOUBT_MEMORY, DOUBT_RULE = 0.1, 0.3, 0.5
SHOWN = 10


@dataclass(frozen=True)
class Assumption:
    """A figure or a rule in use.

    topic, name : where it belongs, what it is. weight : million USD a year that move in proportion to it (0: not known).
    """

    topic: str
    name: str
    value: float
    unit: str
    year: int | None
    source: str
    verified: bool
    rule: str
    low: float | None = None
    high: float | None = None
    weight: float = 0.0

    @property
    def doubt(self) -> float:
        """How far it may be off, as a share of itself: half its range where there is one."""
        if self.low is not None and self.high is not None and self.value and self.high > self.low:
            return min((self.high - self.low) / 2 / abs(self.value), 1.0)
        return DOUBT_RULE if not self.source else DOUBT_READ if self.verified else DOUBT_MEMORY


@dataclass
class Assumptions:
    """The collection, in the order of use; the same figure used twice is told once, with the weights added.

    until : figures of a country and prices count as known in that year; None: all. unknown : what is, and what is done about it.
    own : what the user's own tables replace.
    """

    until: int | None = None
    used: dict[tuple[str, str], Assumption] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)

    def use(self, topic: str, name: str, figure: Figure, rule: str = "", weight: float = 0.0) -> Figure:
        """Note a figure, and return it."""
        rules = "; ".join(part for part in (figure.rule, rule) if part)
        one = Assumption(
            topic,
            name,
            figure.value,
            figure.unit,
            figure.year,
            figure.source,
            figure.verified,
            rules,
            figure.low,
            figure.high,
            weight,
        )
        self._add(one)
        return figure

    def rule(self, topic: str, name: str, value: float, unit: str, why: str, weight: float = 0.0) -> float:
        """Note a value that no figure gives but a rule, and return it."""
        self._add(Assumption(topic, name, value, unit, None, "", verified=False, rule=why, weight=weight))
        return value

    def miss(self, what: str) -> None:
        """Note what is unknown, and what is done about it."""
        if what not in self.unknown:
            self.unknown.append(what)

    def weigh(self, topic: str, name: str, weight: float) -> None:
        """Add to the money that moves with an assumption."""
        key = (topic, name)
        if key in self.used:
            self.used[key] = _heavier(self.used[key], weight)

    def _add(self, one: Assumption) -> None:
        key = (one.topic, one.name)
        self.used[key] = _heavier(self.used[key], one.weight) if key in self.used else one


def _heavier(one: Assumption, weight: float) -> Assumption:
    return replace(one, weight=one.weight + weight)


def text_of(book: Assumptions, title: str, lead: str) -> str:
    """Return ASSUMPTIONS.md: what the user replaced, what decides most, what is unknown, and every figure with its source."""
    parts = [f"# {title}: what it rests on", lead]
    if book.own:
        told = "They stand in for figures of the atlas, which are listed below as if they did not; each row names its source."
        parts += ["## Tables of the user's own", told, "\n".join(f"- {what}" for what in book.own)]
    parts += ["## What would change the answer most", _ranking(book)]
    if book.unknown:
        parts += ["## Unknown, and what was done about it", "\n".join(f"- {what}" for what in book.unknown)]
    topics = dict.fromkeys(one.topic for one in book.used.values())
    parts += ["## Every figure and rule"]
    for topic in topics:
        rows = [_row(one) for one in book.used.values() if one.topic == topic]
        head = "| what | value | unit | year | read in its source | source or rule |\n|---|---:|---|---|---|---|"
        parts += [f"### {topic}", "\n".join([head, *rows])]
    return "\n\n".join(parts) + "\n"


def _ranking(book: Assumptions) -> str:
    weighty = sorted((one for one in book.used.values() if one.weight), key=lambda one: -abs(one.weight) * one.doubt)[:SHOWN]
    if not weighty:
        return "No figure moves money that is known here."
    rows = [
        f"| {one.topic}: {_cell(one.name)} | {amount(one.weight)} | {100 * one.doubt:.0f} % | {amount(abs(one.weight) * one.doubt)} |"
        for one in weighty
    ]
    told = (
        "A screening, not a plan: the money that moves with a figure, times how far it may be off (half its range; "
        f"{100 * DOUBT_READ:.0f} % where one source was read, {100 * DOUBT_MEMORY:.0f} % from memory, {100 * DOUBT_RULE:.0f} % for "
        "a rule). `capcoop sweep` plans with other values."
    )
    head = "| figure | million USD a year | may be off by | million USD a year in doubt |\n|---|---:|---:|---:|"
    return told + "\n\n" + "\n".join([head, *rows])


def _row(one: Assumption) -> str:
    spread = f" ({amount(one.low)} to {amount(one.high)})" if one.low is not None and one.high is not None else ""
    told = "; ".join(part for part in (one.source, one.rule) if part)
    mark = "yes" if one.verified else "no" if one.source else "a rule"
    return f"| {_cell(one.name)} | {amount(one.value)}{spread} | {_cell(one.unit)} | {one.year or ''} | {mark} | {_cell(told)} |"


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


def amount(value: float) -> str:
    """Return a number in four figures, without an exponent."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
