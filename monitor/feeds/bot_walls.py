"""Bot walls, by the answer that came instead of a feed: Cloudflare, DataDome and others. Pure.

The maker's header alone is no wall: it rides on every answer of its customers. A wall is a header
that only a refusal has, the maker's header on a refusal, or the page that the wall itself shows.
Sources: Cloudflare's “Detect a Challenge Page response” (developers.cloudflare.com) for
`cf-mitigated`; microlinkhq/is-antibot (MIT) for the others, with answers as people reported them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

REFUSALS = frozenset({403, 405, 406})  # statuses by which walls refuse; 401 asks for a password
LONGEST_PAGE = 1 << 16  # bytes of a wall's page at most
_STUB = 1 << 13  # bytes at most of a page that has nothing but Imperva's script
_HTML = (b"<!doctype html", b"<html")
_SPACE = b"\xef\xbb\xbf \t\r\n"  # and a byte order mark


class _Header(NamedTuple):
    """A header of a wall; `value` is part of the header's value, in lower case."""

    name: str
    value: str
    wall: str


# Headers that only a refusal has, whatever its status.
_CERTAIN = (
    _Header("cf-mitigated", "challenge", "Cloudflare challenge"),
    _Header("x-vercel-mitigated", "", "Vercel challenge"),
    _Header("x-amzn-waf-action", "", "AWS WAF challenge"),
    _Header("x-dd-b", "1", "DataDome challenge"),
    _Header("x-dd-b", "2", "DataDome challenge"),
    _Header("x-sucuri-block", "", "Sucuri block"),
)
# Headers on every answer of the maker's customers.
_ON_REFUSALS = (
    _Header("x-datadome", "", "DataDome challenge"),
    _Header("server", "akamaighost", "Akamai block"),
    _Header("server", "sucuri", "Sucuri block"),
    _Header("x-iinfo", "", "Imperva block"),
)
# What only the page of a wall says, in lower case, and the size of the page at most.
_PAGES = (
    (b"_cf_chl_opt", LONGEST_PAGE, "Cloudflare challenge"),
    (b"<title>attention required! | cloudflare", LONGEST_PAGE, "Cloudflare block"),
    (b"captcha-delivery.com", LONGEST_PAGE, "DataDome challenge"),
    (b"errors.edgesuite.net", LONGEST_PAGE, "Akamai block"),
    (b"errors&#46;edgesuite&#46;net", LONGEST_PAGE, "Akamai block"),
    (b"sucuri website firewall", LONGEST_PAGE, "Sucuri block"),
    (b"_incapsula_resource", _STUB, "Imperva challenge"),
)
_CONSENT_HOSTS = frozenset({"consent", "guce"})  # of Google and Yahoo: the host's first label


def wall_by_headers(status: int, headers: Mapping[str, str]) -> str:
    """Return the wall that an answer's headers tell of, "" for none; names in any case."""
    telling = (*_CERTAIN, *_ON_REFUSALS) if status in REFUSALS else _CERTAIN
    values = {name.lower(): value.lower() for name, value in headers.items()}
    for header in telling:
        if header.name in values and header.value in values[header.name]:
            return header.wall
    return ""


def wall_by_page(body: bytes) -> str:
    """Return the wall whose page a body is, "" for any other document."""
    if len(body) > LONGEST_PAGE or not _is_page(body):
        return ""
    page = body.lower()
    for mark, longest, wall in _PAGES:
        if mark in page and len(page) <= longest:
            return wall
    return ""


def consent_page(body: bytes, asked: str, final: str) -> str:
    """Return "consent page" where a page asks for consent on another host than the feed's."""
    before, after = urlsplit(asked), urlsplit(final)
    host = after.hostname or ""
    if host == before.hostname or not _is_page(body):
        return ""
    asks = host.partition(".")[0] in _CONSENT_HOSTS or "consent" in after.path.lower()
    return "consent page" if asks else ""


def _is_page(body: bytes) -> bool:
    return body[:1024].lstrip(_SPACE).lower().startswith(_HTML)
