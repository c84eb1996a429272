"""The cache folder: kept is what was made, and nothing that somebody else could have written."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from monitor import cache

if TYPE_CHECKING:
    from pathlib import Path


class Maker:
    """Makes the same bytes each time, and counts."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> bytes:
        self.made += 1
        return b"what was made"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CACHE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "monitor"


def kept(make: Maker, name: str = "thing-1") -> cache.Kept:
    return cache.kept(name, make)


def test_it_is_made_once(folder: Path) -> None:
    make = Maker()
    first, second = kept(make), kept(make)
    assert bytes(first.data) == bytes(second.data) == b"what was made"
    assert first.path == second.path == folder / "thing-1"
    assert make.made == 1


def test_nobody_else_can_read_or_write_it(folder: Path) -> None:
    kept(Maker())
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "thing-1").stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_is_made_anew(folder: Path) -> None:
    kept(Maker())
    whole = (folder / "thing-1").read_bytes()
    changed = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    for damaged in (*changed, *(whole[:at] for at in range(len(whole))), whole + b"more"):
        (folder / "thing-1").write_bytes(damaged)
        make = Maker()
        assert bytes(kept(make).data) == b"what was made"
        assert (make.made, (folder / "thing-1").read_bytes()) == (1, whole)


def test_a_file_that_others_may_write_is_made_anew(folder: Path) -> None:
    kept(Maker())
    (folder / "thing-1").chmod(0o666)
    make = Maker()
    kept(make)
    assert (make.made, (folder / "thing-1").stat().st_mode & 0o777) == (1, 0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_made_anew(folder: Path) -> None:
    kept(Maker())
    os.chown(folder / "thing-1", 12345, -1)
    make = Maker()
    kept(make)
    assert (make.made, (folder / "thing-1").stat().st_uid) == (1, 0)


def test_a_link_is_replaced_and_not_followed(folder: Path, tmp_path: Path) -> None:
    kept(Maker())
    target = tmp_path / "target"
    (folder / "thing-1").rename(target)
    (folder / "thing-1").symlink_to(target)
    make = Maker()
    kept(make)
    assert make.made == 1
    assert not (folder / "thing-1").is_symlink()


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_folder_that_others_may_write_is_not_used(folder: Path, mode: int) -> None:
    folder.mkdir()
    folder.chmod(mode)
    make = Maker()
    found = kept(make)
    assert (bytes(found.data), found.path) == (b"what was made", None)
    assert list(folder.iterdir()) == []


def test_without_a_folder_it_is_made_each_time(folder: Path) -> None:
    folder.write_text("no folder")
    make = Maker()
    assert kept(make).path is kept(make).path is None
    assert make.made == 2


def test_systemd_names_the_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path / "of-systemd"))
    assert kept(Maker()).path == tmp_path / "of-systemd" / "thing-1"
    assert not folder.exists()


def test_files_that_nobody_uses_any_more_are_removed(folder: Path) -> None:
    long_ago = time.time() - 30 * 86_400
    kept(Maker(), "other-1")
    for number in range(60):
        kept(Maker(), f"thing-{number}")
        os.utime(folder / f"thing-{number}", (long_ago + number, long_ago + number))
    (folder / ".draft.new").touch()
    os.utime(folder / ".draft.new", (long_ago, long_ago))
    kept(Maker(), "thing-7")
    kept(Maker(), "thing-60")
    left = sorted(path.name for path in folder.iterdir())
    assert len(left) == 51
    assert {"other-1", "thing-7", "thing-60"} <= set(left)
    assert ".draft.new" not in left


def test_what_came_with_the_program_is_not_made_and_a_damaged_file_is_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(Maker())
    packed = folder.rename(folder.parent / "packed")
    monkeypatch.setattr("monitor.cache.PACKED", packed)
    packed.chmod(0o777)  # whoever can write there can change the program
    make = Maker()
    assert kept(make) == cache.Kept(memoryview(b"what was made"), None)
    assert make.made == 0

    (packed / "thing-1").write_bytes(b"what was mado" + (packed / "thing-1").read_bytes()[-16:])
    assert kept(make).path == folder / "thing-1"
    assert make.made == 1
