"""What nobody has heard of is stored together, and it is as if each had come alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from fakes import article, feed, topic
from filled import HOUR, bring, enter, found

from monitor.model import Article, Match, Outcome
from monitor.store.database import Store
from monitor.store.queries.reader import HitFilter, Reader

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.store.transaction import Transaction

FEEDS = [feed("https://one.example/feed"), feed("https://two.example/feed")]
ONE, TWO = 1, 2
HIT = article("An ICBM is tested", "Off the coast, 북한", published_at=NOW + HOUR)
NEAR = article("Weather", "Rain", id="")
PLAIN = article("Prices", "They rise", link="", content_key=None, published_at=NOW - HOUR)
BARE = article("Bare", id="", link="", id_key=None, link_key=None)
BROUGHT: list[tuple[Article, tuple[Match, ...], Outcome]] = [
    (HIT, (found(HIT, term="ICBM"),), Outcome.HIT),
    (NEAR, (found(NEAR, term="Weather", reason="not quite"),), Outcome.NEAR_MISS),
    (PLAIN, (), Outcome.NO_MATCH),
    (BARE, (), Outcome.NO_MATCH),
]


@pytest.fixture
async def store(store: Store) -> Store:
    await store.write(lambda tx: tx.feeds.sync(FEEDS, NOW))
    return store


def rows(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as db:
        tables = ("articles", "versions", "entries", "identities", "matches")
        return {
            name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in tables
        }


async def test_together_they_leave_what_they_leave_one_by_one(store: Store, tmp_path: Path) -> None:
    await store.write(lambda tx: tx.articles.insert_new(ONE, BROUGHT, NOW))

    def one_by_one(tx: Transaction) -> None:
        tx.feeds.sync(FEEDS, NOW)
        for each, matches, outcome in BROUGHT:
            enter(tx, ONE, each, NOW, *matches)
            tx.articles.set_outcome(
                tx.db.execute("SELECT max(id) FROM entries").fetchone()[0], outcome
            )

    async with Store(tmp_path / "other.db") as other:
        await other.write(one_by_one)
    assert rows(store.path) == rows(tmp_path / "other.db")
    assert rows(store.path)["matches"]


async def test_ids_go_on_where_others_ended(store: Store) -> None:
    before = await store.write(lambda tx: enter(tx, ONE, article("Before"), NOW))
    ids = await store.write(lambda tx: tx.articles.insert_new(ONE, BROUGHT, NOW))
    assert ids == [before + 1, before + 2, before + 3, before + 4]
    assert await store.write(lambda tx: enter(tx, ONE, article("After"), NOW)) == before + 5


async def test_none_at_all_is_nothing(store: Store) -> None:
    assert await store.write(lambda tx: tx.articles.which_are_new([])) == []
    assert await store.write(lambda tx: tx.articles.insert_new(ONE, [], NOW)) == []


@pytest.mark.parametrize(
    "heard",
    [
        article("Other words", id="1", link="https://other.example/1", link_key=HIT.link_key),
        article(HIT.title, HIT.text, id="1", link="https://other.example/1"),
        replace(HIT, title="Other words"),
    ],
    ids=["a link", "words", "an id"],
)
async def test_what_shares_a_key_with_any_feed_is_not_unheard(store: Store, heard: Article) -> None:
    await store.write(lambda tx: enter(tx, TWO, HIT, NOW))
    told = await store.write(lambda tx: tx.articles.which_are_new([heard, PLAIN, BARE]))
    assert told == [False, True, True]


async def test_two_of_one_poll_that_share_a_key_are_not_unheard(store: Store) -> None:
    twin = replace(PLAIN, title="Prices!", id="2", id_key=b"another.", link_key=HIT.link_key)
    assert await store.write(lambda tx: tx.articles.which_are_new([HIT, NEAR, twin])) == [
        False,
        True,
        False,
    ]


async def test_thousands_of_keys_can_be_asked_for(store: Store) -> None:
    many = [article(f"Title {number}") for number in range(12_000)]
    assert all(await store.write(lambda tx: tx.articles.which_are_new(many)))


async def test_of_two_in_one_poll_with_the_same_link_one_article_comes(store: Store) -> None:
    twin = replace(HIT, id="2", id_key=b"another.", title="An ICBM again", publisher="Else")
    await bring(store, FEEDS[0], [HIT, twin, NEAR, PLAIN], NOW, topics=[topic()])
    assert len(rows(store.path)["articles"]) == 3


def hits(store: Store, words: str) -> list[str]:
    with Reader(store.path) as reader:
        return [row["title"] for row in reader.hits(HitFilter(words=words))]


async def test_what_a_poll_brought_is_found_by_its_words(store: Store) -> None:
    await bring(store, FEEDS[0], [HIT, NEAR], NOW, topics=[topic()])
    assert hits(store, "북한 coast") == [HIT.title]


async def test_what_failed_leaves_nothing_in_the_index(store: Store) -> None:
    def fails(tx: Transaction) -> None:
        tx.articles.insert_new(ONE, BROUGHT, NOW)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - ours
        await store.write(fails)
    hit = article("An ICBM over the sea", "Nothing of a coast")
    await bring(store, FEEDS[0], [hit], NOW, topics=[topic()])
    assert hits(store, "ICBM") == [hit.title]
    with closing(sqlite3.connect(store.path)) as db:
        assert db.execute("SELECT count(*) FROM versions_fts").fetchone() == (1,)


async def test_what_is_pruned_in_the_transaction_that_stored_it_is_found_no_more(
    store: Store,
) -> None:
    def store_and_prune(tx: Transaction) -> int:
        tx.articles.insert_new(ONE, BROUGHT, NOW)
        later = NOW + timedelta(days=1)
        return tx.articles.prune(later, later)

    assert await store.write(store_and_prune) == len(BROUGHT)
    with closing(sqlite3.connect(store.path)) as db:
        found_ = db.execute("SELECT rowid FROM versions_fts WHERE versions_fts MATCH 'icbm'")
        assert found_.fetchall() == []
