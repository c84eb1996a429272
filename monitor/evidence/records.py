"""Records of pages by their place, for readers: the folder is noted in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def record_reader(folder: Path) -> Callable[[str], bytes]:
    """Return a function that reads a record by its place `file offset length`, b"" if it is gone.

    The names of files are ours; one with a folder in it is none.
    """

    def read(place: str) -> bytes:
        name, offset, length = place.rsplit(" ", 2)
        path = folder / name
        if path.parent != folder or not path.is_file():
            return b""
        with path.open("rb") as file:
            file.seek(int(offset))
            return file.read(int(length))

    return read
