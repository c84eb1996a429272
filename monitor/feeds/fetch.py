"""A feed's address → its bytes, over aiohttp. Decides nothing, keeps nothing.

The address guard sits in the socket factory, the last place before a connection is made: it sees
every address whatever name or redirect led there, so neither a literal nor a DNS answer that
changes between two look-ups gets past it. A request through a proxy connects to that, wherever it
is, and what it may reach is for the proxy to say; a hop that goes direct is guarded all the same.
The size limit counts decompressed bytes.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from contextlib import AsyncExitStack
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from http.client import responses
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

import aiohttp

from monitor.errors import FetchError, PollReason
from monitor.feeds.websub import named_hub
from monitor.model import DueFeed, Feed, Fetched, Hub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse

MAX_REDIRECTS = 5
_CHUNK = 1 << 16
_PER_SERVER = 8  # connections; a small server drops more of them, and each then costs seconds
_OK, _NOT_MODIFIED = 200, 304
_PERMANENT = frozenset({301, 308})
_KEEPING = frozenset({307, 308})  # redirects that keep the form of a request
_LONGEST_ADDRESS = 2_000  # characters; no longer one is remembered
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s?=\s?\"?([0-9]{1,9})", re.IGNORECASE)
_PHRASES = {**responses, 410: "closed by its publisher"}
# What OpenSSL calls X509_V_ERR_…; its own words may hold the name of the host.
_CERTIFICATE = {
    9: "it is not valid yet", 10: "it has expired", 18: "it is signed by itself",
    19: "it is signed by itself", 20: "nobody known vouches for it",
    21: "nobody known vouches for it", 62: "it is for another host", 64: "it is for another host",
}  # fmt: skip
_proxied: ContextVar[bool] = ContextVar("_proxied", default=False)


class _Connector(aiohttp.TCPConnector):
    """aiohttp would take ws:// for http://."""

    allowed_protocol_schema_set = frozenset({"http", "https"})


class Fetcher:
    """Two sessions: one that connects to public addresses only, one for `allow_private` feeds.

    They share no connection, so a guarded feed cannot ride on an unguarded one. Use as an async
    context manager. `timeout` is in seconds for the whole exchange, `max_body` in bytes. Proxies
    are those of the environment at the start (HTTP_PROXY, HTTPS_PROXY, NO_PROXY) or the feed's own.
    """

    def __init__(self, *, timeout: float, max_body: int, user_agent: str, at_once: int) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._max_body = max_body
        self._user_agent = user_agent
        self._at_once = at_once
        self._proxies = bool(getproxies_environment())  # without any no time is spent on them
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
            connector=_Connector(
                limit=self._at_once, limit_per_host=_PER_SERVER, socket_factory=socket_factory
            ),
            timeout=self._timeout,
            headers={"User-Agent": self._user_agent, "Accept": _ACCEPT},
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=self._proxies,
        )

    async def fetch(self, feed: Feed, due: DueFeed) -> Fetched:
        """Return the feed's answer, with no body where it is the same as last time.

        Where permanent redirects led before is asked, if anywhere. Raises FetchError; its text
        never holds the address.
        """
        session = self._private if feed.allow_private else self._public
        conditions = {"If-None-Match": due.etag, "If-Modified-Since": due.last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        try:
            limit = MAX_REDIRECTS + 1  # aiohttp means the first that it does not follow
            async with session.get(
                (feed.may_move and due.moved_to) or feed.address,
                headers=headers,
                max_redirects=limit,
                proxy=feed.proxy or None,
                middlewares=self._middlewares(feed),
            ) as response:
                return await self._read(response, feed, due)
        except FetchError:
            raise
        except Exception as error:  # noqa: BLE001 - aiohttp lets through what ssl, socket, yarl raise
            raise _explain(error) from None  # its text may hold the address

    def _middlewares(self, feed: Feed) -> tuple[ClientMiddlewareType, ...]:
        guard = (_mark_proxied,) if self._proxies or feed.proxy else ()
        return (*guard, _own_headers(feed.headers)) if feed.headers else guard

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
            retry_after = _retry_after(response.headers)
            phrase = _PHRASES.get(response.status, "")  # the server's own may quote the address
            raise FetchError.of_status(response.status, phrase, retry_after)
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._max_body:
                raise FetchError(PollReason.TOO_LARGE, f"more than {self._max_body} bytes")
        digest = blake2b(body, digest_size=16).digest()
        return Fetched(
            body=None if digest == due.body_digest else bytes(body),
            body_digest=digest,
            etag=_validator(response.headers.get("ETag", "")),
            last_modified=_validator(response.headers.get("Last-Modified", "")),
            content_type=response.headers.get("Content-Type", ""),
            served_at=_date(response.headers.get("Date", "")),
            final_url=str(response.url.with_query(None).with_fragment(None).with_user(None)),
            fresh_for=_fresh_for(response.headers),
            moved_to=moved_to,
            hub=_named_hub(response),
        )

    async def ask_hub(
        self, address: str, fields: Mapping[str, str], *, allow_private: bool = False
    ) -> None:
        """Post a form to a feed's hub, under the same guard. Raises FetchError if it is refused.

        Only a redirect that keeps the form (307, 308) is followed.
        """
        session = self._private if allow_private else self._public
        try:
            async with session.post(
                address,
                data=dict(fields),
                max_redirects=MAX_REDIRECTS + 1,
                middlewares=(_mark_proxied,) if self._proxies else (),
            ) as response:
                hops = [hop.status for hop in response.history]
                status = response.status
        except Exception as error:  # noqa: BLE001 - aiohttp lets through what ssl, socket, yarl raise
            raise _explain(error) from None
        lost = next((hop for hop in hops if hop not in _KEEPING), None)
        if lost or not _OK <= status < _OK + 100:
            raise FetchError.of_status(lost or status, _PHRASES.get(lost or status, ""))


def _own_headers(headers: tuple[tuple[str, str], ...]) -> ClientMiddlewareType:
    """Send a feed's own headers to its own server, and to no other that it redirects to."""
    origin: Any = None

    async def add(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        nonlocal origin
        origin = origin or request.url.origin()
        if request.url.origin() == origin:
            request.headers.update(headers)
        return await handler(request)

    return add


async def _mark_proxied(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Tell the socket factory whether this hop connects to a proxy."""
    token = _proxied.set(request.proxy is not None)
    try:
        return await handler(request)
    finally:
        _proxied.reset(token)


def _named_hub(response: ClientResponse) -> Hub | None:
    """Return the hub of the Link headers, None where they name none."""
    if "Link" not in response.headers:
        return None
    try:
        links = [(rel, str(link["url"])) for rel, link in response.links.items() if "url" in link]
    except ValueError:  # an address that is none
        return None
    return named_hub(links, "")


def _moved_to(response: ClientResponse) -> str | None:
    """Return where redirects led that are all permanent, or None.

    One that gives a password along is followed but not remembered.
    """
    address = str(response.url.with_fragment(None))
    hops = response.history
    if not hops or len(address) > _LONGEST_ADDRESS:
        return None
    for hop in hops:
        if hop.status not in _PERMANENT or "@" in urlsplit(hop.headers.get("Location", "")).netloc:
            return None
    return address


def _fresh_for(headers: Any) -> float:
    """Return for how many seconds an answer stays as it is, by its server's own clock."""
    served_at = _date(headers.get("Date", ""))
    if found := _MAX_AGE.search(headers.get("Cache-Control", "")):
        age = headers.get("Age", "").strip()
        return max(0.0, float(found[1]) - (float(age) if age.isdecimal() else 0.0))
    until = _date(headers.get("Expires", ""))
    return max(0.0, (until - served_at).total_seconds()) if until and served_at else 0.0


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
    if not _proxied.get() and not is_public(address[0]):
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
            return FetchError(
                PollReason.REFUSED_ADDRESS, "not a public address; allow_private permits it"
            )
        if isinstance(cause, ssl.SSLCertVerificationError) and hasattr(cause, "verify_code"):
            known = _CERTIFICATE.get(cause.verify_code, "it cannot be trusted")
            return FetchError(PollReason.CERTIFICATE, known)
    not_http = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)
    proxy = (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)
    kinds: list[tuple[tuple[type[BaseException], ...], PollReason, str]] = [
        ((TimeoutError,), PollReason.TIMEOUT, "no complete answer in time"),
        (
            (aiohttp.ClientConnectorDNSError, socket.gaierror),
            PollReason.DNS,
            "the name was not found",
        ),
        (proxy, PollReason.PROXY, "the proxy does not answer, or refuses"),
        ((ssl.SSLError, ssl.CertificateError), PollReason.TLS, "the handshake failed"),
        ((aiohttp.TooManyRedirects,), PollReason.REDIRECTS, f"more than {MAX_REDIRECTS} redirects"),
        (not_http, PollReason.BAD_ADDRESS, "not an http or https address"),
        ((aiohttp.ClientPayloadError,), PollReason.ENCODING, "the body is broken or cut off"),
        ((ConnectionRefusedError,), PollReason.CONNECTION, "nobody answers at that port"),
    ]
    for types, reason, detail in kinds:
        if any(isinstance(cause, types) for cause in causes):
            return FetchError(reason, detail)
    return FetchError(PollReason.CONNECTION, type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
