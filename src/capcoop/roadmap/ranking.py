"""road_map(...): partner countries ranked by four criteria, how sure each rank is, and a plan from point to area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from capcoop.atlas.countries import countries
from capcoop.atlas.figures import table as atlas_table
from capcoop.errors import UsageError
from capcoop.roadmap.acceptability import Acceptability, acceptability
from capcoop.roadmap.draws import Scores, scores_of
from capcoop.roadmap.gather import Gathered, gathered
from capcoop.roadmap.hierarchy import CRITERIA
from capcoop.roadmap.methods import library, preference, weights_of
from capcoop.roadmap.request import Request, request_of
from capcoop.roadmap.sectors import sector_table
from capcoop.roadmap.stages import staged

Floats = NDArray[np.float64]
PLACES = 10
LEAST_KNOWN = 0.25  # of the weight of all figures; a country of which less is known is named, not ranked
DEVELOPED, DEVELOPING = "developed", "developing"
TIERS = (DEVELOPING, DEVELOPED)
# How the reason begins for which the OECD gives a country no class: what its risk costs is left to the market.
MARKET = "high-income OECD"


@dataclass(frozen=True)
class RoadMap:
    """A road map.

    weights : of the four criteria. ranking : a row for each country ranked, the best of each tier first: country, name, region, tier, rank,
    score with low and high (5 and 95 % of draws), rank_low, rank_high, the four criteria (0 to 1), first and first_ten (shares of draws),
    confidence (null where never first), weight_* (central weights) and known (share of the weight of figures known). ranks : country,
    rank, share of draws. parts : country, criterion, part, score (null: unknown), weight in its criterion, known. figures : as read, each
    with its source. hierarchy : every figure's weight and scale. sectors : host by sector. stages : the plan. unranked : country, name,
    known. notes : what is left out.
    """

    request: Request
    weights: tuple[float, ...]
    ranking: pl.DataFrame
    ranks: pl.DataFrame
    parts: pl.DataFrame
    figures: pl.DataFrame
    hierarchy: pl.DataFrame
    sectors: pl.DataFrame
    stages: pl.DataFrame
    unranked: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Return every table by its name."""
        names = ("ranking", "ranks", "parts", "figures", "hierarchy", "sectors", "stages", "unranked")
        return {name: getattr(self, name) for name in names}


def road_map(supplier: str = "CHN", **asked: Any) -> RoadMap:  # noqa: ANN401  (values as they come from outside)
    """Rank partner countries for a supplier of capacity.

    supplier : a country by code or name. asked : sectors, region, method, weights, weighting, draws, seed, years, words and ledger, as
    `request_of` takes them.

    Raises
    ------
    UsageError : what is asked cannot be carried out, too few countries are left, or the extra `roadmap` is missing.
    """
    return made(request_of(supplier, **asked))


def made(request: Request) -> RoadMap:
    """Return the road map of a request."""
    library()  # whose absence is told before seconds of work
    found = gathered(request)
    asked = _criteria_weights(request, found)
    known = np.asarray(~np.isnan(found.value)) @ (found.weights @ (asked if asked is not None else _equal(found)))
    tier = np.array([tier_of(code) for code in found.codes])
    inside = np.array([in_region(code, request.region) for code in found.codes])
    pools = {name: np.flatnonzero((tier == name) & inside & (known >= LEAST_KNOWN)) for name in TIERS}
    _enough(pools, request)
    first = next(name for name in TIERS if len(pools[name]) > 1)
    weights = asked if asked is not None else _ruled(request, found, pools[first])
    around = None if request.weights is None and request.weighting == "equal" else weights
    ranked = {name: _ranked(found, pool, request, weights, around) for name, pool in pools.items() if len(pool) > 1}
    frames = [_tier_frame(found, name, pools[name], known, *ranked[name]) for name in ranked]
    ranking = pl.concat(frames)
    ranks = pl.concat([_rank_shares(found, pools[name], ranked[name][2]) for name in ranked])
    parts = part_scores(found)
    sectors = sector_table(request, found.codes)
    rest = np.flatnonzero(inside & (known < LEAST_KNOWN))
    single = [pools[name] for name in TIERS if len(pools[name]) == 1]
    unranked = _named(found, np.concatenate([rest, *single]).astype(np.int64), known)
    stages = staged(ranking.filter(pl.col("tier") == first), sectors, (request.first, request.last))
    figures = found.figures.filter(pl.col("country").is_in(ranking.get_column("country").implode()))
    told = (*found.notes, *(f"one country alone is no ranking: {found.codes[pool[0]]}" for pool in single))
    weighed = tuple(float(one) for one in weights)
    return RoadMap(request, weighed, ranking, ranks, parts, figures, _hierarchy(found, weights), sectors, stages, unranked, told)


def tier_of(code: str) -> str:
    """Return the tier of a country: developed where the OECD leaves its risk to the market (high income, euro) or sees none (class 0)."""
    return DEVELOPED if code in _market_countries() else DEVELOPING


def _market_countries() -> set[str]:
    status = pl.col("risk_status").fill_null("")
    developed = status.str.starts_with(MARKET) | status.str.starts_with("euro") | (pl.col("risk_class") == 0)
    return set(atlas_table("countries").filter(developed).get_column("country"))


def in_region(code: str, region: str) -> bool:
    """Return whether a country lies in a region or subregion; all do where none is named."""
    one = countries()[code]
    return not region or region in {one.region, one.subregion}


def _enough(pools: Mapping[str, NDArray[np.int64]], request: Request) -> None:
    if all(len(pool) < 2 for pool in pools.values()):
        where = f" in {request.region}" if request.region else ""
        raise UsageError(f"enough is known of fewer than two partners{where}; name a larger region, other weights, or no sector")


def _equal(found: Gathered) -> Floats:
    live = found.weights.sum(axis=0) > 0
    return np.asarray(live / live.sum())


def _criteria_weights(request: Request, found: Gathered) -> Floats | None:
    """Return the weights that are given, or equal ones; of what is known of nobody, none. None: a rule finds them from the scores."""
    live = found.weights.sum(axis=0) > 0
    if request.weights is None:
        return None if request.weighting != "equal" else _equal(found)
    given = np.where(live, request.weights, 0.0)
    if given.sum() <= 0:
        raise UsageError("nothing is known of the criteria that --weights names; give others a weight")
    return np.asarray(given / given.sum())


def _ruled(request: Request, found: Gathered, pool: NDArray[np.int64]) -> Floats:
    live = np.flatnonzero(found.weights.sum(axis=0) > 0)
    out = np.zeros(len(CRITERIA))
    out[live] = weights_of(request.weighting, _scores(found, pool).central[:, live])
    return out


def _scores(found: Gathered, pool: NDArray[np.int64]) -> Scores:
    return scores_of(found.low[pool], found.value[pool], found.high[pool], found.known, found.weights)


def _ranked(
    found: Gathered, pool: NDArray[np.int64], request: Request, weights: Floats, around: Floats | None
) -> tuple[Scores, Floats, Acceptability]:
    """Return the scores of a tier, the preference by the method at the central figures and weights, and what the draws say."""
    live = np.flatnonzero(weights > 0) if around is not None else np.flatnonzero(found.weights.sum(axis=0) > 0)
    part = found.weights[:, live]
    drawn = scores_of(found.low[pool], found.value[pool], found.high[pool], found.known, part)
    accepted = acceptability(drawn, request.method, request.draws, request.seed, None if around is None else around[live])
    central = np.full((len(pool), len(CRITERIA)), np.nan)
    central[:, live] = accepted.central_weights
    wide = Acceptability(accepted.ranks, accepted.low, accepted.high, central, accepted.confidence)
    scores = _scores(found, pool)
    return scores, preference(request.method, scores.central, weights), wide


def _tier_frame(
    found: Gathered, tier: str, pool: NDArray[np.int64], known: Floats, scores: Scores, score: Floats, accepted: Acceptability
) -> pl.DataFrame:
    low, high = accepted.rank_between()
    live = found.weights.sum(axis=0) > 0
    criteria = {name: scores.central[:, place] if live[place] else np.full(len(pool), np.nan) for place, name in enumerate(CRITERIA)}
    central = {f"weight_{name}": accepted.central_weights[:, place] for place, name in enumerate(CRITERIA)}
    places = {"first": accepted.ranks[:, 0], "first_ten": accepted.among_first(PLACES), "confidence": accepted.confidence}
    columns = {"score": score, "low": accepted.low.astype(np.float64), "high": accepted.high.astype(np.float64)}
    between = {"rank_low": low, "rank_high": high}
    frame = _named(found, pool, known).with_columns(pl.lit(tier).alias("tier"))
    frame = frame.with_columns(pl.Series(name, values) for name, values in (columns | between | criteria | places | central).items())
    frame = frame.with_columns(pl.col(pl.Float64).fill_nan(None)).sort("score", "country", descending=[True, False])
    rank = pl.col("score").rank("min", descending=True).cast(pl.Int32).alias("rank")
    head = ("country", "name", "region", "tier")
    return frame.select(*head, rank, *columns, *between, *criteria, *places, *central, "known")


def _named(found: Gathered, pool: NDArray[np.int64], known: Floats) -> pl.DataFrame:
    codes = [found.codes[index] for index in pool]
    own = [countries()[code] for code in codes]
    columns = {"country": codes, "name": [one.name for one in own], "region": [one.region for one in own]}
    frame = pl.DataFrame(columns, {"country": pl.String, "name": pl.String, "region": pl.String})
    return frame.with_columns(pl.Series("known", known[pool], pl.Float64))


def _rank_shares(found: Gathered, pool: NDArray[np.int64], accepted: Acceptability) -> pl.DataFrame:
    rows, columns = np.nonzero(accepted.ranks)
    codes = np.array([found.codes[index] for index in pool])
    return pl.DataFrame({"country": codes[rows].tolist(), "rank": columns + 1, "share": accepted.ranks[rows, columns]})


def part_scores(found: Gathered) -> pl.DataFrame:
    """Return the score of every part of every country, as it counts: unknown figures at the mean of what they are drawn from.

    Null where none of the part's figures is known; `known` is the share of their weight that is.
    """
    frames = []
    means = np.array([one.mean() for one in found.known])
    for criterion, part in dict.fromkeys((one.criterion, one.part) for one in found.measures):
        places = [place for place, one in enumerate(found.measures) if (one.criterion, one.part) == (criterion, part)]
        share = found.weights[places].sum(axis=1)
        there = ~np.isnan(found.value[:, places])
        score = np.where(there, found.value[:, places], means[places]) @ share / share.sum()
        columns = {"country": list(found.codes), "score": np.where(there.any(axis=1), score, np.nan), "known": there @ share / share.sum()}
        named = (pl.lit(text).alias(name) for name, text in (("criterion", criterion), ("part", part)))
        frames.append(pl.DataFrame(columns).with_columns(*named, weight=pl.lit(float(share.sum()))))
    order = ("country", "criterion", "part", "score", "known", "weight")
    return pl.concat(frames).with_columns(pl.col("score").fill_nan(None)).select(order)


def _hierarchy(found: Gathered, weights: Floats) -> pl.DataFrame:
    shares = found.weights.sum(axis=1)
    rows = [
        {
            "criterion": one.criterion,
            "criterion_weight": float(weights[CRITERIA.index(one.criterion)]),
            "part": one.part,
            "figure": one.figure,
            "title": one.title,
            "weight": float(share),
            "normalisation": one.normalisation,
            "worst": one.worst,
            "best": one.best,
            "direction": "down" if one.falls else "up",
            "countries": int((~np.isnan(found.value[:, place])).sum()),
        }
        for place, (one, share) in enumerate(zip(found.measures, shares, strict=True))
    ]
    return pl.DataFrame(rows, infer_schema_length=None)
