"""The desk that pages show: its database, its configuration, and how both are read.

The configuration is read again when its file has changed. Queries run in a few threads, never on
the event loop.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self, TypeVar

from monitor.config.load import Config, load
from monitor.errors import ConfigError
from monitor.store.queries.desk import DeskReader
from monitor.web.bench import BenchProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Clock = Callable[[], datetime]

T = TypeVar("T")
_THREADS = 4  # pages that are read at a time


@dataclass(frozen=True, slots=True)
class Configured:
    """The configuration, or None and the `mistakes` for which it cannot be used."""

    config: Config | None
    mistakes: str = ""


def utc_now() -> datetime:
    """Return the present time in UTC."""
    return datetime.now(UTC)


class Desk:
    """A database and a configuration, read for pages; used as a context manager."""

    def __init__(self, database: Path, config: Path | None, clock: Clock = utc_now) -> None:
        self.database = database
        self.config_path = config
        self.clock = clock
        self.bench = BenchProcess()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="page")
        self._benches = ThreadPoolExecutor(1, thread_name_prefix="bench")
        self._loading = threading.Lock()
        self._loaded: tuple[tuple[int, int], Configured] | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """End the workbench's process, then wait for pages that are being read."""
        self._benches.shutdown(wait=False, cancel_futures=True)
        self.bench.close()
        self._threads.shutdown()

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Return what `work` returns in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def in_bench(self, work: Callable[[], T]) -> T:
        """Return what `work` returns in the one thread that waits for the workbench's process."""
        return await asyncio.get_running_loop().run_in_executor(self._benches, work)

    def reader(self) -> DeskReader:
        """Open the database for one page. Raises StoreError."""
        return DeskReader(self.database)

    def configured(self) -> Configured:
        """Return the configuration as its file says now; it is read only where that changed."""
        if self.config_path is None:
            return Configured(None, "there is no config.yaml; name one with --config FILE")
        with self._loading:
            stamp = self._stamp(self.config_path)
            if self._loaded is None or self._loaded[0] != stamp:
                self._loaded = stamp, _read(self.config_path, self.database)
            return self._loaded[1]

    def _stamp(self, path: Path) -> tuple[int, int]:
        try:
            found = path.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino


def _read(path: Path, database: Path) -> Configured:
    try:
        return Configured(load(path, database, ()))
    except ConfigError as error:
        return Configured(None, str(error))
