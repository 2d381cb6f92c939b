"""The tables of an appraisal, every column with its unit and meaning."""

from __future__ import annotations

import polars as pl

from capcoop.plan.tables import PlanColumn, number, text

ROLE = text("role", "Role of the party: owners, workers, government ...")
COUNTRY = text("country", "Its country, as ISO 3166 alpha-3 code; blank: a place without one.")
YEAR = number("year", "", "The year.")
KIND = text("kind", "What it is paid for, or what it is.")
ASSET = text("asset", "The option, with the period of its decision; or what existed before.")

APPRAISAL_TABLES: dict[str, tuple[PlanColumn, ...]] = {
    "parties": (
        text("group", "Enterprises, society, government; or outside, which neither gains nor loses."),
        ROLE,
        COUNTRY,
        number("with_plan", "{money}", "Present value of what the party receives less what it pays and bears, with the plan."),
        number("baseline", "{money}", "The same in the baseline."),
        number("gain", "{money}", "The difference: what the party gains."),
    ),
    "reasons": (
        text("group", "As in parties."),
        ROLE,
        COUNTRY,
        KIND,
        number("with_plan", "{money}", "Its present value with the plan."),
        number("baseline", "{money}", "The same in the baseline."),
        number("gain", "{money}", "The difference."),
    ),
    "financing": (
        ASSET,
        text("country", "Country where it stands."),
        text("supplier", "Country of the equipment."),
        number("opening", "", "Year in which it opens."),
        number("outlay", "{money}", "What it costs to build."),
        number("loan", "{money}", "Loans drawn when it opens; 0: none."),
        number("equity", "{money}", "What owners pay in."),
        number("premium", "{money}", "Insurance premium paid at the start."),
        number("rate", "", "Interest a year, in constant prices; of several loans the mean by what they lend."),
        number("years", "years", "Years of repayment; of several loans the mean."),
        number("least_coverage", "", "Least cash of operation after tax over debt service, of all years of the loan within the horizon."),
        number("return_on_equity", "", "Internal rate of return of owners; blank: none, or several."),
        number("return_on_asset", "", "Internal rate of return before financing; blank: none, or several."),
        number("owners_value", "{money}", "Present value of owners at the discount rate of the case."),
        text("remark", "Why there is no loan, and what is unknown."),
    ),
    "loans": (
        ASSET,
        text("name", "Name of the loan, where an asset has several."),
        text("country", "Country where the asset stands."),
        text("lender", "Country of the lender."),
        text("insurer", "Country of the insurer."),
        number("loan", "{money}", "What is lent."),
        number("rate", "", "Interest a year, in constant prices."),
        number("years", "years", "Years of repayment."),
        number("front_fee", "{money}", "Fee at the start."),
        number("premium", "{money}", "Insurance premium at the start."),
    ),
    "budget": (
        COUNTRY,
        YEAR,
        KIND,
        number("amount", "{money}", "What the government receives (+) or pays (-) in the year."),
    ),
    "payments_abroad": (
        COUNTRY,
        YEAR,
        KIND,
        number("amount", "{money}", "What the country receives from (+) or pays to (-) other countries in the year."),
    ),
    "debt": (
        text("country", "Country of the government."),
        YEAR,
        number("owed", "{money}", "Loans of the plan that the government owes, at the start of the year, those drawn then included."),
        number("guaranteed", "{money}", "Loans of the plan that it guarantees beside: its contingent liability."),
        number("expected_calls", "{money}", "Expected to be paid for guarantees in the year; blank: how often loans fail is unknown."),
        number("service", "{money}", "Interest and principal in the year of what it owes."),
        number("guaranteed_service", "{money}", "The same of what it guarantees."),
        number("present_value", "{money}", "Of what it owes and guarantees abroad, at 5 % in money; never above the face."),
        number("debt", "{money}", "Its other public and guaranteed external debt, as the case states it; blank: unknown."),
        number("ceiling", "{money}", "Most new debt for the plan; blank: none stated."),
        number("budget", "{money}", "Most that it may pay out for the plan in a year; blank: none stated."),
    ),
    "debt_ratios": (
        text("country", "Country of the government."),
        YEAR,
        text("indicator", "A ratio of the World Bank's and IMF's framework."),
        number("without", "percent", "Without the plan; blank: unknown."),
        number("added", "percent", "Points that the plan adds; blank: unknown."),
        number("with_plan", "percent", "With the plan; blank: unknown."),
        number("threshold", "percent", "Its threshold; blank: the capacity to carry debt is unknown."),
        text("state", "With the plan: within, near or breached; blank: unknown."),
    ),
    "public_loans": (
        ASSET,
        text("name", "Name of the loan, where an asset has several."),
        text("country", "Country of the government that owes or guarantees."),
        text("lender", "Country of the lender."),
        number("drawn", "", "Year in which it is drawn."),
        number("loan", "{money}", "The whole loan."),
        number("owed", "", "Share that the government owes."),
        number("guaranteed", "", "Share that it guarantees beside."),
        number("grant_element", "", "1 less the present value of interest, principal and fee over the loan, at 5 % in money."),
        number("with_premium", "", "The same, the premium of insurance taken off too."),
        text("concessional", "Is the grant element at least 35 %?"),
    ),
    "deal_terms": (
        text("term", "A term that is open."),
        text("option", "The option it is for; blank: all."),
        number("least", "", "Its least value."),
        number("most", "", "Its largest value."),
        number("settled", "", "Its value in the deal."),
    ),
    "deal_gains": (
        ROLE,
        COUNTRY,
        number("stated", "{money}", "Gain under the terms that the case states."),
        number("settled", "{money}", "Gain under the deal."),
    ),
    "shapley": (
        text("country", "A country that hosts or supplies an option."),
        number("alone", "{money}", "What a plan saves that it makes alone."),
        number("last", "{money}", "What the plan of all saves beyond that of all others."),
        number("share", "{money}", "Its Shapley value: what it adds, on average over all orders of joining."),
        number("share_of_gain", "", "The same as a share of what all save together; blank: they save nothing."),
    ),
    "entries": (
        text("period", "The period."),
        YEAR,
        text("payer", "Role of who pays or bears it; blank: nobody."),
        text("payer_country", "Its country."),
        text("payee", "Role of who receives or enjoys it; blank: nobody."),
        text("payee_country", "Its country."),
        KIND,
        ASSET,
        text("loan", "Name of the loan it is paid for, where an asset has several."),
        text("product", "The product."),
        number("amount", "{money}", "The amount."),
        text("nature", "payment: from payer to payee; real: a cost or benefit of one party that nobody pays."),
        number("present", "{money}", "Its present value."),
    ),
}

SHARE_A_YEAR = "1/year"
FINANCING_TABLES: dict[str, tuple[PlanColumn, ...]] = {
    "financing_rounds": (
        number("round", "", "The round; 0 is planned at the discount rate of the case."),
        text("option", "The option, built or not."),
        number("built", "{unit}", "What the round builds of it: new capacity, or builds where it has none of its own."),
        text("unit", "Unit of what is built."),
        number("charged", SHARE_A_YEAR, "Cost of capital that the round planned with; blank: what it costs is paid yearly."),
        number("factor", "", "By how much the round multiplied what it costs to build."),
        number("gearing", "", "Share of all uses of money that the loan pays: as sized where it is built, else the most that is offered."),
        number("cost_of_debt", SHARE_A_YEAR, "What the loan costs all in (interest, fees, premium), after the tax that interest saves."),
        number("cost_of_capital", SHARE_A_YEAR, "Cost of capital that the financing of the round's plan yields."),
        number("change", SHARE_A_YEAR, "That less what was charged."),
        number("objective", "{money}", "Present cost of the round's plan at the costs of capital that it was charged."),
        number("financed_objective", "{money}", "The same at those that its own financing yields."),
        number("own_objective", "{money}", "The same at the discount rate of the case."),
    ),
    "financing_limits": (
        text("limit", "debt ceiling: what the government owes or guarantees; budget: what it pays in a year on what it owes."),
        text("country", "Country of the government."),
        text("period", "The period."),
        number("most", "{money}", "What the government states."),
        number("used", "{money}", "What the plan comes to, loans sized as its financing has them."),
        text("enforced", "Is it a limit of the model? It is from the first round on that passes it."),
        text("binds", "Does it bind: is the plan without it cheaper?"),
        number("cost", "{money}", "What all that bind cost together, in present value as capital is charged."),
    ),
}


def appraisal_schema(table: str) -> dict[str, type[pl.DataType]]:
    """Return the columns of a table of an appraisal and their types."""
    return {column.name: pl.String if column.kind == "text" else pl.Float64 for column in APPRAISAL_TABLES[table]}
