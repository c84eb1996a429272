"""Names of weapons that hold a number: `Shahed 136`, `Kh–101`, `Leopard 2`. Pure.

The number after such a name is a part of the name and counts nothing, also where neither a hyphen
nor a capital tells so. The names come from the shipped term sets of weapons, and from `names` in
`figures.toml` for weapons that no topic asks for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from monitor.extraction.lexicon import setting
from monitor.matching.terms.termsets import read_term, shipped

_NAME = re.compile(r"([^\W\d_]+)[- ]?(\d{1,4})[^\W\d_]{0,2}")
_BETWEEN = r"[- \u00a0\u2010-\u2013\u2212]"  # a space, a hyphen or a dash that stands for one
_SHORT = 1  # letters: also a word of its own (Russian \u0441, `with`): only numbers that are known


@cache
def model_names() -> str:
    """Return the regular expression of the names, each with its number; case counts."""
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    for name, number in _in_term_sets():
        numbers[name].add(number)
    for written in setting("all", "models").split():
        name, _, number = written.partition("=")
        numbers[name].add(number)

    names = "|".join(sorted((name for name in numbers if len(name) > _SHORT), reverse=True))
    short = [
        f"{name}{_BETWEEN}(?:{'|'.join(sorted(of_name))})"
        for name, of_name in sorted(numbers.items())
        if len(name) == _SHORT
    ]
    known = "|".join([rf"(?:{names}){_BETWEEN}\d{{1,4}}", *short])
    return rf"(?<!\w)(?:{known})[^\W\d_]{{0,2}}(?!\w|[.,]\d)"


def _in_term_sets() -> list[tuple[str, str]]:
    """Return the (name, number) of each model among the terms of weapons."""
    terms = [term for terms in shipped() if terms.field == "weapons" for term in terms.terms]
    found = [_NAME.fullmatch(read_term(written, lang).text) for lang, written in terms]
    return [(each[1], each[2]) for each in found if each]
