"""English names of countries by ISO 3166 code, and what was meant by a code that is none."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE = 2  # letters


def country_names() -> Mapping[str, str]:
    """Return the names of all countries by code."""
    return _tables()["countries"]


def countries_meant(written: str) -> list[str]:
    """Return the codes that a text which is no code may stand for, such as GB for UK.

    They are those of a known mistake, of a name or a word of names, or of the names that begin
    with the two letters.
    """
    if meant := _tables()["meant"].get(written.upper()):
        return [meant]
    names, begin = country_names(), written.casefold()
    if written.upper() in names:
        return [written.upper()]
    if len(written) != _CODE:
        exact = [code for code, name in names.items() if name.casefold() == begin]
        return exact or [code for code, name in names.items() if begin in name.casefold().split()]
    return [code for code, name in names.items() if name.casefold().startswith(begin)]


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, str]] = tomllib.loads(text)
    return tables
