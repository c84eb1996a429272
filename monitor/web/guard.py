"""What stands before every page: security headers, the Host check, logins, forms, and errors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import web

from monitor.errors import ConfigError, InputError, MonitorError, StoreError, StoreMissingError
from monitor.web.app_keys import ACCESS, VISITOR
from monitor.web.page import NoPageError
from monitor.web.templates import html

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from monitor.web.access import Access

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger()

_OPEN = ("/static/", "/login")  # what a visitor without a login may see
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With no-referrer, browsers would send our own forms from the origin `null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SAME_SITE = {"same-origin", "none"}
_UNAVAILABLE = 503


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers to every answer; pages are not kept by browsers or proxies."""
    response.headers.update(_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Vary", "Cookie")
    response.headers.popall("Server", None)


# What each error is to a reader: a status and a heading; the first class that fits counts.
_KINDS: tuple[tuple[type[MonitorError], int, str], ...] = (
    (NoPageError, 404, "Not found"),
    (InputError, 400, "This cannot be done"),
    (ConfigError, 409, "The configuration has mistakes"),
    (StoreMissingError, _UNAVAILABLE, "There is no database yet"),
    (StoreError, _UNAVAILABLE, "The database cannot be read"),
    (MonitorError, 500, "This failed"),
)


@web.middleware
async def errors_as_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into pages that say what is wrong, and what to do."""
    try:
        return await handler(request)
    except MonitorError as error:
        kinds = (each[1:] for each in _KINDS if isinstance(error, each[0]))
        status, heading = next(kinds)
        return error_page(request, status, heading, str(error))
    except web.HTTPNotFound:
        return error_page(request, 404, "Not found", f"there is no page {request.path}")
    except web.HTTPException:
        raise
    except Exception:
        log.exception("page failed", path=request.path)
        text = "a bug of monitor: its log has the traceback"
        return error_page(request, 500, "Internal error", text)


def error_page(request: web.Request, status: int, heading: str, text: str) -> web.Response:
    """Return a page that says what is wrong; in JSON where JSON was asked for."""
    if request.path.endswith((".json", ".jsonfeed")):
        return web.json_response({"error": text}, status=status)
    values = {"title": heading, "text": text, "status": status, "retry": status == _UNAVAILABLE}
    body = html("error.html", values)
    return web.Response(status=status, text=body, content_type="text/html", charset="utf-8")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through what may pass: known names, visitors who may read, and our own forms."""
    access = request.app[ACCESS]
    if not access.knows_name(request.host):
        text = f"{request.host} is no name of this desk: add it to web.names in config.yaml"
        return error_page(request, 421, "Unknown name", text)
    visitor = access.visitor(request, asyncio.get_running_loop().time())
    request[VISITOR] = visitor
    if not visitor.may_read and not request.path.startswith(_OPEN):
        return _to_login(request, access)
    if request.method not in {"GET", "HEAD"} and (problem := await _foreign(request, access)):
        return error_page(request, 403, "Refused", problem)
    return await handler(request)


def _to_login(request: web.Request, access: Access) -> web.Response:
    if not access.has_password:
        return error_page(request, 403, "Refused", "the proxy before this desk named nobody")
    if request.path.endswith((".json", ".csv", ".atom", ".jsonfeed")):
        return error_page(request, 401, "Log in first", "this desk asks for a login")
    return web.Response(status=303, headers={"Location": f"/login?to={quote(request.path_qs)}"})


async def _foreign(request: web.Request, access: Access) -> str:
    """Return why a POST is not one of our own forms, "" where it is."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if (origin and urlsplit(origin).netloc != request.host) or site not in _SAME_SITE:
        return "this form was sent by another site"
    visitor = request[VISITOR]
    if not visitor.may_write and request.path != "/login":
        return "you may read here, not write: log in first"
    sent = request.headers.get("X-Form-Token") or str((await request.post()).get("token", ""))
    if not access.is_own_form(visitor, sent):
        return "the form is too old: reload the page, and send it again"
    return ""
