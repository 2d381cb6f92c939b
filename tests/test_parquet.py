"""Reading Parquet: a file that ends the process of its reader ends another one, and is told in a sentence."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import capcoop.parquet
from capcoop import check_case
from capcoop.parquet import TooLargeError, UnreadableError, read_parquet
from support import write_example
from tiny import EXAMPLES

# One of its runs of definition levels has a length that polars reserves memory for: 2^61 bytes.
DAMAGED = Path(__file__).parent / "errors" / "ends_its_reader.parquet"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    capcoop.parquet._reader.cache_clear()
    yield
    capcoop.parquet._reader.cache_clear()


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    pl.DataFrame({"site": ["almaty"], "quantity": [50.0]}).write_parquet(tmp_path / "sound.parquet")
    return tmp_path / "sound.parquet"


@pytest.mark.parametrize("as_bytes", [False, True])
def test_the_next_file_is_read(as_bytes: bool, sound: Path) -> None:
    for _ in range(2):
        with pytest.raises(UnreadableError):
            read_parquet(DAMAGED.read_bytes() if as_bytes else DAMAGED, 100)
        assert read_parquet(sound, 100).row(0) == ("almaty", 50.0)


def test_too_large(sound: Path) -> None:
    with pytest.raises(TooLargeError, match=r"^1$"):
        read_parquet(sound, 1)


def test_a_relative_path_in_a_folder_entered_later(sound: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert read_parquet(sound, 100).height == 1
    monkeypatch.chdir(tmp_path)
    (tmp_path / "damaged.parquet").write_bytes(DAMAGED.read_bytes())
    with pytest.raises(UnreadableError):
        read_parquet(Path("damaged.parquet"), 100)
    assert read_parquet(Path(sound.name), 100).height == 1


@pytest.mark.parametrize("program", ["", "/nowhere/python", "/bin/true"])
def test_no_other_process_can_be_had(program: str, sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", program)
    assert read_parquet(sound, 100).height == 1


def test_a_reader_that_someone_ends(sound: Path) -> None:
    assert read_parquet(sound, 100).height == 1
    reader = capcoop.parquet._reader(os.getpid())
    assert reader is not None
    reader.process.kill()
    reader.process.wait()
    assert read_parquet(sound, 100).height == 1


def test_a_file_that_takes_too_long(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_parquet(sound, 100).height == 1
    monkeypatch.setattr(capcoop.parquet, "LONGEST", 0.0)
    with pytest.raises(UnreadableError):
        read_parquet(b"0" * 100_000_000, 100)


def test_a_case_in_a_folder_and_in_a_zip_file(tmp_path: Path) -> None:
    case = tmp_path / "case"
    write_example(case, EXAMPLES["01-smelt"].settings, EXAMPLES["01-smelt"].tables)
    (case / "purchases.csv").unlink(missing_ok=True)
    (case / "purchases.parquet").write_bytes(DAMAGED.read_bytes())
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as archive:
        for file in case.iterdir():
            archive.write(file, file.name)
    for place, name in ((case, "purchases.parquet"), (tmp_path / "case.zip", "case.zip/purchases.parquet")):
        told = [str(problem) for problem in check_case(place)[1]]
        assert told == [f"{name}: the file cannot be read as Parquet; write it again"]
