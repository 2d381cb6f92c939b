"""Years that can be asked for."""

from __future__ import annotations

import re

from capcoop.errors import UsageError, printable

FIRST_YEAR, LAST_YEAR = 2010, 2050


def years_of(text: str) -> tuple[int, int]:
    """Return the first and the last year of `2015-2024` or `2015`.

    Raises
    ------
    UsageError : it is no span of years, or one that the figures do not reach.
    """
    found = re.fullmatch(r"\s*(\d{4})\s*(?:-\s*(\d{4})\s*)?", text)
    if found is None:
        raise UsageError(f"'{printable(text)}' is no span of years; write it as 2015-2024")
    first = int(found[1])
    last = int(found[2] or first)
    if last < first:
        raise UsageError(f"the years {first}-{last} run backwards; write {last}-{first}")
    if first < FIRST_YEAR or last > LAST_YEAR:
        raise UsageError(f"the years {first}-{last} are outside the data; write years from {FIRST_YEAR} to {LAST_YEAR}")
    return first, last
