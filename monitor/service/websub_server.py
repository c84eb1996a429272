"""The callback server for hubs (WebSub), behind a reverse proxy that terminates HTTPS."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from monitor.service.http import serving
from monitor.service.websub_subscriber import BUSY, NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.service.websub_subscriber import Subscriber

_READING = 20.0  # seconds in which a body must have arrived
_AT_ONCE = 8  # bodies in memory
_CHUNK = 1 << 16  # bytes
_PATH = "/{folder:(.*/)?}{token:[A-Za-z0-9_-]{20,100}}"
# WebSub (W3C Recommendation), section 8.2: no browser may read an echoed challenge as a page.
_SAFE = {"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff"}


@asynccontextmanager
async def callback_server(
    host: str, port: int, max_body: int, subscriber: Subscriber
) -> AsyncIterator[None]:
    """Answer hubs while the context lasts; a pushed body has `max_body` bytes at most.

    The last segment of the path is the token; the segments before it belong to the reverse proxy.
    Raises MonitorError when the port is taken.
    """
    callback = _Callback(subscriber, max_body)
    routes = [web.get(_PATH, callback.verify, allow_head=False), web.post(_PATH, callback.receive)]
    setting = f"websub.port: {host}:{port}"
    async with serving(routes, host, port, setting):
        yield


class _Callback:
    """Turns the requests of hubs into calls of the subscriber."""

    def __init__(self, subscriber: Subscriber, max_body: int) -> None:
        self._subscriber = subscriber
        self._max_body = max_body
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def verify(self, request: web.Request) -> web.Response:
        """Answer a hub's verification of intent (GET) by echoing its challenge."""
        subscription = await self._subscriber.find(request.match_info["token"])
        if subscription is None:
            return web.Response(status=NOT_FOUND)
        echo = await self._subscriber.verify(subscription, request.query)
        if echo is None:
            return web.Response(status=NOT_FOUND)
        return web.Response(body=echo.encode(), headers=_SAFE)

    async def receive(self, request: web.Request) -> web.Response:
        """Answer a push (POST)."""
        subscription = await self._subscriber.find(request.match_info["token"])
        if subscription is None:
            return web.Response(status=NOT_FOUND)
        if self._slots.locked():
            return web.Response(status=BUSY, headers={"Retry-After": "30"})
        async with self._slots:
            body = await _read(request, self._max_body)
            content_type = request.headers.get("Content-Type", "")
            signature = request.headers.get("X-Hub-Signature", "")
            status = await self._subscriber.receive(subscription, body, content_type, signature)
        return web.Response(status=status)


async def _read(request: web.Request, max_body: int) -> bytes:
    """Return the body of a request; answers 413 where it is too large, 408 where too slow."""
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
