"""The tables that a plan is made from: places, capacity, options, needs, trade, channels and rules."""

from __future__ import annotations

from capcoop.schema.column import Column, Table, name, number, refer

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
            number("paths", "Over how many paths that share no channel the site must be reached.", default=1.0, lower=1.0),
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
            number(
                "reactance",
                "Series reactance of an AC line, whose flow follows from voltage angles; blank: a link whose flow is chosen.",
                above=True,
                unit="ohm; without a voltage: per unit on a base of 1 MVA",
            ),
            number("voltage", "Voltage to which the reactance refers.", default=1.0, above=True, unit="kV"),
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
