"""The page of an article → its answer, under the guard and the limits of feeds, by robots.txt.

A page is fetched without cookies of ours, without a login and without a feed's own headers. Another
status than 200 is an answer, too: what the publisher says of the page is observed, not guessed.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from monitor.errors import FetchError, PollReason
from monitor.feeds.explain import explain
from monitor.feeds.fetch import Fetcher, read_body
from monitor.feeds.guard import mark_proxied
from monitor.model.page import PageAnswer
from monitor.network import MAX_REDIRECTS
from monitor.text.normalize import origin

_OK = 200
_ACCEPT = {"Accept": "text/html, application/xhtml+xml;q=0.9"}
_AGENT = "monitor"  # by which robots.txt names this program
_MOST_ROBOTS = 512 << 10  # bytes that are read of robots.txt (RFC 9309: at least 500 KiB)
_MOST_HOSTS = 2_000  # of which robots.txt is remembered
_REMEMBERED = 86_400.0  # seconds (RFC 9309: at most a day)


class PageFetcher(Fetcher):
    """A fetcher of pages, which asks robots.txt before each; `proxy` carries all of it."""

    def __init__(
        self, *, timeout: float, max_body: int, user_agent: str, at_once: int, proxy: str = ""
    ) -> None:
        super().__init__(
            timeout=timeout, max_body=max_body, user_agent=user_agent, at_once=at_once, keep=0
        )
        self._proxy = proxy
        self._robots: dict[str, tuple[float, RobotFileParser]] = {}

    async def page(self, address: str, at: float, *, allow_private: bool = False) -> PageAnswer:
        """Return the answer of a page at a time (seconds since 1970).

        Raises FetchError where there is none, and where robots.txt asks to stay away.
        """
        if urlsplit(address).scheme not in {"http", "https"}:
            raise FetchError(PollReason.BAD_ADDRESS, "no page of http or https")
        robots = await self._robots_of(address, at, allow_private=allow_private)
        if not robots.can_fetch(_AGENT, address):
            raise FetchError(PollReason.HTTP_DENIED, "robots.txt asks programs to stay away")
        return await self._get(address, self._max_body, allow_private=allow_private)

    async def _robots_of(self, address: str, at: float, *, allow_private: bool) -> RobotFileParser:
        """Return what a host's robots.txt says (RFC 9309): unreachable forbids, missing allows."""
        host = origin(address)
        known = self._robots.get(host)
        if known and at - known[0] < _REMEMBERED:
            return known[1]
        robots = RobotFileParser()
        answer = await self._get(f"{host}robots.txt", _MOST_ROBOTS, allow_private=allow_private)
        if answer.status == _OK:
            robots.parse(answer.body.decode("utf-8", "replace").splitlines())
        elif answer.status >= _OK + 300:
            raise FetchError.of_status(answer.status, "robots.txt is not there for now")
        else:
            robots.allow_all = True  # type: ignore[attr-defined] # typeshed lacks it
        robots.modified()
        if len(self._robots) >= _MOST_HOSTS:
            self._robots.clear()
        self._robots[host] = at, robots
        return robots

    async def _get(self, address: str, most: int, *, allow_private: bool) -> PageAnswer:
        session = self._session_for(allow_private=allow_private)
        guard = (mark_proxied,) if self._proxies or self._proxy else ()
        try:
            async with session.get(
                address,
                headers=_ACCEPT,
                max_redirects=MAX_REDIRECTS,
                proxy=self._proxy or None,
                middlewares=guard,
            ) as response:
                body, _ = await read_body(response, most)
                return PageAnswer(
                    response.status,
                    response.reason or "",
                    tuple(response.headers.items()),
                    body,
                    str(response.url.with_fragment(None)),
                    response.headers.get("Content-Type", ""),
                )
        except FetchError:
            raise
        except Exception as error:  # noqa: BLE001 - aiohttp lets through what ssl, socket, yarl raise
            raise explain(error) from None
