"""The service while no name server answers: all else goes on, and the end comes soon."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from fakes import item, rss
from installation import until

if TYPE_CHECKING:
    from pathlib import Path

    from installation import Installation

pytestmark = pytest.mark.slow

_SILENT = 40  # feeds whose names are asked for; more than a pool has threads
# A look-up that a silent name server holds, in the place of one that takes half a minute.
_HOLDS = """
import socket, time
look_up = socket.getaddrinfo
def held(host, *args, **kwargs):
    while str(host).endswith(".silent.example"):
        time.sleep(60)
    return look_up(host, *args, **kwargs)
socket.getaddrinfo = held
"""


async def test_silent_name_servers_hold_up_neither_alerts_nor_a_reload_nor_the_end(
    site: Installation, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_HOLDS, encoding="utf-8")
    site.environment["PYTHONPATH"] = str(tmp_path)
    site.feeds.documents["a"] = rss()
    site.write("a")
    with site.config.open("a", encoding="utf-8") as config:
        config.writelines(f"  - {{url: 'http://f{n}.silent.example/'}}\n" for n in range(_SILENT))
    process = await site.start()
    await until(lambda: "polled" in site.log())

    site.feeds.documents["a"] = rss(item("ICBM", datetime.now(UTC)))
    await until(lambda: site.slack.posted, 20)
    process.send_signal(signal.SIGHUP)
    await until(lambda: site.events("reloaded"), 20)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0
