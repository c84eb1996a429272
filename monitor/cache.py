"""The cache folder: what takes seconds to make, kept in files that nobody else can write.

    $CACHE_DIRECTORY (of systemd), or $XDG_CACHE_HOME/monitor, or ~/.cache/monitor

The name of a file says what it was made of, so a file is never out of date; its last bytes are the
digest of the others. A file that is damaged, or that another user could have written, is made anew.
Without a folder nothing is kept. A package has some such files as well (`scripts/kept_files.py`).
"""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import suppress
from functools import cache
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
# Files that came with the program, and are as trustworthy.
PACKED = Path(__file__).parent / "_kept"


class Kept(NamedTuple):
    """What was made or kept, and its file; None if nothing could be written."""

    data: bytes | memoryview
    path: Path | None


def folder() -> Path | None:
    """Return the cache folder, made if missing; None without one that is this user's alone."""
    try:
        place = chosen_folder()
        place.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        _refuse_others(os.lstat(place), place)
    except (OSError, RuntimeError):  # RuntimeError: a user without a home folder
        return None
    return place


def chosen_folder() -> Path:
    """Return where the cache folder is to be. Raises RuntimeError for a user without a home."""
    systemd, base = os.getenv("CACHE_DIRECTORY"), os.getenv("XDG_CACHE_HOME")
    if systemd:
        return Path(systemd.split(":")[0])
    return (Path(base) if base else Path.home() / ".cache") / "monitor"


def kept(name: str, make: Callable[[], bytes]) -> Kept:
    """Return the content of the file `name` in the cache folder, or what `make` makes of it.

    `name` is a kind, a hyphen and a digest (see `digest`).
    """
    return find(name) or keep(name, make())


def keep(name: str, made: bytes) -> Kept:
    """Write the file `name` in the cache folder, if that is possible."""
    place = folder()
    if place and _written(place / name, made):
        with suppress(OSError):
            return Kept(mapped(place / name), place / name)
    return Kept(made, None)


def find(name: str) -> Kept | None:
    """Return the content of the file `name`, None without one that is undamaged and ours alone.

    One that came with the program counts first: it has all that such a file can have.
    """
    with suppress(OSError):
        return Kept(_content(PACKED / name, checked=True, ours=False), None)
    if place := folder():
        with suppress(OSError):
            data = mapped(place / name, checked=True)
            os.utime(place / name)
            return Kept(data, place / name)
    return None


def has(name: str) -> bool:
    """Whether there is a file `name` in the cache folder that is ours alone; it may be damaged."""
    place = folder()
    try:
        if place:
            _refuse_others(os.lstat(place / name), place / name)
    except OSError:
        return False
    return place is not None


def mapped(path: Path, *, checked: bool = False) -> memoryview:
    """Return the content of a file of the cache folder, mapped: processes share its memory.

    Raises OSError, also for a file that another user owns or may write, or whose folder such a
    user does, and if `checked` for a damaged one.
    """
    _refuse_others(os.lstat(path.parent), path.parent)
    return _content(path, checked=checked, ours=True)


def _content(path: Path, *, checked: bool, ours: bool) -> memoryview:
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(number)
        if ours:
            _refuse_others(found, path)
        if found.st_size <= _DIGEST:
            raise OSError(f"{path} is cut off")
        whole = memoryview(mmap(number, 0, access=ACCESS_READ))
    finally:
        os.close(number)
    data = whole[:-_DIGEST]
    if checked and bytes(whole[-_DIGEST:]) != _digest(data):
        raise OSError(f"{path} is damaged")
    return data


def digest(parts: Iterable[bytes]) -> str:
    """Return the digest of some parts, as a file's name has it."""
    found = blake2b(digest_size=_DIGEST)
    for part in parts:
        found.update(len(part).to_bytes(8, "little") + part)
    return found.hexdigest()


@cache
def program(*folders: str) -> bytes:
    """Return the digest of the program's files in `folders`, and of this Python."""
    return digest([sys.version.encode(), sources(*folders)]).encode()


@cache
def sources(*folders: str) -> bytes:
    """Return the digest of the program's files in `folders`."""
    root = Path(__file__).parent
    files = sorted(
        path
        for folder in folders
        for path in (root / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    )
    parts = (str(path.relative_to(root)).encode() + path.read_bytes() for path in files)
    return digest(parts).encode()


def _digest(data: bytes | memoryview) -> bytes:
    return blake2b(data, digest_size=_DIGEST).digest()


def _refuse_others(found: os.stat_result, path: Path) -> None:
    """Raise PermissionError for a file or folder that somebody else could have written."""
    is_plain = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    if not is_plain or found.st_uid != os.geteuid() or found.st_mode & _OTHERS_WRITE:
        raise PermissionError(f"{path} is not this user's alone")


def _written(path: Path, made: bytes) -> bool:
    """Write a file at once or not at all, and remove old ones; whether that worked."""
    import tempfile  # noqa: PLC0415 - rarely, and it takes a tenth of the start of a command

    try:
        number, draft = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(made + _digest(made))
            Path(draft).replace(path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise
        _remove_old(path.parent, path.name.partition("-")[0])
    except OSError:
        return False
    return True


def _remove_old(place: Path, kind: str) -> None:
    """Remove the files of a kind beyond the number that stays, and drafts left by a crash."""
    before = time.time() - _SURELY
    used = {path: path.stat().st_mtime for path in place.glob(f"{kind}-*")}
    for path in sorted(used, key=used.__getitem__, reverse=True)[_MOST:]:
        if used[path] < before:
            path.unlink(missing_ok=True)
    for draft in place.glob(".*.new"):
        if draft.stat().st_mtime < before:
            draft.unlink(missing_ok=True)
