"""The tranches, covers and bounds of a project file, and what is wrong between their settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from capcoop.errors import Problem, UsageError, printable, suggestion
from capcoop.money.insurance import PERILS, PoliticalCover, limits, usual_price
from capcoop.money.premium import Cover, category_of, classification
from capcoop.money.project.finance import ARRANGEMENT
from capcoop.money.project.tranches import Tranche
from capcoop.money.terms import reference_rate

STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
Fraction = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Part = Annotated[float, Field(ge=0, le=1)]
EQUITY = "equity"
CODE = 3  # letters of a currency


class Insurance(BaseModel):
    """The cover of a loan: a premium that is stated, or the OECD minimum by the category of a country and of the buyer.

    most : the largest amount that the insurer covers, for `--structure`.
    """

    model_config = STRICT

    premium: Fraction | None = None
    country: str | None = None
    category: int | None = Field(default=None, ge=1, le=7)
    buyer: str = "CC2"
    commercial: float = Field(default=0.95, ge=0, le=1)
    political: float = Field(default=0.95, ge=0, le=1)
    quality: str = "standard"
    pays: Literal["up-front", "financed", "running"] = "up-front"
    most: float | None = Field(default=None, gt=0)

    @property
    def insures(self) -> bool:
        """Whether there is a cover at all."""
        return bool(self.premium) or self.country is not None or self.category is not None

    def priced(self, years: float) -> float | Cover:
        """Return the premium, or the cover that prices it, of a loan of so many years."""
        if self.premium is not None or not self.insures:
            return self.premium or 0.0
        category = self.category if self.category is not None else category_of(self.country or "")
        asked = Cover(category, self.buyer, years, commercial=self.commercial, political=self.political)
        return replace(asked, quality=self.quality)


class Lending(BaseModel):
    """A tranche: see `Tranche` for what most terms mean.

    lender : country of the lender or its agency (ISO 3166 alpha-3). rate : or `base` and `margin`, or `bond_yield`, `margin` and `lock` of
    a commercial reference rate. exchange, depreciation : where its currency is not the project's. contract, local : value of the export
    contract that it pays, and local costs beside it, in the project's currency. reference : reference rate of its currency. tied : to
    supplies of the lender's country. sovereign : owed or guaranteed by the host. most : largest amount, for `--structure`.
    """

    model_config = STRICT

    name: str = Field(min_length=1, max_length=60)
    share: Share | None = None
    lender: str | None = None
    currency: str | None = None
    exchange: float | None = Field(default=None, gt=0)
    depreciation: float = Field(default=0.0, gt=-0.5, lt=1)
    rate: Fraction | None = None
    base: Fraction | None = None
    bond_yield: Fraction | None = None
    margin: Fraction | None = None
    lock: Fraction = 0.0
    years: int = Field(ge=1, le=100)
    first: int = Field(default=1, ge=1)
    profile: Literal["sculpted", "equal-principal", "annuity", "stated"] = "sculpted"
    parts: list[Part] = Field(default=[], max_length=100)
    commitment_fee: Fraction = 0.0
    front_fee: Fraction = 0.0
    insurance: Insurance = Insurance()
    contract: float | None = Field(default=None, gt=0)
    local: float = Field(default=0.0, ge=0)
    reference: Fraction | None = None
    tied: bool = False
    sovereign: bool = False
    most: float | None = Field(default=None, gt=0)
    uninsured: Fraction | None = None

    @property
    def interest(self) -> float:
        """The yearly rate, from whichever way it is stated."""
        if self.rate is not None:
            return self.rate
        if self.bond_yield is not None:
            return reference_rate(self.bond_yield, self.margin or 0.0, self.lock)
        return (self.base or 0.0) + (self.margin or 0.0)

    def tranche(self, political: float = 0.0) -> Tranche:
        """Return the terms of the tranche; political : yearly price of its political-risk cover."""
        return Tranche(
            self.name,
            1.0 if self.share is None else self.share,
            self.interest,
            self.years,
            first=self.first,
            profile=self.profile,
            parts=tuple(self.parts),
            commitment_fee=self.commitment_fee,
            front_fee=self.front_fee,
            premium=self.insurance.priced(float(self.years)),
            pays=self.insurance.pays,
            political=political,
            exchange=self.exchange or 1.0,
            depreciation=self.depreciation,
        )


class Shared(BaseModel):
    """What bounds all tranches together."""

    model_config = STRICT

    coverage: float = 1.3
    gearing: float = 0.7
    reserve: float = Field(default=0.0, ge=0, le=5)


class Structuring(BaseModel):
    """What `--structure` may choose besides the tranches: a fund, known by name or by its own terms, and the cover of the equity.

    hurdle : the fund's yearly return. tickets : in the project's currency. exchange : the project's currency for a million USD, in which
    the tickets of known funds and the planner's defaults are told. covered_discount : what owners ask for where their equity is covered.
    """

    model_config = STRICT

    fund: str | None = None
    hurdle: float | None = Field(default=None, gt=0, lt=1)
    smallest_ticket: float | None = Field(default=None, ge=0)
    largest_ticket: float | None = Field(default=None, gt=0)
    largest_share: float | None = Field(default=None, gt=0, lt=1)
    exchange: float | None = Field(default=None, gt=0)
    covered_discount: float | None = Field(default=None, gt=0, lt=1)


class Host(BaseModel):
    """What carries the public debt of the host, in the project's currency: see `capcoop.money.debt.Economy`."""

    model_config = STRICT

    gdp: float = Field(gt=0)
    exports: float = Field(gt=0)
    revenue: float = Field(gt=0)
    debt: float = Field(default=0.0, ge=0)
    service: float = Field(default=0.0, ge=0)
    capacity: Literal["weak", "medium", "strong"] = "medium"


class Protection(BaseModel):
    """Political-risk cover of the equity, or of a tranche by its name: perils with their yearly prices, or perils alone."""

    model_config = STRICT

    of: str = EQUITY
    perils: dict[str, Fraction] | list[str] = Field(min_length=1)
    share: Share = 0.9
    years: int = Field(default=15, ge=1, le=100)
    probability: Fraction | None = None
    loss: Share = 1.0

    def cover(self) -> PoliticalCover:
        """Return the cover, with the usual prices where none are stated."""
        known = self.perils if isinstance(self.perils, dict) else {peril: usual_price(peril, self.of) for peril in self.perils}
        assumed = () if isinstance(self.perils, dict) else tuple(self.perils)
        return PoliticalCover(self.of, dict(known), self.share, self.years, self.probability, self.loss, assumed)


def tranche_faults(file: str, loans: list[Lending], home: str) -> Iterator[Problem]:
    """Yield what is wrong within and between tranches; home : code of the project's currency."""
    names = [one.name for one in loans]
    for index, one in enumerate(loans):
        at = f"loans[{index + 1}]"
        if one.name in names[:index] or one.name == EQUITY:
            yield Problem(file, None, f"{at}.name", f"'{one.name}'", "stands for something else already", "give every tranche its own name")
        stated = [one.rate is not None, one.base is not None, one.bond_yield is not None]
        if sum(stated) != 1 or (one.margin is not None) == stated[0]:
            rule = "is stated by `rate`, by `base` and `margin`, or by `bond_yield` and `margin`"
            yield Problem(file, None, at, f"the interest of {one.name}", rule, "keep one of the three")
        if one.first > one.years:
            yield Problem(file, None, f"{at}.first", str(one.first), f"is beyond the last year of the tranche, {one.years}")
        if one.profile == "stated" and (len(one.parts) != one.years or abs(sum(one.parts) - 1) > 1e-6):
            told = f"{len(one.parts)} parts that sum to {sum(one.parts):g}"
            yield Problem(file, None, f"{at}.parts", told, f"must be one for each of {one.years} years, and sum to 1")
        if one.profile != "stated" and one.parts:
            yield Problem(file, None, f"{at}.parts", "parts", "hold for the profile `stated` alone", 'write profile = "stated"')
        yield from insurance_faults(file, f"{at}.insurance", one.insurance, stated="insurance" in one.model_fields_set)
        yield from _currency_faults(file, at, one, home)
        yield from country_faults(file, f"{at}.lender", one.lender)
    shares = [one.share for one in loans]
    if not loans or shares == [None]:
        return
    if any(share is None for share in shares) or abs(sum(share or 0.0 for share in shares) - 1) > 1e-6:
        told = ", ".join("none" if share is None else f"{share:g}" for share in shares)
        yield Problem(file, None, "loans", f"shares of {told}", "must be stated and sum to 1")


def insurance_faults(file: str, column: str, own: Insurance, *, stated: bool) -> Iterator[Problem]:
    """Yield what is wrong with the pricing of an insurance that is `stated`: its risk class is missing, or there are two prices."""
    classed = own.category is not None or own.country is not None
    if own.premium is not None and classed:
        yield Problem(file, None, column, "a premium and a country or category", "stand side by side", "keep one of the two")
    if stated and own.premium is None and not classed:
        rule = f"is stated, but the minimum premium depends on it ({ARRANGEMENT}, Annex VI)"
        yield Problem(file, None, column, "no risk class", rule, "state its country or category (1 to 7), or the premium itself")


def project_currency_faults(file: str, currency: str, code: str) -> Iterator[Problem]:
    """Yield a problem where the currency of a project ends in a code of three letters that is none; words such as `money` are free."""
    import pycountry

    if len(code) == CODE and code.isalpha() and code.isupper() and pycountry.currencies.get(alpha_3=code) is None:
        remedy = suggestion(code, [one.alpha_3 for one in pycountry.currencies]) or "write its code of ISO 4217, such as USD"
        yield Problem(file, None, "currency", f"'{printable(currency)}'", "names no currency", remedy)


def _currency_faults(file: str, at: str, one: Lending, home: str) -> Iterator[Problem]:
    import pycountry

    if one.currency is None:
        if one.exchange is not None or one.depreciation:
            yield Problem(file, None, at, "an exchange rate without a currency", "means nothing", 'state it, such as currency = "USD"')
        return
    codes = {currency.alpha_3 for currency in pycountry.currencies}
    if one.currency not in codes:
        remedy = suggestion(one.currency, codes) or "write its code of ISO 4217, such as USD"
        yield Problem(file, None, f"{at}.currency", f"'{printable(one.currency)}'", "is not a currency", remedy)
    elif home not in codes:
        rule = "of a tranche needs that of the project"
        yield Problem(file, None, f"{at}.currency", f"the currency {one.currency}", rule, 'state it, such as currency = "million USD"')
    elif one.currency != home and one.exchange is None:
        rule = f"has no exchange rate to the project's {home}"
        yield Problem(file, None, f"{at}.exchange", one.currency, rule, f"state exchange: {home} for one {one.currency}")
    elif one.currency == home and (one.exchange is not None or one.depreciation):
        yield Problem(file, None, f"{at}.exchange", home, "is the project's own currency", "leave exchange and depreciation out")


def country_faults(file: str, column: str, country: str | None) -> Iterator[Problem]:
    """Yield a problem where a country is not one of the OECD's list of all countries."""
    if country is None:
        return
    try:
        classification(country)
    except UsageError:
        yield Problem(file, None, column, f"'{printable(country)}'", "is not a country", "write its code of ISO 3166, such as CHN")


def cover_faults(file: str, covers: list[Protection], loans: dict[str, Insurance]) -> Iterator[Problem]:
    """Yield what is wrong with political-risk covers; loans : insurance of each tranche by its name."""
    for index, one in enumerate(covers):
        at = f"cover[{index + 1}]"
        if one.of != EQUITY and one.of not in loans:
            known = suggestion(one.of, [EQUITY, *loans])
            yield Problem(file, None, f"{at}.of", f"'{printable(one.of)}'", "is neither the equity nor a tranche", known)
            continue
        if one.of in [other.of for other in covers[:index]]:
            yield Problem(file, None, f"{at}.of", f"'{one.of}'", "is covered twice", "put its perils into one cover")
        if one.of != EQUITY and loans[one.of].insures and loans[one.of].political > 0:
            rule = "has political cover in its export-credit insurance already, which excludes a separate one (no risk is insured twice)"
            yield Problem(file, None, at, one.of, rule, f"leave this cover out, or set political = 0 in the insurance of {one.of}")
        for peril in one.perils:
            if peril not in PERILS:
                yield Problem(file, None, f"{at}.perils", f"'{printable(peril)}'", "is not a peril", suggestion(peril, PERILS))
        largest, longest, source = limits(one.of)
        if one.share > largest:
            remedy = "the rest stays with the insured"
            yield Problem(file, None, f"{at}.share", f"{one.share:g}", f"is more than the {largest:g} that is covered ({source})", remedy)
        if one.of != EQUITY and "years" in one.model_fields_set:
            rule = "holds for the equity alone; cover of a tranche lasts as long as that"
            yield Problem(file, None, f"{at}.years", str(one.years), rule, "leave it out")
        elif one.years > longest:
            yield Problem(file, None, f"{at}.years", str(one.years), f"is longer than the {longest} years that are covered at most")
