"""Origins: which of the sets that a term set includes a found wording comes from.

The matcher knows the forms of a set as a whole. For an explanation, the terms of the included sets
are expanded again, language by language, until a form fits.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from monitor.matching.language.proclitics import spelled_out
from monitor.matching.language.tokens import tokens
from monitor.matching.terms.expansion import forms_of_terms
from monitor.matching.terms.termsets import included, read_term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.matching.program import Forms
    from monitor.matching.terms.termsets import Sets

_Words = tuple[str, ...]
_GLANCE = 2  # letters


class Holder(NamedTuple):
    """A set that holds a word, by a form of a term; `lang` is "" for a term of any language."""

    name: str
    lang: str
    term: str
    form: str


def holders(word: str, sets: Sets) -> Iterator[Holder]:
    """Yield the sets with a term of which a form is a word or phrase, or has it among its words.

    Each term stands once, with the form that is the word itself where there is one.
    """
    wanted = _folded(word)
    for name, term_set in sets.items():
        for lang, written in term_set.terms:
            if wanted and _may_hold(written, wanted) and (form := _holding(lang, written, wanted)):
                yield Holder(name, lang, written, form)


def _may_hold(written: str, wanted: _Words) -> bool:
    """Whether a term may have a word among its forms, at a glance: they share two letters."""
    begins = {word[:_GLANCE] for word in _folded(written)}
    return any(begin in word for begin in begins for word in wanted)


def _holding(lang: str, written: str, wanted: _Words) -> str:
    all_forms = list(forms_of_terms([(lang, read_term(written, lang))]))
    each = chain.from_iterable(map(_written_out, all_forms))
    holding = [form for form in each if _among(wanted, _folded(form))]
    begun = chain.from_iterable(forms.begins for forms in all_forms)
    begins = (f"{form}*" for form in begun if wanted[-1].startswith(_folded(form)[-1]))
    return min(holding, key=len, default="") or next(begins, "")


def _written_out(forms: Forms) -> tuple[str, ...]:
    return (*spelled_out(forms.folded), *forms.cased, *forms.tagged, *forms.longer)


def _among(wanted: _Words, words: _Words) -> bool:
    """Whether words stand in a row among others."""
    starts = range(len(words) - len(wanted) + 1)
    return any(words[start : start + len(wanted)] == wanted for start in starts)


class Origins:
    """The sets of wordings found by a term set; `sets` are all term sets by name."""

    def __init__(self, sets: Sets) -> None:
        self._sets = sets
        self._whole = cache(self._whole_forms)
        self._begins = cache(self._beginnings)

    def __call__(self, name: str, wording: str, lang: str) -> str:
        """Return the set, included in the set `name` or that set itself, with a term for a wording.

        `lang` is the language of the article. "" where no term fits.
        """
        words = _folded(wording)
        names = list(included(name, self._sets))
        langs = dict.fromkeys(each for one in names for each, _ in self._sets[one].terms)
        for each in sorted(langs, key=lambda known: (known != lang, known != "", known != "en")):
            for one in names:
                if words in self._whole(one, each) or self._begin(words, one, each):
                    return one
        return ""

    def _begin(self, words: _Words, name: str, lang: str) -> bool:
        """Whether words begin with a term `begin*` of a set."""
        return any(
            words[:-1] == begin[:-1] and words[-1].startswith(begin[-1])
            for begin in self._begins(name, lang)
        )

    def _forms(self, name: str, lang: str) -> list[Forms]:
        terms = [(lang, read_term(term, lang)) for each, term in self._sets[name].terms
                 if each == lang]  # fmt: skip
        return list(forms_of_terms(each for each in terms if not each[1].cancels))

    def _whole_forms(self, name: str, lang: str) -> frozenset[_Words]:
        forms = self._forms(name, lang)
        each = (form for one in forms for form in (*_written_out(one), *one.bare))
        return frozenset(map(_folded, each))

    def _beginnings(self, name: str, lang: str) -> frozenset[_Words]:
        forms = self._forms(name, lang)
        return frozenset(_folded(form) for one in forms for form in one.begins)


def _folded(phrase: str) -> _Words:
    return tuple(word.lower() for word in tokens(phrase)[0])
