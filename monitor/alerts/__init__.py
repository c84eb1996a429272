"""Which alerts are sent, where, when, and in which words. Pure decisions; `now` is an argument.

hits ─▶ routes ─▶ plan (fresh? now, or in which digest?) ─▶ thread (first, reply, or counted?)
claimed ─▶ silences ─▶ message
"""

from monitor.alerts.cron import next_digest
from monitor.alerts.messages import merged, message
from monitor.alerts.plan import (
    AlertContext,
    channels_of,
    outage,
    plan_alerts,
    route_to_thread,
    wait_of,
)
from monitor.alerts.quiet_hours import quiet_until
from monitor.alerts.routes import ways
from monitor.alerts.settings import Delivery, Route
from monitor.alerts.silences import described, reminder, silenced, titled
from monitor.alerts.surges import Volume, unusual
from monitor.alerts.updates import StoryUpdate, figure_lines, news

__all__ = [
    "AlertContext",
    "Delivery",
    "Route",
    "StoryUpdate",
    "Volume",
    "channels_of",
    "described",
    "figure_lines",
    "merged",
    "message",
    "news",
    "next_digest",
    "outage",
    "plan_alerts",
    "quiet_until",
    "reminder",
    "route_to_thread",
    "silenced",
    "titled",
    "unusual",
    "wait_of",
    "ways",
]
