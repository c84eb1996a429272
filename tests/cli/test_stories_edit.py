"""`monitor stories merge` and `split`: stories that a reader joins or parts by hand."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from commands import ONE, TOPICS, TWO, done, invoke
from conftest import NOW
from copies import store_at
from fakes import article
from filled import HOUR, bring, move_into_empty_home

if TYPE_CHECKING:
    from pathlib import Path

SUNAN = article(
    "North Korea fires ICBM from Sunan",
    "It flew 1,000 km to Hokkaido.",
    publisher="One",
    published_at=NOW,
)
CAPE = article(
    "US tests Minuteman ICBM in California",
    "Launched at Vandenberg.",
    publisher="Two",
    published_at=NOW,
)
SECOND = article(
    "ICBM from Sunan flew 1,000 km", "It fell near Hokkaido.", publisher="Two", published_at=NOW
)
AGAIN = article(
    "Minuteman ICBM rose over Vandenberg, California",
    "A US test.",
    publisher="One",
    published_at=NOW,
)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A launch with two reports, 1 and 3, and a test of another country with one, 2."""
    move_into_empty_home(tmp_path, monkeypatch)
    path = tmp_path / "monitor.db"
    add(path, [(ONE, [SUNAN]), (TWO, [CAPE, SECOND])])
    return path


def add(path: Path, brought: list[tuple[Any, Any]], hours: int = 0) -> None:
    """Let feeds bring articles, each an hour after the one before."""

    async def fill() -> None:
        async with store_at(path) as store:
            await store.write(lambda tx: tx.feeds.sync([ONE, TWO], NOW - HOUR))
            for number, (feed, articles) in enumerate(brought):
                at = NOW + (hours + number) * HOUR
                await bring(store, feed, articles, at, topics=TOPICS)

    asyncio.run(fill())


def sizes(path: Path) -> dict[int, int]:
    """The number of reports by story."""
    rows = json.loads(done("stories", "--json", db=path))
    return {row["id"]: row["articles"] for row in rows}


def alerts(path: Path, state: str) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT article_id, story_id FROM alerts WHERE state = ? ORDER BY id"
        return db.execute(sql, (state,)).fetchall()


def test_merged_stories_are_one_story_that_is_told_once(database: Path) -> None:
    assert sizes(database) == {1: 2, 2: 1}
    said = done("stories", "merge", "1", "2", db=database)
    assert said == "1 report of story 2 moved to story 1.\n"
    assert sizes(database) == {1: 3}
    waiting, counted = alerts(database, "pending"), alerts(database, "counted")
    assert (2, 1) not in waiting
    assert (2, 1) in counted


def test_what_waits_of_a_story_is_not_told_where_the_merged_one_was(database: Path) -> None:
    with closing(sqlite3.connect(database)) as db, db:
        sql = "UPDATE alerts SET state = 'sent', due_at = NULL, ref = 'r' WHERE story_id = 2"
        db.execute(sql)
    done("stories", "merge", "1", "2", db=database)
    assert alerts(database, "pending") == []
    assert (1, 1) in alerts(database, "counted")


def test_a_later_report_of_either_continues_merged_stories(database: Path) -> None:
    done("stories", "merge", "1", "2", db=database)
    add(database, [(ONE, [AGAIN])], hours=2)
    assert sizes(database) == {1: 4}


def test_a_merged_story_says_where_it_went(database: Path) -> None:
    done("stories", "merge", "1", "2", db=database)
    assert "story 2 was merged into story 1" in invoke("stories", "show", "2", db=database).stderr


def test_reports_that_are_split_off_are_a_story_of_their_own(database: Path) -> None:
    said = done("stories", "split", "1", "3", db=database)
    assert said == "1 report of story 1 moved to story 3.\n"
    assert sizes(database) == {1: 1, 2: 1, 3: 1}
    shown = json.loads(done("stories", "show", "3", "--json", db=database))
    assert shown["title"] == SECOND.title


def test_splitting_alerts_nothing(database: Path) -> None:
    before = alerts(database, "pending")
    done("stories", "split", "1", "3", db=database)
    assert alerts(database, "pending") == before


def test_both_are_remembered(database: Path) -> None:
    done("stories", "merge", "1", "2", db=database)
    done("stories", "split", "1", "2", db=database)
    with closing(sqlite3.connect(database)) as db:
        edits = db.execute("SELECT kind, story_id, other_id FROM story_edits").fetchall()
    assert edits == [("merge", 1, 2), ("split", 1, 3)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("merge", "1", "1"), "story 1 cannot be merged into itself"),
        (("merge", "1", "77"), "there is no story 77: `monitor stories` lists them"),
        (("split", "1", "2"), "story 1 has no report 2: `monitor stories show 1` lists them"),
        (("split", "1", "1", "3"), "story 1 has no other report"),
    ],
)
def test_what_cannot_be_is_an_error(database: Path, arguments: tuple[str, ...], said: str) -> None:
    failed = invoke("stories", *arguments, db=database)
    assert failed.exit_code == 1
    assert said in failed.stderr
    assert sizes(database) == {1: 2, 2: 1}
