"""Channels in config.yaml: what is refused, and that no secret is shown."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from filled import SMALL, move_into_empty_home
from postbox import door, postbox
from workspace import workspace

from monitor.cli import main
from monitor.config.load import load
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager

EMAIL = "type: email, host: mail.example, sender: monitor@a.example, to: desk@a.example"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def written(channel: str) -> Path:
    path = Path("config.yaml")
    path.write_text(f"{SMALL}channels: {{desk: {{{channel}}}}}\n", encoding="utf-8")
    return path


def settings(channel: str) -> Any:
    return load(written(channel)).channels["desk"]


def mistakes(channel: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(channel))
    return str(caught.value)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_an_email_channel_needs_a_server_a_sender_and_somebody_to_send_to() -> None:
    found = settings(EMAIL)
    assert (found.host, found.tls, found.port, found.to) == (
        "mail.example",
        "starttls",
        None,
        ["desk@a.example"],
    )
    told = mistakes("type: email")
    assert all(f"channels.desk.{name}: is required" in told for name in ("host", "sender", "to"))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("user: desk", "both user and password"),
        ("password: x", "both user and password"),
        ("tls: none", "only to a server on this machine"),
        ("tls: maybe", "expected one of"),
        ("port: 0", "channels.desk.port: should be greater"),
        ("prot: 25", "unknown key; did you mean `port`?"),
    ],
)
def test_what_would_not_work_or_not_be_safe_is_refused(more: str, told: str) -> None:
    assert told in mistakes(f"{EMAIL}, {more}")


@pytest.mark.parametrize("address", ["desk", "a@b@c", "a b@c.example", '"a@b.example\\nBcc: c@d"'])
def test_what_is_no_address_is_refused(address: str) -> None:
    assert "expected an address" in mistakes(
        EMAIL.replace("to: desk@a.example", f"to: [{address}]")
    )


def test_in_the_clear_is_allowed_on_this_machine() -> None:
    assert settings(EMAIL.replace("mail.example", "localhost") + ", tls: none").tls == "none"


def test_a_webhook_needs_an_http_address() -> None:
    assert settings("type: webhook, url: 'https://hook.example/x'").type == "webhook"
    assert "expected an http or https address" in mistakes("type: webhook, url: 'ftp://x'")
    assert "is required (or url_file)" in mistakes("type: webhook")


SLACK = "type: slack, channel: '#a'"


@pytest.mark.parametrize("token", ["xoxb-1-a", "xoxp-1-a", "xoxe.xoxb-1-a"])
def test_a_token_that_can_post_to_slack_is_taken(token: str) -> None:
    assert settings(f"{SLACK}, token: {token}").arguments()["token"] == token


@pytest.mark.parametrize(
    "token", ["xapp-s3cr3t", "s3cr3t", "'\"xoxb-s3cr3t\"'", "Bearer xoxb-s3cr3t"]
)
def test_a_token_that_cannot_post_is_told_which_one_is_needed_and_where_it_is(token: str) -> None:
    told = mistakes(f"{SLACK}, token: {token}")
    assert ": channels.desk.token: no bot token, which begins with xoxb-: copy the Bot User" in told
    assert "api.slack.com/apps" in told
    assert "s3cr3t" not in told


def test_a_bot_token_is_no_app_level_token() -> None:
    told = mistakes(f"{SLACK}, token: xoxb-1, app_token: xoxb-s3cr3t")
    assert (
        ": channels.desk.app_token: no app-level token, which begins with xapp-: make one" in told
    )
    assert "s3cr3t" not in told


def test_another_server_than_slack_s_may_have_tokens_of_its_own() -> None:
    own = f"{SLACK}, token: t, app_token: t, api_url: 'https://slack.com.example/api/'"
    assert settings(own).arguments()["token"] == "t"


def test_an_unknown_type_is_told_with_those_there_are() -> None:
    told = mistakes("type: mail")
    assert all(name in told for name in ("slack", "email", "webhook", "apprise", "console"))


SECRETS = {
    "slack": "type: slack, channel: '#a', token_file: bot, app_token_file: app",
    "email": EMAIL + ", user: desk, password_file: token",
    "webhook": "type: webhook, url_file: address, secret_file: token",
    "apprise": "type: apprise, url_file: address",
}


@pytest.mark.parametrize("channel", SECRETS.values(), ids=SECRETS)
def test_every_secret_can_come_from_a_file_and_is_never_shown(channel: str) -> None:
    for name, begin in {"token": "", "bot": "xoxb-", "app": "xapp-"}.items():
        Path(name).write_text(f"{begin}s3cr3t-t0ken\n", encoding="utf-8")
    Path("address").write_text("https://hook.example/s3cr3t-t0ken\n", encoding="utf-8")
    arguments = settings(channel).arguments()
    assert any("s3cr3t-t0ken" in str(value) for value in arguments.values())
    shown = run("check", "--show")
    assert shown.exit_code == 0
    assert "s3cr3t" not in shown.output
    assert "(from " in shown.output


def test_check_says_what_apprise_cannot() -> None:
    written("type: apprise, url: 'json://127.0.0.1'")
    assert "channel desk: Apprise knows no threads and no edits" in run("check").output


@contextmanager
def beside(server: Callable[[], AbstractAsyncContextManager[Any]]) -> Iterator[Any]:
    """Run a server in a thread, since a command has a loop of its own."""
    opened: dict[str, Any] = {}
    ready, loop = threading.Event(), asyncio.new_event_loop()

    async def serve() -> None:
        async with server() as found:
            opened["server"], opened["end"] = found, asyncio.Event()
            ready.set()
            await opened["end"].wait()

    def work() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            loop.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(5)
    try:
        yield opened["server"]
    finally:
        loop.call_soon_threadsafe(opened["end"].set)
        thread.join()


def test_an_email_channel_can_be_tested() -> None:
    with beside(postbox) as server:
        to = "sender: monitor@a.example, to: desk@a.example"
        written(f"type: email, host: 127.0.0.1, port: {server.port}, tls: none, {to}")
        result = run("alerts", "test", "desk")
        assert result.exit_code == 0, result.output
    assert "Test message" in server.mails[0]["Subject"]


def test_a_webhook_can_be_tested_and_its_refusal_comes_with_advice() -> None:
    with beside(door) as server:
        written(f"type: webhook, url: '{server.url}', secret: whsec_c2VjcmV0")
        assert run("alerts", "test", "desk").exit_code == 0
        server.plan = [404]
        refused = run("alerts", "test", "desk")
    assert len(server.bodies) == 1
    assert refused.exit_code == 1
    assert "there is no such webhook any more" in refused.output
    assert "s3cr3t" not in refused.output


def test_a_slack_channel_with_buttons_can_be_tested() -> None:
    with beside(workspace) as server:
        tokens = "token: xoxb-good, app_token: xapp-good"
        written(f"type: slack, channel: '#alerts', {tokens}, api_url: '{server.url}'")
        assert run("alerts", "test", "desk").exit_code == 0
    assert server.messages[0]["blocks"][-1]["type"] == "actions"
