"""Glosses of headlines for lists: `gloss` and `machine_gloss` of rows, "" where there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from monitor.matching.terms.labels import gloss_line
from monitor.store.tables.gloss import machine_gloss, readers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.store.queries.rows import Row
    from monitor.store.tables.stories import Reads

GLOSSES = ("gloss", "machine_gloss")  # the keys of a row
_ARTICLES = """
SELECT a.id AS row, a.lang, v.title, g.terms
FROM articles a JOIN versions v ON v.id = a.version_id
LEFT JOIN article_gloss g ON g.article_id = a.id
WHERE a.id IN (SELECT value FROM json_each(?)) AND a.lang NOT IN (SELECT value FROM json_each(?))
"""
# A story's headline is that of one of its reports.
_STORIES = """
SELECT s.id AS row, a.lang, s.title, g.terms
FROM stories s JOIN articles a ON a.id = (
    SELECT b.id FROM articles b JOIN versions v ON v.id = b.version_id AND v.title = s.title
    WHERE b.story_id = s.id ORDER BY b.id LIMIT 1)
LEFT JOIN article_gloss g ON g.article_id = a.id
WHERE s.id IN (SELECT value FROM json_each(?)) AND a.lang NOT IN (SELECT value FROM json_each(?))
"""


def glossed_articles(db: Reads, rows: Sequence[Row]) -> list[Row]:
    """Return rows of articles, by `id`, with the glosses of their headlines."""
    return _glossed(db, _ARTICLES, rows)


def glossed_stories(db: Reads, rows: Sequence[Row]) -> list[Row]:
    """Return rows of stories, by `id`, with the glosses of their headlines."""
    return _glossed(db, _STORIES, rows)


def _glossed(db: Reads, sql: str, rows: Sequence[Row]) -> list[Row]:
    readers = readers_of(db)
    ids = json.dumps(list({row["id"] for row in rows}))
    found = dict(_lines(db, db.execute(sql, (ids, json.dumps(readers))), readers))
    none = dict.fromkeys(GLOSSES, "")
    return [{**row, **found.get(row["id"], none)} for row in rows]


def _lines(db: Reads, found: Iterable[Any], readers: Sequence[str]) -> Iterable[tuple[int, Row]]:
    for row, lang, title, terms in found:
        line = gloss_line(lang, json.loads(terms or "[]"), readers)
        machine = machine_gloss(db, title, lang, readers[0]) or ""
        yield row, {"gloss": line, "machine_gloss": machine}
