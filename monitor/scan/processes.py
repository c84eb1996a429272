"""Prepared worker processes: a server loads what all of them need once, and forks them."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext


def prepared_context() -> ForkServerContext:
    """Return a multiprocessing context whose processes share what `preload` loads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.scan.preload"])
    return context
