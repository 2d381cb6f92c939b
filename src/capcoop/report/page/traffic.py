"""What a map of a plan shows, as tables: channels and sites by period, in layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from capcoop.case.case import Case, codes_of
from capcoop.case.places import directions, line_uses
from capcoop.model.lines import spans
from capcoop.plan.tables import Plan

LAYERS = ("logistics", "power", "information")
FULL = 1 - 1e-6  # loading from which a channel counts as full: what the solver leaves open


@dataclass(frozen=True, eq=False)
class Traffic:
    """One layer of a map.

    flows : a row for each channel in each direction and period in which it carries anything: channel, mode, from, to, period, products,
    flow, unit, loading (share of the capacity in its fullest slice; None: no limit stated).
    channels : a row for each channel that stands in a period: channel, mode, from, to, period, existing, new, unit, state (existing, new,
    both).
    sites : a row for each site and period: site, country, kind, latitude, longitude, value (None: unknown), existing, new (lines in
    words), state (none, existing, new, both).
    """

    layer: str
    flows: pl.DataFrame
    channels: pl.DataFrame
    sites: pl.DataFrame


def traffic_of(case: Case, plan: Plan) -> tuple[Traffic, ...]:
    """Return the layers in which a plan has channels or lines."""
    flows, channels, sites = _flows(case, plan), _channels(case, plan), _values(case, plan)
    lines = _lines(case, plan)
    of_channel = _layers_of_channels(case)
    every = pl.DataFrame({"period": case.names["periods"]}).join(_placed(case), how="cross")
    found = []
    for layer in LAYERS:
        own = [name for name, carried in of_channel.items() if layer in carried]
        used, stand = flows.filter(pl.col("layer") == layer).drop("layer"), channels.filter(pl.col("channel").is_in(own))
        built = lines.filter(pl.col("layer") == layer)
        worth = sites.filter(pl.col("layer") == layer).drop("layer")
        if not used.is_empty() or not stand.is_empty() or not built.is_empty():
            found.append(Traffic(layer, used, stand, _sites(every, worth, built)))
    return tuple(found)


def _layer(case: Case) -> pl.DataFrame:
    """Return the layer of each product; goods where none is stated."""
    return case.frames["products"].select("product", layer=pl.col("channel").fill_null(LAYERS[0]))


def _layers_of_channels(case: Case) -> dict[str, set[str]]:
    """Return the layers of the products that may use each channel."""
    link = directions(case)
    at, allowed = case["freight"].cascade.expand(link, len(link["channel"]), ("product",))
    layer = _layer(case).get_column("layer").to_numpy()
    pairs = pl.DataFrame({"channel": link["channel"][at], "layer": layer[allowed["product"]]}).unique()
    found: dict[str, set[str]] = {name: set() for name in case.names["channels"]}
    for code, name in pairs.iter_rows():
        found[case.names["channels"][code]].add(name)
    return {name: layers or {LAYERS[0]} for name, layers in found.items()}


def _uses(case: Case, flows: pl.DataFrame) -> pl.DataFrame:
    """Return the flows with `load`, the capacity of the channel that each takes up."""
    names = {"channel": "channels", "from": "sites", "to": "sites", "product": "products"}
    targets = {key: codes_of(flows.get_column(key), case.names[names[key]]) for key in names}
    targets["mode"] = case.mode[targets["channel"]]
    freight = case["freight"]
    (use,) = freight.cascade.values(targets, flows.height, freight.stated("use")) if flows.height else (np.zeros(0),)
    return flows.with_columns(use=pl.Series(np.where(np.isnan(use), 1.0, use))).with_columns(load=pl.col("sent") * pl.col("use"))


def _flows(case: Case, plan: Plan) -> pl.DataFrame:
    """Return what each channel carries in each direction, period and layer, and how full it is."""
    flows = _uses(case, plan["flows"]).join(_layer(case), on="product", how="left")
    own = case.frames["channels"].select("channel", own="unit")
    keys = ["layer", "channel", "mode", "from", "to", "period"]
    # A sum over products is one of amounts where they share a unit and take up a unit of capacity each; else it is one of capacity.
    plain = (pl.col("use") == 1).all() & (pl.col("unit").n_unique() == 1)
    amounts = flows.group_by("channel", "layer").agg(plain=plain, amount=pl.col("unit").first()).join(own, on="channel", how="left")
    unit = amounts.select("channel", "layer", unit=pl.when("plain").then("amount").otherwise(pl.col("own").fill_null("")).fill_null(""))
    summed = (
        flows.group_by(keys, maintain_order=True)
        .agg(products=pl.col("product").unique(maintain_order=True).str.join(", "), flow=pl.col("load").sum())
        .filter(pl.col("flow") > 0)
    )
    return summed.join(unit, on=["channel", "layer"], how="left").join(_loading(case, plan, flows), on=["channel", "period"], how="left")


def _loading(case: Case, plan: Plan, flows: pl.DataFrame) -> pl.DataFrame:
    """Return the share of its capacity that each channel uses in its fullest slice, both ways together; None without a limit."""
    slices = pl.DataFrame({"slice": case.names["slices"], "share": case.times.share})
    held = case["channels"]
    span = pl.DataFrame(
        {
            "channel": np.repeat(np.array(case.names["channels"], dtype=object), case.size("slices")).tolist(),
            "slice": list(case.names["slices"]) * len(held),
            "span": spans(case, "channels", np.arange(len(held))).ravel(),
        },
        schema={"channel": pl.String, "slice": pl.String, "span": pl.Float64},
    )
    bounded = case.frames["channels"].select("channel", "capacity").filter(pl.col("capacity").is_finite()).select("channel")
    standing = plan["capacity"].filter(pl.col("channel").is_not_null()).select("channel", "period", "standing")
    yearly = (
        flows.filter(pl.col("slice").is_null()).drop("slice").join(slices, how="cross").with_columns(load=pl.col("load") * pl.col("share"))
    )
    columns = ["channel", "period", "slice", "load"]
    each = pl.concat([yearly.select(columns), flows.filter(pl.col("slice").is_not_null()).select(columns)])
    return (
        each.join(bounded, on="channel")
        .group_by("channel", "period", "slice")
        .agg(pl.col("load").sum())
        .join(standing, on=["channel", "period"])
        .join(span, on=["channel", "slice"])
        .group_by("channel", "period")
        .agg(loading=(pl.col("load") / (pl.col("standing") * pl.col("span"))).max())
    )


def _channels(case: Case, plan: Plan) -> pl.DataFrame:
    """Return the channels that stand in each period: those without a limit, and those with capacity."""
    frame = case.frames["channels"].select("channel", "mode", "from", "to", "capacity", own=pl.col("unit"))
    every = frame.join(pl.DataFrame({"period": case.names["periods"]}), how="cross")
    capacity = plan["capacity"].filter(pl.col("channel").is_not_null()).select("channel", "period", "existing", "new", "unit")
    free = pl.col("capacity").is_null() | pl.col("capacity").is_infinite()
    found = every.join(capacity, on=["channel", "period"], how="left").filter(free | (pl.col("existing") + pl.col("new") > 0))
    old, new = free | (pl.col("existing") > 0), pl.col("new").fill_null(0) > 0
    state = pl.when(old & new).then(pl.lit("both")).when(new).then(pl.lit("new")).otherwise(pl.lit("existing"))
    unit = pl.coalesce("unit", "own").fill_null("")
    return found.select("channel", "mode", "from", "to", "period", "existing", "new", unit=unit, state=state)


def _lines(case: Case, plan: Plan) -> pl.DataFrame:
    """Return the lines that stand at each site in each period, in words, by the layer of what they make."""
    process, line, _ = line_uses(case)
    recipes = case["recipes"]
    made = pl.DataFrame(
        {"process": recipes.codes("process"), "product": recipes.codes("product"), "quantity": recipes.stated("quantity")}
    ).filter(pl.col("quantity") > 0)
    layers = pl.Series(_layer(case).get_column("layer").to_list(), dtype=pl.String)
    uses = pl.DataFrame({"process": process, "code": line}, schema={"process": pl.Int64, "code": pl.Int64})
    pairs = uses.join(made.cast({"process": pl.Int64}), on="process").select("code", "product").unique()
    own = pl.DataFrame(
        {
            "line": [case.names["lines"][code] for code in pairs.get_column("code")],
            "layer": layers.gather(pairs.get_column("product").cast(pl.UInt32)),
        },
        schema={"line": pl.String, "layer": pl.String},
    ).unique()
    standing = plan["capacity"].filter(pl.col("line").is_not_null()).join(own, on="line", how="left")
    standing = standing.with_columns(pl.col("layer").fill_null(LAYERS[0]), pl.col("unit").fill_null(""))
    words = [
        pl.when(pl.col(column) > 0).then(pl.format("{} {} {}", "line", _rounded(column), "unit").str.strip_chars_end()).alias(column)
        for column in ("existing", "new")
    ]
    joined = [pl.col(column).drop_nulls().sort().str.join("; ") for column in ("existing", "new")]
    return standing.select("layer", "site", "period", *words).group_by("layer", "site", "period").agg(joined)


def _rounded(column: str) -> pl.Expr:
    return pl.col(column).round_sig_figs(4).cast(pl.String).str.strip_suffix(".0")


def _values(case: Case, plan: Plan) -> pl.DataFrame:
    """Return the worth of what each site gets in a year, made, bought or received, at the plan's prices there, by layer."""
    keys = ["site", "product", "period", "slice"]
    priced = (
        plan["balances"].join(plan["prices"].select(*keys, "price"), on=keys, how="left", nulls_equal=True).join(_layer(case), on="product")
    )
    amount = pl.col("made") + pl.col("bought") + pl.col("received")
    worth = pl.when(amount > 0).then(amount * pl.col("price")).otherwise(0.0)
    return (
        priced.with_columns(worth=worth)
        .group_by("layer", "site", "period")
        .agg(value=pl.when(pl.col("worth").is_not_null().all()).then(pl.col("worth").sum()))
    )


def _placed(case: Case) -> pl.DataFrame:
    columns = ["site", "country", "kind", "latitude", "longitude"]
    return case.frames["sites"].select(columns)


def _sites(every: pl.DataFrame, worth: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    frame = every.join(worth, on=["site", "period"], how="left").join(lines.drop("layer"), on=["site", "period"], how="left")
    frame = frame.with_columns(pl.col("existing", "new").fill_null(""))
    old, new = pl.col("existing") != "", pl.col("new") != ""
    state = (
        pl.when(old & new).then(pl.lit("both")).when(new).then(pl.lit("new")).when(old).then(pl.lit("existing")).otherwise(pl.lit("none"))
    )
    columns = ["site", "country", "kind", "latitude", "longitude", "period", "value", "existing", "new"]
    return frame.select(*columns, state=state)
