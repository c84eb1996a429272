"""`monitor timeline`, its page, and what a story says of those before it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from commands import ONE, done, invoke
from copies import store_at
from desks import browsing
from fakes import article, topic
from filled import DAY, bring, move_into_empty_home

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.now(UTC)
TOPICS = [topic("kursk", "Kursk")]


@pytest.fixture
async def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    move_into_empty_home(tmp_path, monkeypatch)
    path = tmp_path / "monitor.db"
    async with store_at(path) as store:
        first = TODAY - 60 * DAY
        await store.write(lambda tx: tx.feeds.sync([ONE], first))
        await bring(store, ONE, [], first, topics=TOPICS)
        for days, title in ((41, "Drone attack on oil depot in Kursk"), (1, "Kursk: drone attack")):
            at = TODAY - days * DAY
            new = [article(title, id=title, publisher="One", published_at=at)]
            await bring(store, ONE, new, at, topics=TOPICS)
    return path


def test_the_history_of_a_term_set_is_told_in_lines(filled: Path) -> None:
    lines = done("timeline", "@kursk", "--since", "90d", db=filled).splitlines()
    assert lines[0].startswith("@kursk: 2 reports of 2 stories, ")
    assert lines[1].endswith("a day, 1 report at most")
    assert lines[3].startswith("longest silence 40 days, ")


def test_a_year_is_counted_in_weeks(filled: Path) -> None:
    rows = list(
        csv.DictReader(io.StringIO(done("timeline", "--topic", "kursk", "--csv", db=filled)))
    )
    assert {row["days"] for row in rows} == {"7"}
    assert sum(int(row["reports"]) for row in rows) == 2


def test_an_unknown_topic_or_set_is_refused_with_the_nearest(filled: Path) -> None:
    for arguments, said in (
        (["--topic", "kurks"], "did you mean `kursk`"),
        (["@kurks"], "did you mean `kursk`"),
        (["…"], "a search needs a letter"),
        ([], "say of what"),
    ):
        refused = invoke("timeline", *arguments, db=filled)
        assert refused.exit_code == 2
        assert said in refused.stderr


def test_a_story_says_what_came_before_it(filled: Path) -> None:
    lines = done("stories", "show", "2", db=filled).splitlines()
    assert "before: kursk and attack: 1 story, last 41 days ago" in lines
    assert json.loads(done("stories", "show", "2", "--json", db=filled))["before"]["stories"] == 1


async def test_the_pages_show_the_same(filled: Path) -> None:
    async with browsing(filled, None, TODAY + timedelta(seconds=1)) as browser:
        page = (await browser.get("/timeline?q=@kursk&since=90d")).text
        assert "2 reports of 2 stories" in page
        assert (
            json.loads((await browser.get("/timeline.json?q=@kursk")).text)["found"]["reports"] == 2
        )
        assert (
            "kursk and attack: 1 story, last 41 days ago" in (await browser.get("/stories/2")).text
        )
