"""Connections of a server: a few at a time, and one that hangs takes no place for long.

Politeness by host is decided where feeds are claimed; feeds of one's own server are exempt from it,
so this is what limits them.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PER_SERVER = 8  # fetches; a small server drops more connections, and each one then costs seconds
SLOW = 2.0  # seconds after which a fetch is the server's problem, and no more a reason to wait


class Slots:
    """Lets `PER_SERVER` fetches of a server run at a time, not counting those that are slow."""

    def __init__(self, slow: float = SLOW) -> None:
        self._slow = slow
        self._servers: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def one_of(self, address: str) -> AsyncIterator[None]:
        """Wait for a place at an address's server, and keep it until the end or until slow."""
        server = _server(address)
        free = self._servers.get(server)
        if free is None:
            free = self._servers[server] = asyncio.Semaphore(PER_SERVER)
        await free.acquire()
        given_back = False

        def give_back() -> None:
            nonlocal given_back
            if not given_back:
                given_back = True
                free.release()

        slow = asyncio.get_running_loop().call_later(self._slow, give_back)
        try:
            yield
        finally:
            slow.cancel()
            give_back()


def _server(address: str) -> str:
    """Return the host and port of an address; of one that cannot be read, the address."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        return address
