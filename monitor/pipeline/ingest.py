"""Ingest: what a poll brought → articles, ledger, matches, stories, alerts. One transaction.

    entry known? ─▶ article ─▶ matches ─▶ story ─▶ alert in the outbox

The middle of the path that `pipeline` draws. Decisions are taken by pure functions (`stories`,
`alerts`); this module calls them in order and reads no clock.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor import alerts, stories
from monitor.feeds import schedule
from monitor.model import (
    AlertState,
    DueFeed,
    Fetched,
    Match,
    MatchedArticle,
    Outcome,
    PollResult,
    Scan,
    StoryFeatures,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from monitor.model import Alert, Article, ChannelLoad, StoryInChannel
    from monitor.pipeline.context import PipelineContext
    from monitor.store.tables.articles import KnownEntry
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
    ingestion = _Ingestion(tx, context, due, fetched.served_at)
    if scan and fetched.pushed:  # a hub may leave out what it pushed before
        scan = replace(
            scan, known=scan.known | due.known, entry_fingerprints=due.entry_fingerprints
        )
    if scan:
        ingestion.enter_all(scan.scanned)
        unread = tx.articles.add_unread(due.id, scan.unread, now)
        ingestion.outcomes += [Outcome.UNREAD] * unread
    plan_alerts = schedule.after_poll(feed, due, _brought(due, fetched, scan, ingestion), now)
    tx.feeds.record_poll(
        due,
        now,
        plan_alerts.due_at,
        fetched=fetched,
        known=scan.known if scan else None,
        entry_fingerprints=scan.entry_fingerprints if scan else None,
        pace=plan_alerts.pace,
        gapped=plan_alerts.gapped,
    )
    if plan_alerts.unpushed:
        tx.subscriptions.distrust_hub(due.id)
    if scan and not fetched.pushed and feed.may_move:
        tx.subscriptions.note_hub(due.id, fetched.hub or scan.hub, now)
    return PollResult(
        url=due.url,
        outcome="ok" if scan else "unchanged",
        entries=len(scan.known) if scan else 0,
        articles=ingestion.articles,
        renamed=ingestion.renamed,
        outcomes=tuple(ingestion.outcomes),
        hits=tuple(ingestion.hits),
        gapped=plan_alerts.gapped,
    )


def _brought(
    due: DueFeed, fetched: Fetched, scan: Scan | None, ingestion: _Ingestion
) -> schedule.PollYield:
    if scan is None:
        return schedule.PollYield(len(due.known), 0, due.pace.polling_hints, fetched.fresh_for)
    new = len(ingestion.outcomes)
    return schedule.PollYield(
        len(scan.known), new, scan.polling_hints, fetched.fresh_for, pushed=fetched.pushed
    )


class _Ingestion:
    """One poll's entries on their way into the database; notes new articles, outcomes and hits."""

    def __init__(
        self, tx: Transaction, context: PipelineContext, due: DueFeed, served_at: datetime | None
    ) -> None:
        self._tx = tx
        self._context = context
        self._feed_id = due.id
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
        self.articles = 0
        self.renamed = 0
        self.outcomes: list[Outcome] = []
        self.hits: list[str] = []

    def enter_all(self, brought: Sequence[MatchedArticle]) -> None:
        """Store the entries that the last poll did not hold.

        Those of which nobody has heard go in together: each alone would give the same, at thrice
        the cost.
        """
        tx, now = self._tx, self._arrival.seen_at
        are_new = tx.articles.which_are_new([scanned.article for scanned in brought])
        fresh = [
            (scanned.article, scanned.matches, _outcome(scanned.matches, []))
            for scanned, new in zip(brought, are_new, strict=True)
            if new
        ]
        ids = iter(tx.articles.insert_new(self._feed_id, fresh, now))
        self.outcomes += [outcome for *_, outcome in fresh]
        self.articles += len(fresh)
        for scanned, new in zip(brought, are_new, strict=True):
            if not new:
                self._enter(scanned)
                continue
            article_id = next(ids)
            if hits := [match.topic for match in scanned.matches if match.is_hit]:
                self.hits += hits
                self._alert(article_id, scanned, hits)

    def _enter(self, scanned: MatchedArticle) -> None:
        """Store one entry, whatever is known of it."""
        since = stories.same_words_since(scanned.article.text, self._arrival.seen_at)
        known = self._tx.articles.find_entry(self._feed_id, scanned.article, since)
        self.renamed += known is not None and known.renamed
        if known is None or known.outcome is Outcome.UNREAD:
            article_id, hits = self._add(scanned, known)
        elif known.article_id is not None:
            article_id, hits = known.article_id, self._edit(known, known.article_id, scanned)
        else:  # its article was pruned: too old to be news
            return
        if hits:
            self.hits += hits
            self._alert(article_id, scanned, hits)
        elif story_id := self._tx.stories.of_article(article_id):
            self._revise(article_id, story_id, scanned)

    def _add(self, scanned: MatchedArticle, unread: KnownEntry | None) -> tuple[int, list[str]]:
        """Store an entry that its feed brings for the first time; another may have brought it.

        `unread` is the entry itself, where it could not be read before.
        """
        tx, article, now = self._tx, scanned.article, self._arrival.seen_at
        twin = tx.articles.find_twin(article, stories.same_words_since(article.text, now))
        article_id = twin or tx.articles.add_article(self._feed_id, article, now)
        hits = self._match(article_id, scanned, current=not twin)
        outcome = _outcome(scanned.matches, hits, duplicate=bool(twin))
        if unread:
            tx.articles.make_read(unread.id, article_id, article.publisher)
            tx.articles.set_outcome(unread.id, outcome)
            tx.articles.identify(self._feed_id, unread.id, article)
        else:
            tx.articles.add_entry(self._feed_id, article_id, article, outcome, now)
        self.outcomes.append(outcome)
        self.articles += not twin
        return article_id, hits

    def _edit(self, known: KnownEntry, article_id: int, scanned: MatchedArticle) -> list[str]:
        """Store what changed in an entry, if anything did, and match it again."""
        duplicate = known.outcome is Outcome.DUPLICATE
        self._tx.articles.identify(self._feed_id, known.id, scanned.article)
        hits = self._match(article_id, scanned, current=not duplicate)
        outcome = _outcome(scanned.matches, hits, duplicate=duplicate)
        if _RANK.index(outcome) > _RANK.index(known.outcome):
            self._tx.articles.set_outcome(known.id, outcome)
        return hits

    def _match(self, article_id: int, scanned: MatchedArticle, *, current: bool) -> list[str]:
        """Store a text that is new to its article, and its matches; return the newly hit topics.

        A duplicate's text (`current` is false) is kept only if it hits what the article did not.
        """
        tx, matches, now = self._tx, scanned.matches, self._arrival.seen_at
        version_id = tx.articles.version_of(article_id, scanned.article.digest)
        if version_id is None:
            if not current:
                before = tx.articles.hit_topics(article_id)
                matches = tuple(m for m in matches if m.is_hit and m.topic not in before)
                if not matches:
                    return []
            version_id = tx.articles.add_version(article_id, scanned.article, now, current=current)
        elif current:
            tx.articles.show_version(article_id, version_id, scanned.article.title_key)
        return tx.articles.add_matches(article_id, version_id, matches, now) if matches else []

    def _alert(self, article_id: int, scanned: MatchedArticle, hits: list[str]) -> None:
        """Put the article into its story, and its alerts into the outbox."""
        tx, article, now = self._tx, scanned.article, self._arrival.seen_at
        story_id = tx.stories.of_article(article_id)
        if story_id is None:
            at = min(article.published_at or now, now)
            new = stories.IncomingArticle(
                scanned.story_features or StoryFeatures(article.lang),
                article.title_key,
                frozenset(hits),
                stories.TimeSpan(at, at),
            )
            story_id = tx.stories.assign(article_id, article.title, new, now)
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

    def _revise(self, article_id: int, story_id: int, scanned: MatchedArticle) -> None:
        """Tell what is new in an article that hit before: it was edited, or another feed has it."""
        tx, now = self._tx, self._arrival.seen_at
        before = tx.stories.state(story_id)
        if scanned.story_features and tx.articles.is_current_version(
            article_id, scanned.article.digest
        ):
            tx.stories.update_features(article_id, scanned.story_features)
        news = alerts.news(before, tx.stories.state(story_id))
        told = (
            self._planned(scanned.article, tx.articles.hit_topics(article_id)) if news.lines else ()
        )
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
_RANK = (Outcome.DUPLICATE, Outcome.NO_MATCH, Outcome.NEAR_MISS, Outcome.HIT)


def _outcome(matches: tuple[Match, ...], hits: list[str], *, duplicate: bool = False) -> Outcome:
    """Return the best outcome over all topics; a duplicate is one unless it brought a new hit."""
    if hits or (not duplicate and any(match.is_hit for match in matches)):
        return Outcome.HIT
    if duplicate:
        return Outcome.DUPLICATE
    return Outcome.NEAR_MISS if matches else Outcome.NO_MATCH
