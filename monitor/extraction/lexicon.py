"""Words of a language and their roles in a sentence, found in a text longest first.

`figures.toml` lists the words by language and role (`units.troops`, `count.people`, `say` …). In a
list, `word*` takes any ending, `_` is a space, and `word=1000` gives the value of a number word.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.matching.language.tokens import tokens
from monitor.matching.phrases import Beginnings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DATA: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("figures.toml").read_text(encoding="utf-8")
)
_UNKNOWN: dict[str, Any] = {"decimal": "."}


def setting(lang: str, name: str) -> Any:
    """Return a setting of a language, None for a setting that the language has not."""
    return _DATA.get(lang, _UNKNOWN).get(name)


@cache
def lexicon(lang: str, table: str) -> Lexicon:
    """Return the lexicon of a language; `table` is `words` (for figures) or `speech`."""
    tables = [_DATA[each].get(table, {}) for each in ("all", lang) if each in _DATA]
    return Lexicon([entry for each in tables for entry in _entries(each)])


def languages() -> list[str]:
    """Return the languages that have words."""
    return [lang for lang in _DATA if lang != "all"]


def _entries(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield (role, words separated by spaces); a table in a table gives `outer.inner` roles."""
    for name, entry in table.items():
        if isinstance(entry, str):
            yield before + name, entry
        else:
            yield from _entries(entry, f"{before}{name}.")


class Lexicon:
    """Words and phrases with their roles; one word may have several."""

    def __init__(self, lists: list[tuple[str, str]]) -> None:
        self._exact: defaultdict[str, list[tuple[list[str], str]]] = defaultdict(list)
        self._begins: Beginnings[str] = Beginnings()
        for role, entries in lists:
            for entry in entries.split():
                word, _, number = entry.partition("=")
                added = f"{role}={number}" if number else role
                folded = [each.lower() for each in tokens(word.strip("*").replace("_", " "))[0]]
                if word.endswith("*"):
                    self._begins.add(added, [folded])
                else:
                    self._exact[folded[0]].append((folded, added))

    def __call__(self, words: list[str]) -> list[tuple[int, int, list[str]]]:
        """Return (first word, end, roles) of the entries in a text; longer entries win."""
        found: dict[tuple[int, int], list[str]] = {}
        for matches in (self._whole(words), self._begins(words)):
            for role, start, end in matches:
                if role not in found.setdefault((start, end), []):
                    found[start, end].append(role)

        kept, last = [], 0
        for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
            if start >= last:
                kept.append((start, end, found[start, end]))
                last = end
        return kept

    def _whole(self, words: list[str]) -> Iterator[tuple[str, int, int]]:
        for start, word in enumerate(words):
            for phrase, role in self._exact.get(word, ()):
                end = start + len(phrase)
                if words[start:end] == phrase:
                    yield role, start, end
