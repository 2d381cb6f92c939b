"""What governments take on for a plan at most, as limits of the model: rules on investment, with the debt that comes with it.

A loan counts with the share of it that the government owes or guarantees, as far as it is not repaid, in every period in which it stands
(debt ceiling); and with what the government pays in a year on the share that it owes itself (budget): a guarantee costs nothing until it is
called. Loans are as large as they were last sized per unit of outlay, and repaid on level cash.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from capcoop.case import Case
from capcoop.case.cascade import Codes, Values
from capcoop.money.gains.assets import every_option
from capcoop.money.gains.capital import Offered, Terms, service_of
from capcoop.money.gains.horizon import Horizon, horizon_of
from capcoop.plan.tables import Plan
from capcoop.schema import HORIZON

CEILING, BUDGET = "debt ceiling", "budget"
COLUMNS = {CEILING: "debt_ceiling", BUDGET: "budget"}
PASSED = 1e-6  # by such a share may a ceiling be passed by rounding


@dataclass(frozen=True)
class Ceilings:
    """What governments state, a row each: kind, country and period (codes), and the value.

    per_outlay : debt or yearly payment in that period per unit of investment in each option and period of decision, were that loan as large
    as the outlay (rows x loans x options x periods).
    """

    kind: tuple[str, ...]
    country: Codes
    period: Codes
    value: Values
    per_outlay: Values

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.kind)

    def coefficients(self, debt: Values) -> Values:
        """Return the coefficients of investment (rows x options x periods) at so much debt per unit of outlay (loans x options).

        All loans of an option begin with it and their service never rises, so that the most of each falls into the same year.
        """
        return np.asarray((self.per_outlay * debt[None, :, :, None]).sum(axis=1))

    def names(self, case: Case) -> list[str]:
        """Return a name of each, as a limit of the case, which none of its own has."""
        countries, periods, taken = case.names["countries"], case.names["periods"], set(case.names["limits"])
        out = []
        for kind, country, period in zip(self.kind, self.country, self.period, strict=True):
            name = f"{kind} of {countries[country]} in {periods[period]}"
            while name in taken:
                name += " (financed)"
            out.append(name)
        return out


def ceilings_of(case: Case, own: Offered) -> Ceilings:
    """Return every ceiling that governments state on debt or budget, by country and period."""
    countries, periods = case.size("countries"), case.size("periods")
    country, period = (codes.ravel() for codes in np.indices((countries, periods)))
    options, horizon = every_option(case), horizon_of(case)
    counted = {CEILING: own.owed + own.guaranteed, BUDGET: own.owed}
    held = [np.flatnonzero(public & most) for public, most in zip(counted[CEILING] > 0, own.most > 0, strict=True)]
    courses = [_course(case, loan, rows, horizon) for loan, rows in zip(own.loans, held, strict=True)]
    parts = []
    for kind, column in COLUMNS.items():
        stated = case["governments"].lookup(column, country=country, period=period) if len(country) else np.zeros(0)
        rows = np.flatnonzero(~np.isnan(stated))
        at_home = options.country[None, :] == country[rows, None]
        found = np.zeros((len(rows), len(own.loans), case.size("options"), periods))
        for loan, (own_rows, course) in enumerate(zip(held, courses, strict=True)):
            weight = np.where(at_home, counted[kind][loan], 0.0)[:, own_rows]
            found[:, loan, own_rows] = weight[:, :, None] * course[kind][:, :, period[rows]].transpose(2, 0, 1)
        parts.append(Ceilings((kind,) * len(rows), country[rows], period[rows], stated[rows], found))
    return _useful(Ceilings(parts[0].kind + parts[1].kind, *(np.concatenate([getattr(p, n) for p in parts]) for n in ROWS)))


ROWS = ("country", "period", "value", "per_outlay")


def _useful(all_of: Ceilings) -> Ceilings:
    """Return the ceilings that some option counts against."""
    kept = np.flatnonzero((all_of.per_outlay > 0).any(axis=(1, 2, 3)))
    return Ceilings(tuple(all_of.kind[i] for i in kept), *(getattr(all_of, name)[kept] for name in ROWS))


def _course(case: Case, terms: Terms, held: Codes, horizon: Horizon) -> dict[str, Values]:
    """Return the most that a loan of 1 on options stands at, and costs in a year, in each period (options x decided x periods)."""
    times = case.times
    own = terms.some(held)
    interest, principal = service_of(own, int(max(own.years.max(initial=0), 1)))
    balance = principal[:, ::-1].cumsum(axis=1)[:, ::-1]
    lead = case["options"].numbers("lead_years")[held] if len(held) else np.zeros(0)
    opening = times.start[None, :] + lead[:, None]
    earns = np.searchsorted(times.start, opening - 1e-9)
    first = np.append(times.start, np.inf)[earns]
    age = np.floor(horizon.year[None, None, :] - first[..., None] + 1e-9)
    inside = (age >= 0) & (age < interest.shape[1])
    at = np.where(inside, age, 0).astype(np.int64)
    row = np.arange(len(held))[:, None, None]
    waits = (horizon.year >= opening[..., None] - 1e-9) & (age < 0)
    owed = np.where(inside, balance[row, at], np.where(waits, 1.0, 0.0))
    paid = np.where(inside, (interest + principal)[row, at], np.where(waits, own.rate[:, None, None], 0.0))
    shape = (len(held), len(times.start), len(times.start))
    most = [np.zeros(shape), np.zeros(shape)]
    for into, yearly in zip(most, (owed, paid), strict=True):
        for period in range(len(times.start)):
            into[:, :, period] = yearly[:, :, horizon.period == period].max(axis=2, initial=0.0)
    return dict(zip((CEILING, BUDGET), most, strict=True))


def loads_of(case: Case, plan: Plan, coefficients: Values) -> Values:
    """Return what each ceiling (rows) is used by the investment of a plan."""
    options, periods = ({name: i for i, name in enumerate(case.names[key])} for key in ("options", "periods"))
    spent = np.zeros((case.size("options"), case.size("periods")))
    for option, period, amount in plan["builds"].select("option", "period", "investment").iter_rows():
        spent[options[option], periods[period]] += amount
    return np.asarray((coefficients * spent).sum(axis=(1, 2)))


def passed(ceilings: Ceilings, loads: Values) -> np.ndarray:
    """Return whether each ceiling is passed."""
    return np.asarray(loads > ceilings.value + PASSED * np.maximum(ceilings.value, 1.0))


def with_ceilings(case: Case, ceilings: Ceilings, coefficients: Values, enforced: np.ndarray) -> Case:
    """Return the case with a limit for each ceiling that is enforced."""
    if not enforced.any():
        return case
    names, options, periods = ceilings.names(case), case.names["options"], case.names["periods"]
    rows = np.flatnonzero(enforced)
    limits = pl.DataFrame(
        {"limit": [names[i] for i in rows], "period": [HORIZON] * len(rows), "sense": ["<="] * len(rows), "value": ceilings.value[rows]}
    )
    row, option, period = np.nonzero(coefficients[rows])
    terms = pl.DataFrame(
        {
            "limit": [names[rows[i]] for i in row],
            "quantity": ["investment"] * len(row),
            "option": [options[i] for i in option],
            "period": [periods[i] for i in period],
            "coefficient": coefficients[rows][row, option, period],
        }
    )
    both = {"limits": limits, "limit_terms": terms}
    return case.replace(**{name: _appended(case.frames[name], more) for name, more in both.items()})


def _appended(frame: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Return a table with more rows, whatever they do not state left blank."""
    return pl.concat([frame, more.cast({name: frame.schema[name] for name in more.columns})], how="diagonal")
