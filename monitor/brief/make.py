"""A brief from the database, and as a notice for the outbox. Reads no clock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.brief.compose import compose
from monitor.brief.markdown import message_lines
from monitor.model import Notice
from monitor.store.queries.briefs import BriefReader
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from monitor.brief.brief import Brief
    from monitor.feeds.health import Outage
    from monitor.model import Topic

KIND = "brief"


def make(path: Path, topics: Sequence[Topic], since: datetime, until: datetime) -> Brief:
    """Return the brief on some topics from `since` to before `until`, in whole seconds.

    Raises StoreError.
    """
    since, until = since.replace(microsecond=0), until.replace(microsecond=0)
    with BriefReader(path) as reader:
        outages = map(_rounded, reader.outages(since, until))
        down = [each for each in outages if each.since < until]
        return compose(reader.periods(since, until), topics, down, since, until)


def _rounded(outage: Outage) -> Outage:
    return replace(outage, since=outage.since.replace(microsecond=0))


def as_notice(brief: Brief, name: str) -> Notice:
    """Return a brief as a notice: the same brief of the same name is sent once to a channel."""
    lines = message_lines(brief)
    seen = digest(repr((brief.title, lines))).hex() if not name else f"{brief.until:%Y%m%dT%H%M}"
    return Notice(
        key=f"{KIND}:{name}:{seen}",
        kind=KIND,
        title=brief.title if not name else f"{brief.title} ({name})",
        lines=lines,
        tlp=brief.tlp,
        more="`monitor brief` shows all of it",
    )
