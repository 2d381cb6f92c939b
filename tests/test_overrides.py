"""A user's own tables stand in for the atlas's, and what is wrong with them is told."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from capcoop import CaseError, UsageError, check_case, read_case
from capcoop.atlas.new import Made, make_case, write_made
from capcoop.cli import app

SITES = """site,country,latitude,longitude,kind,people,beyond,source,year,verified,note
north,,9.5,1.2,market,300000,,own survey,2014,yes,a town
south,TGO,6.4,1.3,market,100000,,own survey,2014,yes,
quarry,,8.0,1.1,plant,,,own survey,2014,yes,
fork,,7.0,1.1,junction,,,,,,
lome-port,,6.13,1.29,port,,,,,,
border,,6.2,1.2,crossing,,Ghana,,,,
"""
CHANNELS = """channel,from,to,mode,distance,both_ways,source,verified
coast,lome-port,south,road,40,yes,own map,yes
trunk,south,fork,rail,90,yes,own map,yes
branch,fork,north,rail,300,yes,own map,yes
works,fork,quarry,rail,120,yes,own map,yes
"""


def folder(path: Path, **tables: str) -> Path:
    """Write tables of a user's own; a table of lines parted by ` / ` is written out."""
    own = path / "own"
    own.mkdir()
    for name, text in tables.items():
        (own / f"{name}.csv").write_text(text.replace(" / ", "\n"), encoding="utf-8")
    return own


def made(path: Path, **tables: str) -> Made:
    return make_case("Togo", overrides=folder(path, **tables))


def test_own_places_and_channels_stand_instead_of_the_atlas(tmp_path: Path) -> None:
    one = made(tmp_path, sites=SITES, channels=CHANNELS)
    frames = one.content.frames
    assert frames["sites"].get_column("site").to_list() == ["north", "south", "quarry", "fork", "lome-port", "border"]
    assert set(frames["sites"].get_column("country")) == {"TGO"}
    assert frames["sites"].item(0, "note") == "a town"
    cement = frames["needs"].filter((pl.col("product") == "cement") & (pl.col("period") == "2015"))
    north, south = (cement.filter(pl.col("site") == name).item(0, "quantity") for name in ("north", "south"))
    assert north == pytest.approx(3 * south, rel=1e-6)
    assert set(cement.get_column("site")) == {"north", "south"}
    assert set(frames["options"].get_column("site")) == {"north", "south", "quarry"}
    assert set(frames["purchases"].get_column("site").drop_nulls()) == {"lome-port", "north", "south", "quarry"}
    assert frames["channels"].get_column("distance").to_list() == [40, 90, 300, 120]
    # Goods travel on rail and on road, and pay on both, whatever the country's own mode is.
    assert {"road", "rail"} <= set(frames["freight"].get_column("mode"))
    path, _ = write_made(one, tmp_path / "case")
    assert check_case(path)[1] == []


def test_rows_are_added_replaced_and_taken_away(tmp_path: Path) -> None:
    atlas = make_case("Togo").content.frames
    options = atlas["options"].get_column("option")
    assert atlas["stock"].filter(pl.col("line") == "cement-mill").height > 1
    one = made(
        tmp_path,
        stock="site,line,capacity,drop,source / ,cement-mill,,yes, / lome,cement-mill,900,,own count / lome,cement-kiln,700,,own count",
        products="product,unit,drop / urea,,yes",
        options=f"option,site,line,build_cost,currency,source / {options[0]},lome,cement-mill,90,thousand USD,own offer",
    )
    frames = one.content.frames
    stock = frames["stock"]
    assert stock.filter(pl.col("line") == "cement-mill").select("site", "capacity").rows() == [("lome", 900)]
    kilns = stock.filter(pl.col("line") == "cement-kiln").select("site", "capacity").rows()
    assert ("lome", 700) in kilns
    assert len(kilns) == atlas["stock"].filter(pl.col("line") == "cement-kiln").height
    # What names a thing that was taken away goes with it.
    for table in ("needs", "purchases", "recipes", "freight"):
        assert "urea" not in set(frames[table].get_column("product"))
    first = frames["options"].filter(pl.col("option") == options[0]).row(0, named=True)
    # A row stands in whole: what it leaves blank is the schema's default, not the atlas's figure.
    assert (first["build_cost"], first["source"], first["unit_size"]) == (90, "own offer", None)
    assert frames["options"].height == atlas["options"].height
    assert "own/stock.csv: 2 rows, 1 of them in place of the atlas's; 5 of the atlas's taken away." in one.assumptions
    assert "own/products.csv: 0 rows, 0 of them in place of the atlas's; 1 of the atlas's taken away." in one.assumptions


def test_without_overrides_nothing_is_told_of_them() -> None:
    assert "Tables of the user's own" not in make_case("Togo").assumptions


def test_scenarios_of_every_case(tmp_path: Path) -> None:
    one = made(
        tmp_path,
        needs="site,product,period,quantity,source / lome,cement,2024,5000,own plan",
        changes="scenario,table,key,column,value / no-port,purchases,from-chn;x;cement,limit,0 / dear-capital,case,,discount_rate,0.2",
    )
    frames = one.content.frames
    changes = frames["changes"]
    names = changes.get_column("scenario").unique(maintain_order=True).to_list()
    assert names[-2:] == ["no-port", "dear-capital"]
    assert set(names) >= {"slow-growth", "fast-growth", "no-chn-lines", "no-deu-lines"}
    needs = frames["needs"]
    growth = 1 + 1e-2 * _growth(one.assumptions)
    for scenario, share in (("slow-growth", 0.5), ("fast-growth", 1.5)):
        value = float(changes.filter(pl.col("scenario") == scenario, pl.col("key") == "lome;urea;2020").item(0, "value"))
        base = needs.filter(site="lome", product="urea", period="2020").item(0, "quantity")
        assert value == pytest.approx(base * ((1 + share * (growth - 1)) / growth) ** 6, rel=1e-3)
    # A need of the user's own stays in every scenario; what holds a part of a supplier's falls away without him.
    assert changes.filter(pl.col("key") == "lome;cement;2024").is_empty()
    options = frames["options"]
    left = options.filter((pl.col("supplier") == "DEU") | (pl.col("technology") == "DEU")).get_column("option").to_list()
    assert changes.filter(pl.col("scenario") == "no-deu-lines").get_column("key").to_list() == left
    assert changes.filter(pl.col("scenario") == "dear-capital").get_column("value").to_list() == ["0.2"]
    path, _ = write_made(one, tmp_path / "case")
    assert read_case(path, "no-chn-lines")["options"].frame.filter(pl.col("maximum_builds") == 0).height > 0


def _growth(text: str) -> float:
    row = next(line for line in text.splitlines() if line.startswith("| growth of ordinary needs |"))
    return float(row.split("|")[2].split()[0])


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            {"sites": SITES.replace("plant,", "plnt,")},
            "own/sites.csv row 4, column kind: 'plnt' is no kind of place; did you mean 'plant'?",
        ),
        ({"sites": SITES.replace("9.5", "")}, "own/sites.csv row 2, column latitude: a blank is not enough for distances; write degrees"),
        ({"sites": SITES.replace("9.5", "95")}, "own/sites.csv row 2, column latitude: 95 must be at most 90"),
        ({"sites": SITES.replace("Ghana", "Gana")}, "own/sites.csv row 7, column beyond: 'Gana' is not a country; did you mean 'Ghana'?"),
        (
            {"sites": SITES.replace("plant,,", "plant,5,")},
            "own/sites.csv row 4, column people: 5 does not fit kind plant; write kind market",
        ),
        ({"sites": SITES.replace("port,,,", "port,,Ghana,")}, "own/sites.csv row 6, column beyond: 'Ghana' does not fit kind port"),
        ({"sites": SITES.replace("300000", "0").replace("100000", "0")}, "own/sites.csv, column people: no site has people whose needs"),
        ({"sites": SITES.replace("south", "north")}, "own/sites.csv row 3: key 'north' is there already in row 2"),
        ({"sites": SITES.replace("people", "peeple")}, "own/sites.csv row 1, column peeple: 'peeple' is not a column of sites"),
        ({"sites": "site / "}, "own/sites.csv: the table has no rows; write all of them, or delete the file"),
        (
            {"channels": CHANNELS.replace(",road,", ",mule,")},
            "own/channels.csv row 2, column mode: 'mule' has no freight; write one of air,",
        ),
        ({"channels": CHANNELS}, "own/channels.csv row 2, column to: 'south' is not in sites"),
        ({"stok": "site / a"}, "own/stok.csv: 'stok' is not a table of a case; did you mean 'stock'?"),
        (
            {"stock": "site,line,capacity / lomee,cement-mill,5"},
            "own/stock.csv row 2, column site: 'lomee' is not in sites; did you mean 'lome'?",
        ),
        (
            {"stock": "site,line,capacity,drop / lome,glass-mill,,yes"},
            "own/stock.csv row 2, column drop: a row takes away nothing: the atlas has no",
        ),
        ({"stock": "site,line,capacity,drop / ,,,yes"}, "own/stock.csv row 2, column drop: a row takes away nothing"),
        ({"stock": "site,line,capacity / lome,cement-mill,much"}, "own/stock.csv row 2, column capacity: 'much' is not a number"),
    ],
)
def test_faults_are_told_with_file_row_and_column(tables: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        made(tmp_path, **tables)
    assert message in str(caught.value)


def test_a_folder_without_tables(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere is no folder with tables"):
        make_case("Togo", overrides=tmp_path / "nowhere")


def test_the_command(tmp_path: Path) -> None:
    own = folder(tmp_path, stock="site,line,capacity,source / lome,cement-mill,900,own count")
    asked = ["new", str(tmp_path / "case"), "--overrides", str(own)]
    done = CliRunner().invoke(app, asked)
    assert (done.exit_code, "--overrides need --host" in done.stderr) == (2, True)
    assert CliRunner().invoke(app, [*asked, "--host", "TGO"]).exit_code == 0
    assert (tmp_path / "case" / "stock.csv").read_text(encoding="utf-8").count("own count") == 1
    (own / "stock.csv").write_text("site,line,capacity\nlomee,cement-mill,900\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["new", str(tmp_path / "other"), "--overrides", str(own), "--host", "TGO"])
    assert (done.exit_code, "own/stock.csv row 2, column site" in done.stderr) == (1, True)
    assert not (tmp_path / "other").exists()
