"""The story index of `monitor backtest`, in memory. The service's is in its database.

Stories.enter ─▶ assign_story ─▶ titled, rates, live, sharing (the methods of `StoryIndex`)
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from datetime import datetime
from itertools import islice, product
from typing import TYPE_CHECKING

from monitor.model import StoryFeatures
from monitor.stories.assign import CANDIDATES, MEMORY, assign_story
from monitor.stories.late_join import same_event
from monitor.stories.profile import IncomingArticle, joined_profile, new_profile
from monitor.stories.rates import Rates, counted_features
from monitor.stories.time_span import TimeSpan
from monitor.text.durations import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from monitor.stories.profile import Profile


def as_row(new: IncomingArticle) -> bytes:
    """Return an incoming article as a line of JSON, for the file in which it waits."""
    found, span = new.story_features, new.span
    features = [found.lang, found.features, sorted(found.asked), found.roundup]
    times = [span.first.isoformat(), span.last.isoformat()]
    written = [new.title_key.hex(), new.publisher, new.digest.hex()]
    row = [features, written, sorted(new.topics), times]
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def from_row(row: bytes) -> IncomingArticle:
    """Return the article of a line, with all that `assign_story` needs."""
    (lang, features, asked, roundup), written, topics, times = json.loads(row)
    title_key, publisher, digest = written
    weighted = tuple((name, weight) for name, weight in features)
    story_features = StoryFeatures(lang, weighted, frozenset(asked), roundup=roundup)
    span = TimeSpan(*map(datetime.fromisoformat, times))
    return IncomingArticle(
        story_features,
        bytes.fromhex(title_key),
        frozenset(topics),
        span,
        publisher,
        bytes.fromhex(digest),
    )


class Stories:
    """Assigns articles, in their order of time; forgets stories that no later one can continue."""

    def __init__(self) -> None:
        self._profiles: dict[int, Profile] = {}
        self._stories_with: defaultdict[str, dict[int, None]] = defaultdict(dict)  # by feature
        self._titled: dict[bytes, tuple[int, TimeSpan]] = {}
        self._texts: dict[bytes, dict[tuple[str, bytes], datetime]] = {}  # by headline
        self._counts: Counter[tuple[str, str]] = Counter()  # stories by (topic, feature)
        self._recent: deque[tuple[datetime, list[str], tuple[str, ...]]] = deque()
        self._last = 0  # the newest story
        self._joined: dict[int, int] = {}  # stories that turned out to be earlier ones

    def enter(self, new: IncomingArticle) -> int:
        """Assign an article, and remember it; return the number of its story, which may be new."""
        oldest = new.span.first - MEMORY
        self._forget_hits(oldest)
        self._forget_stories(oldest)

        assignment = assign_story(new, self)
        story = assignment.story
        before = self._profiles[story] if story else None
        if story is None:
            story = self._last = self._last + 1
        self._save(before.with_article(new) if before else new_profile(story, new))
        self._titled[new.title_key] = (story, new.span)
        if new.publisher:
            texts = self._texts.setdefault(new.title_key, {})
            texts[new.publisher, new.digest] = new.span.last
        self._count(new, before)
        if other := same_event(new, assignment):
            story = self._join(story, other)
        return story

    def now_part_of(self, story: int) -> int:
        """Return the story that a story is part of by now: itself, or an earlier one."""
        while story in self._joined:
            story = self._joined[story]
        return story

    def _join(self, one: int, other: int) -> int:
        """Make one story of two, under the number of the earlier, and return that."""
        into, later = sorted((one, other))
        part = self._profiles[later]
        self._save(joined_profile(self._profiles[into], part))
        self._remove(part)
        titled = self._titled.items()
        self._titled = {key: (into if at == later else at, span) for key, (at, span) in titled}
        self._joined[later] = into
        return into

    def _remove(self, profile: Profile) -> None:
        del self._profiles[profile.story]
        for feature in profile.features:
            del self._stories_with[feature][profile.story]
            if not self._stories_with[feature]:
                del self._stories_with[feature]

    def _save(self, profile: Profile) -> None:
        story = profile.story
        before = self._profiles.get(story)
        for feature in before.features if before else ():
            if feature not in profile.features:
                del self._stories_with[feature][story]
        self._profiles[story] = profile
        for feature in profile.features:
            self._stories_with[feature][story] = None

    def _count(self, new: IncomingArticle, before: Profile | None) -> None:
        for topics, features in counted_features(new, before):
            self._recent.append((new.span.last, topics, features))
            self._counts.update(product(topics, features))

    def _forget_hits(self, oldest: datetime) -> None:
        while self._recent and self._recent[0][0] < oldest:
            _, topics, features = self._recent.popleft()
            for each in product(topics, features):
                self._counts[each] -= 1
                if not self._counts[each]:
                    del self._counts[each]

    def _forget_stories(self, oldest: datetime) -> None:
        ended = [story for story in self._profiles.values() if story.span.last < oldest]
        for profile in ended:
            self._remove(profile)
        if ended:
            titled = self._titled.items()
            self._titled = {key: each for key, each in titled if each[1].last >= oldest}
            self._texts = {key: self._texts[key] for key in self._titled if key in self._texts}

    # ── StoryIndex ────────────────────────────────────────────────────────────────────────────

    def titled(self, new: IncomingArticle, within: timedelta) -> int | None:
        """Return the story of the last article with this headline, None for none near in time."""
        story, span = self._titled.get(new.title_key, (None, new.span))
        return story if story in self._profiles and _is_near(new.span, span, within) else None

    def texts(self, new: IncomingArticle, within: timedelta) -> int:
        """Return over how many other texts a publisher used this headline, the most of any."""
        texts = self._texts.get(new.title_key, {})
        since = new.span.first - within
        publishers = Counter(
            publisher
            for (publisher, text), at in texts.items()
            if at >= since and text != new.digest
        )
        return max(publishers.values(), default=0)

    def profile(self, story: int) -> Profile | None:
        """Return the profile of a story, None where it cannot go on."""
        return self._profiles.get(story)

    def rates(self, _: IncomingArticle) -> Rates:
        """Return how common all features are."""
        return Rates(self._counts)

    def live(self, new: IncomingArticle, within: timedelta) -> int:
        """Return the number of stories of the article's topics that are near in time."""
        profiles = self._profiles.values()
        spans = (each.span for each in profiles if each.topics.keys() & new.topics)
        return sum(_is_near(new.span, span, within) for span in spans)

    def sharing(
        self, new: IncomingArticle, features: Sequence[tuple[str, float]], within: timedelta
    ) -> list[Profile]:
        """Return the CANDIDATES stories near in time that share most."""
        shared: defaultdict[int, float] = defaultdict(float)
        for feature, weight in features:
            for story in self._stories_with.get(feature, ()):
                shared[story] += weight
        most_first = sorted(shared, key=lambda story: (-shared[story], story))
        profiles = (self._profiles[story] for story in most_first)
        near = (each for each in profiles if _is_near(new.span, each.span, within))
        return list(islice(near, CANDIDATES))


def _is_near(one: TimeSpan, other: TimeSpan, within: timedelta) -> bool:
    return one.days_from(other) * DAY <= within.total_seconds()
