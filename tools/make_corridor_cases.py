"""Make the built-in cases of corridors again, and tell in their README.md what their plans say.

python tools/make_corridor_cases.py [NAME ...]           tables and settings of the named cases, of all where none is named
python tools/make_corridor_cases.py --plan [NAME ...]    the figures of their plans, between the marks in README.md (minutes a case)
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import polars as pl

import two_ocean_railway as railway
import two_ocean_tunnel as tunnel
from capcoop import Result, Sweep, read_case, run
from capcoop.library import FOLDER
from corridor_tables import Change, assumed, number, write

CASES = {module.NAME: module for module in (railway, tunnel)}
BEGIN, END = "<!-- figures of tools/make_corridor_cases.py --plan -->", "<!-- end of these figures -->"
Changes = Callable[[float], Iterable[Change]]


def make(name: str, folder: Path) -> None:
    """Write the tables and settings of a case into a folder."""
    write(folder, CASES[name].tables(), CASES[name].SETTINGS)


def tell(name: str) -> None:
    """Plan a case and its scenarios, and write what comes out between the marks of its README.md."""
    names = list(dict.fromkeys(str(row["scenario"]) for row in CASES[name].tables()["changes"]))
    with tempfile.TemporaryDirectory() as place:
        results = {one or "as it is": run(FOLDER / name, Path(place) / (one or "plain"), one) for one in (None, *names)}
    parts = [
        "| scenario | building nothing | plan | gain | built (year of decision) |\n|---|---:|---:|---:|---|\n"
        + "\n".join(_row(one, result) for one, result in results.items()),
        *(of_railway(results["as it is"]) if name == railway.NAME else of_tunnel(results["as it is"])),
    ]
    page = FOLDER / name / "README.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(before + BEGIN + "\n\n" + "\n\n".join(parts) + "\n\n" + END + after, encoding="utf-8")


def _row(scenario: str, result: Result) -> str:
    least, most = result.plan.objective, result.baseline.objective if result.baseline else float("nan")
    found = result.plan["builds"].filter(pl.col("builds") > 0.5)
    told = stretches(dict(found.select("option", "period").iter_rows()))
    gain = f"{most - least:,.0f} ({100 * (1 - least / most):.1f} %)"
    return f"| {scenario} | {most:,.0f} | {least:,.0f} | {gain} | {told or 'nothing'} |"


def stretches(built: dict[str, str]) -> str:
    """Return what is built in which period; successive segments that are built alike are told as one stretch."""
    runs: list[tuple[list[str], str, str | None]] = []
    for start, end in railway.SEGMENTS:
        first, second = (built.get(f"{railway.named(start, end)}-{kind}") for kind in ("track", "second-track"))
        if first is None:
            continue
        if runs and runs[-1][0][-1] == start and runs[-1][1:] == (first, second):
            runs[-1][0].append(end)
        else:
            runs.append(([start, end], first, second))
    told = [f"{option} {period}" for option, period in sorted(built.items()) if not option.endswith("-track")]
    for places, first, second in runs:
        later = {None: "", first: ", two tracks"}.get(second, f", second track {second}")
        told.append(f"{places[0]} to {places[-1]} {first}{later}")
    return "; ".join(told)


# --- Break-evens ---
class Asker:
    """A scenario of a case that is planned again and again with further changes."""

    def __init__(self, name: str, scenario: str | None) -> None:
        self._sweep, self._scenario = Sweep(FOLDER / name), scenario

    def built(self, changes: Iterable[Change]) -> frozenset[str]:
        """Return the options that are built with the changes laid over the scenario."""
        self._sweep.sets = tuple(f"{_target(one)}={one.value}" for one in changes)
        return next(iter(self._sweep.scenarios([self._scenario]))).built


def _target(change: Change) -> str:
    return change.column if change.table == "case" else f"{change.table}/{change.key}/{change.column}"


def turning(asker: Asker, changes: Changes, options: Iterable[str], within: tuple[float, float], steps: int = 7) -> str:
    """Return the value within bounds (above 0) at which one of the options enters or leaves the plan, or that it is in it always or never.

    The search halves the ratio of the bounds, and supposes that there is one such value.
    """
    wanted = frozenset(options)
    low, high = within
    first, last = (bool(asker.built(changes(value)) & wanted) for value in within)
    if first == last:
        return "always" if first else "never"
    for _ in range(steps):
        middle = (low * high) ** 0.5
        if bool(asker.built(changes(middle)) & wanted) == first:
            low = middle
        else:
            high = middle
    return number(float(f"{(low * high) ** 0.5:.2g}"))


# --- The railway ---
BY_BARGE = ("miritituba--barcarena-barge", "barcarena--shanghai-canal")
EAST = tuple(railway.named(*pair) for pair in railway.OF_WHOLE if pair not in set(railway.pairwise(railway.WESTERN)))
WEST = tuple(railway.named(*pair) for pair in railway.pairwise(railway.WESTERN))
ROUTES = {
    "lorry to Santos": ("lucas--santos-road", "santos--shanghai-sea"),
    "lorry to Paranagua": ("lucas--paranagua-road", "paranagua--shanghai-sea"),
    "lorry to Rondonopolis, train to Santos": ("lucas--rondonopolis-road", "rondonopolis--santos-rail", "santos--shanghai-sea"),
    "lorry to Miritituba, barge to Barcarena, Panama": (
        "lucas--miritituba-road",
        "miritituba--barcarena-barge",
        "barcarena--shanghai-canal",
    ),
    "Ferrograo, barge to Barcarena, Panama": ("lucas--sinop", "sinop--miritituba", *BY_BARGE),
    "railway to Acu": (*EAST, "acu--shanghai-sea"),
    "railway to Bayovar": (*WEST, "bayovar--shanghai-sea"),
    "railway to Chancay": (*WEST[:-1], "tingo-maria--chancay", "chancay--shanghai-sea"),
}
TO_PACIFIC = ("cruzeiro-do-sul--pucallpa-track", "rio-branco--cusco-track")


def carriage() -> pl.DataFrame:
    """Return channel, km and the parts of what a tonne of soya pays on it: freight with handling, and time (USD/t)."""
    case = read_case(FOLDER / railway.NAME)
    prices = case.frames["freight"].filter(pl.col("product") == "soy").select("mode", rate="cost_per_distance")
    worth = case.frames["products"].filter(pl.col("product") == "soy")["value"].item()
    ways = case.frames["channels"].join(prices, on="mode")
    return ways.select(
        "channel",
        km="distance",
        freight=pl.col("cost").fill_null(0) + pl.col("rate") * pl.col("distance"),
        time=worth * pl.col("days") / 365 * case.settings.discount_rate,
    )


def routes() -> str:
    """Return what a tonne of soya pays from Lucas to Shanghai, way by way."""
    ways = carriage()
    lines = ["| way from Lucas to Shanghai | km | freight, USD/t | time on the way, USD/t |", "|---|---:|---:|---:|"]
    for told, names in ROUTES.items():
        km, paid, time = ways.filter(pl.col("channel").is_in(names)).select("km", "freight", "time").sum().row(0)
        lines.append(f"| {told} | {km:,.0f} | {paid:.1f} | {time:.1f} |")
    return "\n".join(lines)


def ports(result: Result) -> str:
    """Return which ports the grain of the first period leaves by, building nothing."""
    assert result.baseline is not None  # noqa: S101
    lines = ["| port | soya, Mt a year | maize, Mt a year |", "|---|---:|---:|"]
    flows = result.baseline["flows"].filter(pl.col("period") == f"{railway.FIRST_YEARS[0]}", pl.col("mode").is_in(["sea", "canal"]))
    for port in railway.ATLANTIC:
        sent = [flows.filter(pl.col("from") == port, pl.col("product") == good)["sent"].sum() for good in ("soy", "maize")]
        if any(sent):
            lines.append(f"| {port} | {sent[0]:.1f} | {sent[1]:.1f} |")
    return "\n".join(lines)


SHARE = sum(railway.segment_costs()[pair].value for pair in railway.pairwise(railway.WESTERN)) / railway.WHOLE_COST.value


def of_railway(result: Result) -> list[str]:
    """Return what README.md tells of the railway beside the scenarios."""
    rows = ["| offered | capital cost of the whole line from which down a segment into Peru is built, bn USD |", "|---|---:|"]
    for told, scenario in (
        ("every segment, Ferrograo", None),
        ("every segment, no Ferrograo", "no-ferrograo"),
        ("no segment east of Campinorte, no Ferrograo", "capex-10-no-east"),
        ("every segment, Ferrograo, sea from Peru as the UIC has it", "pacific-sea-as-uic"),
        ("all that is kind", "all-kind"),
    ):
        found = turning(Asker(railway.NAME, scenario), _billions, TO_PACIFIC, (1.0, 60.0))
        rows.append(f"| {told} | {found} |")
    rows += [
        "",
        f"| Lucas-Bayovar as one work ({SHARE:.0%} of the whole cost), nothing else of the railway | at soya and maize x 1 | x 2 | x 4 |",
    ]
    rows.append("|---|---:|---:|---:|")
    for told, scenario in (("with Ferrograo", "pacific-only"), ("without Ferrograo", "pacific-only-no-ferrograo")):
        cells = [turning(Asker(railway.NAME, scenario), _billions_at(times), ("pacific-line",), (1.0, 60.0)) for times in (1, 2, 4)]
        rows.append(f"| {told}: whole cost from which down it is built, bn USD | {' | '.join(cells)} |")
    rows += ["", "| Lucas-Bayovar as one work, whole cost | 10 bn USD | 40 | 60 |", "|---|---:|---:|---:|"]
    for told, scenario in (("with Ferrograo", "pacific-only"), ("without Ferrograo", "pacific-only-no-ferrograo")):
        cells = [turning(Asker(railway.NAME, scenario), _volumes_at(cost), ("pacific-line",), (0.25, 16.0)) for cost in (10, 40, 60)]
        rows.append(f"| {told}: soya and maize from which on it is built, times those expected | {' | '.join(cells)} |")
    return [routes(), ports(result), "\n".join(rows)]


def _billions(value: float) -> Iterable[Change]:
    return railway.capital(1000 * value)


def _billions_at(times: float) -> Changes:
    return lambda value: [*railway.capital(1000 * value), *railway.volume(times)]


def _volumes_at(billions: float) -> Changes:
    return lambda factor: [*railway.capital(1000 * billions), *railway.volume(factor)]


# --- The tunnel ---
def of_tunnel(result: Result) -> list[str]:
    """Return what README.md tells of the tunnel beside the scenarios."""
    rows = ["| scenario | times the northern traffic expected, from which on the tunnel is built |", "|---|---:|"]
    for scenario in (None, "earlier-cost", "chile-rate", "closed-58-days", "shut-in-snow", "cheap-waiting"):
        found = turning(Asker(tunnel.NAME, scenario), tunnel.traffic, ("tunnel",), (0.1, 100.0))
        rows.append(f"| {scenario or 'as it is'} | {found} |")
    rows += ["", "| | capital cost from which down the tunnel is built, M USD |", "|---|---:|"]
    for told, scenario in (("as it is", None), *((one, one) for one in ("chile-rate", "no-san-juan-exports", "shut-in-snow", "traffic-5"))):
        found = turning(Asker(tunnel.NAME, scenario), lambda cost: tunnel.capital(assumed(cost, "")), ("tunnel",), (1.0, 20_000.0), 9)
        rows.append(f"| {told} | {found} |")
    return [ways_over(result), "\n".join(rows)]


def ways_over(result: Result) -> str:
    """Return what goes by which way over the Andes in the first period, building nothing."""
    assert result.baseline is not None  # noqa: S101
    flows = result.baseline["flows"].filter(pl.col("period") == f"{tunnel.FIRST_YEARS[0]}")
    lines = ["| way | cargo, thousand t a year | cars, thousand a year |", "|---|---:|---:|"]
    for way in (tunnel.PASS, tunnel.CRISTO, tunnel.WAIT, "pino-hachado", "rosario--shanghai-sea", "valparaiso--shanghai-sea"):
        own = flows.filter(pl.col("channel") == way)
        sent = [own.filter(pl.col("product").str.starts_with("cars-") == cars)["sent"].sum() for cars in (False, True)]
        lines.append(f"| {way} | {sent[0]:,.0f} | {sent[1]:,.1f} |")
    return "\n".join(lines)


def main(words: Sequence[str]) -> None:
    """Make the named cases, or tell of their plans."""
    for name in [word for word in words if word != "--plan"] or list(CASES):
        if "--plan" in words:
            tell(name)
            print(f"{FOLDER.name}/{name}/README.md: the figures of the plans are those of now")
        else:
            make(name, FOLDER / name)
            print(f"{FOLDER.name}/{name}: the tables are made again")


if __name__ == "__main__":
    main(sys.argv[1:])
