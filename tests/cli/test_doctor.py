"""`monitor doctor`: what it looks at, and what it advises, against real local servers."""

from __future__ import annotations

import asyncio
import json
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from commands import fill, invoke
from fakes import item, rss
from filled import HOUR, move_into_empty_home
from servers import answering, free_port
from workspace import workspace

from monitor.diagnostics.doctor import unit
from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from datetime import timedelta

    from click.testing import Result

DB, GOOD = Path("monitor.db"), "xoxb-good"
CONFIG = """\
database: monitor.db
feeds: [{{url: "{feed}/rss", allow_private: true}}]
topics: [{{id: icbm, title: ICBM, match: ICBM}}]
channels:
  desk: {desk}
"""


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def write(feed: str, **desk: Any) -> None:
    Path("config.yaml").write_text(
        CONFIG.format(feed=feed, desk=json.dumps(desk or {"type": "console"})), encoding="utf-8"
    )


async def looked(*arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code and findings by name, of a doctor beside servers of this thread."""
    result: Result = await asyncio.to_thread(invoke, "doctor", "--json", *arguments)
    found = json.loads(result.stdout)["findings"]
    return result.exit_code, {each["name"]: each for each in found}


async def feed_server(request: web.Request) -> web.Response:
    del request
    return web.Response(text=rss(item("ICBM")), content_type="application/rss+xml")


async def test_what_is_well_is_said_to_be_so() -> None:
    async with answering(feed_server) as url:
        write(url)
        _, found = await looked()
    for name in ("program", "configuration", "disk", "feeds", "clock"):
        assert found[name]["ok"], found[name]
    assert "answers" in found["feeds"]["detail"]


async def test_a_mistaken_configuration_is_named_with_its_place() -> None:
    write("ftp://news.example")
    code, found = await looked()
    assert code == 1
    assert found["configuration"]["detail"].startswith("config.yaml:2:15: feeds[0].url: ")
    assert "monitor check" in found["configuration"]["advice"]


async def test_without_a_configuration_it_leads_to_init() -> None:
    _, found = await looked()
    assert "`monitor init` writes one" in found["configuration"]["detail"]


async def test_a_database_without_a_service_wants_one() -> None:
    await fill(DB)
    write("http://127.0.0.1:1")
    code, found = await looked("--offline")
    assert code == 1
    assert found["database"]["ok"]
    assert "start `monitor run`" in found["service"]["advice"]
    assert "feeds" not in found


async def test_the_cache_and_the_pages_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "CACHE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    write("http://127.0.0.1:1")
    _, found = await looked("--offline")
    assert found["cache"]["detail"] == f"{tmp_path / 'monitor'}: 0.0 MB of compiled topics"
    assert "no browser with a display here" in found["pages"]["detail"]

    (tmp_path / "monitor").chmod(0o777)
    _, found = await looked("--offline")
    assert f"make {tmp_path / 'monitor'} a folder that only you" in found["cache"]["advice"]


async def test_a_name_that_is_not_found_brings_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    write("http://nowhere.invalid")
    _, found = await looked()
    assert found["names"]["detail"].startswith("nowhere.invalid: the name")
    assert "resolv.conf" in found["names"]["advice"]

    write("http://localhost:1")
    assert (await looked())[1]["names"]["detail"].startswith("localhost is found in ")
    write("http://127.0.0.1:1")
    assert (await looked())[1]["names"]["detail"] == "no feed needs any"


async def test_a_feed_that_does_not_answer_brings_advice() -> None:
    write(f"http://127.0.0.1:{free_port()}")
    _, found = await looked()
    assert found["feeds"]["detail"].endswith("connection: nobody answers at that port")
    assert found["feeds"]["advice"]


@pytest.mark.parametrize("late", [HOUR, -HOUR])
async def test_a_clock_apart_from_the_servers_is_seen(late: timedelta) -> None:
    async def behind(request: web.Request) -> web.Response:
        answer = await feed_server(request)
        answer.headers["Date"] = format_datetime(utc_now() + late, usegmt=True)
        return answer

    async with answering(behind) as url:
        write(url)
        _, found = await looked()
    assert "set this machine's clock" in found["clock"]["advice"]


async def slack_finding(scopes: str, *, token: str = GOOD, channel: str = "#alerts") -> Any:
    async with workspace() as slack:
        slack.granted = scopes
        write("http://127.0.0.1:1", type="slack", token=token, channel=channel, api_url=slack.url)
        return (await looked())[1]["channel desk"]


async def test_a_slack_token_with_its_scopes_is_well() -> None:
    finding = await slack_finding("chat:write,channels:read,channels:history")
    assert finding["ok"]
    assert finding["detail"] == "Slack: monitor of The Desk, with all scopes"


async def test_a_missing_scope_is_named_with_what_it_costs() -> None:
    finding = await slack_finding("chat:write,channels:read")
    assert "channels:history, else lost answers are not looked up" in finding["advice"]


async def test_a_wrong_token_and_a_missing_channel_are_told_apart() -> None:
    scopes = "chat:write,channels:read,channels:history"
    assert "copy it anew" in (await slack_finding(scopes, token="xoxb-bad"))["advice"]
    assert "invite the bot" in (await slack_finding(scopes, channel="#nowhere"))["advice"]


async def test_a_mail_server_that_does_not_listen_is_said_to_be_out_of_reach() -> None:
    mail = {"host": "127.0.0.1", "port": free_port(), "tls": "none"}
    write("http://127.0.0.1:1", type="email", sender="a@b.example", to="c@d.example", **mail)
    finding = (await looked())[1]["channel desk"]
    assert "cannot be reached" in finding["detail"]


def test_the_unit_is_found_where_systemd_looks(tmp_path: Path) -> None:
    assert "not installed" in unit((tmp_path,)).detail
    (tmp_path / "monitor.service").touch()
    assert unit((tmp_path,)).detail == str(tmp_path / "monitor.service")


async def test_for_people_each_finding_is_a_line_and_advice_stands_below() -> None:
    write("http://127.0.0.1:1")
    shown = (await asyncio.to_thread(invoke, "doctor", "--offline")).stdout
    assert "ok   configuration  config.yaml: 1 topic, 1 feed, no mistakes" in shown
    assert "!!   database       monitor.db is not there yet" in shown
    assert "→ poll once: monitor run --once" in shown
    assert "attention" in shown
