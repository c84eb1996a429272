"""Connections to our ports: limited in number and in time."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest
from installation import until
from servers import free_port

from monitor.service import http
from monitor.web import connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MANY = 300
GET = b"GET /healthz HTTP/1.1\r\nHost: here\r\n"


async def well() -> str:
    return ""


async def nothing() -> bytes:
    return b""


@pytest.fixture
async def port() -> AsyncIterator[int]:
    port = free_port()
    async with http.health_server(port, nothing, well):
        yield port


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def opened(port: int, sent: bytes) -> Connection:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    return reader, writer


async def closed(connection: Connection) -> bytes:
    """Read until the server closes; returns its answer."""
    reader, writer = connection
    try:
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_connection_serves_one_request(port: int) -> None:
    answer = await closed(await opened(port, GET + b"\r\n"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nConnection: close\r\n" in answer


@pytest.mark.parametrize("sent", [b"", GET])
async def test_half_a_request_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(connections, "_A_SECOND", 0.05)
    monkeypatch.setattr(connections, "Limits", partial(connections.Limits, head=-1.0))
    async with http.health_server(port := free_port(), nothing, well):
        assert await closed(await opened(port, sent)) == b""


async def test_many_half_requests_do_not_keep_a_whole_one_out(port: int) -> None:
    half = [await opened(port, GET) for _ in range(MANY)]
    answer = await closed(await opened(port, GET + b"\r\n"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    await until(
        lambda: sum(reader.at_eof() or bool(reader.exception()) for reader, _ in half) > 100
    )
    for _, writer in half:
        writer.close()


async def test_half_requests_do_not_delay_the_end() -> None:
    port = free_port()
    async with asyncio.timeout(10):
        async with http.health_server(port, nothing, well):
            half = [await opened(port, GET) for _ in range(50)]
        for each in half:
            assert await closed(each) == b""
