"""The address at which the posts of a Telegram channel can be read without an account. Pure."""

from __future__ import annotations

import re

# A channel's name has four letters or more, so that `s` is none.
_CHANNEL = re.compile(r"https?://(?:www\.)?(?:t|telegram)\.me/(?:s/)?([A-Za-z]\w{3,31})/?")


def is_channel(address: str) -> bool:
    """Whether an address is that of a channel, or of its posts."""
    return bool(_CHANNEL.fullmatch(address))


def posts_of(address: str) -> str:
    """Return the address of a channel's posts, `https://t.me/s/NAME`; any other one unchanged."""
    found = _CHANNEL.fullmatch(address)
    return f"https://t.me/s/{found[1]}" if found else address
