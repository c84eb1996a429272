"""The features by which the articles of a story are recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.model.figure import Figure


@dataclass(frozen=True, slots=True)
class StoryFeatures:
    """The features of an article with a hit, made where the article is matched; small.

    `features` are (name, weight) pairs, weights from 0 to 1: a term set (`@place:kursk`), a day
    (`day:2024-10-31`), a number (`number:8000`), also with its unit (`figure:troops 8000`),
    the consonants of a name (`name:prsk`), the beginning of a word in the article's language
    (`word:en:troop`). `asked` are the features that the article's topics ask for, which all of
    their hits are likely to have. `implied` are the general term sets for which an exact one stands
    in headline or lead, but no word of their own. `signature` and `credited` come from
    `stories.near_duplicates`. A `roundup` reports many events: a live blog, a digest, “what we
    know”. `gloss` is what the headline names (see `extraction.gloss_terms`), `speakers` are the
    speakers of figures, each with an actor in the name.
    """

    lang: str
    features: tuple[tuple[str, float], ...] = ()
    asked: frozenset[str] = frozenset()
    implied: frozenset[str] = frozenset()
    figures: tuple[Figure, ...] = ()
    signature: bytes = b""
    credited: str = ""
    roundup: bool = False
    gloss: tuple[str, ...] = ()
    speakers: tuple[tuple[str, str], ...] = ()
