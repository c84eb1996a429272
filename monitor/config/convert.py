"""Settings of feeds and topics → the frozen values (`monitor.model`) that the path works with."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.config.delivery import topic_delivery
from monitor.config.inputs import as_input
from monitor.feeds.telegram import posts_of
from monitor.model import Feed, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.config.schema import FeedSettings, TopicSettings


def as_feeds(feeds: Sequence[FeedSettings], urls: Sequence[str], interval: float) -> Iterator[Feed]:
    """Feeds. `urls` are their names, without secrets; `interval` the default, in seconds.

    A feed without a title is called after its host, or, where several of a host have none, after
    its address: they could not be told apart.
    """
    hosts = [urlsplit(url).netloc or url for url in urls]
    untitled = Counter(host for feed, host in zip(feeds, hosts, strict=True) if not feed.title)
    for feed, url, host in zip(feeds, urls, hosts, strict=True):
        name = host if untitled[host] == 1 else url.partition("://")[2] or url
        yield _as_feed(feed, url, interval, feed.title or name, feed.title or host)


def _as_feed(feed: FeedSettings, url: str, interval: float, title: str, publisher: str) -> Feed:
    return Feed(
        url=url,
        address=posts_of(feed.url),
        title=title,
        publisher=feed.publisher or publisher,
        country=feed.country,
        lang=feed.lang,
        kind=feed.kind,
        reliability=feed.reliability,
        interval=feed.interval or interval,
        enabled=feed.enabled,
        allow_private=feed.allow_private,
        adapts=feed.interval is None,
        proxy=feed.proxy.get_secret_value(),
        headers=tuple(_headers(feed)),
        input=as_input(
            feed.input, {"list": feed.list_of, "json": feed.json_of, "watch": feed.watch}
        ),
    )


def _headers(feed: FeedSettings) -> Iterator[tuple[str, str]]:
    for name, value in feed.headers.items():
        yield name, value.get_secret_value()
    if feed.auth:
        login = f"{feed.auth.user}:{feed.auth.password.get_secret_value()}"
        yield "Authorization", f"Basic {b64encode(login.encode()).decode()}"


def as_topic(topic: TopicSettings) -> Topic:
    """A topic with its terms and how its alerts are delivered."""
    return Topic(
        id=topic.id,
        title=topic.title,
        match=topic.match,
        any=tuple(topic.any),
        all=tuple(map(tuple, topic.all)),
        none=tuple(topic.none),
        anchor=topic.anchor,
        threshold=topic.threshold,
        max_age=topic.max_age,
        channels=tuple(topic.channels),
        **topic_delivery(topic),
    )
