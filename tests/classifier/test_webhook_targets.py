"""Where a webhook may go. The service stands where it reaches what its users may not."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pytest_django import Settings

from classifier.delivery import targets
from classifier.delivery.targets import RefusedTarget

PUBLIC = "93.184.215.14"

NOT_PUBLIC = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0",  # noqa: S104
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "192.0.2.1", "198.18.0.1", "198.51.100.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "192.88.99.1",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "ff0e::1", "100::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.215.14", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::1", "2001::1",
    "2001:db8::1", "3fff::1", "5f00::1",
]  # fmt: skip

OTHER_SPELLINGS = ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "017700000001", "127.0.1", "0"]


def url_of(address: str, *, port: str = "") -> str:
    return f"https://[{address}]{port}/hook" if ":" in address else f"https://{address}{port}/hook"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The world's DNS: what it says of a name. Numbers are still read by the system."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, *args: Any, flags: int = 0, **kwargs: Any) -> Any:
        if flags & socket.AI_NUMERICHOST or host not in known:
            return real(host, *args, flags=flags | socket.AI_NUMERICHOST, **kwargs)
        return [(0, 0, 0, "", (address, 0)) for address in known[host]]

    monkeypatch.setattr("classifier.delivery.targets.socket.getaddrinfo", look_up)
    return known


@pytest.mark.parametrize("address", [*NOT_PUBLIC, *OTHER_SPELLINGS])
def test_what_is_not_public_is_refused_when_it_is_registered_and_when_it_is_sent(
    address: str,
) -> None:
    for look in (targets.check, targets.resolve):
        with pytest.raises(RefusedTarget, match="public internet"):
            look(url_of(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_for_what_is_not_public_is_refused(
    address: str, names: dict[str, list[str]]
) -> None:
    names["inside.example.org"] = [address]
    targets.check("https://inside.example.org/")  # nobody is asked yet
    with pytest.raises(RefusedTarget, match="public internet"):
        targets.resolve("https://inside.example.org/")


def test_one_address_that_is_not_public_spoils_the_name(names: dict[str, list[str]]) -> None:
    names["both.example.org"] = [PUBLIC, "10.0.0.1"]
    with pytest.raises(RefusedTarget):
        targets.resolve("https://both.example.org/")


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "2001:4860::8888"])
def test_public_addresses_are_fine(address: str, names: dict[str, list[str]]) -> None:
    names["hooks.example.org"] = [address]
    targets.check(url_of(address))
    target = targets.resolve("https://hooks.example.org/a/b?c=d")
    assert (str(target.address), target.host, target.port) == (address, "hooks.example.org", 443)
    assert target.host_header == "hooks.example.org"
    host = f"[{address}]" if ":" in address else address
    assert target.url == f"https://{host}:443/a/b?c=d"


def test_a_name_that_nobody_knows_is_one_sentence(names: dict[str, list[str]]) -> None:
    with pytest.raises(RefusedTarget, match="name is not known"):
        targets.resolve("https://unknown.example.org/")


@pytest.mark.parametrize(
    "url",
    [
        "", "hook", "//example.org/", "ftp://example.org/", "file:///etc/passwd", "gopher://a/",
        "https://", "https:///path", "https://:443/", "javascript:alert(1)", "https://a:b/",
        "https://a:99999/", "https://[::1/", "https://example.org#part", "https://a%2fb/",
        "https://user@example.org/", "https://user:password@example.org/", "https://@example.org/",
        "https://example.org\\@127.0.0.1/", "https://exam ple.org/", "https://example.org/\r\nX: y",
        "https://example.org/\tx", " https://example.org/", "https://" + "a" * 64 + ".org/",
        "https://[fe80::1%25eth0]/", "https://a..b/",
    ],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    for look in (targets.check, targets.resolve):
        with pytest.raises(RefusedTarget):
            look(url)


@pytest.mark.parametrize("port", [0, 1, 22, 25, 81, 465, 1023])
def test_ports_of_other_services_are_refused(port: int, names: dict[str, list[str]]) -> None:
    names["hooks.example.org"] = [PUBLIC]
    for url in (f"https://hooks.example.org:{port}/", url_of(PUBLIC, port=f":{port}")):
        for look in (targets.check, targets.resolve):
            with pytest.raises(RefusedTarget, match="port"):
                look(url)


@pytest.mark.parametrize("port", [80, 443, 1024, 8443, 65535])
def test_ports_of_the_web_and_free_ones_are_fine(port: int, names: dict[str, list[str]]) -> None:
    names["hooks.example.org"] = [PUBLIC]
    targets.check(f"https://hooks.example.org:{port}/")
    target = targets.resolve(f"https://hooks.example.org:{port}/")
    assert target.port == port
    assert target.host_header == "hooks.example.org" + ("" if port == 443 else f":{port}")


def test_the_operator_allows_networks_and_names(
    settings: Settings, names: dict[str, list[str]]
) -> None:
    settings.WEBHOOK_ALLOWED_TARGETS = ["10.1.0.0/16", "fd00::/8", "hooks.internal"]
    names |= {"hooks.internal": ["192.168.7.7"], "other.internal": ["192.168.7.7"]}
    for url in ("http://10.1.2.3:25/", "http://[fd00::1]/", "https://hooks.internal:81/"):
        targets.check(url)
        targets.resolve(url)
    for url in ("http://10.2.0.1/", "http://[fc00::1]/", "https://other.internal/"):
        with pytest.raises(RefusedTarget):
            targets.resolve(url)


def test_a_name_in_other_letters_is_looked_up_in_its_own(names: dict[str, list[str]]) -> None:
    names["xn--bcher-kva.example"] = [PUBLIC]
    target = targets.resolve("https://Bücher.example/")
    assert target.host_header == "xn--bcher-kva.example"
