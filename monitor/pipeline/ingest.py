"""Ingest: what a poll brought → articles, ledger, matches, stories, alerts. One transaction.

    load what is known ─▶ decide ─▶ apply: articles, ledger, matches ─▶ story ─▶ alert in the outbox

The middle of the path that `pipeline` draws. Decisions are taken by pure functions (`decide`,
`stories`, `alerts`); this module calls them in order and reads no clock. A story and its alerts
are decided hit by hit, since a hit may continue the story that an earlier one began.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor import alerts, stories
from monitor.feeds import schedule
from monitor.model import AlertState, DueFeed, Fetched, PollResult, Scan, StoryFeatures
from monitor.pipeline.assign_story import add_features, assign_story
from monitor.pipeline.decide import (
    ArticleIntent,
    Intent,
    NewArticle,
    batches,
    decide,
    hits_of,
    keys_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from monitor.model import Alert, Article, ChannelLoad, StoryInChannel
    from monitor.pipeline.context import PipelineContext
    from monitor.store.transaction import Transaction


def ingest(
    tx: Transaction, context: PipelineContext, due: DueFeed, fetched: Fetched, scan: Scan | None
) -> PollResult:
    """Store what a poll brought: articles, ledger, matches, stories, alerts, the next due time.

    All of it is one transaction, so a crash leaves the feed as it was before the poll.
    """
    if not tx.feeds.owns_lease(due):
        return PollResult(due.url, "lost")
    feed, now = context.feeds[due.url], due.claimed_at
    if scan and fetched.pushed:  # a hub may leave out what it pushed before
        scan = replace(
            scan, known=scan.known | due.known, entry_fingerprints=due.entry_fingerprints
        )
    intents = _enter(tx, due, scan, _Telling(tx, context, due, fetched.served_at)) if scan else ()
    outcomes = tuple(intent.entry.outcome for intent in intents if intent.is_first)
    after = schedule.after_poll(feed, due, _brought(due, fetched, scan, len(outcomes)), now)
    tx.feeds.record_poll(
        due,
        now,
        after.due_at,
        fetched=fetched,
        known=scan.known if scan else None,
        entry_fingerprints=scan.entry_fingerprints if scan else None,
        pace=after.pace,
        gapped=after.gapped,
    )
    if after.unpushed:
        tx.subscriptions.distrust_hub(due.id)
    if scan and not fetched.pushed and feed.may_move:
        tx.subscriptions.note_hub(due.id, fetched.hub or scan.hub, now)
    return PollResult(
        url=due.url,
        outcome="ok" if scan else "unchanged",
        entries=len(scan.known) if scan else 0,
        articles=sum(isinstance(intent, NewArticle) for intent in intents),
        renamed=sum(intent.renamed for intent in intents),
        outcomes=outcomes,
        hits=tuple(hit for intent in intents for hit in hits_of(intent)),
        gapped=after.gapped,
    )


def _brought(due: DueFeed, fetched: Fetched, scan: Scan | None, new: int) -> schedule.PollYield:
    if scan is None:
        return schedule.PollYield(len(due.known), 0, due.pace.polling_hints, fetched.fresh_for)
    return schedule.PollYield(
        len(scan.known), new, scan.polling_hints, fetched.fresh_for, pushed=fetched.pushed
    )


def _enter(tx: Transaction, due: DueFeed, scan: Scan, telling: _Telling) -> tuple[Intent, ...]:
    """Load what is known of the entries, decide what becomes of them, and apply that."""
    known = tx.articles.known(keys_of(scan))
    intents = decide(known, scan, due.id, due.claimed_at)
    for batch in batches(intents):
        apply(tx, due.id, batch, due.claimed_at)
        for intent in batch:
            if isinstance(intent, ArticleIntent):
                telling.tell(intent)
    return intents


def apply(tx: Transaction, feed_id: int, intents: Sequence[Intent], now: datetime) -> None:
    """Write what was decided of entries, a table at a time."""
    entered = [intent for intent in intents if isinstance(intent, ArticleIntent)]
    texts = [intent.text for intent in entered if intent.text]
    first = [each.text.text for each in entered if isinstance(each, NewArticle) and each.text]
    tx.articles.insert_articles(feed_id, first, now)
    tx.articles.insert_texts([each.text for each in texts if each.is_new], now)
    tx.articles.show_texts(each.text for each in texts if each.replaces)
    tx.articles.insert_entries(intent.entry for intent in intents if intent.before is None)
    tx.articles.update_entries(intent.entry for intent in intents if intent.is_change)
    tx.articles.identify(
        (key, feed_id, intent.entry.id) for intent in intents for key in intent.keys
    )
    tx.articles.reassign(
        (intent.words, feed_id, intent.entry.id) for intent in intents if intent.words
    )
    tx.articles.insert_matches(
        ((each.text.article_id, each.text.id, match) for each in texts for match in each.matches),
        now,
    )


class _Telling:
    """What a poll's hits say to stories and channels, one after the other."""

    def __init__(
        self, tx: Transaction, context: PipelineContext, due: DueFeed, served_at: datetime | None
    ) -> None:
        self._tx = tx
        self._context = context
        self._arrival = alerts.ArticleTiming(
            published_at=None,
            seen_at=due.claimed_at,
            served_at=served_at,
            first_poll=due.first_polled_at is None,
            outage=alerts.outage(
                due.ok_at, schedule.usual_interval(context.feeds[due.url], due), due.claimed_at
            ),
        )
        self._standings: dict[tuple[int, str], StoryInChannel] = {}
        self._traffic: dict[str, ChannelLoad] = {}
        self._compared: Counter[int] = Counter()  # articles by story

    def tell(self, intent: ArticleIntent) -> None:
        """Look after the story and the alerts of an article that hits, or that hit before."""
        if intent.hits:
            self._alert(intent)
        elif intent.was_hit and (story_id := self._tx.stories.of_article(intent.article.id)):
            self._revise(intent, story_id)

    def _alert(self, intent: ArticleIntent) -> None:
        """Put the article into its story, and its alerts into the outbox."""
        tx, now = self._tx, self._arrival.seen_at
        article_id, hits = intent.article.id, intent.hits
        scanned, article = intent.scanned, intent.scanned.article
        story_id = tx.stories.of_article(article_id)
        if story_id is None:
            at = min(article.published_at or now, now)
            new = stories.IncomingArticle(
                scanned.story_features or StoryFeatures(article.lang),
                article.title_key,
                frozenset(hits),
                stories.TimeSpan(at, at),
            )
            story_id = assign_story(tx, article_id, article.title, new, now)
        planned = self._planned(article, hits)
        told = any(self._standing(story_id, alert.channel).is_told for alert in planned)
        news = self._news(story_id, article_id) if told else alerts.StoryUpdate()
        for alert in planned:
            tx.alerts.add(self._placed(alert, story_id, news), story_id, article_id, now)
        self._keep_true(story_id)

    def _news(self, story_id: int, article_id: int) -> alerts.StoryUpdate:
        """Return what an article adds to a story; of a flood of reports only for the first."""
        self._compared[story_id] += 1
        if self._compared[story_id] > _MOST_COMPARED:
            return alerts.StoryUpdate()
        tx = self._tx
        return alerts.news(
            tx.stories.state(story_id, without=article_id), tx.stories.state(story_id)
        )

    def _revise(self, intent: ArticleIntent, story_id: int) -> None:
        """Tell what is new in an article that hit before: it was edited, or another feed has it."""
        tx, now = self._tx, self._arrival.seen_at
        article_id, scanned = intent.article.id, intent.scanned
        before = tx.stories.state(story_id)
        if scanned.story_features and intent.is_current:
            add_features(tx, article_id, scanned.story_features)
        news = alerts.news(before, tx.stories.state(story_id))
        told = self._planned(scanned.article, sorted(intent.article.topics)) if news.lines else ()
        for alert in told:
            route_to_thread = self._placed(alert, story_id, news)
            if route_to_thread.state is AlertState.PENDING and route_to_thread.news:
                tx.alerts.add(route_to_thread, story_id, article_id, now)
        self._keep_true(story_id)

    def _planned(self, article: Article, hits: Iterable[str]) -> list[Alert]:
        now, context = self._arrival.seen_at, self._context
        published_at = article.published_at and min(article.published_at, now)
        arrival = replace(self._arrival, published_at=published_at)
        known = [topic for topic in hits if topic in context.topics]
        return alerts.plan_alerts(
            known, context.topics, context.news_channels, arrival, context.delivery
        )

    def _placed(self, alert: Alert, story_id: int, news: alerts.StoryUpdate) -> Alert:
        context, now = self._context, self._arrival.seen_at
        standing = self._standing(story_id, alert.channel)
        if alert.channel not in self._traffic:
            self._traffic[alert.channel] = self._tx.alerts.traffic(alert.channel, now)
        route_to_thread = alerts.route_to_thread(
            alert,
            standing,
            self._traffic[alert.channel],
            news,
            topics=context.topics,
            delivery=context.delivery,
            now=now,
        )
        if route_to_thread.state is AlertState.PENDING and not standing.waiting_at:
            del self._traffic[alert.channel]  # one more message
        return route_to_thread

    def _standing(self, story_id: int, channel: str) -> StoryInChannel:
        """Return what a channel knows of a story; within a poll that changes only with its first.

        To read it takes the longer the more reports the story has.
        """
        known = self._standings.get((story_id, channel))
        if known is None or not (known.is_told or known.waiting_at):
            known = self._standings[story_id, channel] = self._tx.alerts.standing(story_id, channel)
        return known

    def _keep_true(self, story_id: int) -> None:
        """Have first messages edited whose story has more publishers, or other figures, by now."""
        due_at = self._arrival.seen_at + timedelta(seconds=self._context.delivery.edit_wait)
        for name, channel in self._context.channels.items():
            if channel.can_edit:
                self._tx.alerts.edit_first(story_id, name, due_at)


_MOST_COMPARED = 50  # articles of one story that a poll brings: comparing takes milliseconds
