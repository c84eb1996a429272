"""HTTP servers of the service: `/metrics`, `/healthz` and `/readyz` on a loopback port.

Connections are limited in number and time, see `monitor.web.connections`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from monitor.errors import MonitorError
from monitor.web.connections import PortError, listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from monitor.config.load import Config

_TEXT = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}  # Prometheus's text format


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
    from monitor.web.app import serving_desk
    from monitor.web.desk import Desk

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
    try:
        async with listening(app, host, port):
            yield
    except PortError as error:
        raise MonitorError(f"{setting} cannot be used: {error}") from error
