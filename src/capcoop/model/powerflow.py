"""Power flow on AC lines: angles at their ends, and the rows that tie the flow of a line to them (Kirchhoff's voltage law)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, join
from capcoop.case.case import Case
from capcoop.case.grid import Grid, built_by, grid_of, is_ac, reach
from capcoop.model.channels import Flows
from capcoop.model.options import Decisions
from capcoop.model.program import Draft


@dataclass(frozen=True)
class Network:
    """The lines of a grid in the program: columns of their flows and of the angles of their ends.

    onward, back : first flow column of each line, one way and the other; angle : first angle column of each node. The columns that
    follow run over periods, and within a period over slices.
    """

    grid: Grid
    onward: Codes
    back: Codes
    angle: Codes
    periods: int
    slices: int

    def add_law(self, draft: Draft, rows: Codes, line: Codes, time: Codes) -> None:
        """Add (flow onward - flow back) - (angle of the start - angle of the end) / reactance to rows of lines at times."""
        grid, weight = self.grid, self.grid.susceptance[line]
        draft.add(rows, self.onward[line] + time, 1.0)
        draft.add(rows, self.back[line] + time, -1.0)
        draft.add(rows, self.angle[grid.start_node[line]] + time, -weight)
        draft.add(rows, self.angle[grid.end_node[line]] + time, weight)


def add_power_flow(draft: Draft, case: Case, flows: Flows, decisions: Decisions) -> None:
    """Add angles and the voltage law of every AC line; nothing where the case has none.

    An angle is counted as the flow that it drives through a line of the island's mean reactance in the slice, so that coefficients are
    ratios of reactances. One node of each island has angle 0.
    """
    if not is_ac(case).any():
        return
    grid = grid_of(case)
    periods, slices = case.size("periods"), case.size("slices")
    node, period, part = (codes.ravel() for codes in np.indices((len(grid.node_site), periods, slices)))
    fixed = np.isin(node, grid.references)
    columns = draft.columns(
        "angle",
        {"site": grid.node_site[node], "product": grid.node_product[node], "period": period, "slice": part},
        unit="units of the product/year through the mean reactance",
        sentence="Voltage angle of {product} at {site} in {period} {slice}.",
        lower=np.where(fixed, 0.0, -np.inf),
        upper=np.where(fixed, 0.0, np.inf),
    )
    onward, back = _flow_columns(grid, flows)
    network = Network(grid, onward, back, columns[:: periods * slices], periods, slices)
    _add_standing(draft, network)
    _add_candidates(draft, case, network, decisions)


def _flow_columns(grid: Grid, flows: Flows) -> tuple[Codes, Codes]:
    """Return the first flow column of each line onwards and backwards."""
    first = flows.first + np.cumsum(flows.pair_count) - flows.pair_count
    line, pair = join(grid.channel, flows.pair_channel)
    onward = flows.pair_sender[pair] == grid.start[line]
    out = np.full((2, len(grid)), -1)
    out[0, line[onward]], out[1, line[~onward]] = first[pair[onward]], first[pair[~onward]]
    return out[0], out[1]


def _add_standing(draft: Draft, network: Network) -> None:
    """Add the voltage law of lines that stand."""
    grid = network.grid
    standing = np.flatnonzero(~grid.candidate)
    if not len(standing):
        return
    place, period, part = (codes.ravel() for codes in np.indices((len(standing), network.periods, network.slices)))
    line = standing[place]
    rows = draft.rows(
        "voltage law",
        {"channel": grid.channel[line], "product": grid.product[line], "period": period, "slice": part},
        unit="units of the product/year",
        sentence="The flow of {product} on {channel} in {period} {slice} follows from the voltage angles of its ends.",
        lower=0.0,
        upper=0.0,
    )
    network.add_law(draft, rows, line, period * network.slices + part)


def _add_candidates(draft: Draft, case: Case, network: Network, decisions: Decisions) -> None:
    """Add the voltage law of candidates: it holds once the option is built, and else within the reach of the angles."""
    grid = network.grid
    option, own = built_by(case, grid)
    if not len(option):
        return
    place, period, part = (codes.ravel() for codes in np.indices((len(option), network.periods, network.slices)))
    line, builder, time = own[place], option[place], period * network.slices + part
    most = (reach(case, grid) / grid.reactance)[line] * case.times.hours[part]
    index = {"option": builder, "channel": grid.channel[line], "product": grid.product[line], "period": period, "slice": part}
    entry, build = _standing_builds(decisions, option, place, period, network.periods)
    for name, sign in (("voltage law if built", 1.0), ("voltage law if built, backwards", -1.0)):
        bound: dict[str, Values] = {"upper": most} if sign > 0 else {"lower": -most}
        rows = draft.rows(
            name,
            index,
            unit="units of the product/year",
            sentence="Once {option} is built, the flow of {product} on {channel} in {period} {slice} follows from the voltage angles.",
            **bound,
        )
        network.add_law(draft, rows, line, time)
        draft.add(rows[entry], decisions.build_column[build], sign * most[entry])


def _standing_builds(decisions: Decisions, option: Codes, place: Codes, period: Codes, periods: int) -> tuple[Codes, Codes]:
    """Return (row, build) of every count of builds that stands in the period of a row of an option."""
    build, when = np.nonzero(decisions.stands[decisions.build_option, decisions.build_period])
    row, entry = join(option[place] * periods + period, decisions.build_option[build] * periods + when)
    return row, build[entry]
