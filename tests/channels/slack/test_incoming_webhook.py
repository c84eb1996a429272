"""The Slack webhook channel, against a webhook on loopback."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from click.testing import CliRunner
from fakes import serving
from filled import SMALL, move_into_empty_home

from monitor.channels.slack.incoming_webhook import SlackWebhook
from monitor.cli import main
from monitor.errors import DeliveryError
from monitor.model import AlertItem, Excerpt, Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

REPORT = AlertItem(
    ("ICBM",),
    "A <test> & more",
    "https://a.example/1",
    "Wire",
    datetime(2024, 10, 31, 18, tzinfo=UTC),
    Excerpt("The ICBM flew.", ((4, 8),)),
)


@dataclass
class Webhook:
    """Answers as Slack's documentation says: a status and a word. `cut` ends the connection."""

    status: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    posted: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.posted.append(await request.json())
        if self.cut:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=self.status, text=self.body, headers=self.headers)


@asynccontextmanager
async def hook(**answer: Any) -> AsyncIterator[Webhook]:
    running = Webhook(**answer)
    app = web.Application()
    app.router.add_post("/services/T0/B0/s3cret", running.answer)
    async with serving(app) as url:
        running.url = f"{url}/services/T0/B0/s3cret"
        yield running


async def refused(running: Webhook, message: Message | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await SlackWebhook(url=running.url).send(message or Message("key-1", (REPORT,)))
    return caught.value


async def test_a_message_is_posted_with_blocks_and_escaped_text() -> None:
    async with hook() as running:
        assert await SlackWebhook(url=running.url).send(Message("key-1", (REPORT,))) == "key-1"
    (posted,) = running.posted
    assert "A &lt;test&gt; &amp; more" in posted["text"]
    assert "\u200b*ICBM*\u200b" in posted["blocks"][1]["text"]["text"]
    assert (posted["unfurl_links"], posted["unfurl_media"]) == (False, False)


async def test_a_later_report_of_a_story_is_a_message_that_says_so() -> None:
    async with hook() as running:
        await SlackWebhook(url=running.url).send(Message("key-2", (REPORT,), thread="key-1"))
    assert "Later report" in running.posted[0]["text"]


@pytest.mark.parametrize(
    ("answer", "blame", "retry_after", "in_doubt"),
    [
        ({"status": 429, "headers": {"Retry-After": "7"}}, "passing", 7.0, False),
        ({"status": 429}, "passing", 30.0, False),
        ({"status": 500, "body": "<html>"}, "passing", None, True),
        ({"cut": True}, "passing", None, True),
        ({"status": 403, "body": "invalid_token"}, "operator", None, False),
        ({"status": 404, "body": "no_service"}, "operator", None, False),
        ({"status": 410, "body": "channel_is_archived"}, "operator", None, False),
        ({"status": 400, "body": "invalid_blocks"}, "message", None, False),
    ],
    ids=str,
)
async def test_each_refusal_says_who_must_act(
    answer: dict[str, Any],
    blame: str,
    retry_after: float | None,
    in_doubt: bool,  # noqa: FBT001 - a row of the table
) -> None:
    async with hook(**answer) as running:
        error = await refused(running)
    assert (error.blame, error.retry_after, error.in_doubt) == (blame, retry_after, in_doubt)
    assert len(running.posted) == 1


async def test_nobody_there_is_a_passing_fault_and_the_address_stays_secret() -> None:
    async with hook() as running:
        pass
    error = await refused(running)
    assert error.blame == "passing"
    assert "s3cret" not in f"{error!r} {error.__cause__!r}"


async def test_a_page_in_place_of_a_code_is_not_quoted() -> None:
    async with hook(status=400, body="<html>" + "x" * 500) as running:
        assert str(await refused(running)) == "Slack: HTTP 400"


def test_check_says_what_a_webhook_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)
    monkeypatch.setenv("HOOK", "https://hooks.slack.example/services/s3cret")
    channel = "channels: {desk: {type: slack-webhook, url: '${HOOK}'}}\n"
    (tmp_path / "work" / "config.yaml").write_text(SMALL + channel, encoding="utf-8")
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 0
    assert "channel desk: an incoming webhook knows no threads" in result.stdout
    shown = CliRunner().invoke(main, ["check", "--show"]).stdout
    assert "${HOOK}" in shown
    assert "s3cret" not in shown


async def test_a_bug_in_rendering_is_not_the_fault_of_slack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: Message) -> None:
        raise KeyError("nobody foresaw this")

    monkeypatch.setattr("monitor.channels.slack.incoming_webhook.blocks", broken)
    async with hook() as running:
        with pytest.raises(KeyError):
            await SlackWebhook(url=running.url).send(Message("key-1", (REPORT,)))
    assert running.posted == []
