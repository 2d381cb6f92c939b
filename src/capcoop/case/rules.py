"""What must hold between tables: time, options, channels, processes, trade, limits. Each rule is one function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from capcoop.case.cascade import Cascade, Codes, Values, pick
from capcoop.case.case import DIMENSIONS, Case
from capcoop.case.checks import SHOWN_PER_RULE, Fault, Place, Rule
from capcoop.case.grid import builders, grid_of, is_ac, is_candidate, permits, reach
from capcoop.case.money import OF_MONEY
from capcoop.case.places import Mask, directions, standing_periods
from capcoop.case.settings import FILE
from capcoop.errors import Problem, suggestion
from capcoop.schema import FILTERS, HORIZON, SETS, TABLES

# The attributes that each quantity of a limit has.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "activity": ("site", "country", "process", "line", "period", "slice"),
    "made": ("site", "country", "process", "line", "product", "period", "slice"),
    "used": ("site", "country", "process", "line", "product", "period", "slice"),
    "capacity": ("site", "country", "line", "channel", "mode", "period"),
    "new_capacity": ("site", "country", "line", "channel", "mode", "option", "period"),
    "builds": ("site", "country", "line", "channel", "mode", "option", "period"),
    "investment": ("site", "country", "line", "channel", "mode", "option", "period"),
    "flow": ("site", "country", "channel", "mode", "product", "period", "slice"),
    "purchase": ("site", "country", "purchase", "product", "period", "slice"),
    "sale": ("site", "country", "sale", "product", "period", "slice"),
    "need": ("site", "country", "product", "period", "slice"),
    "unmet": ("site", "country", "product", "period", "slice"),
    "emissions": ("site", "country", "process", "line", "period", "slice"),
}
# Figures that become coefficients of the program.
COEFFICIENTS = (
    ("recipes", "quantity"),
    ("processes", "use"),
    ("process_lines", "use"),
    ("freight", "use"),
    ("packages", "capacity"),
    ("options", "unit_size"),
    ("limit_terms", "coefficient"),
)
SMALLEST, LARGEST = 1e-8, 1e14
# Years: an hour. A life of less makes an annuity without end.
SHORTEST = 1 / 8760
# Near 1e20 the solver takes any other figure for endless.
ENDLESS = 1e18
# Beyond this power a discount factor is no number any more.
FARTHEST = 300.0
YEAR_HOURS = (8760.0, 8784.0)
COUNT_IT = "state unit_size, or maximum_size and maximum_builds"
# Reactances of one grid further apart than this: the flows of a cycle are lost in the solver's tolerances.
MOST_REACTANCE_RATIO = 1e6


def each_of(text: str | None) -> tuple[str, ...]:
    """Split a cell of limits.each into attributes."""
    return tuple(part.strip() for part in (text or "").replace(",", ";").split(";") if part.strip())


def check_rules(case: Case, rows: Mapping[str, pl.Series], files: Mapping[str, str], *, numbers: bool = False) -> Iterator[Problem]:
    """Yield every fault between tables. `rows` gives the row numbers of each table's rows; `numbers`: only faults that are not of names."""
    options: tuple[Rule, ...] = (_options, _costs, _sizes, _points, _after)
    ways: tuple[Rule, ...] = (_channels, _lines_of_grids, _reactances, _candidates)
    of_names: tuple[Rule, ...] = (_named, _each, _terms)
    for rule in (_time, _scale, *options, *ways, _processes, _bounds, _prices, _limits, *OF_MONEY, *(() if numbers else of_names)):
        for fault in rule(case):
            yield from _problems(case, fault, rows[fault.table], Place(files, fault.table))


def notes_of(case: Case, rows: Mapping[str, pl.Series], files: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what is no fault but may be a slip: what nothing uses, options that never stand, names that spreadsheets compute."""
    rate = case.settings.discount_rate
    if rate >= 1:
        yield Problem(FILE, None, "discount_rate", f"{rate:g}", f"is {100 * rate:g} % a year", f"for {rate:g} % write {rate / 100:g}")
    for rule in (_unused, _never, _lonely, _unvalued, _computed):
        for fault in rule(case):
            yield from _problems(case, fault, rows[fault.table], Place(files, fault.table))


def _problems(case: Case, fault: Fault, rows: pl.Series, place: Place) -> Iterator[Problem]:
    """Yield a problem for each row of a fault."""
    if fault.wrong is None:
        yield place.problem(None, fault.column, fault.found, fault.rule, fault.remedy)
        return
    wrong = np.flatnonzero(fault.wrong)
    for i in wrong[:SHOWN_PER_RULE].tolist():
        cell = case.frames[fault.table].get_column(fault.column)[i] if fault.column else None
        shown = f"{cell:g}" if isinstance(cell, float) else f"'{cell}'" if cell is not None else "a blank"
        yield place.problem(rows[i], fault.column, fault.found or shown, fault.rule, fault.remedy)
    yield from place.more(rows[wrong], fault.column)


def _time(case: Case) -> Iterator[Fault]:
    periods = case.frames["periods"]
    reserved = periods.get_column("period").eq(HORIZON).fill_null(value=False).to_numpy()
    yield Fault("periods", "period", reserved, "is reserved for the whole horizon", "choose another name")
    times, count = case.times, periods.height
    for i in range(1, count):
        start, expected = times.start[i], times.start[i - 1] + times.years[i - 1]
        if abs(start - expected) > 1e-6:
            word = "overlaps" if start < expected else "leaves a gap after"
            yield Fault("periods", "start", np.arange(count) == i, f"{word} the period before", f"it should be {expected:g}", f"{start:g}")
    power = np.log10(1 + case.settings.discount_rate) * (np.r_[times.start, times.end] - times.base_year)
    if (np.abs(power) > FARTHEST).any() or not np.isfinite(times.start).all():
        found = f"{times.base_year:g} as the year to discount to"
        yield Fault("periods", "start", None, "is too far from the periods", "correct base_year, or the years of the periods", found)
    total = times.hours.sum()
    if len(case["slices"]) and min(abs(total - year) for year in YEAR_HOURS) > 0.01:
        yield Fault("slices", "hours", None, "are not a year", "they must sum to 8760", f"{total:g} hours in all")


def _named(case: Case) -> Iterator[Fault]:
    for table, word in (("sites", "site"), ("products", "product")):
        if not case.size(table):
            yield Fault(table, None, None, "is named", f"name it in {table}.csv", f"no {word}")


def _unbounded(case: Case, channel: np.ndarray) -> Mask:
    """Return which codes name a channel whose capacity is blank or infinite."""
    return pick(~np.isfinite(case["channels"].stated("capacity")), channel, missing=False).astype(bool)


def _options(case: Case) -> Iterator[Fault]:
    options, packages = case["options"], case["packages"]
    line, channel, site = (options.codes(c) for c in ("line", "channel", "site"))
    alone = (line < 0) & (channel < 0)
    packaged = np.isin(np.arange(len(options)), packages.codes("option"))
    nothing = "adds to no line, no channel and no package"
    yield Fault("options", "option", alone & ~packaged, nothing, "name a line and its site, or a channel")
    both = (line >= 0) & (channel >= 0)
    yield Fault("options", "option", both, "names both a line and a channel", "keep one, and put the other into packages")
    yield Fault("options", "site", (line >= 0) & (site < 0), "does not say where the line stands", "name the site")
    bound = ("is a channel without bound", "write its capacity, 0 if there is none yet")
    yield Fault("options", "channel", _unbounded(case, channel), *bound)
    first, last = options.codes("first"), options.codes("last")
    yield Fault("options", "first", (first >= 0) & (last >= 0) & (first > last), "comes after its last period", "swap first and last")
    sized = ~np.isnan(options.stated("unit_size")) | np.isin(np.arange(len(options)), case["option_points"].codes("option"))
    sizeless = "has a size, but no line or channel of its own"
    yield Fault("options", "option", alone & packaged & sized, sizeless, "name its line and site, or clear the size")
    own, where, at = packages.codes("channel"), packages.codes("site"), packages.codes("line")
    lost = (own < 0) & ((at < 0) | (where < 0))
    yield Fault("packages", "option", lost, "changes neither a line at a site nor a channel", "name site and line, or the channel")
    yield Fault("packages", "channel", _unbounded(case, own), *bound)
    twofold = (own >= 0) & ((at >= 0) | (where >= 0))
    yield Fault("packages", "channel", twofold, "stands beside a line or a site", "give the line a row of its own; a channel needs no site")


def _costs(case: Case) -> Iterator[Fault]:
    """At a rate of 0 or less an endless life makes an annuity, or an outlay less its end value, nothing at all; one of no time, endless."""
    options = case["options"]
    costly = (options.numbers("build_cost") != 0) | (np.nan_to_num(options.stated("fixed_build_cost")) != 0)
    for table, columns in (("option_periods", ("build_cost", "fixed_build_cost")), ("option_points", ("cost",))):
        code = case[table].codes("option")
        for column in columns:
            stated = np.nan_to_num(case[table].stated(column)) != 0
            costly |= bool((stated & (code < 0)).any())
            costly[code[stated & (code >= 0)]] = True
    yield Fault("options", "life", options.numbers("life") < SHORTEST, "is less than an hour", "state it in years")
    endless = np.isinf(options.numbers("life")) & ~options.choice("charge", "annual") & (case.settings.discount_rate <= 0)
    rule = f"has no annuity at a discount rate of {case.settings.discount_rate:g}"
    yield Fault("options", "life", costly & endless, rule, "state the life, or charge it as annual")


def _scale(case: Case) -> Iterator[Fault]:
    """Tell what the solver would take for zero (from 1e-9 down) or refuse (from 1e15 up)."""
    for table, column in COEFFICIENTS:
        figures = np.abs(case[table].stated(column))
        remedy = "count the product or the line in another unit"
        yield Fault(table, column, (figures > 0) & (figures < SMALLEST), f"is nearer to 0 than {SMALLEST:g} in the case's units", remedy)
        yield Fault(table, column, np.isfinite(figures) & (figures > LARGEST), f"is beyond {LARGEST:g} in the case's units", remedy)
    for name, schema in TABLES.items():
        for measure in schema.columns:
            if measure.measured and not measure.infinite:
                endless = np.abs(case[name].stated(measure.name)) > ENDLESS
                remedy = "correct it, or state it in another unit"
                yield Fault(name, measure.name, endless, f"is beyond {ENDLESS:g} in the case's units", remedy)


def _sizes(case: Case) -> Iterator[Fault]:
    options = case["options"]
    sized = ~np.isnan(options.stated("unit_size")) | np.isin(np.arange(len(options)), case["option_points"].codes("option"))
    bounded = np.isfinite(options.stated("maximum_size"))
    own = (options.codes("line") >= 0) | (options.codes("channel") >= 0)
    sizeless = case.counted & own & ~sized & ~bounded
    remedy = "state unit_size, or maximum_size (a fixed cost needs one)"
    yield Fault("options", "option", sizeless, "is counted in builds that have no size", remedy)
    for low, high in (("minimum_size", "maximum_size"), ("minimum_builds", "maximum_builds")):
        yield Fault("options", low, options.stated(low) > options.stated(high), f"is more than {high}", f"lower it, or raise {high}")
    for column in ("minimum_size", "maximum_size"):
        twice = sized & ~np.isnan(options.stated(column))
        yield Fault("options", column, twice, "stands beside unit_size or option_points, which set the size", "clear it")


def _points(case: Case) -> Iterator[Fault]:
    code = case["option_points"].codes("option")
    count = np.bincount(code, minlength=case.size("options"))
    yield Fault("option_points", "option", count[code] < 2, "has a single point", "a size curve needs two or more")
    sized = ~np.isnan(case["options"].stated("unit_size"))
    yield Fault("options", "unit_size", sized & (count > 0), "stands beside option_points", "keep one of the two")


def _after(case: Case) -> Iterator[Fault]:
    """Options that come after another are compared with it in builds, and must end at one that comes after none."""
    options = case["options"]
    after = options.codes("after")
    follows = after >= 0
    counts = "counts no builds, so that nothing tells how often it stands"
    yield Fault("options", "option", follows & ~case.counted, f"comes after another, but {counts}", COUNT_IT)
    yield Fault("options", "after", follows & ~pick(case.counted, after, missing=True), counts, COUNT_IT)
    yield Fault("options", "after", after == np.arange(len(options)), "is the option itself", "name another, or clear it")
    rule = "leads back to the option, so that none of them can be the first"
    yield Fault("options", "after", _in_circles(after), rule, "clear it in one of them")


def _in_circles(after: Codes) -> Mask:
    """Return which options come after themselves by way of others: where one gets after more steps than there are options."""
    own = np.arange(len(after))
    place = np.where(after == own, -1, after)
    for _ in range(len(after).bit_length()):
        place = pick(place, place)
    return np.isin(own, place[place >= 0])


def _unvalued(case: Case) -> Iterator[Fault]:
    """Tell products without a value that may use a channel with days on the way: a blank is unknown, and nothing is charged for it."""
    slow = case["channels"].numbers("days") > 0
    if slow.any():
        ways = directions(case)
        way = {key: codes[slow[ways["channel"]]] for key, codes in ways.items()}
        _, allowed = case["freight"].cascade.expand(way, len(way["channel"]), ("product",))
        carried = np.isin(np.arange(case.size("products")), allowed["product"])
        rule = "leaves the days on the way of its channels without cost"
        yield Fault("products", "value", carried & np.isnan(case["products"].stated("value")), rule, "state what a unit is worth, or 0")


def _never(case: Case) -> Iterator[Fault]:
    options = case["options"]
    first, last = options.codes("first"), options.codes("last")
    backwards = (first >= 0) & (last >= 0) & (first > last)
    never = ~standing_periods(case).any(axis=(1, 2)) & ~backwards
    rule = "leaves no period in which the new capacity stands"
    yield Fault("options", "lead_years", never, rule, "shorten it, lengthen the life, or add periods")


def _lonely(case: Case) -> Iterator[Fault]:
    """Tell options each decision of which would stand in some period in which the one they come after cannot."""
    after, stands = case["options"].codes("after"), standing_periods(case)
    if not (after >= 0).any():
        return
    held: Mask = np.asarray(stands.any(axis=1))[after]
    alone: Mask = np.any(stands & ~held[:, None, :], axis=2)
    offered: Mask = np.any(stands, axis=2)
    lonely = (after >= 0) & offered.any(axis=1) & ~(offered & ~alone).any(axis=1)
    rule = "cannot stand in every period in which the option would, so that the option is never built"
    yield Fault("options", "after", lonely, rule, "compare first, last, lead_years and life of the two")


def _channels(case: Case) -> Iterator[Fault]:
    channels = case["channels"]
    itself = channels.codes("from") == channels.codes("to")
    yield Fault("channels", "to", itself, "is where the channel starts", "a channel links two sites")
    lost = channels.numbers("loss") >= 1
    yield Fault("channels", "loss", lost, "loses everything that is sent", "write the share that is lost, below 1: 0.03 for 3 %")
    if len(channels) and not len(case["freight"]):
        yield Fault("freight", None, None, "lets any product use a channel", "write freight.csv with a row `*` at least", "no row")


def _lines_of_grids(case: Case) -> Iterator[Fault]:
    """Tell AC lines whose flow the voltage law cannot give: it is that of one product, in every slice, both ways."""
    channels, allowed, count = case["channels"], permits(case), case.size("channels")
    used = np.isin(np.arange(count), allowed.channel)
    remedy = "write yes, or leave the reactance blank (a link whose flow is chosen)"
    diode = is_ac(case) & ~channels.flags("both_ways")
    yield Fault("channels", "both_ways", diode, "stands on an AC line (it has a reactance)", remedy, "no")
    pairs = np.unique(allowed.channel * max(case.size("products"), 1) + allowed.product) // max(case.size("products"), 1)
    several = np.bincount(pairs, minlength=count) > 1
    remedy = "let freight.csv allow one product, or leave the reactance blank (a link whose flow is chosen)"
    yield Fault("channels", "channel", several, "is an AC line (it has a reactance) and carries several products", remedy)
    onward, back = (np.isin(np.arange(count), allowed.channel[allowed.back == way]) for way in (False, True))
    lame = used & channels.flags("both_ways") & (onward != back)
    yield Fault("channels", "channel", lame, "is an AC line (it has a reactance), but freight allows one direction only", "allow both")
    yearly = np.isin(np.arange(count), allowed.channel[~case.sliced[allowed.product]])
    remedy = "say sliced in products.csv, or leave the reactance blank"
    yield Fault("channels", "channel", yearly, "is an AC line (it has a reactance) of a product that is balanced over the year", remedy)
    idle = np.isin(np.arange(count), allowed.channel[allowed.use == 0])
    yield Fault("channels", "channel", idle, "is an AC line (it has a reactance) whose freight uses none of it", "state use in freight.csv")
    shrinks = pick(is_ac(case), case["packages"].codes("channel"), missing=False).astype(bool) & (case["packages"].stated("capacity") < 0)
    remedy = "the voltage law would hold on for the line that is gone; leave its reactance blank, or let it stand"
    yield Fault("packages", "capacity", shrinks, "takes capacity away from an AC line", remedy)


def _reactances(case: Case) -> Iterator[Fault]:
    """Tell AC lines whose reactance is too far from that of another line of their grid for the law around both to be computed."""
    if not is_ac(case).any() or any(fault.wrong is not None and fault.wrong.any() for fault in _lines_of_grids(case)):
        return
    grid = grid_of(case)
    least = np.full(len(grid.mean), np.inf)
    np.minimum.at(least, grid.island, grid.reactance)
    far = np.isin(np.arange(case.size("channels")), grid.channel[grid.reactance > MOST_REACTANCE_RATIO * least[grid.island]])
    rule = f"(over voltage squared) is more than {MOST_REACTANCE_RATIO:,.0f} times that of another line of its grid"
    yield Fault(
        "channels", "reactance", far, rule, "check both reactances and their unit, ohm; lines of one grid differ by some hundreds at most"
    )


def _candidates(case: Case) -> Iterator[Fault]:
    """Tell options that build AC lines by parts, or more than once, and AC lines whose angles nothing bounds until they are built."""
    option, channel = builders(case)
    option, channel = option[is_candidate(case)[channel]], channel[is_candidate(case)[channel]]
    if not len(option):
        return
    options, mine = case["options"], np.isin(np.arange(case.size("options")), option)
    parts = mine & (~case.counted | ~options.flags("whole"))
    rule = "adds capacity bit by bit to an AC line (it has a reactance) that does not stand yet"
    remedy = (
        "build it in whole builds (unit_size, or minimum_size and maximum_size), state the capacity that stands, or clear the reactance"
    )
    yield Fault("options", "option", parts, rule, remedy)
    often = mine & ~parts & ~(options.stated("maximum_builds") <= 1)
    remedy = "write 1; a second circuit is a channel of its own, with its own reactance"
    yield Fault("options", "maximum_builds", often, "lets an AC line (it has a reactance) be built more than once", remedy)
    if any(fault.wrong is not None and fault.wrong.any() for fault in _lines_of_grids(case)):
        return
    grid = grid_of(case)
    endless = np.isin(np.arange(case.size("channels")), grid.channel[np.isinf(reach(case, grid))])
    rule = "is an AC line not built yet whose angles nothing bounds"
    remedy = "state the capacity of the lines beside it, and maximum_total of options that add to them"
    yield Fault("channels", "channel", endless, rule, remedy)


def _processes(case: Case) -> Iterator[Fault]:
    without = ~np.isin(np.arange(case.size("processes")), case["recipes"].codes("process"))
    yield Fault("processes", "process", without, "has no recipe", "say in recipes.csv what it makes and uses")
    recipes = case["recipes"]
    maker = np.isin(np.arange(case.size("processes")), recipes.codes("process")[recipes.stated("quantity") > 0])
    remedy = "state what it makes in recipes.csv; to throw a product away, say disposal in products.csv"
    yield Fault("processes", "process", ~maker & ~without, "makes nothing", remedy)
    more = case["process_lines"]
    twice = case["processes"].codes("line")[more.codes("process")] == more.codes("line")
    yield Fault("process_lines", "line", twice, "is the process's own line", "state its use in processes.csv")


def _unused(case: Case) -> Iterator[Fault]:
    """Tell lines that no process uses and products that nothing makes, uses, needs or sells; a limit may still count them."""
    for table, column, users, rule, remedy in (
        ("lines", "line", ("processes", "process_lines"), "is used by no process", "name it in processes.csv, or delete the row"),
        ("products", "product", ("recipes", "needs", "sales"), "is in no recipe, need or sale", "use it, or delete the row"),
    ):
        named = np.concatenate([case[user].codes(column) for user in (*users, "limit_terms")])
        yield Fault(table, column, ~np.isin(np.arange(case.size(table)), named), rule, remedy)


def _computed(case: Case) -> Iterator[Fault]:
    """Tell names that a spreadsheet takes for a formula when it opens a CSV file."""
    for column, table in SETS.items():
        names = case.frames[table].get_column(column)
        formula = names.str.contains(r"^[=+@-]") & names.cast(pl.Float64, strict=False).is_null() & names.is_first_distinct()
        rule = "begins with a sign at which spreadsheets compute it when they open a CSV file"
        yield Fault(table, column, formula.to_numpy(), rule, "begin it with a letter or a digit")


def _bounds(case: Case) -> Iterator[Fault]:
    for table, low, high in (
        ("placements", "minimum", "maximum"),
        ("option_periods", "minimum_new", "maximum_new"),
        ("option_periods", "minimum_builds", "maximum_builds"),
    ):
        yield Fault(table, low, case[table].stated(low) > case[table].stated(high), f"is more than {high}", f"lower it, or raise {high}")
    parted = case["needs"].numbers("paths") % 1 > 0
    yield Fault("needs", "paths", parted, "is no whole number", "paths are counted whole")


def _prices(case: Case) -> Iterator[Fault]:
    for table in ("purchases", "sales"):
        trade = case[table]
        _, targets = trade.cascade.expand({}, 1, trade.table.keys)
        length = len(targets["site"])
        price, limit = trade.cascade.values(targets, length, trade.stated("price"), trade.stated("limit"))
        unpriced = np.flatnonzero(np.isnan(price) & (np.nan_to_num(limit, nan=1.0) > 0))
        if len(unpriced):
            hits = np.concatenate([hit[unpriced] for hit in trade.cascade.rows(targets, length)])
            wrong = np.isin(np.arange(len(trade)), hits[hits >= 0]) & np.isnan(trade.stated("price"))
            remedy = "state it (0 is a price), here or in a more general row"
            yield Fault(table, "price", wrong, "leaves the price unknown", remedy)


def endless_gains(case: Case, rows: Mapping[str, pl.Series], files: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each sale that pays more, at the same place and time, than a purchase costs, both without limit."""
    bought, cost, buyer = _dearest(case, "purchases", -1.0)
    sold, price, seller = _dearest(case, "sales", 1.0)
    _, at_sale, at_purchase = np.intersect1d(sold, bought, return_indices=True)
    gains = np.flatnonzero(price[at_sale] > cost[at_purchase])
    pairs = np.column_stack([seller[at_sale], buyer[at_purchase]])[gains]
    where, sales, purchases = sold[at_sale][gains], Place(files, "sales"), Place(files, "purchases")
    for first in np.unique(pairs, axis=0, return_index=True)[1][:SHOWN_PER_RULE].tolist():
        sale, purchase = pairs[first].tolist()
        site, product = divmod(int(where[first]) // case.size("periods"), case.size("products"))
        place = f"'{case.names['products'][product]}' at '{case.names['sites'][site]}'"
        found, other = f"{price[at_sale][gains][first]:g} for {place}", f"{cost[at_purchase][gains][first]:g}"
        rule = f"is more than the {other} of {purchases.where(rows['purchases'][purchase])}, and neither has a limit"
        yield sales.problem(rows["sales"][sale], "price", found, rule, "give one of the two a limit")


def _dearest(case: Case, table: str, sign: float) -> tuple[Codes, Values, Codes]:
    """Return the best offer without limit for each site, product and period: their code, the price, the row that states it.

    Offers that a limit counts, and periods whose payments do not count, are left out.
    """
    trade, terms = case[table], case["limit_terms"]
    _, targets = trade.cascade.expand({}, 1, trade.table.keys)
    length = len(targets["site"])
    price, limit = trade.cascade.values(targets, length, trade.stated("price"), trade.stated("limit"))
    row = np.full(length, -1)
    for hit in trade.cascade.rows(targets, length):
        row = np.where((row < 0) & (hit >= 0) & ~np.isnan(trade.stated("price")[hit]), hit, row)
    counting = np.flatnonzero(terms.frame.get_column("quantity").eq(trade.table.names).to_numpy())
    keys = {key: terms.codes(key)[counting] for key in trade.table.keys}
    free = ~Cascade(keys, {key: case.size(DIMENSIONS[key]) for key in keys}).matched(targets, length)
    free &= np.isnan(limit) | np.isinf(limit)
    kept = np.flatnonzero(free & (case.times.weight[targets["period"]] > 0) & ~np.isnan(price))
    code = (targets["site"] * case.size("products") + targets["product"]) * case.size("periods") + targets["period"]
    order = kept[np.lexsort((-sign * price[kept], code[kept]))]
    best = order[np.r_[True, np.diff(code[order]) > 0]] if len(order) else order
    return code[best], price[best], row[best]


def _limits(case: Case) -> Iterator[Fault]:
    frame = case.frames["limits"]
    for column in ("sense", "value"):
        general = frame.filter(pl.col("period").is_null() & pl.col(column).is_not_null()).get_column("limit")
        unstated = frame.select(pl.col(column).is_null() & ~pl.col("limit").is_in(general.to_list())).to_series().to_numpy()
        yield Fault("limits", column, unstated, f"leaves the rule without a {column}", "state it here or in the row without a period")
    without = ~frame.get_column("limit").is_in(case.frames["limit_terms"].get_column("limit").unique().to_list()).to_numpy()
    yield Fault("limits", "limit", without, "has no term", "say in limit_terms.csv what it sums")


def _each(case: Case) -> Iterator[Fault]:
    frame, limit = case.frames["limits"], case["limits"].codes("limit").tolist()
    texts, periods = frame.get_column("each").to_list(), frame.get_column("period").to_list()
    general = {k: each_of(text) for k, text, period in zip(limit, texts, periods, strict=True) if period is None}
    first: dict[int, tuple[str, ...]] = {}
    for i, (k, text) in enumerate(zip(limit, texts, strict=True)):
        row = np.arange(len(texts)) == i
        for attribute in each_of(text):
            if attribute not in FILTERS or attribute == "period":
                yield Fault("limits", "each", row, "is not an attribute", suggestion(attribute, FILTERS), f"'{attribute}'")
        own = general.get(k, ()) if text is None else each_of(text)
        if first.setdefault(k, own) != own:
            yield Fault(
                "limits", "each", row, "differs from another row of the same limit", "repeat a limit in one way, or give it two names"
            )


def _terms(case: Case) -> Iterator[Fault]:
    frame = case.frames["limit_terms"]
    if frame.is_empty():
        return
    pairs = [(quantity, column) for quantity, attributes in ATTRIBUTES.items() for column in FILTERS if column not in attributes]
    wrong = frame.select(
        ((pl.col("quantity") == quantity) & pl.col(column).is_not_null()).alias(f"{quantity} {column}") for quantity, column in pairs
    )
    for quantity, column in pairs:
        rule, remedy = f"can never match: a {quantity} has no {column}", "allowed: " + ", ".join(ATTRIBUTES[quantity])
        yield Fault("limit_terms", column, wrong.get_column(f"{quantity} {column}").to_numpy(), rule, remedy)
