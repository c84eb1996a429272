"""How far a story can be believed: a credibility from 1 to 6, with its reason. Pure.

The scale is that of the Admiralty code (NATO, AJP-2.1): 1 confirmed, 2 probably true, 3 possibly
true, 4 doubtful, 5 improbable, 6 cannot be judged. It is computed from who reports, and stands
beside the reliability of each source (A to F), never blended with it into one number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.model import PublisherReport

WORDS = {
    1: "confirmed", 2: "probably true", 3: "possibly true", 4: "doubtful", 5: "improbable",
    6: "cannot be judged",
}  # fmt: skip
UNKNOWN = "F"  # reliability that nobody judged
_RELIABLE = frozenset("AB")
_UNRELIABLE = frozenset("DE")
_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Credibility:
    """A credibility from 1 to 6 and its reason."""

    value: int
    reason: str


def credibility(
    reports: Sequence[PublisherReport], reliability: Mapping[str, str], *, denied: bool
) -> Credibility:
    """Return the credibility of a story by its publishers.

    `reliability` has A to F by publisher. `denied`: a report of the story is a denial. All state
    publishers of one country are one voice; a publisher that only repeats another's text is none.
    """
    independent = [report for report in reports if not report.copy_of]
    voices = {_voice(report) for report in independent}
    if denied:
        value = 4 if len(voices) >= _SEVERAL else 5
        return Credibility(value, f"contradicted: a denial is reported; {_told(independent)}")
    if len(voices) >= _SEVERAL:
        return Credibility(1, f"confirmed by {_told(independent)}, not of one state")
    if len(independent) >= _SEVERAL:
        return Credibility(2, f"{_told(independent)}, all of the state of {_state(independent)}")
    return _of_one(independent[0].publisher if independent else "", reliability)


def _of_one(publisher: str, reliability: Mapping[str, str]) -> Credibility:
    letter = reliability.get(publisher, UNKNOWN)
    if letter in _RELIABLE:
        return Credibility(3, f"one reliable publisher ({publisher}, {letter})")
    if letter in _UNRELIABLE:
        return Credibility(5, f"one publisher that is not reliable ({publisher}, {letter})")
    if letter == UNKNOWN:
        return Credibility(6, "a single publisher, whose reliability nobody has judged")
    return Credibility(4, f"one publisher that is fairly reliable ({publisher}, {letter})")


def _voice(report: PublisherReport) -> str:
    return f"state {report.country}" if report.is_state else report.publisher


def _told(reports: Sequence[PublisherReport]) -> str:
    count = len(reports)
    return f"{count} independent publisher{'s' if count != 1 else ''}"


def _state(reports: Sequence[PublisherReport]) -> str:
    return reports[0].country or "one country"
