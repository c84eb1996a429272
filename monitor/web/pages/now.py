"""Now: the stories of the last day by topic, and whether the world and the desk are all right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor.alerts.updates import MOST_FIGURES, TOLD_UNITS, is_weighty
from monitor.web.page import Asked, FeedItem, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.store.queries.desk import DeskReader
    from monitor.web.page import Row

_DAY = timedelta(hours=24)
_MOST = 60  # stories
_DAYS = 28  # of the bars of a topic


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page with the stories of the last 24 hours."""
    stories = reader.recent_stories(asked.now - _DAY, asked.now, _MOST)
    looked = asked.looked_at
    for row in stories:
        row["is_new"] = bool(looked and row["last_at"] > _iso(looked))
        row["figures"] = _weighty(row["figures"])
    volumes = _volumes(reader, asked)
    data = {
        "stories": stories,
        "topics": volumes,
        "unhealthy_feeds": _unhealthy(reader, asked),
        "notices": reader.alerts(kind="notice", limit=3),
        "queues": reader.queues(),
        "stopped": reader.stopped_channels(),
    }
    extra = {
        "groups": _by_topic(stories, [row["topic"] for row in volumes]),
        "looked_at": looked,
        "new": sum(row["is_new"] for row in stories),
        "hours": int(_DAY.total_seconds() // 3600),
    }
    items = [story_item(row) for row in stories]
    return Page("now.html", "Now", data, extra, items=items)


def _weighty(figures: Sequence[Row]) -> list[Row]:
    """Return the figures that a message would show, the weightiest first; the story has all."""
    shown = [figure for figure in figures if is_weighty(figure["unit"], figure["label"])]
    return sorted(shown, key=lambda figure: TOLD_UNITS.index(figure["unit"]))[:MOST_FIGURES]


def newer(reader: DeskReader, asked: Asked) -> Page:
    """Return the line that says how much came since a page was read; it asks each minute."""
    since = asked.time("since") or asked.now
    data = {"since": _iso(since), **reader.newer(since)}
    return Page("now_newer.html", "Newer", data)


def story_item(row: Row) -> FeedItem:
    """Return a story as an entry of a feed; its time is that of its newest report."""
    counts = f"{row['articles']} reports, {row['independent']} independent publishers"
    page = f"/stories/{row['id']}"
    return FeedItem(f"stories/{row['id']}", row["title"], "", page, row["last_at"], counts,
                tags=row["topics"])  # fmt: skip


def _volumes(reader: DeskReader, asked: Asked) -> list[Row]:
    """Return the hits a day of the configured topics, and of others that had any."""
    days = reader.days_of_topics(asked.now, _DAYS)
    known = [topic.id for topic in asked.config.topics] if asked.config else []
    names = [*known, *sorted(days.keys() - set(known))]
    return [_volume(name, days.get(name, [0] * _DAYS)) for name in names]


def _volume(topic: str, days: Sequence[int]) -> Row:
    before = days[:-1]
    return {"topic": topic, "days": list(days), "today": days[-1], "usual": _median(before)}


def _median(counts: Sequence[int]) -> int:
    return sorted(counts)[len(counts) // 2] if counts else 0


def _unhealthy(reader: DeskReader, asked: Asked) -> list[Row]:
    return [_shown(row) for row in reader.feeds(asked.now, unhealthy=True)]


def _shown(feed: Row) -> Row:
    return {name: feed[name] for name in ("id", "title", "url", "state", "reason", "since")}


def _by_topic(stories: Sequence[Row], order: Sequence[str]) -> list[tuple[str, list[Row]]]:
    """Return the stories under their first topic, the topic with the newest story first."""
    groups: dict[str, list[Row]] = {}
    for row in stories:
        ranked = sorted(row["topics"], key=lambda name: order.index(name) if name in order else 99)
        groups.setdefault(ranked[0] if ranked else "", []).append(row)
    return list(groups.items())


def _iso(at: Any) -> str:
    return str(at.strftime("%Y-%m-%dT%H:%M:%SZ"))
