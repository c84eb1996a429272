"""Pages over a database that holds a little of everything."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sqlite3
from contextlib import closing
from io import StringIO
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from commands import fill
from conftest import NOW, ROOT
from copies import store_at
from desks import Browser, browsing
from filled import HOUR

from monitor.store.queries.desk import DeskReader
from monitor.web.pages import PAGES, TOPIC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LATER = NOW + 3 * HOUR
CONFIG = """\
feeds: [{url: https://one.example/feed, title: One}]
topics:
  - {id: dprk-troops, title: DPRK troops, any: [북한군, troops]}
  - {id: icbm, title: Missiles, any: [ICBM], none: [parade]}
"""
PATHS = [path.replace(r"{id:\d+}", "1").replace(TOPIC, "icbm") for path in PAGES]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Browser]:
    await fill(tmp_path / "monitor.db")
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG, "utf-8")
    async with browsing(tmp_path / "monitor.db", config, LATER) as browser:
        yield browser


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_answers_in_html_and_in_json(desk: Browser, path: str) -> None:
    page = await desk.get(path)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    data = await desk.get(f"{path if path != '/' else '/now'}.json")
    assert (data.status, data.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert isinstance(json.loads(data.text), dict)


async def test_every_answer_forbids_foreign_scripts_and_frames(desk: Browser) -> None:
    for path in ("/", "/hits.csv", "/nothing", "/static/x/desk.css"):
        headers = (await desk.get(path)).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/now/newer"])
async def test_a_page_loads_nothing_from_elsewhere_and_has_no_inline_code(
    desk: Browser, path: str
) -> None:
    text = (await desk.get(path)).text
    loaded = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]*)"', text)
    assert loaded
    assert [each for each in loaded if not each.startswith("/")] == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src)", text) == []


async def test_now_shows_the_stories_of_the_last_day_by_topic(desk: Browser) -> None:
    page = await desk.get("/")
    assert "North Korea fires an ICBM" in page.text
    assert "북한군 쿠르스크 배치" in page.text
    assert "DPRK troops</a></h3>" in page.text
    assert "Broken" in page.text
    assert "http-500" in page.text


async def test_now_shows_figures_of_people_and_weapons_only_each_with_its_noun(
    desk: Browser, tmp_path: Path
) -> None:
    freed = "hostages freed"
    figures = [(10, "captured", freed), (24, "captured", freed), (3, "captured", ""),
               (6_800, "km", ""), (5, "drones", "drones delivered")]  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "monitor.db")) as db, db:
        db.executemany(
            "INSERT INTO figures (article_id, value, unit, approx, said_by, label)"
            " SELECT min(id), ?, ?, '', '', ? FROM articles WHERE story_id IS NOT NULL",
            figures,
        )
    stories = json.loads((await desk.get("/now.json")).text)["stories"]
    shown = [each for story in stories for each in story["figures"] if not each["said_by"]]
    kinds = {(each["label"] or each["unit"], each["value"], each["was"]) for each in shown}
    assert {("hostages freed", 24, 10), ("captured", 3, None)} <= kinds
    assert not {"km", "drones delivered"} & {kind for kind, _, _ in kinds}


async def test_what_is_new_is_told_from_what_was_read(desk: Browser) -> None:
    assert ">new<" not in (await desk.get("/")).text
    looked = int((NOW + HOUR / 2).timestamp())
    page = await desk.get("/", Cookie=f"desk_looked={looked}")
    assert page.text.count(">new<") == 1
    assert "1 new since" in page.text


async def test_the_line_that_asks_for_news_counts_only_what_came_since(desk: Browser) -> None:
    before = await desk.get(f"/now/newer?since={(NOW + HOUR / 2).isoformat()[:19]}")
    assert "1 new report in 1 story" in before.text
    after = await desk.get(f"/now/newer?since={(NOW + 2 * HOUR).isoformat()[:19]}")
    assert after.text.strip() == ""


async def test_a_search_finds_words_of_any_script_and_counts_facets(desk: Browser) -> None:
    found = json.loads((await desk.get("/hits.json?q=북한군")).text)
    assert [row["lang"] for row in found["hits"]] == ["ko"]
    everything = json.loads((await desk.get("/hits.json")).text)
    topics = dict(everything["facets"]["topic"])
    assert sum(topics.values()) == everything["total"] == len(everything["hits"])


async def test_filters_narrow_a_search(desk: Browser) -> None:
    found = json.loads((await desk.get("/hits.json?publisher=NHK&topic=icbm")).text)
    assert {(row["publisher"], row["topic"]) for row in found["hits"]} == {("NHK", "icbm")}
    assert json.loads((await desk.get("/hits.json?country=XX")).text)["total"] == 0
    assert json.loads((await desk.get("/hits.json?verdict=wrong")).text)["total"] == 0
    near = json.loads((await desk.get("/hits.json?near=1")).text)
    assert [row["title"] for row in near["hits"]] == ["ICBM parade"]


@pytest.mark.parametrize("name", ["feed", "story", "lang", "publisher"])
async def test_a_search_finds_a_hit_by_each_thing_that_it_says_of_itself(
    desk: Browser, name: str
) -> None:
    every = json.loads((await desk.get("/hits.json")).text)["hits"]
    row = next(row for row in every if row[name])
    found = json.loads((await desk.get(f"/hits.json?{urlencode({name: row[name]})}")).text)
    assert row in found["hits"]
    assert {each[name] for each in found["hits"]} == {row[name]}


async def test_a_search_is_read_in_parts(desk: Browser) -> None:
    every = json.loads((await desk.get("/hits.json")).text)["hits"]
    parts = [json.loads((await desk.get(f"/hits.json?limit=1&page={n}")).text)["hits"]
             for n in range(1, len(every) + 1)]  # fmt: skip
    assert [row for part in parts for row in part] == every


async def test_a_list_is_csv_atom_and_json_feed(desk: Browser) -> None:
    hits = json.loads((await desk.get("/hits.json")).text)["hits"]
    rows = list(csv.DictReader(StringIO((await desk.get("/hits.csv")).text)))
    assert [row["title"] for row in rows] == [row["title"] for row in hits]
    atom = ET.fromstring((await desk.get("/hits.atom?topic=icbm")).text)  # noqa: S314
    space = "{http://www.w3.org/2005/Atom}"
    titles = [each.text for each in atom.iterfind(f"{space}entry/{space}title")]
    assert titles == [row["title"] for row in hits if row["topic"] == "icbm"]
    feed = json.loads((await desk.get("/hits.jsonfeed")).text)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [each["title"] for each in feed["items"]] == [row["title"] for row in hits]


async def test_a_page_without_a_form_says_so(desk: Browser) -> None:
    answer = await desk.get("/about.csv")
    assert (answer.status, answer.heading) == (404, "Not found")


async def article(desk: Browser, publisher: str) -> str:
    """Return the page of the article that a publisher hit with."""
    hits = json.loads((await desk.get("/hits.json")).text)["hits"]
    found = next(row["id"] for row in hits if row["publisher"] == publisher)
    return (await desk.get(f"/articles/{found}")).text


async def test_an_article_shows_the_words_that_were_found(desk: Browser) -> None:
    assert re.search(r'<h1[^>]* lang="ko" dir="auto"><mark[^>]*>북한군</mark>',
                     await article(desk, "Yonhap"))  # fmt: skip


async def test_an_article_shows_its_edits_word_by_word(desk: Browser) -> None:
    page = await article(desk, "NHK")
    assert "Found in an earlier text" in page
    assert "<ins>Edited: the</ins>" in page
    assert "<del>North Korea fires an</del>" in page


async def test_the_ledger_adds_up(desk: Browser) -> None:
    ledger = json.loads((await desk.get("/alerts.json")).text)["ledger"]
    assert ledger["unaccounted"] == 0
    assert ledger["entries"] == 6
    assert "They add up." in (await desk.get("/alerts")).text


async def test_a_failed_alert_says_why(desk: Browser) -> None:
    page = (await desk.get("/alerts?state=failed")).text
    assert "too_long" in page
    assert "Send again" in page


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/hits?since=yesterday", 400, "no time such as 24h"),
        ("/hits?limit=0", 400, "no number from 1"),
        ("/hits?q=!!", 400, "a letter or a digit"),
        ("/hits?q=@kursk", 400, "@kursk stands for a term set, and a search is for words"),
        ("/alerts?state=lost", 400, "an alert is pending"),
        ("/articles/99999", 404, "no article 99999"),
        ("/stories/99999999999999999999", 404, "nothing with the id"),
        ("/nowhere", 404, "no page /nowhere"),
    ],
)
async def test_a_mistake_in_an_address_is_named(
    desk: Browser, path: str, status: int, words: str
) -> None:
    answer = await desk.get(path)
    assert answer.status == status
    assert words in answer.text


async def test_an_empty_desk_says_what_to_do(tmp_path: Path) -> None:
    async with store_at(tmp_path / "monitor.db"):
        pass
    async with browsing(tmp_path / "monitor.db") as browser:
        assert "start <code>monitor run</code>" in (await browser.get("/")).text
        for path in ("/stories", "/hits", "/topics", "/feeds", "/alerts"):
            assert 'class="empty"' in (await browser.get(path)).text


async def test_a_configuration_with_mistakes_is_told_on_pages_that_still_open(
    tmp_path: Path,
) -> None:
    await fill(tmp_path / "monitor.db")
    config = tmp_path / "config.yaml"
    config.write_text("topics: 5\n", "utf-8")
    async with browsing(tmp_path / "monitor.db", config, LATER) as browser:
        assert "The configuration cannot be used" in (await browser.get("/")).text
        config.write_text(CONFIG, "utf-8")
        page = (await browser.get("/")).text
        assert "The configuration cannot be used" not in page
        assert "Missiles" in page


async def test_a_secret_of_the_configuration_stays_off_the_page(tmp_path: Path) -> None:
    await fill(tmp_path / "monitor.db")
    (tmp_path / "config.yaml").write_text(
        CONFIG + 'channels: {desk: {type: slack, token: xoxb-secret, channel: "#a"}}\n', "utf-8"
    )
    async with browsing(tmp_path / "monitor.db", tmp_path / "config.yaml") as browser:
        for path in ("/about", "/about.json"):
            page = (await browser.get(path)).text
            assert "#a" in page
            assert "xoxb" not in page


# ── a database that is not there, or held ─────────────────────────────────────────────────────


async def test_a_missing_database_gives_a_page_that_says_how_to_make_it(tmp_path: Path) -> None:
    async with browsing(tmp_path / "monitor.db") as browser:
        answer = await browser.get("/")
        assert (answer.status, answer.heading) == (503, "There is no database yet")
        assert "monitor run --once" in answer.text
        assert json.loads((await browser.get("/hits.json")).text)["error"]


async def test_a_locked_database_gives_a_page_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.store.queries.desk._PATIENCE", 0.1)
    path = tmp_path / "monitor.db"
    await fill(path)
    with closing(sqlite3.connect(path)) as holder, holder:
        holder.execute("PRAGMA journal_mode = DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        async with browsing(path) as browser:
            answer = await browser.get("/")
        holder.rollback()
    assert answer.status == 503
    assert "locked" in answer.text


async def test_a_page_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    await fill(path)
    with DeskReader(path, limit=-1.0) as reader:
        many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
        with pytest.raises(Exception, match="took longer than"):
            reader._all(many, {})


async def test_pages_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    await fill(path)
    with DeskReader(path) as reader, pytest.raises(Exception, match="readonly"):
        reader._all("DELETE FROM articles", {})


async def test_commands_in_messages_are_shown_as_code(tmp_path: Path) -> None:
    async with browsing(tmp_path / "none.db") as browser:
        page = (await browser.get("/")).text
    assert "<code>monitor run --once</code>" in page
    assert "`" not in page


async def test_a_desk_whose_service_never_ran_says_what_starts_it_and_is_not_alarmed(
    desk: Browser,
) -> None:
    for path in ("/", "/about"):
        page = (await desk.get(path)).text
        assert "<code>monitor run</code>" in page
        assert "not started" in page
        assert 'class="pulse silent"' not in page
    assert 'class="note bad"' not in (await desk.get("/about")).text


# ── what is not ours ──────────────────────────────────────────────────────────────────────────


def test_the_foreign_files_are_unchanged() -> None:
    folder = ROOT / "monitor" / "web" / "vendor"
    rows = re.findall(r"\| `([\w.-]+)` \|.*`([0-9a-f]{64})`", (folder / "README.md").read_text())
    assert {name for name, _ in rows} == {
        each.name for each in folder.iterdir() if each.suffix in {".js", ".svg"}
    }
    for name, digest in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
