"""The history of a topic, a term set or words: volume, silences and peaks with their headlines.

The history is that of hits: they are kept for years, other articles for weeks. A term set is looked
up as it was found when an article was matched (`article_features.sets`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from monitor.store.queries.hit_filter import HAS_WORDS
from monitor.store.times import iso
from monitor.stories.timeline import StoryReport, timeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monitor.store.queries.rows import Row
    from monitor.stories.timeline import Timeline

    Query = Callable[[str, dict[str, Any]], list[Row]]

STEP_FIELDS = ("day", "days", "reports", "stories")
_HITS = """
SELECT a.seen_at AS at, a.story_id AS story FROM articles a
WHERE a.story_id IS NOT NULL AND a.seen_at < :until AND {conditions}
"""
# The + keeps an index of times alone in use, which is quicker than a look at each article.
_OF_TOPIC = """+a.id IN (SELECT article_id FROM matches WHERE reason = ''
    AND topic = :topic COLLATE NOCASE)"""
_OF_WORDS = f"""a.id IN (SELECT article_id FROM matches WHERE reason = '' AND {HAS_WORDS})"""
# Beyond a few names one walk over the lists of all reports is quicker than a look for each name.
_OF_SETS = """a.id IN (SELECT t.article_id FROM article_features t WHERE {named})"""
_NAMED = "instr(t.sets, :set{number})"
_ANY_OF = (
    "EXISTS (SELECT 1 FROM json_each(t.sets) WHERE value IN (SELECT value FROM json_each(:all)))"
)
_FEW = 8
_TITLES = "SELECT id, title FROM stories WHERE id IN (SELECT value FROM json_each(:ids))"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a history is of: a topic's id, words, or term sets as they are stored (`place:kursk`).

    All that are given must fit. `name` is the subject as it was asked for.
    """

    name: str
    topic: str = ""
    words: str = ""  # a query of the full-text index
    sets: tuple[str, ...] = ()
    terms: str = ""  # a query for the terms of sets that are not stored; either may fit


def history(query: Query, subject: Subject, since: datetime, until: datetime) -> Row:
    """Return the timeline of a subject as plain values; its peaks have their headlines."""
    conditions, values = _conditions(subject)
    values["until"] = until.timestamp()
    rows = query(_HITS.format(conditions=conditions), values)
    found = timeline((StoryReport(row["at"], row["story"]) for row in rows), since, until)
    ids = json.dumps([peak.story for peak in found.peaks])
    titles = {row["id"]: row["title"] for row in query(_TITLES, {"ids": ids})}
    return {"of": subject.name, **_plain(found, titles)}


def _conditions(subject: Subject) -> tuple[str, dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if subject.topic:
        conditions.append(_OF_TOPIC)
        values["topic"] = subject.topic
    if subject.words:
        conditions.append(_OF_WORDS)
        values["words"] = subject.words
    if subject.sets or subject.terms:
        named, sought = _named(subject)
        conditions.append(named)
        values |= sought
    return " AND ".join(conditions) or "1", values


def _named(subject: Subject) -> tuple[str, dict[str, str]]:
    """Return the condition of an article that names one of the sets."""
    ways, values = [], {"all": json.dumps(subject.sets), "terms": subject.terms}
    if len(subject.sets) > _FEW:
        ways.append(_OF_SETS.format(named=_ANY_OF))
    elif subject.sets:
        looks = [_NAMED.format(number=number) for number in range(len(subject.sets))]
        values |= {f"set{n}": json.dumps(name) for n, name in enumerate(subject.sets)}
        ways.append(_OF_SETS.format(named=" OR ".join(looks)))
    if subject.terms:
        ways.append(_OF_WORDS.replace(":words", ":terms"))
    return f"({' OR '.join(ways)})", values


def _plain(found: Timeline, titles: dict[int, str]) -> Row:
    """Return a timeline as plain values: times in ISO 8601 (UTC)."""
    values = asdict(found)
    for name in ("since", "until", "first_at", "last_at"):
        values[name] = values[name] and iso(values[name])
    if silence := values["silence"]:
        silence["days"] = round((silence["until"] - silence["since"]).total_seconds() / 86_400, 1)
        silence["since"], silence["until"] = iso(silence["since"]), iso(silence["until"])
    for step in values["steps"]:
        step["day"] = step["day"].isoformat()
    for peak in values["peaks"]:
        peak["day"] = peak["day"].isoformat()
        peak["headline"] = titles.get(peak["story"], "")
    return values
