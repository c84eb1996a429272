"""Entries of lists that their author meant as an expression, and that would match as literal text.

A list (of a term set, or `any`, `all` and `none` of a topic) holds terms. Operators, term sets and
filters mean something in `match` only; in a list, no article would ever hold them.
"""

from __future__ import annotations

import re

from monitor.matching.language.tokens import mistake
from monitor.matching.terms.termsets import is_quoted, read_term

_DISTANCE = re.compile(r"(?<!\S)(?:NEAR|ADJ|W)/\d+(?!\S)")
_OPERATOR = re.compile(r"(?<=\S\s)(?:AND|OR|NOT|SENTENCE)(?=\s+\S)|^NOT(?=\s)")
_FILTER = re.compile(r"^(?:title|lang|publisher|kind):")
_SET = re.compile(r"(?<!\S)@(\w[\w.]*)")
_TYPOGRAPHIC = re.compile(r"[“„«][^“”„«»]*[”“»]")
_STAR_INSIDE = re.compile(r"\*(?=.)")
_LITERAL = "or put the text in quotes of its own, '\"…\"', if it is meant as it stands"


def misread(written: str, *, of_topic: bool = False) -> str | None:
    """Return what is wrong with a list's entry and what to write; None for nothing.

    `of_topic`: the entry stands in a list of a topic, not in a term set.
    """
    bare = written.lstrip("-!=")
    if not is_quoted(bare) and (wrong := _misread(bare, of_topic=of_topic)):
        return wrong
    return mistake(read_term(written).text)


def _misread(bare: str, *, of_topic: bool) -> str | None:
    if found := _SET.search(bare):
        return _set_misread(bare, found, of_topic=of_topic)
    operator = _DISTANCE.search(bare) or _OPERATOR.search(bare)
    if operator or _FILTER.match(bare):
        sign = operator[0] if operator else bare.partition(":")[0] + ":"
        return f"{sign} means something in `match` only, a list holds terms: {_move(of_topic)}"
    if "|" in bare:
        return "| means nothing here: write each term as an entry of its own"
    if _STAR_INSIDE.search(bare):
        return f"* ends a word: write `{bare.partition('*')[0] or 'begin'}*`, {_LITERAL}"
    if (bare[:1] == '"') != (bare[-1:] == '"') or _TYPOGRAPHIC.fullmatch(bare):
        return "quotation marks that mean “as written” are straight, and around the whole term"
    return None


def _set_misread(bare: str, found: re.Match[str], *, of_topic: bool) -> str:
    if not of_topic and found[0] == bare:
        return f"a term set is included by its name: write `sets: [{found[1]}]`, {_LITERAL}"
    where = "an entry of its own" if of_topic else f"`sets: [{found[1]}]`"
    return f"{found[0]} is a term set, not part of a term: write it as {where}, {_LITERAL}"


def _move(of_topic: bool) -> str:  # noqa: FBT001 - one caller, one meaning
    where = "write `match: |` and an expression" if of_topic else "write each term by itself"
    return f"{where}, {_LITERAL}"
