"""The effect of a changed topic on stored articles, against the topic as it is: for the workbench.

    stored articles ─▶ live matcher (once) ─▶ hits before
                    └▶ changed matcher     ─▶ hits after, stories, near misses ─▶ Effect

`Bench` keeps articles and matchers between two tries, so that a try costs what its change costs.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from monitor.backtest.articles import LabelledArticle, stored_article, text_article
from monitor.backtest.results import changes, volume
from monitor.backtest.trial import Outcomes, TopicTrial, TrialResult
from monitor.matching.compile import pack
from monitor.matching.matcher import Matcher
from monitor.matching.origins import Origins
from monitor.matching.terms.termsets import library
from monitor.scan.scan import story_features
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from monitor.matching.explain import Explanation
    from monitor.matching.terms.termsets import TermSet
    from monitor.model import Match, Topic

_SHOWN = 20  # articles of each list
_FRESH = 300.0  # seconds for which stored articles are kept
_MATCHERS = 4  # that are kept: the live one, and those of the last tries


@dataclass(frozen=True, slots=True)
class Job:
    """A try: the topic as it is and as it was changed, and what both are tried on.

    `examples` are the topic's own, each with whether it must hit. `text` is explained if not "".
    """

    database: Path
    live: Topic
    changed: Topic
    sets: Mapping[str, TermSet]
    since: datetime
    most: int
    examples: tuple[tuple[str, bool], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does. `gained`, `lost` and `near` show the first articles of so many.

    `languages` have the hits before and after. `failing` are examples that do the contrary of what
    they should. `compiled_in` and `matched_in` are in seconds.
    """

    articles: int
    days: int
    hits: int
    hits_before: int
    stories: int
    stories_a_day: float
    gained: tuple[dict[str, Any], ...]
    gained_count: int
    lost: tuple[dict[str, Any], ...]
    lost_count: int
    near: tuple[dict[str, Any], ...]
    near_count: int
    languages: tuple[tuple[str, int, int], ...]
    failing: tuple[str, ...]
    explanation: Explanation | None
    compiled_in: float
    matched_in: float


class Bench:
    """Tries topics on stored articles, which it keeps between two tries."""

    def __init__(self) -> None:
        self._matchers: dict[object, Matcher] = {}
        self._articles: list[LabelledArticle] = []
        self._read_for: tuple[object, ...] = ()
        self._read_at = 0.0
        self._hits_before: tuple[object, frozenset[str]] = (None, frozenset())

    def effect(self, job: Job) -> Effect:
        """Return the effect of a change. Raises ExpressionError and StoreError."""
        begun = time.perf_counter()
        matcher = self._matcher(job.changed, job.sets)
        compiled_in = time.perf_counter() - begun
        articles = self._stored(job)
        before = self._before(job, articles)
        begun = time.perf_counter()
        matches = list(matcher.match(each.article for each in articles))
        trial = _trial(job.changed.id, articles, matches, before)
        matched_in = time.perf_counter() - begun
        return _effect(job, trial, matcher, (compiled_in, matched_in))

    def _matcher(self, topic: Topic, sets: Mapping[str, TermSet]) -> Matcher:
        key = repr((topic, sorted(sets.items())))
        found = self._matchers.pop(key, None) or Matcher(pack([topic], sets))
        self._matchers[key] = found  # the last one used comes last
        while len(self._matchers) > _MATCHERS:
            del self._matchers[next(iter(self._matchers))]
        return found

    def _stored(self, job: Job) -> list[LabelledArticle]:
        key = (job.database, job.since.date(), job.most)
        if self._read_for != key or time.monotonic() - self._read_at > _FRESH:
            with Reader(job.database) as reader:
                rows = reader.texts(job.since, job.most)
            articles = [stored_article(row) for row in rows]
            self._articles = [LabelledArticle(a.id, a, a.published_at) for a in articles]
            self._read_for, self._read_at = key, time.monotonic()
            self._hits_before = (None, frozenset())
        return self._articles

    def _before(self, job: Job, articles: Sequence[LabelledArticle]) -> frozenset[str]:
        """Return the ids of the articles that the live topic hits: matched once a topic."""
        key = repr((job.live, sorted(job.sets.items())))
        if self._hits_before[0] != key:
            matcher = self._matcher(job.live, job.sets)
            pairs = zip(articles, matcher.match(each.article for each in articles), strict=True)
            hits = frozenset(each.id for each, found in pairs if _is_hit(found))
            self._hits_before = (key, hits)
        return self._hits_before[1]


def _trial(
    topic: str,
    articles: Sequence[LabelledArticle],
    matches: Sequence[tuple[Match, ...]],
    before: frozenset[str],
) -> TopicTrial:
    kept = {}
    for number, (each, found) in enumerate(zip(articles, matches, strict=True)):
        if not found and each.id not in before:
            continue
        labelled = replace(each, before=frozenset({topic} if each.id in before else ()))
        features = story_features(each.article, found) if _is_hit(found) else None
        kept[number] = TrialResult(labelled, found, story_features=features)
    trial = TopicTrial()
    days = frozenset(each.at.date() for each in articles if each.at)
    trial.add(Outcomes([each.id for each in articles], days, kept, len(articles)))
    trial.end()
    return trial


def _is_hit(found: Sequence[Match]) -> bool:
    return any(match.is_hit for match in found)


def _effect(job: Job, trial: TopicTrial, matcher: Matcher, took: tuple[float, float]) -> Effect:
    topic, results = job.changed.id, list(trial.kept.values())
    numbers = volume(topic, results, len(trial.days))
    gained, lost = changes(topic, results)
    near = [each for each in results if each.matches and not each.hits()]
    before = sum(topic in each.labelled.before for each in results)
    return Effect(
        articles=trial.articles,
        days=len(trial.days),
        hits=numbers.hits,
        hits_before=before,
        stories=numbers.stories,
        stories_a_day=numbers.a_day,
        gained=tuple(map(_row, gained[::-1][:_SHOWN])),
        gained_count=len(gained),
        lost=tuple(map(_row, lost[::-1][:_SHOWN])),
        lost_count=len(lost),
        near=tuple(map(_near_row, near[::-1][:_SHOWN])),
        near_count=numbers.near,
        languages=_languages(topic, results),
        failing=tuple(_failing(job, matcher)),
        explanation=_explained(job, matcher),
        compiled_in=took[0],
        matched_in=took[1],
    )


def _row(given: LabelledArticle) -> dict[str, Any]:
    article = given.article
    return {
        "id": int(given.id),
        "title": article.title,
        "lang": article.lang,
        "publisher": article.publisher,
        "url": article.link,
    }


def _near_row(result: TrialResult) -> dict[str, Any]:
    reasons = [match.reason for match in result.matches if not match.is_hit]
    return {**_row(result.labelled), "reason": "; ".join(reasons)}


def _languages(topic: str, results: Sequence[TrialResult]) -> tuple[tuple[str, int, int], ...]:
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for each in results:
        lang = each.labelled.article.lang or "?"
        before[lang] += topic in each.labelled.before
        after[lang] += topic in each.hits()
    langs = sorted(before.keys() | after.keys(), key=lambda lang: (-after[lang], lang))
    return tuple((lang, before[lang], after[lang]) for lang in langs if before[lang] + after[lang])


def _failing(job: Job, matcher: Matcher) -> list[str]:
    failing = []
    for text, must_hit in job.examples:
        [found] = matcher.match([text_article(text)])
        if _is_hit(found) is not must_hit:
            failing.append(f"should {'' if must_hit else 'not '}hit: {text.strip()}")
    return failing


def _explained(job: Job, matcher: Matcher) -> Explanation | None:
    if not job.text.strip():
        return None
    origins = Origins({**library(), **job.sets})
    [found] = matcher.explain(text_article(job.text), [job.changed.id], origins)
    return found
