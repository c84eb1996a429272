"""Work on stories from Slack's envelopes: *Mine* and *Done* pressed, replies in threads. Pure.

An envelope of an unknown form gives no activity and no error. A bot's messages are no notes, ours
neither; nor are edits and deletions of messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.channels.slack.blocks import DONE, MINE
from monitor.model import LONGEST_NOTE, Activity, ActivityKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_BUTTONS = {MINE: ActivityKind.TAKE, DONE: ActivityKind.DONE}
_SPOKEN = frozenset({"", "thread_broadcast", "file_share"})  # subtypes of what a person wrote
# Slack's markup: <https://a.example|text>, <@U123|nina>, <#C123|desk>, <!here>.
_MARKUP = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


@dataclass(frozen=True, slots=True)
class SlackActivity:
    """An activity, the message (`ref`, `key`) whose story it is on, and where to answer it."""

    activity: Activity
    ref: str
    key: str
    channel: str
    user: str


def activities_in(kind: str, payload: Mapping[str, Any]) -> list[SlackActivity]:
    """Return the activities in an envelope of a kind (`interactive`, `events_api`)."""
    try:
        if kind == "interactive" and payload.get("type") == "block_actions":
            ours = [each for each in payload["actions"] if each.get("action_id") in _BUTTONS]
            return [_from_button(payload, each) for each in ours]
        if kind == "events_api":
            return _from_reply(payload["event"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        pass  # an envelope of a form that Slack does not document
    return []


def _from_button(payload: Mapping[str, Any], action: Mapping[str, Any]) -> SlackActivity:
    user, container = payload["user"], payload["container"]
    channel, ts = str(container["channel_id"]), str(container["message_ts"])
    reader, at = f"slack:{user['id']}", str(action["action_ts"])
    activity = Activity(
        _BUTTONS[action["action_id"]],
        reader,
        str(user.get("username") or user.get("name") or user["id"]),
        _at(at),
        key=f"{reader} {channel}/{ts} {at}",
    )
    key = str(action.get("value") or "").partition(" ")[0]
    return SlackActivity(activity, f"{channel}/{ts}", key, channel, str(user["id"]))


def _from_reply(event: Mapping[str, Any]) -> list[SlackActivity]:
    thread, ts = str(event.get("thread_ts") or ""), str(event.get("ts"))
    is_spoken = event.get("subtype", "") in _SPOKEN and not event.get("bot_id")
    text = plain(str(event.get("text") or "")[: 2 * LONGEST_NOTE])
    if event.get("type") != "message" or not is_spoken or thread in {"", ts} or not text.strip():
        return []
    channel, user = str(event["channel"]), str(event["user"])
    reader = f"slack:{user}"
    activity = Activity(
        ActivityKind.NOTE, reader, "", _at(ts), text, key=f"{reader} {channel}/{ts}"
    )
    return [SlackActivity(activity, f"{channel}/{thread}", "", channel, user)]


def plain(text: str) -> str:
    """Return a text in Slack's markup as people read it: links, names and escapes resolved."""
    shown = _MARKUP.sub(_shown, text)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(found: re.Match[str]) -> str:
    target, label = found[1], found[2] or ""
    if target[:1] in {"@", "#", "!"}:
        return f"{target[0].replace('!', '@')}{label or target[1:]}"
    return f"{label} ({target})" if label and label not in target else target


def _at(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)
