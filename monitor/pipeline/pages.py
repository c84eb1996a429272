"""The pages of hits: fetched once, politely, and looked at again; what changed there is news.

    claim due pages ─▶ fetch ─▶ headline and text (a process of its own) ─▶ matched again
                                   │                                          │
                                   └─▶ a WARC record (`keep: page`)           ▼
                                                       observation, version, score; later: news

A first look changes no alert. A later one that finds another headline or figure is news as an
edited entry is. Words are observations: “answered 404 on …”, never “deleted”.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from monitor import alerts
from monitor.errors import FetchError
from monitor.model import Article
from monitor.model.page import PageLook
from monitor.pipeline.after_alert import reopened
from monitor.pipeline.continue_story import add_features
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from datetime import datetime

    from monitor.model import MatchedArticle, Topic
    from monitor.model.page import DuePage, PageAnswer
    from monitor.pipeline.context import PipelineContext
    from monitor.store.transaction import Transaction

log = structlog.get_logger()

AT_ONCE = 4  # pages
LEASE = 120.0  # seconds in which a page is fetched and read
_LEAD = 1_500  # characters of a page whose figures and names count for its story
_OK = 200


@dataclass(frozen=True, slots=True)
class PageTools:
    """What fetches, reads and records pages.

    `fetch` raises FetchError; `read` returns the `title` and the `text` of a page; `record` keeps
    an answer, and returns its place and its digest. `looks` are the seconds after the first look at
    which a page is looked at again, `host_delay` those between two pages of a host.
    """

    fetch: Callable[[str, float, bool], Awaitable[PageAnswer]]
    read: Callable[[bytes, str], Awaitable[dict[str, str]]]
    record: Callable[[PageAnswer, datetime], tuple[str, str]]
    looks: Sequence[float] = (3_600.0, 86_400.0, 7 * 86_400.0)
    host_delay: float = 5.0


def enqueue(
    tx: Transaction, article: int, link: str, topics: Iterable[Topic], now: datetime
) -> None:
    """Have the page of a hit fetched if one of its topics keeps pages, or their texts."""
    wanted = {topic.keep for topic in topics} - {"off"}
    if wanted and link:
        tx.pages.enqueue(article, link, "page" if "page" in wanted else "text", now)


async def look_at_pages(context: PipelineContext, tools: PageTools, now: datetime) -> int:
    """Look at the pages that are due, a few at a time; return how many."""
    lease_at = now + timedelta(seconds=LEASE)
    claimed = await context.store.write(
        lambda tx: tx.pages.claim(now, lease_at, most=AT_ONCE, host_delay=tools.host_delay)
    )
    await asyncio.gather(*(_look_at(context, tools, due, now) for due in claimed))
    return len(claimed)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look brought: of a page with a text also its matches, whole and by its beginning."""

    due: DuePage
    look: PageLook
    whole: MatchedArticle | None = None
    lead: MatchedArticle | None = None


async def _look_at(context: PipelineContext, tools: PageTools, due: DuePage, now: datetime) -> None:
    look = await _look(context, tools, due, now)
    seen = await _match(context, due, look) if look.text else _Seen(due, look)
    await context.store.write(lambda tx: _apply(tx, context, tools.looks, seen))
    log.info("page", status=look.status, bytes=look.size, looks=due.looks + 1, words=look.words)


async def _look(
    context: PipelineContext, tools: PageTools, due: DuePage, now: datetime
) -> PageLook:
    """Fetch a page, and return what was seen; nothing that a server does is an error of ours."""
    clock = asyncio.get_running_loop().time
    began = clock()
    private = due.feed in context.feeds and context.feeds[due.feed].allow_private
    try:
        answer = await tools.fetch(due.link, now.timestamp(), private)
    except FetchError as error:
        words = f"could not be read on {_moment(now)}: {error}"
        return PageLook(now, due.link, 0, words, seconds=clock() - began)
    found = await tools.read(answer.body, answer.content_type) if answer.status == _OK else {}
    record, record_sha256 = tools.record(answer, now) if due.keep == "page" else ("", "")
    return PageLook(
        now,
        answer.url,
        answer.status,
        f"answered {answer.status} on {_moment(now)}",
        found.get("title", ""),
        found.get("text", ""),
        hashlib.sha256(answer.body).hexdigest(),
        len(answer.body),
        clock() - began,
        record,
        record_sha256,
    )


async def _match(context: PipelineContext, due: DuePage, look: PageLook) -> _Seen:
    """Match the whole text, under the headline of the feed; and the beginning under the page's own.

    What comes later is background for a story.
    """
    whole = Article(
        "", due.link, due.title, look.text, due.lang, "", "other", None, None, None, None, b"",
        digest(due.title, look.text),
    )  # fmt: skip
    lead = replace(whole, title=look.title or due.title, text=look.text[:_LEAD])
    both = await context.match_some((whole, lead), context.packed)
    return _Seen(due, look, both[0], both[1])


def _apply(tx: Transaction, context: PipelineContext, looks: Sequence[float], seen: _Seen) -> None:
    """Write down what was seen; a text that is new becomes a version of the article."""
    due, look, version = seen.due, seen.look, None
    before = tx.pages.last_digest(due.article)
    new = digest(look.title, look.text) if look.text else b""
    if seen.whole and new != before:
        version = tx.pages.add_version(seen.whole.article, due.article, look.at)
        hits = [match for match in seen.whole.matches if match.is_hit]
        tx.pages.rescore(due.article, version, hits, look.at)
        _tell(tx, context, seen, is_first=not before)
    tx.pages.looked(due, look, new, version, _next_look(looks, due, look.at))


def _next_look(looks: Sequence[float], due: DuePage, at: datetime) -> float | None:
    first = (due.first_at or at).timestamp()
    return min((first + after for after in looks if first + after > at.timestamp()), default=None)


def _tell(tx: Transaction, context: PipelineContext, seen: _Seen, *, is_first: bool) -> None:
    """Add what a page names to its story; what a later look adds is news."""
    article, at = seen.due.article, seen.look.at
    story = tx.stories.of_article(article)
    if story is None or seen.lead is None or seen.lead.story_features is None:
        return
    before, gloss = tx.stories.state(story), tx.gloss.terms(article)
    add_features(tx, article, seen.lead.story_features)
    tx.gloss.put(article, gloss)  # it stays that of the feed's headline
    if is_first:
        return
    update = alerts.news(before, tx.stories.state(story))
    if update.lines:
        lines = tuple(f"its page now: {line}" for line in update.lines)
        _alert(tx, context, seen, reopened(tx, story, replace(update, lines=lines), at))


def _alert(
    tx: Transaction, context: PipelineContext, seen: _Seen, update: alerts.StoryUpdate
) -> None:
    article, now = seen.due.article, seen.look.at
    story = tx.stories.of_article(article) or 0
    topics = [context.topics[e] for e in tx.pages.topics(article) if e in context.topics]
    planned = alerts.AlertContext(
        seen_at=now, published_at=now, delivery=context.delivery, update=update,
        usual_channels=context.news_channels,
    )  # fmt: skip
    channels = {
        name: tx.alerts.story_in_channel(story, name).under(tx.alerts.channel_load(name, now))
        for name in alerts.channels_of(topics, planned)
    }
    for alert in alerts.plan_alerts(topics, replace(planned, channels=channels)):
        if alert.news:
            tx.alerts.add(alert, story, article, now)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
