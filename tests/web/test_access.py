"""Who may read and who may write."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from commands import fill, invoke
from conftest import NOW
from desks import Browser, browsing

from monitor.config.fields import is_loopback
from monitor.config.schema import WebSettings
from monitor.errors import ConfigError
from monitor.web import app, connections
from monitor.web.access import _COST, Access, hashed, is_password
from monitor.web.connections import Limits

if TYPE_CHECKING:
    from pathlib import Path

WORD = "correct horse"


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    await fill(tmp_path / "monitor.db")
    return tmp_path / "monitor.db"


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    """A hash at a low cost: the true one takes a twentieth of a second for each try."""
    monkeypatch.setitem(_COST, "n", 16)
    return hashed(WORD)


def access(host: str = "127.0.0.1", **settings: Any) -> Access:
    return Access(WebSettings.model_validate(settings), host)


def test_only_the_password_has_its_hash() -> None:
    password = hashed(WORD)
    assert WORD not in password
    assert is_password(WORD, password)
    assert not is_password(WORD + " ", password)
    assert hashed(WORD) != password


@pytest.mark.parametrize("host", ["192.0.2.8", "192.0.2.7", "::", "desk.example"])
def test_a_desk_beyond_loopback_does_not_start_without_a_login(host: str, password: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ConfigError, match=r"web\.password_file"):
        access(host).refuse_to_start(None)
    with pytest.raises(ConfigError):
        access(host, public=True).refuse_to_start(None)
    access(host, password=password).refuse_to_start(None)
    proxy = {"addresses": ["127.0.0.1"], "header": "X-User"}
    access(host, trusted_proxy=proxy).refuse_to_start(None)


def test_a_desk_behind_a_proxy_of_this_machine_does_not_start_open_either() -> None:
    access("::1").refuse_to_start(None)
    with pytest.raises(ConfigError):
        access(names=["desk.example"]).refuse_to_start(None)


def test_a_password_that_is_no_hash_is_refused() -> None:
    with pytest.raises(ConfigError, match="monitor web password"):
        access(password="secret").refuse_to_start(None)


def test_the_command_prints_a_hash_that_the_configuration_takes() -> None:
    printed = invoke("web", "password", "--password", WORD).stdout.strip()
    access(password=printed).refuse_to_start(None)
    assert is_password(WORD, printed)


def test_a_password_file_beside_the_configuration_is_read_and_masked(tmp_path: Path) -> None:
    from monitor.config.load import load  # noqa: PLC0415 - heavy

    (tmp_path / "web-password").write_text("scrypt$1$aa$bb\n", "utf-8")
    (tmp_path / "config.yaml").write_text(
        "feeds: [{url: https://a.example/}]\ntopics: [{id: a, title: A, any: [b]}]\n"
        "web: {password_file: web-password}\n",
        "utf-8",
    )
    config = load(tmp_path / "config.yaml")
    assert config.web.password.get_secret_value() == "scrypt$1$aa$bb"
    assert config.shown["web"]["password"] == "(from password_file: web-password)"


async def test_a_foreign_name_of_this_machine_is_refused(database: Path) -> None:
    async with browsing(database) as browser:
        answer = await browser.get("/", Host="evil.example")
        assert answer.status == 421
        assert (await browser.get("/", Host="localhost:80")).status == 200


async def test_without_a_login_pages_lead_to_it_and_data_is_refused(
    database: Path, password: str
) -> None:
    async with browsing(database, password=password) as browser:
        page = await browser.get("/hits?q=a")
        assert (page.status, page.headers["Location"]) == (303, "/login?to=/hits%3Fq%3Da")
        for path in ("/hits.json", "/hits.csv", "/hits.atom"):
            assert (await browser.get(path)).status == 401
        assert (await browser.post("/looked")).status == 303


async def test_a_login_opens_the_desk_and_a_logout_closes_it(database: Path, password: str) -> None:
    async with browsing(database, password=password) as browser:
        answer = await browser.post("/login", password=WORD, to="/hits?q=a")
        assert (answer.status, answer.headers["Location"]) == (303, "/hits?q=a")
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert (await browser.get("/")).status == 200
        assert (await browser.post("/logout")).status == 303
        assert (await browser.get("/")).status == 303


async def test_a_login_leads_to_no_other_site(database: Path, password: str) -> None:
    async with browsing(database, password=password) as browser:
        for to in ("https://evil.example/", "//evil.example", "/\\evil.example"):
            answer = await browser.post("/login", password=WORD, to=to)
            assert answer.headers["Location"] == "/"


async def test_guessing_is_throttled(database: Path, password: str) -> None:
    async with browsing(database, password=password) as browser:
        for _ in range(5):
            answer = await browser.post("/login", password="wrong")
            assert answer.headers["Location"] == "/login?wrong=1"
        assert (await browser.post("/login", password=WORD)).status == 429


async def failed_logins(browser: Browser, *forwarded: str) -> int:
    """Log in with a wrong password once for each `X-Forwarded-For`; return the last status."""
    status = 0
    for said in forwarded:
        async with browser.session.post(
            browser.url + "/login",
            data={"password": "wrong", "token": await browser.token()},
            headers={"X-Forwarded-For": said},
            allow_redirects=False,
        ) as answer:
            status = answer.status
    return status


async def test_behind_a_trusted_proxy_each_client_is_throttled_alone(
    database: Path, password: str
) -> None:
    proxy = {"addresses": ["127.0.0.1"]}
    async with browsing(database, password=password, trusted_proxy=proxy) as browser:
        assert await failed_logins(browser, *["invented, 192.0.2.7"] * 6) == 429
        assert await failed_logins(browser, "192.0.2.7, 127.0.0.1") == 429
        assert await failed_logins(browser, "192.0.2.8") == 303


async def test_what_others_say_of_their_address_counts_for_nothing(
    database: Path, password: str
) -> None:
    invented = [f"192.0.2.{number}" for number in range(6)]
    async with browsing(database, password=password) as browser:
        assert await failed_logins(browser, *invented) == 429


async def test_a_proxy_that_names_nobody_is_no_login() -> None:
    with pytest.raises(ConfigError):
        access(names=["d.example"], trusted_proxy={"addresses": ["::1"]}).refuse_to_start(None)


@pytest.mark.parametrize(
    ("web", "place"),
    [
        ("{names: [desk.example]}", "3:14: web.names"),
        ("{host: 192.0.2.7}", "3:13: web.host"),
        (
            "{names: [d.example], public: true, trusted_proxy: {addresses: [::1]}}",
            "3:14: web.names",
        ),
        ("{password: secret}", "3:17: web.password: expected what `monitor web password` prints"),
    ],
)
def test_the_check_refuses_what_would_not_start(tmp_path: Path, web: str, place: str) -> None:
    path = tmp_path / "config.yaml"
    begin = "feeds: [{url: https://a.example/}]\ntopics: [{id: a, title: A, any: [b]}]\n"
    path.write_text(f"{begin}web: {web}\n", "utf-8")
    result = invoke("--config", str(path), "check")
    assert result.exit_code == 2
    assert f"config.yaml:{place}" in result.output


async def test_half_a_request_does_not_hold_the_desk(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_A_SECOND", 0.2)
    monkeypatch.setattr(app, "_LIMITS", Limits(connections=3, head=0.1))
    async with browsing(database) as browser:
        host, _, port = browser.url.removeprefix("http://").rpartition(":")
        half = [await asyncio.open_connection(host, int(port)) for _ in range(5)]
        for _, writer in half:
            writer.write(b"GET / HTTP/1.1\r\nHost: ")
        assert (await browser.get("/about")).status == 200
        for reader, writer in half:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()


async def test_a_public_desk_is_read_by_everybody_and_written_by_nobody(
    database: Path, password: str
) -> None:
    async with browsing(database, password=password, public=True) as browser:
        page = await browser.get("/feeds")
        assert page.status == 200
        assert "Pause" not in page.text
        answer = await browser.post("/silences", topic="icbm", duration="8h")
        assert answer.status == 403


async def test_a_trusted_proxy_names_who_asks_and_nobody_else_can(database: Path) -> None:
    proxy = {"addresses": ["127.0.0.1"], "header": "X-User"}
    async with browsing(database, names=["desk.example"], trusted_proxy=proxy) as browser:
        assert (await browser.get("/", **{"X-User": "nina"})).status == 200
        assert (await browser.get("/")).status == 403
    proxy = {"addresses": ["192.0.2.1"], "header": "X-User"}
    async with browsing(database, names=["desk.example"], trusted_proxy=proxy) as browser:
        assert (await browser.get("/", **{"X-User": "nina"})).status == 403


async def test_a_form_of_another_site_is_refused(database: Path) -> None:
    async with browsing(database, now=NOW) as browser:
        token = await browser.token()
        assert (await browser.post("/looked", token="0" * 64)).status == 403
        assert (await browser.post("/looked", token="")).status == 403
        sent = {"token": token}
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            async with browser.session.post(
                browser.url + "/looked", data=sent, headers=headers, allow_redirects=False
            ) as answer:
                assert answer.status == 403
        assert (await browser.post("/looked", token=token)).status == 303


async def test_nothing_is_written_by_opening_an_address(database: Path) -> None:
    async with browsing(database) as browser:
        for path in ("/silences", "/alerts/retry", "/feeds/pause", "/looked", "/logout"):
            assert (await browser.get(path)).status in {404, 405}
