"""What every channel keeps to, each against a real server on loopback."""

from __future__ import annotations

import io
import logging
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from traceback import format_exception
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from messages import ARABIC, HEARTBEAT, KOREAN, SECRET, VOICES, alert, digest, reply, report
from postbox import door, postbox
from rich.console import Console as Terminal
from structlog.testing import capture_logs
from workspace import workspace

from monitor.channels import CHANNELS
from monitor.channels.apprise import Apprise
from monitor.channels.console import Console
from monitor.channels.email import Email
from monitor.channels.slack.client import Slack
from monitor.channels.slack.incoming_webhook import SlackWebhook
from monitor.channels.webhook import Webhook
from monitor.errors import DeliveryError
from monitor.model import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from monitor.channels import Channel


@dataclass
class TrialResult:
    """A channel with a server behind it.

    `taken` counts messages there and `told` is their text. `refuse` and `lose` say what happens to
    the next one; None where that cannot happen.
    """

    channel: Channel
    taken: Callable[[], int]
    told: Callable[[], str]
    refuse: Callable[[], Any]
    lose: Callable[[], Any] | None = None


@asynccontextmanager
async def console() -> AsyncIterator[TrialResult]:
    file = io.StringIO()
    channel = Console(Terminal(file=file, width=200))

    def messages() -> int:
        return len([line for line in file.getvalue().splitlines() if not line.strip()])

    yield TrialResult(channel, messages, file.getvalue, file.close)


@asynccontextmanager
async def slack() -> AsyncIterator[TrialResult]:
    async with workspace() as server:
        server.token = SECRET
        yield TrialResult(
            Slack(token=SECRET, channel="#alerts", app_token=SECRET, api_url=server.url),
            lambda: len(server.messages),
            lambda: str(server.messages),
            lambda: server.plan.append("invalid_blocks"),
            lambda: setattr(server, "lost", True),
        )


@asynccontextmanager
async def slack_webhook() -> AsyncIterator[TrialResult]:
    async with door() as server:
        yield TrialResult(
            SlackWebhook(url=server.url),
            lambda: len(server.bodies),
            lambda: _text(server),
            lambda: server.plan.append(400),
            lambda: server.plan.append("lost"),
        )


@asynccontextmanager
async def email() -> AsyncIterator[TrialResult]:
    async with postbox() as server:
        channel = Email(
            host="127.0.0.1",
            port=server.port,
            tls="none",
            sender="monitor@example.org",
            to=["desk@example.org"],
            clock=NOW.timestamp,
        )
        yield TrialResult(
            channel,
            lambda: len(server.mails),
            lambda: "".join(str(m["Subject"]) + _plain(m) for m in server.mails),
            lambda: server.plan.append(f"554 5.6.0 {SECRET}"),
            lambda: server.plan.append("lost"),
        )


@asynccontextmanager
async def webhook() -> AsyncIterator[TrialResult]:
    async with door() as server:
        yield TrialResult(
            Webhook(url=server.url, secret=SECRET, clock=NOW.timestamp),
            lambda: len(server.bodies),
            lambda: _text(server),
            lambda: server.plan.append(422),
            lambda: server.plan.append("lost"),
        )


@asynccontextmanager
async def apprise() -> AsyncIterator[TrialResult]:
    async with door() as server:
        yield TrialResult(
            Apprise(url=server.url.replace("http://", "json://")),
            lambda: len(server.bodies),
            lambda: _text(server),
            lambda: server.plan.append(422),
            lambda: server.plan.append("lost"),
        )


def _text(server: Any) -> str:
    raw = b"".join(server.bodies).decode()
    return raw if raw.isascii() is False else raw.encode().decode("unicode_escape")


def _plain(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


KINDS: dict[str, Callable[[], AbstractAsyncContextManager[TrialResult]]] = {
    "console": console, "slack": slack, "slack-webhook": slack_webhook, "email": email,
    "webhook": webhook, "apprise": apprise,
}  # fmt: skip
# what Apprise's services import
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
every_channel = pytest.mark.parametrize("kind", KINDS)


def test_every_kind_of_channel_is_tried_here() -> None:
    assert set(KINDS) == set(CHANNELS)


@every_channel
async def test_a_post_arrives_once_and_has_a_reference(kind: str) -> None:
    async with KINDS[kind]() as tried:
        first = await tried.channel.send(alert("First headline"))
        second = await tried.channel.send(replace(alert("Second"), key="key-9"))
        assert first
        assert first != second
        assert tried.taken() == 2
        assert "First headline" in tried.told()


@every_channel
async def test_a_reply_arrives_and_tells_its_headline(kind: str) -> None:
    async with KINDS[kind]() as tried:
        first = await tried.channel.send(alert())
        ref = await tried.channel.send(replace(reply("a new place: Kharkiv"), thread=first))
        assert ref != first
        assert tried.taken() == 2
        assert "A later headline" in tried.told()
        assert "a new place: Kharkiv" in tried.told()


@every_channel
async def test_an_edit_keeps_the_reference_and_adds_no_message(kind: str) -> None:
    async with KINDS[kind]() as tried:
        ref = await tried.channel.send(alert())
        edit = Message("key-1", (report(publisher_reports=VOICES),), edits=ref)
        assert await tried.channel.send(edit) == ref
        # a webhook is told of the edit, and its receiver knows by the reference what to replace
        assert tried.taken() == (2 if kind == "webhook" else 1)


@every_channel
async def test_a_digest_is_one_message_that_tells_every_story(kind: str) -> None:
    async with KINDS[kind]() as tried:
        await tried.channel.send(digest(3, "headline"))
        assert tried.taken() == 1 or kind == "console"
        assert all(f"{number} headline" in tried.told() for number in range(3))


@every_channel
async def test_a_notice_is_told_with_its_lines(kind: str) -> None:
    async with KINDS[kind]() as tried:
        await tried.channel.send(HEARTBEAT)
        assert "All is well" in tried.told()
        assert "9 near misses" in tried.told()


@every_channel
@pytest.mark.parametrize("message", [KOREAN, ARABIC], ids=["Korean", "Arabic"])
async def test_every_script_arrives(kind: str, message: Message) -> None:
    async with KINDS[kind]() as tried:
        await tried.channel.send(message)
        assert message.reports[0].title in tried.told()


@every_channel
async def test_a_refused_message_is_an_error_that_says_who_must_act(kind: str) -> None:
    async with KINDS[kind]() as tried:
        tried.refuse()
        with pytest.raises(DeliveryError) as caught:
            await tried.channel.send(alert())
        assert caught.value.blame == ("passing" if kind == "console" else "message")
        assert not caught.value.in_doubt


@every_channel
async def test_a_lost_answer_leaves_it_in_doubt_and_is_not_sent_again_here(kind: str) -> None:
    async with KINDS[kind]() as tried:
        if tried.lose is None:
            return
        tried.lose()
        with pytest.raises(DeliveryError) as caught:
            await tried.channel.send(alert())
        assert (caught.value.blame, caught.value.in_doubt) == ("passing", True)
        assert tried.taken() == 1


@every_channel
async def test_a_secret_is_in_no_error_and_no_log(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    errors: list[DeliveryError] = []
    with capture_logs() as logs:
        async with KINDS[kind]() as tried:
            for happens in (tried.refuse, tried.lose):
                if happens is None:
                    continue
                happens()
                with pytest.raises(DeliveryError) as caught:
                    await tried.channel.send(alert())
                errors.append(caught.value)
            await tried.channel.close()
    told = "".join("".join(format_exception(error)) + repr(vars(error)) for error in errors)
    ours = [str(each.getMessage()) for each in caplog.records if each.name != "aiohttp.access"]
    assert SECRET not in told + str(ours) + str(logs)


@every_channel
async def test_a_channel_says_what_it_can(kind: str) -> None:
    async with KINDS[kind]() as tried:
        assert isinstance(tried.channel.can_edit, bool)
        assert tried.channel.spacing >= 0
        assert await tried.channel.find(alert(), NOW) is None  # nothing was sent
