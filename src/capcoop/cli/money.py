"""Commands on money: the minimum premium of export credit, public debt, the financing of a single project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capcoop.cli.base import EXIT_CODES, OK, Json, app, guard, print_json

if TYPE_CHECKING:
    from capcoop.money.debt import Economy, PublicLoan
    from capcoop.money.premium import Cover, Premium

PRICES = ("parity", "plan", "cost")
Structured = Annotated[
    bool, typer.Option("--structure", help="Choose the cheapest mix of owners, fund, tranches and insurance; tell which limits bind.")
]
MOST = 1e15  # of an amount, beyond which nobody counts


@app.command(epilog=EXIT_CODES)
def appraise(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run of capcoop plan.")],
    rule: Annotated[
        str,
        typer.Option("--rule", metavar="RULE", help="Of the deal: leximin or nash; or shapley, what each country brings."),
    ] = "leximin",
    prices: Annotated[
        str,
        typer.Option(
            "--prices",
            metavar="PRICES",
            help="What users pay: parity (baseline's), plan (its own), cost (cost-plus).",
        ),
    ] = "parity",
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Tell who gains from a plan and how it is paid for. If terms are open, also the deal that makes everybody gain."""

    def work() -> int:
        from capcoop.appraise import appraise
        from capcoop.errors import UsageError, printable
        from capcoop.runs import APPRAISAL

        if prices not in PRICES:
            raise UsageError(f"--prices {printable(prices)}: write one of {', '.join(PRICES)}")
        found = appraise(run, rule, prices=prices)  # type: ignore[arg-type]
        if as_json:
            tables = {name: frame.to_dicts() for name, frame in found.tables.items() if name != "entries"}
            print_json({"run": str(run), "currency": found.case.settings.currency, "surplus": found.gains.surplus, **tables})
        else:
            from capcoop.report.parties import appraisal_shown
            from capcoop.report.terminal import console

            console().print(appraisal_shown(found))
            print(f"\nSaved in {printable(str(run / APPRAISAL))}")
        return OK

    guard(work, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def finance(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A project: a TOML file, or the name of a built-in one; left out: lists those.")
    ] = None,
    structured: Structured = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Show the term sheet of a single project. The loans it carries, their insurance, who gets what in each year, what moves it most."""

    def work() -> int:
        from capcoop.money.project.library import built_in_projects, project_path, project_titles
        from capcoop.money.project.projectfile import read_project
        from capcoop.money.project.sheet import term_sheet
        from capcoop.money.project.structure import structure
        from capcoop.report.finance import projects_shown, sheet_shown, structure_shown
        from capcoop.report.terminal import console

        if file is None:
            titles = project_titles()
            print_json(titles) if as_json else console().print(projects_shown(titles))
            return OK
        path = project_path(file)
        asked = read_project(path)
        if structured:
            mix = structure(asked)
            print_json(mix.record()) if as_json else console().print(structure_shown(mix))
        else:
            sheet = term_sheet(asked)
            print_json(sheet.record()) if as_json else console().print(sheet_shown(sheet))
        if path in built_in_projects().values() and not as_json:
            print(f"A built-in project. Its sources, and which figures are assumptions, stand in\n{path}")
        return OK

    guard(work, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def premium(
    country: Annotated[
        str, typer.Argument(metavar="COUNTRY", help="The host: its ISO code, its name in English, or its category, 1 to 7.")
    ],
    buyer: Annotated[str, typer.Option("--buyer", metavar="CLASS", help="SOV+, SOV, CC1 to CC5.")] = "SOV",
    years: Annotated[float, typer.Option("--years", metavar="YEARS", help="Repayment, in equal half-yearly parts of principal.")] = 10.0,
    drawdown: Annotated[float, typer.Option("--drawdown", metavar="YEARS", help="Years over which the credit is drawn.")] = 0.0,
    cover: Annotated[float, typer.Option("--cover", metavar="SHARE", help="Share of the loss that is covered, such as 0.95.")] = 0.95,
    quality: Annotated[str, typer.Option("--quality", metavar="QUALITY", help="Of the product: below, standard or above.")] = "standard",
    amount: Annotated[float, typer.Option("--amount", metavar="AMOUNT", help="The credit, to tell the premium as an amount.")] = 100.0,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Tell the minimum premium of an export credit. It follows the formula of the OECD Arrangement."""

    def work() -> int:
        from capcoop.atlas.countries import find_country
        from capcoop.errors import UsageError
        from capcoop.money.premium import Cover, category_of, minimum_premium

        if not 0 < amount < MOST:
            raise UsageError(f"--amount {amount:g}: write an amount above 0")
        category = int(country) if country.isdecimal() and len(country) == 1 else category_of(find_country(country).code)
        asked = Cover(category, buyer.upper(), years, drawdown, commercial=cover, political=cover, quality=quality)
        found = minimum_premium(asked)
        if as_json:
            print_json({"category": category, "amount": found.rate * amount, **vars(found)})
        else:
            _tell_premium(asked, found, amount)
        return OK

    guard(work, as_json=as_json)


def _tell_premium(cover: Cover, found: Premium, amount: float) -> None:
    from capcoop.money.terms import financed_premium
    from capcoop.report.finance import rows_shown
    from capcoop.report.terminal import console, figure

    rows = {
        "category of the country": str(cover.category),
        "horizon of risk, years": figure(found.horizon),
        "part of the country": f"{found.country:.4f} %",
        "part of the buyer": f"{found.buyer:.4f} %",
        "factor of cover beyond 95 %": f"{found.cover_factor:.5f}",
        "rebate for a long term": f"{100 * min(found.rebate, 0.15):.2f} %",
        "minimum premium, of the principal, up front": f"{100 * found.rate:.4f} %",
        f"premium on a credit of {figure(amount)}": figure(amount * found.rate),
        "principal where the premium is financed too": figure(financed_premium(amount, found.rate)),
    }
    console().print(rows_shown(rows))
    if found.floored:
        print("It is that of the sovereign, below which no other buyer is priced.")
    print("A floor for suppliers that keep to the OECD Arrangement; a benchmark for others, China, India and Brazil among them.")


PAYMENTS = (1, 2, 4, 12)
Loans = Annotated[
    list[str] | None,
    typer.Option(
        "--loan", metavar="TERMS", help="AMOUNT,RATE,GRACE,YEARS[,PAYMENTS A YEAR[,FEE]], such as 600,0.02,7,20; may be repeated."
    ),
]


@app.command(epilog=EXIT_CODES)
def debt(
    loan: Loans = None,
    gdp: Annotated[float | None, typer.Option("--gdp", metavar="AMOUNT", help="GDP of a year, in the money of the loans.")] = None,
    exports: Annotated[float | None, typer.Option("--exports", metavar="AMOUNT", help="Exports of goods and services.")] = None,
    revenue: Annotated[float | None, typer.Option("--revenue", metavar="AMOUNT", help="Revenue of the government.")] = None,
    owed: Annotated[float, typer.Option("--owed", metavar="AMOUNT", help="Present value of the external public debt so far.")] = 0.0,
    service: Annotated[float, typer.Option("--service", metavar="AMOUNT", help="Its service a year.")] = 0.0,
    capacity: Annotated[str, typer.Option("--capacity", metavar="CLASS", help="To carry debt: weak, medium or strong.")] = "medium",
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Judge loans to a government. Told are grant elements, and debt ratios against the thresholds of World Bank and IMF."""

    def work() -> int:
        from capcoop.errors import UsageError
        from capcoop.money.debt import Economy, debt_ratios

        loans = {text: _loan(text) for text in loan or ()}
        if not loans:
            raise UsageError("state a loan: --loan AMOUNT,RATE,GRACE,YEARS, such as --loan 600,0.02,7,20")
        stated = (gdp, exports, revenue)
        if any(value is None for value in stated) and any(value is not None for value in stated):
            raise UsageError("ratios need all three of --gdp, --exports and --revenue")
        economy = None if gdp is None or exports is None or revenue is None else Economy(gdp, exports, revenue, owed, service)
        if as_json:
            print_json(_debt_record(loans, economy, capacity))
        else:
            from capcoop.report.finance import ratios_shown
            from capcoop.report.terminal import console

            console().print(_loans_shown(loans))
            if economy is not None:
                console().print()
                console().print(ratios_shown(debt_ratios(economy, loans, capacity)))
        return OK

    guard(work, as_json=as_json)


def _loan(text: str) -> PublicLoan:
    from capcoop.errors import UsageError, printable
    from capcoop.money.debt import PublicLoan

    try:
        numbers = [float(part) for part in text.split(",")]
        amount, rate, grace, years, payments, fee = [*numbers, *(1.0, 0.0)[max(len(numbers) - 4, 0) :]]
        if all(abs(number) < MOST for number in numbers) and payments in PAYMENTS:
            return PublicLoan(amount, rate, grace, years, int(payments), fee)
    except ValueError:
        pass
    remedy = "write AMOUNT,RATE,GRACE,YEARS[,PAYMENTS A YEAR (1, 2, 4 or 12)[,FEE]], such as 600,0.02,7,20"
    raise UsageError(f"--loan {printable(text)} is no loan: {remedy}")


def _debt_record(loans: dict[str, PublicLoan], economy: Economy | None, capacity: str) -> dict[str, Any]:
    from capcoop.money.debt import debt_ratios, grant_element, is_concessional, present_value

    told = {
        text: {"present_value": present_value(one), "grant_element": grant_element(one), "concessional": is_concessional(one)}
        for text, one in loans.items()
    }
    ratios = [] if economy is None else debt_ratios(economy, loans, capacity).to_dicts()
    return {"loans": told, "capacity": capacity, "ratios": ratios}


def _loans_shown(loans: dict[str, PublicLoan]) -> Any:  # noqa: ANN401  (a table of rich)
    from capcoop.money.debt import grant_element, is_concessional, present_value
    from capcoop.report.terminal import figure, table_of

    heads = (("loan", "left"), ("present value at 5 %", "right"), ("grant element", "right"), ("", "left"))
    table = table_of(heads)
    for text, one in loans.items():
        verdict = "concessional" if is_concessional(one) else "not concessional (35 %)"
        table.add_row(text, figure(present_value(one)), f"{100 * grant_element(one):.1f} %", verdict)
    return table
