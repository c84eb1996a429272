"""The program's event loop: calls that block hold up neither others nor the end."""

from __future__ import annotations

import asyncio
import threading

import pytest

from monitor.service.loop import run

MANY = 100  # more than any pool has threads


def test_a_blocking_call_does_not_wait_for_others_that_never_end() -> None:
    never = threading.Event()

    async def main() -> str:
        stuck = [asyncio.create_task(asyncio.to_thread(never.wait)) for _ in range(MANY)]
        answer = await asyncio.to_thread(lambda: "done")
        assert not any(task.done() for task in stuck)
        return answer

    assert run(main()) == "done"  # and the end has not waited for them either
    assert not never.is_set()
    never.set()


def test_the_error_of_a_blocking_call_reaches_who_waits_for_it() -> None:
    async def main() -> None:
        await asyncio.to_thread(int, "no number")

    with pytest.raises(ValueError, match="no number"):
        run(main())
