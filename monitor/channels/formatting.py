"""The wording that all channels share: severity, publishers, headings, messages, verdicts. Pure.

The texts of feeds stay unescaped: each channel escapes them for its own markup.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.model import (
    SILENCED_FOR,
    DigestKind,
    FeedbackKind,
    NotJudged,
    Severity,
    status_in_words,
)
from monitor.text.counts import counted
from monitor.text.normalize import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.model import AlertItem, Message, PublisherReport, ReaderVerdict, Tlp

SIGNS = {Severity.CRITICAL: "🔴", Severity.WARNING: "🟠", Severity.INFO: "🔵"}
ANSWERS = {
    FeedbackKind.GOOD: "Counted as good. Thank you.",
    FeedbackKind.WRONG: "Counted as not relevant. `monitor topics review` shows why it was sent.",
    FeedbackKind.NONE: "Taken back.",
    FeedbackKind.MUTE: "This story is muted for a week: `monitor silence list`.",
    FeedbackKind.SILENCE: "Silenced for 8 hours: `monitor silence list`.",
    NotJudged.UNKNOWN: "This message is not known here: a test, or too old.",
    NotJudged.NOTICE: "A notice of the program is nothing to judge.",
    NotJudged.SEVERAL: (
        "A digest tells several stories. `monitor feedback add ID good` or `wrong` judges one."
    ),
    NotJudged.PRUNED: "Too old: its text was pruned.",
}
# Why there is no story to take, close or note.
NO_STORY = {
    NotJudged.UNKNOWN: ANSWERS[NotJudged.UNKNOWN],
    NotJudged.NOTICE: "A notice of the program is no story.",
    NotJudged.SEVERAL: "A digest tells several stories. `monitor inbox` lists them.",
    NotJudged.PRUNED: ANSWERS[NotJudged.PRUNED],
}
_HEADINGS = {
    DigestKind.CATCHING_UP: "found while catching up",
    DigestKind.HELD: "held through quiet hours",
    DigestKind.TIMED: "since the last digest",
    DigestKind.OVERFLOW: "beyond what this channel takes in an hour",
    DigestKind.RESTORED: "since the backup that was restored, some perhaps sent before",
    DigestKind.MENDED: "that waited until this channel was mended",
}
_NAMED = 5  # publishers that a message names; further ones are counted
_TITLE = 600  # characters


def severity(level: Severity) -> str:
    """Return a severity as a sign and a word: `🔴 Critical`."""
    return f"{SIGNS[level]} {level.capitalize()}"


def marking(shared: Tlp | None) -> str:
    """Return how far a text may be shared, to stand before its topics: `TLP:AMBER · ` or ""."""
    return f"{shared.label} · " if shared else ""


def heading(message: Message) -> str:
    """Return the first line of a digest or a notice, "" for any other message.

    Such as `Digest: 3 stories held through quiet hours`.
    """
    if message.notice:
        sign = SIGNS[message.notice.severity]
        return f"{sign} {marking(message.tlp)}{message.notice.title}"
    if not message.digest:
        return ""
    count = len(message.reports) + message.omitted
    return f"{marking(message.tlp)}Digest: {counted(count, 'story')} {_HEADINGS[message.digest]}"


def subject(message: Message) -> str:
    """Return the subject line of a message: severity, topics and headline, or its heading."""
    if message.notice or message.digest or not message.reports:
        return heading(message) or "monitor"
    item = message.reports[0]
    topics = f"[{marking(item.tlp)}{', '.join(item.topics)}]"
    return f"{SIGNS[item.severity]} {topics} {item.title}"


def counts(item: AlertItem) -> str:
    """Return the number of publishers: `4 independent publishers (1 state)`, "" for a single one.

    A publisher that only repeats another's text is not independent.
    """
    independent = _independent(item)
    if len(independent) < 2:  # noqa: PLR2004 - one publisher needs no count
        return ""
    states = sum(report.is_state for report in independent)
    state = "all state" if states == len(independent) else f"{states} state"
    return f"{len(independent)} independent publishers" + (f" ({state})" if states else "")


def named(report: PublisherReport) -> str:
    """Return a publisher with its kind and country: `Yonhap (wire, KR)`."""
    kind = "" if report.kind == "other" else report.kind
    details = ", ".join(filter(None, [kind, report.country]))
    name = shorten(report.publisher or "unknown publisher", 60)
    return f"{name} ({details})" if details else name


def publisher_reports(item: AlertItem) -> str:
    """Return the independent publishers by name, and the number of those that repeat them."""
    independent = _independent(item)
    line = " · ".join(map(named, independent[:_NAMED]))
    more = len(independent) - _NAMED
    if more > 0:
        line += f" · {more} more"
    copies = len(item.publisher_reports) - len(independent)
    if copies:
        line += f"; repeated by {copies} other{'s' if copies > 1 else ''}"
    return line


def _independent(item: AlertItem) -> list[PublisherReport]:
    """Return the reports of publishers that wrote a text of their own."""
    return [report for report in item.publisher_reports if not report.copy_of]


def origin(item: AlertItem) -> str:
    """Return the publishers and the time of the first report (UTC), one line of plain text."""
    if len(item.publisher_reports) > 1 and counts(item):
        first = item.publisher_reports[0]
        at = f"{first.first_seen_at:%Y-%m-%d %H:%M} UTC"
        return f"{counts(item)}, first: {first.publisher} {at}: {publisher_reports(item)}"
    names = publisher_reports(item) or item.publisher or "unknown publisher"
    line = f"{names} · {item.published_at:%Y-%m-%d %H:%M} UTC"
    return line + (f" · also: {', '.join(item.publishers)}" if item.publishers else "")


def as_text(message: Message) -> str:
    """Return a whole message as plain text."""
    notice = "\n".join(message.notice.lines) if message.notice else ""
    reports = ["\n".join(_lines(item, message)) for item in message.reports]
    return "\n\n".join(filter(None, [heading(message), notice, *reports, message.more]))


def _lines(item: AlertItem, message: Message) -> Iterator[str]:
    """Yield the lines of a report; a reply is short and begins with the news."""
    reply = message.thread is not None and bool(item.news)
    if reply:
        yield f"New: {'; '.join(item.news)}"
    topics = marking(item.tlp) + ", ".join(item.topics)
    yield f"{severity(item.severity)} [{topics}] {shorten(item.title, _TITLE)}"
    yield from glosses(item)
    yield origin(item)
    if item.status:
        yield status_in_words(item.status).capitalize()
    if not reply:
        if item.excerpt.text != item.title:
            yield item.excerpt.text
        yield from item.figures
        if item.why:
            yield f"Matched: {item.why}"
    if item.link:
        yield item.link


def glosses(item: AlertItem) -> list[str]:
    """Return the lines under a foreign headline: what it names, and a machine's translation."""
    machine = f"machine: {shorten(item.machine_gloss, _TITLE)}" if item.machine_gloss else ""
    return list(filter(None, [item.gloss, machine]))


def verdict_lines(verdicts: Iterable[ReaderVerdict]) -> tuple[str, ...]:
    """Return what readers did with an article, a phrase each: `Marked as good by @nina`."""
    names: dict[str, list[str]] = {}
    for verdict in verdicts:
        names.setdefault(_verdict(verdict), []).append(f"@{verdict.name}")
    return tuple(f"{phrase} by {', '.join(who)}" for phrase, who in names.items())


def _verdict(verdict: ReaderVerdict) -> str:
    until = verdict.at + timedelta(seconds=SILENCED_FOR)
    return {
        FeedbackKind.GOOD: "Marked as good",
        FeedbackKind.WRONG: "Marked as not relevant",
        FeedbackKind.MUTE: "Story muted",
        FeedbackKind.SILENCE: f"Silenced until {until:%Y-%m-%d %H:%M} UTC",
    }[verdict.said]
