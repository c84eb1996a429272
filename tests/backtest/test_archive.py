"""Archives are read file by file and batch by batch, and mistakes in them have a place."""

from __future__ import annotations

import gzip
import json
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from monitor.backtest import archive
from monitor.backtest.archive import batches, files
from monitor.backtest.articles import archived
from monitor.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def lines(*numbers: int) -> bytes:
    return b"".join(json.dumps({"id": n, "title": f"Title {n}"}).encode() + b"\n" for n in numbers)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One article in each of four files, two of them packed, one deeper."""
    (tmp_path / "b.jsonl").write_bytes(lines(2))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines(1)))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "c.jsonl.gz").write_bytes(gzip.compress(lines(3)))
    (tmp_path / "other.txt").write_bytes(lines(9))
    return tmp_path


def ids(*names: object) -> list[str]:
    found = batches(files(map(str, names)))
    return [each.id for batch in found for each in archived(batch)]


def test_a_folder_stands_for_all_archives_in_it_by_name(folder: Path) -> None:
    assert ids(folder) == ["1", "2", "3"]


def test_a_pattern_stands_for_the_files_that_it_matches(folder: Path) -> None:
    assert ids(folder / "*.jsonl*") == ["1", "2"]
    assert ids(folder / "**" / "*.gz") == ["1", "3"]
    assert ids(folder / "[ab].*") == ["1", "2"]


def test_files_are_read_in_the_order_given_and_each_once(folder: Path) -> None:
    assert ids(folder / "b.jsonl", folder, folder / "other.txt") == ["2", "1", "3", "9"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(folder: Path) -> None:
    (folder / "[ab].jsonl").write_bytes(lines(7))
    assert ids(folder / "[ab].jsonl") == ["7"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.jsonl", "nowhere.jsonl cannot be read: No such file or directory"),
        ("*.csv", "*.csv matches no file"),
        ("empty", "empty holds no .jsonl, .jsonl.gz or .parquet file"),
    ],
)
def test_what_names_no_archive_is_said_before_anything_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(folder)
    (folder / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        files(["b.jsonl", name])
    assert str(caught.value) == message


@pytest.mark.parametrize("packed", [False, True])
def test_batches_are_numbered_and_their_sizes_add_up_to_the_files(
    tmp_path: Path, *, packed: bool
) -> None:
    plain = lines(*range(1_200))
    path = tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")
    path.write_bytes(gzip.compress(plain) if packed else plain)
    found = list(batches([path]))
    assert [(each.first, len(each.rows)) for each in found] == [(1, 500), (501, 500), (1001, 200)]
    assert sum(each.size for each in found) == sum(files([str(path)]).values())


def test_a_batch_is_read_only_when_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(*range(500)) + b"{")
    first, later = batches([path, tmp_path / "nowhere"]), 500
    assert len(archived(next(first))) == later
    with pytest.raises(InputError, match=r"a\.jsonl:501: not JSON"):
        archived(next(first))
    with pytest.raises(InputError, match="nowhere cannot be read"):
        next(first)


def test_batches_of_long_lines_have_few_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_BYTES", 100)
    (tmp_path / "a.jsonl").write_bytes(b"1" * 60 + b"\n" + b"2" * 60 + b"\n" + b"3\n")
    assert [len(each.rows) for each in batches([tmp_path / "a.jsonl"])] == [2, 1]


def test_a_line_without_end_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_LONGEST", 1 << 20)
    (tmp_path / "a.jsonl").write_bytes(b"{}\n" + b"x" * (1 << 21))
    with pytest.raises(InputError, match=r"a\.jsonl:2: longer than 1 MiB"):
        list(batches([tmp_path / "a.jsonl"]))


@pytest.mark.parametrize("end", [-6, 20])
def test_a_packed_file_that_is_cut_off_is_named(tmp_path: Path, end: int) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(lines(*range(100)))[:end])
    with pytest.raises(InputError, match=r"a\.jsonl\.gz cannot be read: Compressed file ended"):
        list(batches([path]))


@pytest.mark.parametrize(
    "body",
    [lines(1), gzip.compress(lines(1))[:10] + b"no stream"],
    ids=["plain", "a head only"],  # it holds the time, and tests have one name in all processes
)
def test_a_file_that_is_not_packed_as_its_name_says_is_named(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.gz").write_bytes(body)
    with pytest.raises(InputError, match=r"a\.gz cannot be read: (Not a gzipped|Error -3)"):
        list(batches([tmp_path / "a.gz"]))


# ── Parquet ───────────────────────────────────────────────────────────────────────────────────

PUBLISHED = datetime(2024, 10, 31, 18, tzinfo=UTC)


def parquet(path: Path, columns: dict[str, Any]) -> Path:
    pytest.importorskip("pyarrow", reason="the extra `cluster` is not installed")
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    pq.write_table(pa.table(columns), path)
    return path


def test_rows_of_parquet_are_what_lines_would_be(tmp_path: Path) -> None:
    columns = {
        "id": [1, 2], "title": ["One", "Two"], "summary": ["A text", None], "more": [1, 2],
        "published": [PUBLISHED, None], "labels": [{"t": 1, "u": None}, None],
    }  # fmt: skip
    [batch] = batches([parquet(tmp_path / "a.parquet", columns)])
    one, two = archived(batch)
    assert (one.id, one.at, one.labels) == ("1", PUBLISHED, {"t": 1, "u": None})
    assert (one.article.title, one.article.text) == ("One", "A text")
    assert (two.id, two.at, two.labels) == ("2", None, {})


def test_days_and_labels_may_have_types_of_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="the extra `cluster` is not installed")
    nanoseconds = pa.array([PUBLISHED.timestamp() * 10**9 + 1], pa.float64()).cast(pa.int64())
    for published, at in (
        (pa.array([date(2024, 10, 31)]), PUBLISHED.replace(hour=0)),
        (nanoseconds.cast(pa.timestamp("ns", "UTC")), PUBLISHED),
    ):
        labels = pa.array([[("t", 1)]], pa.map_(pa.string(), pa.int8()))
        columns = {"id": ["1"], "title": ["One"], "published": published, "labels": labels}
        [batch] = batches([parquet(tmp_path / "a.parquet", columns)])
        [one] = archived(batch)
        assert one.at is not None
        assert (one.at.replace(microsecond=0), one.labels) == (at, {"t": 1})


def test_parquet_is_read_in_batches_too(tmp_path: Path) -> None:
    columns = {"id": range(1_200), "title": ["A title"] * 1_200}
    path = parquet(tmp_path / "a.parquet", {name: list(each) for name, each in columns.items()})
    found = list(batches([path]))
    assert [(each.first, len(each.rows)) for each in found] == [(1, 500), (501, 500), (1001, 200)]
    assert sum(each.size for each in found) == pytest.approx(path.stat().st_size, abs=2)


def test_a_mistake_in_parquet_is_told_with_its_row(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", {"id": [1, 2], "title": ["One", None]})
    with pytest.raises(InputError, match=r'a\.parquet:2: an article needs a "title"'):
        [archived(batch) for batch in batches([path])]
    path = parquet(tmp_path / "a.parquet", {"name": ["One"]})
    with pytest.raises(InputError, match=r'a\.parquet:1: expected an object with at least "id"'):
        [archived(batch) for batch in batches([path])]


def test_what_is_no_parquet_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="the extra `cluster` is not installed")
    (tmp_path / "a.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match=r"a\.parquet cannot be read: Parquet magic bytes"):
        list(batches([tmp_path / "a.parquet"]))


def test_without_pyarrow_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(InputError, match=r"pip install 'monitor-desk\[cluster\]'"):
        list(batches([tmp_path / "a.parquet"]))
