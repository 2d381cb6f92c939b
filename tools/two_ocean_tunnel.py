"""The tables of the built-in case `two-ocean-tunnel`: the tunnel of Agua Negra beside Cristo Redentor, a southern pass and the sea.

Cargo is counted in thousand t, cars in thousand cars, ways in thousand vehicles a year, money in million USD. A product is a flow with its
destination, so that what is bound for one place cannot serve another. Figures that no source gives are assumptions of the case, never
verified, and varied by a scenario.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from capcoop.geo.sea import sea_distances
from corridor_tables import DEFINITION, NEAR, Change, Figure, Point, Row, assumed, changes, overland, site_rows
from money_tables import OF_WAYS, Own, government, open_terms, terms
from two_ocean_railway import GEONAMES, GRAIN_QUOTE_SOURCES, GRAIN_QUOTES, HANDLING, ROAD, ROAD_2007, ROAD_2014, SEAROUTE

NAME = "two-ocean-tunnel"
SPANS = {2018: 10, 2028: 10, 2038: 20}  # first year and years of each period
FIRST_YEARS = tuple(SPANS)
PLACES: dict[str, tuple[str, float, float, str, str]] = {
    "porto-alegre": ("BRA", -30.033, -51.23, "town", GEONAMES),
    "rio-grande": ("BRA", -32.047, -52.086, "port", SEAROUTE),
    "uruguaiana": ("BRA", -29.755, -57.088, "border", GEONAMES),
    "santa-fe": ("ARG", -31.649, -60.709, "town", GEONAMES),
    "rosario": ("ARG", -32.963, -60.628, "port", SEAROUTE),
    "cordoba": ("ARG", -31.406, -64.189, "town", GEONAMES),
    "san-juan": ("ARG", -31.537, -68.526, "town", GEONAMES),
    "rodeo": ("ARG", -30.21, -69.133, "town", GEONAMES),
    "mendoza": ("ARG", -32.89, -68.84, "town", NEAR),
    "neuquen": ("ARG", -38.95, -68.06, "town", NEAR),
    "vicuna": ("CHL", -30.035, -70.713, "town", GEONAMES),
    "coquimbo": ("CHL", -29.953, -71.339, "port", GEONAMES),
    "los-andes": ("CHL", -32.83, -70.60, "border", NEAR),
    "santiago": ("CHL", -33.45, -70.67, "town", NEAR),
    "valparaiso": ("CHL", -33.05, -71.639, "port", SEAROUTE),
    "temuco": ("CHL", -38.74, -72.60, "town", NEAR),
    "shanghai": ("CHN", 31.4, 121.497, "market", SEAROUTE),
}
PORTS = ("rio-grande", "rosario", "coquimbo", "valparaiso", "shanghai")
SNOWED_TUNNEL = "tunnel-closed-in-snow"
PASS, TUNNEL, CRISTO, WAIT = "agua-negra-pass", "agua-negra-tunnel", "cristo-redentor", "cristo-redentor-waiting"

# --- The year ---
WINTER_HOURS = 184 * 24  # May to October, in which the pass of Agua Negra is closed (IDB 2017)
CLOSED_DAYS = Figure(37.5, "clement.com.ar", None, note="Cristo Redentor is closed 35 to 40 days a year, taken as in winter")
CLOSED_DAYS_2023 = Figure(58, "telam.com.ar 2023-09", 2023)

# --- Traffic ---
CUSTOMS = "Chilean customs via emb.cl (CNDC)"
CARGO = Figure(
    0.33 * 12_130, f"derived: about 33% of 12.13 Mt at the three main passes; {CUSTOMS}", 2017, note="cargo of Cristo Redentor, both ways"
)
LOAD = Figure(12_130 / 859, f"derived: 12.13 Mt in 859,000 lorries at the three main passes; {CUSTOMS}", 2017, note="t per lorry")
WESTBOUND = Figure(0.75, "clement.com.ar", None, note="share of the traffic of Cristo Redentor that enters Chile")
NORTHERN = Figure(
    0.10, "df.cl 2017", 2017, note="share of Cristo Redentor's traffic expected to use the tunnel, taken as the share bound for Coquimbo"
)
VEHICLES = Figure(2100 * 0.365, "df.cl 2017", 2017, note="2,100 vehicles a day at Cristo Redentor, in thousands a year")
PASS_TRAFFIC = Figure(10.5, "IDB; df.cl 2017", 2017, note="8,000 to 10,500 vehicles a year, in thousands; the upper end taken as capacity")
GROWTH = assumed(0.03, "traffic grows 3 % a year")
ORIGINS = {"porto-alegre": 0.30, "rosario": 0.30, "cordoba": 0.15, "mendoza": 0.20, "san-juan": 0.05}
ORIGIN_NOTE = "shares of the places of origin and destination from memory"
SAN_JUAN = assumed(500.0, "lime, wine and fruit of San Juan to Asia, thousand t a year; no figure was found")
CORDOBA = assumed(5000.0, "soya of Cordoba to Asia, thousand t a year; no figure was found")
BRAZIL = assumed(1000.0, "goods of Rio Grande do Sul to Asia, thousand t a year; no figure was found")

# --- Prices ---
BOXES = assumed(0.006, "containers by sea, USD per t and km (from memory)")
BOX_HANDLING = assumed(115 / 12, "middle of 80 to 150 USD a move, general trade knowledge (from memory), over 12 t")
HOUR = assumed(25.0, "an hour of a lorry with its driver, USD (from memory)")
CAR = assumed(0.25, "a car, USD per km (from memory)")
CAR_HOUR = assumed(10.0, "an hour of a car with its people, USD (from memory)")
CLOSED_DAY = Figure(2.0, "clement.com.ar", None, verified=False, note="2,000,000 lost per closed day; currency read as USD")
SAVED_KM = Figure(40, "IDB (conexionintal.iadb.org)", 2017)
SAVED_HOURS = Figure(3, "IDB (conexionintal.iadb.org)", 2017)
COST = Figure(1500, "IDB (conexionintal.iadb.org); gtreview.com", 2017)
EARLIER_COST = Figure(600, "diariodecuyo.com.ar (minister Strada)", None, note="cost said by San Juan's minister with an earlier study")
BUILD_YEARS = Figure(8, "IDB; noticiabrasil.net.br", 2017)
CHILE_RATE = Figure(0.06, "diariodecuyo.com.ar", None, note="rate that Chile asks of public investment; the study found 6.6 to 12.7 %")
CAPACITY = assumed(5000.0, "thousand vehicles a year in two tubes of two lanes; it never binds")
LIFE = 50.0

OVERSEAS = ("san-juan-to-asia", "cordoba-to-asia", "brazil-to-asia")


@cache
def flows() -> dict[str, tuple[str, str, Figure]]:
    """Return the flows: origin, destination, yearly amount in the year of its figure."""
    found: dict[str, tuple[str, str, Figure]] = {}
    for place, share in ORIGINS.items():
        for end, part in (("coquimbo", NORTHERN.value), ("santiago", 1 - NORTHERN.value)):
            west = CARGO.times(WESTBOUND.value * share * part, f"x {WESTBOUND.value:g} x {share:g} x {part:.2f}", verified=False)
            east = CARGO.times((1 - WESTBOUND.value) * share * part, f"x {1 - WESTBOUND.value:g} x {share:g} x {part:.2f}", verified=False)
            found[f"{place}-to-{end}"] = (place, end, west)
            found[f"{end}-to-{place}"] = (end, place, east)
    lorries = CARGO.value / LOAD.value
    cars = VEHICLES.times(
        (VEHICLES.value - lorries) / VEHICLES.value * NORTHERN.value,
        f"less {lorries:.0f} thousand lorries, x {NORTHERN.value:g}",
        verified=False,
    )
    found["cars-san-juan-to-coquimbo"] = ("san-juan", "coquimbo", cars.times(0.5, "x 0.5", verified=False))
    found["cars-coquimbo-to-san-juan"] = ("coquimbo", "san-juan", cars.times(0.5, "x 0.5", verified=False))
    found["san-juan-to-asia"] = ("san-juan", "shanghai", SAN_JUAN)
    found["cordoba-to-asia"] = ("cordoba", "shanghai", CORDOBA)
    found["brazil-to-asia"] = ("porto-alegre", "shanghai", BRAZIL)
    return found


def is_car(product: str) -> bool:
    """Tell whether a product is counted in cars."""
    return product.startswith("cars-")


def point(site: str) -> Point:
    """Return latitude and longitude of a site."""
    return PLACES[site][1], PLACES[site][2]


def periods() -> list[Row]:
    """Return three periods over forty years: the tunnel of eight years of work, begun in the first, stands in the second."""
    return [{"period": f"{year}", "start": year, "years": years, "source": DEFINITION} for year, years in SPANS.items()]


def slices(closed: Figure = CLOSED_DAYS) -> list[Row]:
    """Return the parts of the year by what is open: both passes, Cristo Redentor alone, neither."""
    shut = closed.value * 24
    ice = Figure(0, "IDB 2017", 2017, note="the pass of Agua Negra is closed from May to October")
    return [
        {"slice": "summer", "hours": 8760 - WINTER_HOURS} | ice.cells(),
        {"slice": "winter", "hours": WINTER_HOURS - shut} | ice.cells(),
        {"slice": "snowed-in", "hours": shut} | closed.cells(),
    ]


def sites() -> list[Row]:
    """Return the places with the source of their position."""
    return site_rows(PLACES)


def products() -> list[Row]:
    """Return the flows as products, balanced in every part of the year."""
    return [
        {
            "product": name,
            "unit": "thousand_cars" if is_car(name) else "kt",
            "sector": "travel" if is_car(name) else "trade",
            "channel": "logistics",
            "sliced": "yes",
            "source": DEFINITION,
        }
        for name in flows()
    ]


def _way(channel: str, ends: tuple[str, str], mode: str, length: Figure, extra: Row | None = None) -> Row:
    note = str((extra or {}).get("note", ""))
    row: Row = {"channel": channel, "from": ends[0], "to": ends[1], "mode": mode, "distance": length.value, "cost": "", "capacity": ""}
    row |= {"both_ways": "yes", "unit": "thousand_vehicles"}
    return row | {key: value for key, value in (extra or {}).items() if key != "note"} | length.cells(note)


ROADS = (
    ("porto-alegre", "uruguaiana"),
    ("uruguaiana", "santa-fe"),
    ("santa-fe", "cordoba"),
    ("santa-fe", "rosario"),
    ("cordoba", "san-juan"),
    ("san-juan", "rodeo"),
    ("vicuna", "coquimbo"),
    ("porto-alegre", "rio-grande"),
    ("rosario", "cordoba"),
    ("rosario", "mendoza"),
    ("cordoba", "mendoza"),
    ("san-juan", "mendoza"),
    ("los-andes", "santiago"),
    ("los-andes", "coquimbo"),
    ("santiago", "valparaiso"),
    ("mendoza", "neuquen"),
    ("rosario", "neuquen"),
    ("temuco", "santiago"),
)


@cache
def pass_length() -> Figure:
    """Return the km of the road over Agua Negra that there is."""
    return overland([point("rodeo"), point("vicuna")], "road", "mountain")


def channels() -> list[Row]:
    """Return roads, passes, the tunnel and the ways by sea."""
    found = [_way(f"{start}--{end}", (start, end), "road", overland([point(start), point(end)], "road")) for start, end in ROADS]
    saved = Figure(pass_length().value - SAVED_KM.value, f"{pass_length().source}; less 40 km: {SAVED_KM.source}", 2017, verified=False)
    crossing = overland([point("mendoza"), point("los-andes")], "road", "mountain")
    found += [
        _way(
            PASS,
            ("rodeo", "vicuna"),
            "pass",
            pass_length(),
            {"capacity": PASS_TRAFFIC.value, "note": f"capacity: {PASS_TRAFFIC.note}, {PASS_TRAFFIC.source}"},
        ),
        _way(TUNNEL, ("rodeo", "vicuna"), "road", saved, {"capacity": 0}),
        _way(CRISTO, ("mendoza", "los-andes"), "road", crossing, {"note": "capacity not known, taken as unbounded"}),
        _way(WAIT, ("mendoza", "los-andes"), "waiting", crossing, {"note": "the same road for those who wait until it opens"}),
        _way(
            "pino-hachado",
            ("neuquen", "temuco"),
            "road",
            overland([point("neuquen"), point("temuco")], "road", "mountain"),
            {"note": "taken as open all year"},
        ),
    ]
    lengths = sea_distances([point(port) for port in PORTS], names=PORTS)
    for first, start in enumerate(PORTS):
        for second, end in enumerate(PORTS[:first]):
            by_sea = Figure(
                round(float(lengths[first, second])),
                "computed: shortest path over the sea lanes of searoute (Eurostat)",
                2024,
                verified=False,
            )
            found.append(_way(f"{end}--{start}-sea", (end, start), "sea", by_sea))
    return found


def freight() -> list[Row]:
    """Return what each mode costs: cargo per t, cars per car; hours on the old pass and waiting come on top."""
    far = float(sea_distances([(-23.974, -46.321), point("shanghai")])[0, 1])
    grain = sum(GRAIN_QUOTES) / len(GRAIN_QUOTES)
    by_sea = Figure(
        grain / far, f"derived: mean {grain:.2f} USD/t of four quotes Santos-Shanghai over {far:,.0f} km; {GRAIN_QUOTE_SOURCES}", 2022
    )
    per_t = 1 / LOAD.value
    waiting = CLOSED_DAY.value / (CARGO.value / 365)
    rows: list[Row] = []
    for product in flows():
        car = is_car(product)
        km, use = (CAR, 1.0) if car else (ROAD, per_t)
        hours = SAVED_HOURS.value * (CAR_HOUR.value if car else HOUR.value / LOAD.value) / 1000
        row: Row = {
            "channel": "*",
            "from": "*",
            "to": "*",
            "product": product,
            "cost": "",
            "cost_per_distance": km.value / 1000,
            "use": use,
        }
        told = HOUR.note if not car else CAR_HOUR.note
        rows.append(row | {"mode": "road"} | km.cells(f"{LOAD.value:.1f} t per lorry: {LOAD.source}" if not car else ""))
        rows.append(
            row
            | {"mode": "pass", "cost": hours}
            | km.cells(f"3 hours more than by the tunnel ({SAVED_HOURS.source}); {told}")
            | {"verified": "no"}
        )
        if not car:
            rows.append(row | {"mode": "waiting", "cost": waiting} | CLOSED_DAY.cells(f"over {CARGO.value / 365:.1f} thousand t a day"))
        if product in OVERSEAS:
            price, port = (by_sea, HANDLING) if product == "cordoba-to-asia" else (BOXES, BOX_HANDLING)
            sea: Row = row | {"mode": "sea", "cost": port.value / 1000, "cost_per_distance": price.value / 1000, "use": 0}
            rows.append(sea | price.cells(f"loading: {port.note}"))
    return rows


def by_sea_too() -> list[Change]:
    """Return the changes that let all cargo go around by sea, loaded and unloaded in containers."""
    found: list[Change] = []
    for product in (name for name in flows() if name not in OVERSEAS and not is_car(name)):
        cells = {"cost": 2 * BOX_HANDLING.value / 1000, "cost_per_distance": BOXES.value / 1000, "use": 0}
        found += [Change("freight", f"*;*;*;sea;{product}", column, value) for column, value in cells.items()]
    return found


def no_exports() -> list[Change]:
    """Return the changes that leave San Juan without exports to Asia, of which no figure was found."""
    return [Change("needs", f"shanghai;san-juan-to-asia;{year}", "quantity", 0) for year in FIRST_YEARS]


def cheap_waiting() -> list[Change]:
    """Return the changes that make waiting for Cristo Redentor cost a quarter."""
    rows = [row for row in freight() if row["mode"] == "waiting"]
    return [Change("freight", f"*;*;*;waiting;{row['product']}", "cost", float(row["cost"]) / 4) for row in rows]


def options() -> list[Row]:
    """Return the tunnel, whole."""
    row: Row = {"option": "tunnel", "channel": TUNNEL, "unit_size": CAPACITY.value, "fixed_build_cost": COST.value, "maximum_builds": 1}
    row |= {"last": f"{FIRST_YEARS[-2]}", "lead_years": BUILD_YEARS.value, "life": LIFE}
    return [
        row
        | COST.cells(
            f"two tubes of 13.9 km; {BUILD_YEARS.value:g} years of work: {BUILD_YEARS.source}; life assumed; capacity {CAPACITY.note}"
        )
    ]


def limits() -> tuple[list[Row], list[Row]]:
    """Return the closures: no flow over Agua Negra from May to October, none over Cristo Redentor while it is snowed in."""
    shut = {
        "agua-negra-closed": (PASS, ("winter", "snowed-in"), "IDB 2017"),
        "cristo-redentor-closed": (CRISTO, ("snowed-in",), CLOSED_DAYS.source),
    }
    rules: list[Row] = [{"limit": name, "sense": "<=", "value": 0, "source": source} for name, (_, _, source) in shut.items()]
    shut[SNOWED_TUNNEL] = (TUNNEL, ("snowed-in",), "IDB 2017")
    open_: Row = {"limit": SNOWED_TUNNEL, "sense": "<=", "value": "inf", "source": "IDB 2017"}
    rules.append(open_ | {"note": "open all year; the scenario shut-in-snow closes the roads to its portals with Cristo Redentor"})
    terms: list[Row] = [
        {"limit": name, "quantity": "flow", "channel": channel, "slice": part, "source": source}
        for name, (channel, parts, source) in shut.items()
        for part in parts
    ]
    return rules, terms


def amounts(product: str, times: float = 1.0) -> dict[str, float]:
    """Return the yearly amount of a flow in the middle of each period."""
    figure = flows()[product][2]
    since = {f"{year}": year + (years - 1) / 2 - (figure.year or FIRST_YEARS[0]) for year, years in SPANS.items()}
    return {period: round(figure.value * (1 + GROWTH.value) ** years * times, 3) for period, years in since.items()}


def needs(product: str, times: float = 1.0) -> list[Row]:
    """Return what is wanted of a flow at its end."""
    _, end, figure = flows()[product]
    told = "" if figure.source.startswith("assumption") else ORIGIN_NOTE
    return [
        {"site": end, "product": product, "period": period, "quantity": amount} | figure.cells(f"{GROWTH.note}; {told}".strip("; "))
        for period, amount in amounts(product, times).items()
    ]


def processes() -> list[Row]:
    """Return the starts of the flows: activities that cost nothing, since only the way is asked for."""
    return [{"process": f"send-{product}", "source": DEFINITION, "note": "only the way is asked for: no cost"} for product in flows()]


def recipes() -> list[Row]:
    """Return what a unit of each activity sends: a unit."""
    return [{"process": f"send-{product}", "product": product, "quantity": 1, "source": DEFINITION} for product in flows()]


def placements() -> list[Row]:
    """Return where each flow starts."""
    return [{"process": f"send-{product}", "site": start, "source": DEFINITION} for product, (start, _, _) in flows().items()]


def northern() -> list[str]:
    """Return the flows that may use Agua Negra: those from or to Coquimbo, and San Juan's to Asia."""
    return [name for name, (start, end, _) in flows().items() if "coquimbo" in (start, end)] + ["san-juan-to-asia"]


def traffic(times: float) -> list[Change]:
    """Return the changes that multiply the traffic of the north."""
    return [
        Change("needs", f"{row['site']};{product};{row['period']}", "quantity", row["quantity"])
        for product in northern()
        for row in needs(product, times)
    ]


def road(figure: Figure) -> list[Change]:
    """Return the changes of the price of lorries."""
    cargo = [product for product in flows() if not is_car(product)]
    return [
        Change("freight", f"*;*;*;{mode};{product}", "cost_per_distance", figure.value / 1000)
        for mode in ("road", "pass", "waiting")
        for product in cargo
    ]


def capital(figure: Figure) -> list[Change]:
    """Return the change of the cost of the tunnel."""
    return [Change("options", "tunnel", "fixed_build_cost", figure.value)]


def closed(days: Figure) -> list[Change]:
    """Return the changes of how long Cristo Redentor is closed."""
    return [Change("slices", str(row["slice"]), "hours", row["hours"]) for row in slices(days)]


def scenarios() -> list[Row]:
    """Return the rows of changes.csv."""
    chile = [Change("case", "", "discount_rate", CHILE_RATE.value)]
    kind = [*traffic(5), *capital(EARLIER_COST), *closed(CLOSED_DAYS_2023), *chile, *road(ROAD_2014)]
    found: dict[str, tuple[str, Iterable[Change]]] = {
        "traffic-2": (DEFINITION, traffic(2)),
        "traffic-5": (DEFINITION, traffic(5)),
        "traffic-10": (DEFINITION, traffic(10)),
        "traffic-20": (DEFINITION, traffic(20)),
        "earlier-cost": (EARLIER_COST.source, capital(EARLIER_COST)),
        "closed-58-days": (CLOSED_DAYS_2023.source, closed(CLOSED_DAYS_2023)),
        "chile-rate": (CHILE_RATE.source, chile),
        "no-san-juan-exports": ("assumption of the case: San Juan sends nothing to Asia", no_exports()),
        "shut-in-snow": ("assumption of the case: the portals lie at 3,400 to 4,000 m", [Change("limits", SNOWED_TUNNEL, "value", 0)]),
        "cheap-waiting": ("assumption of the case: the loss of a closed day read in another money, a quarter", cheap_waiting()),
        "cheap-road": (ROAD_2007.source, road(ROAD_2007)),
        "dear-road": (ROAD_2014.source, road(ROAD_2014)),
        "sea-for-all": ("assumption of the case: what is counted on the road may go around by sea in containers", by_sea_too()),
        "all-kind": ("all that favours the tunnel at once: five times the traffic, earlier cost, 58 days, 6 %, dear road", kind),
    }
    return changes(found)


SETTINGS = (
    'title = "The tunnel of Agua Negra between Argentina and Chile"\n'
    'description = "Does a road tunnel of 1.5 bn USD, open all year, pay beside Cristo Redentor, a southern pass and the sea, '
    'and from which traffic on? Thousand tonnes and thousand cars a year, million USD."\n'
    'currency = "million USD"\nprice_year = 2017\nbase_year = 2018\ntiming = "end"\ndiscount_rate = 0.1\n\n[solver]\ngap = 0.000001\n'
)


def money() -> dict[str, list[Row]]:
    """Return on which terms parties share; the loans of the IDB are in constant prices, over an inflation of the dollar of 2.1 %."""
    memory = "(from memory, unverified)"
    own = {"ARG": Own(0.30, f"law 27.430 of Argentina, 2018 {memory}"), "CHL": Own(0.27, f"law 20.780 of Chile, from 2018 {memory}")}
    loan: Row = {
        "rate": 0.013,
        "funding_rate": 0.004,
        "years": 25,
        "gearing": 0.8,
        "coverage": 1.2,
        "owed": 1,
        "source": f"loans of the Inter-American Development Bank, LIBOR of 1.3 % and 0.85 % in 2017, fixed at about 3.4 % {memory}",
        "year": "2017",
        "verified": "no",
        "note": "(1 + rate in money) / 1.021 - 1; the bank pays 2.5 %; years, gearing, coverage and that governments owe it are assumed",
    }
    return {
        "terms": [terms(code, 2018, {"profit_tax": one}, OF_WAYS) for code, one in own.items()],
        "loans": [loan],
        "negotiable": open_terms("local_share", "carbon_payment", "supplier_equity"),
        "governments": [government(code, 2018, 0.021) for code in own],
    }


def tables() -> dict[str, list[Row]]:
    """Return all tables of the case."""
    rules, limit_terms = limits()
    return {
        "periods": periods(),
        "slices": slices(),
        "sites": sites(),
        "products": products(),
        "needs": [row for product in flows() for row in needs(product)],
        "processes": processes(),
        "recipes": recipes(),
        "placements": placements(),
        "channels": channels(),
        "freight": freight(),
        "options": options(),
        "limits": rules,
        "limit_terms": limit_terms,
        **money(),
        "changes": scenarios(),
    }
