"""Runs what must open nothing under an audit hook.

The hook cannot be removed, so it gets a process of its own: one that is born prepared, as workers
are. What is loaded on first use (an encoding's table, a module) is no doing of a document.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from monitor.errors import ParseError
from monitor.extraction.figures import figures
from monitor.scan.processes import prepared_context
from monitor.scan.scan import Source, prepare, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
_SEEN = {"open", "os", "socket", "subprocess", "shutil", "urllib", "ftplib", "http", "ctypes"}
_LISTING = {"os.listdir", "os.scandir"}  # as an import does


def scanned(
    bodies: Sequence[bytes], topics: bytes, before: Sequence[bytes] = ()
) -> tuple[list[str], list[Any]]:
    """Return what scans opened, and the titles that each found, or the reason that it gave.

    Those `before` are scanned without being looked at.
    """
    return _elsewhere(_scanned, bodies, topics, before)


def read_figures(texts: Sequence[tuple[str, str, str]]) -> tuple[list[str], list[Any]]:
    """Return what was opened while the figures of titles with texts were read."""
    return _elsewhere(_read_figures, texts)


def probed() -> list[str]:
    """Return what is seen of a file that is opened."""
    return _elsewhere(_probed)[0]


def _elsewhere(work: Callable[..., T], *arguments: Any) -> T:
    with ProcessPoolExecutor(1, prepared_context()) as pool:
        return pool.submit(work, *arguments).result()


def _scanned(
    bodies: Sequence[bytes], topics: bytes, before: Sequence[bytes]
) -> tuple[list[str], list[Any]]:
    prepare(topics)
    for body in before:
        _scan(body, topics)
    return _watched(lambda: [_scan(body, topics) for body in bodies])


def _scan(body: bytes, topics: bytes) -> list[str] | str:
    source = Source("https://news.example/feed.xml")
    try:
        found = scan(body, source, frozenset(), topics)
    except ParseError as error:
        return error.reason
    return [each.article.title for each in found.scanned]


def _read_figures(texts: Sequence[tuple[str, str, str]]) -> tuple[list[str], list[Any]]:
    return _watched(lambda: [figures(*text) for text in texts])


def _probed() -> tuple[list[str], list[Any]]:
    return _watched(lambda: [Path("/dev/null").read_bytes()])


def _watched(work: Callable[[], list[Any]]) -> tuple[list[str], list[Any]]:
    opened: list[str] = []
    hook = partial(_note, opened, watching := [True])
    sys.addaudithook(hook)
    found = work()
    watching.clear()
    return opened, found


def _note(opened: list[str], watching: list[bool], event: str, args: tuple[Any, ...]) -> None:
    if not watching or event.partition(".")[0] not in _SEEN or event in _LISTING:
        return
    if not str(args[0]).endswith((".py", ".pyc")):
        opened.append(f"{event} {args}")
