"""Blocks of addresses with a special purpose, by IANA's registries, as of 2025-10-09.

https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry; the
value is the column *Globally Reachable*, and False where that says N/A (deprecated blocks, Teredo).
Of nested blocks the narrowest decides. Two IPv6 blocks that carry an IPv4 address are left out:
`guard` asks about that address.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

IPV4 = {
    IPv4Network(block): reachable
    for block, reachable in (
        ("0.0.0.0/8", False),  # this network
        ("10.0.0.0/8", False),  # private use
        ("100.64.0.0/10", False),  # shared by a provider's customers
        ("127.0.0.0/8", False),  # loopback
        ("169.254.0.0/16", False),  # link-local
        ("172.16.0.0/12", False),  # private use
        ("192.0.0.0/24", False),  # IETF protocol assignments
        ("192.0.0.9/32", True),  # Port Control Protocol
        ("192.0.0.10/32", True),  # traversal by relays around NAT
        ("192.0.2.0/24", False),  # documentation
        ("192.31.196.0/24", True),  # AS112
        ("192.52.193.0/24", True),  # automatic multicast tunnelling
        ("192.88.99.0/24", False),  # 6to4 relays, deprecated
        ("192.168.0.0/16", False),  # private use
        ("192.175.48.0/24", True),  # direct delegation AS112
        ("198.18.0.0/15", False),  # benchmarks
        ("198.51.100.0/24", False),  # documentation
        ("203.0.113.0/24", False),  # documentation
        ("240.0.0.0/4", False),  # reserved; the limited broadcast
    )
}
IPV6 = {
    IPv6Network(block): reachable
    for block, reachable in (
        ("::/128", False),  # unspecified
        ("::1/128", False),  # loopback
        ("64:ff9b:1::/48", False),  # translation within a network
        ("100::/64", False),  # discarded
        ("100:0:0:1::/64", False),  # dummy
        ("2001::/23", False),  # IETF protocol assignments
        ("2001::/32", False),  # Teredo
        ("2001:1::1/128", True),  # Port Control Protocol
        ("2001:1::2/128", True),  # traversal by relays around NAT
        ("2001:1::3/128", True),  # registration of services
        ("2001:2::/48", False),  # benchmarks
        ("2001:3::/32", True),  # automatic multicast tunnelling
        ("2001:4:112::/48", True),  # AS112
        ("2001:10::/28", False),  # ORCHID, deprecated
        ("2001:20::/28", True),  # ORCHIDv2
        ("2001:30::/28", True),  # remote identification of drones
        ("2001:db8::/32", False),  # documentation
        ("2620:4f:8000::/48", True),  # direct delegation AS112
        ("3fff::/20", False),  # documentation
        ("5f00::/16", False),  # segment routing
        ("fc00::/7", False),  # unique local
        ("fe80::/10", False),  # link-local
    )
}
