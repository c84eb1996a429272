"""One pass over everything that is due: `monitor run --once`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from monitor.alerts.settings import at_once
from monitor.errors import MonitorError
from monitor.pipeline import deliver, poll
from monitor.pipeline.rounds import Round
from monitor.service import briefs, desk_work, operator_notices, topic_notices
from monitor.service.assemble import open_context, open_store, run_maintenance, sync_configuration
from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monitor.channels import Channel
    from monitor.config.load import Config
    from monitor.model import DueFeed
    from monitor.pipeline.context import PipelineContext
    from monitor.pipeline.results import PollResult

PATIENCE = 10.0  # seconds that a single run waits for the next due time of a channel
_TRIES = 5  # sends in a row without success, after which a single run leaves the rest for later
_PASS = 0.1  # seconds between two claims of feeds


@dataclass(slots=True)
class Summary:
    """The result of a single run.

    `delivered` has the outcome of each send, `waiting` the number of alerts left in the outbox.
    """

    polled: list[PollResult] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    waiting: int = 0

    @property
    def failed(self) -> bool:
        """Whether an alert failed for good, or is left in the outbox after a failed send."""
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
    is called with the number of feeds polled so far and in all.
    """
    summary = Summary()
    async with (
        open_store(config.database) as store,
        open_context(config, store, channels, delivery=at_once(config.delivery)) as context,
    ):
        await sync_configuration(config, store, utc_now())
        await _poll_due(context, summary, progress)
        await topic_notices.notify(context, utc_now())
        await briefs.send_due(context.store, config, utc_now())
        await operator_notices.notify(store, config.operations, utc_now())
        await desk_work.work(context, config, utc_now())
        if dry_run:
            from monitor.channels.console import Console

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

    together = Round(context, poll.PATIENCE)

    async def poll_one(due: DueFeed) -> None:
        summary.polled.append(await poll.poll_one(context, due, together))
        progress(len(summary.polled), total)

    try:
        async with asyncio.TaskGroup() as polls:
            while await context.store.write(lambda tx: tx.feeds.count_due(started)):
                claimed = await poll.claim_feeds(context, utc_now())
                together.expect(len(claimed))
                for due in claimed:
                    polls.create_task(poll_one(due))
                await asyncio.sleep(_PASS)
            together.close()
    except* MonitorError as errors:
        raise errors.exceptions[0] from None


async def _deliver_due(context: PipelineContext, summary: Summary) -> None:
    """Deliver on all channels at the same time, so that a hanging channel delays no other."""
    contexts = [
        replace(context, channels={name: channel}) for name, channel in context.channels.items()
    ]
    await asyncio.gather(*(_deliver_to_one(each, summary) for each in contexts))


async def _deliver_to_one(context: PipelineContext, summary: Summary) -> None:
    """Deliver until nothing is due within `PATIENCE`; waits for the pauses between messages."""
    names, failures_in_a_row = list(context.channels), 0
    while failures_in_a_row < _TRIES:
        next_at = await context.store.write(lambda tx: tx.outbox.next_send_at(names))
        wait = (next_at - utc_now()).total_seconds() if next_at else None
        if wait is None or wait > PATIENCE:
            return
        await asyncio.sleep(max(wait, 0))
        delivered = await deliver.deliver(context, utc_now())
        summary.delivered += delivered
        succeeded = {"sent", "silenced"} & set(delivered)
        failures_in_a_row = 0 if succeeded else failures_in_a_row + 1
