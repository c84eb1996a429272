"""What Slack tells of a button or a reaction, as feedback. Pure; what is unknown is nothing."""

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

    `blocks` and `text` are those of the message whose button was pressed; None for a reaction.
    """

    feedback: Feedback
    channel: str
    ts: str
    user: str
    blocks: Sequence[object] | None = None
    text: str = ""


def heard(kind: str, payload: Mapping[str, Any]) -> list[SlackFeedback]:
    """Return what an envelope of a kind (`interactive`, `events_api`) says; often nothing."""
    try:
        if kind == "interactive" and payload.get("type") == "block_actions":
            return [_pressed(payload, each) for each in payload["actions"] if _is_ours(each)]
        if kind == "events_api":
            return _reacted(payload["event"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        pass  # a form that Slack does not document: nothing that we could count
    return []


def _is_ours(action: Mapping[str, Any]) -> bool:
    return action.get("action_id") in _BUTTONS


def _pressed(payload: Mapping[str, Any], action: Mapping[str, Any]) -> SlackFeedback:
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


def _reacted(event: Mapping[str, Any]) -> list[SlackFeedback]:
    said = _REACTIONS.get(str(event.get("reaction", "")).partition("::")[0])  # ::skin-tone-4
    known = event.get("type") in {"reaction_added", "reaction_removed"}
    if said is None or not known or event["item"].get("type") != "message":
        return []
    channel, ts, user = (
        str(each) for each in (event["item"]["channel"], event["item"]["ts"], event["user"])
    )
    feedback = Feedback(
        said=said,
        reader=f"slack:{user}",
        name="",  # Slack tells none with a reaction
        at=_at(event["event_ts"]),
        ref=f"{channel}/{ts}",
        takes_back=event["type"] == "reaction_removed",
    )
    return [SlackFeedback(feedback, channel, ts, user)]


def _at(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)
