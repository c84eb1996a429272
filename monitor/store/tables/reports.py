"""The content of alerts: the reports of articles with their stories, and notices."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.alerts.updates import figure_lines
from monitor.matching.terms.labels import gloss_line
from monitor.model import AlertItem, Evidence, Notice, Severity, Tlp
from monitor.store.tables.activity import status_of
from monitor.store.tables.base import Table
from monitor.store.tables.gloss import machine_gloss, readers_of
from monitor.store.times import moment
from monitor.text.excerpt import excerpt
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from monitor.model import StoryStatus
    from monitor.store.tables.stories import StoryTable
    from monitor.stories.state import StoryState

Row = dict[str, Any]

# The text is that of the version which hit; the last columns are the article's present title, and
# what its headline names.
_REPORT = """
SELECT v.id, v.title, v.text, a.link, a.publisher, coalesce(a.published_at, a.seen_at), a.lang,
       m.evidence, (SELECT title FROM versions WHERE id = a.version_id),
       coalesce((SELECT terms FROM article_gloss WHERE article_id = a.id), '[]')
FROM articles a
JOIN matches m ON m.article_id = a.id AND m.reason = ''
    AND m.topic IN (SELECT value FROM json_each(:topics))
JOIN versions v ON v.id = m.version_id
WHERE a.id = :article_id ORDER BY m.version_id DESC
"""
_MOST_WORDS = 6  # matched words that one line shows


class _Told(NamedTuple):
    """A story as it stands, with the lines of its figures and the article that titles it."""

    story: StoryState
    figures: tuple[str, ...]
    titled_by: int | None
    status: StoryStatus | None


class ReportReader(Table):
    """The part of a transaction that reads the reports of alerts."""

    def __init__(self, db: Database, stories: StoryTable) -> None:
        super().__init__(db)
        self._stories = stories

    def read(self, rows: Sequence[Row]) -> tuple[AlertItem, ...]:
        """Return the report of each alert (a row of the table), as its story stands now."""
        story_ids = {row["story_id"] for row in rows}
        told = {story_id: self._told(story_id) for story_id in story_ids}
        # by topics: a message may be of hundreds of reports of one story
        titling: dict[tuple[int, str], AlertItem | None] = {}
        items = []
        for row in rows:
            story, key = told[row["story_id"]], (row["story_id"], row["topics"])
            if key not in titling:
                titling[key] = self._report(row, story.titled_by, story)
            items.append(_titled(self._own_report(row, story), titling[key]))
        return tuple(items)

    def _told(self, story_id: int) -> _Told:
        state = self._stories.state(story_id)
        figures, titled_by = figure_lines(state.figures), self._stories.titled_by(story_id)
        return _Told(state, figures, titled_by, status_of(self.db, story_id))

    def _own_report(self, row: Row, story: _Told) -> AlertItem:
        report = self._report(row, row["article_id"], story)
        if report is None:
            raise LookupError(row["article_id"])
        return report

    def _report(self, row: Row, article_id: int | None, story: _Told) -> AlertItem | None:
        """Return what an article reports, None where it hits none of the alert's topics."""
        values = {"topics": row["topics"], "article_id": article_id}
        matches = self.db.execute(_REPORT, values).fetchall()
        return self._glossed(_report(row, matches, story), matches[0][9]) if matches else None

    def _glossed(self, report: AlertItem, terms: str) -> AlertItem:
        """Return a report with the gloss of a headline that readers cannot read."""
        readers = readers_of(self.db)
        if report.lang in {"", *readers}:
            return report
        machine = machine_gloss(self.db, report.title, report.lang, readers[0])
        line = gloss_line(report.lang, json.loads(terms), readers)
        return replace(report, gloss=line, machine_gloss=machine or "")


def _titled(report: AlertItem, titling: AlertItem | None) -> AlertItem:
    """Return a report with the one that titles its story, where that is another."""
    if report.news or titling is None:
        return report
    if (titling.title, titling.link) == (report.title, report.link):
        return report
    return replace(report, titled_by=replace(titling, severity=report.severity))


def _report(row: Row, matches: list[Any], told: _Told) -> AlertItem:
    """Return an article as an item of a message; `matches` are its hits, the newest text first."""
    version, title, text, link, publisher, published_at, lang, _, title_now, _ = matches[0]
    written = [json.loads(each[7]) for each in matches if each[0] == version]
    evidence = [Evidence(*each) for each in chain.from_iterable(written)]
    others = [
        each.publisher for each in told.story.publisher_reports if each.publisher != publisher
    ]
    topics, news = tuple(json.loads(row["topics"])), tuple(json.loads(row["news"]))
    return AlertItem(
        topics=topics,
        title=title_now if news else title,
        link=link,
        publisher=publisher,
        published_at=moment(published_at),
        excerpt=excerpt(title, text, evidence),
        publishers=tuple(others),
        severity=Severity(row["severity"]),
        story=told.story.id,
        topic_ids=topics,
        lang=lang,
        publisher_reports=told.story.publisher_reports,
        figures=told.figures,
        why=_why(title, text, evidence),
        news=news,
        status=told.status,
    )


def content_digest(items: Sequence[AlertItem]) -> bytes:
    """Return a digest of the stories in reports: headlines, publishers, figures, and their work."""
    stories: dict[int, tuple[object, ...]] = {}
    for item in items:
        title = (item.titled_by or item).title
        later = filter(None, (item.status, (item.titled_by or item).machine_gloss))
        stories[item.story] = (title, item.publisher_reports, item.figures, *later)
    return digest(repr(list(stories.items())))


def _why(title: str, text: str, evidence: Sequence[Evidence]) -> str:
    """Return the matched words as the article has them, each once."""
    fields = {"title": title, "text": text}
    words = dict.fromkeys(fields[each.field][each.start : each.end] for each in evidence)
    return ", ".join(f"“{word}”" for word in list(words)[:_MOST_WORDS])


def notice_of(written: str | None) -> Notice | None:
    """Return a notice from its JSON in the table, None for NULL."""
    if not written:
        return None
    values = json.loads(written)
    return Notice(
        key=values["key"],
        kind=values["kind"],
        title=values["title"],
        lines=tuple(values["lines"]),
        severity=Severity(values["severity"]),
        tlp=Tlp(values["tlp"]) if values.get("tlp") else None,
        more=values.get("more", ""),
    )
