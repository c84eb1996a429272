"""What is claimed as the message that a channel sends. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.model import AlertItem, DigestKind, Message, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.model import ClaimedMessage, Topic

_URGENCY = list(Severity)
_HEADINGS = {
    DigestKind.CATCHING_UP: "found while catching up",
    DigestKind.HELD: "held through quiet hours",
    DigestKind.TIMED: "since the last digest",
    DigestKind.OVERFLOW: "beyond what this channel takes in an hour",
    DigestKind.MENDED: "that waited until this channel was mended",
}


def message(
    claimed: ClaimedMessage, reports: Sequence[AlertItem], topics: Mapping[str, Topic]
) -> Message:
    """Return the message for what is left of a claim, each story told once."""
    told = tuple(_named(report, topics) for report in merged(reports))
    return Message(
        claimed.key,
        told,
        claimed.thread,
        digest=claimed.digest is not None,
        plain=claimed.plain,
        broadcast=claimed.broadcast and claimed.thread is not None,
        edits=claimed.edits,
        heading=heading(claimed.digest, len(told)) if claimed.digest else "",
        notice=claimed.notice,
    )


def heading(kind: DigestKind, count: int) -> str:
    """Return the first line of a digest: how many stories, and why they come together."""
    return f"Digest: {count} stor{'ies' if count != 1 else 'y'} {_HEADINGS[kind]}"


def merged(reports: Iterable[AlertItem]) -> list[AlertItem]:
    """Return one report for each story: the first, with the topics and the news of all."""
    stories: dict[int, list[AlertItem]] = {}
    for number, report in enumerate(reports):
        stories.setdefault(report.story or -number - 1, []).append(report)
    return [_together(each) for each in stories.values()]


def _together(reports: Sequence[AlertItem]) -> AlertItem:
    topics = tuple(dict.fromkeys(topic for report in reports for topic in report.topics))
    return replace(
        reports[0],
        topics=topics,
        topic_ids=topics,
        severity=max((report.severity for report in reports), key=_URGENCY.index),
        news=tuple(dict.fromkeys(line for report in reports for line in report.news)),
    )


def _named(report: AlertItem, topics: Mapping[str, Topic]) -> AlertItem:
    """Return a report with its topics' titles; one that is not configured any more keeps its id."""
    titles = (topics[each].title if each in topics else each for each in report.topic_ids)
    return replace(report, topics=tuple(titles))
