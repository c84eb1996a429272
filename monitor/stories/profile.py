"""An article on its way into a story, and a story as articles are compared with it. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from monitor.stories.time_span import named_days

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.model import StoryFeatures
    from monitor.stories.time_span import TimeSpan

_MOST_FEATURES = 400  # kept of a story


@dataclass(frozen=True, slots=True)
class IncomingArticle:
    """An article with a hit, on its way into a story.

    `digest` is that of its headline and text; publisher and digest are empty where they are not
    known.
    """

    story_features: StoryFeatures
    title_key: bytes
    topics: frozenset[str]
    span: TimeSpan
    publisher: str = ""
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Profile:
    """A story as articles are compared with it.

    `topics`, `langs` and `features` have the number of its articles that hit a topic, are written
    in a language and have a feature; `articles` is the number of all.
    """

    story: int
    span: TimeSpan
    topics: Mapping[str, int]
    articles: int
    langs: Mapping[str, int]
    features: Mapping[str, int]

    def with_article(self, new: IncomingArticle) -> Profile:
        """Return the profile with the article added.

        A round-up updates only the time span: its topics and features say nothing about one event.
        """
        topics = {**dict.fromkeys(sorted(new.topics), 0), **self.topics}
        days = named_days(name for name, _ in new.story_features.features)
        looks_back = bool(self.articles) and self.span.told_later(new.span, days)
        span = self.span if looks_back else self.span.joined(new.span)
        profile = replace(self, span=span, topics=topics)
        if new.story_features.roundup and self.articles:
            return profile

        features = Counter(self.features)  # `+` of two counters would look at each again
        features.update(dict(new.story_features.features).keys())
        return replace(
            profile,
            topics={topic: count + (topic in new.topics) for topic, count in topics.items()},
            articles=self.articles + 1,
            langs=Counter(self.langs) + Counter([new.story_features.lang]),
            features=_commonest(features),
        )


def _commonest(features: Counter[str]) -> Mapping[str, int]:
    """Leave out what few articles of a long story have; features stay in the order they came."""
    if len(features) <= _MOST_FEATURES:
        return features
    most = sorted(features.items(), key=itemgetter(1), reverse=True)  # they are nearly in order
    return dict(most[:_MOST_FEATURES])


def new_profile(story: int, new: IncomingArticle) -> Profile:
    """Return the profile of a story that an article begins."""
    return Profile(story, new.span, {}, 0, {}, {}).with_article(new)


def joined_profile(one: Profile, other: Profile) -> Profile:
    """Return the profile of two stories that turned out to be one, under the number of `one`."""
    return Profile(
        one.story,
        one.span.joined(other.span),
        Counter(one.topics) + Counter(other.topics),
        one.articles + other.articles,
        Counter(one.langs) + Counter(other.langs),
        _commonest(Counter(one.features) + Counter(other.features)),
    )
