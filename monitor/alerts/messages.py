"""From a claim to the message that a channel sends: one report a story. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from monitor.alerts import figure_changes
from monitor.model import AlertItem, DigestKind, Message, Severity, strictest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.model import Topic

_URGENCY = list(Severity)
# Stories of one digest; the others are counted. Who asked for digests reads more of them.
_SHOWN = {DigestKind.TIMED: 30, DigestKind.HELD: 30}
_SHOWN_OF_A_FLOOD = 10
_TOPICS = 5  # topics that the count of the others names
_DAY = timedelta(days=1)


def message(claimed: Message, reports: Sequence[AlertItem], topics: Mapping[str, Topic]) -> Message:
    """Return a claimed message with those of its `reports` that go out; each story once."""
    stories = [_with_titles(report, topics) for report in merged(reports)]
    if not claimed.digest:
        return replace(claimed, reports=tuple(stories))
    shown, others = _split(claimed.digest, stories)
    more = _more(others, claimed.span) if others else ""
    return replace(claimed, reports=tuple(shown), omitted=len(others), more=more)


def _split(
    kind: DigestKind, stories: Sequence[AlertItem]
) -> tuple[list[AlertItem], list[AlertItem]]:
    """Return the stories that a digest shows and those that it counts.

    The most urgent come first, and of these the ones that most independent publishers carry.
    """
    ranked = sorted(stories, key=_rank, reverse=True)
    most = _SHOWN.get(kind, _SHOWN_OF_A_FLOOD)
    return ranked[:most], ranked[most:]


def _rank(item: AlertItem) -> tuple[int, int]:
    independent = sum(not report.copy_of for report in item.publisher_reports)
    return _URGENCY.index(item.severity), independent


def _more(others: Sequence[AlertItem], span: timedelta) -> str:
    """Return the count of stories that a digest does not show, by topic, and the command for them.

    `39 more (ICBM 30, Kursk 9): `monitor stories --since 24h``
    """
    counts = Counter(topic for item in others for topic in item.topics).most_common(_TOPICS)
    topics = ", ".join(f"{topic} {count:,}" for topic, count in counts)
    since = "24h" if span <= _DAY else f"{ceil(span / _DAY)}d"
    return f"{len(others):,} more ({topics}): `monitor stories --since {since}`"


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
    """Return a report with the titles of its topics (ids of those not configured), and its TLP."""
    titles = (topics[each].title if each in topics else each for each in report.topic_ids)
    tlp = strictest(topics[each].tlp for each in report.topic_ids if each in topics)
    return replace(report, topics=tuple(titles), tlp=tlp)
