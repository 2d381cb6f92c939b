"""Random small cases that use every table and column of the schema, for property tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from hypothesis import strategies as st

import textbook
from capcoop.schema import TABLES
from tiny import Example

Row = dict[str, str]
Draw = Any
ALL = ""
BY_PLACE = ("site", "country", "line", "channel", "mode")
ATTRIBUTES = {
    "activity": ("site", "country", "process", "line", "period", "slice"),
    "made": ("site", "country", "process", "line", "product", "period", "slice"),
    "used": ("site", "country", "process", "line", "product", "period", "slice"),
    "capacity": (*BY_PLACE, "period"),
    "new_capacity": (*BY_PLACE, "option", "period"),
    "builds": (*BY_PLACE, "option", "period"),
    "investment": (*BY_PLACE, "option", "period"),
    "flow": ("site", "country", "channel", "mode", "product", "period", "slice"),
    "purchase": ("site", "country", "purchase", "product", "period", "slice"),
    "sale": ("site", "country", "sale", "product", "period", "slice"),
    "need": ("site", "country", "product", "period", "slice"),
    "unmet": ("site", "country", "product", "period", "slice"),
    "emissions": ("site", "country", "process", "line", "period", "slice"),
}


@dataclass
class Maker:
    """Draws one table after the other; `names` holds what later tables may refer to."""

    draw: Draw
    names: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def chance(self, percent: int) -> bool:
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def one(self, values: list[Any]) -> str:
        return f"{value:g}" if isinstance(value := self.draw(st.sampled_from(values)), int | float) else str(value)

    def maybe(self, percent: int, values: list[Any]) -> str:
        return self.one(values) if values and self.chance(percent) else ALL

    def set(self, name: str, word: str, least: int, most: int) -> list[str]:
        self.names[name] = [f"{word}{i + 1}" for i in range(self.draw(st.integers(least, most)))]
        return self.names[name]

    def keys(self, most: int, least: int = 0, /, **columns: list[str]) -> list[Row]:
        """Different keys, each cell from its list."""
        if any(not cells for cells in columns.values()):
            return []
        found = self.draw(
            st.lists(st.tuples(*(st.sampled_from(cells) for cells in columns.values())), min_size=least, max_size=most, unique=True)
        )
        return [dict(zip(columns, cells, strict=True)) for cells in found]

    def any(self, name: str) -> list[str]:
        """The names of a set, or blank for all."""
        return [ALL, *self.names.get(name, [])]

    def put(self, table: str, row: Row) -> None:
        self.tables.setdefault(table, []).append(row)

    def time(self) -> None:
        self.settings = {"title": "random"}
        for key, values in (
            ("discount_rate", [0.05, 0.1]),
            ("timing", ["start", "middle"]),
            ("base_year", [2019.0, 2020.0]),
            ("penalty", [60.0, 200.0]),
        ):
            if self.chance(60):
                self.settings[key] = self.draw(st.sampled_from(values))
        count = self.draw(st.integers(0, 3))
        self.names["periods"] = [f"p{i + 1}" for i in range(count)]
        weighted = self.chance(25)
        for i, period in enumerate(self.names["periods"]):
            start = self.maybe(50, [2020]) if i == 0 else ALL
            row = {"period": period, "start": start, "years": self.maybe(60, [1, 2, 3])}
            weights = {"weight": self.one([1, 2.5, 0.5]), "outlay_weight": self.one([1, 0.9])}
            self.put("periods", {**row, **(weights if weighted else {})})
        shares = self.draw(st.sampled_from([(), (8760,), (2190, 6570), (4380, 4380), (876, 2628, 5256)]))
        self.names["slices"] = [f"s{i + 1}" for i in range(len(shares))]
        for part, hours in zip(self.names["slices"], shares, strict=True):
            self.put("slices", {"slice": part, "hours": str(hours)})

    def places(self) -> None:
        for site in self.set("sites", "site", 1, 3):
            self.put("sites", {"site": site, "country": self.one(["", "KAZ", "CHN"])})
        self.names["countries"] = list(dict.fromkeys(row["country"] for row in self.tables["sites"] if row["country"]))
        for product in self.set("products", "good", 1, 3):
            flags = {"sliced": self.maybe(50, ["yes", "no"]), "disposal": self.maybe(50, ["yes", "no"])}
            self.put("products", {"product": product, **flags, "penalty": self.maybe(25, [40, 90]), "value": self.maybe(30, [20, 300])})

    def lines(self) -> None:
        for line in self.set("lines", "line", 0 if self.chance(5) else 1, 3):
            shares = {
                "availability": self.maybe(30, [0.5, 0.9]),
                "annual_availability": self.maybe(20, [0.25, 0.6]),
                "minimum_use": self.maybe(15, [0.1, 0.4]),
            }
            self.put("lines", {"line": line, "per": self.maybe(40, ["hour", "year"]), **shares, "fixed_cost": self.maybe(30, [0.5, 2])})
        lines = self.names["lines"]
        for key in self.keys(2, line=self.any("lines"), site=self.any("sites"), period=self.any("periods"), slice=self.any("slices")):
            annual = "" if key["slice"] else self.maybe(30, [0.3, 0.8])
            self.put(
                "availability",
                {**key, "share": self.maybe(60, [0, 0.4, 1]), "annual_share": annual, "minimum_use": self.maybe(20, [0, 0.2])},
            )
        for key in self.keys(4, site=self.any("sites"), line=lines, period=self.any("periods")):
            self.put("stock", {**key, "capacity": self.size(key["line"], 8)})

    def hourly(self, name: str) -> bool:
        """Is a line's or channel's capacity counted by hour?"""
        rows = self.tables.get("lines", []) + self.tables.get("channels", [])
        return any(name in {row.get("line"), row.get("channel")} and row["per"] == "hour" for row in rows)

    def size(self, name: str, most: int, least: int = 0) -> str:
        """A capacity that serves a few units a year."""
        value = self.draw(st.integers(least, most))
        return f"{value / 4000:g}" if self.hourly(name) else f"{value:g}"

    def processes(self) -> None:
        lines, products = self.names["lines"], self.names["products"]
        for process in self.set("processes", "make", 0 if self.chance(5) else 1, 4):
            line = self.maybe(90, lines)
            costs = {"cost": self.maybe(60, [1, 3, 0, -0.5]), "emissions": self.maybe(40, [0.5, 2, -1])}
            self.put(
                "processes",
                {"process": process, "line": line, "use": self.maybe(30, [0.5, 2]), "profile": self.maybe(40, ["flat", "free"]), **costs},
            )
            others = [other for other in lines if other != line]
            if others and self.chance(20):
                self.put("process_lines", {"process": process, "line": self.one(others), "use": self.maybe(60, [0.5, 2])})
            made = self.one(products)
            self.put("recipes", {"process": process, "product": made, "site": ALL, "quantity": self.one([1, 2, 0.5])})
            if self.chance(15):
                self.put(
                    "recipes", {"process": process, "product": made, "site": self.one(self.names["sites"]), "quantity": self.one([1, 0.75])}
                )
            others = [other for other in products if other != made]
            for key in self.keys(2, product=others, site=self.any("sites")) if self.chance(60) else []:
                self.put("recipes", {"process": process, **key, "quantity": self.one([-1, -0.5, 1, 0.25])})
        for key in self.keys(
            2 if self.chance(50) else 0, process=self.names["processes"], site=self.any("sites"), period=self.any("periods")
        ):
            bounds = {"minimum": self.maybe(15, [0.5, 1]), "maximum": self.maybe(40, [1, 4, 6])}
            self.put("placements", {**key, "cost": self.maybe(50, [0.5, 4]), **bounds})

    def channels(self) -> None:
        sites = self.names["sites"]
        self.names["modes"], self.names["channels"] = [], []
        if len(sites) < 2:
            return
        for channel in self.set("channels", "way", 0 if self.chance(10) else 1, 3):
            start = self.one(sites)
            end = self.one([site for site in sites if site != start])
            mode = self.one(["", "rail", "road"])
            self.names["modes"] += [mode] if mode and mode not in self.names["modes"] else []
            row = {
                "channel": channel,
                "from": start,
                "to": end,
                "mode": mode,
                "distance": self.maybe(50, [100, 300]),
                "cost": self.maybe(50, [0.5, 2]),
                "days": self.maybe(40, [10, 73]),
            }
            self.put(
                "channels",
                {
                    **row,
                    "per": self.maybe(40, ["hour", "year"]),
                    "loss": self.maybe(40, [0.1, 0.25]),
                    "both_ways": self.maybe(40, ["yes", "no"]),
                    "capacity": "",
                },
            )
            self.tables["channels"][-1]["capacity"] = self.size(channel, 9) if self.chance(60) else ""
        if self.names["channels"]:
            keys = self.keys(
                4,
                channel=self.any("channels"),
                **{"from": self.any("sites"), "to": self.any("sites"), "mode": self.any("modes"), "product": self.any("products")},
            )
            for key in keys or [{"product": "*"}]:
                key["product"] = key["product"] or "*"  # a row of nothing but blanks would be no row
                costs = {"factor": self.maybe(30, [0, 1.5]), "cost": self.maybe(50, [0.5, 1]), "cost_per_distance": self.maybe(30, [0.01])}
                self.put("freight", {**key, **costs, "use": self.maybe(30, [0.5, 2])})

    def options(self) -> None:
        lines = self.names["lines"]
        bounded = [row["channel"] for row in self.tables.get("channels", []) if row["capacity"]]
        self.names["options"] = []
        for number in range(self.draw(st.integers(0 if self.chance(10) else 1, 4))):
            kinds = [*(["line"] * 4 if lines else []), *(["channel"] if bounded else []), *(["package"] if lines or bounded else [])]
            if kinds:
                option = f"opt{number + 1}"
                self.names["options"].append(option)
                self.option(option, self.one(kinds), bounded)
        self.order()
        keys = self.keys(2, option=self.any("options"), period=self.any("periods")) if self.names["options"] else []
        for key in keys:
            bounds = {"minimum_new": self.maybe(8, [0.0005]), "maximum_new": self.maybe(25, [2, 5]), "minimum_builds": self.maybe(6, [1])}
            costs = {"build_cost": self.maybe(40, [0.5, 3]), "fixed_build_cost": ALL}
            if key["option"] in self.fixed or not key["option"]:
                costs["fixed_build_cost"] = self.maybe(40, [1, 6])
            maximum = self.maybe(25, [0, 1, 2]) if key["option"] in {ALL, *self.fixed} else ALL
            least = bounds["minimum_builds"] if maximum != "0" and key["option"] in {ALL, *self.fixed} else ALL
            self.put("option_periods", {**key, **costs, **bounds, "minimum_builds": least, "maximum_builds": maximum})

    def order(self) -> None:
        """Let some options counted in builds come after one that is named before them."""
        counted = [row for row in self.tables.get("options", []) if row["option"] in self.fixed]
        for number, row in enumerate(counted):
            row["after"] = self.maybe(40, [earlier["option"] for earlier in counted[:number]])

    fixed: list[str] = field(default_factory=list)

    def option(self, option: str, kind: str, bounded: list[str]) -> None:
        place = {"site": "", "line": "", "channel": ""}
        if kind == "line":
            place |= {"site": self.one(self.names["sites"]), "line": self.one(self.names["lines"])}
        elif kind == "channel":
            place["channel"] = self.one(bounded)
        elif self.chance(50):
            place["site"] = self.one(self.names["sites"])
        row = {"option": option, **place, "charge": self.maybe(60, ["annual", "annuity", "outlay"])}
        row["build_cost"] = self.maybe(80, [0.5, 2, 5])
        if self.hourly(place["line"] or place["channel"]) and row["build_cost"]:
            row["build_cost"] = f"{float(row['build_cost']) * 4000:g}"
        row["lead_years"], row["life"] = self.maybe(25, [1, 2]), self.maybe(60, [2, 5, 20])
        row["life"] = row["life"] or "10"
        if self.names["periods"]:
            row["first"] = self.maybe(20, self.names["periods"])
            later = self.names["periods"][self.names["periods"].index(row["first"]) if row["first"] else 0 :]
            row["last"] = self.maybe(20, later)
        name = place["line"] or place["channel"]
        shape = self.one(["plain", "plain", "unit", "sized", "points"]) if name else "package"
        self.shape(row, shape, name)
        self.put("options", row)
        if shape == "package" or (shape != "plain" and self.chance(20)) or (shape == "plain" and self.chance(5)):
            self.packages(option, bounded)
            if shape == "plain":
                row["maximum_size"] = row.get("maximum_size") or self.size(name, 9, 1)
                self.fixed.append(option)

    def shape(self, row: Row, shape: str, name: str) -> None:
        """Sizes and counts of an option."""
        if shape != "plain":
            self.fixed.append(row["option"])
            row |= {
                "minimum_builds": self.maybe(8, [1]),
                "maximum_builds": self.maybe(40, [1, 2, 3]),
                "fixed_build_cost": self.maybe(50, [1, 4]),
            }
            row["whole"] = "no" if shape != "points" and self.chance(15) else ""
        if shape == "plain":
            row |= {
                "maximum_size": self.size(name, 9, 1) if self.chance(30) else "",
                "maximum_total": self.size(name, 9, 1) if self.chance(30) else "",
            }
        elif shape == "unit":
            row |= {"unit_size": self.size(name, 4, 1), "maximum_total": self.size(name, 9, 1) if self.chance(30) else ""}
        elif shape == "sized":
            row["maximum_size"] = self.size(name, 6, 3)
            row["minimum_size"] = self.size(name, 3, 1) if self.chance(40) else ""
            row["fixed_build_cost"] = row["fixed_build_cost"] or "2"
        elif shape == "points":
            size, cost, scale = self.draw(st.integers(0, 2)), float(self.draw(st.integers(0, 4))), 4000 if self.hourly(name) else 1
            for _ in range(self.draw(st.integers(2, 4))):
                self.put("option_points", {"option": row["option"], "size": f"{size / scale:g}", "cost": f"{cost:g}"})
                step = self.draw(st.integers(1, 3))
                size, cost = size + step, cost + step * self.draw(st.sampled_from([0.5, 1, 2, 3]))

    def packages(self, option: str, bounded: list[str]) -> None:
        """What one build of an option changes."""
        places = [{"site": site, "line": line, "channel": ""} for site in self.names["sites"] for line in self.names["lines"]]
        places += [{"site": "", "line": "", "channel": channel} for channel in bounded]
        for place in self.draw(st.lists(st.sampled_from(places), min_size=1, max_size=2, unique_by=lambda place: tuple(place.values()))):
            size = self.size(place["line"] or place["channel"], 5, 1)
            self.put("packages", {"option": option, **place, "capacity": f"-{size}" if self.chance(30) else size})

    def trade(self) -> None:
        products = self.names["products"]
        keys = {"site": self.any("sites"), "product": products, "period": self.any("periods")}
        for key in self.keys(5, 1, **keys, slice=self.any("slices")):
            self.put("needs", {**{k: key[k] for k in ("site", "product", "period", "slice")}, "quantity": self.one([5, 1, 3, 8, 0])})
        last = self.chance(70)
        if last:
            self.put("purchases", {"purchase": "last", **dict.fromkeys(keys, ALL), "price": self.one([20, 40]), "limit": ALL})
        buy, sell = self.set("purchases", "buy", 0, 3), self.set("sales", "sell", 0, 2)
        keys["product"] = self.any("products")
        for table, word, names, prices in (("purchases", "purchase", buy, [5, 8, 12]), ("sales", "sale", sell, [1, 3, 4])):
            for name in names:
                found = self.keys(3, **keys) or [dict.fromkeys(keys, ALL)]
                general = not any(found[0].values())
                for i, key in enumerate(found):
                    limit = self.maybe(50 if table == "purchases" else 98, [0, 2, 5, 10])
                    price = self.maybe(60, prices) if i and general else self.one(prices)
                    self.put(table, {word: name, **key, "price": price, "limit": limit})

        self.names["purchases"] += ["last"] if last else []

    def complete(self) -> None:
        """Give every line a process, every product a use and every option a period in which it stands: else it is a fault."""
        used = {row.get("line") for table in ("processes", "process_lines") for row in self.tables.get(table, [])}
        for line in self.names["lines"]:
            if line not in used:
                self.names["processes"].append(f"run-{line}")
                self.put("processes", {"process": f"run-{line}", "line": line})
                self.put("recipes", {"process": f"run-{line}", "product": self.names["products"][0], "quantity": "1"})
        used = {row["product"] for table in ("recipes", "needs", "sales") for row in self.tables.get(table, [])}
        for product in self.names["products"]:
            if product not in used:
                self.put("needs", {"product": product, "quantity": "0"})
        years = [float(row["years"] or 1) for row in self.tables.get("periods", [{"years": "1"}])]
        start = dict(zip(self.names["periods"] or [ALL], accumulate([0.0, *years[:-1]]), strict=True))
        for row in self.tables.get("options", []):
            first, last = start.get(row.get("first", ""), 0.0), start.get(row.get("last", ""), sum(years))
            opening = [year + float(row["lead_years"] or 0) for year in start.values() if first <= year <= last]
            if not any(open_ <= year < open_ + float(row["life"]) for open_ in opening for year in start.values()):
                row["lead_years"] = ""

    def limits(self) -> None:
        for limit in self.set("limits", "rule", 0, 2 if self.chance(50) else 0):
            quantities = [name for name in ATTRIBUTES if self.available(name)]
            first = self.one(quantities)
            attributes = [a for a in ATTRIBUTES[first] if a != "period"]
            each = ";".join(self.draw(st.lists(st.sampled_from(attributes), max_size=2, unique=True))) if self.chance(40) else ""
            self.term(limit, first)
            if self.chance(40):
                self.term(limit, self.one(quantities))
            rule = self.one(["<=", "<=", "<=", ">=", "="])
            ranges: dict[str, list[Any]] = {"<=": [6, 3, 1, 15, 0], ">=": [-5, 0, 0.5, 2], "=": [0, 0, 1]}
            values = ranges[rule]
            periods = [ALL, "all", *self.names["periods"]]
            found = self.keys(2, period=periods) or [{"period": ALL}]
            for key in found:
                self.put("limits", {"limit": limit, **key, "sense": rule, "value": self.one(values), "each": each})

    def available(self, quantity: str) -> bool:
        """Is there anything that the quantity could count?"""
        needs = {
            "activity": "processes",
            "made": "processes",
            "used": "processes",
            "emissions": "processes",
            "capacity": "lines",
            "flow": "channels",
        }
        needs |= {"new_capacity": "options", "builds": "options", "investment": "options", "purchase": "purchases", "sale": "sales"}
        return quantity not in needs or bool(self.tables.get(needs[quantity]))

    def term(self, limit: str, quantity: str) -> None:
        """A term with filters that the quantity may have."""
        row = {"limit": limit, "quantity": quantity, "coefficient": self.maybe(40, [2, -1, 0.5])}
        sets = {"country": "countries", "process": "processes"}
        for attribute in ATTRIBUTES[quantity]:
            row[attribute] = self.maybe(12, self.names.get(sets.get(attribute, f"{attribute}s"), []))
        self.put("limit_terms", row)


@st.composite
def cases(draw: Draw, *, limits: bool = True) -> Example:
    """A random case; whether it has a plan is open."""
    maker = Maker(draw)
    for step in (maker.time, maker.places, maker.lines, maker.processes, maker.channels, maker.options, maker.trade, maker.complete):
        step()
    if limits:
        maker.limits()
    return Example(maker.settings, maker.tables, None)


def times(cell: str, factor: float) -> str:
    """A cell times a factor; a blank stays blank."""
    return f"{float(cell) * factor:.15g}" if cell else cell


def with_money(one: Example, factor: float) -> Example:
    """The case in another money."""
    tables = {}
    for name, rows in one.tables.items():
        money = {column.name for column in TABLES[name].columns if column.money}
        tables[name] = [{key: times(cell, factor) if key in money else cell for key, cell in row.items()} for row in rows]
    penalty = one.settings.get("penalty")
    return replace(one, settings={**one.settings, "penalty": None if penalty is None else penalty * factor}, tables=tables)


def with_unit(one: Example, good: str, factor: float) -> Example:
    """The case with one product counted in another unit: `factor` new units make an old one.

    What rows for all products say of the product is written out, so that it can be changed.
    """
    case = textbook.Case(one.settings, one.tables)
    periods = case.names("periods", "period") or [ALL]
    tables = {name: [dict(row) for row in rows] for name, rows in one.tables.items()}
    for table, word in (("purchases", "purchase"), ("sales", "sale")):
        keys: list[tuple[str, ...]] = [
            (name, site, good, period) for name in case.names(table, word) for site in case.sites for period in periods
        ]
        _write_out(tables, case, table, keys, {"price": 1 / factor, "limit": factor}, {})
    links: list[tuple[str, ...]] = []
    for row in one.tables.get("channels", []):
        ends = (row["from"], row["to"])
        links += [(row["channel"], *pair, row["mode"], good) for pair in (ends, ends[::-1])]
    shares = dict.fromkeys(("factor", "cost", "cost_per_distance", "use"), 1 / factor)
    _write_out(tables, case, "freight", links, shares, {"factor": "1", "use": "1"})
    for table in ("needs", "recipes"):
        for row in tables.get(table, []):
            row["quantity"] = times(row["quantity"], factor if row["product"] == good else 1.0)
    for row in tables["products"]:
        if row["product"] == good:
            row["penalty"] = times(row["penalty"] or str(one.settings.get("penalty") or ""), 1 / factor)
            row["value"] = times(row["value"], 1 / factor)
    return replace(one, tables=tables)


def _write_out(
    tables: dict[str, list[Row]], case: textbook.Case, table: str, keys: list[tuple[str, ...]], factors: dict[str, float], blanks: Row
) -> None:
    """Add what the table's cascade gives each key, times a factor for each column, as rows of their own."""
    found = {}
    for key in keys:
        if any(case.fitting(table, key)):
            found[key] = {
                column: times(case.text(table, key, column, blanks.get(column, "")), factor) for column, factor in factors.items()
            }
    names = textbook.KEYS[table]
    kept = [row for row in tables.get(table, []) if tuple(row.get(name, "").strip("*") for name in names) not in found]
    rows = [dict(zip(names, key, strict=True)) | cells for key, cells in found.items()]
    tables[table] = [*kept, *rows]


@st.composite
def with_option(draw: Draw, one: Example) -> Example | None:
    """The case with one more option, at a place that has capacity, or may have, already."""
    options = one.tables.get("options", [])
    places = [(row["site"], row["line"]) for row in (*one.tables.get("stock", []), *options) if row["site"] and row["line"]]
    if not places:
        return None
    site, line = draw(st.sampled_from(places))
    unit, cost = draw(st.sampled_from(["0.001", "1", "4"])), draw(st.sampled_from(["0", "1", "9"]))
    charge = draw(st.sampled_from(["annual", "annuity", "outlay"]))
    row = {"option": "more", "site": site, "line": line, "unit_size": unit, "build_cost": cost, "life": "5", "charge": charge}
    free = {"option": "more", "minimum_new": "0", "minimum_builds": "0"}
    return replace(one, tables={**one.tables, "options": [*options, row], "option_periods": [*one.tables.get("option_periods", []), free]})


@st.composite
def without_need(draw: Draw, one: Example, products: set[str]) -> Example | None:
    """The case with one need of one of the products set to nothing."""
    rows = [dict(row) for row in one.tables["needs"]]
    mine = [row for row in rows if row["product"] in products and row["quantity"] != "0"]
    if not mine:
        return None
    draw(st.sampled_from(mine))["quantity"] = "0"
    return replace(one, tables={**one.tables, "needs": rows})
