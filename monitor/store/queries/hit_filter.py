"""What `hits`, the page of the search and their counts choose from the views of hits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.store.fulltext import query


@dataclass(frozen=True, slots=True)
class HitFilter:
    """Conditions of a list of hits; None and "" set no condition.

    `since` and `until` compare with the time at which the article was seen, not published.
    """

    words: str = ""
    topic: str = ""
    publisher: str = ""
    lang: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    near: bool = False  # list near misses instead of hits
    kind: str = ""  # of the publisher: wire, state …
    country: str = ""  # of the publisher, as ISO 3166
    verdict: str = ""  # what readers say: good, wrong or open
    offset: int = 0  # articles to pass over


def hit_conditions(wanted: HitFilter) -> tuple[str, dict[str, Any]]:
    """Return the WHERE clause of a filter, and the values of its parameters."""
    conditions = ["1"]
    values: dict[str, Any] = {"limit": wanted.limit, "offset": wanted.offset}
    if words := query(wanted.words):
        conditions.append(
            "version_id IN (SELECT rowid FROM versions_fts WHERE versions_fts MATCH :words)"
        )
        values["words"] = words
    for name, condition in _CONDITIONS.items():
        if value := getattr(wanted, name):
            conditions.append(condition)
            values[name] = value.timestamp() if isinstance(value, datetime) else value
    return " AND ".join(conditions), values


_CONDITIONS = {
    "topic": "topic = :topic COLLATE NOCASE",
    "publisher": "publisher = :publisher COLLATE NOCASE",
    "lang": "lang = :lang COLLATE NOCASE",
    "since": "seen >= :since",
    "until": "seen < :until",
    "kind": "feed IN (SELECT url FROM feeds WHERE kind = :kind)",
    "country": "feed IN (SELECT url FROM feeds WHERE country = :country)",
    "verdict": "(id, topic) IN (SELECT article, topic FROM verdicts"
    " WHERE iif(good > wrong, 'good', iif(wrong > good, 'wrong', 'open')) = :verdict)",
}
