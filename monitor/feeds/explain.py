"""An error of aiohttp, ssl, socket or yarl → the reason why a feed could not be polled."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from monitor.errors import FetchError, PollReason
from monitor.feeds.guard import RefusedAddressError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_REDIRECTS = 20  # as in browsers (WHATWG Fetch, section 4.4)
# By OpenSSL's X509_V_ERR_… codes; OpenSSL's own messages may hold the name of the host.
_CERTIFICATE = {
    9: "it is not valid yet", 10: "it has expired", 18: "it is signed by itself",
    19: "it is signed by itself", 20: "nobody known vouches for it",
    21: "nobody known vouches for it", 62: "it is for another host", 64: "it is for another host",
}  # fmt: skip


def explain(error: Exception) -> FetchError:
    """Return the FetchError for an error of a fetch; it quotes no address and no answer."""
    causes = list(_causes(error))
    for cause in causes:
        if found := _by_its_content(cause):
            return found
    for types, reason, detail in _REASONS:
        if any(isinstance(cause, types) for cause in causes):
            return FetchError(reason, detail)
    return FetchError(PollReason.CONNECTION, type(error).__name__)


def _by_its_content(cause: BaseException) -> FetchError | None:
    if isinstance(cause, RefusedAddressError):
        detail = "not a public address; allow_private permits it"
        return FetchError(PollReason.REFUSED_ADDRESS, detail)
    if isinstance(cause, ssl.SSLCertVerificationError) and hasattr(cause, "verify_code"):
        detail = _CERTIFICATE.get(cause.verify_code, "it cannot be trusted")
        return FetchError(PollReason.CERTIFICATE, detail)
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
        return FetchError(PollReason.DNS, "the name servers do not answer")
    if isinstance(cause, HttpProcessingError):
        what = cause.message.partition("\n")[0].partition(":")[0]  # what follows is the answer's
        return FetchError(PollReason.MALFORMED, f"the answer breaks HTTP: {what}")
    return None


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
    ((ConnectionRefusedError,), PollReason.CONNECTION, "nobody answers at that port"),
)  # fmt: skip


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
