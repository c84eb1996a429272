"""Logs are events with keys, on stderr: for people on a terminal, as JSON elsewhere.

In the journal each event has its priority.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO, cast

from monitor.absent import absent
from monitor.service import journal

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

with absent("rich"):  # for tracebacks with values; it would take an eighth of a start
    import structlog


class _Stderr:
    """What is stderr when it is written to: a progress bar takes it over, to write above itself."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(level: int) -> None:
    """Log events from `level` on: DEBUG has every outcome, INFO those that bring news.

    WARNING has the failures only.

    Log lines of libraries get the same form. Tracebacks show no values of variables, which may be
    secrets.
    """
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_times,
    ]
    renderers = _renderers(for_terminal=sys.stderr.isatty())
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
    )
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[strip, *renderers], foreign_pre_chain=shared
    )
    handler = logging.StreamHandler(_Stderr())
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a tick reports its own errors


def _with_times(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Write times as people read them, in UTC to the second: `2026-11-30T16:40:04Z`."""
    for key, value in event.items():
        if isinstance(value, datetime):
            event[key] = f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return event


def _has_colours() -> bool:
    """Whether a terminal gets colours: NO_COLOR says no, and so does a terminal without any."""
    return not os.getenv("NO_COLOR") and os.getenv("TERM") != "dumb"


def _renderers(*, for_terminal: bool) -> list[Processor]:
    if for_terminal:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=_has_colours(), exception_formatter=plain)]
    as_json = structlog.processors.JSONRenderer(default=str)

    def for_journal(logger: WrappedLogger, method: str, event: EventDict) -> str:
        return journal.prefixed(str(as_json(logger, method, event)), event["level"])

    renderer = for_journal if journal.takes_stderr() else as_json
    return [structlog.processors.format_exc_info, renderer]
