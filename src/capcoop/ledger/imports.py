"""Import: what a file holds that the ledger does not, what may be there under another name, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from capcoop.ledger.database import Ledger
from capcoop.ledger.entries import Attributes, Entry, State
from capcoop.ledger.near import Pair, duplicates
from capcoop.ledger.write import Written, states_of, write_entries

Choice = Literal["leave", "merge", "keep"]


@dataclass(frozen=True)
class Double:
    """An entry that may be a record already: both titles and values, and how alike they are."""

    title: str
    record: str
    known: str
    likeness: float
    amounts: tuple[float | None, float | None]


@dataclass(frozen=True)
class Differing:
    """A record of the ledger that a file tells otherwise: column, what stands in the ledger, what the file says."""

    record: str
    column: str
    ledger: str
    file: str


@dataclass(frozen=True)
class Imported:
    """What came of an import. `doubles` and `differing` were left out where the choice was to leave them."""

    written: Written
    doubles: tuple[Double, ...]
    differing: tuple[Differing, ...]
    choice: Choice


def import_entries(ledger: Ledger, entries: Sequence[Entry], by: str, choice: Choice = "leave", *, dry: bool = False) -> Imported:
    """Write the entries of a file in one transaction.

    Parameters
    ----------
    choice : what is done with an entry that may be a record already, and where a record is told otherwise. `leave`: it is told and
    left out; `merge`: its readings and statuses join the record, blank attributes are filled, those of the same record replaced, and the
    event keeps what the file said; `keep`: it is a record of its own, and the ledger's attributes stand. dry : write nothing.

    Raises
    ------
    UsageError : as `write_entries` does.
    """
    named = [entry.named() for entry in entries]
    there = ledger.read(lambda connection: states_of(connection, list({entry.record for entry in named})))
    differing = [one for entry in named if entry.record in there for one in _differing(entry, there[entry.record])]
    pairs = {pair.place: pair for pair in duplicates(ledger, entries)}
    ready = []
    for place, entry in enumerate(named):
        if entry.record in there:
            ready.append(entry if choice == "merge" else replace(entry, attributes=Attributes()))
        elif place not in pairs or choice == "keep":
            ready.append(entry)
        elif choice == "merge":
            ready.append(_merged(ledger, entry, pairs[place], named))
    doubles = tuple(_double(named[place], pair) for place, pair in pairs.items())
    written = Written() if dry else write_entries(ledger, ready, by)
    return Imported(written, doubles, tuple(differing), choice)


def _differing(entry: Entry, state: State) -> list[Differing]:
    known, told = asdict(state.attributes), asdict(entry.attributes)
    return [Differing(entry.record, name, known[name], told[name]) for name in told if told[name] and told[name] != known[name]]


def _merged(ledger: Ledger, entry: Entry, pair: Pair, entries: Sequence[Entry]) -> Entry:
    """Return the entry as a change of the record that it may be: what is blank there is filled, its facts are added."""
    target = pair.known.record
    state = ledger.read(lambda connection: states_of(connection, [target])).get(target)
    known = state.attributes if state else next(one.attributes for one in entries if one.record == target)
    filled = {name: value for name, value in asdict(entry.attributes).items() if not getattr(known, name)}
    return replace(entry, record=target, attributes=Attributes(**filled), merged={**entry.body(), "record": entry.record}, key="").named()


def _double(entry: Entry, pair: Pair) -> Double:
    from capcoop.ledger.near import known_of

    return Double(entry.attributes.title, pair.known.record, pair.known.title, pair.likeness, (known_of(entry).amount, pair.known.amount))
