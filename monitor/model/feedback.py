"""What readers say of alerts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


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


@dataclass(frozen=True, slots=True)
class FeedbackResult:
    """What came of it: `marks` is what all readers did, `text` what to tell this one.

    `changed` is false where nothing was new: the same said again, or delivered twice. `known` is
    false where the message is none of ours.
    """

    text: str
    marks: tuple[str, ...] = ()
    changed: bool = False
    known: bool = True
