"""What the log says of polls: each hit, each poll at its level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fakes import item
from newsroom import Newsroom, opened
from structlog.testing import capture_logs

from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.store.database import Store


@pytest.fixture
async def newsroom(store: Store, now: datetime) -> AsyncIterator[Newsroom]:
    """A feed of the publisher AFP, polled once while it was empty."""
    async with opened(store, now, feeds=("a",), publisher="AFP") as room:
        room.serve("a")
        await room.poll()
        yield room


async def polled(room: Newsroom) -> list[dict[str, Any]]:
    """Poll later on; returns the logged events."""
    with capture_logs() as logs:
        await room.poll(minutes=11)
    return [dict(each) for each in logs]


async def test_each_hit_is_an_event_with_its_story(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("An ICBM over the sea", newsroom.now), item("Rain", newsroom.now))
    [hit] = [each for each in await polled(newsroom) if each["event"] == "hit"]
    [row] = newsroom.hits()
    assert hit["log_level"] == "info"
    assert (hit["topic"], hit["title"], hit["publisher"]) == ("icbm", "An ICBM over the sea", "AFP")
    with Reader(newsroom.store.path) as reader:
        article = reader.article(row["id"]) or {}
    assert (hit["article"], hit["story"]) == (row["id"], article["story"])


async def test_a_hit_is_said_once(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("An ICBM over the sea", newsroom.now))
    await polled(newsroom)
    newsroom.serve("a", item("An ICBM over the sea", newsroom.now), item("Rain", newsroom.now))
    assert [each["event"] for each in await polled(newsroom)] == ["polled"]


async def test_a_poll_with_a_new_entry_is_information(newsroom: Newsroom) -> None:
    newsroom.serve("a", item("Rain", newsroom.now))
    [poll] = await polled(newsroom)
    assert (poll["event"], poll["outcome"], poll["log_level"]) == ("polled", "ok", "info")


async def test_a_poll_of_an_unchanged_document_is_for_debugging(newsroom: Newsroom) -> None:
    [poll] = await polled(newsroom)
    assert (poll["outcome"], poll["log_level"]) == ("unchanged", "debug")


async def test_a_document_that_changed_without_a_new_entry_is_for_debugging(
    newsroom: Newsroom,
) -> None:
    rain, sun = item("Rain", newsroom.now), item("Sun", newsroom.now)
    newsroom.serve("a", rain, sun)
    await polled(newsroom)
    newsroom.serve("a", sun, rain)
    [poll] = await polled(newsroom)
    assert (poll["outcome"], poll["log_level"]) == ("ok", "debug")


async def test_the_first_poll_of_a_feed_is_information(store: Store, now: datetime) -> None:
    async with opened(store, now, feeds=("a",)) as room:
        room.serve("a")
        [poll] = await polled(room)
    assert (poll["entries"], poll["log_level"]) == (0, "info")


async def test_a_poll_that_fails_is_a_warning(newsroom: Newsroom) -> None:
    newsroom.server.documents["a"] = 500
    [poll] = await polled(newsroom)
    assert (poll["event"], poll["log_level"]) == ("poll failed", "warning")
