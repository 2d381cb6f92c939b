"""The conditions of a country: under which group and title an indicator is shown, and whether its place in the world says something."""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("economy", "people and labour", "governance and logistics", "power", "taxes and tariffs", "debt")


@dataclass(frozen=True)
class Indicator:
    """A condition of a country.

    unit : in short, as it is shown; that of the figure says more. theme : where its figures stand.
    ranked : False where a place among countries says nothing (an exchange rate, a year), or where the figure is a rank itself.
    """

    metric: str
    title: str
    unit: str
    group: str
    theme: str = "conditions"
    ranked: bool = True


def _group(name: str, *rows: tuple[str, ...], unranked: tuple[str, ...] = ()) -> list[Indicator]:
    """Return the indicators of a group, each from its metric, title, unit and, where it is not `conditions`, theme."""
    named = [(*row, "conditions")[:4] for row in rows]
    return [Indicator(metric, title, unit, name, theme, metric not in unranked) for metric, title, unit, theme in named]


_ALL = [
    *_group(
        "economy",
        ("gdp", "gross domestic product", "MUSD", "countries"),
        ("gdp_per_capita", "GDP per head", "USD"),
        ("gdp_per_capita_ppp", "GDP per head, PPP", "int. USD"),
        ("gdp_growth", "growth of GDP", "%/y"),
        ("gdp_growth_mean", "growth of GDP, ten-year mean", "%/y"),
        ("inflation_cpi", "inflation, consumer prices", "%/y"),
        ("gdp_deflator_inflation", "inflation, GDP deflator", "%/y"),
        ("gross_fixed_capital_formation", "fixed investment", "% GDP"),
        ("gross_capital_formation", "investment with inventories", "% GDP"),
        ("manufacturing_value_added", "manufacturing", "% GDP"),
        ("industry_value_added", "industry with construction", "% GDP"),
        ("construction_value_added", "construction", "% GDP"),
        ("medium_high_tech_share", "medium and high technology", "% mfg."),
        ("merchandise_exports", "exports of goods", "MUSD"),
        ("merchandise_imports", "imports of goods", "MUSD"),
        ("exports_goods_services", "exports of goods and services", "MUSD", "countries"),
        ("exports_share", "exports of goods and services", "% GDP"),
        ("imports_share", "imports of goods and services", "% GDP"),
        ("fdi_net_inflow", "foreign direct investment, net", "MUSD"),
        ("remittances_received", "remittances received", "MUSD"),
        ("lending_rate", "lending rate of banks", "%/y"),
        ("exchange_rate", "exchange rate", "per USD"),
        unranked=("exchange_rate",),
    ),
    *_group(
        "people and labour",
        ("population", "population", "persons"),
        ("labour_force", "labour force", "persons"),
        ("unemployment", "unemployment", "%"),
        ("urban_share", "people in towns", "%"),
        ("urban_population_growth", "growth of towns, five-year mean", "%/y"),
        ("literacy_adult", "adults who read and write", "%"),
        ("secondary_enrolment_gross", "enrolment in secondary schools", "%"),
        ("hdi", "human development index", "0 to 1"),
        ("average_monthly_earnings_ppp", "earnings, PPP of 2021", "USD/month"),
        ("hourly_labour_cost", "labour cost, PPP of 2021", "USD/h"),
        ("minimum_wage_hourly", "minimum wage (undated, weak)", "USD/h"),
        ("gdp_per_worker", "GDP per worker, PPP of 2021", "USD"),
    ),
    *_group(
        "governance and logistics",
        ("wgi_government_effectiveness", "government effectiveness", "+-2.5"),
        ("wgi_regulatory_quality", "regulatory quality", "+-2.5"),
        ("wgi_rule_of_law", "rule of law", "+-2.5"),
        ("wgi_control_of_corruption", "control of corruption", "+-2.5"),
        ("wgi_political_stability", "political stability", "+-2.5"),
        ("wgi_voice_accountability", "voice and accountability", "+-2.5"),
        ("cpia_overall", "policies, institutions (CPIA)", "1 to 6"),
        ("doing_business_rank", "ease of doing business", "rank"),
        ("business_registration_time", "time to register a business", "days"),
        ("lpi_overall", "logistics performance", "1 to 5"),
        ("lead_time_export", "lead time of exports", "days"),
        ("lead_time_import", "lead time of imports", "days"),
        ("container_port_traffic", "containers in ports", "TEU/y"),
        ("rail_lines", "railway lines", "km"),
        ("internet_users", "people who use the internet", "%"),
        ("fixed_broadband", "fixed broadband", "per 100"),
        ("mobile_subscriptions", "mobile subscriptions", "per 100"),
        ("secure_internet_servers", "secure internet servers", "per M"),
        unranked=("doing_business_rank",),
    ),
    *_group(
        "power",
        ("electricity_access", "people with electricity", "%"),
        ("electricity_use_per_capita", "electricity used per head", "kWh"),
        ("electricity_connection_time", "time to get connected", "days"),
        ("grid_emission_factor", "carbon dioxide of electricity", "g/kWh"),
        ("peak_demand", "peak demand", "MW", "grid"),
        ("td_losses", "losses of grids", "GWh", "grid"),
        ("transmission_length", "transmission lines", "km", "grid"),
    ),
    *_group(
        "taxes and tariffs",
        ("total_tax_rate", "taxes of a company", "% profit"),
        ("vat_standard_rate", "value-added tax, standard rate", "%"),
        ("tax_revenue", "tax revenue", "% GDP"),
        ("central_government_revenue", "revenue of central government", "% GDP"),
        ("tariff_all_weighted", "tariff, weighted by trade", "%"),
        ("tariff_all_simple", "tariff, simple mean", "%"),
        ("tariff_raw_materials_weighted", "tariff on raw materials", "%"),
        ("tariff_intermediate_goods_weighted", "tariff on intermediate goods", "%"),
        ("tariff_capital_goods_weighted", "tariff on capital goods", "%"),
        ("tariff_consumer_goods_weighted", "tariff on consumer goods", "%"),
    ),
    *_group(
        "debt",
        ("external_debt", "external debt", "% GNI"),
        ("external_debt_gross", "external debt, gross", "MUSD", "countries"),
        ("external_debt_present_value", "present value of foreign debt", "MUSD", "countries"),
        ("debt_service", "debt service", "% exports"),
        ("reserves", "reserves, with gold", "MUSD"),
        ("debt_in_default", "debt in default", "MUSD"),
        ("default_years_2000_2015", "years with arrears, 2000-2015", "years"),
        ("default_last_year", "last year with arrears, to 2015", "year"),
        ("sovereign_rating_sp_2014", "rating by S&P (21 = AAA)", "1 to 21"),
        ("sovereign_rating_moodys_2014", "rating by Moody's (21 = Aaa)", "1 to 21"),
        ("sovereign_rating_fitch_2014", "rating by Fitch (21 = AAA)", "1 to 21"),
        unranked=("default_last_year",),
    ),
]
INDICATORS = {indicator.metric: indicator for indicator in _ALL}
