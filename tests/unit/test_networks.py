"""Which network an address belongs to."""

import pytest

from services.rules.networks import is_network, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        (None, "unknown"),
        ("a socket", "unknown"),
    ],
)
def test_neighbours_are_one_network_and_nonsense_is_one_too(address: str | None, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize("text", ["*", "localhost", "10.0.0.300", "10.0.0.1/24", ""])
def test_a_list_of_proxies_takes_addresses_and_networks_and_nothing_looser(text: str) -> None:
    assert is_network("10.0.0.0/24")
    assert is_network("::1")
    assert not is_network(text)
