"""The hits of a round, one after the other: story ─▶ what is known there ─▶ alerts in the outbox.

A hit may continue the story that an earlier one began, and channels get busier with each. So all is
loaded, decided and applied for one hit before the next; what a poll does not change is read once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from monitor import alerts, stories
from monitor.feeds import schedule
from monitor.model import AlertState, StoryFeatures
from monitor.pipeline import pages
from monitor.pipeline.after_alert import reopened
from monitor.pipeline.continue_story import add_features, continue_story
from monitor.pipeline.late_join import join_stories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from monitor.alerts.plan import Alert, ChannelContext
    from monitor.model import Article, DueFeed, Topic
    from monitor.pipeline.context import PipelineContext
    from monitor.pipeline.decide import ArticleIntent
    from monitor.store.transaction import Transaction

_MOST_COMPARED = 50  # articles of one story that a poll brings: comparing takes milliseconds


@dataclass(slots=True)
class _Known:
    """What is read once in a round: stories in channels, channels' loads, and a count."""

    in_channels: dict[tuple[int, str], ChannelContext] = field(default_factory=dict)
    loads: dict[str, ChannelContext] = field(default_factory=dict)
    compared: Counter[int] = field(default_factory=Counter)  # articles by story


class NewHit(NamedTuple):
    """An article that hits a topic which it did not hit before, and the story that it is in."""

    topic: str
    article: int
    title: str
    publisher: str
    story: int


class HitsInOrder:
    """The hits of a round, taken in the order of publication once all feeds are entered."""

    def __init__(self, tx: Transaction, context: PipelineContext) -> None:
        self._tx = tx
        self._context = context
        self._known = _Known()
        self._alerters: dict[int, StoryAlerter] = {}  # by feed
        self._waiting: list[tuple[StoryAlerter, ArticleIntent]] = []
        self._hits: defaultdict[int, list[NewHit]] = defaultdict(list)  # by feed

    def hits_of(self, due: DueFeed) -> tuple[NewHit, ...]:
        """Return the hits of a feed's articles, once `alert` has put them into stories."""
        return tuple(self._hits[due.id])

    def add(self, due: DueFeed, served_at: datetime | None, intent: ArticleIntent) -> None:
        """Keep a feed's hit for `alert`; look at once at what is no hit: an edit, perhaps."""
        alerter = self._alerters.get(due.id) or self._begin(due, served_at)
        if intent.hits:
            self._waiting.append((alerter, intent))
        else:
            alerter.alert(intent)

    def _begin(self, due: DueFeed, served_at: datetime | None) -> StoryAlerter:
        """Return the alerter of one feed's articles, from now on."""
        alerter = StoryAlerter(
            self._tx, self._context, due, served_at, known=self._known, hits=self._hits[due.id]
        )
        return self._alerters.setdefault(due.id, alerter)

    def alert(self) -> None:
        """Put the alerts of the hits into the outbox, the first published first."""
        for alerter, intent in sorted(self._waiting, key=lambda each: _order(each[1])):
            alerter.alert(intent)
        self._waiting.clear()


def _order(intent: ArticleIntent) -> tuple[float, bytes, bytes]:
    """Return what hits are sorted by: publication, undated ones last, then their words."""
    article = intent.scanned.article
    at = article.published_at.timestamp() if article.published_at else inf
    return at, article.title_key, article.digest


class StoryAlerter:
    """Assigns the articles of a poll to stories, and puts their alerts into the outbox."""

    def __init__(
        self,
        tx: Transaction,
        context: PipelineContext,
        due: DueFeed,
        served_at: datetime | None,
        *,
        known: _Known,
        hits: list[NewHit],
    ) -> None:
        self._tx = tx
        self._context = context
        self._now = due.claimed_at
        usual = schedule.usual_interval(context.feeds[due.url], due)
        self._poll_context = alerts.AlertContext(
            seen_at=due.claimed_at,
            served_at=served_at,
            first_poll=due.first_polled_at is None,
            outage=alerts.outage(due.ok_at, usual, due.claimed_at),
            restored=due.restored,
            delivery=context.delivery,
            usual_channels=context.news_channels,
        )
        self._hits = hits
        self._in_channels = known.in_channels
        self._loads = known.loads
        self._compared = known.compared

    def alert(self, intent: ArticleIntent) -> None:
        """Put the alerts of an article that hits, or that hit before, into the outbox."""
        if intent.hits:
            self._alert_on_hit(intent)
        elif intent.was_hit and (story_id := self._tx.stories.of_article(intent.article.id)):
            self._alert_on_change(intent, story_id)

    def _alert_on_hit(self, intent: ArticleIntent) -> None:
        """Put the article into its story, and its alerts into the outbox."""
        article_id, topics = intent.article.id, self._topics(intent.hits)
        story_id = self._tx.stories.of_article(article_id) or self._assign(intent)
        title, publisher = intent.scanned.article.title, intent.scanned.article.publisher
        pages.enqueue(self._tx, article_id, intent.scanned.article.link, topics, self._now)
        self._hits += [
            NewHit(topic, article_id, title, publisher, story_id) for topic in intent.hits
        ]
        channels = self._channels(story_id, topics)
        is_notified = any(channel.is_notified for channel in channels.values())
        update = self._update(story_id, article_id) if is_notified else alerts.StoryUpdate()
        update = reopened(self._tx, story_id, update, self._now)
        for alert in self._plan(intent.scanned.article, topics, channels, update):
            self._add(alert, story_id, article_id)
        self._edit_first_messages(story_id)

    def _alert_on_change(self, intent: ArticleIntent, story_id: int) -> None:
        """Alert on what is new in an article that hit before: an edit, or another feed has it."""
        tx, article_id, scanned = self._tx, intent.article.id, intent.scanned
        before = tx.stories.state(story_id)
        if scanned.story_features and intent.is_current:
            add_features(tx, article_id, scanned.story_features)
        update = alerts.news(before, tx.stories.state(story_id))
        update = reopened(tx, story_id, update, self._now)
        topics = self._topics(sorted(intent.article.topics)) if update.lines else []
        channels = self._channels(story_id, topics)
        for alert in self._plan(scanned.article, topics, channels, update):
            if alert.state is AlertState.PENDING and alert.news:
                self._add(alert, story_id, article_id)
        self._edit_first_messages(story_id)

    def _add(self, alert: Alert, story_id: int, article_id: int) -> None:
        """Put an alert into the outbox; what its channel knows of the story may change with it."""
        self._tx.alerts.add(alert, story_id, article_id, self._now)
        known = self._in_channels[story_id, alert.channel]
        is_with_others = (alert.digest, alert.due_at) == (known.digest, known.digest_at)
        begins = not (known.is_notified or known.waiting_at or is_with_others)
        if alert.state is AlertState.PENDING and begins:
            del self._in_channels[story_id, alert.channel]

    def _assign(self, intent: ArticleIntent) -> int:
        article = intent.scanned.article
        at = min(article.published_at or self._now, self._now)
        new = stories.IncomingArticle(
            intent.scanned.story_features or StoryFeatures(article.lang),
            article.title_key,
            frozenset(intent.hits),
            stories.TimeSpan(at, at),
            article.publisher,
            article.digest,
        )
        headline = stories.Headline(article.title, article.lang, article.publisher)
        placed = continue_story(self._tx, intent.article.id, headline, new, self._now)
        return self._join(placed.story, placed.same_as) if placed.same_as else placed.story

    def _join(self, story: int, other: int) -> int:
        """Join two stories that are one event, unless a reader parted them; return what remains."""
        if self._tx.story_edits.were_parted(story, other):
            return story
        for known in [each for each in self._in_channels if each[0] in {story, other}]:
            del self._in_channels[known]
        return join_stories(self._tx, self._context.channels, (story, other), self._now)

    def _update(self, story_id: int, article_id: int) -> alerts.StoryUpdate:
        """Return what an article adds to a story; of a flood of reports only for the first."""
        self._compared[story_id] += 1
        if self._compared[story_id] > _MOST_COMPARED:
            return alerts.StoryUpdate()
        state = self._tx.stories.state
        return alerts.news(state(story_id, without=article_id), state(story_id))

    def _plan(
        self,
        article: Article,
        topics: Sequence[Topic],
        channels: dict[str, ChannelContext],
        update: alerts.StoryUpdate,
    ) -> list[Alert]:
        published_at = article.published_at and min(article.published_at, self._now)
        context = replace(
            self._poll_context, published_at=published_at, channels=channels, update=update
        )
        planned = alerts.plan_alerts(topics, context)
        for alert in planned:
            is_one_more = not channels[alert.channel].waiting_at
            if alert.state is AlertState.PENDING and is_one_more:
                del self._loads[alert.channel]
        return planned

    def _topics(self, ids: Iterable[str]) -> list[Topic]:
        known = self._context.topics
        return [known[each] for each in ids if each in known]

    def _channels(self, story_id: int, topics: Sequence[Topic]) -> dict[str, ChannelContext]:
        """Return what the channels of these topics know of a story, and how busy they are."""
        names = alerts.channels_of(topics, self._poll_context)
        return {name: self._in_channel(story_id, name).under(self._load(name)) for name in names}

    def _in_channel(self, story_id: int, channel: str) -> ChannelContext:
        """Return what a channel knows of a story.

        Cached, for it changes only when the story's first message is queued (see `_add`), and the
        query takes the longer the more reports the story has.
        """
        if (story_id, channel) not in self._in_channels:
            known = self._tx.alerts.story_in_channel(story_id, channel)
            self._in_channels[story_id, channel] = known
        return self._in_channels[story_id, channel]

    def _load(self, channel: str) -> ChannelContext:
        if channel not in self._loads:
            self._loads[channel] = self._tx.alerts.channel_load(channel, self._now)
        return self._loads[channel]

    def _edit_first_messages(self, story_id: int) -> None:
        """Have first messages edited whose story has more publishers, or other figures, by now."""
        due_at = self._now + timedelta(seconds=self._context.delivery.edit_wait)
        for name, channel in self._context.channels.items():
            if channel.can_edit:
                self._tx.alerts.edit_first(story_id, name, due_at)
