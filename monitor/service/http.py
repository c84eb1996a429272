"""HTTP servers of the service: `/metrics`, `/healthz` and `/readyz` on a loopback port."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from monitor.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from monitor.service.metrics import Metrics

_TEXT = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}  # Prometheus's text format
_SHUTDOWN = 60.0  # seconds that open requests have at the end, aiohttp's default


@asynccontextmanager
async def health_server(
    port: int, metrics: Metrics, unready: Callable[[], Awaitable[str]]
) -> AsyncIterator[None]:
    """Serve while the context lasts; `unready` returns why the service is not ready, or "".

    `/healthz` answers 200 whenever the event loop runs, `/readyz` 503 with the reason when not
    ready. Raises MonitorError when the port is taken.
    """

    async def measured(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers=_TEXT)

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


@asynccontextmanager
async def serving(
    routes: list[web.RouteDef],
    host: str,
    port: int,
    setting: str,
    *,
    shutdown_timeout: float = _SHUTDOWN,
) -> AsyncIterator[None]:
    """Serve routes while the context lasts.

    Raises MonitorError when the port is taken; its message begins with `setting`, which names the
    setting and its value.
    """
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=shutdown_timeout)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise MonitorError(f"{setting} cannot be used: {error.strerror}") from error
        yield
    finally:
        await runner.cleanup()
