"""What a poll brings is stored together, and each entry as if it had come alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import starmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from copies import database_at
from fakes import article, feed, topic
from filled import HOUR, bring, enter, found, scan_of
from hypothesis import given, settings
from polls import POLLS, Poll, after, reachable

from monitor.model import Article, Match, MatchedArticle
from monitor.pipeline.decide import Draft
from monitor.pipeline.identity import keys_of
from monitor.pipeline.ingest import apply
from monitor.store.ledger import Known
from monitor.store.queries.hit_filter import HitFilter
from monitor.store.queries.reader import Reader
from monitor.store.transaction import Transaction

if TYPE_CHECKING:
    from monitor.store.database import Store

FEEDS = [feed("https://one.example/feed"), feed("https://two.example/feed")]
ONE, TWO = 1, 2
HIT = article("An ICBM is tested", "Off the coast, 북한", published_at=NOW + HOUR)
NEAR = article("Weather", "Rain", id="")
PLAIN = article("Prices", "They rise", link="", content_key=None, published_at=NOW - HOUR)
BARE = article("Bare", id="", link="", id_key=None, link_key=None)
BROUGHT: list[tuple[Article, tuple[Match, ...]]] = [
    (HIT, (found(HIT, term="ICBM"),)),
    (NEAR, (found(NEAR, term="Weather", reason="not quite"),)),
    (PLAIN, ()),
    (BARE, ()),
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


def insert(tx: Transaction) -> list[int]:
    """Store what is brought; returns the ids of the articles."""
    scan = replace(scan_of(), scanned=tuple(starmap(MatchedArticle, BROUGHT)))
    intents = Draft(tx.articles.known(keys_of(scan))).decide(scan, ONE, NOW)
    apply(tx, intents)
    return [intent.entry.article_id for intent in intents if intent.entry.article_id]


async def test_what_feeds_bring_together_is_stored_with_the_feed_and_the_time_of_each(
    store: Store,
) -> None:
    def insert_both(tx: Transaction) -> None:
        draft = Draft(tx.articles.known(()))
        one = draft.decide(
            replace(scan_of(), scanned=(MatchedArticle(HIT, BROUGHT[0][1]),)), ONE, NOW
        )
        two = draft.decide(replace(scan_of(), scanned=(MatchedArticle(BARE),)), TWO, NOW + HOUR)
        apply(tx, (*one, *two))

    await store.write(insert_both)
    with closing(sqlite3.connect(store.path)) as db:
        stored = db.execute(
            "SELECT a.feed_id, e.feed_id, a.seen_at, e.first_seen_at, v.seen_at"
            " FROM articles a JOIN entries e ON e.article_id = a.id JOIN versions v"
            " ON v.article_id = a.id ORDER BY 1"
        ).fetchall()
        seen_at = db.execute("SELECT seen_at FROM matches").fetchall()
    at = NOW.timestamp()
    assert stored == [(ONE, ONE, at, at, at), (TWO, TWO, *[at + 3600] * 3)]
    assert seen_at == [(at,)]


async def test_what_a_poll_brings_is_in_the_ledger_with_its_outcome(store: Store) -> None:
    await store.write(insert)
    outcomes = [row[4] for row in rows(store.path)["entries"]]
    assert outcomes == ["hit", "near-miss", "no-match", "no-match"]
    assert len(rows(store.path)["matches"]) == 2


async def test_ids_go_on_where_others_ended(store: Store) -> None:
    before = await store.write(lambda tx: enter(tx, ONE, article("Before"), NOW))
    ids = await store.write(insert)
    assert ids == [before + 1, before + 2, before + 3, before + 4]
    assert await store.write(lambda tx: enter(tx, ONE, article("After"), NOW)) == before + 5


async def test_of_nothing_nothing_is_known(store: Store) -> None:
    assert await store.write(lambda tx: tx.articles.known(())) == Known()


@pytest.mark.parametrize(
    "heard",
    [
        article("Other words", id="1", link="https://other.example/1", link_key=HIT.link_key),
        article(HIT.title, HIT.text, id="1", link="https://other.example/1"),
        replace(HIT, title="Other words"),
    ],
    ids=["a link", "words", "an id"],
)
async def test_what_shares_a_key_with_any_feed_is_known(store: Store, heard: Article) -> None:
    await store.write(lambda tx: enter(tx, TWO, HIT, NOW))

    def known(tx: Transaction) -> list[list[int]]:
        return [
            list(tx.articles.known(keys_of(scan_of(each))).articles)
            for each in (heard, PLAIN, BARE)
        ]

    assert await store.write(known) == [[1], [], []]


async def test_thousands_of_keys_can_be_asked_for(store: Store) -> None:
    many = keys_of(scan_of(*(article(f"Title {number}") for number in range(12_000))))
    assert not (await store.write(lambda tx: tx.articles.known(many))).entries


async def test_of_two_in_one_poll_with_the_same_link_one_article_comes(store: Store) -> None:
    twin = replace(HIT, id="2", id_key=b"another.", title="An ICBM again", publisher="Else")
    await bring(store, FEEDS[0], [HIT, twin, NEAR, PLAIN], NOW, topics=[topic()])
    assert len(rows(store.path)["articles"]) == 3


@settings(max_examples=25, deadline=None)
@given(POLLS)
def test_what_is_applied_is_what_was_decided(polls: list[Poll]) -> None:
    with TemporaryDirectory() as folder, closing(database_at(Path(folder) / "one.db")) as db:
        tx, known, now, keys = Transaction(db), Known(), NOW, set[bytes]()
        tx.feeds.sync(FEEDS, NOW)
        for feed_id, brought, unread, pause in polls:
            now += pause
            scan = replace(scan_of(unread=unread), scanned=tuple(brought))
            keys |= keys_of(scan)
            intents = Draft(known).decide(scan, feed_id, now)
            apply(tx, intents)
            known = after(known, intents)
            assert tx.articles.known(keys) == reachable(known)


def hits(store: Store, words: str) -> list[str]:
    with Reader(store.path) as reader:
        return [row["title"] for row in reader.hits(HitFilter(words=words))]


async def test_what_a_poll_brought_is_found_by_its_words(store: Store) -> None:
    await bring(store, FEEDS[0], [HIT, NEAR], NOW, topics=[topic()])
    assert hits(store, "북한 coast") == [HIT.title]


async def test_what_failed_leaves_nothing_in_the_index(store: Store) -> None:
    def fails(tx: Transaction) -> None:
        insert(tx)
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
        insert(tx)
        later = NOW + timedelta(days=1)
        return tx.articles.prune(later, later)

    assert await store.write(store_and_prune) == len(BROUGHT)
    with closing(sqlite3.connect(store.path)) as db:
        found_ = db.execute("SELECT rowid FROM versions_fts WHERE versions_fts MATCH 'icbm'")
        assert found_.fetchall() == []
