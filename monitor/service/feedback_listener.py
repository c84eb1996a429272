"""Readers' feedback from Slack, recorded in the database as it arrives."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from monitor.channels.slack.activity import SlackActivity
    from monitor.channels.slack.socket_mode import SocketMode
    from monitor.config.load import Config
    from monitor.model import Feedback, FeedbackResult, NotJudged, StoryStatus
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

_PATIENCE = 60.0  # seconds to wait for a busy database: Slack sends a click only once


@asynccontextmanager
async def listening(config: Config, store: Store) -> AsyncIterator[None]:
    """Listen on each Slack app whose `app_token` a channel has, until the `with` block ends.

    An error of Slack ends the listening only, never the service.
    """
    tasks = [asyncio.create_task(listener.run()) for listener in _listeners(config, store)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _listeners(config: Config, store: Store) -> Iterator[SocketMode]:
    """Yield one listener for each app: Slack sends an envelope to one of its connections only."""
    channels = [each.arguments() for each in config.channels.values() if each.type == "slack"]
    apps = {settings["app_token"]: settings for settings in channels if settings["app_token"]}
    if not apps:
        return
    from monitor.channels.slack.socket_mode import SocketMode

    for settings in apps.values():
        yield SocketMode(
            app_token=settings["app_token"],
            token=settings["token"],
            api_url=settings["api_url"],
            record_feedback=partial(_record_feedback, store),
            record_activity=partial(_record_activity, store),
        )


async def _record_feedback(store: Store, feedback: Feedback) -> FeedbackResult:
    return await store.write(lambda tx: tx.feedback.record(feedback, utc_now()), patience=_PATIENCE)


async def _record_activity(store: Store, work: SlackActivity) -> StoryStatus | NotJudged | None:
    def record(tx: Transaction) -> StoryStatus | NotJudged | None:
        return tx.activity.add_to_message(work.ref, work.key, work.activity, utc_now())

    return await store.write(record, patience=_PATIENCE)
