"""`monitor inbox`, and `monitor stories take`, `done`, `note` … : what people do about stories."""

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

LAUNCH = article("North Korea fires ICBM from Sunan", "It flew.", publisher="One", published_at=NOW)
MORE = article(
    "ICBM from Sunan kills 3 people, North Korea says", "", publisher="Two", published_at=NOW
)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A story with one report."""
    move_into_empty_home(tmp_path, monkeypatch)
    path = tmp_path / "monitor.db"
    add(path, ONE, LAUNCH, 0)
    return path


def add(path: Path, feed: Any, brought: Any, hours: int) -> None:
    async def fill() -> None:
        async with store_at(path) as store:
            await store.write(lambda tx: tx.feeds.sync([ONE, TWO], NOW - HOUR))
            await bring(store, feed, [brought], NOW + hours * HOUR, topics=TOPICS)

    asyncio.run(fill())


def inbox(path: Path, *arguments: str) -> list[tuple[str, int, str, str | None]]:
    """Section, ID, state and person of each story of the inbox."""
    rows = json.loads(done("inbox", "--since", "2024-10-01", "--json", *arguments, db=path))
    return [(row["section"], row["id"], row["state"], row["by"]) for row in rows]


def test_a_story_nobody_took_is_new(database: Path) -> None:
    assert inbox(database) == [("new", 1, "new", None)]


def test_a_story_is_taken_by_name(database: Path) -> None:
    assert done("stories", "take", "1", "--as", "nina", db=database) == ("story 1: taken by nina\n")
    assert inbox(database) == [("taken", 1, "taken", "nina")]


def test_who_takes_a_story_that_is_taken_hears_of_it(database: Path) -> None:
    done("stories", "take", "1", "--as", "nina", db=database)
    assert "it was taken by nina 2" in done("stories", "take", "1", "--as", "tom", db=database)


def test_a_story_that_is_assigned_is_taken_by_that_person(database: Path) -> None:
    done("stories", "assign", "1", "tom", "--as", "nina", db=database)
    assert inbox(database) == [("taken", 1, "taken", "tom")]


@pytest.mark.parametrize("closing_word", ["done", "dismiss"])
def test_a_closed_story_leaves_the_inbox(database: Path, closing_word: str) -> None:
    done("stories", closing_word, "1", db=database)
    assert inbox(database) == []


def test_a_story_opened_again_is_new_again(database: Path) -> None:
    done("stories", "done", "1", db=database)
    done("stories", "reopen", "1", "--as", "nina", db=database)
    assert inbox(database) == [("new", 1, "reopened", "nina")]


def test_the_inbox_of_a_person_has_only_that_persons_stories(database: Path) -> None:
    done("stories", "take", "1", "--as", "nina", db=database)
    assert inbox(database, "--as", "tom") == []
    assert inbox(database, "--as", "nina") == [("taken", 1, "taken", "nina")]


def test_the_inbox_of_a_follower_has_a_story_with_later_reports(database: Path) -> None:
    at = (NOW.timestamp() + 60,)
    done("stories", "follow", "1", "--as", "nina", db=database)
    with closing(sqlite3.connect(database)) as db, db:  # as if it had been then
        db.execute("DROP TRIGGER story_activity_is_true")
        db.execute("UPDATE story_activity SET at = ?", at)
    assert inbox(database, "--as", "nina") == []
    add(database, TWO, MORE, 2)
    assert inbox(database, "--as", "nina") == [("followed", 1, "new", None)]
    done("stories", "unfollow", "1", "--as", "nina", db=database)
    assert inbox(database, "--as", "nina") == []


def test_notes_stand_with_author_and_time_in_the_story(database: Path) -> None:
    done("stories", "note", "1", "Seoul confirms\nby phone", "--as", "nina", db=database)
    shown = done("stories", "show", "1", db=database)
    assert "noted by nina: Seoul confirms\nby phone" in shown
    [activity] = json.loads(done("stories", "show", "1", "--json", db=database))["activity"]
    assert (activity["kind"], activity["by"], activity["text"]) == (
        "note",
        "nina",
        "Seoul confirms\nby phone",
    )


def test_what_was_done_is_never_changed_or_deleted(database: Path) -> None:
    done("stories", "note", "1", "Seoul confirms", db=database)
    with closing(sqlite3.connect(database)) as db:
        for change in ("UPDATE story_activity SET text = ''", "DELETE FROM story_activity"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                db.execute(change)


def test_the_work_on_a_merged_story_goes_with_it(database: Path) -> None:
    done("stories", "take", "1", "--as", "nina", db=database)
    add(database, TWO, article("US tests Minuteman ICBM at Vandenberg", publisher="Two"), 3)
    done("stories", "merge", "2", "1", db=database)
    assert inbox(database) == [("taken", 2, "taken", "nina")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("take", "77"), "there is no story 77: `monitor stories` lists them"),
        (("note", "1", "  "), "a note needs a text"),
        (("assign", "1", " "), "name the person"),
    ],
)
def test_what_cannot_be_done_is_an_error(
    database: Path, arguments: tuple[str, ...], said: str
) -> None:
    failed = invoke("stories", *arguments, db=database)
    assert (failed.exit_code, said in failed.stderr) == (1, True)
