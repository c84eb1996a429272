"""An error of aiohttp, ssl, socket or yarl → what failed, in words: a name, a port, a certificate.

The words quote no address and no answer: an address may hold a secret.
"""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from monitor.errors import PollReason

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_REDIRECTS = 20  # as in browsers (WHATWG Fetch, section 4.4)
# By OpenSSL's X509_V_ERR_… codes; OpenSSL's own messages may hold the name of the host.
_CERTIFICATE = {
    9: "it is not valid yet", 10: "it has expired", 18: "it is signed by itself",
    19: "it is signed by itself", 20: "nobody known vouches for it",
    21: "nobody known vouches for it", 62: "it is for another host", 64: "it is for another host",
}  # fmt: skip


class NetworkFault(NamedTuple):
    """What failed: a `reason` for decisions, and a `detail` for people who know the reason."""

    reason: PollReason
    detail: str


def in_words(error: BaseException) -> str:
    """Say what failed, to people who know nothing else of it: `the name was not found`."""
    reason, detail = network_fault(error)
    return _SUBJECTS.get(reason, "") + detail


_SUBJECTS = {
    PollReason.CERTIFICATE: "the certificate is refused: ",
    PollReason.TLS: "no secure connection (TLS): ",
}


def network_fault(error: BaseException) -> NetworkFault:
    """Return what failed; an error that nobody foresaw is one of the connection."""
    found = list(causes(error))
    for cause in found:
        if fault := _by_its_content(cause):
            return fault
    for types, reason, detail in _REASONS:
        if any(isinstance(cause, types) for cause in found):
            return NetworkFault(reason, detail)
    return NetworkFault(PollReason.CONNECTION, _of_the_system(found) or "the connection broke off")


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and what lies behind it."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from causes(inner)
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__


def _by_its_content(cause: BaseException) -> NetworkFault | None:
    if isinstance(cause, ssl.SSLCertVerificationError) and hasattr(cause, "verify_code"):
        detail = _CERTIFICATE.get(cause.verify_code, "it cannot be trusted")
        return NetworkFault(PollReason.CERTIFICATE, detail)
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
        return NetworkFault(PollReason.DNS, "the name servers do not answer")
    if isinstance(cause, HttpProcessingError):
        what = cause.message.partition("\n")[0].partition(":")[0]  # what follows is the answer's
        return NetworkFault(PollReason.MALFORMED, f"the answer breaks HTTP: {what}")
    return None


def _of_the_system(found: list[BaseException]) -> str:
    """Return the system's own words, such as `no route to host`, "" where it has none."""
    numbers = [each.errno for each in found if isinstance(each, OSError) and each.errno]
    words = os.strerror(numbers[0]) if numbers else ""
    return words[:1].lower() + words[1:]


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
