"""Words of letters and digits only, in the form in which they are searched, all at once.

Most words of a program's forms are such, and one pass over all of them takes a tenth of the time
that one pass for each takes. The others go one by one, as words of a text do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.matching.language.letters import is_mixed
from monitor.text.scripts import CJK, SOUTH_EAST_ASIAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# U+02BC is a letter in Unicode, but an apostrophe in texts.
_APART = re.compile(f"[\u02bc{CJK}{SOUTH_EAST_ASIAN}]")
_BETWEEN = "\n"


def each_form(
    words: Iterable[str],
    of_many: Callable[[str], str],
    of_one: Callable[[str], str],
) -> dict[str, str]:
    """Return the form of each word: by `of_many` for the plain ones, by `of_one` for the others.

    `of_many` gets words with line feeds between them, and changes letter by letter.
    """
    plain: list[str] = []
    forms: dict[str, str] = {}
    for word in dict.fromkeys(words):
        if is_plain(word):
            plain.append(word)
        else:
            forms[word] = of_one(word)
    changed = of_many(_BETWEEN.join(plain)).split(_BETWEEN)
    for word, form in zip(plain, changed, strict=bool(plain)):
        forms[word] = form if form.isalnum() else of_one(word)
    return forms


def is_plain(word: str) -> bool:
    """Whether a word is one of letters and digits, in one script that has spaces between words."""
    if not word.isalnum():
        return False
    return word.isascii() or not (_APART.search(word) or is_mixed(word))
