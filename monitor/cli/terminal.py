"""What a terminal can show: colours, and links on words (OSC 8)."""

from __future__ import annotations

import os
import re
import sys

_NUMBER = re.compile(r"\d+")
_SET_BY_ABLE = ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM")
_ABLE_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"})
_ABLE_TERMS = ("xterm-kitty", "xterm-ghostty", "foot", "alacritty", "contour", "wezterm")
_VTE = 5_000  # version of the library of GNOME Terminal and others from which links work
_TMUX = (3, 4)
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")


def colours() -> bool | None:
    """Whether output is coloured: NO_COLOR and FORCE_COLOR say so; None leaves it to the terminal.

    See no-color.org and force-color.org; without colours wins.
    """
    if os.getenv("NO_COLOR"):
        return False
    if os.getenv("FORCE_COLOR", "0") != "0":
        return True
    return False if os.getenv("TERM") == "dumb" else None


def shows_links() -> bool:
    """Whether stdout is a terminal that is known to show links on words.

    FORCE_HYPERLINK, 0 or 1, decides for terminals that are not known.
    """
    if not sys.stdout.isatty():
        return False
    if forced := os.getenv("FORCE_HYPERLINK"):
        return forced != "0"
    program = os.getenv("TERM_PROGRAM", "")
    if program == "tmux":
        version = tuple(map(int, _NUMBER.findall(os.getenv("TERM_PROGRAM_VERSION", ""))[:2]))
        return version >= _TMUX
    vte = os.getenv("VTE_VERSION", "")
    return (
        program in _ABLE_PROGRAMS
        or any(map(os.getenv, _SET_BY_ABLE))
        or os.getenv("TERM", "").startswith(_ABLE_TERMS)
        or (vte.isdecimal() and int(vte) >= _VTE)
    )


def link(text: str, address: str) -> str:
    """Return a text as a link to an http address; as it is for any other address.

    The sequence is OSC 8: https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda.
    """
    if not _ADDRESS.fullmatch(address):
        return text
    return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"
