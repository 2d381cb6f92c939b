"""Kill `capcoop plan` at any moment: its folder is a whole run, or says that it is none, and can be planned into again.

    python tests/fuzz/kill.py [--count 200] [--seed 1] [--keep DIR]

Every run goes into one folder, over what the one before left there, of another case or scenario as like as not. It is killed
(SIGKILL) at a moment drawn over the time that it takes. Then the folder must either hold a plan that keeps the very case it names,
or be refused in one sentence by `load_plan` and by `compare`; and planning into it once more must end in a whole run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from capcoop import UsageError, built_in_cases, compare, load_plan, read_case, verify

# Case and scenario; the larger, the rarer.
RUNS = ((("mexico-steel", None), ("yemen-cement", None), ("yemen-cement", "free")) * 12) + (("kazakhstan", None),)


@dataclass(frozen=True)
class Planned:
    """A run as it is asked for."""

    case: str
    scenario: str | None

    def command(self, folder: Path) -> list[str]:
        """Return the command line."""
        asked = ["-s", self.scenario] if self.scenario else []
        return [sys.executable, "-m", "capcoop", "plan", self.case, *asked, "-o", str(folder)]


def killed(planned: Planned, folder: Path, seconds: float) -> float | None:
    """Start a run and kill it after some seconds; return the seconds that it took where it had ended before, else None."""
    start = time.perf_counter()
    process = subprocess.Popen(planned.command(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None
    return time.perf_counter() - start


def rerun(planned: Planned, folder: Path) -> float:
    """Plan into the folder and let it end; return the seconds. Raises AssertionError where it does not end in a whole run."""
    start = time.perf_counter()
    done = subprocess.run(planned.command(folder), capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"})
    seconds = time.perf_counter() - start
    assert done.returncode == 0, f"planned again, it ended with {done.returncode}: {done.stderr}"
    assert judged(folder, folder) == f"{planned.case} {planned.scenario}", "planned again, the folder holds another run"
    left = {path.name for path in folder.iterdir()} - {
        "outcome.json",
        "request.json",
        "log.txt",
        "case.zip",
        "tables",
        "baseline",
        "report.html",
    }
    assert not left, f"planned again, the folder also holds {left}"
    return seconds


def judged(folder: Path, whole: Path) -> str:
    """Return the case and scenario of the whole run in a folder, or '' where it says that it is none.

    Raises AssertionError where it looks like a whole run and is none, or is not refused in one sentence; `whole` is a run to compare with.
    """
    told = refused(lambda: load_plan(folder)), refused(lambda: compare([whole, folder]))
    assert all(told) == any(told), f"load_plan says {told[0]!r}, compare {told[1]!r}"
    if all(told):
        assert "\n" not in told[0], told[0]
        assert str(folder) in told[1], told[1]
        return ""
    plan = load_plan(folder)
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    verdict = verify(read_case(built_in_cases()[request["case"].partition("@")[0]], request["scenario"]), plan)
    assert verdict.ok, f"the folder holds a plan that does not keep {request['case']}: {verdict.faults[:2]}"
    assert verify(read_case(folder / "case.zip"), plan).ok, "the case in the folder is that of another run"
    assert plan.outcome["status"] == "optimal"
    assert (folder / "baseline" / "costs.parquet").exists() == (plan.outcome["baseline"] is not None), "the baseline is of another run"
    return f"{request['case'].partition('@')[0]} {request['scenario']}"


def refused(read: Callable[[], object]) -> str:
    """Return the sentence that refuses a folder; '' where it is read."""
    try:
        read()
    except UsageError as error:
        return str(error)
    return ""


def kill(count: int, seed: int, root: Path, keep: Path | None = None) -> tuple[Counter[str], list[str]]:
    """Kill `count` runs; return how often each outcome was met, and what was found."""
    random = Random(seed)  # noqa: S311
    chosen = [Planned(*random.choice(RUNS)) for _ in range(count)]
    folder, whole = root / "run", root / "whole"
    taken = {planned: rerun(planned, whole) for planned in dict.fromkeys(chosen)}
    counts: Counter[str] = Counter()
    findings = []
    for number, planned in enumerate(chosen):
        moment = random.uniform(0, 1.05) * taken[planned]
        ended = killed(planned, folder, moment)
        taken[planned] = ended or taken[planned]
        try:
            held = judged(folder, whole)
            names_this = held == f"{planned.case} {planned.scenario}"
            counts["ended before" if ended else "says it is none" if not held else "whole" if names_this else "the run before, whole"] += 1
            if random.random() < 0.5:  # else the next run goes over what is left
                rerun(Planned(*random.choice(RUNS[:3])), folder)
        except Exception as error:  # noqa: BLE001  (that is what is looked for)
            counts["finding"] += 1
            findings.append(f"run {number}, {planned.case} {planned.scenario or ''} killed after {moment:.3f} s: {error!r}")
            if keep:
                shutil.copytree(folder, keep / f"{seed}-{number}", dirs_exist_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
    return counts, findings


def main() -> int:
    """Kill runs and print a summary; return whether there was a finding."""
    parser = argparse.ArgumentParser(description="Kill capcoop plan at random moments and look at what it leaves.")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for what findings leave")
    given = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as root:
        counts, findings = kill(given.count, given.seed, Path(root), given.keep)
    print("\n".join(findings), end="\n" if findings else "")
    shown = ", ".join(f"{outcome} {times}" for outcome, times in counts.most_common())
    print(f"{given.count} runs of seed {given.seed} in {time.perf_counter() - start:.0f} s: {shown}; {len(findings)} findings")
    return min(len(findings), 1)


if __name__ == "__main__":
    sys.exit(main())
