"""Faults of the input, beyond those listed in errors: a sound case to break, many problems at once, odd folders and files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from capcoop import CaseError, UsageError, read_case
from capcoop.case import judge_case

BASE = {
    "case.toml": 'title = "t"\ncurrency = "USD"\n',
    "sites.csv": "site,country\nalmaty,KAZ\nastana,KAZ\n",
    "products.csv": "product,unit\ncement,kt\nclinker,kt\n",
    "lines.csv": "line,unit\nmill,kt\n",
    "processes.csv": "process,line\ngrind,mill\n",
    "recipes.csv": "process,product,quantity\ngrind,cement,1\ngrind,clinker,-0.7\n",
    "stock.csv": "site,line,capacity\nalmaty,mill,100\n",
    "needs.csv": "site,product,quantity\nalmaty,cement,50\n",
    "purchases.csv": "purchase,site,product,price\nabroad,*,clinker,40\nabroad,*,cement,90\n",
}


def write(folder: Path, changed: Mapping[str, str | bytes]) -> Path:
    for name, content in {**BASE, **changed}.items():
        data = content if isinstance(content, bytes) else str(content).encode()
        (folder / name).write_bytes(data)
    return folder


def test_the_base_case_has_no_fault(tmp_path: Path) -> None:
    assert read_case(write(tmp_path, {})).size("sites") == 2


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"needs\.csv row 3: byte 0xe4 is not UTF-8 text; save the file as CSV UTF-8"):
        read_case(write(tmp_path, {"needs.csv": b"site,product,quantity\nalmaty,cement,5\nalm\xe4ty,cement,5\n"}))


def test_all_problems_at_once_in_order(tmp_path: Path) -> None:
    changed = {
        "needs.csv": "site,product,quantity\nalmatty,cement,x\nalmaty,cemnt,-1\n",
        "stock.csv": "site,line,capacity\nalmaty,mil,-3\n",
    }
    with pytest.raises(CaseError) as caught:
        read_case(write(tmp_path, changed))
    assert [(problem.file, problem.row, problem.column) for problem in caught.value.problems] == [
        ("needs.csv", 2, "quantity"),
        ("needs.csv", 2, "site"),
        ("needs.csv", 3, "product"),
        ("needs.csv", 3, "quantity"),
        ("stock.csv", 2, "capacity"),
        ("stock.csv", 2, "line"),
    ]


def test_at_most_fifty_problems_are_shown(tmp_path: Path) -> None:
    files = {f"nothing{i}.csv": "a\n1\n" for i in range(70)}
    with pytest.raises(CaseError) as caught:
        read_case(write(tmp_path, files))
    assert len(caught.value.problems) == 70
    assert str(caught.value).splitlines()[-1] == "... and 20 more problems"


def test_folder_without_settings(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not a case: it has no case\.toml"):
        read_case(tmp_path)


def test_link_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    write(folder, {})
    (tmp_path / "secret.csv").write_text("site\nalmaty\n", encoding="utf-8")
    (folder / "slices.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(CaseError, match="is a link out of the case folder"):
        read_case(folder)


def test_links_in_a_ring(tmp_path: Path) -> None:
    write(tmp_path, {})
    (tmp_path / "slices.csv").symlink_to("slices.csv")
    with pytest.raises(CaseError, match=r"slices\.csv: the file is a link"):
        read_case(tmp_path)


def test_settings_in_each_other_without_end(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"case\.toml: the settings lie in each other too deep; write them plainly"):
        read_case(write(tmp_path, {"case.toml": "parties = " + "[" * 2000 + "]" * 2000}))


def test_a_rate_that_may_be_a_percentage_is_a_note(tmp_path: Path) -> None:
    found = judge_case(write(tmp_path, {"case.toml": "discount_rate = 8"}))
    assert not found.problems
    assert "case.toml, column discount_rate: 8 is 800 % a year; for 8 % write 0.08" in [str(note) for note in found.notes]
    assert not [note for note in judge_case(write(tmp_path, {"case.toml": "discount_rate = 0.5"})).notes if note.file == "case.toml"]


def test_bom_crlf_blank_lines_and_comments_are_read(tmp_path: Path) -> None:
    text = '\ufeffsite,product,quantity\r\n# a comment\r\nalmaty,cement,50\r\n\r\n"# another, with a comma"\r\n'
    assert read_case(write(tmp_path, {"needs.csv": text.encode()})) == read_case(write(tmp_path, {}))


@pytest.mark.parametrize("heading", ["*", "^site$", "_row"])
def test_headings_that_a_table_library_would_obey(heading: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="is not a column of needs"):
        read_case(write(tmp_path, {"needs.csv": f"{heading},site,product,quantity\nx,almaty,cement,5\n"}))


EXPORT = {"sales.csv": "sale,site,product,price\nexport,astana,cement,95\n"}
CAP = {"limits.csv": "limit,sense,value\ncap,<=,5\n"}


@pytest.mark.parametrize(
    "changed",
    [
        {"sales.csv": "sale,site,product,price\nexport,astana,cement,90\n"},
        {"sales.csv": "sale,site,product,price,limit\nexport,astana,cement,95,7\n"},
        {**EXPORT, "purchases.csv": "purchase,site,product,price,limit\nabroad,*,clinker,40,\nabroad,*,cement,90,7\n"},
        {**EXPORT, "purchases.csv": "purchase,site,product,price\nabroad,*,clinker,40\nabroad,almaty,cement,90\n"},
        {**EXPORT, "periods.csv": "period,start,weight\np1,2020,0\n"},
        {**EXPORT, **CAP, "limit_terms.csv": "limit,quantity\ncap,sale\n"},
        {**EXPORT, **CAP, "limit_terms.csv": "limit,quantity,purchase\ncap,purchase,abroad\n"},
    ],
)
def test_a_gain_with_an_end_is_no_fault(changed: dict[str, str], tmp_path: Path) -> None:
    assert read_case(write(tmp_path, changed)).size("sales") == 1


def test_a_limit_on_something_else_does_not_end_a_gain(tmp_path: Path) -> None:
    terms = {"limit_terms.csv": "limit,quantity,site,product\ncap,sale,almaty,cement\n"}
    with pytest.raises(
        CaseError, match=r"sales\.csv row 2, column price: 95 for 'cement' at 'astana' is more than the 90 of purchases\.csv row 3"
    ):
        read_case(write(tmp_path, {**EXPORT, **CAP, **terms}))


def test_a_line_or_product_that_only_a_limit_counts_is_no_fault(tmp_path: Path) -> None:
    changed = {
        "lines.csv": "line,unit\nmill,kt\nkiln,kt\n",
        "products.csv": "product,unit\ncement,kt\nclinker,kt\nslag,kt\n",
        "stock.csv": "site,line,capacity\nalmaty,mill,100\nalmaty,kiln,1\n",
        "limit_terms.csv": "limit,quantity,line,product\ncap,capacity,kiln,\ncap,purchase,,slag\n",
    }
    assert read_case(write(tmp_path, {**changed, **CAP})).size("lines") == 2
