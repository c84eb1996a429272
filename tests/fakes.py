"""The few stand-ins of the tests: real servers on loopback, and builders of values."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, Any

from aiohttp import web

from monitor.alerts import Delivery
from monitor.matching.compile import pack
from monitor.model import Article, Feed, Message, Topic
from monitor.pipeline.context import PipelineContext, Politeness
from monitor.scan.scan import scan
from monitor.text.normalize import canonical_link, content_key, digest, title_form

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from monitor.channels import Channel
    from monitor.model import Scan
    from monitor.scan.scan import Source
    from monitor.store.database import Store

AT_ONCE = Delivery(group_wait=0.0, digest_wait=0.0, edit_wait=0.0, per_hour=0)
Handler = "Callable[[web.Request], Awaitable[web.StreamResponse]]"


@asynccontextmanager
async def serving(app: web.Application, port: int = 0) -> AsyncIterator[str]:
    """Serve an application on loopback; yields its address without a trailing slash."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@dataclass
class FeedServer:
    """Serves documents with ETag and 304; `documents` may be changed at any time.

    `requests` are the (path, status) answered. A value that is a number is answered as a status.
    """

    documents: dict[str, bytes | str | int] = field(default_factory=dict)
    requests: list[tuple[str, int]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        document = self.documents.get(request.path.strip("/"), 404)
        if isinstance(document, int):
            self.requests.append((request.path, document))
            return web.Response(status=document)
        body = document.encode() if isinstance(document, str) else document
        tag = f'"{digest(body.hex()).hex()}"'
        status = 304 if request.headers.get("If-None-Match") == tag else 200
        self.requests.append((request.path, status))
        headers = {"ETag": tag, "Content-Type": "application/xml"}
        return web.Response(status=status, body=body if status == 200 else None, headers=headers)


@asynccontextmanager
async def feed_server() -> AsyncIterator[FeedServer]:
    server = FeedServer()
    app = web.Application()
    app.router.add_get("/{name:.*}", server.answer)
    async with serving(app) as server.url:
        yield server


@dataclass
class FakeSlack:
    """Slack's `chat.postMessage`, `chat.update` and its history, as its documentation tells.

    `posted` are the messages that it took, `edits` what they were changed to. `plan` is a list of
    faults, one for each post in turn: an HTTP status, an error code, `lost` (taken, but the answer
    never comes), `hang` or `ok`. `unreadable`, an error code, answers who wants to read.
    """

    token: str = "xoxb-good"
    posted: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    edits: list[dict[str, Any]] = field(default_factory=list)
    plan: list[int | str] = field(default_factory=list)
    retry_after: int = 2
    delay: float = 0.0
    unreadable: str = ""
    url: str = ""

    async def post(self, request: web.Request) -> web.StreamResponse:
        message: dict[str, Any] = await request.json()
        self.calls.append(message)
        fault = self.plan.pop(0) if self.plan else "ok"
        if fault == 429:
            headers = {"Retry-After": str(self.retry_after)}
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers=headers
            )
        await asyncio.sleep(60 if fault == "hang" else self.delay)
        if isinstance(fault, int):
            return web.Response(status=fault, text="<html>Server Error</html>")
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if fault not in {"ok", "lost"}:
            return web.json_response({"ok": False, "error": fault})
        ts = f"17300000{len(self.posted):02}.000100"
        self.posted.append({**message, "ts": ts})
        if fault == "lost":
            assert request.transport is not None
            request.transport.close()
            await asyncio.sleep(0)
        return web.json_response({"ok": True, "ts": ts, "channel": "C1", "message": message})

    async def update(self, request: web.Request) -> web.StreamResponse:
        self.edits.append(await request.json())
        return web.json_response({"ok": True, "ts": self.edits[-1]["ts"], "channel": "C1"})

    async def read(self, request: web.Request) -> web.StreamResponse:
        """Channels, first messages, or a thread; a channel's history shows no replies."""
        if self.unreadable:
            return web.json_response({"ok": False, "error": self.unreadable})
        wanted = {**request.query, **await request.post()}
        method = request.path.rpartition("/")[2]
        if method == "conversations.list":
            return web.json_response({"ok": True, "channels": [{"id": "C1", "name": "alerts"}]})
        thread = wanted.get("ts") if method == "conversations.replies" else None
        found = [each for each in self.posted if each.get("thread_ts") == thread]
        return web.json_response({"ok": True, "messages": found})


@asynccontextmanager
async def fake_slack() -> AsyncIterator[FakeSlack]:
    """`slack.url` is what the configuration calls `api_url`."""
    slack = FakeSlack()
    app = web.Application()
    app.router.add_post("/api/chat.postMessage", slack.post)
    app.router.add_post("/api/chat.update", slack.update)
    app.router.add_route("*", "/api/{method:conversations.(?:list|history|replies)}", slack.read)
    async with serving(app) as url:
        slack.url = f"{url}/api/"
        yield slack


@dataclass
class Recorder:
    """A channel that keeps what it was given; `errors` are raised first, one for each call.

    `found` is what a look-up finds, `cannot_verify` are the errors that look-ups end with, one for
    each.
    """

    sent: list[Message] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    spacing: float = 0.0
    can_edit: bool = True
    can_find: bool = True
    found: str | None = None
    cannot_verify: list[Exception] = field(default_factory=list)

    async def send(self, message: Message) -> str:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(message)
        return f"ref-{len(self.sent)}"

    async def find(self, message: Message, since: datetime) -> str | None:
        del message, since
        if self.cannot_verify:
            raise self.cannot_verify.pop(0)
        return self.found

    async def close(self) -> None: ...


async def in_thread(
    body: bytes,
    source: Source,
    known: frozenset[bytes],
    topics: bytes,
) -> Scan:
    """Scan in the caller's own thread, as `Workers` does in a process."""
    return scan(body, source, known, topics)


def feed(url: str, **settings: Any) -> Feed:
    """A feed on loopback, polled every ten minutes."""
    usual: dict[str, Any] = {
        "address": url, "title": url.rpartition("/")[2], "publisher": url.rpartition("/")[2],
        "country": "", "lang": "en", "kind": "wire", "interval": 600.0, "allow_private": True,
    }  # fmt: skip
    return Feed(url=url, **(usual | settings))


def topic(topic_id: str = "icbm", *terms: str, **settings: Any) -> Topic:
    """A topic that any of the terms hits; `ICBM` if none are given."""
    return Topic(id=topic_id, title=topic_id.upper(), any=terms or ("ICBM",), **settings)


def article(title: str = "A title", text: str = "", **fields: Any) -> Article:
    """An article as `parse` makes it; its id and its link are keys."""
    link = fields.get("link", f"https://news.example/{digest(title).hex()}")
    entry_id = fields.get("id", link)
    usual: dict[str, Any] = {
        "id": entry_id, "link": link, "title": title, "text": text, "lang": "en",
        "publisher": "Example", "kind": "wire", "published_at": None,
        "id_key": digest("id", entry_id) if entry_id else None,
        "link_key": digest("link", canonical_link(link)) if link else None,
        "content_key": content_key(title, text),
        "title_key": digest("title", title_form(title)), "digest": digest(title, text),
    }  # fmt: skip
    return Article(**(usual | fields))


def item(
    title: str, at: datetime | None = None, *, text: str = "", name: str = "", link: str = ""
) -> str:
    """An RSS item; `name` is its guid, made from the title if not given."""
    name = name or digest(title).hex()
    link = link or f"https://news.example/{name}"
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
    return (
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link>"
        f'<guid isPermaLink="false">{escape(name)}</guid>{date}'
        f"<description>{escape(text)}</description></item>"
    )


def rss(*items: str, title: str = "Example") -> str:
    """An RSS 2.0 document."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>https://news.example/</link><description>d</description>{''.join(items)}"
        "</channel></rss>"
    )


def ago(now: datetime, **span: float) -> datetime:
    """A moment before another: `ago(now, hours=3)`."""
    return now - timedelta(**span)


def context(
    store: Store,
    feeds: list[Feed],
    topics: list[Topic],
    channels: Mapping[str, Channel],
    *,
    fetch: Any,
    scan_one: Any,
    delivery: Delivery = AT_ONCE,
) -> PipelineContext:
    """A desk without limits that waits for nothing; feeds have to be synced into the store."""
    return PipelineContext(
        store=store,
        feeds={each.url: each for each in feeds},
        topics={each.id: each for each in topics},
        packed=pack(topics),
        channels=channels,
        fetch=fetch,
        scan_one=scan_one,
        politeness=Politeness(at_once=100, per_host=100, host_delay=0.0),
        delivery=delivery,
    )
