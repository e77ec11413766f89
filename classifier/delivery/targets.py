"""Which addresses a webhook may reach: public ones, and those that the operator allows.

A user chooses the address, and the service stands where it may reach what that user may not. So a
name is looked up once, every address that it has is judged, and the one that was judged is the one
that is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS: Final = {"http": 80, "https": 443}
LOWEST_FREE_PORT: Final = 1024
"""Below it, only the two of the web: nobody shall be made to talk to a mail server."""
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",  # relays of 6to4
        "2001::/32", "2002::/16",  # Teredo, 6to4: an IPv4 address inside
        "3fff::/20",  # documentation, which Python 3.11 does not know yet
    )
)  # fmt: skip


class RefusedTarget(Exception):
    """Nothing may be sent there, or nobody knows where it is; the sentence is for the user."""


@dataclass(frozen=True)
class Target:
    """Where to connect (`address`), and as whom to speak to it (`host`)."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""
    address: Address

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """With the address in the place of the name."""
        address = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{self.scheme}://{address}:{self.port}{self.path}"


def check(url: str) -> None:
    """All that can be said without a look-up of the name. Raises `RefusedTarget`."""
    _split, host, port = _parts(url)
    try:
        addresses = _addresses(host, socket.AI_NUMERICHOST)
    except OSError:  # it is a name
        addresses = []
    _judge(host, port, addresses)


def resolve(url: str) -> Target:
    """The one address to connect to. Raises `RefusedTarget`."""
    parts, host, port = _parts(url)
    try:
        addresses = _addresses(host, 0)
    except (OSError, UnicodeError) as error:
        raise RefusedTarget(_("The host's name is not known.")) from error
    _judge(host, port, addresses)
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, port, path + query, addresses[0])


def _parts(url: str) -> tuple[SplitResult, str, int]:
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise RefusedTarget(_("Enter an address without blanks."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RefusedTarget(_("Enter an address that begins with https:// or http://.")) from error
    if parts.scheme not in PORTS or not parts.hostname or "%" in parts.hostname:
        raise RefusedTarget(_("Enter an address that begins with https:// or http://."))
    if "@" in parts.netloc or "\\" in url:
        raise RefusedTarget(_("Names and passwords cannot be part of the address."))
    if parts.fragment:
        raise RefusedTarget(_("The address cannot have a part after #."))
    try:
        host = parts.hostname.encode("idna").decode()
    except UnicodeError as error:
        raise RefusedTarget(_("The host's name is not known.")) from error
    return parts, host, PORTS[parts.scheme] if port is None else port


def _addresses(host: str, flags: int) -> list[Address]:
    """In the system's order of preference; also of what is only another spelling, like 127.1."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
    return [ipaddress.ip_address(str(entry[4][0])) for entry in found]


def _judge(host: str, port: int, addresses: list[Address]) -> None:
    """One address of many that is not public is enough to refuse the name."""
    if _is_allowed_name(host):
        return
    others = [address for address in addresses if not _is_allowed(address)]
    if not all(_is_public(address) for address in others):
        raise RefusedTarget(_("This address does not belong to the public internet."))
    asked_for_by_name = not addresses
    if (others or asked_for_by_name) and port < LOWEST_FREE_PORT and port not in PORTS.values():
        raise RefusedTarget(_("The port must be 80, 443, or at least 1024."))


def _is_public(address: Address) -> bool:
    if any(address in network for network in _NOT_PUBLIC):
        return False
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False  # also ::ffff:10.0.0.1 and every other IPv4 address in the clothes of IPv6
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_allowed_name(host: str) -> bool:
    return host in settings.WEBHOOK_ALLOWED_TARGETS


def _is_allowed(address: Address) -> bool:
    """Whether one of the setting's networks holds it; names of hosts are no networks."""
    for allowed in settings.WEBHOOK_ALLOWED_TARGETS:
        try:
            if address in ipaddress.ip_network(allowed):
                return True
        except ValueError:
            continue
    return False
