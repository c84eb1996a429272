"""Who must act on the HTTP status of a refused message: one classification for all channels. Pure.

408, 425, 429       passing    the same message later; 429 names the seconds to wait
500 and above       passing    and in doubt: the server may have taken the message
401-405, 407, 410   operator   address or secret are wrong (RFC 9110, section 15.5)
3xx                 operator   redirects are not followed: the address has changed
other 4xx           message    the server refuses this message as it is
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.errors import Blame

RATE_LIMITED = 429
PASSING = frozenset([408, 425, RATE_LIMITED])
FOR_OPERATOR = frozenset([401, 402, 403, 404, 405, 407, 410])
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_DEFAULT_WAIT = 30.0  # seconds, where a server asks for a pause without saying how long


def blame_of(status: int, for_operator: frozenset[int] = FOR_OPERATOR) -> Blame:
    """Return who must act; `for_operator` are the 4xx statuses that concern the whole channel."""
    if status in PASSING or is_server_error(status):
        return "passing"
    return "operator" if status in for_operator or status < _CLIENT_ERROR else "message"


def is_server_error(status: int) -> bool:
    """Whether the server failed (5xx), so that the message may have arrived all the same."""
    return status >= _SERVER_ERROR


def seconds_to_wait(retry_after: str) -> float:
    """Return the seconds of a Retry-After header; 30 where it is missing or holds a date."""
    return float(retry_after) if retry_after.isdecimal() else _DEFAULT_WAIT
