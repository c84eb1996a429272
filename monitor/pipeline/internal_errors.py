"""Bugs of this program in the pipeline: logged with their traceback.

A bug is never recorded as the fault of a feed or a channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from monitor.errors import InternalError


log = structlog.get_logger()


def log_internal(error: InternalError, **about: object) -> None:
    """Log a bug with its traceback, and with the worker's where it occurred in a worker process."""
    remote = {"worker": error.remote} if error.remote else {}
    log.error("internal error", kind=error.kind, **about, **remote, exc_info=error.__cause__)
