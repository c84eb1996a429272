"""How common features are among stories, before any were seen and after. Pure.

What two reports share counts by how rarely the hits of their topic have it (`scoring`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from monitor.stories.features import DAY, FIGURE, MODEL, NAME, NUMBER, ORDINAL, WORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.stories.profile import IncomingArticle, Profile


class Kind(NamedTuple):
    """How features of a kind count.

    `prior_rate` is the share of articles that have one, before any were seen; `repeat_rate` the
    share of reports that repeat what another report of the same event has. `damping` is the factor
    for the evidence of one beside that of others. `missing` is the factor for one that is missing:
    reports of one event tell it in other words, but of the same place.
    """

    prior_rate: float
    repeat_rate: float
    damping: float
    missing: float = 0.0


KINDS = {
    "@actor": Kind(0.12, 0.6, 0.6, 0.6),
    "@place": Kind(0.12, 0.6, 0.6, 0.8),
    "@target": Kind(0.06, 0.6, 0.6, 0.5),
    "@weapon": Kind(0.12, 0.6, 0.6, 0.5),
    "@action": Kind(0.12, 0.6, 0.6, 0.3),
    "@other": Kind(0.12, 0.6, 0.6, 0.2),
    DAY: Kind(0.06, 0.5, 0.3),
    NUMBER: Kind(0.03, 0.4, 0.9),
    FIGURE: Kind(0.03, 0.4, 0.5),
    MODEL: Kind(0.05, 0.5, 0.5),
    ORDINAL: Kind(0.05, 0.5, 0.5),
    NAME: Kind(0.03, 0.5, 0.5),
    WORD: Kind(0.04, 0.35, 0.35),
}
_ASKED = 0.5  # prior rate of what the topics ask for
_HIGHEST_RATE = 0.95  # no feature is in every story
_PRIOR = 30  # stories that the prior rate counts as much as
_SHORT_WORD, _SHORT_WORD_RATE = 4, 0.1  # letters; prior rate of so short a word


@dataclass(frozen=True, slots=True)
class Rates:
    """How common features are: `counts` of recent stories by (topic, feature).

    The feature "" counts all stories of a topic, `word:en:` those told in a language.
    """

    counts: Mapping[tuple[str, str], int]

    def __call__(self, feature: str, new: IncomingArticle) -> float:
        """Return the share of stories that have a feature, in the topic where it is commonest."""
        prior = _ASKED if feature in new.story_features.asked else _prior_rate(feature)
        every = feature[: feature.rindex(":") + 1] if feature.startswith(WORD) else ""
        shares = (
            (self.counts.get((topic, feature), 0) + _PRIOR * prior)
            / (self.counts.get((topic, every), 0) + _PRIOR)
            for topic in new.topics
        )
        return min(max(shares, default=prior), _HIGHEST_RATE)

    def prior_weight(self, new: IncomingArticle) -> float:
        """Weight of the prior, from 1 (no stories counted yet) towards 0."""
        stories = max((self.counts.get((topic, ""), 0) for topic in new.topics), default=0)
        return _PRIOR / (stories + _PRIOR)


def counted_features(
    new: IncomingArticle, before: Profile | None
) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """Yield topics, and the names under which an article is counted in them, see `Rates`.

    A feature counts once a story, however many reports repeat it: else what an event of fifty
    reports has would pass for common. `before` is the article's story without it, None for none.
    """
    features = new.story_features
    names = ("", f"{WORD}:{features.lang}:", *(name for name, _ in features.features))
    known = before.topics.keys() if before else ()
    if topics := sorted(new.topics.difference(known)):
        yield topics, names
    if before and (topics := sorted(new.topics.intersection(known))):
        had = {"", *before.features, *(f"{WORD}:{lang}:" for lang in before.langs)}
        yield topics, tuple(name for name in names if name not in had)


def kind_of(feature: str) -> Kind:
    """Return how features of this one's kind count: `@place` of `@place:kursk`."""
    return KINDS[feature.partition(":")[0]]


def _prior_rate(feature: str) -> float:
    value = feature.rpartition(":")[2]
    if feature.startswith(WORD) and feature.isascii() and len(value) <= _SHORT_WORD:
        return _SHORT_WORD_RATE
    return kind_of(feature).prior_rate
