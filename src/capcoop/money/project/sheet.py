"""The term sheet of a single project: sources and uses, tranches, ratios, returns to each party, the waterfall, and what moves it most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from capcoop.money.insurance import expected_claims
from capcoop.money.loans import Floats
from capcoop.money.project.compliance import check, concessionality, remarks
from capcoop.money.project.finance import put_price
from capcoop.money.project.projectfile import Fund, ProjectFile
from capcoop.money.project.sensitivity import sensitivity, tornado
from capcoop.money.project.syndicate import Syndicated, syndicate
from capcoop.money.project.tranchefile import EQUITY
from capcoop.money.returns import Rates, internal_rates, payback, present_value

PLAIN = ("title", "currency", "sources", "uses", "ratios", "returns", "base", "fund", "tranches", "covers")


@dataclass(frozen=True)
class Sheet:
    """The terms of a project and what they lead to.

    sources, uses : amounts by name. ratios, returns : figures by name. tranches : the same of each tranche. covers : of political risk,
    what each costs and keeps. waterfall, flows : a row a year, flows by party. tornado : change, down, up (present value of the owners with
    the figure lower and higher). variants : see `sensitivity`. base : the owners' value as it is. fund : what a fund that leaves gets;
    None: no fund.
    """

    title: str
    currency: str
    sources: dict[str, float]
    uses: dict[str, float]
    ratios: dict[str, float | None]
    returns: dict[str, float | None]
    tranches: dict[str, dict[str, str | float | None]]
    covers: dict[str, dict[str, str | float | None]]
    waterfall: pl.DataFrame
    flows: pl.DataFrame
    tornado: pl.DataFrame
    variants: pl.DataFrame
    base: float
    fund: dict[str, float | None] | None
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        tables = {"waterfall": self.waterfall.to_dicts(), "flows": self.flows.to_dicts()}
        moved = {"sensitivity": self.tornado.to_dicts(), "variants": self.variants.to_dicts()}
        return {**{name: getattr(self, name) for name in PLAIN}, **tables, **moved, "notes": list(self.notes)}


def term_sheet(asked: ProjectFile) -> Sheet:
    """Return the term sheet of a project file; raises UsageError where its terms break a rule."""
    what, financing = asked.project(), asked.terms()
    check(what, financing)
    found = syndicate(what, financing)
    costs = {name: float(amounts[0]) for name, amounts in found.during_construction.items()}
    drawn = {one.name: float(found.draws[index, 0].sum()) for index, one in enumerate(financing.tranches)}
    return Sheet(
        asked.title,
        asked.currency,
        {**drawn, "equity": float(found.equity[0].sum())},
        {"outlays": float(what.capital[0].sum()), **{f"{name} until operation": value for name, value in costs.items() if value}},
        _ratios(found),
        _returns(asked, found),
        _tranches(asked, found),
        _covers(asked, found),
        _waterfall(found),
        _flows(found),
        tornado(asked, what, financing),
        sensitivity(asked, what, financing, found),
        present_value(asked.discount, found.owners[0]),
        _leaving(found, asked.fund, asked.discount) if asked.fund else None,
        tuple(_notes(asked, found)),
    )


def _notes(asked: ProjectFile, found: Syndicated) -> list[str]:
    """Return sentences: what bounds the debt, broken rules, and what the reader should doubt."""
    bound = "the gearing" if found.by_gearing[0] else "the coverage of debt service"
    one = "loan is" if len(found.loans) == 1 else "loans are"
    doubts = (_doubt(found.owners[0], "owners"), _doubt(found.project[0], "the project"))
    told = [f"The {one} bounded by {bound}.", *filter(None, doubts), *map(str, remarks(asked, found))]
    if asked.country is None and any(each.lender for each in asked.lendings()):
        told.append("No host is stated (country), so the rules of export credit are not checked.")
    usual = "are the middle of usual ones, which are not verified"
    return [*told, *(f"The prices of political risk of the {_of(one.of)} {usual}." for one in asked.covers() if one.assumed)]


def _of(name: str) -> str:
    return name if name == EQUITY else f"tranche {name}"


def _returns(asked: ProjectFile, found: Syndicated) -> dict[str, float | None]:
    lenders = found.lenders.sum(axis=0)[0]
    return {
        "project, internal rate of return": internal_rates(found.project[0]).only,
        "owners, internal rate of return": internal_rates(found.owners[0]).only,
        f"owners, present value at {100 * asked.discount:g} %": present_value(asked.discount, found.owners[0]),
        f"lender{'s' * (len(found.loans) > 1)}, internal rate of return": internal_rates(lenders).only,
        f"loan{'s' * (len(found.loans) > 1)} and insurance, cost a year": found.cost_of_debt().only,
        "project, payback in years": payback(found.project[0]),
        "owners, payback in years": payback(found.owners[0]),
    }


def _tranches(asked: ProjectFile, found: Syndicated) -> dict[str, dict[str, str | float | None]]:
    """Return the figures of each tranche by its name."""
    told: dict[str, dict[str, str | float | None]] = {}
    for index, one in enumerate(asked.lendings()):
        amount, premium = float(found.draws[index, 0].sum()), float(found.premium[index, 0])
        row: dict[str, str | float | None] = {"lender": one.lender, "currency": one.currency or asked.code}
        row |= {"amount": amount, "share of the debt": amount / float(found.debt[0])}
        row |= {"amount in its currency": float(found.loans[index, 0]) if one.exchange else None}
        row |= {"rate of interest": one.interest, "profile": one.profile, "principal from year": float(one.first)}
        row |= {"principal until year": float(one.years), "average life in years": float(found.average_lives[index, 0])}
        row |= {"premium, share of the loan": premium or None, "premium is paid": one.insurance.pays if premium else None}
        row |= {"cash over its own service, least": float(found.own_coverage[index, 0])}
        row |= {"grant element": concessionality(found, index, one) if one.sovereign or one.tied else None}
        row |= {"loan and insurance, cost a year": found.cost(index).only}
        told[one.name] = row
    return told


def _covers(asked: ProjectFile, found: Syndicated) -> dict[str, dict[str, str | float | None]]:
    """Return the figures of each cover of political risk by what it covers."""
    told: dict[str, dict[str, str | float | None]] = {}
    names = [one.name for one in found.financing.tranches]
    for cover in asked.covers():
        if cover.of == EQUITY:
            premium, standing = found.equity_insurer[0], np.cumsum(found.equity[0])
            balance = np.pad(standing, (0, max(cover.years - len(standing), 0)), mode="edge")[: cover.years]
        else:
            index = names.index(cover.of)
            start = found.draws.shape[2]
            drawn = (found.draws[index, 0] / found.exchange[index, 0, :start]).cumsum() * found.exchange[index, 0, :start]
            balance = np.concatenate([drawn, found.balance[index, 0, 1:]])
            premium = cover.price * balance
        claims = None
        if cover.probability is not None:
            claims = expected_claims(balance, cover.probability, cover.loss, cover.cover, asked.discount)
        told[cover.of] = {
            "perils": ", ".join(cover.prices),
            "price a year, share of the balance": cover.price,
            "largest balance": float(balance.max()),
            "stays with the insured, share": cover.retention,
            "premium, present value": float(premium @ (1 + asked.discount) ** -np.arange(len(premium))),
            "expected claims, present value": claims,
        }
    return told


def _doubt(flows: Floats, whose: str) -> str:
    """Return a warning where flows have no single rate of return."""
    rates: Rates = internal_rates(flows)
    if rates.kind == "unique":
        return ""
    roots = ", ".join(f"{100 * root:.2f} %" for root in rates.roots) or "none"
    return f"The flows of {whose} have {'several rates' if rates.roots else 'no rate'} of return ({roots}): decide on the present value."


def _ratios(found: Syndicated) -> dict[str, float | None]:
    owed = found.service[0] > 1e-9 * found.debt[0]
    coverage, principal = found.coverage[0][owed], found.principal[:, 0].sum(axis=0)
    return {
        "gearing": float(found.gearing[0]),
        "debt-service coverage, least": float(coverage.min()),
        "debt-service coverage, mean": float(coverage.mean()),
        "loan-life coverage, first year": float(found.life_coverage(of_loan=True)[0]),
        "project-life coverage, first year": float(found.life_coverage(of_loan=False)[0]),
        "average life in years": float(principal @ np.arange(1.0, len(principal) + 1) / principal.sum()),
        "premium, share of the loan": float(found.during_construction["premium"][0] / found.debt[0]),
    }


def _waterfall(found: Syndicated) -> pl.DataFrame:
    """Return the cash of each year from what is earned down to what owners get; the columns before `owners` sum to it."""
    start, years = found.uses.shape[1], found.owners.shape[1]

    def laid(values: Floats, at: int) -> Floats:
        row = np.zeros(years)
        row[at : at + len(values)] = values
        return row

    drawn = (found.draws[:, 0] / found.exchange[:, 0, :start]).cumsum(axis=1) * found.exchange[:, 0, :start]
    owed = found.service[0] > 1e-9 * found.debt[0]
    coverage = [None] * start + [float(value) if due else None for value, due in zip(found.coverage[0], owed, strict=True)]
    release = found.project[0, start:] - found.cash[0]
    return pl.DataFrame(
        {
            "year": np.arange(years),
            "cash before tax": laid(found.cash[0] + found.tax[0], start),
            "tax": -laid(found.tax[0], start),
            "uses": -laid(found.uses[0], 0),
            "drawn": laid(found.draws[:, 0].sum(axis=0), 0),
            "interest": -laid(found.interest[:, 0].sum(axis=0), start),
            "principal": -laid(found.principal[:, 0].sum(axis=0), start),
            "insurance": -laid(found.insurance[:, 0].sum(axis=0), start) - found.equity_insurer[0],
            "reserve": laid(release, start),
            "owners": found.owners[0],
            "balance": laid(np.concatenate([drawn.sum(axis=0), found.balance[:, 0].sum(axis=0)[1:]]), 0),
            "coverage": pl.Series(coverage, dtype=pl.Float64),
        }
    )


def _flows(found: Syndicated) -> pl.DataFrame:
    """Return the flows of every party, a row a year; owners, lenders and insurers add up to the project's."""
    columns: dict[str, Floats] = {"project": found.project[0], "owners": found.owners[0]}
    for index, one in enumerate(found.financing.tranches):
        columns |= {f"lender of {one.name}": found.lenders[index, 0], f"insurer of {one.name}": found.insurers[index, 0]}
    columns |= {"insurer of the equity": found.equity_insurer[0]}
    return pl.DataFrame({"year": np.arange(found.owners.shape[1]), **{name: flow for name, flow in columns.items() if flow.any()}})


def _leaving(found: Syndicated, fund: Fund, discount: float) -> dict[str, float | None]:
    """Return what a fund gets that leaves by a put at its hurdle, and what is left to the other owners."""
    own = np.zeros(found.owners.shape[1])
    own[: fund.exit + 1] = fund.share * found.owners[0, : fund.exit + 1]
    price = put_price(own[: fund.exit + 1], fund.hurdle)
    own[fund.exit] += price
    others = found.owners[0] - own
    return {
        "price of the put": price,
        "fund, internal rate of return": internal_rates(own).only,
        "other owners, internal rate of return": internal_rates(others).only,
        f"other owners, present value at {100 * discount:g} %": present_value(discount, others),
    }
