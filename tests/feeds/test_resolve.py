"""Names become addresses within a deadline, whatever the name servers do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from servers import BODY, answering, fetched, refused

from monitor.feeds.resolve import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

Answer = Callable[[], list[tuple[object, ...]]]
ADDRESS: list[tuple[object, ...]] = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 80))]


@contextmanager
def looking_up(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> Iterator[None]:
    """Answer each look-up of the system so."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer())
    yield
    monkeypatch.undo()


def in_turn(*answers: Answer) -> Answer:
    """The first answer the first time, and so on."""
    rest = iter(answers)

    def answer() -> list[tuple[object, ...]]:
        return next(rest)()

    return answer


def silence() -> list[tuple[object, ...]]:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def unknown() -> list[tuple[object, ...]]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


async def test_a_look_up_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def hang() -> list[tuple[object, ...]]:
        never.wait()
        return []

    with looking_up(monkeypatch, hang), pytest.raises(socket.gaierror) as caught:
        await Resolver(deadline=0.01).resolve("feeds.invalid", 80)
    never.set()
    assert caught.value.errno == socket.EAI_AGAIN


async def test_a_name_keeps_its_addresses_while_no_name_server_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolver = Resolver()
    with looking_up(monkeypatch, in_turn(lambda: ADDRESS, silence)):
        first = await resolver.resolve("feeds.invalid", 80)
        assert await resolver.resolve("feeds.invalid", 80) == first
    assert first[0]["host"] == "192.0.2.7"


async def test_a_name_that_is_gone_does_not_keep_its_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolver = Resolver()
    with looking_up(monkeypatch, in_turn(lambda: ADDRESS, unknown)):
        await resolver.resolve("feeds.invalid", 80)
        with pytest.raises(socket.gaierror):
            await resolver.resolve("feeds.invalid", 80)


async def test_the_reason_tells_silent_name_servers_from_an_unknown_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for answer, detail in ((silence, "the name servers do not answer"),
                           (unknown, "the name was not found")):  # fmt: skip
        with looking_up(monkeypatch, answer):
            error = await refused("http://feeds.invalid/")
        assert (error.reason, error.detail) == ("dns", detail)


async def test_an_address_without_a_name_needs_no_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=BODY)

    async with answering(handler) as url:
        with looking_up(monkeypatch, silence):
            assert (await fetched(url)).body == BODY
