"""Opening the file, writing to it, and the lock that keeps a second worker out."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from conftest import NOW, ROOT
from fakes import feed
from installation import until
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations
from structlog.testing import capture_logs

from monitor.errors import StoreError, StoreMismatchError
from monitor.store import database
from monitor.store.database import Store, open_database
from monitor.store.fulltext import query
from monitor.store.lock import sole_worker
from monitor.store.queries.reader import Reader
from monitor.store.schema import version
from monitor.store.schema.migrations import migrations, statements
from monitor.store.schema.version import BEFORE_FIRST, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from monitor.store.transaction import Transaction


def add(name: str) -> Callable[[Transaction], None]:
    """A change that makes this the only enabled feed."""
    return lambda tx: tx.feeds.sync([feed(f"https://news.example/{name}")], NOW)


def add_and_fail(tx: Transaction) -> None:
    add("failed")(tx)
    raise LookupError("a mistake in the change")


def feeds(path: Path) -> list[str]:
    with Reader(path) as reader:
        return [row["title"] for row in reader.coverage()]


async def pragma(store: Store, name: str) -> object:
    return await store.write(lambda tx: tx.db.execute(f"PRAGMA {name}").fetchone()[0])


def make(path: Path, number: int = SCHEMA_VERSION) -> None:
    """Make a database that says it has this schema version."""
    database = open_database(path)
    database.execute(f"PRAGMA user_version = {number}")
    database.close()


# ── opening ───────────────────────────────────────────────────────────────────────────────────


async def test_a_new_database_is_made_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "state" / "monitor" / "new.db"
    async with Store(path) as store:
        await store.write(add("a"))

    assert feeds(path) == ["a"]


async def test_a_database_that_is_opened_again_holds_what_was_written(tmp_path: Path) -> None:
    for name in ("a", "b"):
        async with Store(tmp_path / "monitor.db") as store:
            await store.write(add(name))

    assert feeds(tmp_path / "monitor.db") == ["a", "b"]


def test_the_schema_version_is_the_number_of_migrations() -> None:
    with closing(Database(memory=True)) as empty:
        assert BEFORE_FIRST + len(migrations.pending(empty)) == SCHEMA_VERSION


def test_the_first_migration_stays_the_first() -> None:
    with closing(Database(memory=True)) as empty:
        assert migrations.pending(empty)[0].name == "initial"


def test_texts_of_thai_that_were_indexed_by_the_sentence_are_found_by_the_word() -> None:
    with closing(Database(memory=True)) as db:
        migrations.apply(db, stop_before="thai_by_the_letter")
        db.execute("PRAGMA foreign_keys = OFF")
        for number, title in enumerate(("กองทัพจีนซ้อมรบ 北韓", "북한군이"), 1):
            db.execute("INSERT INTO versions VALUES (?, 1, ?, '', '', 0)", (number, title))
        indexed = [(1, "กองทัพจีนซ้อมรบ  北 韓 "), (2, " 북 한 군 이 ")]
        db.conn.executemany(
            "INSERT INTO versions_fts (rowid, title, text) VALUES (?, ?, '')", indexed
        )

        migrations.apply(db)
        found = [
            db.execute("SELECT rowid FROM versions_fts WHERE versions_fts MATCH ?", (query(word),))
            for word in ("ซ้อมรบ", "北韓", "북한", "กองทัพจีนซ้อมรบ 北")
        ]
        assert [rows.fetchall() for rows in found] == [[(1,)], [(1,)], [(2,)], [(1,)]]
        db.execute("INSERT INTO versions_fts (versions_fts) VALUES ('integrity-check')")


def test_a_script_is_split_where_its_statements_end() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a\nBEGIN\n    DELETE FROM b;\nEND;\n"
    table = "-- a; b;\nCREATE TABLE c (  -- one;\n    id);\n"

    assert list(statements(trigger + table + "SELECT 1")) == [trigger, table, "SELECT 1"]


def test_every_view_says_what_it_is_for(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "monitor.db")) as db:
        views = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'"))

    silent = [name for name, sql in views.items() if not sql.splitlines()[1].startswith("-- ")]
    assert (len(views) > 15, silent) == (True, [])


def test_no_statement_numbers_its_values() -> None:
    # Python 3.14 refuses `?1` with a sequence, and 3.12 warns of it
    sources = (ROOT / "monitor").rglob("*.py")
    assert [
        path.name for path in sources if re.search(r"= \?\d|\?\d,", path.read_text("utf-8"))
    ] == []


async def test_an_older_database_is_brought_up_to_date_when_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "monitor.db"
    make(path)
    later = Migrations("monitor")
    later(name="initial")(lambda _: None)
    later(name="second")(lambda db: db.execute("CREATE TABLE second (id)"))
    monkeypatch.setattr(database, "migrations", later)
    for module in (database, version):
        monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    async with Store(path) as store:
        await store.write(lambda tx: tx.db.execute("INSERT INTO second VALUES (1)"))
        assert await pragma(store, "user_version") == SCHEMA_VERSION + 1


@pytest.mark.parametrize(
    ("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
async def test_what_is_committed_survives_a_power_cut_and_holds_together(
    store: Store, name: str, value: object
) -> None:
    assert await pragma(store, name) == value


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    make(path, SCHEMA_VERSION + 1)

    with pytest.raises(StoreMismatchError, match=r"newer version of monitor.*use that version"):
        async with Store(path):
            pass


def test_a_reader_refuses_a_database_of_a_newer_version(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    make(path, SCHEMA_VERSION + 1)

    with pytest.raises(StoreMismatchError, match=r"newer version of monitor.*use that version"):
        Reader(path)


def test_a_reader_refuses_a_database_of_an_older_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "monitor.db"
    make(path)
    monkeypatch.setattr(version, "SCHEMA_VERSION", SCHEMA_VERSION + 1)

    with pytest.raises(StoreMismatchError, match=r"older version .* `monitor run --once` brings"):
        Reader(path)


async def test_a_refused_database_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    make(path, SCHEMA_VERSION + 1)
    before = path.read_bytes()
    with pytest.raises(StoreMismatchError):
        await Store(path).__aenter__()

    assert path.read_bytes() == before


async def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.touch()
    async with Store(path) as store:
        await store.write(add("a"))

    assert feeds(path) == ["a"]


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_text("no database at all\n" * 1_000)

    with pytest.raises(StoreError, match=r"monitor\.db: the database is damaged"):
        async with Store(path):
            pass


async def test_a_place_where_no_database_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="cannot be used"):
        async with Store(tmp_path / "file" / "monitor.db"):
            pass


async def test_a_database_damaged_inside_is_an_error_of_the_store(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    many = [feed(f"https://news.example/{number}") for number in range(500)]
    async with Store(path) as store:
        await store.write(lambda tx: tx.feeds.sync(many, NOW))
    content = path.read_bytes()
    path.write_bytes(content[:-16_384] + b"\xa5" * 16_384)

    async with Store(path) as store:
        with pytest.raises(StoreError, match="malformed"):
            await store.write(add("a"))
    with Reader(path) as reader, pytest.raises(StoreError, match="malformed"):
        reader.coverage()


def test_two_processes_open_a_new_database_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    program = (
        "import sys; from pathlib import Path; from monitor.store.database import open_database\n"
        "print('ready', flush=True); sys.stdin.readline(); open_database(Path(sys.argv[1])).close()"
    )
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", program, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in starting:  # both have imported what they need
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in starting:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    ends = [(process.communicate()[1], process.returncode) for process in starting]

    assert ends == [("", 0), ("", 0)]
    assert feeds(path) == []


# ── writing ───────────────────────────────────────────────────────────────────────────────────


async def test_writing_returns_what_the_change_returns(store: Store) -> None:
    assert await store.write(lambda _: "result") == "result"


async def test_writing_raises_what_the_change_raises(store: Store) -> None:
    with pytest.raises(LookupError, match="a mistake in the change"):
        await store.write(add_and_fail)


async def test_a_change_that_fails_is_undone(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.write(add_and_fail)

    assert feeds(store.path) == []


async def test_changes_that_wait_together_are_stored_together(store: Store) -> None:
    outside: list[list[str]] = []
    await asyncio.gather(
        store.write(add("a")),
        store.write(lambda _: outside.append(feeds(store.path))),
    )

    assert outside == [[]]  # the second change saw from outside that the first was not stored yet
    assert feeds(store.path) == ["a"]


async def test_a_change_that_fails_undoes_nothing_of_the_others(store: Store) -> None:
    changes = [add("a"), add_and_fail, add("b")]
    results = await asyncio.gather(*map(store.write, changes), return_exceptions=True)

    assert [type(result) for result in results] == [type(None), LookupError, type(None)]
    assert feeds(store.path) == ["a", "b"]


async def test_a_change_that_breaks_a_rule_of_the_schema_fails_alone(store: Store) -> None:
    def entry_of_no_feed(tx: Transaction) -> None:
        tx.db.table("identities").insert({"key": b"k", "feed_id": 99, "entry_id": 99})

    results = await asyncio.gather(
        store.write(entry_of_no_feed), store.write(add("a")), return_exceptions=True
    )
    assert isinstance(results[0], sqlite3.IntegrityError)
    assert feeds(store.path) == ["a"]


async def test_a_change_whose_caller_left_is_stored_all_the_same(store: Store) -> None:
    caller = asyncio.create_task(store.write(add("a")))
    await asyncio.sleep(0)
    caller.cancel()
    await store.write(lambda _: None)

    assert caller.cancelled()
    assert feeds(store.path) == ["a"]


async def test_items_that_wait_for_a_shared_change_are_given_to_it_together(store: Store) -> None:
    def double(_: Transaction, items: Sequence[int]) -> list[tuple[int, int]]:
        return [(2 * item, len(items)) for item in items]

    results = await asyncio.gather(*(store.write_shared(double, item) for item in (1, 2, 3)))
    assert results == [(2, 3), (4, 3), (6, 3)]
    assert await store.write_shared(double, 4) == (8, 1)


async def test_items_are_counted_as_sharing_until_they_are_stored(store: Store) -> None:
    def keep(_: Transaction, items: Sequence[int]) -> list[int]:
        return list(items)

    waiting = [asyncio.create_task(store.write_shared(keep, item)) for item in (1, 2)]
    await asyncio.sleep(0)
    assert store.sharing == 2
    await asyncio.gather(*waiting)
    assert store.sharing == 0


async def test_an_item_on_which_a_shared_change_fails_costs_no_other(store: Store) -> None:
    def add_each(tx: Transaction, items: Sequence[str]) -> list[str]:
        for item in items:
            (add_and_fail if item == "b" else add(item))(tx)
        return list(items)

    waiting = (store.write_shared(add_each, item) for item in "abc")
    first, failed, last = await asyncio.gather(*waiting, return_exceptions=True)
    assert (first, type(failed), last) == ("a", LookupError, "c")
    assert feeds(store.path) == ["a", "c"]


async def test_only_a_transaction_without_durable_changes_is_not_synced(store: Store) -> None:
    def level(tx: Transaction) -> int:
        return int(tx.db.execute("PRAGMA synchronous").fetchone()[0])

    full, normal = 2, 1
    assert await store.write(level, durable=False) == normal
    assert await store.write(level) == full
    both = await asyncio.gather(store.write(level, durable=False), store.write(level))
    assert set(both) == {full}


async def test_what_waits_is_written_before_closing(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    async with Store(path) as store:
        writing = asyncio.create_task(store.write(add("a")))
        await asyncio.sleep(0)
    await writing

    assert feeds(path) == ["a"]


async def test_a_database_that_another_process_keeps_busy_is_an_error_of_the_store(
    store: Store,
) -> None:
    await pragma(store, "busy_timeout = 0")  # do not wait for the other one
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            await store.write(add("a"))
        other.rollback()

    await store.write(add("b"))
    assert feeds(store.path) == ["b"]


async def test_readers_are_not_kept_waiting_by_a_writer(store: Store) -> None:
    def look(tx: Transaction) -> list[str]:
        add("a")(tx)
        return feeds(store.path)

    assert await store.write(look) == []


async def test_what_is_done_inside_undone_is_undone(store: Store) -> None:
    def preview(tx: Transaction) -> int:
        add("a")(tx)
        with tx.undone():
            tx.feeds.sync([], NOW)
            return tx.feeds.count_due(NOW)

    assert await store.write(preview) == 0
    assert await store.write(lambda tx: tx.feeds.count_due(NOW)) == 1


async def test_an_error_inside_undone_undoes_it_too(store: Store) -> None:
    def fail(tx: Transaction) -> int:
        try:
            with tx.undone():
                add_and_fail(tx)
        except LookupError:
            return tx.feeds.count_due(NOW)
        return -1

    assert await store.write(fail) == 0


@pytest.fixture
async def impatient(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that takes no pause, so that nothing here waits by the clock."""
    await store.write(lambda tx: tx.db.execute("PRAGMA busy_timeout = 0"))
    monkeypatch.setattr(database, "_AGAIN", 0.0)
    return store


async def test_with_patience_a_locked_database_is_waited_for(impatient: Store) -> None:
    with closing(sqlite3.connect(impatient.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with capture_logs() as logs:
            writing = asyncio.create_task(impatient.write(add("late"), patience=60))
            await until(lambda: logs)
            other.rollback()
            await writing
    assert {entry["event"] for entry in logs} == {"write waits"}
    assert feeds(impatient.path) == ["late"]


async def test_patience_has_an_end(impatient: Store) -> None:
    with closing(sqlite3.connect(impatient.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            await impatient.write(add("late"), patience=0.05)


async def test_no_patience_helps_against_a_mistake(impatient: Store) -> None:
    with pytest.raises(LookupError, match="a mistake in the change"):
        await impatient.write(add_and_fail, patience=60)


# ── one worker at a time ──────────────────────────────────────────────────────────────────────


def test_a_second_worker_is_refused_and_told_which_process_works(tmp_path: Path) -> None:
    database = tmp_path / "monitor.db"
    (tmp_path / "monitor.db.lock").write_text("12345678901234567890")  # of an earlier process
    with (
        sole_worker(database),
        pytest.raises(StoreError, match=rf"process {os.getpid()}\) works on .*monitor\.db"),
        sole_worker(database),
    ):
        pass


def test_a_worker_that_is_done_lets_the_next_one_in(tmp_path: Path) -> None:
    workers = 0
    for _ in range(2):
        with sole_worker(tmp_path / "monitor.db"):
            workers += 1

    assert workers == 2


def test_workers_of_other_databases_do_not_matter(tmp_path: Path) -> None:
    with sole_worker(tmp_path / "one.db"), sole_worker(tmp_path / "two.db"):
        assert {path.name for path in tmp_path.iterdir()} == {"one.db.lock", "two.db.lock"}


def test_a_process_that_was_killed_blocks_nobody(tmp_path: Path) -> None:
    database = tmp_path / "monitor.db"
    program = (
        "import os, sys; from pathlib import Path; from monitor.store.lock import sole_worker\n"
        "with sole_worker(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, database], check=False)
    assert killed.returncode == -9
    assert database.with_name("monitor.db.lock").exists()

    with sole_worker(database), pytest.raises(StoreError), sole_worker(database):
        pass


def test_a_lock_that_cannot_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(StoreError, match="cannot be made"),
        sole_worker(tmp_path / "file" / "monitor.db"),
    ):
        pass


# ── faults of the file ────────────────────────────────────────────────────────────────────────


async def test_a_database_that_is_moved_away_takes_nothing_until_it_is_back(store: Store) -> None:
    away = store.path.with_name("away.db")
    store.path.rename(away)
    with pytest.raises(StoreError, match="deleted or moved away while in use") as raised:
        await store.write(add("lost"))
    assert raised.value.passing
    assert not store.path.exists()
    away.rename(store.path)
    await store.write(add("stored"))
    assert feeds(store.path) == ["stored"]


async def test_another_file_in_the_place_of_the_database_is_not_written_over(
    store: Store,
) -> None:
    other = store.path.with_name("other.db")
    make(other)
    other.replace(store.path)
    with pytest.raises(
        StoreError, match="another file was put into the database's place"
    ) as raised:
        await store.write(add("lost"))
    assert not raised.value.passing


async def test_each_transaction_is_observed_with_its_fault(tmp_path: Path) -> None:
    observed: list[StoreError | None] = []
    async with Store(tmp_path / "monitor.db", observed.append) as store:
        await store.write(lambda tx: tx.db.execute("PRAGMA max_page_count = 1"))
        with pytest.raises(StoreError, match="the disk is full"):
            await store.write(lambda tx: tx.db.execute("CREATE TABLE one_more (id)"))
    stored, full = observed
    assert stored is None
    assert full
    assert (full.passing, full.partial) == (True, True)


def test_a_file_that_cannot_be_opened_may_be_opened_later(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="too many open files, or its folder is gone") as raised:
        open_database(tmp_path)
    assert raised.value.passing
