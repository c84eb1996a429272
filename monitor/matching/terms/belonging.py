"""Languages in whose articles the forms of a list's term count: a word belongs to its language.

Polish *kino* has the form *kina*, which is China in Swedish; English *seize* is sixteen in French.
So a word counts in articles of its own language, of those that share most of its words (`_KIN`),
and in articles of unknown language. Names and abbreviations cross borders as they are written:
`Kursk`, `Hwasong-18` and `NATO` count everywhere, but declined names at home only, because Italian
*Fordo* has the form *fordi*, which is because in Danish. Some lists write all forms of their names
themselves (`_DECLINED`); no name in them crosses.
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
# A capital tells no name that crosses: German writes all nouns so, the others list declined names.
_DECLINED = frozenset({
    "de", "cs", "sk", "hr", "sr", "bs", "sl", "bg", "mk", "ro", "hu", "fi", "et", "lt", "lv", "el",
    "az", "be", "uz", "kk", "hy",
})  # fmt: skip


def languages_for(term: Term, form: str, written_in: str) -> frozenset[str]:
    """Return the languages of the articles in which a form of a term counts, `EVERYWHERE` for all.

    `written_in` is the language of the list that the term stands in, "" for none.
    """
    if term.lang:
        return frozenset({term.lang})
    as_written = form.casefold() == term.text.casefold() or term.cancels or is_acronym(term.text)
    if not written_in or (as_written and _is_name(term.text, written_in)):
        return EVERYWHERE
    return relatives(written_in)


def relatives(lang: str) -> frozenset[str]:
    """Return a language and those in whose articles its words count, too."""
    return _RELATIVES.get(lang, frozenset({lang}))


def joined(first: frozenset[str], second: frozenset[str]) -> frozenset[str]:
    """Return the languages of a form that two terms have."""
    return first | second if first and second else EVERYWHERE


def _is_name(text: str, lang: str) -> bool:
    """Whether a term is a name, which has a capital or a number, or an abbreviation."""
    if is_acronym(text) or any(character.isdigit() for character in text):
        return True
    return text[:1].isupper() and lang not in _DECLINED
