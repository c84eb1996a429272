"""Conversion of times: tables hold seconds since 1970, values hold aware UTC datetimes."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds(at: datetime) -> float:
    """Return a time as seconds since 1970."""
    return at.timestamp()


def moment(at: float) -> datetime:
    """Return seconds since 1970 as an aware UTC datetime."""
    return datetime.fromtimestamp(at, UTC)


def maybe(at: float | None) -> datetime | None:
    """Return seconds since 1970 as an aware UTC datetime, None for NULL."""
    return None if at is None else moment(at)


def iso(at: datetime) -> str:
    """Return a UTC datetime in ISO 8601, to the second: `2026-11-29T06:30:00Z`."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
