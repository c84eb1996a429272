"""What went before: polls and gaps of a feed, digests, figures of a story over time."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from commands import fill
from conftest import NOW
from desks import Browser, browsing
from filled import HOUR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Browser]:
    await fill(tmp_path / "monitor.db")
    async with browsing(tmp_path / "monitor.db", None, NOW + 3 * HOUR) as browser:
        yield browser


def execute(tmp_path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(tmp_path / "monitor.db")) as db, db:
        for statement in statements:
            db.execute(statement)


async def _feed(desk: Browser, title: str) -> int:
    feeds = json.loads((await desk.get("/feeds.json")).text)["feeds"]
    return int(next(row["id"] for row in feeds if row["title"] == title))


async def test_a_feed_shows_the_polls_that_brought_entries(desk: Browser) -> None:
    found = json.loads((await desk.get(f"/feeds/{await _feed(desk, 'One')}.json")).text)
    [poll] = found["polls"]
    assert (poll["entries"], poll["hits"], poll["near_misses"], poll["unread"]) == (4, 1, 1, 1)
    assert found["feed"]["next_at"]


async def test_a_feed_shows_its_outages_and_its_gaps(desk: Browser, tmp_path: Path) -> None:
    feed, at = await _feed(desk, "One"), NOW.timestamp()
    execute(
        tmp_path,
        f"INSERT INTO outages VALUES ({feed}, 'http-500', {at - 9_000}, {at})",
        f"INSERT INTO outages VALUES ({feed}, 'gap', {at - 99_000}, {at - 90_000})",
        f"INSERT INTO outages VALUES ({feed + 1}, 'not this one', {at - 9_000}, {at})",
    )
    page = (await desk.get(f"/feeds/{feed}")).text
    assert page.index("http-500") < page.index("entries may have been missed")
    assert "2 h" in page
    assert "not this one" not in page


async def test_a_feed_that_is_not_there_is_said(desk: Browser) -> None:
    page = await desk.get("/feeds/999")
    assert (page.status, "no feed 999" in page.text) == (404, True)


async def test_a_poll_that_is_overdue_is_no_poll_of_the_past(desk: Browser, tmp_path: Path) -> None:
    execute(tmp_path, f"UPDATE feeds SET due_at = {NOW.timestamp()}, leased = 0")
    page = await desk.get(f"/feeds/{await _feed(desk, 'One')}")
    assert "due for 3 h" in page.text


async def test_digests_that_wait_come_before_those_that_were_sent(
    desk: Browser, tmp_path: Path
) -> None:
    at = NOW.timestamp()
    execute(
        tmp_path,
        f"UPDATE alerts SET digest = 'timed', state = 'digested', due_at = NULL, sent_at = {at}"
        " WHERE id = 1",
        f"UPDATE alerts SET digest = 'timed', state = 'pending', due_at = {at + 90_000},"
        " sent_at = NULL WHERE id = 2",
    )
    digests = json.loads((await desk.get("/alerts.json")).text)["digests"]
    assert [(row["state"], row["alerts"]) for row in digests] == [("pending", 1), ("digested", 1)]
    assert digests[0]["items"][0]["title"]
    assert "1 alert to desk, due" in (await desk.get("/alerts")).text


async def test_figures_that_differ_are_drawn_over_time(desk: Browser, tmp_path: Path) -> None:
    figure = (
        "INSERT INTO figures (article_id, value, unit, approx, said_by)"
        " SELECT {0}(id), {1}, 'troops', '', '{2}' FROM articles"
    )
    execute(
        tmp_path,
        "UPDATE articles SET story_id = 1",
        figure.format("min", 8000, "Seoul <b>"),
        figure.format("min", 9000, "TASS"),
    )
    assert '<svg class="courses"' not in (await desk.get("/stories/1")).text, "at one time"
    execute(tmp_path, figure.format("max", 12000, "Kyiv"))
    page = (await desk.get("/stories/1")).text
    assert "How troops changed: Seoul &lt;b&gt; 8,000; TASS 9,000; Kyiv 12,000" in page
    assert "<title>Kyiv: 12,000</title>" in page
