"""A small Slack with a memory: history, threads, edits, scopes, and Socket Mode."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web
from conftest import NOW
from fakes import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

METHODS = frozenset({
    "auth.test",
    "chat.postMessage", "chat.update", "chat.postEphemeral", "conversations.list",
    "conversations.history", "conversations.replies", "apps.connections.open",
})  # fmt: skip
CHANNELS = {"C1": "alerts", "C2": "ops", "G1": "private"}


@dataclass
class Workspace:
    """`messages` are what was posted, `told` the ephemeral ones. `called` are methods in turn.

    `plan` is a list of error codes, one for each call in turn, then all is well; while answers are
    `lost`, calls are heeded all the same. `scopes` are the methods that a token may call.
    """

    token: str = "xoxb-good"
    app_token: str = "xapp-good"
    messages: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    lost: bool = False
    scopes: frozenset[str] = METHODS
    granted: str = ""  # scopes of the token, as each answer has them in a header
    url: str = ""
    socket: str = ""
    connections: asyncio.Queue[web.WebSocketResponse] = field(default_factory=asyncio.Queue)
    acknowledged: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    answered: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    open: set[web.WebSocketResponse] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.called.append(method)
        found = self._result(method, request.headers.get("Authorization", ""), await _sent(request))
        self.answered.put_nowait(method)
        if self.lost:
            assert request.transport is not None
            request.transport.close()
        headers = {"x-oauth-scopes": self.granted}
        return web.json_response(
            found if "error" in found else {"ok": True, **found}, headers=headers
        )

    def _result(self, method: str, authorization: str, sent: dict[str, Any]) -> dict[str, Any]:
        if self.plan and (code := self.plan.pop(0)) != "ok":
            return {"ok": False, "error": code}
        wanted = self.app_token if method == "apps.connections.open" else self.token
        if authorization != f"Bearer {wanted}":
            return {"ok": False, "error": "invalid_auth"}
        if method not in self.scopes:
            return {"ok": False, "error": "missing_scope"}
        handler = getattr(self, method.replace(".", "_").lower())
        result: dict[str, Any] = handler(sent)
        return result

    async def saw(self, *methods: str) -> None:
        """Wait until each of these was called once more, in any order."""
        missing = list(methods)
        async with asyncio.timeout(300):
            while missing:
                method = await self.answered.get()
                if method in missing:
                    missing.remove(method)

    def post(self, channel: str, key: str, thread: str | None = None) -> str:
        """Post a message as the program would; return its timestamp."""
        sent = {"channel": channel, "metadata": {"event_payload": {"key": key}}, "text": key}
        return str(self.chat_postmessage({**sent, "thread_ts": thread})["ts"])

    def auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"user": "monitor", "team": "The Desk"}

    def chat_postmessage(self, sent: dict[str, Any]) -> dict[str, Any]:
        ids = {name: channel for channel, name in CHANNELS.items()}
        channel = ids.get(sent["channel"].removeprefix("#"), sent["channel"])
        ts = f"{NOW.timestamp() + len(self.messages) / 100:.6f}"
        message = {**sent, "channel": channel, "ts": ts}
        self.messages.append(message)
        return {"ts": ts, "channel": channel, "message": message}

    def chat_update(self, sent: dict[str, Any]) -> dict[str, Any]:
        for message in self.messages:
            if (message["channel"], message["ts"]) == (sent["channel"], sent["ts"]):
                message.update(sent)
                return {"ts": sent["ts"], "channel": sent["channel"]}
        return {"ok": False, "error": "message_not_found"}

    def chat_postephemeral(self, sent: dict[str, Any]) -> dict[str, Any]:
        self.told.append(sent)
        return {"message_ts": "1.0"}

    def conversations_list(self, sent: dict[str, Any]) -> dict[str, Any]:
        letter = "G" if sent["types"] == "private_channel" else "C"
        found = [{"id": c, "name": name} for c, name in CHANNELS.items() if c[0] == letter]
        at = int(sent.get("cursor") or 0)  # one a page
        more = str(at + 1) if at + 1 < len(found) else ""
        return {"channels": found[at : at + 1], "response_metadata": {"next_cursor": more}}

    def conversations_history(self, sent: dict[str, Any]) -> dict[str, Any]:
        return self._page([m for m in self.messages if not m.get("thread_ts")][::-1], sent)

    def conversations_replies(self, sent: dict[str, Any]) -> dict[str, Any]:
        within = [m for m in self.messages if sent["ts"] in {m["ts"], m.get("thread_ts")}]
        return self._page(within, sent)

    def _page(self, messages: list[dict[str, Any]], sent: dict[str, Any]) -> dict[str, Any]:
        oldest, at = float(sent["oldest"]), int(sent.get("cursor") or 0)
        found = [m for m in messages if m["channel"] == sent["channel"] and float(m["ts"]) > oldest]
        if str(sent.get("include_all_metadata")).lower() not in {"1", "true"}:
            found = [{k: v for k, v in m.items() if k != "metadata"} for m in found]
        end = at + int(sent["limit"])
        more = str(end) if end < len(found) else ""
        return {"messages": found[at:end], "response_metadata": {"next_cursor": more}}

    def apps_connections_open(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.socket}

    # ── Socket Mode ──

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        """Take a connection: say hello, then note what is acknowledged."""
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        self.open.add(connection)
        await connection.send_json({"type": "hello", "num_connections": len(self.open)})
        await self.connections.put(connection)
        async for message in connection:
            if message.type is WSMsgType.TEXT and "envelope_id" in message.data:
                await self.acknowledged.put(json.loads(message.data)["envelope_id"])
        self.open.discard(connection)
        return connection


async def _sent(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(await request.json())
    return {**request.query, **await request.post()}


@asynccontextmanager
async def workspace() -> AsyncIterator[Workspace]:
    """`url` is what the configuration calls `api_url`."""
    slack = Workspace()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", slack.answer)
    app.router.add_get("/link", slack.link)
    async with serving(app) as url:
        slack.url, slack.socket = f"{url}/api/", f"{url.replace('http', 'ws')}/link"
        yield slack
        for connection in list(slack.open):
            await connection.close()
    for _ in range(3):
        await asyncio.sleep(0)  # the loop closes the sockets in its next rounds
