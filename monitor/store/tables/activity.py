"""What people do about stories, in an append-only table; first messages are edited to say so."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from monitor.errors import InputError
from monitor.model import (
    LONGEST_NOTE,
    PROGRAM,
    Activity,
    ActivityKind,
    NotJudged,
    StoryStatus,
    WorkState,
)
from monitor.store.tables.base import Table
from monitor.store.times import moment, seconds
from monitor.text.normalize import clean, shorten

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from monitor.store.tables.enqueue import AlertTable

_LONGEST_NAME = 80  # characters
_JUDGED = re.compile(r"[1-6] \s*\S")
_ADD = """
INSERT INTO story_activity (story_id, kind, text, reader, name, at, key)
VALUES (:story, :kind, :text, :reader, :name, :at, :key)
ON CONFLICT (key) WHERE key <> '' DO NOTHING
"""
# What was told in a message; while it is being sent, its key alone is known.
_OF_MESSAGE = """
SELECT DISTINCT story_id, notice IS NOT NULL FROM alerts WHERE ref = :ref
UNION SELECT story_id, notice IS NOT NULL FROM alerts WHERE :key <> '' AND message = :key
"""
_NAMED = """
SELECT name FROM story_activity WHERE reader = :reader AND name <> :id
UNION ALL SELECT name FROM feedback WHERE reader = :reader AND name <> :id LIMIT 1
"""
_WITH_NOTHING_TOLD = frozenset(
    {
        ActivityKind.NOTE,
        ActivityKind.FOLLOW,
        ActivityKind.UNFOLLOW,
        ActivityKind.CREDIBILITY,
        ActivityKind.JOIN,
    }
)
# Critical stories that were alerted on long enough ago, and that nobody has done anything about.
_UNTAKEN = """
SELECT a.story_id, min(a.article_id), json_group_array(DISTINCT t.value)
FROM alerts a, json_each(a.topics) t
WHERE a.severity = 'critical' AND a.state IN ('pending', 'sent', 'digested', 'failed')
AND a.created_at >= :since AND a.article_id IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM story_activity s WHERE s.story_id = a.story_id
                AND s.kind IN ('take', 'assign', 'done', 'dismiss', 'escalate'))
GROUP BY a.story_id HAVING min(a.created_at) <= :until
"""


class ActivityTable(Table):
    """The part of a transaction that concerns the work on stories."""

    def __init__(self, db: Database, alerts: AlertTable) -> None:
        super().__init__(db)
        self._alerts = alerts

    def add(self, story: int, activity: Activity, now: datetime) -> StoryStatus | None:
        """Add an activity and return the story's status before it, None where nobody worked on it.

        The story's first messages are edited where they say the status. Raises InputError for a
        story that is not there, and for a note or an assignment without a text.
        """
        self._refuse_unknown(story)
        checked = self._checked(activity)
        before = status_of(self.db, story)
        values = {
            "story": story, "kind": str(checked.kind), "text": checked.text,
            "reader": checked.reader, "name": checked.name, "at": seconds(checked.at),
            "key": checked.key,
        }  # fmt: skip
        added = self.db.execute(_ADD, values)
        if added.rowcount and checked.kind not in _WITH_NOTHING_TOLD:
            self.edit_messages(story, now)
        return before

    def add_to_message(
        self, ref: str, key: str, activity: Activity, now: datetime
    ) -> StoryStatus | NotJudged | None:
        """Add an activity to the story that a message told, as `add` does; or say why not."""
        rows = self.db.execute(_OF_MESSAGE, {"ref": ref, "key": key}).fetchall()
        stories = {story for story, _ in rows}
        if not rows:
            return NotJudged.UNKNOWN
        if any(is_notice for _, is_notice in rows):
            return NotJudged.NOTICE
        if len(stories) > 1:
            return NotJudged.SEVERAL
        return self.add(stories.pop(), activity, now)

    def reopen(self, story: int, reason: str, now: datetime) -> StoryStatus | None:
        """Reopen a closed story in the program's name; return its status before, None if open."""
        before = status_of(self.db, story)
        if before is None or not before.state.is_closed:
            return None
        self.add(story, Activity(ActivityKind.REOPEN, PROGRAM, PROGRAM, now, reason), now)
        return before

    def untaken(self, since: datetime, until: datetime) -> list[tuple[int, int, str]]:
        """Return critical stories that nobody took: (story, article, JSON of its topics).

        Their first alert was made from `since` to `until`, and they were not escalated yet.
        """
        values = {"since": seconds(since), "until": seconds(until)}
        return [tuple(row) for row in self.db.execute(_UNTAKEN, values)]

    def _checked(self, activity: Activity) -> Activity:
        text = activity.text.strip()
        if not text and activity.kind is ActivityKind.NOTE:
            raise InputError("a note needs a text")
        if not text and activity.kind is ActivityKind.ASSIGN:
            raise InputError("name the person to assign the story to")
        if activity.kind is ActivityKind.CREDIBILITY and not _JUDGED.match(text):
            raise InputError("a credibility is 1 to 6, with a note that says why")
        longest = _LONGEST_NAME if activity.kind is ActivityKind.ASSIGN else LONGEST_NOTE
        name = activity.name or self._name(activity.reader)
        return replace(activity, text=_cut(text, longest), name=_cut(name, _LONGEST_NAME))

    def _name(self, reader: str) -> str:
        id_ = reader.partition(":")[2]
        known = self.db.execute(_NAMED, {"reader": reader, "id": id_}).fetchone()
        return str(known[0]) if known else id_

    def _refuse_unknown(self, story: int) -> None:
        known = "SELECT 1 FROM articles WHERE story_id = :story UNION ALL SELECT 1 FROM alerts"
        row = self.db.execute(f"{known} WHERE story_id = :story LIMIT 1", {"story": story})
        if row.fetchone() is None:
            raise InputError(f"there is no story {story}: `monitor stories` lists them")

    def edit_messages(self, story: int, now: datetime) -> None:
        """Have the first messages of a story edited: what they say of it may have changed."""
        sent = "SELECT DISTINCT channel FROM alerts WHERE story_id = ? AND notice IS NULL"
        for (channel,) in self.db.execute(sent, (story,)).fetchall():
            self._alerts.edit_first(story, channel, now)


def status_of(db: Database, story: int) -> StoryStatus | None:
    """Return the state of the work on a story, None where nobody worked on it."""
    sql = "SELECT state, name, since FROM story_status WHERE story = ?"
    row: Any = db.execute(sql, (story,)).fetchone()
    return StoryStatus(WorkState(row[0]), row[1], moment(row[2])) if row else None


def _cut(text: str, longest: int) -> str:
    """Return a text of at most `longest` characters, without control characters; lines stay."""
    return shorten("\n".join(map(clean, text[: 2 * longest].splitlines())), longest)
