"""Whether words of a text are a form of a term, as topics are matched. Pure.

`entities` proposes terms by the beginnings of words; here the proposal is checked, so that Malik is
no Mali and Nigeria no Niger. The forms are those of the matcher (`terms.inflection`). Russian and
Ukrainian names are declined by endings instead: the matcher's dictionaries would cost each worker
30 MB, and words without a capital are no names of anybody.
"""

from __future__ import annotations

from functools import lru_cache

from monitor.matching.language.tokens import is_acronym, tokens
from monitor.matching.terms.spelling import forms_by_rules, languages_of
from monitor.matching.terms.termsets import read_term

_DICTIONARIES = frozenset({"ru", "uk"})  # languages that the matcher inflects by a dictionary
_CONSONANT = "|а|я|у|ю|ом|ем|ем|е|і|ы|и|ов|ев|ів|їв|ей|ам|ям|ами|ями|ах|ях|ові|еві|ию|иом"
_VOWEL = "|а|я|ы|и|і|ї|е|є|у|ю|ой|ою|ей|ею|єю|ам|ям|ами|ями|ах|ях|о|ом|ем|ём"
_IA = "ия|ии|ию|ией|иею|ій|ия|ія|ії|ію|ією|ий|иям|иями|иях|ье|ья|ьи|ью|ьей"
_ADJECTIVE = (
    "ий|ый|ой|ій|ая|яя|ое|ее|ые|ие|ого|его|ому|ему|ым|им|ом|ем|ую|юю|ых|их|ыми|ими|ої|ою|ій|і|а|у|е"
    "|ею|ей|ой|о|я"
)
# The endings of names by the ending of the term itself.
_ENDINGS = {
    ending: frozenset(endings.split("|"))
    for group, endings in (
        (("",), _CONSONANT), (("а", "я", "о", "е", "ь", "и", "ы", "і"), _VOWEL),
        (("ия", "ія", "ья"), _IA), (("ий", "ый", "ой", "ій"), _ADJECTIVE + "|" + _CONSONANT),
    )
    for ending in group
}  # fmt: skip


@lru_cache(maxsize=1024)  # the names in the news are few
def is_form(written: str, lang: str, stems: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether `words` are a form of a term as `written` in a term set, in the language `lang`.

    `stems` are the beginnings of its words, by which it was proposed.
    """
    term = read_term(written, lang)
    if term.begins or term.cased or (is_acronym(term.text) and not term.exact):
        return True  # compared as they stand, or by the beginning, as the matcher does
    langs = (lang,) if lang else languages_of(term.text)
    if _DICTIONARIES & {*langs}:
        return _is_declined(written, lang, stems, words)
    return " ".join(words) in _forms(written, lang)


def prepare_forms() -> None:
    """Load the rules of inflection, so that the first article does not wait for them."""
    _forms("word", "en")


@lru_cache(maxsize=8192)
def _forms(written: str, lang: str) -> frozenset[str]:
    term = read_term(written, lang)
    if term.exact:
        return frozenset((_folded(term.text),))
    langs = (lang,) if lang else languages_of(term.text)
    return frozenset(_folded(form) for each in langs for form in forms_by_rules(term.text, each))


def _folded(form: str) -> str:
    return " ".join(word.lower() for word in tokens(form)[0])


def _is_declined(written: str, lang: str, stems: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether each word has an ending that goes with that of the term's word, if it is a name."""
    own = tokens(read_term(written, lang).text)[0]
    rows = zip(own, stems, words, strict=True)
    return all(
        not term[0].isupper() or word == term.lower() or _goes(term.lower(), stem, word)
        for term, stem, word in rows
    )


def _goes(term: str, stem: str, word: str) -> bool:
    endings = _ENDINGS.get(term[len(stem) :])
    return endings is None or word[len(stem) :] in endings
