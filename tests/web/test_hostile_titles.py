"""What feeds send is text on every page and in every form."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from conftest import NOW
from copies import store_at
from desks import Tags, browsing
from fakes import article, feed, topic
from filled import HOUR, bring

from monitor.text.normalize import digest
from monitor.web.pages import PAGES, TOPIC

if TYPE_CHECKING:
    from pathlib import Path

MARKER = "ICBM"
TITLES = [
    f"{MARKER} <script>alert(1)</script>",
    f"{MARKER} <img src=x onerror=alert(1)>",
    f'{MARKER} "><svg onload=alert(1)>',
    f"{MARKER} ' onmouseover='alert(1)",
    f"{MARKER} </title></textarea></style><iframe src=//evil.example>",
    f"{MARKER} {{{{ 7*7 }}}} ${{7*7}} {{% raise %}}",
    f"{MARKER} ]]><entry><title>forged</title></entry>",
    f'=HYPERLINK("https://evil.example","{MARKER}")',
    f"+1+cmd|' /C calc'!A0 {MARKER}",
    f"-2+3 {MARKER}",
    f"@SUM(1+1) {MARKER}",
    f"[{MARKER}",
]
LINKS = ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "https://n.example/1",
         "//evil.example/x", "vbscript:x"]  # fmt: skip


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """A database with hostile titles, texts, links and publishers, in one story or several."""
    path = tmp_path / "monitor.db"
    source = feed("https://one.example/feed", title="<b>One</b>", publisher="=1+1")
    topics = [topic("icbm", MARKER)]
    hostile = [
        article(title, f"{digest(title).hex()} {title}", publisher=title, id=str(number),
                link=LINKS[number % len(LINKS)] + str(number), link_key=None, published_at=NOW)
        for number, title in enumerate(TITLES)
    ]  # fmt: skip
    async with store_at(path) as store:
        await store.write(lambda tx: tx.feeds.sync([source], NOW - HOUR))
        await bring(store, source, [], NOW - HOUR, topics=topics)
        await bring(store, source, hostile, NOW, topics=topics)
    return path


def pages(limit: int = len(TITLES)) -> list[str]:
    """Return the addresses of every page, those with an id for each of the articles."""
    ids = range(1, limit + 1)
    paths = [path.replace(TOPIC, "icbm") for path in PAGES]
    parts = [[path.replace(r"{id:\d+}", str(n)) for n in ids] for path in paths]
    return sorted({each for part in parts for each in part})


async def test_no_page_makes_markup_or_code_of_what_a_feed_sent(database: Path) -> None:
    async with browsing(database, now=NOW + HOUR) as browser:
        for path in pages():
            page = await browser.get(path)
            for tag, attributes in Tags(page.text).tags:
                assert tag not in {"iframe", "img", "entry", "style"}, path
                assert not [name for name in attributes if name.startswith("on")], path
                if tag == "script":
                    assert (attributes["src"] or "").startswith("/static/")
                link = attributes.get("href") or attributes.get("action") or "/"
                assert link.startswith(("/", "#", "https://n.example/")), (path, link)
                assert not link.startswith("//")


async def test_hostile_titles_are_all_shown_as_they_are(database: Path) -> None:
    async with browsing(database, now=NOW + HOUR) as browser:
        words = " ".join(Tags((await browser.get("/hits")).text).words)
    assert [title for title in TITLES if title not in words] == []


async def test_no_cell_of_csv_is_a_formula(database: Path) -> None:
    async with browsing(database, now=NOW + HOUR) as browser:
        for path in ("/hits.csv", "/stories.csv", "/feeds.csv", "/alerts.csv", "/stories/1.csv"):
            rows = list(csv.reader(StringIO((await browser.get(path)).text)))
            cells = [cell for row in rows[1:] for cell in row]
            assert cells, path
            assert [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")] == []


async def test_a_feed_of_ours_holds_a_title_as_text(database: Path) -> None:
    space = "{http://www.w3.org/2005/Atom}"
    async with browsing(database, now=NOW + HOUR) as browser:
        for path in ("/hits.atom", "/stories.atom", "/now.atom", "/alerts.atom"):
            document = ET.fromstring((await browser.get(path)).text)  # noqa: S314 - our own
            titles = [each.text for each in document.iterfind(f"{space}entry/{space}title")]
            assert "forged" not in titles
            links = [each.get("href") or "" for each in document.iter(f"{space}link")]
            assert [link for link in links if not link.startswith(("http://", "https://"))] == []
        feed_of_hits = json.loads((await browser.get("/hits.jsonfeed")).text)
    assert {item["title"] for item in feed_of_hits["items"]} == set(TITLES)
    kept = {item.get("external_url", "https://n.example/") for item in feed_of_hits["items"]}
    assert [link for link in kept if not link.startswith("https://n.example/")] == []


async def test_words_in_an_address_are_text_on_the_page(database: Path) -> None:
    attack = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    async with browsing(database, now=NOW + HOUR) as browser:
        for path in (f"/hits?q=a{attack}", f"/hits?topic={attack}", f"/feeds?q={attack}",
                     f"/stories?topic={attack}", f"/alerts?channel={attack}", f"/{attack}",
                     f"/hits?since={attack}", f"/?done={attack}"):  # fmt: skip
            tags = Tags((await browser.get(path)).text).tags
            scripts = [attributes for tag, attributes in tags if tag == "script"]
            assert [each for each in scripts if not each.get("src")] == [], path
