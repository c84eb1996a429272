"""Stories for commands: as a list, and one with its articles and why they are in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from monitor.store.queries.reader import Reader, Row
from monitor.store.tables.stories import state_of

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model import StoryState

STORY_FIELDS = (
    "id", "title", "topics", "articles", "publishers", "independent", "langs", "started_at",
    "last_at",
)  # fmt: skip
_LIST = """
SELECT * FROM story_list WHERE (:topic = '' OR EXISTS (
    SELECT 1 FROM json_each(topics) WHERE value = :topic COLLATE NOCASE))
AND last >= :since AND started < :until AND publishers >= :publishers
ORDER BY last DESC, id DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class StoryFilter:
    """Which stories to list; None and "" ask for nothing. Times go by when we saw articles."""

    topic: str = ""
    since: datetime | None = None
    until: datetime | None = None
    publishers: int = 1
    limit: int = 50


class StoryReader(Reader):
    """A read-only connection for stories."""

    def stories(self, wanted: StoryFilter) -> list[Row]:
        """Return stories, the last to go on first.

        `independent` counts publishers with a text of their own.
        """
        values = {
            **asdict(wanted),
            "since": wanted.since.timestamp() if wanted.since else 0.0,
            "until": wanted.until.timestamp() if wanted.until else 1e12,
        }
        return [
            {name: _lists(name, row[name]) for name in STORY_FIELDS}
            for row in self._all(_LIST, values)
        ]

    def story(self, story_id: int) -> Row | None:
        """Return a story with everything known of it, or None."""
        state = state_of(self._db, story_id)
        if state is None:
            return None
        rows = self._all(
            "SELECT * FROM story_articles WHERE story = :story ORDER BY id", {"story": story_id}
        )
        articles = [{name: _lists(name, value) for name, value in row.items()} for row in rows]
        return {**_values(state), "reports": articles}


def _lists(name: str, value: Any) -> Any:
    return json.loads(value) if name in {"topics", "langs", "why", "sets"} and value else value


def _values(state: StoryState) -> Row:
    """Return a story as plain values: times in ISO 8601."""
    values = asdict(state)
    for row in (values, *values["publisher_reports"], *values["figures"]):
        for name in ("started_at", "last_at", "first_seen_at", "seen_at"):
            if name in row:
                row[name] = row[name].strftime("%Y-%m-%dT%H:%M:%SZ")
    return values
