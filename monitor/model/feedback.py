"""Feedback of readers on alerts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

SILENCED_FOR = 8 * 3_600.0  # seconds, by the button


class FeedbackKind(StrEnum):
    """A reader's feedback on an alert; `none` withdraws an earlier `good` or `wrong`."""

    GOOD = "good"
    WRONG = "wrong"
    NONE = "none"
    MUTE = "mute"
    SILENCE = "silence"

    @property
    def is_verdict(self) -> bool:
        """Whether the feedback judges the alert; other kinds ask for quiet."""
        return self in {FeedbackKind.GOOD, FeedbackKind.WRONG, FeedbackKind.NONE}


@dataclass(frozen=True, slots=True)
class Feedback:
    """One reader's feedback on a message.

    `reader` is unique (`slack:U0123`, `cli:nina`); `name` is for people, and where it is empty, the
    last known name stays. `at` is the time by the channel's clock. The message is identified by
    `ref`, its reference in the channel, or by `key`. `takes_back`: a reaction was removed; that
    counts only for the reader's last feedback.
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
    """The result of a feedback: what counts now, or why nothing does; `verdicts` are all readers'.

    `changed` is False for feedback that repeats the last one, or was delivered twice.
    """

    answer: FeedbackKind | NotJudged
    verdicts: tuple[ReaderVerdict, ...] = ()
    changed: bool = False

    @property
    def known(self) -> bool:
        """Whether the message is one of ours."""
        return self.answer is not NotJudged.UNKNOWN
