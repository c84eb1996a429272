"""Two stories become one: joined in the database, and told once in each of their threads.

Nothing is alerted again. The earlier story remains: later reports are replies to its first message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.model import PROGRAM, Activity, ActivityKind, Notice
from monitor.text.counts import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.channels.base import Channel
    from monitor.store.transaction import Transaction


def join_stories(
    tx: Transaction, channels: Mapping[str, Channel], stories: tuple[int, int], now: datetime
) -> int:
    """Join two stories, tell it in the threads of both, and return the number of the earlier one.

    It is told where both have a first message and the channel has threads. The activity of the
    story says which reports came, and how to part them.
    """
    into, other = sorted(stories)
    titles = tx.stories.title(into), tx.stories.title(other)
    threads = {
        name: (tx.outbox.first_ref(into, name), tx.outbox.first_ref(other, name))
        for name, channel in channels.items()
        if channel.can_edit
    }
    reports = tx.story_edits.reports(other)
    tx.story_edits.merge(into, other, PROGRAM, now)
    tx.activity.add(into, _activity(into, other, titles[1], reports, now), now)

    earlier = _notice(into, other, titles[1], _of_earlier(into, len(reports)))
    later = _notice(other, into, titles[0], _of_later(into))
    for name, (first, second) in threads.items():
        if first and second:
            tx.alerts.add_notice(earlier, name, now, thread=first)
            tx.alerts.add_notice(later, name, now, thread=second)
    return into


def _activity(into: int, other: int, title: str, reports: list[int], now: datetime) -> Activity:
    ids = " ".join(map(str, reports))
    text = f"story {other} “{title}”; `monitor stories split {into} {ids}` parts them again"
    return Activity(ActivityKind.JOIN, PROGRAM, PROGRAM, now, text)


def _notice(story: int, other: int, title: str, line: str) -> Notice:
    return Notice(f"joined:{story}:{other}", "joined", f"Same story as “{title}”", (line,))


def _of_earlier(into: int, reports: int) -> str:
    are = "is" if reports == 1 else "are"
    how = f"`monitor stories show {into}` says how to part them"
    return f"Its {counted(reports, 'report')} {are} part of story {into} from now on; {how}."


def _of_later(into: int) -> str:
    return f"Later reports are replies to that message (story {into})."
