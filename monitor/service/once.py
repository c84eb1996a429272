"""One pass over everything that is due: `monitor run --once`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from monitor.alerts.settings import at_once
from monitor.channels import Channel, Console
from monitor.errors import MonitorError
from monitor.pipeline import deliver, poll
from monitor.service import operator_notices, topic_notices
from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monitor.config.load import Config
    from monitor.model import PollResult
    from monitor.pipeline.context import PipelineContext
from monitor.service.assemble import open_context, open_store, run_maintenance, sync_configuration

PATIENCE = 10.0  # seconds that a single run waits for an alert which is due again so soon
_TRIES = 5  # sends in a row without success, after which a single run leaves the rest for later
_PASS = 0.1


@dataclass(slots=True)
class Summary:
    """What a single run did. `delivered` is how sends ended; `waiting` alerts are left."""

    polled: list[PollResult] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    waiting: int = 0

    @property
    def failed(self) -> bool:
        """Whether alerts could not be sent that should have been."""
        return "failed" in self.delivered or bool(self.waiting and "retry" in self.delivered)


async def run_once(
    config: Config,
    channels: Mapping[str, Channel] | None = None,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Summary:
    """Poll every feed that is due, then deliver every alert that is due.

    `dry_run` prints the messages instead of sending them: alerts stay in the outbox. `progress`
    gets (feeds polled, in all).
    """
    summary = Summary()
    async with (
        open_store(config.database) as store,
        open_context(config, store, channels, delivery=at_once(config.delivery)) as context,
    ):
        started = utc_now()
        await sync_configuration(config, store, started)
        await _poll_due(context, summary, progress)
        await topic_notices.tell(context, utc_now())
        await operator_notices.tell(store, config.operations, utc_now())
        if dry_run:
            for message in await deliver.preview(context, utc_now()):
                await Console().send(message)
        else:
            await _deliver_due(context, summary)
        summary.waiting = await context.store.write(lambda tx: tx.alerts.count_unsent())
        await run_maintenance(store, config)
    return summary


async def _poll_due(
    context: PipelineContext, summary: Summary, progress: Callable[[int, int], None]
) -> None:
    started = utc_now()
    total = await context.store.write(lambda tx: tx.feeds.count_due(started))
    progress(0, total)

    async def one_pass() -> None:
        summary.polled += await poll.poll(context, utc_now())
        progress(len(summary.polled), total)

    try:
        async with asyncio.TaskGroup() as passes:
            while await context.store.write(lambda tx: tx.feeds.count_due(started)):
                passes.create_task(one_pass())
                await asyncio.sleep(_PASS)
    except* MonitorError as errors:
        raise errors.exceptions[0] from None


async def _deliver_due(context: PipelineContext, summary: Summary) -> None:
    """Deliver on all channels at the same time, so that one which hangs holds up no other."""
    alone = (replace(context, channels={name: each}) for name, each in context.channels.items())
    await asyncio.gather(*(_deliver_to_one(each, summary) for each in alone))


async def _deliver_to_one(context: PipelineContext, summary: Summary) -> None:
    """Deliver until nothing is due soon; a channel's rest between two messages is waited for."""
    names, in_vain = list(context.channels), 0
    while in_vain < _TRIES:
        next_at = await context.store.write(lambda tx: tx.outbox.next_send_at(names))
        wait = (next_at - utc_now()).total_seconds() if next_at else None
        if wait is None or wait > PATIENCE:
            return
        await asyncio.sleep(max(wait, 0))
        delivered = await deliver.deliver(context, utc_now())
        summary.delivered += delivered
        in_vain = 0 if {"sent", "silenced"} & set(delivered) else in_vain + 1
