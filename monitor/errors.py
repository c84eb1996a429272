"""All errors that this program raises on purpose, in one tree.

MonitorError                    the message is a sentence for the operator
├── ConfigError                 the configuration has mistakes; nothing was started
├── InputError                  a file or an argument of a command cannot be used
├── WorkerError                 a worker process or a cluster is gone or cannot be reached
├── InternalError               a bug of this program, not the fault of a feed or a channel
├── StoreError                  the database cannot be used
│   ├── StoreMissingError       the database does not exist yet
│   └── StoreMismatchError      the database has the schema of a newer, or an older, version
├── PollError                   a feed could not be read this time
│   ├── FetchError              the server gave no usable answer
│   └── ParseError              the answer is no feed, or froze the parser
├── GlossError                  an endpoint did not translate headlines
├── AssistError                 the assistant gave no usable answer; nothing waits for it
└── DeliveryError               a channel did not take a message

Errors of other libraries become one of these where they first appear, with the original chained
(`raise … from`), so that the layers above know one vocabulary. After httpx's `_exceptions.py`.
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
    """Base of all errors of this program; `str(error)` is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a configuration file; line and column count from 1.

    `field` is a path such as `feeds[3].url`, or "" for the whole file. `shown`, if not "", is the
    line of the file with a caret under the column.
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
    """The configuration was refused; `mistakes` has all of them, in the order of the file."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(mistakes, key=lambda m: (m.file, m.line, m.column))
        super().__init__("\n".join(map(str, self.mistakes)))


class InputError(MonitorError):
    """A file or an argument of a command cannot be used; the message names it."""


class WorkerError(MonitorError):
    """A worker process or a cluster is gone, cannot be reached, or lacks a library."""


class GlossError(MonitorError):
    """An endpoint did not translate headlines this time."""


class AssistError(MonitorError):
    """The language model of the assistant gave no usable answer."""


class StoreError(MonitorError):
    """The database cannot be opened, read or written.

    `passing`: the database may work again by itself (another process holds it, the disk is full).
    `partial`: it may take small changes all the same, so that one success proves nothing.
    """

    def __init__(self, message: str = "", *, passing: bool = False, partial: bool = False) -> None:
        self.passing = passing
        self.partial = partial
        super().__init__(message)


class StoreMissingError(StoreError):
    """No database at the given path."""


class StoreMismatchError(StoreError):
    """The database has another schema version than this program."""


_PACKAGE = Path(__file__).parent


class InternalError(MonitorError):
    """A bug of this program: an unforeseen error (`cause`) during an `activity` such as `polling`.

    `error` is the type of the cause, `place` the line of this program that raised it. `remote` is
    the traceback of a worker process as text, "" for an error of this process.
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
        """Identity of the bug, notified about once: `polling: KeyError at ingest.py:210`."""
        return f"{self.activity}: {self.error} at {self.place}"


@contextmanager
def during(activity: str) -> Iterator[None]:
    """Turn any error inside that is no MonitorError into an InternalError of this activity."""
    try:
        yield
    except MonitorError:
        raise
    except Exception as error:
        raise InternalError(activity, error) from error


def _place_of(error: BaseException) -> str:
    """Innermost line of this program in an error's traceback, such as `ingest.py:210`."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _PACKAGE in Path(frame.filename).parents]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "an unknown place"


class PollReason(StrEnum):
    """Why a feed could not be polled; decides its health, the advice and its next poll."""

    # FetchError: no usable answer
    TIMEOUT = "timeout"
    DNS = "dns"
    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    TLS = "tls"
    PROXY = "proxy"
    REDIRECTS = "redirects"
    BAD_ADDRESS = "bad-address"
    REFUSED_ADDRESS = "refused-address"
    MALFORMED = "malformed"  # breaks HTTP
    ENCODING = "encoding"
    BROKEN_OFF = "broken-off"  # ended before its first entry
    CUT_OFF = "cut-off"  # ended early; the entries that came are stored
    TOO_LARGE = "too-large"
    HTTP = "http"  # a status without a document, in `PollError.status`
    HTTP_DENIED = "http-denied"  # 401, 403, 451: the server turns programs away
    HTTP_GONE = "http-gone"  # 410: closed by its publisher
    BLOCKED = "blocked"  # a bot wall or a consent page came in its place
    # ParseError: an answer without articles
    EMPTY = "empty"
    HTML = "html"
    NOT_A_FEED = "not-a-feed"
    UNPARSABLE = "unparsable"
    PARSE_TIMEOUT = "parse-timeout"
    PARSE_MEMORY = "parse-memory"
    WORKER_DIED = "worker-died"
    NO_WORKER = "no-worker"


# Reasons by which a feed counts as poisonous: its answer froze or killed a worker.
POISONS = frozenset({PollReason.PARSE_TIMEOUT, PollReason.PARSE_MEMORY, PollReason.WORKER_DIED})

_HTTP_REASONS = dict.fromkeys((401, 403, 451), PollReason.HTTP_DENIED) | {410: PollReason.HTTP_GONE}


class PollError(MonitorError):
    """A feed could not be polled.

    `reason` is for decisions, `detail` for people; a detail never has an address, which may hold a
    secret. `retry_after` is the server's wish in seconds, `status` the HTTP status, 0 for none.
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
        """The error for an HTTP status without a document, such as 503."""
        return cls(_HTTP_REASONS.get(status, PollReason.HTTP), detail, retry_after, status)

    @property
    def code(self) -> str:
        """Reason in one word for logs, metrics and people: `timeout`, `http-503`."""
        return f"http-{self.status}" if self.status else str(self.reason)

    def __reduce__(self) -> tuple[type[PollError], tuple[PollReason, str, float | None, int]]:
        """All arguments, so that the error survives pickling between processes."""
        return type(self), (self.reason, self.detail, self.retry_after, self.status)


class FetchError(PollError):
    """The server gave no usable answer: network, TLS, HTTP status, size, a refused address."""


class ParseError(PollError):
    """The server's answer has no articles that can be read."""


Blame = Literal["passing", "operator", "message"]


class DeliveryError(MonitorError):
    """A channel did not take a message.

    `blame` says who must act: `passing` (nobody: retry later), `operator` (the channel is stopped
    until its set-up is corrected: a revoked token, a channel that does not exist), or `message`
    (this message is refused as it is). `retry_after` is in seconds. `in_doubt`: the answer was
    lost, and the message may have arrived. `advice` is a sentence for the operator, or "".
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
