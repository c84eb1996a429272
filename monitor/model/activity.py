"""What people do about a story after its alert: take it, close it, note, assign, follow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

LONGEST_NOTE = 4_000  # characters of a note; what is longer is cut
PROGRAM = "monitor"  # the author of what the program itself does


class ActivityKind(StrEnum):
    """A kind of activity on a story; `escalate` and `join` are the program's own."""

    TAKE = "take"
    DONE = "done"
    DISMISS = "dismiss"
    REOPEN = "reopen"
    NOTE = "note"
    ASSIGN = "assign"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    ESCALATE = "escalate"
    CREDIBILITY = "credibility"
    JOIN = "join"


class WorkState(StrEnum):
    """How far the work on a story is: the last of the activities that change it says so."""

    NEW = "new"
    TAKEN = "taken"
    DONE = "done"
    DISMISSED = "dismissed"
    REOPENED = "reopened"

    @property
    def is_closed(self) -> bool:
        """Whether nobody works on the story, until big news reopens it."""
        return self in {WorkState.DONE, WorkState.DISMISSED}


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity of one person on a story.

    `reader` is unique (`slack:U0123`, `cli:nina`); `name` is for people, and where it is empty, the
    last known name stays. `text` is a note, the name of the person that a story is assigned to, or
    the credibility that overrules the computed one (1 to 6), with a note.
    `key` is unique where the same activity may be delivered twice, else "".
    """

    kind: ActivityKind
    reader: str
    name: str
    at: datetime
    text: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class StoryStatus:
    """The state of the work on a story: since when, and whose it is (`name`)."""

    state: WorkState
    name: str
    at: datetime


def status_in_words(status: StoryStatus) -> str:
    """Return a status as every channel and page says it: `taken by nina 2024-10-31 14:05 UTC`."""
    return f"{status.state} by {status.name} {status.at:%Y-%m-%d %H:%M} UTC"
