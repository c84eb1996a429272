"""A bug of ours on the path: logged with its traceback, never a feed's or a channel's fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from monitor.errors import InternalError


log = structlog.get_logger()


def log_internal(error: InternalError, **about: object) -> None:
    """Log a bug with its traceback, and that of a worker process if it came from one."""
    remote = {"worker": error.remote} if error.remote else {}
    log.error("internal error", kind=error.kind, **about, **remote, exc_info=error.__cause__)
