"""The inbox: stories that nobody took, closed ones with news since, and who has taken what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.store.queries.inbox import INBOX_FIELDS, SECTIONS, InboxFilter
from monitor.web.page import Asked, Page
from monitor.web.pages.now import story_item

if TYPE_CHECKING:
    from monitor.store.queries.desk import DeskReader
    from monitor.web.page import Row

_WEEK = timedelta(days=7)
_TITLES = {
    "new": "Nobody has taken",
    "news": "Closed, with news since",
    "taken": "Taken",
    "followed": "Followed, with later reports",
}


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of the inbox; with `name` that of one person."""
    since, name = asked.time("since") or asked.now - _WEEK, asked.text("name")
    limit = asked.number("limit", 100)
    rows = reader.inbox(InboxFilter(since, name, limit))
    sections: dict[str, list[Row]] = {section: [] for section in SECTIONS}
    for row in rows:
        sections[row["section"]].append(row)
    shown = [(section, _TITLES[section], found) for section, found in sections.items() if found]
    extra = {"sections": shown, "limit": limit, "name": name}
    items = [story_item(row) for row in rows]
    return Page("inbox.html", "Inbox", {"inbox": rows}, extra, rows, INBOX_FIELDS, items)
