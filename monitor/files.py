"""Files that the program writes: what may be replaced, and who may read it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from monitor.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

SHARED = 0o640  # the mode of the database and its copies: their group may read them

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}
_STREAMS = frozenset({stat.S_IFCHR, stat.S_IFIFO})


def refuse_special(path: Path, *, stream: bool = False) -> None:
    """Raise InputError for what is no regular file, which must not be replaced.

    A link counts as its target, a path without a file as a regular one. `stream` allows what is
    only written to: a terminal, a pipe, `/dev/null`.
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except OSError:  # nothing is there, or opening it says why not
        return
    if kind == stat.S_IFREG or (stream and kind in _STREAMS):
        return
    raise InputError(f"{path} is {_KINDS.get(kind, 'special')}, no regular file: name another file")


def make_shared(path: Path) -> None:
    """Make a file that is missing, empty and with the mode SHARED whatever the umask."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SHARED)
    except FileExistsError:
        return
    try:
        os.fchmod(handle, SHARED)
    finally:
        os.close(handle)
