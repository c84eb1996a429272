"""Texts all in capitals: `LET US STRIKE A DEAL` names no country. Pure.

An acronym that is also a common word of the language (`capitals.toml`) counts there only where the
word could hardly stand: after an article (`THE US`); and `US` and `WHO` at the beginning of what is
no question, before a word with a meaning of its own (`WHO WARNS …`, but not `WHO IS …`).
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMON = {
    lang: frozenset(words.split())
    for lang, words in tomllib.loads(
        Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    ).items()
}
_ARTICLES = {"en": "the"}
_BEGINNINGS = {"en": frozenset({"us", "who"})}


def is_common_word(words: Sequence[str], at: int, lang: str) -> bool:
    """Whether a word of a text in capitals is a common one, and no acronym.

    `lang` is the language of the text, "" for an unknown one, which counts as English.
    """
    lang = lang or "en"
    common = _COMMON.get(lang, frozenset())
    if words[at].lower() not in common:
        return False
    before = words[at - 1].lower() if at else ""
    after = words[at + 1].lower() if at + 1 < len(words) else ""
    may_begin = words[at].lower() in _BEGINNINGS.get(lang, ())
    begins = may_begin and not before[:1].isalnum() and "?" not in words
    is_name = before == _ARTICLES.get(lang) or (begins and after.isalnum() and after not in common)
    return not is_name
