"""Notices about topics rather than stories: unusual volumes, and silences that have ended.

Each goes to the channels of its topic, once. Reads no clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from monitor import alerts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.model import Notice, Topic
    from monitor.pipeline.context import PipelineContext
    from monitor.store.transaction import Transaction

log = structlog.get_logger()
_DAY = timedelta(days=1)


async def notify(context: PipelineContext, now: datetime) -> list[Notice]:
    """Add the notices that are due to the outbox; return the new ones."""
    notices = await context.store.write(
        lambda tx: [*_volumes(tx, context, now), *_silences(tx, context, now)]
    )
    for notice in notices:
        log.info("notice", kind=notice.kind, title=notice.title)
    return notices


def _volumes(tx: Transaction, context: PipelineContext, now: datetime) -> Iterable[Notice]:
    if not context.delivery.surges:
        return
    for topic_id, volume in tx.volumes.by_topic(now).items():
        topic = context.topics.get(topic_id)
        notice = topic and alerts.unusual(topic, volume, now)
        if not topic or not notice or tx.alerts.noticed_since(notice.kind, topic.id, now - _DAY):
            continue
        if _add(tx, context, topic, notice, now):
            yield notice


def _silences(tx: Transaction, context: PipelineContext, now: datetime) -> Iterable[Notice]:
    for silence in tx.silences.ended(now - _DAY, now):
        notice = alerts.reminder(silence, context.topics)
        topic = context.topics.get(silence.topic)
        if notice and _add(tx, context, topic, notice, now):
            yield notice


def _add(
    tx: Transaction, context: PipelineContext, topic: Topic | None, notice: Notice, now: datetime
) -> bool:
    """Add a notice for the channels of its topic, for all channels without a topic.

    Returns whether the notice was new in any of them.
    """
    names = context.news_channels
    channels = alerts.ways(topic, context.delivery.routes, names) if topic else names
    wait = alerts.wait_of(notice.severity, context.delivery, now)
    added = [tx.alerts.add_notice(notice, channel, now, wait=wait) for channel in channels]
    return any(added)
