"""The desk as a process of its own, and inside the service."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest
from commands import fill, invoke
from fakes import item, rss
from installation import until
from servers import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from installation import Installation


def opened(url: str) -> str:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own server
        return str(answer.read().decode())


@pytest.mark.slow
async def test_the_service_serves_the_desk_itself(site: Installation) -> None:
    port = free_port()
    site.feeds.documents["a"] = rss(item("ICBM test"))
    site.write("a")
    site.replace("feeds:\n", f"web: {{port: {port}}}\nfeeds:\n")
    await site.start()
    await until(lambda: site.rows("SELECT 1 FROM matches"))
    page = await asyncio.to_thread(opened, f"http://127.0.0.1:{port}/")
    assert "ICBM test" in page
    assert "live" in page


async def test_the_command_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    await fill(tmp_path / "monitor.db")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor", "--db", str(tmp_path / "monitor.db"), "web", "--port", "0",
        stderr=subprocess.PIPE, env=os.environ | {"HOME": str(tmp_path)}, cwd=tmp_path,
    )  # fmt: skip
    assert process.stderr is not None
    line = (await process.stderr.readline()).decode()
    address = line.removeprefix("The desk is at ").split()[0]
    assert "<h1" in await asyncio.to_thread(opened, f"{address}/stories")
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 300) == 0
    assert await process.stderr.read() == b""


def test_the_command_refuses_to_be_open_to_others(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        "feeds: [{url: https://a.example/}]\ntopics: [{id: a, title: A, any: [b]}]\n", "utf-8"
    )
    result = invoke("--config", str(tmp_path / "config.yaml"), "web", "--host", "192.0.2.1")
    assert result.exit_code == 2
    assert "needs web.password_file" in result.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        result = invoke("web", "--port", str(port), db=tmp_path / "monitor.db")
    assert result.exit_code == 1
    assert f"port {port} of 127.0.0.1 cannot be used" in result.stderr
