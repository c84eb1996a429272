"""A feed is asked as its server wishes: where it moved, through which proxy, with whose password.

All of it against real servers on loopback, at moments that are passed in.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from aiohttp import web
from fakes import Recorder, context, feed, in_thread, item, rss, topic
from servers import BODY, NEW, answering, fetcher, http, sending

from monitor.diagnostics.probe import feed_advice
from monitor.errors import FetchError, PollError, PollReason
from monitor.pipeline import deliver, poll
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from monitor.model import DueFeed, Feed, Fetched
    from monitor.pipeline.context import PipelineContext
    from monitor.pipeline.results import PollResult
    from monitor.store.database import Store


@dataclass
class Site:
    """A server whose paths answer with a document, a status, or a redirect (`301 /to`).

    `asked` are the paths in turn; `headers` are sent with every answer.
    """

    answers: dict[str, str | int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    requests: list[Mapping[str, str]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        self.requests.append(dict(request.headers))
        found = self.answers.get(request.path, 404)
        if isinstance(found, int):
            return web.Response(status=found, headers=self.headers)
        if found[:3].isdecimal():
            status, _, to = found.partition(" ")
            return web.Response(status=int(status), headers={**self.headers, "Location": to})
        return web.Response(body=found.encode(), headers=self.headers)


@asynccontextmanager
async def serving_site(**answers: str | int) -> AsyncIterator[Site]:
    site = Site({f"/{name}": answer for name, answer in answers.items()})
    async with answering(site.answer) as site.url:
        yield site


@dataclass
class Room:
    """A desk with one feed of a site, at a moment that tests move on."""

    context: PipelineContext
    site: Site
    feed: Feed
    now: datetime

    async def poll(self, **later: float) -> PollResult:
        self.now += timedelta(**later or {"days": 2})
        [polled] = await poll.poll(self.context, self.now)
        return polled

    async def sync(self, *feeds: Feed) -> None:
        await self.context.store.write(lambda tx: tx.feeds.sync(feeds, self.now))

    def health(self) -> dict[str, Any]:
        with Reader(self.context.store.path) as reader:
            [row] = reader.feeds(self.now)
        return row


@asynccontextmanager
async def opened(
    store: Store, now: datetime, answers: dict[str, str | int], **settings: Any
) -> AsyncIterator[Room]:
    """A room whose feed is `/feed`."""
    async with serving_site(**answers) as site, fetcher() as fetch:
        ours = feed(f"{site.url}/feed", **settings)
        made = context(
            store, [ours], [topic()], {"desk": Recorder()}, fetch=fetch.fetch, scan_one=in_thread
        )
        room = Room(made, site, ours, now)
        await room.sync(ours)
        yield room


# ── the pace, from the answer to the due time ─────────────────────────────────────────────────


async def test_a_feed_without_an_interval_is_polled_rarer_while_nothing_comes(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, {"feed": rss(item("A"))}, adapts=True) as room:
        intervals: list[float] = []
        while room.now < now + timedelta(hours=12):
            await room.poll(seconds=intervals[-1] if intervals else 0)
            intervals.append(room.health()["interval"])
    assert intervals == sorted(intervals)
    assert 600 <= intervals[0] <= 630
    assert 3_600 < intervals[-1] <= 21_600


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "public, max-age=7200"},
        {"Cache-Control": "max-age=9000", "Age": "1800"},
        {"Date": "Thu, 31 Oct 2024 18:00:00 GMT", "Expires": "Thu, 31 Oct 2024 20:00:00 GMT"},
    ],
    ids=["max-age", "max-age on its way", "Expires"],
)
async def test_a_feed_is_left_alone_as_long_as_its_server_says_that_nothing_changes(
    store: Store, now: datetime, headers: dict[str, str]
) -> None:
    many = rss(*(item(f"Title {n}") for n in range(30)))
    async with opened(store, now, {"feed": many}, adapts=True) as room:
        room.site.headers = headers
        await room.poll(seconds=0)
        assert 7_200 <= room.health()["interval"] <= 7_560


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "no-cache"},
        {"Cache-Control": "s-maxage=7200, x-max-age=7200"},
        {"Cache-Control": "max-age=never", "Expires": "0"},
        {"Cache-Control": "max-age=60", "Age": "100"},
        {"Expires": "Fri, 31 Dec 20990000000000000000 23:59:59 GMT"},
        {"Expires": "Fri, 31 Dec 9999 23:59:59 -0100"},
        {"Expires": "Thu, 31 Oct 2024 17:00:00 GMT", "Date": "Thu, 31 Oct 2024 18:00:00 GMT"},
    ],
)
async def test_what_says_nothing_about_freshness_changes_nothing(headers: dict[str, str]) -> None:
    async with serving_site(feed=rss()) as site, fetcher() as fetch:
        site.headers = headers
        assert (await fetch.fetch(feed(f"{site.url}/feed"), NEW)).fresh_for == 0


async def test_a_304_tells_freshness_too() -> None:
    answer = http("304 Not Modified", "Cache-Control: max-age=300")
    async with sending(answer) as url, fetcher() as fetch:
        assert (await fetch.fetch(feed(url), NEW)).fresh_for == 300


async def test_what_a_document_wishes_is_remembered_while_it_stays_the_same(
    store: Store, now: datetime
) -> None:
    polling_hints = "<ttl>120</ttl><skipHours><hour>22</hour></skipHours>"
    many = rss(*(item(f"Title {n}") for n in range(30))).replace(
        "<item>", f"{polling_hints}<item>", 1
    )
    async with opened(store, now, {"feed": many}, adapts=True) as room:
        await room.poll(seconds=0)
        assert 7_200 <= room.health()["interval"] <= 7_560
        polled = await room.poll(minutes=130)  # 20:10 UTC, and two hours later it is 22:10
        assert polled.outcome == "unchanged"
        assert room.health()["due_at"] == "2024-10-31T23:00:00Z"


async def test_the_long_interval_of_a_quiet_feed_is_no_outage(store: Store, now: datetime) -> None:
    async with opened(store, now, {"feed": rss(item("A"))}, adapts=True) as room:
        await room.poll(seconds=0)
        while room.now < now + timedelta(days=2):
            await room.poll(seconds=room.health()["interval"])
        interval = room.health()["interval"]
        assert interval > 5 * 3_600
        room.now += timedelta(seconds=interval)
        room.site.answers["/feed"] = rss(item("A"), item("ICBM test", room.now))
        assert [hit.topic for hit in (await room.poll(seconds=0)).hits] == ["icbm"]
        [sent] = await deliver.deliver(room.context, room.now)
        channel = room.context.channels["desk"]
        assert (sent, channel.sent[0].digest) == ("sent", None)  # type: ignore[attr-defined] # a Recorder


async def test_a_gap_is_recorded_with_its_span(store: Store, now: datetime) -> None:
    async with opened(store, now, {"feed": rss(item("A"), item("B"))}) as room:
        await room.poll(seconds=0)
        room.site.answers["/feed"] = rss(item("C"), item("D"))
        with structlog.testing.capture_logs() as logs:
            assert (await room.poll(minutes=11)).gapped
        assert (await room.poll(minutes=11)).gapped is False
        health = room.health()
    assert [health[name] for name in ("gaps", "gap_since", "gap_at")] == [
        1,
        "2024-10-31T18:00:00Z",
        "2024-10-31T18:11:00Z",
    ]
    assert [log["since"] for log in logs if log["event"] == "gap"] == [now]


async def test_a_feed_that_changes_all_its_ids_has_no_gap(store: Store, now: datetime) -> None:
    words = "A long enough text that two articles would hardly share, word for word. " * 3
    old = [item(f"Title {n}", name=f"a{n}", text=f"{n} {words}") for n in range(6)]
    new = [item(f"Title {n}", name=f"b{n}", text=f"{n} {words}") for n in range(6)]
    async with opened(store, now, {"feed": rss(*old)}) as room:
        await room.poll(seconds=0)
        room.site.answers["/feed"] = rss(*new)
        polled = await room.poll(minutes=11)
    assert (polled.renamed, polled.gapped) == (6, False)


# ── permanent redirects ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 308])
async def test_a_permanent_redirect_is_remembered(store: Store, now: datetime, status: int) -> None:
    async with opened(store, now, {"feed": f"{status} /new?a=1", "new": rss()}) as room:
        await room.poll()
        await room.poll()
        await room.poll()
        health = room.health()
    assert room.site.asked == ["/feed", "/new?a=1", "/new?a=1", "/new?a=1"]
    assert (health["url"], health["moved_to"]) == (room.feed.url, f"{room.site.url}/new?a=1")


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_a_passing_redirect_is_not(store: Store, now: datetime, status: int) -> None:
    async with opened(store, now, {"feed": f"{status} /new", "new": rss()}) as room:
        await room.poll()
        await room.poll()
    assert room.site.asked == ["/feed", "/new"] * 2


@pytest.mark.parametrize("hops", [(301, 302), (302, 301), (308, 307)])
async def test_a_chain_is_remembered_only_if_each_hop_is_permanent(
    store: Store, now: datetime, hops: tuple[int, int]
) -> None:
    answers: dict[str, str | int] = {
        "feed": f"{hops[0]} /b", "b": f"{hops[1]} /new", "new": rss(),
    }  # fmt: skip
    async with opened(store, now, answers) as room:
        await room.poll()
        assert room.health()["moved_to"] == ""
        room.site.answers |= {"/feed": "301 /b", "/b": "308 /new"}
        await room.poll()
        assert room.health()["moved_to"] == f"{room.site.url}/new"


async def test_a_passing_redirect_of_where_it_moved_is_followed_each_time(
    store: Store, now: datetime
) -> None:
    async with opened(
        store, now, {"feed": "301 /new", "new": "301 /newer", "newer": rss()}
    ) as room:
        await room.poll()
        room.site.answers |= {"/newer": "302 /today", "/today": rss(item("A"))}
        await room.poll()
        assert room.health()["moved_to"] == f"{room.site.url}/newer"


@pytest.mark.parametrize("fault", [404, 410, 500, "<html><body>Parked</body></html>"])
async def test_where_it_moved_is_forgotten_when_it_fails(
    store: Store, now: datetime, fault: int | str
) -> None:
    async with opened(store, now, {"feed": "301 /new", "new": rss()}) as room:
        await room.poll()
        room.site.answers |= {"/new": fault, "/feed": rss(item("Back"))}
        assert (await room.poll()).outcome != "ok"
        assert room.health()["state"] in {"failing", "blocked"}
        assert room.health()["moved_to"] == ""
        assert (await room.poll()).articles == 1
    assert room.site.asked == ["/feed", "/new", "/new", "/feed"]


async def test_a_redirect_to_a_page_is_not_remembered(store: Store, now: datetime) -> None:
    page = "<!doctype html><html><body>Please log in</body></html>"
    async with opened(store, now, {"feed": "301 /login", "login": page}) as room:
        assert (await room.poll()).outcome == "html"
        assert room.health()["moved_to"] == ""


async def test_where_it_moved_is_forgotten_when_the_feed_leaves_the_configuration(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, {"feed": "301 /new", "new": rss()}) as room:
        await room.poll()
        await room.sync()
        assert room.health()["moved_to"] == ""
        await room.sync(room.feed)
        await room.poll()
    assert room.site.asked == ["/feed", "/new"] * 2


@pytest.mark.parametrize("secret", ["address", "header", "password in the redirect"])
async def test_where_a_feed_with_secrets_moved_is_not_remembered(
    store: Store, now: datetime, secret: str
) -> None:
    answers: dict[str, str | int] = {"feed": "301 /new", "new": rss()}
    async with opened(store, now, answers) as room:
        address = f"{room.feed.url}?key=s"
        secrets: dict[str, dict[str, Any]] = {
            "address": {"url": f"{room.feed.url}?key=${{KEY}}", "address": address},
            "header": {"headers": (("X-Key", "s"),)},
            "password in the redirect": {},
        }
        changed = secrets[secret]
        if not changed:
            room.site.answers["/feed"] = f"301 {room.site.url.replace('//', '//u:s@')}/new"
        ours = replace(room.feed, **changed)
        async with fetcher() as fetch:
            answer = await fetch.fetch(ours, NEW)
            assert (answer.body is not None, answer.moved_to) == (True, None)
            remembered = replace(NEW, moved_to=f"{room.site.url}/elsewhere")
            if changed:  # nor is what was remembered before it had any
                assert (await fetch.fetch(ours, remembered)).body is not None


async def test_where_it_moved_is_guarded_like_any_address() -> None:
    async with serving_site(new=rss()) as site, fetcher() as fetch:
        guarded = feed("http://news.example/feed", allow_private=False)
        with pytest.raises(FetchError, match="refused-address"):
            await fetch.fetch(guarded, replace(NEW, moved_to=f"{site.url}/new"))
    assert site.asked == []


# ── 410 ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_feed_that_is_gone_is_polled_no_more_and_says_so_once(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, {"feed": 410}) as room:
        with structlog.testing.capture_logs() as logs:
            await room.poll()
            assert await poll.poll(room.context, room.now + timedelta(days=900)) == []
            await room.sync(room.feed)  # as at each start
            assert await poll.poll(room.context, room.now + timedelta(days=900)) == []
        health = room.health()
    assert [log["event"] for log in logs] == ["feed closed"]
    assert health["state"] == "closed"
    assert health["error"] == (
        "http-410: closed by its publisher; polled no more until it is resumed or changed"
    )


@pytest.mark.parametrize("setting", [{"title": "Another"}, {"kind": "blog"}])
async def test_a_feed_that_was_gone_is_polled_again_when_its_configuration_changes(
    store: Store, now: datetime, setting: dict[str, str]
) -> None:
    async with opened(store, now, {"feed": 410}) as room:
        await room.poll()
        room.site.answers["/feed"] = rss()
        await room.sync(replace(room.feed, **setting))  # type: ignore[arg-type] # as named
        assert (await room.poll()).outcome == "ok"
        assert room.health()["state"] == "ok"


async def test_a_feed_that_was_gone_is_polled_again_after_a_pause(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, {"feed": 410}) as room:
        await room.poll()
        await room.sync(replace(room.feed, enabled=False))
        assert room.health()["state"] == "off"
        await room.sync(room.feed)
        assert (await room.poll()).outcome == "http-410"
        assert room.health()["state"] == "closed"


async def test_a_feed_that_was_gone_is_polled_again_when_it_is_resumed(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, {"feed": 410}) as room:
        await room.poll()
        assert await store.write(lambda tx: tx.feeds.resume(room.feed.url, room.now))
        assert not await store.write(lambda tx: tx.feeds.resume(room.feed.url, room.now))
        assert (await room.poll(seconds=1)).outcome == "http-410"


# ── headers and passwords ─────────────────────────────────────────────────────────────────────

LOGIN = (("X-Key", "s3cr3t"), ("Authorization", "Basic dTpw"), ("User-Agent", "Mozilla/5.0"))


async def test_a_feeds_own_headers_are_sent() -> None:
    async with serving_site(feed="302 /new", new=rss()) as site, fetcher() as fetch:
        await fetch.fetch(feed(f"{site.url}/feed", headers=LOGIN), NEW)
    for request in site.requests:  # also after a redirect within its server
        assert [request[name] for name, _ in LOGIN] == [value for _, value in LOGIN]


async def test_they_are_sent_to_no_other_server() -> None:
    async with serving_site(new=rss()) as other, serving_site() as site, fetcher() as fetch:
        site.answers["/feed"] = f"302 {other.url}/new"
        await fetch.fetch(feed(f"{site.url}/feed", headers=LOGIN), NEW)
    assert site.requests[0]["X-Key"] == "s3cr3t"
    assert not {"X-Key", "Authorization"} & other.requests[0].keys()
    assert other.requests[0]["User-Agent"] == "monitor-test"


async def test_they_are_sent_with_that_feed_only() -> None:
    async with serving_site(feed=rss()) as site, fetcher() as fetch:
        await fetch.fetch(feed(f"{site.url}/feed", headers=LOGIN), NEW)
        await fetch.fetch(feed(f"{site.url}/feed"), NEW)
    assert "X-Key" not in site.requests[1]


def test_no_secret_of_a_feed_is_shown_with_it() -> None:
    shown = repr(
        feed("https://news.example/", headers=LOGIN, proxy="http://u:s3cr3t@proxy.example")
    )
    assert "s3cr3t" not in shown
    assert "dTpw" not in shown


async def test_no_secret_of_a_feed_is_logged_or_stored(store: Store, now: datetime) -> None:
    settings = {"headers": LOGIN, "proxy": "http://u:s3cr3t@127.0.0.1:1"}
    async with opened(store, now, {"feed": 401}, **settings) as room:
        with structlog.testing.capture_logs() as logs:
            assert (await room.poll()).outcome == "proxy"
            room.context.feeds[room.feed.url] = replace(room.feed, proxy="")  # type: ignore[index] # a dict
            assert (await room.poll()).outcome == "http-401"
        stored = store.path.read_bytes() + store.path.with_name("monitor.db-wal").read_bytes()
    for hidden in ("s3cr3t", "dTpw"):
        assert hidden not in str(logs)
        assert hidden.encode() not in stored


# ── proxies ───────────────────────────────────────────────────────────────────────────────────

PUBLIC = "http://news.example/feed"  # no name server knows it: only a proxy can answer for it


@dataclass
class Proxy:
    """A proxy that answers plain requests itself and refuses tunnels; `lines` is what it got."""

    lines: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    url: str = ""
    location: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.lines.append(head[0])
        self.logins += [line for line in head if line.startswith("Proxy-Authorization")]
        if head[0].startswith("CONNECT"):
            answer = http("403 Forbidden", "Content-Length: 0")
        elif self.location:
            answer = http("302 Found", f"Location: {self.location}", "Content-Length: 0")
        else:
            answer = http("200 OK", f"Content-Length: {len(BODY)}", body=BODY)
        writer.write(answer)
        await writer.drain()
        writer.close()


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    found = Proxy()
    async with await asyncio.start_server(found.serve, "127.0.0.1", 0) as server:
        found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield found


async def asked(address: str, due: DueFeed = NEW, **settings: Any) -> Fetched:
    """Fetch a feed that may lead to public addresses only."""
    async with fetcher() as opened_fetcher:
        return await opened_fetcher.fetch(feed(address, allow_private=False, **settings), due)


async def test_a_feed_is_fetched_through_its_own_proxy(proxy: Proxy) -> None:
    assert (await asked(PUBLIC, proxy=proxy.url)).body == BODY
    assert proxy.lines == [f"GET {PUBLIC} HTTP/1.1"]


async def test_a_proxys_password_is_sent_to_it(proxy: Proxy) -> None:
    await asked(PUBLIC, proxy=proxy.url.replace("//", "//u:p@"))
    assert proxy.logins == ["Proxy-Authorization: Basic dTpw"]


async def test_a_feed_is_fetched_through_the_proxy_of_the_environment(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    assert (await asked(PUBLIC)).body == BODY
    assert proxy.lines == [f"GET {PUBLIC} HTTP/1.1"]


async def test_https_asks_a_proxy_for_a_tunnel(proxy: Proxy) -> None:
    with pytest.raises(FetchError, match=r"^proxy: the proxy does not answer, or refuses$"):
        await asked("https://news.example/feed", proxy=proxy.url)
    assert proxy.lines == ["CONNECT news.example:443 HTTP/1.1"]


async def test_a_proxy_that_does_not_answer_is_a_reason_of_its_own() -> None:
    with pytest.raises(FetchError, match=r"^proxy: "):
        await asked(PUBLIC, proxy="http://127.0.0.1:1")


async def test_the_address_of_a_proxy_is_guarded_where_it_is_no_proxy(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(FetchError, match="refused-address"):
        await asked(f"{proxy.url}/feed")
    assert proxy.lines == []


async def test_a_hop_that_goes_past_the_proxy_is_guarded(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving_site(feed=rss()) as site:
        proxy.location = f"{site.url}/feed"
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with pytest.raises(FetchError, match="refused-address"):
            await asked(PUBLIC)
    assert (len(proxy.lines), site.asked) == (1, [])


async def test_a_feed_without_a_proxy_is_guarded_beside_one_with_it(proxy: Proxy) -> None:
    async with serving_site(feed=rss()) as site, fetcher() as fetch:
        through = feed(PUBLIC, allow_private=False, proxy=proxy.url)
        past = feed(f"{site.url}/feed", allow_private=False)
        answers = await asyncio.gather(
            fetch.fetch(through, NEW), fetch.fetch(past, NEW), return_exceptions=True
        )
    assert [type(answer).__name__ for answer in answers] == ["Fetched", "FetchError"]
    assert site.asked == []


# ── advice ────────────────────────────────────────────────────────────────────────────────────


def test_each_way_to_fail_has_an_advice_of_its_own() -> None:
    errors = [PollError.of_status(status) for status in (401, 403, 404, 407, 410, 429, 451)]
    errors += [PollError(reason) for reason in PollReason if not reason.startswith("http")]
    assert len(set(map(feed_advice, errors))) == len(errors)
