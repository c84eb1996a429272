"""Connections that fetches leave open: enough to be used again, not one for each host."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from fakes import feed
from installation import until
from servers import BODY, NEW, fetcher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOSTS = 5


@asynccontextmanager
async def host(connections: set[asyncio.StreamWriter]) -> AsyncIterator[str]:
    """A server that answers and never closes; `connections` are those that are open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
        connections.discard(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in connections:
            writer.close()


@pytest.mark.parametrize("keep", [0, 1, 3])
async def test_no_more_connections_stay_open_than_are_kept(keep: int) -> None:
    connections: set[asyncio.StreamWriter] = set()
    async with AsyncExitStack() as stack:
        hosts = [await stack.enter_async_context(host(connections)) for _ in range(HOSTS)]
        opened = await stack.enter_async_context(fetcher(keep=keep))
        for _ in range(2):
            for address in hosts:
                assert (await opened.fetch(feed(address), NEW)).body == BODY
        await until(lambda: len(connections) == keep)
