"""The values that travel along the path, one class a stage.

All are frozen. Settings (`Feed`, `Topic`), state (`DueFeed`, `Claim`) and results
(`Fetched`, `Scan`, `AlertItem`) never share a class. Times are aware UTC datetimes named `*_at`;
spans of time are in seconds. Offsets count code points of the named field as stored.
"""

from monitor.model.alert import (
    Alert,
    AlertItem,
    AlertState,
    ChannelContext,
    Claim,
    DigestKind,
    Excerpt,
    Message,
    Mode,
    Notice,
    PublisherReport,
    Severity,
    Silence,
)
from monitor.model.article import (
    Article,
    Document,
    Evidence,
    Match,
    MatchedArticle,
    Scan,
    Topic,
    Unread,
)
from monitor.model.feed import (
    NO_POLLING_HINTS,
    DueFeed,
    Feed,
    Fetched,
    Pace,
    Politeness,
    PollingHints,
    PollResult,
    Queue,
    QueueStats,
)
from monitor.model.feedback import (
    SILENCED_FOR,
    Feedback,
    FeedbackKind,
    FeedbackResult,
    NotJudged,
    ReaderVerdict,
)
from monitor.model.figure import UNITS, Approx, Figure
from monitor.model.health import FeedRecord, FeedState, Health, Outage, PeriodStats
from monitor.model.kinds import FieldName, Outcome
from monitor.model.ledger import Known, LedgerEntry, NextIds, StoredArticle, StoredText
from monitor.model.story import ReportedFigure, StoryFeatures, StoryState
from monitor.model.websub import Hub, Subscription

__all__ = [
    "NO_POLLING_HINTS",
    "SILENCED_FOR",
    "UNITS",
    "Alert",
    "AlertItem",
    "AlertState",
    "Approx",
    "Article",
    "ChannelContext",
    "Claim",
    "DigestKind",
    "Document",
    "DueFeed",
    "Evidence",
    "Excerpt",
    "Feed",
    "FeedRecord",
    "FeedState",
    "Feedback",
    "FeedbackKind",
    "FeedbackResult",
    "Fetched",
    "FieldName",
    "Figure",
    "Health",
    "Hub",
    "Known",
    "LedgerEntry",
    "Match",
    "MatchedArticle",
    "Message",
    "Mode",
    "NextIds",
    "NotJudged",
    "Notice",
    "Outage",
    "Outcome",
    "Pace",
    "PeriodStats",
    "Politeness",
    "PollResult",
    "PollingHints",
    "PublisherReport",
    "Queue",
    "QueueStats",
    "ReaderVerdict",
    "ReportedFigure",
    "Scan",
    "Severity",
    "Silence",
    "StoredArticle",
    "StoredText",
    "StoryFeatures",
    "StoryState",
    "Subscription",
    "Topic",
    "Unread",
]
