"""Packed topics as they travel: a head with the digest of what follows, by which workers know them.

The process that hands them on reads no more of them (`tables` does), and loads nothing for that.
"""

from __future__ import annotations

from hashlib import blake2b

_MAGIC = b"monitor topics 1"
_DIGEST = 16  # bytes of a digest
HEAD = len(_MAGIC) + _DIGEST  # bytes before the tables


def with_head(body: bytes) -> bytes:
    """Return tables with their head."""
    return b"".join([_MAGIC, blake2b(body, digest_size=_DIGEST).digest(), body])


def digest_of(packed: bytes | memoryview) -> bytes:
    """Return the digest of packed topics, which stands in their head; b"" for a digest alone."""
    return bytes(packed[len(_MAGIC) : HEAD])
