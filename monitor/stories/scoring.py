"""How likely an article is to continue a story: evidence for and against, added up. Pure.

The score is the sum of log-likelihood ratios of record linkage (Fellegi & Sunter 1969, “A theory
for record linkage”): a feature that two reports share counts by how rarely hits of their topic have
it. The sum is averaged over the story's articles (average linkage: Sokal & Michener 1958), so that
a story is compared as a whole and does not drift from link to link. What the topic's hits share by
chance is subtracted, so that a large story draws no article that is only as much like it as like
any other story. Features of one kind are not independent, so each kind is damped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log, log1p
from typing import TYPE_CHECKING, NamedTuple

from monitor.stories import acts, agreement
from monitor.stories.features import MODEL, ORDINAL, WORD
from monitor.stories.rates import kind_of
from monitor.stories.time_span import named_days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.stories.profile import IncomingArticle, Profile
    from monitor.stories.rates import Kind, Rates

ENOUGH = -1.0  # score above which an article continues a story
# Least sum of what is shared beyond chance, where term sets of two kinds are not shared: the time
# alone decides nothing. What the topics ask for counts half here, since all of their hits have it.
_EVIDENCE, _ASKED_COUNTS = 0.15, 0.5
_SAME_TIME = 1.0  # added for articles of the same time
_A_DAY = 1.5  # subtracted for each day between an article and the story's articles
_VAGUE = 0.5  # subtracted for a date that is a day, a month or a year
_LIVE = 0.7  # subtracted for other stories of the topic that may be the one reported on
_LIVE_AT_FIRST = 1.0  # number of them to assume while none are counted yet
_OTHER_TOPIC = 5.0  # subtracted where no topic is shared, or one that few of its articles hit
_OWN_TOPIC = 0.33  # share of a story's articles from which on a topic is its own
_FURTHER_TOPICS = 1.0  # subtracted where each has topics that the other has not
# Added for the share of articles with the headline's term sets, and for figures of the same unit;
# the numbers of two events are as often the same by chance.
_HEADLINE, _USUAL_HEADLINE = 1.0, 0.45
_FIGURES, _USUAL_FIGURES = 1.0, 0.5
_OTHER_DAY, _FARTHEST = 1.0, 3  # subtracted for each day between the days named; most days
# Subtracted where article and story both have features of a kind, but share none.
_DIFFERENT = {MODEL: 2.0, ORDINAL: 2.0, "@action": 1.0}
_OTHER_ACTORS = 1.5  # subtracted where they name countries or groups, but none in common
_OTHER_TARGETS = 2.5  # subtracted where they name what is struck, but nothing in common
_ACTION = "@action"
_ACTS = (_ACTION, *sorted(acts.WEAPONS))  # where one side names no action but a weapon
_MOST_FROM_WORDS = 6.0  # upper limit for all words together
_USUAL = 0.5  # share of a story's articles above which a term set is missing in one without it
_COUNTED = 0.4  # added once rates are counted: those of a topic are higher than the prior ones


class Reason(NamedTuple):
    """Evidence for (a positive `weight`) or against an article continuing a story.

    `what` is a feature, or `time`, `topics`, `days`, `date`, `stories`, `acts`, `headline`,
    `figures`, `further topics`, or `@places`.
    `among` is the number of the story's articles that have it.
    """

    what: str
    weight: float
    among: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """A story with the evidence that an article continues it, and the sum of that."""

    profile: Profile
    score: float
    reasons: tuple[Reason, ...]


class StoryScorer:
    """Scores stories for one article; `live` is the number of its topics' stories at the time."""

    def __init__(self, new: IncomingArticle, rates: Rates, live: int) -> None:
        self._new = new
        self._rates = rates
        features = [self._feature(name, weight) for name, weight in new.story_features.features]
        self._words = [feature for feature in features if feature.name.startswith(WORD)]
        self._facts = [feature for feature in features if not feature.name.startswith(WORD)]
        self._names = frozenset(name for name, _ in new.story_features.features)
        self._days = named_days(self._names)
        self._parties = agreement.parties(self._names)
        unknown = rates.prior_weight(new)
        others = -_LIVE * log1p(live + _LIVE_AT_FIRST * unknown)
        self._same_for_all = (
            Reason("date", -_VAGUE * log1p(new.span.width)),
            Reason("stories", others + _COUNTED * (1 - unknown)),
        )

    def _feature(self, name: str, weight: float) -> _Feature:
        kind, rate = kind_of(name), self._rates(name, self._new)
        if_shared = max(log(kind.repeat_rate / rate), 0.0) * kind.damping * weight
        if_missing = _missing(kind) * (1 - rate) * weight**2 if name.startswith("@") else 0.0
        return _Feature(name, rate, if_shared, if_missing)

    def most_informative(self) -> list[tuple[str, float]]:
        """Return the article's features with the evidence of sharing each, the most first."""
        features = (*self._facts, *self._words)
        weighted = ((each.name, each.if_shared * (1 - each.rate)) for each in features)
        return sorted(weighted, key=lambda each: (-each[1], each[0]))

    def __call__(self, story: Profile) -> Scored:
        """Score whether the article continues a story."""
        same_lang = story.langs.get(self._new.story_features.lang, 0)
        words = _shared(self._words, story, same_lang)
        told = _without_words(story)
        facts = [*_shared(self._facts, told, told.articles), *self._only_in_story(told)]
        context = (*self._context(told), *self._same_for_all)

        from_words = min(sum(reason.weight for reason in words), _MOST_FROM_WORDS)
        score = from_words + sum(reason.weight for reason in (*facts, *context))
        features = self._new.story_features
        supporting = (reason for reason in (*facts, *words) if reason.weight > 0)
        shared = sum(
            reason.weight * (_ASKED_COUNTS if reason.what in features.asked else 1.0)
            for reason in supporting
        )
        if shared < _EVIDENCE and not agreement.tell_the_same(
            features, story.features, story.articles
        ):
            score = min(score, ENOUGH)
        return Scored(story, score, (*facts, *words, *context))

    def _only_in_story(self, story: Profile) -> Iterator[Reason]:
        """Yield term sets that most articles of the story have, and the new one has not."""
        for name, count in story.features.items():
            is_usual = name[0] == "@" and count > _USUAL * story.articles
            if is_usual and name not in self._names:
                rate = self._rates(name, self._new)
                weight = _missing(kind_of(name)) * count / story.articles * (1 - rate)
                yield Reason(name, weight, count)

    def _context(self, story: Profile) -> Iterator[Reason]:
        """Yield the evidence of times, topics, kinds without a common feature, acts and days."""
        days = min(self._new.span.days_from(story.span), story.span.days_from_named(self._days))
        yield Reason("time", _SAME_TIME - _A_DAY * days)

        hits = max((story.topics.get(topic, 0) for topic in self._new.topics), default=0)
        if (lacking := 1 - hits / (_OWN_TOPIC * story.articles)) > 0:
            yield Reason("topics", -_OTHER_TOPIC * lacking, hits)
        yield from self._agreement(story)

        for kind, subtracted in _DIFFERENT.items():
            if self._differs(story, kind) or (kind == _ACTION and self._differs(story, *_ACTS)):
                yield Reason(f"{kind}s", -subtracted)
        if agreement.differ_in_parties(self._parties, story.features):
            yield Reason("@actors", -_OTHER_ACTORS)

        features = self._new.story_features
        if agreement.differ_in_targets(features, story.features, story.articles):
            yield Reason("@targets", -_OTHER_TARGETS)
        yield Reason("acts", -acts.weight_against(features, story.features, story.articles))

        apart = self._days_apart(story)
        if apart > 1:  # neighbouring days may be time zones
            yield Reason("days", -_OTHER_DAY * min(apart, _FARTHEST))

    def _agreement(self, story: Profile) -> Iterator[Reason]:
        """Yield the evidence of all topics, of the headline's term sets and of figures."""
        further = 1 - agreement.of_topics(self._new.topics, story.topics, story.articles)
        yield Reason("further topics", -_FURTHER_TOPICS * further)
        share = agreement.of_headline(self._new.story_features, story.features, story.articles)
        if share is not None:
            yield Reason("headline", _HEADLINE * (share - _USUAL_HEADLINE))
        share = agreement.of_figures(self._names, story.features)
        if share is not None:
            yield Reason("figures", _FIGURES * (share - _USUAL_FIGURES))

    def _differs(self, story: Profile, *kinds: str) -> bool:
        """Whether article and story both have features that begin so, but share none.

        Two acts of a kind are no difference: reports of one event call it a raid or an advance.
        """
        ours = {name for name in self._names if name.startswith(kinds)}
        if not ours or any(name in story.features for name in ours):
            return False
        theirs = {name for name in story.features if name.startswith(kinds)}
        return bool(theirs) and not acts.are_alike(ours, theirs)

    def _days_apart(self, story: Profile) -> int:
        """Return the days between the nearest days named by both, 0 where one names none."""
        theirs = named_days(story.features) if self._days else []
        return min((abs((a - b).days) for a in self._days for b in theirs), default=0)


def _without_words(story: Profile) -> Profile:
    """Return a story as its facts: most features are words, and the rest is gone through often."""
    features = story.features.items()
    facts = {name: count for name, count in features if not name.startswith(WORD)}
    return replace(story, features=facts)


def _shared(features: list[_Feature], story: Profile, articles: int) -> list[Reason]:
    """Return the evidence of an article's features: commoner in the story than by chance, or not.

    `articles` is the number of the story's articles that could have them.
    """
    if not articles:
        return []
    reasons = []
    for feature in features:
        count = story.features.get(feature.name, 0)
        share = count / articles
        weight = feature.if_shared * (share - feature.rate) + feature.if_missing * (1 - share)
        reasons.append(Reason(feature.name, weight, count))
    return reasons


class _Feature(NamedTuple):
    """A feature of the article: its rate by chance, and the evidence of sharing and missing it."""

    name: str
    rate: float
    if_shared: float
    if_missing: float


def _missing(kind: Kind) -> float:
    return log(1 - kind.repeat_rate * kind.missing) * kind.damping
