"""What keeps the service from storing anything: faults of the database, polls that never end.

    fault, claim, stored poll ─▶ Trouble ─▶ /readyz, systemd, the note in the lock ─▶ monitor status
                                    └─▶ operations channel, past the outbox, which cannot take it

All of it is kept in memory: the database is what fails.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from monitor.alerts.operator_notices import waiting_notice, working_notice
from monitor.errors import DeliveryError
from monitor.model import Message
from monitor.service.clock import utc_now
from monitor.store.tables.heartbeat import OVERDUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from monitor.channels import Channel
    from monitor.config.schema import OperationsSettings
    from monitor.errors import StoreError
    from monitor.store.database import Store

log = structlog.get_logger()

_LASTING = 30.0  # seconds after which the operations channel is told
_AGAIN = 60.0  # seconds before a notice is tried again that the channel did not take
_FRESH = 30.0  # seconds since the last fault: the database still answers, if only with errors


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason why nothing is stored, and since when (UTC).

    `began` and `last` are moments of the monotonic clock. `partial`: small changes are still taken.
    """

    reason: str
    since: datetime
    began: float
    last: float
    partial: bool


class Trouble:
    """The present cause of trouble, if any.

    `note` gets the sentence about it whenever that changes; `clock` is monotonic. A fault after
    which the database may still take small changes is over once a poll was stored, and `quiet`
    seconds passed without another fault: claimed feeds are polled again within that time.
    """

    def __init__(
        self,
        note: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.note = note
        self.clock = clock
        self.quiet = 120.0
        self.cause: Cause | None = None
        self._claimed: tuple[float, datetime] | None = None  # the first claim without a result
        self._stored = 0.0  # the monotonic clock at the last stored poll

    def __str__(self) -> str:
        """`waits since 2026-11-29 23:38 UTC: the disk is full; …`, "" for no trouble."""
        if self.cause is None:
            return ""
        return f"waits since {self.cause.since:%Y-%m-%d %H:%M} UTC: {self.cause.reason}"

    @property
    def seconds(self) -> float:
        """For how long the present trouble has lasted, 0 for none."""
        return self.clock() - self.cause.began if self.cause else 0.0

    @property
    def is_answering(self) -> bool:
        """Whether the database still answers, if only with faults: a restart changes nothing."""
        return self.cause is not None and self.clock() - self.cause.last < _FRESH

    def observe(self, fault: StoreError | None) -> None:
        """Take a fault of the database, or None for a transaction that was stored."""
        if fault is None:
            if self.cause and not self.cause.partial:
                self._end()
        elif fault.passing:
            self._begin(str(fault), partial=fault.partial)

    def claimed(self) -> None:
        """Take that feeds were claimed: a poll should be stored before long."""
        self._claimed = self._claimed or (self.clock(), utc_now())

    def stored(self) -> None:
        """Take that a poll was stored."""
        self._claimed = None
        self._stored = self.clock()
        cause = self.cause
        if cause and self._stored - cause.last > self.quiet:
            self._end()

    def check(self) -> None:
        """Look whether polls are claimed and none is stored."""
        if self._claimed and self.clock() - self._claimed[0] > OVERDUE and not self.cause:
            began, since = self._claimed
            self.cause = Cause(
                "feeds are polled, but no poll ends", since, began, began, partial=True
            )
            self.note(str(self))

    def _begin(self, reason: str, *, partial: bool) -> None:
        now, before = self.clock(), self.cause
        since, began = (before.since, before.began) if before else (utc_now(), now)
        self.cause = Cause(reason, since, began, now, partial)
        if before is None or before.reason != reason:
            self.note(str(self))

    def _end(self) -> None:
        self.cause = None
        self.note("")


class TroubleNotices:
    """Tells the operations channel of trouble that lasts, and of its end.

    The beginning is sent straight to the channel; the end takes the usual way.
    """

    def __init__(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self._told: Cause | None = None
        self._tried = float("-inf")

    async def begin(self, settings: OperationsSettings, channels: Mapping[str, Channel]) -> None:
        """Tell of the present trouble, once, where it lasts."""
        cause, now = self._trouble.cause, self._trouble.clock()
        is_due = cause and cause.began + _LASTING < now and self._tried + _AGAIN < now
        if not cause or not is_due or self._told:
            return
        self._tried = now
        notice = waiting_notice(cause.reason, cause.since, ZoneInfo(settings.timezone))
        log.error("notice", kind=notice.kind, title=notice.title, lines=list(notice.lines))
        channel = channels.get(settings.channel)
        try:
            if channel:
                await channel.send(Message(notice.key, notice=notice))
        except DeliveryError as error:
            log.warning("not told", channel=settings.channel, reason=str(error))
        else:
            self._told = cause

    async def end(self, store: Store, settings: OperationsSettings) -> None:
        """Tell that the trouble is over, where its beginning was told. Raises StoreError."""
        told, now = self._told, utc_now()
        if told is None or self._trouble.cause:
            return
        notice = working_notice(told.reason, told.since, ZoneInfo(settings.timezone), now)
        if settings.channel:
            await store.write(lambda tx: tx.alerts.add_notice(notice, settings.channel, now))
        self._told = None
        log.info("notice", kind=notice.kind, title=notice.title, lines=list(notice.lines))
