"""Stories in the database: placed in it as in memory, and told as they stand."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from fakes import article, feed
from filled import HOUR, enter, found

from monitor.model import Figure, PublisherReport, StoryFeatures
from monitor.pipeline.continue_story import continue_story
from monitor.pipeline.late_join import join_stories
from monitor.stories import MEMORY, Headline, IncomingArticle, TimeSpan
from monitor.stories.in_memory import Stories
from monitor.stories.near_duplicates import signature
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model import Article
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction
    from monitor.stories.state import StoryState

ONE, TWO, STATE = 1, 2, 3  # ids of the feeds
DAY = timedelta(days=1)
TEXT = (
    "The ministry of defence said on Thursday that the missile had flown a thousand kilometres and"
    " fallen into the sea west of the island, where nobody was hurt and no ship was hit by it."
)


@pytest.fixture
async def store(store: Store) -> Store:
    feeds = [
        feed("https://one.example/feed", publisher="One", country="KR"),
        feed("https://two.example/feed", publisher="Two"),
        feed("https://state.example/feed", publisher="Organ", kind="state"),
    ]
    await store.write(lambda tx: tx.feeds.sync(feeds, NOW))
    return store


def newcomer(
    report: Article, *marks: str, at: datetime = NOW, topic: str = "icbm", **more: Any
) -> IncomingArticle:
    """A hit with these marks, published at a time."""
    story_features = StoryFeatures("en", tuple((mark, 1.0) for mark in marks))
    return IncomingArticle(
        replace(story_features, **more),
        report.title_key,
        frozenset({topic}),
        TimeSpan(at, at),
    )


def headline_of(report: Article) -> Headline:
    return Headline(report.title, report.lang, report.publisher)


LAUNCH = ("@place:sunan", "@place:japan_sea", "number:1000", "name:hmd", "day:2024-10-31")


def report(
    tx: Transaction,
    title: str,
    *marks: str,
    at: datetime = NOW,
    feed_id: int = ONE,
    **more: Any,
) -> tuple[int, int]:
    """Store a hit and place it; returns the ids of the article and of its story."""
    publisher = {ONE: "One", TWO: "Two", STATE: "Organ"}[feed_id]
    stored = article(title, TEXT, publisher=publisher)
    article_id = enter(tx, feed_id, stored, at, found(stored))
    new = newcomer(stored, *(marks or LAUNCH), at=at, **more)
    return article_id, continue_story(tx, article_id, headline_of(stored), new, at).story


async def test_reports_that_share_rare_marks_are_one_story(store: Store) -> None:
    def both(tx: Transaction) -> tuple[int, int]:
        _, first = report(tx, "A missile from Sunan")
        _, second = report(tx, "It fell near Japan", at=NOW + HOUR, feed_id=TWO)
        return first, second

    first, second = await store.write(both)
    assert first == second


async def test_a_report_that_shares_nothing_begins_a_story(store: Store) -> None:
    def both(tx: Transaction) -> tuple[int, int]:
        _, first = report(tx, "A missile from Sunan")
        _, second = report(tx, "A parade", "@place:pyongyang", "number:70")
        return first, second

    first, second = await store.write(both)
    assert first != second


def made_up(count: int) -> list[IncomingArticle]:
    """Reports of a few events, in the order of time, some under the same headline."""
    chance = random.Random(count)  # noqa: S311
    reports = []
    for number in range(count):
        event, at = chance.randrange(8), NOW + number * HOUR
        marks = [f"@place:{event}", f"name:{event}", f"@action:{event % 3}", f"number:{event}0"]
        words = [f"word:en:{chance.randrange(30)}" for _ in range(8)]
        title = f"Report {number if chance.random() < 0.9 else event}"
        stored = article(title, link=f"https://x.example/{number}")
        kept = [mark for mark in marks if chance.random() < 0.8]
        reports.append(newcomer(stored, *kept, *words, at=at, topic=f"t{event % 2}"))
    return reports


async def test_the_database_tells_the_same_stories_as_memory(store: Store) -> None:
    reports = made_up(120)
    follow = Stories()
    in_memory = [follow.enter(each) for each in reports]

    def place_all(tx: Transaction) -> list[int]:
        placed = []
        for number, new in enumerate(reports):
            stored = replace(article(f"{number}"), title_key=new.title_key)
            article_id = enter(tx, ONE, stored, new.span.last)
            put = continue_story(tx, article_id, headline_of(stored), new, new.span.last)
            pair = (put.story, put.same_as or put.story)
            placed.append(join_stories(tx, {}, pair, NOW) if put.same_as else put.story)
        return placed

    assert await store.write(place_all) == in_memory


async def test_what_is_too_old_is_forgotten_little_by_little(store: Store) -> None:
    def place_some(tx: Transaction) -> tuple[int, ...]:
        for number in range(6):
            report(tx, f"Title {number}", f"@place:{number}", at=NOW)
        for number in range(6):
            report(tx, f"Later {number}", f"@weapon:{number}", at=NOW + MEMORY + DAY)
        counts = (
            "SELECT count(*) FROM story_profiles",
            "SELECT count(*) FROM recent_hits",
            "SELECT count(*) FROM feature_counts WHERE feature LIKE '@place%'",
            "SELECT count(*) FROM story_features WHERE feature LIKE '@place%'",
            "SELECT articles FROM feature_counts WHERE feature = ''",
            "SELECT count(*) FROM stories",
        )
        return tuple(tx.db.execute(count).fetchone()[0] for count in counts)

    assert await store.write(place_some) == (6, 6, 0, 0, 6, 12)


async def test_a_story_is_told_with_its_publishers_figures_and_sets(store: Store) -> None:
    figure = Figure(1000.0, "km", "", "Hamada", "text", 0, 4)

    def tell(tx: Transaction) -> tuple[int, int]:
        report(tx, "A missile from Sunan", figures=(figure,))
        return report(tx, "It fell near Japan", at=NOW + HOUR, feed_id=STATE)

    article_id, story_id = await store.write(tell)
    state = await store.write(lambda tx: tx.stories.state(story_id))
    assert (state.title, state.articles, state.topics) == ("A missile from Sunan", 2, ("icbm",))
    assert (state.started_at, state.last_at) == (NOW, NOW + HOUR)
    assert state.publisher_reports == (
        PublisherReport("One", "wire", "KR", NOW),
        PublisherReport("Organ", "state", "", NOW + HOUR),
    )
    assert [(f.value, f.unit, f.said_by, f.publisher) for f in state.figures] == [
        (1000.0, "km", "Hamada", "One")
    ]
    assert state.places == ("japan_sea", "sunan")

    before = await store.write(lambda tx: tx.stories.state(story_id, without=article_id))
    assert (before.articles, [voice.publisher for voice in before.publisher_reports]) == (
        1,
        ["One"],
    )


async def test_who_only_repeats_a_text_is_not_independent(store: Store) -> None:
    same = signature("", TEXT)

    def tell(tx: Transaction) -> tuple[int, int]:
        first, _ = report(tx, "A missile from Sunan", signature=same)
        copy, story = report(tx, "It fell", at=NOW + HOUR, feed_id=TWO, signature=same)
        [(copy_of,)] = tx.db.execute(
            "SELECT copy_of FROM article_features WHERE article_id = ?", (copy,)
        )
        assert copy_of == first
        return copy, story

    _, story_id = await store.write(tell)
    state = await store.write(lambda tx: tx.stories.state(story_id))
    assert [(voice.publisher, voice.copy_of) for voice in state.publisher_reports] == [
        ("One", ""),
        ("Two", "One"),
    ]
    assert [voice.publisher for voice in state.independent] == ["One"]


async def test_many_reports_of_one_publisher_hide_no_other(store: Store) -> None:
    def tell(tx: Transaction) -> StoryState:
        _, story = report(tx, "A missile from Sunan")
        for number in range(250):
            more = article(f"Sunan {number}", TEXT, publisher="One")
            enter(tx, ONE, more, NOW, found(more), story=story)
        other = article("It fell", TEXT, publisher="Two")
        enter(tx, TWO, other, NOW + HOUR, found(other), story=story)
        return tx.stories.state(story)

    state = await store.write(tell)
    assert state.articles == 252
    assert [voice.publisher for voice in state.publisher_reports] == ["One", "Two"]


async def test_a_figure_that_a_publisher_repeats_is_kept_once(store: Store) -> None:
    figure = Figure(1000, "km", "", "Hamada", "text", 0, 1)

    def tell(tx: Transaction) -> StoryState:
        for number in range(3):
            report(tx, f"A missile from Sunan {number}", figures=(figure,))
        _, story = report(tx, "It fell", at=NOW + HOUR, feed_id=TWO, figures=(figure,))
        return tx.stories.state(story)

    state = await store.write(tell)
    assert [told.publisher for told in state.figures] == ["One", "Two"]


async def test_a_story_that_a_live_blog_began_takes_its_next_headline(store: Store) -> None:
    def tell(tx: Transaction) -> str:
        report(tx, "Live updates", roundup=True)
        _, story = report(tx, "A missile from Sunan", at=NOW + HOUR)
        report(tx, "It fell near Japan", at=NOW + HOUR)
        return tx.stories.state(story).title

    assert await store.write(tell) == "A missile from Sunan"


async def test_a_live_blog_adds_nothing_to_what_its_story_is_compared_by(store: Store) -> None:
    def tell(tx: Transaction) -> list[str]:
        report(tx, "A missile from Sunan")
        report(tx, "Live updates", *LAUNCH, "@place:rylsk", at=NOW + HOUR, roundup=True)
        return [name for (name,) in tx.db.execute("SELECT feature FROM story_features")]

    assert sorted(await store.write(tell)) == sorted(LAUNCH)


async def test_the_texts_of_one_publisher_under_a_headline_are_counted(store: Store) -> None:
    def count(tx: Transaction) -> list[int]:
        counted = []
        for number, feed_id in enumerate((ONE, ONE, TWO, ONE)):
            publisher = "Two" if feed_id == TWO else "One"
            stored = article("The war today", f"Text {number}", publisher=publisher)
            new = replace(newcomer(stored), publisher=publisher, digest=stored.digest)
            counted.append(tx.stories.index.texts(new, MEMORY))
            article_id = enter(tx, feed_id, stored, NOW)
            continue_story(tx, article_id, headline_of(stored), new, NOW)
        return counted

    assert await store.write(count) == [0, 1, 2, 2]


async def test_there_is_no_story_with_an_unknown_id(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.write(lambda tx: tx.stories.state(7))


async def test_an_article_that_nobody_placed_is_in_no_story(store: Store) -> None:
    stored = article()
    article_id = await store.write(lambda tx: enter(tx, ONE, stored, NOW))
    assert await store.write(lambda tx: tx.stories.of_article(article_id)) is None


async def test_a_headline_is_the_same_by_when_it_was_published(store: Store) -> None:
    def late(tx: Transaction) -> tuple[int | None, int | None]:
        report(tx, "Weekly review")
        soon = newcomer(article("Weekly review"), at=NOW + HOUR)
        later = newcomer(article("Weekly review"), at=NOW + 4 * DAY)
        return tx.stories.index.titled(soon, 3 * DAY), tx.stories.index.titled(later, 3 * DAY)

    soon, later = await store.write(late)
    assert (soon is not None, later) == (True, None)
    assert digest("title", "weekly review") == article("Weekly review").title_key


async def test_pruned_articles_take_their_traces_and_figures_with_them(store: Store) -> None:
    figure = Figure(1000.0, "km", "", "Hamada", "text", 0, 4)

    def tell(tx: Transaction) -> list[int]:
        report(tx, "A missile from Sunan", figures=(figure,))
        tx.articles.prune(NOW + DAY, NOW + DAY)
        tables = ("article_features", "figures", "articles")
        return [tx.db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables]

    assert await store.write(tell) == [0, 0, 0]


async def test_the_first_to_report_is_who_published_first_not_whose_feed_was_polled_first(
    store: Store,
) -> None:
    def both(tx: Transaction) -> list[str]:
        for feed_id, name, ago in ((ONE, "One", timedelta()), (TWO, "Two", HOUR)):
            stored = article(
                f"{name} on the launch", f"{name}.", publisher=name, published_at=NOW - ago
            )
            article_id = enter(tx, feed_id, stored, NOW, found(stored))
            story_id = continue_story(
                tx, article_id, headline_of(stored), newcomer(stored, *LAUNCH), NOW
            ).story
        return [voice.publisher for voice in tx.stories.state(story_id).publisher_reports]

    assert await store.write(both) == ["Two", "One"]
