"""The months by their names in the languages of feeds (`months.toml`). Pure."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from pathlib import Path

_SHORTEST = 3  # letters of a name that is cut off: `сен`, `févr`


def _read() -> dict[str, dict[str, int]]:
    """Return the number of each month by language and name; names of several words as one."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    months: dict[str, dict[str, int]] = {}
    for lang, written in data.items():
        of_lang = months[lang] = {}
        for number, names in enumerate(written, 1):
            of_lang |= {name.replace(" ", ""): number for name in names.split("|")}
    return months


def _undisputed(by_lang: dict[str, dict[str, int]]) -> dict[str, int]:
    """Return the names that mean the same month wherever they are used."""
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for names in by_lang.values():
        for name, number in names.items():
            numbers[name].add(number)
    return {name: min(each) for name, each in numbers.items() if len(each) == 1}


_BY_LANG = _read()
_UNDISPUTED = _undisputed(_BY_LANG)
_TWO_WORDS = re.compile(r"(كانون|تشرين) (?=الأول|الثاني)")  # November in Syria: `تشرين الثاني`


def one_word(text: str) -> str:
    """Return a text in which no name of a month has a space."""
    return _TWO_WORDS.sub(r"\1", text)


def month_of(name: str, lang: str) -> int | None:
    """Return the number of a month, named in `lang`, in English or in some language.

    Names that differ between languages count in their own only: `listopad` is October in Croatian,
    November in Polish. A name may be cut after three letters.
    """
    name = name.casefold().rstrip(".")
    tables = (_BY_LANG.get(lang, {}), _BY_LANG["en"], _UNDISPUTED)
    whole = next((names[name] for names in tables if name in names), None)
    if whole or len(name) < _SHORTEST:
        return whole
    begun = {
        number for known, number in (tables[0] or _UNDISPUTED).items() if known.startswith(name)
    }
    return begun.pop() if len(begun) == 1 else None
