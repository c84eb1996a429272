"""Feeds that are no RSS take the same path: poll, ledger, identity, health."""

from __future__ import annotations

import json
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fakes import FeedServer, Recorder, context, feed, feed_server, in_thread, topic
from servers import fetcher

from monitor.model import Input
from monitor.pipeline import poll
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.pipeline.context import PipelineContext
    from monitor.pipeline.results import PollResult
    from monitor.store.database import Store

NEWS = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://desk.example/{0}</loc>
 <n:news><n:title>Report {0} on an ICBM test</n:title></n:news></url></urlset>"""
INDEX = "<sitemapindex><sitemap><loc>{}/news-{}.xml</loc></sitemap></sitemapindex>"
NOTICE = "<html><title>Notice</title><main><p>The border is open to all.</p>{}</main></html>"
PAGE = '<html><li><a href="/{0}">Report {0} on an ICBM test</a></li></html>'
CLOSED = '<!DOCTYPE html><html><body><div class="tgme_page_wrap">Join</div></body></html>'


@dataclass
class Desk:
    """A desk with one feed, polled by hand whenever the feed is due."""

    context: PipelineContext
    server: FeedServer
    now: datetime

    async def poll(self) -> PollResult:
        with Reader(self.context.store.path) as reader:
            [record] = reader.records()
        self.now = max(self.now, record.due_at + timedelta(seconds=1))
        [polled] = await poll.poll(self.context, self.now)
        return polled

    def count(self, of: str) -> int:
        with closing(sqlite3.connect(self.context.store.path)) as db:
            [found] = db.execute(f"SELECT count(*) FROM {of}").fetchone()
        return int(found)

    def state(self) -> tuple[str, str]:
        with Reader(self.context.store.path) as reader:
            [row] = reader.feeds(self.now)
        return row["state"], row["reason"]


@asynccontextmanager
async def desk(store: Store, now: datetime, path: str, given: Input) -> AsyncIterator[Desk]:
    async with feed_server() as server, fetcher() as fetch:
        ours = replace(feed(f"{server.url}/{path}"), input=given)
        made = context(
            store, [], [topic()], {"desk": Recorder()}, fetch=fetch.fetch, scan_one=in_thread
        )
        await store.write(lambda tx: tx.feeds.sync([ours], now))
        yield Desk(replace(made, feeds={ours.url: ours}), server, now)


async def test_the_sitemaps_of_an_index_are_read_as_one_feed(store: Store, now: datetime) -> None:
    async with desk(store, now, "index.xml", Input()) as ours:
        url = ours.server.url
        ours.server.documents = {
            "index.xml": INDEX.format(url, 1),
            "news-1.xml": NEWS.format("first"),
            "news-2.xml": NEWS.format("second"),
        }
        first = await ours.poll()
        ours.server.documents["news-1.xml"] = NEWS.format("third")  # the index stays the same
        second = await ours.poll()
        ours.server.documents["index.xml"] = INDEX.format(url, 2)
        third = await ours.poll()
    assert [each.articles for each in (first, second, third)] == [1, 1, 1]
    assert [each.outcome for each in (first, second, third)] == ["ok", "ok", "ok"]


async def test_an_index_leads_to_no_other_host(store: Store, now: datetime) -> None:
    async with desk(store, now, "index.xml", Input()) as ours:
        ours.server.documents = {"index.xml": INDEX.format("http://localhost:1", 1)}
        polled = await ours.poll()
        assert (polled.outcome, polled.articles) == ("ok", 0)
        assert ours.server.requests == [("/index.xml", 200)]


async def test_each_change_of_a_watched_page_is_an_article_of_its_own(
    store: Store, now: datetime
) -> None:
    async with desk(store, now, "notice", Input("watch")) as ours:
        counts = []
        for more in ("", "", "<p>An ICBM test was announced.</p>", "<p>An ICBM test is over.</p>"):
            ours.server.documents["notice"] = NOTICE.format(more)
            counts.append((await ours.poll()).articles)
        assert counts == [1, 0, 1, 1]
        assert ours.count("articles") == 3
        assert ours.count("matches WHERE reason = ''") == 2


async def test_a_list_whose_selector_finds_nothing_any_more_is_empty_with_that_reason(
    store: Store, now: datetime
) -> None:
    given = Input("list", (("item", "li"),))
    async with desk(store, now, "page", given) as ours:
        ours.server.documents["page"] = PAGE.format("first")
        assert (await ours.poll()).articles == 1
        ours.server.documents["page"] = "<html><p>A new design</p></html>"
        assert (await ours.poll()).outcome == "empty"
        assert ours.state() == ("empty", "empty: `item: li` finds nothing on the page")


async def test_a_channel_of_telegram_without_a_public_page_is_blocked(
    store: Store, now: datetime
) -> None:
    async with desk(store, now, "harbour", Input()) as ours:
        ours.server.documents["harbour"] = CLOSED
        await ours.poll()
        assert ours.state()[0] == "blocked"


@pytest.mark.parametrize("kind", ["", "json-feed"])
async def test_an_item_of_json_feed_that_is_edited_is_a_second_version(
    store: Store, now: datetime, kind: str
) -> None:
    async with desk(store, now, "feed.json", Input(kind)) as ours:
        for text in ("An ICBM test is planned.", "The ICBM test is off."):
            item = {
                "id": "1",
                "url": "https://desk.example/1",
                "title": "Test",
                "content_text": text,
            }
            feed = {"version": "https://jsonfeed.org/version/1.1", "items": [item]}
            ours.server.documents["feed.json"] = json.dumps(feed)
            await ours.poll()
        assert ours.count("articles") == 1
        assert ours.count("versions") == 2
