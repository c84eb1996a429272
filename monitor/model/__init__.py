"""The values that travel along the path, one class a stage.

All are frozen. Settings (`Feed`, `Topic`), state (`DueFeed`, `Claim`) and results
(`Fetched`, `Scan`, `AlertItem`) never share a class. Times are aware UTC datetimes named `*_at`;
spans of time are in seconds. Offsets count code points of the named field as stored.
"""

from monitor.model.activity import (
    LONGEST_NOTE,
    PROGRAM,
    Activity,
    ActivityKind,
    StoryStatus,
    WorkState,
    status_in_words,
)
from monitor.model.alert import (
    AlertItem,
    AlertState,
    Claim,
    DigestKind,
    Excerpt,
    Message,
    Mode,
    Notice,
    PublisherReport,
    Severity,
)
from monitor.model.article import (
    Article,
    Evidence,
    Match,
    MatchedArticle,
    Scan,
    Topic,
    Unread,
)
from monitor.model.feed import (
    DueFeed,
    Feed,
    Fetched,
    Input,
    Pace,
    PollingHints,
    Source,
)
from monitor.model.feedback import (
    SILENCED_FOR,
    Feedback,
    FeedbackKind,
    FeedbackResult,
    NotJudged,
    ReaderVerdict,
)
from monitor.model.figure import Approx, FieldName, Figure
from monitor.model.story import StoryFeatures
from monitor.model.tlp import Tlp, strictest
from monitor.model.websub import Hub

__all__ = [
    "LONGEST_NOTE",
    "PROGRAM",
    "SILENCED_FOR",
    "Activity",
    "ActivityKind",
    "AlertItem",
    "AlertState",
    "Approx",
    "Article",
    "Claim",
    "DigestKind",
    "DueFeed",
    "Evidence",
    "Excerpt",
    "Feed",
    "Feedback",
    "FeedbackKind",
    "FeedbackResult",
    "Fetched",
    "FieldName",
    "Figure",
    "Hub",
    "Input",
    "Match",
    "MatchedArticle",
    "Message",
    "Mode",
    "NotJudged",
    "Notice",
    "Pace",
    "PollingHints",
    "PublisherReport",
    "ReaderVerdict",
    "Scan",
    "Severity",
    "Source",
    "StoryFeatures",
    "StoryStatus",
    "Tlp",
    "Topic",
    "Unread",
    "WorkState",
    "status_in_words",
    "strictest",
]
