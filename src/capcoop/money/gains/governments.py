"""What a plan adds to the debt of governments: what they owe and guarantee, year by year, and the ratios of the framework.

Arrays have a row for each loan of a new asset (n) or for each country of the case (c), and a column for each year of the horizon. Debt is
that at the start of a year, what is drawn then included: a loan drawn then is one disbursed in year 0 of the framework's workbook.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import Case
from capcoop.money.debt import CONCESSIONAL, constant_discount, state_of, values_left
from capcoop.money.gains.conditions import Offer, words_of
from capcoop.money.gains.ledger import Ledger
from capcoop.money.gains.lending import Lent
from capcoop.money.gains.payments import Bank
from capcoop.money.gains.tables import appraisal_schema
from capcoop.money.rules import rule_table

FIGURES = ("gdp", "exports", "revenue", "debt", "debt_service", "public_debt", "financing_need", "debt_ceiling", "budget")
# Each indicator: what is owed already and what it is measured by, columns of `governments`; what the plan adds, an amount of `Added`.
EXTERNAL = (
    ("present value of external debt to GDP", "debt", "gdp", "present_value"),
    ("present value of external debt to exports", "debt", "exports", "present_value"),
    ("external debt service to exports", "debt_service", "exports", "external_service"),
    ("external debt service to revenue", "debt_service", "revenue", "external_service"),
)
MARKET = "market-access"
SCREEN = (
    ("public debt to GDP", "public_debt", "gdp", "debt"),
    ("gross financing need to GDP", "financing_need", "gdp", "need"),
)


@dataclass(frozen=True)
class Path:
    """Loans of new assets over the years (n x years): what is owed at the start of each, service in it, its value at 5 % in money.

    rows : of their assets. name : of each. lender : its country (code). owing, guaranteed : shares of the government. fails : yearly loss
    expected of what is owed, NaN where unknown. amount : when drawn; fee, premium : shares of it; value_at_start : of all service then (n).
    """

    rows: Codes
    name: tuple[str, ...]
    lender: Codes
    owing: Values
    guaranteed: Values
    fails: Values
    amount: Values
    fee: Values
    premium: Values
    owed: Values
    service: Values
    value: Values
    value_at_start: Values

    @property
    def public(self) -> Values:
        """The share that the government owes or guarantees (n)."""
        return self.owing + self.guaranteed


def paths_of(case: Case, ledger: Ledger) -> Path:
    """Return the loans of new assets as agreed, also beyond the horizon; interest alone is due until the asset first earns."""
    whole = [
        _path(case, ledger, offer, bank, lent)
        for offer, bank, lent in zip(ledger.conditions.offers, ledger.parties.banks, ledger.settled.lent, strict=True)
    ]
    joined = {name: np.concatenate([getattr(one, name) for one in whole]) for name in vars(whole[0]) if name != "name"}
    return Path(**joined, name=tuple(name for one in whole for name in one.name))


def _path(case: Case, ledger: Ledger, offer: Offer, bank: Bank, lent: Lent) -> Path:
    """Return the loans of one name."""
    ground, years, schedule = ledger.ground, len(ledger.horizon), lent.schedule
    rows = np.flatnonzero(lent.amount[: len(ledger.built)] > 0)
    numbers = {name: values[rows] for name, values in offer.numbers.items()}
    amount, opening, first = lent.amount[rows], ground.opening[rows], ground.first[rows]
    depth = schedule.interest.shape[1]
    year = np.arange(years + depth)
    age = year - first[:, None]
    inside = (age >= 0) & (age < depth)
    at = np.clip(age, 0, depth - 1)
    waiting = (year >= opening[:, None]) & (age < 0)

    def laid(part: Values, before: Values) -> Values:
        return np.where(inside, np.take_along_axis(part[rows], at, 1), np.where(waiting, before[:, None], 0.0))

    owed = laid(schedule.balance, amount)
    service = laid(schedule.interest + schedule.principal, np.nan_to_num(numbers["rate"]) * amount)
    left = values_left(service, constant_discount(_inflation(case, ledger, rows)))
    return Path(
        rows,
        (offer.name,) * len(rows),
        bank.lender[rows],
        numbers["owed"],
        numbers["guaranteed"],
        numbers["default_probability"] * numbers["loss_given_default"],
        amount,
        lent.front_fee[rows] / amount,
        lent.premium[rows] / amount,
        owed[:, :years],
        service[:, :years],
        np.where(owed > 0, np.minimum(left, owed), 0.0)[:, :years],
        np.take_along_axis(left, opening[:, None], 1)[:, 0],
    )


def _inflation(case: Case, ledger: Ledger, rows: Codes) -> Values:
    """Return the rise of prices that the government of each loan's country states, of the year in which it is drawn (NaN: unknown)."""
    period = ledger.horizon.period[np.minimum(ledger.ground.opening[rows], len(ledger.horizon) - 1)]
    return case["governments"].lookup("inflation", country=ledger.built.country[rows], period=period)


@dataclass(frozen=True)
class Added:
    """What the plan adds to the debt of each country's government (c x years); calls is NaN where unknown.

    owed, guaranteed : loans. calls : expected of guarantees. service, guaranteed_service : interest and principal. present_value,
    external_service : of what is owed or guaranteed and lent from abroad.
    """

    owed: Values
    guaranteed: Values
    calls: Values
    service: Values
    guaranteed_service: Values
    present_value: Values
    external_service: Values

    @property
    def debt(self) -> Values:
        """All that is owed or guaranteed."""
        return self.owed + self.guaranteed

    @property
    def need(self) -> Values:
        """What has to be paid and so borrowed again: service of what is owed, and calls as far as they are known."""
        return self.service + np.nan_to_num(self.calls)


def added_by(case: Case, ledger: Ledger, path: Path) -> Added:
    """Return what loans add to the debt of governments."""
    home, owed, guaranteed = ledger.built.country[path.rows], path.owing[:, None], path.guaranteed[:, None]
    public = path.public[:, None]
    abroad = (path.lender != ledger.parties.home[path.rows])[:, None]
    # A share of nothing is nothing, also where it is unknown how often the loan fails.
    calls = np.where(guaranteed > 0, path.fails[:, None] * guaranteed * path.owed, 0.0)

    def summed(amounts: Values) -> Values:
        out = np.zeros((case.size("countries"), len(ledger.horizon)))
        np.add.at(out, home[home >= 0], amounts[home >= 0])
        return out

    return Added(
        summed(owed * path.owed),
        summed(guaranteed * path.owed),
        summed(np.where(path.owed > 0, calls, 0.0)),
        summed(owed * path.service),
        summed(guaranteed * path.service),
        summed(public * abroad * path.value),
        summed(public * abroad * path.service),
    )


def debt_tables(case: Case, ledger: Ledger) -> dict[str, pl.DataFrame]:
    """Return the tables `debt`, `debt_ratios` and `public_loans` of the hosts whose government owes, guarantees, or has figures."""
    path = paths_of(case, ledger)
    added, hosts = added_by(case, ledger, path), _hosts(case, ledger, path)
    years = len(ledger.horizon)
    country, year = np.repeat(hosts, years), np.tile(np.arange(years), len(hosts))
    targets = {"country": country, "period": ledger.horizon.period[year]}
    known = {name: case["governments"].lookup(name, **targets) for name in FIGURES}
    names = np.array(case.names["countries"], dtype=object)
    place = {"country": names[country].tolist(), "year": ledger.horizon.year[year]}
    own = {name: getattr(added, name)[country, year] for name in ("owed", "guaranteed", "service", "guaranteed_service", "present_value")}
    debt = pl.DataFrame(
        {
            **place,
            **own,
            "expected_calls": added.calls[country, year],
            "debt": known["debt"],
            "ceiling": known["debt_ceiling"],
            "budget": known["budget"],
        },
        schema_overrides={"country": pl.String},
    )
    capacity = words_of(case["governments"], "debt_capacity", targets)
    market = np.array([word == "yes" for word in words_of(case["governments"], "market_access", targets)], bool)
    amounts = {name: getattr(added, name)[country, year] for *_, name in (*EXTERNAL, *SCREEN)}
    parts = [_ratio(place, known, amounts, one, capacity) for one in EXTERNAL]
    parts += [_ratio(place, known, amounts, one, (MARKET,) * len(year)).filter(market) for one in SCREEN]
    return {
        "debt": _as_stated("debt", debt),
        "debt_ratios": _as_stated("debt_ratios", pl.concat(parts).sort("country", maintain_order=True)),
        "public_loans": _as_stated("public_loans", _loans(ledger, path)),
    }


def _as_stated(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    schema = appraisal_schema(table)
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items()).with_columns(pl.col(pl.Float64).fill_nan(None))


def _hosts(case: Case, ledger: Ledger, path: Path) -> Codes:
    """Return the countries of what is built whose government owes or guarantees some of it, or of which the case tells figures."""
    home = ledger.built.country
    public = home[path.rows[path.public > 0]]
    rows = case["governments"]
    named = rows.codes("country") if len(rows) else np.zeros(0, np.int64)
    told = home if (named < 0).any() else home[np.isin(home, named)]
    found = np.unique(np.concatenate([public, told]))
    return found[found >= 0].astype(np.int64)


Place = dict[str, object]


def _ratio(
    place: Place, known: dict[str, Values], amounts: dict[str, Values], indicator: tuple[str, str, str, str], capacity: tuple[str, ...]
) -> pl.DataFrame:
    """Return an indicator of each country and year, in per cent, without the plan and with it, and its threshold."""
    told, owed, base, name = indicator
    limits = rule_table("debt_thresholds").filter(pl.col("indicator") == told).select("capacity", pl.col("threshold").cast(pl.Float64))
    frame = pl.DataFrame(
        {
            **place,
            "indicator": [told] * len(capacity),
            "without": 100 * known[owed] / known[base],
            "added": 100 * amounts[name] / known[base],
            "threshold": list(capacity),
        },
        schema_overrides={"country": pl.String, "indicator": pl.String, "threshold": pl.String},
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    limit = pl.col("threshold").replace_strict(dict(limits.iter_rows()), default=None, return_dtype=pl.Float64)
    return frame.with_columns(threshold=limit, with_plan=pl.col("without") + pl.col("added")).with_columns(
        state=state_of("with_plan", "threshold")
    )


def _loans(ledger: Ledger, path: Path) -> pl.DataFrame:
    """Return each loan that a government owes or guarantees, and how concessional it is."""
    grant = 1 - path.value_at_start / path.amount - path.fee
    names, assets = ledger.countries.names, ledger.names
    frame = pl.DataFrame(
        {
            "asset": [assets[i] for i in path.rows],
            "name": [name or None for name in path.name],
            "country": [names[i] for i in ledger.parties.home[path.rows]],
            "lender": [names[i] for i in path.lender],
            "drawn": ledger.built.opening[path.rows],
            "loan": path.amount,
            "owed": path.owing,
            "guaranteed": path.guaranteed,
            "grant_element": grant,
            "with_premium": grant - path.premium,
            "concessional": np.where(grant >= CONCESSIONAL, "yes", "no").tolist(),
        },
        schema_overrides=dict.fromkeys(("asset", "name", "country", "lender", "concessional"), pl.String),
    )
    return frame.filter(path.public > 0)
