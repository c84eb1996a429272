"""Stories: the list, by topic and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.store.queries.stories import STORY_FIELDS, StoryFilter
from monitor.web.page import Asked, Page
from monitor.web.pages.now import story_item

if TYPE_CHECKING:
    from monitor.store.queries.desk import DeskReader


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of the stories, the one with the newest report first."""
    wanted = StoryFilter(
        asked.text("topic"),
        asked.time("since"),
        asked.time("until"),
        asked.number("publishers", 1),
        asked.number("limit", 50),
    )
    rows = reader.stories(wanted)
    topics = sorted(reader.days_of_topics(asked.now, 365))
    return Page(
        "stories.html",
        "Stories",
        {"stories": rows},
        {"topics": topics, "limit": wanted.limit},
        rows,
        STORY_FIELDS,
        [story_item(row) for row in rows],
    )
