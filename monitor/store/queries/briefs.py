"""What a brief is made of: the stories with a report in a time, as they were before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.store.queries.reader import Reader
from monitor.store.tables.stories import state_of

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.stories.state import StoryState

_STORIES = """
SELECT a.story_id AS story, count(*) AS reports FROM articles a
WHERE a.story_id IS NOT NULL AND a.seen_at >= :since AND a.seen_at < :until
GROUP BY a.story_id ORDER BY a.story_id
"""
_REPORTS = """
SELECT a.id, v.title, a.link AS url, a.publisher, a.lang, f.kind, f.country, a.seen_at AS seen,
       t.copy_of, v.text
FROM articles a JOIN versions v ON v.id = a.version_id JOIN feeds f ON f.id = a.feed_id
LEFT JOIN article_features t ON t.article_id = a.id
WHERE a.story_id = :story AND a.seen_at < :until ORDER BY a.seen_at, a.id LIMIT 200
"""


class StoryPeriod(NamedTuple):
    """A story `before` a time and `after` it (None where it had not begun), with its reports.

    `new_reports` is how many came in that time. A report is a row with the title, text, url,
    publisher, lang, kind, country, seen (seconds) and copy_of of an article.
    """

    before: StoryState | None
    after: StoryState
    new_reports: int
    reports: list[dict[str, Any]]


class BriefReader(Reader):
    """A read-only connection for briefs."""

    def periods(self, since: datetime, until: datetime) -> list[StoryPeriod]:
        """Return the stories with a report seen from `since` to before `until`, by their ids."""
        times = {"since": since.timestamp(), "until": until.timestamp()}
        found = []
        for row in self._all(_STORIES, times):
            before = state_of(self._db, row["story"], until=since)
            after = state_of(self._db, row["story"], until=until)
            if after is None:
                continue
            reports = self._all(_REPORTS, {"story": row["story"], "until": times["until"]})
            begun = before is None or not before.articles
            found.append(StoryPeriod(None if begun else before, after, row["reports"], reports))
        return found
