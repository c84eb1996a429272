"""What the tests of fetching share: servers that answer anything, and fetches of one address."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from conftest import NOW
from fakes import feed, rss, serving

from monitor.errors import FetchError
from monitor.feeds.fetch import Fetcher
from monitor.model import DueFeed, Fetched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MIB = 1 << 20
BODY = rss().encode()
NEW = DueFeed(1, "feed", NOW, 0.0, "", "", b"", frozenset(), 0, None, None)


@asynccontextmanager
async def fetcher(**settings: Any) -> AsyncIterator[Fetcher]:
    usual: dict[str, Any] = {
        "timeout": 5.0,
        "max_body": MIB,
        "user_agent": "monitor-test",
        "at_once": 10,
    }
    async with Fetcher(**(usual | settings)) as opened:
        yield opened


async def fetched(address: str, due: DueFeed = NEW, **settings: Any) -> Fetched:
    async with fetcher(**settings) as opened:
        return await opened.fetch(feed(address), due)


async def refused(address: str, *, allow_private: bool = True, **settings: Any) -> FetchError:
    """Return the error that a fetch of the address ends with."""
    async with fetcher(**settings) as opened:
        with pytest.raises(FetchError) as caught:
            await opened.fetch(feed(address, allow_private=allow_private), NEW)
    return caught.value


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[str]:
    """A server that answers every request so; yields its address without a trailing slash."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    async with serving(app) as url:
        yield url


@asynccontextmanager
async def sending(*pieces: bytes, pause: float = 0.0, hang: bool = False) -> AsyncIterator[str]:
    """A server that sends these bytes to whoever connects, then closes, or stays silent."""
    gone = asyncio.Event()
    tasks: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        try:
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            if hang:
                await gone.wait()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has hung up, as it should
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        gone.set()
        await asyncio.gather(*filter(None, tasks))


def http(status: str, *headers: str, body: bytes = b"") -> bytes:
    """An answer as bytes, for `sending`."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


# Over 255 characters: refused before any name server is asked, so that no network is needed.
NO_NAME = ".".join(["a" * 60] * 5) + ".invalid"

# The reason that each ends with. All hold what looks like a secret, wherever they can.
BAD_ANSWERS = {
    "a file": ("bad-address", http("302 Found", "Location: file:///etc/passwd?key=secret")),
    "FTP": ("bad-address", http("302 Found", "Location: ftp://user:secret@127.0.0.1/")),
    "no address": ("bad-address", http("302 Found", "Location: http://user:secret@[::1")),
    "cut off": ("broken-off", http("200 OK", "Content-Length: 5000")),
    "cut off in a chunk": (
        "broken-off", http("200 OK", "Transfer-Encoding: chunked", body=b"ff\r\n"),
    ),
    "broken gzip": (
        "encoding", http("200 OK", "Content-Encoding: gzip", "Content-Length: 5", body=b"hello"),
    ),
    "broken deflate": (
        "encoding", http("200 OK", "Content-Encoding: deflate", "Content-Length: 5", body=b"hello"),
    ),
    "another protocol": ("malformed", b"SSH-2.0-OpenSSH_9.6 key=secret\r\n\r\n"),
    "hung up": ("connection", b""),
    "an echo": ("http-404", http("404 user:secret at /feed?key=secret", "Content-Length: 0")),
    "a loop": ("redirects", http("302 Found", "Location: /feed?key=secret", "Content-Length: 0")),
}  # fmt: skip


_FIRST, _PORTS = 10_000, 20_000  # below those that systems give away: Linux from 32,768 on
_asked = count(os.getpid() * 97)  # each process of the tests begins elsewhere


def free_port() -> int:
    """Return a port of loopback where nobody listens, and that nobody is given who asks for any."""
    while True:
        port = _FIRST + next(_asked) % _PORTS
        with suppress(OSError), socket.socket() as bound:
            bound.bind(("127.0.0.1", port))
            return port
