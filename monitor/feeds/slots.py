"""Connections of a server: a few at a time, and one that hangs takes no place for long.

Politeness by host is decided where feeds are claimed; feeds of one's own server are exempt from it,
so this is what limits them.
"""

from __future__ import annotations

import asyncio
from typing import Self
from weakref import WeakValueDictionary

PER_SERVER = 8  # fetches; a small server drops more connections, and each one then costs seconds
SLOW = 2.0  # seconds after which a fetch is the server's problem, and no more a reason to wait


class Slots:
    """Lets `PER_SERVER` fetches of a server run at a time, not counting those that are slow."""

    def __init__(self, slow: float = SLOW) -> None:
        self._slow = slow
        self._servers: WeakValueDictionary[str, _Server] = WeakValueDictionary()

    def one_of(self, server: str) -> _Place:
        """Return a place at a server (its host and port): `async with` waits for it."""
        found = self._servers.get(server)
        if found is None:
            found = self._servers[server] = _Server(self._slow)
        return _Place(found)


class _Place:
    """A place at a server, kept until the end or until slow."""

    def __init__(self, server: _Server) -> None:
        self._server = server

    async def __aenter__(self) -> Self:
        await self._server.enter(self)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.leave(self)


class _Server:
    """The places of a server; those of slow fetches are looked for while others wait."""

    def __init__(self, slow: float) -> None:
        self._slow = slow
        self._free = asyncio.Semaphore(PER_SERVER)
        self._loop = asyncio.get_running_loop()
        self._taken: dict[_Place, float] = {}  # when, by the loop's time; the oldest first
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self, place: _Place) -> None:
        if self._free.locked() and not self._timer:
            self._look_later()
        await self._free.acquire()
        self._taken[place] = self._loop.time()

    def leave(self, place: _Place) -> None:
        if self._taken.pop(place, None) is not None:
            self._free.release()

    def _look_later(self) -> None:
        oldest = next(iter(self._taken.values()), self._loop.time())
        self._timer = self._loop.call_at(oldest + self._slow, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        for place in [place for place, at in self._taken.items() if at + self._slow <= now]:
            self.leave(place)
        if self._free.locked():
            self._look_later()
