"""Which addresses may be spoken to: plain global unicast, and what the operator allows by name (S11)."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_network

from htmxnews.config import Network

Address = IPv4Address | IPv6Address

# Beside what Python's own table knows, which differs from one release to the next: the IETF's special blocks,
# relays and documentation, IPv4 inside IPv6 (6to4, Teredo), and the one metadata service on a public address.
_SPECIAL = [
    ip_network(block)
    for block in (
        *("192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24"),
        *("168.63.129.16/32", "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
]
_UNICAST = ip_network("2000::/3")  # every other IPv6 block is local, mapped, multicast or kept back
_NAT64 = ip_network("64:ff9b::/96")  # how hosts without IPv4 reach it, where the network translates


def refused(address: Address, allow: Iterable[Network]) -> bool:
    """Whether an address may not be spoken to: anything but plain global unicast, unless allowed by name."""
    if allowed(address, allow):
        return False
    if address in _NAT64:
        return refused(IPv4Address(int(address) & 0xFFFFFFFF), allow)
    if address.version == 6 and address not in _UNICAST:
        return True
    return not address.is_global or address.is_multicast or any(address in block for block in _SPECIAL)


def allowed(address: Address, allow: Iterable[Network]) -> bool:
    return any(address in network for network in allow)
