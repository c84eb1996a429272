"""Terms → the forms in which they are searched, by the languages of articles. Loads no grammar."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.matching.language.tokens import is_acronym
from monitor.matching.program import Forms
from monitor.matching.terms.belonging import joined, languages_for
from monitor.matching.terms.inflection import forms
from monitor.matching.terms.spelling import languages_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.matching.language.expression import Term

_LONGEST_DOTTED = 4  # letters
_forms_of_term = lru_cache(maxsize=50_000)(forms)  # a third of the terms stand in several sets


def forget_forms() -> None:
    """Free the memory of the forms that terms had."""
    _forms_of_term.cache_clear()


def forms_of_terms(terms: Iterable[tuple[str, Term]]) -> Iterator[Forms]:
    """Yield the forms of terms by the languages of the articles in which they count.

    `terms` are (language of the list that the term stands in or "", term).
    """
    langs_of: dict[tuple[str, str], frozenset[str]] = {}
    for written_in, term in terms:
        for each in _expanded(term, written_in):
            langs = languages_for(term, each[1], written_in)
            langs_of[each] = joined(langs, langs_of.get(each, langs))

    by_langs: defaultdict[tuple[str, ...], dict[str, list[str]]] = defaultdict(_no_forms)
    for (kind, form), langs in langs_of.items():
        by_langs[tuple(sorted(langs))][kind].append(form)
    for group, found in sorted(by_langs.items()):
        yield Forms(group, **{kind: tuple(each) for kind, each in found.items()})


def _no_forms() -> dict[str, list[str]]:
    return {kind: [] for kind in ("folded", "cased", "begins", "longer")}


def _expanded(term: Term, written_in: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, form) of a term; `written_in` is the language that it is written in or ""."""
    if term.cancels:
        return (("longer", form) for form in _inflected(term, written_in))
    if term.begins:
        return iter([("begins", term.text)])
    if term.cased:
        return iter([("cased", term.text)])
    if is_acronym(term.text) and not term.exact:
        forms = (term.text, f"{term.text}s", *_dotted(term.text))
        return (("cased", form) for form in forms)
    return (("folded", form) for form in _inflected(term, written_in))


def _dotted(acronym: str) -> tuple[str, ...]:
    """Return an acronym as headlines abbreviate names: `U.N.`, `P.L.A.`; longer ones never are."""
    is_short = 1 < len(acronym) <= _LONGEST_DOTTED and acronym.isalpha()
    return (f"{'.'.join(acronym)}.",) if is_short else ()


def _inflected(term: Term, lang: str) -> dict[str, None]:
    """Return the forms of a term, in order and each once."""
    if term.exact:
        return {term.text: None}
    langs = (lang,) if lang else languages_of(term.text)
    return dict.fromkeys(form for each in langs for form in sorted(_forms_of_term(term.text, each)))
