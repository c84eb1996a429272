"""A migration keeps a copy of what was there, and who goes back is led to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from commands import invoke

from monitor.errors import StoreError, StoreMismatchError
from monitor.store import database
from monitor.store.database import open_database
from monitor.store.schema import version
from monitor.store.schema.version import SCHEMA_VERSION
from monitor.store.sqlite_light import Migrations

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of this version, with a row of its own."""
    made = tmp_path / "monitor.db"
    with closing(open_database(made)) as db:
        db.execute("CREATE TABLE mine AS SELECT 'kept' AS word")
    return made


@pytest.fixture
def later(path: Path, monkeypatch: pytest.MonkeyPatch) -> Migrations:
    """The migrations of a version after that of the database, which takes the row away."""
    assert path.exists()
    return pretend_to_be_newer(monkeypatch)


def pretend_to_be_newer(monkeypatch: pytest.MonkeyPatch) -> Migrations:
    migrations = Migrations("monitor")
    migrations(name="initial")(lambda _: None)
    migrations(name="second")(lambda db: db.execute("DROP TABLE IF EXISTS mine"))
    monkeypatch.setattr(database, "migrations", migrations)
    for module in (database, version):
        monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    return migrations


def copy_of(path: Path) -> Path:
    return path.with_name(f"monitor.db.schema-{SCHEMA_VERSION}")


def word(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        return str(db.execute("SELECT word FROM mine").fetchone()[0])


@pytest.mark.usefixtures("later")
def test_a_copy_is_kept_of_what_is_migrated(path: Path) -> None:
    open_database(path).close()

    assert word(copy_of(path)) == "kept"
    with pytest.raises(sqlite3.OperationalError, match="no such table: mine"):
        word(path)


@pytest.mark.usefixtures("later")
def test_what_is_new_or_up_to_date_needs_no_copy(tmp_path: Path) -> None:
    for _ in range(2):
        open_database(tmp_path / "new.db").close()

    assert [each.name for each in tmp_path.glob("*.schema-*")] == []


def test_a_migration_that_fails_again_and_again_keeps_one_copy(
    path: Path, later: Migrations
) -> None:
    later(name="third")(lambda db: db.execute("DROP TABLE nothing"))
    for _ in range(3):
        with pytest.raises(StoreError):
            open_database(path)

    assert [each.name for each in path.parent.glob("*.schema-*")] == [copy_of(path).name]
    assert word(path) == "kept"


@pytest.mark.usefixtures("later")
def test_nothing_is_migrated_where_no_copy_can_be_made(path: Path) -> None:
    copy_of(path).mkdir()

    with pytest.raises(Exception, match="is a folder"):
        open_database(path)
    assert word(path) == "kept"


def test_an_older_program_names_the_copy_and_its_restore_leads_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        pretend_to_be_newer(newer)
        open_database(path).close()
    refused = invoke("hits", db=path)
    command = f"monitor --db {path} db restore {copy_of(path)}"

    assert refused.exit_code == 1
    assert f"go back: `{command}`" in refused.stderr
    assert invoke(*command.split()[1:]).exit_code == 0
    assert word(path) == "kept"


def test_without_a_copy_an_older_program_asks_for_a_backup(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    with pytest.raises(StoreMismatchError, match=r"db restore BACKUP`"):
        open_database(path)
