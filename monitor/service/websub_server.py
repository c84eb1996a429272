"""The address at which hubs find us (WebSub), behind a reverse proxy that speaks HTTPS."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from monitor.errors import MonitorError
from monitor.service.websub_subscriber import BUSY, NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.service.websub_subscriber import Subscriber

_READING = 20.0  # seconds in which a body must have come
_AT_ONCE = 8  # bodies in memory
_CHUNK = 1 << 16
# The Recommendation, section 8.2: an answer that echoes must not be taken for a page.
_SAFE = {"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff"}


@asynccontextmanager
async def callback_server(
    host: str, port: int, max_body: int, subscriber: Subscriber
) -> AsyncIterator[None]:
    """Answer hubs while the context lasts, `max_body` bytes at most.

    The last part of the path is the token; what stands before it is the reverse proxy's. Raises
    MonitorError when the port is taken.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def verify(request: web.Request) -> web.Response:
        subscription = await subscriber.find(request.match_info["token"])
        echo = await subscriber.verify(subscription, request.query) if subscription else None
        if echo is None:
            return web.Response(status=NOT_FOUND)
        return web.Response(body=echo.encode(), headers=_SAFE)

    async def take(request: web.Request) -> web.Response:
        subscription = await subscriber.find(request.match_info["token"])
        if subscription is None:
            return web.Response(status=NOT_FOUND)
        if slots.locked():
            return web.Response(status=BUSY, headers={"Retry-After": "30"})
        async with slots:
            body = await _read(request, max_body)
            kind = request.headers.get("Content-Type", "")
            signature = request.headers.get("X-Hub-Signature", "")
            return web.Response(status=await subscriber.take(subscription, body, kind, signature))

    app = web.Application()
    paths = "/{folder:(.*/)?}{token:[A-Za-z0-9_-]{20,100}}"
    app.add_routes([web.get(paths, verify, allow_head=False), web.post(paths, take)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            message = f"websub.port: {host}:{port} cannot be used: {error.strerror}"
            raise MonitorError(message) from error
        yield
    finally:
        await runner.cleanup()


async def _read(request: web.Request, max_body: int) -> bytes:
    """Return the body; one that is too large or too slow ends the request."""
    body = bytearray()
    try:
        async with asyncio.timeout(_READING):
            async for chunk in request.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > max_body:
                    raise web.HTTPRequestEntityTooLarge(max_body, len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)
