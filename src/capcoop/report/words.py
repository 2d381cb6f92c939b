"""The words of documents drawn for a terminal, from the very record that `--json` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from capcoop.errors import SHOWN_PROBLEMS, printable
from capcoop.report.terminal import figure, table_of, title_of

Record = Mapping[str, Any]
LANGUAGES = {"en": "English", "zh": "Chinese", "es": "Spanish", "pt": "Portuguese", "ru": "Russian"}
WIDE = 100
SURE = 15.13
SHOWN = 12
BAR = 12
NAME, CHANGE = 25, 20  # letters of a term and of the last columns in the table over time
STEPS = " ▁▂▃▄▅▆▇█"
PLAIN_STEPS = " .:-=+*#@"
MARK = "+"


class WordsPage:
    """The whole answer; the terminal's width decides how much stands beside a figure."""

    def __init__(self, record: Record, top: int) -> None:
        """Keep the record of an answer and how many places of a term are shown."""
        self.record, self.top = record, top

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw every block, with a blank line between."""
        wide, plain = options.max_width >= WIDE, options.ascii_only
        yield _head(self.record)
        blocks = [
            _terms(self.record, wide=wide, plain=plain),
            _keys(self.record),
            _countries(self.record),
            _trend(self.record, options.max_width, plain=plain),
        ]
        blocks += [
            _context(self.record, self.top, options.max_width),
            _documents(self.record, wide=wide),
            _left_out(self.record),
            _foot(self.record),
        ]
        for block in map(list, blocks):
            if block:
                yield Text("")
                yield Group(*block)


def _count(number: int, one: str) -> str:
    return f"{figure(float(number))} {one}{'' if number == 1 else 's'}"


def _head(record: Record) -> Text:
    documents = record["documents"]
    spoken = Counter(row["language"] for row in documents)
    parts = ", ".join(f"{LANGUAGES[language]} {count}" for language, count in spoken.most_common())
    dates = sorted(row["date"] for row in documents if row["date"])
    span = f"; dated {dates[0]} to {dates[-1]}" if dates and dates[0] != dates[-1] else f"; dated {dates[0]}" if dates else ""
    lines = [f"{_count(len(documents), 'document')}, {_count(record['words'], 'word')}: {parts}{span}"]
    if "reference" in record:
        lines.append(f"Compared with {_count(len(record['reference']), 'document')}, {_count(record['reference_words'], 'word')}")
    return Text("\n".join(lines), style="bold")


def _terms(record: Record, *, wide: bool, plain: bool) -> Iterator[RenderableType]:
    rows = record["terms"]
    if not rows:
        yield title_of("Terms: none, there are function words only.")
        return
    compared = "reference" in record
    headings = [("", "right"), ("term", "left"), ("count", "right"), ("per 10 000", "right")]
    headings += [("documents", "right")] if wide or not compared else []
    headings += [("there", "right"), ("log ratio", "right"), ("G2", "right")] if compared else [("in all", "right")]
    headings += [("languages", "left"), ("kind", "left")] if wide else []
    headings += [("", "left")] if wide and not compared else []
    table = table_of(headings)
    most, several = rows[0]["count"], not wide and len({row["language"] for row in record["documents"]}) > 1
    for row in rows:
        cells = [str(row["rank"]), _name(row, several=several), str(row["count"]), _rate(row["per_10000"])]
        cells += [str(row["documents"])] if wide or not compared else []
        if compared:
            ratio = f"{row['log_ratio']:+.1f}"
            cells += [_rate(row["reference_per_10000"]), ratio if row["reference"] else f"({ratio})", _certain(row["log_likelihood"])]
        else:
            cells.append(str(row["everywhere"]))
        bar = ("#" if plain else "\u2588") * max(round(BAR * row["count"] / most), 1)
        cells += [row["language"], row["kind"]] if wide else []
        table.add_row(*cells, *([bar] if wide and not compared else []))
    shown = f"the first {len(rows)} of {figure(float(record['number_of_terms']))}" if len(rows) < record["number_of_terms"] else "all"
    yield title_of(f"Terms used most ({shown})")
    yield table
    said = f"{MARK} a term of the glossary, with all its variants and translations."
    if compared:
        said += (
            " there: per 10 000 words of the reference. log ratio: +1 is twice as often as there, -1 half; in brackets: none there, "
            f"counted as half a word. G2: log-likelihood; * above {SURE}, which chance reaches once in ten thousand."
        )
    else:
        said += " in all: within longer terms too."
    yield Text(said, style="dim")


def _keys(record: Record) -> Iterator[RenderableType]:
    """Draw the terms that are typical of the documents."""
    if "key_terms" not in record:
        return
    rows = record["key_terms"]
    if not rows:
        yield title_of("Typical terms: none is used more often here than in the reference beyond chance.")
        return
    several = len({row["language"] for row in record["documents"]}) > 1
    headings = [("term", "left"), ("here", "right"), ("there", "right"), ("log ratio", "right"), ("G2", "right")]
    table = table_of(headings)
    for row in rows:
        ratio = f"{row['log_ratio']:+.1f}"
        rates = (_rate(row["per_10000"]), _rate(row["reference_per_10000"]))
        table.add_row(_name(row, several=several), *rates, ratio if row["reference"] else f"({ratio})", f"{row['log_likelihood']:.1f}")
    yield title_of("Typical terms: used more here than in the reference, the surest first (per 10 000 words)")
    yield table


def _name(row: Record, *, several: bool) -> str:
    """Return a term with its mark, or with its language where documents are in several and words look alike."""
    return printable(row["term"]) + (f" {MARK}" if row["kind"] == "glossary" else f" ({row['language']})" if several else "")


def _rate(value: float) -> str:
    return f"{value:,.1f}".replace(",", " ")


def _certain(value: float) -> str:
    return f"{abs(value):.1f}{'*' if abs(value) >= SURE else ' '}"


def _countries(record: Record) -> Iterator[RenderableType]:
    rows = record["countries"]
    if not rows:
        return
    table = table_of(
        [
            ("country", "left"),
            ("named", "right"),
            ("documents", "right"),
            ("mentions of cooperation", "right"),
            ("per 10 000 words", "right"),
        ]
    )
    for row in rows[:SHOWN]:
        table.add_row(row["name"], str(row["named"]), str(row["documents"]), f"{row['mentions']:.1f}", _rate(row["per_10000"]))
    yield title_of("Countries named, without China")
    yield table
    if len(rows) > SHOWN:
        yield Text(f"... and {len(rows) - SHOWN} more; --json and --out have all", style="dim")
    yield Text("Mentions of a document are shared out among the countries that it names, by how often it names each.", style="dim")


def _trend(record: Record, width: int, *, plain: bool) -> Iterator[RenderableType]:
    if "periods" not in record:
        return
    periods = [row["period"] for row in record["periods"]]
    if not periods:
        yield title_of("Use over time: unknown, since fewer than two different years (or months of one year) are known.")
        return
    longest = max((cell_len(row["term"]) for row in record["changes"]), default=0)
    beside = min(longest, NAME) + len(periods) + CHANGE  # what stands beside the columns of periods
    shown = periods if beside + sum(max(len(one), 6) + 3 for one in periods) <= width else [periods[0], periods[-1]]
    headings = [("term", "left"), *((period, "right") for period in shown), ("", "left"), ("change", "right"), ("G2", "right")]
    table = table_of(headings)
    uses: dict[str, dict[str, float]] = {}
    for row in record["trend"]:
        uses.setdefault(row["term"], {})[row["period"]] = row["per_10000"]
    for row in record["changes"]:
        use = uses[row["term"]]
        rates = [_rate(use[period]) for period in shown]
        table.add_row(
            printable(row["term"]),
            *rates,
            _strip([use[one] for one in periods], plain=plain),
            _change(row),
            _certain(row["log_likelihood"]),
        )
    yield title_of("Use over time (per 10 000 words)")
    yield table
    told = f"change: from {record['cut']} on against before, as a factor. G2: * above {SURE}, which chance reaches once in ten thousand."
    undated = record["undated"]
    yield Text(told + (f" {_count(undated, 'document')} without a date not counted." if undated else ""), style="dim")


def _change(row: Record) -> str:
    if not row["earlier"]:
        return "new" if row["later"] else "-"
    return f"x {row['later'] / row['earlier']:.2f}" if row["later"] else "gone"


def _strip(rates: Sequence[float], *, plain: bool) -> str:
    steps, most = PLAIN_STEPS if plain else STEPS, max(rates)
    return "".join(steps[round((len(steps) - 1) * rate / most)] if most else " " for rate in rates)


def _context(record: Record, top: int, width: int) -> Iterator[RenderableType]:
    if "context" not in record:
        return
    if not record["context"]:
        yield title_of("In context: none of the terms stands in the documents.")
        return
    terms = dict.fromkeys(row["term"] for row in record["context"])
    for number, term in enumerate(terms):
        rows = [row for row in record["context"] if row["term"] == term]
        if number:
            yield Text("")
        yield title_of(f"{term} in context ({_count(len(rows), 'place')}{f', the first {top}' if len(rows) > top else ''})")
        for row in rows[:top]:
            yield _line(row, width)


def _line(row: Record, width: int) -> Text:
    """Return one place of a term in the middle of a line, with the document's name before it."""
    label = set_cell_size(printable(PurePath(row["document"]).stem), 18 if width < WIDE else 28)
    left, match, right = (printable(row[part]) for part in ("left", "match", "right"))
    room = width - cell_len(label) - 2
    half = max((room - cell_len(match)) // 2, 0)
    while cell_len(left) > half:
        left = left[1:]
    left = " " * (half - cell_len(left)) + left
    right = set_cell_size(right, max(room - half - cell_len(match), 0)).rstrip()
    return Text.assemble((label, "dim"), "  ", left, (match, "bold"), right, no_wrap=True, overflow="crop")


def _documents(record: Record, *, wide: bool) -> Iterator[RenderableType]:
    rows = record["documents"]
    table = table_of([("document", "left"), ("language", "left"), ("words", "right"), ("date", "left"), ("date from", "left")])
    for row in rows[:SHOWN]:
        name = row["document"] if wide else PurePath(row["document"]).name
        table.add_row(printable(name), LANGUAGES[row["language"]], str(row["words"]), row["date"] or "unknown", row["date_from"] or "-")
    yield title_of("Documents")
    yield table
    if len(rows) > SHOWN:
        yield Text(f"... and {len(rows) - SHOWN} more; --json and --out have all", style="dim")
    for row in rows:
        if row["encoding"]:
            yield Text(f"{printable(row['document'])} is no UTF-8; read as {row['encoding']}, which was found out.", style="yellow")
    for name in record["traditional"]:
        yield Text(f"{printable(name)} is in traditional characters, of which words are cut less surely.", style="yellow")


def _left_out(record: Record) -> Iterator[RenderableType]:
    rows = record["left_out"]
    if rows:
        yield Text(f"Left out: {_count(len(rows), 'document')}", style="bold yellow")
        yield from (Text(f"- {row}", style="yellow") for row in rows[:SHOWN_PROBLEMS])
        if len(rows) > SHOWN_PROBLEMS:
            yield Text(f"... and {len(rows) - SHOWN_PROBLEMS} more; --json has all", style="yellow")


def _foot(_: Record) -> Iterator[RenderableType]:
    yield Text(
        "Every word counts in one term only: a name or a term of the glossary of several words first, then the longest phrase (three times "
        "or more), then the single word. Function words and numerals are no terms. docs/words.md says how.",
        style="dim",
    )
