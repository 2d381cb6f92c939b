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
    new, settled, ground = len(ledger.built), ledger.settled, ledger.ground
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
        "rate": _weighted(ledger, "rate"),
        "years": _weighted(ledger, "years"),
        "least_coverage": np.where(np.isfinite(least) & given, least, np.nan),
        "return_on_equity": only_rates(owners),
        "return_on_asset": only_rates(asset),
        "owners_value": value,
        "remark": _remarks(ledger, given),
    }
    return pl.DataFrame(frame, schema=appraisal_schema("financing")).with_columns(pl.col(pl.Float64).fill_nan(None))


def _weighted(ledger: Ledger, name: str) -> Values:
    """Return a number of the loans of each new asset, weighted by what each lends; NaN where nothing is lent."""
    new, pairs = len(ledger.built), list(zip(ledger.conditions.offers, ledger.settled.lent, strict=True))
    if len(pairs) == 1:
        return np.where(pairs[0][1].amount[:new] > 0, pairs[0][0].numbers[name][:new], np.nan)
    whole = sum(lent.amount[:new] for _, lent in pairs)
    total = sum(np.where(lent.amount[:new] > 0, lent.amount[:new] * np.nan_to_num(offer.numbers[name][:new]), 0.0) for offer, lent in pairs)
    return np.asarray(np.divide(total, whole, out=np.full(new, np.nan), where=np.asarray(whole) > 0))


def loans_given(ledger: Ledger) -> pl.DataFrame:
    """Return a row for each loan that a new asset gets."""
    new, names, parts = len(ledger.built), ledger.countries.names, []
    for offer, bank, lent in zip(ledger.conditions.offers, ledger.parties.banks, ledger.settled.lent, strict=True):
        rows = np.flatnonzero(lent.amount[:new] > 0)
        parts.append(
            pl.DataFrame(
                {
                    "asset": [ledger.names[i] for i in rows],
                    "name": [offer.name or None] * len(rows),
                    "country": [names[i] for i in ledger.parties.home[rows]],
                    "lender": [names[i] for i in bank.lender[rows]],
                    "insurer": [names[i] for i in bank.insurer[rows]],
                    "loan": lent.amount[rows],
                    "rate": offer.numbers["rate"][rows],
                    "years": offer.numbers["years"][rows],
                    "front_fee": lent.front_fee[rows],
                    "premium": lent.premium[rows],
                },
                schema=appraisal_schema("loans"),
            )
        )
    order = {name: i for i, name in enumerate(ledger.names)}
    return pl.concat(parts).sort(pl.col("asset").replace_strict(order, return_dtype=pl.Int64), maintain_order=True)


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
    """Return why there is no loan, or which of several there is not, and what is unknown."""
    ground, count = ledger.ground, len(ledger.built)
    unknown, pairs = ledger.built.unknown_local, list(zip(ledger.conditions.offers, ledger.settled.lent, strict=True))
    out: list[str | None] = []
    for i in range(count):
        told = []
        for offer, lent in pairs:
            numbers = offer.numbers
            if lent.amount[i] > 0:
                told += _broken(offer.lender[i], float(numbers["years"][i]))
            if np.isnan(numbers["rate"][i]) or np.isnan(numbers["years"][i]) or lent.amount[i] > 0:
                continue
            long = numbers["years"][i] > ground.life[i]
            why = "paid yearly" if ground.annual[i] else "it outlasts the asset" if long else "cash is not positive in each of its years"
            what = f"no loan {offer.name}" if offer.name and given[i] else "no loan"
            told.append(f"{what}: {why}")
        if unknown[i]:
            told.append("local share unknown, counted as none")
        out.append("; ".join(dict.fromkeys(told)) or None)
    return out
