"""Descriptors of files and sockets: as many as the system allows, enough kept for the database.

Fetches are the only work that takes as many as there are. What is left is for the database, the
workers, the channels and the two ports.
"""

from __future__ import annotations

import resource

_KEPT = 500  # descriptors that fetches leave to all else, half of them where there are fewer
_IDLE = 500  # more would hardly be used again before their servers close them
_MOST = 1_000_000  # what the kernel allows at most by default, for a limit that is infinite


def raise_limit() -> int:
    """Raise this process's limit of open files to the most that it may have; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return _number(soft)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return _number(soft)
    return _number(hard)


def for_fetching(limit: int) -> int:
    """Return how many connections fetches may have, idle ones included."""
    return max(limit - _KEPT, limit // 2)


def kept_open(at_once: int, limit: int) -> int:
    """Return from how many open connections on each is closed after its answer."""
    return min(_IDLE, for_fetching(limit) - at_once)


def at_once(wanted: int, limit: int) -> int:
    """Return how many feeds are polled at a time: as wanted, or half of the connections."""
    return max(1, min(wanted, for_fetching(limit) // 2))


def _number(limit: int) -> int:
    return _MOST if limit == resource.RLIM_INFINITY else min(limit, _MOST)
