"""The page of the inbox, and work on a story from its page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from commands import fill
from conftest import NOW
from desks import Browser, browsing
from filled import HOUR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HOSTILE = "<script>alert(1)</script>\u202e =cmd()"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Browser]:
    await fill(tmp_path / "monitor.db")
    async with browsing(tmp_path / "monitor.db", None, NOW + 3 * HOUR) as browser:
        yield browser


async def inbox(desk: Browser) -> dict[int, Any]:
    return {row["id"]: row for row in json.loads((await desk.get("/inbox.json")).text)["inbox"]}


async def test_the_inbox_has_what_nobody_took_and_says_who_takes_it(desk: Browser) -> None:
    story, *_ = await inbox(desk)
    assert (await inbox(desk))[story]["section"] == "new"
    answer = await desk.post(f"/stories/{story}/work", kind="take", back="/inbox")
    assert answer.headers["Location"] == "/inbox?done=take"
    row = (await inbox(desk))[story]
    assert (row["section"], row["state"]) == ("taken", "taken")
    assert f"taken by {row['by']}" in (await desk.get("/inbox")).text


async def test_a_story_that_is_done_leaves_the_inbox(desk: Browser) -> None:
    story, *_ = await inbox(desk)
    await desk.post(f"/stories/{story}/work", kind="done")
    assert story not in await inbox(desk)
    assert "Reopen" in (await desk.get(f"/stories/{story}")).text


async def test_a_note_is_text_on_the_page_whatever_it_holds(desk: Browser) -> None:
    story, *_ = await inbox(desk)
    await desk.post(f"/stories/{story}/work", kind="note", text=HOSTILE)
    page = (await desk.get(f"/stories/{story}")).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    [noted] = json.loads((await desk.get(f"/stories/{story}.json")).text)["activity"]
    assert noted["text"] == "<script>alert(1)</script> =cmd()"


@pytest.mark.parametrize(
    ("story", "kind", "text"),
    [("1", "escalate", ""), ("1", "eat", ""), ("1", "note", " "), ("99", "take", "")],
)
async def test_what_cannot_be_done_is_refused(
    desk: Browser, story: str, kind: str, text: str
) -> None:
    assert (await desk.post(f"/stories/{story}/work", kind=kind, text=text)).status == 400


async def test_work_needs_the_pages_token(desk: Browser) -> None:
    answer = await desk.post("/stories/1/work", token="", kind="take")
    assert answer.status == 403
    assert (await inbox(desk))[1]["state"] == "new"
