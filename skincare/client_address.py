"""From where a request comes, also behind proxies."""

from __future__ import annotations

import ipaddress
from typing import Final

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

SITE_PREFIX: Final = 64
"""Of an IPv6 address: what a provider gives to one customer, who then has 2⁶⁴ addresses."""


def client_address(request: HttpRequest) -> str | None:
    """The client's address, of IPv6 its network; None where the server does not know one.

    Each of the `TRUSTED_PROXIES` adds to `X-Forwarded-For` whom it got the request from; what
    stands before that, the client may have made up.
    """
    way = [one.strip() for one in request.headers.get("x-forwarded-for", "").split(",")]
    way = [one for one in way if one] + [request.META.get("REMOTE_ADDR", "")]
    address = _parsed(way[max(0, len(way) - 1 - settings.TRUSTED_PROXIES)])
    if isinstance(address, ipaddress.IPv6Address):
        network = ipaddress.ip_network((address.packed, SITE_PREFIX), strict=False)
        return str(network.network_address)
    return str(address) if address else None


def shortened(address: str | None) -> str:
    """As much of it as tells its owner where a session is from: 192.0.2.x, 2001:db8:1::."""
    known = _parsed(address or "")
    if isinstance(known, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((known.packed, 48), strict=False).network_address)
    return f"{str(known).rpartition('.')[0]}.x" if known else ""


def _parsed(text: str) -> Address | None:
    """Also with a port, as some proxies write it; None for what is no address."""
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
