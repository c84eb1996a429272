"""From what the database knows of a time to a brief. The same input gives the same brief. Pure.

A story stands under the first of its topics, in the order of the configuration; its others are
named beside it. Each statement cites reports, numbered in the order in which they are cited.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.alerts.figure_changes import in_words, is_same, kind_of
from monitor.alerts.updates import is_weighty, news
from monitor.brief.brief import Brief, BriefStory, BriefTopic, Citation, FigureLine
from monitor.model import strictest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.feeds.health import Outage
    from monitor.model import Topic
    from monitor.store.queries.briefs import StoryPeriod
    from monitor.stories.state import ReportedFigure, StoryState

_MOST_STORIES = 12  # of a topic; the others are counted
_MOST_FIGURES = 8  # lines of a story
_MOST_CITED = 4  # reports of a story that are cited for its headline, of different publishers


@dataclass(slots=True)
class _Citations:
    """The reports that are cited so far, by their articles' ids."""

    found: dict[int, Citation] = field(default_factory=dict)

    def number(self, report: Mapping[str, Any]) -> int:
        """Return the number of a report; the next one at its first citation."""
        if report["id"] not in self.found:
            names = ("title", "publisher", "kind", "country", "url", "lang", "text")
            values = {name: report[name] for name in names}
            seen_at = datetime.fromtimestamp(report["seen"], UTC)
            self.found[report["id"]] = Citation(len(self.found) + 1, seen_at=seen_at, **values)
        return self.found[report["id"]].number


def compose(
    periods: Iterable[StoryPeriod],
    topics: Sequence[Topic],
    outages: Iterable[Outage],
    since: datetime,
    until: datetime,
) -> Brief:
    """Return the brief on some topics; stories of no such topic are left out."""
    by_topic: dict[str, list[StoryPeriod]] = {topic.id: [] for topic in topics}
    for period in sorted(periods, key=_rank):
        first = next((topic_id for topic_id in by_topic if topic_id in period.after.topics), None)
        if first is not None:
            by_topic[first].append(period)
    titles, citations = {topic.id: topic.title for topic in topics}, _Citations()
    parts = [_part(topic, by_topic[topic.id], titles, citations) for topic in topics]
    told = tuple(part for part in parts if part.stories)
    return Brief(
        since,
        until,
        told,
        tuple(part.title for part in parts if not part.stories),
        tuple(citations.found.values()),
        tuple(sorted(outages, key=lambda each: (each.since, each.feed, each.url))),
        strictest(part.tlp for part in told),
    )


def _rank(period: StoryPeriod) -> tuple[int, int, int]:
    after = period.after
    return -len(after.independent), -period.new_reports, after.id


def _part(
    topic: Topic, periods: Sequence[StoryPeriod], titles: Mapping[str, str], citations: _Citations
) -> BriefTopic:
    told = [_story(topic.id, period, titles, citations) for period in periods[:_MOST_STORIES]]
    omitted = max(len(periods) - _MOST_STORIES, 0)
    return BriefTopic(topic.id, topic.title, topic.tlp, tuple(told), omitted)


def _story(
    topic_id: str, period: StoryPeriod, titles: Mapping[str, str], citations: _Citations
) -> BriefStory:
    before, after = period.before, period.after
    titled = [report for report in period.reports if report["title"] == after.title]
    return BriefStory(
        id=after.id,
        title=after.title,
        lang=titled[0]["lang"] if titled else "",
        begun=before is None,
        reports=after.articles,
        new_reports=period.new_reports,
        independent=len(after.independent),
        states=sum(report.is_state for report in after.independent),
        was_independent=len(before.independent) if before else 0,
        cited=tuple(citations.number(report) for report in _cited(period.reports)),
        changes=news(before, after).lines if before else (),
        figures=_figures(before, after, period.reports, citations),
        also=tuple(titles.get(each, each) for each in after.topics if each != topic_id),
        credibility=_credibility(period.credibility),
        glosses=period.glosses,
        notes=tuple(f"{note['text'].strip()} ({note['by']})" for note in period.notes),
    )


def _credibility(found: Mapping[str, Any]) -> str:
    """Return how far a story can be believed, by a person where one says so: `2, probably true`."""
    said = found["overruled"] or found
    by = f" ({said['by']})" if found["overruled"] else ""
    return f"{said['value']}, {said['words']}{by}"


def _cited(reports: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the first report of each of the first publishers with a text of their own."""
    first: dict[str, Mapping[str, Any]] = {}
    for report in reports:
        if report["copy_of"] is None:
            first.setdefault(report["publisher"], report)
    return (list(first.values()) or list(reports))[:_MOST_CITED]


def _figures(
    before: StoryState | None,
    after: StoryState,
    reports: Sequence[Mapping[str, Any]],
    citations: _Citations,
) -> tuple[FigureLine, ...]:
    """Return what each speaker said last of each kind of figure, the weighty kinds first."""
    was = _last(before.figures) if before else {}
    last = _last(after.figures)
    by_id = {report["id"]: report for report in reports}
    chosen = [key for key in last if last[key].article_id in by_id]
    kinds = list(dict.fromkeys(kind for kind, _ in chosen))
    chosen.sort(key=lambda key: (not _is_weighty(last[key]), kinds.index(key[0])))
    return tuple(
        FigureLine(
            kind_of(last[key]),
            _course(was.get(key), last[key]),
            _speaker(last[key]),
            citations.number(by_id[last[key].article_id]),
        )
        for key in chosen[:_MOST_FIGURES]
    )


def _last(figures: Iterable[ReportedFigure]) -> dict[tuple[str, str], ReportedFigure]:
    return {(kind_of(each), _speaker(each).casefold()): each for each in figures}


def _is_weighty(figure: ReportedFigure) -> bool:
    return is_weighty(figure.unit, figure.label)


def _speaker(figure: ReportedFigure) -> str:
    return figure.said_by or figure.publisher


def _course(was: ReportedFigure | None, now: ReportedFigure) -> str:
    changed = was is not None and not is_same(was, now)
    return f"{in_words(was)} → {in_words(now)}" if was and changed else in_words(now)
