"""The cache folder: what takes seconds to make, kept in files that nobody else can write.

    $CACHE_DIRECTORY (of systemd), or $XDG_CACHE_HOME/monitor, or ~/.cache/monitor

The name of a file says what it was made of, so a file is never out of date. One that is damaged, or
that another user could have written, is made anew. Without a folder nothing is kept.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from contextlib import suppress
from hashlib import blake2b
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PRIVATE = 0o700
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MOST = 50  # files of one kind; those used last stay
_SURELY = 7 * 86_400.0  # seconds since its last use in which a file stays in any case
_DIGEST = 16  # bytes


class Kept(NamedTuple):
    """What was made or kept, and its file; None if nothing could be written."""

    data: bytes | memoryview
    path: Path | None


def kept(name: str, make: Callable[[], bytes], is_whole: Callable[[memoryview], bool]) -> Kept:
    """Return the content of the file `name` in the cache folder, or what `make` makes of it.

    `is_whole` tells a damaged file. `name` is a kind, a hyphen and a digest (see `digest`).
    """
    folder = _folder()
    path = folder / name if folder else None
    if path:
        with suppress(OSError, ValueError):
            data = mapped(path)
            if is_whole(data):
                os.utime(path)
                return Kept(data, path)

    made = make()
    if path and _written(path, made):
        with suppress(OSError, ValueError):
            return Kept(mapped(path), path)
    return Kept(made, None)


def mapped(path: Path) -> memoryview:
    """Return a file of the cache folder, mapped into memory: processes share its pages.

    Raises OSError, also for a file that another user owns or may write, or whose folder such a
    user does; ValueError for an empty file.
    """
    _refuse_others(os.lstat(path.parent), path.parent)
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _refuse_others(os.fstat(number), path)
        return memoryview(mmap(number, 0, access=ACCESS_READ))
    finally:
        os.close(number)


def digest(parts: Iterable[bytes]) -> str:
    """Return the digest of some parts, as a file's name has it."""
    found = blake2b(digest_size=_DIGEST)
    for part in parts:
        found.update(len(part).to_bytes(8, "little") + part)
    return found.hexdigest()


def _folder() -> Path | None:
    """Return the cache folder, made if missing; None without one that is this user's alone."""
    systemd, base = os.getenv("CACHE_DIRECTORY"), os.getenv("XDG_CACHE_HOME")
    try:
        usual = Path(base) if base else Path.home() / ".cache"
        folder = Path(systemd.split(":")[0]) if systemd else usual / "monitor"
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        _refuse_others(os.lstat(folder), folder)
    except (OSError, RuntimeError):  # RuntimeError: a user without a home folder
        return None
    return folder


def _refuse_others(found: os.stat_result, path: Path) -> None:
    """Raise PermissionError for a file or folder that somebody else could have written."""
    is_plain = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    if not is_plain or found.st_uid != os.geteuid() or found.st_mode & _OTHERS_WRITE:
        raise PermissionError(f"{path} is not this user's alone")


def _written(path: Path, made: bytes) -> bool:
    """Write a file at once or not at all, and remove old ones; whether that worked."""
    try:
        number, draft = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(made)
            Path(draft).replace(path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise
        _remove_old(path.parent, path.name.partition("-")[0])
    except OSError:
        return False
    return True


def _remove_old(folder: Path, kind: str) -> None:
    """Remove the files of a kind beyond the number that stays, and drafts left by a crash."""
    before = time.time() - _SURELY
    used = {path: path.stat().st_mtime for path in folder.glob(f"{kind}-*")}
    for path in sorted(used, key=used.__getitem__, reverse=True)[_MOST:]:
        if used[path] < before:
            path.unlink(missing_ok=True)
    for draft in folder.glob(".*.new"):
        if draft.stat().st_mtime < before:
            draft.unlink(missing_ok=True)
