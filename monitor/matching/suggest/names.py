"""What no term set has: names, abbreviations and figures of an article, found by spaCy.

By rules over words in which the terms of sets are marked (as `doc.ents`, labelled with their role),
or by a statistical model that somebody installed.
"""

from __future__ import annotations

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
_CALENDAR = {  # written with a capital, yet no names
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
}  # fmt: skip
_COUNTED = [
    "personnel", "men", "recruits", "conscripts", "militants", "gunmen", "insurgents", "rebels",
    "combatants", "operatives", "advisers", "instructors", "volunteers", "militiamen",
]  # fmt: skip
_QUOTES = frozenset('"“”„«»')  # no quoted term can hold them
_LONGEST = 6  # words of a name
_FEWEST = 2  # times that a name stands in an article to be found by a rule

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
    """A name that no set has, how else it is written, and where it stands."""

    texts: tuple[str, ...]
    spots: tuple[Spot, ...]


def quoted(fields: Sequence[TokenizedField], spot: Spot) -> str:
    """Return the words of a spot as they are written, on one line."""
    words = fields[spot.field]
    return " ".join(words.text[words.spans[spot.start][0] : words.spans[spot.end - 1][1]].split())


class Rules:
    """The rules over an article's fields; `known` are (spot, role) of what term sets found."""

    def __init__(self, fields: Sequence[TokenizedField], known: Iterable[tuple[Spot, str]]) -> None:
        vocab = spacy.blank("xx").vocab
        self._fields = fields
        self._docs = [Doc(vocab, words=words.words) for words in fields]
        known = list(known)
        for number, doc in enumerate(self._docs):
            spans = [Span(doc, s.start, s.end, role) for s, role in known if s.field == number]
            doc.set_ents(filter_spans(spans))
        self._matcher = Matcher(vocab)
        for key, patterns in _RULES.items():
            self._matcher.add(key, patterns, greedy="LONGEST")

    def _found(self, key: str) -> Iterator[tuple[Spot, Span]]:
        for number, doc in enumerate(self._docs):
            for span in self._matcher(doc, as_spans=True):
                if span.label_ == key:
                    yield Spot(number, span.start, span.end), span

    def figures(self) -> list[Spot]:
        """Return where soldiers are counted: `8,000 North Korean troops`."""
        return [spot for spot, _ in self._found("figure")]

    def counted(self) -> list[Name]:
        """Return words that count people like soldiers: the last of `300 military advisers`."""
        return [
            Name((span[-1].lower_,), (Spot(spot.field, spot.end - 1, spot.end),))
            for spot, span in self._found("counted")
        ]

    def abbreviations(self) -> list[Name]:
        """Return long forms with the abbreviation that stands in brackets after them."""
        found = []
        for _, span in self._found("long form"):
            short, words = span[-2].text, [token.text for token in span[:-3]]
            starts = (at for at in range(len(words)) if _initials(words[at:]) == short.upper())
            if (at := next(starts, None)) is not None:
                long = " ".join(words[at:])
                found.append(Name((long, short), (*self._where(long), *self._where(short))))
        return found

    def names(self, lang: str) -> list[Name]:
        """Return capitalised names that recur, not only where sentences begin."""
        if lang in _NOUNS_TOO:
            return []
        inside = {
            span.text: spot
            for spot, span in self._found("name")
            if self._fields[spot.field].name == "text" and not _begins(span)
        }
        kept = [text for text in inside if text.casefold() not in _CALENDAR]
        names = [Name((text,), self._where(text)) for text in _shortest(kept)]
        return [name for name in names if len(name.spots) >= _FEWEST]

    def _where(self, text: str) -> tuple[Spot, ...]:
        each = (_spots(words, number, text) for number, words in enumerate(self._fields))
        return tuple(chain.from_iterable(each))


def _begins(span: Span) -> bool:
    """Whether a sentence, or what somebody says, begins here."""
    return span.start == 0 or not span.doc[span.start - 1].text[0].isalnum()


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words if word[0].isupper())


def _shortest(names: Iterable[str]) -> list[str]:
    """Return names without those that end in another one: `Blinken` covers `Antony Blinken`."""
    kept: list[str] = []
    for name in sorted(names, key=len):
        if not any(name.endswith(f" {short}") for short in kept):
            kept.append(name)
    return kept


def _spots(words: TokenizedField, field: int, text: str) -> Iterator[Spot]:
    wanted = text.split(" ")
    for start in range(len(words.words) - len(wanted) + 1):
        if words.words[start : start + len(wanted)] == wanted:
            yield Spot(field, start, start + len(wanted))


# ── models ────────────────────────────────────────────────────────────────────────────────────


def load_model(name: str) -> Language:
    """Load an installed spaCy model, or one in a folder. Raises InputError."""
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
    """Whether a model is for texts of a language."""
    return model.lang in {"xx", "mul", lang} or not lang


def by_model(model: Language, fields: Sequence[TokenizedField]) -> list[Name]:
    """Return the people, organisations and places that a model sees, each with all its spots."""
    found: dict[str, list[Spot]] = {}
    for number, words in enumerate(fields):
        for entity in model(words.text).ents:
            spot = _spot(words, number, entity.start_char, entity.end_char)
            text = quoted(fields, spot) if spot and entity.label_ in _LABELS else ""
            if spot and text and _QUOTES.isdisjoint(text):
                found.setdefault(text, []).append(spot)
    return [Name((text,), tuple(spots)) for text, spots in found.items()]


def _spot(words: TokenizedField, field: int, start: int, end: int) -> Spot | None:
    """Return the words between two offsets, without an article before and a genitive after them."""
    inside = [at for at, (a, b) in enumerate(words.spans) if start <= a and b <= end]
    inside = [at for at in inside if words.words[at] not in {"the", "The", "s"}]
    inside = [at for at in inside if words.words[at][0].isalnum()]
    return Spot(field, inside[0], inside[-1] + 1) if inside else None
