"""Why a cell is not a number, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable

GAP = " \u00a0\u2009\u202f'\u2019_"  # what stands between thousands: blanks of several widths, apostrophes, an underscore
ERROR = re.compile(r"#(N/A|REF!|DIV/0!|NAME\?|NULL!|NUM!|VALUE!|SPILL!|CALC!|FIELD!|GETTING_DATA)", re.IGNORECASE)
FORMULA = re.compile("=.*", re.DOTALL)
DATE = re.compile(
    r"\d{4}-\d\d?-\d\d?([T ].*)?|\d\d?([./])\d\d?\2\d{2,4}|\d{4}([./])\d\d?\3\d\d?|\d\d?[- ][A-Za-z]{3,9}([- ]\d{2,4})?|[A-Za-z]{3}[- ]\d\d"
)
TIME = re.compile(r"(\d+ days?, )?\d+:\d\d(:\d\d(\.\d+)?)?")
PERCENT = re.compile(r"[+-]?\d+(\.\d+)?\s*%")
POINT_THOUSANDS = re.compile(rf"[+-]?\d{{1,3}}((,\d{{3}})+\.\d+|(,\d{{3}}){{2,}}|([{GAP}]\d{{3}})+(\.\d+)?)")
COMMA_THOUSANDS = re.compile(rf"[+-]?\d{{1,3}}((\.\d{{3}})+,\d+|(\.\d{{3}}){{2,}}|([{GAP}]\d{{3}})+,\d+)")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


PLAIN = ("is not a number", "write it like 1234.5")
AGAIN = "make the cell a number and type the figure again"


def number_fault(text: str) -> tuple[str, str]:
    """Return the rule that a text in a column of numbers breaks, and the remedy.

    `1,234` may be a thousand or one and a bit, so it is not guessed at.
    """
    for form, rule, remedy in FORMS:
        if form.fullmatch(text):
            return rule, remedy(text)
    return PLAIN


def _decimal_point(text: str) -> str:
    return PLAIN[1] if EITHER.fullmatch(text) else f"write a decimal point: {text.replace(',', '.')}"


def _share(text: str) -> str:
    return f"write it as a share: {float(text.rstrip('% ')) / 100:.10g}"


def _without_commas(text: str) -> str:
    return f"write it without thousands separators: {re.sub(f'[{GAP},]', '', text)}"


def _without_points(text: str) -> str:
    plain = re.sub(f"[{GAP}.]", "", text).replace(",", ".")
    return f"write it without thousands separators and with a decimal point: {plain}"


# The forms of a figure, and what else a spreadsheet leaves in a cell, in the order in which they are tried.
FORMS: tuple[tuple[re.Pattern[str], str, Callable[[str], str]], ...] = (
    (ERROR, "is an error of the spreadsheet", lambda _: "correct the formula, or type the figure"),
    (FORMULA, "is a formula", lambda _: "write its value"),
    (DATE, "is a date", lambda _: AGAIN),
    (TIME, "is a time", lambda _: AGAIN),
    (PERCENT, "is a percentage", _share),
    (POINT_THOUSANDS, PLAIN[0], _without_commas),
    (COMMA_THOUSANDS, PLAIN[0], _without_points),
    (DECIMAL_COMMA, PLAIN[0], _decimal_point),
)
