"""What is told of topics rather than of stories: once, in the channels of the topic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from conftest import NOW
from fakes import AT_ONCE, Recorder, article, context, feed, topic
from filled import DAY, HOUR, enter, found

from monitor.alerts.silences import Silence
from monitor.service import topic_notices

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.pipeline.context import PipelineContext
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

TOPICS = [topic("icbm", channels=("ops",)), topic("calm", "calm")]


def newsdesk(store: Store, **delivery: object) -> PipelineContext:
    channels = {"desk": Recorder(), "ops": Recorder()}
    return context(
        store,
        [],
        TOPICS,
        channels,
        fetch=None,
        scan_one=None,
        delivery=replace(AT_ONCE, **delivery),  # type: ignore[arg-type]
    )


async def stories(store: Store, *days: int, now: datetime = NOW) -> None:
    """Fill a database with so many stories a day, the last day up to now."""

    def fill(tx: Transaction) -> None:
        tx.feeds.sync([feed("https://one.example/feed")], now)
        for ago, count in enumerate(reversed(days)):
            for number in range(count):
                each = article(f"ICBM {ago} {number}")
                at = now - ago * DAY - HOUR
                story = tx.stories.add(each.title, at)
                enter(tx, 1, each, at, found(each), story=story)

    await store.write(fill)


async def told(store: Store, at: datetime = NOW, **delivery: object) -> list[str]:
    return [notice.title for notice in await topic_notices.notify(newsdesk(store, **delivery), at)]


async def test_a_surge_is_told_once_in_the_channels_of_its_topic(store: Store) -> None:
    await stories(store, *(1,) * 20, 9)
    assert await told(store) == ["Unusually many stories on ICBM: 9 in 24 hours"]
    assert await told(store) == []
    claimed = await store.write(
        lambda tx: tx.outbox.claim(NOW, NOW + HOUR, {"desk": 0.0, "ops": 0.0})
    )
    assert [
        (each.channel, each.message.notice and each.message.notice.kind) for each in claimed
    ] == [("ops", "surge")]


async def test_a_surge_is_not_told_again_after_midnight(store: Store) -> None:
    await stories(store, *(1,) * 20, 9)
    await told(store)
    assert await told(store, NOW + 7 * HOUR) == []


async def test_usual_days_are_not_told(store: Store) -> None:
    await stories(store, *(3,) * 20, 4)
    assert await told(store) == []


async def test_a_story_of_many_reports_counts_once_on_the_day_it_began(store: Store) -> None:
    await stories(store, *(1,) * 20, 1)

    def more(tx: Transaction) -> None:
        for number in range(30):
            each = article(f"ICBM again {number}")
            enter(tx, 1, each, NOW - HOUR, found(each), story=1)

    await store.write(more)
    assert await told(store) == []


async def test_the_first_story_after_a_long_silence_is_told(store: Store) -> None:
    await stories(store, 1, *(0,) * 20, 1)
    assert await told(store) == ["ICBM: the first story in 21 days"]


async def test_a_topic_that_is_new_is_nothing_unusual(store: Store) -> None:
    await stories(store, 30)
    assert await told(store) == []


async def test_surges_can_be_switched_off(store: Store) -> None:
    await stories(store, *(1,) * 20, 9)
    assert await told(store, surges=False) == []


async def test_the_end_of_a_long_silence_is_told_once(store: Store) -> None:
    silence = Silence("icbm", "", "", NOW - 3 * DAY, NOW - HOUR, "the anniversary")
    await store.write(lambda tx: tx.silences.add(silence))
    assert await told(store) == ["A silence has ended: topic ICBM"]
    assert await told(store, NOW + timedelta(minutes=10)) == []
