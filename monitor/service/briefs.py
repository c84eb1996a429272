"""Briefs by schedule: made when their time has come, and put into the outbox once. Reads no clock.

A brief begins where the last one of its name ended. The transaction that adds it also remembers its
end, so a restart sends none twice; one whose time passed while the service did not run comes late.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.alerts.cron import last_time
from monitor.brief.make import KIND, as_notice, make

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.load import Config
    from monitor.config.schema import BriefSettings
    from monitor.model import Notice
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

log = structlog.get_logger()
_LONGEST = timedelta(days=31)  # of a brief after a long pause
_PATIENCE = 45.0  # seconds for the drafts of a brief: less than until the service looks again


async def send_due(store: Store, config: Config, now: datetime) -> list[Notice]:
    """Put the briefs that are due into the outbox; return the new ones."""
    if not config.briefs:
        return []
    last = await store.write(lambda tx: _last(tx, config, now))
    notices = []
    for name, settings in config.briefs.items():
        until = last_time(settings.cron, config.delivery.zone, last[name], now)
        if until and (notice := await _made(store, config, name, last[name], until)):
            notices.append(notice)
            log.info("brief", name=name, channel=settings.channel, title=notice.title)
    return notices


def _last(tx: Transaction, config: Config, now: datetime) -> dict[str, datetime]:
    """Return when the last brief of each name ended; the first one begins now."""
    notified = tx.history.already_notified(KIND)
    tx.history.forget_notified(KIND, notified.keys() - config.briefs.keys())
    found = {name: at for name, (_, at) in notified.items() if at <= now}
    new = [name for name in config.briefs if name not in found]
    tx.history.mark_notified(KIND, dict.fromkeys(new, ""), now)
    return dict.fromkeys(new, now) | found


async def _made(
    store: Store, config: Config, name: str, since: datetime, until: datetime
) -> Notice | None:
    settings = config.briefs[name]
    chosen = [topic for topic in config.topics if _is_of(settings, topic.id)]
    begins = max(since, until - _LONGEST)
    brief = await asyncio.to_thread(make, store.path, chosen, begins, until)
    if config.assist:
        from monitor.service.drafts import with_drafts  # reads the term sets

        brief = await with_drafts(brief, config.assist, store.write, until, within=_PATIENCE)
    notice = as_notice(brief, name)

    def add(tx: Transaction) -> bool:
        tx.history.mark_notified(KIND, {name: ""}, until)
        return tx.alerts.add_notice(notice, settings.channel, until)

    return notice if await store.write(add) else None


def _is_of(settings: BriefSettings, topic: str) -> bool:
    return not settings.topics or topic in settings.topics
