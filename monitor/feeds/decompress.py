"""A compressed body → its content, piece by piece in bounded memory; and whether it came whole.

Read as browsers read it: `x-gzip` is gzip, a coding that nobody knows is none, and what is gzip
without saying so is gzip all the same. Bytes behind the end of a compressed stream are left out.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Any

import brotli

from monitor.errors import FetchError, PollReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_PIECE = 1 << 16  # bytes
_STAGES = 4  # codings in one another
_MEMBERS = 1_000  # of a gzip stream; more are a way to cost time
_GZIP = b"\x1f"  # its first byte, with which no text begins
_ZLIB_OR_GZIP, _RAW = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS


class _Stream:
    """One coding. `ended`: its stream has come to its end; nothing has come is an end, too."""

    ended = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the content of the next bytes, in pieces."""
        raise NotImplementedError


class _Zlib(_Stream):
    """Gzip in one or more members, or deflate with or without its header."""

    def __init__(self, *, deflate: bool) -> None:
        self._deflate = deflate
        self._stream: Any = None
        self._members = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = b""
        while data or len(piece) == _PIECE:  # a full piece: more of it may be held back
            if self.ended and not (data and self._begin(data)):
                return
            piece = self._stream.decompress(data, _PIECE)
            self.ended = self._stream.eof
            yield piece
            data = self._stream.unused_data if self.ended else self._stream.unconsumed_tail

    def _begin(self, data: bytes) -> bool:
        """Begin a stream, if one begins with `data`; zeros may fill up what is left of a block."""
        if self._members and (self._deflate or not data.startswith(_GZIP)):
            return False
        raw = self._deflate and data[0] & 0x0F != 8  # noqa: PLR2004 - the method of RFC 1950
        self._members += 1
        if self._members > _MEMBERS:
            raise FetchError(PollReason.ENCODING, "the compressed body has too many parts")
        self._stream = zlib.decompressobj(wbits=_RAW if raw else _ZLIB_OR_GZIP)
        self.ended = False
        return True


class _Brotli(_Stream):
    def __init__(self) -> None:
        self._stream: Any = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self._stream.is_finished():
            piece = self._stream.process(data, output_buffer_limit=_PIECE)
            self.ended, data = self._stream.is_finished(), b""
            yield piece
            if not piece and self._stream.can_accept_more_data():
                return


class _Zstd(_Stream):
    def __init__(self) -> None:
        self._stream: Any = zstd.ZstdDecompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self._stream.eof:
            piece = self._stream.decompress(data, _PIECE)
            self.ended, data = self._stream.eof, b""
            yield piece
            if self._stream.needs_input:
                return


_CODINGS: dict[str, Callable[[], _Stream]] = {
    "gzip": lambda: _Zlib(deflate=False),
    "x-gzip": lambda: _Zlib(deflate=False),
    "deflate": lambda: _Zlib(deflate=True),
    "br": _Brotli,
    "zstd": _Zstd,
}
ACCEPTED = "gzip, deflate, br, zstd"


class Body:
    """A body that arrives in chunks; `content` is what has come of it, decompressed.

    `coding` is the header Content-Encoding. More than `limit` bytes, as they come or at any stage
    of decompression, are refused.
    """

    def __init__(self, coding: str, limit: int) -> None:
        names = [name.strip().lower() for name in coding.split(",")]
        known = [name for name in reversed(names) if name in _CODINGS]
        self._streams = [_CODINGS[name]() for name in known[:_STAGES]]
        self._sizes = [0] * (len(self._streams) + 1)
        self._limit = limit
        self.content = bytearray()

    @property
    def is_whole(self) -> bool:
        """Whether no compressed stream was cut off."""
        return all(stream.ended for stream in self._streams)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes. Raises FetchError (`too-large`, `encoding`)."""
        try:
            self._feed(chunk, 0)
        except (zlib.error, brotli.error, zstd.ZstdError) as error:
            detail = "the compressed body is broken"
            raise FetchError(PollReason.ENCODING, detail) from error

    def _feed(self, data: bytes, stage: int) -> None:
        """Take what has come to a stage of decompression; the last one is the content."""
        self._sizes[stage] += len(data)
        if self._sizes[stage] > self._limit:
            raise FetchError(PollReason.TOO_LARGE, f"more than {self._limit} bytes")
        if stage == len(self._streams) and data and not self.content and data.startswith(_GZIP):
            self._unsaid()
        if stage == len(self._streams):
            self.content += data
            return
        for piece in self._streams[stage].feed(data):
            self._feed(piece, stage + 1)

    def _unsaid(self) -> None:
        """Let the content be decompressed once more: it is gzip, of which no header told."""
        if len(self._streams) < _STAGES:
            self._streams.append(_Zlib(deflate=False))
            self._sizes.append(0)
