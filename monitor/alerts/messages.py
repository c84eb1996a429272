"""From a claim to the message that a channel sends: one report a story. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.alerts import figure_changes
from monitor.model import AlertItem, Message, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.model import Topic

_URGENCY = list(Severity)


def message(claimed: Message, reports: Sequence[AlertItem], topics: Mapping[str, Topic]) -> Message:
    """Return a claimed message with those of its `reports` that go out; each story once."""
    stories = tuple(_with_titles(report, topics) for report in merged(reports))
    return replace(claimed, reports=stories)


def merged(reports: Iterable[AlertItem]) -> list[AlertItem]:
    """Return one report a story: its first one, with the topics and the news of all."""
    stories: dict[int, list[AlertItem]] = {}
    for number, report in enumerate(reports):
        story = report.story or -number - 1  # a report without a story stands alone
        stories.setdefault(story, []).append(report)
    return [_merged(reports) for reports in stories.values()]


def _merged(reports: Sequence[AlertItem]) -> AlertItem:
    topics = dict.fromkeys(topic for report in reports for topic in report.topics)
    news = figure_changes.joined(line for report in reports for line in report.news)
    return replace(
        reports[0],
        topics=tuple(topics),
        topic_ids=tuple(topics),
        severity=max((report.severity for report in reports), key=_URGENCY.index),
        news=news,
    )


def _with_titles(report: AlertItem, topics: Mapping[str, Topic]) -> AlertItem:
    """Return a report with the titles of its topics; the id for a topic no longer configured."""
    titles = (topics[each].title if each in topics else each for each in report.topic_ids)
    return replace(report, topics=tuple(titles))
