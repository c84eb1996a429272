"""Topics tried on articles of the past: what they would hit, gain, lose, and how well.

    batches of rows (stored, or files) ─▶ try_batch on all cores, or a cluster ─▶ Outcomes
      ─▶ Trial (counts, and the articles that matter) ─▶ volume, differences, scores

Nothing is alerted. `precision`, `recall` and F1 are those of information retrieval (van Rijsbergen
1979, chapter 7); an article whose label is null is left out of them.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
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

    TokenizedArticle = Callable[[Batch], Sequence["LabelledArticle"]]

_TITLE_WIDTH = 120  # of an article without a title, as feeds are read
_LONGEST_TITLE = 200  # characters
_PERIOD = re.compile(r"\d{4}(?:-\d\d){0,2}")
_DAYS = (365, 31, 1)  # of a year, a month and a day
_EVER = TimeSpan(datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
_TEXTS = ("title", "summary", "url", "publisher", "lang", "published", "kind")


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article to try topics on. `labels` say what it should hit: 1, 0, or None for either.

    `before` are the topics that it hit before, where there is something to compare with. One that
    is dated by a day, a month or a year only is of some time from `at` to `until`.
    """

    id: str
    article: Article
    at: datetime | None
    labels: Mapping[str, int | None] = field(default_factory=dict)
    before: frozenset[str] = frozenset()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrialResult:
    """An article with what it matches; `story` is a key that its story shares, if it hits.

    `story_features` is what a hit is recognised by.
    """

    given: LabelledArticle
    matches: tuple[Match, ...]
    story: str | None = None
    story_features: StoryFeatures | None = None

    def hits(self) -> dict[str, Match]:
        """Return the hits by topic."""
        return {match.topic: match for match in self.matches if match.is_hit}


@dataclass(frozen=True, slots=True)
class Quality:
    """How right a topic is on labelled articles: right hits, wrong ones, and missed ones."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """The share of its hits that are right; 1 where it has none."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of what it should hit that it does; 1 where there is none."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class TopicYield:
    """What a topic brings: hits, near misses, and the stories that it would have alerted a day."""

    hits: int
    near: int
    stories: int
    a_day: float


# ── articles ──────────────────────────────────────────────────────────────────────────────────


def archived(batch: Batch) -> list[LabelledArticle]:
    """Return the articles of an archive's rows. Raises InputError with the place of a mistake."""
    places = (
        (f"{batch.where}:{number}", row) for number, row in enumerate(batch.rows, batch.first)
    )
    rows = ((where, row.strip() if isinstance(row, bytes) else row) for where, row in places)
    return [_given(row, where) for where, row in rows if row != b""]


def stored(batch: Batch) -> list[LabelledArticle]:
    """Return the articles of rows of `Reader`; `before` is what they hit when they came."""
    read = [(row, stored_article(row)) for row in batch.rows if not isinstance(row, bytes)]
    return [
        LabelledArticle(each.id, each, each.published_at, before=row["before"])
        for row, each in read
    ]


def _given(row: object, where: str) -> LabelledArticle:
    if isinstance(row, bytes):
        try:
            row = json.loads(row.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict) or not _id(row):
        raise InputError(f'{where}: expected an object with at least "id" and "title"')
    for name in _TEXTS:
        if not isinstance(row.get(name) or "", str):
            raise InputError(f'{where}: "{name}" is no text')
    if not (row.get("title") or row.get("summary")):
        raise InputError(f'{where}: an article needs a "title" or a "summary"')
    labels = row.get("labels") or {}
    if not isinstance(labels, dict) or any(label not in (0, 1, None) for label in labels.values()):
        raise InputError(f'{where}: "labels" are topic ids with 1, 0 or null')
    article = article_of(row)
    until = _until(str(row.get("published") or ""))
    return LabelledArticle(article.id, article, article.published_at, labels, until=until)


def _id(row: Mapping[str, Any]) -> str:
    """Return the id of a row, "" where it has none; numbers are ids too."""
    value = row.get("id")
    return clean(str(value)) if isinstance(value, (str, int)) else ""


def article_of(row: Mapping[str, Any]) -> Article:
    """Return the article of a foreign row with `title`, `summary`, `url`, `lang` and so on."""
    title, text = (plain(str(row.get(name) or "")) for name in ("title", "summary"))
    title = title or shorten(text, _TITLE_WIDTH)
    lang = language(title, text, str(row.get("lang") or ""))
    return _article({**row, "url": clean(str(row.get("url") or ""))}, title, text, lang)


def stored_article(row: Mapping[str, Any]) -> Article:
    """Return the article of a row of `Reader`, as it was stored: evidence points into its text."""
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
    """Return the article of a text; its first line is the title, unless it is a paragraph."""
    title, _, rest = text.strip().partition("\n")
    if len(title) > _LONGEST_TITLE:
        title, rest = shorten(title, _LONGEST_TITLE), text.strip()
    return article_of({"title": title, "summary": rest})


def _time(text: str) -> datetime | None:
    """Read ISO 8601, also only a year or a month; what is none counts as undated.

    So does the year 1, which is what some programs write for “unknown”.
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
    """Return when a day, a month or a year ends that stands for a date; None for a full date."""
    begins = _time(text)
    if begins is None or not _PERIOD.fullmatch(text):
        return None
    days = _DAYS[text.count("-")]
    return begins + timedelta(days=days)


# ── outcomes ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of a batch: of each article its id, and by its number those that matter.

    Those are articles that match, are labelled, or hit before; their texts are left behind.
    """

    ids: Sequence[str]
    days: frozenset[date]
    kept: Mapping[int, TrialResult]
    size: int


def try_batch(read: TokenizedArticle, programs: Sequence[bytes], batch: Batch) -> Outcomes:
    """Read a batch and match it: the ONE function that is sent to other cores and machines.

    `programs` are the topics and, if they are to be compared, those of before.
    """
    given = read(batch)
    matches, *before = ([*_matches(packed, given)] for packed in programs)
    for old in before:
        given = [replace(each, before=_hits(found)) for each, found in zip(given, old, strict=True)]
    kept = {
        number: _kept(each, found)
        for number, (each, found) in enumerate(zip(given, matches, strict=True))
        if found or each.before or {0, 1} & {*each.labels.values()}
    }
    days = frozenset(each.at.date() for each in given if each.at)
    return Outcomes([each.id for each in given], days, kept, batch.size)


def _kept(given: LabelledArticle, matches: tuple[Match, ...]) -> TrialResult:
    article = given.article
    if given.until and given.at and given.until - given.at > timedelta(days=1):
        article = replace(article, published_at=None)  # no day from which to tell weekdays
    found = story_features(article, matches)
    return TrialResult(
        replace(given, article=replace(given.article, text="")), matches, story_features=found
    )


def _matches(packed: bytes, given: Sequence[LabelledArticle]) -> list[tuple[Match, ...]]:
    return matcher_for(packed).match(each.article for each in given)


def _hits(matches: Iterable[Match]) -> frozenset[str]:
    return frozenset(match.topic for match in matches if match.is_hit)


class TopicTrial:
    """What came of all batches. Only articles that matter are kept, so there may be any number.

    Hits wait in a file (in `waiting`, else in memory) until all of them are known, and then go into
    their stories in the order of time.
    """

    def __init__(self, waiting: IO[bytes] | None = None) -> None:
        self.articles = 0
        self.days: set[date] = set()
        self.kept: dict[int, TrialResult] = {}
        self._waiting = waiting or BytesIO()
        self._order: list[tuple[datetime, str, int, int]] = []  # (time, id, number, place in file)

    def add(self, outcomes: Outcomes) -> None:
        """Add what came of the next batch."""
        for number, each in outcomes.kept.items():
            self._wait(self.articles + number, each)
        self.days |= outcomes.days
        self.articles += len(outcomes.ids)

    def _wait(self, number: int, each: TrialResult) -> None:
        self.kept[number] = replace(each, story_features=None)
        if each.hits():
            place = self._waiting.tell()
            self._order.append((_arrival(each.given), each.given.id, number, place))
            self._waiting.write(as_row(_newcomer(each)))

    def end(self) -> None:
        """Put hits into stories, which can be told only when all of them are known."""
        follow = Stories()
        for *_, number, place in sorted(self._order):
            self._waiting.seek(place)
            story = follow.enter(from_row(self._waiting.readline()))
            self.kept[number] = replace(self.kept[number], story=f"s{story}")


def _arrival(given: LabelledArticle) -> datetime:
    """Return when an article came, at the latest: an undated one joins what is there."""
    return given.until or given.at or _EVER.last


def _newcomer(each: TrialResult) -> IncomingArticle:
    given = each.given
    span = TimeSpan(given.at or _EVER.first, _arrival(given))
    new = each.story_features or StoryFeatures(given.article.lang)
    return IncomingArticle(new, given.article.title_key, frozenset(each.hits()), span)


def volume(topic: str, found: Iterable[TrialResult], days: int) -> TopicYield:
    """Count what a topic brings in so many days."""
    hits = near = 0
    told: set[str | None] = set()
    for each in found:
        for match in each.matches:
            if match.topic == topic:
                hits, near = hits + match.is_hit, near + (not match.is_hit)
                told |= {each.story} if match.is_hit else set()
    return TopicYield(hits, near, len(told), len(told) / max(days, 1))


def quality(topic: str, found: Iterable[TrialResult]) -> dict[str, Quality]:
    """Score a topic on labelled articles: in all ("") and by their language."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in found:
        label = each.given.labels.get(topic)
        kind = _KINDS[label, topic in each.hits()] if label is not None else None
        if kind:
            counts[""][kind] += 1
            counts[each.given.article.lang or "?"][kind] += 1
    langs = sorted(counts, key=lambda lang: (lang != "", -counts[lang].total(), lang))
    return {lang: Quality(**counts[lang]) for lang in langs}


_KINDS = {(1, True): "right", (0, True): "wrong", (1, False): "missed", (0, False): ""}


def changes(
    topic: str, found: Iterable[TrialResult]
) -> tuple[list[LabelledArticle], list[LabelledArticle]]:
    """Return the articles that a topic gains and loses."""
    gained, lost = [], []
    for each in found:
        hit, before = topic in each.hits(), topic in each.given.before
        if hit and not before:
            gained.append(each.given)
        elif before and not hit:
            lost.append(each.given)
    return gained, lost


def as_line(article: str, matches: Sequence[Match] = (), story: str | None = None) -> str:
    """Return the outcome of an article, by its id, as one line of JSON."""
    scores = {match.topic: match.score for match in matches}
    hits = [match.topic for match in matches if match.is_hit]
    near = [match.topic for match in matches if not match.is_hit]
    row = {"id": article, "hits": hits, "near": near, "scores": scores, "story": story}
    return json.dumps(row, ensure_ascii=False) + "\n"
