"""How a page is answered: read in a thread, rendered there in the form that was asked for."""

from __future__ import annotations

import gzip
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from monitor.web.app_keys import ACCESS, DESK, LOOKED, VISITOR
from monitor.web.forms import TYPES, rendered
from monitor.web.page import Asked
from monitor.web.templates import html

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.store.queries.desk import DeskReader
    from monitor.web.desk import Desk
    from monitor.web.page import Page, ReadPage

_SMALL = 1_000  # bytes that are not worth packing
_SILENT = 60.0  # seconds without a heartbeat after which the service counts as silent

# What a page says after an action, by the word in its address: never a text of somebody else.
DONE = {
    "silenced": "The silence holds.",
    "ended": "The silence has ended; what it held back stays silenced.",
    "retried": "The alert will be sent again within a minute, if the service runs.",
    "kept": "The view was saved.",
    "deleted": "The view was deleted.",
    "judged": "The verdict counts for each topic of the article.",
    "take": "The story is yours; its messages say so.",
    "done": "The story is done. Big news reopens it.",
    "dismiss": "The story is closed. Big news reopens it.",
    "reopen": "The story is open again.",
    "note": "The note stands with the story.",
    "assign": "The story was assigned.",
    "credibility": "Your judgement stands beside the computed one.",
    "follow": "Your inbox shows each later report of the story.",
    "unfollow": "The story is no longer followed.",
    "merged": "The stories are one now. Nothing is alerted again.",
    "split": "The report is a story of its own now. Nothing is alerted again.",
    "added": "The feed was added, and the service reads the configuration again.",
    "paused": "The feed was paused, and the service reads the configuration again.",
    "resumed": "The feed was resumed, and the service reads the configuration again.",
    "saved": "The topic was saved, and the service reads the configuration again.",
    "unread": "The configuration was changed. No service could be asked to read it: it does so when"
    " it starts, or by `systemctl reload monitor`.",
}

NAVIGATION = (
    ("/", "Now"),
    ("/inbox", "Inbox"),
    ("/stories", "Stories"),
    ("/hits", "Search"),
    ("/map", "Map"),
    ("/timeline", "History"),
    ("/topics", "Topics"),
    ("/feeds", "Feeds"),
    ("/alerts", "Alerts"),
    ("/about", "About"),
)


async def answer(read: ReadPage, request: web.Request) -> web.Response:
    """Answer with a page in the form that its address ends with. Raises MonitorError."""
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
        asked = asked_of(request, desk)
        with desk.reader() as reader:
            page = read(reader, asked)
            if form:
                return rendered(page, form, base, request.path_qs)
            return html(page.template, {**_values(page, asked, reader), **values})

    body = await desk.in_thread(read_and_render)
    kind = TYPES.get(form, "text/html")
    headers = {"Content-Type": f"{kind}; charset=utf-8"}
    return packed(request, body.encode("utf-8", "replace"), headers)


def asked_of(request: web.Request, desk: Desk) -> Asked:
    """Return what a request asks for; reads the configuration where its file has changed."""
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


def packed(request: web.Request, body: bytes, headers: dict[str, str]) -> web.Response:
    """Return a body, packed with gzip where the browser takes that."""
    if len(body) > _SMALL and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, 5, mtime=0)
        headers = {**headers, "Content-Encoding": "gzip"}
    return web.Response(body=body, headers=headers)
