"""Databases that a process makes once and then copies: a copy is there ten times as soon."""

from __future__ import annotations

from functools import cache, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from monitor.files import SHARED
from monitor.store.database import Store, open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from monitor.store.sqlite_light import Database

    Make = Callable[[Path], Coroutine[Any, Any, None]]


def store_at(path: Path) -> Store:
    """The store of a database, which is a new one where there is no file."""
    if _is_missing(path):
        _write(path, _empty())
    return Store(path)


def database_at(path: Path) -> Database:
    """A new database, open to write."""
    _write(path, _empty())
    return open_database(path)


def made_once(make: Make) -> Make:
    """Let what fills a database do so once, and be copied where there is no file."""
    made: list[bytes] = []

    @wraps(make)
    async def copied(path: Path) -> None:
        is_missing = _is_missing(path)
        if is_missing and made:
            return _write(path, made[0])
        await make(path)
        if is_missing:
            made.append(_content(path))
        return None

    return copied


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "monitor.db"
        open_database(path).close()
        return _content(path)


def _is_missing(path: Path) -> bool:
    return not path.exists()


def _content(path: Path) -> bytes:
    return path.read_bytes()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(SHARED)
