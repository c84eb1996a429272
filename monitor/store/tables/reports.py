"""What alerts have to tell: articles and their stories as reports, and notices."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any

from monitor.alerts.updates import figure_lines
from monitor.model import AlertItem, Evidence, Notice, Severity, StoryState
from monitor.store.tables.base import Table
from monitor.store.times import moment
from monitor.text.excerpt import excerpt
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from monitor.store.tables.stories import StoryTable

Row = dict[str, Any]

# The text is that of the version which hit; the last title is the one that readers see now.
_REPORT = """
SELECT v.id, v.title, v.text, a.link, a.publisher, coalesce(a.published_at, a.seen_at), a.lang,
       m.evidence, (SELECT title FROM versions WHERE id = a.version_id)
FROM articles a
JOIN matches m ON m.article_id = a.id AND m.reason = ''
    AND m.topic IN (SELECT value FROM json_each(:topics))
JOIN versions v ON v.id = m.version_id
WHERE a.id = :article_id ORDER BY m.version_id DESC
"""
_MOST_WORDS = 6  # of those that matched: what a line holds


class ReportReader(Table):
    """The part of a transaction that reads what there is to tell."""

    def __init__(self, db: Database, stories: StoryTable) -> None:
        super().__init__(db)
        self._stories = stories

    def read(self, rows: Sequence[Row]) -> tuple[AlertItem, ...]:
        """Return what each alert, a row of the table, has to tell as its story stands now."""
        stories = {each: self._stories.state(each) for each in {row["story_id"] for row in rows}}
        figures = {each: figure_lines(story.figures) for each, story in stories.items()}
        return tuple(
            self._report(row, stories[row["story_id"]], figures[row["story_id"]]) for row in rows
        )

    def _report(self, row: Row, story: StoryState, figures: tuple[str, ...]) -> AlertItem:
        texts = self.db.execute(_REPORT, row).fetchall()
        version, title, text, link, publisher, published_at, lang, _, title_now = texts[0]
        found = [json.loads(each[7]) for each in texts if each[0] == version]
        evidence = [Evidence(*each) for each in chain.from_iterable(found)]
        topics, news = tuple(json.loads(row["topics"])), tuple(json.loads(row["news"]))
        return AlertItem(
            topics=topics,
            title=title_now if news else title,
            link=link,
            publisher=publisher,
            published_at=moment(published_at),
            excerpt=excerpt(title, text, evidence),
            publishers=tuple(
                v.publisher for v in story.publisher_reports if v.publisher != publisher
            ),
            severity=Severity(row["severity"]),
            story=story.id,
            topic_ids=topics,
            lang=lang,
            publisher_reports=story.publisher_reports,
            figures=figures,
            why=_why(title, text, evidence),
            news=news,
        )


def shown(reports: Sequence[AlertItem]) -> bytes:
    """Return a digest of what reports say of their stories, not of their own articles."""
    told = {report.story: (report.publisher_reports, report.figures) for report in reports}
    return digest(repr(list(told.items())))


def _why(title: str, text: str, evidence: Sequence[Evidence]) -> str:
    """Return what matched, as it stands in the article, each word once."""
    fields = {"title": title, "text": text}
    words = dict.fromkeys(fields[each.field][each.start : each.end] for each in evidence)
    return ", ".join(f"“{word}”" for word in list(words)[:_MOST_WORDS])


def notice_of(written: str | None) -> Notice | None:
    """Return a notice as it was stored, or None for none."""
    if not written:
        return None
    values = json.loads(written)
    return Notice(
        key=values["key"],
        kind=values["kind"],
        title=values["title"],
        lines=tuple(values["lines"]),
        severity=Severity(values["severity"]),
    )
