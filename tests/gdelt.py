"""A server that answers as GDELT's DOC 2.0 API does: JSON, sentences in plain text, pages."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from fakes import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# The beginning of what GDELT says, which goes on with an address.
SOON = "Please limit requests to one every 5 seconds or contact us for larger queries.\n"
TOO_SHORT = "The specified phrase is too short.\n"
PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>"


def seen(title: str, host: str, **fields: str) -> dict[str, str]:
    """An article of an answer, with all the fields that GDELT's have."""
    usual = {
        "url": f"https://{host}/{abs(hash(title))}",
        "url_mobile": "",
        "title": title,
        "seendate": "20241031T180000Z",
        "socialimage": "",
        "domain": host,
        "language": "English",
        "sourcecountry": "United States",
    }
    return usual | fields


def answer(*articles: dict[str, str]) -> str:
    """The JSON of an answer; GDELT leaves `articles` out where there is none."""
    return json.dumps({"articles": list(articles)} if articles else {}, ensure_ascii=False)


@dataclass
class GdeltServer:
    """Gives its `answers` in turn, a text or a status with a text; `asked` are the parameters."""

    answers: list[str | tuple[int, str]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        given = self.answers.pop(0) if self.answers else answer()
        status, text = given if isinstance(given, tuple) else (200, given)
        kind = "application/json" if text.startswith("{") else "text/html"
        return web.Response(status=status, text=text, content_type=kind)


@asynccontextmanager
async def gdelt_server(*answers: str | tuple[int, str]) -> AsyncIterator[GdeltServer]:
    """Serve answers on loopback."""
    server = GdeltServer([*answers])
    app = web.Application()
    app.router.add_get("/api/v2/doc/doc", server.answer)
    async with serving(app) as address:
        server.url = f"{address}/api/v2/doc/doc"
        yield server
