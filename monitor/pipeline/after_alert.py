"""What the program itself does about the work on stories: reopen closed ones, escalate others."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.alerts.plan import Alert
from monitor.model import PROGRAM, Activity, ActivityKind, AlertState, Severity, status_in_words
from monitor.text.durations import in_words

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.alerts import Delivery, StoryUpdate
    from monitor.pipeline.context import PipelineContext
    from monitor.store.transaction import Transaction

log = structlog.get_logger()
_LOOK_BACK = timedelta(days=1)  # beyond `escalate_after`: older stories are nobody's emergency


def reopened(tx: Transaction, story: int, update: StoryUpdate, now: datetime) -> StoryUpdate:
    """Reopen a closed story that has big news; return the update with a line that says so."""
    if not update.big:
        return update
    before = tx.activity.reopen(story, "; ".join(update.lines), now)
    if before is None:
        return update
    return replace(update, lines=(f"reopened: it was {status_in_words(before)}", *update.lines))


async def escalate(context: PipelineContext, now: datetime) -> int:
    """Alert the channels of `escalate_to` on critical stories that nobody took; return how many.

    Each story is escalated once.
    """
    if not context.delivery.escalate_after or not context.delivery.escalate_to:
        return 0
    count = await context.store.write(lambda tx: _escalate(tx, context.delivery, now))
    if count:
        log.warning("escalated", stories=count, to=list(context.delivery.escalate_to))
    return count


def _escalate(tx: Transaction, delivery: Delivery, now: datetime) -> int:
    until = now - timedelta(seconds=delivery.escalate_after)
    untaken = tx.activity.untaken(until - _LOOK_BACK, until)
    line = f"nobody has taken this story within {in_words(delivery.escalate_after)}"
    for story, article, topics in untaken:
        tx.activity.add(story, Activity(ActivityKind.ESCALATE, PROGRAM, PROGRAM, now, line), now)
        for channel in delivery.escalate_to:
            alert = Alert(
                channel,
                tuple(json.loads(topics)),
                AlertState.PENDING,
                severity=Severity.CRITICAL,
                news=(line,),
                broadcast=True,
            )
            tx.alerts.add(alert, story, article, now)
    return len(untaken)
