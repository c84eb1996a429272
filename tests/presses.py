"""What Slack sends when a reader presses a button, and how it is delivered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from conftest import NOW
from messages import alert

from monitor.channels.slack.blocks import GOOD, blocks

if TYPE_CHECKING:
    from workspace import Workspace


AT = NOW.timestamp()


def pressed(action: str = GOOD, ts: str = "1.0", **fields: Any) -> dict[str, Any]:
    """What Slack sends when a button is pressed on a message in #alerts."""
    value = fields.pop("value", "key-1 7 icbm")
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "username": "nina", "team_id": "T1"},
        "container": {"type": "message", "message_ts": ts, "channel_id": "C1"},
        "channel": {"id": "C1", "name": "alerts"},
        "message": {
            "ts": ts, "text": "the text",
            "blocks": [block.to_dict() for block in blocks(alert(), buttons=True)],
        },
        "actions": [{"action_id": action, "value": value, "action_ts": f"{AT:.6f}"}],
        "response_url": "https://hooks.slack.example/actions/s3cret",
    }  # fmt: skip
    return {"type": "interactive", "payload": payload | fields}


async def deliver(server: Workspace, *envelopes: dict[str, Any]) -> None:
    """Send envelopes over the newest connection, and wait until each is acknowledged."""
    connection = await asyncio.wait_for(server.connections.get(), 300)
    for number, envelope in enumerate(envelopes):
        await connection.send_json({"envelope_id": f"e{number}", **envelope})
        assert await asyncio.wait_for(server.acknowledged.get(), 300) == f"e{number}"
    server.connections.put_nowait(connection)
