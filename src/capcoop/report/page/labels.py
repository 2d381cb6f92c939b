"""Where the names of sites stand on a picture, so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from capcoop.geo.land import Floats

LETTER, LINE, GAP = 6.0, 12.0, 3.0  # points of the picture: width of a letter, height of a line, from a site to its name
MOST = 60  # names on one picture
WIDE_LETTERS = 0x2E80  # code points from here on (Chinese, Japanese, Korean) take two widths


def length_of(name: str) -> float:
    """Return about how wide a name is written."""
    return LETTER * sum(2 if ord(letter) >= WIDE_LETTERS else 1 for letter in name)


def placed_labels(
    names: Sequence[str], points: Floats, radii: Floats, order: Sequence[int], size: tuple[float, float]
) -> list[tuple[int, float, float, str]]:
    """Return the number, x, y and alignment of each name that finds room, those first in `order` first.

    points, radii : x and y of every site (n x 2) and how far it reaches (n); none may be covered. size : of the picture.
    """
    width, height = size
    boxes = np.column_stack([points - radii[:, None], points + radii[:, None]])
    taken = boxes
    found: list[tuple[int, float, float, str]] = []
    for number in order:
        if len(found) == MOST:
            break
        wide = length_of(names[number])
        x, y = points[number].tolist()
        away = float(radii[number]) + GAP
        for left, top, align in (
            (x + away, y - LINE / 2, "left"),
            (x - away - wide, y - LINE / 2, "right"),
            (x - wide / 2, y - away - LINE, "center"),
            (x - wide / 2, y + away, "center"),
            (x + away, y - away - LINE / 2, "left"),
            (x + away, y + away - LINE / 2, "left"),
            (x - away - wide, y - away - LINE / 2, "right"),
            (x - away - wide, y + away - LINE / 2, "right"),
        ):
            box = np.array([left, top, left + wide, top + LINE])
            inside = left >= 0 and top >= 0 and box[2] <= width and box[3] <= height
            others = np.delete(taken, number, axis=0)
            free = (others[:, 0] >= box[2]) | (others[:, 2] <= box[0]) | (others[:, 1] >= box[3]) | (others[:, 3] <= box[1])
            if inside and free.all():
                taken = np.concatenate([taken, box[None]])
                at = {"left": left, "right": left + wide, "center": x}[align]
                found.append((number, at, top + LINE / 2, align))
                break
    return found
