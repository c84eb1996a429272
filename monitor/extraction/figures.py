"""Figures of an article: a value, its unit, its precision and its speaker.

text ─▶ numbers (items) ─▶ one class for each item ─▶ patterns over the classes ─▶ units
                                             sentences ─▶ speakers (who says the figure) ┘

No model of a language is needed: a number counts the unit that stands beside the number.
"""

from __future__ import annotations

from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING

from monitor.extraction.class_patterns import ClassPatterns
from monitor.extraction.lexicon import languages, setting
from monitor.extraction.numbers import Item, items
from monitor.extraction.speakers import speech
from monitor.matching.sentences import sentence_ends
from monitor.model import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.model import Approx, FieldName

_READ = 4000  # characters of a text that are read; the rest is background
_MOST = 50  # figures of one article
_MILE = 1.609344  # km
_PEOPLE = frozenset({"troops", "people", "evacuated", "captured", "casualties"})
_APPROX: tuple[Approx, ...] = ("about", "least", "most")
_YEARS = range(1900, 2101)
_DAYS = 31
_ROUND = 50  # a multiple of 50 is seldom a year, but may well be a number of soldiers (2000)
_BACK = 3  # items before a number that are searched for `about`, `at least` and the like
_BARE = 4  # digits: a longer number is no year and no day
_NEXT = 2  # items from a number to its unit, with at most one between

_CLAUSE_ENDS = frozenset(".!?;,")
_REACH = 5  # items from a figure to the act that its label names
# Units that an act is done to: troops are sent, too, but that is no delivery.
_UNITS_OF = {
    "freed": ("captured", "people"),
    "shot_down": ("missiles", "drones", "aircraft"),
    "delivered": ("missiles", "drones", "shells", "tanks", "aircraft"),
}

# Classes of items: N number, R ordinal, K noun of an ordinal, P people, T other things, F fate
# (killed …), C counter of people, D counter of things, M sign before a number ($), A about, o any
# other word, g a word to pass over, x a word that ends a pattern, t time.
# {pattern: (classes, place of the unit: 0 first, -1 last)}, surest first: only the first match of a
# number counts. `_CLOSE` is for languages written in characters, whose unit stands at the number
# (`close` in `figures.toml`), `_OPEN` for all others.
_OPEN = {
    "before": ("MN", 0),
    "fated": ("N[og]{0,4}P[og]{0,3}F", -1),
    "fate": ("F[gA]{0,3}N[og]{0,4}P", 0),
    "bare": ("Ng{0,3}F", -1),
    "unit": ("N[og]{0,4}[PT]", -1),
    "behind": ("[FP][gA]{0,4}N", 0),
    "ordinal": ("R[og]{0,3}K", -1),
}
_CLOSE = {
    "fated": ("NA?C[ogA]{0,8}P[ogA]{0,4}F", -1),
    "fate": ("NA?C[ogA]{0,5}F", -1),
    "behind": ("[FP][ogA]{0,5}NA?C", 0),
    "behind things": ("T[ogA]{0,5}NA?D", 0),
    "unit": ("NA?C[ogA]{0,8}P", -1),
    "things": ("NA?D[ogA]{0,8}T", -1),
    "near": ("NA?[PTFC]", -1),
    "ordinal": ("[RN]K", -1),
}


class _Rules:
    """Patterns in which numbers and units stand together."""

    def __init__(self, patterns: dict[str, tuple[str, int]]) -> None:
        self._patterns = ClassPatterns({name: classes for name, (classes, _) in patterns.items()})
        self._at = {name: at for name, (_, at) in patterns.items()}
        self._rank = {name: rank for rank, name in enumerate(patterns)}

    def __call__(self, classes: list[str]) -> dict[int, int]:
        """Return {index of a number: index of its unit}, of the first pattern that fits."""
        best: dict[int, tuple[int, int, int]] = {}
        for name, start, end in self._patterns.all(classes):
            number = next(at for at in range(start, end) if classes[at] in {"N", "R"})
            unit = start if self._at[name] == 0 else end - 1
            best[number] = min(best.get(number, (99, 0, 0)), (self._rank[name], end - start, unit))
        return {number: unit for number, (_, _, unit) in best.items()}


@cache
def _rules(*, close: bool) -> _Rules:
    return _Rules(_CLOSE if close else _OPEN)


def prepare_figures() -> None:
    """Build the lexicons and patterns, so that the first article does not wait for them."""
    for lang in languages():
        figures("8 %", "8 %", lang)


def figures(title: str, text: str, lang: str) -> tuple[Figure, ...]:
    """Return the figures of an article, in the order of its text, each once.

    `lang` is an ISO 639 code; a language without a lexicon gives only signs (`8 %`, `$5`).
    """
    distinct: dict[tuple[float, str, str], Figure] = {}
    fields: tuple[tuple[FieldName, str], ...] = (("title", title), ("text", text))
    for name, content in fields:
        for figure in _figures(name, content[:_READ], lang, title):
            distinct.setdefault((figure.value, figure.unit, figure.said_by), figure)
    return tuple(distinct.values())[:_MOST]


def _ends(text: str, title: str) -> list[int]:
    """Return where sentences end, and the headline, with which many summaries begin."""
    begins = title if title and text.startswith(title) else ""
    return sorted({*sentence_ends(text), *([len(begins)] if begins else [])})


def _figures(name: FieldName, text: str, lang: str, title: str) -> Iterator[Figure]:
    """Yield the figures of one field; minutes are a unit only of a missile's flight."""
    if not text:
        return
    words = items(text, lang)
    roles = {role for each in words for role in each.roles}
    if roles.isdisjoint({"N", "R"}):
        return

    classes = [_class(word) for word in words]
    _number_by_dots(words, classes, lang)
    units = _rules(close=bool(setting(lang, "close")))(classes)
    ends = _ends(text, title) if name == "text" else [len(text)]
    speakers = speech(text, lang, ends, is_title=name == "title")
    flies = {"flight", "units.missiles"} <= roles

    for number, unit in sorted(units.items()):
        what = _unit(words, unit) if _is_counted(words, number, unit) else ""
        if not what or (what == "minutes" and not flies):
            continue
        last = _last(classes, max(number, unit))
        span = words[min(number, unit)].start, words[last].end
        value, what = _converted(words[number].value, what)
        approx = _approx(words, number, unit, last)
        label = _label(words, number, unit, what)
        yield Figure(value, what, approx, speakers.by(*span), name, *span, label)


def _label(words: list[Item], number: int, unit: int, what: str) -> str:
    """Return the noun and the act of a figure, "" where they say no more than its unit.

    The act is the nearest one named in the clause, at most `_REACH` items away.
    """
    noun = _role(words[unit], "noun") or what
    first, last = sorted((number, unit))
    behind = words[last + 1 : last + 1 + _REACH]
    before = words[max(0, first - _REACH) : first]
    near = (*words[first:last], *_of_clause(behind), *_of_clause(reversed(before)))
    acts = (_role(item, "act") for item in near)
    act = next((act for act in acts if what in _UNITS_OF.get(act, ())), "")
    if act == "freed" and noun == "captured":
        noun = "prisoners"
    label = f"{noun} {act}".strip().replace("_", " ")
    return "" if label == what else label


def _of_clause(near: Iterable[Item]) -> Iterator[Item]:
    """Yield the items up to the next figure, or the end of the clause."""
    return takewhile(lambda item: not item.is_number and item.word not in _CLAUSE_ENDS, near)


def _role(item: Item, kind: str) -> str:
    """Return what the item's role of a kind names: `freed` for `act.freed`."""
    named = (role.partition(".")[2] for role in item.roles if role.startswith(f"{kind}."))
    return next(named, "")


def _converted(value: float, what: str) -> tuple[float, str]:
    return (round(value * _MILE, 2), "km") if what == "miles" else (round(value, 2), what)


def _number_by_dots(words: list[Item], classes: list[str], lang: str) -> None:
    """Reclass numbers with a full stop as ordinals where a noun follows: `13. Sanktionspaket`."""
    if not setting(lang, "dotted"):
        return
    for at in range(len(words) - 2):
        if classes[at] == "N" and words[at + 1].word == "." and "K" in classes[at + 2 : at + 4]:
            classes[at : at + 2] = "R", "g"


def _last(classes: list[str], last: int) -> int:
    """Return the index of a figure's last item: its counter, if one follows the number."""
    counters = [at for at in (last + 1, last + 2) if classes[at : at + 1] in (["C"], ["D"])]
    return counters[0] if counters and classes[last] == "N" else last


def _class(item: Item) -> str:
    """Return the class of an item, by the first of its roles that has one."""
    for role in item.roles:
        kind, _, what = role.partition(".")
        if kind == "units":
            return "P" if what in _PEOPLE else "T"
        if kind == "count":
            return "C" if what == "people" else "D"
        if kind in _CLASSES:
            return _CLASSES[kind]
    return "o" if item.word[0].isalnum() else "."


_CLASSES = {
    "N": "N", "R": "R", "nth": "K", "was": "F", "before": "M", "t": "t", "x": "x", "about": "A",
    "least": "A", "most": "A", "after": "A", "g": "g", "r": "x", "flight": "o",
}  # fmt: skip


def _unit(words: list[Item], at: int) -> str:
    """Return the unit that the item at index `at` names, "" for none."""
    for role in words[at].roles:
        kind, _, what = role.partition(".")
        if kind == "was":
            return "casualties" if _both(words[at + 1 : at + 4], what) else what
        if kind in {"units", "before"} or role == "count.people":
            return what
        if kind == "nth":
            return "ordinal"
    return ""


def _both(after: list[Item], what: str) -> bool:
    """Whether `killed` is followed by `or wounded`, or the other way round."""
    other = {"killed": "was.wounded", "wounded": "was.killed"}.get(what, "")
    for item in after:
        if other in item.roles:
            return True
        if not {"x", "g"} & {*item.roles}:
            return False
    return False


def _is_counted(words: list[Item], number: int, unit: int) -> bool:
    """Whether a number counts its unit: no year, day, hour, age, rate, share or part of a name."""
    item = words[number]
    before = words[number - 1].roles if number else []
    after = words[number + 1].roles if number + 1 < len(words) else []
    beyond = words[unit + 1].roles if unit + 1 < len(words) else []
    if "t" in after or "rate" in before or "rate" in beyond or _is_share(words[:number]):
        return False
    if item.value == 1 and not item.in_digits and abs(unit - number) > _NEXT:
        return False  # “one of”

    if not item.in_digits or item.is_range or item.end - item.start > _BARE:
        return True
    if item.value in _YEARS and not any(role.startswith("count.") for role in after):
        round_number = item.value % _ROUND == 0 and abs(unit - number) == 1
        return round_number and not {"x", "t"} & {*before}
    return "name" not in before and not ("t" in before and item.value <= _DAYS)


def _is_share(before: list[Item]) -> bool:
    """Whether a number ends a share (`three in ten`) or follows a foreign dollar sign (`A$5`)."""
    if len(before) < 2:  # noqa: PLR2004 - two items
        return False
    first, last = before[-2:]
    foreign = "before.usd" in last.roles and first.end == last.start and first.word[-1].isalpha()
    return (foreign and first.word != "us") or (first.is_number and last.word in {"in", "out of"})


def _approx(words: list[Item], number: int, unit: int, last: int) -> Approx:
    """Return the precision of a number: `about`, `least`, `most`, or "" for exact.

    Words before the number decide, then words behind the number, then a range (its upper end).
    """
    at = number - 1
    while at >= 0 and number - at <= _BACK and not _precision(words[at], ""):
        if "g" not in words[at].roles and "before.usd" not in words[at].roles:
            break
        at -= 1

    before = _precision(words[at], "") if at >= 0 else ""
    if before == "most" and unit < number and "r" in words[at].roles:
        before = ""  # “rose to 8,000”
    behind = (_precision(each, "after.") for each in words[number + 1 : last + 3])
    return before or next(filter(None, behind), "most" if words[number].is_range else "")


def _precision(item: Item, place: str) -> Approx:
    """Return the precision that an item names; `place` is "after." behind a number."""
    return next((each for each in _APPROX if f"{place}{each}" in item.roles), "")
