"""Term sets: named lists of terms by language, shipped in `monitor/terms/*.toml` or the user's own.

A set may have parts (`north_korea.name`, `north_korea.capital`). The set as a whole includes its
parts except the metonyms: “Pyongyang says” is about North Korea, but names no North Korean.
"""

from __future__ import annotations

import tomllib
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor import cache
from monitor.errors import ConfigError, Mistake
from monitor.matching.language.expression import Term
from monitor.matching.rows import RowsByName, pack_rows

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

METONYMS = frozenset({"capital", "leader"})
# Parts that are sets of their own, not included in the whole: "launch" alone is said of much else.
APART = METONYMS | {"word"}
_QUOTED = 2  # both quotation marks


@dataclass(frozen=True, slots=True)
class TermSet:
    """A named list: `terms` are (language or "", term as written), `sets` the included sets.

    `field` is the name of the set's file (`countries`, `weapons` …), "" for a set of the user.
    """

    name: str
    terms: tuple[tuple[str, str], ...]
    sets: tuple[str, ...] = ()
    about: str = ""
    field: str = ""


Sets = Mapping[str, TermSet]


def read_term(written: str, lang: str = "") -> Term:
    """Return the term of a list's entry: `word`, `several words`, `"as written"`, `=As`, `begin*`.

    A term without a sign is inflected. `!` limits a term to articles of its own language. `-`
    begins a longer name in which no other term of the set is meant: `-South Sudan` in Sudan's set.
    """
    cancels, written = written.startswith("-"), written.removeprefix("-")
    locked, written = written.startswith("!"), written.removeprefix("!")
    cased, written = written.startswith("="), written.removeprefix("=")
    quoted = is_quoted(written)
    written = written.strip('"') if quoted else written
    begins, written = written.endswith("*"), written.removesuffix("*")
    exact = quoted or cased
    return Term(written.strip(), exact, cased, begins, lang if locked else "", cancels)


def is_quoted(written: str) -> bool:
    """Whether an entry of a list stands in quotes, which mean “as written”."""
    return len(written) > _QUOTED and written[0] == written[-1] == '"'


@lru_cache(maxsize=1)
def library() -> Sets:
    """Return the shipped term sets by name. Raises ConfigError."""
    program = (Path(__file__), Path(__file__).parent.with_name("rows.py"))
    texts = (file.read_bytes() for file in (*_files(), *program))
    return _Library(cache.kept(f"sets-{cache.digest(texts)}", _packed_library).data)


def all_sets(own: Sets) -> Sets:
    """Return the shipped term sets and the user's `own`. Raises ConfigError."""
    return ChainMap(dict(own), library())  # type: ignore[arg-type] # which writes to the first only


class _Library(Mapping[str, TermSet]):
    """Term sets in bytes: as objects, all of them take 15 MB."""

    def __init__(self, packed: bytes | memoryview) -> None:
        self._rows = RowsByName(packed)
        self._sets: dict[str, TermSet] = {}

    def __getitem__(self, name: str) -> TermSet:
        if name not in self._sets:
            terms, sets, about, field = self._rows[name]
            pairs = tuple((lang, term) for lang, term in terms)
            self._sets[name] = TermSet(name, pairs, tuple(sets), about, field)
        return self._sets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _packed_library() -> bytes:
    """Return the bytes of `_Library`."""
    found: dict[str, TermSet] = {}
    for each in shipped():
        found[each.name] = _joined(found.get(each.name), each)
    return pack_rows(
        {name: (each.terms, each.sets, each.about, each.field) for name, each in found.items()}
    )


def shipped() -> Iterator[TermSet]:
    """Yield the shipped term sets, with one file at a time in memory. Raises ConfigError."""
    for file in _files():
        for name, table in _tables_in(file).items():
            for each in _tables(name, table):
                yield replace(each, field=file.name.removesuffix(".toml"))


def _files() -> list[Traversable]:
    folder = files("monitor").joinpath("terms")
    found = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    return sorted(found, key=lambda file: file.name)


def _tables_in(file: Traversable) -> Mapping[str, Mapping[str, Any]]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:  # from tomllib, with line and column, or from the decoder
        raise ConfigError([Mistake(str(file), 1, 1, "", f"not valid TOML: {error}")]) from error
    for name, table in tables.items():
        if not isinstance(table, dict):
            message = "expected a term set, which begins with its name in brackets"
            raise ConfigError([Mistake(str(file), 1, 1, name, message)])
    return tables


def _tables(name: str, table: Mapping[str, Any]) -> Iterator[TermSet]:
    """Yield the set of a table and the sets of its parts."""
    lists = {key: value for key, value in table.items() if isinstance(value, list)}
    inside = [key for key, value in table.items() if isinstance(value, dict)]
    included = [*lists.pop("sets", []), *(f"{name}.{p}" for p in inside if p not in APART)]
    terms = tuple((lang, term) for lang, found in lists.items() for term in found)
    yield TermSet(name, terms, tuple(included), str(table.get("about", "")))
    for part in inside:
        yield from _tables(f"{name}.{part}", table[part])


def _joined(first: TermSet | None, second: TermSet) -> TermSet:
    """Merge the tables of two files under one name, such as a country and its metonyms."""
    if first is None:
        return second
    return replace(
        first,
        terms=first.terms + second.terms,
        sets=tuple(dict.fromkeys(first.sets + second.sets)),
        about=first.about or second.about,
    )


def terms_of(name: str, sets: Sets) -> tuple[tuple[str, Term], ...]:
    """Return the terms of a set and of its included sets, each once, as (language, term)."""
    found: dict[tuple[str, Term], None] = {}
    for each in included(name, sets):
        found |= {(lang, read_term(term, lang)): None for lang, term in sets[each].terms}
    return tuple(found)


def included(name: str, sets: Sets) -> Iterator[str]:
    """Yield a set's name and the names of the sets that it includes, each once."""
    yield from _included(name, sets, set())


def _included(name: str, sets: Sets, seen: set[str]) -> Iterator[str]:
    """Yield a set's name and the names of its included sets, each once (sets may form a circle)."""
    if name in seen or name not in sets:
        return
    seen.add(name)
    yield name
    for inner in sets[name].sets:
        yield from _included(inner, sets, seen)
