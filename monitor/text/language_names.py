"""English names of languages by ISO 639 code: those that `language` may find, and near relatives.

The list is also the test whether a code means anything: `lang:xx` names no language.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@cache
def language_names() -> Mapping[str, str]:
    """Return the names of all known languages by code."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    names: dict[str, str] = tomllib.loads(text)
    return names


def language_name(code: str) -> str:
    """Return the name of a language; the code where it is unknown."""
    return language_names().get(code, code)


def named(codes: Iterable[str]) -> str:
    """Return the names of languages in the order of the alphabet: `Arabic, Greek, Thai`."""
    return ", ".join(sorted(map(language_name, codes)))
