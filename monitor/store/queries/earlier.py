"""The stories that came before one at the same place, by the same act.

Place and act are those that most of a story's reports name, in headline or lead, as the term sets
found them (`article_features.sets`).
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.store.times import iso
from monitor.text.counts import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from monitor.store.queries.rows import Row

    Query = Callable[[str, dict[str, Any]], list[Row]]

_LISTED = 8  # earlier stories
_USUAL = 0.5  # share of a story's reports that name a place or an act of the story
_PLACES, _ACTORS, _ACTS = "place:", "actor:", "action:"

_SETS_OF_STORY = """
SELECT a.seen_at AS at, t.sets FROM articles a JOIN article_features t ON t.article_id = a.id
WHERE a.story_id = :story AND NOT t.roundup
"""
_ALIKE = """
SELECT a.story_id AS story, s.title, max(a.seen_at) AS last,
       sum(instr(t.sets, :place) AND instr(t.sets, :act)) AS naming, count(*) AS reports
FROM articles a JOIN article_features t ON t.article_id = a.id JOIN stories s ON s.id = a.story_id
WHERE a.story_id IN (
    SELECT b.story_id FROM articles b JOIN article_features u ON u.article_id = b.id
    WHERE b.seen_at < :before AND instr(u.sets, :place) AND instr(u.sets, :act))
AND a.story_id <> :story AND s.started_at < :before AND NOT t.roundup
GROUP BY a.story_id HAVING naming >= :usual * reports ORDER BY last DESC, a.story_id DESC
"""


def before(query: Query, story: int, now: datetime) -> Row | None:
    """Return the earlier stories of the same place and act, the latest first; None without both.

    Place and act are those that most of a story's reports name, the commonest of each; an actor
    stands for the place where none is named. `days_ago` is since the latest one's last report.
    """
    rows = query(_SETS_OF_STORY, {"story": story})
    place, act = _usual(rows)
    if not place or not act:
        return None
    begins = min(row["at"] for row in rows)
    values = {"place": json.dumps(place), "act": json.dumps(act), "story": story}
    found = query(_ALIKE, {**values, "before": begins, "usual": _USUAL})
    last = found[0]["last"] if found else None
    return {
        "place": place,
        "act": act,
        "stories": len(found),
        "days_ago": None if last is None else max(int((now.timestamp() - last) // 86_400), 0),
        "latest": [_earlier(row) for row in found[:_LISTED]],
    }


def _earlier(row: Row) -> Row:
    return {
        "id": row["story"],
        "title": row["title"],
        "last_at": iso(datetime.fromtimestamp(row["last"], UTC)),
    }


def _usual(rows: Sequence[Row]) -> tuple[str, str]:
    """Return the place (or else the actor) and the act of a story, "" for none."""
    counts = Counter(name for row in rows for name in json.loads(row["sets"]))
    usual = [name for name, count in counts.items() if count >= _USUAL * len(rows)]
    place = _commonest(usual, counts, _PLACES) or _commonest(usual, counts, _ACTORS)
    return place, _commonest(usual, counts, _ACTS)


def _commonest(names: Iterable[str], counts: Counter[str], kind: str) -> str:
    chosen = [name for name in names if name.startswith(kind)]
    return min(chosen, key=lambda name: (-counts[name], name), default="")


def in_one_line(earlier: Row) -> str:
    """Return earlier stories in words: `Kursk and attack: 3 stories, last 41 days ago`."""
    place, act = (earlier[name].partition(":")[2].replace("_", " ") for name in ("place", "act"))
    subject = f"{place} and {act}"
    if not earlier["stories"]:
        return f"{subject}: no story"
    days = counted(earlier["days_ago"], "day")
    return f"{subject}: {counted(earlier['stories'], 'story')}, last {days} ago"
