"""Pages of hits: fetched once, politely, matched again, looked at again, kept and exported."""

from __future__ import annotations

import json
import zipfile
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from commands import done, invoke
from fakes import Recorder, item, topic
from newsroom import Newsroom, opened
from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]

from monitor.evidence.warc import RecordFolder
from monitor.feeds.pages import PageFetcher
from monitor.parse.page_text import page_text
from monitor.pipeline.pages import PageTools, look_at_pages
from monitor.service import page_reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from monitor.store.database import Store

HEADLINE = "Missile ICBM attack on Kyiv"


def page(headline: str, body: str) -> str:
    data = json.dumps({"headline": headline, "articleBody": body})
    return f'<html><head><script type="application/ld+json">{data}</script></head></html>'


@asynccontextmanager
async def newsroom(store: Store, now: datetime, keep: str = "page") -> AsyncIterator[Newsroom]:
    """A newsroom with a hit that was told, whose page is served beside its feed."""
    kept = topic(keep=keep)
    async with opened(store, now, topics=(kept,), channels={"desk": Recorder()}) as room:
        room.serve("a", item("Nothing", now))
        await room.poll()
        room.server.documents["story"] = page(HEADLINE, "An ICBM hit Kyiv; 3 people were killed.")
        room.serve("a", item(HEADLINE, now, link=f"{room.server.url}/story"))
        await room.poll(minutes=50)
        await room.deliver(minutes=1)
        yield room


@pytest.fixture
async def room(store: Store, now: datetime) -> AsyncIterator[Newsroom]:
    async with newsroom(store, now) as opened_room:
        yield opened_room


async def look(room: Newsroom, folder: Path, **later: float) -> int:
    """Look at the pages that are due after a while."""
    room.now += timedelta(**later)
    records = RecordFolder(folder, 1 << 20)

    async def read(body: bytes, content_type: str) -> dict[str, str]:
        return page_text(body, content_type)

    async with PageFetcher(timeout=5, max_body=1 << 16, user_agent="test", at_once=4) as fetcher:
        tools = PageTools(
            lambda link, at, private: fetcher.page(link, at, allow_private=private),
            read,
            records.add,
            host_delay=0.0,
        )
        return await look_at_pages(room.context, tools, room.now)


def asked(room: Newsroom) -> list[str]:
    return [path for path, _ in room.server.requests if path in {"/story", "/robots.txt"}]


def shown(room: Newsroom, article: int = 2) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done("show", str(article), "--json", db=room.store.path))
    return found


def news(room: Newsroom) -> list[str]:
    channel = room.context.channels["desk"]
    assert isinstance(channel, Recorder)
    return [line for message in channel.sent for each in message.reports for line in each.news]


async def test_the_page_of_a_hit_is_fetched_once_after_robots_txt(
    room: Newsroom, tmp_path: Path
) -> None:
    assert await look(room, tmp_path) == 1
    assert await look(room, tmp_path, minutes=1) == 0
    assert asked(room) == ["/robots.txt", "/story"]
    [seen] = shown(room)["page"]
    assert (seen["status"], seen["title"]) == (200, HEADLINE)
    assert seen["words"] == "answered 200 on 2024-10-31 18:51 UTC"


async def test_its_text_is_a_version_that_the_hit_rests_on(room: Newsroom, tmp_path: Path) -> None:
    await look(room, tmp_path)
    article = shown(room)
    assert [each["text"] for each in article["versions"]] == [
        "",
        "An ICBM hit Kyiv; 3 people were killed.",
    ]
    [match] = article["matches"]
    assert match["version"] == article["versions"][1]["version"]
    assert news(room) == [], "its alert is not repeated"


async def test_the_text_of_a_page_is_no_edit_of_its_feed(room: Newsroom, tmp_path: Path) -> None:
    room.server.documents["story"] = page("ICBM: the page's own headline", "An ICBM hit Kyiv.")
    await look(room, tmp_path)
    article = shown(room)
    assert article["title"] == HEADLINE
    assert [each["of_page"] for each in article["versions"]] == [False, True]
    assert "edited" not in done("show", "2", db=room.store.path)


async def test_what_keeps_no_pages_fetches_none(
    store: Store, now: datetime, tmp_path: Path
) -> None:
    async with newsroom(store, now, keep="off") as room:
        assert await look(room, tmp_path) == 0
        assert asked(room) == []


async def test_robots_txt_is_heeded(room: Newsroom, tmp_path: Path) -> None:
    room.server.documents["robots.txt"] = "User-agent: *\nDisallow: /story\n"
    await look(room, tmp_path)
    assert asked(room) == ["/robots.txt"]
    [seen] = shown(room)["page"]
    assert "robots.txt asks programs to stay away" in seen["words"]


async def test_addresses_of_private_networks_are_refused(room: Newsroom, tmp_path: Path) -> None:
    feeds = {url: replace(each, allow_private=False) for url, each in room.context.feeds.items()}
    room.context = replace(room.context, feeds=feeds)
    await look(room, tmp_path)
    assert asked(room) == []
    assert "not a public address" in shown(room)["page"][0]["words"]


async def test_a_page_that_goes_is_told_as_an_observation(room: Newsroom, tmp_path: Path) -> None:
    await look(room, tmp_path)
    room.server.documents["story"] = 404
    await look(room, tmp_path, hours=1)
    words = [each["words"] for each in shown(room)["page"]]
    assert words[1] == "answered 404 on 2024-10-31 19:51 UTC"
    assert words[1] in done("show", "2", db=room.store.path)


async def test_a_figure_that_changes_on_a_page_is_news(room: Newsroom, tmp_path: Path) -> None:
    await look(room, tmp_path)
    room.server.documents["story"] = page(HEADLINE, "An ICBM hit Kyiv; 30 people were killed.")
    await look(room, tmp_path, hours=1)
    await room.deliver(minutes=5)
    [line] = news(room)
    assert line.startswith("its page now: killed: 3 → 30")


async def test_a_page_is_looked_at_again_after_an_hour_a_day_and_a_week(
    room: Newsroom, tmp_path: Path
) -> None:
    await look(room, tmp_path)
    for later in ({"hours": 1}, {"hours": 23}, {"days": 6}):
        assert await look(room, tmp_path, minutes=-1, **later) == 0
        assert await look(room, tmp_path, minutes=1) == 1
    assert await look(room, tmp_path, days=400) == 0


def records(file: Path) -> list[tuple[str, str, str, bytes]]:
    """Address, content type, digest and content of each record of a WARC file."""
    with file.open("rb") as stream:
        return [
            (each.rec_headers["WARC-Target-URI"], each.http_headers["Content-Type"],
             each.rec_headers["WARC-Payload-Digest"], each.content_stream().read())
            for each in ArchiveIterator(stream)
        ]  # fmt: skip


async def test_a_record_is_a_warc_with_headers_and_digest(room: Newsroom, tmp_path: Path) -> None:
    await look(room, tmp_path)
    [record] = records(tmp_path / "pages-2024-10.warc.gz")
    [seen] = shown(room)["page"]
    assert record[:2] == (f"{room.server.url}/story", "application/xml")
    assert record[2] == f"sha256:{seen['sha256']}"
    assert b"3 people were killed" in record[3]


async def test_a_text_alone_leaves_no_record(store: Store, now: datetime, tmp_path: Path) -> None:
    async with newsroom(store, now, keep="text") as room:
        await look(room, tmp_path)
        assert RecordFolder(tmp_path, 1).sizes() == {}
        assert shown(room)["page"][0]["record"] == ""


def test_at_the_limit_the_oldest_months_go_and_the_newest_stays(
    tmp_path: Path, now: datetime
) -> None:
    for month in ("08", "09", "10"):
        (tmp_path / f"pages-2024-{month}.warc.gz").write_bytes(b"x" * 100)
    assert RecordFolder(tmp_path, 250).delete_old(now - timedelta(days=365)) == [
        "pages-2024-08.warc.gz"
    ]
    assert RecordFolder(tmp_path, 250).delete_old(now) == ["pages-2024-09.warc.gz"]
    assert RecordFolder(tmp_path, 50).delete_old(now + timedelta(days=99)) == []


# ── bundles ───────────────────────────────────────────────────────────────────────────────────


async def exported(room: Newsroom, folder: Path) -> tuple[Path, str]:
    """Export the story after a look at its page; the bundle and its seal."""
    await look(room, folder)
    await room.store.write(lambda tx: tx.pages.note_folder(str(folder)))
    bundle = folder / "bundle.zip"
    said = done("evidence", "export", "1", "--output", str(bundle), "--json", db=room.store.path)
    return bundle, json.loads(said)["seal"]


async def test_a_bundle_has_all_and_proves_it_unchanged(room: Newsroom, tmp_path: Path) -> None:
    bundle, seal = await exported(room, tmp_path)
    with zipfile.ZipFile(bundle) as opened_bundle:
        names = set(opened_bundle.namelist())
        story = json.loads(opened_bundle.read("story.json"))
        html = opened_bundle.read("index.html").decode()
    assert names == {
        "manifest.json", "story.json", "index.html", "records/article-2-1.warc.gz",
    }  # fmt: skip
    [article] = story["articles"]
    assert article["matches"][0]["topic"] == "icbm"
    assert [len(version["digest"]) for version in article["versions"]] == [16, 16]
    assert story["alerts"][0]["state"] == "sent"
    assert "answered 200 on" in html
    assert "<script" not in html
    assert f"unchanged: {seal}" in done("evidence", "verify", str(bundle), "--seal", seal)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"story.json": b"{}"}, "story.json was changed"),
        ({"more.txt": b"x"}, "more.txt was added"),
        ({"index.html": None}, "index.html is missing"),
    ],
)
async def test_a_changed_bundle_is_told(
    room: Newsroom, tmp_path: Path, change: dict[str, bytes | None], said: str
) -> None:
    bundle, _ = await exported(room, tmp_path)
    with zipfile.ZipFile(bundle) as opened_bundle:
        files = {name: opened_bundle.read(name) for name in opened_bundle.namelist()}
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as written:
        for name, content in {**files, **change}.items():
            if content is not None:
                written.writestr(name, content)
    failed = invoke("evidence", "verify", str(other))
    assert (failed.exit_code, said in failed.stderr) == (1, True)


async def test_another_seal_is_told(room: Newsroom, tmp_path: Path) -> None:
    bundle, seal = await exported(room, tmp_path)
    failed = invoke("evidence", "verify", str(bundle), "--seal", "0" * 64)
    assert (failed.exit_code, f"its seal is {seal}" in failed.stderr) == (1, True)


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK no")
    failed = invoke("evidence", "verify", str(tmp_path / "x.zip"))
    assert (failed.exit_code, "is no bundle" in failed.stderr) == (1, True)


async def test_the_reader_of_pages_is_ended_in_time() -> None:
    found = await page_reader.read_page(page("A", "B").encode(), "text/html\r\nx")
    assert found["text"] == "B"
