"""What a brief is made of: the stories with a report in a time, as they were before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.store.queries.gloss import GLOSSES, glossed_stories
from monitor.store.queries.reader import Reader
from monitor.store.tables.belief import belief
from monitor.store.tables.gloss import readers_of
from monitor.store.tables.stories import state_of

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.store.queries.rows import Row
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


_NOTES = """
SELECT name AS by, substr(text, length(:mark) + 1) AS text FROM story_activity
WHERE story_id = :story AND kind = 'note' AND text LIKE :mark || '%'
AND at >= :since AND at < :until ORDER BY id
"""
MARK = "brief:"  # before the text of a note that is meant for the brief


class StoryPeriod(NamedTuple):
    """A story `before` a time and `after` it (None where it had not begun), with its reports.

    `new_reports` is how many came in that time. A report is a row with the title, text, url,
    publisher, lang, kind, country, seen (seconds) and copy_of of an article. `notes` are those of
    that time that are marked for the brief, with `by` and `text`; `credibility` is as `belief` has
    it; `glosses` tell the headline in the readers' language.
    """

    before: StoryState | None
    after: StoryState
    new_reports: int
    reports: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    credibility: dict[str, Any]
    glosses: tuple[str, ...]


class BriefReader(Reader):
    """A read-only connection for briefs."""

    def periods(self, since: datetime, until: datetime) -> list[StoryPeriod]:
        """Return the stories with a report seen from `since` to before `until`, by their ids."""
        times = {"since": since.timestamp(), "until": until.timestamp()}
        found = []
        for row in self._all(_STORIES, times):
            values = {**times, "story": row["story"], "mark": MARK}
            before = state_of(self._db, row["story"], until=since)
            if after := state_of(self._db, row["story"], until=until):
                begun = before is None or not before.articles
                period = self._period(None if begun else before, after, values)
                found.append(period._replace(new_reports=row["reports"]))
        return found

    def _period(self, before: StoryState | None, after: StoryState, values: Row) -> StoryPeriod:
        lang = readers_of(self._db)[0]
        [glossed] = glossed_stories(self._db, [{"id": after.id}])
        return StoryPeriod(
            before,
            after,
            0,
            self._all(_REPORTS, values),
            self._all(_NOTES, values),
            belief(self._db, after, lang)["credibility"],
            tuple(filter(None, (glossed[name] for name in GLOSSES))),
        )
