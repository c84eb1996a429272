"""Reading as a user who may read the database's files and write nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from commands import fill

from monitor.store.database import Store
from monitor.store.lock import sole_worker
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")

# Imports as root, which may read the program wherever it is, and then gives up being root.
_READ = """
import os, sys
import urllib.parse  # pathlib of Python 3.13 imports it when it is first needed: too late here
from pathlib import Path
from monitor.errors import StoreError
from monitor.store.lock import holder
from monitor.store.queries.hit_filter import HitFilter
from monitor.store.queries.reader import Reader
from monitor.matching.terms.labels import label
label("troops", "en")  # reads what the package has: this user may not read the test's own files
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    if sys.argv[2:] == ["holder"]:
        print(holder(Path(sys.argv[1])))
        sys.exit()
    with Reader(Path(sys.argv[1])) as reader:
        print(len(reader.hits(HitFilter())), sum(feed["entries"] for feed in reader.coverage()))
except StoreError as error:
    print(error)
"""
EVERYTHING = "3 6"  # hits and entries


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everyone may read; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def read(path: Path, *what: str) -> str:
    """What the other user reads; whatever it is, no file is made."""
    before = names(path.parent)
    command = [sys.executable, "-c", _READ, str(path), *what]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert names(path.parent) == before
    return printed.strip()


def readable(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o644)


async def test_another_user_reads_beside_a_writer(folder: Path) -> None:
    path = folder / "monitor.db"
    await fill(path)
    async with Store(path) as store:
        await store.write(lambda tx: tx.db.execute("UPDATE alerts SET state = 'sent'"))
        readable(folder)
        assert path.with_name("monitor.db-wal").stat().st_size > 0
        assert read(path) == EVERYTHING


async def test_another_user_reads_what_is_in_the_log_only(folder: Path) -> None:
    path = folder / "monitor.db"
    await fill(path)
    async with Store(path) as store:
        await store.write(lambda tx: tx.db.execute("DELETE FROM matches"))
        readable(folder)
        assert read(path) == "0 6"


async def test_another_user_reads_after_the_writer_closed(folder: Path) -> None:
    path = folder / "monitor.db"
    await fill(path)
    readable(folder)

    assert names(folder) == ["monitor.db"]
    assert read(path) == EVERYTHING


async def test_another_user_reads_through_a_link(folder: Path) -> None:
    path, link = folder / "monitor.db", folder / "link.db"
    await fill(path)
    readable(folder)
    link.symlink_to(path)

    assert read(link) == EVERYTHING


async def test_another_user_reads_after_a_reader_that_may_write(folder: Path) -> None:
    path = folder / "monitor.db"
    await fill(path)
    with Reader(path) as reader:
        reader.coverage()
    readable(folder)

    assert read(path) == EVERYTHING


async def test_another_user_reads_after_a_crash(folder: Path) -> None:
    path = folder / "monitor.db"
    async with Store(folder / "lived.db") as store:
        await fill(store.path)
        for suffix in ("", "-wal", "-shm"):
            shutil.copy(f"{store.path}{suffix}", f"{path}{suffix}")
    readable(folder)

    assert read(path) == EVERYTHING


async def test_a_log_that_cannot_be_read_is_not_passed_over(folder: Path) -> None:
    path = folder / "monitor.db"
    await fill(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE alerts SET state = 'sent'")
        db.commit()
        readable(folder)
        path.with_name("monitor.db-wal").chmod(0o600)

        assert "the database cannot be read" in read(path)


async def test_a_file_that_may_not_be_read_is_an_error_of_the_store(folder: Path) -> None:
    await fill(folder / "monitor.db")
    (folder / "monitor.db").chmod(0o600)

    assert "the database cannot be read" in read(folder / "monitor.db")


def test_a_folder_that_may_not_be_entered_is_an_error_of_the_store(folder: Path) -> None:
    folder.chmod(0o700)

    assert "the database cannot be read" in read(folder / "monitor.db")


def test_another_user_of_the_group_knows_who_works_on_a_database(folder: Path) -> None:
    path = folder / "monitor.db"
    with sole_worker(path):
        os.chown(path.with_name("monitor.db.lock"), 0, 65534)
        assert read(path, "holder") == str(os.getpid())


def test_a_lock_that_may_not_be_read_names_the_next_step(folder: Path) -> None:
    path = folder / "monitor.db"
    with sole_worker(path):
        assert "ask as the user that runs monitor, or as one of its group" in read(path, "holder")
