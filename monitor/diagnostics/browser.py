"""The browser of this machine, if there is one that can show a window."""

from __future__ import annotations

import os
import sys
import webbrowser


def browser() -> str:
    """Name of the browser that opens an address in a window, "" without one.

    BROWSER names one. Elsewhere than on macOS a window needs a display: a browser for a terminal,
    which Python would find without one, would take the terminal away.
    """
    has_display = sys.platform == "darwin" or os.getenv("DISPLAY") or os.getenv("WAYLAND_DISPLAY")
    if not (has_display or os.getenv("BROWSER")):
        return ""
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return ""
    return str(getattr(found, "name", "") or type(found).__name__)


def open_address(address: str) -> bool:
    """Open an address; whether a browser took it."""
    return bool(browser()) and webbrowser.open(address)
