"""A webhook gets JSON that is documented, signed as Standard Webhooks asks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from messages import HEARTBEAT, KINDS, KOREAN, SECRET, alert, digest, reply
from postbox import Door, door

from monitor.channels.webhook import Webhook, body, key, signature
from monitor.errors import DeliveryError

if TYPE_CHECKING:
    from monitor.model import Message


async def posted(message: Message, secret: str = SECRET) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the body and the headers that sending the message brings."""
    async with door() as server:
        await Webhook(url=server.url, secret=secret, clock=NOW.timestamp).send(message)
    return json.loads(server.bodies[0]), server.headers[0]


async def test_a_story_is_told_field_by_field() -> None:
    told, _ = await posted(KOREAN)
    assert (told["version"], told["type"], told["timestamp"]) == (
        1,
        "alert",
        "2024-10-31T18:00:00Z",
    )
    [report] = told["data"]["reports"]
    assert report["topics"] == [
        {"id": "dprk-troops", "title": "DPRK troops"},
        {"id": "kursk", "title": "Kursk"},
    ]
    assert report["publishers"][1] == {
        "name": "KCNA",
        "kind": "state",
        "country": "KP",
        "first_seen_at": "2024-10-31T18:00:00Z",
        "copy_of": None,
    }
    assert (report["severity"], report["story"], report["lang"]) == ("critical", 7, "ko")
    assert report["found"] == ["북한군", "쿠르스크"]
    assert report["figures"] == ["troops: 8,000 → 11,000 (국정원)"]


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (alert(), "alert"), (reply(), "reply"), (digest(2), "digest"), (HEARTBEAT, "notice"),
        (replace(alert(), edits="key-0"), "edit"),
    ],
)  # fmt: skip
async def test_the_type_says_what_it_is(message: Message, kind: str) -> None:
    told, _ = await posted(message)
    assert told["type"] == kind
    assert (told["data"]["thread"], told["data"]["edits"]) == (message.thread, message.edits)


async def test_it_is_signed_over_its_id_its_time_and_its_body() -> None:
    async with door() as server:
        await Webhook(url=server.url, secret=SECRET, clock=NOW.timestamp).send(alert())
    [headers], [data] = server.headers, server.bodies
    at = str(int(NOW.timestamp()))
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("key-1", at)
    expected = hmac.digest(SECRET.encode(), b"key-1." + at.encode() + b"." + data, hashlib.sha256)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"


def test_the_example_of_the_standard_verifies() -> None:
    secret = key("whsec_" + base64.b64encode(b"a secret of the standard").decode())
    assert secret == b"a secret of the standard"
    found = signature(secret, "msg_1", 1674087231, b'{"a":1}')
    expected = hmac.digest(secret, b'msg_1.1674087231.{"a":1}', "sha256")
    assert found == f"v1,{base64.b64encode(expected).decode()}"


async def test_without_a_secret_nothing_is_signed() -> None:
    _, headers = await posted(alert(), secret="")
    assert "webhook-signature" not in headers


async def test_a_message_that_is_sent_again_has_the_same_id() -> None:
    assert (await posted(alert()))[1]["webhook-id"] == (await posted(alert()))[1]["webhook-id"]


@pytest.mark.parametrize("message", KINDS.values(), ids=KINDS)
def test_every_kind_of_message_is_json(message: Message) -> None:
    assert json.loads(json.dumps(body(message, NOW)))["data"]["key"] == message.key


async def refused(server: Door) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await Webhook(url=server.url, clock=NOW.timestamp).send(alert())
    return caught.value


@pytest.mark.parametrize(
    ("status", "blame", "in_doubt"),
    [
        (301, "operator", False), (400, "message", False), (401, "operator", False),
        (403, "operator", False), (404, "operator", False), (410, "operator", False),
        (413, "message", False), (422, "message", False), (500, "passing", True),
        (503, "passing", True),
    ],
)  # fmt: skip
async def test_each_status_says_who_must_act(status: int, blame: str, *, in_doubt: bool) -> None:
    async with door() as server:
        server.plan = [status]
        server.answer_headers = {"Location": "http://127.0.0.1:1/elsewhere"}
        error = await refused(server)
    assert (error.blame, error.in_doubt, error.reason) == (
        blame,
        in_doubt,
        f"webhook: HTTP {status}",
    )


@pytest.mark.parametrize(("wait", "expected"), [("7", 7.0), ("soon", 30.0), ("", 30.0)])
async def test_too_many_requests_are_waited_for(wait: str, expected: float) -> None:
    async with door() as server:
        server.plan, server.answer_headers = [429], {"Retry-After": wait} if wait else {}
        error = await refused(server)
    assert (error.blame, error.retry_after) == ("passing", expected)


async def test_nobody_there_is_a_passing_fault() -> None:
    async with door() as server:
        pass
    error = await refused(server)
    assert (error.blame, error.in_doubt) == ("passing", False)
