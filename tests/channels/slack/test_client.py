"""Slack is called as its documentation asks, and what it answers is understood."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from html import unescape
from traceback import format_exception
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from conftest import NOW
from fakes import FakeSlack, fake_slack, serving
from messages import FIRST, KINDS, VOICES, alert, reply, report
from workspace import Workspace, workspace

from monitor.channels.slack.client import Slack
from monitor.errors import DeliveryError
from monitor.model import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "xoxb-good"
every_kind = pytest.mark.parametrize("message", KINDS.values(), ids=KINDS)


async def posted(message: Message, **settings: Any) -> dict[str, Any]:
    """Return the call that sending the message makes."""
    async with fake_slack() as server:
        slack = Slack(token=TOKEN, channel="#desk", api_url=server.url, **settings)
        await slack.send(message)
    (call,) = server.calls
    return call


def types(call: dict[str, Any]) -> set[str]:
    return {block["type"] for block in call["blocks"]}


@every_kind
async def test_a_plain_message_says_it_all_in_text_without_blocks(message: Message) -> None:
    call = await posted(replace(message, plain=True, edits=None))
    assert "blocks" not in call
    assert all(each.title[:100] in unescape(call["text"]) for each in message.reports[:1])


@every_kind
async def test_slack_adds_no_previews_of_its_own(message: Message) -> None:
    call = await posted(replace(message, edits=None))
    assert (call["unfurl_links"], call["unfurl_media"]) == (False, False)


async def test_a_reply_goes_to_its_thread_and_an_alert_to_the_channel() -> None:
    assert (await posted(KINDS["a reply"]))["thread_ts"] == "1730000000.000100"
    assert "thread_ts" not in await posted(KINDS["an alert"])


async def test_a_big_reply_is_shown_in_the_channel_too() -> None:
    assert (await posted(replace(reply(), broadcast=True)))["reply_broadcast"] is True
    assert "reply_broadcast" not in await posted(reply())
    assert "reply_broadcast" not in await posted(replace(alert(), broadcast=True))


@every_kind
async def test_the_key_is_in_the_metadata(message: Message) -> None:
    call = await posted(replace(message, edits=None))
    assert call["metadata"]["event_payload"] == {"key": message.key}


async def test_only_with_an_app_token_there_are_buttons() -> None:
    assert "actions" in types(await posted(alert(), app_token="xapp-1"))
    assert "actions" not in types(await posted(alert()))


# Answers


@asynccontextmanager
async def answering(
    status: int, headers: dict[str, str], body: str, content_type: str = "application/json"
) -> AsyncIterator[FakeSlack]:
    """A Slack that answers every call so."""
    slack = FakeSlack()

    async def answer(request: web.Request) -> web.Response:
        slack.calls.append(await request.json())
        raw = body.encode("latin-1")
        return web.Response(status=status, headers=headers, body=raw, content_type=content_type)

    app = web.Application()
    app.router.add_post("/api/chat.postMessage", answer)
    async with serving(app) as url:
        slack.url = f"{url}/api/"
        yield slack


async def failure(server: FakeSlack, token: str = TOKEN) -> DeliveryError:
    """Return the error that a send ends with; it has called Slack no more than once."""
    slack = Slack(token=token, channel="#desk", api_url=server.url)
    with pytest.raises(DeliveryError) as caught:
        await slack.send(alert())
    await slack.close()
    assert len(server.calls) <= 1
    return caught.value


LIMITED = '{"ok": false, "error": "ratelimited"}'
PAGE = "<html>Busy</html>"
ANSWERS: dict[str, tuple[tuple[Any, ...], float | None, bool]] = {
    "too many": ((429, {"Retry-After": "7"}, LIMITED), 7.0, False),
    "too many, no time": ((429, {}, LIMITED), 30.0, False),
    "too many, an odd time": ((429, {"Retry-After": "soon"}, LIMITED), 30.0, False),
    "too many, a page": ((429, {"Retry-After": "7"}, PAGE, "text/html"), 7.0, False),
    "too many, without the status": ((200, {}, LIMITED), 30.0, False),
    "500": ((500, {}, PAGE, "text/html"), None, True),
    "503": ((503, {}, PAGE, "text/html"), None, True),
    "500 with an error": ((500, {}, '{"ok": false, "error": "internal_error"}'), None, True),
    "a page": ((200, {}, PAGE, "text/html"), None, True),
    "plain text": ((200, {}, "ok", "text/plain"), None, True),
    "no content": ((200, {}, "", "text/html"), None, True),
    "broken JSON": ((200, {}, '{"ok": tr'), None, True),
    "broken characters": ((200, {}, '{"ok": "\xff"}'), None, True),
    "a list": ((200, {}, "[1]"), None, True),
    "404": ((404, {}, PAGE, "text/html"), None, True),
    "not ok, without an error": ((200, {}, '{"ok": false}'), None, True),
}


@pytest.mark.parametrize(("answer", "retry_after", "in_doubt"), ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_that_may_pass_is_tried_again(
    answer: tuple[Any, ...], retry_after: float | None, *, in_doubt: bool
) -> None:
    async with answering(*answer) as server:
        error = await failure(server)
    assert (error.blame, error.retry_after, error.in_doubt) == ("passing", retry_after, in_doubt)


OPERATOR = ["invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive",
            "missing_scope", "channel_not_found", "not_in_channel", "is_archived",
            "no_permission", "restricted_action"]  # fmt: skip
MESSAGE = ["invalid_blocks", "msg_too_long", "msg_blocks_too_long", "no_text",
           "invalid_metadata_format", "an_error_of_tomorrow"]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "blame", "in_doubt"),
    [
        *((code, "operator", False) for code in OPERATOR),
        *((code, "message", False) for code in MESSAGE),
        *((code, "passing", True) for code in ("internal_error", "fatal_error")),
        ("service_unavailable", "passing", False),
    ],
)
async def test_an_error_of_slack_says_who_must_act(
    code: str, blame: str, *, in_doubt: bool
) -> None:
    async with fake_slack() as server:
        server.plan = [code]
        error = await failure(server)
    assert (error.blame, error.retry_after, error.in_doubt) == (blame, None, in_doubt)
    assert code in error.reason


async def test_a_wrong_token_is_the_operators_to_mend() -> None:
    async with fake_slack() as server:
        assert (await failure(server, "xoxb-old")).blame == "operator"


async def test_a_lost_answer_leaves_in_doubt_whether_the_message_was_posted() -> None:
    async with fake_slack() as server:
        server.plan = ["lost"]
        error = await failure(server)
    assert (error.blame, error.in_doubt, len(server.posted)) == ("passing", True, 1)


async def test_a_reset_connection_leaves_it_in_doubt() -> None:
    slack = FakeSlack()

    async def reset(request: web.Request) -> web.Response:
        slack.calls.append(await request.json())
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/chat.postMessage", reset)
    async with serving(app) as url:
        slack.url = f"{url}/api/"
        error = await failure(slack)
    assert (error.blame, error.in_doubt, len(slack.calls)) == ("passing", True, 1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api/", "https://127.0.0.1:1/api/"])
async def test_a_slack_that_cannot_be_reached_has_surely_not_posted(url: str) -> None:
    error = await failure(FakeSlack(url=url))
    assert (error.blame, error.in_doubt) == ("passing", False)


async def test_a_message_is_known_by_its_channel_and_its_timestamp() -> None:
    async with fake_slack() as server:
        slack = Slack(token=TOKEN, channel="#desk", api_url=server.url)
        reference = await slack.send(alert())
        await slack.close()
    assert reference == f"C1/{server.posted[0]['ts']}"
    assert server.calls[0]["channel"] == "#desk"


@pytest.mark.parametrize("answer", [answer for answer, *_ in ANSWERS.values()], ids=ANSWERS)
async def test_the_token_is_in_no_error_and_no_log(
    answer: tuple[Any, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with answering(*answer) as server:
        error = await failure(server)
    assert "chat.postMessage" in caplog.text
    assert TOKEN not in caplog.text + "".join(format_exception(error)) + repr(vars(error))


# Edits


def bot(server: Workspace, channel: str = "#alerts", **settings: Any) -> Slack:
    return Slack(token=server.token, channel=channel, api_url=server.url, **settings)


async def test_an_edit_replaces_the_message_and_keeps_its_reference() -> None:
    async with workspace() as server:
        slack = bot(server)
        ref = await slack.send(alert("As it was"))
        edit = Message("key-1", (report("As it is", publisher_reports=VOICES),), edits=ref)
        assert await slack.send(edit) == ref
    [message] = server.messages
    assert "As it is" in message["text"]
    assert "4 independent publishers" in message["blocks"][-1]["elements"][0]["text"]
    assert message["metadata"]["event_payload"] == {"key": "key-1"}


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_message_that_cannot_be_edited_is_left_alone_for_good(code: str) -> None:
    async with workspace() as server:
        server.plan = [code]
        with pytest.raises(DeliveryError, match=code) as caught:
            await bot(server).send(replace(alert(), edits=FIRST))
    assert (caught.value.blame, caught.value.in_doubt) == ("message", False)


# Looking up what was sent


async def test_a_first_message_is_found_by_its_key() -> None:
    async with workspace() as server:
        slack = bot(server)
        for number in range(250):  # more than a page, and more than one
            server.post("C1", f"key-{number}")
        ref = await slack.find(replace(alert(), key="key-7"), NOW)
        assert ref == f"C1/{server.messages[7]['ts']}"
        assert await slack.find(replace(alert(), key="key-none"), NOW) is None


async def test_a_look_up_ends_after_a_thousand_messages() -> None:
    async with workspace() as server:
        for number in range(1_200):
            server.post("C1", f"key-{number}")
        assert await bot(server).find(replace(alert(), key="key-7"), NOW) is None
    assert server.called.count("conversations.history") == 10


async def test_what_was_posted_long_before_is_not_looked_at() -> None:
    async with workspace() as server:
        server.post("C1", "key-1")
        assert await bot(server).find(alert(), NOW + timedelta(days=1)) is None


@pytest.mark.parametrize("broadcast", [False, True])
async def test_a_reply_is_found_in_its_thread(broadcast: bool) -> None:  # noqa: FBT001 - a row
    async with workspace() as server:
        slack = bot(server)
        thread = await slack.send(alert())
        message = replace(reply(), thread=thread, broadcast=broadcast)
        assert await slack.find(message, NOW) is None
        ref = await slack.send(message)
        assert await slack.find(message, NOW) == ref
    assert server.called.count("conversations.history") == 0


async def test_a_channel_named_by_its_id_needs_no_list_of_channels() -> None:
    async with workspace() as server:
        server.post("C0123456789", "key-1")
        assert await bot(server, "C0123456789").find(alert(), NOW)
    assert "conversations.list" not in server.called


async def test_a_private_channel_is_found_too() -> None:
    async with workspace() as server:
        server.post("G1", "key-1")
        assert await bot(server, "#private").find(alert(), NOW)


async def test_a_channel_that_is_not_there_is_the_operators_to_mend() -> None:
    async with workspace() as server:
        with pytest.raises(DeliveryError, match="channel_not_found") as caught:
            await bot(server, "#elsewhere").find(alert(), NOW)
    assert caught.value.blame == "operator"


@pytest.mark.parametrize("method", ["conversations.list", "conversations.history"])
async def test_a_token_that_may_not_read_says_so(method: str) -> None:
    async with workspace() as server:
        server.scopes -= {method}
        with pytest.raises(DeliveryError, match="missing_scope") as caught:
            await bot(server).find(alert(), NOW)
    assert caught.value.blame == "operator"


async def test_an_edit_is_not_looked_up_since_to_repeat_it_does_no_harm() -> None:
    async with workspace() as server:
        assert await bot(server).find(replace(alert(), edits=FIRST), NOW) is None
    assert server.called == []
