"""Work on stories from Slack: *Mine*, *Done*, and a person's reply in a story's thread."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from filled import SMALL
from presses import AT, deliver, pressed
from told import tell
from workspace import Workspace, workspace

from monitor.channels.slack.activity import activities_in, plain
from monitor.channels.slack.blocks import DONE, MINE
from monitor.config.load import load
from monitor.model import ActivityKind
from monitor.service import feedback_listener

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.config.load import Config
    from monitor.store.database import Store


def replied(text: str = "Seoul confirms", thread: str = "1.0", **fields: Any) -> dict[str, Any]:
    """What Slack sends when a person writes in a thread of #alerts."""
    event = {"type": "message", "channel": "C1", "user": "U2", "text": text, "thread_ts": thread,
             "ts": f"{AT + 60:.6f}"}  # fmt: skip
    return {"type": "events_api", "payload": {"event": event | fields}}


def kinds(envelope: dict[str, Any]) -> list[str]:
    return [str(e.activity.kind) for e in activities_in(envelope["type"], envelope["payload"])]


@pytest.mark.parametrize(("button", "kind"), [(MINE, "take"), (DONE, "done")])
def test_a_button_takes_or_closes_the_story_of_its_message(button: str, kind: str) -> None:
    [found] = activities_in("interactive", pressed(button)["payload"])
    assert (found.activity.kind, found.ref, found.key) == (ActivityKind(kind), "C1/1.0", "key-1")
    assert (found.activity.reader, found.activity.name) == ("slack:U1", "nina")


@pytest.mark.parametrize(
    "envelope",
    [
        replied(thread=""),
        replied(bot_id="B1"),
        replied(subtype="message_changed"),
        replied(subtype="message_deleted"),
        replied(""),
        replied(ts="1.0"),
        pressed(),
    ],
    ids=["no thread", "a bot", "an edit", "a deletion", "no text", "the parent", "a verdict"],
)
def test_what_nobody_wrote_in_a_thread_is_no_note(envelope: dict[str, Any]) -> None:
    assert kinds(envelope) == []


def test_slacks_markup_is_read_as_people_read_it() -> None:
    said = "<@U1|nina> see <https://a.example/x|the page>, <https://b.example> &lt;1 km &amp; near"
    assert plain(said) == "@nina see the page (https://a.example/x), https://b.example <1 km & near"


def configured(folder: Path, server: Workspace) -> Config:
    channel = (
        "channels:\n  desk: {type: slack, token: xoxb-good, channel: alerts,"
        f" app_token: xapp-good, api_url: '{server.url}'}}\n"
    )
    (folder / "config.yaml").write_text(SMALL + channel, encoding="utf-8")
    return load(folder / "config.yaml")


async def done_in_slack(
    folder: Path, store: Store, *envelopes: dict[str, Any], told: int = 0
) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Kind, author and text of what envelopes did to a story that was told; ephemeral answers."""
    async with workspace() as server:
        config = configured(folder, server)
        await store.write(lambda tx: tell(tx, ["ICBM test"], ["icbm"], "C1/1.0", NOW))
        async with feedback_listener.listening(config, store):
            await deliver(server, *envelopes)
            await server.saw(*["chat.postEphemeral"] * told)
        answers = [each["text"] for each in server.told]
    sql = "SELECT kind, name, text FROM story_activity ORDER BY id"
    return await store.write(lambda tx: tx.db.execute(sql).fetchall()), answers


async def test_mine_and_a_reply_become_work_on_the_story_once(tmp_path: Path, store: Store) -> None:
    reply = replied()
    done, answers = await done_in_slack(tmp_path, store, pressed(MINE), reply, reply)
    assert done == [("take", "nina", ""), ("note", "U2", "Seoul confirms")]
    assert answers == []


async def test_a_reply_in_somebody_elses_thread_is_left_alone(tmp_path: Path, store: Store) -> None:
    done, answers = await done_in_slack(tmp_path, store, replied(thread="9.9"))
    assert (done, answers) == ([], [])


async def test_who_takes_a_story_of_another_hears_whose_it_was(
    tmp_path: Path, store: Store
) -> None:
    tom = pressed(MINE, user={"id": "U3", "username": "tom"})
    done, answers = await done_in_slack(tmp_path, store, pressed(MINE), tom, told=1)
    assert [name for _, name, _ in done] == ["nina", "tom"]
    assert answers == ["This story was taken by nina 2024-10-31 18:00 UTC before."]


async def test_a_press_has_the_first_message_edited_to_say_so(tmp_path: Path, store: Store) -> None:
    await done_in_slack(tmp_path, store, pressed(MINE))
    later = datetime.now(UTC)  # edits are due by the listener's clock
    [claim] = await store.write(lambda tx: tx.outbox.claim(later, later, {"desk": 0}))
    status = claim.message.reports[0].status
    assert (claim.message.edits, status and status.name) == ("C1/1.0", "nina")
