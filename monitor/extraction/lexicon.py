"""Words of a language by what they do in a sentence, found in a text by the longest of them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.matching.language.tokens import tokens
from monitor.matching.phrases import Beginnings, Phrases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DATA: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("figures.toml").read_text(encoding="utf-8")
)
_NOBODY: dict[str, Any] = {"decimal": "."}


def setting(lang: str, name: str) -> Any:
    """Return a setting of a language, None where it has none."""
    return _DATA.get(lang, _NOBODY).get(name)


@cache
def lexicon(lang: str, table: str) -> Lexicon:
    """Return the words of a language, `words` to count by or those of `speech`."""
    tables = (_DATA[each].get(table, {}) for each in ("all", lang) if each in _DATA)
    return Lexicon([pair for each in tables for pair in _flat(each)])


def languages() -> list[str]:
    """Return the languages that there are words for."""
    return [lang for lang in _DATA if lang != "all"]


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, entry in table.items():
        if isinstance(entry, str):
            yield before + name, entry
        else:
            yield from _flat(entry, f"{before}{name}.")


class Lexicon:
    """Words and phrases, each with what it does; a word may do several things."""

    def __init__(self, lists: list[tuple[str, str]]) -> None:
        self._exact: Phrases[str] = Phrases()
        self._begins: Beginnings[str] = Beginnings()
        for role, entries in lists:
            for entry in entries.split():
                word, _, number = entry.partition("=")
                added = f"{role}={number}" if number else role
                folded = [each.lower() for each in tokens(word.strip("*").replace("_", " "))[0]]
                (self._begins if word.endswith("*") else self._exact).add(added, [folded])

    def __call__(self, words: Sequence[str]) -> list[tuple[int, int, list[str]]]:
        """Return (first word, end, roles) of what stands in a text, the longest where two would."""
        found: dict[tuple[int, int], list[str]] = {}
        for matches in (self._exact(words), self._begins(list(words))):
            for role, start, end in matches:
                if role not in found.setdefault((start, end), []):
                    found[start, end].append(role)
        told, last = [], 0
        for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
            if start >= last:
                told.append((start, end, found[start, end]))
                last = end
        return told
