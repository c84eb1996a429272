"""Topics tried on articles of the past: what they would hit, gain, lose, and how well.

    articles (stored, or a file) ─▶ matched on all cores ─▶ Trial ─▶ counts, differences, scores

Nothing is alerted. `precision`, `recall` and F1 are those of information retrieval (van Rijsbergen
1979, chapter 7); an article whose label is null is left out of them.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import MINYEAR, UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor import stories
from monitor.errors import InputError
from monitor.language import language
from monitor.model import Article
from monitor.text import canonical_link, clean, digest, plain, shorten, title_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from monitor.model import Match

_TITLE_WIDTH = 120  # of an article without a title, as feeds are read
_LONGEST_TITLE = 200  # characters
_TEXTS = ("title", "summary", "url", "publisher", "lang", "published", "kind")


@dataclass(frozen=True, slots=True)
class Given:
    """An article to try topics on. `labels` say what it should hit: 1, 0, or None for either."""

    id: str
    article: Article
    at: datetime | None
    labels: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tried:
    """An article with what it matches; `story` is a key that its story shares, if it hits."""

    given: Given
    matches: tuple[Match, ...]
    story: str | None

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
class Volume:
    """What a topic brings: hits, near misses, and the stories that it would have alerted a day."""

    hits: int
    near: int
    stories: int
    a_day: float


# ── articles ──────────────────────────────────────────────────────────────────────────────────


def read_file(path: Path) -> Iterator[Given]:
    """Yield the articles of a file, one JSON object a line. Raises InputError with its place."""
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _given(line, f"{path}:{number}")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _given(line: bytes, where: str) -> Given:
    try:
        row = json.loads(line.decode("utf-8-sig"))
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
    return Given(article.id, article, article.published_at, labels)


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
        title_key=digest("title", title_form(title)),
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


# ── outcomes ──────────────────────────────────────────────────────────────────────────────────


def tried(given: Sequence[Given], matches: Iterable[tuple[Match, ...]]) -> list[Tried]:
    """Join articles with what they match, and put hits into stories as they would have come."""
    pairs = list(zip(given, matches, strict=True))
    hits = [each for each, found in pairs if any(match.is_hit for match in found)]
    follow = _Stories()
    told = {id(each): follow(each) for each in sorted(hits, key=_arrival)}
    return [Tried(each, found, told.get(id(each))) for each, found in pairs]


def _arrival(given: Given) -> datetime:
    return given.at or datetime.max.replace(tzinfo=UTC)  # undated ones join what is there


class _Stories:
    """Stories in memory, by the rule that the service follows in its database."""

    def __init__(self) -> None:
        self._titled: defaultdict[bytes, dict[int, datetime]] = defaultdict(dict)
        self._count = 0

    def __call__(self, given: Given) -> str:
        at = given.at or datetime.min.replace(tzinfo=UTC)
        titled = self._titled[given.article.title_key]
        story = stories.continued([*titled.items()], at) if given.at else next(iter(titled), None)
        if story is None:
            self._count += 1
            story = self._count
        titled[story] = at
        return f"s{story}"


def volume(topic: str, found: Iterable[Tried]) -> Volume:
    """Count what a topic brings. A day counts if any article is of it."""
    hits = near = 0
    told: set[str | None] = set()
    days = set()
    for each in found:
        days.add(each.given.at and each.given.at.date())
        for match in each.matches:
            if match.topic == topic:
                hits, near = hits + match.is_hit, near + (not match.is_hit)
                told |= {each.story} if match.is_hit else set()
    return Volume(hits, near, len(told), len(told) / max(len(days - {None}), 1))


def quality(topic: str, found: Iterable[Tried]) -> dict[str, Quality]:
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
    topic: str, found: Iterable[Tried], before: Mapping[str, frozenset[str]]
) -> tuple[list[Given], list[Given]]:
    """Return the articles that a topic gains and loses; `before` are article ids by topic."""
    gained, lost = [], []
    old = before.get(topic, frozenset())
    for each in found:
        hit = topic in each.hits()
        if hit and each.given.id not in old:
            gained.append(each.given)
        elif not hit and each.given.id in old:
            lost.append(each.given)
    return gained, lost


def hit_ids(found: Iterable[Tried]) -> dict[str, frozenset[str]]:
    """Return the ids of the articles that each topic hits."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for each in found:
        for topic in each.hits():
            ids[topic].add(each.given.id)
    return {topic: frozenset(each) for topic, each in ids.items()}


def as_line(each: Tried) -> str:
    """Return an article's outcome as one line of JSON."""
    scores = {match.topic: match.score for match in each.matches}
    near = [match.topic for match in each.matches if not match.is_hit]
    row = {"id": each.given.id, "hits": list(each.hits()), "near": near, "scores": scores,
           "story": each.story}  # fmt: skip
    return json.dumps(row, ensure_ascii=False)
