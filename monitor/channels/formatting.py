"""What all channels say in the same words: publishers, headings, messages, verdicts. Pure.

What a feed wrote is in here as it is; each channel escapes it in its own way.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.model import SILENCED_FOR, FeedbackKind, NotJudged, Severity
from monitor.text.normalize import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.model import AlertItem, Message, PublisherReport, ReaderVerdict

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
_NAMED = 5  # publishers that a message names; the others are counted
_TITLE = 600


def severity(level: Severity) -> str:
    """Return a severity as a sign and a word: `🔴 Critical`."""
    return f"{SIGNS[level]} {level.capitalize()}"


def heading(message: Message) -> str:
    """Return the first line of a digest or a notice, else ""."""
    if message.notice:
        return f"{SIGNS[message.notice.severity]} {message.notice.title}"
    if not message.digest:
        return ""
    count = len(message.reports)
    usual = f"Digest: {count} stor{'ies' if count > 1 else 'y'} found while catching up"
    return message.heading or usual


def subject(message: Message) -> str:
    """Return a message in one line: severity, topics and headline, or its heading."""
    if message.notice or message.digest or not message.reports:
        return heading(message) or "monitor"
    report = message.reports[0]
    return f"{SIGNS[report.severity]} [{', '.join(report.topics)}] {report.title}"


def counts(report: AlertItem) -> str:
    """Return how many publishers carry the story: `4 independent publishers (1 state)`, or ""."""
    independent = [voice for voice in report.publisher_reports if not voice.copy_of]
    if len(independent) < 2:  # noqa: PLR2004 - one needs no count
        return ""
    states = sum(voice.is_state for voice in independent)
    state = "all state" if states == len(independent) else f"{states} state"
    return f"{len(independent)} independent publishers" + (f" ({state})" if states else "")


def named(voice: PublisherReport) -> str:
    """Return a publisher with what it is: `Yonhap (wire, KR)`."""
    kind = "" if voice.kind == "other" else voice.kind
    known = ", ".join(filter(None, [kind, voice.country]))
    return shorten(voice.publisher or "unknown publisher", 60) + (f" ({known})" if known else "")


def publisher_reports(report: AlertItem) -> str:
    """Return the independent publishers by name, and how many only repeat one of them."""
    independent = [voice for voice in report.publisher_reports if not voice.copy_of]
    shown = " · ".join(map(named, independent[:_NAMED]))
    more = len(independent) - _NAMED
    copies = len(report.publisher_reports) - len(independent)
    return (
        shown
        + (f" · {more} more" if more > 0 else "")
        + (f"; repeated by {copies} other{'s' if copies > 1 else ''}" if copies else "")
    )


def origin(report: AlertItem) -> str:
    """Return who reported, and when, in one line of plain text."""
    if len(report.publisher_reports) > 1 and counts(report):
        first = report.publisher_reports[0]
        at = f"{first.first_seen_at:%Y-%m-%d %H:%M} UTC"
        return f"{counts(report)}, first: {first.publisher} {at}: {publisher_reports(report)}"
    who = publisher_reports(report) or report.publisher or "unknown publisher"
    line = f"{who} · {report.published_at:%Y-%m-%d %H:%M} UTC"
    return line + (f" · also: {', '.join(report.publishers)}" if report.publishers else "")


def as_text(message: Message) -> str:
    """Return a whole message as plain text."""
    parts = [heading(message)] if heading(message) else []
    if message.notice:
        parts += ["\n".join(message.notice.lines)] if message.notice.lines else []
    parts += ["\n".join(_lines(report, message)) for report in message.reports]
    return "\n\n".join(parts)


def _lines(report: AlertItem, message: Message) -> Iterator[str]:
    """Yield a report line by line: a reply is short and begins with what is new."""
    reply = message.thread is not None and bool(report.news)
    if reply:
        yield f"New: {'; '.join(report.news)}"
    topics = ", ".join(report.topics)
    yield f"{severity(report.severity)} [{topics}] {shorten(report.title, _TITLE)}"
    yield origin(report)
    if not reply:
        if report.excerpt.text != report.title:
            yield report.excerpt.text
        yield from report.figures
        if report.why:
            yield f"Matched: {report.why}"
    if report.link:
        yield report.link


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
