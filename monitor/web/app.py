"""The application: its routes, how a page is answered, and the server on a port."""

from __future__ import annotations

import gzip
from collections import defaultdict
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from monitor.errors import MonitorError
from monitor.web.access import Access
from monitor.web.actions import ACTIONS, DONE
from monitor.web.app_keys import ACCESS, DESK, LOOKED, VISITOR
from monitor.web.forms import TYPES, rendered
from monitor.web.guard import add_headers, errors_as_pages, guard
from monitor.web.page import Asked, NoPageError
from monitor.web.pages import NAVIGATION, PAGES
from monitor.web.templates import STATIC, html, static

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from monitor.config.schema import WebSettings
    from monitor.store.queries.desk import DeskReader
    from monitor.web.desk import Desk
    from monitor.web.page import Page, ReadPage

_FORM = r"{form:(?:\.(?:json|csv|atom|jsonfeed))?}"
_SMALL = 1_000  # bytes that are not worth packing
_MOST_SENT = 1 << 20  # bytes of a form that is sent to us
_FOR_EVER = "public, max-age=31536000, immutable"
_SILENT = 60.0  # seconds without a heartbeat after which the service counts as silent


def make_app(desk: Desk, access: Access) -> web.Application:
    """Return the application of a desk."""
    app = web.Application(middlewares=[errors_as_pages, guard], client_max_size=_MOST_SENT)
    app[DESK], app[ACCESS] = desk, access
    app.on_response_prepare.append(add_headers)
    app.router.add_get("/static/{digest}/{name}", _static)
    for path, read in PAGES.items():
        app.router.add_get(path + (_FORM if path != "/" else ""), partial(_answer, read))
    for path, act in ACTIONS.items():
        app.router.add_post(path, act)
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
    return _packed(request, static(name), headers)


async def _answer(read: ReadPage, request: web.Request) -> web.Response:
    """Answer with a page in the form that its address ends with."""
    desk, form = request.app[DESK], request.match_info.get("form", "").lstrip(".")
    visitor = request[VISITOR]
    values = {
        "token": request.app[ACCESS].form_token(visitor),
        "visitor": visitor,
        "path": request.path,
        "address": request.path_qs,
        "has_password": request.app[ACCESS].has_password,
    }
    base = f"{request.scheme}://{request.host}"

    def read_and_render() -> str:
        asked = _asked(request, desk)
        with desk.reader() as reader:
            page = read(reader, asked)
            if form:
                return rendered(page, form, base, request.path_qs)
            return html(page.template, {**_values(page, asked, reader), **values})

    body = await desk.in_thread(read_and_render)
    kind = TYPES.get(form, "text/html")
    headers = {"Content-Type": f"{kind}; charset=utf-8"}
    return _packed(request, body.encode("utf-8", "replace"), headers)


def _asked(request: web.Request, desk: Desk) -> Asked:
    found = desk.configured()
    query = {name: value[:2_000] for name, value in request.query.items()}
    looked = request.cookies.get(LOOKED, "")
    return Asked(
        now=desk.clock(),
        query=query,
        path=dict(request.match_info),
        config=found.config,
        mistakes=found.mistakes,
        looked_at=datetime.fromtimestamp(int(looked), UTC) if _is_time(looked) else None,
    )


def _is_time(text: str) -> bool:
    return text.isdecimal() and len(text) <= len("1730000000")


def _values(page: Page, asked: Asked, reader: DeskReader) -> Mapping[str, Any]:
    """Return what a template sees: the page's data, and what every page shows."""
    beat_at = (reader.service() or {}).get("beat_at")
    age = asked.now.timestamp() - beat_at if beat_at else None
    common = {
        "title": page.title,
        "now": asked.now,
        "navigation": NAVIGATION,
        "mistakes": asked.mistakes,
        "beat_at": beat_at,
        "is_live": age is not None and age < _SILENT,
        "query": defaultdict(str, asked.query),  # "" for what was not given
        "topic_title": asked.title_of,
        "done": DONE.get(asked.query.get("done", ""), ""),
        "has": {"csv": bool(page.columns), "items": page.items is not None},
    }
    return {**common, **page.data, **page.extra}


def _packed(request: web.Request, body: bytes, headers: dict[str, str]) -> web.Response:
    """Return a body, packed with gzip where the browser takes that."""
    if len(body) > _SMALL and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, 5, mtime=0)
        headers = {**headers, "Content-Encoding": "gzip"}
    return web.Response(body=body, headers=headers)


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
        runner = web.AppRunner(make_app(desk, access), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, host, port).start()
            except OSError as error:
                message = f"port {port} of {host} cannot be used: {error.strerror}"
                raise MonitorError(message) from error
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
