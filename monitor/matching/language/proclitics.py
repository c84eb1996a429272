"""Proclitics: particles and articles that Arabic and Hebrew write joined to the next word.

    صاروخ (missile) → والصاروخ (and the missile)        טיל (missile) → והטיל (and the missile)

A noun takes a dozen of them. So a form says by its sign which ones it takes, and the words of a
text are looked up without those that they begin with: tables of all spellings would be a third
larger.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# All bytes but the first ones of Hebrew and Arabic letters in UTF-8.
_OTHER_BYTES = bytes({*range(256)} - {0xD7, 0xD8, 0xD9})
_Script: TypeAlias = dict[str, tuple[str, ...]]
# Signs before a form, which stands behind a proclitic then; both are for private use in Unicode.
PARTICLE, ARTICLE = "\ue000", "\ue001"
SIGNS = (PARTICLE, ARTICLE)
_ARABIC: _Script = {
    PARTICLE: ("و", "ف", "ب", "ل", "ك", "وب", "ول", "فب", "فل"),
    ARTICLE: ("ال", "وال", "فال", "بال", "كال", "لل", "وبال", "ولل", "فبال", "فلل"),
}
_HEBREW: _Script = {
    PARTICLE: (
        *("ו", "ה", "ב", "ל", "מ", "ש", "כ", "וה", "וב", "ול", "ומ", "וש", "מה", "שה", "שב", "של"),
        *("כש", "כשה", "ומה", "ושה"),
    )
}


def _by_letter(scripts: Iterable[_Script]) -> dict[str, list[tuple[str, str]]]:
    """Return (sign, proclitic) of all proclitics by their first letters."""
    found: dict[str, list[tuple[str, str]]] = {}
    signs = chain.from_iterable(script.items() for script in scripts)
    for sign, proclitic in ((sign, each) for sign, all_ in signs for each in all_):
        found.setdefault(proclitic[0], []).append((sign, proclitic))
    return found


_BEGINNING_WITH = _by_letter((_ARABIC, _HEBREW))


def may_have_proclitics(text: str) -> bool:
    """Whether a text has Hebrew or Arabic letters."""
    return not text.isascii() and bool(text.encode().translate(None, _OTHER_BYTES))


def without_proclitics(word: str) -> tuple[tuple[str, int], ...]:
    """Return (sign, length) of each proclitic that a word may begin with."""
    return _proclitics_of(word) if word[0] in _BEGINNING_WITH else ()


@lru_cache(maxsize=8192)  # words come again and again
def _proclitics_of(word: str) -> tuple[tuple[str, int], ...]:
    return tuple(
        (sign, len(proclitic))
        for sign, proclitic in _BEGINNING_WITH[word[0]]
        if word.startswith(proclitic) and len(word) > len(proclitic)
    )


def spelled_out(forms: Iterable[str]) -> Iterator[str]:
    """Yield forms as texts have them: one with a sign behind each of the proclitics."""
    for form in forms:
        script = _HEBREW if form[1:] < "\u0600" else _ARABIC
        if proclitics := script.get(form[:1]):
            yield from (f"{proclitic}{form[1:]}" for proclitic in proclitics)
        else:
            yield form
