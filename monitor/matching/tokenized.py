"""A tokenized article: its words, their offsets, and the places of each leaf in them.

Weights make a score: a headline says what an article is about, the lead nearly so, an aside at the
end of a long text does not (`TITLE`, `LEAD`, `END`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from monitor.matching.language.expression import SENTENCE
from monitor.matching.language.letters import is_shouted
from monitor.matching.language.tokens import is_cjk, is_south_east_asian, is_unspaced, tokens_of
from monitor.matching.sentences import sentence_ends
from monitor.text.scripts import CJK, SOUTH_EAST_ASIAN, at_first_use

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from monitor.matching.language.expression import Leaf
    from monitor.model import Article, FieldName

TITLE, LEAD, END = 1.0, 0.7, 0.3  # weight of a place
LEAD_WORDS = 40
# After the lead the weight falls evenly to `END` at the end of the text, but not before word
# `SHORT`, and at word `LONG` at the latest.
SHORT, LONG = 90, 500
_PAUSE, PAUSES = 0.5, frozenset(",;:—–()!?…，、；：（）")
_BORDER = _PAUSE  # words that the border between title and text counts
_CJK_WORD = 0.5  # two characters of Chinese, Japanese or Korean count as a word
_SOUTH_EAST_ASIAN_WORD = 0.25  # and four letters of Thai, Lao, Khmer or Burmese


_ANY = f"{CJK}{SOUTH_EAST_ASIAN}"
_has_gap = at_first_use(rf"[{_ANY}][^{_ANY}]+[{_ANY}]")


class Span(NamedTuple):
    """A place: tokens `start` to `end` (exclusive) of a field (its number), and its leaves."""

    field: int
    start: int
    end: int
    weight: float
    found: tuple[tuple[Leaf, int, int, int], ...]  # (leaf, field, first token, end)


def _length(word: str) -> float:
    """Return the length of a token in words."""
    if word.isascii():
        return 1.0
    if is_cjk(word):
        return _CJK_WORD
    return _SOUTH_EAST_ASIAN_WORD if is_south_east_asian(word) else 1.0


class TokenizedField:
    """The words of one field of an article."""

    def __init__(self, name: FieldName, text: str) -> None:
        self.name = name
        self.text = text
        self.words, self.spans = tokens_of(text)

    def offsets(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets of tokens `start` to `end` (exclusive), in code points."""
        return self.spans[start][0], self.spans[end - 1][1]

    def text_of(self, start: int, end: int) -> str:
        """Return the text of tokens `start` to `end` (exclusive)."""
        first, last = self.offsets(start, end)
        return self.text[first:last]

    @cached_property
    def positions(self) -> list[float]:
        """Return the number of words before each token; a pause counts as half a word."""
        position, positions = 0.0, []
        for token, word in enumerate(self.words):
            positions.append(position)
            if (word.isdigit() or word in ",.") and self._within_number(token):
                continue
            if word[0].isalnum():
                position += _length(word)
            elif word in PAUSES:
                position += _PAUSE
        positions.append(position)
        return positions

    def _within_number(self, token: int) -> bool:
        """Whether a token continues a number: the comma and the zeros of `3,000`."""
        first, last = (token - 1, token + 1) if self.words[token] in ",." else (token - 2, token)
        if first < 0 or last >= len(self.words) or self.words[first + 1] not in ",.":
            return False
        joined = self.spans[last][1] - self.spans[first][0]
        lengths = len(self.words[first]) + 1 + len(self.words[last])
        digits = self.words[first].isdigit() and self.words[last].isdigit()
        return digits and joined == lengths

    @cached_property
    def is_shouted(self) -> bool:
        """Whether the text is all in capitals."""
        return is_shouted(self.text)

    @cached_property
    def _ends(self) -> list[int]:
        return sentence_ends(self.text)

    def whole(self, start: int, end: int, gaps: Collection[int] = ()) -> bool:
        """Whether the tokens from `start` to `end` may be one term.

        Spaces inside Korean compounds are optional (`탄도 미사일`), but `한미 국방` holds no
        `미국`: between CJK characters, a gap must leave two characters on either side, unless the
        term itself has a gap there (`gaps`, see `own_gaps`).
        """
        first, last = self.offsets(start, end)
        if last - first == end - start:
            return True
        return all(gap - start in gaps for gap in self._narrow_gaps(start, end))

    def _narrow_gaps(self, start: int, end: int) -> Iterator[int]:
        """Yield the tokens before which a gap leaves a single character on one of its sides."""
        for token in range(start + 1, end):
            between = is_unspaced(self.words[token - 1]) and is_unspaced(self.words[token])
            if not between or self._adjoins(token):
                continue
            alone_before = token - 1 == start or not self._adjoins(token - 1)
            alone_after = token + 1 == end or not self._adjoins(token + 1)
            if alone_before or alone_after:
                yield token

    def _adjoins(self, token: int) -> bool:
        """Whether a token and the one before it are characters of one run without spaces."""
        is_gap = self.spans[token - 1][1] != self.spans[token][0]
        return not is_gap and is_unspaced(self.words[token - 1]) and is_unspaced(self.words[token])

    def sentence(self, token: int) -> tuple[int, int]:
        """Return the offsets (start, end) of a token's sentence, in code points."""
        number = bisect_right(self._ends, self.spans[token][0])
        return (self._ends[number - 1] if number else 0), self._ends[number]

    def weight(self, token: int) -> float:
        """Return the weight of a token's place, from 1 (title) to 0.3 (end of a long text)."""
        if self.name == "title":
            return TITLE
        end = min(max(self.positions[-1], SHORT), LONG)
        late = (self.positions[token] - LEAD_WORDS) / (end - LEAD_WORDS)
        return LEAD + (END - LEAD) * min(max(late, 0.0), 1.0)

    @cached_property
    def first_sentence(self) -> int:
        """The number of tokens of the first sentence; a title is one sentence."""
        if self.name == "title":
            return len(self.words)
        return bisect_left(self.spans, (self._ends[0],))

    def after(self, end: int) -> float:
        """Return the number of words from token `end` to the end of the field."""
        return self.positions[-1] - self.positions[end]

    def reach(self, place: Span, words: int) -> tuple[int, int]:
        """Return the first and the last token that `words` words, or a SENTENCE, reach."""
        if words == SENTENCE and self.name == "title":
            return 0, len(self.words)
        if words == SENTENCE:
            start, end = self.sentence(place.start)
            return bisect_left(self.spans, (start,)), bisect_left(self.spans, (end,))
        first = bisect_left(self.positions, self.positions[place.start] - words)
        return first, bisect_right(self.positions, self.positions[place.end] + words)

    def between(self, first: Span, second: Span) -> float:
        """Return the number of words between two places of this field."""
        if first.start > second.start:
            first, second = second, first
        return max(self.positions[second.start] - self.positions[first.end], 0.0)


def may_have_gaps(forms: Iterable[str]) -> bool:
    """Whether a form may have gaps of its own."""
    return bool(_has_gap().search("\n\n".join(forms)))


def own_gaps(form: str) -> tuple[int, ...]:
    """Return where a form itself has gaps that leave a single character: (1,) of `핵 위협`.

    A gap is told by the number of tokens before it.
    """
    if not _has_gap().search(form):
        return ()
    field = TokenizedField("title", form)
    return tuple(field._narrow_gaps(0, len(field.words)))  # noqa: SLF001


class TokenizedArticle:
    """An article, and the places of each leaf in it."""

    def __init__(
        self,
        article: Article,
        fields: tuple[TokenizedField, ...],
        found: Iterable[tuple[Leaf, int, int, int]],
    ) -> None:
        self.article = article
        self.fields = fields
        self._places: dict[Leaf, list[Span]] = {}
        for each in found:
            leaf, field, start, end = each
            weight = fields[field].weight(start)
            self._places.setdefault(leaf, []).append(Span(field, start, end, weight, (each,)))

    def places(self, leaf: Leaf) -> list[Span]:
        """Return the places of a leaf's forms, in the order of the text."""
        return self._places.get(leaf, [])

    def reach(self, place: Span, words: int) -> tuple[int, int]:
        """Return the first and the last token that `words` words, or a SENTENCE, reach."""
        return self.fields[place.field].reach(place, words)

    def reach_over_border(self, place: Span, words: int) -> tuple[int, int, int] | None:
        """Return (field, first token, last token) that `words` words reach in the other field.

        Distances reach over the border between title and text, as far as the first sentence of the
        text. None where the distance ends before the border.
        """
        title, text = self.fields
        if place.field and place.start >= text.first_sentence:
            return None
        other = title if place.field else text
        if not other.words:
            return None
        if words == SENTENCE:
            return (1 - place.field, 0, other.first_sentence)
        left = words - _BORDER
        left -= text.positions[place.start] if place.field else title.after(place.end)
        if left < 0:
            return None
        if place.field:
            return (0, bisect_left(title.positions, title.positions[-1] - left), len(title.words))
        return (1, 0, min(bisect_right(text.positions, left), text.first_sentence))

    def apart(self, first: Span, second: Span) -> float | None:
        """Return the number of words between two places.

        The border between title and text counts as a pause; None for places in two fields of which
        one is not in the first sentence of the text.
        """
        if first.field == second.field:
            return self.fields[first.field].between(first, second)
        if not self.together(first, second):
            return None
        in_title, in_text = (second, first) if first.field else (first, second)
        title, text = self.fields
        return title.after(in_title.end) + _BORDER + text.positions[in_text.start]

    def together(self, first: Span, second: Span) -> bool:
        """Whether two places are in one sentence; the title and the first sentence are one."""
        text = self.fields[1]
        if first.field != second.field:
            return (first if first.field else second).start < text.first_sentence
        return not first.field or text.sentence(first.start) == text.sentence(second.start)
