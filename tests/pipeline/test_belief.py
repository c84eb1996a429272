"""Reliability, credibility and contested figures of a story, from its feeds to list and page."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from commands import done, invoke
from desks import browsing
from fakes import item, topic
from newsroom import Newsroom, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.store.database import Store

FIRST = "ICBM attack on Kyiv: 30 people were killed, Zelensky said"
SECOND = "ICBM attack on Kyiv: 12 people were killed, the Kremlin said"


@pytest.fixture
async def room(store: Store, now: datetime) -> AsyncIterator[Newsroom]:
    """A story with one report of a publisher of reliability B."""
    async with opened(store, now, feeds=("a", "b"), topics=(topic(),), reliability="B") as room:
        room.serve("a", item("Nothing", now))
        room.serve("b", item("Nothing else", now))
        await room.poll()
        room.serve("a", item(FIRST, now))
        await room.poll(minutes=50)
        yield room


def shown(room: Newsroom) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done("stories", "show", "1", "--json", db=room.store.path))
    return found


async def test_a_story_of_one_reliable_publisher_is_possibly_true(room: Newsroom) -> None:
    story = shown(room)
    assert story["reliability"] == {"a": "B"}
    assert (story["credibility"]["value"], story["contested"]) == (3, [])


async def test_a_second_publisher_confirms_and_contests(room: Newsroom) -> None:
    room.serve("b", item(SECOND, room.now))
    await room.poll(minutes=50)
    story = shown(room)
    assert story["credibility"]["value"] == 1
    [killed] = story["contested"]
    assert [(each["side"], each["range"]) for each in killed["positions"]] == [
        ("Ukraine", "30"),
        ("Russia", "12"),
    ]
    lines = done("stories", "show", "1", db=room.store.path)
    assert "contested: killed: Ukraine 30 (Zelensky) · Russia 12 (Kremlin)" in lines
    async with browsing(room.store.path, None, room.now) as desk:
        page = (await desk.get("/stories/1")).text
    assert "<caption>contested: killed</caption>" in page
    assert 'aria-label="12 of 30"' in page


async def test_a_person_overrules_the_credibility_with_a_note(room: Newsroom) -> None:
    path = room.store.path
    judge = ("stories", "credibility", "1", "2", "a call to Kyiv", "--as", "nina")
    await asyncio.to_thread(done, *judge, db=path)
    judged = shown(room)["credibility"]
    assert judged["value"] == 3, "the computed one stays beside"
    assert (judged["overruled"]["value"], judged["overruled"]["note"]) == (2, "a call to Kyiv")
    lines = done("stories", "show", "1", db=path)
    assert "credibility: 2 (probably true), judged by nina: a call to Kyiv\n" in lines
    assert "computed credibility: 3 (possibly true): one reliable publisher (a, B)\n" in lines


async def test_a_credibility_without_a_reason_is_refused(room: Newsroom) -> None:
    path = room.store.path
    for value, note, code in (("2", " ", 1), ("7", "no", 2)):
        judge = ("stories", "credibility", "1", value, note)
        assert (await asyncio.to_thread(invoke, *judge, db=path)).exit_code == code
    async with browsing(path, None, room.now) as desk:
        refused = await desk.post("/stories/1/work", kind="credibility", value="9", text="no")
        assert refused.status == 400
        taken = await desk.post("/stories/1/work", kind="credibility", value="4", text="a doubt")
        assert taken.status == 303
    assert shown(room)["credibility"]["overruled"]["value"] == 4
