"""What silences hold back. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.matching.language.tokens import tokens
from monitor.model import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.model import AlertItem, Silence, Topic

_LONG = timedelta(days=1)


def silenced(report: AlertItem, silences: Iterable[Silence], now: datetime) -> tuple[Silence, ...]:
    """Return the silences that hold a report back, or none if it goes out.

    Each of its topics (here by id) must be silenced, all by one silence or some by each.
    """
    active = [s for s in silences if s.starts_at <= now < s.ends_at and _concerns(s, report)]
    found: dict[Silence, None] = {}
    for topic_id in report.topics:
        holding = [silence for silence in active if silence.topic in {"", topic_id}]
        if not holding:
            return ()
        found[holding[0]] = None
    return tuple(found)


def reminder(silence: Silence, topics: Mapping[str, Topic]) -> Notice | None:
    """Return the notice that a silence has run out, if it lasted so long that one may forget it.

    A muted story is none of them: it has ended too.
    """
    if silence.story or silence.ends_at - silence.starts_at <= _LONG:
        return None
    return Notice(
        key=f"silence:{silence.id}",
        kind="silence",
        title=f"A silence has ended: {described(silence, topics)}",
        lines=(silence.comment,) if silence.comment else (),
    )


def described(silence: Silence, topics: Mapping[str, Topic]) -> str:
    """Return what a silence holds back, in words."""
    named = topics.get(silence.topic)
    parts = [
        f"topic {named.title if named else silence.topic}" if silence.topic else "",
        f"“{silence.term}”" if silence.term else "",
        f"publisher {silence.publisher}" if silence.publisher else "",
        f"story {silence.story}" if silence.story else "",
    ]
    return ", ".join(filter(None, parts))


def _concerns(silence: Silence, report: AlertItem) -> bool:
    """Whether a report has everything but the topic that a silence names; words are whole words."""
    return (
        silence.story in {0, report.story}
        and silence.publisher.casefold() in {"", report.publisher.casefold()}
        and (not silence.term or _holds(f"{report.title}\n{report.excerpt.text}", silence.term))
    )


def _holds(text: str, term: str) -> bool:
    words, wanted = _words(text), _words(term)
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words)))


def _words(text: str) -> Sequence[str]:
    return [word.casefold() for word in tokens(text)[0]]
