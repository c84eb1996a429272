"""Stories in the database: which article continues which, and what they have told."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from monitor.model import PublisherReport
from monitor.store.tables.base import Table
from monitor.store.tables.story_index import StoryIndexTable
from monitor.store.times import moment, seconds
from monitor.stories import Headline, StoredFeatures, StoryBefore
from monitor.stories.near_duplicates import CarriedArticle, independent
from monitor.stories.state import ReportedFigure, StoryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from monitor.model import Figure, StoryFeatures
    from monitor.stories import Continuation

_STORY = """
SELECT s.title, s.started_at, coalesce(max(a.seen_at), s.started_at), count(a.id)
FROM stories s LEFT JOIN articles a ON a.story_id = s.id AND a.id <> :without AND a.seen_at < :until
WHERE s.id = :story GROUP BY s.id
"""
_TOPICS = """
SELECT DISTINCT m.topic FROM articles a JOIN matches m ON m.article_id = a.id
WHERE a.story_id = :story AND a.id <> :without AND a.seen_at < :until AND m.reason = ''
ORDER BY m.topic
"""
# The first articles of each publisher tell whether any is its own; later ones change no count, and
# a story may have thousands.
_CARRIED = """
WITH carried AS (
    SELECT id, publisher, kind, country, at,
        row_number() OVER (PARTITION BY publisher ORDER BY at, id) AS nth
    FROM (
        SELECT a.id, e.publisher, f.kind, f.country,
            min(min(e.first_seen_at, coalesce(a.published_at, e.first_seen_at))) AS at
        FROM articles a JOIN entries e ON e.article_id = a.id JOIN feeds f ON f.id = e.feed_id
        WHERE a.story_id = :story AND a.id <> :without AND a.seen_at < :until AND e.publisher <> ''
        GROUP BY a.id, e.publisher
    )
)
SELECT c.publisher, c.kind, c.country, c.at, t.signature, t.credited
FROM (SELECT * FROM carried WHERE nth <= 3 ORDER BY nth, at, id LIMIT 200) c
LEFT JOIN article_features t ON t.article_id = c.id
"""
_FIGURES = """
SELECT g.value, g.unit, g.said_by, a.id, a.publisher, a.seen_at, g.approx, g.label,
       min(g.id) AS first
FROM articles a JOIN figures g ON g.article_id = a.id
WHERE a.story_id = :story AND a.id <> :without AND a.seen_at < :until
GROUP BY g.unit, g.label, g.value, g.approx, g.said_by, a.publisher ORDER BY first
"""
_SETS = """
SELECT DISTINCT j.value
FROM articles a JOIN article_features t ON t.article_id = a.id, json_each(t.sets) j
WHERE a.story_id = :story AND a.id <> :without AND a.seen_at < :until ORDER BY j.value
"""
_ORIGINALS = """
SELECT a.id, t.signature FROM articles a JOIN article_features t ON t.article_id = a.id
WHERE a.story_id = ? AND t.copy_of IS NULL AND t.signature <> x'' ORDER BY a.id DESC LIMIT ?
"""
# The first report, whose language the story's headline has, and the last ones.
_REPORTS = """
SELECT a.id, v.title, a.lang, a.publisher, t.sets FROM articles a
JOIN article_features t ON t.article_id = a.id JOIN versions v ON v.id = a.version_id
WHERE a.story_id = :story AND t.copy_of IS NULL AND NOT t.roundup
"""
_HEADLINES = f"""
SELECT * FROM ({_REPORTS} ORDER BY a.id LIMIT 1)
UNION SELECT * FROM ({_REPORTS} ORDER BY a.id DESC LIMIT :most) ORDER BY 1
"""
_MOST_HEADLINES = 30
_TITLED_BY = """
SELECT a.id FROM stories s JOIN articles a ON a.story_id = s.id
JOIN versions v ON v.id = a.version_id AND v.title = s.title
WHERE s.id = ? ORDER BY a.id LIMIT 1
"""
_LATER = 1e12  # seconds: no article was seen so late
_MOST_COPIES = 100  # articles of a story with which a new one is compared, the newest
_KINDS = {
    "actor": "actors", "place": "places", "weapon": "weapons", "action": "actions",
    "other": "others", "target": "others", "turn": "turns",
}  # fmt: skip


class Reads(Protocol):
    """A connection that reads; sqlite-utils' and the standard library's are two."""

    def execute(self, sql: str, parameters: Any, /) -> Any:
        """Run a query."""
        ...


def state_of(
    db: Reads, story_id: int, without: int = 0, until: datetime | None = None
) -> StoryState | None:
    """Return a story as it stands, None where there is none; see `StoryTable.state`.

    With `until` only articles count that were seen before.
    """
    values = {"story": story_id, "without": without, "until": seconds(until) if until else _LATER}
    row = db.execute(_STORY, values).fetchone()
    if row is None:
        return None
    title, started_at, last_at, articles = row
    return StoryState(
        id=story_id,
        title=title,
        started_at=moment(started_at),
        last_at=moment(last_at),
        topics=tuple(topic for (topic,) in db.execute(_TOPICS, values)),
        articles=articles,
        publisher_reports=independent(map(_carried, db.execute(_CARRIED, values))),
        figures=tuple(map(_figure, db.execute(_FIGURES, values))),
        **_sets(name for (name,) in db.execute(_SETS, values)),
    )


def _carried(row: Any) -> CarriedArticle:
    publisher, kind, country, seen_at, signature, credited = row
    report = PublisherReport(publisher, kind, country, moment(seen_at))
    return CarriedArticle(report, signature or b"", credited or "")


def _figure(row: Any) -> ReportedFigure:
    value, unit, said_by, article, publisher, seen_at, approx, label, _ = row
    return ReportedFigure(value, unit, said_by, article, publisher, moment(seen_at), approx, label)


@lru_cache(maxsize=512)  # the reports of a story are read again with each new one
def _names(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))


def _sets(entities: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS.values()}
    for kind, _, name in (entity.partition(":") for entity in entities):
        if kind in _KINDS:
            found[_KINDS[kind]].append(name)
    return {kind: tuple(names) for kind, names in found.items()}


class StoryTable(Table):
    """The part of a transaction that concerns stories; `index` is where they are looked up."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.index = StoryIndexTable(db)

    def state(self, story_id: int, *, without: int = 0) -> StoryState:
        """Return a story as it stands; `without` leaves one of its articles (by id) out.

        So what an article brings is what the story has with it and had not without it. Raises
        LookupError where there is no such story.
        """
        state = state_of(self.db, story_id, without)
        if state is None:
            raise LookupError(story_id)
        return state

    def of_article(self, article_id: int) -> int | None:
        """Return the story that an article is part of, if any."""
        row = self.db.execute(
            "SELECT story_id FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return row[0] if row else None

    # ── into which an article goes ────────────────────────────────────────────────────────────

    def before(self, story_id: int | None, features: StoryFeatures) -> StoryBefore:
        """Return what is stored of a story that an article continues; None stands for a new one.

        Other texts are read only for an article with one that can be compared.
        """
        if story_id is None:
            [free] = self.db.execute("SELECT coalesce(max(id), 0) + 1 FROM stories").fetchone()
            return StoryBefore(free, begins=True)
        return StoryBefore(
            story_id,
            title=self.title(story_id),
            headlines=self._headlines(story_id),
            originals=self.db.execute(_ORIGINALS, (story_id, _MOST_COPIES)).fetchall()
            if features.signature
            else (),
            profile=self.index.profile(story_id),
        )

    def title(self, story_id: int) -> str:
        """Return the headline of a story."""
        row = self.db.execute("SELECT title FROM stories WHERE id = ?", (story_id,)).fetchone()
        return str(row[0])

    def _headlines(self, story_id: int) -> tuple[Headline, ...]:
        values = {"story": story_id, "most": _MOST_HEADLINES}
        return tuple(
            Headline(title, lang, publisher, _names(sets))
            for _, title, lang, publisher, sets in self.db.execute(_HEADLINES, values)
        )

    def titled_by(self, story_id: int) -> int | None:
        """Return the article whose headline the story has, None where none has it any more."""
        row = self.db.execute(_TITLED_BY, (story_id,)).fetchone()
        return int(row[0]) if row else None

    def continue_with(self, article_id: int, continuation: Continuation, now: datetime) -> None:
        """Write what a story becomes with an article."""
        story_id, before = continuation.before.story, continuation.before
        if before.begins:
            self.add(continuation.title, now, story_id)
        elif continuation.title != before.title:
            self.db.execute(
                "UPDATE stories SET title = ? WHERE id = ?", (continuation.title, story_id)
            )
        self._insert_features(article_id, continuation)
        self.put(article_id, story_id)
        self.index.save(continuation.profile, before.profile, now)
        self.index.count(continuation.new, before.profile, now)
        self.index.forget(now)

    def _insert_features(self, article_id: int, continuation: Continuation) -> None:
        """Store what an article told, and whose text it is."""
        features = continuation.new.story_features
        self.db.execute(
            "INSERT OR REPLACE INTO article_features"
            " (article_id, sets, signature, credited, copy_of, roundup, why)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                article_id,
                json.dumps(continuation.sets),
                features.signature,
                features.credited,
                continuation.copy_of,
                features.roundup,
                json.dumps(continuation.why, ensure_ascii=False),
            ),
        )
        self._add_figures(article_id, features.figures)

    def features_of(self, article_id: int) -> StoredFeatures | None:
        """Return the stored features of an article, None for an article without a hit."""
        row = self.db.execute(
            "SELECT sets FROM article_features WHERE article_id = ?", (article_id,)
        ).fetchone()
        if row is None:
            return None
        figures = self.db.execute(
            "SELECT value, unit FROM figures WHERE article_id = ?", (article_id,)
        )
        return StoredFeatures(frozenset(json.loads(row[0])), frozenset(figures.fetchall()))

    def add_features(self, article_id: int, sets: Sequence[str], figures: Iterable[Figure]) -> None:
        """Store the term sets that an article told so far, and more figures."""
        self.db.execute(
            "UPDATE article_features SET sets = ? WHERE article_id = ?",
            (json.dumps(sets), article_id),
        )
        self._add_figures(article_id, figures)

    def _add_figures(self, article_id: int, figures: Iterable[Figure]) -> None:
        self.db.conn.executemany(
            "INSERT INTO figures (article_id, value, unit, approx, said_by, label)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(article_id, f.value, f.unit, f.approx, f.said_by, f.label) for f in figures],
        )

    def add(self, title: str, now: datetime, story_id: int | None = None) -> int:
        """Begin a story, under the next free number if no other is given; return the number."""
        row_id = self.db.execute(
            "INSERT INTO stories (id, title, started_at) VALUES (?, ?, ?)",
            (story_id, title, seconds(now)),
        ).lastrowid
        assert row_id is not None  # noqa: S101 - an INSERT that succeeded has one
        return row_id

    def put(self, article_id: int, story_id: int) -> None:
        """Make an article part of a story."""
        self.db.execute("UPDATE articles SET story_id = ? WHERE id = ?", (story_id, article_id))
