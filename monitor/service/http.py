"""`/metrics`, `/healthz` and `/readyz` on a port of loopback."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from monitor.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from monitor.service.metrics import Metrics

_TEXT = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}


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

    app = web.Application()
    app.add_routes(
        [web.get("/metrics", measured), web.get("/healthz", healthy), web.get("/readyz", ready)]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError as error:
            message = f"service.http_port: port {port} cannot be used: {error.strerror}"
            raise MonitorError(message) from error
        yield
    finally:
        await runner.cleanup()
