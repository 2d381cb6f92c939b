"""A single project as a TOML file: outlays, cash of operation, tax and the loan; every fault is told at once."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from capcoop.case.settings import RULES, remedy_of
from capcoop.errors import CaseError, Problem, UsageError, printable, suggestion
from capcoop.money.loans import Floats, Loan
from capcoop.money.premium import Cover, category_of
from capcoop.money.project import Project, project

LARGEST_FILE = 1_000_000  # bytes
STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
Amounts = Annotated[list[float], Field(min_length=1, max_length=200)]
Fraction = Annotated[float, Field(ge=0, lt=1)]


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


class Insurance(BaseModel):
    """The cover of the loan: a premium that is stated, or the OECD minimum by the category of a country and of the buyer."""

    model_config = STRICT

    premium: Fraction | None = None
    country: str | None = None
    category: int | None = Field(default=None, ge=1, le=7)
    buyer: str = "CC2"
    commercial: float = Field(default=0.95, ge=0, le=1)
    political: float = Field(default=0.95, ge=0, le=1)
    quality: str = "standard"


class Credit(BaseModel):
    """The loan: see `Loan` for what each term means."""

    model_config = STRICT

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
    """A project file. `discount` is the rate at which present values of owners are told."""

    model_config = STRICT

    title: str = "Project"
    currency: str = "money"
    outlays: Amounts
    operation: Operations
    tax: Taxes = Taxes()
    loan: Credit
    insurance: Insurance = Insurance()
    fund: Fund | None = None
    discount: float = Field(default=0.10, gt=-1, lt=10)

    @property
    def cash(self) -> Floats:
        """Cash of operation before tax, a number a year."""
        own = self.operation
        if own.cash is not None:
            return np.array(own.cash, dtype=np.float64)
        return np.asarray(((own.revenue or 0.0) - (own.costs or 0.0)) * (1 + own.growth) ** np.arange(own.years or 1), dtype=np.float64)

    def project(self) -> Project:
        """Return the project before its financing."""
        return project(self.outlays, self.cash, self.tax.rate, self.tax.depreciation_years)

    def terms(self) -> Loan:
        """Return the loan with the premium of its cover."""
        own, cover = self.loan, self.insurance
        premium: float | Cover = cover.premium or 0.0
        if cover.premium is None and (cover.category is not None or cover.country is not None):
            category = cover.category if cover.category is not None else category_of(cover.country or "")
            asked = Cover(category, cover.buyer, float(own.years), commercial=cover.commercial, political=cover.political)
            premium = replace(asked, quality=cover.quality)
        return Loan(**own.model_dump(), premium=premium)


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


def _problem(file: str, fault: Any) -> Problem:  # noqa: ANN401  (pydantic's error record)
    """Return a fault of pydantic as a problem."""
    place = [str(part) for part in fault["loc"]]
    key = ".".join(place)
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
        model = {"operation": Operations, "tax": Taxes, "loan": Credit, "insurance": Insurance, "fund": Fund}.get(part, model)
    return list(model.model_fields)


def _faults(file: str, found: ProjectFile) -> list[Problem]:
    """Return what is wrong between settings."""
    own, cover, faults = found.operation, found.insurance, []
    if own.cash is None and (own.revenue is None or own.costs is None or own.years is None):
        faults.append(Problem(file, None, "operation", "neither cash nor revenue, costs and years", "are stated", "state one of the two"))
    if own.cash is not None and any(value is not None for value in (own.revenue, own.costs, own.years)):
        faults.append(Problem(file, None, "operation", "cash and revenue, costs or years", "stand side by side", "keep one of the two"))
    if cover.premium is not None and (cover.category is not None or cover.country is not None):
        faults.append(Problem(file, None, "insurance", "a premium and a country or category", "stand side by side", "keep one of the two"))
    if found.fund is not None and found.fund.exit >= len(found.outlays) + len(found.cash):
        rule = f"is beyond the project's last year, {len(found.outlays) + len(found.cash) - 1}"
        faults.append(Problem(file, None, "fund.exit", str(found.fund.exit), rule, "let the fund leave earlier"))
    return faults
