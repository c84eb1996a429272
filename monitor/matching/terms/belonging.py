"""Languages in whose articles a term of a list counts: a word belongs to its language.

Polish *kino* has the form *kina*, which is China in Swedish; English *seize* is sixteen in French.
So a word counts in articles of its own language, of those that share most of its words (`_KIN`),
and in articles of unknown language. Names and abbreviations cross borders: `Kursk`, `Hwasong-18`
and `NATO` count everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.matching.language.tokens import is_acronym

if TYPE_CHECKING:
    from monitor.matching.language.expression import Term

EVERYWHERE: frozenset[str] = frozenset()
# Languages that share most of their words, and that a short headline does not tell apart.
_KIN = (
    {"no", "nn", "da"}, {"hr", "sr", "bs"}, {"cs", "sk"}, {"bg", "mk"}, {"ru", "be"}, {"pt", "gl"},
    {"nl", "af"}, {"id", "ms"}, {"zh", "yue", "ja"}, {"hi", "mr", "ne"},
)  # fmt: skip
_RELATIVES = {lang: frozenset(group) for group in _KIN for lang in group}
_ALL_NOUNS = frozenset({"de"})  # a capital tells no name


def languages_for(term: Term, written_in: str) -> frozenset[str]:
    """Return the languages of the articles in which a term counts, `EVERYWHERE` for all.

    `written_in` is the language of the list that the term stands in, "" for none.
    """
    if term.lang:
        return frozenset({term.lang})
    if not written_in or _is_name(term.text, written_in):
        return EVERYWHERE
    return _RELATIVES.get(written_in, frozenset({written_in}))


def joined(first: frozenset[str], second: frozenset[str]) -> frozenset[str]:
    """Return the languages of a form that two terms have."""
    return first | second if first and second else EVERYWHERE


def _is_name(text: str, lang: str) -> bool:
    """Whether a term is a name, which has a capital or a number, or an abbreviation."""
    if is_acronym(text) or any(character.isdigit() for character in text):
        return True
    return text[:1].isupper() and lang not in _ALL_NOUNS
