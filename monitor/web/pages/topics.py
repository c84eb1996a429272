"""Topics: their volume, their precision with its interval, and their near misses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.web.page import Asked, Page

if TYPE_CHECKING:
    from monitor.store.queries.desk import DeskReader
    from monitor.web.page import Row

COLUMNS = (
    "topic", "title", "day", "week", "hits", "near_misses", "stories", "last_hit_at", "judged",
    "precision", "low", "high",
)  # fmt: skip


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of all topics."""
    volumes = reader.topics()
    days = reader.days_of_topics(asked.now)
    precision = {row["topic"]: row for row in reader.topic_stats()}
    known = [topic.id for topic in asked.config.topics] if asked.config else []
    names = [*known, *sorted(volumes.keys() - set(known))]
    rows = [_row(name, asked, volumes.get(name, {}), precision.get(name, {})) for name in names]
    for row in rows:
        row["days"] = days.get(row["topic"], [0] * 28)
        row["is_configured"] = row["topic"] in known
    near = reader.best_near_misses(asked.now - timedelta(days=7), 12)
    data = {"topics": rows, "near_misses": near}
    return Page("topics.html", "Topics", data, rows=rows, columns=COLUMNS)


def _row(name: str, asked: Asked, volume: Row, judged: Row) -> Row:
    counts = {key: volume.get(key, 0) for key in ("day", "week", "hits", "near_misses", "stories")}
    verdicts = {key: judged.get(key) for key in ("judged", "precision", "low", "high")}
    last_hit_at = volume.get("last_hit_at")
    title = asked.title_of(name)
    return {"topic": name, "title": title, **counts, "last_hit_at": last_hit_at, **verdicts}
