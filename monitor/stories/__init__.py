"""Which story, if any, an article continues. Pure.

    article ─▶ extract_features (a worker) ─▶ stories that share rare features
      ─▶ StoryScorer (each of them) ─▶ assign_story ─▶ same_event

An article is assigned when it comes. Later a story is parted by hand only, and two are joined where
a report is certain to continue both: alerts have gone out by then.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.stories.assign import (
    CANDIDATES,
    LIVE,
    MEMORY,
    WINDOW,
    Assignment,
    StoryIndex,
    assign_story,
)
from monitor.stories.continuation import (
    Continuation,
    StoredFeatures,
    StoryBefore,
    added_features,
    continued,
)
from monitor.stories.features import extract_features
from monitor.stories.late_join import same_event
from monitor.stories.profile import IncomingArticle, Profile, joined_profile, new_profile
from monitor.stories.rates import Rates, counted_features
from monitor.stories.scoring import ENOUGH, Reason, Scored
from monitor.stories.time_span import TimeSpan
from monitor.stories.titles import Headline

__all__ = [
    "CANDIDATES",
    "ENOUGH",
    "LIVE",
    "MEMORY",
    "WINDOW",
    "Assignment",
    "Continuation",
    "Headline",
    "IncomingArticle",
    "Profile",
    "Rates",
    "Reason",
    "Scored",
    "StoredFeatures",
    "StoryBefore",
    "StoryIndex",
    "TimeSpan",
    "added_features",
    "assign_story",
    "continued",
    "counted_features",
    "extract_features",
    "joined_profile",
    "new_profile",
    "same_event",
    "same_words_since",
]

LONG_TEXT = 80  # characters: a sentence that is not written twice by chance
LONG_WINDOW, SHORT_WINDOW = timedelta(days=14), timedelta(hours=12)


def same_words_since(text: str, seen_at: datetime) -> datetime:
    """Return since when the same title and text are the same article under another id and link.

    A publisher that changes its ids and addresses repeats long texts word by word for as long as
    it serves them. A text of a few words, such as “Live updates”, is another article tomorrow.
    """
    return seen_at - (LONG_WINDOW if len(text) >= LONG_TEXT else SHORT_WINDOW)
