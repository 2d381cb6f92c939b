"""What an import left out, drawn for a terminal of 80 columns."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from capcoop.errors import printable
from capcoop.report.terminal import figure, table_of, title_of

SHOWN = 12
DONE = {"leave": "left out", "merge": "merged", "keep": "kept as records of their own"}


def doubles_shown(found: Any) -> RenderableType:  # noqa: ANN401  (an import of the ledger, which reports know as plain values)
    """Return what may be in the ledger already, and what the file tells otherwise, with what was done and can be done."""
    parts: list[RenderableType] = []
    if found.doubles:
        count = len(found.doubles)
        parts += [Text(), title_of(f"{count} may be there already, {DONE[found.choice]}")]
        table = table_of((("in the file", "left"), ("in the ledger", "left"), ("alike", "right"), ("million", "right")))
        for one in found.doubles[:SHOWN]:
            values = " / ".join("-" if amount is None else figure(amount) for amount in one.amounts)
            known = Text(printable(one.known))
            known.append(f"\n{printable(one.record)}", style="dim")
            table.add_row(printable(one.title), known, f"{100 * one.likeness:.0f} %", values)
        parts += [table, *([Text(f"... and {count - SHOWN} more (--json)", style="dim")] if count > SHOWN else [])]
    if found.differing:
        count = len(found.differing)
        done = "now as in the file" if found.choice == "merge" else "left as in the ledger"
        parts += [Text(), title_of(f"{count} told otherwise by the file, {done}")]
        table = table_of((("record", "left"), ("column", "left"), ("in the ledger", "left"), ("in the file", "left")))
        for one in found.differing[:SHOWN]:
            table.add_row(*(printable(text) for text in (one.record, one.column, one.ledger or "-", one.file)))
        parts += [table, *([Text(f"... and {count - SHOWN} more (--json)", style="dim")] if count > SHOWN else [])]
    if found.choice == "leave":
        parts.append(Text("Import again with --merge to join them to those records, or with --keep to keep them apart.", style="yellow"))
    return Group(*parts)
