"""What readers say of alerts, in the database: one last word of each on each article."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor.errors import StoreError
from monitor.model import (
    SILENCED_FOR,
    Feedback,
    FeedbackKind,
    FeedbackResult,
    NotJudged,
    ReaderVerdict,
)
from monitor.store.tables.base import Table
from monitor.store.times import moment, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlite_utils import Database

    from monitor.store.tables.silences import SilenceTable

_MUTED_FOR = 7 * 86_400.0  # seconds that a story is muted for
_SOON = timedelta(minutes=1)  # a silence that ends so little earlier is the same

_COLUMNS = "SELECT id, article_id, story_id, topics, notice FROM alerts"
_BY_REF = f"{_COLUMNS} WHERE ref = ? ORDER BY id"
_BY_KEY = f"{_COLUMNS} WHERE message = ? UNION {_COLUMNS} WHERE key = ? ORDER BY id"
_BY_ID = f"{_COLUMNS} WHERE id = ?"
_ARTICLE = """
SELECT a.story_id, json_group_array(DISTINCT m.topic) AS topics,
       (SELECT min(l.id) FROM alerts l WHERE l.article_id = a.id) AS alert
FROM articles a JOIN matches m ON m.article_id = a.id AND m.reason = ''
WHERE a.id = ? GROUP BY a.id
"""
_KEEP = """
INSERT INTO feedback (article_id, alert_id, story_id, topics, reader, name, kind, said, at)
VALUES (:article, :alert, :story, :topics, :reader, :name, :kind, :said, :at)
ON CONFLICT (article_id, reader, kind)
DO UPDATE SET said = :said, at = :at, name = :name, alert_id = :alert, topics = :topics
"""
_VERDICTS = (
    "SELECT said, name, at FROM feedback WHERE article_id = ? AND said <> 'none' ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class _Judgeable:
    """An article, and the topics by which it came to a reader."""

    article: int
    alert: int | None
    story: int | None
    topics: tuple[str, ...]


class FeedbackTable(Table):
    """The part of a transaction that concerns what readers say."""

    def __init__(self, db: Database, silences: SilenceTable) -> None:
        super().__init__(db)
        self._silences = silences

    def record(self, feedback: Feedback, now: datetime) -> FeedbackResult:
        """Take in what a reader said of a message; once only, however often it is delivered.

        A message that is not known, or that cannot be judged, changes nothing; the result says so.
        """
        return self._take_in(self._judgeable(feedback), feedback, now)

    def judge_alert(self, alert_id: int, feedback: Feedback, now: datetime) -> FeedbackResult:
        """Take in what a reader said of an alert, by its id. Raises StoreError if there is none."""
        found = _one([_row(row) for row in self.db.execute(_BY_ID, (alert_id,))])
        if found is NotJudged.UNKNOWN:
            raise StoreError(f"there is no alert {alert_id}: `monitor alerts` lists them")
        return self._take_in(found, feedback, now)

    def judge_article(self, article_id: int, feedback: Feedback, now: datetime) -> FeedbackResult:
        """Take in what a reader said of an article. Raises StoreError unless it is a hit."""
        row = self.db.execute(_ARTICLE, (article_id,)).fetchone()
        if row is None:
            raise StoreError(f"article {article_id} hits no topic: `monitor hits` lists what does")
        story, topics, alert = row
        found = _Judgeable(article_id, alert, story, tuple(json.loads(topics)))
        return self._keep(found, feedback, now)

    def verdicts_on_alert(self, alert_id: int) -> tuple[ReaderVerdict, ...]:
        """Return what readers did with the article of an alert, for its message's edits."""
        row = self.db.execute("SELECT article_id FROM alerts WHERE id = ?", (alert_id,)).fetchone()
        return self.verdicts(row[0]) if row and row[0] is not None else ()

    def verdicts(self, article_id: int) -> tuple[ReaderVerdict, ...]:
        """Return what readers did with an article, in the order in which they first said so."""
        rows = self.db.execute(_VERDICTS, (article_id,))
        return tuple(ReaderVerdict(FeedbackKind(said), name, moment(at)) for said, name, at in rows)

    def _judgeable(self, feedback: Feedback) -> _Judgeable | NotJudged:
        """Return what a message told: by its reference, or by its key while it is being sent."""
        rows = [_row(row) for row in self.db.execute(_BY_REF, (feedback.ref,))]
        if not rows and feedback.key:
            keys = (feedback.key, feedback.key)
            rows = [_row(row) for row in self.db.execute(_BY_KEY, keys)]
        return _one(rows)

    def _take_in(
        self, found: _Judgeable | NotJudged, feedback: Feedback, now: datetime
    ) -> FeedbackResult:
        if isinstance(found, NotJudged):
            return FeedbackResult(found)
        return self._keep(found, feedback, now)

    def _keep(self, found: _Judgeable, feedback: Feedback, now: datetime) -> FeedbackResult:
        kind = "verdict" if feedback.said.is_verdict else str(feedback.said)
        before = self.db.execute(
            "SELECT said, at FROM feedback WHERE article_id = ? AND reader = ? AND kind = ?",
            (found.article, feedback.reader, kind),
        ).fetchone()
        said = FeedbackKind.NONE if feedback.takes_back else feedback.said
        if before and (
            before[1] >= seconds(feedback.at)  # delivered twice, or late
            or (feedback.takes_back and before[0] != feedback.said)
        ):
            return FeedbackResult(said, self.verdicts(found.article))
        values = {
            "article": found.article, "alert": found.alert, "story": found.story,
            "topics": json.dumps(found.topics), "reader": feedback.reader,
            "name": self._name(feedback), "kind": kind, "said": str(said),
            "at": seconds(feedback.at),
        }  # fmt: skip
        self.db.execute(_KEEP, values)
        self._quieten(found, feedback, now)
        return FeedbackResult(said, self.verdicts(found.article), changed=True)

    def _name(self, feedback: Feedback) -> str:
        """Return a reader's name: as told, as told before, or else the reader's id."""
        if feedback.name:
            return feedback.name
        id_ = feedback.reader.partition(":")[2]
        known = self.db.execute(
            "SELECT name FROM feedback WHERE reader = ? AND name <> ? ORDER BY at DESC LIMIT 1",
            (feedback.reader, id_),
        ).fetchone()
        return known[0] if known else id_

    def _quieten(self, found: _Judgeable, feedback: Feedback, now: datetime) -> None:
        """Mute the story or silence its topics where that is asked for and not so already."""
        active = [s for s in self._silences.active(now) if not s.term and not s.publisher]
        if feedback.said is FeedbackKind.MUTE and found.story:
            if found.story not in {silence.story for silence in active}:
                self._silences.silence_for(
                    _MUTED_FOR, now, story=found.story, by=self._name(feedback)
                )
        elif feedback.said is FeedbackKind.SILENCE:
            until = now + timedelta(seconds=SILENCED_FOR) - _SOON
            quiet = {s.topic for s in active if not s.story and s.ends_at >= until}
            for topic in found.topics:
                if topic not in quiet:
                    self._silences.silence_for(
                        SILENCED_FOR, now, topic=topic, by=self._name(feedback)
                    )


def _row(row: Any) -> dict[str, Any]:
    return dict(zip(("id", "article", "story", "topics", "notice"), row, strict=True))


def _one(rows: list[dict[str, Any]]) -> _Judgeable | NotJudged:
    """Return the story that a message's alerts told, or why there is none to judge."""
    if not rows:
        return NotJudged.UNKNOWN
    if any(row["notice"] for row in rows):
        return NotJudged.NOTICE
    if len({row["story"] for row in rows}) > 1:
        return NotJudged.SEVERAL
    first = next((row for row in rows if row["article"] is not None), None)
    if first is None:
        return NotJudged.PRUNED
    return _Judgeable(first["article"], first["id"], first["story"], tuple(_topics(rows)))


def _topics(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield from dict.fromkeys(topic for row in rows for topic in json.loads(row["topics"]))
