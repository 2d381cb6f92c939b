"""All figures of the road map for all countries: as they are read, and brought to 0..1."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from capcoop.atlas.countries import countries
from capcoop.atlas.demand import product_names
from capcoop.atlas.figures import Figure
from capcoop.atlas.products import PRODUCTS
from capcoop.atlas.standing import LEAST
from capcoop.roadmap.complement import strengths
from capcoop.roadmap.hierarchy import CRITERIA, Measure, measures, scaled, table
from capcoop.roadmap.readings import Reading, read
from capcoop.roadmap.request import Request

Floats = NDArray[np.float64]
FIGURES = {
    "country": pl.String,
    "criterion": pl.String,
    "part": pl.String,
    "figure": pl.String,
    "product": pl.String,
    "title": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "unit": pl.String,
    "year": pl.Int32,
    "source": pl.String,
    "verified": pl.Boolean,
    "rule": pl.String,
}


@dataclass(frozen=True)
class Gathered:
    """The figures of all countries but the supplier and its territories.

    codes : n countries. measures : the k figures that are known of enough countries. weights : k x 4, what each weighs in each criterion,
    columns adding up to 1 or, where nothing is known of a criterion, to 0. low, value, high : n x k, 0 to 1, NaN unknown.
    known : what a missing figure is drawn from. figures : as read, columns of FIGURES, those left out too. notes : sentences on these.
    """

    codes: tuple[str, ...]
    measures: tuple[Measure, ...]
    weights: Floats
    low: Floats
    value: Floats
    high: Floats
    known: tuple[Floats, ...]
    figures: pl.DataFrame
    notes: tuple[str, ...]


def gathered(request: Request) -> Gathered:
    """Return the figures that a request needs."""
    words, ledger = (None if one is None else one.figures for one in (request.words, request.ledger))
    reading = Reading(request.supplier, request.first, request.last, words, ledger)
    own = table("territories").filter(pl.col("state") == request.supplier).get_column("territory").to_list()
    codes = tuple(code for code in countries() if code not in {request.supplier, *own})
    asked, notes = _expanded(request, reading.base)
    if own:
        notes.append(f"no partners, as ISO 3166 names them as the supplier's: {', '.join(countries()[code].name for code in own)}")
    found = {one.figure: {code: figure for code, figure in read(one, reading).items() if code in codes} for one in asked}
    kept = tuple(one for one in asked if _enough(one, len(found[one.figure])))
    notes += _left_out(asked, kept, {one.figure: len(found[one.figure]) for one in asked}, request)
    raw = np.array([[_three(found[one.figure].get(code)) for one in kept] for code in codes]).reshape(len(codes), len(kept), 3)
    cells = np.stack([scaled(one, raw[:, place]) for place, one in enumerate(kept)], axis=1) if kept else raw
    known = tuple(_distribution(one, cells[:, place, 1], len(codes)) for place, one in enumerate(kept))
    rows = [_row(code, one, found[one.figure][code]) for one in asked for code in codes if code in found[one.figure]]
    frame = pl.DataFrame(rows, FIGURES, orient="row")
    low, value, high = np.moveaxis(cells, 2, 0)
    return Gathered(codes, kept, weights_of_figures(kept), low, value, high, known, frame, tuple(notes))


def _expanded(request: Request, base: int) -> tuple[list[Measure], list[str]]:
    """Return the figures of the hierarchy, those of gaps once for each product with the supplier's strength in it as weight."""
    products = [name for name in product_names() if not request.sectors or PRODUCTS[name].sector in request.sectors]
    strong = strengths(request.supplier, products, base)
    notes = []
    without = [PRODUCTS[name].title for name in products if name not in strong]
    if without:
        notes.append(f"fit leaves out what the supplier is not known to make: {', '.join(without)}")
    bare = [sector for sector in request.sectors if all(PRODUCTS[name].sector != sector for name in products)]
    if bare:
        notes.append(f"no gap is known in {', '.join(bare)}")
    total, out = sum(one.value for one in strong.values()), list[Measure]()
    for one in measures():
        if one.reading not in {"gap_share", "gap_size"}:
            if one.supplier in {"", request.supplier}:
                out.append(one)
            continue
        for product, strength in strong.items():
            share = one.weight * strength.value / total
            title = f"{PRODUCTS[product].title}: {one.title}"
            out.append(replace(one, figure=f"{one.figure}:{product}", product=product, weight=share, title=title))
    return out, notes


def _enough(measure: Measure, count: int) -> bool:
    """Return whether a figure is known of enough countries to draw the others from it; marks and the user's own words always are."""
    return count >= (1 if measure.normalisation == "mark" or measure.reading == "words" else LEAST)


def _left_out(asked: list[Measure], kept: tuple[Measure, ...], counts: dict[str, int], request: Request) -> list[str]:
    notes = []
    gone = [one for one in asked if one not in kept and not (one.reading == "words" and request.words is None)]
    none = [one.title for one in gone if counts[one.figure] == 0]
    if none:
        notes.append(f"nothing is known of {'; '.join(none)}")
    few = [f"{one.title} ({counts[one.figure]})" for one in gone if counts[one.figure]]
    if few:
        notes.append(f"known of fewer than {LEAST} countries, and not weighed: {'; '.join(few)}")
    if request.words is None:
        notes.append("words of joint documents are not counted: none were given (--words)")
    else:
        notes += request.words.notes
    if request.ledger is not None:
        notes.append(f"agreements and memoranda are those of the ledger {request.ledger.place}")
    bare = [name for name in CRITERIA if all(one.criterion != name for one in kept)]
    if bare:
        notes.append(f"nothing is known of {' and '.join(bare)}: the other criteria weigh for {'it' if len(bare) == 1 else 'them'}")
    return notes


def _three(one: Figure | None) -> tuple[float, float, float]:
    if one is None:
        return (np.nan, np.nan, np.nan)
    return (one.value if one.low is None else one.low, one.value, one.value if one.high is None else one.high)


def _distribution(measure: Measure, values: Floats, count: int) -> Floats:
    """Return what a missing figure is drawn from: the known ones; of a mark, yes as often as countries have it."""
    known = values[~np.isnan(values)]
    return np.concatenate([known, np.zeros(count - len(known))]) if measure.normalisation == "mark" else known


def weights_of_figures(kept: tuple[Measure, ...]) -> Floats:
    """Return what k figures weigh in each criterion: k x 4, columns adding up to 1 where the criterion has a figure."""
    out = np.array([[one.weight * (one.criterion == name) for name in CRITERIA] for one in kept]).reshape(len(kept), len(CRITERIA))
    sums = out.sum(axis=0)
    return np.asarray(out / np.where(sums > 0, sums, 1.0))


def _row(code: str, one: Measure, figure: Figure) -> tuple[object, ...]:
    names = (one.criterion, one.part, one.figure, one.product, one.title)
    return code, *names, figure.value, figure.low, figure.high, figure.unit, figure.year, figure.source, figure.verified, figure.rule
