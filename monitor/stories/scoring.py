"""How likely an article is to continue a story: evidence for and against, added up. Pure.

The sum of log-likelihood ratios of record linkage (Fellegi & Sunter 1969, “A theory for record
linkage”): what two reports share counts by how rarely hits of their topic have it. It is averaged
over the story's articles (average linkage: Sokal & Michener 1958), so that a story is compared as a
whole and does not drift from link to link; and what the topic's hits share by chance is taken off,
so that a large story draws nothing that is only as much like it as like any other. Marks of one
kind are not independent, so each kind is damped.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import log, log1p
from typing import TYPE_CHECKING, NamedTuple

from monitor.stories.features import DAY, MODEL, NAME, NUMBER, ORDINAL, WORD
from monitor.text import durations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.model import StoryFeatures


class Kind(NamedTuple):
    """How marks of a kind count.

    `common` is the share of articles that have one, before any were seen; `shared` the share of
    reports that repeat what another report of the same event has; `damped` what the evidence of
    one is worth beside that of others; `missed` how much less one that is missing says: reports of
    one event tell it in other words, but of the same place.
    """

    common: float
    shared: float
    damped: float
    missed: float = 0.0


KINDS = {
    "@actor": Kind(0.12, 0.6, 0.6, 0.5),
    "@place": Kind(0.12, 0.6, 0.6, 0.8),
    "@weapon": Kind(0.12, 0.6, 0.6, 0.5),
    "@action": Kind(0.12, 0.6, 0.6, 0.3),
    "@other": Kind(0.12, 0.6, 0.6, 0.2),
    DAY: Kind(0.06, 0.5, 0.3),
    NUMBER: Kind(0.03, 0.4, 0.9),
    MODEL: Kind(0.05, 0.5, 0.5),
    ORDINAL: Kind(0.05, 0.5, 0.5),
    NAME: Kind(0.03, 0.5, 0.5),
    WORD: Kind(0.04, 0.35, 0.35),
}
ENOUGH = -1.0  # the sum from which on an article continues a story
_EVIDENCE = 0.15  # what they share has to say as much: the time alone decides nothing
_START = 1.0  # of the sum, for articles of the same time
_A_DAY = 1.5  # off for each day between an article and the reports of a story
_VAGUE = 0.5  # off for a date that is a day, a month or a year
_LIVE = 0.7  # off for other stories of the topic that may be meant as well
_AT_FIRST = 1.0  # of them where nothing is known yet of how common marks are
_OTHER_TOPIC = 5.0  # off where they share no topic, or one that few of its articles hit
_ITS_TOPIC = 0.33  # the share of a story's articles from which on a topic is its own
_OTHER_DAY, _FARTHEST = 1.0, 3  # off for each day between the days that they name
# Off where both name some of a kind, but none is the same.
_APART = {MODEL: 2.0, ORDINAL: 2.0, "@actor": 1.5, "@action": 1.0, "@place": 0.5}
_MOST_WORDS = 6.0  # all words together count no more than this
_MOST_MARKS = 400  # that are kept of a story
_USUAL = 0.5  # the share of a story's articles whose term sets are missed in one that lacks them
_ASKED = 0.5  # the share of hits that have what their topic asks for, before any were seen
_MOST = 0.95  # no mark is in every hit
_PRIOR = 30  # articles that what is common before any were seen is worth
_SHORT_WORD, _COMMON_WORD = 4, 0.1  # letters; the share of articles that have so short a word


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """When an article was published, or a story's were: from, to. One date where it is known."""

    first: datetime
    last: datetime

    def days_from(self, other: TimeSpan) -> float:
        """Return how many days lie between two spans, 0 where they overlap."""
        gap = max(self.first - other.last, other.first - self.last, timedelta())
        return gap.total_seconds() / durations.DAY

    def joined(self, other: TimeSpan) -> TimeSpan:
        """Return the span of both; a date that is a month or a year adds nothing."""
        if other.last - other.first > timedelta(days=1):
            return self
        return TimeSpan(min(self.first, other.first), max(self.last, other.last))

    @property
    def width(self) -> float:
        """How many days it takes."""
        return (self.last - self.first).total_seconds() / durations.DAY


@dataclass(frozen=True, slots=True)
class IncomingArticle:
    """An article with a hit, on its way into a story."""

    story_features: StoryFeatures
    title_key: bytes
    topics: frozenset[str]
    span: TimeSpan


@dataclass(frozen=True, slots=True)
class Profile:
    """A story as articles are compared with it: how many of its articles have which mark.

    `langs` counts its articles by language, `topics` by the topics that they hit.
    """

    story: int
    span: TimeSpan
    topics: Mapping[str, int]
    articles: int
    langs: Mapping[str, int]
    marks: Mapping[str, int]

    def having(self, new: IncomingArticle) -> Profile:
        """Return it with one more article; of one that reports many events only the time."""
        named = dict.fromkeys(sorted(new.topics), 0)
        grown = replace(self, span=self.span.joined(new.span), topics={**named, **self.topics})
        if new.story_features.roundup and self.articles:
            return grown
        return replace(
            grown,
            topics={topic: n + (topic in new.topics) for topic, n in grown.topics.items()},
            articles=self.articles + 1,
            langs=Counter(self.langs) + Counter([new.story_features.lang]),
            marks=_commonest(Counter(self.marks) + Counter(dict(new.story_features.marks).keys())),
        )


def _commonest(marks: Counter[str]) -> Mapping[str, int]:
    """Leave out what few articles of a long story have; the order is that of coming."""
    return marks if len(marks) <= _MOST_MARKS else dict(marks.most_common(_MOST_MARKS))


def begun(story: int, new: IncomingArticle) -> Profile:
    """Return the profile of a story that an article begins."""
    return Profile(story, new.span, {}, 0, {}, {}).having(new)


@dataclass(frozen=True, slots=True)
class Rates:
    """How many of the recent hits of topics have which mark, by (topic, mark).

    The mark "" counts all hits, `word:en:` those in a language.
    """

    marks: Mapping[tuple[str, str], int]

    def __call__(self, mark: str, new: IncomingArticle) -> float:
        """Return the share of hits that have a mark, of the topic with the most."""
        common = _ASKED if mark in new.story_features.asked else _common(mark)
        of = mark[: mark.rindex(":") + 1] if mark.startswith(WORD) else ""
        shares = (
            (self.marks.get((topic, mark), 0) + _PRIOR * common)
            / (self.marks.get((topic, of), 0) + _PRIOR)
            for topic in new.topics
        )
        return min(max(shares, default=common), _MOST)

    def prior_weight(self, new: IncomingArticle) -> float:
        """Return how little is known of how common marks are: 1 before the first hit, then less."""
        seen = max((self.marks.get((topic, ""), 0) for topic in new.topics), default=0)
        return _PRIOR / (seen + _PRIOR)


def counted(story_features: StoryFeatures) -> tuple[str, ...]:
    """Return the marks under which an article is counted in its topics, see `Rates`."""
    return ("", f"{WORD}:{story_features.lang}:", *(mark for mark, _ in story_features.marks))


def _kind(mark: str) -> Kind:
    return KINDS[mark.partition(":")[0]]


def _common(mark: str) -> float:
    if mark.startswith(WORD) and mark.isascii() and len(mark.rpartition(":")[2]) <= _SHORT_WORD:
        return _COMMON_WORD
    return _kind(mark).common


class Reason(NamedTuple):
    """What counts for (a positive `weight`) or against two reports being of one story.

    `what` is a mark, or `time`, `topics`, `days` or `stories`. `among` of its articles have it.
    """

    what: str
    weight: float
    among: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """A story with the evidence for it, and the sum of that."""

    profile: Profile
    score: float
    reasons: tuple[Reason, ...]


class StoryScorer:
    """Weighs one article against stories; `live` counts those of its topic at the time."""

    def __init__(self, new: IncomingArticle, rates: Rates, live: int) -> None:
        self._new = new
        self._rates = rates
        marks = [self._mark(mark, weight) for mark, weight in new.story_features.marks]
        self._words = [mark for mark in marks if mark.name.startswith(WORD)]
        self._facts = [mark for mark in marks if not mark.name.startswith(WORD)]
        self._has = frozenset(mark for mark, _ in new.story_features.marks)
        self._days = [_date(mark) for mark in self._has if mark.startswith(DAY)]
        self._same = (
            Reason("date", -_VAGUE * log1p(new.span.width)),
            Reason("stories", -_LIVE * log1p(live + _AT_FIRST * rates.prior_weight(new))),
        )

    def _mark(self, mark: str, weight: float) -> _Mark:
        kind, rate = _kind(mark), self._rates(mark, self._new)
        says = max(log(kind.shared / rate), 0.0) * kind.damped * weight
        missed = _missed(kind) * (1 - rate) * weight**2 if mark.startswith("@") else 0.0
        return _Mark(mark, says, rate, missed)

    def most_informative(self) -> list[tuple[str, float]]:
        """Return the article's marks with what sharing each says, the most telling first."""
        marks = ((mark.name, mark.says * (1 - mark.rate)) for mark in (*self._facts, *self._words))
        return sorted(marks, key=lambda each: (-each[1], each[0]))

    def __call__(self, story: Profile) -> Scored:
        """Weigh whether the article continues a story."""
        words = _shared(self._words, story, story.langs.get(self._new.story_features.lang, 0))
        facts = [*_shared(self._facts, story, story.articles), *self._missing(story)]
        around = (*self._around(story), *self._same)
        said = min(sum(each.weight for each in words), _MOST_WORDS)
        score = said + sum(each.weight for each in (*facts, *around))
        if sum(each.weight for each in (*facts, *words) if each.weight > 0) < _EVIDENCE:
            score = min(score, ENOUGH)
        return Scored(story, score, (*facts, *words, *around))

    def _missing(self, story: Profile) -> Iterator[Reason]:
        """Yield what term sets say that most articles of the story have, and this one has not."""
        for mark, told in story.marks.items():
            if mark[0] == "@" and told > _USUAL * story.articles and mark not in self._has:
                rate = self._rates(mark, self._new)
                yield Reason(mark, _missed(_kind(mark)) * told / story.articles * (1 - rate), told)

    def _around(self, story: Profile) -> Iterator[Reason]:
        """Yield what times, topics and named days say; neighbouring days may be time zones."""
        yield Reason("time", _START - _A_DAY * self._new.span.days_from(story.span))
        hit = max((story.topics.get(topic, 0) for topic in self._new.topics), default=0)
        if (few := 1 - hit / (_ITS_TOPIC * story.articles)) > 0:
            yield Reason("topics", -_OTHER_TOPIC * few, hit)
        for kind, off in _APART.items():
            ours = {mark for mark in self._has if mark.startswith(kind)}
            others = {mark for mark in story.marks if mark.startswith(kind)} if ours else set()
            if others and not ours & others:
                yield Reason(f"{kind}s", -off)
        if self._days:
            theirs = [_date(mark) for mark in story.marks if mark[0] == "d"]
            gap = min((abs((a - b).days) for a in self._days for b in theirs), default=0)
            if gap > 1:
                yield Reason("days", -_OTHER_DAY * min(gap, _FARTHEST))


def _shared(marks: list[_Mark], story: Profile, of: int) -> list[Reason]:
    """Return what the marks of an article say: more or less often in the story than by chance."""
    if not of:
        return []
    told = [(mark, story.marks.get(mark.name, 0)) for mark in marks]
    return [
        Reason(mark.name, mark.says * (n / of - mark.rate) + mark.missed * (1 - n / of), n)
        for mark, n in told
    ]


class _Mark(NamedTuple):
    """A mark of an article: what sharing it `says`, how common it is, what missing it says."""

    name: str
    says: float
    rate: float
    missed: float


def _missed(kind: Kind) -> float:
    return log(1 - kind.shared * kind.missed) * kind.damped


def _date(mark: str) -> date:
    return date.fromisoformat(mark[len(DAY) + 1 :])
