"""Names, abbreviations and figures of an article that no term set has, found by spaCy.

Rules run over the words of the article, in which the places of term sets are marked as entities
(`doc.ents`) with their role as label. A statistical model, if the operator installed one, finds
names besides.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import spacy
from spacy.about import __version__
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from monitor.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from spacy.language import Language

    from monitor.matching.tokenized import TokenizedField

_LABELS = frozenset({"PERSON", "PER", "ORG", "GPE", "LOC", "NORP"})
_NOUNS_TOO = frozenset({"de", "lb"})  # languages that write every noun with a capital
_CALENDAR = {  # words with a capital that are no names
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
}  # fmt: skip
_COUNTED = [
    "personnel", "men", "recruits", "conscripts", "militants", "gunmen", "insurgents", "rebels",
    "combatants", "operatives", "advisers", "instructors", "volunteers", "militiamen",
]  # fmt: skip
_QUOTES = frozenset('"“”„«»')  # characters that no quoted term can hold
_LONGEST = 6  # words of a name
_FEWEST = 2  # places that a name found by a rule has in an article

_NEW = {"ENT_TYPE": ""}
_CAPITAL = {"SHAPE": {"REGEX": "^X"}, "LENGTH": {">=": 2}, **_NEW}
_THOUSANDS = [{"ORTH": {"IN": [",", "."]}}, {"LIKE_NUM": True}]
_BETWEEN = {"ENT_TYPE": {"IN": ["actor", "force", ""]}, "IS_PUNCT": False, "OP": "{0,3}"}
_RULES: dict[str, list[list[dict[str, Any]]]] = {
    "name": [[_CAPITAL, {**_CAPITAL, "OP": "*"}]],
    "long form": [[
        {"SHAPE": {"REGEX": "^X"}}, {"IS_ALPHA": True, "OP": f"{{1,{_LONGEST}}}"}, {"ORTH": "("},
        {"SHAPE": {"REGEX": "^XX+$"}, **_NEW}, {"ORTH": ")"},
    ]],
    "figure": [[{"LIKE_NUM": True}, *between, {"ENT_TYPE": "force"}]
               for between in ([_BETWEEN], [*_THOUSANDS, _BETWEEN])],
    "counted": [[{"LIKE_NUM": True}, _BETWEEN, {"LOWER": {"IN": _COUNTED}, **_NEW}]],
}  # fmt: skip


class Spot(NamedTuple):
    """A stretch of words: tokens `start` to `end` (exclusive) of a field."""

    field: int
    start: int
    end: int


class Name(NamedTuple):
    """A name that no set has: its spellings, and the spots where it stands."""

    texts: tuple[str, ...]
    spots: tuple[Spot, ...]


def quoted(fields: Sequence[TokenizedField], spot: Spot) -> str:
    """Return the text of a spot, on one line."""
    text = fields[spot.field].text_of(spot.start, spot.end)
    return " ".join(text.split())


class Rules:
    """The rules, over an article's fields; `known` are (spot, role) of the term sets' places."""

    def __init__(self, fields: Sequence[TokenizedField], known: Iterable[tuple[Spot, str]]) -> None:
        vocab = spacy.blank("xx").vocab
        self._fields = fields
        self._docs = [Doc(vocab, words=field.words) for field in fields]

        spans: dict[int, list[Span]] = defaultdict(list)
        for spot, role in known:
            spans[spot.field].append(Span(self._docs[spot.field], spot.start, spot.end, role))
        for number, doc in enumerate(self._docs):
            doc.set_ents(filter_spans(spans[number]))

        self._matcher = Matcher(vocab)
        for key, patterns in _RULES.items():
            self._matcher.add(key, patterns, greedy="LONGEST")

    def _found(self, key: str) -> Iterator[tuple[Spot, Span]]:
        """Yield the matches of one of `_RULES`."""
        for number, doc in enumerate(self._docs):
            for span in self._matcher(doc, as_spans=True):
                if span.label_ == key:
                    yield Spot(number, span.start, span.end), span

    def figures(self) -> list[Spot]:
        """Return the spots of counted forces: `8,000 North Korean troops`."""
        return [spot for spot, _ in self._found("figure")]

    def counted(self) -> list[Name]:
        """Return counted nouns for soldiers and the like: `advisers` of `300 military advisers`."""
        return [
            Name((span[-1].lower_,), (Spot(spot.field, spot.end - 1, spot.end),))
            for spot, span in self._found("counted")
        ]

    def abbreviations(self) -> list[Name]:
        """Return names with an abbreviation in brackets: (long form, abbreviation)."""
        found = []
        for _, span in self._found("long form"):
            short, words = span[-2].text, [token.text for token in span[:-3]]
            starts = [at for at in range(len(words)) if _initials(words[at:]) == short.upper()]
            if starts:
                long = " ".join(words[starts[0] :])
                found.append(Name((long, short), (*self._where(long), *self._where(short))))
        return found

    def names(self, lang: str) -> list[Name]:
        """Return capitalised names that recur, at least once inside a sentence of the text."""
        if lang in _NOUNS_TOO:
            return []

        inside = dict.fromkeys(
            span.text
            for spot, span in self._found("name")
            if self._fields[spot.field].name == "text" and not _begins(span)
        )
        kept = [text for text in inside if text.casefold() not in _CALENDAR]
        names = [Name((text,), self._where(text)) for text in _shortest(kept)]
        return [name for name in names if len(name.spots) >= _FEWEST]

    def _where(self, text: str) -> tuple[Spot, ...]:
        spots = [_spots(field, number, text) for number, field in enumerate(self._fields)]
        return tuple(chain.from_iterable(spots))


def _begins(span: Span) -> bool:
    """Whether a span stands at the beginning of a sentence or of a quotation."""
    return span.start == 0 or not span.doc[span.start - 1].text[0].isalnum()


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words if word[0].isupper())


def _shortest(names: Iterable[str]) -> list[str]:
    """Return the names that end in no other name: `Blinken` stands for `Antony Blinken`, too."""
    kept: list[str] = []
    for name in sorted(names, key=len):
        if not any(name.endswith(f" {short}") for short in kept):
            kept.append(name)
    return kept


def _spots(field: TokenizedField, number: int, text: str) -> Iterator[Spot]:
    """Yield the spots of a text in field `number`."""
    wanted = text.split(" ")
    for start in range(len(field.words) - len(wanted) + 1):
        end = start + len(wanted)
        if field.words[start:end] == wanted:
            yield Spot(number, start, end)


# ── models ────────────────────────────────────────────────────────────────────────────────────


def load_model(name: str) -> Language:
    """Load a spaCy model, by its package or its folder. Raises InputError."""
    try:
        return spacy.load(name)
    except OSError as error:
        raise InputError(
            f"the spaCy model `{name}` (nlp.model in the configuration) is not installed: "
            f"`python -m spacy download {name}` installs it; or name a folder that holds one, "
            "or leave nlp.model out"
        ) from error
    except (ValueError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"the spaCy model `{name}` (nlp.model in the configuration) does not fit this spaCy "
            f"({__version__}): {reason}; install the model anew, or leave nlp.model out"
        ) from error


def reads(model: Language, lang: str) -> bool:
    """Whether a model is for texts of a language (ISO 639-1; "" is unknown, and read by all)."""
    return model.lang in {"xx", "mul", lang} or not lang


def by_model(model: Language, fields: Sequence[TokenizedField]) -> list[Name]:
    """Return the people, organisations and places that a model finds, each with all its spots."""
    found: dict[str, list[Spot]] = {}
    for number, field in enumerate(fields):
        for entity in model(field.text).ents:
            spot = _spot(field, number, entity.start_char, entity.end_char)
            text = quoted(fields, spot) if spot and entity.label_ in _LABELS else ""
            if spot and text and _QUOTES.isdisjoint(text):
                found.setdefault(text, []).append(spot)
    return [Name((text,), tuple(spots)) for text, spots in found.items()]


def _spot(field: TokenizedField, number: int, start: int, end: int) -> Spot | None:
    """Return the spot between two offsets, without `the` before and a genitive `s` after it."""
    inside = [
        at
        for at, (first, last) in enumerate(field.spans)
        if start <= first and last <= end and _is_of_a_name(field.words[at])
    ]
    return Spot(number, inside[0], inside[-1] + 1) if inside else None


def _is_of_a_name(word: str) -> bool:
    return word[0].isalnum() and word not in {"the", "The", "s"}
