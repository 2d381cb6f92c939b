"""Every table and column of a case, once.

Reading, checking, unit conversion, the empty template, the docs page and the plan's headings all derive from
`TABLES`. A column says what a cell may hold, what a blank means, which names it refers to, and how its figure
scales when the money or the unit of its row changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["name", "text", "number", "flag", "choice"]
ANY = "*"
HOURS = 8760.0
DAYS = 365.0
HORIZON = "all"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    kind: name (a key or a reference), text, number, flag (yes or no) or choice.
    refers: the tables in which a name must stand (one of them suffices).
    any: may the cell be blank or `*`, meaning all?
    default: what a blank means after the cascade; None: not stated.
    lower, upper: bounds of a number (inclusive; `above` makes the lower bound exclusive).
    money, amount: the power of the row's currency and of the row's unit in the figure.
    """

    name: str
    kind: Kind
    sentence: str
    key: bool = False
    any: bool = False
    refers: tuple[str, ...] = ()
    required: bool = False
    default: float | str | bool | None = None
    lower: float | None = None
    upper: float | None = None
    above: bool = False
    infinite: bool = False
    choices: tuple[str, ...] = ()
    money: int = 0
    amount: int = 0
    unit: str = ""

    @property
    def measured(self) -> bool:
        """Whether the figure changes with the row's unit or currency."""
        return bool(self.money or self.amount)


@dataclass(frozen=True)
class Table:
    """One table of a case: its name, what a row is, its columns (key columns first)."""

    name: str
    row: str
    columns: tuple[Column, ...]
    names: str = ""
    measures: Literal["", "product", "line"] = ""
    sentence: str = ""
    keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Derive the key columns."""
        object.__setattr__(self, "keys", tuple(column.name for column in self.columns if column.key))

    def __getitem__(self, name: str) -> Column:
        """Return the column called `name`."""
        for column in self:
            if column.name == name:
                return column
        raise KeyError(name)

    def __iter__(self) -> Iterator[Column]:
        """Iterate over the table's own columns, then the common ones that apply."""
        yield from self.columns
        own = {column.name for column in self.columns}
        for column in COMMON:
            meant = {"unit": bool(self.measures), "currency": any(other.money for other in self.columns)}
            if column.name not in own and meant.get(column.name, True):
                yield column


COMMON = (
    Column("unit", "text", "Unit in which the figures of this row are stated; blank: that of the product or line."),
    Column("currency", "text", "Money in which the figures of this row are stated; blank: that of the case."),
    Column("source", "text", "Where the figures come from."),
    Column("year", "text", "The year they refer to."),
    Column("verified", "flag", "Were they read in their source?"),
    Column("note", "text", "Anything a reader should know."),
)


def describe(column: Column) -> str:
    """Return what a user should know of a column, in sentences."""
    facts = [column.sentence]
    if column.choices:
        facts.append("One of: " + ", ".join(column.choices) + ".")
    if column.required:
        facts.append("Required.")
    elif column.any:
        facts.append("Blank or * means all.")
    elif column.default is not None:
        default = column.default
        shown = ("yes" if default else "no") if isinstance(default, bool) else f"{default:g}" if isinstance(default, float) else default
        facts.append(f"Default: {shown}.")
    if column.unit:
        facts.append("Unit: " + column.unit.format(money="money", unit="unit") + ".")
    return " ".join(facts)


def name(column: str, sentence: str, *, defines: bool = False, **more: object) -> Column:
    """Return a key column with a name of its own (`defines`) or a reference."""
    return Column(column, "name", sentence, key=True, required=defines, **more)  # type: ignore[arg-type]


def refer(column: str, tables: str, sentence: str, *, key: bool = True, any: bool = True, required: bool = False) -> Column:  # noqa: A002
    """Return a column that names a row of one of `tables` (space-separated)."""
    return Column(column, "name", sentence, key=key, any=any and not required, refers=tuple(tables.split()), required=required)


def number(column: str, sentence: str, **more: object) -> Column:
    """Return a column of numbers, not negative unless `lower=None` is said."""
    return Column(column, "number", sentence, **{"lower": 0.0, **more})  # type: ignore[arg-type]


SITE = refer("site", "sites", "The site.")
PERIOD = refer("period", "periods", "The period.")
SLICE = refer("slice", "slices", "The part of the year.")
PER = Column("per", "choice", "What capacity is counted by.", default="year", choices=("year", "hour"))

PLACES = (
    Table(
        "periods",
        "a span of years",
        (
            name("period", "Name of the period; `all` is reserved.", defines=True),
            number("start", "First year; blank: the one before plus its years.", lower=None),
            number("years", "Length in years.", default=1.0, above=True, unit="years"),
            number("weight", "Multiplies everything paid yearly; blank: the discount factors of its years, summed."),
            number("outlay_weight", "Multiplies outlays; blank: the discount factor of its start."),
        ),
        names="period",
        sentence="No table: one period of one year.",
    ),
    Table(
        "slices",
        "a part of the year",
        (
            name("slice", "Name of the slice.", defines=True),
            number("hours", "Hours in a year; all slices together have 8760.", required=True, above=True, unit="hours"),
        ),
        names="slice",
        sentence="No table: one slice of 8760 hours.",
    ),
    Table(
        "sites",
        "a place: plant, market, port, border crossing, mine",
        (
            name("site", "Name of the site.", defines=True),
            Column("country", "text", "Country, as ISO 3166 alpha-3 code."),
            number("latitude", "Degrees north.", lower=-90.0, upper=90.0, unit="degrees"),
            number("longitude", "Degrees east.", lower=-180.0, upper=180.0, unit="degrees"),
            Column("kind", "text", "Plant, market, port, border, mine ..."),
        ),
        names="site",
    ),
    Table(
        "products",
        "what is made, moved and needed",
        (
            name("product", "Name of the product.", defines=True),
            Column("unit", "text", "Unit in which all amounts of the product are counted."),
            Column("sector", "text", "Sector it belongs to."),
            Column("channel", "text", "Kind of channel that carries it: logistics, power or information."),
            Column("sliced", "flag", "Does its balance hold in every slice (yes), or over the year (no)?", default=False),
            Column("disposal", "flag", "May a surplus be thrown away?", default=False),
            number("penalty", "Cost of a unit of need not delivered; blank: that of the case, if any.", money=1, unit="{money}/{unit}"),
            number("value", "Worth of a unit, tied up while it is on the way; blank: nothing is charged.", money=1, unit="{money}/{unit}"),
        ),
        names="product",
    ),
)

CAPACITY = (
    Table(
        "lines",
        "a kind of capacity: a production line, a power plant, a mill",
        (
            name("line", "Name of the line.", defines=True),
            Column("unit", "text", "Unit of its capacity, without the `per`."),
            PER,
            Column("sector", "text", "Sector it belongs to."),
            number("availability", "Share of capacity that can be used in a slice.", default=1.0, upper=1.0),
            number("annual_availability", "Share of capacity that can be used over the year; blank: no such row.", upper=1.0),
            number("minimum_use", "Share of capacity that must be used in every slice.", default=0.0, upper=1.0),
            number(
                "fixed_cost", "Yearly cost of a unit of standing capacity.", default=0.0, lower=None, money=1, unit="{money}/{unit}/year"
            ),
            number("jobs", "Jobs per unit of capacity.", unit="jobs/{unit}"),
        ),
        names="line",
    ),
    Table(
        "availability",
        "where or when a line's availability differs",
        (
            refer("line", "lines", "The line."),
            SITE,
            PERIOD,
            SLICE,
            number("share", "Replaces lines.availability.", upper=1.0),
            number("annual_share", "Replaces lines.annual_availability.", upper=1.0),
            number("minimum_use", "Replaces lines.minimum_use.", upper=1.0),
        ),
    ),
    Table(
        "stock",
        "existing capacity",
        (
            SITE,
            refer("line", "lines", "The line.", required=True),
            PERIOD,
            number("capacity", "Existing capacity in the period.", required=True, amount=1, unit="{unit}"),
        ),
        measures="line",
    ),
    Table(
        "processes",
        "an activity with a recipe",
        (
            name("process", "Name of the process.", defines=True),
            refer("line", "lines", "The line whose capacity it uses; blank: none.", key=False, any=False),
            number("use", "Capacity used per unit of activity.", default=1.0),
            Column("profile", "choice", "Flat over the year, or free in each slice.", default="free", choices=("free", "flat")),
            number("cost", "Cost per unit of activity.", default=0.0, lower=None, money=1, unit="{money}/activity"),
            number("emissions", "Emissions per unit of activity.", default=0.0, lower=None),
        ),
        names="process",
    ),
    Table(
        "process_lines",
        "a further line that a process uses",
        (
            refer("process", "processes", "The process.", required=True),
            refer("line", "lines", "The line.", required=True),
            number("use", "Capacity used per unit of activity.", default=1.0),
        ),
    ),
    Table(
        "recipes",
        "a coefficient: how much of a product a process makes or uses",
        (
            refer("process", "processes", "The process.", required=True),
            refer("product", "products", "The product.", required=True),
            SITE,
            number("quantity", "Made (+) or used (-) per unit of activity.", lower=None, required=True, amount=1, unit="{unit}/activity"),
        ),
        measures="product",
    ),
    Table(
        "placements",
        "a site where a process may run; once named here, only here",
        (
            refer("process", "processes", "The process.", required=True),
            SITE,
            PERIOD,
            number("cost", "Replaces processes.cost.", lower=None, money=1, unit="{money}/activity"),
            number("minimum", "Least yearly activity."),
            number("maximum", "Most yearly activity.", infinite=True),
        ),
    ),
)

BUILDING = (
    Table(
        "options",
        "something that may be built",
        (
            name("option", "Name of the option.", defines=True),
            refer("site", "sites", "Where the line stands.", key=False, any=False),
            refer("line", "lines", "The line it adds to.", key=False, any=False),
            refer("channel", "channels", "Or the channel it adds to.", key=False, any=False),
            number("unit_size", "Capacity of one build; blank: any size.", above=True, amount=1, unit="{unit}"),
            number("build_cost", "Cost per unit of new capacity.", default=0.0, lower=None, money=1, amount=-1, unit="{money}/{unit}"),
            number("fixed_build_cost", "Cost of each build, whatever its size.", lower=None, money=1, unit="{money}"),
            Column(
                "charge",
                "choice",
                "How the cost is paid: annuity over its life, outlay less end value, or already annual.",
                default="annuity",
                choices=("annuity", "outlay", "annual"),
            ),
            number("minimum_size", "Least capacity of one build.", amount=1, unit="{unit}"),
            number("maximum_size", "Most capacity of one build.", infinite=True, amount=1, unit="{unit}"),
            number("maximum_total", "Most new capacity over the horizon.", infinite=True, amount=1, unit="{unit}"),
            number("minimum_builds", "Fewest builds over the horizon."),
            number("maximum_builds", "Most builds over the horizon.", infinite=True),
            refer("first", "periods", "First period in which it may be decided.", key=False, any=False),
            refer("last", "periods", "Last period in which it may be decided.", key=False, any=False),
            number("lead_years", "Years from decision to capacity.", default=0.0, unit="years"),
            number("life", "Years that the capacity stands.", default=float("inf"), above=True, infinite=True, unit="years"),
            refer("after", "options", "The option of which at least as many builds must stand; blank: none.", key=False, any=False),
            Column("supplier", "text", "Country that supplies the equipment."),
            Column("technology", "text", "Country whose technology it is."),
            number("local_share", "Share of the cost spent in the host country.", upper=1.0),
            Column("whole", "flag", "Are builds whole numbers?", default=True),
        ),
        names="option",
        measures="line",
    ),
    Table(
        "option_periods",
        "costs and bounds of a decision in one period",
        (
            refer("option", "options", "The option."),
            PERIOD,
            number("build_cost", "Replaces options.build_cost.", lower=None, money=1, amount=-1, unit="{money}/{unit}"),
            number("fixed_build_cost", "Replaces options.fixed_build_cost.", lower=None, money=1, unit="{money}"),
            number("minimum_new", "Least new capacity decided in the period.", amount=1, unit="{unit}"),
            number("maximum_new", "Most new capacity decided in the period.", infinite=True, amount=1, unit="{unit}"),
            number("minimum_builds", "Fewest builds decided in the period."),
            number("maximum_builds", "Most builds decided in the period.", infinite=True),
        ),
        measures="line",
    ),
    Table(
        "option_points",
        "a point of an option's size curve",
        (
            refer("option", "options", "The option.", required=True),
            number("size", "Capacity of one build.", key=True, required=True, amount=1, unit="{unit}"),
            number("cost", "Cost of one build of that size.", required=True, lower=None, money=1, unit="{money}"),
        ),
        measures="line",
    ),
    Table(
        "packages",
        "what else one build of an option changes",
        (
            refer("option", "options", "The option.", required=True),
            refer("site", "sites", "Where the line stands; blank for a channel.", any=False),
            refer("line", "lines", "The line that it changes.", any=False),
            refer("channel", "channels", "Or the channel that it changes.", any=False),
            number("capacity", "Capacity added (+) or taken away (-) by one build.", lower=None, required=True, amount=1, unit="{unit}"),
        ),
        measures="line",
    ),
)

TRADE = (
    Table(
        "needs",
        "what must be delivered in a year",
        (
            SITE,
            refer("product", "products", "The product.", required=True),
            PERIOD,
            SLICE,
            number("quantity", "Amount per year; with a slice: the amount of that slice.", required=True, amount=1, unit="{unit}/year"),
        ),
        measures="product",
    ),
    Table(
        "purchases",
        "an offer to buy from outside the sites",
        (
            name("purchase", "Name of the offer; several names make cost steps.", defines=True),
            SITE,
            refer("product", "products", "The product."),
            PERIOD,
            number("price", "Price per unit; 0 is a price.", lower=None, money=1, amount=-1, unit="{money}/{unit}"),
            number(
                "limit", "Most per year at each site, of each product.", infinite=True, default=float("inf"), amount=1, unit="{unit}/year"
            ),
            Column("origin", "text", "Country it comes from, as ISO 3166 alpha-3 code."),
        ),
        names="purchase",
        measures="product",
    ),
    Table(
        "sales",
        "an offer to sell outside the sites",
        (
            name("sale", "Name of the offer; several names make price steps.", defines=True),
            SITE,
            refer("product", "products", "The product."),
            PERIOD,
            number("price", "Price per unit.", lower=None, money=1, amount=-1, unit="{money}/{unit}"),
            number(
                "limit", "Most per year at each site, of each product.", infinite=True, default=float("inf"), amount=1, unit="{unit}/year"
            ),
            Column("destination", "text", "Country it goes to, as ISO 3166 alpha-3 code."),
        ),
        names="sale",
        measures="product",
    ),
    Table(
        "channels",
        "a link between two sites",
        (
            name("channel", "Name of the channel.", defines=True),
            refer("from", "sites", "Where it starts.", key=False, any=False, required=True),
            refer("to", "sites", "Where it ends.", key=False, any=False, required=True),
            Column("mode", "text", "Rail, road, sea, pipeline, hvdc, fibre ..."),
            number("distance", "Length.", default=0.0, unit="km"),
            number("cost", "Cost per unit sent.", default=0.0, lower=None, money=1, unit="{money}/unit sent"),
            number("capacity", "Capacity, both ways together; blank: unbounded.", infinite=True, unit="units sent"),
            PER,
            number("days", "Days on the way, waiting and border crossings included.", default=0.0, unit="days"),
            number("loss", "Share lost on the way.", default=0.0, upper=1.0),
            Column("both_ways", "flag", "Can it be used in both directions?", default=False),
            Column("unit", "text", "Unit of its capacity, without the `per`."),
        ),
        names="channel",
    ),
    Table(
        "freight",
        "which product may use a channel, and what it costs there",
        (
            refer("channel", "channels", "The channel."),
            refer("from", "sites", "Where the flow starts."),
            refer("to", "sites", "Where the flow ends."),
            refer("mode", "modes", "The mode of the channel."),
            refer("product", "products", "The product."),
            number("factor", "Multiplies channels.cost.", default=1.0, lower=None),
            number("cost", "Cost per unit sent.", default=0.0, lower=None, money=1, amount=-1, unit="{money}/{unit}"),
            number(
                "cost_per_distance", "Cost per unit sent and km.", default=0.0, lower=None, money=1, amount=-1, unit="{money}/{unit}/km"
            ),
            number("use", "Channel capacity used per unit sent.", default=1.0, amount=-1),
        ),
        measures="product",
    ),
)

QUANTITIES = (
    "activity",
    "made",
    "used",
    "capacity",
    "new_capacity",
    "builds",
    "investment",
    "flow",
    "purchase",
    "sale",
    "need",
    "unmet",
    "emissions",
)
SENSES = ("<=", ">=", "=")
FILTERS = ("site", "country", "process", "line", "product", "option", "channel", "mode", "purchase", "sale", "period", "slice")

RULES = (
    Table(
        "limits",
        "a linear rule of your own",
        (
            name("limit", "Name of the rule.", defines=True),
            refer("period", "periods", "Blank: one rule per period; a period: its own; `all`: one rule over the horizon."),
            Column("sense", "choice", "How the sum compares with the value.", choices=SENSES),
            number("value", "The value.", lower=None, infinite=True),
            Column("each", "text", "Attributes for each value of which the rule is repeated, joined by `;`."),
        ),
        names="limit",
    ),
    Table(
        "limit_terms",
        "a term of a rule; its filters must all match",
        (
            Column("limit", "name", "The rule.", refers=("limits",), required=True),
            Column("quantity", "choice", "What is counted.", choices=QUANTITIES, required=True),
            refer("site", "sites", "Only this site.", key=False),
            refer("country", "countries", "Only sites of this country.", key=False),
            refer("process", "processes", "Only this process.", key=False),
            refer("line", "lines", "Only this line.", key=False),
            refer("product", "products", "Only this product.", key=False),
            refer("option", "options", "Only this option.", key=False),
            refer("channel", "channels", "Only this channel.", key=False),
            refer("mode", "modes", "Only channels of this mode.", key=False),
            refer("purchase", "purchases", "Only this purchase.", key=False),
            refer("sale", "sales", "Only this sale.", key=False),
            refer("period", "periods", "Only this period.", key=False),
            refer("slice", "slices", "Only this slice.", key=False),
            number("coefficient", "Multiplies the quantity.", default=1.0, lower=None),
        ),
    ),
    Table(
        "changes",
        "one change of a named scenario",
        (
            name("scenario", "Name of the scenario.", defines=True),
            Column("table", "name", "The table to change; `case` for a setting of case.toml.", key=True, required=True),
            Column("key", "text", "The row's key cells joined by `;`, blank ones as `*`.", key=True),
            Column("column", "text", "The column; `drop` removes the row.", key=True, required=True),
            Column("value", "text", "The new cell; blank: not stated."),
        ),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in (*PLACES, *CAPACITY, *BUILDING, *TRADE, *RULES)}
GROUPS = {
    "Places and products": PLACES,
    "Capacity and processes": CAPACITY,
    "Building": BUILDING,
    "Needs, trade and channels": TRADE,
    "Rules and scenarios": RULES,
}
SETS = {table.names: table.name for table in TABLES.values() if table.names}
