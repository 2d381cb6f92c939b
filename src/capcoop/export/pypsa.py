"""A case as a network of PyPSA 1.4: a folder of CSV files that `pypsa.Network(folder)` reads, with the same least cost.

Amounts in a slice become power (over its hours), periods investment periods weighted as ours, slices snapshots. Each product at a site
is a bus. A line that one process alone uses is a generator or a link; any other is a bus of its own, which generators of its parts
supply and processes draw on. What has no bound may be of any size at no cost. What PyPSA cannot hold is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import Case
from capcoop.case.grid import Grid, grid_of, is_ac
from capcoop.errors import UsageError
from capcoop.export.assets import Asset, Places, unlimited
from capcoop.export.refused import refusals
from capcoop.export.sheets import Calendar, Cell, Sheets, write
from capcoop.model.build import Model, build
from capcoop.model.lines import line_shares
from capcoop.model.objective import running_costs
from capcoop.model.trade import Trade

CAPACITY = "capacity"


@dataclass(frozen=True)
class Exported:
    """What was written: how many components of each kind, whether there are investment periods, and the cost that PyPSA leaves out."""

    components: dict[str, int]
    several: bool
    constant: float


def export_pypsa(case: Case, target: Path) -> Exported:
    """Write a case as a PyPSA network into a new or empty folder.

    Raises UsageError with everything that PyPSA cannot express, CaseError as `build` does.
    """
    model = build(case)
    refused = refusals(model)
    if refused:
        raise UsageError("PyPSA cannot hold this case:\n" + "\n".join(f"- {one}" for one in refused) + "\nNothing was written")
    network = Network(model)
    network.fill()
    constant, several = model.program.constant, network.calendar.several
    meta = {"case": case.name, "currency": case.settings.currency, "constant": constant, "slices": list(case.names["slices"])}
    write(network.sheets, target, case.settings.title or case.name, meta)
    return Exported({kind: len(rows) for kind, rows in network.sheets.rows.items() if kind != "carriers"}, several, constant)


def calendar_of(case: Case) -> Calendar:
    """Return the periods and slices of a case as years and snapshots."""
    times = case.times
    several = len(times.start) > 1 or times.weight[0] != 1
    years = tuple(int(start) for start in times.start)
    return Calendar(years, bool(several), times.hours, float(times.hours.sum()), times, case.names["slices"])


class Network:
    """The components of a network, theme by theme."""

    def __init__(self, model: Model) -> None:
        """Take a model that PyPSA can express."""
        self.model, self.case, self.parts = model, model.case, model.parts
        self.calendar = calendar_of(model.case)
        self.sheets = Sheets(self.calendar)
        self.places = Places(model, self.calendar)
        self.grid = grid_of(model.case)
        self.meshed = set(self.grid.product.tolist())

    def fill(self) -> None:
        """Add every component."""
        self._buses()
        self._needs()
        self._trade("purchases", self.parts.purchases)
        self._trade("sales", self.parts.sales)
        self._processes()
        self._channels()
        self._lines(self.grid)

    def _bus(self, site: int, product: int) -> str:
        """Return the bus of a product at a site."""
        name = self.case.names["products"][product]
        return self.sheets.bus(f"{name} at {self.case.names['sites'][site]}", "AC" if product in self.meshed else name)

    def _buses(self) -> None:
        """Add a bus for each balance, a way to throw away where that is allowed, a store where the year is balanced as a whole."""
        index, disposal = self.model.program.row_blocks["balance"].index, self.case["products"].flags("disposal")
        pairs = np.unique(np.stack([index["site"], index["product"]], axis=1), axis=0)
        for site, product in pairs.tolist():
            bus = self._bus(site, product)
            if disposal[product]:
                self.sheets.put("generators", f"disposal of {bus}", {"bus": bus, "sign": -1, **unlimited()})
            if not self.case.sliced[product]:
                cells: dict[str, Cell] = {"bus": bus, "e_min_pu": -1, "e_cyclic": True, "e_cyclic_per_period": True, **unlimited("e")}
                self.sheets.put("stores", f"the year's {bus}", cells)

    def _needs(self) -> None:
        """Add loads, and generators that stand for what is not met."""
        own, products = self.parts.needs, self.case.size("products")
        pair = own.site * products + own.product
        for one in np.unique(pair).tolist():
            mine = np.flatnonzero(pair == one)
            load = np.zeros(self.calendar.shape)
            yearly = own.slice[mine] < 0
            load[own.period[mine[yearly]]] = (own.amount[mine[yearly]] / self.calendar.total)[:, None]
            sliced = mine[~yearly]
            load[own.period[sliced], own.slice[sliced]] = own.amount[sliced] / self.calendar.hours[own.slice[sliced]]
            if not load.any():
                continue
            bus, penalty = self._bus(one // products, one % products), float(own.penalty[mine[0]])
            self.sheets.put("loads", f"need of {bus}", {"bus": bus}, p_set=load)
            if not np.isnan(penalty):
                most = float(load.max())
                cells: dict[str, Cell] = {"bus": bus, "p_nom": most, "marginal_cost": penalty}
                self.sheets.put("generators", f"unmet need of {bus}", cells, p_max_pu=load / most)

    def _trade(self, table: str, own: Trade) -> None:
        """Add generators that buy, and generators that take away and earn."""
        word, sign = {"purchases": ("purchase", 1), "sales": ("sale", -1)}[table]
        shape = (max(self.case.size(table), 1), self.case.size("sites"), self.case.size("products"))
        code = np.ravel_multi_index((own.name, own.site, own.product), shape) if len(own.name) else np.zeros(0, np.int64)
        for one in np.unique(code).tolist():
            name, site, product = (int(part) for part in np.unravel_index(one, shape))
            mine = np.flatnonzero(code == one)
            period, first = np.unique(own.period[mine], return_index=True)
            price = np.zeros(len(self.calendar.years))
            price[period] = sign * own.price[mine[first]]
            at = {word: np.full(len(period), name), "site": np.full(len(period), site), "product": np.full(len(period), product)}
            limit = self.case[table].lookup("limit", **at, period=period)
            bus = self._bus(site, product)
            label = f"{word} {self.case.names[table][name]} of {bus}"
            cells: dict[str, Cell] = {"bus": bus, **({"sign": -1} if sign < 0 else {})}
            if len(period) == len(price) and np.isinf(limit).all():
                self.sheets.put("generators", label, {**cells, **unlimited()}, marginal_cost=price[:, None])
                continue
            for t, most in zip(period.tolist(), limit.tolist(), strict=True):
                if most:
                    more = {**cells, **self._up_to(most), **self.calendar.span(t, t), "marginal_cost": float(price[t])}
                    self.sheets.put("generators", f"{label} in {self.case.names['periods'][t]}" if len(price) > 1 else label, more)

    def _up_to(self, most: float) -> dict[str, Cell]:
        """Return the cells of a generator that gives so much a year."""
        if np.isinf(most):
            return unlimited()
        if len(self.calendar.hours) == 1:
            return {"p_nom": most / self.calendar.total}
        return {**unlimited(), "e_sum_max": most}

    def _processes(self) -> None:
        """Add processes, and the lines that they do not have to themselves."""
        plants = Plants(self.model, self.calendar)
        own = self.parts.activities
        cost = next(amounts for component, _, _, amounts in running_costs(self.parts) if component == "processes")
        costs = cost.reshape(len(own.pair_process), *self.calendar.shape)
        for position in np.flatnonzero(~plants.alone).tolist():
            self._add_service(plants, position)
        for pair in range(len(own.pair_process)):
            self._add_process(plants, pair, costs[pair])

    def _service(self, position: int) -> str:
        """Return the bus of the capacity of a line at a site."""
        line, site = int(self.parts.capacity.line[position]), int(self.parts.capacity.site[position])
        return self.sheets.bus(f"{CAPACITY} of {self.case.names['lines'][line]} at {self.case.names['sites'][site]}", CAPACITY)

    def _add_service(self, plants: Plants, position: int) -> None:
        """Add the parts of a line at a site as generators of its capacity."""
        held = plants.held(position)
        for asset in held.assets:
            bus = self._service(position)
            self._generate(f"{bus} {asset.label}".rstrip(), bus, asset, 1.0, held)

    def _generate(self, name: str, bus: str, asset: Asset, factor: float, held: Held, cost: Values | float = 0.0) -> None:
        """Add a generator of a part of a line; `factor` of its power is what a unit of capacity gives."""
        cells: dict[str, Cell] = {"bus": bus, **asset.cells(self.calendar, factor)}
        if not np.isnan(held.annual[asset.first]):
            cells["e_sum_max"] = float(held.annual[asset.first]) * (asset.size or 0.0) * factor * self.calendar.total
        self.sheets.put("generators", name, cells, p_max_pu=held.share, p_min_pu=held.least, marginal_cost=cost)

    def _add_process(self, plants: Plants, pair: int, cost: Values) -> None:
        """Add a process at a site: a generator if it has its line to itself and only makes one product, else a link."""
        own = self.parts.activities
        process, site = int(own.pair_process[pair]), int(own.pair_site[pair])
        name = f"{self.case.names['processes'][process]} at {self.case.names['sites'][site]}"
        entries = np.flatnonzero((own.recipe_pair == pair) & (own.recipe_quantity != 0))
        ports = [(self._bus(site, int(own.recipe_product[i])), float(own.recipe_quantity[i])) for i in entries]
        lines = plants.lines(pair)
        alone = len(lines) == 1 and bool(plants.alone[lines[0][0]])
        inputs = [port for port in ports if port[1] < 0]
        if len(ports) == 1 and not inputs and (alone or not lines):
            (bus, amount), *_ = ports
            for asset, factor, held in self._parts(plants, lines, amount):
                self._generate(f"{name} {asset.label}".rstrip(), bus, asset, factor, held, cost / amount)
            return
        if lines and not alone:
            head, use = (self._service(lines[0][0]), lines[0][1])
            ports += [(self._service(position), -amount) for position, amount in lines[1:]]
            lines = []
        elif inputs:
            head, use = inputs[0][0], -inputs[0][1]
            ports.remove(inputs[0])
        else:
            head, use = self.sheets.bus(f"{CAPACITY} of {name}", CAPACITY), 1.0
            self.sheets.put("generators", head, {"bus": head, **unlimited()})
        for asset, factor, held in self._parts(plants, lines, use):
            cells = {"bus0": head, **_ports(ports, use), **asset.cells(self.calendar, factor)}
            series = {"p_max_pu": held.share, "p_min_pu": held.least, "marginal_cost": cost / use}
            self.sheets.put("links", f"{name} {asset.label}".rstrip(), cells, **series)

    def _parts(self, plants: Plants, lines: list[tuple[int, float]], amount: float) -> list[tuple[Asset, float, Held]]:
        """Return the parts of the line of a process, and its power per unit of capacity; without a line one part without bound."""
        if not lines:
            held = plants.without_bound()
            return [(asset, 1.0, held) for asset in held.assets]
        (position, use), *_ = lines
        held = plants.held(position)
        return [(asset, amount / use, held) for asset in held.assets]

    def _channels(self) -> None:
        """Add links for channels whose flow is chosen."""
        flows, channels, ac = self.parts.flows, self.case["channels"], is_ac(self.case)
        bounded = np.isfinite(channels.stated("capacity"))
        for channel in np.unique(flows.pair_channel[~ac[flows.pair_channel]]).tolist():
            pairs = np.flatnonzero(flows.pair_channel == channel)
            using = pairs[(flows.pair_use[pairs] > 0) & bounded[channel]]
            for pair in np.setdiff1d(pairs, using).tolist():
                self._send(pair, unlimited())
            if len(using) == 1 or self._mirrored(using):
                ways: dict[str, Cell] = {"p_min_pu": -1} if len(using) == 2 else {}
                for asset in self.places.of_channel(channel):
                    self._send(int(using[0]), {**asset.cells(self.calendar, 1 / float(flows.pair_use[using[0]])), **ways}, asset.label)
            elif len(using):
                self._share(channel, using)

    def _mirrored(self, pairs: Codes) -> bool:
        """Return whether two flows are one that goes both ways: of one product, without loss and cost."""
        flows = self.parts.flows
        same = len(pairs) == 2 and len({(int(flows.pair_product[pair]), float(flows.pair_use[pair])) for pair in pairs}) == 1
        return same and bool((flows.pair_arrives[pairs] == 1).all() and (flows.pair_cost[pairs] == 0).all())

    def _share(self, channel: int, pairs: Codes) -> None:
        """Add a bus for the capacity that several flows of a channel share, the parts that supply it, and the flows that draw on it."""
        name = f"{CAPACITY} of {self.case.names['channels'][channel]}"
        bus = self.sheets.bus(name, CAPACITY)
        for asset in self.places.of_channel(channel):
            self.sheets.put("generators", f"{name} {asset.label}".rstrip(), {"bus": bus, **asset.cells(self.calendar, 1.0)})
        for pair in pairs.tolist():
            self._send(pair, {"bus2": bus, "efficiency2": -float(self.parts.flows.pair_use[pair]), **unlimited()})

    def _send(self, pair: int, cells: dict[str, Cell], label: str = "") -> None:
        """Add a link for a flow."""
        flows = self.parts.flows
        product, sender, receiver = (int(codes[pair]) for codes in (flows.pair_product, flows.pair_sender, flows.pair_receiver))
        channel, names = self.case.names["channels"][int(flows.pair_channel[pair])], self.case.names
        name = f"{names['products'][product]} by {channel} from {names['sites'][sender]} {label}".rstrip()
        ends: dict[str, Cell] = {"bus0": self._bus(sender, product), "bus1": self._bus(receiver, product)}
        ends |= {"efficiency": float(flows.pair_arrives[pair]), "marginal_cost": float(flows.pair_cost[pair])}
        self.sheets.put("links", name, {**ends, **cells})

    def _lines(self, grid: Grid) -> None:
        """Add AC lines: one of a given size, or one that options extend, which costs nothing for what exists."""
        flows, channels = self.parts.flows, self.case["channels"]
        for i, channel in enumerate(grid.channel.tolist()):
            product, use = int(grid.product[i]), float(flows.pair_use[flows.pair_channel == channel][0])
            ends: dict[str, Cell] = {"bus0": self._bus(int(grid.start[i]), product), "bus1": self._bus(int(grid.end[i]), product)}
            cells: dict[str, Cell] = {**ends, "carrier": "AC", "x": float(grid.reactance[i])}
            if not np.isfinite(channels.stated("capacity")[channel]):
                self.sheets.put("lines", self.case.names["channels"][channel], {**cells, **unlimited("s")})
                continue
            stands, *more = (asset.cells(self.calendar, 1 / use, "s") for asset in self.places.of_channel(channel))
            for new in more:
                size = float(stands["s_nom"])
                new["s_nom_min"], new["s_nom_max"] = size + float(new.get("s_nom_min", 0.0)), size + float(new["s_nom_max"])
                stands = {**stands, **new}
            self.sheets.put("lines", self.case.names["channels"][channel], {**cells, **stands})


def _ports(ports: list[tuple[str, float]], use: float) -> dict[str, Cell]:
    """Return the cells of a link's further buses, of what each gets for a unit drawn at the first one."""
    cells: dict[str, Cell] = {}
    for number, (bus, amount) in enumerate(ports, 1):
        cells |= {f"bus{number}": bus, f"efficiency{number if number > 1 else ''}": amount / use}
    return cells


@dataclass(frozen=True)
class Held:
    """A line at a site: its parts, the share of them that can and must be used (period, slice), and over the year (period; NaN: none)."""

    assets: list[Asset]
    share: Values
    least: Values
    annual: Values


class Plants:
    """The lines of a case as PyPSA's parts, and which of them one process has to itself."""

    def __init__(self, model: Model, calendar: Calendar) -> None:
        """Look up who uses what."""
        self.calendar, self.places, capacity, own = calendar, Places(model, calendar), model.parts.capacity, model.parts.activities
        self.shares = line_shares(model.case, capacity)
        used = np.flatnonzero(own.use > 0)
        self.pair, self.use = own.use_pair[used], own.use[used]
        self.position = capacity.position[own.use_line[used], own.pair_site[self.pair]]
        users = np.bincount(self.position, minlength=len(capacity.line))
        lines = np.bincount(self.pair, minlength=len(own.pair_process))
        makes = own.recipe_pair[own.recipe_quantity != 0]
        takes = own.recipe_pair[own.recipe_quantity < 0]
        makers = (np.bincount(makes, minlength=len(lines)) == 1) & (np.bincount(takes, minlength=len(lines)) == 0)
        links = np.bincount(takes, minlength=len(lines)) > 0
        self.alone = np.zeros(len(capacity.line), bool)
        energy = np.asarray(~np.isnan(self._annual).all(axis=1))
        fits = makers[self.pair] | (links[self.pair] & ~energy[self.position])
        self.alone[self.position[fits & (lines[self.pair] == 1)]] = True
        self.alone &= users == 1

    @property
    def _annual(self) -> Values:
        """The yearly shares that are bounds of their own: with one slice they are shares of it."""
        return self.shares.annual if len(self.calendar.hours) > 1 else np.full_like(self.shares.annual, np.nan)

    def lines(self, pair: int) -> list[tuple[int, float]]:
        """Return position and use of every line of a process at a site."""
        mine = np.flatnonzero(self.pair == pair)
        return [(int(self.position[i]), float(self.use[i])) for i in mine]

    def held(self, position: int) -> Held:
        """Return a line at a site."""
        annual, share = self._annual[position], self.shares.share[position]
        if len(self.calendar.hours) == 1:
            share = np.fmin(share, self.shares.annual[position][:, None])
        assets = self.places.of_line(position, single=not bool(np.isnan(annual).all()))
        return Held(assets, share, self.shares.minimum[position], annual)

    def without_bound(self) -> Held:
        """Return what a process without a line has."""
        last = len(self.calendar.years) - 1
        everything = Asset("", None, 0.0, np.inf, 0.0, 0.0, 0, last)
        return Held([everything], np.ones(self.calendar.shape), np.zeros(self.calendar.shape), np.full(last + 1, np.nan))
