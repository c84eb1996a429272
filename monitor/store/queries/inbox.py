"""The inbox: stories that wait for a person, and who did what about a story."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.store.queries.gloss import GLOSSES, glossed_stories
from monitor.store.queries.stories import STORY_COLUMNS, StoryReader, decoded, story_rows

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.store.queries.rows import Row

SECTIONS = ("new", "news", "taken", "followed")  # in the order of the inbox
INBOX_FIELDS = (
    "section", "id", "state", "by", "at", "severity", "title", "topics", "articles", "independent",
    "last_at", "reports_since", "news", *GLOSSES,
)  # fmt: skip

# Stories nobody worked on with a recent report; stories at work; closed ones with news since; and
# for one person those that the person follows, with reports since the person's last activity.
_SECTIONS = """
WITH mine(story, at) AS (
    SELECT story_id, max(at) FROM story_activity WHERE name = :name COLLATE NOCASE GROUP BY story_id
), followed(story) AS (
    SELECT story_id FROM story_activity f WHERE name = :name COLLATE NOCASE AND id = (
        SELECT max(id) FROM story_activity WHERE story_id = f.story_id AND name = f.name
        AND kind IN ('follow', 'unfollow')) AND kind = 'follow'
)
SELECT story_id AS id, 'new' AS section, NULL AS since FROM articles
WHERE :name = '' AND seen_at >= :since AND story_id IS NOT NULL
AND story_id NOT IN (SELECT story FROM story_status) GROUP BY +story_id
UNION ALL
SELECT s.story, CASE s.state WHEN 'taken' THEN 'taken' WHEN 'reopened' THEN 'new' ELSE 'news' END,
       s.since FROM story_status s
WHERE (:name = '' OR s.name = :name COLLATE NOCASE)
AND (s.state IN ('taken', 'reopened') OR EXISTS (
    SELECT 1 FROM alerts a
    WHERE a.story_id = s.story AND a.news <> '[]' AND a.created_at > s.since))
UNION ALL
SELECT f.story, 'followed', m.at FROM followed f JOIN mine m ON m.story = f.story
WHERE EXISTS (SELECT 1 FROM articles a WHERE a.story_id = f.story AND a.seen_at > m.at)
"""
_WORK = """
SELECT i.value AS id, s.state, s.name AS by, s.at,
       (SELECT max(seen_at) FROM articles WHERE story_id = i.value) AS last,
       (SELECT CASE max(CASE severity WHEN 'critical' THEN 3 WHEN 'warning' THEN 2 ELSE 1 END)
               WHEN 3 THEN 'critical' WHEN 2 THEN 'warning' WHEN 1 THEN 'info' END
        FROM alerts a WHERE a.story_id = i.value) AS severity
FROM json_each(:ids) i LEFT JOIN story_status s ON s.story = i.value
"""
_NEWS = """
SELECT news FROM alerts WHERE story_id = :id AND created_at > :since AND news <> '[]' ORDER BY id
"""
_COUNT = "SELECT count(*) AS n FROM articles WHERE story_id = :id AND seen_at > :since"
_URGENCY = {"critical": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What an inbox shows: new stories with a report `since`; with a `name` one person's only."""

    since: datetime
    name: str = ""
    limit: int = 50


class InboxReader(StoryReader):
    """A read-only connection for the inbox."""

    def inbox(self, wanted: InboxFilter) -> list[Row]:
        """Return the stories of the inbox with the INBOX_FIELDS, section after section.

        The most urgent of a section come first, and of these the one with the newest report.
        """
        values = {"name": wanted.name, "since": wanted.since.timestamp()}
        found = {row["id"]: row for row in self._all(_SECTIONS, values)}
        work = self._all(_WORK, {"ids": json.dumps(list(found))})
        rows = [{**found[row["id"]], **row} for row in work if row["last"] is not None]
        rows.sort(key=_order)
        first = {row["id"]: row for row in rows[: wanted.limit]}
        stories = story_rows(self._all, list(first))
        shown = [{**decoded(story, STORY_COLUMNS), **first[story["id"]]} for story in stories]
        return glossed_stories(self._db, list(map(self._with_news, shown)))

    def activities(self, story: int) -> list[Row]:
        """Return who did what about a story, in order: `kind`, `by`, `reader`, `text`, `at`."""
        sql = "SELECT kind, by, reader, text, at FROM story_activities WHERE story = :story"
        return self._all(f"{sql} ORDER BY id", {"story": story})

    def status(self, story: int) -> Row | None:
        """Return the `state` of the work on a story, whose it is (`by`) and since when (`at`)."""
        sql = "SELECT state, name AS by, at FROM story_status WHERE story = :story"
        rows = self._all(sql, {"story": story})
        return rows[0] if rows else None

    def _with_news(self, row: Row) -> Row:
        values = {"id": row["id"], "since": row["since"] or 0.0}
        told = self._all(_NEWS, values) if row["since"] else []
        lines = [line for each in told for line in json.loads(each["news"])]
        count = self._all(_COUNT, values)[0]["n"] if row["since"] else 0
        full = {**row, "state": row["state"] or "new", "reports_since": count, "news": lines}
        return {name: full[name] for name in INBOX_FIELDS if name not in GLOSSES}


def _order(row: Row) -> tuple[int, int, float]:
    return SECTIONS.index(row["section"]), _URGENCY.get(row["severity"], 3), -row["last"]
