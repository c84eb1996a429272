"""Every error that this program raises on purpose, in one tree.

MonitorError                    the message is meant for the operator
├── ConfigError                 the configuration has mistakes; nothing was started
├── InputError                  a file or an argument that a command was given is no use
├── WorkerError                 where work was to run, it cannot, or what ran it is gone
├── StoreError                  the database cannot be used
│   ├── StoreMissingError       there is none yet
│   └── StoreMismatchError      it was written by a newer, or an older, version
├── PollError                   a feed could not be read this time
│   ├── FetchError              no usable answer from its server
│   └── ParseError              an answer that is no feed, or froze the parser
└── DeliveryError               a channel did not take a message

Errors of other libraries are turned into one of these where they first appear, with the
original chained, so that the layers above know one vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class MonitorError(Exception):
    """Base of all errors of this program; `str()` is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a configuration file; line and column count from 1.

    `shown`, if any, is the line of the file with a caret under the place.
    """

    file: str
    line: int
    column: int
    field: str
    message: str
    shown: str = ""

    def __str__(self) -> str:
        """`file:line:column: field: message`, as compilers print it."""
        parts = (f"{self.file}:{self.line}:{self.column}", self.field, self.message)
        return ": ".join(filter(None, parts)) + (f"\n{self.shown}" if self.shown else "")


class ConfigError(MonitorError):
    """The configuration was refused; `mistakes` holds every mistake found."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(mistakes, key=lambda m: (m.file, m.line, m.column))
        super().__init__("\n".join(map(str, self.mistakes)))


class InputError(MonitorError):
    """A file or an argument cannot be used; the message names its place."""


class WorkerError(MonitorError):
    """Processes or machines that were to work are gone, cannot be reached, or lack something."""


class StoreError(MonitorError):
    """The database cannot be opened, read or written.

    `passing` says that it may work again by itself: another process holds it, the disk is full.
    """

    def __init__(self, message: str = "", *, passing: bool = False) -> None:
        self.passing = passing
        super().__init__(message)


class StoreMissingError(StoreError):
    """No database at the given path."""


class StoreMismatchError(StoreError):
    """The database has another schema version than this program."""


class PollError(MonitorError):
    """A feed could not be polled.

    `reason` is a short fixed word for counting and for deciding when to try again;
    `detail` is for people and never holds an address, since that may hold a secret.
    """

    def __init__(self, reason: str, detail: str = "", retry_after: float | None = None) -> None:
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
        super().__init__(f"{reason}: {detail}" if detail else reason)

    def __reduce__(self) -> tuple[type[PollError], tuple[str, str, float | None]]:
        """Survive the way back from a worker process."""
        return type(self), (self.reason, self.detail, self.retry_after)


class FetchError(PollError):
    """No usable answer: network, TLS, HTTP status, size, a refused address."""


class ParseError(PollError):
    """An answer came, but no articles can be read from it."""


Blame = Literal["passing", "operator", "message"]


class DeliveryError(MonitorError):
    """A channel did not take a message.

    `blame` says who must act: `passing` (try again later), `operator` (the whole channel is
    stuck until its set-up is mended: a revoked token, a channel that does not exist), or
    `message` (this one message is refused as it is). `in_doubt` is true where the message may
    have arrived all the same: the answer was lost.
    """

    def __init__(
        self,
        reason: str,
        *,
        blame: Blame = "passing",
        retry_after: float | None = None,
        in_doubt: bool = False,
    ) -> None:
        self.reason = reason
        self.blame = blame
        self.retry_after = retry_after
        self.in_doubt = in_doubt
        super().__init__(reason)
