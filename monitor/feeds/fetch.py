"""A feed's address → its bytes, over aiohttp. Decides nothing, keeps nothing.

Every connection passes the address guard (`guard`), what a server sends is read as browsers read it
(`lenient`, `decompress`), and the size limit counts decompressed bytes. An answer that ends early
is returned as far as it came, without what would make the next answer a "not modified".
"""

from __future__ import annotations

import re
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from hashlib import blake2b
from http.client import responses
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies_environment
from weakref import WeakSet

import aiohttp
from yarl import URL

from monitor.errors import FetchError, PollReason
from monitor.feeds.bot_walls import (
    LONGEST_PAGE,
    REFUSALS,
    consent_page,
    wall_by_headers,
    wall_by_page,
)
from monitor.feeds.decompress import ACCEPTED, Body
from monitor.feeds.explain import explain
from monitor.feeds.guard import any_socket, mark_proxied, public_socket
from monitor.feeds.lenient import LONGEST_LINE, MOST_HEADERS, LenientHandler
from monitor.feeds.resolve import FRESH, Resolver
from monitor.feeds.slots import Slots
from monitor.feeds.websub import LONGEST_ADDRESS, named_hub
from monitor.model import DueFeed, Feed, Fetched, Hub
from monitor.network import MAX_REDIRECTS

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse

_FIRST_REFUSED = MAX_REDIRECTS + 1  # aiohttp's limit is the first redirect that it does not follow
_CHUNK = 1 << 16
_OK, _NOT_MODIFIED = 200, 304
_PERMANENT = frozenset({301, 308})
_KEEP_FORM = frozenset({307, 308})  # redirects that send the form on
_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
_HEADERS = {"Accept": _ACCEPT, "Accept-Encoding": ACCEPTED}
_LIMITS: dict[str, Any] = {
    "max_line_size": LONGEST_LINE, "max_field_size": LONGEST_LINE, "max_headers": MOST_HEADERS
}  # fmt: skip
_QUOTED = re.compile(
    r"""https?://[^\s"<>\[\]\\^`{|}\x00-\x20\x7f-\U0010ffff]+"""
)  # nothing to quote
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s?=\s?\"?([0-9]{1,9})", re.IGNORECASE)
_PHRASES = {**responses, 410: "closed by its publisher"}


class _Connector(aiohttp.TCPConnector):
    """Refuses ws:// and wss://, which aiohttp treats as http:// and https://; mends heads."""

    allowed_protocol_schema_set = frozenset({"http", "https"})

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._factory: Any = partial(LenientHandler, loop=self._loop)


class Fetcher:
    """Sessions that connect to public addresses only, and sessions for `allow_private` feeds.

    The two kinds share no connection, so a guarded feed cannot use an unguarded one. Use as an
    async context manager. `timeout` is in seconds for the whole exchange, `max_body` in bytes,
    `at_once` the most connections of a session. aiohttp keeps any number of idle connections: from
    `keep` open ones on, those of new requests are closed after the answer. Proxies are the feed's
    own, or those of the environment at the start (HTTP_PROXY, HTTPS_PROXY, NO_PROXY).
    """

    def __init__(
        self, *, timeout: float, max_body: int, user_agent: str, at_once: int, keep: int = 200
    ) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._max_body = max_body
        self._user_agent = user_agent
        self._at_once = at_once
        self._keep = keep
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._proxies = bool(getproxies_environment())  # without proxies, no look-ups
        self._stack = AsyncExitStack()
        self._slots = Slots()

    async def __aenter__(self) -> Self:
        """Open the sessions: by `allow_private`, and whether they keep connections."""
        self._resolver = Resolver()  # for all of them: it remembers the last addresses
        self._sessions = {
            (private, keeps): await self._stack.enter_async_context(self._session(private, keeps))
            for private in (False, True)
            for keeps in (False, True)
        }
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close all connections."""
        await self._stack.aclose()

    def _session_for(self, *, allow_private: bool) -> aiohttp.ClientSession:
        if len(self._sockets) >= self._keep:
            for each in [each for each in self._sockets if each.fileno() < 0]:  # closed meanwhile
                self._sockets.discard(each)
        return self._sessions[allow_private, len(self._sockets) < self._keep]

    def _session(self, private: bool, keeps: bool) -> aiohttp.ClientSession:  # noqa: FBT001 - both
        def connect(info: tuple[Any, ...]) -> socket.socket:
            opened = any_socket(info) if private else public_socket(info)
            self._sockets.add(opened)
            return opened

        return aiohttp.ClientSession(
            connector=_Connector(
                limit=self._at_once,
                resolver=self._resolver,
                ttl_dns_cache=FRESH,
                socket_factory=connect,
                force_close=not keeps,
            ),
            timeout=self._timeout,
            headers={**_HEADERS, "User-Agent": self._user_agent},
            auto_decompress=False,
            **_LIMITS,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=self._proxies,
        )

    async def fetch(self, feed: Feed, due: DueFeed) -> Fetched:
        """Return the feed's answer, without a body where that is the same as last time.

        Fetches `due.moved_to` (the remembered target of a permanent redirect) when set, otherwise
        the feed's address. Raises FetchError; its text never holds the address.
        """
        session = self._session_for(allow_private=feed.allow_private)
        conditions = {"If-None-Match": due.etag, "If-Modified-Since": due.last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        address = (feed.may_move and due.moved_to) or feed.address
        try:
            url = _as_written(address)
            async with (
                self._slots.one_of((url.host_port_subcomponent or "").lower()),
                session.get(
                    url,
                    headers=headers,
                    max_redirects=_FIRST_REFUSED,
                    proxy=feed.proxy or None,
                    middlewares=self._middlewares(feed),
                ) as response,
            ):
                return await self._read(response, feed, due)
        except FetchError:
            raise
        except Exception as error:  # noqa: BLE001 - aiohttp lets through what ssl, socket, yarl raise
            raise explain(error) from None  # its text may hold the address

    def _middlewares(self, feed: Feed) -> tuple[ClientMiddlewareType, ...]:
        guard = (mark_proxied,) if self._proxies or feed.proxy else ()
        own = (_own_headers(feed.headers),) if feed.headers else ()
        return (*guard, _cookies(), *own)

    async def _read(self, response: ClientResponse, feed: Feed, due: DueFeed) -> Fetched:
        moved_to = _moved_to(response) if feed.may_move else None
        if response.status == _NOT_MODIFIED:
            return Fetched(
                None,
                due.body_digest,
                due.etag,
                due.last_modified,
                fresh_for=_fresh_for(response.headers),
                moved_to=moved_to,
            )
        if response.status != _OK:
            raise await _refusal(response)
        body, is_whole = await read_body(response, self._max_body)
        if wall := _wall(response, body):
            raise FetchError(PollReason.BLOCKED, wall)
        return _fetched(response, body, moved_to, due.body_digest if is_whole else None)

    async def ask_hub(
        self, address: str, fields: Mapping[str, str], *, allow_private: bool = False
    ) -> None:
        """Post a form to a feed's hub, under the same guard.

        Raises FetchError if the hub refuses, or redirects without keeping the form (307, 308 do).
        """
        session = self._session_for(allow_private=allow_private)
        try:
            async with session.post(
                address,
                data=dict(fields),
                max_redirects=_FIRST_REFUSED,
                middlewares=(mark_proxied,) if self._proxies else (),
            ) as response:
                hops = [hop.status for hop in response.history]
                status = response.status
        except Exception as error:  # noqa: BLE001 - aiohttp lets through what ssl, socket, yarl raise
            raise explain(error) from None
        form_lost = [hop for hop in hops if hop not in _KEEP_FORM]
        if form_lost:
            status = form_lost[0]
        if not _OK <= status < _OK + 100:
            raise FetchError.of_status(status, _PHRASES.get(status, ""))


async def _refusal(response: ClientResponse) -> FetchError:
    """Return the error for a status without a document: the bot wall's, if one is behind it."""
    body = b""
    if response.status in REFUSALS:
        with suppress(FetchError, TimeoutError):
            body, _ = await read_body(response, LONGEST_PAGE)
    retry_after = _retry_after(response.headers)
    if wall := _wall(response, body):
        return FetchError(PollReason.BLOCKED, wall, retry_after)
    phrase = _PHRASES.get(response.status, "")  # the server's own may quote the address
    return FetchError.of_status(response.status, phrase, retry_after)


async def read_body(response: ClientResponse, at_most: int) -> tuple[bytes, bool]:
    """Return the content that came, of `at_most` bytes, and whether that is all of it."""
    body = Body(response.headers.get("Content-Encoding", ""), at_most)
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            body.feed(chunk)
    except (
        aiohttp.ClientPayloadError,
        aiohttp.ClientConnectionError,
        ConnectionError,
    ) as error:
        if isinstance(error, TimeoutError):
            raise
        if not body.content:
            raise FetchError(PollReason.BROKEN_OFF, "the answer ended before its content") from None
        return bytes(body.content), False
    return bytes(body.content), body.is_whole


def _wall(response: ClientResponse, body: bytes) -> str:
    """Return the bot wall or consent page that answered in a feed's place, "" for neither."""
    by_headers = wall_by_headers(response.status, response.headers)
    if by_headers or not response.history:
        return by_headers or wall_by_page(body)
    asked, final = str(response.history[0].url), str(response.url)
    return consent_page(body, asked, final) or wall_by_page(body)


def _fetched(
    response: ClientResponse, body: bytes, moved_to: str | None, last_digest: bytes | None
) -> Fetched:
    """Return an answer, without its body where that has the digest of the last one.

    `last_digest` is None for an answer that was cut off: it has no digest and no validators.
    """
    headers = response.headers
    digest = blake2b(body, digest_size=16).digest()
    fetched = Fetched(
        body=None if digest == last_digest else body,
        body_digest=digest,
        etag=_validator(headers.get("ETag", "")),
        last_modified=_validator(headers.get("Last-Modified", "")),
        content_type=headers.get("Content-Type", ""),
        served_at=_date(headers.get("Date", "")),
        final_url=str(response.url.with_query(None).with_fragment(None).with_user(None)),
        fresh_for=_fresh_for(headers),
        moved_to=moved_to,
        hub=_named_hub(response),
    )
    return fetched if last_digest is not None else fetched.without_memory()


def _cookies() -> ClientMiddlewareType:
    """Return a middleware that keeps cookies for one fetch: some redirects ask for their own."""
    jar: aiohttp.CookieJar | None = None

    async def keep(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        nonlocal jar
        if jar and (cookies := jar.filter_cookies(request.url)):
            request.update_cookies(cookies)
        response = await handler(request)
        if response.cookies:
            jar = jar or aiohttp.CookieJar(unsafe=True)  # of hosts without a name, too
            jar.update_cookies(response.cookies, response.url)
        return response

    return keep


def _as_written(address: str) -> URL:
    """Return an address that is sent as it is: yarl would decode `%2F` and `%3A` in its query.

    Raises InvalidURL.
    """
    try:
        return URL(address, encoded=bool(_QUOTED.fullmatch(address)))
    except ValueError as error:
        raise aiohttp.InvalidURL(address) from error


def _own_headers(headers: tuple[tuple[str, str], ...]) -> ClientMiddlewareType:
    """Return a middleware that adds a feed's headers for its own server, and for no other."""
    origin: Any = None

    async def add(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        nonlocal origin
        origin = origin or request.url.origin()
        if request.url.origin() == origin:
            request.headers.update(headers)
        return await handler(request)

    return add


def _named_hub(response: ClientResponse) -> Hub | None:
    """Return the hub in the Link headers, None for none."""
    if "Link" not in response.headers:
        return None
    try:
        links = [(rel, str(link["url"])) for rel, link in response.links.items() if "url" in link]
    except ValueError:  # a malformed address
        return None
    return named_hub(links, "")


def _moved_to(response: ClientResponse) -> str | None:
    """Return the target of redirects that are all permanent, None for others.

    A redirect with a user or password in its address is followed, but not remembered.
    """
    hops = response.history
    if not hops or len(address := str(response.url.with_fragment(None))) > LONGEST_ADDRESS:
        return None
    for hop in hops:
        if hop.status not in _PERMANENT or "@" in urlsplit(hop.headers.get("Location", "")).netloc:
            return None
    return address


def _fresh_for(headers: Any) -> float:
    """Return the seconds for which nothing changes (max-age, Expires), by the server's clock."""
    if found := _MAX_AGE.search(headers.get("Cache-Control", "")):
        age = headers.get("Age", "").strip()
        return max(0.0, float(found[1]) - (float(age) if age.isdecimal() else 0.0))
    expires = headers.get("Expires")
    return (expires and _seconds_until(expires, headers)) or 0.0


def _validator(value: str) -> str:
    """Return a header that can be sent back unchanged, "" for one that cannot."""
    return value if value.isascii() and value.isprintable() else ""


def _retry_after(headers: Any) -> float | None:
    """Return Retry-After in seconds, None without a usable one."""
    value = headers.get("Retry-After", "").strip()
    return float(value) if value.isdecimal() else _seconds_until(value, headers)


def _seconds_until(value: str, headers: Any) -> float | None:
    """Return the seconds from the server's Date to an HTTP date; None where one is malformed."""
    until, served_at = _date(value), _date(headers.get("Date", ""))
    return max(0.0, (until - served_at).total_seconds()) if until and served_at else None


def _date(value: str) -> datetime | None:
    """Return an HTTP date, None for a malformed one."""
    try:
        at = parsedate_to_datetime(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):  # a year of twenty digits
        return None
