"""Aware UTC datetimes ↔ the seconds that tables hold."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds(at: datetime) -> float:
    """Return seconds since 1970."""
    return at.timestamp()


def moment(at: float) -> datetime:
    """Return seconds since 1970 as an aware UTC datetime."""
    return datetime.fromtimestamp(at, UTC)


def maybe(at: float | None) -> datetime | None:
    """Return the moment, or None for none."""
    return None if at is None else moment(at)
