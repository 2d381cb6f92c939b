"""The tables of money: the terms on which parties share, loans, what may still be settled, and what governments can carry."""

from __future__ import annotations

from capcoop.schema.column import Column, Table, number, refer

NEGOTIABLE = (
    "royalty",
    "tax_holiday",
    "carbon_payment",
    "community_fund",
    "users_share",
    "supplier_equity",
    "fund_equity",
    "rate",
    "gearing",
    "local_share",
)
SHARE = {"upper": 1.0}
CAPACITIES = ("weak", "medium", "strong")
COUNTRY = refer("country", "countries", "The country of the site, as ISO 3166 alpha-3 code.")
OPTION = refer("option", "options", "The option.")


def _yearly(column: str, sentence: str, *, above: bool = False) -> Column:
    """Return a column of money a year."""
    return number(column, sentence, money=1, unit="{money}/year", above=above)


MONEY = (
    Table(
        "terms",
        "the terms on which parties of a country, or of one option, share what cooperation yields",
        (
            OPTION,
            COUNTRY,
            number("profit_tax", "Share of taxable profit paid to the government.", default=0.0, **SHARE),
            number("tax_holiday", "Years of operation in which no profit tax is due.", default=0.0, unit="years"),
            number("depreciation_years", "Years over which an outlay is written off; blank: its life.", lower=1.0, unit="years"),
            number("royalty", "Share of sales paid to the government.", default=0.0, **SHARE),
            number("duty", "Duty on purchases, as a share of the price without it; prices contain it.", default=0.0),
            number("equipment_duty", "The same of imported equipment; its cost contains it.", default=0.0),
            number("building_wages", "Share of the building cost spent in the country that is paid as wages.", default=0.0, **SHARE),
            number("running_wages", "Share of running costs, fixed and variable, that is paid as wages.", default=0.0, **SHARE),
            number("labour_cost", "What the labour would yield elsewhere, as a share of its wage.", default=1.0, **SHARE),
            number("wage_tax", "Share of wages paid to the government.", default=0.0, **SHARE),
            number("currency_premium", "What foreign exchange is worth beyond its rate, as a share.", default=0.0),
            number("carbon_price", "Damage done by a unit of emissions.", default=0.0, money=1, unit="{money}/unit of emissions"),
            number("carbon_payment", "Share of that damage that who emits pays to who bears it.", default=0.0, **SHARE),
            number("community_fund", "Share of profit after tax paid into a fund for the people of the site.", default=0.0, **SHARE),
            number(
                "users_share",
                "Share of a fall in prices, against the baseline, that users get; owners keep the rest.",
                default=0.0,
                **SHARE,
            ),
            number("price_margin", "Margin on the unit cost at which users buy, with cost-plus prices.", default=0.0),
            number("equipment_margin", "Share of the price of imported equipment that its supplier gains.", default=0.0, **SHARE),
            number("export_margin", "Share of the price of what is bought from outside that its seller gains.", default=0.0, **SHARE),
            number("supplier_equity", "Share of the equity held by the country that supplies the equipment.", default=0.0, **SHARE),
            number("fund_equity", "Share of the equity held by a fund.", default=0.0, **SHARE),
            number("hurdle", "Yearly return that owners ask for, in constant prices; blank: the discount rate.", above=True, upper=1.0),
            Column("fund", "text", "Country of that fund, as ISO 3166 alpha-3 code; blank: the supplier's."),
        ),
    ),
    Table(
        "loans",
        "a loan on what is built of an option, in constant prices",
        (
            OPTION,
            COUNTRY,
            Column("loan", "name", "Name of the loan, where an asset has several; blank: the only one.", key=True, any=True),
            number("share", "Share of the asset's debt; blank: what the others leave, in equal parts.", **SHARE),
            number("gearing", "Most debt as a share of the outlay and what financing costs at the start.", default=0.7, **SHARE),
            number("coverage", "Least cash of operation over debt service.", default=1.3, lower=1.0),
            number("rate", "Yearly interest, in constant prices.", upper=1.0),
            number("funding_rate", "What the money costs the lender; blank: the discount rate of the case.", upper=1.0),
            number("years", "Years of repayment.", lower=1.0, unit="years"),
            Column("profile", "choice", "How it is repaid.", default="sculpted", choices=("sculpted", "equal-principal", "annuity")),
            number("front_fee", "Fee at the start, as a share of the loan.", default=0.0, **SHARE),
            number("premium", "Insurance premium at the start, as a share of the loan.", default=0.0, **SHARE),
            number("default_probability", "Yearly probability of default; blank: unknown, and no loss is counted.", **SHARE),
            number("loss_given_default", "Share of what is then owed that is lost.", default=1.0, **SHARE),
            number("cover", "Share of a loss that the insurer bears.", default=0.0, **SHARE),
            Column("lender", "text", "Country of the lender, as ISO 3166 alpha-3 code; blank: the supplier's."),
            Column("insurer", "text", "Country of the insurer; blank: the lender's."),
            Column("public", "flag", "Are lender and insurer public banks and agencies?", default=True),
            number("owed", "Share of the loan that the government of the site owes itself.", default=0.0, **SHARE),
            number("guaranteed", "Share of the loan that this government guarantees, beside what it owes.", default=0.0, **SHARE),
        ),
    ),
    Table(
        "negotiable",
        "a term that the parties may still settle, and between which bounds",
        (
            Column("term", "choice", "The term, a column of terms or loans.", key=True, required=True, choices=NEGOTIABLE),
            OPTION,
            number("least", "Its least value.", required=True),
            number("most", "Its largest value.", required=True),
        ),
    ),
    Table(
        "governments",
        "what the government of a country has to carry its debt with, and the most it will take on for the plan",
        (
            COUNTRY,
            refer("period", "periods", "The period."),
            _yearly("gdp", "Gross domestic product.", above=True),
            _yearly("exports", "Exports of goods and services.", above=True),
            _yearly("revenue", "Revenue of the government, without grants.", above=True),
            number("debt", "Public and publicly guaranteed external debt; its present value where known.", money=1, unit="{money}"),
            _yearly("debt_service", "Interest and principal on that debt."),
            Column("debt_capacity", "choice", "Capacity to carry debt, in the World Bank's and IMF's words.", choices=CAPACITIES),
            Column("market_access", "flag", "Does it borrow on markets, so that the screen for such countries applies?", default=False),
            number("public_debt", "All public debt, at home and abroad, at its face.", money=1, unit="{money}"),
            _yearly("financing_need", "Deficit and principal due: what the government has to borrow."),
            number("inflation", "Yearly, taken out of rates of loans; unknown: rates count as they stand.", lower=-0.5, upper=10.0),
            number("debt_ceiling", "Most new debt for the plan that it owes or guarantees at any time.", money=1, unit="{money}"),
            _yearly("budget", "Most that it may pay out for the plan in a year."),
        ),
    ),
)
