"""An error of a fetch → the reason why a feed could not be polled."""

from __future__ import annotations

from monitor.errors import FetchError, PollReason
from monitor.feeds.guard import RefusedAddressError
from monitor.network import causes, network_fault


def explain(error: Exception) -> FetchError:
    """Return the FetchError for an error of a fetch; it quotes no address and no answer."""
    if any(isinstance(cause, RefusedAddressError) for cause in causes(error)):
        detail = "not a public address; allow_private permits it"
        return FetchError(PollReason.REFUSED_ADDRESS, detail)
    return FetchError(*network_fault(error))
