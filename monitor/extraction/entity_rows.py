"""The rows of a term: the beginnings of its words, by which a text is searched.

A term has a row with the beginning that most of its forms have, and further rows for the forms that
begin otherwise or are longer: `struck` of *strike*, `geschickt` of *schicken*, `rozmieszczono` of
*rozmieścić*. Such forms count in the term's own language only. Proclitics (`والصاروخ`) are cut off
when a text is searched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from monitor.extraction.word_forms import is_form
from monitor.matching.language.proclitics import without_proclitics
from monitor.matching.language.tokens import is_acronym, is_cjk, tokens
from monitor.matching.terms.spelling import forms_by_rules
from monitor.matching.terms.termsets import read_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_EXACT = 3  # letters: shorter words, and words of this length, take no ending
_SHORTEST = 3  # least letters of a stem; one more in Latin letters
_LONGER = 3  # letters by which a form may be longer than the word of the set
_ANY = 99  # letters after a beginning such as `troop*`: any number
_OWN_ENDING = re.compile(
    r"(?:(?:ов|ев|ир)?(?:ать|ять|ить|еть|уть|ти)(?:ся)?|ться|[аяоеёиіїыйьъуюэ]{1,2}"
    r"|ować|[aeiy]ć|ieren|en|[aei]re|[aeiou]r|[aeiouyáéíóúàèìòùąęôâ]{1,2})\Z"
)
_SHORT_VERB = re.compile(r"(?:ть|ти)\Z")  # of `сбить`, whose stem is two letters
_SHORTEST_JOINED = 2  # letters of a word behind proclitics
# Languages of these proclitics, and those whose words have one form.
_WITHOUT_FORM_ROWS = frozenset({"ar", "he", "ja", "ko", "lo", "km", "my", "th", "vi", "id", "zh"})
_HALF = 0.5  # of a form's letters, that its beginning has at least


class SoughtEntity(NamedTuple):
    """A term of a set, as it is searched.

    `stems` are the beginnings of the term's words; `more` are the letters that may follow each stem
    in the term's own language, `exact` those that may follow in any other (the rest of the word).
    `cased`: compared in its own case; `capital`: begins with a capital; `locked`: only in its own
    language; `cancels`: a longer name in which the set is not meant. `written` is the term as
    its set has it.
    """

    name: str
    lang: str
    stems: tuple[str, ...]
    more: tuple[int, ...]
    exact: tuple[int, ...]
    cased: bool
    capital: bool
    locked: bool
    cancels: bool
    written: str

    @property
    def most_at_first(self) -> int:
        """The most letters after the first stem, in any language."""
        return max(self.more[0], self.exact[0])

    def may_go_on(self, following: str) -> bool:
        """Whether the second word of the term, if it has one, may begin with a letter."""
        if len(self.stems) == 1 or _takes_proclitics(following):
            return True
        return self.stems[1][0].lower() == following

    def stands(self, shown: list[str], folded: list[str], at: int, lang: str) -> bool:
        """Whether the term stands in a text of `lang` at word number `at`."""
        foreign = self.locked and lang not in {"", self.lang}
        if foreign or (self.capital and shown[at][0].islower()):
            return False

        stems = self.stems
        words = tuple((shown if self.cased else folded)[at : at + len(stems)])
        if len(stems) > 1 and (len(words) < len(stems) or not _may_fit(words[-1], stems[-1])):
            return False

        own = self.capital or self.lang in {"", lang} or not shown[at].isascii()
        if not all(map(_fits, words, stems, self.more if own else self.exact)):
            return False
        return self.cased or is_form(self.written, self.lang, stems, words)


def _may_fit(word: str, stem: str) -> bool:
    return word.startswith(stem) or _takes_proclitics(word)


def _takes_proclitics(word: str) -> bool:
    return "\u0590" <= word[:1] <= "\u06ff"


def _fits(word: str, stem: str, most: int) -> bool:
    """Whether a word begins with a stem, maybe behind proclitics, and has `most` letters after."""
    if word.startswith(stem):
        return len(word) - len(stem) <= most
    cuts = behind_proclitics(word) if most < _ANY else ()
    return any(word.startswith(stem, cut) and len(word) - cut - len(stem) <= most for cut in cuts)


def behind_proclitics(word: str) -> Iterator[int]:
    """Yield where a word may begin behind the proclitics that are joined to it, each place once."""
    starts = {length for _, length in without_proclitics(word)}
    yield from (start for start in sorted(starts) if len(word) - start >= _SHORTEST_JOINED)


def rows(name: str, lang: str, written: str) -> Iterator[SoughtEntity]:
    """Yield the rows of a term as `written` in the set `name`, in the language `lang`."""
    first = _first(name, lang, written)
    yield first
    term = read_term(written, lang)
    is_inflected = not (first.cased or first.cancels or term.exact or term.begins)
    if is_inflected and lang and lang not in _WITHOUT_FORM_ROWS:
        forms = (_folded(form) for form in forms_by_rules(term.text, lang))
        beyond = {
            words
            for words in forms
            if len(words) == len(first.stems)
            and not all(map(_fits, words, first.stems, first.more))
        }
        for stems, more in _beginnings(sorted(beyond)):
            yield first._replace(stems=stems, more=more, exact=more, locked=True)


def _first(name: str, lang: str, written: str) -> SoughtEntity:
    term = read_term(written, lang)
    shown = tokens(term.text)[0]
    cased = term.cased or (is_acronym(term.text) and not term.exact)
    words = [word if cased else word.lower() for word in shown]
    loose = [(word, 0) for word in words] if cased or term.exact else list(map(_loose, words))
    if term.begins:
        loose[-1] = words[-1], _ANY
    stems, more = zip(*loose, strict=True)

    # In another language the whole word has to stand there: the stem and the letters cut off it.
    exact = [len(word) - len(stem) for word, stem in zip(words, stems, strict=True)]
    if term.begins:
        exact[-1] = _ANY

    flags = (cased, not cased and shown[0][0].isupper(), bool(term.lang), term.cancels)
    return SoughtEntity(name, lang, stems, more, tuple(exact), *flags, written)


def _loose(word: str) -> tuple[str, int]:
    """Return the stem of a word, and the number of letters that may follow the stem."""
    if is_cjk(word) or len(word) <= _EXACT or word.isdigit():
        return word, 0
    long_enough = max(_least(word), 2 * len(word) / 5)
    stems = (ending.sub("", word) for ending in (_OWN_ENDING, _SHORT_VERB))
    stem = next((stem for stem in stems if len(stem) >= long_enough), word)
    return stem, len(word) - len(stem) + (_LONGER if len(stem) > _EXACT else 1)


def _least(word: str) -> int:
    return _SHORTEST + word.isascii()


def _folded(form: str) -> tuple[str, ...]:
    if form.isascii() and form.replace(" ", "").isalpha():  # the quick way to the same words
        return tuple(form.lower().split(" "))
    return tuple(map(str.lower, tokens(form)[0]))


def _beginnings(
    forms: Iterable[tuple[str, ...]],
) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """Yield the beginnings of sorted forms that share one, with the most letters after each."""
    group: list[tuple[str, ...]] = []
    stems: tuple[str, ...] = ()
    for words in forms:
        shared = tuple(map(_common, stems, words))
        if group and all(map(_is_enough, shared, words)):
            stems = shared
        else:
            if group:
                yield stems, _most_after(stems, group)
            group, stems = [], words
        group.append(words)
    if group:
        yield stems, _most_after(stems, group)


def _common(one: str, other: str) -> str:
    """Return the letters with which both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return one[: next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))]


def _is_enough(stem: str, word: str) -> bool:
    return stem == word or len(stem) >= max(_least(word), _HALF * len(word))


def _most_after(stems: tuple[str, ...], forms: list[tuple[str, ...]]) -> tuple[int, ...]:
    lengths = (max(map(len, words)) for words in zip(*forms, strict=True))
    return tuple(most - len(stem) for most, stem in zip(lengths, stems, strict=True))
