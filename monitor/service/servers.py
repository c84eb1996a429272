"""The HTTP servers that a configuration asks for; others cost no loading of libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack

    from monitor.config.load import Config
    from monitor.service.websub_subscriber import Subscriber


async def open_health(
    stack: AsyncExitStack,
    config: Config,
    metrics: Callable[[], Awaitable[bytes]],
    unready: Callable[[], Awaitable[str]],
) -> None:
    """Open the server of metrics and health, if configured. Raises MonitorError."""
    if port := config.service.http_port:
        from monitor.service.http import health_server

        await stack.enter_async_context(health_server(port, metrics, unready))


async def open_public(stack: AsyncExitStack, config: Config, subscriber: Subscriber | None) -> None:
    """Open the server that hubs call and that of the desk, if configured. Raises MonitorError."""
    if (websub := config.websub) and subscriber:
        from monitor.service.websub_server import callback_server

        max_body = config.polling.max_body
        server = callback_server(websub.host, websub.port, max_body, subscriber)
        await stack.enter_async_context(server)
    if port := config.web.port:
        from monitor.service.http import desk_server

        await stack.enter_async_context(desk_server(config, port))
