"""HTTP servers of the service: `/metrics`, `/healthz` and `/readyz` on a loopback port.

A connection serves one request, and has its time: whoever sends half of one holds nothing for long.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from monitor.errors import MonitorError
from monitor.web.app import serving_desk
from monitor.web.desk import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from aiohttp.typedefs import Handler

    from monitor.config.load import Config

_TEXT = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}  # Prometheus's text format
_SHUTDOWN = 1.0  # seconds that open requests have at the end
_CONNECTIONS = 100  # of a port at a time; for a further one, one without a request is closed
_HEAD = 10.0  # seconds in which the head of a request must have arrived
_WHOLE = 60.0  # seconds that a connection lasts at most: its body, the work, the answer


@asynccontextmanager
async def health_server(
    port: int, metrics: Callable[[], Awaitable[bytes]], unready: Callable[[], Awaitable[str]]
) -> AsyncIterator[None]:
    """Serve while the context lasts.

    `metrics` returns their text, `unready` why the service is not ready, or "".

    `/healthz` answers 200 whenever the event loop runs, `/readyz` 503 with the reason when not
    ready. Raises MonitorError when the port is taken.
    """

    async def measured(_: web.Request) -> web.Response:
        return web.Response(body=await metrics(), headers=_TEXT)

    async def healthy(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        reason = await unready()
        return web.Response(status=503 if reason else 200, text=f"{reason or 'ok'}\n")

    routes = [
        web.get("/metrics", measured),
        web.get("/healthz", healthy),
        web.get("/readyz", ready),
    ]
    setting = f"service.http_port: port {port}"
    async with serving(routes, "127.0.0.1", port, setting):
        yield


def desk_server(config: Config, port: int) -> AbstractAsyncContextManager[str]:
    """Return the server of the desk in a browser, see `monitor.web.app.serving_desk`."""
    desk = Desk(config.database, config.path)
    return serving_desk(desk, config.web, config.web.host, port)


@asynccontextmanager
async def serving(
    routes: list[web.RouteDef], host: str, port: int, setting: str
) -> AsyncIterator[None]:
    """Serve routes while the context lasts.

    Raises MonitorError when the port is taken; its message begins with `setting`, which names the
    setting and its value.
    """
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN)
    limited = _Limited(runner)
    app.on_response_prepare.append(limited.answered)
    app.middlewares.append(limited.asked)
    await runner.setup()
    try:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(limited.connect, host, port)
        except OSError as error:
            raise MonitorError(f"{setting} cannot be used: {error.strerror}") from error
        ending = loop.create_task(limited.end_late())
        try:
            yield
        finally:
            ending.cancel()
            server.close()
    finally:
        await runner.cleanup()


class _Limited:
    """Limits the connections of a server in number and in time, which aiohttp does not."""

    def __init__(self, runner: web.AppRunner) -> None:
        self._runner = runner
        self._since: dict[web.RequestHandler, float] = {}
        self._asked: set[web.RequestHandler] = set()  # the head of their request has arrived

    def connect(self) -> asyncio.BaseProtocol:
        """Return the protocol of a new connection, in place of the oldest without a request."""
        server = self._runner.server
        if server is None:
            return _Refusal()
        present = server.connections
        surplus = len(present) + 1 - _CONNECTIONS
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
            await asyncio.sleep(1.0)
            now = clock()
            present = self._runner.server.connections if self._runner.server else []
            self._since = {each: self._since.get(each, now) for each in present}
            self._asked.intersection_update(present)
            for each, since in self._since.items():
                limit = _WHOLE if each in self._asked else _HEAD
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
