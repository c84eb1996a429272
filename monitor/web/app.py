"""The application: its routes, how a page is answered, and the server on a port."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from monitor.errors import MonitorError
from monitor.web.access import Access
from monitor.web.actions import ACTIONS
from monitor.web.answer import answer, packed
from monitor.web.app_keys import ACCESS, DESK, VISITOR
from monitor.web.connections import Limits, PortError, listening
from monitor.web.guard import add_headers, errors_as_pages, guard
from monitor.web.page import NoPageError
from monitor.web.pages import PAGES, TOPIC
from monitor.web.story_actions import STORY_ACTIONS
from monitor.web.templates import STATIC, html, static
from monitor.web.workbench import work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.config.schema import WebSettings
    from monitor.web.desk import Desk

_FORM = r"{form:(?:\.(?:json|csv|atom|jsonfeed))?}"
_MOST_SENT = 1 << 20  # bytes of a form that is sent to us
# Many readers at a time, each with a few connections; a try of the workbench may take a minute.
_LIMITS = Limits(connections=400, whole=120.0)
_FOR_EVER = "public, max-age=31536000, immutable"


def make_app(desk: Desk, access: Access) -> web.Application:
    """Return the application of a desk."""
    app = web.Application(middlewares=[errors_as_pages, guard], client_max_size=_MOST_SENT)
    app[DESK], app[ACCESS] = desk, access
    app.on_response_prepare.append(add_headers)
    app.router.add_get("/static/{digest}/{name}", _static)
    for path, read in PAGES.items():
        app.router.add_get(path + (_FORM if path != "/" else ""), partial(answer, read))
    for path, act in (ACTIONS | STORY_ACTIONS).items():
        app.router.add_post(path, act)
    app.router.add_post(f"/topics/{TOPIC}", work)
    app.router.add_get("/login", _login)
    return app


async def _login(request: web.Request) -> web.Response:
    access = request.app[ACCESS]
    if not access.has_password:
        raise NoPageError("this desk has no password")
    query = request.query
    values = {"token": access.form_token(request[VISITOR]), "to": query.get("to", "/"),
              "is_wrong": "wrong" in query}  # fmt: skip
    return web.Response(text=html("login.html", values), content_type="text/html")


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise NoPageError(f"there is no file {name}")
    kind = STATIC[name][1]
    headers = {"Cache-Control": _FOR_EVER, "Content-Type": f"{kind}; charset=utf-8"}
    return packed(request, static(name), headers)


@asynccontextmanager
async def serving_desk(
    desk: Desk, settings: WebSettings, host: str, port: int
) -> AsyncIterator[str]:
    """Serve the desk while the context lasts; yields its address.

    Raises ConfigError where strangers could reach it without a login, and MonitorError when the
    port is taken.
    """
    access = Access(settings, host)
    access.refuse_to_start(desk.config_path)
    with desk:
        try:
            async with listening(make_app(desk, access), host, port, _LIMITS) as found:
                shown = f"[{host}]" if ":" in host else host
                yield f"http://{shown}:{found}"
        except PortError as error:
            raise MonitorError(f"port {port} of {host} cannot be used: {error}") from error
