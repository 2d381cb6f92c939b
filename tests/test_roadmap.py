"""The road map: figures and their ranges, what is missing, tiers, stages, sectors, and everything that can be asked wrongly."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import capcoop
from capcoop.atlas.countries import countries
from capcoop.atlas.figures import by_country
from capcoop.atlas.gap import gaps_of_all
from capcoop.errors import UsageError
from capcoop.report.roadmap import first_ten
from capcoop.roadmap import RoadMap, road_map
from capcoop.roadmap.complement import gap_figures, gap_ranges, strength_of
from capcoop.roadmap.gather import gathered
from capcoop.roadmap.hierarchy import CRITERIA, Measure, measures, scaled, table
from capcoop.roadmap.request import request_of
from capcoop.roadmap.saved import save
from capcoop.roadmap.sectors import line_costs
from capcoop.roadmap.stages import staged
from capcoop.roadmap.told import host_of
from test_cli import ROOT
from test_cli import capcoop as command

DRAWS = 500


@pytest.fixture(scope="module")
def china() -> RoadMap:
    return road_map("CHN", draws=DRAWS)


def measure(normalisation: str, worst: float | None = None, best: float | None = None, *, falls: bool = False) -> Measure:
    return Measure("fit", "part", "one", "figure", "conditions", ("x",), "", normalisation, worst, best, 1.0, "one", falls=falls)


def test_figures_are_brought_to_one_scale() -> None:
    """A rank is the share below and half the share as large; an unknown stays unknown; where less is better low and high swap."""
    figures = np.array([[1, 1, 1], [4, 5, 9], [9, 9, 9], [9, 9, 9], [np.nan] * 3], dtype=float)
    assert scaled(measure("rank"), figures) == pytest.approx(
        np.array([[1 / 8, 1 / 8, 1 / 8], [1 / 4, 3 / 8, 3 / 4], [3 / 4] * 3, [3 / 4] * 3, [np.nan] * 3]), nan_ok=True
    )
    assert scaled(measure("linear", 7, 0, falls=True), np.array([[5.0, 6.0, 8.0]])) == pytest.approx(np.array([[0, 1 / 7, 2 / 7]]))


def test_the_hierarchy_names_figures_that_the_atlas_has() -> None:
    for one in measures():
        if one.reading == "figure":
            assert len(by_country(one.theme, one.metrics[0])) > 100, one.figure
    assert {one.criterion for one in measures()} == set(CRITERIA)
    assert len({one.figure for one in measures()}) == len(measures())


def test_every_row_of_a_table_has_its_source() -> None:
    for name in ("policy", "territories"):
        frame = table(name)
        assert frame.get_column("source").null_count() == 0
        assert set(frame.get_column("verified")) <= {"yes", "no"}
    assert set(table("policy").get_column("country")) <= set(countries())


def test_gaps_with_ordinary_demand_are_those_of_the_atlas() -> None:
    """Indonesia's cement: at most what ordinary demand and catching up leave of what it can make at least."""
    atlas = gaps_of_all(2026, 2035, until=2025).products.row(
        by_predicate=(pl.col("country") == "IDN") & (pl.col("product") == "cement"), named=True
    )
    own = gap_ranges(2026, 2035).row(by_predicate=(pl.col("country") == "IDN") & (pl.col("product") == "cement"), named=True)
    assert atlas["gap"] is None
    assert (own["low"], own["high"]) == (0.0, atlas["gap_at_most"])
    assert own["value"] == pytest.approx(atlas["gap_at_most"] / 2)
    known = gaps_of_all(2026, 2035, until=2025).products.filter(pl.col("capacity").is_not_null(), pl.col("ordinary").is_not_null())
    for row in known.head(20).iter_rows(named=True):
        ours = gap_ranges(2026, 2035).row(
            by_predicate=(pl.col("country") == row["country"]) & (pl.col("product") == row["product"]), named=True
        )
        assert ours["value"] == pytest.approx(max(0.0, row["ordinary"] - row["capacity"]))
        assert ours["value"] == ours["low"] <= ours["high"]
    shares = [one.value for one in gap_figures("cement", 2026, 2035, share=False).values()]
    assert sum(shares) == pytest.approx(1)


def test_strength_is_a_share_of_the_world() -> None:
    cement = strength_of("CHN", "cement", 2014)
    assert cement is not None
    assert cement.value == pytest.approx(2_492_000 / 4_149_229, rel=1e-3)
    assert strength_of("CHN", "urea", 2014) is None


def test_all_countries_with_data_are_ranked(china: RoadMap) -> None:
    """All of the atlas but the supplier, its territories and those of which less than a quarter is known, each once."""
    left = set(china.unranked.get_column("country")) | set(table("territories").get_column("territory")) | {"CHN"}
    ranked = china.ranking.get_column("country").to_list()
    assert sorted(ranked) == sorted(set(countries()) - left)
    assert len(ranked) > 180
    assert china.unranked.get_column("known").max() < 0.25  # type: ignore[operator]
    assert china.ranking.get_column("known").min() >= 0.25  # type: ignore[operator]
    for (_,), tier in china.ranking.group_by("tier"):
        assert tier.get_column("rank").to_list() == sorted(tier.get_column("rank"))
        assert tier.get_column("first_ten").sum() == pytest.approx(10)
        assert tier.get_column("first").sum() == pytest.approx(1)
    shares = china.ranks.group_by("country").agg(pl.col("share").sum())
    assert shares.get_column("share").to_numpy() == pytest.approx(np.ones(len(ranked)))


def test_developed_markets_are_a_tier_of_their_own(china: RoadMap) -> None:
    tiers = dict(china.ranking.select("country", "tier").iter_rows())
    assert {tiers[code] for code in ("DEU", "JPN", "SGP", "CHL", "USA")} == {"developed"}
    assert {tiers[code] for code in ("KAZ", "BRA", "MYS", "ETH", "RUS")} == {"developing"}


def test_a_missing_figure_widens_the_answer_and_is_no_zero(china: RoadMap) -> None:
    """Of two countries as good, the less known spreads over more ranks; nobody is last for want of figures alone."""
    frame = china.ranking.filter(pl.col("tier") == "developing").with_columns(width=pl.col("rank_high") - pl.col("rank_low"))
    middle = frame.filter(pl.col("rank").is_between(20, 100))
    known = middle.filter(pl.col("known") > 0.75).get_column("width").mean()
    little = middle.filter(pl.col("known") < 0.55).get_column("width").mean()
    assert little > known  # type: ignore[operator]
    found = gathered(request_of("CHN"))
    missing = np.isnan(found.value)
    assert missing.any()
    assert not np.isnan(np.concatenate(found.known)).any()
    place = [one.figure for one in found.measures].index("memorandum")
    signed = np.nansum(found.value[:, place])
    assert found.known[place].mean() == pytest.approx(signed / len(found.codes))  # yes as often as countries have it


def test_weights_and_figures_of_the_hierarchy_add_up(china: RoadMap) -> None:
    sums = china.hierarchy.group_by("criterion").agg(pl.col("weight").sum(), pl.col("criterion_weight").first())
    assert sums.get_column("weight").to_numpy() == pytest.approx(np.ones(4))
    assert sums.get_column("criterion_weight").to_numpy() == pytest.approx(np.full(4, 0.25))
    parts = china.parts.filter(pl.col("country") == "KAZ", pl.col("criterion") == "conditions")
    score = china.ranking.filter(pl.col("country") == "KAZ").item(0, "conditions")
    assert (parts.get_column("score") * parts.get_column("weight")).sum() == pytest.approx(score)


def test_italy_left_and_so_wishes_less(china: RoadMap) -> None:
    figures = china.figures.filter(pl.col("figure") == "memorandum")
    assert dict(figures.select("country", "value").iter_rows())["ITA"] == 0.0


def test_what_came_later_is_not_known() -> None:
    early = road_map("CHN", draws=100, years="2015-2024")
    assert early.figures.get_column("year").max() == 2014
    assert any("OECD risk class" in note for note in early.notes)


def test_weights_that_are_given_are_used() -> None:
    only = road_map("CHN", draws=100, weights="conditions=1", method="sum").ranking.filter(pl.col("tier") == "developing")
    assert only.get_column("score").to_numpy() == pytest.approx(only.get_column("conditions").to_numpy())
    assert only.get_column("conditions").is_sorted(descending=True)


@pytest.mark.parametrize("asked", [{"method": "vikor"}, {"method": "promethee"}, {"weighting": "entropy"}, {"weighting": "critic"}])
def test_other_methods_and_weights(asked: dict[str, str], china: RoadMap) -> None:
    found = road_map("CHN", draws=100, region="Africa", **asked)
    assert sum(found.weights) == pytest.approx(1)
    assert set(found.ranking.get_column("region")) == {"Africa"}
    best = found.ranking.head(8).get_column("country").to_list()
    usual = china.ranking.filter(pl.col("region") == "Africa").head(16).get_column("country").to_list()
    assert len(set(best) & set(usual)) >= 5


def test_another_supplier_as_far_as_the_figures_go() -> None:
    found = road_map("DEU", draws=100, region="Africa")
    assert found.weights[CRITERIA.index("desire")] == 0
    assert found.ranking.get_column("desire").null_count() == found.ranking.height
    assert any("nothing is known of desire" in note for note in found.notes)
    assert not any("Belt and Road" in note for note in found.notes)  # which only China can have
    unknown = road_map("FRA", draws=100, region="Africa")
    assert unknown.weights[CRITERIA.index("foundation")] == 0


def test_a_table_of_words_counts(tmp_path: Path, china: RoadMap) -> None:
    file = tmp_path / "words.csv"
    file.write_text("country,documents,mentions,per_10000\nKenya,3,40,52.5\nKAZ,9,10,1\nPER,1,1,0\n", encoding="utf-8")
    found = road_map("CHN", draws=100, words=str(file))
    before, after = (one.ranking.filter(pl.col("country") == "KEN").item(0, "desire") for one in (china, found))
    assert after > before
    assert "words" in found.hierarchy.get_column("figure").to_list()


def test_stages_follow_scores_and_the_map() -> None:
    """Laos reaches the sea through Vietnam, Cambodia borders on it, Fiji is near nobody; the worse half is left aside."""
    codes = ["VNM", "BRA", "THA", "LAO", "KHM", "PER", "FJI", "MLI", "TCD", "MNG", "NPL", "BTN"]
    ranking = pl.DataFrame({"country": codes, "rank": range(1, 13), "first_ten": [0.9, 0.8, 0.6, *[0.1] * 9]})
    fits = pl.DataFrame({"country": ["VNM", "VNM", "VNM", "LAO"], "sector": ["steel", "chemicals", "vehicles", "steel"]})
    plan = staged(ranking, fits.with_columns(fit=pl.Series([0.5, 0.3, None, 0.2])), (2026, 2034))
    rows = {(row["stage"], row["country"]): row for row in plan.iter_rows(named=True)}
    assert [code for stage, code in rows if stage == "point"] == ["VNM", "BRA", "THA"]
    assert [code for stage, code in rows if stage == "line"] == ["LAO", "PER"]
    assert "Two Ocean Railway with Brazil" in rows["line", "PER"]["reason"]
    assert [code for stage, code in rows if stage == "area"] == ["VNM", "KHM"]
    assert rows["area", "VNM"]["sectors"] == "chemicals"
    assert rows["point", "BRA"]["sectors"].startswith("unknown")
    starts = {stage: {row["first"] for (own, _), row in rows.items() if own == stage} for stage in ("point", "line", "area")}
    assert starts == {"point": {2026, 2027, 2028}, "line": {2029, 2030}, "area": {2032, 2033}}


def test_sectors_of_a_host(china: RoadMap) -> None:
    """Twelve of them; jobs and capital are gap times those of a unit of the line; what is unknown is null."""
    own = china.sectors.filter(pl.col("country") == "IDN")
    assert own.height == 12
    steel = own.row(by_predicate=pl.col("sector") == "steel", named=True)
    each = line_costs().row(by_predicate=pl.col("product") == "finished_steel", named=True)
    gap = gap_ranges(2026, 2035).row(by_predicate=(pl.col("country") == "IDN") & (pl.col("product") == "finished_steel"), named=True)
    assert steel["jobs"] == pytest.approx(gap["value"] * 350 / 300)
    assert steel["capital"] == pytest.approx(gap["value"] * each["capital_value_each"])
    assert each["capital_value_each"] == pytest.approx(0.5, rel=0.05)  # about 500 USD for a tonne a year
    railway = own.row(by_predicate=pl.col("sector") == "railway", named=True)
    assert [railway[name] for name in ("gap", "strength", "jobs", "capital", "fit")] == [None] * 5
    power = own.row(by_predicate=pl.col("sector") == "electric power", named=True)
    gap = gap_ranges(2026, 2035).row(by_predicate=(pl.col("country") == "IDN") & (pl.col("product") == "electricity"), named=True)
    dearest = 2364 / 1000 / (8.76 * 0.18)  # MUSD for a GWh a year: solar power as in 2014
    assert power["capital_high"] == pytest.approx(gap["high"] * dearest)
    light = own.row(by_predicate=pl.col("sector") == "light industry and textiles", named=True)
    assert (light["gap"], light["jobs"], light["strength"] is None) == (None, None, False)


def test_a_sector_alone() -> None:
    found = road_map("CHN", draws=100, sectors=["building materials"])
    fit = found.hierarchy.filter(pl.col("criterion") == "fit").get_column("figure").to_list()
    assert fit == ["need:cement", "size:cement"]
    bare = road_map("CHN", draws=100, sectors=["railway"])
    assert bare.weights[0] == 0
    assert "no gap is known in railway" in bare.notes


def test_the_table_for_a_report(china: RoadMap) -> None:
    headings, rows = first_ten(china.ranking)
    assert len(rows) == 10
    assert all(len(row) == len(headings) for row in rows)
    assert rows[0][1] == china.ranking.item(0, "name")


def test_the_public_name_is_there() -> None:
    assert capcoop.road_map is road_map


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"supplier": "Chinaa"}, "'Chinaa' is not a country; did you mean 'China'?"),
        ({"region": "Afrika"}, "'Afrika' is no region of a road map; did you mean 'Africa'?"),
        ({"sectors": ["stele"]}, "'stele' is no sector of a road map; did you mean 'steel'?"),
        ({"method": "ahp"}, "'ahp' is no method of a road map"),
        ({"weighting": "entropie"}, "did you mean 'entropy'?"),
        ({"weights": "fit=0.5,desire=0.4"}, "--weights add up to 0.9, not to 1"),
        ({"weights": "fit=1.5,desire=-0.5"}, "a weight is 0 or more"),
        ({"weights": "fit=nan,desire=1"}, "a weight is 0 or more"),
        ({"weights": "fit"}, "write CRITERION=WEIGHT"),
        ({"weights": "fit=a"}, "'a' is no number"),
        ({"weights": "fit=0.5,fit=0.5"}, "names fit twice"),
        ({"weights": "fitt=1"}, "did you mean 'fit'?"),
        ({"weights": "fit=1", "weighting": "critic"}, "contradict each other"),
        ({"draws": 3}, "--draws 3: write a whole number from 100"),
        ({"seed": -1}, "--seed -1"),
        ({"years": "2035-2026"}, "run backwards"),
        ({"words": "nowhere.csv"}, "there is no such file"),
        ({"supplier": "DEU", "weights": "desire=1"}, "nothing is known of the criteria that --weights names"),
        ({"region": "Australia and New Zealand", "supplier": "AUS"}, "fewer than two partners"),
    ],
)
def test_bad_requests_end_in_a_sentence(asked: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError) as error:
        road_map(**{"supplier": "CHN", "draws": 100, **asked})  # type: ignore[arg-type]
    assert words in str(error.value)


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymcdm.methods", None)
    with pytest.raises(UsageError, match="pip install 'capcoop\\[roadmap\\]'"):
        road_map("CHN", draws=100)


def test_all_faults_at_once() -> None:
    with pytest.raises(UsageError) as error:
        request_of("Chinaa", region="Afrika", weights="fit=2")
    assert str(error.value).count("\n") == 2
    assert "?." not in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("land,count\nKAZ,1\n", "has no column country and no column per_10000"),
        ("country,per_10000\nKAZ,x\nZZZ,1\nPER,-3\nPER,4\nPeru,5\n", "row 2, column per_10000: 'x' is no number"),
        ("country,per_10000\nPER,1e9\n", "is not between 0 and 10 000"),
        ("country,per_10000\nPER,3\nPeru,5\n", "row 3: PER stands there twice"),
        ("country,per_10000\n", "has no row"),
        ("", "cannot be read as a table"),
        ("\x00\xff\x00", "has no column"),
    ],
)
def test_tables_of_words_are_not_trusted(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError) as error:
        request_of("CHN", words=str(file))
    assert words in str(error.value)


def test_the_command_in_eighty_columns(tmp_path: Path) -> None:
    done = command("roadmap", "--draws", "200", "--out", "saved", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for word in ("TOPSIS", "Malaysia", "Developed markets", "Sectors by host", "From point to area", "point", "area", "Saved in"):
        assert word in done.stdout
    assert {path.name for path in (tmp_path / "saved").iterdir()} >= {"ranking.csv", "figures.parquet", "roadmap.json"}
    record = json.loads(command("roadmap", "--draws", "200", "--json", cwd=tmp_path).stdout)
    assert {"weights", "asked_sectors", "sectors", "stages", "figures"} <= set(record)
    assert record["ranking"][0]["name"] == pl.read_csv(tmp_path / "saved" / "ranking.csv").item(0, "name")


def test_saving_spares_other_files(tmp_path: Path, china: RoadMap) -> None:
    save(china, tmp_path / "map")
    save(china, tmp_path / "map")
    (tmp_path / "map" / "letter.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(UsageError, match="holds other files"):
        save(china, tmp_path / "map")
    with pytest.raises(UsageError, match="is a file"):
        save(china, tmp_path / "map" / "letter.txt")


def test_one_partner(tmp_path: Path) -> None:
    done = command("roadmap", "--country", "KAZ", "--draws", "200", cwd=tmp_path)
    assert max(map(len, done.stdout.splitlines())) <= 80
    for word in ("Kazakhstan", "Belt and Road", "(agreements and", "unknown", "building materials"):
        assert word in done.stdout
    wrong = command("roadmap", "--country", "Kazakstan", cwd=tmp_path)
    assert (wrong.returncode, "did you mean 'Kazakhstan'?" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(("country", "words"), [("CHN", "is the supplier"), ("TUV", "is not ranked"), ("Macau", "is no partner")])
def test_who_is_no_partner(country: str, words: str, china: RoadMap) -> None:
    with pytest.raises(UsageError, match=words):
        host_of(china, country)


def test_the_readme_tells_what_the_program_says() -> None:
    """The comparison with the policy of 2015-16, as docs/roadmap.md makes it, and how many countries are ranked."""
    readme = (ROOT.parent / "README.md").read_text(encoding="utf-8")
    page = (ROOT.parent / "docs" / "roadmap.md").read_text(encoding="utf-8")
    row = {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:4]] for line in readme.splitlines() if "| " in line}
    named = set(table("policy").filter(pl.col("named") == "yes").get_column("country"))
    names = {code: countries()[code].name for code in named}
    for column, told in enumerate(("As known in 2014, ", "As known now, ")):
        hits, missed = row["among the first twenty"][column], row["not among them"][column]
        assert set(hits.split(": ")[1].split(", ")) | set(missed.split(", ")) == set(names.values())
        sentence = page.split(told)[1].split("\n")[0]
        assert f"({hits.split(': ')[1]}); {missed} are not" in sentence
        assert sentence.startswith(hits.split(" of ")[0])
        assert f"({row['visited in Latin America, among them'][column].split(': ')[1]})" in sentence
    china = road_map("CHN", draws=100).ranking
    assert f"ranks {china.height} countries, {china.filter(pl.col('tier') == 'developed').height} developed markets" in readme
