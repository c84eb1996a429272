"""The units of time, in seconds: as numbers, and by the letters that spans are written with.

Configuration and command line write spans such as `30s`, `10m`, `24h`, `7d` and `2w`.
"""

from __future__ import annotations

HOUR = 3_600.0
DAY = 86_400.0
SECONDS = {"s": 1.0, "m": 60.0, "h": HOUR, "d": DAY, "w": 7 * DAY}
