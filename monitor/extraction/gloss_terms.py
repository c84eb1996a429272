"""What a headline names, as terms that are put into the reader's words later. Pure.

Actors, weapons, actions and places of the headline; its figures; who says so. Of a headline that
names little, the lead's too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.extraction import entities
from monitor.extraction.speakers import speech
from monitor.matching.sentences import sentence_ends
from monitor.matching.terms.labels import FIGURE, SPEAKER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.model import Article, Figure

_ORDER = ("actor", "weapon", "action", "target", "other", "place")
_FEW = 3  # terms of a headline below which the lead is read, too
_MOST, _MOST_FIGURES = 10, 2
_LEAD = 200  # characters
# Sets that say the same as another, less exactly.
_WITHIN = {
    "weapon:icbm_types": "weapon:icbm",
    "actor:military_losses": "actor:casualties",
    "actor:korean_peoples_army": "actor:troops",
    "action:deployment": "action:troop_deployment",
}
_MISSILES = frozenset({"weapon:icbm", "weapon:icbm_types", "weapon:ballistic_missile"})
# What a figure of these units says better.
_COUNTED = {
    "actor:casualties": ("killed", "casualties", "wounded"),
    "action:capture": ("captured",),
    "actor:troops": ("troops",),
    "actor:korean_peoples_army": ("troops",),
    "weapon:drone": ("drones", "drones shot down"),
}


def gloss_terms(article: Article, figures: Sequence[Figure]) -> tuple[str, ...]:
    """Return what a headline names: term sets (`actor:north_korea`), figures, the speaker.

    A figure is `figure:2||captured` (value, bound, noun), a speaker `said:` with the sets in it.
    """
    speaker = _speaker(article)
    found = entities.entities_in_order(article.title, article.lang)
    if len(found) < _FEW:
        found += entities.entities_in_order(article.text[:_LEAD], article.lang)
    counted = list(_figures(figures))
    kept = [name for name in dict.fromkeys(found) if not _is_said(name, found, counted, speaker)]
    named = sorted(kept, key=_rank)[:_MOST]
    said = [f"{SPEAKER}:{','.join(speaker)}"] if speaker else []
    return (*named, *counted, *said)


def _is_said(
    name: str, found: Sequence[str], counted: Sequence[str], speaker: Sequence[str]
) -> bool:
    """Whether another term says the same: a more exact set, a figure, or the speaker."""
    if name in entities.PRESS or _WITHIN.get(name) in found or name.partition(":")[2] in speaker:
        return True
    if name == "weapon:missile" and not _MISSILES.isdisjoint(found):
        return True
    units = {figure.rpartition("|")[2] for figure in counted}
    return not units.isdisjoint(_COUNTED.get(name, ()))


def _rank(name: str) -> int:
    kind = name.partition(":")[0]
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _figures(figures: Sequence[Figure]) -> Iterator[str]:
    in_title = [figure for figure in figures if figure.field == "title"]
    for figure in (in_title or list(figures[:1]))[:_MOST_FIGURES]:
        yield f"{FIGURE}:{figure.value:g}|{figure.approx}|{figure.label or figure.unit}"


def _speaker(article: Article) -> list[str]:
    """Return the actors among the words of the headline that attribute it."""
    ends = sentence_ends(article.title)
    spans = speech(article.title, article.lang, ends, is_title=True).spans()
    words = " | ".join(article.title[start:end] for start, end in spans)
    found = dict.fromkeys(entities.entities_in_order(words, article.lang))
    actors = [name.partition(":")[2] for name in found if name.startswith("actor:")]
    return actors[:1]


def actors_in_speakers(lang: str, figures: Sequence[Figure]) -> tuple[tuple[str, str], ...]:
    """Return the speakers of figures, each with an actor that the name holds."""
    speakers = dict.fromkeys(figure.said_by for figure in figures if figure.said_by)
    found = [(each, entities.entities_in_order(each, lang)) for each in speakers]
    actors = [(each, name) for each, names in found for name in names if name.startswith("actor:")]
    return tuple((each, name.partition(":")[2]) for each, name in actors)
