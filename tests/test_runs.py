"""The folder of a run: whatever breaks it off, it is a whole run or says that it is none; what was there before is gone or kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from capcoop import InfeasibleError, UsageError, built_in_cases, load_plan, run
from test_cli import capcoop

sys.path.insert(0, str(Path(__file__).parent / "fuzz"))
from kill import kill

YEMEN = built_in_cases()["yemen-cement"]
MEXICO = built_in_cases()["mexico-steel"]
NO_PLAN = ("purchases/import;import-port;cement/limit=0",)


def test_a_killed_run_never_looks_whole(tmp_path: Path) -> None:
    counts, findings = kill(6, 3, tmp_path)
    assert not findings
    assert counts.total() == 6


def test_a_run_that_fails_leaves_no_plan_of_an_earlier_one(tmp_path: Path) -> None:
    run(YEMEN, tmp_path / "run")
    assert load_plan(tmp_path / "run").objective > 0
    with pytest.raises(InfeasibleError):
        run(YEMEN, tmp_path / "run", sets=NO_PLAN)
    with pytest.raises(UsageError, match=r"run has no plan: no plan meets every need and every limit$"):
        load_plan(tmp_path / "run")
    assert not (tmp_path / "run" / "tables").exists()


def test_the_log_of_a_part_that_was_broken_off_is_gone(tmp_path: Path) -> None:
    run(YEMEN, tmp_path / "run")
    (tmp_path / "run" / "log.txt.part").write_text("half", encoding="utf-8")
    run(YEMEN, tmp_path / "run")
    assert not (tmp_path / "run" / "log.txt.part").exists()


def test_a_case_without_options_leaves_no_baseline_of_an_earlier_run(tmp_path: Path) -> None:
    run(YEMEN, tmp_path)
    run(MEXICO, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case.zip", "log.txt", "outcome.json", "request.json", "tables"]


def test_files_of_others_stay_and_links_are_not_followed(tmp_path: Path) -> None:
    folder, other = tmp_path / "run", tmp_path / "other"
    run(MEXICO, folder)
    (folder / "tables" / "chart.xlsx").write_text("mine")
    other.mkdir()
    for name in ("costs.csv", "log.txt", "note"):
        (other / name).write_text("kept")
    (folder / "tables" / "costs.csv").unlink()
    (folder / "tables" / "costs.csv").symlink_to(other / "costs.csv")
    (folder / "baseline").symlink_to(other)
    (folder / "log.txt").unlink()
    (folder / "log.txt").symlink_to(other / "log.txt")
    (folder / "outcome.part").symlink_to(other / "note")
    run(YEMEN, folder)
    assert {path.read_text() for path in other.iterdir()} == {"kept"}
    assert (folder / "tables" / "chart.xlsx").read_text() == "mine"
    assert load_plan(folder).objective == pytest.approx(1620.2778, rel=1e-6)
    assert pl.read_csv(folder / "baseline" / "costs.csv").height > 0


@pytest.mark.parametrize("name", ["outcome.part", "request.part", "outcome.json", "request.json"])
def test_what_a_run_broken_off_at_once_left_can_be_planned_into(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{")
    with pytest.raises(UsageError):
        load_plan(tmp_path)
    run(MEXICO, tmp_path)
    assert load_plan(tmp_path).outcome["status"] == "optimal"


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outcome.part").touch()
    (tmp_path / "letter.txt").touch()
    with pytest.raises(UsageError, match="holds other files"):
        run(MEXICO, tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        run(MEXICO, tmp_path / "letter.txt")


def test_runs_that_begin_in_the_same_second_have_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len({run(MEXICO).folder for _ in range(3)}) == 3


HOLD = "import sys, time, capcoop.runs as r\nwith r._alone(r.Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"


def test_a_folder_in_which_another_run_is_at_work_is_left_alone(tmp_path: Path) -> None:
    run(MEXICO, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    other = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        shown = capcoop("plan", "yemen-cement", "-o", tmp_path, cwd=tmp_path.parent)
    finally:
        other.kill()
        other.communicate()
    assert shown.returncode == 2
    assert shown.stderr.strip() == f"{tmp_path} is in use by another run; wait for its end, or choose another folder."
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    run(YEMEN, tmp_path)
    assert load_plan(tmp_path).objective == pytest.approx(1620.2778, rel=1e-6)


def test_a_folder_is_free_again_after_a_run_that_failed(tmp_path: Path) -> None:
    with pytest.raises(InfeasibleError):
        run(YEMEN, tmp_path, sets=NO_PLAN)
    assert run(MEXICO, tmp_path).verdict.ok
