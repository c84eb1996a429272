"""Libraries that another one loads where they are installed, though nobody here uses that."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def absent(*names: str) -> Iterator[None]:
    """Let imports of modules fail in the body of the `with` block, unless they are loaded."""
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in names if name not in modules]
    modules.update(dict.fromkeys(hidden))  # None: an import fails
    try:
        yield
    finally:
        for name in hidden:
            del modules[name]
