"""What is built, and how much of each product one unit of it takes.

Cement of a study is its cement row; where it has none, its concrete at the cement share of concrete. Only pavements add both:
the stabilised base and the concrete are different layers. Life-cycle inventories give way to others, as they count the making of
the machines too. Among studies `chosen` decides; without a range the spread is SPREAD.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import polars as pl

from capcoop.atlas.figures import Figure, chosen, figure, rows
from capcoop.errors import UsageError, printable, suggestion

# A rule, not a figure: how far an intensity may be off where no source gives a range.
SPREAD = 0.3
PRODUCT_OF = {"cement": "cement", "concrete": "cement", "steel": "finished_steel", "glass": "flat_glass"}
PRODUCT_OF |= {"aluminium": "aluminium", "copper": "copper"}
LAYERED = ("highway_2lane", "highway_4lane")
# Glass of power lines is insulators, that of solar modules comes with them: neither is flat glass to be made.
GLAZED = "building_"
LIFE_CYCLE = "life-cycle"
TONNES = {"t": 1.0, "kg": 1e-3}


@dataclass(frozen=True)
class Asset:
    """A thing to build.

    unit : of its quantity. subject, times : which intensities, and how many of their units one unit holds; no subject: none are known.
    """

    name: str
    unit: str
    title: str
    subject: str = ""
    times: float = 1.0


ASSETS = {
    asset.name: asset
    for asset in (
        Asset("railway_single", "km", "single-track railway", "railway_standard"),
        Asset("railway_double", "km", "double-track railway", "railway_standard", 2.0),
        Asset("railway_single_electrified", "km", "single-track railway, electrified", "railway_electrified"),
        Asset("railway_double_electrified", "km", "double-track railway, electrified", "railway_electrified", 2.0),
        Asset("railway_high_speed", "km", "high-speed railway with its bridges and tunnels, double track", "railway_high_speed_line"),
        Asset("railway_bridge", "km", "railway bridge", "railway_bridge"),
        Asset("railway_tunnel", "km", "railway tunnel", "railway_tunnel"),
        Asset("road_2_lane", "km", "road of two lanes", "highway_2lane"),
        Asset("road_4_lane", "km", "road of four lanes", "highway_4lane"),
        Asset("road_bridge", "km", "road bridge", "road_bridge"),
        Asset("road_tunnel", "km", "road tunnel, one tube", "road_tunnel"),
        Asset("road_works", "MUSD", "road works in the USA, prices of 2000-2002", "highway_works"),
        Asset("power_coal", "MW", "coal power", "power_coal"),
        Asset("power_gas", "MW", "gas power, combined cycle", "power_gas_cc"),
        Asset("power_hydro", "MW", "hydro power", "power_hydro"),
        Asset("power_nuclear", "MW", "nuclear power", "power_nuclear"),
        Asset("power_solar", "MW", "solar power", "power_solar_pv"),
        Asset("power_wind", "MW", "wind power on land", "power_wind_onshore"),
        Asset("housing", "m2", "housing, reinforced concrete, several storeys", "building_rc_multifamily"),
        Asset("housing_single_family", "m2", "housing, reinforced concrete, single family", "building_rc_single_family"),
        Asset("housing_masonry", "m2", "housing, masonry", "building_masonry_residential"),
        Asset("public_building", "m2", "buildings other than housing, reinforced concrete", "building_rc_nonresidential"),
        Asset("dwelling", "dwellings", "dwellings, reinforced concrete, several storeys", "building_rc_multifamily"),
        Asset("line_hvac", "km", "overhead line, high-voltage alternating current", "hv_line_overhead"),
        Asset("line_hvdc", "km", "overhead line, high-voltage direct current", "hv_line_overhead"),
        Asset("line_distribution", "km", "overhead line, medium voltage", "mv_line_overhead"),
        Asset("cable_high_voltage", "km", "underground cable, high voltage", "hv_cable_underground"),
        Asset("substation", "substations", "substation, high voltage", "hv_substation"),
        Asset("fibre", "km", "fibre cable"),
        Asset("port_berth", "berths", "port berth"),
        Asset("port_terminal", "terminals", "port terminal"),
        Asset("airport", "airports", "airport"),
        Asset("pipeline", "km", "pipeline"),
        Asset("reservoir", "reservoirs", "reservoir"),
        Asset("utility_network", "km", "water, heat and gas network"),
    )
}


def find_asset(text: str) -> Asset:
    """Return an asset by name.

    Raises
    ------
    UsageError : there is none of that name; with the nearest one.
    """
    name = text.strip().casefold().replace(" ", "_").replace("-", "_")
    if name in ASSETS:
        return ASSETS[name]
    hint = suggestion(name, ASSETS) or "known are " + ", ".join(ASSETS)
    raise UsageError(f"'{printable(text)}' is nothing that the atlas knows to build; {hint}")


@cache
def intensities_of(name: str) -> dict[str, Figure]:
    """Return the tonnes of each product that one unit of an asset takes, with low and high; empty where nothing is known.

    A product that is missing is unknown, not zero.
    """
    asset = ASSETS[name]
    if not asset.subject:
        return {}
    stated = _as_products(asset.subject)
    if name == "dwelling":
        area = _figure("housing_unit", "floor_area")
        size, why, also = area.value, f"{area.value:g} m2 a dwelling", area.source
    else:
        size, why, also = asset.times, f"{asset.times:g} tracks" if asset.times != 1 else "", ""
    out = {}
    for product in sorted(set(stated.get_column("product"))):
        found = _of_studies(stated.filter(pl.col("product") == product))
        if found is not None:
            out[product] = _in_tonnes(found, size, asset.unit, why, also)
    return out


def _figure(subject: str, metric: str) -> Figure:
    found = figure("intensities", subject, metric)
    if found is None:
        raise LookupError(f"the package has no {metric} of {subject}")
    return found


def _as_products(subject: str) -> pl.DataFrame:
    """Return the rows of an asset under the names of products, concrete as its cement, one row a study and product where they add."""
    share = _figure("concrete", "cement")
    frame = rows("intensities", subject).with_columns(pl.col("metric", "unit", "source", "note").cast(pl.String))
    frame = frame.filter(pl.col("metric").is_in(list(PRODUCT_OF)))
    if not subject.startswith(GLAZED):
        frame = frame.filter(pl.col("metric") != "glass")
    concrete = pl.col("metric") == "concrete"
    factor = pl.when(concrete).then(share.value).otherwise(1.0)
    frame = frame.with_columns(
        *(pl.col(column) * factor for column in ("value", "low", "high")),
        product=pl.col("metric").replace_strict(PRODUCT_OF),
        note=pl.concat_str(
            "note", pl.when(concrete).then(pl.lit(f"cement = {share.value:g} x concrete")), separator="; ", ignore_nulls=True
        ),
    )
    if subject in LAYERED:
        sums = frame.group_by("product", "unit", "source", "year", maintain_order=True)
        return sums.agg(
            pl.col("value").sum(),
            *(pl.lit(None, pl.Float64).alias(n) for n in ("low", "high")),
            pl.col("verified").all(),
            pl.col("note").last(),
        )
    stated = (~concrete & (pl.col("product") == "cement")).any().over("source")
    return frame.filter(~(concrete & stated))


def _of_studies(stated: pl.DataFrame) -> Figure | None:
    """Return one intensity of what several studies say."""
    inventory = pl.col("note").str.contains(LIFE_CYCLE).fill_null(value=False)
    built = stated.filter(~inventory)
    found = chosen(stated if built.is_empty() else built)
    if found is None or built.height == stated.height:
        return found
    return _ruled(found, "a life-cycle inventory, for want of another" if built.is_empty() else "without life-cycle inventories")


def _in_tonnes(found: Figure, size: float, unit: str, why: str, also: str) -> Figure:
    """Return an intensity in tonnes for one unit of the asset, with the spread of the rule where it has no range."""
    factor = size * TONNES[found.unit.split("/")[0]]
    low, high = found.low, found.high
    if low is None or high is None:
        low, high = found.value * (1 - SPREAD), found.value * (1 + SPREAD)
        found = _ruled(found, f"no range in the source: {100 * SPREAD:.0f} % either way")
    if why:
        found = _ruled(found, why)
    source = " | ".join(part for part in (found.source, also) if part)
    return replace(found, value=found.value * factor, low=low * factor, high=high * factor, unit=f"t/{unit}", source=source)


def _ruled(found: Figure, rule: str) -> Figure:
    return replace(found, rule=", ".join(part for part in (found.rule, rule) if part))


@cache
def intensity_table() -> pl.DataFrame:
    """Return all intensities: asset, product, t_low, t_central, t_high (tonnes for one unit), source, verified, rule."""
    known = [
        (name, product, f.low, f.value, f.high, f.source, f.verified, f.rule)
        for name in ASSETS
        for product, f in intensities_of(name).items()
    ]
    schema = {"asset": pl.String, "product": pl.String, "t_low": pl.Float64, "t_central": pl.Float64, "t_high": pl.Float64}
    return pl.DataFrame(known, {**schema, "source": pl.String, "verified": pl.Boolean, "rule": pl.String}, orient="row")
