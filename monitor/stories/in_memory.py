"""Stories in memory, as `monitor backtest` tells them. The service keeps them in its database."""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from monitor.model import StoryFeatures
from monitor.stories.assign import CANDIDATES, MEMORY, assign
from monitor.stories.scoring import IncomingArticle, Rates, TimeSpan, begun, counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from monitor.stories.scoring import Profile

_DAY = 86_400


def as_row(new: IncomingArticle) -> bytes:
    """Return an article on its way as a line, for a file in which it waits."""
    story_features, span = new.story_features, new.span
    marks = [
        story_features.lang,
        story_features.marks,
        sorted(story_features.asked),
        story_features.roundup,
    ]
    times = [span.first.isoformat(), span.last.isoformat()]
    row = [marks, new.title_key.hex(), sorted(new.topics), times]
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def from_row(row: bytes) -> IncomingArticle:
    """Return the article of a line, with what placing it needs."""
    (lang, marks, asked, roundup), title_key, topics, times = json.loads(row)
    story_features = StoryFeatures(
        lang, tuple((mark, weight) for mark, weight in marks), frozenset(asked), roundup=roundup
    )
    span = TimeSpan(*map(datetime.fromisoformat, times))
    return IncomingArticle(story_features, bytes.fromhex(title_key), frozenset(topics), span)


class Stories:
    """Places articles in their order of time; forgets what no later one can continue."""

    def __init__(self) -> None:
        self._profiles: dict[int, Profile] = {}
        self._having: defaultdict[str, dict[int, None]] = defaultdict(dict)
        self._titled: dict[bytes, tuple[int, TimeSpan]] = {}
        self._marks: Counter[tuple[str, str]] = Counter()
        self._recent: deque[tuple[datetime, frozenset[str], tuple[str, ...]]] = deque()
        self._last = 0

    def enter(self, new: IncomingArticle) -> int:
        """Place an article, and remember it; return the number of its story, which may be new."""
        self._forget(new.span.first)
        found = assign(new, self).story
        if found is None:
            found = self._last = self._last + 1
            profile = begun(found, new)
        else:
            profile = self._profiles[found].having(new)
        for mark in self._profiles[found].marks if found in self._profiles else ():
            if mark not in profile.marks:
                del self._having[mark][found]
        self._profiles[found] = profile
        for mark in profile.marks:
            self._having[mark][found] = None
        self._titled[new.title_key] = (found, new.span)
        self._count(new)
        return found

    def _count(self, new: IncomingArticle) -> None:
        marks = counted(new.story_features)
        self._recent.append((new.span.last, new.topics, marks))
        self._marks.update((topic, mark) for topic in new.topics for mark in marks)

    def _forget(self, now: datetime) -> None:
        while self._recent and self._recent[0][0] < now - MEMORY:
            _, topics, marks = self._recent.popleft()
            for each in ((topic, mark) for topic in topics for mark in marks):
                self._marks[each] -= 1
                if not self._marks[each]:
                    del self._marks[each]
        ended = [p for p in self._profiles.values() if p.span.last < now - MEMORY]
        for profile in ended:
            del self._profiles[profile.story]
            for mark in profile.marks:
                del self._having[mark][profile.story]
                if not self._having[mark]:
                    del self._having[mark]
        if ended:
            self._titled = {
                key: each for key, each in self._titled.items() if each[1].last >= now - MEMORY
            }

    # ── the index ─────────────────────────────────────────────────────────────────────────────

    def titled(self, new: IncomingArticle, within: timedelta) -> int | None:
        """Return the story with the last article of this headline, if it is so near in time."""
        story, span = self._titled.get(new.title_key, (None, new.span))
        return story if story in self._profiles and _near(new.span, span, within) else None

    def rates(self, _: IncomingArticle) -> Rates:
        """Return how common all marks are."""
        return Rates(self._marks)

    def live(self, new: IncomingArticle, within: timedelta) -> int:
        """Return how many stories of its topics had a report so near in time."""
        of_topics = (p for p in self._profiles.values() if p.topics.keys() & new.topics)
        return sum(_near(new.span, profile.span, within) for profile in of_topics)

    def sharing(
        self, new: IncomingArticle, marks: Sequence[tuple[str, float]], within: timedelta
    ) -> list[Profile]:
        """Return the stories near in time that share most."""
        shared: defaultdict[int, float] = defaultdict(float)
        for mark, worth in marks:
            for story in self._having.get(mark, ()):
                shared[story] += worth
        found = (self._profiles[story] for story in sorted(shared, key=lambda s: (-shared[s], s)))
        near = (profile for profile in found if _near(new.span, profile.span, within))
        return list(islice(near, CANDIDATES))


def _near(one: TimeSpan, other: TimeSpan, within: timedelta) -> bool:
    return one.days_from(other) * _DAY <= within.total_seconds()
