"""Delivery: claim the alerts that are due, drop what is silenced, send, record how that ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from monitor import alerts
from monitor.alerts import retry
from monitor.channels.formatting import verdict_lines
from monitor.errors import DeliveryError, InternalError, during
from monitor.pipeline.internal_errors import log_internal

if TYPE_CHECKING:
    from monitor.model import (
        AlertItem,
        ClaimedMessage,
        Message,
    )
    from monitor.pipeline.context import PipelineContext
    from monitor.store.transaction import Transaction

log = structlog.get_logger()


async def deliver(context: PipelineContext, now: datetime) -> list[str]:
    """Claim what is due, at most one message a channel, and send it; return how each ended."""
    claimed = await claim_alerts(context, now)
    return list(await asyncio.gather(*(deliver_one(context, each, now) for each in claimed)))


async def claim_alerts(context: PipelineContext, now: datetime) -> list[ClaimedMessage]:
    """Claim what is due, at most one message a channel."""
    lease_at = now + timedelta(seconds=retry.SEND_LEASE)
    spacing = {name: channel.spacing for name, channel in context.channels.items()}
    return await context.store.write(lambda tx: tx.outbox.claim(now, lease_at, spacing))


async def deliver_one(context: PipelineContext, claimed: ClaimedMessage, now: datetime) -> str:
    """Send a claimed message and record how that ended.

    Returns `sent`, `silenced`, `retry` or `failed`. A bug of ours costs this message only.
    """
    try:
        return await _deliver_one(context, claimed, now)
    except InternalError as error:
        bug = error
    log_internal(bug, channel=claimed.channel, alerts=list(claimed.ids))
    return await context.store.write(
        lambda tx: _broken(tx, claimed, bug, now), patience=retry.SEND_LEASE
    )


async def _deliver_one(context: PipelineContext, claimed: ClaimedMessage, now: datetime) -> str:
    with during("rendering"):
        message = await context.store.write(lambda tx: _unmuted(tx, context, claimed, now))
    if message is None:
        return "silenced"
    began = asyncio.get_running_loop().time()
    refusal: DeliveryError | None = None
    sight = LookupResult()
    try:
        with during("sending"):
            sight = await _look_up(context, claimed, message)
            ref = sight.ref or await context.channels[claimed.channel].send(message)
    except DeliveryError as error:
        refusal = error
    ended_at = now + timedelta(seconds=asyncio.get_running_loop().time() - began)
    patience = retry.SEND_LEASE  # a sent message that is not recorded would be sent twice
    if refusal:
        return await context.store.write(
            lambda tx: _refused(tx, claimed, refusal, ended_at), patience=patience
        )
    with during("recording"):
        await context.store.write(
            lambda tx: tx.outbox.mark_sent(claimed, ref, ended_at, repeated=sight.cannot_verify),
            patience=patience,
        )
    log.info("sent", channel=claimed.channel, alerts=len(claimed.ids), ref=ref,
             reply=claimed.thread is not None, edit=claimed.edits is not None,
             found=sight.ref is not None, repeated=sight.cannot_verify,
             attempts=claimed.attempts)  # fmt: skip
    return "sent"


@dataclass(frozen=True, slots=True)
class LookupResult:
    """What a look-up told: where the message is, or that nobody can tell (`cannot_verify`)."""

    ref: str | None = None
    cannot_verify: bool = False


async def _look_up(
    context: PipelineContext, claimed: ClaimedMessage, message: Message
) -> LookupResult:
    """Look for a message whose answer was lost. Raises DeliveryError where it may be told later."""
    if not claimed.in_doubt or claimed.since is None or claimed.edits:
        return LookupResult()
    name, channel = claimed.channel, context.channels[claimed.channel]
    unreadable, ref = "", None
    try:
        ref = await channel.find(message, claimed.since)
    except DeliveryError as error:
        if error.blame == "passing":
            raise
        unreadable = error.reason
    if (
        await context.store.write(lambda tx: tx.outbox.note_cannot_verify(name, unreadable))
        and unreadable
    ):
        log.warning("cannot look up", channel=name, reason=unreadable,
                    effect="a message whose answer is lost comes twice")  # fmt: skip
    return LookupResult(ref, cannot_verify=bool(unreadable) or not channel.can_find)


async def preview(context: PipelineContext, now: datetime) -> list[Message]:
    """Return the messages that `deliver` would send by and by, and change nothing."""

    def deliver_all(tx: Transaction) -> list[Message]:
        messages: list[Message] = []
        lease_at = now + timedelta(seconds=retry.SEND_LEASE)
        with tx.undone():
            while claimed := tx.outbox.claim(now, lease_at, dict.fromkeys(context.channels, 0.0)):
                for each in claimed:
                    messages += [m for m in [_unmuted(tx, context, each, now)] if m]
                    tx.outbox.mark_sent(each, each.key, now)
        return messages

    return await context.store.write(deliver_all)


def _unmuted(
    tx: Transaction, context: PipelineContext, claimed: ClaimedMessage, now: datetime
) -> Message | None:
    """Return the message with what no silence holds back, or None if nothing is left."""
    if claimed.unreadable:
        raise claimed.unreadable
    if claimed.notice or claimed.edits:
        whole = alerts.message(claimed, claimed.reports, context.topics)
        # an edit keeps what readers did with the message
        if not claimed.edits:
            return whole
        verdicts = tx.feedback.verdicts_on_alert(claimed.ids[0])
        return replace(whole, marks=verdict_lines(verdicts))
    silences = tx.silences.active(now)
    reports: list[AlertItem] = []
    for alert_id, report in zip(claimed.ids, claimed.reports, strict=True):
        if held_by := alerts.silenced(report, silences, now):
            reason = "; ".join(f"silence {silence.id}" for silence in held_by)
            tx.outbox.mark_silenced(claimed, [alert_id], reason)
        else:
            reports.append(report)
    return alerts.message(claimed, reports, context.topics) if reports else None


def _broken(tx: Transaction, claimed: ClaimedMessage, error: InternalError, now: datetime) -> str:
    """Record a message that ran into a bug of ours: tried once as plain text, then failed.

    One that was sent and could not be recorded is not sent again.
    """
    tx.internal_errors.note(error, f"channel {claimed.channel}", now)
    if claimed.plain or claimed.edits or error.activity == "recording":
        tx.outbox.mark_failed(claimed, str(error), None)
        return "failed"
    in_doubt = error.activity == "sending"  # nobody knows how far it came
    tx.outbox.mark_failed(claimed, str(error), now, plain=True, in_doubt=in_doubt)
    return "retry"


def _refused(tx: Transaction, claimed: ClaimedMessage, error: DeliveryError, now: datetime) -> str:
    """Record a send that failed: due again later, or failed and visible with its reason."""
    retry_at = retry.next_send(claimed.attempts, error.retry_after, now)
    outcome = "failed"
    if error.blame == "operator":
        until = now + timedelta(seconds=retry.STOPPED_FOR)
        tx.outbox.stop_channel(claimed.channel, error.reason, now, until)
        tx.outbox.mark_failed(claimed, error.reason, until)
    elif error.blame == "message" and not claimed.plain:
        tx.outbox.mark_failed(claimed, error.reason, now, plain=True)
        outcome = "retry"
    elif error.blame == "message":
        tx.outbox.mark_failed(claimed, error.reason, None)
    else:
        if error.retry_after is not None:
            tx.outbox.rest_channel(claimed.channel, retry_at)
        tx.outbox.retry(claimed, error.reason, retry_at, in_doubt=error.in_doubt)
        outcome = "retry"
    log.warning("not sent", channel=claimed.channel, alerts=len(claimed.ids),
                reason=error.reason, outcome=outcome, in_doubt=error.in_doubt,
                attempts=claimed.attempts)  # fmt: skip
    return outcome
