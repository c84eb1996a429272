"""A port whose connections are limited in number and in time, which aiohttp does not do.

A connection serves one request, and has its time: whoever sends half of one, or reads an answer
slowly, holds nothing for long.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from monitor.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.typedefs import Handler

_SHUTDOWN = 1.0  # seconds that open requests have at the end
_A_SECOND = 1.0


class Limits(NamedTuple):
    """The most `connections` at a time: for a further one, one without a request is closed.

    `head` are the seconds in which the head of a request must have arrived, `whole` those that a
    connection lasts at most: its body, the work, the answer.
    """

    connections: int = 100
    head: float = 10.0
    whole: float = 60.0


class PortError(MonitorError):
    """A port cannot be used; the message is the system's reason."""


@asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, limits: Limits | None = None
) -> AsyncIterator[int]:
    """Serve an application while the context lasts; yields its port. Raises PortError."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN)
    limited = _Limited(runner, limits or Limits())
    app.on_response_prepare.append(limited.answered)
    app.middlewares.insert(0, limited.asked)
    await runner.setup()
    try:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(limited.connect, host, port)
        except OSError as error:
            raise PortError(error.strerror or str(error)) from error
        ending = loop.create_task(limited.end_late())
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            ending.cancel()
            server.close()
    finally:
        await runner.cleanup()


class _Limited:
    """Limits the connections of a server."""

    def __init__(self, runner: web.AppRunner, limits: Limits) -> None:
        self._runner = runner
        self._limits = limits
        self._since: dict[web.RequestHandler, float] = {}
        self._asked: set[web.RequestHandler] = set()  # the head of their request has arrived

    def connect(self) -> asyncio.BaseProtocol:
        """Return the protocol of a new connection, in place of the oldest without a request."""
        server = self._runner.server
        if server is None:
            return _Refusal()
        present = server.connections
        surplus = len(present) + 1 - self._limits.connections
        silent = [each for each in present if each not in self._asked][: max(0, surplus)]
        for each in silent:
            _abort(each)
        if len(silent) < surplus:
            return _Refusal()
        return server()

    async def end_late(self) -> None:
        """Close, each second, the connections whose time is over."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(_A_SECOND)
            now = clock()
            present = self._runner.server.connections if self._runner.server else []
            self._since = {each: self._since.get(each, now) for each in present}
            self._asked.intersection_update(present)
            for each, since in self._since.items():
                limit = self._limits.whole if each in self._asked else self._limits.head
                if now - since > limit:
                    _abort(each)

    @web.middleware
    async def asked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note that the head of a request has arrived."""
        self._asked.add(request.protocol)
        return await handler(request)

    async def answered(self, _: web.Request, response: web.StreamResponse) -> None:
        """Let the connection end with its answer."""
        response.force_close()
        response.headers["Connection"] = "close"  # aiohttp's own were made before


class _Refusal(asyncio.Protocol):
    """A connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close the connection."""
        if isinstance(transport, asyncio.Transport):
            transport.abort()


def _abort(protocol: web.RequestHandler) -> None:
    """Close a connection, also where its peer does not read."""
    if isinstance(protocol.transport, asyncio.Transport):
        protocol.transport.abort()
