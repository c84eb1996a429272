"""Priorities for the journal: a line on stderr that systemd takes may begin with `<4>`.

The numbers are those of syslog, see sd-daemon(3). Everywhere else lines have no such beginning.
"""

from __future__ import annotations

import os
import sys

_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}


def takes_stderr() -> bool:
    """Whether stderr is the journal: $JOURNAL_STREAM has its device and its inode.

    The variable alone says nothing: what a service starts inherits it, whatever its stderr.
    """
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):  # closed, or replaced by an object without a file
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def prefixed(text: str, level: str) -> str:
    """Return the text with the priority of a level (`warning`) before each of its lines."""
    mark = f"<{_PRIORITIES.get(level, _PRIORITIES['info'])}>"
    return "\n".join(mark + line for line in text.split("\n"))
