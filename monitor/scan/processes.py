"""Worker processes that are born prepared: a server loads what all of them need, and forks them."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext


def prepared_context() -> ForkServerContext:
    """Return the context whose processes share what `preload` has loaded once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.scan.preload"])
    return context
