"""The forms of terms as they are searched; those of shipped term sets are kept in a file.

    term set ─▶ its forms ─▶ each form as the prefilter and the phrases have it

Nobody edits shipped sets. So edited topics compile without inflecting them anew, and a package that
brings such a file needs no dictionary for them, even the first time. The forms of other terms are
worked out each time, by the same functions.
"""

from __future__ import annotations

from dataclasses import astuple
from functools import cache as once
from functools import cached_property
from importlib import metadata
from itertools import chain
from typing import TYPE_CHECKING, Any

from monitor import cache
from monitor.matching.plain_words import tokens_of_each
from monitor.matching.prefilter import loose_of_each
from monitor.matching.program import Forms
from monitor.matching.rows import RowsByName, pack_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_FOLDERS = ("matching", "terms", "text")  # of the program, on which forms depend
_LIBRARIES = ("pymorphy3", "pymorphy3-dicts-ru", "pymorphy3-dicts-uk")


class SearchedForms:
    """Forms; `loose` and `tokens` have each of them as `prefilter` and `phrases` search it."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Forms, ...]] = {}
        self.loose: dict[str, str] = {}
        self.tokens: dict[str, str] = {}

    @cached_property
    def _kept(self) -> Mapping[str, Any]:
        """The file, read when a shipped set is asked for: topics without one do not need it."""
        found = cache.find(_name())
        return RowsByName(found.data) if found else {}

    def of_shipped(self, name: str, make: Callable[[], Iterable[Forms]]) -> tuple[Forms, ...]:
        """Return the forms of a shipped set, made by `make` if the file does not have them."""
        if name not in self._kept:
            return self._made.setdefault(name, tuple(make()))
        groups, loose, tokens = self._kept[name]
        found = tuple(Forms(*map(tuple, group)) for group in groups)
        for form, in_text, words in zip(_each(found), loose, tokens, strict=True):
            self.loose[form] = form.lower() if in_text is None else in_text
            self.tokens[form] = self.loose[form] if words is None else words
        return found

    def add(self, lists: Iterable[Iterable[Forms]]) -> None:
        """Add the loose forms and the tokens of all forms that have none yet."""
        each = chain.from_iterable(map(_each, lists))
        missing = [form for form in each if form not in self.loose]
        self.loose |= loose_of_each(missing)
        self.tokens |= tokens_of_each(missing)

    def keep(self) -> None:
        """Write the file again, with the sets that it did not have."""
        if self._made:
            made = {name: self._row(forms) for name, forms in self._made.items()}
            cache.keep(_name(), pack_rows({**self._kept, **made}))

    def _row(
        self, forms: tuple[Forms, ...]
    ) -> tuple[list[Any], list[str | None], list[str | None]]:
        """Return the forms, and what is searched for each, None where `of_shipped` knows it."""
        each, loose, tokens = _each(forms), self.loose, self.tokens
        return (
            [astuple(group) for group in forms],
            [loose[form] if loose[form] != form.lower() else None for form in each],
            [tokens[form] if tokens[form] != loose[form] else None for form in each],
        )


def _each(lists: Iterable[Forms]) -> dict[str, None]:
    return dict.fromkeys(chain.from_iterable(map(_searched, lists)))


def _searched(forms: Forms) -> Iterator[str]:
    return chain(*(forms.folded, forms.cased, forms.begins, forms.longer, forms.tagged, forms.bare))


@once
def _name() -> str:
    return f"forms-{made_of(*_FOLDERS)}"


@once
def made_of(*folders: str) -> str:
    """Return the digest of what makes forms: the program's files in `folders`, the dictionaries.

    It is the same for each Python: letters keep what Unicode says.
    """
    versions = (metadata.version(library).encode() for library in _LIBRARIES)
    return cache.digest([cache.sources(*folders), *versions])
