"""Programmes: what physical items take of each product, which stated items count, and what a user's own file may hold."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from capcoop import UsageError
from capcoop.atlas.figures import table
from capcoop.atlas.intensities import ASSETS, SPREAD, find_asset, intensities_of
from capcoop.atlas.programmes import (
    ITEMS,
    NO_INTENSITY,
    built_in_programmes,
    explode,
    find_programme,
    needs_of,
    read_programme,
    stated_items,
)

CEMENT_OF_CONCRETE = 0.143
STRUCTURES = {"railway_bridge", "railway_tunnel"}


def items(*cells: tuple[str, float, int, int]) -> pl.DataFrame:
    whole = [(asset, asset, amount, ASSETS[asset].unit, first, last, "a plan", True, None) for asset, amount, first, last in cells]
    return pl.DataFrame(whole, ITEMS, orient="row")


def total(frame: pl.DataFrame, level: str = "central") -> dict[str, float]:
    """Return kt of each product over all years."""
    return dict(frame.group_by("product").agg(pl.col(level).sum()).sort("product").iter_rows())


def test_hundred_km_of_double_track_and_50_mw_of_wind() -> None:
    needs = explode(items(("railway_double", 100.0, 2015, 2019), ("power_wind", 50.0, 2015, 2019)))
    found = total(needs)
    # Two tracks of 265.2 t concrete and 119.8 t steel a km; wind: the middle of two studies, one of which states 434 t of concrete.
    cement = 100 * 2 * 265.2 * CEMENT_OF_CONCRETE + 50 * (53.6 + 434.0 * CEMENT_OF_CONCRETE) / 2
    steel = 100 * 2 * 119.8 + 50 * (121.4 + 120.0) / 2
    assert cement == pytest.approx(7584.72 + 2891.55)
    assert steel == pytest.approx(23960.0 + 6035.0)
    assert found["cement"] == pytest.approx(cement / 1e3)
    assert found["finished_steel"] == pytest.approx(steel / 1e3)
    assert found["copper"] == pytest.approx(50 * (2.73 + 2.52) / 2 / 1e3)
    assert found["aluminium"] == pytest.approx(50 * (0.87 + 1.66) / 2 / 1e3)
    # Wind copper in the studies from 0.89 to 15.35 t a MW; track steel has no range, so the rule gives 30 % either way.
    assert total(needs, "high")["copper"] == pytest.approx(50 * 15.35 / 1e3)
    assert total(needs, "low")["finished_steel"] == pytest.approx((23960 * 0.7 + 50 * 54.0) / 1e3)
    assert needs.get_column("unit").unique().to_list() == ["kt"]


def test_quantities_are_spread_evenly_over_their_years() -> None:
    needs = explode(items(("road_2_lane", 1000.0, 2015, 2019)))
    assert needs.get_column("year").to_list() == [2015, 2016, 2017, 2018, 2019]
    # 43.0 t in the stabilised base and 303 t of concrete a km: two layers, which add.
    assert needs.get_column("central").to_list() == pytest.approx([200 * (43.0 + 303.0 * CEMENT_OF_CONCRETE) / 1e3] * 5)
    assert explode(items(("road_2_lane", 1000.0, 2015, 2019)), 2018, 2024).get_column("year").to_list() == [2018, 2019]


def test_cement_and_concrete_of_one_study_of_buildings_are_not_both_counted() -> None:
    # 115.4 kg of cement and 539 kg of concrete a m2 are means over different buildings, not two layers of one.
    assert intensities_of("housing_masonry")["cement"].value == pytest.approx(0.1154)
    assert intensities_of("housing")["cement"].value == pytest.approx(0.966 * CEMENT_OF_CONCRETE)


def test_life_cycle_inventories_give_way() -> None:
    solar = intensities_of("power_solar")["cement"]
    assert (solar.value, solar.low, solar.high) == (7.1, 4.8, 10.5)  # 25.4 t with what making the modules takes
    nuclear = intensities_of("power_nuclear")
    assert nuclear["cement"].value == 62.2
    assert "for want of another" in nuclear["cement"].rule
    assert "finished_steel" not in nuclear  # unknown, not zero


def test_glass_is_that_of_buildings() -> None:
    assert [name for name in ASSETS if "flat_glass" in intensities_of(name)] == [
        "housing",
        "housing_single_family",
        "housing_masonry",
        "public_building",
        "dwelling",
    ]
    assert intensities_of("dwelling")["flat_glass"].value == pytest.approx(57.5 * 2.6e-3)


def test_every_intensity_has_a_range_and_a_source() -> None:
    for name in ASSETS:
        for product, one in intensities_of(name).items():
            assert one.source, (name, product)
            assert one.low is not None
            assert one.high is not None
            assert 0 <= one.low <= one.value <= one.high
            assert one.low < one.high
    track = intensities_of("railway_single")["finished_steel"]
    assert (track.low, track.high) == pytest.approx((119.8 * (1 - SPREAD), 119.8 * (1 + SPREAD)))
    assert track.rule == "no range in the source: 30 % either way"


def test_nurly_zhol_takes_what_the_built_in_case_says() -> None:
    """The rows of the table in the case's README, from its quantities."""
    stated = items(
        ("road_2_lane", 7000.0, 2015, 2019),
        ("railway_single", 929.0, 2015, 2019),
        ("housing", 1.4e6, 2015, 2019),
        ("power_hydro", 225.0, 2015, 2024),
    )
    year = explode(stated).filter(pl.col("year") == 2015)
    found = {(asset, product): round(kt, 1) for asset, product, kt in year.select("asset", "product", "central").iter_rows()}
    assert found["road_2_lane", "cement"] == 120.9
    assert found["railway_single", "cement"] == 7.0
    assert found["railway_single", "finished_steel"] == 22.3
    assert found["housing", "cement"] == 38.7
    assert found["housing", "finished_steel"] == 13.7
    assert found["housing", "flat_glass"] == 0.7
    assert found["power_hydro", "cement"] == 9.1


def test_nurly_zhol_of_the_atlas() -> None:
    programme = find_programme("Nurly Zhol", "KAZ")
    assert (programme.name, programme.first, programme.last) == ("nurly-zhol", 2015, 2019)
    assert dict(programme.items.select("asset", "quantity").iter_rows()) == {
        "road_2_lane": 7000.0,
        "railway_single": 805.0,
        "housing": 1.4e6,
    }
    left = dict(programme.left_out.iter_rows())
    assert left["water and heat networks"] == NO_INTENSITY
    assert left["roads built and repaired"] == "another reading of the roads built and reconstructed"
    verified = dict(programme.items.select("asset", "verified").iter_rows())
    assert verified == {"road_2_lane": False, "railway_single": True, "housing": False}  # lanes and type are assumed


def test_every_stated_item_is_used_once_or_left_out_with_a_reason() -> None:
    stated = stated_items()
    keys = ("programme", "item")
    assert set(stated.select(keys).iter_rows()) == set(table("programmes").select(keys).iter_rows())
    assert stated.select((pl.col("asset").is_null() == pl.col("reason").is_not_null()).all()).item()
    assert set(stated.get_column("asset").drop_nulls()) <= set(ASSETS)
    used = stated.filter(pl.col("asset").is_not_null())
    assert used.select(pl.all_horizontal(pl.col("value", "share", "assumed").is_not_null()).all()).item()
    # An item stated twice cannot be used, and its parts are no more than the whole; a structure carries its track.
    assert used.select(*keys, "asset").is_duplicated().sum() == 0
    parts = used.filter(~pl.col("asset").is_in(STRUCTURES)).group_by(keys).agg(pl.col("share").sum())
    assert parts.filter((pl.col("share") <= 0) | (pl.col("share") > 1 + 1e-9)).is_empty()
    assert used.filter((pl.col("share") != 1) & (pl.col("assumed") != "yes")).is_empty()


def test_all_programmes_are_built_in() -> None:
    known = built_in_programmes()
    assert len(known) == 27
    assert {programme.title for programme in known.values()} == set(table("programmes").get_column("programme"))
    for programme in known.values():
        assert programme.items.get_column("quantity").null_count() == 0, programme.name
        needs = explode(programme.items)
        assert needs.is_empty() == programme.items.is_empty()
        assert needs.select(pl.all_horizontal(pl.col("low") <= pl.col("central"), pl.col("central") <= pl.col("high")).all()).item()


def test_programmes_of_one_country_add_up() -> None:
    both = [find_programme(name, "KAZ") for name in ("nurly-zhol", "nurly-zhol-2")]
    assert total(needs_of(both, 2015, 2024)) == total(explode(both[0].items))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nurly-zol", "'nurly-zol' is no programme; did you mean 'nurly-zhol'?"),
        ("cpec", "'cpec' is a programme of Pakistan, not of Kazakhstan"),
        ("bright road", "'bright road' is no programme; allowed: nurly-zhol, nurly-zhol-2"),
        ("none.csv", "none.csv cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_programme(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_programme(text, "KAZ")
    assert str(caught.value) == message


def test_a_country_without_programmes() -> None:
    with pytest.raises(UsageError, match="the atlas has none of Bhutan"):
        find_programme("roads", "BTN")


def test_a_programme_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "Green Line.csv"
    file.write_text(
        "asset,quantity,unit,first,last,source,verified\npower wind,0.05,GW,2026,2027,the ministry,yes\ndwelling,1000,,2026,2026,,\n"
    )
    programme = read_programme(file)
    assert (programme.name, programme.first, programme.last, programme.country) == ("green-line", 2026, 2027, None)
    assert programme.items.select("asset", "quantity", "unit", "source", "verified").rows() == [
        ("power_wind", 50.0, "MW", "the ministry", True),
        ("dwelling", 1000.0, "dwellings", "Green Line.csv", False),
    ]
    assert total(explode(programme.items))["copper"] == pytest.approx(50 * 2.625 / 1e3)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "asset,quantity,first,last\nrailway_duble,3,2015,2010\n",
            [
                "p.csv row 2, column asset: 'railway_duble' is nothing that the atlas knows to build; did you mean 'railway_double'?",
                "p.csv row 2, column last: 2010 is before 2015, the first year; write the years from first to last",
            ],
        ),
        (
            "asset,quantity,unit,first,last\nfibre,-4,GW,20.5,\n",
            [
                "p.csv row 2, column asset: 'fibre' has no intensity: no figure tells what it takes of any product; leave the row out",
                "p.csv row 2, column unit: 'GW' does not measure fibre; write km",
                "p.csv row 2, column quantity: -4 is no quantity; write a number, 0 or more",
                "p.csv row 2, column first: 20.5 is no year; write a year such as 2025",
                "p.csv row 2, column last: a blank is no year; write a year such as 2025",
            ],
        ),
        ("asset,quantity,first\nhousing,many,2015\n", ["p.csv row 1, column last: the column is missing; add it to the heading"]),
        ("asset,quantity,first,last\n", ["p.csv: the programme has no items; write a row for each thing to build"]),
        (
            "asset,quantities,quantity,first,last\n",
            ["p.csv row 1, column quantities: 'quantities' is not a column of a programme; did you mean 'quantity'?"],
        ),
    ],
)
def test_faults_of_ones_own_programme(tmp_path: Path, text: str, messages: list[str]) -> None:
    file = tmp_path / "p.csv"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_programme(file)
    found = str(caught.value).split("\n")
    assert found[: len(messages)] == messages


def test_an_item_without_an_intensity_is_told() -> None:
    with pytest.raises(UsageError, match=r"^no figure tells what fibre cable \(fibre\) takes of any product; leave it out"):
        explode(items(("fibre", 820.0, 2015, 2030)))


def test_assets_by_name() -> None:
    assert find_asset(" Railway double ").name == "railway_double"
    with pytest.raises(UsageError, match="did you mean 'power_wind'"):
        find_asset("power_wnd")
