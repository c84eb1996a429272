"""The results of a trial for one topic: its volume, its changes, and its quality. Pure.

`precision`, `recall` and F1 are those of information retrieval (van Rijsbergen 1979, chapter 7);
an article whose label is null is left out of them.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.backtest.articles import LabelledArticle
    from monitor.backtest.trial import TrialResult
    from monitor.model import Match


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a topic on labelled articles: numbers of right, wrong and missed hits.

    `rejected` are the articles that the topic rightly does not hit.
    """

    right: int = 0
    wrong: int = 0
    missed: int = 0
    rejected: int = 0

    @property
    def positives(self) -> int:
        """The number of articles that the topic should hit."""
        return self.right + self.missed

    @property
    def negatives(self) -> int:
        """The number of articles that the topic should not hit."""
        return self.wrong + self.rejected

    @property
    def precision(self) -> float:
        """The share of the hits that are right; 1 without any hit."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of the articles to hit that are hit; 1 without any such article."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class TopicYield:
    """The numbers of a topic's hits, near misses and stories, and its stories `a_day`."""

    hits: int
    near: int
    stories: int
    a_day: float


def volume(topic: str, results: Iterable[TrialResult], days: int) -> TopicYield:
    """Return the numbers of a topic's hits, near misses and stories in so many days."""
    hits = near_misses = 0
    stories: set[str | None] = set()
    for result in results:
        for match in result.matches:
            if match.topic != topic:
                continue
            if match.is_hit:
                hits += 1
                stories.add(result.story)
            else:
                near_misses += 1
    return TopicYield(hits, near_misses, len(stories), len(stories) / max(days, 1))


def quality(topic: str, results: Iterable[TrialResult]) -> dict[str, Quality]:
    """Return the quality of a topic on labelled articles by language; "" stands for all."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        label = result.labelled.labels.get(topic)
        kind = _KINDS[label, topic in result.hits()] if label is not None else ""
        if kind:
            counts[""][kind] += 1
            counts[result.labelled.article.lang or "?"][kind] += 1
    langs = sorted(counts, key=lambda lang: (lang != "", -counts[lang].total(), lang))
    return {lang: Quality(**counts[lang]) for lang in langs}


_KINDS = {(1, True): "right", (0, True): "wrong", (1, False): "missed", (0, False): "rejected"}


def mistakes(
    topic: str, results: Iterable[TrialResult]
) -> tuple[list[TrialResult], list[TrialResult]]:
    """Return the labelled articles that a topic misses, and those that it hits falsely."""
    missed, wrong = [], []
    for result in results:
        label, is_hit = result.labelled.labels.get(topic), topic in result.hits()
        if label == 1 and not is_hit:
            missed.append(result)
        elif label == 0 and is_hit:
            wrong.append(result)
    return missed, wrong


def labelled_topics(results: Iterable[TrialResult]) -> dict[str, int]:
    """Return the topics of all labels, each with the number of its articles."""
    labels = chain.from_iterable(result.labelled.labels.items() for result in results)
    return dict(Counter(topic for topic, label in labels if label is not None))


def changes(
    topic: str, results: Iterable[TrialResult]
) -> tuple[list[LabelledArticle], list[LabelledArticle]]:
    """Return the articles that a topic gains and loses."""
    gained, lost = [], []
    for result in results:
        now, before = topic in result.hits(), topic in result.labelled.before
        if now and not before:
            gained.append(result.labelled)
        elif before and not now:
            lost.append(result.labelled)
    return gained, lost


def as_line(article: str, matches: Sequence[Match] = (), story: str | None = None) -> str:
    """Return the matches of an article, with its id, as one line of JSON."""
    row = {
        "id": article,
        "hits": [match.topic for match in matches if match.is_hit],
        "near": [match.topic for match in matches if not match.is_hit],
        "scores": {match.topic: match.score for match in matches},
        "story": story,
    }
    return json.dumps(row, ensure_ascii=False) + "\n"
