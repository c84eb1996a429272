"""Whose text an article is: near-copies, credits to agencies, and independent publishers. Pure.

A text is compared by its *shingles*, all runs of a few words (or of CJK characters). Its signature
has the smallest of their hashes, a bottom-k sketch (Broder 1997, “On the resemblance and
containment of documents”), and those of the lead, which outlets keep that go on in their own words.
A bottom-k sketch tells how much of the *shorter* text stands in the longer, also where a copy is
cut at its end; a MinHash of k permutations does not, and needs k hashes a shingle. The signature of
a summary has all of its hashes.

No library is used: datasketch (2.0) brings SciPy, rensa (0.5) ships no types, both know resemblance
only, and signatures are stored, so their hash must never change.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from functools import cache, lru_cache, reduce
from hashlib import blake2b
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.text.scripts import CJK, at_first_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monitor.model import PublisherReport

# The middle dot counts as a character: signatures are stored, and their words must not change.
_word = at_first_use(rf"[{CJK}・]|[^\W_{CJK}]++")
_is_cjk = at_first_use(rf"[{CJK}・]")

_SHINGLE, _CJK_SHINGLE = 3, 6  # words; characters where most are CJK
_READ = 200  # words: copies are cut at the end
_LEAD, _SIZE, _HASH = 20, 96, 4  # hashes of the lead, smallest hashes, bytes of one
_SAME_LEAD = 0.75  # likeness of texts with the same lead: 80 % of a lead make a copy
_FEWEST = 15  # shingles of a text that is not the same as another by chance
COPY = 0.6  # likeness from which on two texts are one, as measured in docs/decisions.md


def signature(title: str, text: str) -> bytes:
    """Return the signature of a text, at most 464 bytes; b"" where the text is too short to tell.

    The headline does not count, also where the text begins with it: every outlet writes its own.
    """
    folded = _folded(text)
    if title:
        folded = folded.removeprefix(_folded(title))

    words = _word().findall(folded[: _READ * 12])[:_READ]
    hashes = list(dict.fromkeys(_hashes(words)))
    if len(hashes) < _FEWEST:
        return b""
    return b"".join(hashes[:_LEAD] + sorted(hashes)[:_SIZE])


def likeness(a: bytes, b: bytes) -> float:
    """Return the share of the shorter text that stands in the other, 0 to 1, by their signatures.

    A shared lead counts instead where that is more, 0.75 for all of it. 0 where a text is too
    short to tell.
    """
    return _likeness(_sketch(a), _sketch(b))


def is_copy(a: bytes, b: bytes) -> bool:
    """Whether two texts are one, re-edited; False for texts too short to tell."""
    return likeness(a, b) >= COPY


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _hashes(words: list[str]) -> Iterator[bytes]:
    cjk = sum(map(bool, map(_is_cjk().match, words)))
    width = _CJK_SHINGLE if 2 * cjk > len(words) else _SHINGLE
    for shingle in zip(*(words[start:] for start in range(width)), strict=False):
        joined = " ".join(shingle).encode("utf-8", "surrogatepass")
        yield blake2b(joined, digest_size=_HASH).digest()


class _Sketch(NamedTuple):
    lead: frozenset[bytes]
    smallest: list[bytes]  # sorted
    known: frozenset[bytes]
    last: bytes  # the largest hash that the signature could have


@lru_cache(maxsize=512)  # about 10 KB each: the articles of a story are compared again and again
def _sketch(signature: bytes) -> _Sketch:
    hashes = [signature[at : at + _HASH] for at in range(0, len(signature), _HASH)]
    lead, smallest = hashes[:_LEAD], hashes[_LEAD:]
    if len(smallest) < _LEAD:  # so short a text is all lead
        lead = smallest = hashes[len(hashes) // 2 :]
    last = smallest[-1] if len(smallest) == _SIZE else b"\xff" * _HASH
    return _Sketch(frozenset(lead), smallest, frozenset(hashes), last)


def _likeness(a: _Sketch, b: _Sketch) -> float:
    common = a.known & b.known
    if not common or not a.lead or not b.lead:
        return 0.0
    last = min(a.last, b.last)
    fewer = min(bisect_right(each.smallest, last) for each in (a, b))
    lead = max(len(common & a.lead) / len(a.lead), len(common & b.lead) / len(b.lead))
    shared = sum(each <= last for each in common) / fewer if fewer >= _FEWEST else 0.0
    return max(shared, _SAME_LEAD * lead)


class CarriedArticle(NamedTuple):
    """An article of a story as a report of its publisher, with its signature.

    `credited` is the agency that the article credits, empty for none.
    """

    report: PublisherReport
    signature: bytes
    credited: str = ""


def independent(articles: Iterable[CarriedArticle]) -> tuple[PublisherReport, ...]:
    """Return the publishers of a story, the first to report first, each with whom it only repeats.

    Copies of one text, and texts of one agency, are one report: the agency's if the agency is among
    the publishers, else that of the first publisher. A publisher counts as independent (its
    `copy_of` is empty) if any of its reports is its own.
    """
    in_order = sorted(articles, key=lambda article: (article.report.first_seen_at, article))
    return _publisher_reports(tuple(in_order))


@lru_cache(maxsize=16)  # a story with its newest article comes again, without the next one
def _publisher_reports(articles: tuple[CarriedArticle, ...]) -> tuple[PublisherReport, ...]:
    originals = [origin.report.publisher for origin in _origins(articles)]
    independent_publishers = set(originals)
    found: dict[str, PublisherReport] = {}
    for article, original in zip(articles, originals, strict=True):
        publisher = article.report.publisher
        copy_of = "" if publisher in independent_publishers else original
        found.setdefault(publisher, replace(article.report, copy_of=copy_of))
    return tuple(found.values())


def _origins(articles: Sequence[CarriedArticle]) -> list[CarriedArticle]:
    """Return the original of each article: the article itself, or the one whose text it repeats."""
    origins = list(articles)
    for group in _groups(articles):
        members = [number for number in range(len(articles)) if group >> number & 1]
        agencies = {articles[number].credited for number in members} - {""}
        of_agency = (
            each for each in members if agency(articles[each].report.publisher) in agencies
        )
        origin = articles[next(of_agency, members[0])]
        for number in members:
            origins[number] = origin
    return origins


def _groups(articles: Sequence[CarriedArticle]) -> list[int]:
    """Return groups of articles with one text or of one agency, each group as a set of bits.

    Articles are compared only where they share as many hashes as copies do, and not once they are
    known to be one, so that 200 copies and 200 texts with a phrase in common are both quick.
    """
    sketches = [_sketch(article.signature) for article in articles]
    sharing: defaultdict[object, int] = defaultdict(int)  # articles, as bits, by hash and by agency
    groups: list[int] = []
    for number, (article, sketch) in enumerate(zip(articles, sketches, strict=True)):
        source = article.credited or agency(article.report.publisher)
        group = sharing[source] if source else 0

        candidates = _sharing_enough([sharing[each] for each in sketch.known])
        while rest := candidates & ~group:
            other = rest & -rest  # the lowest bit
            candidates ^= other
            if _likeness(sketch, sketches[other.bit_length() - 1]) >= COPY:
                group |= next(each for each in groups if each & other)

        joined = [each for each in groups if each & group]
        group = reduce(or_, joined, 1 << number)
        groups = [each for each in groups if not each & group] + [group]
        for each in (*sketch.known, *([source] if source else ())):
            sharing[each] |= 1 << number
    return groups


def _sharing_enough(sharing: Iterable[int]) -> int:
    """Return the reports, as bits, that are in eight of the sets or more: those of copies are.

    All reports are counted at once. `ones`, `twos` and `fours` have the bits of the count of each
    report, in base two; a count of eight or more stays in `eights`.
    """
    ones = twos = fours = eights = 0
    for holding in sharing:
        ones, carry = ones ^ holding, ones & holding
        twos, carry = twos ^ carry, twos & carry
        fours, carry = fours ^ carry, fours & carry
        eights |= carry
    return eights


def _either(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_AGENCIES: dict[str, str] = {
    name: agency for agency, names in _DATA["agencies"].items() for name in names
}
_TOP, _FIRST, _END = 100, 220, 60  # characters


@cache
def _credits(where: str) -> list[re.Pattern[str]]:
    """Compile the patterns of `near_duplicates.toml` for a position in the text."""
    begin, end = rf"(?<![^\W{CJK}])", rf"(?![^\W{CJK}])"
    parts = {name: rf"{begin}(?:{_either(words)})" for name, words in _DATA["words"].items()}
    parts["agency"] = rf"{begin}(?P<agency>{_either(_AGENCIES)}){end}"
    parts["cjk"] = f"[{CJK}]"
    return [
        re.compile(re.sub(r"\{([a-z]+)\}", lambda part: parts[part[1]], pattern))
        for pattern in _DATA["credits"][where]
    ]


def agency(publisher: str) -> str:
    """Return the name of a news agency from any of its spellings; "" for another publisher."""
    return _AGENCIES.get(publisher, "")


def credited(title: str, text: str) -> str:
    """Return the agency whose report an article says it relays, "" for none.

    The credit stands in a dateline, at the end, in the headline or in the lead, in any language.
    """
    shown = "\n".join((title, text[:_FIRST], text[-_END:]))
    if not any(map(shown.__contains__, _AGENCIES)):  # a fifth of what the patterns take
        return ""
    places = (
        (text[:_TOP], "top"),
        (text[-_END:], "end"),
        (title[-_END:], "end"),
        (title, "lead"),
        (text[:_FIRST], "lead"),
    )
    found = (pattern.search(part) for part, where in places for pattern in _credits(where))
    return next((_AGENCIES[each["agency"]] for each in found if each), "")
