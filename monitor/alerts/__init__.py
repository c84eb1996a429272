"""Which alerts are sent, where, when, and in which words. Pure decisions; `now` is an argument.

hits ─▶ routes ─▶ plan (fresh? now, or in which digest?) ─▶ placed (first, reply, or counted?)
claimed ─▶ silences ─▶ message
"""

from monitor.alerts.messages import merged, message
from monitor.alerts.plan import Arrival, outage, placed, plan, wait_of
from monitor.alerts.quiet_hours import next_digest, quiet_until
from monitor.alerts.routes import ways
from monitor.alerts.settings import Delivery, Route
from monitor.alerts.silences import described, reminder, silenced
from monitor.alerts.surges import Volume, unusual
from monitor.alerts.updates import News, figure_lines, news

__all__ = [
    "Arrival",
    "Delivery",
    "News",
    "Route",
    "Volume",
    "described",
    "figure_lines",
    "merged",
    "message",
    "news",
    "next_digest",
    "outage",
    "placed",
    "plan",
    "quiet_until",
    "reminder",
    "silenced",
    "unusual",
    "wait_of",
    "ways",
]
