"""The headline of a story: that of the report which most other publishers' reports are like. Pure.

The first report of an event is often the vaguest (`KURSK ALERT`). A story's headline is the medoid
of its reports' headlines (Kaufman & Rousseeuw 1987, “Clustering by means of medoids”): the one with
the greatest likeness to those of all other publishers. Likeness is Ochiai's coefficient, so that
neither a short headline nor a long one is favoured.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from math import isclose, sqrt
from typing import TYPE_CHECKING

from monitor.stories.labels import is_label
from monitor.stories.words import names, numbers, stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Headline:
    """The headline of a report that repeats no other text and is no round-up.

    `sets` are the term sets of its article, as stored; those of acts (`turn:`) are compared, since
    they are the same in all languages.
    """

    title: str
    lang: str
    publisher: str
    sets: tuple[str, ...] = ()


def best_title(present: str | None, headlines: Sequence[Headline]) -> str | None:
    """Return the headline of a story, `present` until another is better; None where there is none.

    `headlines` begin with the story's first, whose language the story's headline has. A label (a
    date, the name of a channel) is the headline of a story only where there is no other.
    """
    if not headlines:
        return present
    compared = {
        each.title: (each.publisher, _marks(each.title, each.lang, each.sets)) for each in headlines
    }
    lang = headlines[0].lang
    own = [each for each in headlines if each.lang == lang]
    telling = [each for each in own if not is_label(each.title, lang)]
    titles = dict.fromkeys(each.title for each in telling or own)
    likeness = {title: _likeness(compared[title], compared.values()) for title in titles}
    most = max(likeness.values())
    best = [title for title in titles if isclose(likeness[title], most)]
    return present if present in best else best[0]


def _likeness(one: tuple[str, frozenset[str]], all_: Iterable[tuple[str, frozenset[str]]]) -> float:
    """Return the likeness to the nearest headline of each other publisher, added up."""
    nearest: defaultdict[str, float] = defaultdict(float)
    for publisher, marks in all_:
        if publisher != one[0]:
            nearest[publisher] = max(nearest[publisher], _ochiai(one[1], marks))
    return sum(nearest.values())


def _ochiai(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / sqrt(len(a) * len(b)) if a and b else 0.0


@lru_cache(maxsize=512)  # the headlines of a story are compared again with each new report
def _marks(title: str, lang: str, sets: tuple[str, ...]) -> frozenset[str]:
    """Return what headlines are compared by: words of the language, names, numbers and acts."""
    return frozenset(
        (
            *(f"{lang}:{stem}" for stem in stems(title)),
            *(f"name:{name}" for name in names(title, "")),
            *(f"number:{number}" for number in numbers(title)),
            *(name for name in sets if name.startswith("turn:")),
        )
    )
