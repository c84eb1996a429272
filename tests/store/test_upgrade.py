"""`monitor db upgrade`: what monitor 0.1.0 stored is carried over, all of it or nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from amounts import sample
from commands import done, invoke
from conftest import DATA
from fakes import article, feed, topic
from filled import bring, move_into_empty_home

from monitor.errors import StoreError, StoreMismatchError
from monitor.store.admin import upgrade as module
from monitor.store.admin.upgrade import upgrade
from monitor.store.admin.verify import verify
from monitor.store.database import Store, open_database
from monitor.store.lock import sole_worker
from monitor.store.queries.reader import Reader
from monitor.store.schema.version import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

DB, BACKUP = Path("monitor.db"), Path("monitor.db.schema-10")
LATER = datetime(2026, 12, 1, tzinfo=UTC)
RENAMED = {
    "told": "notified",
    "traces": "article_features",
    "survey": "roundup",
    "profiles": "story_profiles",
    "story_marks": "story_features",
    "mark_counts": "feature_counts",
    "marks": "features",
    "mark": "feature",
}


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def old_content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    script = (DATA / "database-0.1.0.sql").read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("old") / "monitor.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
        db.execute("PRAGMA journal_mode = WAL")
    return path.read_bytes()


@pytest.fixture
def old(old_content: bytes) -> Path:
    """A database as monitor 0.1.0 left it."""
    DB.write_bytes(old_content)
    return DB


NEW = {
    "first_due_at",
    "failures_in_a_row",
    "restored",
}  # columns that 0.1.0 lacks, which stay empty


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def change(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)


def tables(path: Path) -> list[str]:
    found = rows(
        path,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND name NOT LIKE 'versions_fts%' AND name <> '_sqlite_migrations'",
    )
    return [name for (name,) in found]


def contents(path: Path) -> dict[str, list[str]]:
    """The rows of each table, with the columns in one order and by their present names."""
    found = {}
    names = tables(path)
    with closing(sqlite3.connect(path)) as db:
        for table in names:
            own = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
            columns = sorted(own - NEW, key=lambda name: RENAMED.get(name, name))
            shown = db.execute(f"SELECT {', '.join(columns)} FROM {table}")
            found[RENAMED.get(table, table)] = sorted(map(repr, shown))
    return found


def beside() -> set[str]:
    return {path.name for path in Path().iterdir()} - {"monitor.db.lock"}


# ── all of it ─────────────────────────────────────────────────────────────────────────────────


def test_the_rows_of_every_table_arrive(old: Path) -> None:
    before = contents(old)
    # columns that are new since then, with their defaults or what is known of them
    before.pop("feeds")
    figures = before.pop("figures")
    upgrade(old)

    after = contents(old)
    assert len(after["feeds"]) == 2
    assert len(after["figures"]) == len(figures)
    assert {table: after[table] for table in before} == before
    assert sum(map(bool, before.values())) == 22


def test_feeds_keep_all_that_was_known_of_them(old: Path) -> None:
    columns = [row[1] for row in rows(old, "PRAGMA table_info(feeds)") if row[1] != "imprints"]
    before = rows(old, f"SELECT {', '.join(columns)} FROM feeds")
    upgrade(old)

    named = ", ".join(RENAMED.get(column, column) for column in columns)
    assert rows(old, f"SELECT {named} FROM feeds") == before
    assert rows(old, "SELECT reason FROM feeds") == [("http-denied",), ("",)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT article_id, reader, said, topics, at FROM feedback ORDER BY id",
        "SELECT article, topic, good, wrong FROM verdicts ORDER BY article",
        "SELECT * FROM silence_list ORDER BY id",
        "SELECT feed, entries, hit, near_miss, no_match, duplicate, unread FROM coverage",
        "SELECT id, feed_id, article_id, outcome, reason, first_seen_at FROM entries ORDER BY id",
        "SELECT key, feed_id, entry_id FROM identities ORDER BY key",
        "SELECT * FROM alert_list ORDER BY id",
        "SELECT * FROM story_list ORDER BY id",
    ],
)
def test_what_commands_read_is_the_same_before_and_after(old: Path, query: str) -> None:
    before = rows(old, query)
    upgrade(old)

    assert before
    assert rows(old, query) == before


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("hits", "Island watches an ICBM cross the bay"),
        ("hits --near", "ICBM on show at harbour parade"),
        ("hits twice", ""),  # of an edit, which did not hit anew
        ("hits 항구", "북한군 9천 명 항구 도착"),
        ("coverage", "Total\t10\t6\t1\t1\t1\t1"),
        ("feedback", "9,000 troops board ferries for the exercise"),
        ("silence list", "the ship is a known one"),
        ("alerts", "msg_too_long"),
        ("stories", "More troops arrive by train in the north"),
        ("feeds", "Northern Wire"),
        ("show 1", "A second one followed."),
        ("db verify", "ledger        ok (10 entries of 2 feeds)"),
    ],
)
def test_commands_work_on_what_was_carried_over(old: Path, command: str, shown: str) -> None:
    upgrade(old)

    assert shown in done(*command.split(), db=old)


def test_the_search_index_holds_every_text(old: Path) -> None:
    upgrade(old)

    assert [check.problems for check in verify(old)] == [()] * 4
    found = "SELECT rowid FROM versions_fts WHERE versions_fts MATCH '\"second one followed\"'"
    assert len(rows(old, found)) == 1


def test_what_a_killed_service_left_in_its_log_arrives(old: Path) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as service:
        service.execute("UPDATE feedback SET name = 'in the log' WHERE id = 2")
        Path("killed").mkdir()
        for name in ("monitor.db", "monitor.db-wal"):
            shutil.copy(name, "killed")
    killed = Path("killed/monitor.db")
    upgrade(killed)

    assert rows(killed, "SELECT name FROM feedback WHERE id = 2") == [("in the log",)]
    assert rows(killed, "PRAGMA integrity_check") == [("ok",)]


async def test_an_entry_that_its_feed_still_serves_is_no_new_one(old: Path) -> None:
    upgrade(old)
    before = contents(old)
    post = feed("https://post.example/feed", publisher="Harbour Post")
    launch = article(
        "Island watches an ICBM cross the bay, twice",
        "The ICBM flew for 40 minutes, the coast guard said. A second one followed.",
        id="harb-1",
        link="https://post.example/1",
        publisher="Harbour Post",
    )
    async with Store(old) as store:
        await store.write(lambda tx: tx.feeds.sync([post], LATER))
        await bring(store, post, [launch], LATER, topics=[topic("icbm", "ICBM")])

    after = contents(old)
    same = ("entries", "articles", "versions", "stories", "feedback")
    assert [table for table in same if after[table] != before[table]] == []
    assert len(after["alerts"]) == len(before["alerts"])


def test_the_command_says_what_it_did(old: Path) -> None:
    text = done("db", "upgrade", db=old)

    assert "schema 10 was carried over, and compared: 2 feeds, " in text
    assert "10 entries, 29 identities, " in text
    assert "3 feedback" in text
    assert str(BACKUP.absolute()) in text


def test_the_command_tells_programs_what_it_did(old: Path) -> None:
    report = json.loads(done("db", "upgrade", "--json", db=old))

    assert (report["upgraded"], report["schema"], report["only_in_backup"]) == (True, 10, [])
    assert report["backup"] == str(BACKUP.absolute())
    assert report["rows"]["feedback"] == 3


def test_the_backup_is_the_old_database(old: Path) -> None:
    before = contents(old)
    upgrade(old)

    assert contents(BACKUP) == before
    assert rows(BACKUP, "PRAGMA user_version") == [(10,)]
    assert BACKUP.stat().st_mode & 0o777 == 0o640


def test_nothing_else_is_left_beside_it(old: Path) -> None:
    upgrade(old)

    assert beside() == {"monitor.db", "monitor.db.schema-10"}


def test_who_could_read_it_still_can(old: Path) -> None:
    old.chmod(0o640)
    upgrade(old)

    assert old.stat().st_mode & 0o777 == 0o640


def test_a_link_leads_to_the_new_file(old: Path) -> None:
    Path("kept").mkdir()
    shutil.move(old, "kept/real.db")
    old.symlink_to("kept/real.db")
    upgrade(old)

    assert old.is_symlink()
    assert rows(old, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_tables_that_are_not_monitors_stay_in_the_backup_and_are_named(old: Path) -> None:
    change(old, "CREATE TABLE notes (text); INSERT INTO notes VALUES ('ours');")

    assert "Only the backup has the tables notes." in done("db", "upgrade", db=old)
    assert rows(BACKUP, "SELECT text FROM notes") == [("ours",)]


# ── once ──────────────────────────────────────────────────────────────────────────────────────


def test_a_second_time_changes_nothing(old: Path) -> None:
    upgrade(old)
    before = old.read_bytes()

    assert done("db", "upgrade", db=old) == "monitor.db is up to date.\n"
    assert json.loads(done("db", "upgrade", "--json", db=old))["upgraded"] is False
    assert contents_of(before) == contents(old)
    assert len([name for name in beside() if "schema" in name]) == 1


def contents_of(content: bytes) -> dict[str, list[str]]:
    copy = Path("copy.db")
    copy.write_bytes(content)
    return contents(copy)


def test_an_earlier_backup_is_not_overwritten(old: Path) -> None:
    BACKUP.write_text("precious", encoding="utf-8")
    found = upgrade(old)

    assert found
    assert found.backup.name == "monitor.db.schema-10.1"
    assert BACKUP.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("version", [1, 10, 12])
def test_an_early_version_is_refused_with_the_command_that_helps(old: Path, version: int) -> None:
    change(old, f"PRAGMA user_version = {version}")
    before = contents(old)

    helps = rf"monitor 0\.1\.0 \(schema {version}\).*`monitor --db monitor\.db db upgrade`"
    with pytest.raises(StoreMismatchError, match=helps):
        open_database(old)
    with pytest.raises(StoreMismatchError, match=helps):
        Reader(old)
    assert contents(old) == before


def test_a_newer_version_is_refused(old: Path) -> None:
    change(old, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    assert "a newer version of monitor" in invoke("db", "upgrade", db=old).stderr


def test_there_is_nothing_to_upgrade_without_a_database() -> None:
    assert "there is no database" in invoke("db", "upgrade", db=DB).stderr
    assert beside() == set()


def test_a_file_that_is_no_database_of_monitor_is_refused() -> None:
    change(DB, "CREATE TABLE bookmarks (url)")

    assert "is no database of monitor" in invoke("db", "upgrade", db=DB).stderr
    assert tables(DB) == ["bookmarks"]


# ── or nothing ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def unharmed(old: Path) -> Iterator[Path]:
    """An old database that must be as it was after the test, and be carried over all the same."""
    before = contents(old)
    yield old
    assert contents(old) == before
    assert rows(old, "PRAGMA user_version") == [(10,)]
    assert upgrade(old)
    assert [check.problems for check in verify(old)] == [()] * 4


KILLED = """
import os, sys
from pathlib import Path
from monitor.store.admin import upgrade
upgrade.{step} = lambda *_, **__: os.kill(os.getpid(), 9)
upgrade.upgrade(Path(sys.argv[1]))
"""


STEPS = ("put_in_place", "_compared", "_index", "_build", "back_up")


@pytest.mark.parametrize("step", sample(STEPS, every=2))
def test_an_upgrade_that_is_killed_leaves_the_old_file(unharmed: Path, step: str) -> None:
    program = [sys.executable, "-c", KILLED.format(step=step), str(unharmed)]
    killed = subprocess.run(program, check=False)

    assert killed.returncode == -signal.SIGKILL


def test_a_service_that_works_on_it_is_to_be_stopped_first(
    unharmed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.store.lock._WAIT", 0.0)
    with sole_worker(unharmed.absolute()):
        result = invoke("db", "upgrade", db=unharmed)

    assert result.exit_code == 1
    assert f"another monitor (process {os.getpid()}) works on" in result.stderr
    assert not BACKUP.exists()


def test_another_program_that_has_it_open_is_to_be_closed_first(
    unharmed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BUSY", 0.0)
    with closing(sqlite3.connect(unharmed)) as other:
        other.execute("SELECT * FROM feeds").fetchone()
        result = invoke("db", "upgrade", db=unharmed)

    assert result.exit_code == 1
    assert "locked by another process; nothing was carried over" in result.stderr
    assert not BACKUP.exists()


def test_nobody_writes_to_the_old_file_meanwhile(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []

    def compared(*arguments: Any) -> dict[str, int]:
        with closing(sqlite3.connect(old, timeout=0)) as other:
            try:
                other.execute("DELETE FROM feedback")
            except sqlite3.OperationalError as error:
                refused.append(str(error))
        return kept(*arguments)

    kept = module._compared
    monkeypatch.setattr(module, "_compared", compared)
    upgrade(old)

    assert refused == ["database is locked"]


def test_too_little_room_is_said_before_anything_is_written(
    unharmed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: Usage(9, 9, 100_000))
        result = invoke("db", "upgrade", db=unharmed)

    assert result.exit_code == 1
    assert "MB must be free beside it" in result.stderr
    assert "and 0.1 MB are; nothing was carried over" in result.stderr
    assert beside() == {"monitor.db"}


def test_a_disk_that_gets_full_leaves_the_old_file(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(path: Path) -> Any:
        db = open_database(path)
        db.execute("PRAGMA max_page_count = 1")  # no page more than it has: as on a full disk
        return db

    change(old, "UPDATE silences SET comment = printf('%.*c', 300000, 'x')")
    before = contents(old)
    monkeypatch.setattr(module, "open_database", small)
    result = invoke("db", "upgrade", db=old)

    assert result.exit_code == 1
    assert "the disk is full; the database takes no more; nothing was carried" in result.stderr
    assert beside() == {"monitor.db"}
    assert contents(old) == before


@pytest.mark.parametrize(
    ("loss", "named"),
    [
        ("DELETE FROM main.feedback WHERE id = 2", "feedback did not arrive"),
        ("UPDATE main.feedback SET said = 'good'", "feedback did not arrive"),
        ("UPDATE main.alerts SET state = 'sent'", "alerts did not arrive"),
        ("DELETE FROM main.figures", "figures did not arrive"),
        ("UPDATE main.alerts SET story_id = 99", "references did not arrive"),
    ],
)
def test_a_loss_on_the_way_is_noticed(
    unharmed: Path, loss: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(db: sqlite3.Connection) -> None:
        kept(db)
        db.execute(loss)

    kept = module._index
    with monkeypatch.context() as patch:
        patch.setattr(module, "_index", lose)
        with pytest.raises(StoreError, match=named):
            upgrade(unharmed)

    assert beside() == {"monitor.db"}


def test_a_damaged_database_is_not_carried_over(old: Path) -> None:
    [(page, size)] = rows(
        old,
        "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size()"
        " WHERE name = 'entries_feed'",
    )
    with old.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    result = invoke("db", "upgrade", db=old)

    assert result.exit_code == 1
    assert "nothing was kept" in result.stderr
    assert beside() == {"monitor.db"}


# ── before 0.1.0 ──────────────────────────────────────────────────────────────────────────────

# What the outbox was before stories were sent (schema 6): `digest` said yes or no.
ARTICLES_ALERTS = """
PRAGMA user_version = 6;
DROP VIEW alert_list; DROP VIEW article_alerts; DROP VIEW silence_list; DROP VIEW feedback_list;
DROP VIEW verdicts; DROP VIEW pushed_feeds;
DROP TABLE edits; DROP TABLE feedback; DROP TABLE subscriptions; DROP TABLE alerts;
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, channel TEXT NOT NULL,
    story_id INTEGER REFERENCES stories(id), article_id INTEGER REFERENCES articles(id),
    topics TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    digest INTEGER NOT NULL, due_at REAL, leased INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, plain INTEGER NOT NULL DEFAULT 0,
    ref TEXT, thread TEXT, created_at REAL NOT NULL, sent_at REAL
);
INSERT INTO alerts (id, key, channel, topics, state, digest, leased, plain, created_at) VALUES
    (1, 'k1', 'desk', '[]', 'sent', 0, 0, 0, 3), (2, 'k2', 'desk', '[]', 'digested', 1, 0, 0, 3),
    (3, 'k3', 'desk', '[]', 'pending', 0, 1, 0, 3), (4, 'k4', 'desk', '[]', 'pending', 0, 0, 1, 3),
    (5, 'k5', 'desk', '[]', 'pending', 1, 1, 0, 3), (6, 'k6', 'desk', '[]', 'pending', 1, 1, 0, 3);
"""


def test_what_was_being_sent_before_stories_were_is_sent_again_as_it_was(old: Path) -> None:
    change(old, ARTICLES_ALERTS)
    upgrade(old)

    assert rows(old, "SELECT id, digest, message, tried_at, news FROM alerts") == [
        (1, "", "", None, "[]"),
        (2, "catching-up", "", None, "[]"),
        (3, "", "k3", 3.0, "[]"),
        (4, "", "k4", None, "[]"),
        (5, "catching-up", "k5", 3.0, "[]"),  # the message was that of the first
        (6, "catching-up", "k5", 3.0, "[]"),
    ]
    assert rows(old, "SELECT count(*) FROM feedback") == [(0,)]


def test_days_that_were_not_counted_yet_are_counted_from_the_ledger(old: Path) -> None:
    before = rows(old, "SELECT * FROM news_days")
    change(old, "DROP VIEW feed_health; DROP TABLE news_days")
    upgrade(old)

    assert rows(old, "SELECT * FROM news_days") == before


def test_a_column_that_is_newer_has_its_default(old: Path) -> None:
    change(old, "DROP VIEW hits; DROP VIEW near_misses; ALTER TABLE matches DROP COLUMN score")
    upgrade(old)

    assert set(rows(old, "SELECT score FROM matches")) == {(1.0,)}
