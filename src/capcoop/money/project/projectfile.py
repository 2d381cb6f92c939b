"""A single project as a TOML file: outlays, cash of operation, tax and the loan; every fault is told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from capcoop.case.settings import RULES, remedy_of
from capcoop.errors import CaseError, Problem, UsageError, printable, suggestion
from capcoop.money.insurance import PoliticalCover
from capcoop.money.loans import Floats
from capcoop.money.project.finance import Project, project
from capcoop.money.project.tranchefile import (
    EQUITY,
    STRICT,
    Fraction,
    Host,
    Insurance,
    Lending,
    Protection,
    Shared,
    Structuring,
    country_faults,
    cover_faults,
    insurance_faults,
    project_currency_faults,
    tranche_faults,
)
from capcoop.money.project.tranches import Financing, Tranche

LARGEST_FILE = 1_000_000  # bytes
Amounts = Annotated[list[float], Field(min_length=1, max_length=200)]


class Operations(BaseModel):
    """Cash of operation a year: `cash` itself, a number a year; or revenue and costs of the first year that grow over `years`."""

    model_config = STRICT

    cash: Amounts | None = None
    revenue: float | None = None
    costs: float | None = None
    growth: float = Field(default=0.0, gt=-1, lt=1)
    years: int | None = Field(default=None, ge=1, le=200)


class Taxes(BaseModel):
    """Tax on profit, and the years over which all uses of money are written off in equal parts."""

    model_config = STRICT

    rate: Fraction = 0.0
    depreciation_years: int | None = Field(default=None, ge=1, le=200)


class Credit(BaseModel):
    """The loan: see `Loan` for what each term means. lender : country of the lender or its agency (ISO 3166 alpha-3)."""

    model_config = STRICT

    lender: str | None = None
    rate: float = Field(ge=0, lt=1)
    years: int = Field(ge=1, le=100)
    coverage: float = 1.3
    gearing: float = 0.7
    commitment_fee: Fraction = 0.0
    front_fee: Fraction = 0.0
    reserve: float = Field(default=0.0, ge=0, le=5)
    profile: Literal["sculpted", "equal-principal", "annuity"] = "sculpted"


class Fund(BaseModel):
    """A fund that holds a share of the equity, and leaves by a put in a year after the first outlay at a price that gives its hurdle."""

    model_config = STRICT

    share: float = Field(gt=0, lt=1)
    hurdle: float = Field(gt=0, lt=1)
    exit: int = Field(ge=1)


class ProjectFile(BaseModel):
    """A project file. It has one loan, or several tranches. `discount` is what owners ask for, the rate of their present values.

    country : the host. scope : of the rules on repayment, `climate` and `fossil` have their own longest.
    """

    model_config = STRICT

    title: str = "Project"
    currency: str = "money"
    country: str | None = None
    scope: Literal["standard", "climate", "fossil"] = "standard"
    outlays: Amounts
    operation: Operations
    tax: Taxes = Taxes()
    loan: Credit | None = None
    loans: list[Lending] = Field(default=[], max_length=20)
    financing: Shared = Shared()
    insurance: Insurance = Insurance()
    cover: list[Protection] = Field(default=[], max_length=20)
    fund: Fund | None = None
    structure: Structuring = Structuring()
    host: Host | None = None
    discount: float = Field(default=0.10, gt=-1, lt=10)

    @property
    def cash(self) -> Floats:
        """Cash of operation before tax, a number a year."""
        own = self.operation
        if own.cash is not None:
            return np.array(own.cash, dtype=np.float64)
        return self.revenue - self.costs

    @property
    def revenue(self) -> Floats:
        """Revenue of operation, a number a year; nothing where cash is stated alone."""
        return self._grown(self.operation.revenue or 0.0)

    @property
    def costs(self) -> Floats:
        """Costs of operation, a number a year; nothing where cash is stated alone."""
        return self._grown(self.operation.costs or 0.0)

    def _grown(self, first: float) -> Floats:
        own = self.operation
        years = len(own.cash) if own.cash is not None else own.years or 1
        return np.asarray(first * (1 + own.growth) ** np.arange(years), dtype=np.float64)

    def project(self) -> Project:
        """Return the project before its financing."""
        return project(self.outlays, self.cash, self.tax.rate, self.tax.depreciation_years)

    @property
    def code(self) -> str:
        """The code of the project's currency, such as USD of `million USD`."""
        return (self.currency.split() or [""])[-1]

    def lendings(self) -> list[Lending]:
        """Return the tranches; a single loan is one."""
        if self.loan is None:
            return self.loans
        terms = self.loan.model_dump(exclude={"coverage", "gearing", "reserve"})
        return [Lending(name="loan", insurance=self.insurance, **terms)]

    def covers(self) -> list[PoliticalCover]:
        """Return the political-risk covers."""
        return [one.cover() for one in self.cover]

    def terms(self) -> Financing:
        """Return the tranches and their bounds."""
        covers = {one.of: one for one in self.covers()}
        tranches: list[Tranche] = [one.tranche(covers[one.name].price if one.name in covers else 0.0) for one in self.lendings()]
        own = self.financing if self.loan is None else self.loan
        equity = covers.get(EQUITY)
        found = Financing(tuple(tranches), own.coverage, own.gearing, own.reserve)
        return found if equity is None else replace(found, equity_cover=equity.price, equity_years=equity.years)


def read_project(path: Path) -> ProjectFile:
    """Read a project file.

    Raises
    ------
    UsageError : there is no such file, or it is far too large for one.
    CaseError : it is no TOML, or a setting is unknown, missing or out of range; all faults at once.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {printable(str(path))}; a project is a TOML file (docs/finance.md shows one)")
    if path.stat().st_size > LARGEST_FILE:
        raise UsageError(f"{printable(str(path))} has {path.stat().st_size:,} bytes; a project file has a page of settings")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise CaseError([Problem(path.name, None, None, "the settings", "lie in each other too deep", "write them plainly")]) from None
    except ValueError as error:
        remedy = "correct the line named here; save the file as UTF-8"
        raise CaseError([Problem(path.name, None, None, str(error) + ":", "the file must be valid TOML", remedy)]) from None
    try:
        found = ProjectFile(**values)
    except ValidationError as error:
        raise CaseError([_problem(path.name, fault) for fault in error.errors()]) from None
    problems = list(_faults(path.name, found))
    if problems:
        raise CaseError(problems)
    return found


MODELS: dict[str, Any] = {
    "operation": Operations,
    "tax": Taxes,
    "loan": Credit,
    "loans": Lending,
    "financing": Shared,
    "insurance": Insurance,
    "cover": Protection,
    "fund": Fund,
    "structure": Structuring,
    "host": Host,
}


def _problem(file: str, fault: Any) -> Problem:  # noqa: ANN401  (pydantic's error record)
    """Return a fault of pydantic as a problem."""
    place = [str(part) for part in fault["loc"] if not isinstance(part, int)]
    key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in fault["loc"])[1:]
    if fault["type"] == "extra_forbidden":
        return Problem(file, None, key, f"'{place[-1]}'", "is not a setting", suggestion(place[-1], _fields(place[:-1])))
    if fault["type"] == "missing":
        return Problem(file, None, key, "it", "must be stated")
    bounds = fault.get("ctx", {})
    rule = RULES.get(fault["type"], "is not allowed here: " + str(bounds.get("error") or fault["msg"][0].lower() + fault["msg"][1:]))
    return Problem(file, None, key, repr(fault["input"])[:60], rule.format(**bounds), remedy_of(fault))


def _fields(place: list[str]) -> list[str]:
    """Return the settings known at a place of the file."""
    model: Any = ProjectFile
    for part in place:
        model = MODELS.get(part, model)
    return list(model.model_fields)


def _faults(file: str, found: ProjectFile) -> list[Problem]:
    """Return what is wrong between settings."""
    own, cover, faults = found.operation, found.insurance, []
    if own.cash is None and (own.revenue is None or own.costs is None or own.years is None):
        faults.append(Problem(file, None, "operation", "neither cash nor revenue, costs and years", "are stated", "state one of the two"))
    if own.cash is not None and any(value is not None for value in (own.revenue, own.costs, own.years)):
        faults.append(Problem(file, None, "operation", "cash and revenue, costs or years", "stand side by side", "keep one of the two"))
    faults += insurance_faults(file, "insurance", cover, stated="insurance" in found.model_fields_set)
    faults += project_currency_faults(file, found.currency, found.code)
    if found.fund is not None and found.fund.exit >= len(found.outlays) + len(found.cash):
        rule = f"is beyond the project's last year, {len(found.outlays) + len(found.cash) - 1}"
        faults.append(Problem(file, None, "fund.exit", str(found.fund.exit), rule, "let the fund leave earlier"))
    return [*faults, *_loan_faults(file, found)]


def _loan_faults(file: str, found: ProjectFile) -> Iterator[Problem]:
    """Yield what is wrong with the loans and covers."""
    if (found.loan is None) == (not found.loans):
        told, rule = ("no loan", "is stated") if found.loan is None else ("[loan] and [[loans]]", "stand side by side")
        yield Problem(file, None, "loan", told, rule, "write one [loan], or tranches as [[loans]]")
        return
    if found.loan is not None and "financing" in found.model_fields_set:
        yield Problem(file, None, "financing", "it", "belongs to tranches", "state coverage, gearing and reserve in [loan]")
    if found.loans and "insurance" in found.model_fields_set:
        yield Problem(file, None, "insurance", "it", "belongs to one loan", "state [loans.insurance] below the tranche that it covers")
    yield from country_faults(file, "country", found.country)
    yield from country_faults(file, "loan.lender", None if found.loan is None else found.loan.lender)
    yield from tranche_faults(file, found.loans, found.code)
    yield from cover_faults(file, found.cover, {one.name: one.insurance for one in found.lendings()})
