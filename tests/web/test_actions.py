"""What pages write, and where it goes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from commands import done, fill
from conftest import NOW
from desks import Browser, browsing
from fakes import item, rss
from filled import HOUR
from installation import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from installation import Installation

CONFIG = """\
# the feeds of the desk
feeds:
  - {url: https://one.example/feed, title: One}   # the first
  - {url: https://two.example/feed, title: Two}
topics:
  - {id: dprk-troops, title: DPRK troops, any: [북한군, troops]}
  - {id: icbm, title: Missiles, any: [ICBM], none: [parade]}
"""
LATER = NOW + 3 * HOUR


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "monitor.db"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, "utf-8")
    return path


@pytest.fixture
async def desk(database: Path, config: Path) -> AsyncIterator[Browser]:
    await fill(database)
    async with browsing(database, config, LATER) as browser:
        yield browser


async def test_a_verdict_is_kept_shown_and_taken_back(desk: Browser, database: Path) -> None:
    answer = await desk.post("/articles/1/verdict", said="good")
    assert answer.headers["Location"] == "/articles/1?done=judged"
    [verdict] = json.loads(done("feedback", "--json", db=database))
    assert (verdict["said"], verdict["reader"].partition(":")[0]) == ("good", "web")
    page = (await desk.get("/articles/1?done=judged")).text
    assert re.search(r'value="none" aria-pressed="true">Relevant<', page)
    assert "The verdict counts" in page
    await desk.post("/articles/1/verdict", said="none")
    assert json.loads((await desk.get("/hits.json?verdict=good")).text)["total"] == 0


async def test_stories_are_merged_and_split_on_their_page(desk: Browser, database: Path) -> None:
    first, second = [each["id"] for each in json.loads(done("stories", "--json", db=database))]
    answer = await desk.post(f"/stories/{first}/merge", other=str(second))
    assert answer.headers["Location"] == f"/stories/{first}?done=merged"
    page = (await desk.get(f"/stories/{first}?done=merged")).text
    assert "The stories are one now." in page
    gone = await desk.get(f"/stories/{second}")
    assert (gone.status, f"was merged into story {first}" in gone.text) == (404, True)

    [story] = json.loads(done("stories", "--json", db=database))
    reports = json.loads((await desk.get(f"/stories/{first}.json")).text)["story"]["reports"]
    assert story["articles"] == len(reports)
    answer = await desk.post(f"/stories/{first}/split", report=str(reports[-1]["id"]))
    assert re.fullmatch(r"/stories/\d+\?done=split", answer.headers["Location"])
    assert len(json.loads(done("stories", "--json", db=database))) == 2


async def test_a_story_is_not_merged_with_what_is_none(desk: Browser) -> None:
    assert (await desk.post("/stories/1/merge", other="99")).status == 400
    assert (await desk.post("/stories/1/merge", other="one")).status == 400


async def test_a_button_of_htmx_gets_its_form_anew(desk: Browser) -> None:
    token = await desk.token()
    async with desk.session.post(
        desk.url + "/articles/1/verdict",
        data={"token": token, "said": "wrong"},
        headers={"HX-Request": "true"},
    ) as answer:
        text = await answer.text()
    assert answer.status == 200
    assert text.strip().startswith("<form")
    assert 'aria-pressed="true">Not relevant' in text


async def test_an_article_that_hits_nothing_cannot_be_judged(desk: Browser) -> None:
    answer = await desk.post("/articles/999/verdict", said="good")
    assert answer.status == 503
    assert "hits no topic" in answer.text


async def test_a_silence_is_made_listed_and_ended(desk: Browser, database: Path) -> None:
    answer = await desk.post("/silences", topic="icbm", duration="8h", comment="a parade")
    assert answer.headers["Location"] == "/alerts?done=silenced"
    page = (await desk.get("/alerts")).text
    assert "a parade" in page
    assert "7 h" in page
    assert (await desk.post("/silences/expire", id="1")).status == 303
    assert json.loads((await desk.get("/alerts.json")).text)["silences"] == []
    assert (await desk.post("/silences/expire", id="1")).status == 404
    [listed] = json.loads(done("silence", "list", "--all", "--json", db=database))
    assert listed["topic"] == "icbm"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"duration": "8h"}, "name what to silence"),
        ({"topic": "icbm", "duration": "forever"}, "no span such as"),
        ({"topic": "nothing", "duration": "8h"}, "no topic nothing"),
        ({"term": "!!", "duration": "8h"}, "a letter or a digit"),
    ],
)
async def test_a_mistaken_silence_is_refused(
    desk: Browser, fields: dict[str, str], words: str
) -> None:
    answer = await desk.post("/silences", **fields)
    assert answer.status == 400
    assert words in answer.text


async def test_a_silence_of_no_story_is_refused(desk: Browser) -> None:
    answer = await desk.post("/silences", story="99", duration="8h")
    assert "there is no story 99" in answer.text


async def test_a_failed_alert_is_sent_again(desk: Browser, database: Path) -> None:
    [failed] = json.loads(done("alerts", "--state", "failed", "--json", db=database))
    assert (await desk.post("/alerts/retry", id=str(failed["id"]))).status == 303
    assert json.loads(done("alerts", "--state", "failed", "--json", db=database)) == []
    again = await desk.post("/alerts/retry", id=str(failed["id"]))
    assert "only a failed one" in again.text


async def test_a_feed_is_added_paused_and_resumed_in_the_file(desk: Browser, config: Path) -> None:
    fields = {"url": "https://new.example/rss", "title": "New", "lang": "en", "do": "add"}
    answer = await desk.post("/feeds/add", **fields)
    assert answer.headers["Location"] == "/feeds?done=unread"
    assert "https://new.example/rss" in text_of(config)
    await desk.post("/feeds/pause", feed="https://one.example/feed")
    text = text_of(config)
    assert "title: One, enabled: false}   # the first" in text
    await desk.post("/feeds/resume", feed="https://one.example/feed")
    assert "enabled" not in text_of(config)
    assert text_of(config).startswith("# the feeds of the desk\n")


async def test_a_feed_with_a_mistake_changes_nothing(desk: Browser, config: Path) -> None:
    for url in ("ftp://new.example/", "https://one.example/feed", "https://${HOME}/"):
        answer = await desk.post("/feeds/add", url=url, do="add")
        assert answer.status == 400
    assert text_of(config) == CONFIG


async def test_an_address_of_this_machine_is_not_fetched(desk: Browser) -> None:
    answer = await desk.post("/feeds/add", url=f"{desk.url}/now.atom", do="try")
    assert answer.status == 400
    assert "refused-address" in answer.text


@pytest.mark.slow
async def test_the_service_reads_a_change_when_it_is_asked(site: Installation) -> None:
    site.feeds.documents["one"] = rss(item("ICBM test"))
    site.write("one")
    await site.start()
    await until(lambda: site.rows("SELECT 1 FROM service"))
    async with browsing(site.database, site.config, now=datetime.now(UTC)) as browser:
        answer = await browser.post("/feeds/add", url="https://new.example/rss", do="add")
        assert answer.headers["Location"] == "/feeds?done=added"
        await until(lambda: site.events("reloaded"))
