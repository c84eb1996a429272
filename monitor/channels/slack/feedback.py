"""Feedback from Slack's envelopes: buttons pressed and reactions added or removed. Pure.

An envelope of an unknown form gives no feedback and no error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.channels.slack.blocks import GOOD, MUTE, SILENCE, WRONG
from monitor.model import Feedback, FeedbackKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BUTTONS = {
    GOOD: FeedbackKind.GOOD,
    WRONG: FeedbackKind.WRONG,
    MUTE: FeedbackKind.MUTE,
    SILENCE: FeedbackKind.SILENCE,
}
_REACTIONS = {
    "+1": FeedbackKind.GOOD,
    "thumbsup": FeedbackKind.GOOD,
    "-1": FeedbackKind.WRONG,
    "thumbsdown": FeedbackKind.WRONG,
}


@dataclass(frozen=True, slots=True)
class SlackFeedback:
    """Feedback, and where to answer it: `user` in `channel`, on the message of timestamp `ts`.

    `blocks` and `text` are those of the message whose button was pressed; a reaction brings
    neither (None and "").
    """

    feedback: Feedback
    channel: str
    ts: str
    user: str
    blocks: Sequence[object] | None = None
    text: str = ""


def feedback_in(kind: str, payload: Mapping[str, Any]) -> list[SlackFeedback]:
    """Return the feedback in an envelope of a kind (`interactive`, `events_api`), often none."""
    try:
        if kind == "interactive" and payload.get("type") == "block_actions":
            return [_from_button(payload, each) for each in payload["actions"] if _is_ours(each)]
        if kind == "events_api":
            return _from_reaction(payload["event"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        pass  # an envelope of a form that Slack does not document
    return []


def _is_ours(action: Mapping[str, Any]) -> bool:
    return action.get("action_id") in _BUTTONS


def _from_button(payload: Mapping[str, Any], action: Mapping[str, Any]) -> SlackFeedback:
    user, container = payload["user"], payload["container"]
    channel, ts = str(container["channel_id"]), str(container["message_ts"])
    message = payload.get("message") or {}
    feedback = Feedback(
        said=_BUTTONS[action["action_id"]],
        reader=f"slack:{user['id']}",
        name=str(user.get("username") or user.get("name") or user["id"]),
        at=_at(action["action_ts"]),
        ref=f"{channel}/{ts}",
        key=str(action.get("value") or "").partition(" ")[0],
    )
    return SlackFeedback(
        feedback, channel, ts, str(user["id"]), message.get("blocks"), message.get("text", "")
    )


def _from_reaction(event: Mapping[str, Any]) -> list[SlackFeedback]:
    name, _, _ = str(event.get("reaction", "")).partition("::")  # as in `+1::skin-tone-4`
    kind = _REACTIONS.get(name)
    is_reaction = event.get("type") in {"reaction_added", "reaction_removed"}
    if kind is None or not is_reaction or event["item"].get("type") != "message":
        return []
    item = event["item"]
    channel, ts, user = str(item["channel"]), str(item["ts"]), str(event["user"])
    feedback = Feedback(
        said=kind,
        reader=f"slack:{user}",
        name="",  # Slack sends no name with a reaction
        at=_at(event["event_ts"]),
        ref=f"{channel}/{ts}",
        takes_back=event["type"] == "reaction_removed",
    )
    return [SlackFeedback(feedback, channel, ts, user)]


def _at(ts: str) -> datetime:
    """Return the time (UTC) of a timestamp in Slack's form, seconds since 1970."""
    return datetime.fromtimestamp(float(ts), UTC)
