"""Response heads that break HTTP in ways that browsers overlook, mended before aiohttp reads them.

A line without a colon, or with a name that no header can have, is left out; so is a Content-Length
that says the same twice, or that stands beside chunks (RFC 9112, section 6.3). Lengths that differ
are left to aiohttp, which refuses them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aiohttp.client_proto import ResponseHandler

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_LINE = 1 << 16  # bytes of a header; browsers allow four times as much for all of them
MOST_HEADERS = 1_000
_LONGEST_HEAD = 1 << 19  # bytes
_END = re.compile(rb"\r?\n\r?\n")
# Most heads tell the length of the content, or that it comes in chunks, once at most: nothing in
# them is to be mended, and to see that takes a tenth of the time.
_FIELD = rb"(?:\r\n(?!content-length|transfer-encoding)[!#$%&'*+.^_`|~0-9a-z-]+:[\t -~\x80-\xff]*)*"
_PLAIN = re.compile(
    rb"[^\r\n]*"
    + _FIELD
    + rb"(?:\r\n(?:content-length: *[0-9]+|transfer-encoding:[\t -~]*)"
    + _FIELD
    + rb")?",
    re.IGNORECASE,
)
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_INTERIM = re.compile(rb"HTTP/\d\.\d 1(?!01)\d\d")  # another head follows, except after 101
_LENGTH = b"Content-Length"


class LenientHandler(ResponseHandler):
    """Holds a response's head back until it is complete, and mends it."""

    _in_head = False
    _held = b""

    def set_response_params(self, **params: Any) -> None:
        """Begin to read a response."""
        self._in_head, self._held = True, b""
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the response."""
        if not self._in_head or self._parser is None or self.upgraded:
            super().data_received(data)
            return
        self._held += data
        while self._in_head and (end := _END.search(self._held)):
            head, self._held = self._held[: end.start()], self._held[end.end() :]
            self._in_head = bool(_INTERIM.match(head))
            super().data_received(mended(head))
        if not self._in_head or len(self._held) > _LONGEST_HEAD:
            self._release()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Let aiohttp see what came of an incomplete head."""
        self._release()
        super().connection_lost(exc)

    def _release(self) -> None:
        held, self._held, self._in_head = self._held, b"", False
        if held:
            super().data_received(held)


def mended(head: bytes) -> bytes:
    """Return a response's head, given without its empty line, as HTTP wants it."""
    if _PLAIN.fullmatch(head):
        return head + b"\r\n\r\n"
    status, *lines = re.split(rb"\r?\n", head)
    headers = list(dict.fromkeys(_headers(lines)))  # what is said twice counts once
    if any(name.lower() == b"transfer-encoding" for name, _ in headers):
        headers = [(name, value) for name, value in headers if name != _LENGTH]
    return b"\r\n".join([status, *(name + b": " + value for name, value in headers), b"", b""])


def _headers(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the value of each header; a folded line belongs to the one before."""
    unfolded: list[bytes] = []
    for line in lines:
        if line.startswith((b" ", b"\t")) and unfolded:
            unfolded[-1] += b" " + line.strip()
        else:
            unfolded.append(line)
    for line in unfolded:
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name.strip()):
            yield _header(name.strip(), _CONTROLS.sub(b" ", value).strip())


def _header(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name.lower() != _LENGTH.lower():
        return name, value
    lengths = {each.strip() for each in value.split(b",")}
    return _LENGTH, lengths.pop() if len(lengths) == 1 else value
