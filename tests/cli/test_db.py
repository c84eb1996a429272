"""`monitor db`: backup, verification, pruning."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from commands import done, fill, invoke
from conftest import NOW
from copies import store_at
from fakes import article, feed
from filled import DAY, HOUR, SMALL, enter, found, move_into_empty_home

from monitor.store.admin.pruning import CHUNK
from monitor.store.admin.verify import verify
from monitor.store.backup import back_up
from monitor.store.lock import sole_worker
from monitor.store.queries.reader import Reader
from monitor.store.schema.version import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

DB, COPY = Path("monitor.db"), Path("copy.db")
CHECKS = ["pages", "references", "search index", "ledger"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("db") / "monitor.db"
    asyncio.run(fill(path))
    return path.read_bytes()


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


@pytest.fixture
def database(filled: bytes) -> Path:
    """A copy that a test may change."""
    DB.write_bytes(filled)
    return DB


def change(sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(DB)) as db, db:
        db.execute(sql, values)


def coverage(path: Path) -> list[dict[str, Any]]:
    with Reader(path) as reader:
        return reader.coverage()


def add(count: int, *, start: int = 0) -> None:
    """Store that many articles, all of them old."""

    def enter_all(tx: Transaction) -> None:
        tx.feeds.sync([feed("https://one.example/feed")], NOW)
        for number in range(start, start + count):
            enter(tx, 1, article(f"Article {number}", "some text " * 50), NOW)

    async def write() -> None:
        async with store_at(DB) as store:
            await store.write(enter_all)

    asyncio.run(write())


@contextmanager
def writing() -> Iterator[list[float]]:
    """A service that stores articles all the time; yields how long each transaction took.

    It has stored one before anything else happens.
    """
    begun, stop = threading.Event(), threading.Event()
    spans: list[float] = []

    def enter_one(tx: Transaction) -> None:
        each = article(f"New {len(spans)}")
        enter(tx, 1, each, NOW + 999 * DAY, found(each))

    async def write() -> None:
        async with store_at(DB) as store:
            while not stop.is_set():
                started = time.monotonic()
                await store.write(enter_one)
                spans.append(time.monotonic() - started)
                begun.set()
                await asyncio.sleep(0.005)  # polls come one after the other

    with sole_worker(DB):
        thread = threading.Thread(target=lambda: asyncio.run(write()))
        thread.start()
        try:
            assert begun.wait(60)
            yield spans
        finally:
            stop.set()
            thread.join()


# ── backup ────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_holds_everything(database: Path) -> None:
    text = done("db", "backup", str(COPY), db=database)

    assert "copy.db: 0." in text
    assert " MB, checked" in text
    assert coverage(COPY) == coverage(database)
    assert json.loads(done("db", "verify", "--json", db=COPY))["ok"]


def test_a_backup_is_one_file_that_its_group_can_read(database: Path) -> None:
    done("db", "backup", str(COPY), db=database)

    assert COPY.stat().st_mode & 0o777 == 0o640
    assert {path.name for path in Path().iterdir()} - {"monitor.db-wal", "monitor.db-shm"} == {
        "monitor.db",
        "copy.db",
    }
    assert COPY.read_bytes()[18:20] == b"\x01\x01"  # no write-ahead log goes with it


def test_a_backup_tells_programs_its_size(database: Path) -> None:
    report = json.loads(done("db", "backup", str(COPY), "--json", db=database))

    assert report == {"file": "copy.db", "bytes": COPY.stat().st_size}


def test_a_service_starts_on_a_restored_backup(database: Path) -> None:
    done("db", "backup", str(COPY), db=database)
    COPY.replace(DB)
    add(1)

    assert sum(row["entries"] for row in coverage(DB)) == 7


def test_a_file_that_exists_is_not_overwritten_without_being_told_so(database: Path) -> None:
    COPY.write_text("precious", encoding="utf-8")
    result = invoke("db", "backup", str(COPY), db=database)

    assert result.exit_code == 1
    assert result.stderr == "Error: copy.db exists: name another file, or replace it with --force\n"
    assert COPY.read_text(encoding="utf-8") == "precious"
    done("db", "backup", "--force", str(COPY), db=database)
    assert coverage(COPY) == coverage(database)


def test_a_backup_replaces_regular_files_only(database: Path) -> None:
    os.mkfifo("pipe")
    Path("null").symlink_to("/dev/null")
    Path("folder").mkdir()
    for target, kind in {"/dev/null": "a device", "null": "a device", "pipe": "a pipe"}.items():
        result = invoke("db", "backup", "--force", target, db=database)
        assert result.exit_code == 1
        assert f"{target} is {kind}, no regular file: name another file" in result.stderr
        assert not Path(target).is_file()


def test_a_backup_over_a_link_replaces_its_target(database: Path) -> None:
    Path("kept").mkdir()
    Path("kept/copy.db").touch()
    COPY.symlink_to("kept/copy.db")
    done("db", "backup", "--force", str(COPY), db=database)

    assert COPY.is_symlink()
    assert coverage(Path("kept/copy.db")) == coverage(database)


@pytest.mark.parametrize("umask", [0, 0o077])
async def test_a_database_can_be_read_by_its_group_whatever_the_umask(umask: int) -> None:
    before = os.umask(umask)
    try:
        with sole_worker(DB):
            async with store_at(DB) as store:
                await store.write(lambda tx: tx.channels.rest("desk", NOW))
                modes = {each.name: each.stat().st_mode & 0o777 for each in os.scandir()}
    finally:
        os.umask(before)
    files = ("monitor.db", "monitor.db-wal", "monitor.db-shm", "monitor.db.lock")
    assert modes == dict.fromkeys(files, 0o640)


@pytest.mark.parametrize("target", ["monitor.db", "link.db"])
def test_a_backup_never_replaces_its_database(database: Path, target: str) -> None:
    Path("link.db").symlink_to(database.absolute())
    result = invoke("db", "backup", "--force", target, db=database)

    assert result.exit_code == 1
    assert "is the database itself" in result.stderr
    assert len(coverage(database)) == 5


def test_a_log_beside_the_target_would_be_played_into_it(database: Path) -> None:
    Path("copy.db-wal").write_bytes(b"of another database")
    result = invoke("db", "backup", "--force", str(COPY), db=database)

    assert result.exit_code == 1
    assert "copy.db-wal exists" in result.stderr
    assert not COPY.exists()


def test_a_folder_that_is_not_there_is_an_error(database: Path) -> None:
    result = invoke("db", "backup", "nowhere/copy.db", db=database)

    assert result.exit_code == 1
    assert result.stderr == "Error: nowhere/copy.db: cannot be written: No such file or directory\n"


def test_a_damaged_database_makes_no_backup(database: Path) -> None:
    damage_pages(database)
    COPY.write_text("an earlier backup", encoding="utf-8")
    result = invoke("db", "backup", "--force", str(COPY), db=database)

    assert result.exit_code == 1
    assert "nothing was kept" in result.stderr
    assert COPY.read_text(encoding="utf-8") == "an earlier backup"
    assert not list(Path().glob(".copy.db*"))


def test_a_database_of_an_older_version_can_be_backed_up(database: Path) -> None:
    change("PRAGMA user_version = 10")

    assert "checked" in done("db", "backup", str(COPY), db=database)


def test_a_backup_beside_a_service_that_writes_is_as_of_one_moment() -> None:
    add(3_000)
    steps = []
    with writing() as spans:
        back_up(DB, COPY, progress=lambda done, total: steps.append((done, total, len(spans))))

    assert [check.problems for check in verify(COPY)] == [()] * 4
    totals = {total for _, total, _ in steps}
    assert len(totals) == 1  # it never began anew
    assert steps[-1][0] in totals
    assert spans


def test_progress_is_told_up_to_the_end() -> None:
    add(3_000)
    steps: list[tuple[int, int]] = []
    back_up(DB, COPY, progress=lambda done, total: steps.append((done, total)))

    assert len(steps) > 1
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1][0] == steps[-1][1]


# ── verify ────────────────────────────────────────────────────────────────────────────────────


def damage_pages(path: Path) -> None:
    """Overwrite the page in which an index begins."""
    with closing(sqlite3.connect(path)) as db:
        [page] = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'entries_feed'"
        ).fetchone()
        [size] = db.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_a_whole_database_passes_every_check(database: Path) -> None:
    lines = done("db", "verify", db=database).splitlines()

    assert [line[:13].strip() for line in lines] == CHECKS
    assert all(" ok (" in line for line in lines)
    assert lines[-1].endswith("(6 entries of 2 feeds)")


FEED = "https://one.example/feed"
DAMAGES = {
    "UPDATE alerts SET story_id = 99 WHERE id = 1": (
        "references", "alerts 1 refers to a row of stories that is not there",
    ),
    "UPDATE versions_fts_data SET block = x'00010203' WHERE id > 10": (
        "search index", "cannot be read: database disk image is malformed",
    ),
    "UPDATE versions_fts_data SET block = zeroblob(length(block)) WHERE id > 10": (
        "search index", "the texts have 84 words, the search index finds 0",
    ),
    "DELETE FROM versions_fts_docsize WHERE id = 3": (
        "search index", "text 3 is not in the search index",
    ),
    "INSERT INTO versions_fts (rowid, title, text) VALUES (99, 'gone', '')": (
        "search index", "the search index holds text 99, which is gone",
    ),
    "UPDATE feeds SET known = x'010203' WHERE id = 1": (
        "ledger",
        f"feed {FEED}: its known entries are no digests; they are made anew at its next document",
    ),
    "DELETE FROM identities WHERE entry_id = 2": (
        "ledger", "entry 2 has no identity: it would be taken for a new one",
    ),
    "UPDATE entries SET article_id = NULL WHERE id = 3": (
        "ledger", "article 3 has no entry in the ledger",
    ),
    "UPDATE articles SET version_id = 99 WHERE id = 3": ("ledger", "article 3 has no text"),
    "UPDATE entries SET outcome = 'hit' WHERE id = 3": (
        "ledger", "entry 3 is counted as a hit, but its article has none",
    ),
    "UPDATE entries SET outcome = 'near-miss' WHERE id = 3": (
        "ledger", "entry 3 is counted as a near miss, but its article has no match",
    ),
    "UPDATE entries SET outcome = 'no-match' WHERE id = 1": (
        "ledger", "article 1 has a hit that the ledger does not count",
    ),
    "UPDATE alerts SET state = 'pending', due_at = NULL WHERE id = 2": (
        "ledger", "alert 2 is pending, but will never be due",
    ),
    "UPDATE alerts SET due_at = 1 WHERE state = 'sent'": (
        "ledger", "alert 1 is done with, but would be sent again",
    ),
}  # fmt: skip


@pytest.mark.parametrize("sql", DAMAGES)
def test_a_damage_is_named_and_how_to_restore(database: Path, sql: str) -> None:
    change(sql)
    result = invoke("db", "verify", db=database)

    name, problem = DAMAGES[sql]
    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert [line[:13].strip() for line in lines if "PROBLEMS (" in line] == [name]
    assert f"  {problem}" in lines
    assert "To restore a backup, stop the service" in result.stdout


def test_damaged_pages_end_the_verification(database: Path) -> None:
    damage_pages(database)
    result = invoke("db", "verify", "--json", db=database)

    report = json.loads(result.stdout)
    assert (result.exit_code, report["ok"]) == (1, False)
    assert [check["name"] for check in report["checks"]] == ["pages"]
    assert report["checks"][0]["problems"]


def test_a_file_that_is_no_database_is_a_damage() -> None:
    DB.write_bytes(b"no database" * 1_000)
    result = invoke("db", "verify", db=DB)

    assert result.exit_code == 1
    assert "file is not a database" in result.stdout
    assert "To restore a backup" in result.stdout


def test_many_problems_are_not_all_told(database: Path) -> None:
    add(50, start=100)
    change("DELETE FROM identities")
    report = json.loads(invoke("db", "verify", "--json", db=database).stdout)

    assert [len(check["problems"]) for check in report["checks"]] == [0, 0, 0, 21]
    assert report["checks"][3]["problems"][-1] == "and more"


def test_there_is_nothing_to_verify_without_a_database() -> None:
    result = invoke("db", "verify", db=DB)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no database" in result.stderr


def test_another_version_is_not_a_damage(database: Path) -> None:
    change(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    result = invoke("db", "verify", db=database)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "a newer version of monitor" in result.stderr


def test_verifying_beside_a_service_that_writes_finds_nothing() -> None:
    add(500)
    with writing():
        found = [verify(DB) for _ in range(5)]

    assert [check.problems for checks in found for check in checks] == [()] * 20


# ── prune ─────────────────────────────────────────────────────────────────────────────────────


def left() -> list[str]:
    with closing(sqlite3.connect(DB)) as db:
        return [row[0] for row in db.execute("SELECT title FROM versions ORDER BY id")]


def test_a_dry_run_counts_and_deletes_nothing(database: Path) -> None:
    before = left()
    text = done("db", "prune", "--dry-run", "--articles", "1d", "--hits", "1d", db=database)

    assert text == "4 articles would be deleted.\n"
    assert left() == before


def test_pruning_deletes_texts_and_keeps_the_ledger(database: Path) -> None:
    before = coverage(database)
    text = done("db", "prune", "--articles", "1d", "--hits", "1d", db=database)

    assert text.splitlines()[0] == "4 articles were deleted."
    assert "sqlite-utils vacuum monitor.db" in text
    assert left() == []
    assert coverage(database) == before
    assert [check.problems for check in verify(database)] == [()] * 4


def test_texts_with_a_match_are_kept_longer(database: Path) -> None:
    options = ["--articles", "1d", "--hits", "2024-01-01"]
    report = json.loads(done("db", "prune", *options, "--json", db=database))

    assert report == {"articles": 1, "dry_run": False}
    assert "Weather" not in left()


def test_the_ages_are_those_of_the_configuration(database: Path) -> None:
    for age, count in (("36500d", 0), ("1d", 4)):
        retention = f"retention: {{articles: {age}, hits: {age}}}\n"
        Path("config.yaml").write_text(SMALL + retention, encoding="utf-8")
        report = json.loads(done("db", "prune", "--dry-run", "--json", db=database))
        assert report == {"articles": count, "dry_run": True}


def test_pruning_without_ages_needs_a_configuration(database: Path) -> None:
    result = invoke("db", "prune", "--articles", "1d", db=database)

    assert result.exit_code == 2
    assert "no configuration found" in result.stderr


def test_what_a_dry_run_counts_is_what_is_deleted(database: Path) -> None:
    change("UPDATE alerts SET state = 'pending', due_at = 1 WHERE id = 2")
    options = ["--articles", "1d", "--hits", "1d", "--json"]
    counted = json.loads(done("db", "prune", "--dry-run", *options, db=database))["articles"]

    assert json.loads(done("db", "prune", *options, db=database))["articles"] == counted == 3


async def test_the_oldest_are_pruned_first(store: Store) -> None:
    await store.write(lambda tx: tx.feeds.sync([feed("https://one.example/feed")], NOW))
    for hours in (2, 1, 3):
        each, at = article(f"After {hours} hours"), NOW + hours * HOUR
        await store.write(lambda tx, e=each, at=at: enter(tx, 1, e, at))  # type: ignore[misc]
    assert await store.write(lambda tx: tx.articles.prune(NOW + DAY, NOW + DAY, 2)) == 2

    titles = await store.write(lambda tx: tx.db.execute("SELECT title FROM versions").fetchall())
    assert titles == [("After 3 hours",)]


def test_pruning_goes_in_chunks_to_the_end() -> None:
    add(2 * CHUNK + 1)
    report = json.loads(done("db", "prune", "--articles", "1d", "--hits", "1d", "--json", db=DB))

    assert report == {"articles": 2 * CHUNK + 1, "dry_run": False}
    assert left() == []


@pytest.mark.slow
def test_a_service_need_not_wait_long_for_pruning() -> None:
    add(6 * CHUNK)
    with writing() as spans:
        while not spans:
            pass
        started = time.monotonic()
        done("db", "prune", "--articles", "1d", "--hits", "1d", db=DB)
        pruning = time.monotonic() - started

    assert max(spans) < pruning / 2  # it is let in between two chunks
    assert all(title.startswith("New ") for title in left())


@pytest.mark.slow
def test_pruning_waits_for_a_process_that_holds_the_database() -> None:
    add(1)
    with closing(sqlite3.connect(DB, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(2, other.rollback)
        release.start()
        done("db", "prune", "--articles", "1d", "--hits", "1d", db=DB)
        release.join()

    assert left() == []


async def test_deleting_a_text_does_not_look_at_every_match(store: Store) -> None:
    sql = "EXPLAIN QUERY PLAN SELECT 1 FROM matches WHERE version_id = 1"
    plan = await store.write(lambda tx: tx.db.execute(sql).fetchall())
    assert "USING COVERING INDEX matches_version" in str(plan)


@pytest.mark.parametrize("name", ["backup", "verify", "prune"])
def test_the_help_of_each_subcommand_has_an_example(name: str) -> None:
    text = done("db", name, "--help")

    assert f"db {name}" in text[text.rindex("Example") :]
