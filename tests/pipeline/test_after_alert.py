"""What the program does about the work on stories: closed ones reopen, untaken ones escalate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fakes import Recorder, item, topic
from newsroom import Newsroom, opened

from monitor.model import Activity, ActivityKind, Severity
from monitor.pipeline import after_alert

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.store.database import Store

ATTACK = "Missile ICBM attack on Kyiv kills 3 people"
WORSE = "Missile ICBM attack on Kyiv kills 30 people"


@pytest.fixture
async def room(store: Store, now: datetime) -> AsyncIterator[Newsroom]:
    """A newsroom whose critical topic brought a story, which `desk` was told."""
    critical = topic(severity=Severity.CRITICAL, channels=("desk",))
    channels = {"desk": Recorder(), "chief": Recorder()}
    async with opened(store, now, feeds=("a", "b"), topics=(critical,), channels=channels) as room:
        room.serve("a", item("Nothing", now))
        room.serve("b", item("Nothing else", now))
        await room.poll()
        room.serve("a", item(ATTACK, now))
        await room.poll(minutes=50)
        await room.deliver(minutes=1)
        yield room


def sent(room: Newsroom, channel: str) -> list[str]:
    """The news, or the headline, of what a channel got; of edits the status."""
    recorder = room.context.channels[channel]
    assert isinstance(recorder, Recorder)
    return [
        str(item.status.state)
        if message.edits and item.status
        else "; ".join(item.news or [item.title])
        for message in recorder.sent
        for item in message.reports
    ]


async def do(room: Newsroom, kind: ActivityKind, name: str = "nina") -> None:
    activity = Activity(kind, f"cli:{name}", name, room.now)
    await room.store.write(lambda tx: tx.activity.add(1, activity, room.now))


async def bring_worse(room: Newsroom) -> None:
    room.serve("b", item(WORSE, room.now))
    await room.poll(minutes=50)
    await room.deliver(minutes=10)


async def test_a_story_that_is_taken_says_so_in_its_first_message(room: Newsroom) -> None:
    await do(room, ActivityKind.TAKE)
    await room.deliver()
    assert sent(room, "desk") == [ATTACK, "taken"]


async def test_a_note_edits_no_message(room: Newsroom) -> None:
    activity = Activity(ActivityKind.NOTE, "cli:nina", "nina", room.now, "by phone")
    await room.store.write(lambda tx: tx.activity.add(1, activity, room.now))
    assert await room.deliver() == []


@pytest.mark.parametrize("kind", [ActivityKind.DONE, ActivityKind.DISMISS])
async def test_big_news_reopen_a_closed_story_and_say_so(
    room: Newsroom, kind: ActivityKind
) -> None:
    await do(room, kind)
    await bring_worse(room)
    state = "done" if kind is ActivityKind.DONE else "dismissed"
    [news] = [each for each in sent(room, "desk") if "reopened" in each and "killed" in each]
    assert news.startswith(f"reopened: it was {state} by nina 2024-10-31 18:51 UTC; ")


async def test_news_do_not_reopen_what_is_taken(room: Newsroom) -> None:
    await do(room, ActivityKind.TAKE)
    await bring_worse(room)
    assert not any("reopened" in each for each in sent(room, "desk"))


def escalating(room: Newsroom) -> None:
    delivery = replace(room.context.delivery, escalate_after=1800.0, escalate_to=("chief",))
    room.context = replace(room.context, delivery=delivery)


async def escalate(room: Newsroom, **later: float) -> list[str]:
    room.now += timedelta(**later)
    await after_alert.escalate(room.context, room.now)
    await room.deliver()
    return sent(room, "chief")


async def test_a_critical_story_that_nobody_takes_is_escalated_once(room: Newsroom) -> None:
    escalating(room)
    assert await escalate(room, minutes=5) == []
    line = "nobody has taken this story within 30 min"
    assert await escalate(room, minutes=30) == [line]
    assert await escalate(room, minutes=30) == [line]


@pytest.mark.parametrize("kind", [ActivityKind.TAKE, ActivityKind.DONE, ActivityKind.DISMISS])
async def test_what_somebody_saw_to_is_not_escalated(room: Newsroom, kind: ActivityKind) -> None:
    escalating(room)
    await do(room, kind)
    assert await escalate(room, hours=1) == []


async def test_without_the_setting_nothing_is_escalated(room: Newsroom) -> None:
    assert await escalate(room, hours=1) == []
