"""What a history is asked of: `@wagner`, words, a topic, or words within a topic.

A shipped term set is found as `extraction.entities` recorded it when articles were matched; the
terms of a set of one's own, which nothing recorded, are looked up in the full-text index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.errors import InputError
from monitor.extraction.entities import KINDS, LEFT_OUT, OTHER, whole
from monitor.matching.terms.termsets import included, read_term
from monitor.store.fulltext import phrase, query
from monitor.store.queries.timeline import Subject
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.matching.terms.termsets import Sets, TermSet


def subject_of(written: str, topic: str, sets: Sets) -> Subject:
    """Return what a history is of: a term set (`@wagner`) or words, a topic, or both.

    Raises InputError for nothing at all, for words without a letter, and for an unknown set.
    """
    written = " ".join(written.split())
    name = " in ".join(filter(None, [written, topic]))
    if written.startswith("@"):
        recorded, terms = _recorded(_known(written[1:], sets), sets)
        return Subject(name, topic, sets=recorded, terms=terms)
    words = query(written)
    if written and not words:
        raise InputError("a search needs a letter or a digit")
    if not words and not topic:
        raise InputError("say of what: @wagner (a term set), words, or a topic")
    return Subject(name, topic, words)


def _known(name: str, sets: Sets) -> str:
    if name not in sets:
        advice = "`monitor topics sets` lists them"
        hint = did_you_mean(name, list(sets), otherwise=advice)
        raise InputError(f"there is no term set `@{name}`{hint}")
    return name


def _recorded(name: str, sets: Sets) -> tuple[tuple[str, ...], str]:
    """Return the names under which a set is stored, and a query for what is not stored."""
    each = [sets[inner] for inner in included(name, sets)]
    stored = [term_set for term_set in each if _is_stored(term_set)]
    names = dict.fromkeys(f"{KINDS.get(s.field, OTHER)}:{whole(s.name)}" for s in stored)
    others = (term_set for term_set in each if not _is_stored(term_set))
    return tuple(names), " OR ".join(dict.fromkeys(_phrases(others)))


def _is_stored(term_set: TermSet) -> bool:
    return bool(term_set.field) and whole(term_set.name) not in LEFT_OUT


def _phrases(sets: Iterable[TermSet]) -> Iterable[str]:
    for term_set in sets:
        for _, written in term_set.terms:
            term = read_term(written)
            if not term.cancels and (found := phrase(term.text, begins=not term.exact)):
                yield found
