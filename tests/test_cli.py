"""The command line as a stranger meets it: output, exit codes, JSON, and no traceback ever."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from capcoop import load_plan
from test_faults import write

ROOT = Path(__file__).parent


def capcoop(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80"}
    command = [sys.executable, "-m", "capcoop", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)
    assert "Traceback" not in done.stderr + done.stdout
    return done


def test_help_names_every_command_and_the_exit_codes(tmp_path: Path) -> None:
    done = capcoop("--help", cwd=tmp_path)
    assert done.returncode == 0
    for word in ("cases", "new", "check", "plan", "Exit codes"):
        assert word in done.stdout


def test_cases(tmp_path: Path) -> None:
    assert "kazakhstan" in capcoop("cases", cwd=tmp_path).stdout
    listed = json.loads(capcoop("cases", "--json", cwd=tmp_path).stdout)["cases"]
    assert {"mexico-steel", "yemen-cement", "kazakhstan"} <= {one["case"] for one in listed}


def test_plan_prints_a_summary_and_saves_a_run(tmp_path: Path) -> None:
    done = capcoop("plan", "yemen-cement", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for word in ("Products", "Built", "dry-kiln", "Still imported", "Cost", "Checked"):
        assert word in done.stdout
    (folder,) = (tmp_path / "runs" / "yemen-cement").iterdir()
    assert {path.name for path in folder.iterdir()} >= {"request.json", "log.txt", "tables", "outcome.json"}
    assert load_plan(folder).objective == pytest.approx(1620.2778, rel=1e-6)


def test_json_is_one_object_whose_objective_is_the_optimum(tmp_path: Path) -> None:
    done = capcoop("plan", "mexico-steel", "--json", "--out", "run", cwd=tmp_path)
    record = json.loads(done.stdout)
    assert record["objective"] == pytest.approx(538.8112, rel=1e-6)
    assert record["status"] == "optimal"
    assert record["check"]["ok"] is True
    assert json.loads((tmp_path / "run" / "outcome.json").read_text(encoding="utf-8"))["objective"] == record["objective"]


def test_scenario_and_set(tmp_path: Path) -> None:
    done = capcoop("plan", "yemen-cement", "--scenario", "free", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["objective"] == pytest.approx(1591.5928, rel=1e-6)
    done = capcoop("plan", "yemen-cement", "--set", "gap=0.5", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["gap"] <= 0.5


def test_check(tmp_path: Path) -> None:
    done = capcoop("check", "egypt-fertiliser", cwd=tmp_path)
    assert done.returncode == 0
    assert "no problems" in done.stdout
    assert "nutrients-shipments" in done.stdout


def test_problems_are_listed_with_exit_code_1(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    write(folder, {"needs.csv": "site,product,quantity\nalmatty,cement,x\n"})
    done = capcoop("check", folder, cwd=tmp_path)
    assert done.returncode == 1
    assert "2 problems in the case" in done.stderr
    assert "did you mean 'almaty'?" in done.stderr
    record = json.loads(capcoop("check", folder, "--json", cwd=tmp_path).stdout)
    assert record["exit_code"] == 1
    assert len(record["problems"]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("plan", "kazakstan"), "did you mean 'kazakhstan'?"),
        (("plan", "yemen-cement", "--scenario", "fre"), "did you mean 'free'?"),
        (("plan", "yemen-cement", "--set", "nonsense"), "write SETTING=VALUE"),
        (("explain", "yemen-cement", "--time-limit", "nan"), "--time-limit: write how many seconds, more than 0."),
        (("new", "full"), "is not an empty folder"),
        (("plan", "mexico-steel", "--out", "full"), "holds other files"),
        (("plan", "."), "is not a case"),
    ],
)
def test_requests_that_cannot_be_carried_out(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("keep me", encoding="utf-8")
    done = capcoop(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr


def test_no_plan_has_exit_code_3(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    write(folder, {"purchases.csv": "purchase,site,product,price,limit\nabroad,*,clinker,40,1\n"})
    done = capcoop("plan", folder, "--out", "run", cwd=tmp_path)
    assert done.returncode == 3
    assert "There is no plan" in done.stderr
    assert json.loads((tmp_path / "run" / "outcome.json").read_text(encoding="utf-8"))["status"] == "failed"
    ways = {"channels.csv": "channel,from,to\nrail,almaty,astana\n", "freight.csv": "channel\n*\n"}
    offers = {
        "purchases.csv": "purchase,site,product,price\nabroad,almaty,*,40\n",
        "sales.csv": "sale,site,product,price\nout,astana,cement,95\n",
    }
    write(folder, ways | offers)
    done = capcoop("plan", folder, cwd=tmp_path)
    assert done.returncode == 3
    assert "without end" in done.stderr


def test_new_writes_a_template_that_reads_and_a_copy_that_plans(tmp_path: Path) -> None:
    assert capcoop("new", "mine", cwd=tmp_path).returncode == 0
    done = capcoop("check", "mine", cwd=tmp_path)
    assert done.returncode == 1
    assert "no site is named" in done.stderr
    assert capcoop("new", "copy", "--case", "mexico-steel", cwd=tmp_path).returncode == 0
    assert json.loads(capcoop("plan", "copy", "--json", cwd=tmp_path).stdout)["objective"] == pytest.approx(538.8112, rel=1e-6)


@pytest.mark.parametrize("name", ['q"u\\o {x}', "e\x1b[2Jx"])
def test_new_with_an_odd_name(tmp_path: Path, name: str) -> None:
    done = capcoop("new", name, cwd=tmp_path)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "no site is named" in capcoop("check", name, cwd=tmp_path).stderr


def test_every_command_is_summed_up_in_a_whole_sentence(tmp_path: Path) -> None:
    assert "..." not in capcoop("--help", cwd=tmp_path).stdout.replace("[ARGS]...", "")


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        words = [sys.executable, "-m", "capcoop", "check", "mexico-steel"]
        done = subprocess.run(words, cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_ctrl_c_keeps_the_best_plan_and_says_its_gap(tmp_path: Path) -> None:
    """A location problem far too large to prove in seconds is stopped once it has begun."""
    folder = hard_case(tmp_path / "hard")
    command = [sys.executable, "-m", "capcoop", "plan", str(folder), "--json", "--out", "run"]
    work = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    log = tmp_path / "run" / "log.txt"
    for _ in range(600):
        time.sleep(0.1)
        if log.exists() and log.read_text(encoding="utf-8", errors="replace").count("%") > 12:
            break
    work.send_signal(signal.SIGINT)
    out, error = work.communicate(timeout=60)
    assert work.returncode == 4, error
    record = json.loads(out)
    assert record["status"] == "interrupted"
    assert record["gap"] > 0
    assert record["check"]["ok"] is True


def hard_case(folder: Path) -> Path:
    """Write a fixed-charge network: two hundred sites, many links, each to be built at a charge."""
    count = 200
    sites = [f"s{i}" for i in range(count)]
    links = [(i, (i * 7 + 3 * k * k + k + 1) % count) for i in range(count) for k in range(6)]
    links = [(i, j) for i, j in dict.fromkeys(links) if i != j]
    files = {
        "case.toml": 'title = "hard"\n[solver]\ntime_limit = 120\n',
        "sites.csv": "site\n" + "".join(f"{site}\n" for site in sites),
        "products.csv": "product\ng\n",
        "purchases.csv": "purchase,site,product,price\nmine,s0,g,1\n",
        "needs.csv": "site,product,quantity\n" + "".join(f"s{i},g,{1 + i % 5}\n" for i in range(1, count)),
        "channels.csv": "channel,from,to,cost,capacity\n" + "".join(f"c{i}-{j},s{i},s{j},{1 + (i * j) % 7},0\n" for i, j in links),
        "freight.csv": "channel,product\n*,*\n",
        "options.csv": "option,channel,fixed_build_cost,maximum_size,charge,maximum_builds\n"
        + "".join(f"o{i}-{j},c{i}-{j},{20 + (i * 13 + j * 29) % 60},600,annual,1\n" for i, j in links),
    }
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
