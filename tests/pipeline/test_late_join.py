"""Two stories that a later report shows to be one: joined, told in both threads, no more alerts.

Through a real feed server, the store, and a Slack on loopback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeSlack, fake_slack, item
from newsroom import Newsroom, opened

from monitor.channels.slack.client import Slack
from monitor.model import Topic
from monitor.store.queries.inbox import InboxReader
from monitor.store.queries.stories import StoryFilter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.store.database import Store

MISSILES = Topic("missiles", "Missiles", match="@missile")
SUNAN = (
    "Missile fired from Sunan airfield near Pyongyang",
    "It flew 1,043 km and fell near Hokkaido, said Japan's minister Hamada in Tokyo.",
)
MINUTES = (
    "Ракета КНДР находилась в воздухе 86 минут",
    "За полётом наблюдал Ким Чен Ын, сообщил в Сеуле депутат Юн Гонён.",
)
BOTH = (
    "North Korea's missile fired from Sunan flew 86 minutes and 1,043 km",
    "Kim Jong Un watched as it fell near Hokkaido, said Hamada in Tokyo and Yun Gonyon in Seoul.",
)
NEXT = (
    "Hamada: the missile from Sunan flew 1,043 km in 86 minutes",
    "It fell near Hokkaido, Japan's minister said in Tokyo.",
)


@dataclass
class Desk:
    """A newsroom with a Slack, whose feed brings reports hours apart."""

    room: Newsroom
    slack: FakeSlack
    store: Store

    async def bring(self, report: tuple[str, str], *, by: str = "a", hours: float = 2) -> None:
        await self.room.poll(hours=hours)  # the feeds as they were: they have missed nothing
        self.room.serve(by, item(report[0], self.room.now, text=report[1]))
        await self.room.poll(minutes=11)
        for _ in range(3):
            await self.room.deliver(minutes=2)

    def sizes(self) -> dict[int, int]:
        with InboxReader(self.store.path) as reader:
            return {row["id"]: row["articles"] for row in reader.stories(StoryFilter())}

    def activities(self, story: int) -> list[dict[str, Any]]:
        with InboxReader(self.store.path) as reader:
            return reader.activities(story)

    def first_messages(self) -> list[dict[str, Any]]:
        return [each for each in self.slack.posted if not each.get("thread_ts")]

    def replies(self, first: dict[str, Any]) -> list[str]:
        """The texts in a message's thread."""
        return [str(each) for each in self.slack.posted if each.get("thread_ts") == first["ts"]]


@pytest.fixture
async def desk(store: Store, now: datetime) -> AsyncIterator[Desk]:
    """Two stories of one launch, each with a first message."""
    async with fake_slack() as slack:
        channel = Slack(token="xoxb-good", channel="#alerts", api_url=slack.url)
        feeds, channels = ("a", "b"), {"desk": channel}
        opening = opened(store, now, feeds=feeds, topics=(MISSILES,), channels=channels)
        async with opening as room:
            room.serve("a")
            room.serve("b")
            await room.poll()
            told = Desk(room, slack, store)
            await told.bring(SUNAN)
            await told.bring(MINUTES, by="b", hours=10)
            assert (told.sizes(), len(told.first_messages())) == ({1: 1, 2: 1}, 2)
            yield told


async def test_a_report_of_both_makes_two_stories_one(desk: Desk) -> None:
    await desk.bring(BOTH)
    assert desk.sizes() == {1: 3}


async def test_joined_stories_are_told_once_in_each_thread_and_not_alerted_again(
    desk: Desk,
) -> None:
    await desk.bring(BOTH)
    await desk.bring(NEXT)
    first, second = desk.first_messages()
    for message, other in ((first, MINUTES), (second, SUNAN)):
        told = [text for text in desk.replies(message) if "Same story as" in text]
        assert len(told) == 1
        assert other[0] in told[0]


async def test_later_reports_are_replies_to_the_earlier_message_and_it_counts_all(
    desk: Desk,
) -> None:
    await desk.bring(BOTH)
    first, second = desk.first_messages()
    assert len(desk.replies(second)) == 1
    assert {edit["ts"] for edit in desk.slack.edits[-1:]} == {first["ts"]}


async def test_the_story_says_what_was_joined_and_how_to_part_it(desk: Desk) -> None:
    await desk.bring(BOTH)
    [activity] = desk.activities(1)
    assert (activity["kind"], activity["by"]) == ("join", "monitor")
    assert "`monitor stories split 1 2`" in activity["text"]


async def test_stories_that_a_reader_parted_are_not_joined_again(desk: Desk) -> None:
    at = desk.room.now
    await desk.store.write(lambda tx: tx.story_edits.merge(1, 2, "cli:nina", at))
    parted = await desk.store.write(lambda tx: tx.story_edits.split(1, [2], "cli:nina", at))
    await desk.bring(BOTH)
    assert sorted(desk.sizes()) == [1, parted]
