"""The model written out the plain way: one loop per sum in the formulas.

The oracle for the package: it reads a case folder and solves the mixed-integer program of the
schema in PuLP. It is slow, shares no code with the package, and converts no units or currencies.

    python tests/textbook.py FOLDER [SCENARIO]
"""

from __future__ import annotations

import csv
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise, product
from math import inf, isinf
from pathlib import Path
from typing import Any, NamedTuple

import pulp

Row = dict[str, str]
Tables = dict[str, list[Row]]
Settings = dict[str, Any]
Key = str | tuple[str, ...]
Place = tuple[str, str, str]  # where capacity is: site, line and "", or sending site, "", channel
Where = dict[str, tuple[str, ...]]  # the values of each attribute that a quantity carries

SCHEMA = """periods(period) slices(slice) sites(site) products(product) lines(line)
    availability(line,site,period,slice) processes(process) process_lines(process,line)
    recipes(process,product,site) placements(process,site,period) stock(site,line,period)
    options(option) option_periods(option,period) option_points(option,size)
    packages(option,site,line,channel) needs(site,product,period,slice)
    purchases(purchase,site,product,period) sales(sale,site,product,period)
    channels(channel) freight(channel,from,to,mode,product) limits(limit,period)"""
KEYS = {table: tuple(key.split(",")) for table, key in re.findall(r"(\w+)\((.*?)\)", SCHEMA)}
# Attribute of a limit -> the table that lists its values.
ATTRIBUTES = {
    "country": "sites",
    "process": "processes",
    "mode": "channels",
    "period": "periods",
} | {name: f"{name}s" for name in ("site", "line", "product", "option", "channel", "purchase", "sale", "slice")}
ONCE = ("new_capacity", "builds", "investment")  # in limits counted by decision, not per year


def load(folder: str | Path) -> tuple[Settings, Tables]:
    """Read case.toml and every CSV file of a case folder, as text."""
    settings = tomllib.loads((Path(folder) / "case.toml").read_text(encoding="utf-8"))
    tables: Tables = {}
    for path in sorted(Path(folder).glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            tables[path.stem] = list(csv.DictReader(file, restval=""))
    return settings, tables


def apply_changes(settings: Settings, tables: Tables, scenario: str) -> tuple[Settings, Tables]:
    """A copy of the case with the rows of `changes` for one scenario carried out."""
    settings, tables = dict(settings), {t: [dict(r) for r in tables[t]] for t in tables}
    changes = [row for row in tables.get("changes", []) if row["scenario"] == scenario]
    if not changes:
        raise ValueError(f"there is no scenario {scenario!r}")
    for change in changes:
        table, column, value = change["table"], change["column"], change["value"]
        if table == "case":
            number = re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", value)
            settings[column] = float(value) if number else value or None
            continue
        cells = [_plain(cell) for cell in change["key"].split(";")]
        cells += [""] * (len(KEYS[table]) - len(cells))
        rows = tables.setdefault(table, [])
        found = [r for r in rows if [_plain(r.get(k)) for k in KEYS[table]] == cells]
        if column == "drop":
            rows[:] = [row for row in rows if row not in found]
        elif found:
            found[0][column] = value
        else:
            rows.append(dict(zip(KEYS[table], cells, strict=True)) | {column: value})
    return settings, tables


def _plain(cell: str | None) -> str:
    """A cell without spaces around it; `*` means the same as blank: all."""
    cell = (cell or "").strip()
    return "" if cell == "*" else cell


class Period(NamedTuple):
    name: str
    start: float
    years: float
    weight: float
    outlay_weight: float


class Case:
    """Settings and tables, with the one lookup rule for all of them."""

    def __init__(self, settings: Settings, tables: Tables) -> None:
        self.settings = settings
        self.tables = {table: [{column: _plain(cell) for column, cell in row.items()} for row in rows] for table, rows in tables.items()}
        self.index: dict[str, dict[tuple[str, ...], Row]] = {table: {} for table in KEYS}
        for table, key in KEYS.items():
            for row in self.tables.get(table, []):
                cells = tuple(row.get(column, "") for column in key)
                if cells in self.index[table]:
                    raise ValueError(f"{table}: two rows with the key {cells}")
                self.index[table][cells] = row
        self.sites = self.names("sites", "site")
        self.products = self.names("products", "product")
        self.hours = {s: self.required("slices", s, "hours") for s in self.names("slices", "slice")}
        self.hours = self.hours or {"year": 8760.0}
        self.year = sum(self.hours.values())
        self.share = {name: hours / self.year for name, hours in self.hours.items()}
        self.growth = 1 + float(settings.get("discount_rate") or 0)
        self.periods: list[Period] = []
        self.read_periods(settings.get("base_year"))

    def read_periods(self, base: float | None) -> None:
        timing = {"start": 0.0, "middle": 0.5, "end": 1.0}[self.settings.get("timing") or "end"]
        start = base or 0.0
        for name in self.names("periods", "period") or ["period"]:
            start = self.number("periods", name, "start", start)
            base = start if base is None else base
            years = self.number("periods", name, "years", 1)
            yearly = [self.growth ** -(start + y - base + timing) for y in range(int(years))]
            weight = self.number("periods", name, "weight", sum(yearly))
            once = self.number("periods", name, "outlay_weight", self.growth ** -(start - base))
            self.periods.append(Period(name, start, years, weight, once))
            start += years
        self.end = start
        self.horizon = start - (base or 0)  # years from the base year to the end

    def names(self, table: str, column: str) -> list[str]:
        """The different names in a column, in the order of the table."""
        return list(dict.fromkeys(r[column] for r in self.tables.get(table, []) if r.get(column)))

    def fitting(self, table: str, key: Key) -> Iterator[tuple[tuple[str, ...], Row]]:
        """The rows that fit a key, the most specific first: in each key column a named cell
        comes before a blank one, and columns further left decide first."""
        key = (key,) if isinstance(key, str) else key
        for cells in product(*[(cell, "") for cell in key]):
            if cells in self.index[table]:
                yield cells, self.index[table][cells]

    def text(self, table: str, key: Key, column: str, default: str = "") -> str:
        """The first stated cell among the rows that fit."""
        return next((r[column] for _, r in self.fitting(table, key) if r.get(column)), default)

    def number(self, table: str, key: Key, column: str, default: float) -> float:
        return float(self.text(table, key, column) or default)

    def required(self, table: str, key: Key, column: str) -> float:
        text = self.text(table, key, column)
        if not text:
            raise ValueError(f"{table}: {column} of {key} is not stated")
        return float(text)

    def option(self, option: str, column: str, default: float = 0.0) -> float:
        return self.number("options", option, column, default)

    def slots(self, good: str) -> dict[str, str]:
        """The balances of a product in a year, one per slice or "" for the whole year, with
        their slice attribute: a lone slice is the year itself."""
        if self.text("products", good, "sliced") == "yes":
            return {name: name for name in self.hours}
        return {"": next(iter(self.hours)) if len(self.hours) == 1 else ""}

    def need(self, site: str, good: str, period: str, slot: str) -> float:
        """The amount that falls in a slice; of a product that is not sliced, their sum."""
        total = 0.0
        for name in [slot] if slot else self.hours:
            rows = self.fitting("needs", (site, good, period, name))
            stated = [(cells, row["quantity"]) for cells, row in rows if row.get("quantity")]
            for cells, quantity in stated[:1]:
                total += float(quantity) * (1 if cells[3] else self.share[name])
        return total

    def uses(self, process: str) -> dict[str, float]:
        """Capacity of each line that a unit of the process uses up."""
        uses: dict[str, float] = {}
        own = self.text("processes", process, "line")
        for line in self.names("lines", "line"):
            default = self.number("processes", process, "use", 1) if line == own else 1.0
            if line == own or any(self.fitting("process_lines", (process, line))):
                uses[line] = self.number("process_lines", (process, line), "use", default)
        return uses

    def place(self, site: str, line: str, channel: str) -> Place | None:
        """The place that an option or a package adds to."""
        if channel:
            self.required("channels", channel, "capacity")  # one without bound cannot grow
            return self.text("channels", channel, "from"), "", channel
        if line and not site:
            raise ValueError(f"new capacity of line {line!r} needs a site")
        return (site, line, "") if line else None

    def own_place(self, option: str) -> Place | None:
        site, line, channel = (self.text("options", option, c) for c in ("site", "line", "channel"))
        return self.place(site, line, channel)

    def packages(self, option: str) -> dict[Place, float]:
        found: dict[Place, float] = {}
        for cells, row in sorted(self.index["packages"].items()):  # blank option first
            if cells[0] in ("", option):
                place = self.place(*cells[1:])
                if place is None:
                    raise ValueError(f"a package of option {option!r} has no line or channel")
                found[place] = float(row.get("capacity") or 0)
        return found

    def points(self, option: str) -> list[tuple[float, float]]:
        rows = sorted(self.index["option_points"].items())  # blank option first
        stated = [(c[1], row.get("cost") or 0) for c, row in rows if c[0] in ("", option)]
        return sorted({float(size): float(cost) for size, cost in stated}.items())

    def counted(self, option: str) -> bool:
        """Does the option come in builds?"""
        yearly = ["fixed_build_cost", "minimum_builds", "maximum_builds"]
        stated = [self.text("options", option, c) for c in ["unit_size", "minimum_size", *yearly]]
        for cells, row in self.index["option_periods"].items():
            if cells[0] == option:
                stated += [row.get(column, "") for column in yearly]
        return any(stated) or bool(self.points(option)) or bool(self.packages(option))


class Model(Case):
    """Columns, rows and costs, collected one table after the other."""

    def __init__(self, settings: Settings, tables: Tables, relax: bool) -> None:
        super().__init__(settings, tables)
        self.relax = relax
        self.problem = pulp.LpProblem("textbook", pulp.LpMinimize)
        self.columns = 0
        self.possible = True  # no longer, once a row without columns does not hold
        self.costs: list[Any] = []
        self.entries: list[tuple[str, Period, Any, Where]] = []
        self.balance: dict[tuple[str, str, str, str], list[Any]] = defaultdict(list)
        self.load: dict[tuple[Place, str, str], list[Any]] = defaultdict(list)
        self.added: dict[tuple[Place, str], list[Any]] = defaultdict(list)
        self.stand: dict[tuple[str, str], list[Any]] = defaultdict(list)  # builds, by option and period
        self.makers: dict[tuple[Place, str], list[Any]] = defaultdict(list)  # the builds that make a place stand
        self.runs: list[tuple[str, str, dict[str, float]]] = []
        self.unmet: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
        self.places = self.find_places()
        self.options()
        self.processes()
        self.flows()
        self.capacities()
        self.trade("purchases", "purchase", 1)
        self.trade("sales", "sale", -1)
        self.balances()
        self.paths()
        self.limits()
        self.problem.setObjective(pulp.lpSum(self.costs))

    def column(self, kind: str, upper: float | None = None, option: str = "", lower: float | None = 0) -> Any:
        """A new variable, at least 0 unless said; of an option: a whole number, unless it says no."""
        self.columns += 1
        whole = option and self.text("options", option, "whole") != "no" and not self.relax
        category = pulp.LpInteger if whole else pulp.LpContinuous
        return 1 * self.problem.add_variable(f"{kind}_{self.columns}", lower, upper, category)

    def row(self, terms: list[Any], sense: str, bound: float, limit: str = "") -> None:
        """sum(terms) <= or >= or = bound, where an infinite bound is none."""
        if (sense, bound) in (("<=", inf), (">=", -inf)):
            return
        left = pulp.lpSum(terms)
        if any(left.values()):
            rows = {"<=": left <= bound, ">=": left >= bound, "=": left == bound}
            self.problem += rows[sense]
            return
        gap, little = left.constant - bound, 1e-9 * (1 + abs(bound))
        holds = {"<=": gap <= little, ">=": gap >= -little, "=": abs(gap) <= little}[sense]
        if limit and not holds:
            raise ValueError(f"limit {limit!r} has nothing to decide and does not hold")
        self.possible = self.possible and holds

    def enter(self, quantity: str, period: Period, amount: Any, **where: Any) -> None:
        values = {name: (v,) if isinstance(v, str) else v for name, v in where.items()}
        values["country"] = tuple(self.text("sites", s, "country") for s in values["site"])
        values["period"] = (period.name,)
        filled = {name: tuple(filter(None, v)) for name, v in values.items()}
        self.entries.append((quantity, period, amount, filled))

    def where(self, place: Place) -> dict[str, str]:
        site, line, channel = place
        mode = self.text("channels", channel, "mode") if channel else ""
        return {"site": site, "line": line, "channel": channel, "mode": mode}

    def find_places(self) -> list[Place]:
        """Every line at every site where it may exist, and every channel."""
        found = [
            (site, line, "")
            for site, line in product(self.sites, self.names("lines", "line"))
            if any(s in ("", site) and k in ("", line) for s, k, _ in self.index["stock"])
        ]
        found += [(self.text("channels", channel, "from"), "", channel) for channel in self.names("channels", "channel")]
        for option in self.names("options", "option"):
            own = self.own_place(option)
            found += [*([own] if own else []), *self.packages(option)]
        return list(dict.fromkeys(found))

    def processes(self) -> None:
        for process in self.names("processes", "process"):
            named = [cells[1] for cells in self.index["placements"] if cells[0] == process]
            for site in self.sites:
                recipe = {
                    good: self.required("recipes", (process, good, site), "quantity")
                    for good in self.products
                    if any(self.fitting("recipes", (process, good, site)))
                }
                exists = all((site, line, "") in self.places for line in self.uses(process))
                placed = not named or site in named or "" in named
                if exists and placed and recipe:
                    self.runs.append((process, site, recipe))
                    for period in self.periods:
                        self.activity(process, site, period, recipe)

    def activity(self, process: str, site: str, period: Period, recipe: dict[str, float]) -> None:
        """A process at a site in a period, with its recipe there."""
        key = (process, site, period.name)
        uses = self.uses(process)
        if self.text("processes", process, "profile") == "flat":
            year = self.column("activity")
            x = {s: share * year for s, share in self.share.items()}
        else:
            x = {s: self.column("activity") for s in self.hours}
            year = pulp.lpSum(x.values())
        cost = self.number("processes", process, "cost", 0)
        self.costs.append(period.weight * self.number("placements", key, "cost", cost) * year)
        self.row([year], ">=", self.number("placements", key, "minimum", 0))
        self.row([year], "<=", self.number("placements", key, "maximum", inf))
        for good, q in recipe.items():
            for slot in self.slots(good):
                amount = q * (x[slot] if slot else year)
                self.balance[site, good, period.name, slot].append(amount)
        emissions = self.number("processes", process, "emissions", 0)
        where = {"process": process, "site": site, "line": tuple(uses)}
        for s in x:
            for line, use in uses.items():
                self.load[(site, line, ""), period.name, s].append(use * x[s])
            self.enter("activity", period, x[s], slice=s, **where)
            self.enter("emissions", period, emissions * x[s], slice=s, **where)
            for good, q in recipe.items():
                quantity = "made" if q > 0 else "used"
                self.enter(quantity, period, abs(q) * x[s], product=good, slice=s, **where)

    def flows(self) -> None:
        angles: dict[tuple[str, ...], Any] = {}
        for channel in self.names("channels", "channel"):
            start, end, mode = (self.text("channels", channel, c) for c in ("from", "to", "mode"))
            directions = [(start, end)]
            if self.text("channels", channel, "both_ways") == "yes":
                directions.append((end, start))
            sent: dict[tuple[str, ...], list[Any]] = defaultdict(list)
            for (a, b), good, period in product(directions, self.products, self.periods):
                if any(self.fitting("freight", (channel, a, b, mode, good))):
                    for slot in self.slots(good):
                        f = self.flow((start, "", channel), (channel, a, b, mode, good), period, slot)
                        sent[good, period.name, slot].append(f if a == start else -f)
            for (good, period_, slot), terms in sent.items() if self.text("channels", channel, "reactance") else ():
                drop = self.required("channels", channel, "reactance") / self.number("channels", channel, "voltage", 1) ** 2
                if self.text("channels", channel, "capacity") == "0":
                    raise ValueError(f"AC line {channel!r} is not there yet: left to the tests of power flow")
                for site in (start, end):
                    if (site, good, period_, slot) not in angles:
                        angles[site, good, period_, slot] = self.column("angle", lower=None)
                turn = angles[start, good, period_, slot] - angles[end, good, period_, slot]
                hours = self.hours[slot] if slot else self.year
                self.row([*terms, -hours / (drop * self.year) * turn], "=", 0)

    def flow(self, place: Place, key: tuple[str, ...], period: Period, slot: str) -> Any:
        """The amount of a product sent one way, in a slice or over the year."""
        channel, start, end, mode, good = key
        cost, distance, loss = (self.number("channels", channel, column, 0) for column in ("cost", "distance", "loss"))
        f = self.column("flow")
        self.balance[start, good, period.name, slot].append(-f)
        self.balance[end, good, period.name, slot].append((1 - loss) * f)
        unit_cost = self.number("freight", key, "factor", 1) * cost
        unit_cost += self.number("freight", key, "cost", 0)
        unit_cost += self.number("freight", key, "cost_per_distance", 0) * distance
        days, worth = self.number("channels", channel, "days", 0), self.number("products", good, "value", 0)
        unit_cost += worth * days / 365 * max(self.growth - 1, 0)
        self.costs.append(period.weight * unit_cost * f)
        where = {"channel": channel, "mode": mode, "site": start, "product": good}
        for s in [slot] if slot else self.hours:
            part = f if slot else self.share[s] * f
            self.load[place, period.name, s].append(self.number("freight", key, "use", 1) * part)
            self.enter("flow", period, part, slice=s, **where)
        return f

    def capacities(self) -> None:
        """The load of every line and channel against its capacity, and what it costs to keep."""
        for place, period in product(self.places, self.periods):
            site, line, channel = place
            table, name = ("channels", channel) if channel else ("lines", line)
            stock = self.number("stock", (site, line, period.name), "capacity", 0)
            base = self.number("channels", channel, "capacity", inf) if channel else stock
            if isinf(base):
                continue
            capacity = pulp.lpSum([base, *self.added[place, period.name]])
            self.enter("capacity", period, capacity, **self.where(place))
            self.costs.append(period.weight * self.number(table, name, "fixed_cost", 0) * capacity)
            self.row([capacity], ">=", 0)
            per_hour = self.text(table, name, "per") == "hour"
            here = (line, site, period.name)
            year: list[Any] = []
            for s in self.hours:
                used = self.load[place, period.name, s]
                year += used
                full = (self.hours[s] if per_hour else self.share[s]) * capacity
                most = self.use((*here, s), "share", "availability", 1)
                self.row([*used, -most * full], "<=", 0)
                least = self.use((*here, s), "minimum_use", "minimum_use", 0)
                self.row([*used, -least * full], ">=", 0)
            annual = self.use((*here, ""), "annual_share", "annual_availability", inf)
            if not isinf(annual):
                full = (self.year if per_hour else 1) * capacity
                self.row([*year, -annual * full], "<=", 0)

    def use(self, key: tuple[str, ...], column: str, parent: str, default: float) -> float:
        """A share of capacity: as stated for the place and time, else for the line."""
        if not key[0]:  # a channel
            return default
        default = self.number("lines", key[0], parent, default)
        return self.number("availability", key, column, default)

    def options(self) -> None:
        names = [period.name for period in self.periods]
        for option in self.names("options", "option"):
            first = names.index(self.text("options", option, "first", names[0]))
            last = names.index(self.text("options", option, "last", names[-1]))
            made: list[tuple[Any, Any]] = []
            for decided in self.periods[first : last + 1]:
                begin = decided.start + self.option(option, "lead_years")
                end = begin + self.option(option, "life", inf)
                stands = [period for period in self.periods if begin <= period.start < end]
                if stands:
                    made.append(self.decision(option, decided, stands))
            sizes, builds = [h for h, _ in made], [n for _, n in made]
            self.row(sizes, "<=", self.option(option, "maximum_total", inf))
            self.row(builds, ">=", self.option(option, "minimum_builds"))
            self.row(builds, "<=", self.option(option, "maximum_builds", inf))
        for option, period in product(self.names("options", "option"), names):
            if after := self.text("options", option, "after"):
                self.row([*self.stand[option, period], -pulp.lpSum(self.stand[after, period])], "<=", 0)

    def decision(self, option: str, decided: Period, stands: list[Period]) -> tuple[Any, Any]:
        """One option in one period: its new capacity h and its builds n (0 where it has none)."""
        key = (option, decided.name)
        place = self.own_place(option)
        where = self.where(place or (self.text("options", option, "site"), "", ""))
        h: Any = 0
        n: Any = 0
        if self.counted(option):
            n = self.column("builds", option=option)
            self.row([n], ">=", self.number("option_periods", key, "minimum_builds", 0))
            self.row([n], "<=", self.number("option_periods", key, "maximum_builds", inf))
            self.enter("builds", decided, n, option=option, **where)
        new = {at: capacity * n for at, capacity in self.packages(option).items()}
        fixed = self.option(option, "fixed_build_cost")
        cost = n * self.number("option_periods", key, "fixed_build_cost", fixed)
        if place:
            h = self.size(option, n)
            self.row([h], ">=", self.number("option_periods", key, "minimum_new", 0))
            self.row([h], "<=", self.number("option_periods", key, "maximum_new", inf))
            unit_cost = self.option(option, "build_cost")
            cost += h * self.number("option_periods", key, "build_cost", unit_cost)
            new[place] = new.get(place, 0) + h
        if self.points(option):
            cost += self.curve(option, n, h)
        points = [size for size, _ in self.points(option)] or [self.option(option, c) for c in ("unit_size", "minimum_size")]
        certain = self.counted(option) and (min(points) if self.points(option) else max(points)) > 0
        makers = {at for at, capacity in self.packages(option).items() if capacity > 0} | ({place} if place and certain else set())
        for at, period in product(makers, stands):
            self.makers[at, period.name].append(n)
        for at, amount in new.items():
            self.enter("new_capacity", decided, amount, option=option, **self.where(at))
            for period in stands:
                self.added[at, period.name].append(amount)
        for period in stands:
            self.stand[option, period.name].append(n)
        self.enter("investment", decided, cost, option=option, **where)
        self.costs.append(self.charge(option, decided, stands) * cost)
        return h, n

    def size(self, option: str, n: Any) -> Any:
        """New capacity and its link to the number of builds."""
        unit = self.text("options", option, "unit_size")
        if unit:
            return float(unit) * n
        h = self.column("new_capacity")
        most = self.option(option, "maximum_size", inf)
        if not self.counted(option):
            self.row([h], "<=", most)
            return h
        self.row([h, -self.option(option, "minimum_size") * n], ">=", 0)
        if not isinf(most):
            self.row([h, -most * n], "<=", 0)
        elif not self.points(option):
            raise ValueError(f"option {option!r} comes in builds: it needs a maximum_size")
        return h

    def curve(self, option: str, n: Any, h: Any) -> Any:
        """The cost of size h along the points of the option."""
        points = self.points(option)
        weights = [self.column("point") for _ in points]
        self.row([*weights, -n], "=", 0)
        if self.own_place(option):
            sizes = [size * w for (size, _), w in zip(points, weights, strict=True)]
            self.row([*sizes, -h], "=", 0)
        slopes = [(d - b) / (c - a) for (a, b), (c, d) in pairwise(points)]
        if any(second < first - 1e-9 * abs(first) for first, second in pairwise(slopes)):
            segments = [self.column("segment", option=option) for _ in slopes]
            self.row([n], "<=", 1)
            self.row([*segments, -n], "=", 0)
            for k, weight in enumerate(weights):  # a point counts only beside the chosen segment
                beside = segments[max(k - 1, 0) : k + 1]
                self.row([weight, *(-segment for segment in beside)], "<=", 0)
        return pulp.lpSum([cost * w for (_, cost), w in zip(points, weights, strict=True)])

    def charge(self, option: str, decided: Period, stands: list[Period]) -> float:
        """What a cost of 1 adds to the objective."""
        growth, rate = self.growth, self.growth - 1
        lead, life = self.option(option, "lead_years"), self.option(option, "life", inf)
        kind = self.text("options", option, "charge", "annuity")
        if kind == "outlay":
            used = min(life, self.end - decided.start - lead)
            part = (growth**used - 1) / (growth**life - 1) if rate else used / life
            end_value = (1 - part) * growth**-self.horizon
            return float(decided.outlay_weight * growth**-lead - end_value)
        yearly = rate / (1 - growth**-life) if rate else 1 / life
        return (1 if kind == "annual" else yearly) * sum(period.weight for period in stands)

    def trade(self, table: str, word: str, sign: int) -> None:
        """Purchases (sign 1) or sales (sign -1): what comes in and what it costs."""
        names = self.names(table, word)
        for name, site, good, period in product(names, self.sites, self.products, self.periods):
            key = (name, site, good, period.name)
            if any(self.fitting(table, key)):
                closed = self.number(table, key, "limit", inf) == 0 and not self.text(table, key, "price")
                price = 0.0 if closed else self.required(table, key, "price")
                amounts = {slot: self.column(word) for slot in self.slots(good)}
                self.row([*amounts.values()], "<=", self.number(table, key, "limit", inf))
                for slot, u in amounts.items():
                    self.balance[site, good, period.name, slot].append(sign * u)
                    self.costs.append(period.weight * sign * price * u)
                    where = {word: name, "site": site, "product": good}
                    self.enter(word, period, u, slice=self.slots(good)[slot], **where)

    def balances(self) -> None:
        for site, good, period in product(self.sites, self.products, self.periods):
            sense = ">=" if self.text("products", good, "disposal") == "yes" else "="
            penalty = self.settings.get("penalty")
            penalty = self.number("products", good, "penalty", inf if penalty is None else penalty)
            for slot, slice_ in self.slots(good).items():
                where = {"site": site, "product": good, "slice": slice_}
                need = self.need(site, good, period.name, slot)
                self.enter("need", period, need, **where)
                terms = self.balance[site, good, period.name, slot]
                if need > 0 and not isinf(penalty):
                    z = self.column("unmet", upper=need)
                    terms.append(z)
                    self.unmet[site, good, period.name].append(z)
                    self.costs.append(period.weight * penalty * z)
                    self.enter("unmet", period, z, **where)
                self.row(terms, sense, need)

    def paths(self) -> None:
        """So many paths that share no channel to every need that asks for several."""
        for site, good, period in product(self.sites, self.products, self.periods):
            rows = [(site, good, period.name, s) for s in self.hours]
            asked = [self.number("needs", key, "paths", 1) for key in rows if self.number("needs", key, "quantity", 0) > 0]
            if max(asked, default=1) > 1:
                self.path_flow(site, good, period, max(asked))

    def path_flow(self, site: str, good: str, period: Period, asked: float) -> None:
        """At most one path along each channel, and none where it does not stand; no more leave a site than come or begin."""
        over: dict[str, list[Any]] = defaultdict(list)
        for channel in self.names("channels", "channel"):
            start, end, mode = (self.text("channels", channel, c) for c in ("from", "to", "mode"))
            back = self.text("channels", channel, "both_ways") == "yes"
            for a, b in [(start, end), (end, start)][: 1 + back]:
                key = (channel, a, b, mode, good)
                if any(self.fitting("freight", key)):
                    free = self.number("freight", key, "use", 1) == 0
                    g = self.column("path", upper=1)
                    if not free:
                        self.row([g, *self.lacking((start, "", channel), period, 1)], "<=", 0)
                    over[a].append(-g)
                    over[b].append(g)
        for at in self.sites:
            over[at] += self.beginning(at, good, period, asked)
            if at != site:
                self.row(over[at], ">=", 0)
        total = sum(self.need(site, good, period.name, slot) for slot in self.slots(good))
        self.row([*over[site], *(asked / total * z for z in self.unmet[site, good, period.name])], ">=", asked)

    def lacking(self, place: Place, period: Period, times: float) -> list[Any]:
        """What a path along a place may not exceed, negative: once if it stands, else as often as it is built."""
        site, line, channel = place
        taken = any(
            capacity < 0 for option in self.names("options", "option") for at, capacity in self.packages(option).items() if at == place
        )
        base = (
            self.number("channels", channel, "capacity", inf) if channel else self.number("stock", (site, line, period.name), "capacity", 0)
        )
        return [-times] if base > 0 and not taken else [-times * n for n in self.makers[place, period.name]]

    def beginning(self, site: str, good: str, period: Period, asked: float) -> list[Any]:
        """The paths that begin at a site: where the product can be bought, or made by lines that stand."""
        keys = [(name, site, good, period.name) for name in self.names("purchases", "purchase")]
        found = [
            self.column("start", upper=asked)
            for key in keys
            if any(self.fitting("purchases", key)) and self.number("purchases", key, "limit", inf) > 0
        ]
        for process, at, recipe in self.runs:
            if at == site and recipe.get(good, 0) > 0 and self.number("placements", (process, site, period.name), "maximum", inf) > 0:
                begun = self.column("start", upper=asked)
                for line, use in self.uses(process).items():
                    if use > 0:
                        self.row([begun, *self.lacking((site, line, ""), period, asked)], "<=", 0)
                found.append(begun)
        return found

    def limits(self) -> None:
        for limit in self.names("limits", "limit"):
            named = {cells[1] for cells in self.index["limits"] if cells[0] == limit}
            for name, span in [("all", self.periods), *((p.name, [p]) for p in self.periods)]:
                if name in named or ("" in named and name != "all"):
                    self.limit((limit, name), span)

    def limit(self, key: tuple[str, str], span: list[Period]) -> None:
        """One rule, for one period or over all, repeated for each value of its attributes."""
        each = [name.strip() for name in self.text("limits", key, "each").split(";") if name]
        terms = [row for row in self.tables.get("limit_terms", []) if row["limit"] == key[0]]
        choices = [self.names(ATTRIBUTES[name], name) for name in each]
        if "slice" in each:
            choices[each.index("slice")] = list(self.hours)
        for choice in product(*choices):
            total: list[Any] = []
            for term, (quantity, period, amount, where) in product(terms, self.entries):
                if term["quantity"] != quantity or period not in span:
                    continue
                wanted = [(name, term.get(name)) for name in ATTRIBUTES]
                wanted += [pair for pair in zip(each, choice, strict=True) if pair[0] in where]
                if all(value in where.get(name, ()) for name, value in wanted if value):
                    times = period.years if key[1] == "all" and quantity not in ONCE else 1
                    total.append(float(term.get("coefficient") or 1) * times * amount)
            value = self.required("limits", key, "value")
            self.row(total, self.text("limits", key, "sense"), value, limit=key[0])


def solve(settings: Settings, tables: Tables, relax: bool = False) -> tuple[str, float | None]:
    """'optimal' with the objective (constants included), 'infeasible' or 'unbounded'."""
    model = Model(settings, tables, relax)
    if model.possible and _optimal(model.problem):
        return "optimal", float(pulp.value(model.problem.objective))
    model.problem.setObjective(pulp.lpSum([]))  # is there any plan at all?
    any_plan = model.possible and _optimal(model.problem)
    return ("unbounded" if any_plan else "infeasible"), None


def _optimal(problem: Any) -> bool:
    tight = {"primal_feasibility_tolerance": 1e-9, "mip_feasibility_tolerance": 1e-9}
    solver = pulp.HiGHS(msg=False, gapRel=1e-9, gapAbs=1e-9, **tight)
    return bool(problem.solve(solver) == pulp.LpStatusOptimal)


def main(arguments: list[str]) -> None:
    case = load(arguments[0])
    case = apply_changes(*case, arguments[1]) if len(arguments) > 1 else case
    status, objective = solve(*case)
    print(status if objective is None else f"{status} {objective:.10g}")


if __name__ == "__main__":
    main(sys.argv[1:])
