"""Which reports a silence holds back, and the notice when it has ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.matching.language.tokens import tokens
from monitor.model import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.model import AlertItem, Topic


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts with `topic`, `term`, `publisher` and `story` are held back until `ends_at`.

    An empty string and 0 match any alert; at least one of the four is set. `by` is the reader or
    user who asked; `id` is 0 before the silence is stored.
    """

    topic: str
    term: str
    publisher: str
    starts_at: datetime
    ends_at: datetime
    comment: str = ""
    story: int = 0
    by: str = ""
    id: int = 0


_LONG = timedelta(days=1)  # length of a silence that one may forget


def silenced(report: AlertItem, silences: Iterable[Silence], now: datetime) -> tuple[Silence, ...]:
    """Return the silences that hold a report back; none where the report goes out.

    Every topic of the report (`report.topics`, here ids) must be silenced, by whichever silence.
    """
    active = [
        silence
        for silence in silences
        if silence.starts_at <= now < silence.ends_at and _concerns(silence, report)
    ]
    found: dict[Silence, None] = {}
    for topic_id in report.topics:
        holding = [silence for silence in active if silence.topic in {"", topic_id}]
        if not holding:
            return ()
        found[holding[0]] = None
    return tuple(found)


def titled(report: AlertItem, silences: Sequence[Silence], now: datetime) -> AlertItem:
    """Return the report whose headline the story has; the given one where only that is held back.

    A message that goes out must not carry what a publisher said who is silenced.
    """
    best = report.titled_by
    if best is None or (silenced(best, silences, now) and not silenced(report, silences, now)):
        return report
    return best


def reminder(silence: Silence, topics: Mapping[str, Topic]) -> Notice | None:
    """Return the notice that a silence has ended, None where it lasted a day or less.

    The end of a muted story is not notified: the story has ended as well.
    """
    if silence.story or silence.ends_at - silence.starts_at <= _LONG:
        return None
    return Notice(
        key=f"silence:{silence.id}",
        kind="silence",
        title=f"A silence has ended: {described(silence, topics)}",
        lines=(silence.comment,) if silence.comment else (),
        tlp=topics[silence.topic].tlp if silence.topic in topics else None,
    )


def described(silence: Silence, topics: Mapping[str, Topic]) -> str:
    """Return what a silence holds back, in words."""
    topic = topics.get(silence.topic)
    parts = [
        f"topic {topic.title if topic else silence.topic}" if silence.topic else "",
        f"“{silence.term}”" if silence.term else "",
        f"publisher {silence.publisher}" if silence.publisher else "",
        f"story {silence.story}" if silence.story else "",
    ]
    return ", ".join(filter(None, parts))


def _concerns(silence: Silence, report: AlertItem) -> bool:
    """Whether a report has the story, publisher and term of a silence; topics are not compared."""
    return (
        silence.story in {0, report.story}
        and silence.publisher.casefold() in {"", report.publisher.casefold()}
        and (not silence.term or _has_term(f"{report.title}\n{report.excerpt.text}", silence.term))
    )


def _has_term(text: str, term: str) -> bool:
    """Whether the words of a term follow each other in a text, as whole words in any case."""
    words, wanted = _words(text), _words(term)
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words)))


def _words(text: str) -> Sequence[str]:
    return [word.casefold() for word in tokens(text)[0]]
