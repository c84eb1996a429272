"""Buttons and reactions come over Socket Mode: acknowledged first, counted once, answered."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from hypothesis import given
from hypothesis import strategies as st
from presses import AT, deliver, pressed
from structlog.testing import capture_logs
from told import tell
from workspace import Workspace, workspace

from monitor.channels.formatting import ANSWERS
from monitor.channels.slack.blocks import GOOD, MUTE, SILENCE, WRONG
from monitor.channels.slack.feedback import feedback_in
from monitor.channels.slack.socket_mode import SocketMode
from monitor.model import Feedback, FeedbackKind, FeedbackResult, NotJudged, ReaderVerdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.channels.slack.activity import SlackActivity
    from monitor.store.database import Store


def reacted(
    name: str = "+1", ts: str = "1.0", *, added: bool = True, at: float = AT, user: str = "U2"
) -> dict[str, Any]:
    event = {
        "type": "reaction_added" if added else "reaction_removed",
        "user": user, "reaction": name, "event_ts": f"{at:.6f}",
        "item": {"type": "message", "channel": "C1", "ts": ts},
    }  # fmt: skip
    return {"type": "events_api", "payload": {"type": "event_callback", "event": event}}


def said(envelope: dict[str, Any]) -> list[Feedback]:
    return [each.feedback for each in feedback_in(envelope["type"], envelope["payload"])]


# ── what envelopes hold ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (GOOD, FeedbackKind.GOOD),
        (WRONG, FeedbackKind.WRONG),
        (MUTE, FeedbackKind.MUTE),
        (SILENCE, FeedbackKind.SILENCE),
    ],
)
def test_a_button_says_what_by_whom_of_which_message_and_when(
    action: str, expected: FeedbackKind
) -> None:
    assert said(pressed(action)) == [Feedback(expected, "slack:U1", "nina", NOW, "C1/1.0", "key-1")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("+1", FeedbackKind.GOOD),
        ("thumbsup", FeedbackKind.GOOD),
        ("+1::skin-tone-4", FeedbackKind.GOOD),
        ("-1", FeedbackKind.WRONG),
        ("thumbsdown", FeedbackKind.WRONG),
        ("thumbsdown::skin-tone-2", FeedbackKind.WRONG),
    ],
)
def test_thumbs_of_every_colour_are_verdicts(name: str, expected: FeedbackKind) -> None:
    [feedback] = said(reacted(name))
    assert (feedback.said, feedback.reader, feedback.takes_back) == (expected, "slack:U2", False)


def test_a_thumb_that_is_removed_takes_back() -> None:
    [feedback] = said(reacted(added=False))
    assert (feedback.said, feedback.takes_back) == (FeedbackKind.GOOD, True)


UNKNOWN: dict[str, dict[str, Any]] = {
    "another reaction": reacted("eyes"),
    "a button of another app": pressed("approve"),
    "no actions": pressed(actions=[]),
    "actions of no form": pressed(actions=7),
    "an action of no form": pressed(actions=[None]),
    "no time": pressed(actions=[{"action_id": GOOD, "value": "key-1"}]),
    "an odd time": pressed(actions=[{"action_id": GOOD, "action_ts": "soon"}]),
    "a time beyond all times": pressed(actions=[{"action_id": GOOD, "action_ts": "9e99"}]),
    "nobody": pressed(user=None),
    "nowhere": pressed(container={}),
    "another interaction": {"type": "interactive", "payload": {"type": "view_submission"}},
    "a command": {"type": "slash_commands", "payload": {"command": "/monitor"}},
    "another event": {"type": "events_api", "payload": {"event": {"type": "message"}}},
    "an event of no form": {"type": "events_api", "payload": {"event": "reaction_added"}},
    "no event": {"type": "events_api", "payload": {}},
    "a reaction to a file": {
        "type": "events_api",
        "payload": {
            "event": {"type": "reaction_added", "reaction": "+1", "item": {"type": "file"}}
        },
    },
    "a type of tomorrow": {"type": "tomorrow", "payload": {}},
}


@pytest.mark.parametrize("envelope", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_ours_or_of_no_known_form_is_nothing(envelope: dict[str, Any]) -> None:
    assert said(envelope) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = [
    "type", "actions", "user", "container", "message", "event", "item", "reaction", "event_ts",
]  # fmt: skip


@given(
    st.sampled_from(["interactive", "events_api"]),
    st.dictionaries(st.sampled_from(KEYS), JSON | st.just("block_actions")),
)
def test_no_payload_makes_it_fail(kind: str, payload: dict[str, Any]) -> None:
    feedback_in(kind, payload)


# ── the connection ────────────────────────────────────────────────────────────────────────────


async def _nothing(_: Feedback) -> FeedbackResult:
    return FeedbackResult(
        FeedbackKind.GOOD, (ReaderVerdict(FeedbackKind.GOOD, "nina", NOW),), changed=True
    )


async def _no_story(_: SlackActivity) -> NotJudged:
    return NotJudged.UNKNOWN


@asynccontextmanager
async def listening(
    server: Workspace, record_feedback: Any = _nothing, **settings: Any
) -> AsyncIterator[asyncio.Task[None]]:
    """Listen to a workspace until the end."""
    usual: dict[str, Any] = {
        "app_token": server.app_token,
        "token": server.token,
        "api_url": server.url,
        "record_feedback": record_feedback,
        "record_activity": _no_story,
    }
    task = asyncio.create_task(SocketMode(**(usual | settings)).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_envelope_is_acknowledged_before_any_work_is_done() -> None:
    working, done = asyncio.Event(), asyncio.Event()

    async def slow(feedback: Feedback) -> FeedbackResult:
        working.set()
        await done.wait()
        return await _nothing(feedback)

    async with workspace() as server, listening(server, slow):
        await deliver(server, pressed())
        await asyncio.wait_for(working.wait(), 300)
        assert server.called == ["apps.connections.open"]
        done.set()
        await server.saw("chat.update")


async def test_what_was_heard_is_taken_in_before_the_listening_ends() -> None:
    received, kept = asyncio.Event(), []

    async def slow(feedback: Feedback) -> FeedbackResult:
        received.set()
        await asyncio.sleep(0)
        kept.append(feedback)
        return await _nothing(feedback)

    async with workspace() as server:
        async with listening(server, slow):
            await deliver(server, pressed())
            await asyncio.wait_for(received.wait(), 300)
        assert len(kept) == 1
        assert server.called[-1] == "chat.postEphemeral"


async def test_a_press_is_answered_on_the_message_and_the_buttons_stay() -> None:
    async with workspace() as server, listening(server):
        ts = server.post("C1", "key-1")
        await deliver(server, pressed(ts=ts))
        await server.saw("chat.update")
    [message] = server.messages
    assert [block["type"] for block in message["blocks"]][-2:] == ["context", "actions"]
    assert message["blocks"][-2]["elements"][0]["text"] == "Marked as good by @nina"
    assert message["metadata"]["event_payload"] == {"key": "key-1"}


async def test_a_press_on_a_message_that_is_gone_is_answered_to_the_reader_alone() -> None:
    async with workspace() as server, listening(server):
        await deliver(server, pressed(ts="9.9"))
        await server.saw("chat.update", "chat.postEphemeral")
    assert server.told[0] == {"channel": "C1", "user": "U1", "text": ANSWERS[FeedbackKind.GOOD]}


async def test_a_reaction_is_answered_to_the_reader_alone() -> None:
    async with workspace() as server, listening(server):
        await deliver(server, reacted())
        await server.saw("chat.postEphemeral")
    assert server.told[0]["user"] == "U2"


async def test_a_reaction_to_somebody_elses_message_is_left_alone() -> None:
    async def unknown(_: Feedback) -> FeedbackResult:
        return FeedbackResult(NotJudged.UNKNOWN)

    async with workspace() as server, listening(server, unknown):
        await deliver(server, reacted(), pressed())
        await server.saw("chat.postEphemeral")
    assert [each["user"] for each in server.told] == ["U1"]  # who pressed a button is told


@pytest.mark.parametrize("raw", ["{", "[1]", "hello", '{"type": 7}', '{"envelope_id": null}', "{}"])
async def test_what_is_no_envelope_ends_nothing(raw: str) -> None:
    async with workspace() as server, listening(server):
        connection = await asyncio.wait_for(server.connections.get(), 300)
        await connection.send_str(raw)
        server.connections.put_nowait(connection)
        await deliver(server, pressed())


async def test_an_envelope_of_an_unknown_kind_is_acknowledged_all_the_same() -> None:
    async with workspace() as server, listening(server):
        await deliver(server, *UNKNOWN.values(), pressed())
        await server.saw("chat.update")


async def test_work_that_fails_ends_nothing_and_is_logged() -> None:
    faults = [RuntimeError("no"), RuntimeError("again")]

    async def broken(feedback: Feedback) -> FeedbackResult:
        if faults:
            raise faults.pop()
        return await _nothing(feedback)

    with capture_logs() as logs:
        async with workspace() as server, listening(server, broken):
            await deliver(server, pressed(), pressed(), pressed())
            await server.saw("chat.update")
    assert [each["event"] for each in logs].count("feedback was not taken in") == 2


async def test_slack_renews_a_connection_and_is_followed() -> None:
    async with workspace() as server, listening(server):
        first = await asyncio.wait_for(server.connections.get(), 300)
        await first.send_json({"type": "disconnect", "reason": "refresh_requested"})
        await deliver(server, pressed())
    assert server.called.count("apps.connections.open") == 2


async def test_a_connection_that_breaks_is_made_again() -> None:
    async with workspace() as server, listening(server):
        first = await asyncio.wait_for(server.connections.get(), 300)
        await first.close()
        await deliver(server, pressed())


async def test_a_connection_that_cannot_be_made_is_tried_from_the_beginning() -> None:
    async with workspace() as server:
        good, server.socket = server.socket, server.socket.replace("/link", "/gone")
        async with listening(server, look=0.01, patience=0.2):
            await server.saw("apps.connections.open", "apps.connections.open")
            server.socket = good
            await deliver(server, pressed())


async def test_while_slack_cannot_be_reached_it_is_said_once_and_tried_again() -> None:
    with capture_logs() as logs:
        async with workspace() as server:
            server.plan = ["internal_error"] * 2
            async with listening(server, look=0.01, patience=0.2):
                await server.saw(*["apps.connections.open"] * 3)
                await deliver(server, pressed())
    told = [each["event"] for each in logs]
    assert told.count("cannot listen to Slack") == 1
    assert told.index("cannot listen to Slack") < told.index("listening to Slack")


async def test_the_pause_that_slack_asks_for_is_kept() -> None:
    async with workspace() as server:
        server.plan = ["ratelimited"] * 9  # without a time it is half a minute
        async with listening(server, look=0.01, patience=0.1) as task:
            await server.saw("apps.connections.open")
            done, _ = await asyncio.wait([task], timeout=0.25)
    assert not done
    assert server.called == ["apps.connections.open"]


@pytest.mark.parametrize("code", ["invalid_auth", "not_allowed_token_type", "missing_scope"])
async def test_a_refused_app_token_is_said_once_and_ends_the_listening_only(code: str) -> None:
    with capture_logs() as logs:
        async with workspace() as server:
            server.plan = [code] * 9
            async with listening(server) as task:
                await asyncio.wait_for(task, 300)
    assert server.called == ["apps.connections.open"]
    [line] = [each for each in logs if each["log_level"] == "error"]
    assert line["reason"] == f"Slack: {code}"


async def test_no_secret_is_in_any_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        async with workspace() as server:
            server.token, server.app_token = "xoxb-s3cret", "xapp-s3cret"
            server.socket += "?ticket=s3cret"
            async with listening(server):
                await deliver(server, pressed())
                await server.saw("chat.update")
    ours = [str(each.__dict__) for each in caplog.records if each.name != "aiohttp.access"]
    assert "chat.update" in str(ours)
    assert "s3cret" not in str(ours) + json.dumps(logs, default=str)


# ── into the database ─────────────────────────────────────────────────────────────────────────


async def test_a_press_and_a_thumb_become_verdicts_however_often_they_are_delivered(
    store: Store,
) -> None:
    async def record_feedback(feedback: Feedback) -> FeedbackResult:
        return await store.write(lambda tx: tx.feedback.record(feedback, NOW))

    async with workspace() as server, listening(server, record_feedback):
        ts = server.post("C1", "key-1")
        await store.write(partial(_sent, ref=f"C1/{ts}"))
        press, thumb = pressed(WRONG, ts), reacted("+1", ts)
        await deliver(server, press, press, thumb, thumb, thumb)
        await server.saw(*["chat.update"] * 2, *["chat.postEphemeral"] * 3)
    found = await store.write(
        lambda tx: tx.db.execute("SELECT topic, good, wrong FROM verdicts").fetchall()
    )
    assert found == [("icbm", 1, 1)]


def _sent(tx: Any, ref: str) -> None:
    tell(tx, ["ICBM test"], ["icbm"], ref, NOW)
