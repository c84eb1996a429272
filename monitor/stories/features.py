"""The features of an article by which its story is recognised: term sets, days, names, words. Pure.

A feature is a name of the form `kind:value`, with a weight from 0 to 1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.model import StoryFeatures
from monitor.stories.dates import days, without_days
from monitor.stories.general import and_general, with_general
from monitor.stories.labels import is_label
from monitor.stories.words import LEAST_NUMBER, models, names, numbers, stems, without_models

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from monitor.model import Article, Figure

# Kinds of features, before the colon; the kind of a term set begins with "@".
DAY, NUMBER, NAME, WORD = "day", "number", "name", "word"
MODEL, ORDINAL = "model", "ordinal"  # Hwasong-19, the 12th package
FIGURE = "figure"  # 2 soldiers
# Term sets of round-ups, articles that report many events; they stand in headlines.
ROUNDUPS = frozenset({"other:live_blog", "other:round_up"})
LEAD = 600  # characters of a text: what comes later is background
_LEAST = 0.4  # weight of a term set, by its position, below which it is left out
IN_HEADLINE = 1.0  # weight of a term set, or a word, that stands in the headline
LEADING = 0.7  # weight from which on a term set stands in the headline or in the lead
_IN_TEXT = 0.6  # weight of a word that stands in the text only
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
    unattributed: Callable[[str], str] = str,
) -> StoryFeatures:
    """Return the features of an article with a hit. Of a round-up only the headline counts.

    Of an article whose headline is a label (a date, the name of a channel) only the text counts.

    `sets` are the term sets in the article, by weight (from `extraction.entities`). `found` are the
    words that its topics matched, `asked` the term sets in these. `empty` are words of the
    article's language that say nothing. `signature` and `credited` come from `near_duplicates`.
    `unattributed` leaves out of a text who speaks: that is no evidence of the event.
    """
    roundup = any(sets.get(name, 0.0) >= IN_HEADLINE for name in ROUNDUPS)
    text = "" if roundup else article.text[:LEAD]
    if text and is_label(article.title, article.lang):
        article = replace(article, title="")
    features = _term_sets(sets, least=IN_HEADLINE if roundup else _LEAST)
    features |= dict.fromkeys((*_details(article, text), *_quantities(article, text, figures)), 1.0)
    words = _words(article, unattributed(text), empty)
    return StoryFeatures(
        lang=article.lang,
        features=(*features.items(), *words.items()),
        asked=frozenset(_asked(article.lang, asked, found)),
        implied=frozenset(_implied(sets)),
        figures=figures,
        signature=signature,
        credited=credited,
        roundup=roundup,
    )


def _term_sets(sets: Mapping[str, float], least: float) -> dict[str, float]:
    return {
        f"@{name}": weight
        for name, weight in with_general(sets).items()
        if weight >= least and name not in ROUNDUPS
    }


def _implied(sets: Mapping[str, float]) -> Iterator[str]:
    """Yield the general term sets that stand in headline and lead by an exact one alone."""
    for name, weight in with_general(sets).items():
        if sets.get(name, 0.0) < LEADING <= weight:
            yield f"@{name}"


def _words(article: Article, text: str, empty: Container[str]) -> dict[str, float]:
    """Return the words of an article by weight, the heaviest 80; of equal ones the first."""
    kind = f"{WORD}:{article.lang}"
    words = {f"{kind}:{stem}": _IN_TEXT for stem in stems(text, empty)}
    words |= {f"{kind}:{stem}": IN_HEADLINE for stem in stems(article.title, empty)}
    heaviest_first = sorted(words.items(), key=lambda word: -word[1])
    return dict(heaviest_first[:_MOST_WORDS])


def _asked(lang: str, sets: Iterable[str], found: Iterable[str]) -> Iterator[str]:
    """Yield the features that the topics ask for: all of their hits are likely to have them."""
    yield from (f"@{name}" for name in and_general(sets))
    for words in found:
        yield from (f"{WORD}:{lang}:{stem}" for stem in stems(words))
        yield from (f"{NAME}:{name}" for name in names("", f"- {words}"))


def _quantities(article: Article, text: str, figures: Iterable[Figure]) -> Iterator[str]:
    """Yield the numbers of an article, and with their units those that a text counts.

    The number of a day or of a model is none.
    """
    counted = without_models(without_days(f"{article.title}. {text}", article.lang))
    yield from (f"{NUMBER}:{number}" for number in numbers(counted))
    for figure in figures:
        if figure.unit == ORDINAL:
            yield f"{ORDINAL}:{figure.value:g}"
            continue
        yield f"{FIGURE}:{figure.unit} {figure.value:g}"
        if figure.value >= LEAST_NUMBER:
            yield f"{NUMBER}:{figure.value:g}"


def _details(article: Article, text: str) -> list[str]:
    """Return days, models and names."""
    whole = f"{article.title}. {text}"
    published_at = article.published_at
    named_days = days(whole, article.lang, published_at.date()) if published_at else ()
    return [
        *(f"{DAY}:{day}" for day in sorted(named_days)),
        *(f"{MODEL}:{model}" for model in models(whole)),
        *(f"{NAME}:{name}" for name in names(article.title, text)),
    ]
