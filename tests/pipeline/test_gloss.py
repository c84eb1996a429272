"""Glosses travel with hits: into messages, lists and pages; a machine's comes later, as an edit."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

import pytest
from commands import done
from desks import browsing
from fakes import item, topic
from newsroom import Newsroom, opened

from monitor.channels.formatting import as_text
from monitor.channels.slack.blocks import blocks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.store.database import Store

KOREAN = "북한군 쿠르스크 배치"
GLOSS = "[ko] Korean People's Army · North Korea · deployment · Kursk"


@pytest.fixture
async def room(store: Store, now: datetime) -> AsyncIterator[Newsroom]:
    """A newsroom in which a Korean report hit, not yet delivered."""
    async with opened(store, now, topics=(topic("dprk", "북한군"),), lang="ko") as room:
        room.serve("a", item("오늘 날씨", now))
        await room.poll()
        room.serve("a", item(KOREAN, now))
        await room.poll(minutes=50)
        yield room


async def test_a_message_has_the_gloss_under_its_headline(room: Newsroom) -> None:
    await room.deliver(minutes=1)
    [message] = room.channel.sent
    assert message.reports[0].gloss == GLOSS
    assert f"{KOREAN}\n{GLOSS}\n" in as_text(message)
    assert GLOSS in str([block.to_dict() for block in blocks(message)])


async def test_readers_of_the_language_get_no_gloss(room: Newsroom) -> None:
    await room.store.write(lambda tx: tx.gloss.set_readers(["ko"]))
    await room.deliver(minutes=1)
    assert room.channel.sent[0].reports[0].gloss == ""


async def test_lists_and_pages_have_the_gloss(room: Newsroom) -> None:
    path = room.store.path
    [hit] = json.loads(done("hits", "--json", db=path))
    [story] = json.loads(done("stories", "--json", db=path))
    assert (hit["gloss"], story["gloss"]) == (GLOSS, GLOSS)
    assert GLOSS in done("hits", db=path)
    assert GLOSS in done("stories", "show", "1", db=path)
    async with browsing(path, None, room.now) as desk:
        shown = f'<span class="gloss" dir="auto">{escape(GLOSS)}</span>'
        for page in ("/hits", "/stories", "/stories/1", "/articles/2", "/inbox?since=2024-10-01"):
            assert shown in (await desk.get(page)).text.replace("&#39;", "&#x27;"), page
