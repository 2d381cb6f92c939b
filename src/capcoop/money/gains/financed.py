"""How each new asset is paid for and what its owners and lender get: one row each."""

from __future__ import annotations

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes, Values
from capcoop.money.gains.ledger import Ledger
from capcoop.money.gains.tables import appraisal_schema
from capcoop.money.returns import only_rates
from capcoop.money.terms import is_bound, rule


def financed(ledger: Ledger) -> pl.DataFrame:
    """Return the financing of each new asset.

    least_coverage : least cash of operation after tax over debt service. return_on_equity, return_on_asset : yearly internal rates, blank
    where there is none or several. owners_value : present value of owners. remark : why there is no loan, or what is unknown.
    """
    new, settled, ground, own = len(ledger.built), ledger.settled, ledger.ground, ledger.conditions
    yearly = {name: amounts[:new] for name, amounts in settled.yearly.items()}
    service = yearly["interest"] + yearly["principal"]
    before_service = yearly["dividends"] + yearly["community fund"] + service
    coverage = np.divide(before_service, service, out=np.full(service.shape, np.inf), where=yearly["principal"] > 0)
    least = coverage.min(axis=1, initial=np.inf)
    loan, equity = settled.once["loan"][:new], settled.once["equity"][:new]
    left = settled.ended["end value"][:new]
    owners = _flows(ground.opening[:new], -equity, yearly["dividends"], left - settled.ended["balance"][:new])
    asset = _flows(ground.opening[:new], -ground.outlay[:new], before_service, left)
    value = yearly["dividends"] @ ledger.horizon.factor - equity * ground.opening_factor[:new]
    value += (left - settled.ended["balance"][:new]) * ground.end_factor
    given = loan > 0
    names = ledger.countries.names
    frame = {
        "asset": list(ledger.names[:new]),
        "country": [names[i] for i in ledger.parties.home[:new]],
        "supplier": list(ledger.built.supplier),
        "opening": ledger.built.opening,
        "outlay": ground.outlay[:new],
        "loan": loan,
        "equity": equity,
        "premium": settled.once["premium"][:new],
        "rate": np.where(given, own.loans["rate"][:new], np.nan),
        "years": np.where(given, own.loans["years"][:new], np.nan),
        "least_coverage": np.where(np.isfinite(least) & given, least, np.nan),
        "return_on_equity": only_rates(owners),
        "return_on_asset": only_rates(asset),
        "owners_value": value,
        "remark": _remarks(ledger, given),
    }
    return pl.DataFrame(frame, schema=appraisal_schema("financing")).with_columns(pl.col(pl.Float64).fill_nan(None))


def _flows(opening: Codes, first: Values, yearly: Values, last: Values) -> Values:
    """Return the flows of each from its opening on (n x years + 1): paid at the start of that year, then at the end of each year."""
    years = yearly.shape[1]
    at = opening[:, None] + np.arange(years)
    later = np.where(at < years, np.take_along_axis(yearly, np.minimum(at, years - 1), 1), 0.0)
    end = np.clip(years - 1 - opening, 0, years - 1)
    later[np.arange(len(later)), end] += last
    return np.column_stack([first, later])


def _broken(lender: str, years: float) -> list[str]:
    """Return the rule on years of repayment that a loan breaks, where its lender's country is bound by the Arrangement."""
    if not lender or not is_bound(lender):
        return []
    (usual, where, _), (longest, _, _) = (rule("longest repayment", scope) for scope in ("standard", "climate"))
    if years > longest:
        return [f"repayment of {years:g} years breaks the rule of {longest:g} at most, to which {lender} is bound ({where})"]
    if years > usual:
        return [f"repayment of {years:g} years is beyond the {usual:g} of {lender}'s rule, but for climate projects ({where})"]
    return []


def _remarks(ledger: Ledger, given: np.ndarray) -> list[str | None]:
    """Return why there is no loan, and what is unknown."""
    own, ground, count = ledger.conditions, ledger.ground, len(ledger.built)
    offered = ~np.isnan(own.loans["rate"][:count]) & ~np.isnan(own.loans["years"][:count])
    long = own.loans["years"][:count] > ground.life[:count]
    unknown = ledger.built.unknown_local
    out: list[str | None] = []
    for i in range(count):
        told = []
        if offered[i] and not given[i]:
            why = "paid yearly" if ground.annual[i] else "it outlasts the asset" if long[i] else "cash is not positive in each of its years"
            told.append(f"no loan: {why}")
        told += _broken(own.lender[i], float(own.loans["years"][i])) if given[i] else []
        if unknown[i]:
            told.append("local share unknown, counted as none")
        out.append("; ".join(told) or None)
    return out
