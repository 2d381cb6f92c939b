"""The built-in case of the Bright Road programme: what its data must say, and what its tables must state."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from capcoop import Result, built_in_cases, plan_financed, read_case, run
from capcoop.appraise import appraisal_of
from capcoop.atlas.new import make_case
from capcoop.report.summary import gaps
from capcoop.schema import TABLES
from capcoop.sweeps.coalitions import shares_of

FOLDER = built_in_cases()["kazakhstan"]
OWN = FOLDER / "overrides"
FIGURES = ("stock", "recipes", "purchases", "options", "needs", "channels", "freight")
# What only defines the case (the 1 that a process makes), and what ASSUMPTIONS.md tells the sources of, carry no mark.
ELSEWHERE = "case definition|see ASSUMPTIONS.md"

HOME, ABROAD = ("KAZ",), ("CHN", "DEU", "RUS")
# The rows of the table of gains in README.md: roles and countries of each.
GAINERS = {
    "owners of the works, Kazakhstan": (("owners",), HOME),
    "government, Kazakhstan": (("government",), HOME),
    "workers, Kazakhstan": (("workers",), HOME),
    "users, Kazakhstan": (("users",), HOME),
    "who bears the damage of emissions, Kazakhstan": (("environment",), HOME),
    "makers of the equipment": (("contractors",), ABROAD),
    "banks and insurers": (("policy banks", "public insurers"), ABROAD),
    "exporters of China and Russia": (("exporters",), ABROAD),
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(FOLDER, tmp_path_factory.mktemp("run") / "kazakhstan")


def own(table: str) -> pl.DataFrame:
    return pl.read_csv(OWN / f"{table}.csv", infer_schema=False)


def test_baseline_imports_all_its_flat_glass(result: Result) -> None:
    assert result.baseline is not None
    row = gaps(result.case, result.plan, result.baseline).filter(pl.col("product") == "flat-glass").row(0, named=True)
    assert row["baseline_made"] == 0
    assert row["baseline_imported"] == pytest.approx(row["wanted"], rel=1e-6)
    assert row["baseline_unmet"] == 0


def test_plan_is_proven_checked_and_no_dearer_than_the_baseline(result: Result) -> None:
    assert result.plan.outcome["status"] == "optimal"
    assert result.plan.outcome["gap"] <= 2e-4
    assert result.verdict.ok
    assert result.baseline is not None
    assert result.plan.objective <= result.baseline.objective


def test_builds_are_whole_real_units(result: Result) -> None:
    builds = result.plan["builds"].filter(pl.col("builds").is_not_null())
    assert not builds.is_empty()
    assert (builds["builds"] == builds["builds"].round()).all()


def test_case_covers_what_a_programme_needs() -> None:
    case = read_case(FOLDER)
    assert case.size("sites") >= 8
    wanted = {"cement", "flat-glass", "steel", "limestone", "sand", "soda-ash", "coal", "iron-ore", "scrap", "electricity"}
    assert wanted <= set(case.names["products"])
    assert case.frames["sites"].select(pl.col("latitude", "longitude").is_not_null().all()).row(0) == (True, True)


@pytest.mark.parametrize("table", FIGURES)
def test_every_figure_names_its_source(table: str) -> None:
    frame = read_case(FOLDER).frames[table]
    assert frame.get_column("source").null_count() == 0
    figures = frame.filter(~pl.col("source").str.contains(ELSEWHERE))
    assert figures.height > 0
    assert figures.get_column("verified").null_count() == 0


@pytest.mark.parametrize("table", sorted({path.stem for path in OWN.glob("*.csv")} - {"changes"}))
def test_every_own_row_names_its_source_or_takes_away(table: str) -> None:
    frame = own(table)
    left = frame.filter(pl.col("drop") == "yes") if "drop" in frame.columns else frame.head(0)
    assert frame.get_column("source").null_count() == left.height
    assert frame.filter(pl.col("source") != "case definition").get_column("verified").null_count() == 0


def test_hand_made_places_distances_and_works_stand_in_the_case() -> None:
    frames = read_case(FOLDER).frames
    for table, column in (("sites", "latitude"), ("channels", "distance")):
        keys = list(TABLES[table].keys)
        written = own(table).select(*keys, pl.col(column).cast(pl.Float64))
        assert frames[table].select(*keys, column).sort(keys).equals(written.sort(keys))
    mills = frames["stock"].filter(pl.col("line") == "cement-mill")
    assert mills.get_column("capacity").sum() == 11_850
    assert set(mills.get_column("site")) == {"astana", "karaganda", "shu", "aktau", "semey", "oskemen", "shymkent"}
    rails = frames["stock"].filter(pl.col("site") == "aktobe", pl.col("line") == "section-mill")
    assert rails.get_column("period").to_list() == [str(year) for year in range(2016, 2025)]
    gas = frames["purchases"].filter(pl.col("product") == "natural-gas").get_column("site")
    assert "pavlodar" not in gas.to_list()
    assert gas.null_count() == 0


def test_all_else_is_the_atlas_with_its_own_places_in_it() -> None:
    """The needs, lines and offers are those of the atlas, whatever the own tables say of places, works and prices."""
    plain = make_case("KAZ", ("nurly-zhol",), ("CHN", "DEU"), (2015, 2024)).content.frames
    frames = read_case(FOLDER).frames
    total = pl.col("quantity").sum()
    needs = (frame.group_by("product", "period").agg(total).sort("product", "period") for frame in (frames["needs"], plain["needs"]))
    wanted, atlas = (frame.get_column("quantity").to_numpy() for frame in needs)
    assert wanted == pytest.approx(atlas, rel=1e-4)
    columns = ("line", "supplier", "technology", "unit_size", "lead_years", "life", "build_cost")
    ours, theirs = (
        frame.filter(pl.col("line") != "section-mill").select(columns).unique().sort(columns)
        for frame in (frames["options"], plain["options"])
    )
    assert ours.drop("build_cost").equals(theirs.drop("build_cost"))
    # A case that was read counts in its own money, million USD; the atlas states thousand.
    assert 1000 * ours["build_cost"].to_numpy() == pytest.approx(theirs["build_cost"].to_numpy())


def _told(text: str, row: str) -> float:
    """Return the number of a row of the table of gains in the page."""
    found = re.search(rf"^\| {row}[^|]*\| (-?\d+) \|", text, re.MULTILINE)
    assert found, row
    return float(found[1])


def test_readme_tells_who_gains(result: Result) -> None:
    """Plans within the gap of the solver differ in what they build and when, hence the tolerance in million USD."""
    assert result.baseline is not None
    appraisal = appraisal_of(result.case, result.plan, result.baseline)
    text = (Path(FOLDER) / "README.md").read_text(encoding="utf-8").partition("## Who gains")[2].partition("## What was built")[0]
    gains = dict.fromkeys(("all", *GAINERS), 0.0)
    for role, country, gain in appraisal.gains.table.select("role", "country", "gain").iter_rows():
        place = next((row for row, (roles, codes) in GAINERS.items() if role in roles and country in codes), None)
        gains["all"] += gain
        if place:
            gains[place] += gain
    for row, gain in gains.items():
        assert _told(text, row) == pytest.approx(gain, abs=3), row
    home = sum(gain for row, gain in gains.items() if row.endswith("Kazakhstan"))
    assert float(re.findall(r"Kazakhstan gains (\d+) of it", text)[0]) == pytest.approx(home, abs=3)
    losers = appraisal.gains.table.filter(pl.col("gain") < -1).select("role").to_series().unique().sort().to_list()
    assert losers == ["environment", "exporters"]


def test_readme_tells_the_deal(result: Result) -> None:
    assert result.baseline is not None
    deal = appraisal_of(result.case, result.plan, result.baseline).deal
    assert deal is not None
    assert deal.holds
    gains = {(role, country): gain for role, country, gain in deal.gains.select("role", "country", "settled").iter_rows()}
    least = min(gain for (role, _), gain in gains.items() if role not in {"workers", "funds"})
    text = (Path(FOLDER) / "README.md").read_text(encoding="utf-8").replace("\n", " ")
    for pattern, gain, tolerance in (
        (r"workers (\d\.\d), which is the most", gains["workers", "KAZ"], 0.5),
        (r"all others (\d\.\d) at least", least, 0.8),
        (r"Owners in Kazakhstan keep (\d+)", gains["owners", "KAZ"], 12),
        (r"German owners get (\d+)", gains["owners", "DEU"], 12),
        (r"emissions (\d) instead", gains["environment", "KAZ"], 2),
    ):
        found = re.search(pattern, text)
        assert found, pattern
        assert float(found[1]) == pytest.approx(gain, abs=tolerance), pattern


def test_readme_tells_the_debt_of_the_government(result: Result) -> None:
    assert result.baseline is not None
    tables = appraisal_of(result.case, result.plan, result.baseline).tables
    top = tables["debt"].sort("guaranteed", descending=True).row(0, named=True)
    text = (Path(FOLDER) / "README.md").read_text(encoding="utf-8").replace("\n", " ")
    ratios = tables["debt_ratios"].filter(pl.col("year") == top["year"])
    added = dict(ratios.select("indicator", "added").iter_rows())
    grants = tables["public_loans"].select(pl.col("grant_element").min().alias("low"), pl.col("grant_element").max().alias("high")).row(0)
    for pattern, amount, tolerance in (
        (r"stands behind (\d+) at most", top["guaranteed"], 12),
        (r"at most, in (\d+)", top["year"], 1),
        (r"(\d\.\d+) % of GDP and", added["present value of external debt to GDP"], 0.01),
        (r"and (\d\.\d+) % of exports", added["present value of external debt to exports"], 0.02),
        (r"from 14\.5 to (\d+\.\d+) % of GDP", 14.5 + added["public debt to GDP"], 0.01),
        (r"Grant elements are (\d+) to", 100 * grants[0], 1),
        (r"Grant elements are \d+ to (\d+) %", 100 * grants[1], 1),
    ):
        told = re.search(pattern, text)
        assert told, pattern
        assert float(told[1]) == pytest.approx(amount, abs=tolerance), pattern
    assert (tables["public_loans"].get_column("concessional") == "no").all()


def test_readme_tells_what_each_country_brings(result: Result) -> None:
    assert result.baseline is not None
    found = shares_of(result.case, result.plan, result.baseline)
    shares = dict(found.table.select("country", "share").iter_rows())
    last = dict(found.table.select("country", "last").iter_rows())
    text = (Path(FOLDER) / "README.md").read_text(encoding="utf-8").replace("\n", " ")
    for pattern, amount in (
        (r"the plan saves (\d+) against building nothing", found.gain),
        (r"without China (\d+) is lost", last["CHN"]),
        (r"without Germany (\d+), since", last["DEU"]),
        (r"Kazakhstan adds (\d+) of it", shares["KAZ"]),
        (r"of it, China (\d+)", shares["CHN"]),
        (r"and Germany (\d+)\.", shares["DEU"]),
    ):
        told = re.search(pattern, text)
        assert told, pattern
        assert float(told[1]) == pytest.approx(amount, abs=2), pattern


def test_readme_tells_what_is_known_better_and_compares_with_what_was_built() -> None:
    text = (Path(FOLDER) / "README.md").read_text(encoding="utf-8")
    for table in OWN.glob("*.csv"):
        assert f"`{table.stem}`" in text
    for word in ("ASSUMPTIONS.md", "What was built", "Kyzylorda", "197.1 kt", "14,350 kt"):
        assert word in text


def test_what_financing_changes(result: Result) -> None:
    """The table of README.md on plan and financing holds, to the gap that plans are proven to."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8").split("## What financing changes")[1].split("\n## ")[0]
    lines = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.startswith("| ")]
    rows = {cells[1]: cells[2:4] for cells in lines}
    found = plan_financed(result.case)
    assert found.state == "agreed"
    assert "agree after six rounds" in text
    assert found.rounds.get_column("round").n_unique() == 6
    first, last = (found.rounds.filter(pl.col("round") == number) for number in (0, found.kept))
    costs = {"cost, capital at 10 %": "own_objective", "cost, capital as financed": "financed_objective"}
    for name, column in costs.items():
        for cell, table in zip(rows[name], (first, last), strict=True):
            assert table.get_column(column)[0] == pytest.approx(float(cell.replace(",", "")), rel=3e-4)
    whole = {"cement works": ("cement-works", 1000.0), "grinding stations": ("grinding-station", 1000.0), "mini-mills": ("minimill", 254.0)}
    whole |= {"integrated steelworks": ("integrated-steelworks", 3000.0), "float lines": ("glass-works", 197.1)}
    for name, (start, size) in whole.items():
        for cell, table in zip(rows[name], (first, last), strict=True):
            amount = float(table.filter(pl.col("option").str.starts_with(start)).get_column("built").sum())
            assert round(amount / size) == int(cell.split()[0])
    rates = {"cement-works-deu-aktobe": 0.076, "glass-works-deu-aktobe": 0.065}
    for option, cost in rates.items():
        assert last.filter(pl.col("option") == option).get_column("cost_of_capital").item() == pytest.approx(cost, abs=5e-4)
