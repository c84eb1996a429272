"""What an article is recognised by. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.model import StoryFeatures
from monitor.stories.dates import days
from monitor.stories.words import models, names, numbers, stems

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from monitor.model import Article, Figure

# Kinds of marks, before their colon; those of term sets begin with "@".
DAY, NUMBER, NAME, WORD = "day", "number", "name", "word"
MODEL, ORDINAL = "model", "ordinal"  # Hwasong-19, the 12th package
# Term sets of articles that report many events; they stand in headlines.
SURVEYS = frozenset({"other:live_blog", "other:round_up"})
READ = 600  # characters of a text: what comes later is background
_LEAST = 0.4  # what the place of a term set has to weigh
_ASIDE = 0.6  # the weight of a word that stands in the text only
_MOST_WORDS = 80


def extract_features(
    article: Article,
    sets: Mapping[str, float],
    asked: Iterable[str] = (),
    found: Iterable[str] = (),
    *,
    empty: Container[str] = (),
    figures: tuple[Figure, ...] = (),
    signature: bytes = b"",
    credited: str = "",
) -> StoryFeatures:
    """Return what an article is recognised by.

    `sets` are the term sets in it (see `matching.marks`), `asked` those in the words that its
    topics `found`; `empty` are words of its language that say nothing. Of one that reports many
    events only the headline counts.
    """
    roundup = any(sets.get(name, 0.0) >= 1.0 for name in SURVEYS)
    text = "" if roundup else article.text[:READ]
    least = 1.0 if roundup else _LEAST
    marks = {
        f"@{name}": weight
        for name, weight in sets.items()
        if weight >= least and name not in SURVEYS
    }
    marks |= dict.fromkeys(_details(article, text), 1.0)
    marks |= {f"{ORDINAL}:{f.value:g}": 1.0 for f in figures if f.unit == ORDINAL}
    words = {f"{WORD}:{article.lang}:{stem}": _ASIDE for stem in stems(text, empty)}
    words |= {f"{WORD}:{article.lang}:{stem}": 1.0 for stem in stems(article.title, empty)}
    most = dict(sorted(words.items(), key=lambda word: -word[1])[:_MOST_WORDS])
    return StoryFeatures(
        lang=article.lang,
        marks=(*marks.items(), *most.items()),
        asked=frozenset(_asked(article.lang, asked, found)),
        figures=figures,
        signature=signature,
        credited=credited,
        roundup=roundup,
    )


def _asked(lang: str, sets: Iterable[str], found: Iterable[str]) -> Iterator[str]:
    yield from (f"@{name}" for name in sets)
    for words in found:
        yield from (f"{WORD}:{lang}:{stem}" for stem in stems(words))
        yield from (f"{NAME}:{name}" for name in names("", f"- {words}"))


def _details(article: Article, text: str) -> list[str]:
    both = f"{article.title}. {text}"
    at = article.published_at
    named = days(both, article.lang, at.date()) if at else ()
    return [
        *(f"{DAY}:{day}" for day in sorted(named)),
        *(f"{NUMBER}:{number}" for number in numbers(both)),
        *(f"{MODEL}:{model}" for model in models(both)),
        *(f"{NAME}:{name}" for name in names(article.title, text)),
    ]
