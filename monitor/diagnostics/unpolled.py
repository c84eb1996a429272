"""Outlets that had a topic's news and are not polled, as GDELT saw them. Nothing is stored.

GDELT finds candidates, and the topic's own expression decides on their titles, so that what counts
is what would have been a hit. By hand only: the API takes one request in five seconds.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.config.topic_cache import packed_topics
from monitor.diagnostics.gdelt import (
    MOST_ARTICLES,
    TOO_OFTEN,
    GdeltError,
    read_answer,
    search_address,
)
from monitor.diagnostics.probe import chosen_feed, fetch_feed
from monitor.errors import PollError
from monitor.matching.matcher import Matcher
from monitor.model import Article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.config.load import Config
    from monitor.diagnostics.gdelt import SeenArticle
    from monitor.model import Feed

PAUSE = 5.0  # seconds between two requests
_TOO_MANY_REQUESTS = 429
_SECOND_LEVEL = frozenset(
    {"ac", "co", "com", "edu", "go", "gob", "gov", "mil", "ne", "net", "or", "org"}
)
_COUNTRY_CODE = 2  # letters
_NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Search:
    """A period, and the address of the API; a private one where `allow_private`."""

    api: str
    since: datetime
    until: datetime
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet that is not polled, with its articles that would have been hits, newest first."""

    host: str
    articles: tuple[SeenArticle, ...]


@dataclass(frozen=True, slots=True)
class SeenTopic:
    """What GDELT saw on a topic: articles, those whose title hits, and outlets not polled.

    `cut` is the number of queries that found as many articles as an answer holds; `refused` is what
    GDELT said of queries.
    """

    topic: str
    queries: tuple[str, ...]
    seen: int
    hits: int
    outlets: tuple[Outlet, ...]
    cut: int
    refused: tuple[str, ...]


async def against_gdelt(
    config: Config,
    queries: Mapping[str, Sequence[str]],
    search: Search,
    progress: Callable[[int, int], None],
) -> tuple[list[SeenTopic], str]:
    """What GDELT saw on topics, by their queries, and why it was asked no further ("": it was).

    `progress` gets the number of requests that are done, and of all.
    """
    matcher = Matcher(packed_topics(config.topics, config.sets).packed)
    polled = PolledOutlets(config.feeds)
    gdelt = _Gdelt(config, search, progress, sum(map(len, queries.values())))
    reports = []
    for topic, each in queries.items():
        if gdelt.stopped:
            break
        answers = await gdelt.find(each)
        seen = {article.url: article for answer in answers.found for article in answer}
        hits = [article for article in seen.values() if _is_hit(matcher, article, topic)]
        unpolled = _outlets(article for article in hits if not polled.has(article.host))
        cut = sum(len(answer) >= MOST_ARTICLES for answer in answers.found)
        report = SeenTopic(
            topic, tuple(each), len(seen), len(hits), unpolled, cut, tuple(answers.refused)
        )
        reports.append(report)
    return reports, gdelt.stopped


@dataclass(frozen=True, slots=True)
class _Answers:
    found: list[list[SeenArticle]]
    refused: list[str]


class _Gdelt:
    """GDELT, asked once in five seconds; `stopped` says why it is asked no more, "" while it is."""

    def __init__(
        self, config: Config, search: Search, progress: Callable[[int, int], None], total: int
    ) -> None:
        self.stopped = ""
        self._config = config
        self._search = search
        self._progress = progress
        self._done, self._total = 0, total

    async def find(self, queries: Iterable[str]) -> _Answers:
        """Ask some queries, in turn."""
        answers = _Answers([], [])
        for query in queries:
            if self._done:
                await asyncio.sleep(PAUSE)
            try:
                answers.found.append(read_answer(await self._ask(query)))
            except GdeltError as error:
                if error.stops:
                    self.stopped = str(error)
                    break
                answers.refused.append(f"{error} ({query})")
            self._done += 1
            self._progress(self._done, self._total)
        return answers

    async def _ask(self, query: str) -> bytes:
        search = self._search
        address = search_address(search.api, query, search.since, search.until)
        feed = chosen_feed((), address, allow_private=search.allow_private)
        if feed is None:
            raise GdeltError(f"`{search.api}` is no http or https address", stops=True)
        try:
            body, _ = await fetch_feed(self._config, feed)
        except PollError as error:
            often = error.status == _TOO_MANY_REQUESTS
            message = TOO_OFTEN if often else f"GDELT cannot be asked: {error}"
            raise GdeltError(message, stops=True) from error
        return body


def _is_hit(matcher: Matcher, seen: SeenArticle, topic: str) -> bool:
    [matches] = matcher.match([_article(seen)])
    return any(match.is_hit and match.topic == topic for match in matches)


def _article(seen: SeenArticle) -> Article:
    return Article(
        id="",
        link=seen.url,
        title=seen.title,
        text="",
        lang=seen.lang,
        publisher="",
        kind="",
        published_at=seen.seen_at,
        id_key=None,
        link_key=None,
        content_key=None,
        title_key=b"",
        digest=b"",
    )


def _outlets(articles: Iterable[SeenArticle]) -> tuple[Outlet, ...]:
    """The outlets of articles, those with most of them first."""
    by_host: defaultdict[str, list[SeenArticle]] = defaultdict(list)
    for article in articles:
        by_host[article.host].append(article)
    found = (Outlet(host, tuple(each)) for host, each in by_host.items())
    return tuple(sorted(found, key=lambda outlet: (-len(outlet.articles), outlet.host)))


class PolledOutlets:
    """The outlets of the configured feeds: by the sites of their addresses, and by publisher.

    A feed may be served elsewhere than its articles, `feeds.bbci.co.uk` for `bbc.com`: an outlet
    whose site is called as a publisher is polled, too.
    """

    def __init__(self, feeds: Iterable[Feed]) -> None:
        every = list(feeds)
        self._sites = {_site(urlsplit(feed.url).hostname or "") for feed in every}
        self._names = {_name(feed.publisher) for feed in every} - {""}

    def has(self, host: str) -> bool:
        """Whether feeds of an outlet's host are polled."""
        site = _site(host)
        return site in self._sites or _name(site.partition(".")[0]) in self._names


def _site(host: str) -> str:
    """`yna.co.kr` of `en.yna.co.kr`: the part of a host name that is one's own, mostly."""
    labels = host.casefold().split(".")
    is_national = len(labels[-1]) == _COUNTRY_CODE and labels[-2:-1] and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if is_national else -2 :])


def _name(publisher: str) -> str:
    return _NO_LETTER.sub("", publisher.casefold().removeprefix("the ")).removeprefix("the")
