"""The measurements as tables of ratios, for a terminal and for docs/performance.md."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from phases import PHASES
from registry import CONTESTANTS, REFERENCE, SOLVED, TOLERANCE, Record
from resolve import KINDS, SCENARIOS
from whole import GAP, SECONDS

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
VERSIONS = ("capcoop", "highspy", "numpy", "polars", "scipy", *(name for name in CONTESTANTS if name not in {REFERENCE, "capcoop"}))
MEBI = 2**20
SHAPE = "{rows} rows, {columns} columns, {coefficients} coefficients"


@dataclass
class Results:
    """What was measured; every list holds the repeats.

    arrays : size -> MiB of the limit's arrays. race : size -> contestant -> records. phases : case -> records.
    resolve : size -> way -> records. whole : size -> records. startup : command -> CPU seconds.
    load : processes that waited for a core at the start.
    """

    arrays: dict[str, float] = field(default_factory=dict)
    race: dict[str, dict[str, list[Record]]] = field(default_factory=dict)
    phases: dict[str, list[Record]] = field(default_factory=dict)
    resolve: dict[str, dict[str, list[Record]]] = field(default_factory=dict)
    whole: dict[str, list[Record]] = field(default_factory=dict)
    startup: dict[str, list[float]] = field(default_factory=dict)
    load: float = 0.0


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are aligned: text to the left, figures to the right."""
    cells = [list(headings), *map(list, rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]
    right = [i > 0 for i in range(len(headings))]
    lines = [
        " | ".join(cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in zip(row, widths, right, strict=True))
        for row in cells
    ]
    rule = "|".join("-" * (width + 1) + (":" if to_right else "-") for width, to_right in zip(widths, right, strict=True))
    return "\n".join([f"| {lines[0]} |", f"|{rule}|", *(f"| {line} |" for line in lines[1:])])


def figure(value: float) -> str:
    """Write a figure with two to three significant digits."""
    if value != value:  # noqa: PLR0124  (NaN: not measured)
        return "-"
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}".replace(",", " ")


def middle(records: Sequence[Record], *keys: str) -> float:
    """Return the median of a figure of the records."""
    found = []
    for record in records:
        value = record
        for key in keys:
            value = value[key]
        found.append(float(value))  # type: ignore[arg-type]
    return median(found) if found else float("nan")


def _race(results: Results) -> Iterable[str]:
    for size, found in results.race.items():
        base = middle(found[REFERENCE], "cpu")
        own = middle(found.get("capcoop", []), "cpu")
        arrays = results.arrays[size]
        yield f"### Size {size}: {SHAPE.format(**found[REFERENCE][0])}; its arrays hold {figure(arrays)} MiB\n"
        headings = [
            "",
            "CPU s",
            "x limit",
            "x capcoop",
            "peak MiB",
            "x arrays",
            "rows",
            "columns",
            "coefficients",
            "solve CPU s",
            "optimum",
        ]
        rows = []
        for name, records in found.items():
            first = records[0]
            cpu, peak = middle(records, "cpu"), middle(records, "peak")
            solved = [figure(first["solve"]), f"{first['optimum']:.8g}"] if "optimum" in first else ["-", "-"]
            shape = [str(first[key]) for key in ("rows", "columns", "coefficients")]
            rows.append([name, f"{cpu:.4g}", figure(cpu / base), figure(cpu / own), figure(peak), figure(peak / arrays), *shape, *solved])
        yield table(headings, rows) + "\n"


def _phases(results: Results) -> Iterable[str]:
    if results.phases:
        measured = list(results.phases)
        headings = ["CPU s (share of the solve)", *measured]
        rows = []
        for phase in PHASES:
            cells = []
            for records in results.phases.values():
                cpu = middle(records, phase, "cpu") if phase in records[0] else float("nan")
                solve = middle(records, "solve", "cpu") if "solve" in records[0] else float("nan")
                share = f" ({100 * cpu / solve:.3g} %)" if solve == solve and phase != "solve" else ""  # noqa: PLR0124
                cells.append(figure(cpu) + share)
            rows.append([phase, *cells])
        yield table(headings, rows) + "\n"
        peaks = [
            [phase, *(figure(middle(records, phase, "peak")) if phase in records[0] else "-" for records in results.phases.values())]
            for phase in PHASES
        ]
        yield table(["peak MiB above the start of the phase", *measured], peaks) + "\n"


def _resolve(results: Results) -> Iterable[str]:
    for size, found in results.resolve.items():
        base = next(iter(found.values()))
        rows = []
        for name, records in found.items():
            cpu = {kind: middle(records, kind) for kind in KINDS}
            rows.append([name, *(f"{figure(cpu[kind])} ({figure(middle(base, kind) / cpu[kind])}x)" for kind in KINDS)])
        yield table([f"{size}: {SCENARIOS[size]} scenarios, CPU s (times as fast)", *KINDS], rows) + "\n"


def _whole(results: Results) -> Iterable[str]:
    if results.whole:
        keys = {"first plan": "first", f"within {2 * GAP:.0%}": "good", f"within {GAP:.0%}": "seconds"}
        rows = [
            [size, *(figure(middle(records, key)) for key in keys.values()), f"{middle(records, 'gap'):.2%}"]
            for size, records in results.whole.items()
        ]
        yield table(["seconds until", *keys, "gap at the end"], rows) + "\n"


def _startup(results: Results) -> Iterable[str]:
    if results.startup:
        bare = median(next(iter(results.startup.values())))
        rows = [[name, figure(median(found)), figure(median(found) - bare)] for name, found in results.startup.items()]
        yield table(["", "CPU s", "above bare"], rows) + "\n"


def goals(results: Results) -> list[list[str]]:
    """Return every goal that was measured: what, target, found, whether it is met."""
    found: list[tuple[str, str, float, float]] = []
    for size, runs in results.race.items():
        if "capcoop" not in runs:
            continue
        ratio = middle(runs["capcoop"], "cpu") / middle(runs[REFERENCE], "cpu")
        if size in {"S", "M", "L"}:
            most = 20.0 if size == "S" else 3.0
            found.append((f"build and hand-over of {size}, CPU against the limit", f"<= {most:g}", ratio, most))
        if size == "L":
            found.append(
                ("peak memory of that on L, against the arrays", "<= 3", middle(runs["capcoop"], "peak") / results.arrays[size], 3.0)
            )
    for size, records in results.phases.items():
        if "solve" in records[0] and size != "XS":
            share = middle(records, "extract", "cpu") / middle(records, "solve", "cpu")
            found.append((f"extraction of all tables of {size}, against its solve", "< 0.1", share, 0.1))
    found += _goals_of_solving(results)
    linopy = results.race.get("L", {}).get("linopy")
    if linopy and "L" in results.phases:
        share = middle(results.phases["L"], "read and check", "cpu") / middle(linopy, "cpu")
        found.append(("reading and checking L from Parquet, against building it in linopy", "< 1", share, 1.0))
    if results.startup:
        bare = median(results.startup["bare interpreter"])
        for name, most in (("capcoop --help", 0.3), ("import all that a plan needs", 0.5)):
            found.append((f"{name}, CPU s above a bare interpreter", f"< {most:g}", median(results.startup[name]) - bare, most))
        read = median(results.startup["import polars, read the atlas"]) - median(results.startup["import polars"])
        found.append(("reading all figures of the atlas, CPU s above importing polars", "< 0.2", read, 0.2))
    return [[what, target, figure(value), "yes" if value <= most else "no"] for what, target, value, most in found]


def _goals_of_solving(results: Results) -> Iterable[tuple[str, str, float, float]]:
    """Yield the goals of solving, solving again, and whole units; ratios as time taken against time allowed."""
    runs = results.race.get("M", {})
    if "capcoop" in runs:
        own, reference = (middle(runs[name], "cpu") + float(runs[name][0]["solve"]) for name in ("capcoop", REFERENCE))
        yield "build and solve of M, CPU against the limit", "<= 1.05", own / reference, 1.05
    for size, ways in results.resolve.items():
        first, *others = ways.values()
        slowest = max(middle(other, kind) / middle(first, kind) for other in others for kind in KINDS)
        most = 1.0 if size == "M" else 0.1
        yield f"solving {size} again, CPU against rebuilding and solving (slowest kind)", f"<= {most:g}", slowest, most
    for size, records in results.whole.items():
        yield f"whole units of {size} within {GAP:.0%} of the bound, s", f"<= {SECONDS[size]:g}", middle(records, "seconds"), SECONDS[size]


def disagreements(results: Results) -> list[str]:
    """Return a sentence for each optimum that is not that of the first in its race or its ways."""
    out = []
    for size, runs in results.race.items():
        solved = {name: records[0] for name, records in runs.items() if "optimum" in records[0]}
        first = next(iter(solved.values()), None)
        out += [
            f"{size}: the optimum of {name} is {record['optimum']!r} ({record['status']}), not {first['optimum']!r}"
            for name, record in solved.items()
            if first and not _same(record["optimum"], first["optimum"])
        ]
    for size, ways in results.resolve.items():
        reference = next(iter(ways.values()))[0]["optima"]
        out += [
            f"{size}: the scenarios solved by '{way}' have other optima"
            for way, records in ways.items()
            if not all(map(_same, records[0]["optima"], reference))
        ]
    return out


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * abs(other)


def _machine(results: Results) -> str:
    cpu = re.search(r"model name\s*: (.+)", _text("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+) kB", _text("/proc/meminfo"))
    cores = _text("/proc/cpuinfo").count("\nprocessor") + _text("/proc/cpuinfo").startswith("processor")
    words = [cpu[1] if cpu else platform.machine(), f"{cores} cores"]
    words += [f"{int(memory[1]) / MEBI:.0f} GiB memory"] if memory else []
    words += [f"{platform.system()}, Python {platform.python_version()}", f"load {results.load:.1f} at the start"]
    return ", ".join(words)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def _versions() -> str:
    found = []
    for name in VERSIONS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def sections(results: Results, notes: Mapping[str, str]) -> str:
    """Return all that was measured, with a running text (`notes`) above each part."""
    parts = {
        "Goals": [table(["goal", "target", "found", "met"], goals(results)) + "\n"] if goals(results) else [],
        "Build: tables or arrays in memory until HiGHS holds the model": list(_race(results)),
        "Phase by phase": list(_phases(results)),
        "Scenarios": list(_resolve(results)),
        "Whole units": list(_whole(results)),
        "Start": list(_startup(results)),
    }
    return "\n".join(f"## {title}\n\n{notes.get(title, '')}{chr(10).join(lines)}" for title, lines in parts.items() if lines)


def written(results: Results) -> str:
    """Return the whole page."""
    date = datetime.now(UTC).date()
    solved = " and ".join(size for size in SOLVED if size in results.race and len(SOLVED[size]) == len(CONTESTANTS))
    head = INTRODUCTION.format(machine=_machine(results), versions=_versions(), date=date, solved=solved or "S")
    return f"{head}\n{sections(results, NOTES)}"


INTRODUCTION = """# Speed and memory

Written by `make bench BENCH=--write` on {date}. Everything on this page was measured in one run, so that figures
can be set against each other; CPU seconds of all threads, medians of the repeats, each in a process of its own in which a tiny
case goes first, so that imports do not count. Seconds differ between machines, ratios much less.

Machine: {machine}.
Versions: {versions}.

Repeat it: `make bench` measures all (about ten minutes), `make bench BENCH=--quick` size S alone (a minute),
`python bench/run.py M --peers linopy --phases build` any part. `python bench/run.py --help` lists cases, phases and peers.
"""

NOTES = {
    "Build: tables or arrays in memory until HiGHS holds the model": """One problem, drawn from a seed (`bench/instances.py` states it in
full): lines, recipes, links, imports, needs; sizes S, M and L. `limit` fills the matrix by hand with numpy and passes it on in one
call: about the least work there is. capcoop starts from its tables as polars frames and indexes them inside the clock. The others
start from arrays. OR-tools stops its clock at the exported model, before HiGHS has it; PyPSA needs another matrix for the same problem.
All that were solved (interior point with crossover) have the same optimum to 1e-6.

""",
    "Phase by phase": """capcoop alone, from the case's folder to a saved and verified plan. Sizes are read from Parquet, the
built-in case from its CSV; `read and check` contains reading once more. A size without a solve takes too long for this page.

""",
    "Scenarios": """Needs, prices of imports, both, or a single one of them move by up to 2 % in each scenario. `rebuild and solve`
builds the model of each and solves it by the interior point method, the fastest from nothing; `re-solve` writes the changed numbers
into the loaded solver.

""",
    "Whole units": "Lines are built in whole units; branch and bound and a search beside it, on two cores. Seconds of the clock.\n\n",
    "Start": "Compiled bytecode, as pip leaves it.\n\n",
}
