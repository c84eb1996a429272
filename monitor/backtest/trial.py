"""Topics tried on articles of the past. Nothing is alerted.

batches of rows (stored, or files) ─▶ try_batch on all cores, or a cluster ─▶ Outcomes
─▶ TopicTrial (counts, and the articles that matter) ─▶ volume, changes, quality (`results`)
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import MINYEAR, UTC, date, datetime, timedelta
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from monitor.errors import InputError
from monitor.matching.matcher import matcher_for
from monitor.model import Article, StoryFeatures
from monitor.scan.scan import story_features
from monitor.stories import IncomingArticle, TimeSpan
from monitor.stories.in_memory import Stories, as_row, from_row
from monitor.text.headlines import headline_key
from monitor.text.language import language
from monitor.text.normalize import canonical_link, clean, digest, plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from monitor.backtest.archive import Batch
    from monitor.model import Match

    ReadBatch = Callable[[Batch], Sequence["LabelledArticle"]]

_TITLE_WIDTH = 120  # characters of a title that is the beginning of the text, as in `parse.feed`
_LONGEST_TITLE = 200  # characters
_PERIOD = re.compile(r"\d{4}(?:-\d\d){0,2}")
_DAYS = (365, 31, 1)  # days of a year, a month and a day
_EVER = TimeSpan(datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
_TEXTS = ("title", "summary", "url", "publisher", "lang", "published", "kind")


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article to try topics on.

    `labels` are by topic id: 1 for a hit, 0 for none, None for either. `before` are the topics that
    the article hit earlier, to compare with. An article dated by a day, a month or a year was
    published at some time from `at` to `until`.
    """

    id: str
    article: Article
    at: datetime | None
    labels: Mapping[str, int | None] = field(default_factory=dict)
    before: frozenset[str] = frozenset()
    until: datetime | None = None


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


# ── articles ──────────────────────────────────────────────────────────────────────────────────


def archived(batch: Batch) -> list[LabelledArticle]:
    """Return the articles of an archive's rows. Raises InputError with the place of a mistake."""
    articles = []
    for number, row in enumerate(batch.rows, batch.first):
        if isinstance(row, bytes) and not row.strip():
            continue
        articles.append(_labelled(row, f"{batch.where}:{number}"))
    return articles


def stored(batch: Batch) -> list[LabelledArticle]:
    """Return the articles of rows of `Reader`; `before` are their stored hits."""
    labelled = []
    for row in batch.rows:
        if isinstance(row, bytes):
            continue
        article = stored_article(row)
        labelled.append(
            LabelledArticle(article.id, article, article.published_at, before=row["before"])
        )
    return labelled


def _labelled(row: object, where: str) -> LabelledArticle:
    if isinstance(row, bytes):
        try:
            row = json.loads(row.strip().decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict) or not _id(row):
        raise InputError(f'{where}: expected an object with at least "id" and "title"')
    if mistake := _mistake(row):
        raise InputError(f"{where}: {mistake}")
    article = article_of(row)
    until = _until(str(row.get("published") or ""))
    labels = row.get("labels") or {}
    return LabelledArticle(article.id, article, article.published_at, labels, until=until)


def _mistake(row: Mapping[str, Any]) -> str:
    """Return what is wrong with the fields of a row, "" for nothing."""
    for name in _TEXTS:
        if not isinstance(row.get(name) or "", str):
            return f'"{name}" is no text'
    if not (row.get("title") or row.get("summary")):
        return 'an article needs a "title" or a "summary"'
    labels = row.get("labels") or {}
    if not isinstance(labels, dict) or any(label not in (0, 1, None) for label in labels.values()):
        return '"labels" are topic ids with 1, 0 or null'
    return ""


def _id(row: Mapping[str, Any]) -> str:
    """Return the id of a row, a text or a number; "" for none."""
    value = row.get("id")
    return clean(str(value)) if isinstance(value, (str, int)) else ""


def article_of(row: Mapping[str, Any]) -> Article:
    """Return the article of a row of an archive (`title`, `summary`, `url`, `lang` …)."""
    title, text = (plain(str(row.get(name) or "")) for name in ("title", "summary"))
    title = title or shorten(text, _TITLE_WIDTH)
    lang = language(title, text, str(row.get("lang") or ""))
    return _article({**row, "url": clean(str(row.get("url") or ""))}, title, text, lang)


def stored_article(row: Mapping[str, Any]) -> Article:
    """Return the article of a row of `Reader`, unchanged: stored evidence points into its text."""
    return _article(row, row["title"], row["text"], row["lang"])


def _article(row: Mapping[str, Any], title: str, text: str, lang: str) -> Article:
    link = str(row.get("url") or "")
    canonical = canonical_link(link)
    return Article(
        id=_id(row),
        link=link,
        title=title,
        text=text,
        lang=lang,
        publisher=str(row.get("publisher") or ""),
        kind=str(row.get("kind") or ""),
        published_at=_time(str(row.get("published") or "")),
        id_key=None,
        link_key=digest("link", canonical) if canonical else None,
        content_key=None,
        title_key=headline_key(title),
        digest=digest(title, text),
    )


def text_article(text: str) -> Article:
    """Return the article of a text; the title is the first line, or the first 200 characters."""
    title, _, rest = text.strip().partition("\n")
    if len(title) > _LONGEST_TITLE:
        title, rest = shorten(title, _LONGEST_TITLE), text.strip()
    return article_of({"title": title, "summary": rest})


def _time(text: str) -> datetime | None:
    """Return the time of an ISO 8601 date, month or year; None for other texts.

    The year 1 is None too: some programs write it for “unknown”.
    """
    for form in (text, f"{text}-01", f"{text}-01-01"):
        try:
            at = datetime.fromisoformat(form)
        except ValueError:
            continue
        if at.year == MINYEAR:
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _until(text: str) -> datetime | None:
    """Return the end of a date that is a day, a month or a year; None for a date with a time."""
    begins_at = _time(text)
    if begins_at is None or not _PERIOD.fullmatch(text):
        return None
    days = _DAYS[text.count("-")]
    return begins_at + timedelta(days=days)


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
        stories = Stories()
        for *_, number, position in sorted(self._order):
            self._waiting.seek(position)
            story = stories.enter(from_row(self._waiting.readline()))
            self.kept[number] = replace(self.kept[number], story=f"s{story}")


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
