"""Every error that this program raises on purpose, in one tree.

MonitorError                    the message is meant for the operator
├── ConfigError                 the configuration has mistakes; nothing was started
├── InputError                  a file or an argument that a command was given is no use
├── WorkerError                 where work was to run, it cannot, or what ran it is gone
├── InternalError               a bug of ours: nobody foresaw this, and no feed or channel did it
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

import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterator


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


_HERE = Path(__file__).parent


class InternalError(MonitorError):
    """A bug of this program: `activity` (such as `polling`) ran into an error nobody foresaw.

    The foreign error is `__cause__`. `place` is where this program raised it, and with the type it
    makes the `kind`: by that a bug is told once, however often it happens. `remote` is the
    traceback from a worker process, if it came from one.
    """

    def __init__(self, activity: str, cause: BaseException) -> None:
        self.activity = activity
        self.error = type(cause).__name__
        self.place = _place_of(cause)
        self.remote = str(getattr(cause, "traceback", ""))
        self.__cause__ = cause
        super().__init__(f"internal error: {self.error}")

    @property
    def kind(self) -> str:
        """By what the bug is recognised: `polling: KeyError at ingest.py:210`."""
        return f"{self.activity}: {self.error} at {self.place}"


@contextmanager
def during(activity: str) -> Iterator[None]:
    """Turn whatever nobody foresaw inside into an InternalError of this activity."""
    try:
        yield
    except MonitorError:
        raise
    except Exception as error:
        raise InternalError(activity, error) from error


def _place_of(error: BaseException) -> str:
    """Return the innermost line of this program in an error's traceback: `ingest.py:210`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if _HERE in Path(each.filename).parents]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"


class PollReason(StrEnum):
    """Why a feed could not be polled: what its health, its advice and its next poll go by."""

    # no usable answer
    TIMEOUT = "timeout"
    DNS = "dns"
    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    TLS = "tls"
    PROXY = "proxy"
    REDIRECTS = "redirects"
    BAD_ADDRESS = "bad-address"
    REFUSED_ADDRESS = "refused-address"
    ENCODING = "encoding"
    TOO_LARGE = "too-large"
    HTTP = "http"  # a status that brings no document; `PollError.status` has it
    HTTP_DENIED = "http-denied"  # 401, 403, 451: the server turns programs away
    HTTP_GONE = "http-gone"  # 410: closed by its publisher
    # an answer, but no articles
    EMPTY = "empty"
    HTML = "html"
    NOT_A_FEED = "not-a-feed"
    UNPARSABLE = "unparsable"
    PARSE_TIMEOUT = "parse-timeout"
    WORKER_DIED = "worker-died"
    NO_WORKER = "no-worker"


_HTTP_REASONS = dict.fromkeys((401, 403, 451), PollReason.HTTP_DENIED) | {410: PollReason.HTTP_GONE}


class PollError(MonitorError):
    """A feed could not be polled.

    `reason` is for decisions, `detail` for people: it never holds an address, since that may hold
    a secret. `retry_after` is in seconds; `status` is that of an HTTP answer, 0 for none.
    """

    def __init__(
        self,
        reason: PollReason,
        detail: str = "",
        retry_after: float | None = None,
        status: int = 0,
    ) -> None:
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
        self.status = status
        super().__init__(f"{self.code}: {detail}" if detail else self.code)

    @classmethod
    def of_status(cls, status: int, detail: str = "", retry_after: float | None = None) -> Self:
        """Return the error for an HTTP status that brings no document."""
        return cls(_HTTP_REASONS.get(status, PollReason.HTTP), detail, retry_after, status)

    @property
    def code(self) -> str:
        """The reason in one word for logs, metrics and people: `timeout`, `http-503`."""
        return f"http-{self.status}" if self.status else str(self.reason)

    def __reduce__(self) -> tuple[type[PollError], tuple[PollReason, str, float | None, int]]:
        """Survive the way back from a worker process."""
        return type(self), (self.reason, self.detail, self.retry_after, self.status)


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
    have arrived all the same: the answer was lost. `advice` says what to do about it.
    """

    def __init__(
        self,
        reason: str,
        *,
        blame: Blame = "passing",
        retry_after: float | None = None,
        in_doubt: bool = False,
        advice: str = "",
    ) -> None:
        self.advice = advice
        self.reason = reason
        self.blame = blame
        self.retry_after = retry_after
        self.in_doubt = in_doubt
        super().__init__(reason)


POISONS = frozenset({PollReason.PARSE_TIMEOUT, PollReason.WORKER_DIED})
