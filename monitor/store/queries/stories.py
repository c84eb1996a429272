"""Stories for commands: a list, and one story with its articles and the reasons for each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from monitor.store.queries.earlier import before
from monitor.store.queries.gloss import GLOSSES, glossed_articles, glossed_stories
from monitor.store.queries.reader import Reader
from monitor.store.queries.timeline import history
from monitor.store.tables.belief import belief
from monitor.store.tables.gloss import readers_of
from monitor.store.tables.stories import state_of
from monitor.store.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from monitor.store.queries.rows import Row
    from monitor.store.queries.timeline import Subject
    from monitor.stories.state import StoryState

    Query = Callable[[str, dict[str, Any]], list[Row]]

STORY_COLUMNS = (
    "id", "title", "topics", "articles", "publishers", "independent", "langs", "started_at",
    "last_at",
)  # fmt: skip
STORY_FIELDS = (*STORY_COLUMNS, *GLOSSES)
_JSON = frozenset({"topics", "langs", "why", "sets"})  # columns that hold JSON
_TIMES = frozenset({"started_at", "last_at", "first_seen_at", "seen_at"})
# The + keeps SQLite from walking an index by story, for which it would read every article.
_FOUND = """
SELECT story_id AS id, max(seen_at) AS last FROM articles
WHERE story_id IS NOT NULL AND seen_at >= :since{conditions} GROUP BY +story_id
"""
_CONDITIONS = {
    "topic": """ AND story_id IN (
    SELECT a.story_id FROM matches m CROSS JOIN articles a ON a.id = m.article_id
    WHERE m.reason = '' AND m.topic = :topic COLLATE NOCASE)""",
    "until": " AND story_id IN (SELECT id FROM stories WHERE started_at < :until)",
    "publishers": """ AND story_id IN (
    SELECT story_id FROM articles WHERE story_id IS NOT NULL
    GROUP BY story_id HAVING count(DISTINCT publisher) >= :publishers)""",
}
_LISTED = "SELECT * FROM story_list WHERE id IN ({ids})"
_AT_ONCE = 5_000  # ids in one statement, whose length has a limit


@dataclass(frozen=True, slots=True)
class StoryFilter:
    """Conditions of a list of stories; None and "" set no condition.

    `since` and `until` compare with the time at which articles were seen, not published.
    """

    topic: str = ""
    since: datetime | None = None
    until: datetime | None = None
    publishers: int = 1
    limit: int = 50


class StoryReader(Reader):
    """A read-only connection for stories."""

    def stories(self, wanted: StoryFilter) -> list[Row]:
        """Return stories with the STORY_FIELDS, the one with the newest article first.

        `independent` counts the publishers with a text of their own.
        """
        sql = f"{_found(wanted)} ORDER BY last DESC, id DESC LIMIT :limit"
        ids = [row["id"] for row in self._all(sql, _values(wanted))]
        rows = [decoded(row, STORY_COLUMNS) for row in story_rows(self._all, ids)]
        return glossed_stories(self._db, rows)

    def story_count(self, wanted: StoryFilter) -> int:
        """Return the number of stories that a filter finds, without its limit."""
        sql = f"SELECT count(*) AS stories FROM ({_found(wanted)})"
        return int(self._all(sql, _values(wanted))[0]["stories"])

    def story(self, story_id: int) -> Row | None:
        """Return a story with its state and its articles (`reports`), None if there is none."""
        state = state_of(self._db, story_id)
        if state is None:
            return None
        rows = self._all(
            "SELECT * FROM story_articles WHERE story = :story ORDER BY id", {"story": story_id}
        )
        articles = [decoded(row, row) for row in rows]
        lang = readers_of(self._db)[0]
        [story] = glossed_stories(self._db, [{**_plain(state), **belief(self._db, state, lang)}])
        return {**story, "reports": glossed_articles(self._db, articles)}

    def before(self, story_id: int, now: datetime) -> Row | None:
        """Return the earlier stories of the same place and act, see `store.queries.earlier`."""
        return before(self._all, story_id, now)

    def history(self, subject: Subject, since: datetime, until: datetime) -> Row:
        """Return the timeline of a subject, see `store.queries.timeline`."""
        return history(self._all, subject, since, until)

    def merged_into(self, story_id: int) -> int | None:
        """Return the story that a reader merged another one into, None for none."""
        rows = self._all(
            "SELECT story_id FROM story_edits WHERE kind = 'merge' AND other_id = :story"
            " ORDER BY id DESC LIMIT 1",
            {"story": story_id},
        )
        return int(rows[0]["story_id"]) if rows else None


def story_rows(query: Query, ids: Sequence[int]) -> list[Row]:
    """Return the rows of `story_list` with these ids, in their order.

    The ids stand in the statement, since a view that groups is looked through for all others.
    """
    found: dict[int, Row] = {}
    for start in range(0, len(ids), _AT_ONCE):
        written = ", ".join(map(str, ids[start : start + _AT_ONCE]))
        found |= {row["id"]: row for row in query(_LISTED.format(ids=written), {})}
    return [found[each] for each in ids if each in found]


def _found(wanted: StoryFilter) -> str:
    """Return the query for the ids of stories, each with the time of its last report."""
    given = {"topic": wanted.topic, "until": wanted.until, "publishers": wanted.publishers > 1}
    conditions = [condition for name, condition in _CONDITIONS.items() if given[name]]
    return _FOUND.format(conditions="".join(conditions))


def _values(wanted: StoryFilter) -> Row:
    return {
        **asdict(wanted),
        "since": wanted.since.timestamp() if wanted.since else 0.0,
        "until": wanted.until.timestamp() if wanted.until else None,
    }


def decoded(row: Row, names: Iterable[str]) -> Row:
    """Return the named columns of a row, those that hold JSON as lists and dicts."""
    return {name: _value(name, row[name]) for name in names}


def _value(name: str, value: Any) -> Any:
    return json.loads(value) if name in _JSON and value else value


def _plain(state: StoryState) -> Row:
    """Return a story as plain values: times in ISO 8601 (UTC)."""
    values = asdict(state)
    for row in (values, *values["publisher_reports"], *values["figures"]):
        for name in _TIMES & row.keys():
            row[name] = iso(row[name])
    return values
