"""A feed leads to public addresses only, unless allowed; and no error tells its secret."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from traceback import format_exception_only
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from fakes import feed
from servers import (
    BAD_ANSWERS,
    BODY,
    NEW,
    NO_NAME,
    fetched,
    fetcher,
    http,
    refused,
    sending,
)

from monitor.errors import FetchError
from monitor.feeds import guard
from monitor.feeds.guard import is_public

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.model import Fetched

PUBLIC = {
    "IPv4": "8.8.8.8",
    "IPv4 below a private block": "172.15.255.255",
    "IPv4 above CGNAT": "100.128.0.1",
    "IPv6": "2606:4700:4700::1111",
    "mapped": "::ffff:8.8.8.8",
    "NAT64": "64:ff9b::8.8.8.8",
    "6to4": "2002:808:808::1",
    "an anycast address in a block that is not public": "192.0.0.9",
    "IPv6 AS112": "2001:4:112::1",
}
NOT_PUBLIC = {
    "private class A": "10.0.0.1",
    "private class B": "172.16.0.1",
    "private class C": "192.168.1.1",
    "loopback": "127.0.0.1",
    "another loopback": "127.1.2.3",
    "link-local, the metadata of clouds": "169.254.169.254",
    "CGNAT": "100.64.0.1",
    "multicast": "224.0.0.1",
    "multicast of a wider scope": "239.255.255.250",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "unspecified": "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "this network": "0.1.2.3",
    "documentation 1": "192.0.2.1",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "benchmarks": "198.18.0.1",
    "IPv6 unspecified": "::",
    "IPv6 loopback": "::1",
    "IPv6 link-local": "fe80::1",
    "IPv6 link-local with its zone": "fe80::1%eth0",
    "IPv6 private": "fd00:ec2::254",
    "IPv6 site-local": "fec0::1",
    "IPv6 multicast": "ff02::1",
    "IPv6 multicast of global scope": "ff0e::1",
    "IPv6 documentation": "2001:db8::1",
    "IPv6 reserved": "4000::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped private": "::ffff:10.0.0.1",
    "mapped metadata with a zone": "::ffff:169.254.169.254%eth0",
    "compatible loopback": "::127.0.0.1",
    "NAT64 of loopback": "64:ff9b::127.0.0.1",
    "NAT64 of private": "64:ff9b::c0a8:101",
    "local NAT64": "64:ff9b:1::808:808",
    "6to4 of loopback": "2002:7f00:1::",
    "6to4 of private": "2002:c0a8:101::1",
    "Teredo": "2001:0:7f00:1::",
    "a relay of 6to4": "192.88.99.1",
    "IPv6 documentation of 2024": "3fff::1",
    "IPv6 segment routing": "5f00::1",
    "IPv6 ORCHID": "2001:10::1",
    "NAT64 of a relay of 6to4": "64:ff9b::c058:6301",
}


@pytest.mark.parametrize("address", PUBLIC.values(), ids=PUBLIC)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_any_other_address_is_not(address: str) -> None:
    assert not is_public(address)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as bound:
            bound.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="needs ::1")


@asynccontextmanager
async def loopback() -> AsyncIterator[tuple[int, list[str]]]:
    """A server on all of loopback; yields its port and the hosts that it was asked as."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.host)
        if request.path == "/moved":
            raise web.HTTPFound(request.query["to"])
        return web.Response(body=BODY)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    if has_ipv6():
        await web.TCPSite(runner, "::1", port).start()
    try:
        yield port, asked
    finally:
        await runner.cleanup()


HOSTS = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", pytest.param("[::1]", marks=needs_ipv6)]
ODD_HOSTS = ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0"]  # noqa: S104 - asked, not bound


@pytest.mark.parametrize("host", [*HOSTS, *ODD_HOSTS])
async def test_a_guarded_feed_does_not_reach_loopback_by_any_name(host: str) -> None:
    async with loopback() as (port, asked):
        error = await refused(f"http://{host}:{port}/", allow_private=False)
    assert error.reason in {"refused-address", "bad-address"}
    assert asked == []


@pytest.mark.parametrize("host", HOSTS)
async def test_the_refusal_says_what_permits_it(host: str) -> None:
    async with loopback() as (port, _):
        error = await refused(f"http://{host}:{port}/", allow_private=False)
    assert error.reason == "refused-address"
    assert "allow_private" in error.detail


@pytest.mark.parametrize("host", HOSTS)
async def test_allow_private_permits_it(host: str) -> None:
    async with loopback() as (port, _):
        assert (await fetched(f"http://{host}:{port}/")).body == BODY


@needs_ipv6
async def test_a_name_with_two_private_addresses_is_refused_as_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def both(_: str, port: int, *__: object) -> list[tuple[object, ...]]:
        tcp = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [
            (socket.AF_INET6, *tcp, ("::1", port, 0, 0)),
            (socket.AF_INET, *tcp, ("127.0.0.1", port)),
        ]

    async with loopback() as (port, asked):
        monkeypatch.setattr(socket, "getaddrinfo", both)
        error = await refused(f"http://feeds.invalid:{port}/", allow_private=False)
        answer = await fetched(f"http://feeds.invalid:{port}/")
    assert error.reason == "refused-address"
    assert (answer.body, len(asked)) == (BODY, 1)


@needs_ipv6
@pytest.mark.parametrize("host", HOSTS[:3])
async def test_a_redirect_from_a_public_address_does_not_get_round_the_guard(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "is_public", lambda ip: ip == "::1" or is_public(ip))
    async with loopback() as (port, asked):
        address = f"http://[::1]:{port}/moved?to=http://{host}:{port}/"
        error = await refused(address, allow_private=False)
    assert error.reason == "refused-address"
    assert asked == [f"[::1]:{port}"]


async def test_a_guarded_feed_does_not_reuse_the_connection_of_an_unguarded_one() -> None:
    async with loopback() as (port, _), fetcher() as opened:
        address = f"http://127.0.0.1:{port}/"
        await opened.fetch(feed(address), NEW)
        with pytest.raises(FetchError, match="refused-address"):
            await opened.fetch(feed(address, allow_private=False), NEW)


# DNS that lies


Answers = Callable[[str, int], list[str]]


@contextmanager
def resolving(monkeypatch: pytest.MonkeyPatch, answers: Answers) -> Iterator[list[str]]:
    """Answer each look-up with the addresses of `answers` (name, how many times it was asked).

    Yields the names asked for. `::1` counts as public meanwhile, since no test may go further.
    """
    asked: list[str] = []

    def look_up(name: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(name)
        tcp = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [
            (socket.AF_INET6, *tcp, (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, *tcp, (address, port))
            for address in answers(name, asked.count(name))
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(guard, "is_public", lambda ip: ip == "::1" or is_public(ip))
    yield asked
    monkeypatch.undo()


@needs_ipv6
async def test_a_name_that_leads_elsewhere_the_second_time_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rebound(_: str, times: int) -> list[str]:
        return ["::1" if times == 1 else "127.0.0.1"]

    async with loopback() as (port, reached), loopback() as (other, inside):
        with resolving(monkeypatch, rebound) as asked:
            address = f"http://feeds.invalid:{port}/moved?to=http://feeds.invalid:{other}/secret"
            error = await refused(address, allow_private=False)
    assert error.reason == "refused-address"
    assert (asked, len(reached), inside) == (["feeds.invalid"] * 2, 1, [])


@needs_ipv6
async def test_a_name_that_leads_elsewhere_at_the_next_poll_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rebound(_: str, times: int) -> list[str]:
        return ["::1" if times == 1 else "127.0.0.1"]

    async with loopback() as (port, reached):
        with resolving(monkeypatch, rebound):
            address = f"http://feeds.invalid:{port}/"
            async with fetcher() as opened:
                assert (await opened.fetch(feed(address, allow_private=False), NEW)).body == BODY
            error = await refused(address, allow_private=False)
    assert (error.reason, len(reached)) == ("refused-address", 1)


@needs_ipv6
@pytest.mark.parametrize("addresses", [["::1", "127.0.0.1"], ["127.0.0.1", "::1"]])
async def test_of_a_name_with_public_and_private_addresses_only_a_public_one_is_reached(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    peers: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport
        peers.append(request.transport.get_extra_info("sockname")[0])
        return web.Response(body=BODY)

    async with serving_both(answer) as port:
        with resolving(monkeypatch, lambda *_: addresses):
            address = f"http://feeds.invalid:{port}/"
            assert (await fetched_guarded(address)).body == BODY
    assert peers == ["::1"]


@needs_ipv6
@pytest.mark.parametrize("hop", [1, 2, 3, 4, 5])
async def test_each_redirect_is_guarded(monkeypatch: pytest.MonkeyPatch, hop: int) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.host)
        left = int(request.path.strip("/"))
        host = "[::1]" if left > 1 else "127.0.0.1"
        raise web.HTTPFound(f"http://{host}:{request.url.port}/{left - 1}")

    async with serving_both(answer) as port:
        with resolving(monkeypatch, lambda *_: []):
            address = f"http://[::1]:{port}/{hop}"
            error = await refused(address, allow_private=False)
    assert error.reason == "refused-address"
    assert asked == [f"[::1]:{port}"] * hop


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
async def test_no_such_address_is_connected_to_by_name(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Were it connected to, the error would be another one: a network would have to answer."""
    with resolving(monkeypatch, lambda *_: [address.partition("%")[0]]):
        monkeypatch.setattr(guard, "is_public", is_public)
        error = await refused("http://feeds.invalid:9/", allow_private=False)
    assert error.reason == "refused-address"


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
async def test_no_such_address_is_connected_to_as_a_literal(address: str) -> None:
    plain = address.partition("%")[0]
    host = f"[{plain}]" if ":" in plain else plain
    error = await refused(f"http://{host}:9/", allow_private=False)
    assert error.reason == "refused-address"


@pytest.mark.parametrize("scheme", ["file", "ftp", "gopher", "data", "javascript", "ws", "unix"])
async def test_only_http_and_https_are_fetched(scheme: str) -> None:
    for address in (f"{scheme}://127.0.0.1:9/", f"{scheme}:/etc/passwd"):
        for allow_private in (True, False):
            assert (await refused(address, allow_private=allow_private)).reason == "bad-address"


@asynccontextmanager
async def serving_both(answer: Any) -> AsyncIterator[int]:
    """Serve on both loopback addresses, at one port."""
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    await web.TCPSite(runner, "::1", port).start()
    try:
        yield port
    finally:
        await runner.cleanup()


async def fetched_guarded(address: str) -> Fetched:
    async with fetcher() as opened:
        return await opened.fetch(feed(address, allow_private=False), NEW)


# Secrets


def told(error: FetchError) -> str:
    """Return all that the program may print of an error."""
    return f"{error} {error!r} {error.reason} {error.detail} {format_exception_only(error)}"


def secret(url: str) -> str:
    return url.replace("//", "//user:secret@") + "/feed?key=secret"


@pytest.mark.parametrize("answer", [answer for _, answer in BAD_ANSWERS.values()], ids=BAD_ANSWERS)
async def test_the_error_of_a_bad_answer_holds_no_secret(
    answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with sending(answer) as url:
        error = await refused(secret(url))
    assert_discreet(error, url, caplog)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1", "connection"),
        (f"http://{NO_NAME}", "dns"),
        ("http://2130706433", "bad-address"),
        ("http://[::1", "bad-address"),
        ("ftp://127.0.0.1", "bad-address"),
    ],
)
async def test_the_error_of_a_bad_address_holds_no_secret(
    url: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    error = await refused(secret(url))
    assert error.reason == reason
    assert_discreet(error, url, caplog)


async def test_the_error_of_a_timeout_holds_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    async with sending(hang=True) as url:
        error = await refused(secret(url), timeout=0.1)
    assert error.reason == "timeout"
    assert_discreet(error, url, caplog)


async def test_the_error_of_a_large_body_holds_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    async with sending(http("200 OK", body=b"secret" * 10)) as url:
        error = await refused(secret(url), max_body=10)
    assert error.reason == "too-large"
    assert_discreet(error, url, caplog)


async def test_the_error_of_a_tls_failure_holds_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with loopback() as (port, _):
        url = f"https://127.0.0.1:{port}"
        error = await refused(secret(url))
    assert error.reason == "tls"
    assert_discreet(error, url, caplog)


async def test_the_error_of_a_refused_address_holds_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with loopback() as (port, _):
        url = f"http://localhost:{port}"
        error = await refused(secret(url), allow_private=False)
    assert error.reason == "refused-address"
    assert_discreet(error, url, caplog)


def assert_discreet(error: FetchError, url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the address nor its parts that may be secret are in the error or the logs."""
    address = url.partition("//")[2]
    for hidden in ("secret", "user", "key=", "/feed", address):
        assert hidden not in told(error)
        assert hidden not in caplog.text
