"""The address guard: which addresses a feed may lead to, in the factory of sockets.

The socket factory is the last place before a connection is made. It sees every address whatever
name or redirect led there, so neither an IP literal nor a DNS answer that changes between two
look-ups gets past. A request through a proxy may connect to the proxy, wherever that is, and the
proxy decides what it may reach; a hop that goes direct is guarded all the same.
"""

from __future__ import annotations

import socket
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any

from monitor.feeds.special_addresses import IPV4, IPV6

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has given away of IPv6
_MULTICAST = IPv4Network("224.0.0.0/4")
_proxied: ContextVar[bool] = ContextVar("_proxied", default=False)


class RefusedAddressError(OSError):
    """The feed led to an address that is not public.

    All of these errors have one text: where a name has several addresses, the errors of the
    attempts keep their type only if their texts are equal.
    """


async def mark_proxied(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Let the socket factory know whether this hop connects to a proxy."""
    token = _proxied.set(request.proxy is not None)
    try:
        return await handler(request)
    finally:
        _proxied.reset(token)


def public_socket(info: tuple[Any, ...]) -> socket.socket:
    """Return a socket for an address of `getaddrinfo`. Raises RefusedAddressError."""
    if not _proxied.get() and not is_public(info[4][0]):
        raise RefusedAddressError("not a public address")
    return any_socket(info)


def any_socket(info: tuple[Any, ...]) -> socket.socket:
    """Return a socket for an address of `getaddrinfo`, wherever that is."""
    family, kind, protocol, _, _ = info
    return socket.socket(family=family, type=kind, proto=protocol)


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet.

    An IPv6 address with an IPv4 one inside (mapped, NAT64, 6to4) is as public as that one.
    """
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = _inner(ip)
        return _is_public_6(ip) if inner is None else _is_public_4(inner)
    return _is_public_4(ip)


def _inner(ip: IPv6Address) -> IPv4Address | None:
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _is_public_4(ip: IPv4Address) -> bool:
    blocks = [block for block in IPV4 if ip in block]
    reachable = not blocks or IPV4[max(blocks, key=lambda block: block.prefixlen)]
    return reachable and ip not in _MULTICAST


def _is_public_6(ip: IPv6Address) -> bool:
    blocks = [block for block in IPV6 if ip in block]
    reachable = not blocks or IPV6[max(blocks, key=lambda block: block.prefixlen)]
    return reachable and ip in _GLOBAL_UNICAST
