"""Ingest: what a poll brought → articles, ledger, matches, stories, alerts. One transaction.

    load what is known ─▶ decide ─▶ apply: articles, ledger, matches ─▶ story ─▶ alert in the outbox

The middle of the path that `pipeline` draws. Decisions are taken by pure functions (`decide`,
`stories`, `alerts`); this module calls them in order and reads no clock. A story and its alerts
are decided hit by hit in the order of publication, since a hit may continue the story that an
earlier one began.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, compress
from typing import TYPE_CHECKING

from monitor.errors import PollReason
from monitor.feeds import schedule
from monitor.pipeline.decide import (
    ArticleIntent,
    Draft,
    Intent,
    NewArticle,
    batches,
)
from monitor.pipeline.identity import keys_of, may_be_renamed
from monitor.pipeline.results import Polled, PollResult
from monitor.pipeline.story_alerts import HitsInOrder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.model import DueFeed, Fetched, Scan
    from monitor.pipeline.context import PipelineContext
    from monitor.store.transaction import Transaction


def ingest(
    tx: Transaction, context: PipelineContext, due: DueFeed, fetched: Fetched, scan: Scan
) -> PollResult:
    """Store what one poll brought, see `ingest_round`."""
    return ingest_round(tx, context, [Polled(due, fetched, scan)])[0]


def ingest_round(
    tx: Transaction, context: PipelineContext, polls: Sequence[Polled]
) -> list[PollResult]:
    """Store what polls brought: articles, ledger, matches, stories, alerts, the next due times.

    All of it is one transaction, so a crash leaves the feeds as they were before. Feeds are entered
    in the order of their addresses, then hits go into stories in the order of publication: the same
    entries give the same stories, whichever feed answers first.
    """
    waiting = HitsInOrder(tx, context)
    own = tx.feeds.own_leases([polled.due for polled in polls])
    ours = [_with_pushed(polled) for polled in compress(polls, own)]
    ours.sort(key=lambda each: each.due.url)
    entered = _enter(tx, ours, waiting)
    results = {polled.due.id: _end_poll(tx, context, polled, intents)
               for polled, intents in zip(ours, entered, strict=True)}  # fmt: skip
    waiting.alert()
    return [replace(results[due.id], hits=waiting.hits_of(due))
            if is_ours else PollResult(due.url, "lost")
            for (due, *_), is_ours in zip(polls, own, strict=True)]  # fmt: skip


def _with_pushed(polled: Polled) -> Polled:
    """Return a poll that knows what a hub pushed before, which a push may leave out."""
    if not polled.fetched.pushed:
        return polled
    return polled._replace(scan=replace(polled.scan, known=polled.scan.known | polled.due.known))


def _end_poll(
    tx: Transaction, context: PipelineContext, polled: Polled, intents: Sequence[Intent]
) -> PollResult:
    """Write down what the next poll of a feed has to know; return the result of this one."""
    due, fetched, scan, earlier = polled
    feed, new = context.feeds[due.url], earlier + sum(each.is_first for each in intents)
    if scan.cut_off:
        _record_cut_off(tx, due, fetched, scan, schedule.after_cut_off(feed, due, due.claimed_at))
        return _result(due, scan, intents, gapped=False)
    after = schedule.after_poll(feed, due, _brought(fetched, scan, new), due.claimed_at)
    _record(tx, due, fetched, scan, after)
    if not fetched.pushed and feed.may_move:
        tx.subscriptions.note_hub(due.id, fetched.hub or scan.hub, due.claimed_at)
    return _result(due, scan, intents, gapped=after.gapped)


def ingest_piece(
    tx: Transaction, context: PipelineContext, due: DueFeed, fetched: Fetched, scan: Scan
) -> PollResult:
    """Store the articles of a document of which others are left; the feed stays claimed."""
    if not all(tx.feeds.own_leases([due])):
        return PollResult(due.url, "lost")
    waiting = HitsInOrder(tx, context)
    [intents] = _enter(tx, [Polled(due, fetched, scan)], waiting)
    waiting.alert()
    return replace(_result(due, scan, intents, gapped=False), hits=waiting.hits_of(due))


def _result(due: DueFeed, scan: Scan, intents: Sequence[Intent], *, gapped: bool) -> PollResult:
    return PollResult(
        url=due.url,
        outcome=PollReason.CUT_OFF if scan.cut_off else "ok",
        entries=len(scan.known),
        articles=sum(isinstance(intent, NewArticle) for intent in intents),
        renamed=sum(intent.renamed for intent in intents),
        outcomes=tuple(intent.entry.outcome for intent in intents if intent.is_first),
        gapped=gapped,
    )


def _brought(fetched: Fetched, scan: Scan, new: int) -> schedule.PollYield:
    return schedule.PollYield(
        len(scan.known), new, scan.polling_hints, fetched.fresh_for, pushed=fetched.pushed
    )


def _record(
    tx: Transaction,
    due: DueFeed,
    fetched: Fetched,
    scan: Scan,
    after: schedule.NextPoll,
) -> None:
    """Write down what the next poll has to know, and when it is."""
    tx.feeds.record_poll(
        due,
        due.claimed_at,
        after.due_at,
        fetched=fetched,
        known=scan.known,
        pace=after.pace,
        gapped=after.gapped,
    )
    if after.unpushed:
        tx.subscriptions.distrust_hub(due.id)


def _record_cut_off(
    tx: Transaction, due: DueFeed, fetched: Fetched, scan: Scan, due_at: datetime
) -> None:
    """Write down a document that ended early, and nothing by which the next could be unchanged."""
    tx.feeds.record_poll(
        due,
        due.claimed_at,
        due_at,
        fetched=fetched.without_memory(),
        known=scan.known,
        error=f"{PollReason.CUT_OFF}: the answer ended early; the entries that came are stored",
        reason=PollReason.CUT_OFF,
    )


def _enter(
    tx: Transaction, polls: Sequence[Polled], waiting: HitsInOrder
) -> list[tuple[Intent, ...]]:
    """Load what is known of the entries, decide feed by feed what becomes of them, and apply that.

    Hits wait until all feeds of the round are entered; what an edit changes in a story is looked at
    between the batches.
    """
    known = tx.articles.known(set().union(*(keys_of(polled.scan) for polled in polls)))
    renamed = [each for each in polls if may_be_renamed(known, each.scan, each.due.id)]
    served = [tx.articles.held_by(due.id, scan.served) for due, _, scan, _ in renamed]
    draft = Draft(replace(known, served=known.served.union(*served)))
    entered = [draft.decide(scan, due.id, due.claimed_at) for due, _, scan, _ in polls]
    brought_by = {polled.due.id: polled for polled in polls}
    for batch in batches(chain.from_iterable(entered)):
        apply(tx, batch)
        for intent in batch:
            if isinstance(intent, ArticleIntent) and intent.concerns_stories:
                due, fetched, *_ = brought_by[intent.entry.feed_id]
                waiting.add(due, fetched.served_at, intent)
    return entered


def apply(tx: Transaction, intents: Sequence[Intent]) -> None:
    """Write what was decided of entries, those of all feeds together, a table at a time."""
    entered = [intent for intent in intents if isinstance(intent, ArticleIntent)]
    texts = [intent.text for intent in entered if intent.text]
    first = [(each.entry.feed_id, each.text.text)
             for each in entered if isinstance(each, NewArticle) and each.text]  # fmt: skip
    tx.articles.insert_articles(first)
    tx.articles.insert_texts([each.text for each in texts if each.is_new])
    tx.articles.show_texts(each.text for each in texts if each.replaces)
    tx.articles.insert_entries([each.entry for each in intents if each.before is None])
    tx.articles.update_entries(intent.entry for intent in intents if intent.is_change)
    tx.articles.identify(
        (key, intent.entry.feed_id, intent.entry.id) for intent in intents for key in intent.keys
    )
    tx.articles.reassign(
        (key, intent.entry.feed_id, intent.entry.id) for intent in intents for key in intent.taken
    )
    tx.articles.insert_matches(
        (each.text.article_id, each.text.id, match, each.text.seen_at)
        for each in texts
        for match in each.matches
    )
