"""Feeds and channels tried by hand, with the path's own fetcher, workers and channels.

Nothing is stored, and nothing is put into the outbox. Advice on a failure is worded for the
operator: what to do, not what went wrong.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor import __version__
from monitor.config.fields import is_http_address
from monitor.config.topic_cache import packed_topics
from monitor.errors import FetchError, ParseError, PollError, PollReason
from monitor.feeds.discovery import candidates, sitemaps
from monitor.feeds.fetch import Fetcher
from monitor.feeds.telegram import posts_of
from monitor.matching.compile import pack
from monitor.model import AlertItem, DueFeed, Excerpt, Feed, Message, Source
from monitor.scan.workers import Workers
from monitor.text.normalize import absolute_link, canonical_link, on_same_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monitor.channels import Channel
    from monitor.config.load import Config
    from monitor.errors import DeliveryError
    from monitor.model import Fetched, Scan

# Advice on a feed that cannot be read, by HTTP status and by reason.
_STATUS_ADVICE = {
    401: "it wants a key or a password: give the feed `auth` or `headers`, or put it into"
    " the address as ${A_VARIABLE}",
    403: "it turns programs away: set `polling.contact`, or look for another feed of it",
    404: "the feed has moved: look for “RSS” on the site",
    407: "the proxy wants a password: put it into its address, `proxy` or HTTP_PROXY",
    410: "the feed was closed, and is polled no more: look for “RSS” on the site",
    451: "it may not be read from here, by law: look for another feed of it",
    429: "it was asked too often: try later, with a longer `interval`",
}
_FEED_ADVICE = {
    PollReason.TIMEOUT: "try again; if it is always slow, raise `polling.timeout`",
    PollReason.DNS: "check the spelling of the host, and this machine's name server",
    PollReason.CERTIFICATE: "its certificate does not fit: check the address, and this machine's"
    " clock",
    PollReason.TLS: "there is no HTTPS at that port: check the address, or try it with http://",
    PollReason.PROXY: "check `proxy` of the feed, or HTTP_PROXY and HTTPS_PROXY, and that it runs",
    PollReason.REDIRECTS: "open the address in a browser, and use the one where it ends",
    PollReason.BAD_ADDRESS: "give an address that begins with http:// or https://",
    PollReason.ENCODING: "its server sends broken answers: try again later",
    PollReason.MALFORMED: "check the port: is it a web server's? Otherwise tell its publisher",
    PollReason.BROKEN_OFF: "its answer ends at once: try again; if it stays so, tell its publisher",
    PollReason.CUT_OFF: "its answer ended early: what came is read, and the rest by the next poll",
    PollReason.CONNECTION: "its server is down, or the port is wrong: try again later",
    PollReason.REFUSED_ADDRESS: "if it is a server of your own, use --allow-private, and in the"
    " configuration `allow_private: true`",
    PollReason.TOO_LARGE: "raise `polling.max_body`",
    PollReason.BLOCKED: "a bot wall lets no program pass: write to the site's webmaster, look for"
    " another address of the feed, or take a stand-in: a search of Google News for `site:` and the"
    " host (docs/feeds.md)",
    PollReason.EMPTY: "try again later; if it stays empty, look for “RSS” on the site",
    PollReason.HTML: "this is a page, not its feed: look for “RSS” on it, or for"
    " <link rel=alternate> in its source",
    PollReason.NOT_A_FEED: "this is no RSS or Atom document: look for “RSS” on the site",
    PollReason.UNPARSABLE: "tell its publisher: not even a lenient reader understands it",
    PollReason.PARSE_TIMEOUT: "raise `polling.parse_deadline`, or leave this feed out",
    PollReason.PARSE_MEMORY: "lower `polling.max_body`, or leave this feed out",
    PollReason.WORKER_DIED: "try again; if it happens again, leave this feed out",
    PollReason.NO_WORKER: "this machine is too busy, not the feed: try again later",
}
_AT_ONCE = 4  # fetches at a time, of the feeds that a page names
_HOSTS_AT_ONCE = 16  # hosts asked at a time, where all feeds are tried
_NEVER = datetime.fromtimestamp(0, UTC)
_SERVER_FAULT = "its server has a fault: try again later"


def chosen_feed(feeds: Iterable[Feed], name: str, *, allow_private: bool = False) -> Feed | None:
    """The feed with this address or title; for another address, a feed with default settings.

    None if `name` is neither a feed of `feeds` nor an http or https address. `allow_private` adds
    to what the feed's own settings allow.
    """
    for feed in feeds:
        if _is_called(feed, name):
            return replace(feed, allow_private=feed.allow_private or allow_private)

    if not is_http_address(name):
        return None
    return Feed(
        url=name,
        address=posts_of(name),
        title="",
        publisher="",
        country="",
        lang="",
        kind="other",
        interval=0.0,
        allow_private=allow_private,
    )


def _is_called(feed: Feed, name: str) -> bool:
    link = canonical_link(name)
    has_link = link and link in {canonical_link(feed.url), canonical_link(feed.address)}
    is_title = name.casefold() == feed.title.casefold()
    return bool(has_link) or is_title or name in {feed.url, feed.address}


async def try_feed(config: Config, feed: Feed) -> Scan:
    """Fetch a feed and scan all its entries, within the configured limits. Raises PollError."""
    topics = packed_topics(config.topics, config.sets)
    deadline = config.polling.parse_deadline
    async with (
        _fetcher(config) as fetcher,
        Workers(1, deadline, topics=topics.source) as workers,
    ):
        _, fetched = await _fetch(feed, fetcher)
        return await _scan(feed, fetched, fetcher, workers, topics.digest)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that a page names as a feed: `scan` of its entries, or the `error`."""

    url: str
    scan: Scan | None = None
    error: PollError | None = None


async def discover(config: Config, page: Feed) -> list[Candidate]:
    """Fetch a page and try each feed that the page names; a page that is a feed is the only one.

    Where none of them can be read, the news sitemaps are tried that the site's robots.txt names.
    Raises PollError if the page cannot be fetched.
    """
    no_topics = pack(())
    async with _fetcher(config) as fetcher, Workers(1, config.polling.parse_deadline) as workers:

        async def tried(url: str) -> Candidate:
            feed = replace(page, url=url, address=posts_of(url), headers=())
            try:
                _, fetched = await _fetch(feed, fetcher)
                scan = await _scan(feed, fetched, fetcher, workers, no_topics)
            except PollError as error:
                return Candidate(url, error=error)
            return Candidate(url, scan)

        body, fetched = await _fetch(page, fetcher)
        try:
            scan = await _scan(page, fetched, fetcher, workers, no_topics)
            return [Candidate(page.url, scan)]
        except ParseError:
            urls = candidates(body, fetched.final_url)
        found = await asyncio.gather(*map(tried, urls))
        if not any(each.scan for each in found):
            found += await asyncio.gather(*map(tried, await _sitemaps(page, fetcher)))
        return found


async def _sitemaps(page: Feed, fetcher: Fetcher) -> list[str]:
    """Return the news sitemaps of a page's site; none where the site does not tell."""
    address = absolute_link("/robots.txt", page.address)
    try:
        robots, _ = await _fetch(replace(page, address=address), fetcher)
    except PollError:
        return []
    return sitemaps(robots, address)


@dataclass(frozen=True, slots=True)
class TriedFeed:
    """A feed of the configuration that was fetched and read: its `entries`, or the `error`."""

    feed: Feed
    entries: int = 0
    error: PollError | None = None


async def try_feeds(config: Config, progress: Callable[[int, int], None]) -> list[TriedFeed]:
    """Fetch and read each feed that is enabled, in the order of the configuration.

    Feeds of one host come one after the other. `progress` gets (feeds done, in all).
    """
    feeds = [feed for feed in config.feeds if feed.enabled]
    found: dict[str, TriedFeed] = {}
    hosts: dict[str, list[Feed]] = defaultdict(list)
    for feed in feeds:
        hosts[urlsplit(feed.address).netloc].append(feed)
    limit = asyncio.Semaphore(_HOSTS_AT_ONCE)
    async with _fetcher(config) as fetcher, Workers(1, config.polling.parse_deadline) as workers:

        async def tried(feeds_of_host: list[Feed]) -> None:
            async with limit:
                for feed in feeds_of_host:
                    found[feed.url] = await _tried(feed, fetcher, workers)
                    progress(len(found), len(feeds))

        await asyncio.gather(*map(tried, hosts.values()))
    return [found[feed.url] for feed in feeds]


async def _tried(feed: Feed, fetcher: Fetcher, workers: Workers) -> TriedFeed:
    try:
        _, fetched = await _fetch(feed, fetcher)
        scan = await _scan(feed, fetched, fetcher, workers, pack(()))
    except PollError as error:
        return TriedFeed(feed, error=error)
    return TriedFeed(feed, len(scan.scanned) + len(scan.unread))


def _fetcher(config: Config) -> Fetcher:
    polling = config.polling
    contact = f" (+{polling.contact})" if polling.contact else ""
    return Fetcher(
        timeout=polling.timeout,
        max_body=polling.max_body,
        user_agent=f"monitor/{__version__}{contact}",
        at_once=_AT_ONCE,
    )


async def fetch_feed(config: Config, feed: Feed) -> tuple[bytes, Fetched]:
    """Fetch a feed within the configured limits, unread. Raises PollError."""
    async with _fetcher(config) as fetcher:
        return await _fetch(feed, fetcher)


async def _fetch(feed: Feed, fetcher: Fetcher) -> tuple[bytes, Fetched]:
    fetched = await fetcher.fetch(feed, _never_polled(feed))
    if fetched.body is None:
        raise FetchError.of_status(304, "“not modified”, though nothing was known before")
    return fetched.body, fetched


async def _scan(
    feed: Feed, fetched: Fetched, fetcher: Fetcher, workers: Workers, packed: bytes
) -> Scan:
    """Scan a document; an index together with the documents that it names."""
    scan = await _scan_one(feed, fetched, workers, packed)
    for address in on_same_host(scan.follow, feed.address):
        _, part = await _fetch(replace(feed, address=address), fetcher)
        scan = scan.joined(await _scan_one(feed, part, workers, packed))
    return scan


async def _scan_one(feed: Feed, fetched: Fetched, workers: Workers, packed: bytes) -> Scan:
    """Scan a document, and match all its articles, some at a time."""
    source = Source(
        fetched.final_url,
        fetched.content_type,
        feed.lang,
        feed.publisher,
        now=fetched.served_at,
        last_modified=fetched.last_modified,
        input=feed.input,
    )
    scan = await workers(fetched.body or b"", source, frozenset(), packed)
    while scan.left:
        some = await workers.match_some(scan.left, packed)
        scan = replace(scan, scanned=(*scan.scanned, *some), left=scan.left[len(some) :])
    return scan


def _never_polled(feed: Feed) -> DueFeed:
    return DueFeed(
        id=0,
        url=feed.url,
        claimed_at=_NEVER,
        lease_at=0.0,
        etag="",
        last_modified="",
        body_digest=b"",
        known=frozenset(),
        failures=0,
        first_polled_at=None,
        ok_at=None,
    )


def feed_advice(error: PollError) -> str:
    """Advice on a feed that could not be read."""
    by_status = _STATUS_ADVICE.get(error.status, _SERVER_FAULT)
    return _FEED_ADVICE.get(error.reason, by_status)


async def try_channel(channel: Channel, name: str, host: str, now: datetime) -> str:
    """Send a message marked as a test; return its reference there. Raises DeliveryError.

    `name` is the channel's in the configuration, `host` this machine's. The channel is closed.
    """
    text = f"Sent by `monitor alerts test {name}` on {host}. Nothing has happened."
    item = AlertItem(
        topics=("TEST",),
        title="Test message, no news: this channel receives alerts",
        link="",
        publisher="monitor",
        published_at=now,
        excerpt=Excerpt(text, ()),
    )
    try:
        return await channel.send(Message(f"test-{secrets.token_hex(8)}", (item,)))
    finally:
        await channel.close()


def channel_advice(error: DeliveryError) -> str:
    """Advice on a channel that did not take a message."""
    if error.advice:
        return error.advice
    if error.in_doubt:
        return "the message may have arrived all the same: look there before you try again"
    return "try again later" if error.blame == "passing" else "see the service's documentation"
