"""Articles, the ledger of entries, matches, stories, and what pruning leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from conftest import NOW
from fakes import article, feed, topic
from filled import DAY, HOUR, alert, bring, enter, found, scan_of

from monitor.model import Article, Match, MatchedArticle, Unread
from monitor.pipeline.decide import Draft
from monitor.pipeline.identity import keys_of
from monitor.pipeline.ingest import apply
from monitor.store.ledger import LedgerEntry, Outcome, StoredText
from monitor.store.queries.hit_filter import HitFilter
from monitor.store.queries.reader import Reader
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from monitor.pipeline.decide import Intent
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

ONE, TWO = 1, 2  # ids of the feeds
FEEDS = [feed("https://one.example/feed"), feed("https://two.example/feed")]
STORY = article("North Korea fires an ICBM", "Off its eastern coast", id="a-1")


@pytest.fixture
async def store(store: Store) -> Store:
    await store.write(lambda tx: tx.feeds.sync(FEEDS, NOW))
    return store


async def add(store: Store, each: Article, *matches: Match, feed_id: int = ONE) -> int:
    return await store.write(lambda tx: enter(tx, feed_id, each, NOW, *matches))


def draft(tx: Transaction, feed_id: int, *articles: Article, now: datetime = NOW) -> Draft:
    """What is known of articles that a feed brings, before the first of them is entered."""
    known = Draft(tx.articles.known(keys_of(scan_of(*articles))))
    known.decide(scan_of(), feed_id, now)
    return known


async def find_entry(store: Store, feed_id: int, each: Article) -> LedgerEntry | None:
    return await store.write(lambda tx: draft(tx, feed_id, each).find_entry(each))


async def find_twin(store: Store, each: Article, now: datetime = NOW) -> int | None:
    twin = await store.write(lambda tx: draft(tx, TWO, each, now=now).find_twin(each))
    return twin.id if twin else None


async def poll(
    store: Store, each: Article, *matches: Match, unread: Sequence[Unread] = ()
) -> Sequence[Intent]:
    """Have the first feed bring an article with these matches."""
    scan = replace(scan_of(unread=unread), scanned=(MatchedArticle(each, matches),))

    def enter_it(tx: Transaction) -> Sequence[Intent]:
        intents = Draft(tx.articles.known(keys_of(scan))).decide(scan, ONE, NOW)
        apply(tx, intents)
        return intents

    return await store.write(enter_it)


def coverage(store: Store) -> dict[str, int]:
    """The ledger's counts of all feeds."""
    names = ("entries", "hit", "near_miss", "no_match", "duplicate", "unread")
    with Reader(store.path) as reader:
        rows = reader.coverage()
    return {name: sum(row[name] for row in rows) for name in names if any(r[name] for r in rows)}


def hit_ids(store: Store, words: str = "") -> list[int]:
    with Reader(store.path) as reader:
        return [row["id"] for row in reader.hits(HitFilter(words=words))]


# ── recognising entries ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changed", "recognised"),
    [
        (article(STORY.title, "Edited", id="a-1", link="https://moved.example/1"), True),
        (article(STORY.title, "Edited", id="a-2", link=STORY.link), True),
        (article("Other words", id="a-1", link=f"{STORY.link}?utm_source=rss"), True),
        (article(STORY.title, STORY.text, id="a-2", link="https://other.example/1"), False),
    ],
    ids=["by id", "by link", "by id and link without tracking", "not by words"],
)
async def test_an_entry_is_recognised(store: Store, changed: Article, recognised: bool) -> None:  # noqa: FBT001
    article_id = await add(store, STORY)

    known = await find_entry(store, ONE, changed)

    assert (known is not None and known.article_id == article_id) == recognised


async def test_an_entry_without_id_and_link_is_recognised_by_its_content(store: Store) -> None:
    bare = article("Only words", id="", link="")
    await add(store, bare)

    assert await find_entry(store, ONE, bare)
    other = article("Other words", id="", link="")
    assert await find_entry(store, ONE, other) is None


async def test_an_entry_is_recognised_within_its_feed_only(store: Store) -> None:
    await add(store, STORY)

    assert await find_entry(store, TWO, STORY) is None


async def test_the_outcome_of_a_recognised_entry_is_known(store: Store) -> None:
    await add(store, STORY)
    known = await find_entry(store, ONE, STORY)
    assert known
    near = known._replace(outcome=Outcome.NEAR_MISS)
    await store.write(lambda tx: tx.articles.update_entries([near]))

    again = await find_entry(store, ONE, STORY)
    assert again
    assert (known.outcome, again.outcome) == (Outcome.NO_MATCH, Outcome.NEAR_MISS)


async def test_an_entry_is_recognised_by_a_link_that_it_got_later(store: Store) -> None:
    moved = article(STORY.title, "Moved", id="a-1", link="https://moved.example/1")
    await add(store, STORY)
    known = await find_entry(store, ONE, moved)
    assert known
    assert moved.link_key
    link = (moved.link_key, ONE, known.id)
    await store.write(lambda tx: tx.articles.identify([link]))

    renamed = article(STORY.title, "Renamed", id="a-9", link=moved.link)
    assert await find_entry(store, ONE, renamed) == known


async def test_a_twin_is_an_article_with_the_same_link_in_another_feed(store: Store) -> None:
    article_id = await add(store, STORY)
    same = article("Rewritten", id="b-7", link=f"{STORY.link}/?utm_medium=rss#top")

    assert await find_twin(store, same) == article_id


@pytest.mark.parametrize("link", ["", "https://other.example/1"])
async def test_an_article_without_that_link_is_no_twin(store: Store, link: str) -> None:
    await add(store, STORY)
    other = article(STORY.title, STORY.text, id="a-1", link=link)

    later = NOW + timedelta(days=15)
    assert await find_twin(store, other, later) is None


async def test_an_unread_entry_is_recorded_once(store: Store) -> None:
    broken = Unread((digest("broken"),), "no title")
    for day in range(2):
        await bring(store, FEEDS[0], [], NOW + day * DAY, unread=[broken, broken])

    assert coverage(store) == {"entries": 1, "unread": 1}


async def test_a_date_in_the_future_becomes_the_moment_it_was_seen(store: Store) -> None:
    article_id = await add(store, article("From tomorrow", published_at=NOW + DAY))

    with Reader(store.path) as reader:
        row = reader.article(article_id)
    assert row
    assert row["published_at"] == row["seen_at"] == "2024-10-31T18:00:00Z"


async def test_readers_see_the_current_text_and_the_earlier_ones(store: Store) -> None:
    article_id = await add(store, STORY)
    edited, aside = article("Edited title"), article("Another feed's words")
    texts = [StoredText(2, article_id, edited, NOW), StoredText(3, article_id, aside, NOW)]
    await store.write(lambda tx: tx.articles.insert_texts(texts))
    await store.write(lambda tx: tx.articles.show_texts(texts[:1]))

    with Reader(store.path) as reader:
        row = reader.article(article_id)
    assert row
    assert row["title"] == edited.title
    shown = [(version["title"], version["current"]) for version in row["versions"]]
    assert shown == [(STORY.title, False), (edited.title, True), (aside.title, False)]


async def test_a_text_that_an_article_never_had_is_no_version(store: Store) -> None:
    article_id = await add(store, STORY)

    known = await store.write(lambda tx: tx.articles.known(keys_of(scan_of(STORY))))
    assert known.articles[article_id].versions.get(STORY.digest)
    assert known.articles[article_id].versions.get(b"another") is None


# ── matches ───────────────────────────────────────────────────────────────────────────────────

HIT, MISS = found(STORY), found(STORY, reason="cancelled by “parade”")


@pytest.mark.parametrize(
    ("first", "second", "is_hit", "new"),
    [
        pytest.param(MISS, HIT, True, ["icbm"], id="a near miss becomes a hit"),
        pytest.param(HIT, MISS, True, [], id="a hit stays"),
        pytest.param(HIT, HIT, True, [], id="a hit is new once"),
        pytest.param(MISS, MISS, False, [], id="a near miss is no hit"),
    ],
)
async def test_of_two_matches_of_a_topic(
    store: Store,
    first: Match,
    second: Match,
    is_hit: bool,  # noqa: FBT001
    new: list[str],
) -> None:
    article_id = await add(store, STORY, first)

    [again] = await poll(store, STORY, second)
    assert list(again.hits) == new
    known = await store.write(lambda tx: tx.articles.known(keys_of(scan_of(STORY))))
    topics = known.articles[article_id].topics
    assert topics == ({"icbm"} if is_hit else frozenset())


async def test_a_first_near_miss_keeps_its_reason(store: Store) -> None:
    await bring(
        store,
        FEEDS[0],
        [article("ICBM parade"), article("ICBM launch")],
        NOW,
        topics=[topic("icbm", "ICBM", none=("parade",))],
    )

    assert coverage(store) == {"entries": 2, "hit": 1, "near_miss": 1}
    with Reader(store.path) as reader:
        row = reader.article(1)
    assert row
    assert [match["reason"] for match in row["matches"]] == ["cancelled by “parade”"]


# ── pruning ───────────────────────────────────────────────────────────────────────────────────


def pruning(articles: float, hits: float) -> Callable[[Transaction], int]:
    """Prune 100 days after NOW, keeping articles and hits for so many days."""
    later = NOW + 100 * DAY
    return lambda tx: tx.articles.prune(
        later - timedelta(days=articles), later - timedelta(days=hits)
    )


async def test_pruning_deletes_old_articles_and_keeps_the_others(store: Store) -> None:
    old = await add(store, STORY)
    young = await store.write(lambda tx: enter(tx, ONE, article("New"), NOW + 20 * DAY))

    assert await store.write(pruning(90, 730)) == 1
    with Reader(store.path) as reader:
        assert reader.article(old) is None
        assert reader.article(young)


@pytest.mark.parametrize(("keep_hits", "left"), [(101, 1), (99, 0)])
async def test_pruning_keeps_hits_longer(store: Store, keep_hits: float, left: int) -> None:
    await add(store, STORY, HIT)
    await store.write(pruning(30, keep_hits))

    assert len(hit_ids(store)) == left


async def test_pruning_keeps_hits_no_shorter_than_other_articles(store: Store) -> None:
    await add(store, STORY, HIT)

    assert await store.write(pruning(articles=101, hits=1)) == 0


async def test_pruning_keeps_the_ledger(store: Store) -> None:
    await add(store, STORY)
    await add(store, article("Hit"), found(article("Hit")))
    before = coverage(store)
    await store.write(pruning(1, 1))

    assert coverage(store) == before == {"entries": 2, "hit": 1, "no_match": 1}


async def test_an_entry_whose_article_was_pruned_is_still_recognised(store: Store) -> None:
    await add(store, STORY)
    await store.write(pruning(1, 1))

    known = await find_entry(store, ONE, STORY)
    assert known
    assert known.article_id is None
    assert await find_twin(store, STORY) is None


async def test_a_pruned_article_hides_no_twin(store: Store) -> None:
    await add(store, STORY)
    await store.write(pruning(1, 1))
    again = await add(store, STORY, feed_id=TWO)

    twin = await store.write(lambda tx: draft(tx, 3, STORY).find_twin(STORY))
    assert twin
    assert twin.id == again


async def test_an_entry_still_served_after_pruning_is_not_news(store: Store) -> None:
    topics = [topic("icbm", "ICBM")]
    await bring(store, FEEDS[0], [STORY], NOW, topics=topics)
    assert await store.write(pruning(1, 1)) == 1
    await bring(store, FEEDS[0], [STORY], NOW + 100 * DAY, topics=topics)

    assert hit_ids(store) == []
    assert await store.write(lambda tx: tx.alerts.count_unsent()) == 0


async def test_an_article_with_an_unsent_alert_is_not_pruned(store: Store) -> None:
    story = await store.write(lambda tx: tx.stories.add(STORY.title, NOW))
    article_id = await store.write(lambda tx: enter(tx, ONE, STORY, NOW, HIT, story=story))
    await store.write(lambda tx: tx.alerts.add(alert(), story, article_id, NOW))

    assert await store.write(pruning(1, 1)) == 0
    [claimed] = await store.write(lambda tx: tx.outbox.claim(NOW, NOW + HOUR, {"desk": 0}))
    await store.write(lambda tx: tx.outbox.mark_sent(claimed, "ref", NOW))
    assert await store.write(pruning(1, 1)) == 1


async def test_the_full_text_index_forgets_pruned_words(store: Store) -> None:
    old, new = article("쿠르스크 ICBM", "солдаты"), article("Fresh words")
    await add(store, old, found(old))
    assert hit_ids(store, "쿠르스크") == hit_ids(store, "солдаты") == [1]
    await store.write(pruning(1, 1))
    await add(store, new, found(new))  # takes the place that the old one left

    assert hit_ids(store, "쿠르스크") == hit_ids(store, "солдаты") == []
    assert hit_ids(store, "ICBM") == []
    assert hit_ids(store, "fresh") == hit_ids(store)
