"""Topics tried on articles of the past. Nothing is alerted.

batches of rows (stored, or files) ─▶ try_batch on all cores, or a cluster ─▶ Outcomes
─▶ TopicTrial (counts, and the articles that matter) ─▶ volume, changes, quality (`results`)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import IO, TYPE_CHECKING

from monitor.matching.matcher import matcher_for
from monitor.model import StoryFeatures
from monitor.scan.scan import story_features
from monitor.stories import IncomingArticle, TimeSpan
from monitor.stories.in_memory import Stories, as_row, from_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from monitor.backtest.archive import Batch
    from monitor.backtest.articles import LabelledArticle
    from monitor.model import Match

    ReadBatch = Callable[[Batch], Sequence[LabelledArticle]]

_EVER = TimeSpan(datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class TrialResult:
    """An article with its matches. For a hit, `story` is the key of its story (`s12`).

    `story_features` are those of a hit, until its story is known.
    """

    labelled: LabelledArticle
    matches: tuple[Match, ...]
    story: str | None = None
    story_features: StoryFeatures | None = None

    def hits(self) -> dict[str, Match]:
        """Return the hits by topic."""
        return {match.topic: match for match in self.matches if match.is_hit}


# ── outcomes ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes of a batch: the ids of all articles, and by their number those that matter.

    An article matters if it matches, is labelled, or hit before; its text is left out. `days` are
    the days of all articles, `size` is that of the batch.
    """

    ids: Sequence[str]
    days: frozenset[date]
    kept: Mapping[int, TrialResult]
    size: int


def try_batch(read: ReadBatch, programs: Sequence[bytes], batch: Batch) -> Outcomes:
    """Read a batch and match it: the ONE function that is sent to other cores and machines.

    `programs` are the packed topics, and after them those to compare with, if any.
    """
    articles = read(batch)
    matches, *earlier = ([*_matches(packed, articles)] for packed in programs)
    for matches_before in earlier:
        pairs = zip(articles, matches_before, strict=True)
        articles = [replace(each, before=_hits(found)) for each, found in pairs]

    kept = {
        number: _kept(each, found)
        for number, (each, found) in enumerate(zip(articles, matches, strict=True))
        if found or _matters(each)
    }
    days = frozenset(each.at.date() for each in articles if each.at)
    return Outcomes([each.id for each in articles], days, kept, batch.size)


def _matters(labelled: LabelledArticle) -> bool:
    is_labelled = any(label is not None for label in labelled.labels.values())
    return is_labelled or bool(labelled.before)


def _kept(labelled: LabelledArticle, matches: tuple[Match, ...]) -> TrialResult:
    article = labelled.article
    if labelled.until and labelled.at and labelled.until - labelled.at > timedelta(days=1):
        article = replace(article, published_at=None)  # weekdays need the day of publication
    features = story_features(article, matches)
    without_text = replace(labelled, article=replace(labelled.article, text=""))
    return TrialResult(without_text, matches, story_features=features)


def _matches(packed: bytes, labelled: Sequence[LabelledArticle]) -> list[tuple[Match, ...]]:
    return matcher_for(packed).match(each.article for each in labelled)


def _hits(matches: Iterable[Match]) -> frozenset[str]:
    return frozenset(match.topic for match in matches if match.is_hit)


class TopicTrial:
    """The outcomes of all batches; `articles` is their number, `kept` has those that matter.

    Hits wait in a file (`waiting`, else in memory) until all are known: they are put into stories
    in the order of time.
    """

    def __init__(self, waiting: IO[bytes] | None = None) -> None:
        self.articles = 0
        self.days: set[date] = set()
        self.kept: dict[int, TrialResult] = {}
        self._waiting = waiting or BytesIO()
        self._order: list[tuple[datetime, str, int, int]] = []  # time, id, number, file position

    def add(self, outcomes: Outcomes) -> None:
        """Add the outcomes of the next batch."""
        for number, result in outcomes.kept.items():
            self._keep(self.articles + number, result)
        self.days |= outcomes.days
        self.articles += len(outcomes.ids)

    def _keep(self, number: int, result: TrialResult) -> None:
        self.kept[number] = replace(result, story_features=None)
        if result.hits():
            position = self._waiting.tell()
            self._order.append((_latest(result.labelled), result.labelled.id, number, position))
            self._waiting.write(as_row(_incoming(result)))

    def end(self) -> None:
        """Put all hits into stories, in the order of time."""
        stories, entered = Stories(), {}
        for *_, number, position in sorted(self._order):
            self._waiting.seek(position)
            entered[number] = stories.enter(from_row(self._waiting.readline()))
        for number, story in entered.items():
            key = f"s{stories.now_part_of(story)}"
            self.kept[number] = replace(self.kept[number], story=key)


def _latest(labelled: LabelledArticle) -> datetime:
    """Return the latest time of publication: an undated article comes last."""
    return labelled.until or labelled.at or _EVER.last


def _incoming(result: TrialResult) -> IncomingArticle:
    labelled = result.labelled
    span = TimeSpan(labelled.at or _EVER.first, _latest(labelled))
    article = labelled.article
    features = result.story_features or StoryFeatures(article.lang)
    topics = frozenset(result.hits())
    return IncomingArticle(
        features, article.title_key, topics, span, article.publisher, article.digest
    )
