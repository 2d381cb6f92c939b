"""How long `capcoop words` takes on many documents, against reading and splitting them, and against scikit-learn's CountVectorizer.

`python bench/words.py 1000 3000` writes 1,000 documents of 3,000 words (words of every length, frequencies by Zipf's law, 20,000 different
ones, with terms and countries between) and prints seconds of the processor, of the clock, and peak memory of each way, in a process of its
own. `--kind md`, `html`, `docx`, `pdf` write the same words in another format; `--peer` lets CountVectorizer count runs of one to four
words too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from words_support import docx_of, pdf_of

VOCABULARY = 20_000
LINE = 12
PHRASES = (
    "capacity cooperation",
    "production-capacity cooperation",
    "two-ocean railway",
    "memorandum of understanding",
    "Peru",
    "China",
    "of the",
)
SILENT = ("the", "of", "and", "to", "in", "for", "on", "with", "is", "are", "by", "as", "that", "which", "from")
WAYS = {
    "read and split": "from pathlib import Path; n = sum(len(p.read_text().split()) for p in Path(F).iterdir())",
    "capcoop words": "from capcoop.words.answer import Question, ask; n = ask(Question([F], over_time=True)).words",
    "CountVectorizer": (
        "from pathlib import Path; from sklearn.feature_extraction.text import CountVectorizer; "
        "n = CountVectorizer(ngram_range=(1, 4)).fit_transform(p.read_text() for p in Path(F).iterdir()).shape[1]"
    ),
}
BEGINNING = "import resource, time; started = time.perf_counter(); "
ENDING = """
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(n, used[0].ru_maxrss // 1024, time.perf_counter() - started, sum(one.ru_utime + one.ru_stime for one in used))
"""


def write(folder: Path, documents: int, words: int, kind: str) -> None:
    """Write the documents."""
    generator = np.random.default_rng(1)
    letters = np.array(list("abcdefghiklmnoprstu"))
    names = np.array(["".join(generator.choice(letters, size)) for size in generator.integers(4, 11, VOCABULARY)])
    names[: len(SILENT)] = SILENT
    shares = 1 / np.arange(1, VOCABULARY + 1)
    for number in range(documents):
        drawn = generator.choice(names, words - words // 10, p=shares / shares.sum()).tolist()
        for place in generator.integers(0, len(drawn), words // 20).tolist():
            drawn[place] += " the " + PHRASES[place % len(PHRASES)]
        lines = [" ".join(drawn[at : at + LINE]) + "." for at in range(0, len(drawn), LINE)]
        path = folder / f"{2000 + number % 20}-{number:05d}.{kind}"
        if kind == "pdf":
            path.write_bytes(pdf_of(lines))
        elif kind == "docx":
            path.write_bytes(docx_of(lines))
        else:
            path.write_text("".join(f"<p>{line}</p>" for line in lines) if kind == "html" else "\n".join(lines), encoding="utf-8")


def measured(code: str) -> tuple[float, float, str, str]:
    """Return the seconds of the processor and of the clock of a way in a process of its own, what it counted, its peak memory in MiB."""
    done = subprocess.run([sys.executable, "-c", BEGINNING + code + ENDING], capture_output=True, text=True, check=True)
    counted, peak, clock, seconds = done.stdout.split()
    return float(seconds), float(clock), counted, peak


def main() -> None:
    """Write, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=int, nargs="?", default=1000)
    parser.add_argument("words", type=int, nargs="?", default=3000)
    parser.add_argument("--kind", default="txt", choices=("txt", "md", "html", "docx", "pdf"))
    parser.add_argument("--peer", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), asked.documents, asked.words, asked.kind)
        ways = [way for way in WAYS if asked.kind == "txt" or way == "capcoop words"]
        base = None
        for way in ways if asked.peer else [way for way in ways if way != "CountVectorizer"]:
            seconds, clock, counted, peak = measured(WAYS[way].replace("F)", f"{name!r})").replace("[F]", f"[{name!r}]"))
            base = base or seconds
            print(f"{way:16} {seconds:6.1f} s ({clock:.1f} s by the clock), {seconds / base:6.1f} times, {peak:>5} MiB, {counted} counted")


if __name__ == "__main__":
    main()
