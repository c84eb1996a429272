"""The forms of a term from the variants of its words, and the language that its letters tell.

Apart from `inflection`, so that a worker can ask for forms without loading a dictionary.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from typing import TYPE_CHECKING

from monitor.matching.language.proclitics import spelled_out
from monitor.matching.terms.suffix_rules import titled, variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monitor.matching.terms.suffix_rules import Words

MOST_FORMS = 120  # of one term in one language
_MOST_TRIED = 1000  # variants tried for them; many variants of several words are equal
_MOST_WORDS = 8
_LONGEST_WORD = 40
_PIECE = re.compile(r"\w+|\W+")

_SCRIPTS = {
    "ARABIC": ("ar",),
    "HANGUL": ("ko",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "CJK": ("zh", "ja"),
    "HEBREW": ("he",),
    "DEVANAGARI": ("hi",),
    "GREEK": ("el",),
    "THAI": ("th",),
    "LAO": ("lo",),
    "KHMER": ("km",),
    "MYANMAR": ("my",),
}
# Letters by which a language can be told from others of the same script.
_TELLING_CYRILLIC = {"ru": "ыэъё", "uk": "іїєґ"}
_TELLING_LATIN = {
    "de": "äöüß",
    "es": "ñáéíóúü",
    "fr": "àâçèéêëîïôùûœ",
    "it": "àèéìòù",
    "pl": "ąćęłńóśźż",
    "pt": "ãõáâçéêíóôú",
    "sv": "åäö",
    "tr": "çğıöşü",
}


def languages_of(term: str) -> tuple[str, ...]:
    """Return the languages in which to inflect a term of unknown language, by its letters."""
    letters = "".join(character for character in term.lower() if character.isalpha())
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in letters} or {"LATIN"}

    known = [lang for script, langs in _SCRIPTS.items() if script in scripts for lang in langs]
    if "LATIN" in scripts:
        known += _telling(letters, _TELLING_LATIN) or ["en"]
    if "CYRILLIC" in scripts:
        known += _telling(letters, _TELLING_CYRILLIC) or ["ru", "uk"]
    return tuple(dict.fromkeys(known)) or ("en",)


def _telling(letters: str, alphabets: dict[str, str]) -> list[str]:
    """Return the languages with all of a term's telling letters, else those with some of them."""
    telling = set(letters) & set("".join(alphabets.values()))
    fitting = [lang for lang, alphabet in alphabets.items() if telling and telling <= set(alphabet)]
    return fitting or [lang for lang, alphabet in alphabets.items() if telling & set(alphabet)]


def forms_by_rules(term: str, lang: str) -> frozenset[str]:
    """Return the forms of a term in a language that `suffix_rules` inflects, and the term."""
    return frozenset(spelled_out(signed_by_rules(term, lang)))


def signed_by_rules(term: str, lang: str) -> frozenset[str]:
    """Return what `forms_by_rules` does, with a sign for all proclitics (see `proclitics`)."""
    return spelled(term, lambda words: variants(words, lang)).union(titled(term, lang))


def spelled(
    term: str,
    variants_of: Callable[[Words], Iterable[Words]],
    piece: re.Pattern[str] = _PIECE,
) -> frozenset[str]:
    """Return a term with its words in each of their variants, at most `MOST_FORMS`.

    `piece` matches a word, or what stands between words.
    """
    pieces = piece.findall(term)
    places = [at for at, piece in enumerate(pieces) if piece[0].isalnum()]
    words = tuple(pieces[at] for at in places)
    found = {term}
    if not 0 < len(words) <= _MOST_WORDS or max(map(len, words)) > _LONGEST_WORD:
        return frozenset(found)

    for variant in islice(variants_of(words), _MOST_TRIED):
        if len(pieces) == 1:  # most terms are one word
            found.add(variant[0])
            if len(found) == MOST_FORMS:
                break
            continue
        for at, word in zip(places, variant, strict=True):
            pieces[at] = word
        found.add("".join(pieces))
        if len(found) == MOST_FORMS:
            break
    return frozenset(found)
