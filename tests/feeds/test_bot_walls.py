"""A bot wall is named: what answers in a feed's place, from the wire to the feed's state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from fakes import Recorder, context, feed, in_thread, rss, topic
from servers import answering, fetched, fetcher, refused

from monitor.diagnostics.probe import feed_advice
from monitor.errors import FetchError, PollReason
from monitor.feeds.bot_walls import consent_page, wall_by_headers, wall_by_page
from monitor.pipeline import poll
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from datetime import datetime

    from servers import Handler

    from monitor.store.database import Store

STUB = (
    '<html><head><META NAME="robots" CONTENT="noindex,nofollow">'
    '<script src="/_Incapsula_Resource?SWJIYLWA=5074a744"></script></head><body></body></html>'
)
AKAMAI = (
    "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\nReference&#32;&#35;18&#46;c6a5\n"
    "<P>https&#58;&#47;&#47;errors&#46;edgesuite&#46;net&#47;18&#46;c6a5</P></BODY></HTML>"
)
CHALLENGE = "<!DOCTYPE html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>"
# What each wall answers: a status, headers, a page; and what it is called.
WALLS: dict[str, tuple[int, dict[str, str], str, str]] = {
    "challenge": (403, {"cf-mitigated": "challenge"}, CHALLENGE, "Cloudflare challenge"),
    "challenge as too many requests": (
        429, {"CF-Mitigated": "challenge", "Retry-After": "60"}, "", "Cloudflare challenge",
    ),
    "Cloudflare's rule": (
        403, {"Server": "cloudflare"},
        "<!DOCTYPE html>\n<title>Attention Required! | Cloudflare</title>", "Cloudflare block",
    ),
    "DataDome": (403, {"X-DataDome": "protected"}, "{}", "DataDome challenge"),
    "DataDome's page": (
        403, {}, "<html><script>var dd={'host':'geo.captcha-delivery.com'}</script></html>",
        "DataDome challenge",
    ),
    "Akamai": (403, {"Server": "AkamaiGHost"}, AKAMAI, "Akamai block"),
    "Akamai's page": (403, {}, AKAMAI, "Akamai block"),
    "Sucuri": (
        403, {"Server": "Sucuri/Cloudproxy", "X-Sucuri-Block": "FBP007"}, "", "Sucuri block",
    ),
    "Imperva, as if all were well": (200, {"X-Iinfo": "9-1-0"}, STUB, "Imperva challenge"),
    "AWS": (202, {"x-amzn-waf-action": "challenge"}, "", "AWS WAF challenge"),
    "Vercel": (429, {"x-vercel-mitigated": "challenge"}, "", "Vercel challenge"),
}  # fmt: skip


def as_wall(name: str) -> Handler:
    status, headers, page, _ = WALLS[name]

    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers, body=page.encode())

    return handler


@pytest.mark.parametrize("name", WALLS)
async def test_a_wall_is_named_in_place_of_its_status(name: str) -> None:
    async with answering(as_wall(name)) as url:
        error = await refused(f"{url}/feed")
    assert str(error) == f"blocked: {WALLS[name][3]}"


async def polled(store: Store, now: datetime, handler: Handler) -> dict[str, Any]:
    """Poll a feed of a server once; return the feed's row, as commands and pages have it."""
    async with answering(handler) as url, fetcher() as fetch:
        ours = feed(f"{url}/feed")
        await store.write(lambda tx: tx.feeds.sync([ours], now))
        made = context(
            store, [ours], [topic()], {"desk": Recorder()}, fetch=fetch.fetch, scan_one=in_thread
        )
        await poll.poll(made, now)
    with Reader(store.path) as reader:
        [row] = reader.feeds(now)
    return row


async def test_a_feed_behind_a_wall_is_blocked_and_says_by_which(
    store: Store, now: datetime
) -> None:
    row = await polled(store, now, as_wall("challenge"))
    assert (row["state"], row["reason"]) == ("blocked", "blocked: Cloudflare challenge")


async def test_a_page_that_asks_for_consent_on_another_host_blocks(
    store: Store, now: datetime
) -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.path != "/feed":
            return web.Response(text="<!doctype html><p>We value your privacy")
        port = request.url.port
        raise web.HTTPFound(f"http://localhost:{port}/v2/collectConsent?sessionId=3")

    row = await polled(store, now, handler)
    assert (row["state"], row["reason"]) == ("blocked", "blocked: consent page")


async def test_a_wall_may_say_when_to_come_again() -> None:
    async with answering(as_wall("challenge as too many requests")) as url:
        error = await refused(url)
    assert error.retry_after == 60


def test_the_advice_names_what_a_person_can_do() -> None:
    advice = feed_advice(FetchError(PollReason.BLOCKED, "Akamai block"))
    assert "webmaster" in advice
    assert "another address" in advice
    assert "`site:`" in advice


# ── what is no wall ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [
        {"cf-ray": "8f-ICN", "Server": "cloudflare"},
        {"X-DataDome": "protected"},
        {"X-Iinfo": "9-1-0", "X-CDN": "Imperva"},
        {"Server": "AkamaiGHost"},
        {"X-Sucuri-ID": "19002"},
    ],
)
async def test_a_feed_that_comes_through_a_wall_is_read(headers: dict[str, str]) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(headers=headers, body=rss().encode())

    async with answering(handler) as url:
        assert (await fetched(url)).body == rss().encode()


@pytest.mark.parametrize("status", [401, 404, 500, 503])
def test_a_makers_header_on_a_fault_of_the_site_is_no_wall(status: int) -> None:
    assert wall_by_headers(status, {"Server": "AkamaiGHost", "X-DataDome": "protected"}) == ""


async def test_a_refusal_by_the_site_itself_stays_its_status() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=403, headers={"cf-ray": "8f-ICN"}, text="<html>members only")

    async with answering(handler) as url:
        error = await refused(url)
    assert (error.reason, error.status) == (PollReason.HTTP_DENIED, 403)


async def test_a_refusal_whose_page_never_ends_stays_its_status() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=403)
        await answer.prepare(request)
        for _ in range(100):
            await answer.write(b"<html>" + b" " * 65_536)
        return answer

    async with answering(handler) as url:
        assert (await refused(url)).status == 403


def test_a_feed_that_writes_about_walls_is_no_wall() -> None:
    text = rss().replace("<channel>", "<channel><!-- captcha-delivery.com _cf_chl_opt -->")
    assert wall_by_page(text.encode()) == ""


def test_a_large_page_with_imperva_in_it_is_no_wall() -> None:
    page = STUB.replace("<body>", "<body>" + "news " * 2_000)
    assert wall_by_page(page.encode()) == ""


@pytest.mark.parametrize(
    ("final", "asks"),
    [
        ("https://consent.youtube.com/m?continue=1", True),
        ("https://guce.yahoo.com/consent?x=1", True),
        ("https://news.example/consent", False),  # of the same host: the site's own page
        ("https://other.example/news", False),
    ],
)
def test_consent_is_asked_for_elsewhere(final: str, *, asks: bool) -> None:
    found = consent_page(b"<!doctype html>", "https://news.example/feed", final)
    assert bool(found) == asks


def test_a_feed_that_moved_to_a_host_of_that_name_is_read() -> None:
    assert consent_page(rss().encode(), "https://a.example/", "https://consent.example/") == ""
