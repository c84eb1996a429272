"""Ticks by the loop's own time, which nobody can set: APScheduler's trigger and its job store.

APScheduler goes by the wall clock. Its interval trigger lists every run that was missed: after a
clock was set ahead by twelve years, hundreds of millions of them. Its jobs keep times of the wall
clock: after a clock was set back by an hour, they would run an hour later.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor.service.clock import JumpDetector


def tick_scheduler() -> AsyncIOScheduler:
    """Return APScheduler with jobs that keep to the loop's time."""
    return AsyncIOScheduler(timezone=UTC, jobstores={"default": SteadyJobs()})


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Fires each `interval` seconds; a late tick fires once, whatever it missed."""

    def __init__(self, interval: float) -> None:
        self._interval = timedelta(seconds=interval)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the moment after `previous`, or an interval from `now` where that is not ahead."""
        if previous is None:
            return now
        following: datetime = previous + self._interval
        return following if following > now else now + self._interval


class SteadyJobs(MemoryJobStore):  # type: ignore[misc]  # APScheduler ships no types
    """Jobs whose times move along with a clock that was set, and with a machine's sleep."""

    def __init__(self) -> None:
        super().__init__()
        self._jumps = JumpDetector()

    def get_due_jobs(self, now: datetime) -> list[object]:
        """Return the jobs that are due by the loop's time."""
        if jump := self._jumps.check():
            moved_by = timedelta(seconds=jump.set_by + jump.slept)
            for job in self.get_all_jobs():
                job.modify(next_run_time=job.next_run_time + moved_by)
        due: list[object] = super().get_due_jobs(now)
        return due
