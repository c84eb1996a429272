"""The current time, and the detection of jumps.

Three clocks: the wall clock can be set; the clock since boot cannot, and includes the machine's
sleep; the monotonic clock excludes it. Wall against boot shows by how much the clock was set, boot
against monotonic how long the machine slept. See clock_gettime(2).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

_JUMP = 2.0  # seconds; time synchronisation makes smaller corrections


def utc_now() -> datetime:
    """Return the current time (UTC); everything below `service` gets it as an argument."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Jump:
    """Seconds by which the wall clock was set, and seconds for which the machine slept."""

    set_by: float
    slept: float


class JumpDetector:
    """Compares the clocks with their values at the last check."""

    def __init__(self) -> None:
        self._last = _clocks()

    def check(self) -> Jump | None:
        """Return the jump since the last call, None if there was none."""
        wall, since_boot, monotonic = _clocks()
        last_wall, last_since_boot, last_monotonic = self._last
        self._last = wall, since_boot, monotonic
        elapsed = since_boot - last_since_boot
        awake = monotonic - last_monotonic
        jump = Jump(set_by=wall - last_wall - elapsed, slept=elapsed - awake)
        return jump if abs(jump.set_by) > _JUMP or jump.slept > _JUMP else None


def _clocks() -> tuple[float, float, float]:
    return time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), time.monotonic()
