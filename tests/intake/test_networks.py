from ipaddress import ip_address, ip_network

import pytest

from htmxnews.intake.networks import refused

_TOLD = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255
    127.0.0.1 127.255.255.254 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255
    192.0.0.1 192.0.0.170 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1
    192.175.48.1 168.63.129.16 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
    224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 ::a00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:93.184.216.34
    ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::a00:1 64:ff9b:1::1 100::1
    2001::1 2001:0:7f00:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
    2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe::1 2002:5db8:d822::1 2620:4f:8000::1 3fff::1 5f00::1
    fc00::1 fd00:ec2::254 fd12:3456::1 fe80::1 fe80::1%eth0 fe80::a9fe:a9fe febf::1 fec0::1
    ff02::1 ff05::1:3 ff0e::1
"""
NOT_PUBLIC = _TOLD.split()


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_s11_what_is_not_plain_global_unicast_is_refused(address: str) -> None:
    assert refused(ip_address(address), ())


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "1.1.1.1", "2606:2800:220:1::1", "2a00:1450::1", "64:ff9b::5db8:d822"]
)
def test_s11_a_public_address_is_not(address: str) -> None:
    assert not refused(ip_address(address), ())


def test_s11_a_network_may_be_allowed_by_name_and_opens_no_other() -> None:
    allow = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))

    told = [refused(ip_address(one), allow) for one in ("10.1.2.3", "fd00::1", "10.2.0.1", "::ffff:10.1.2.3")]

    assert told == [False, False, True, True]
