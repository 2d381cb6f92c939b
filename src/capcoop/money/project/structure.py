"""The structure of a project's money: the cheapest mix of capital within its limits, financed exactly, and which limits bind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from capcoop.errors import UsageError
from capcoop.money.debt import Economy, debt_ratios
from capcoop.money.funds import fund_rules
from capcoop.money.loans import Floats
from capcoop.money.project.candidates import Candidates, Longest, candidates, longest_of
from capcoop.money.project.compliance import check
from capcoop.money.project.finance import Project, put_price
from capcoop.money.project.mix import TINY, FundOffer, Limits, Mix, Money, best_mix
from capcoop.money.project.projectfile import Fund, ProjectFile
from capcoop.money.project.syndicate import Syndicated, syndicate
from capcoop.money.project.tranchefile import EQUITY
from capcoop.money.project.tranches import Financing
from capcoop.money.returns import present_value

ROUNDS = 8  # of financing a mix anew, until it is within what lenders and insurers give
FELT = 5e-6  # a change of the cost of capital below this is none
MORE = 1.01  # of an amount, to see whether its limit binds


@dataclass(frozen=True, eq=False)
class Structured:
    """A mix, financed exactly.

    sources : name, amount, share, cost (yearly, after tax) and how it is had. before, after : weighted cost of capital. value_before,
    value_after : present value of the owners other than a fund. coverage_before : the least. binds : a sentence for each limit that
    holds the cost up. found : the financing; None where owners and fund pay alone. notes : what is assumed.
    """

    title: str
    currency: str
    sources: pl.DataFrame
    before: float
    after: float
    value_before: float
    value_after: float
    coverage_before: float
    binds: tuple[str, ...]
    found: Syndicated | None
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        names = ("title", "currency", "coverage_before", "before", "after", "value_before", "value_after", "binds", "notes")
        return {**{name: getattr(self, name) for name in names}, "sources": self.sources.to_dicts()}


def money_of(asked: ProjectFile, what: Project) -> Money:
    """Return what a mix is for."""
    operation = what.operation
    written = operation.depreciation(np.ones(1))[0]
    owners = owners_cost(asked)
    return Money(float(what.capital.sum()), operation.cash[0], operation.taxes[0], written, owners[0], float(asked.terms().reserve))


def owners_cost(asked: ProjectFile) -> tuple[float, bool]:
    """Return what the owners' money costs a year, and whether it is cheaper with cover of political risk."""
    cover = next((one for one in asked.covers() if one.of == EQUITY), None)
    if cover is None or asked.structure.covered_discount is None:
        return asked.discount, False
    covered = asked.structure.covered_discount + cover.price
    return min(asked.discount, covered), covered < asked.discount


def limits_of(asked: ProjectFile) -> Limits:
    """Return the limits of a project's mix; raises UsageError where the host's debt is needed and not known."""
    lendings, terms = asked.lendings(), asked.terms()
    value, service = np.inf, np.inf
    if any(one.sovereign for one in lendings):
        if asked.host is None:
            names = ", ".join(one.name for one in lendings if one.sovereign)
            told = f"{names} would be public debt of the host, whose room is not known"
            raise UsageError(f"{told}: state [host] with gdp, exports and revenue")
        own = asked.host
        rooms = debt_ratios(Economy(own.gdp, own.exports, own.revenue, own.debt, own.service), {}, own.capacity)["room"].to_list()
        value, service = max(min(rooms[:2]), 0.0), max(min(rooms[2:]), 0.0)
    most = tuple(np.inf if one.most is None else one.most for one in lendings)
    insured = tuple(np.inf if one.insurance.most is None else one.insurance.most for one in lendings)
    return Limits(float(terms.coverage), float(terms.gearing), most, insured, fund_of(asked), value, service)


def fund_of(asked: ProjectFile) -> FundOffer | None:
    """Return the fund that may take part: that of [structure], else that of [fund]; None without either.

    Raises
    ------
    UsageError : tickets are known in million USD, and the project counts in something else without an exchange rate.
    """
    own = asked.structure
    if own.fund is None and own.hurdle is None:
        return None if asked.fund is None else FundOffer(asked.fund.hurdle, 0.0, np.inf, own.largest_share or fund_rules().largest_share)
    rules = fund_rules(own.fund)
    exchange = 1.0 if asked.currency == "million USD" else own.exchange
    if exchange is None and (own.smallest_ticket is None or own.largest_ticket is None):
        told = "tickets of funds are known in million USD"
        raise UsageError(f"{told}: state structure.exchange ({asked.currency} for a million USD), or both tickets in [structure]")
    smallest = own.smallest_ticket if own.smallest_ticket is not None else rules.smallest_ticket * (exchange or 1.0)
    largest = own.largest_ticket if own.largest_ticket is not None else rules.largest_ticket * (exchange or 1.0)
    return FundOffer(own.hurdle or rules.hurdle, smallest, largest, own.largest_share or rules.largest_share)


def exactly(asked: ProjectFile, what: Project, known: Candidates, mix: Mix, limits: Limits) -> Syndicated | None:
    """Return the financing of a mix; None where there is no debt. Amounts stay within what lenders and insurers give."""
    (had,) = np.nonzero(mix.amounts)
    total = mix.amounts.sum()
    if not len(had):
        return None
    cover = next((one for one in asked.covers() if one.of == EQUITY), None)
    covered = cover is not None and (asked.structure.covered_discount is None or owners_cost(asked)[1])
    tranches = tuple(replace(known.terms[index], share=float(mix.amounts[index] / total)) for index in had)
    gearing = min(limits.gearing, float(total / (total + mix.fund + mix.owners)))
    terms = Financing(tranches, limits.coverage, gearing, asked.terms().reserve)
    if covered and cover is not None:
        terms = replace(terms, equity_cover=cover.price, equity_years=cover.years)
    found = syndicate(what, terms)
    for _ in range(ROUNDS):
        amounts = found.draws[:, 0].sum(axis=1)
        owners = known.tranche[had].astype(int)
        bounds = [limits.most[j] / a for j, a in zip(owners, amounts, strict=True)]
        bounds += [limits.insured[j] / max(known.insured[c] * a, TINY) for j, c, a in zip(owners, had, amounts, strict=True)]
        if (owed := float(known.public_value[had] @ amounts)) > 0:
            bounds += [limits.public_value / owed, limits.public_service / float((amounts @ known.public_service[had]).max())]
        over = min(1.0, *bounds)
        if over >= 1 - TINY:
            break
        terms = replace(terms, gearing=float(np.asarray(terms.gearing)) * over)
        found = syndicate(what, terms)
    return found


def structure(asked: ProjectFile) -> Structured:
    """Return the cheapest mix of a project file; raises UsageError where its terms break a rule."""
    what, offered = asked.project(), asked.terms()
    check(what, offered)
    base = syndicate(what, offered)
    money, limits = money_of(asked, what), limits_of(asked)
    longest = [longest_of(asked, one, len(asked.cash)) for one in asked.lendings()]
    known = candidates(asked, base, longest)
    mix = best_mix(money, known, limits)
    found = exactly(asked, what, known, mix, limits)
    sources, after = _sources(asked, money, limits, mix, found)
    alone = np.concatenate([-what.capital[0], what.operation.cash[0] - what.operation.taxed(np.zeros((1, 1)), what.capital.sum(axis=1))[0]])
    owed = base.service[0] > TINY * base.debt[0]
    return Structured(
        asked.title,
        asked.currency,
        sources,
        _cost_now(asked, money, base),
        after,
        _owners_value(asked, base.owners[0], asked.fund),
        _owners_value(asked, alone if found is None else found.owners[0], _joined(asked, mix, limits)),
        float(base.coverage[0][owed].min()),
        tuple(_binding(asked, base, (money, limits, longest), mix.cost)),
        found,
        tuple(_notes(asked, limits, dearer=after > _cost_now(asked, money, base) + FELT)),
    )


def _joined(asked: ProjectFile, mix: Mix, limits: Limits) -> Fund | None:
    """Return the fund of a mix, which leaves as early as funds do."""
    share = mix.fund / (mix.fund + mix.owners)
    if limits.fund is None or share <= TINY:
        return None
    last = len(asked.outlays) + len(asked.cash) - 1
    exit_year = asked.fund.exit if asked.fund is not None else fund_rules(asked.structure.fund).earliest_exit
    return Fund(share=share, hurdle=limits.fund.hurdle, exit=min(exit_year, last))


def _owners_value(asked: ProjectFile, flows: Floats, fund: Fund | None) -> float:
    """Return the present value of what is left to the owners once a fund has left by a put at its hurdle."""
    if fund is None:
        return present_value(asked.discount, flows)
    own = fund.share * flows[: fund.exit + 1]
    left = flows.copy()
    left[: fund.exit + 1] -= own
    left[fund.exit] -= put_price(own, fund.hurdle)
    return present_value(asked.discount, left)


def _cost_now(asked: ProjectFile, money: Money, base: Syndicated) -> float:
    """Return the weighted cost of capital, after tax, of the file's own terms."""
    debt, equity = base.draws[:, 0].sum(axis=1), float(base.equity[0].sum())
    costs = np.array([_cost_of(base, index) for index in range(len(debt))])
    share, hurdle = (0.0, 0.0) if asked.fund is None else (asked.fund.share, asked.fund.hurdle)
    covered = any(one.of == EQUITY for one in asked.covers())
    owners = owners_cost(asked)[0] if covered else asked.discount
    return float((costs @ debt * money.kept + equity * (share * hurdle + (1 - share) * owners)) / (debt.sum() + equity))


def _cost_of(found: Syndicated, tranche: int) -> float:
    cost = found.cost(tranche).only
    if cost is None:
        raise UsageError(f"the cost of {found.financing.tranches[tranche].name} cannot be told: its flows have no single rate of return")
    return cost


def _sources(asked: ProjectFile, money: Money, limits: Limits, mix: Mix, found: Syndicated | None) -> tuple[pl.DataFrame, float]:
    """Return the sources of the mix as it is financed exactly, and its weighted cost."""
    equity = money.outlays if found is None else float(found.equity[0].sum())
    fund = equity * mix.fund / (mix.fund + mix.owners)
    rows: list[tuple[str, float, float, str]] = []
    if found is not None:
        for place, own in enumerate(found.financing.tranches):
            rows.append((own.name, float(found.draws[place, 0].sum()), _cost_of(found, place) * money.kept, _how(found, place)))
    if fund > TINY * equity and limits.fund is not None:
        rows.append((asked.structure.fund or "fund", fund, limits.fund.hurdle, "equity, leaves at its hurdle"))
    cost, covered = owners_cost(asked)
    rows.append(("owners", equity - fund, cost, "equity, with cover of political risk" if covered else "equity"))
    total = sum(row[1] for row in rows)
    schema = {"source": pl.String, "amount": pl.Float64, "cost": pl.Float64, "how": pl.String}
    table = pl.DataFrame(rows, schema=schema, orient="row").with_columns(share=pl.col("amount") / total)
    return table, sum(row[1] * row[2] for row in rows) / total


def _how(found: Syndicated, place: int) -> str:
    """Say how a tranche is had."""
    own, premium = found.financing.tranches[place], float(found.premium[place, 0])
    first = "" if np.max(own.first) == 1 else f", principal from year {np.max(own.first)}"
    insured = f"premium of {100 * premium:.2f} %, {own.pays}" if premium else "without insurance"
    return f"{own.years} years, {own.profile}{first}, {insured}"


def _binding(asked: ProjectFile, base: Syndicated, bounds: tuple[Money, Limits, list[Longest]], cost: float) -> Iterator[str]:
    """Yield a sentence for each limit whose relaxing lowers the cost of capital; every limit is relaxed alone, and the mix chosen anew."""
    money, limits, longest = bounds
    known = candidates(asked, base, longest)
    for what, more, changed in _relaxed(asked, limits):
        yield from _felt(what, more, cost, best_mix(money, known, changed, cost).cost)
    for index, (one, limit) in enumerate(zip(asked.lendings(), longest, strict=True)):
        if limit.years < len(asked.cash) and one.profile != "stated":
            longer = [replace(each, years=each.years + (place == index)) for place, each in enumerate(longest)]
            lower = best_mix(money, candidates(asked, base, longer), limits, cost).cost
            yield from _felt(f"The term of {one.name}, {limit.years} years,", "one year more", cost, lower, limit.why)
        if np.isfinite(limit.life):
            longer = [replace(each, life=each.life + (place == index)) for place, each in enumerate(longest)]
            lower = best_mix(money, candidates(asked, base, longer), limits, cost).cost
            yield from _felt(f"The average life of {one.name}, {limit.life:g} years,", "one year more", cost, lower, limit.why_life)


def _felt(what: str, more: str, cost: float, lower: float, why: str = "") -> Iterator[str]:
    """Yield what a limit costs, where it costs anything, and whose it is."""
    if lower < cost - FELT:
        source = f". Source: {why}" if why else ""
        yield f"{what} binds: with {more} the cost of capital would be {100 * (cost - lower):.3f} points lower{source}."


def _relaxed(asked: ProjectFile, limits: Limits) -> Iterator[tuple[str, str, Limits]]:
    """Yield each limit: what it is, what more of it would be, and the limits with that."""
    if limits.coverage > 1:
        lower = max(limits.coverage - 0.05, 1.0)
        yield f"The debt-service coverage of {limits.coverage:g}", f"{lower:g}", replace(limits, coverage=lower)
    if limits.gearing < 0.99:
        more = limits.gearing + 0.01
        yield f"The gearing of {100 * limits.gearing:g} %", "one point more", replace(limits, gearing=more)
    for index, one in enumerate(asked.lendings()):
        if np.isfinite(limits.most[index]):
            more_lent = replace(limits, most=_raised(limits.most, index))
            yield f"What the lender of {one.name} gives at most, {limits.most[index]:g},", "1 % more of it", more_lent
        if np.isfinite(limits.insured[index]):
            more_insured = replace(limits, insured=_raised(limits.insured, index))
            yield f"What the insurer of {one.name} covers at most, {limits.insured[index]:g},", "1 % more of it", more_insured
    if (fund := limits.fund) is not None:
        if np.isfinite(fund.largest):
            larger = replace(limits, fund=replace(fund, largest=fund.largest * MORE))
            yield f"The largest ticket of the fund, {fund.largest:g},", "1 % more of it", larger
        if fund.smallest:
            none = replace(limits, fund=replace(fund, smallest=0.0))
            yield f"The smallest ticket of the fund, {fund.smallest:g},", "any ticket", none
        wider = replace(limits, fund=replace(fund, share=min(fund.share + 0.01, 0.999)))
        yield f"The fund's share of the equity, below {100 * fund.share:g} %,", "one point more", wider
    if np.isfinite(limits.public_value):
        room = replace(limits, public_value=limits.public_value * MORE)
        yield f"The room for public debt of the host, {limits.public_value:g} in present value,", "1 % more of it", room
        room = replace(limits, public_service=limits.public_service * MORE)
        yield f"The room for service of public debt, {limits.public_service:g} a year,", "1 % more of it", room


def _raised(values: tuple[float, ...], index: int) -> tuple[float, ...]:
    return tuple(value * (MORE if place == index else 1.0) for place, value in enumerate(values))


def _notes(asked: ProjectFile, limits: Limits, *, dearer: bool) -> Iterator[str]:
    """Yield what is assumed, and whether the file's own terms cost less."""
    if dearer:
        yield "The file's own terms would cost less: they break a limit of the mix, or lie between its choices."
    own = asked.structure
    if limits.fund is not None and (own.fund is not None or own.hurdle is not None):
        tickets = {"smallest ticket": own.smallest_ticket, "largest ticket": own.largest_ticket}
        stated = {"hurdle": own.hurdle, "largest share": own.largest_share, **tickets}
        assumed = [rule for rule in fund_rules(own.fund).assumed if stated.get(rule) is None and rule in stated]
        if assumed:
            yield f"Of the fund {', '.join(assumed)} are not known: the planner's defaults stand in, which are not verified."
    yield f"Owners ask for {100 * asked.discount:g} % a year; costs are after tax, weighted by amounts until operation."
