"""A feed's address → its bytes, over aiohttp. Decides nothing, keeps nothing.

The address guard sits in the socket factory, the last place before a connection is made: it sees
every address whatever name or redirect led there, so neither a literal nor a DNS answer that
changes between two look-ups gets past it. The size limit counts decompressed bytes.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from http.client import responses
from typing import TYPE_CHECKING, Any, Self

import aiohttp

from monitor.errors import FetchError
from monitor.model import DueFeed, Feed, Fetched

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_REDIRECTS = 5
_CHUNK = 1 << 16
_PER_SERVER = 8  # connections; a small server drops more of them, and each then costs seconds
_OK, _NOT_MODIFIED = 200, 304
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"


class Fetcher:
    """Two sessions: one that connects to public addresses only, one for `allow_private` feeds.

    They share no connection, so a guarded feed cannot ride on an unguarded one. Use as an async
    context manager. `timeout` is in seconds for the whole exchange, `max_body` in bytes.
    """

    def __init__(self, *, timeout: float, max_body: int, user_agent: str, at_once: int) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._max_body = max_body
        self._user_agent = user_agent
        self._at_once = at_once
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open both sessions."""
        self._public = await self._stack.enter_async_context(self._session(_public_socket))
        self._private = await self._stack.enter_async_context(self._session(None))
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close all connections."""
        await self._stack.aclose()

    def _session(self, socket_factory: Any) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._at_once, limit_per_host=_PER_SERVER, socket_factory=socket_factory
            ),
            timeout=self._timeout,
            headers={"User-Agent": self._user_agent, "Accept": _ACCEPT},
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def fetch(self, feed: Feed, due: DueFeed) -> Fetched:
        """Return the feed's answer, with no body where it is the same as last time.

        Raises FetchError; its text never holds the address.
        """
        session = self._private if feed.allow_private else self._public
        conditions = {"If-None-Match": due.etag, "If-Modified-Since": due.last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        try:
            limit = MAX_REDIRECTS + 1  # aiohttp means the first that it does not follow
            async with session.get(feed.address, headers=headers, max_redirects=limit) as response:
                return await self._read(response, due)
        except FetchError:
            raise
        except Exception as error:  # noqa: BLE001 - aiohttp lets through what ssl, socket, yarl raise
            raise _explain(error) from None  # its text may hold the address

    async def _read(self, response: aiohttp.ClientResponse, due: DueFeed) -> Fetched:
        if response.status == _NOT_MODIFIED:
            return Fetched(None, due.body_digest, due.etag, due.last_modified)
        if response.status != _OK:
            retry_after = _retry_after(response.headers)
            phrase = responses.get(response.status, "")  # the server's own may quote the address
            raise FetchError(f"http-{response.status}", phrase, retry_after)
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._max_body:
                raise FetchError("too-large", f"more than {self._max_body} bytes")
        digest = blake2b(body, digest_size=16).digest()
        return Fetched(
            body=None if digest == due.body_digest else bytes(body),
            body_digest=digest,
            etag=_validator(response.headers.get("ETag", "")),
            last_modified=_validator(response.headers.get("Last-Modified", "")),
            content_type=response.headers.get("Content-Type", ""),
            served_at=_date(response.headers.get("Date", "")),
            final_url=str(response.url.with_query(None).with_fragment(None).with_user(None)),
        )


def _validator(value: str) -> str:
    """Return a header that can be sent back as it is, or "" for one that cannot."""
    return value if value.isascii() and value.isprintable() else ""


def _retry_after(headers: Any) -> float | None:
    """Return Retry-After in seconds; a date counts from the server's own clock."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    until, served_at = _date(value), _date(headers.get("Date", ""))
    return max(0.0, (until - served_at).total_seconds()) if until and served_at else None


def _date(value: str) -> datetime | None:
    """Read an HTTP date, or None if it is none."""
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


class _RefusedAddressError(OSError):
    """An address that this feed may not lead to.

    All have one text: where a name has several addresses, the errors of the attempts reach us
    with their type only if they read the same.
    """


def _public_socket(info: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, _, address = info
    if not is_public(address[0]):
        raise _RefusedAddressError("not a public address")
    return socket.socket(family=family, type=kind, proto=protocol)


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet.

    An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4) is judged by that:
    `ipaddress` calls the last two global whatever they lead to.
    """
    ip: Any = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6:  # noqa: PLR2004 - the version of the protocol
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        ip = inner or ip
    local = ip.version == 6 and ip.is_site_local  # noqa: PLR2004 - deprecated, yet still in use
    return bool(ip.is_global) and not (ip.is_multicast or ip.is_reserved or local)


def _explain(error: Exception) -> FetchError:
    """Turn what went wrong into a reason, never quoting an address."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, _RefusedAddressError):
            return FetchError("refused-address", "not a public address; allow_private permits it")
    not_http = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)
    kinds: list[tuple[tuple[type[BaseException], ...], str, str]] = [
        ((TimeoutError,), "timeout", "no complete answer in time"),
        ((aiohttp.ClientConnectorDNSError, socket.gaierror), "dns", "the name was not found"),
        ((ssl.SSLError, ssl.CertificateError), "tls", "the certificate or the handshake failed"),
        ((aiohttp.TooManyRedirects,), "redirects", f"more than {MAX_REDIRECTS} redirects"),
        (not_http, "bad-address", "not an http or https address"),
        ((aiohttp.ClientPayloadError,), "encoding", "the body is broken or cut off"),
        ((ConnectionRefusedError,), "connection", "nobody answers at that port"),
    ]
    for types, reason, detail in kinds:
        if any(isinstance(cause, types) for cause in causes):
            return FetchError(reason, detail)
    return FetchError("connection", type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
