"""Asks the running service to load its configuration again: SIGHUP to its process."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from monitor.store.queries.status import status

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_SILENT = 60.0  # seconds without a heartbeat after which a process id may be somebody else's


def ask_for_reload(database: Path, now: datetime) -> bool:
    """Whether the service was asked; a `run --once`, which SIGHUP would end, never is.

    Raises StoreError when the database cannot be read.
    """
    found = status(database, now)
    alive = found.beat_at is not None and (now - found.beat_at).total_seconds() < _SILENT
    if not found.pid or found.pid != found.served_by or not alive:
        return False
    try:
        os.kill(found.pid, signal.SIGHUP)
    except (ProcessLookupError, PermissionError):
        return False
    return True
