"""Delivery: claim the alerts that are due, drop silenced ones, send, record the outcome."""

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
    from monitor.model import Claim, Message
    from monitor.pipeline.context import PipelineContext
    from monitor.store.transaction import Transaction

log = structlog.get_logger()

# Seconds to wait for a busy database: a sent message that is not recorded would be sent twice.
_PATIENCE = retry.SEND_LEASE


async def deliver(context: PipelineContext, now: datetime) -> list[str]:
    """Claim at most one due message a channel and send them; return the outcome of each."""
    claims = await claim_alerts(context, now)
    return list(await asyncio.gather(*(deliver_one(context, each, now) for each in claims)))


async def claim_alerts(context: PipelineContext, now: datetime) -> list[Claim]:
    """Claim the alerts that are due as messages, at most one a channel."""
    lease_at = now + timedelta(seconds=retry.SEND_LEASE)
    spacing = {name: channel.spacing for name, channel in context.channels.items()}
    return await context.store.write(lambda tx: tx.outbox.claim(now, lease_at, spacing))


async def deliver_one(context: PipelineContext, claim: Claim, now: datetime) -> str:
    """Send a claimed message and record the outcome.

    Returns `sent`, `silenced`, `retry` or `failed`. A bug of this program costs this message only.
    """
    try:
        return await _deliver_one(context, claim, now)
    except InternalError as error:
        bug = error
    log_internal(bug, channel=claim.channel, alerts=list(claim.ids))
    return await context.store.write(
        lambda tx: _record_bug(tx, claim, bug, now), patience=_PATIENCE
    )


async def _deliver_one(context: PipelineContext, claim: Claim, now: datetime) -> str:
    with during("rendering"):
        message = await context.store.write(lambda tx: _unmuted(tx, context, claim, now))
    if message is None:
        return "silenced"

    clock = asyncio.get_running_loop().time
    began = clock()
    outcome = await _send(context, claim, message)
    ended_at = now + timedelta(seconds=clock() - began)
    if isinstance(outcome, DeliveryError):
        return await context.store.write(
            lambda tx: _record_refusal(tx, claim, outcome, ended_at), patience=_PATIENCE
        )
    return await _record_sent(context, claim, outcome, ended_at)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message that is in its channel, with the reference `ref`.

    `found`: a look-up found it, so it was not sent again. `repeated`: it was sent again although
    it may have arrived before.
    """

    ref: str
    found: bool
    repeated: bool


async def _send(context: PipelineContext, claim: Claim, message: Message) -> _Sent | DeliveryError:
    """Send a message, unless a look-up finds that it has arrived already."""
    try:
        with during("sending"):
            lookup = await _look_up(context, claim, message)
            ref = lookup.ref or await context.channels[claim.channel].send(message)
    except DeliveryError as error:
        return error
    return _Sent(ref, found=lookup.ref is not None, repeated=lookup.cannot_verify)


async def _record_sent(
    context: PipelineContext, claim: Claim, sent: _Sent, ended_at: datetime
) -> str:
    with during("recording"):
        await context.store.write(
            lambda tx: tx.outbox.mark_sent(claim, sent.ref, ended_at, repeated=sent.repeated),
            patience=_PATIENCE,
        )
    log.info(
        "sent",
        channel=claim.channel,
        alerts=len(claim.ids),
        ref=sent.ref,
        reply=claim.message.thread is not None,
        edit=claim.message.edits is not None,
        found=sent.found,
        repeated=sent.repeated,
        attempts=claim.attempts,
    )
    return "sent"


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The result of a look-up: the message's reference if it was found, else None.

    `cannot_verify`: the channel cannot be searched, so the message may have arrived all the same.
    """

    ref: str | None = None
    cannot_verify: bool = False


async def _look_up(context: PipelineContext, claim: Claim, message: Message) -> LookupResult:
    """Look for a message whose answer was lost.

    Raises DeliveryError where a later look-up may succeed.
    """
    if not claim.in_doubt or claim.since is None or claim.message.edits:
        return LookupResult()
    channel = context.channels[claim.channel]
    unreadable, ref = "", None
    try:
        ref = await channel.find(message, claim.since)
    except DeliveryError as error:
        if error.blame == "passing":
            raise
        unreadable = error.reason
    await _note_cannot_verify(context, claim.channel, unreadable)
    return LookupResult(ref, cannot_verify=bool(unreadable) or not channel.can_find)


async def _note_cannot_verify(context: PipelineContext, name: str, unreadable: str) -> None:
    """Store why a channel cannot be searched, "" where it can; log a new reason once."""
    changed = await context.store.write(lambda tx: tx.channels.note_cannot_verify(name, unreadable))
    if changed and unreadable:
        log.warning(
            "cannot look up",
            channel=name,
            reason=unreadable,
            effect="a message whose answer is lost comes twice",
        )


async def preview(context: PipelineContext, now: datetime) -> list[Message]:
    """Return the messages that `deliver` would send, one pass after another; change nothing."""
    no_spacing = dict.fromkeys(context.channels, 0.0)
    lease_at = now + timedelta(seconds=retry.SEND_LEASE)

    def deliver_all(tx: Transaction) -> list[Message]:
        messages: list[Message] = []
        with tx.undone():
            while claims := tx.outbox.claim(now, lease_at, no_spacing):
                for each in claims:
                    if message := _unmuted(tx, context, each, now):
                        messages.append(message)
                    tx.outbox.mark_sent(each, each.message.key, now)
        return messages

    return await context.store.write(deliver_all)


def _unmuted(
    tx: Transaction, context: PipelineContext, claim: Claim, now: datetime
) -> Message | None:
    """Return the message without its silenced reports, None if no report is left.

    Raises the error that kept the reports from being read, if there was one.
    """
    if claim.unreadable:
        raise claim.unreadable
    silences = tx.silences.active(now)
    if claim.message.notice or claim.message.edits:
        items = [alerts.titled(item, silences, now) for item in claim.message.reports]
        message = alerts.message(claim.message, items, context.topics)
        if not claim.message.edits:
            return message
        # an edit replaces the whole message: the readers' verdicts are in it again
        verdicts = tx.feedback.verdicts_on_alert(claim.ids[0])
        return replace(message, reader_verdicts=verdict_lines(verdicts))

    items = []
    for alert_id, item in zip(claim.ids, claim.message.reports, strict=True):
        if held_by := alerts.silenced(item, silences, now):
            reason = "; ".join(f"silence {silence.id}" for silence in held_by)
            tx.outbox.mark_silenced(claim, [alert_id], reason)
        else:
            items.append(alerts.titled(item, silences, now))
    return alerts.message(claim.message, items, context.topics) if items else None


def _record_bug(tx: Transaction, claim: Claim, error: InternalError, now: datetime) -> str:
    """Record a bug met by a message: it is retried once as plain text, then it has failed.

    A message that was sent and could not be recorded is not sent again.
    """
    tx.internal_errors.note(error, f"channel {claim.channel}", now)
    if claim.message.plain or claim.message.edits or error.activity == "recording":
        tx.outbox.mark_failed(claim, str(error), None)
        return "failed"
    in_doubt = error.activity == "sending"  # the message may have arrived
    tx.outbox.mark_failed(claim, str(error), now, plain=True, in_doubt=in_doubt)
    return "retry"


def _record_refusal(tx: Transaction, claim: Claim, error: DeliveryError, now: datetime) -> str:
    """Record a send that failed: due again later, or failed with its reason."""
    outcome = _reschedule(tx, claim, error, now)
    log.warning(
        "not sent",
        channel=claim.channel,
        alerts=len(claim.ids),
        reason=error.reason,
        outcome=outcome,
        in_doubt=error.in_doubt,
        attempts=claim.attempts,
    )
    return outcome


def _reschedule(tx: Transaction, claim: Claim, error: DeliveryError, now: datetime) -> str:
    """Act on the error's blame: stop the channel, try plain text, give up, or retry later."""
    if error.blame == "operator":
        until = now + timedelta(seconds=retry.STOPPED_FOR)
        tx.channels.stop(claim.channel, error.reason, now, until)
        tx.outbox.mark_failed(claim, error.reason, until)
        return "failed"
    if error.blame == "message" and not claim.message.plain:
        tx.outbox.mark_failed(claim, error.reason, now, plain=True)
        return "retry"
    if error.blame == "message":
        tx.outbox.mark_failed(claim, error.reason, None)
        return "failed"

    failures = tx.channels.note_failure(claim.channel, now)
    ready_at = retry.next_send(failures, error.retry_after, now)
    tx.channels.rest(claim.channel, ready_at)
    turn_at = retry.turn_after(claim.attempts, failures, ready_at, now)
    due_at = turn_at or claim.first_due_at or ready_at
    tx.outbox.retry(claim, error.reason, due_at, in_doubt=error.in_doubt)
    return "retry"
