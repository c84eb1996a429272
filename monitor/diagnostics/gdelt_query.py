"""A topic → the queries by which GDELT finds candidates for it. Pure.

GDELT knows words, phrases and one level of OR, and searches English translations of all articles.
So a query is weaker than its topic: what the topic wants together, in some English wordings each,
without distances and exclusions. The matcher decides afterwards.
"""

from __future__ import annotations

import re
from itertools import islice, product
from typing import TYPE_CHECKING

from monitor.matching.compile import node_of
from monitor.matching.language.expression import And, Near, Or, SetRef, Term, Title, Unless
from monitor.matching.terms.expansion import forms_of_terms
from monitor.matching.terms.termsets import all_sets, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.matching.language.expression import Node
    from monitor.matching.terms.termsets import Sets
    from monitor.model import Topic

    Group = tuple[str, ...]  # wordings of which an article has one
    Wanted = tuple[Group, ...]  # groups of which it has all

_MOST_QUERIES = 4
_MOST_GROUPS = 3
_MOST_WORDINGS = 12  # of a group
_LONGEST = 300  # characters: GDELT refuses long queries, and does not say from where on
_MOST_COMBINED = 16  # of the alternatives of what is wanted together
_SHORTEST = 4  # letters of the longest word: GDELT refuses short words
_WORDS = re.compile(r"[a-z]{2,}(?: [a-z]{2,})*")  # of other characters, it knows not all


def queries_for(topic: Topic, own: Sets) -> list[str]:
    """The queries of a topic, the first alternatives first; none without an English word.

    `own` are the user's term sets.
    """
    sets = all_sets(own)
    found = _merged(each for each in _alternatives(node_of(topic, sets), sets) if each)
    return list(islice(dict.fromkeys(map(_written, found)), _MOST_QUERIES))


def _alternatives(node: Node, sets: Sets) -> list[Wanted]:
    """What an article must have, as alternatives: none where it cannot be asked for.

    An alternative without a group wants nothing.
    """
    match node:
        case Term() | SetRef():
            group = _wordings(node, sets)
            return [(group,)] if group else []
        case And(parts=parts):
            return _combined([_alternatives(part, sets) for part in parts])
        case Near(left=left, right=right):
            return _combined([_alternatives(left, sets), _alternatives(right, sets)])
        case Or(parts=parts):
            return [each for part in parts for each in _alternatives(part, sets)]
        case Unless(left=part) | Title(part=part):
            return _alternatives(part, sets)
        case _:
            return [()]


def _combined(parts: Sequence[list[Wanted]]) -> list[Wanted]:
    """All combinations of the parts' alternatives; a part with too many of them is left out."""
    chosen: list[list[Wanted]] = []
    count = 1
    for part in map(_merged, parts):
        if count * len(part) <= _MOST_COMBINED:
            chosen.append(part)
            count *= len(part)
    return [_joined(each) for each in product(*chosen)]


def _joined(wanted: Iterable[Wanted]) -> Wanted:
    return tuple(dict.fromkeys(group for each in wanted for group in each))


def _merged(alternatives: Iterable[Wanted]) -> list[Wanted]:
    """Alternatives of one group each become one; one that wants more than another one goes."""
    every = list(dict.fromkeys(alternatives))
    single = _shortest(word for each in every if len(each) == 1 for word in each[0])
    others = [each for each in every if len(each) != 1]
    all_of_them: list[Wanted] = [(single,), *others] if single else others
    return [each for at, each in enumerate(all_of_them) if not _is_found(each, at, all_of_them)]


def _is_found(wanted: Wanted, at: int, others: Sequence[Wanted]) -> bool:
    """Whether another alternative finds all that one finds; the first of two equal ones stays."""
    return any(
        _covers(other, wanted) and (before < at or not _covers(wanted, other))
        for before, other in enumerate(others)
        if before != at
    )


def _covers(wide: Wanted, narrow: Wanted) -> bool:
    return all(_is_within(narrow, group) for group in wide)


def _is_within(wanted: Wanted, group: Group) -> bool:
    return any(set(each) <= set(group) for each in wanted)


def _wordings(node: Term | SetRef, sets: Sets) -> Group:
    terms = terms_of(node.name, sets) if isinstance(node, SetRef) else (("", node),)
    english = [term for lang, term in terms if lang in {"", "en"} and not term.cancels]
    texts = (text.casefold().replace("-", " ") for term in english for text in _forms(term))
    return _shortest(text for text in texts if _can_be_asked(text))


def _forms(term: Term) -> list[str]:
    """The term as written first, then its plural unless it is a name: GDELT does not inflect."""
    if term.begins or not term.text.islower():
        return [] if term.begins else [term.text]
    inflected = [each for forms in forms_of_terms([("en", term)]) for each in forms.folded]
    plural = [each for each in inflected if each.startswith(term.text[:-1]) and each[-1] == "s"]
    return [term.text, *plural]


def _can_be_asked(text: str) -> bool:
    return bool(_WORDS.fullmatch(text)) and max(map(len, text.split())) >= _SHORTEST


def _shortest(texts: Iterable[str]) -> Group:
    """Wordings without those that hold another one, which finds them too."""
    every = list(dict.fromkeys(texts))
    return tuple(text for text in every if not _is_held(text, every))


def _is_held(text: str, every: Iterable[str]) -> bool:
    return any(text != other and f" {other} " in f" {text} " for other in every)


def _written(wanted: Wanted) -> str:
    """A query with as many wordings of each group as there is room for."""
    for most in range(_MOST_WORDINGS, 1, -1):
        query = _query(wanted, most)
        if len(query) <= _LONGEST:
            return query
    return _query(wanted, 1)


def _query(wanted: Wanted, most: int) -> str:
    return " ".join(_group(group[:most]) for group in wanted[:_MOST_GROUPS])


def _group(wordings: Group) -> str:
    written = [each if each.isalpha() else f'"{each}"' for each in wordings]
    return f"({' OR '.join(written)})" if len(written) > 1 else written[0]
