"""A host's name → its addresses, by the system's own look-up, within a deadline.

The system's look-up (getaddrinfo) knows /etc/hosts, mDNS and whatever else the machine is set up
for, but asks name servers that stay silent for half a minute. A name that was found before keeps
its last addresses while no name server answers.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from aiohttp.resolver import ThreadedResolver

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

DEADLINE = 10.0  # seconds for a look-up
FRESH = 60  # seconds for which a connector asks no second time
_REMEMBERED = 20_000  # names whose last addresses are kept


class Resolver(ThreadedResolver):
    """Looks names up within `deadline` seconds, each in a thread that the event loop provides.

    The addresses are not judged here: the guard sees each of them before a connection is made.
    """

    def __init__(self, deadline: float = DEADLINE) -> None:
        super().__init__()
        self._deadline = deadline
        self._last: dict[tuple[str, int, int], list[ResolveResult]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return a host's addresses; the last ones where no name server answers.

        Raises gaierror, with the number EAI_AGAIN where no name server answers in time.
        """
        key = (host, port, family)
        try:
            async with asyncio.timeout(self._deadline):
                found = await super().resolve(host, port, family)
        except TimeoutError:
            silent = socket.gaierror(socket.EAI_AGAIN, "no answer")
        except socket.gaierror as error:
            silent = error
        else:
            self._remember(key, found)
            return found
        if silent.errno == socket.EAI_AGAIN and (last := self._last.get(key)):
            return last
        raise silent  # outside of `except`: a deadline in its context would be its reason

    def _remember(self, key: tuple[str, int, int], found: list[ResolveResult]) -> None:
        self._last.pop(key, None)
        self._last[key] = found
        if len(self._last) > _REMEMBERED:
            del self._last[next(iter(self._last))]
