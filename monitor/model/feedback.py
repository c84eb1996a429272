"""What readers say of alerts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

SILENCED_FOR = 8 * 3_600.0  # seconds, by the button


class FeedbackKind(StrEnum):
    """What a reader says of an alert. `none` takes an earlier `good` or `wrong` back."""

    GOOD = "good"
    WRONG = "wrong"
    NONE = "none"
    MUTE = "mute"
    SILENCE = "silence"

    @property
    def is_verdict(self) -> bool:
        """Whether it judges the alert; otherwise it asks for quiet."""
        return self in {FeedbackKind.GOOD, FeedbackKind.WRONG, FeedbackKind.NONE}


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one reader said of a message, at a moment told by where it was said.

    `reader` is unique (`slack:U0123`, `cli:nina`); `name` is for people, empty where it was not
    told: then it is the one told last, if any. The message is known by its reference there or by
    its key. `takes_back`: a reaction was removed; it counts only if it is what the reader said
    last.
    """

    said: FeedbackKind
    reader: str
    name: str
    at: datetime
    ref: str = ""
    key: str = ""
    takes_back: bool = False


class NotJudged(StrEnum):
    """Why what a reader said changes nothing."""

    UNKNOWN = "unknown"  # the message is none of ours, or was deleted
    NOTICE = "notice"  # the program itself said it
    SEVERAL = "several"  # a digest tells several stories
    PRUNED = "pruned"  # the text is gone


@dataclass(frozen=True, slots=True)
class ReaderVerdict:
    """What one reader, by name, said of an article, and when."""

    said: FeedbackKind
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FeedbackResult:
    """What came of it: what counts now, or why nothing does; `verdicts` are those of all readers.

    `changed` is false where nothing was new: the same said again, or delivered twice.
    """

    answer: FeedbackKind | NotJudged
    verdicts: tuple[ReaderVerdict, ...] = ()
    changed: bool = False

    @property
    def known(self) -> bool:
        """Whether the message is one of ours."""
        return self.answer is not NotJudged.UNKNOWN
