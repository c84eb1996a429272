"""Terms → the forms in which they are searched, by the languages of articles. Loads no grammar."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.matching.language.proclitics import spelled_out
from monitor.matching.language.tokens import is_acronym
from monitor.matching.program import Forms
from monitor.matching.terms.belonging import joined, languages_for
from monitor.matching.terms.inflection import signed_forms
from monitor.matching.terms.spelling import languages_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.matching.language.expression import Term

_KINDS = ("folded", "cased", "begins", "longer")
_LONGEST_DOTTED = 4  # letters
_MOST_KEPT = 50_000  # terms: many stand in several sets


def forget_forms() -> None:
    """Free the memory of the forms that terms had."""
    _forms_of_term.cache_clear()
    _placed.cache_clear()


def forms_of_terms(terms: Iterable[tuple[str, Term]]) -> Iterator[Forms]:
    """Yield the forms of terms by the languages of the articles in which they count.

    `terms` are (language of the list that the term stands in or "", term).
    """
    langs_of: dict[str, dict[str, frozenset[str]]] = {kind: {} for kind in _KINDS}
    for written_in, term in terms:
        kind, placed = _placed(term, written_in)
        found = langs_of[kind]
        for form, langs in placed:
            before = found.get(form, langs)
            found[form] = langs if before == langs else joined(langs, before)

    by_langs: defaultdict[frozenset[str], dict[str, list[str]]] = defaultdict(_no_forms)
    for kind, found in langs_of.items():
        for form, langs in found.items():
            by_langs[langs][kind].append(form)
    groups = {tuple(sorted(langs)): found for langs, found in by_langs.items()}
    for group, each in sorted(groups.items()):
        yield Forms.of(group, *(tuple(each[kind]) for kind in _KINDS))


def _no_forms() -> dict[str, list[str]]:
    return {kind: [] for kind in _KINDS}


@lru_cache(maxsize=_MOST_KEPT)
def _placed(term: Term, written_in: str) -> tuple[str, list[tuple[str, frozenset[str]]]]:
    """Return the kind of a term's forms, and each with the languages in which it counts."""
    kind, found = _expanded(term, written_in)
    as_written = languages_for(term, term.text, written_in)
    usual = languages_for(term, "", written_in)  # of any other form
    text = term.text.casefold()
    return kind, [
        (form, as_written if form.casefold() == text else usual) for form in dict.fromkeys(found)
    ]


def _expanded(term: Term, written_in: str) -> tuple[str, Iterable[str]]:
    """Return the kind and the forms of a term; `written_in` is the language it stands in or ""."""
    if term.cancels:
        return "longer", spelled_out(_inflected(term, written_in))
    if term.begins:
        return "begins", (term.text,)
    if term.cased:
        return "cased", (term.text,)
    if is_acronym(term.text) and not term.exact:
        return "cased", (term.text, f"{term.text}s", *_dotted(term.text))
    return "folded", _inflected(term, written_in)


@lru_cache(maxsize=_MOST_KEPT)
def _forms_of_term(term: str, lang: str) -> list[str]:
    return sorted(signed_forms(term, lang))


def _dotted(acronym: str) -> tuple[str, ...]:
    """Return an acronym as headlines abbreviate names: `U.N.`, `P.L.A.`; longer ones never are."""
    is_short = 1 < len(acronym) <= _LONGEST_DOTTED and acronym.isalpha()
    return (f"{'.'.join(acronym)}.",) if is_short else ()


def _inflected(term: Term, lang: str) -> dict[str, None]:
    """Return the forms of a term, in order and each once."""
    if term.exact:
        return {term.text: None}
    langs = (lang,) if lang else languages_of(term.text)
    return dict.fromkeys(form for each in langs for form in _forms_of_term(term.text, each))
