"""A hub on loopback (WebSub), as its Recommendation has it, with the faults that hubs have."""

from __future__ import annotations

import asyncio
import hmac
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from fakes import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class FakeHub:
    """Accepts, verifies and pushes. `asked` are the forms that it got.

    `verifies`: `after` its answer, `before` it, or `unsatisfiable`. `status` is its answer;
    `denies` is the reason for which it says no; `lease` overrules the one asked for, 0 leaves it
    out.
    """

    verifies: str = "after"
    status: int = 202
    denies: str = ""
    lease: int | None = None
    challenge: str = "a-challenge"
    asked: list[dict[str, str]] = field(default_factory=list)
    verified: list[tuple[int, str]] = field(default_factory=list)
    url: str = ""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def record_feedback(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.verifies == "before":
            await self.verify(form)
        elif self.verifies == "after" and self.status < 300:
            task = asyncio.create_task(self.verify(form))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return web.Response(status=self.status)

    async def move(self, request: web.Request) -> web.Response:
        status = int(request.match_info["status"])
        return web.Response(status=status, headers={"Location": f"{self.url}/"})

    async def verify(self, form: dict[str, str]) -> None:
        lease = self.lease if self.lease is not None else form.get("hub.lease_seconds", "")
        query = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"],
                 "hub.challenge": self.challenge}  # fmt: skip
        if self.denies:
            query = {"hub.mode": "denied", "hub.topic": form["hub.topic"],
                     "hub.reason": self.denies}  # fmt: skip
        elif lease:
            query["hub.lease_seconds"] = str(lease)
        await self.get(form["hub.callback"], query)

    async def get(self, callback: str, query: dict[str, str]) -> tuple[int, str]:
        """Say something about a subscription; returns the answer, which is kept as well."""
        async with aiohttp.ClientSession() as session, session.get(callback, params=query) as told:
            self.verified.append((told.status, await told.text()))
            self.headers = told.headers
        return self.verified[-1]

    async def push(
        self,
        body: bytes,
        algorithm: str = "sha256",
        secret: str = "",
        signature: str | None = None,
        **headers: str,
    ) -> int:
        """Push to the last who subscribed, signed with its secret unless told otherwise."""
        form = next(form for form in reversed(self.asked) if form["hub.mode"] == "subscribe")
        key = (secret or form["hub.secret"]).encode()
        if signature is None:
            signature = f"{algorithm}={hmac.new(key, body, algorithm).hexdigest()}"
        headers = {"Content-Type": "application/rss+xml"} | headers
        if signature:
            headers["X-Hub-Signature"] = signature
        async with (
            aiohttp.ClientSession() as session,
            session.post(form["hub.callback"], data=io.BytesIO(body), headers=headers) as answer,
        ):
            return answer.status

    async def rest(self) -> None:
        """Wait for what it is about to verify."""
        await asyncio.gather(*self._tasks)


@asynccontextmanager
async def fake_hub() -> AsyncIterator[FakeHub]:
    hub = FakeHub()
    app = web.Application()
    app.router.add_post("/", hub.record_feedback)
    app.router.add_post("/moved/{status}", hub.move)
    async with serving(app) as hub.url:
        yield hub
        await hub.rest()
