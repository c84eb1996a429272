"""Forms of letters and digits only, as they are searched, all at once.

Most forms of a program are such, and one pass over all of them takes a tenth of the time that one
pass for each takes. The others go one by one, as words of a text do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.matching.language.letters import is_mixed
from monitor.matching.language.proclitics import SIGNS
from monitor.text.scripts import CJK, SOUTH_EAST_ASIAN, at_first_use

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

_BETWEEN = "\n"
_lines_of_words = at_first_use(r"(?m)^[^\W_]+(?: [^\W_]+)*$")
# U+02BC is a letter in Unicode, but an apostrophe in texts.
_APART = rf"\W_\u02bc{CJK}{SOUTH_EAST_ASIAN}"
_plain_lines = at_first_use(rf"(?m)^[^{_APART}]+(?: [^{_APART}]+)*$")


def each_changed(
    forms: Iterable[str],
    many: Callable[[str], str],
    one: Callable[[str], str],
) -> dict[str, str]:
    """Return what becomes of each form: by `many` for the plain ones, by `one` for the others.

    `many` gets forms with line feeds between them, and changes letter by letter. The sign of a form
    (see `language.proclitics`) stays before it.
    """
    distinct = dict.fromkeys(forms)
    plain = list(_plain(distinct))
    changed: dict[str, str] = {}
    if plain:
        together = many(_BETWEEN.join(plain))
        words = set(_lines_of_words().findall(together))
        results = zip(plain, together.split(_BETWEEN), strict=True)
        changed = {form: result if result in words else one(form) for form, result in results}

    others = [form for form in distinct if form not in changed]
    signed = [form for form in others if form.startswith(SIGNS)]
    behind = each_changed((form[1:] for form in signed), many, one) if signed else {}
    for form in others:
        changed[form] = form[0] + behind[form[1:]] if form.startswith(SIGNS) else one(form)
    return changed


def exchanged(text: str, usual: Mapping[int, str | None]) -> str:
    """Return `text.translate(usual)` of a long text, letter by letter of those that it has.

    No letter of `usual` becomes another one of them.
    """
    for letter in set(text):
        if (point := ord(letter)) in usual:
            text = text.replace(letter, usual[point] or "")
    return text


def _plain(forms: Collection[str]) -> Iterator[str]:
    """Yield the forms of letters and digits only, with single spaces between words.

    Each is in one script, and in one that has spaces.
    """
    plain = set(_plain_lines().findall(_BETWEEN.join(forms)))
    for form in filter(plain.__contains__, forms):
        if form.isascii() or not is_mixed(form):
            yield form
