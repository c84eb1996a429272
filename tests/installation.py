"""A configuration on disk with a real feed server and Slack, and the program run on it."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fakes import FakeSlack, FeedServer

_CONFIG = """
topics:
  - {{id: icbm, title: ICBM, any: [ICBM], cooldown: 0s}}
channels:
  desk: {{type: slack, token: xoxb-good, channel: "#alerts", api_url: "{slack}"}}
polling: {{interval: 1s, timeout: 5s}}
delivery: {{group_wait: 0s, per_hour: 0}}
feeds:
"""


@dataclass
class Installation:
    """`environment` is added to that of the processes that are started; they log into `log()`."""

    folder: Path
    feeds: FeedServer
    slack: FakeSlack
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def database(self) -> Path:
        return self.folder / "monitor.db"

    def write(self, *names: str) -> None:
        """Configure these feeds of the feed server."""
        rows = (f'  - {{url: "{self.feeds.url}/{name}", allow_private: true}}\n' for name in names)
        text = _CONFIG.format(slack=self.slack.url) + "".join(rows)
        self.config.write_text(text, encoding="utf-8")

    def replace(self, old: str, new: str) -> None:
        """Change the configuration."""
        text = self.config.read_text(encoding="utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    async def start(self, *args: str, db: bool = True) -> asyncio.subprocess.Process:
        """Start `monitor run` with these arguments; without `db` the environment names it."""
        places = ["--config", str(self.config), *(["--db", str(self.database)] if db else [])]
        with (self.folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *[sys.executable, "-m", "monitor", *places, "run", *args],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=os.environ | self.environment,
            )
        self.processes.append(process)
        return process

    async def end(self) -> None:
        """Kill what a failed test has left running."""
        for process in self.processes:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def finish(self, *args: str) -> int:
        """Run until it ends; returns its exit code."""
        return await asyncio.wait_for((await self.start(*args)).wait(), 300)

    def log(self) -> str:
        """Return what the processes logged so far."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the logged events of a name."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def rows(self, sql: str) -> list[Any]:
        """Return what a query finds; nothing while a process that starts makes the tables."""
        connection = sqlite3.connect(self.database)
        try:
            made = connection.execute("PRAGMA user_version").fetchone()[0]
            return connection.execute(sql).fetchall() if made else []
        finally:
            connection.close()


async def until(condition: Callable[[], Any], seconds: float = 300.0) -> None:
    """Wait for what another process makes true; after that time it will never be."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.05)
