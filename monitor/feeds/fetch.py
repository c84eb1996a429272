"""A feed's address → its bytes, over aiohttp. Decides nothing, keeps nothing.

The address guard sits in the socket factory, the last place before a connection is made. The guard
sees every address whatever name or redirect led there, so neither an IP literal nor a DNS answer
that changes between two look-ups gets past. A request through a proxy may connect to the proxy,
wherever that is, and the proxy decides what it may reach; a hop that goes direct is guarded all the
same. The size limit counts decompressed bytes.
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
from weakref import WeakSet

import aiohttp
from yarl import URL

from monitor.errors import FetchError, PollReason
from monitor.feeds.resolve import FRESH, Resolver
from monitor.feeds.websub import LONGEST_ADDRESS, named_hub
from monitor.model import DueFeed, Feed, Fetched, Hub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse

MAX_REDIRECTS = 5
_FIRST_REFUSED = MAX_REDIRECTS + 1  # aiohttp's limit is the first redirect that it does not follow
_CHUNK = 1 << 16
_PER_SERVER = 8  # connections; a small server drops more, and each one then costs seconds
_OK, _NOT_MODIFIED = 200, 304
_PERMANENT = frozenset({301, 308})
_KEEP_FORM = frozenset({307, 308})  # redirects that send the form on
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
_QUOTED = re.compile(
    r"""https?://[^\s"<>\[\]\\^`{|}\x00-\x20\x7f-\U0010ffff]+"""
)  # nothing to quote
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s?=\s?\"?([0-9]{1,9})", re.IGNORECASE)
_PHRASES = {**responses, 410: "closed by its publisher"}
# By OpenSSL's X509_V_ERR_… codes; OpenSSL's own messages may hold the name of the host.
_CERTIFICATE = {
    9: "it is not valid yet", 10: "it has expired", 18: "it is signed by itself",
    19: "it is signed by itself", 20: "nobody known vouches for it",
    21: "nobody known vouches for it", 62: "it is for another host", 64: "it is for another host",
}  # fmt: skip
_proxied: ContextVar[bool] = ContextVar("_proxied", default=False)


class _Connector(aiohttp.TCPConnector):
    """Refuses ws:// and wss://, which aiohttp treats as http:// and https://."""

    allowed_protocol_schema_set = frozenset({"http", "https"})


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

    async def __aenter__(self) -> Self:
        """Open the sessions: by `allow_private`, and whether they keep connections."""
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
            opened = _any_socket(info) if private else _public_socket(info)
            self._sockets.add(opened)
            return opened

        return aiohttp.ClientSession(
            connector=_Connector(
                limit=self._at_once,
                limit_per_host=_PER_SERVER,
                resolver=Resolver(),
                ttl_dns_cache=FRESH,
                socket_factory=connect,
                force_close=not keeps,
            ),
            timeout=self._timeout,
            headers={"User-Agent": self._user_agent, "Accept": _ACCEPT},
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
        try:
            async with session.get(
                _as_written((feed.may_move and due.moved_to) or feed.address),
                headers=headers,
                max_redirects=_FIRST_REFUSED,
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
            phrase = _PHRASES.get(response.status, "")  # the server's own may quote the address
            raise FetchError.of_status(response.status, phrase, _retry_after(response.headers))
        body = await self._read_body(response)
        return _fetched(response, body, due.body_digest, moved_to)

    async def _read_body(self, response: ClientResponse) -> bytearray:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._max_body:
                raise FetchError(PollReason.TOO_LARGE, f"more than {self._max_body} bytes")
        return body

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
                middlewares=(_mark_proxied,) if self._proxies else (),
            ) as response:
                hops = [hop.status for hop in response.history]
                status = response.status
        except Exception as error:  # noqa: BLE001 - aiohttp lets through what ssl, socket, yarl raise
            raise _explain(error) from None
        form_lost = [hop for hop in hops if hop not in _KEEP_FORM]
        if form_lost:
            status = form_lost[0]
        if not _OK <= status < _OK + 100:
            raise FetchError.of_status(status, _PHRASES.get(status, ""))


def _fetched(
    response: ClientResponse, body: bytearray, last_digest: bytes, moved_to: str | None
) -> Fetched:
    """Return a complete answer, without its body where that has the digest of the last one."""
    headers = response.headers
    digest = blake2b(body, digest_size=16).digest()
    return Fetched(
        body=None if digest == last_digest else bytes(body),
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


def _as_written(address: str) -> str | URL:
    """Return an address that is sent as it is: yarl would decode `%2F` and `%3A` in its query."""
    return URL(address, encoded=True) if _QUOTED.fullmatch(address) else address


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


async def _mark_proxied(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Let the socket factory know whether this hop connects to a proxy."""
    token = _proxied.set(request.proxy is not None)
    try:
        return await handler(request)
    finally:
        _proxied.reset(token)


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
    address = str(response.url.with_fragment(None))
    hops = response.history
    if not hops or len(address) > LONGEST_ADDRESS:
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
    return _seconds_until(headers.get("Expires", ""), headers) or 0.0


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
    except (ValueError, TypeError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


class _RefusedAddressError(OSError):
    """The feed led to an address that is not public.

    All of these errors have one text: where a name has several addresses, the errors of the
    attempts keep their type only if their texts are equal.
    """


def _public_socket(info: tuple[Any, ...]) -> socket.socket:
    if not _proxied.get() and not is_public(info[4][0]):
        raise _RefusedAddressError("not a public address")
    return _any_socket(info)


def _any_socket(info: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, _, _ = info
    return socket.socket(family=family, type=kind, proto=protocol)


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet.

    An IPv6 address with an IPv4 one inside (mapped, NAT64, 6to4) is as public as that one:
    `ipaddress` calls NAT64 and 6to4 addresses global whatever they lead to.
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
    """Return the FetchError for an error of aiohttp, ssl, socket or yarl; it quotes no address."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, _RefusedAddressError):
            detail = "not a public address; allow_private permits it"
            return FetchError(PollReason.REFUSED_ADDRESS, detail)
        if isinstance(cause, ssl.SSLCertVerificationError) and hasattr(cause, "verify_code"):
            detail = _CERTIFICATE.get(cause.verify_code, "it cannot be trusted")
            return FetchError(PollReason.CERTIFICATE, detail)
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
            return FetchError(PollReason.DNS, "the name servers do not answer")
    for types, reason, detail in _REASONS:
        if any(isinstance(cause, types) for cause in causes):
            return FetchError(reason, detail)
    return FetchError(PollReason.CONNECTION, type(error).__name__)


# The first row with the type of a cause decides.
_REASONS: tuple[tuple[tuple[type[BaseException], ...], PollReason, str], ...] = (
    ((TimeoutError,), PollReason.TIMEOUT, "no complete answer in time"),
    ((aiohttp.ClientConnectorDNSError, socket.gaierror), PollReason.DNS, "the name was not found"),
    ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError),
     PollReason.PROXY, "the proxy does not answer, or refuses"),
    ((ssl.SSLError, ssl.CertificateError), PollReason.TLS, "the handshake failed"),
    ((aiohttp.TooManyRedirects,), PollReason.REDIRECTS, f"more than {MAX_REDIRECTS} redirects"),
    ((aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError),
     PollReason.BAD_ADDRESS, "not an http or https address"),
    ((aiohttp.ClientPayloadError,), PollReason.ENCODING, "the body is broken or cut off"),
    ((ConnectionRefusedError,), PollReason.CONNECTION, "nobody answers at that port"),
)  # fmt: skip


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
