"""Tries one feed or one channel as the path would, beside the path: nothing is stored."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor import __version__
from monitor.errors import FetchError
from monitor.executors import Workers
from monitor.fetch import Fetcher
from monitor.matching.compile import pack
from monitor.model import DueFeed, Excerpt, Feed, Message, Report
from monitor.scan import Source
from monitor.text import canonical_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.channels import Channel
    from monitor.config.load import Config
    from monitor.errors import DeliveryError, PollError
    from monitor.model import Scan

# What to do about a feed that cannot be read, by the reason.
_FEED_ADVICE = {
    "http-401": "it wants a key or a password: put it into the address as ${A_VARIABLE}",
    "http-403": "it turns programs away: set `polling.contact`, or look for another feed of it",
    "http-404": "the feed has moved: look for “RSS” on the site",
    "http-410": "the feed was closed: look for “RSS” on the site",
    "http-429": "it was asked too often: try later, with a longer `interval`",
    "timeout": "try again; if it is always slow, raise `polling.timeout`",
    "dns": "check the spelling of the host, and this machine's name server",
    "tls": "its certificate does not fit: check the address, and this machine's clock",
    "redirects": "open the address in a browser, and use the one where it ends",
    "bad-address": "give an address that begins with http:// or https://",
    "encoding": "its server sends broken answers: try again later",
    "connection": "its server is down, or the port is wrong: try again later",
    "refused-address": "if it is a server of your own, use --allow-private, and in the"
    " configuration `allow_private: true`",
    "too-large": "raise `polling.max_body`",
    "empty": "try again later; if it stays empty, look for “RSS” on the site",
    "html": "this is a page, not its feed: look for “RSS” on it, or for"
    " <link rel=alternate> in its source",
    "not-a-feed": "this is no RSS or Atom document: look for “RSS” on the site",
    "unparsable": "tell its publisher: not even a lenient reader understands it",
    "parse-timeout": "raise `polling.parse_deadline`, or leave this feed out",
    "worker-died": "try again; if it happens again, leave this feed out",
}
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_SERVER_FAULT = "its server has a fault: try again later"

# What to do about a channel's refusal, by a word in the reason.
_CHANNEL_ADVICE = {
    "channel_not_found": "check the channel's name, and invite the bot there: /invite @monitor",
    "not_in_channel": "invite the bot into the channel: /invite @monitor",
    "invalid_auth": "Slack does not know this token: copy it anew from the app's page",
    "not_authed": "no token was sent: set `token` or `token_file`",
    "token_revoked": "the token was revoked: install the app again, and copy the new token",
    "token_expired": "the token has expired: install the app again, and copy the new token",
    "account_inactive": "the bot was removed: install the app again, and copy the new token",
    "missing_scope": "give the bot the scope `chat:write`, and install the app again",
    "not_allowed_token_type": "this is no bot token: copy the one that begins with xoxb-",
    "archived": "the channel is archived: restore it, or name another one",
    "ratelimited": "Slack asks for a pause: try again in a minute",
    "invalid_token": "Slack does not know this webhook: copy its address anew",
    "no_service": "the webhook was removed: make a new one",
    "cannot reach": "check this machine's network, its proxy and its clock",
}


def chosen_feed(feeds: Iterable[Feed], name: str, *, allow_private: bool = False) -> Feed | None:
    """Return the feed of the configuration with this address or title, or one with defaults.

    None if `name` is neither known nor an http or https address. `allow_private` only widens what
    a feed may do.
    """
    wanted = canonical_link(name)
    for feed in feeds:
        same = wanted and wanted in {canonical_link(feed.url), canonical_link(feed.address)}
        if same or name in {feed.url, feed.address} or name.casefold() == feed.title.casefold():
            return replace(feed, allow_private=feed.allow_private or allow_private)
    try:
        parts = urlsplit(name)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    return Feed(
        url=name, address=name, title="", publisher="", country="", lang="", kind="other",
        interval=0.0, allow_private=allow_private,
    )  # fmt: skip


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean …?` if a name is like one of the others, else ""."""
    near = get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"; did you mean `{near[0]}`?" if near else ""


async def try_feed(config: Config, feed: Feed) -> Scan:
    """Fetch a feed and scan it whole, under the limits of the configuration. Raises PollError."""
    polling = config.polling
    contact = f" (+{polling.contact})" if polling.contact else ""
    fetcher = Fetcher(
        timeout=polling.timeout,
        max_body=polling.max_body,
        user_agent=f"monitor/{__version__}{contact}",
        at_once=1,
    )
    async with fetcher, Workers(1, polling.parse_deadline) as scan_one:
        fetched = await fetcher.fetch(feed, _never_polled(feed))
        if fetched.body is None:
            raise FetchError("http-304", "“not modified”, though nothing was known before")
        source = Source(fetched.final_url, fetched.content_type, feed.lang, feed.publisher)
        return await scan_one(fetched.body, source, frozenset(), pack(config.topics, config.sets))


def _never_polled(feed: Feed) -> DueFeed:
    return DueFeed(
        id=0, url=feed.url, claimed_at=_LONG_AGO, lease_at=0.0, etag="", last_modified="",
        body_digest=b"", known=frozenset(), failures=0, first_polled_at=None, ok_at=None,
    )  # fmt: skip


def feed_advice(error: PollError) -> str:
    """Say what to do about a feed that could not be read."""
    return _FEED_ADVICE.get(error.reason, _SERVER_FAULT)


async def try_channel(channel: Channel, name: str, host: str, now: datetime) -> str:
    """Send a message that is marked as a test; return its reference. Raises DeliveryError."""
    text = f"Sent by `monitor alerts test {name}` on {host}. Nothing has happened."
    report = Report(
        topics=("TEST",),
        title="Test message, no news: this channel receives alerts",
        link="",
        publisher="monitor",
        published_at=now,
        excerpt=Excerpt(text, ()),
    )
    try:
        return await channel.send(Message(f"test-{secrets.token_hex(8)}", (report,)))
    finally:
        await channel.close()


def channel_advice(error: DeliveryError) -> str:
    """Say what to do about a channel that did not take a message."""
    for word, advice in _CHANNEL_ADVICE.items():
        if re.search(rf"(?:\b|_){word}\b", error.reason):
            return advice
    if error.in_doubt:
        return "the message may have arrived all the same: look there before you try again"
    return "try again later" if error.blame == "passing" else "see Slack's documentation of it"
