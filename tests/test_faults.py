"""Faults of the input: every one is a sentence with file, row, column, what was found, the rule and the remedy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from capcoop import CaseError, UsageError, read_case

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

FAULTS = {
    "unknown site": (
        {"needs.csv": "site,product,quantity\nalmatty,cement,50\n"},
        "needs.csv row 2, column site: 'almatty' is not in sites; did you mean 'almaty'?",
    ),
    "unknown product": (
        {"needs.csv": "site,product,quantity\nalmaty,cemnt,50\n"},
        "needs.csv row 2, column product: 'cemnt' is not in products; did you mean 'cement'?",
    ),
    "unknown column": (
        {"needs.csv": "site,product,quantitty,quantity\nalmaty,cement,50,50\n"},
        "needs.csv row 1, column quantitty: 'quantitty' is not a column of needs; did you mean 'quantity'?",
    ),
    "missing column": (
        {"needs.csv": "site,product\nalmaty,cement\n"},
        "needs.csv row 1, column quantity: the column is missing; add it to the heading",
    ),
    "unknown table": ({"nedes.csv": "site\nalmaty\n"}, "nedes.csv: 'nedes' is not a table of a case; did you mean 'needs'?"),
    "twice the same column": (
        {"needs.csv": "site,site,product,quantity\na,b,c,1\n"},
        "needs.csv row 1: heading 'site' is there twice; give each column one name",
    ),
    "text in a number": (
        {"needs.csv": "site,product,quantity\nalmaty,cement,fifty\n"},
        "needs.csv row 2, column quantity: 'fifty' is not a number; write it like 1234.5",
    ),
    "thousands separator": (
        {"needs.csv": 'site,product,quantity\nalmaty,cement,"1,234"\n'},
        "needs.csv row 2, column quantity: '1,234' is not a number; write it like 1234.5",
    ),
    "not a number": (
        {"needs.csv": "site,product,quantity\nalmaty,cement,nan\n"},
        "needs.csv row 2, column quantity: nan is not a finite number; leave the cell blank if the figure is unknown",
    ),
    "infinite need": (
        {"needs.csv": "site,product,quantity\nalmaty,cement,inf\n"},
        "needs.csv row 2, column quantity: inf is not a finite number; leave the cell blank if the figure is unknown",
    ),
    "negative need": (
        {"needs.csv": "site,product,quantity\nalmaty,cement,-5\n"},
        "needs.csv row 2, column quantity: -5 must be at least 0",
    ),
    "blank quantity": (
        {"needs.csv": "site,product,quantity\nalmaty,cement,\n"},
        "needs.csv row 2, column quantity: a blank is not allowed here; amount per year; with a slice: the amount of that slice.",
    ),
    "need without product": (
        {"needs.csv": "site,product,quantity\nalmaty,*,5\n"},
        "needs.csv row 2, column product: '*' cannot stand here; name one",
    ),
    "blank product": (
        {"needs.csv": "site,product,quantity\nalmaty,,5\n"},
        "needs.csv row 2, column product: a blank is not allowed here; the product.",
    ),
    "duplicate key": (
        {"needs.csv": "site,product,quantity\nalmaty,cement,5\nalmaty,cement,6\n"},
        "needs.csv row 3: key 'almaty;cement;*;*' is there already in row 2; keep one of the two rows",
    ),
    "too many cells": (
        {"needs.csv": "site,product,quantity\nalmaty,cement,5,6\n"},
        "needs.csv row 2: 4 cells do not fit the 3 columns of the heading; quote cells that hold commas",
    ),
    "semicolons": (
        {"needs.csv": "site;product;quantity\nalmaty;cement;5\n"},
        "needs.csv row 1: cells parted by ';' are not parted by commas; save the file as comma-separated CSV",
    ),
    "a name that a terminal would obey": (
        {"sites.csv": "site\nalmaty\nast\x1b[2Jana\n"},
        "sites.csv row 3, column site: 'ast\\x1b[2Jana' holds characters that cannot be shown; type the name again",
    ),
    "empty file": ({"needs.csv": ""}, "needs.csv: the file is empty; write its heading, or delete the file"),
    "not UTF-8": (
        {"needs.csv": b"site,product,quantity\nalmaty,cement,5\nalm\xe4ty,cement,5\n"},
        "needs.csv row 3: byte 0xe4 is not UTF-8 text; save the file as CSV UTF-8",
    ),
    "flag": (
        {"products.csv": "product,unit,disposal\ncement,kt,maybe\nclinker,kt,\n"},
        "products.csv row 2, column disposal: 'maybe' is not yes or no; write yes or no",
    ),
    "choice": (
        {"lines.csv": "line,unit,per\nmill,kt,day\n"},
        "lines.csv row 2, column per: 'day' is not one of its words; allowed: year, hour",
    ),
    "unit of another kind": (
        {"needs.csv": "site,product,quantity,unit\nalmaty,cement,5,MWh\n"},
        "needs.csv row 2, column unit: 'MWh' cannot be converted to 'kt'; use a unit of the same kind as that of the product",
    ),
    "money without rate": (
        {"purchases.csv": "purchase,site,product,price,currency\nabroad,*,clinker,40,EUR\n"},
        "purchases.csv row 2, column currency: 'EUR' has no exchange rate to USD; state it in case.toml under [exchange_rates]",
    ),
    "setting": (
        {"case.toml": "discount_rat = 0.1\n"},
        "case.toml, column discount_rat: 'discount_rat' is not a setting; did you mean 'discount_rate'?",
    ),
    "setting of a wrong kind": (
        {"case.toml": 'discount_rate = "dear"\n'},
        "case.toml, column discount_rate: 'dear' is not allowed here: input should be a valid number, unable to parse string as a number",
    ),
    "no recipe": (
        {"processes.csv": "process,line\ngrind,mill\nbake,mill\n"},
        "processes.csv row 3, column process: 'bake' has no recipe; say in recipes.csv what it makes and uses",
    ),
    "no price": (
        {"purchases.csv": "purchase,site,product,limit\nabroad,*,clinker,40\n"},
        "purchases.csv row 2, column price: a blank leaves the price unknown; state it (0 is a price), here or in a more general row",
    ),
    "channel to itself": (
        {"channels.csv": "channel,from,to\nloop,almaty,almaty\n", "freight.csv": "channel\n*\n"},
        "channels.csv row 2, column to: 'almaty' is where the channel starts; a channel links two sites",
    ),
    "channels without freight": (
        {"channels.csv": "channel,from,to\nrail,almaty,astana\n"},
        "freight.csv: no row lets any product use a channel; write freight.csv with a row `*` at least",
    ),
    "option without a line": (
        {"options.csv": "option,unit_size\nnew mill,100\n"},
        "options.csv row 2, column option: 'new mill' adds to no line, no channel and no package; name a line and its site, or a channel",
    ),
    "option without a site": (
        {"options.csv": "option,line,unit_size,life\nnew mill,mill,100,20\n"},
        "options.csv row 2, column site: a blank does not say where the line stands; name the site",
    ),
    "fixed cost without a size": (
        {"options.csv": "option,line,site,fixed_build_cost,life\nnew mill,mill,astana,100,20\n"},
        (
            "options.csv row 2, column option: 'new mill' is counted in builds that have no size; "
            "state unit_size, or maximum_size (a fixed cost needs one)"
        ),
    ),
    "option on a channel without bound": (
        {
            "channels.csv": "channel,from,to\nrail,almaty,astana\n",
            "freight.csv": "channel\n*\n",
            "options.csv": "option,channel,unit_size,build_cost,life\ntrack,rail,9,1,20\n",
        },
        "options.csv row 2, column channel: 'rail' is a channel without bound; write its capacity, 0 if there is none yet",
    ),
    "annuity of an endless life at rate 0": (
        {"options.csv": "option,line,site,unit_size,build_cost\nnew mill,mill,astana,100,5\n"},
        "options.csv row 2, column life: a blank has no annuity at a discount rate of 0; state the life, or charge it as annual",
    ),
    "endless life of a size curve at rate 0": (
        {
            "options.csv": "option,line,site\nnew mill,mill,astana\n",
            "option_points.csv": "option,size,cost\nnew mill,10,5\nnew mill,20,8\n",
        },
        "options.csv row 2, column life: a blank has no annuity at a discount rate of 0; state the life, or charge it as annual",
    ),
    "option on an infinite channel": (
        {
            "channels.csv": "channel,from,to,capacity\nrail,almaty,astana,inf\n",
            "freight.csv": "channel\n*\n",
            "options.csv": "option,channel,unit_size,build_cost,life\ntrack,rail,9,1,20\n",
        },
        "options.csv row 2, column channel: 'rail' is a channel without bound; write its capacity, 0 if there is none yet",
    ),
    "a size of nothing": (
        {
            "options.csv": "option,unit_size,life\nswap,5,20\n",
            "packages.csv": "option,site,line,capacity\nswap,almaty,mill,-4\n",
        },
        "options.csv row 2, column option: 'swap' has a size, but no line or channel of its own; name its line and site, or clear the size",
    ),
    "one limit repeated in two ways": (
        {
            "periods.csv": "period\np1\np2\n",
            "limits.csv": "limit,period,sense,value,each\ncap,,<=,5,site\ncap,p1,<=,5,product\n",
            "limit_terms.csv": "limit,quantity\ncap,made\n",
        },
        (
            "limits.csv row 3, column each: 'product' differs from another row of the same limit; "
            "repeat a limit in one way, or give it two names"
        ),
    ),
    "a limit repeated in one period only": (
        {
            "periods.csv": "period\np1\np2\n",
            "limits.csv": "limit,period,sense,value,each\ncap,,<=,5,\ncap,p1,<=,5,product\n",
            "limit_terms.csv": "limit,quantity\ncap,made\n",
        },
        (
            "limits.csv row 3, column each: 'product' differs from another row of the same limit; "
            "repeat a limit in one way, or give it two names"
        ),
    ),
    "a package of a line and a channel": (
        {
            "channels.csv": "channel,from,to,capacity\nrail,almaty,astana,5\n",
            "freight.csv": "channel\n*\n",
            "options.csv": "option,life\nswap,20\n",
            "packages.csv": "option,site,line,channel,capacity\nswap,almaty,mill,rail,4\n",
        },
        (
            "packages.csv row 2, column channel: 'rail' stands beside a line or a site; "
            "give the line a row of its own; a channel needs no site"
        ),
    ),
    "periods overlap": (
        {"periods.csv": "period,start,years\np1,2015,5\np2,2018,5\n"},
        "periods.csv row 3, column start: 2018 overlaps the period before; it should be 2020",
    ),
    "periods leave a gap": (
        {"periods.csv": "period,start,years\np1,2015,5\np2,2021,5\n"},
        "periods.csv row 3, column start: 2021 leaves a gap after the period before; it should be 2020",
    ),
    "period called all": (
        {"periods.csv": "period,start\nall,2015\n"},
        "periods.csv row 2, column period: 'all' is reserved for the whole horizon; choose another name",
    ),
    "hours": (
        {"slices.csv": "slice,hours\nday,4000\nnight,4000\n"},
        "slices.csv, column hours: 8000 hours in all are not a year; they must sum to 8760",
    ),
    "limit without terms": (
        {"limits.csv": "limit,sense,value\ncap,<=,5\n"},
        "limits.csv row 2, column limit: 'cap' has no term; say in limit_terms.csv what it sums",
    ),
    "term that can never match": (
        {"limits.csv": "limit,sense,value\ncap,<=,5\n", "limit_terms.csv": "limit,quantity,product\ncap,capacity,cement\n"},
        (
            "limit_terms.csv row 2, column product: 'cement' can never match: a capacity has no product; "
            "allowed: site, country, line, channel, mode, period"
        ),
    ),
    "unknown attribute of each": (
        {"limits.csv": "limit,sense,value,each\ncap,<=,5,prodct\n", "limit_terms.csv": "limit,quantity\ncap,made\n"},
        "limits.csv row 2, column each: 'prodct' is not an attribute; did you mean 'product'?",
    ),
}


def write(folder: Path, changed: Mapping[str, str | bytes]) -> Path:
    for name, content in {**BASE, **changed}.items():
        data = content if isinstance(content, bytes) else str(content).encode()
        (folder / name).write_bytes(data)
    return folder


def test_the_base_case_has_no_fault(tmp_path: Path) -> None:
    assert read_case(write(tmp_path, {})).size("sites") == 2


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(fault: str, tmp_path: Path) -> None:
    changed, message = FAULTS[fault]
    with pytest.raises(CaseError) as caught:
        read_case(write(tmp_path, changed))  # type: ignore[arg-type]
    assert message in [str(problem) for problem in caught.value.problems]


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


def test_bom_crlf_blank_lines_and_comments_are_read(tmp_path: Path) -> None:
    text = '\ufeffsite,product,quantity\r\n# a comment\r\nalmaty,cement,50\r\n\r\n"# another, with a comma"\r\n'
    assert read_case(write(tmp_path, {"needs.csv": text.encode()})) == read_case(write(tmp_path, {}))


@pytest.mark.parametrize("heading", ["*", "^site$", "_row"])
def test_headings_that_a_table_library_would_obey(heading: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="is not a column of needs"):
        read_case(write(tmp_path, {"needs.csv": f"{heading},site,product,quantity\nx,almaty,cement,5\n"}))
