"""The service listens to each Slack app once, and what readers say reaches the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from conftest import NOW
from filled import SMALL
from presses import deliver, pressed
from told import tell
from workspace import Workspace, workspace

from monitor.config.load import load
from monitor.service import feedback_listener

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.config.load import Config
    from monitor.store.database import Store


def configured(folder: Path, server: Workspace, *app_tokens: str) -> Config:
    """A configuration with a Slack channel for each of these tokens."""
    lines = [
        f"  c{number}: {{type: slack, token: xoxb-good, channel: alerts, app_token: '{token}',"
        f" api_url: '{server.url}'}}"
        for number, token in enumerate(app_tokens)
    ]
    path = folder / "config.yaml"
    path.write_text(SMALL + "channels:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return load(path)


async def test_a_press_becomes_a_verdict(tmp_path: Path, store: Store) -> None:
    async with workspace() as server:
        config = configured(tmp_path, server, "xapp-good")
        ref = f"C1/{server.post('C1', 'key-1')}"
        await store.write(lambda tx: tell(tx, ["ICBM test"], ["icbm"], ref, NOW))
        async with feedback_listener.listening(config, store):
            await deliver(server, pressed(ts=ref[3:]))
            await server.saw("chat.update")
    rows = await store.write(lambda tx: list(tx.db.execute("SELECT topic, good FROM verdicts")))
    assert rows == [("icbm", 1)]


async def test_channels_of_one_app_share_a_connection(tmp_path: Path, store: Store) -> None:
    async with workspace() as server:
        config = configured(tmp_path, server, "xapp-good", "xapp-good", "")
        async with feedback_listener.listening(config, store):
            await asyncio.wait_for(server.connections.get(), 300)
        assert server.called == ["apps.connections.open"]


async def test_without_an_app_token_nothing_listens(tmp_path: Path, store: Store) -> None:
    async with (
        workspace() as server,
        feedback_listener.listening(configured(tmp_path, server, ""), store),
    ):
        assert server.called == []


async def test_a_refused_app_token_ends_nothing_else(tmp_path: Path, store: Store) -> None:
    async with workspace() as server:
        async with feedback_listener.listening(configured(tmp_path, server, "xapp-bad"), store):
            await server.saw("apps.connections.open")
        assert server.called == ["apps.connections.open"]
