"""Lists read little where the database holds much, counted in steps of SQLite's machine."""

from __future__ import annotations

import sqlite3
from itertools import count
from typing import TYPE_CHECKING

import pytest
from conftest import NOW
from fakes import article, feed
from filled import HOUR, enter

from monitor.store.queries.hit_filter import HitFilter
from monitor.store.queries.stories import StoryFilter, StoryReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

SECOND = NOW.timestamp()
FEW, MANY = 200, 4_000
OF_A_STORY = 10  # reports
ARTICLE = "INSERT INTO articles VALUES (?, 1, '', ?, 'en', NULL, ?, x'', ?, ?)"
VERSION = "INSERT INTO versions VALUES (?, ?, 'A title', 'A text', x'', 0)"
MATCH = """
INSERT INTO matches (article_id, version_id, topic, topic_digest, reason, evidence, seen_at)
VALUES (?, ?, 'icbm', '', ?, '[]', 0)
"""


@pytest.fixture
async def store(store: Store) -> Store:
    await store.write(lambda tx: tx.feeds.sync([feed("https://one.example/feed")], NOW))
    return store


def fill(path: Path, articles: int, first: int = 1) -> None:
    """Store articles, a second apart: each other one is a hit and in a story, the rest are near."""
    ids = range(first, articles + 1)
    stories = {n: 1 + n // (2 * OF_A_STORY) for n in ids if n % 2}
    with sqlite3.connect(path) as db:
        db.executemany(
            "INSERT OR IGNORE INTO stories VALUES (?, 'A story', 0)",
            [(story,) for story in stories.values()],
        )
        db.executemany(ARTICLE, [(n, f"P{n % 3}", SECOND + n, n, stories.get(n)) for n in ids])
        db.executemany(VERSION, [(n, n) for n in ids])
        db.executemany(MATCH, [(n, n, "" if n % 2 else "far away") for n in ids])
    db.close()


def steps(path: Path, ask: Callable[[StoryReader], object]) -> int:
    """How many hundreds of steps a question takes."""
    counted = count()
    with StoryReader(path) as reader:
        reader._db.set_progress_handler(lambda: next(counted) * 0, 100)
        ask(reader)
    return next(counted)


@pytest.mark.parametrize("near", [False, True], ids=["hits", "near misses"])
async def test_the_newest_are_found_among_many_as_among_few(store: Store, *, near: bool) -> None:
    def ask(reader: StoryReader) -> None:
        assert len(reader.hits(HitFilter(topic="ICBM", near=near, limit=20))) == 20

    fill(store.path, FEW)
    few = steps(store.path, ask)
    fill(store.path, MANY, FEW + 1)

    assert steps(store.path, ask) < 1.5 * few


async def test_only_stories_that_are_listed_are_read(store: Store) -> None:
    fill(store.path, MANY)

    all_of_them = steps(store.path, lambda reader: reader._all("SELECT * FROM story_list", {}))
    listed = steps(store.path, lambda reader: reader.stories(StoryFilter(limit=20)))

    assert listed < all_of_them / 2


async def test_pruning_goes_on_where_it_was_without_a_look_at_what_stays(store: Store) -> None:
    fill(store.path, MANY)  # all of them match, and stay
    for number in (1, 2):
        plain, at = article(f"Plain {number}"), NOW + (MANY + number) * HOUR
        await store.write(lambda tx, e=plain, at=at: enter(tx, 1, e, at))  # type: ignore[misc]
    later = NOW + 2 * MANY * HOUR

    def prune(tx: Transaction, after: float) -> tuple[int, float, int]:
        counted = count()
        tx.db.conn.set_progress_handler(lambda: next(counted) * 0, 100)
        pruned, until = tx.articles.prune_next(later, NOW, 1, after)
        tx.db.conn.set_progress_handler(None, 0)
        return pruned, until, next(counted)

    first, until, walked = await store.write(lambda tx: prune(tx, 0.0))
    second, _, seen = await store.write(lambda tx: prune(tx, until))

    assert [first, second] == [1, 1]
    assert seen < walked / 3


async def test_stories_are_counted_as_they_are_listed(store: Store) -> None:
    fill(store.path, FEW)

    with StoryReader(store.path) as reader:
        assert reader.story_count(StoryFilter(topic="ICBM", publishers=3)) == FEW // 2 // OF_A_STORY
        assert reader.story_count(StoryFilter(publishers=4)) == 0
        assert reader.story_count(StoryFilter(until=NOW - 60 * 365 * 24 * HOUR)) == 0
        listed = reader.stories(StoryFilter(since=NOW, limit=FEW))

    assert [row["id"] for row in listed] == list(range(FEW // 2 // OF_A_STORY, 0, -1))


async def test_hits_are_counted_as_they_are_listed(store: Store) -> None:
    fill(store.path, FEW)
    every = [
        HitFilter(limit=7, offset=5),
        HitFilter(publisher="p1", limit=3),
        HitFilter(lang="EN", country="", story="9", limit=9),
        HitFilter(feed="https://one.example/feed", since=NOW + HOUR / 90, limit=400),
        HitFilter(near=True, kind="none", limit=5),
    ]

    with StoryReader(store.path) as reader:
        for wanted in every:
            rows = reader.hits(wanted)
            assert len(rows) == min(wanted.limit, reader.hit_count(wanted) - wanted.offset)
