"""Fetches of one server wait for each other, but not for those that hang."""

from __future__ import annotations

import asyncio

from aiohttp import web
from fakes import feed
from servers import BODY, NEW, answering, fetcher

from monitor.feeds.slots import PER_SERVER, Slots


async def test_a_server_is_asked_a_few_times_at_once_however_its_name_is_written() -> None:
    running, most = 0, 0
    go_on = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == PER_SERVER:
            go_on.set()
        await go_on.wait()
        await asyncio.sleep(0.02)  # others may come meanwhile
        running -= 1
        return web.Response(body=BODY)

    async with answering(handler) as url, fetcher(at_once=50) as opened:
        names = [url.replace("127.0.0.1", name) for name in ("localhost", "LocalHost")]
        addresses = [f"{name}/{number}" for name in names for number in range(2 * PER_SERVER)]
        await asyncio.gather(*(opened.fetch(feed(address), NEW) for address in addresses))
    assert most == PER_SERVER


async def test_fetches_that_hang_give_their_places_to_others() -> None:
    slots, never, order = Slots(slow=0.01), asyncio.Event(), []

    async def hang() -> None:
        async with slots.one_of("one.example"):
            await never.wait()

    hanging = [asyncio.create_task(hang()) for _ in range(2 * PER_SERVER)]
    async with slots.one_of("one.example"):
        order.append("good")
    never.set()
    await asyncio.gather(*hanging)
    assert order == ["good"]


async def test_servers_do_not_wait_for_each_other() -> None:
    slots, never = Slots(), asyncio.Event()

    async def hang() -> None:
        async with slots.one_of("one.example"):
            await never.wait()

    hanging = [asyncio.create_task(hang()) for _ in range(PER_SERVER)]
    await asyncio.sleep(0)
    async with slots.one_of("two.example"):
        assert not any(task.done() for task in hanging)
    never.set()
    await asyncio.gather(*hanging)


async def test_a_fetch_that_gave_its_place_away_has_none_to_give_at_its_end() -> None:
    slots, never, go_on = Slots(slow=0.01), asyncio.Event(), asyncio.Event()
    inside: list[asyncio.Event] = []

    async def stay(until: asyncio.Event) -> None:
        async with slots.one_of("one.example"):
            inside.append(until)
            await until.wait()

    hanging = [asyncio.create_task(stay(go_on)) for _ in range(PER_SERVER)]
    async with slots.one_of("one.example"):  # once they are slow
        go_on.set()
        await asyncio.gather(*hanging)
    waiting = [asyncio.create_task(stay(never)) for _ in range(2 * PER_SERVER)]
    await asyncio.sleep(0)
    assert inside.count(never) == PER_SERVER
    never.set()
    await asyncio.gather(*waiting)
