"""The tables of docs/modes.md: the modes of channels, and every figure of each with its sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from capcoop.corridors.modes import PARAMETERS, Figure, Mode, gauges, modes
from capcoop.geo.land import TERRAINS, terrain_detours

Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def size() -> str:
    """Return how many figures there are, in a sentence."""
    figures = [figure for mode in modes().values() for figure in mode.figures.values()]
    read = sum(figure.verified for figure in figures)
    return f"{len(figures)} figures of {len(modes())} modes, of which {read} were read in their sources"


def widths() -> str:
    """Return of how many countries the gauge is known."""
    return str(len(gauges()))


def overview() -> Table:
    """Return one row a mode."""
    rows = []
    for mode in modes().values():
        carries = f"products whose unit converts to {mode.measure}" + (
            f", called {' or '.join(mode.carries.split('|'))}" if mode.carries else ""
        )
        rows.append((f"`{mode.name}`", mode.title, mode.kind, carries, f"{mode.unit} per {mode.per}", _length(mode)))
    return ("mode", "what it is", "kind", "carries", "capacity", "length"), rows


def _length(mode: Mode) -> str:
    if mode.way == "river":
        return "unknown: nothing is proposed"
    if mode.way == "sea":
        return "way by sea" + (", canals closed, at least the detour of cables" if mode.detour else "")
    factors = [one.factor for one in terrain_detours(mode.detour)]
    told = ", ".join(f"{terrain} {factor:g}" for terrain, factor in zip(TERRAINS, factors, strict=True))
    return f"great circle x detour of {mode.detour}: {told if len(set(factors)) > 1 else f'{factors[0]:g}'}"


def sections() -> Iterator[tuple[str, str, Table]]:
    """Yield the heading of each mode, what is unknown of it, and its figures."""
    heading = ("figure", "land", "value", "range", "unit", "prices", "year", "read", "stated", "source", "note")
    for mode in modes().values():
        known = {parameter for parameter, _ in mode.figures}
        missing = [told for parameter, told in PARAMETERS.items() if parameter in _WANTED[mode.kind] and parameter not in known]
        told = f"Unknown: {'; '.join(missing)}." if missing else "No figure that is asked for is missing."
        yield f"### {mode.name}", told, (heading, [_row(figure) for figure in mode.figures.values()])


_WANTED = {
    "logistics": {"capital_cost", "unit_capacity", "fixed_cost", "build_years", "life", "freight", "speed"},
    "power": {"capital_cost", "station_cost", "unit_capacity", "fixed_cost", "build_years", "life", "loss"},
    "information": {"capital_cost", "station_cost", "unit_capacity", "fixed_cost", "build_years", "life"},
}


def _row(figure: Figure) -> Sequence[str]:
    spread = "" if figure.low is None or figure.high is None else f"{figure.low:,.6g} to {figure.high:,.6g}"
    years = (figure.price_year, str(figure.year or ""))
    read = "yes" if figure.verified else "no"
    return (
        PARAMETERS[figure.parameter],
        figure.terrain,
        f"{figure.value:,.6g}",
        spread,
        figure.unit,
        *years,
        read,
        figure.stated,
        figure.source,
        figure.note,
    )
