"""Whose text an article is: near-copies, credits to agencies, and who is independent. Pure.

A text is compared by its *shingles*, all runs of a few words (or of CJK characters). Of their
hashes the smallest are kept, a bottom-k sketch (Broder 1997, “On the resemblance and containment of
documents”), and those of the lead, which an outlet keeps that goes on in its own words. Unlike a
MinHash of k permutations that tells how much of the *shorter* text stands in the longer, which is
what a text cut at its end leaves; it needs one hash a shingle; and of a summary it holds all. That
is why no library is used: datasketch (2.0) brings SciPy, rensa (0.5) ships no types, both know
resemblance only, and signatures are stored, so their hash must never change.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from functools import lru_cache, reduce
from hashlib import blake2b
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.model import PublisherReport
from monitor.text.scripts import CJK as _CJK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

# The middle dot counts as a character: signatures are stored, and their words must not change.
_WORD = re.compile(rf"[{_CJK}・]|[^\W_{_CJK}]++")
_IS_CJK = re.compile(rf"[{_CJK}・]")

_SHINGLE, _CJK_SHINGLE = 3, 6  # words; characters where most are CJK
_READ = 200  # words: copies are cut at the end
_LEAD, _SIZE, _HASH = 20, 96, 4  # hashes of the lead, smallest hashes, bytes of one
_SAME_LEAD = 0.75  # what a lead word for word weighs: 80 % of it make a copy
_FEWEST = 15  # shingles: a shorter text may be the same by chance
# From there two texts are one. See docs/decisions.md for how it was measured.
COPY = 0.6


def signature(title: str, text: str) -> bytes:
    """Return what a text is compared by, at most 464 bytes; b"" where it is too short to tell.

    The headline does not count, for every outlet writes its own; nor does a text that repeats it.
    """
    folded = _folded(text)
    if title and folded.startswith(heading := _folded(title)):
        folded = folded[len(heading) :]
    hashes = list(dict.fromkeys(_hashes(_WORD.findall(folded[: _READ * 12])[:_READ])))
    return b"".join(hashes[:_LEAD] + sorted(hashes)[:_SIZE]) if len(hashes) >= _FEWEST else b""


def likeness(a: bytes, b: bytes) -> float:
    """Return how much of the shorter of two texts stands in the other, 0 to 1, by signatures.

    Or, if that is more, of a lead (0.75 for all of it). 0 where a text is too short to tell.
    """
    return _likeness(_sketch(a), _sketch(b))


def is_copy(a: bytes, b: bytes) -> bool:
    """Whether two texts are one, re-edited; never said of texts too short to tell."""
    return likeness(a, b) >= COPY


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _hashes(words: list[str]) -> Iterator[bytes]:
    cjk = sum(map(bool, map(_IS_CJK.match, words)))
    width = _CJK_SHINGLE if 2 * cjk > len(words) else _SHINGLE
    for shingle in zip(*(words[start:] for start in range(width)), strict=False):
        joined = " ".join(shingle).encode("utf-8", "surrogatepass")
        yield blake2b(joined, digest_size=_HASH).digest()


class _Sketch(NamedTuple):
    lead: frozenset[bytes]
    smallest: list[bytes]  # sorted
    known: frozenset[bytes]
    last: bytes  # nothing is known of hashes beyond


@lru_cache(maxsize=512)  # a story that goes on is compared again and again; some 10 KB each
def _sketch(signature: bytes) -> _Sketch:
    hashes = [signature[at : at + _HASH] for at in range(0, len(signature), _HASH)]
    lead, smallest = hashes[:_LEAD], hashes[_LEAD:]
    if len(smallest) < _LEAD:  # a text so short is all lead
        lead = smallest = hashes[len(hashes) // 2 :]
    last = smallest[-1] if len(smallest) == _SIZE else b"\xff" * _HASH
    return _Sketch(frozenset(lead), smallest, frozenset(hashes), last)


def _likeness(a: _Sketch, b: _Sketch) -> float:
    last = min(a.last, b.last)
    fewer = min(bisect_right(each.smallest, last) for each in (a, b))
    if not a.lead or not b.lead:
        return 0.0
    common = a.known & b.known
    lead = max(len(common & a.lead) / len(a.lead), len(common & b.lead) / len(b.lead))
    shared = sum(each <= last for each in common) / fewer if fewer >= _FEWEST else 0.0
    return max(shared, _SAME_LEAD * lead)


class CarriedArticle(NamedTuple):
    """An article of a story: who carried it, its signature, and the agency that it credits."""

    publisher: str
    kind: str
    country: str
    first_seen_at: datetime
    signature: bytes
    credited: str = ""


def independent(reports: Iterable[CarriedArticle]) -> tuple[PublisherReport, ...]:
    """Return the publishers of a story, the first to report first, each with whom it only repeats.

    Copies of one text, and texts of one agency, are one report: the agency's if it is among those
    who carry it, else of who had it first. A publisher counts as independent (its `copy_of` is
    empty) if any report is its own.
    """
    return _voices(tuple(sorted(reports, key=lambda each: (each.first_seen_at, each))))


@lru_cache(maxsize=16)  # of a story with its last article, and of the same without the next one
def _voices(ordered: tuple[CarriedArticle, ...]) -> tuple[PublisherReport, ...]:
    origins = _origins(ordered)
    own = {origin.publisher for origin in origins}
    publisher_reports: dict[str, PublisherReport] = {}
    for report, origin in zip(ordered, origins, strict=True):
        copied = "" if report.publisher in own else origin.publisher
        voice = PublisherReport(
            report.publisher, report.kind, report.country, report.first_seen_at, copied
        )
        publisher_reports.setdefault(report.publisher, voice)
    return tuple(publisher_reports.values())


def _origins(reports: Sequence[CarriedArticle]) -> list[CarriedArticle]:
    """Return, for each report, the one that it goes back to."""
    origins = list(reports)
    for group in _groups(reports):
        members = [number for number in range(len(reports)) if group >> number & 1]
        agencies = {reports[number].credited for number in members} - {""}
        of_agency = (each for each in members if agency(reports[each].publisher) in agencies)
        origin = reports[next(of_agency, members[0])]
        for number in members:
            origins[number] = origin
    return origins


def _groups(reports: Sequence[CarriedArticle]) -> list[int]:
    """Return which reports are one, each group as a set of bits.

    Reports are compared only where they share as many hashes as copies do, and not once they are
    known to be one, so that 200 copies and 200 texts with a phrase in common are both quick.
    """
    sketches = [_sketch(report.signature) for report in reports]
    sharing: defaultdict[object, int] = defaultdict(int)  # by hash, and by agency
    groups: list[int] = []
    for number, (report, sketch) in enumerate(zip(reports, sketches, strict=True)):
        source = report.credited or agency(report.publisher)
        group = sharing[source] if source else 0
        alike = _sharing_enough([sharing[each] for each in sketch.known])
        while rest := alike & ~group:
            other = rest & -rest
            alike ^= other
            if _likeness(sketch, sketches[other.bit_length() - 1]) >= COPY:
                group |= next(each for each in groups if each & other)
        joined = [each for each in groups if each & group]
        group = reduce(or_, joined, 1 << number)
        groups = [each for each in groups if not each & group] + [group]
        for each in (*sketch.known, *([source] if source else ())):
            sharing[each] |= 1 << number
    return groups


def _sharing_enough(sharing: Iterable[int]) -> int:
    """Return the reports, as bits, that stand in eight of these sets or more: copies do.

    Counts of all reports at once: of the digits of each, in base two, those of one place are one
    set. A count of eight or more stays in the last.
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


def _credits(where: str) -> list[re.Pattern[str]]:
    """Compile what `credits` says about a place in a text."""
    begin, end = rf"(?<![^\W{_CJK}])", rf"(?![^\W{_CJK}])"
    parts = {name: rf"{begin}(?:{_either(words)})" for name, words in _DATA["words"].items()}
    parts["agency"] = rf"{begin}(?P<agency>{_either(_AGENCIES)}){end}"
    parts["cjk"] = f"[{_CJK}]"
    return [
        re.compile(re.sub(r"\{([a-z]+)\}", lambda part: parts[part[1]], pattern))
        for pattern in _DATA["credits"][where]
    ]


_AT_TOP, _IN_LEAD, _AT_END = map(_credits, ("top", "lead", "end"))


def agency(publisher: str) -> str:
    """Return the name of the news agency that a publisher is, however written; "" for none."""
    return _AGENCIES.get(publisher, "")


def credited(title: str, text: str) -> str:
    """Return the agency whose report an article says it relays, "" for none.

    It may say so in a dateline, at its end, in its headline or in its lead, in any language.
    """
    places = ((text[:_TOP], _AT_TOP), (text[-_END:], _AT_END), (title[-_END:], _AT_END),
              (title, _IN_LEAD), (text[:_FIRST], _IN_LEAD))  # fmt: skip
    found = (pattern.search(part) for part, patterns in places for pattern in patterns)
    return next((_AGENCIES[each["agency"]] for each in found if each), "")
