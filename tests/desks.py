"""A desk served on loopback for tests, and requests to it as a browser sends them."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from itertools import count
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession, CookieJar
from conftest import NOW

from monitor.config.schema import WebSettings
from monitor.web.app import serving_desk
from monitor.web.desk import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True)
class Got:
    """An answer: its status, its headers and its text."""

    status: int
    headers: Any
    text: str

    @property
    def heading(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.DOTALL)
        return found[1] if found else ""


@dataclass
class Browser:
    """Sends requests to a desk; keeps its cookies."""

    url: str
    session: ClientSession

    async def get(self, path: str, **headers: str) -> Got:
        async with self.session.get(
            self.url + path, headers=headers, allow_redirects=False
        ) as answer:
            return Got(answer.status, answer.headers, await answer.text())

    async def post(self, path: str, *, token: str | None = None, **fields: str) -> Got:
        """Send a form with the token that the pages have, and the headers that a browser adds."""
        sent = {"token": await self.token() if token is None else token, **fields}
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        async with self.session.post(
            self.url + path, data=sent, headers=headers, allow_redirects=False
        ) as answer:
            return Got(answer.status, answer.headers, await answer.text())

    async def token(self) -> str:
        for path in ("/feeds", "/login"):
            page = await self.get(path)
            if found := re.search(r'name="token" value="(\w+)"', page.text):
                return found[1]
        return ""


@asynccontextmanager
async def browsing(
    database: Path,
    config: Path | None = None,
    now: datetime = NOW,
    host: str = "127.0.0.1",
    **settings: Any,
) -> AsyncIterator[Browser]:
    """Serve a desk from a moment on, and yield a browser that looks at it.

    Its clock goes on by a second whenever it is read.
    """
    seconds = count()
    desk = Desk(database, config, lambda: now + timedelta(seconds=next(seconds)))
    async with (
        serving_desk(desk, WebSettings.model_validate(settings), host, 0) as url,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        yield Browser(url, session)


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)
