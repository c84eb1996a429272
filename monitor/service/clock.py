"""The time, and whether it jumped.

The wall clock can be set; the clock since boot cannot, and goes on while the machine sleeps; the
monotonic clock stands still meanwhile. What they disagree about tells the one from the other.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

_JUMP = 2.0  # seconds; less is how a clock is kept right


def utc_now() -> datetime:
    """Return the time; everything below `daemon` gets it as an argument."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Jump:
    """By how many seconds the wall clock was set, and for how many the machine slept."""

    set_by: float
    slept: float


class JumpDetector:
    """Compares the clocks with what they said when last asked."""

    def __init__(self) -> None:
        self._last = _clocks()

    def check(self) -> Jump | None:
        """Return what happened since the last call, or None if nothing did."""
        wall, since_boot, monotonic = _clocks()
        last_wall, last_since_boot, last_monotonic = self._last
        self._last = wall, since_boot, monotonic
        elapsed = since_boot - last_since_boot
        jump = Jump(wall - last_wall - elapsed, elapsed - (monotonic - last_monotonic))
        return jump if abs(jump.set_by) > _JUMP or jump.slept > _JUMP else None


def _clocks() -> tuple[float, float, float]:
    return time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), time.monotonic()
