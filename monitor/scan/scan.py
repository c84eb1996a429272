"""Scan: parse a feed's document and match its new articles, the function that workers run.

Pure: bytes and values in, values out. No socket is opened, and no file once the topics are
compiled (a test runs it under an audit hook).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import cache, stories
from monitor.extraction import entities
from monitor.extraction.figures import figures, prepare_figures
from monitor.extraction.gloss_terms import actors_in_speakers, gloss_terms
from monitor.extraction.speakers import without_speakers
from monitor.matching.matcher import Matcher, matcher_for
from monitor.matching.packed import digest_of
from monitor.model import Article, Match, MatchedArticle, Scan, Source, StoryFeatures
from monitor.parse import parse
from monitor.stories import near_duplicates
from monitor.text.language import language
from monitor.text.stop_words import stop_words

if TYPE_CHECKING:
    from collections.abc import Callable

_prepared: dict[bytes, Matcher] = {}  # of this process, by the digest of their topics

__all__ = ["Source", "match_some", "prepare", "scan", "story_features"]


def never() -> bool:
    """Return False: there is never enough, all is matched."""
    return False


def scan(
    body: bytes,
    source: Source,
    known: frozenset[bytes],
    topics: bytes,
    *,
    enough: Callable[[], bool] = never,
) -> Scan:
    """Return the articles of a feed's entries that are not in `known`, each with its matches.

    `topics` are packed (see `matching.compile.pack`), or the digest of topics that `prepare` got.
    Once there is `enough`, the articles that are not matched yet are `left`, for `match_some`.
    Raises ParseError.
    """
    document = parse(body, source, known)
    articles = document.articles
    scanned = match_some(articles, topics, enough)
    return replace(document, scanned=scanned, left=articles[len(scanned) :])


def match_some(
    articles: tuple[Article, ...], topics: bytes, enough: Callable[[], bool] = never
) -> tuple[MatchedArticle, ...]:
    """Return the first articles with their matches: one at least, and all until there is enough."""
    matcher = _prepared.get(digest_of(topics) or topics) or matcher_for(topics)
    scanned: list[MatchedArticle] = []
    for article in articles:
        [matches] = matcher.match((article,))
        scanned.append(MatchedArticle(article, matches, story_features(article, matches)))
        if enough():
            break
    return tuple(scanned)


def story_features(article: Article, matches: tuple[Match, ...]) -> StoryFeatures | None:
    """Return the features by which an article joins a story, None for an article without a hit."""
    hits = [match for match in matches if match.is_hit]
    if not hits:
        return None
    texts = {"title": article.title, "text": article.text}
    matched = {texts[each.field][each.start : each.end] for hit in hits for each in hit.evidence}
    told = figures(article.title, article.text, article.lang)
    features = stories.extract_features(
        article,
        entities.article_entities(article),
        entities.entities_in(" | ".join(sorted(matched)), article.lang),
        matched,
        empty=stop_words(article.lang),
        figures=told,
        signature=near_duplicates.signature(article.title, article.text),
        credited=near_duplicates.credited(article.title, article.text),
        unattributed=partial(without_speakers, lang=article.lang),
    )
    return replace(
        features, gloss=gloss_terms(article, told), speakers=actors_in_speakers(article.lang, told)
    )


def prepare(topics: bytes | Path) -> None:
    """Load what would delay the first scan; `topics` are packed, or their file, or empty.

    From now on `scan` takes their digest, which saves sending megabytes with every scan. A file
    shares its memory with all processes that mapped it. Raises OSError.
    """
    language("This call loads the language model", "", "")
    entities.prepare()
    stop_words("")  # reads the lists
    prepare_figures()
    if topics:
        packed = cache.mapped(topics) if isinstance(topics, Path) else topics
        _prepared[digest_of(packed)] = Matcher(packed)
