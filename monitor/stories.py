"""Which story, if any, an article continues. Pure.

A first version: articles with the same title (but for case, punctuation and spacing) within 72
hours are one story, across feeds. The same link is the same article anyway.
"""

from __future__ import annotations

from datetime import datetime, timedelta

WINDOW = timedelta(hours=72)
LONG_TEXT = 80  # characters: a sentence that is not written twice by chance
LONG_WINDOW, SHORT_WINDOW = timedelta(days=14), timedelta(hours=12)


def window_start(seen_at: datetime) -> datetime:
    """Return since when an article with the same title is of the same story."""
    return seen_at - WINDOW


def same_words_since(text: str, seen_at: datetime) -> datetime:
    """Return since when the same title and text are the same article under another id and link.

    A publisher that changes his ids and addresses repeats long texts word by word for as long as
    he serves them. Where there is hardly any text, as in “Live updates”, tomorrow's is another.
    """
    return seen_at - (LONG_WINDOW if len(text) >= LONG_TEXT else SHORT_WINDOW)


def continued(candidates: list[tuple[int, datetime]], seen_at: datetime) -> int | None:
    """Return the story that an article continues, or None if it begins one.

    `candidates` are (story id, when its last article with this title was seen).
    """
    recent = [(seen, story) for story, seen in candidates if seen >= window_start(seen_at)]
    return max(recent)[1] if recent else None
