"""The history of a term set, a topic or words, as `monitor timeline` shows it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.matching.terms.termsets import all_sets
from monitor.store.queries.subjects import subject_of
from monitor.store.queries.timeline import STEP_FIELDS
from monitor.web.page import Asked, Page

if TYPE_CHECKING:
    from monitor.store.queries.desk import DeskReader

_YEAR = timedelta(days=365)


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of a history; without a subject it only asks for one."""
    words, topic = asked.text("q"), asked.text("topic")
    topics = sorted(reader.days_of_topics(asked.now, _YEAR.days))
    if not words and not topic:
        return Page("timeline.html", "History", {"found": None}, {"topics": topics})
    subject = subject_of(words, topic, all_sets(asked.config.sets if asked.config else {}))
    until = asked.time("until") or asked.now
    since = asked.time("since") or until - _YEAR
    found = reader.history(subject, since, until)
    title = f"History of {subject.name}"
    extra = {"topics": topics}
    return Page("timeline.html", title, {"found": found}, extra, found["steps"], STEP_FIELDS)
