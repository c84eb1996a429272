"""Which story, if any, an article continues. Pure.

    article ─▶ traced (a worker) ─▶ stories that share rare marks ─▶ weigh each ─▶ assign

An article is placed when it comes and never moved: what comes later may show that two stories are
one, or one two, but an alert has gone out by then.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.stories.assign import CANDIDATES, LIVE, MEMORY, WINDOW, Assignment, StoryIndex
from monitor.stories.continuation import (
    Continuation,
    StoryBefore,
    ToldFeatures,
    added_features,
    continued,
)
from monitor.stories.features import extract_features
from monitor.stories.scoring import (
    ENOUGH,
    IncomingArticle,
    Profile,
    Rates,
    Reason,
    Scored,
    TimeSpan,
    begun,
    counted,
)

__all__ = [
    "CANDIDATES",
    "ENOUGH",
    "LIVE",
    "MEMORY",
    "WINDOW",
    "Assignment",
    "Continuation",
    "IncomingArticle",
    "Profile",
    "Rates",
    "Reason",
    "Scored",
    "StoryBefore",
    "StoryIndex",
    "TimeSpan",
    "ToldFeatures",
    "added_features",
    "begun",
    "continued",
    "counted",
    "extract_features",
    "same_words_since",
]

LONG_TEXT = 80  # characters: a sentence that is not written twice by chance
LONG_WINDOW, SHORT_WINDOW = timedelta(days=14), timedelta(hours=12)


def same_words_since(text: str, seen_at: datetime) -> datetime:
    """Return since when the same title and text are the same article under another id and link.

    A publisher that changes his ids and addresses repeats long texts word by word for as long as
    he serves them. Where there is hardly any text, as in “Live updates”, tomorrow's is another.
    """
    return seen_at - (LONG_WINDOW if len(text) >= LONG_TEXT else SHORT_WINDOW)
