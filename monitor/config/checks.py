"""What a schema cannot say: duplicates, references, empty topics. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.matching import mistake
from monitor.text import canonical_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.config.schema import FeedSettings, TopicSettings

Found = Iterator[tuple[tuple[str | int, ...], str]]


def check_feeds(feeds: Mapping[int, FeedSettings], urls: Mapping[int, str]) -> Found:
    """Yield (where, what is wrong); `urls` are the feeds' addresses as written."""
    seen: dict[str, int] = {}
    for index, feed in feeds.items():
        where = ("feeds", index, "url")
        try:
            parts = urlsplit(feed.url)
            host = parts.hostname
        except ValueError:
            parts, host = urlsplit(""), None
        if parts.scheme not in {"http", "https"} or not host:
            yield where, "expected an http or https address"
            continue
        written = urlsplit(urls[index]).netloc
        if "@" in written and "${" not in written:
            yield where, "a password here would be stored and logged; put it in ${A_VARIABLE}"
        first = seen.setdefault(canonical_link(feed.url) or feed.url, index)
        if first != index:
            yield where, f"the same feed as feeds[{first}]"


def check_topics(topics: Mapping[int, TopicSettings], channels: list[str]) -> Found:
    """Yield (where, what is wrong); `channels` are the names of those there are."""
    seen: dict[str, int] = {}
    for index, topic in topics.items():
        where = ("topics", index)
        first = seen.setdefault(topic.id, index)
        if first != index:
            yield (*where, "id"), f"the same id as topics[{first}]"
        if not topic.any and not topic.all:
            yield where, "an empty topic: give it terms under `any` or `all`"
        for channel in topic.channels:
            if channel not in channels:
                near = get_close_matches(channel, channels, n=1, cutoff=0.5)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                yield (*where, "channels"), f"there is no channel `{channel}`{hint}"
        yield from _terms(topic, where)


def _terms(topic: TopicSettings, where: tuple[str | int, ...]) -> Found:
    for name, terms in (("any", topic.any), ("none", topic.none)):
        for number, term in enumerate(terms):
            if wrong := mistake(term):
                yield (*where, name, number), wrong
    for group, terms in enumerate(topic.all):
        if not terms:
            yield (*where, "all", group), "an empty group can never be met"
        for number, term in enumerate(terms):
            if wrong := mistake(term):
                yield (*where, "all", group, number), wrong
    wanted = {*topic.any, *(term for terms in topic.all for term in terms)}
    for number, term in enumerate(topic.none):
        if term in wanted:
            yield (*where, "none", number), f"`{term}` is wanted and excluded: it can never hit"
