"""Which network an address belongs to: neighbours share a fate when guesses are counted."""

from collections.abc import Collection
from ipaddress import IPv6Address, ip_address, ip_network

UNKNOWN = "unknown"
IPV4_PREFIX = 24
IPV6_PREFIX = 48
"""What one subscriber or office usually gets: an attacker changes addresses within it for nothing."""


def network_of(address: str | None) -> str:
    """The /24 or /48 of an address; an IPv4 address written as IPv6 counts as IPv4. Nonsense is one network."""
    try:
        known = ip_address((address or "").partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or known
    prefix = IPV6_PREFIX if isinstance(known, IPv6Address) else IPV4_PREFIX
    return str(ip_network((known, prefix), strict=False))


def is_within(address: str | None, networks: Collection[str]) -> bool:
    """Whether an address lies in one of the networks; where none is named, any does."""
    if not networks:
        return True
    try:
        known = ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or known
    return any(known in ip_network(network) for network in networks)


def is_network(text: str) -> bool:
    """Whether `text` is an address or a network, such as a list of trusted proxies may hold."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
