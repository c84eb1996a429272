"""How long work takes, in time of the processor: what else runs on the machine makes it no longer.

Garbage that others have left is not collected meanwhile: that could take longer than the work.
"""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from time import process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TRACED = 5


@contextmanager
def less_than(seconds: float) -> Iterator[None]:
    """What is done within takes less; a tenth should be usual.

    Where coverage looks at each line it is some times as much.
    """
    with undisturbed():
        started = process_time()
        yield
        spent = process_time() - started
    assert spent < seconds * (_TRACED if sys.gettrace() else 1)


def took(work: Callable[[], object]) -> float:
    """Return the seconds that work takes."""
    with undisturbed():
        started = process_time()
        work()
        return process_time() - started


@contextmanager
def undisturbed() -> Iterator[None]:
    """No garbage is collected meanwhile."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
