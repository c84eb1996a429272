"""The values that travel along the path, one class a stage.

All are frozen. Settings (`Feed`, `Topic`), state (`DueFeed`, `Claimed`) and results (`Fetched`,
`Scan`, `Report`) never share a class. Times are aware UTC datetimes named `*_at`; spans of time
are seconds. Offsets are code points into the named field as it is stored.
"""

from monitor.model.alert import (
    Alert,
    AlertState,
    Claimed,
    Excerpt,
    Message,
    Notice,
    Report,
    Severity,
    Silence,
    Voice,
)
from monitor.model.article import (
    Article,
    Document,
    Evidence,
    FieldName,
    Match,
    Outcome,
    Scan,
    Scanned,
    Topic,
    Unread,
)
from monitor.model.polling import (
    NO_WISHES,
    DueFeed,
    Feed,
    Fetched,
    Pace,
    Politeness,
    Polled,
    Pulse,
    Wishes,
)

__all__ = [
    "NO_WISHES",
    "Alert",
    "AlertState",
    "Article",
    "Claimed",
    "Document",
    "DueFeed",
    "Evidence",
    "Excerpt",
    "Feed",
    "Fetched",
    "FieldName",
    "Match",
    "Message",
    "Notice",
    "Outcome",
    "Pace",
    "Politeness",
    "Polled",
    "Pulse",
    "Report",
    "Scan",
    "Scanned",
    "Severity",
    "Silence",
    "Topic",
    "Unread",
    "Voice",
    "Wishes",
]
